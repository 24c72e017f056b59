//! The internals that the program `gws-sms-fake` and the fuzz targets stand on, by the names of their rooms. No part of the API:
//! the program pins the exact version of this crate.

#![allow(missing_docs, reason = "no part of the API")]

pub mod bayeux {
    pub mod answer {
        pub use crate::bayeux::answer::BayeuxReply;
    }
    pub mod event {
        pub use crate::bayeux::event::event;
    }
    pub mod io {
        pub use crate::bayeux::io::{Outcome, Request, Ticket, Tried};
    }
    pub mod message {
        pub use crate::bayeux::message::batch;
    }
    pub mod options {
        pub use crate::bayeux::options::CometdOptions;
    }
    pub mod server {
        pub use crate::bayeux::server::Server;
    }
    pub mod session {
        pub use crate::bayeux::session::Transport;
    }
}
pub mod clock {
    pub use crate::server::clock::LogicalClock;
}
pub mod contract {
    pub mod check {
        pub use crate::contract::check::{brief, check, check_in, cut, departures, too_costly};
    }
    pub mod evaluations {
        pub use crate::contract::evaluations::{Evaluations, endless_in_words};
    }
    pub mod custom {
        pub use crate::contract::custom::{custom_operations, read};
    }
    pub mod fixture_schema {
        pub use crate::contract::fixture_schema::{ContractDiagnostic, FixtureCheck, held};
    }
    pub mod folder {
        pub use crate::contract::folder::{
            json_files_below, json_files_in, specials_below, specials_in,
        };
    }
    pub mod json {
        pub use crate::contract::json::{below, parse, reason};
    }
    pub mod json_diff {
        pub use crate::contract::json_diff::is_same_number;
    }
    pub mod properties {
        pub use crate::contract::properties::{properties, referred};
    }
    pub mod recorded {
        pub mod envelope {
            pub use crate::contract::recorded::envelope::har_text;
        }
        pub mod har {
            pub use crate::contract::recorded::har::is_bayeux;
        }
        pub mod har_body {
            pub use crate::contract::recorded::har_body::HarBody;
        }
    }
    pub mod rule_at {
        pub use crate::contract::rule_at::rule_at;
    }
    pub mod schemas {
        pub use crate::contract::schemas::{Own, all, find, id, texts};
    }
    pub mod template {
        pub use crate::contract::template::{
            DOLLAR, Names, Unfilled, escaped, filled_in, learn_text, names_in, text_filled_in,
        };
    }
    pub mod visible {
        pub use crate::contract::visible::visible;
    }
}
pub mod coverage {
    pub use crate::engine::log::coverage::{
        CoverageLine, CoverageNames, KINDS, PointKind, ReadLine, WHOLE,
    };
}
pub mod engine {
    pub use crate::api::direct::DirectFake;
    pub use crate::engine::inventory::Inventory;
}
pub mod error {
    pub use crate::error::Error;
}
pub mod fixture {
    pub mod contract {
        pub use crate::fixture::contract::wrong_path;
    }
    pub mod embedded {
        pub use crate::fixture::embedded::{
            AGENT, FixtureUser, INVITED_SESSION, OTHER_AGENT, OTHER_SUPERVISOR, SESSION,
            SUPERVISOR, USERS, all, notifications, request,
        };
    }
    pub mod load {
        pub use crate::fixture::load::Sources;
    }
}
pub mod gws {
    pub mod identity {
        pub use crate::gws::identity::SMS_CHANNEL;
    }
    pub mod handle {
        pub use crate::gws::handle::handle;
    }
    pub mod notification {
        pub use crate::gws::notification::{KINDS, NotificationKind, kind_of};
    }
    pub mod operation {
        pub use crate::gws::operation::{Family, OPERATIONS, Operation};
        pub mod command {
            pub use crate::gws::operation::command::Command;
        }
    }
    pub mod outcome {
        pub use crate::gws::outcome::{Caller, KnownCaller};
    }
    pub mod resource {
        pub use crate::gws::resource::{
            Query, QueryParameter, QueryValue, Resource, SUBRESOURCES, query_names,
        };
    }
    pub mod route {
        pub use crate::gws::route::{Misspelt, PREFIX, Target, paths, patterns, route};
    }
    pub mod status {
        pub use crate::gws::status::{Refusal, refusals, rule_of};
    }
    pub mod timestamp {
        pub use crate::gws::timestamp::{Timestamp, parse_timestamp};
    }
    pub mod world {
        pub use crate::gws::world::{GwsOptions, World};
    }
}
pub mod http {
    pub mod commands {
        pub use crate::engine::commands::check_call;
    }
    #[cfg(feature = "control")]
    pub mod control {
        pub use crate::control::PREFIX;
    }
    pub mod csrf {
        pub use crate::engine::rest::csrf::TOKEN;
    }
    pub mod in_memory {
        pub use crate::api::in_memory::serve;
    }
    pub mod listener {
        pub use crate::server::listener::{Address, Listeners, at};
    }
    pub mod reply {
        pub use crate::engine::rest::reply::JSON;
    }
    pub mod runtime {
        pub use crate::server::runtime::begin;
    }
}
pub mod report {
    pub mod text {
        pub use crate::report::text::count;
    }
}
pub mod rules {
    pub use crate::rules::{Rule, RuleKind, Violation, nearest, of_id, rule};
}
pub mod scenario {
    pub mod player {
        pub use crate::scenario::player::{Incoming, Player, Speed, fits};
    }
    pub mod read {
        pub use crate::scenario::read::{Lines, read, resolved};
    }
    pub mod record {
        pub use crate::scenario::record::{
            Known, METHODS, Recorded, RecordedEvent, content, scenario,
        };
    }
    pub mod step {
        pub use crate::scenario::step::{
            Bayeux, BayeuxMessage, Matching, Numbered, Push, Request, Scenario, Step,
        };
    }
    pub mod write {
        pub use crate::scenario::write::write;
    }
}

//! Clients that others wrote, in other languages, against the running fake; and validators of theirs.
//!
//! They are installed once, below Cargo's target folder. Where that cannot be done the trials are shown as ignored, with
//! the reason; with `CI` set they fail, so that no build is green because nothing ran.

mod browser;
mod client;
mod examples;
mod exports;
mod install;
mod mutation;
mod npm;
mod pip;
mod script;
mod story;
mod validators;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::client::{Client, Host};
use crate::install::Unusable;
use crate::npm::{COMETD_3_1_14, COMETD_9};
use crate::pip::AIOCOMETD_NG;
use crate::story::{Ack, Order, Start, Story};

const NEWEST: Client = Client {
    package: &COMETD_9,
    host: Host::Node("client.mjs", include_str!("npm/cometd-9/client.mjs")),
};
const OF_ITS_TIME: Client = Client {
    package: &COMETD_3_1_14,
    host: Host::Node("client.cjs", include_str!("npm/cometd-3.1.14/client.cjs")),
};
const PYTHON: Client = Client {
    package: &AIOCOMETD_NG,
    host: Host::Python(include_str!("pip/aiocometd-ng/client.py")),
};
const PAGE: Client = Client { package: &COMETD_9, host: Host::Browser };

fn main() -> ExitCode {
    let by_default = |client| Story {
        client,
        start: Start::LongPolling,
        order: Order::AnswerFirst,
        ack: Ack::Off,
    };
    let first = |client| Story { order: Order::NotificationsFirst, ..by_default(client) };
    let acknowledging = |client| Story { ack: Ack::Asked, ..by_default(client) };
    let recorded = |name, story| trial_of(name, story, Story::is_recorded_and_played);
    let with_websocket = Story { start: Start::WebsocketRefused, ..by_default(NEWEST) };
    let mut trials = vec![
        trial("page_in_chromium::supervises_across_origins", by_default(PAGE)),
        trial("aiocometd_ng::supervises", by_default(PYTHON)),
        trial("npm_cometd_9::is_pushed_the_invitation_after_the_answer", by_default(NEWEST)),
        trial(
            "npm_cometd_9::is_pushed_the_invitation_before_the_answer_where_so_set",
            first(NEWEST),
        ),
        trial("npm_cometd_9::supervises_with_the_ack_extension", acknowledging(NEWEST)),
        trial(
            "npm_cometd_9::falls_back_to_long_polling_when_its_websocket_is_refused",
            with_websocket,
        ),
        trial(
            "npm_cometd_3_1_14::is_pushed_the_invitation_after_the_answer",
            by_default(OF_ITS_TIME),
        ),
        trial(
            "npm_cometd_3_1_14::is_pushed_the_invitation_before_the_answer_where_so_set",
            first(OF_ITS_TIME),
        ),
        trial("npm_cometd_3_1_14::supervises_with_the_ack_extension", acknowledging(OF_ITS_TIME)),
        recorded("npm_cometd_9::is_recorded_and_played_as_the_same_file", by_default(NEWEST)),
        recorded(
            "npm_cometd_3_1_14::is_recorded_and_played_as_the_same_file",
            by_default(OF_ITS_TIME),
        ),
    ];
    trials.extend(examples::trials().into_iter().chain(exports::trials()));
    trials.extend(validators::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &'static str, story: Story) -> Trial {
    trial_of(name, story, Story::is_lived)
}

fn trial_of(name: &'static str, story: Story, check: fn(Story, &Path)) -> Trial {
    Trial::ignorable_test(name, move || match story.client.installed() {
        Ok(folder) => {
            check(story, folder);
            Ok(Completion::Completed)
        }
        Err(unusable) => not_run(unusable),
    })
}

fn not_run(unusable: Unusable) -> Result<Completion, Failed> {
    match unusable {
        Unusable::Missing(reason) if std::env::var_os("CI").is_none() => {
            Ok(Completion::ignored_with(reason))
        }
        Unusable::Missing(reason) | Unusable::Broken(reason) => Err(reason.into()),
    }
}

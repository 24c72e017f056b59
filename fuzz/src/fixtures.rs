//! Users, sessions and resources of a user's own.

use std::sync::{Once, OnceLock};
use std::time::Duration;

use serde_json::Value;

use gws_sms_fake::_cli_internals::clock::LogicalClock;
use gws_sms_fake::_cli_internals::contract::check::check;
use gws_sms_fake::_cli_internals::contract::custom::read;
use gws_sms_fake::_cli_internals::fixture::embedded::{AGENT, SESSION};
use gws_sms_fake::_cli_internals::fixture::load::Sources;
use gws_sms_fake::_cli_internals::gws::handle::handle;
use gws_sms_fake::_cli_internals::gws::operation::command::Command;
use gws_sms_fake::_cli_internals::gws::outcome::{Caller, KnownCaller};
use gws_sms_fake::_cli_internals::gws::resource::{Query, Resource};
use gws_sms_fake::_cli_internals::gws::timestamp::Timestamp;
use gws_sms_fake::_cli_internals::gws::world::{GwsOptions, World};

use crate::lines;

const READ: [Resource; 9] = [
    Resource::Me,
    Resource::Sessions,
    Resource::Channels,
    Resource::Devices,
    Resource::Settings,
    Resource::SettingsSection,
    Resource::Services,
    Resource::Session,
    Resource::Messages,
];

/// Files of a folder: `users` and its text, `smssessions` and its text, or a path below `/api/v2` and what GET answers there.
/// Without a user or a session there are those that are built in. Then those of the input, and one of the others, read everything.
///
/// # Panics
///
/// When an answer departs from its schema.
pub fn fixtures(input: &[u8]) {
    static BUILT_IN: OnceLock<Sources> = OnceLock::new();
    let mut sources = BUILT_IN.get_or_init(Sources::built_in).clone();
    // Of what is built in, one user and one session are looked at.
    let mut looked_at = vec![AGENT.id.to_owned(), SESSION.to_owned()];
    let mut taken = false;
    for (name, text) in lines(input) {
        let Ok(value) = read(name, text) else { continue };
        looked_at.extend(value["id"].as_str().map(str::to_owned));
        let is_taken = match name {
            "users" => sources.user(name, &value),
            "smssessions" => sources.session(name, &value),
            path => sources.resource(path, value),
        }
        .is_ok();
        taken |= is_taken;
    }
    // Where nothing of the input is taken, all is as it is built in, and that is read once, whole.
    static READ_AS_BUILT_IN: Once = Once::new();
    if taken {
        read_all(&sources, |id| looked_at.contains(id));
    } else {
        READ_AS_BUILT_IN.call_once(|| read_all(&sources, |_| true));
    }
}

fn read_all(sources: &Sources, is_looked_at: impl Fn(&String) -> bool) {
    let Ok(fixtures) = sources.link() else { return };
    let looked_at = |id: &&String| is_looked_at(id);
    let ids = fixtures.sessions.iter().map(|session| &session.id).filter(looked_at);
    let ids: Vec<String> = ids.cloned().collect();
    let users = fixtures.users.iter().map(|user| &user.id).filter(looked_at);
    let users: Vec<String> = users.cloned().collect();
    let settings = GwsOptions::new("http://127.0.0.1:1/api/v2".to_owned());
    let mut world = World::new(
        settings,
        fixtures.users,
        fixtures.sessions,
        fixtures.statics,
        fixtures.agent_states,
    );
    let moment = LogicalClock::start().timestamp(Duration::ZERO);
    for user in users {
        let caller = Caller::User(KnownCaller { user, client: None });
        for resource in READ {
            let none = [String::new()];
            for id in if has_id(resource) { &ids[..] } else { &none } {
                reads(&mut world, &caller, moment, resource, id);
            }
        }
    }
}

fn has_id(resource: Resource) -> bool {
    matches!(resource, Resource::Session | Resource::Messages | Resource::SettingsSection)
}

fn reads(world: &mut World, caller: &Caller, moment: Timestamp, resource: Resource, id: &str) {
    for query in ["", "fields=*"] {
        let mut wrong = Vec::new();
        let query = Query::parse(resource, query, &mut wrong);
        if !wrong.is_empty() {
            continue;
        }
        let command = Command::Read { resource, id: id.to_owned(), query };
        if let Ok(done) = handle(world, caller, &command, moment) {
            conforms(done.schema, &done.reply);
        }
    }
}

fn conforms(schema: &str, reply: &Value) {
    let wrong = check(schema, reply);
    assert!(wrong.is_empty(), "{schema}: {reply}\n{wrong:?}");
}

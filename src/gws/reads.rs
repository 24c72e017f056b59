//! The answers to GET (documented: ReturnValues; shapes by the pages and logs that each function names).
//!
//! Rules: feature-missing, session-unknown, session-owner, contact-unknown; what is answered: reply-to-get, sessions-live,
//! messages-of-who-joined, the rules of the fields.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::gws::authorize::{demand_feature, session_of};
use crate::gws::identity::{Channel, User};
use crate::gws::outcome::{Done, KnownCaller, Refused};
use crate::gws::refusal::meant_user;
use crate::gws::resource::{Query, Resource};
use crate::gws::route::PREFIX;
use crate::gws::session::{Party, Session};
use crate::gws::world::World;
use crate::rules::{Rule, Violation, rule};

/// The rule of a reply to a GET.
const READ: &Rule = rule("reply-to-get");

/// The version of GWS that this fake follows (rule version).
const VERSION: &str = "8.5.202.96";

/// The services of a contact center: id, name, type (wire: the shape; the names are the fake's own).
const SERVICES: &[(&str, &str, &str)] = &[
    ("provisioning", "Provisioning", "Provisioning"),
    ("voice", "Voice", "Voice"),
    ("multimedia-state", "Multimedia state", "MultiMediaState"),
    ("multimedia-content", "Multimedia content", "MultiMediaContent"),
];

pub(crate) fn read(
    world: &World,
    caller: &KnownCaller,
    resource: Resource,
    id: &str,
    query: &Query,
) -> Result<Done, Refused> {
    demand_feature(world, caller, resource.feature())?;
    let (reply, schema) = match resource {
        Resource::Me => me(world, caller, query),
        Resource::Sessions => sessions(world, caller, query),
        Resource::Session => session(world, caller, id)?,
        Resource::Messages => messages(world, caller, id, query)?,
        Resource::Channels => {
            let resources = channels(world, caller);
            let collection =
                Collection { name: "channels", schema: "channels-response", resources };
            collection.read(query, |channel| {
                format!("{}/me/channels/{}", world.settings.api_url, word(channel, "channel"))
            })
        }
        Resource::Devices => {
            let name = "devices";
            let schema = "devices-response";
            let collection = Collection { name, schema, resources: Vec::new() };
            collection.read(query, |_| String::new())
        }
        Resource::Settings => settings(world, caller),
        Resource::SettingsSection => settings_section(world, caller, id),
        Resource::Services => {
            let resources = services(world);
            let collection =
                Collection { name: "services", schema: "services-response", resources };
            collection.read(query, |service| word(service, "uri").to_owned())
        }
        Resource::Contact => contact(world, id)?,
        Resource::Version | Resource::Static => return Ok(read_public(world, resource, id)),
    };
    Ok(done(resource, reply, schema))
}

/// Answers a read that is the same for every caller, and so for one who is not known.
pub(crate) fn read_public(world: &World, resource: Resource, id: &str) -> Done {
    let (reply, schema) = match resource {
        Resource::Version => (json!({ "statusCode": 0, "version": VERSION }), "version-response"),
        Resource::Static => {
            let below = id.strip_prefix(PREFIX).unwrap_or(id);
            let value =
                world.statics.get(below).expect("a path is static since a fixture answers it");
            (value.clone(), "")
        }
        _ => unreachable!("{resource:?} is not public"),
    };
    done(resource, reply, schema)
}

fn done(resource: Resource, reply: Value, schema: &'static str) -> Done {
    debug_assert!(resource.replies().contains(&schema), "{resource:?} is answered as {schema}");
    Done { reply, schema, ..Done::new(READ, Vec::new()) }
}

/// A reply, and the schema that it conforms to: the file's name in `schemas/` without its ending.
type ReadReply = (Value, &'static str);

/// `GET /api/v2/me` (documented: HTCC InterpretingaResponse), with the subresources that were asked for (client, wire).
fn me(world: &World, caller: &KnownCaller, query: &Query) -> ReadReply {
    let api_url = &world.settings.api_url;
    let Some(user) = world.user(&caller.user) else {
        return (json!({ "statusCode": 0 }), "me-response");
    };
    let mut resource = user.resource(api_url);
    for name in &query.subresources {
        resource[*name] = match *name {
            "features" => user.features.iter().map(|id| feature(id, api_url)).collect(),
            "channels" | "channelStates" => Value::Array(channels(world, caller)),
            "smssessions" => Value::Array(live(world, caller)),
            "settings" => json!(user.settings),
            // Other media and what belongs to them: there are none here.
            _ => json!([]),
        };
    }
    (json!({ "statusCode": 0, "user": resource }), "me-response")
}

fn feature(id: &str, api_url: &str) -> Value {
    json!({
        "id": id,
        "displayName": id,
        "description": id,
        "autoAssignOnContactCenterCreate": false,
        "uri": format!("{api_url}/features/{id}"),
        "path": format!("/features/{id}"),
    })
}

/// `GET /api/v2/me/smssessions` (documented: SMSResources; the envelope by analogy): those that are not at their end.
fn sessions(world: &World, caller: &KnownCaller, query: &Query) -> ReadReply {
    let name = "smssessions";
    let schema = "smssessions-response";
    let resources = live(world, caller);
    let collection = Collection { name, schema, resources };
    collection.read(query, |session| word(session, "uri").to_owned())
}

fn live(world: &World, caller: &KnownCaller) -> Vec<Value> {
    let own = world.sessions().filter_map(|session| {
        let party = session.party(&caller.user).filter(|party| party.state.is_live())?;
        Some(shown(world, session, party))
    });
    own.collect()
}

/// `GET /api/v2/me/smssessions/{smssessionId}` (analogy: CustomerChatResource, IMSessionResource).
fn session(world: &World, caller: &KnownCaller, id: &str) -> Result<ReadReply, Refused> {
    let (session, party) = session_of(world, caller, id)?;
    let resource = shown(world, session, party);
    Ok((json!({ "statusCode": 0, "smssession": resource }), "smssession-response"))
}

/// The session as one of its users reads it.
pub(crate) fn shown(world: &World, session: &Session, party: &Party) -> Value {
    let mut resource = json!(session.resource(party, world.rendering()));
    resource["path"] = json!(format!("/smssessions/{}", session.id));
    resource
}

/// `GET /api/v2/me/smssessions/{smssessionId}/messages` (documented: SMSResources; the envelope by analogy): those from
/// `startIndex` on, `count` of them at most; without the two, all.
fn messages(
    world: &World,
    caller: &KnownCaller,
    id: &str,
    query: &Query,
) -> Result<ReadReply, Refused> {
    let (session, party) = session_of(world, caller, id)?;
    let start = query.start_index.unwrap_or(1);
    let count = query.count.map_or(usize::MAX, |count| count as usize);
    let shown = session
        .messages_for(party)
        .into_iter()
        .filter(|message| message.index >= start)
        .take(count)
        .map(|message| message.render(&world.settings.api_url));
    let reply = json!({ "statusCode": 0, "messages": shown.collect::<Vec<_>>() });
    Ok((reply, "messages-response"))
}

fn channels(world: &World, caller: &KnownCaller) -> Vec<Value> {
    let user = world.user(&caller.user);
    user.map(|user| user.channels.iter().map(Channel::resource).collect()).unwrap_or_default()
}

/// `GET /api/v2/me/settings`: the sections (wire), whole with and without `fields`.
fn settings(world: &World, caller: &KnownCaller) -> ReadReply {
    let api_url = &world.settings.api_url;
    let sections = world.user(&caller.user).map(|user| &user.settings).into_iter().flatten();
    let sections = sections.map(|(name, settings)| {
        json!({
            "name": name,
            "displayName": name,
            "key": "name",
            "uri": format!("{api_url}/me/settings/{name}"),
            "path": format!("/me/settings/{name}"),
            "settings": named_values(settings),
        })
    });
    let sections: Vec<Value> = sections.collect();
    (json!({ "statusCode": 0, "settings": sections, "key": "name" }), "settings-response")
}

/// `GET /api/v2/me/settings/{section}` (wire); a section that the user does not have is empty (rule settings-section-empty).
fn settings_section(world: &World, caller: &KnownCaller, section: &str) -> ReadReply {
    let settings = world.user(&caller.user).and_then(|user| user.settings.get(section));
    let settings = settings.map(named_values).unwrap_or_default();
    let reply = json!({ "statusCode": 0, "settings": settings, "key": "name" });
    (reply, "settings-response")
}

fn named_values(settings: &BTreeMap<String, String>) -> Vec<Value> {
    settings.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn services(world: &World) -> Vec<Value> {
    let api_url = &world.settings.api_url;
    let service = |(id, name, kind): &(&str, &str, &str)| {
        json!({
            "id": id,
            "name": name,
            "type": kind,
            "state": "Active",
            "uri": format!("{api_url}/services/{id}"),
            "path": format!("/services/{id}"),
        })
    };
    SERVICES.iter().map(service).collect()
}

/// `GET /api/v2/contacts/{contactId}?type=User` (wire: the request; the answer is inferred from that of `/me`).
fn contact(world: &World, id: &str) -> Result<ReadReply, Refused> {
    let Some(User { id, user_name, first_name, last_name, .. }) = world.user(id) else {
        let broken = const { rule("contact-unknown") };
        let violation = Violation::new(broken, "path segment 4", id, "the id of a user");
        return Err(violation.hint(meant_user(world, id)).into());
    };
    let contact = json!({
        "id": id,
        "userName": user_name,
        "firstName": first_name,
        "lastName": last_name,
        "uri": format!("{}/contacts/{id}", world.settings.api_url),
        "path": format!("/contacts/{id}"),
    });
    Ok((json!({ "statusCode": 0, "contact": contact }), "contact-response"))
}

/// Several resources, the field that holds them in the envelope, and the schema of that.
struct Collection {
    name: &'static str,
    schema: &'static str,
    resources: Vec<Value>,
}

impl Collection {
    /// The envelope (documented: ReturnValues): the resources with `fields=*`, else their addresses.
    fn read(self, query: &Query, uri: impl Fn(&Value) -> String) -> ReadReply {
        let Self { name, schema, resources } = self;
        if !query.all_fields {
            let uris: Vec<String> = resources.iter().map(uri).collect();
            return (json!({ "statusCode": 0, "uris": uris }), "uris-response");
        }
        (json!({ "statusCode": 0, name: resources }), schema)
    }
}

fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

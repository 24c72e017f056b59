//! The schemas of the fixtures of a contract, and the values that are compared with them.
//!
//! The rule of this file: the folder of a fixture says which schema that is. In `valid/<schema>/` and `invalid/<schema>/` it
//! is named by the folder. In what a fake sends for a further operation, names stand for what is known when it does.

use std::borrow::Cow;

use serde_json::Value;

use crate::contract::custom::custom_operation_of_file;
use crate::contract::index::{answer_to, constant, named, of_notification};
use crate::contract::template::{Names, filled_in};
use crate::error::Error;
use crate::rules::nearest;

/// The way to the schema of a fixture.
#[derive(Clone, Copy)]
enum Schema {
    /// It has this name.
    Named(&'static str),
    /// Its name is that of the fixture, with this behind.
    After(&'static str),
    /// It is of the notification that the fixture is.
    OfNotification,
    /// It is of the answer to the further operation that the fixture begins with, where there is one.
    OfAnswer,
    /// It has the name of the folder below.
    OfFolder,
    /// There is none.
    Free,
}

use Schema::{After, Free, Named, OfAnswer, OfFolder, OfNotification};

/// The folders below `fixtures/`.
#[rustfmt::skip]
const FOLDERS: &[(&str, Schema)] = &[
    ("agent-states",  Named("agent-state-fixture")),
    ("answers",       OfAnswer),
    ("invalid",       OfFolder),
    ("notifications", OfNotification),
    ("requests",      After("-request")),
    ("resources",     Free),
    ("scenarios",     Named("scenario")),
    ("smssessions",   Named("smssession-fixture")),
    ("users",         Named("user-fixture")),
    ("valid",         OfFolder),
];

/// The `${names}` that are filled in in the answers and notifications of further operations.
const PLACEHOLDERS: [&str; 3] = ["session", "user", "url"];
/// One of each, as good as any.
const SAMPLES: [&str; 3] =
    ["0000UaB58WAR003N", "4ff5b43c856d4cb2a3d6c20a88740257", "http://127.0.0.1:1"];

/// A fixture as it is held against a schema, if there is one for it.
#[derive(Debug, PartialEq)]
pub struct FixtureCheck<'s, 'v> {
    /// The name of the schema, if there is one.
    pub schema: Option<&'s str>,
    /// The value as the schema sees it.
    pub value: Cow<'v, Value>,
}

/// A diagnostic of a file of a contract: the place in it, the value there, the allowed values, and the advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractDiagnostic {
    /// A JSON pointer, empty for the whole file.
    pub place: String,
    /// The value that is there.
    pub got: String,
    /// The values that are allowed.
    pub want: String,
    /// The advice to the reader.
    pub hint: String,
}

impl ContractDiagnostic {
    pub(crate) fn error(&self, file: &str) -> Error {
        let Self { place, got, want, hint } = self;
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        Error::new(format!("{file}: {place}got {got}, want {want}; {hint}"))
    }
}

/// Finds the schema among these for the fixture at that path below `fixtures/`, and fills in its names.
pub fn held<'s, 'v>(
    path: &str,
    value: &'v Value,
    schemas: impl Iterator<Item = (&'s str, &'s Value)> + Clone,
) -> Result<FixtureCheck<'s, 'v>, ContractDiagnostic> {
    let (folder, rest) = path.split_once('/').unwrap_or(("", path));
    let found = FOLDERS.iter().find(|(name, _)| *name == folder);
    let Some((_, schema)) = found else { return Err(no_such_folder(folder)) };
    let stem = rest.strip_suffix(".json").unwrap_or(rest);
    let of_name = |name: &str| {
        let found = schemas.clone().map(|(known, _)| known).find(|known| *known == name);
        found.ok_or_else(|| no_such_schema(name)).map(Some)
    };
    let schema = match schema {
        Named(name) => of_name(name)?,
        After(ending) => of_name(&format!("{stem}{ending}"))?,
        OfFolder => of_name(stem.split_once('/').unwrap_or((stem, "")).0)?,
        OfNotification => {
            let says = value.get("messageType");
            let found = of_notification(schemas.clone(), says);
            Some(found.ok_or_else(|| no_such_notification(says, schemas))?)
        }
        OfAnswer => {
            let operation = custom_operation_of_file(schemas.clone(), stem);
            answer_to(schemas, operation.ok_or_else(no_further_operation)?)
        }
        Free => None,
    };
    let value = match is_filled_in(path) {
        true => Cow::Owned(with_samples(value)?),
        false => Cow::Borrowed(value),
    };
    Ok(FixtureCheck { schema, value })
}

/// Tells if names stand for values in the fixture at that path.
pub(crate) fn is_filled_in(path: &str) -> bool {
    ["answers/", "notifications/"].iter().any(|folder| path.starts_with(folder))
}

/// The values of the names after a caller has sent a further operation.
pub(crate) fn placeholders(session: &str, user: &str, url: &str) -> Names {
    let values = [session, user, url].map(Value::from);
    PLACEHOLDERS.into_iter().map(str::to_owned).zip(values).collect()
}

fn with_samples(value: &Value) -> Result<Value, ContractDiagnostic> {
    let [session, user, url] = SAMPLES;
    filled_in(value, &placeholders(session, user, url)).map_err(|unfilled| {
        let name = unfilled.name();
        let meant = nearest(name, PLACEHOLDERS.into_iter());
        ContractDiagnostic {
            place: String::new(),
            got: format!("${{{name}}}"),
            want: "${session}, ${user} or ${url}".to_owned(),
            hint: match meant {
                Some(meant) => format!("did you mean ${{{meant}}}?"),
                None => "write what it stands for".to_owned(),
            },
        }
    })
}

fn no_such_folder(folder: &str) -> ContractDiagnostic {
    ContractDiagnostic {
        place: String::new(),
        got: format!("a fixture in the folder {folder:?}"),
        want: format!(
            "one of {}",
            FOLDERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        ),
        hint: "move it into one of them".to_owned(),
    }
}

fn no_such_schema(name: &str) -> ContractDiagnostic {
    ContractDiagnostic {
        place: String::new(),
        got: format!("no schema {name}"),
        want: "one to hold it against".to_owned(),
        hint: "write the schema, or move the fixture".to_owned(),
    }
}

fn no_such_notification<'s>(
    says: Option<&Value>,
    schemas: impl Iterator<Item = (&'s str, &'s Value)>,
) -> ContractDiagnostic {
    let kinds: Vec<&str> = named(schemas, "-notification")
        .filter_map(|(_, schema)| constant(schema, "messageType"))
        .collect();
    let got = says.and_then(Value::as_str);
    let meant = got.and_then(|got| nearest(got, kinds.iter().copied()));
    ContractDiagnostic {
        place: "/messageType".to_owned(),
        got: says.map_or_else(|| "nothing".to_owned(), Value::to_string),
        want: format!("one of {}", kinds.join(", ")),
        hint: match meant {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "write a schema …-notification.json of that messageType".to_owned(),
        },
    }
}

fn no_further_operation() -> ContractDiagnostic {
    ContractDiagnostic {
        place: String::new(),
        got: "a file of no further operation".to_owned(),
        want: "one that begins as its schema does".to_owned(),
        hint: "name it after a schema …-request.json of the contract".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schemas::built_in;

    #[track_caller]
    fn check(path: &str, value: &Value, expected: Result<(Option<&str>, Value), &str>) {
        let held = held(path, value, built_in().all());
        let held = held.map(|held| (held.schema, held.value.into_owned()));
        let said = held.map_err(|wrong| wrong.error("FILE").to_string());
        assert_eq!(said, expected.map_err(str::to_owned), "{path}");
    }

    #[test]
    fn the_folder_says_which_schema_it_is() {
        let value = json!({ "statusCode": "${session}" });
        for (path, schema) in [
            ("requests/intrude.json", Some("intrude-request")),
            ("valid/response/x.json", Some("response")),
            ("invalid/response/x/y.json", Some("response")),
            ("users/x.json", Some("user-fixture")),
            ("resources/me/skills.json", None),
        ] {
            check(path, &value, Ok((schema, value.clone())));
        }
    }

    #[test]
    fn what_is_pushed_is_held_with_samples_in_the_place_of_names() {
        let schema = Some("message-log-updated-notification");
        let of = |uri: &str| json!({ "messageType": "MessageLogUpdated", "uri": uri });
        let filled = of("http://127.0.0.1:1/0000UaB58WAR003N");
        check("notifications/x.json", &of("${url}/${session}"), Ok((schema, filled)));
        let said =
            "FILE: got ${sesion}, want ${session}, ${user} or ${url}; did you mean ${session}?";
        check("notifications/x.json", &of("${sesion}"), Err(said));
    }

    #[test]
    fn what_belongs_to_nothing_is_told() {
        let value = json!({ "messageType": "MessageLogUpdate" });
        for (path, said) in [
            (
                "requests/intrud.json",
                "FILE: got no schema intrud-request, want one to hold it against; write the schema, or move the fixture",
            ),
            (
                "answers/intrude.json",
                "FILE: got a file of no further operation, want one that begins as its schema does; name it after a schema …-request.json of the contract",
            ),
            (
                "notifications/x.json",
                "FILE: /messageType: got \"MessageLogUpdate\", want one of ChannelStateChangeMessageV2, MessageLogUpdated, SMSsessionStateChangeMessage; did you mean \"MessageLogUpdated\"?",
            ),
            (
                "answer/x.json",
                "FILE: got a fixture in the folder \"answer\", want one of agent-states, answers, invalid, notifications, requests, resources, scenarios, smssessions, users, valid; move it into one of them",
            ),
        ] {
            check(path, &value, Err(said));
        }
    }
}

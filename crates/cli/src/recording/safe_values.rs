//! The values that the schemas and the table of paths name: they reveal nothing about anybody.
//!
//! A schema names a field; a value of it is safe where the schema lists it, or where its form has no place for anything else:
//! an id of GWS, a time stamp, a number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use gws_sms_fake::_cli_internals::contract::properties::referred;
use gws_sms_fake::_cli_internals::contract::schemas;
use gws_sms_fake::_cli_internals::gws::operation::Operation;
use gws_sms_fake::_cli_internals::gws::resource::{SUBRESOURCES, query_names};
use gws_sms_fake::_cli_internals::gws::route;
use gws_sms_fake::_cli_internals::gws::timestamp::parse_timestamp;
use serde_json::Value;

/// Segments that stand in no table.
const FURTHER: [&str; 22] = [
    "api",
    "v2",
    "v3",
    "*",
    "**",
    "notifications",
    "handshake",
    "connect",
    "disconnect",
    "meta",
    "service",
    "queues",
    "voice",
    "email",
    "chat",
    "smssession",
    "workitem",
    "fields",
    "offset",
    "limit",
    "true",
    "false",
];
/// Words that fields have for which the schemas take any text: what roles, features and channels are called.
const CALLED: [(&str, &[&str]); 4] = [
    ("roles", &["ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN"]),
    ("id", &["api-multimedia", "api-multimedia-chat", "api-supervisor-monitoring", "api-voice"]),
    ("channel", &["chat", "email", "smssession", "voice", "workitem"]),
    ("channels", &["chat", "email", "smssession", "voice", "workitem"]),
];
/// The beginnings of schemas that no scenario uses: those of a test, and of CometD and its clients.
const ELSEWHERE: [&str; 4] = ["fixture", "control-", "scenario", "bayeux-"];

/// A document, and a part of it that is a schema.
type SchemaPart = (&'static Value, &'static Value);

#[derive(Debug)]
pub(crate) struct SafeValues {
    segments: BTreeSet<&'static str>,
    properties: BTreeMap<&'static str, Vec<SchemaPart>>,
}

static WORDS: LazyLock<SafeValues> = LazyLock::new(SafeValues::new);

impl SafeValues {
    /// The words of this crate, which are looked for once.
    pub(crate) fn all() -> &'static Self {
        &WORDS
    }

    fn new() -> Self {
        let mut properties = BTreeMap::new();
        for (name, document) in schemas::all() {
            if !ELSEWHERE.iter().any(|name_part| name.contains(name_part)) {
                collect(document, document, &mut properties);
            }
        }
        let segments = route::patterns()
            .flat_map(|path| path.split('/'))
            .filter(|pattern| *pattern != "{}")
            .chain(query_names())
            .chain(SUBRESOURCES.iter().copied());
        Self { segments: segments.chain(FURTHER).collect(), properties }
    }

    pub(crate) fn has(&self, segment: &str) -> bool {
        self.segments.contains(segment) || self.properties.contains_key(segment)
    }

    /// Returns true if a schema has a field of that name.
    pub(crate) fn names(&self, field: &str) -> bool {
        self.properties.contains_key(field)
    }

    /// Returns true if a schema describes the contents of an object or an array in that field.
    pub(crate) fn describes(&self, field: &str) -> bool {
        let schemas = self.properties.get(field).map(Vec::as_slice).unwrap_or_default();
        schemas.iter().any(|(document, schema)| {
            let (_, schema) = resolved(document, schema);
            ["properties", "items", "oneOf"].iter().any(|keyword| schema.get(keyword).is_some())
        })
    }

    pub(crate) fn is_safe(&self, field: &str, value: &Value) -> bool {
        let called = CALLED.iter().any(|(of, words)| {
            *of == field && value.as_str().is_some_and(|text| words.contains(&text))
        });
        let schemas = self.properties.get(field).map(Vec::as_slice).unwrap_or_default();
        called || schemas.iter().any(|(document, schema)| permits(document, schema, value))
    }
}

fn collect(
    document: &'static Value,
    schema: &'static Value,
    found: &mut BTreeMap<&'static str, Vec<SchemaPart>>,
) {
    match schema {
        Value::Object(fields) => {
            for (name, below) in fields.iter().filter(|(name, _)| *name != "if") {
                if name == "properties"
                    && let Some(properties) = below.as_object()
                {
                    for (name, property) in
                        properties.iter().filter(|(_, schema)| schema.is_object())
                    {
                        found.entry(name).or_default().push((document, property));
                    }
                }
                collect(document, below, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(document, item, found)),
        _ => {}
    }
}

/// Returns true if a schema accepts only values there that reveal nothing.
fn permits(document: &'static Value, schema: &'static Value, value: &Value) -> bool {
    let form = schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()).unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    match form {
        "smssessionId" => return is_session_id(text),
        "participantId" => return is_session_id(text) && text.bytes().all(is_upper_hexadecimal),
        "userId" => return is_user_id(text),
        "timestamp" => return is_timestamp(text),
        "operationName" => return Operation::of_name(text).is_ok(),
        _ => {}
    }
    let (document, schema) = resolved(document, schema);
    let listed = schema["enum"].as_array().is_some_and(|values| values.contains(value));
    let number = matches!(schema["type"].as_str(), Some("integer" | "number")) && value.is_number();
    listed
        || number
        || schema.get("const") == Some(value)
        || schema.get("items").is_some_and(|items| permits(document, items, value))
}

/// Returns the schema to which a reference leads in the end, and its document.
fn resolved(document: &'static Value, schema: &'static Value) -> SchemaPart {
    let Some(reference) = schema["$ref"].as_str() else { return (document, schema) };
    let file = reference.split('#').next().expect("a split text has a first part");
    let other = file.strip_suffix(".json").and_then(schemas::find).map(|stem| stem.document());
    resolved(other.unwrap_or(document), referred(document, schema))
}

/// Returns true if it is an id that a path has after that segment.
pub(crate) fn is_id_behind(before: &str, text: &str) -> bool {
    match before {
        "smssessions" => is_session_id(text),
        "users" | "contacts" => is_user_id(text),
        _ => false,
    }
}

/// An id of a session; one of a participant has its form.
pub(crate) fn is_session_id(text: &str) -> bool {
    text.len() == 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_user_id(text: &str) -> bool {
    text.len() == 32
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_upper_hexadecimal(schema: u8) -> bool {
    schema.is_ascii_digit() || (b'A'..=b'F').contains(&schema)
}

/// A moment in the form of GWS; digits that are no moment may be anything.
fn is_timestamp(text: &str) -> bool {
    let form = "0000-00-00 00:00:00.000+0000";
    let same = |(form, got): (u8, u8)| match form {
        b'0' => got.is_ascii_digit(),
        b'+' => got == b'+' || got == b'-',
        other => got == other,
    };
    text.len() == form.len()
        && form.bytes().zip(text.bytes()).all(same)
        && parse_timestamp(text).is_some()
}

//! What the schemas and the table of paths name: it tells nothing of anybody.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::schemas;
use crate::gws::route;
use crate::scenario::redact::permits;

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
/// What roles and features are called.
const PREFIXES: [(&str, &str); 2] = [("roles", "ROLE_"), ("features", "api-")];

/// A part of a schema, and the document that it stands in.
type Part = (&'static Value, &'static Value);

#[derive(Debug)]
pub(crate) struct Words {
    segments: BTreeSet<&'static str>,
    properties: BTreeMap<&'static str, Vec<Part>>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut properties = BTreeMap::new();
        for (name, document) in schemas::all() {
            if !["fixture", "control-", "scenario"].iter().any(|it| name.contains(it)) {
                collect(document, document, &mut properties);
            }
        }
        let segments = route::patterns().flat_map(|path| path.split('/')).filter(|it| *it != "{}");
        Self { segments: segments.chain(FURTHER).collect(), properties }
    }

    pub(crate) fn has(&self, segment: &str) -> bool {
        self.segments.contains(segment) || self.properties.contains_key(segment)
    }

    /// What the schemas say of a field of that name.
    pub(crate) fn schemas(&self, field: &str) -> Option<&[Part]> {
        self.properties.get(field).map(Vec::as_slice)
    }

    pub(crate) fn is_safe(&self, field: &str, value: &Value) -> bool {
        let named = PREFIXES.iter().any(|(of, prefix)| {
            let rest = value.as_str().and_then(|text| text.strip_prefix(prefix));
            let plain = |it: u8| it.is_ascii_alphabetic() || it == b'_' || it == b'-';
            *of == field && rest.is_some_and(|rest| rest.bytes().all(plain))
        });
        let schemas = self.schemas(field).unwrap_or_default();
        named || schemas.iter().any(|(document, schema)| permits(document, schema, value))
    }
}

fn collect(
    document: &'static Value,
    schema: &'static Value,
    found: &mut BTreeMap<&'static str, Vec<Part>>,
) {
    match schema {
        Value::Object(fields) => {
            for (name, below) in fields.iter().filter(|(name, _)| *name != "if") {
                if let Some(properties) = below.as_object().filter(|_| name == "properties") {
                    for (name, property) in properties.iter().filter(|(_, it)| it.is_object()) {
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

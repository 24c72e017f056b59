//! The JSON Schemas, embedded and compiled once per process. They refer to each other by `$id`; no network is asked.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jsonschema::{Registry, Validator};
use serde_json::Value;

/// What every `$id` begins with.
const BASE: &str = "https://schemas.gws-sms-fake.example/";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// The name of each file in `schemas/` without its ending, and its text.
        const EMBEDDED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../schemas/", $name, ".json")))),*];
    };
}

embedded![
    "accept-request",
    "attach-user-data-request",
    "barge-in-request",
    "bayeux-answer",
    "cancel-consult-request",
    "cancel-supervisor-monitoring-request",
    "channel-state-change-notification",
    "channels-response",
    "coach-request",
    "common",
    "complete-request",
    "consult-request",
    "contact-center-session-response",
    "contact-response",
    "control-message",
    "control-notification",
    "control-operation",
    "control-revoke",
    "control-route",
    "control-session",
    "delete-user-data-request",
    "devices-response",
    "end-contact-center-session-request",
    "in-focus-request",
    "intrude-request",
    "invite-request",
    "leave-and-complete-request",
    "leave-request",
    "me-response",
    "message",
    "message-log-updated-notification",
    "messages-response",
    "monitor-request",
    "not-ready-request",
    "participant",
    "ready-request",
    "reject-request",
    "remove-participant-from-conference-request",
    "response",
    "send-custom-notice-request",
    "send-custom-notice-to-agents-request",
    "send-message-request",
    "send-start-typing-notification-request",
    "send-start-typing-to-agents-notification-request",
    "send-stop-typing-notification-request",
    "send-stop-typing-to-agents-notification-request",
    "send-to-agents-request",
    "send-url-request",
    "sender",
    "services-response",
    "set-disposition-request",
    "set-in-focus-request",
    "settings-response",
    "smssession",
    "smssession-fixture",
    "smssession-response",
    "smssession-state-change-notification",
    "smssessions-response",
    "start-contact-center-session-request",
    "switch-to-barge-in-request",
    "switch-to-coach-request",
    "switch-to-monitor-request",
    "transfer-request",
    "update-user-data-request",
    "uris-response",
    "user-fixture",
    "version-response",
];

/// A schema as it is written and as it is checked.
pub(crate) struct Schema {
    pub(crate) document: Value,
    validator: OnceLock<Validator>,
}

impl Schema {
    pub(crate) fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| compile(&self.document))
    }
}

/// The schema of that name, if there is one.
pub(crate) fn find(name: &str) -> Option<&'static Schema> {
    SCHEMAS.get(name)
}

static SCHEMAS: LazyLock<BTreeMap<&'static str, Schema>> = LazyLock::new(|| {
    let schema = |text: &str| Schema { document: read(text), validator: OnceLock::new() };
    EMBEDDED.iter().map(|&(name, text)| (name, schema(text))).collect()
});

static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let documents =
        SCHEMAS.iter().map(|(name, schema)| (format!("{BASE}{name}.json"), &schema.document));
    let registry = Registry::new().extend(documents).and_then(|builder| builder.prepare());
    registry.unwrap_or_else(|error| panic!("an embedded schema refers to nothing: {error}"))
});

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("an embedded schema: {error}"))
}

fn compile(document: &Value) -> Validator {
    let validator = jsonschema::options().with_registry(&REGISTRY).build(document);
    validator.unwrap_or_else(|error| panic!("an embedded schema: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_valid_and_named_by_its_id() {
        for (name, schema) in SCHEMAS.iter() {
            jsonschema::meta::validate(&schema.document)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(schema.document["$id"], format!("{BASE}{name}.json"));
            schema.validator();
        }
    }

    #[test]
    fn every_file_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(find(name).is_some(), "{name} is not embedded");
        }
    }

    /// Every object of these schemas says which fields it has, and has no others, at every depth; `userData`, the
    /// names of settings and the data of a Bayeux event are open.
    #[test]
    fn every_object_is_closed() {
        fn walk(place: &str, schema: &Value, open: &mut Vec<String>) {
            match schema {
                Value::Object(fields) => {
                    let object = fields.get("type").is_some_and(|kind| kind == "object");
                    let closed = fields.get("additionalProperties").is_some_and(|it| it == false);
                    if object && !closed {
                        open.push(place.to_owned());
                    }
                    for (name, below) in fields {
                        walk(&format!("{place}/{name}"), below, open);
                    }
                }
                Value::Array(items) => items.iter().for_each(|below| walk(place, below, open)),
                _ => {}
            }
        }
        let mut open = Vec::new();
        for (name, schema) in SCHEMAS.iter() {
            walk(name, &schema.document, &mut open);
        }
        assert_eq!(open, ["common/$defs/settings", "common/$defs/userData"]);
    }
}

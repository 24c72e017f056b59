//! The quick way: a text that surely is one message, of which nothing at all is to be said, is only counted.
//!
//! The border is this file. What it does not take goes the way that knows what to say, from its first byte on; so it takes
//! less than it might, and never what a word would be said of. What a value is, both know by `classify`, and
//! `fast_path_equivalence` holds that they say the same.

use serde_json::Value;

use crate::contract::check::conforms;
use crate::contract::json;
use crate::contract::recorded::checker::Checker;
use crate::contract::recorded::classify::{OF_AN_ARRAY, parts};
use crate::contract::recorded::diagnostic::Progress;
use crate::contract::recorded::options::Check;
use crate::contract::recorded::part::{ClassifiedPart, Sender};
use crate::contract::recorded::split::EVERY;
use crate::contract::schemas::Schemas;

impl Checker<'_> {
    /// Takes a text with nothing but white space around its value; whether it did.
    pub(super) fn takes(&mut self, text: &[u8]) -> bool {
        // In a fixture names stand for values.
        let schema = if self.fixture.is_some() { None } else { kept(self.check, text) };
        let Some(schema) = schema else { return false };
        self.checked.count(schema);
        (self.tell)(Progress::Messages(self.checked.messages));
        true
    }
}

/// The schema that a text keeps.
fn kept(check: &Check, text: &[u8]) -> Option<&'static str> {
    // An array holds messages, and no other value is one.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let value = json::faultless(text)?;
    let schema = match check.schema {
        Some(schema) => Some(schema),
        None => only(check.schemas, &value),
    };
    let schema = schema.filter(|schema| *schema != OF_AN_ARRAY);
    schema.filter(|schema| conforms(check.schemas, schema, &value))
}

/// The schema of an object that is one message and nothing else.
fn only(schemas: &'static Schemas, value: &Value) -> Option<&'static str> {
    // The members of these arrays are elements by themselves.
    if EVERY.iter().any(|path| path.first().is_some_and(|name| value.get(name).is_some())) {
        return None;
    }
    match parts(schemas, value, Sender::Unknown).as_slice() {
        [ClassifiedPart::Message { pointer, schema, .. }] if pointer.is_empty() => Some(schema),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(check: &Check, text: &str, expected: Option<&str>) {
        assert_eq!(kept(check, text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn messages_that_conform_are_taken() {
        let intrude = r#" {"operationName":"Intrude","supervisorVisibilityMode":"Coach"} "#;
        let new = Check::new();
        check(&new, intrude, Some("intrude-request"));
        check(&new.clone().strict(), intrude, Some("intrude-request"));
        check(&new, r#"{"statusCode":0}"#, Some("response"));
        check(&new, r#"{"statusCode":0,"version":"8.5.2"}"#, Some("version-response"));
        let named = |schema| Check::new().schema(schema).unwrap();
        check(&named("intrude-request"), intrude, Some("intrude-request"));
        check(&named("leave-request"), intrude, None);
        check(&named("response"), r#"{"statusCode":0}"#, Some("response"));
        let connect =
            r#"{"channel":"/meta/connect","clientId":"c","connectionType":"long-polling"}"#;
        check(&new, connect, Some("bayeux-message"));
    }

    #[test]
    fn what_a_word_would_be_said_of_is_not_taken() {
        for text in [
            "",
            "7",
            "{",
            "{} {}",
            "{}",
            "\u{FEFF}{\"statusCode\":0}",
            r#"{"operationName":"Intrude","x":1}"#,
            r#"{"operationName":"Intrude","operationName":"Intrude"}"#,
            r#"{"operationName":"Intrude","operation\u004eame":"Intrude"}"#,
            r#"{"operationName":"Intrud"}"#,
            r#"{"operationName":7}"#,
            r#"{"messageType":"Other"}"#,
            r#"{"statusCode":0,"unknown":1}"#,
            r#"{"statusCode":"0"}"#,
        ] {
            check(&Check::new(), text, None);
        }
    }

    #[test]
    fn what_may_hold_messages_is_not_taken() {
        for text in [
            r#"[{"statusCode":0}]"#,
            r#"{"channel":"/x","data":{"statusCode":0}}"#,
            r#"{"operationName":"Intrude","step":"wait"}"#,
            r#"{"statusCode":0,"timeLine":[]}"#,
            r#"{"statusCode":0,"log":{"entries":[]}}"#,
        ] {
            check(&Check::new(), text, None);
        }
        let event = r#"{"channel":"/x","data":{},"id":"1"}"#;
        check(&Check::new().schema(OF_AN_ARRAY).unwrap(), event, None);
    }
}

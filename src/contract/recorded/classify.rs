//! The classification of a value by its content.

use serde_json::{Map, Value};

use crate::contract::index::{constant, named, operations};
use crate::contract::json::below;
use crate::contract::recorded::part::{ClassifiedPart, Sender};
use crate::contract::recorded::{har, scenario, timeline};
use crate::contract::schemas::Schemas;
use crate::rules::{nearest, rule};

/// The schema that is of an array, though its messages stand alone as well.
pub(super) const OF_AN_ARRAY: &str = "bayeux-answer";

/// The parts of a value, with pointers from it on.
pub(super) fn parts(
    schemas: &'static Schemas,
    value: &Value,
    sender: Sender,
) -> Vec<ClassifiedPart> {
    let fields = match value {
        Value::Object(fields) => fields,
        // A Bayeux request, or a line that holds several messages.
        Value::Array(items) => {
            let inside =
                |index: usize| ClassifiedPart::inside(below("", &index.to_string()), sender);
            return (0..items.len()).map(inside).collect();
        }
        _ => return vec![unknown("a value that is no object")],
    };
    let text = |name| fields.get(name).and_then(Value::as_str);
    if let Some(parts) = scenario::parts(schemas, value)
        .or_else(|| har::parts(schemas, value))
        .or_else(|| timeline::parts(schemas, value))
    {
        return parts;
    }
    if fields.contains_key("operationName") {
        return vec![request(schemas, text("operationName"))];
    }
    if let Some(channel) = text("channel").filter(|channel| channel.starts_with('/')) {
        return bayeux(channel, fields, sender);
    }
    if fields.contains_key("messageType") || fields.contains_key("notificationType") {
        return vec![notification(schemas, fields)];
    }
    if fields.contains_key("statusCode") {
        let schema = response(schemas, fields);
        return vec![message(schema, Sender::Gws)];
    }
    if sender == Sender::Client {
        return vec![ClassifiedPart::Invalid {
            pointer: String::new(),
            rule: const { rule("operation-name-missing") },
            got: "no operationName".to_owned(),
            want: "the name of an operation".to_owned(),
            hint: "send operationName".to_owned(),
        }];
    }
    vec![unknown("an object without operationName, messageType, channel or statusCode")]
}

fn message(schema: &'static str, sender: Sender) -> ClassifiedPart {
    ClassifiedPart::Message { pointer: String::new(), schema, sender }
}

fn unknown(got: &str) -> ClassifiedPart {
    ClassifiedPart::Unknown {
        pointer: String::new(),
        got: got.to_owned(),
        want: "a message of the SMS Session API".to_owned(),
        hint: "name its schema with --as, or schema(..), or leave it out".to_owned(),
    }
}

fn request(schemas: &'static Schemas, operation: Option<&str>) -> ClassifiedPart {
    let Some(operation) = operation else {
        // Any schema of a request says what an operationName is.
        return ClassifiedPart::Invalid {
            pointer: "/operationName".to_owned(),
            rule: const { rule("operation-name-missing") },
            got: "no text".to_owned(),
            want: "the name of an operation".to_owned(),
            hint: "send operationName as a text".to_owned(),
        };
    };
    if let Some(schema) = schemas.index().request(operation) {
        return message(schema, Sender::Client);
    }
    let meant = nearest(operation, operations(schemas.all()).map(|(_, name)| name));
    let got = Value::from(operation).to_string();
    let want = "an operation of the SMS Session API".to_owned();
    match meant {
        Some(meant) => ClassifiedPart::Invalid {
            pointer: "/operationName".to_owned(),
            rule: const { rule("operation-unknown") },
            got,
            want,
            hint: format!("did you mean \"{meant}\"?"),
        },
        None => ClassifiedPart::Unknown {
            pointer: "/operationName".to_owned(),
            got,
            want,
            hint: "leave requests of other media out".to_owned(),
        },
    }
}

/// A notification of a kind, or an error, which may come without its messageType.
fn notification(schemas: &'static Schemas, fields: &Map<String, Value>) -> ClassifiedPart {
    let says = fields.get("messageType");
    if let Some(schema) = schemas.index().notification(says) {
        return message(schema, Sender::Gws);
    }
    let got = says.unwrap_or_default();
    let kinds = named(schemas.all(), "-notification");
    let names: Vec<&str> =
        kinds.filter_map(|(_, schema)| constant(schema, "messageType")).collect();
    let meant = got.as_str().and_then(|got| nearest(got, names.iter().copied()));
    ClassifiedPart::Unknown {
        pointer: "/messageType".to_owned(),
        got: got.to_string(),
        want: format!("one of {}", names.join(", ")),
        hint: match meant {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "leave notifications of other media out".to_owned(),
        },
    }
}

/// The schema that knows most of the fields; that of the envelope, if none knows one that it has not itself.
fn response(schemas: &'static Schemas, fields: &Map<String, Value>) -> &'static str {
    let known = |schema: &Value| {
        let own = |name: &&String| !["statusCode", "statusMessage"].contains(&name.as_str());
        fields.keys().filter(own).filter(|name| schema["properties"].get(name).is_some()).count()
    };
    let counted = named(schemas.all(), "-response").map(|(name, schema)| (known(schema), name));
    let most = counted.filter(|(count, _)| *count > 0).reduce(|a, b| if b.0 > a.0 { b } else { a });
    most.map_or("response", |(_, name)| name)
}

/// A Bayeux message: one that a client sends, or one that it is answered; and what an event says.
fn bayeux(channel: &str, fields: &Map<String, Value>, sender: Sender) -> Vec<ClassifiedPart> {
    let event = !channel.starts_with("/meta/") && fields.contains_key("data");
    let from_gws = match sender {
        Sender::Gws => true,
        Sender::Client => false,
        Sender::Unknown => {
            fields.contains_key("successful") || event && !fields.contains_key("clientId")
        }
    };
    if !from_gws {
        return vec![message("bayeux-message", Sender::Client)];
    }
    let mut parts = vec![message(OF_AN_ARRAY, Sender::Gws)];
    if event {
        parts.push(ClassifiedPart::inside("/data".to_owned(), Sender::Gws));
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::schemas::built_in;

    /// The schemas, or what is said in their place.
    fn check(value: &Value, sender: Sender, expected: &[&str]) {
        let found = parts(built_in(), value, sender).into_iter().map(|part| match part {
            ClassifiedPart::Message { pointer, schema, .. } => format!("{pointer} {schema}"),
            ClassifiedPart::Inside { pointer, sender, refused } => {
                format!("{pointer} {sender:?} {refused:?}")
            }
            ClassifiedPart::Text { pointer, refused, text } => {
                format!("{pointer} {:?} {refused:?}", text.sender)
            }
            ClassifiedPart::Unknown { pointer, got, hint, .. } => {
                format!("{pointer} unknown {got}; {hint}")
            }
            ClassifiedPart::Invalid { pointer, rule, got, hint, .. } => {
                format!("{pointer} {} {got}; {hint}", rule.id)
            }
            ClassifiedPart::Malformed { pointer, schema, got, hint, .. } => {
                format!("{pointer} {schema} {got}; {hint}")
            }
            ClassifiedPart::Nothing(what) => what.to_owned(),
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{value}");
    }

    #[test]
    fn a_request_is_known_by_its_operation() {
        let named = |name: Value| json!({ "operationName": name });
        check(&named(json!("Intrude")), Sender::Unknown, &[" intrude-request"]);
        check(&named(json!("SwitchToBargeIn")), Sender::Unknown, &[" switch-to-barge-in-request"]);
        check(
            &named(json!("Intrud")),
            Sender::Unknown,
            &["/operationName operation-unknown \"Intrud\"; did you mean \"Intrude\"?"],
        );
        check(
            &named(json!("Fly")),
            Sender::Unknown,
            &["/operationName unknown \"Fly\"; leave requests of other media out"],
        );
        check(
            &named(json!(7)),
            Sender::Unknown,
            &["/operationName operation-name-missing no text; send operationName as a text"],
        );
        check(
            &json!({}),
            Sender::Client,
            &[" operation-name-missing no operationName; send operationName"],
        );
    }

    #[test]
    fn a_notification_is_known_by_its_message_type() {
        for (kind, schema) in [
            ("SMSsessionStateChangeMessage", " smssession-state-change-notification"),
            ("MessageLogUpdated", " message-log-updated-notification"),
            ("ChannelStateChangeMessageV2", " channel-state-change-notification"),
        ] {
            check(&json!({ "messageType": kind }), Sender::Unknown, &[schema]);
        }
        let error = json!({ "notificationType": "Error", "errorMessage": "x", "referenceId": 1 });
        check(&error, Sender::Unknown, &[" smssession-state-change-notification"]);
        check(
            &json!({ "messageType": "DialogMessage" }),
            Sender::Unknown,
            &["/messageType unknown \"DialogMessage\"; leave notifications of other media out"],
        );
    }

    #[test]
    fn an_answer_is_known_by_what_it_says_beside_its_status_code() {
        for (field, schema) in [
            ("user", "me-response"),
            ("smssession", "smssession-response"),
            ("smssessions", "smssessions-response"),
            ("messages", "messages-response"),
            ("failed", "contact-center-session-response"),
            ("version", "version-response"),
            ("uris", "uris-response"),
            ("statusMessage", "response"),
            ("calls", "response"),
        ] {
            let answer = json!({ "statusCode": 0, field: [] });
            check(&answer, Sender::Unknown, &[&format!(" {schema}")]);
        }
    }

    #[test]
    fn bayeux_is_known_by_its_channel_and_told_apart_by_who_sends_it() {
        let answer = json!({ "channel": "/meta/connect", "successful": true });
        check(&answer, Sender::Unknown, &[" bayeux-answer"]);
        check(&answer, Sender::Client, &[" bayeux-message"]);
        let asked = json!({ "channel": "/meta/connect", "clientId": "c" });
        check(&asked, Sender::Unknown, &[" bayeux-message"]);
        let event = json!({ "channel": "/v2/me/smssessions", "data": {} });
        check(&event, Sender::Unknown, &[" bayeux-answer", "/data Gws No"]);
        check(&json!([event, asked]), Sender::Unknown, &["/0 Unknown No", "/1 Unknown No"]);
    }

    #[test]
    fn what_is_none_of_them_is_said_to_be_unknown() {
        let hint = "name its schema with --as, or schema(..), or leave it out";
        check(
            &json!(7),
            Sender::Unknown,
            &[&format!(" unknown a value that is no object; {hint}")],
        );
        let object = "an object without operationName, messageType, channel or statusCode";
        check(&json!({ "a": 1 }), Sender::Unknown, &[&format!(" unknown {object}; {hint}")]);
    }
}

//! Everything of the tables is in the documents.

use gws_sms_fake::_cli_internals::contract::schemas;
use gws_sms_fake::_cli_internals::gws::notification::KINDS;
use gws_sms_fake::_cli_internals::gws::operation::OPERATIONS;
use gws_sms_fake::_cli_internals::gws::route::{Target, paths};
use serde_json::Value;

use crate::export;

/// Each operation has its schema, its example and its description where it is sent to.
#[test]
fn every_operation_is_in_openapi() {
    let document = export::openapi();
    for operation in OPERATIONS {
        let name = operation.as_str();
        let family = operation.family();
        let rule = operation.rule();
        let post = &document["paths"][family.path()]["post"];
        assert_eq!(post["x-operations"][name]["x-rule"], rule.id(), "{name}");
        let json = &post["requestBody"]["content"]["application/json"];
        let reference = json["schema"]["discriminator"]["mapping"][name].as_str().unwrap();
        assert_eq!(
            reference,
            format!("#/components/schemas/{}", operation.request_schema()),
            "{name}"
        );
        let one_of = json["schema"]["oneOf"].as_array().unwrap();
        assert!(one_of.iter().any(|schema| schema["$ref"] == reference), "{name}");
        assert_eq!(json["examples"][name]["value"]["operationName"], name);
    }
}

#[test]
fn every_path_that_is_read_or_operated_on_is_in_openapi() {
    let document = export::openapi();
    let described = document["paths"].as_object().unwrap();
    let methods: usize = described.values().map(|item| item.as_object().unwrap().len()).sum();
    let modelled = paths()
        .flat_map(|(_, methods)| methods)
        .filter(|(_, target)| *target != Target::NotModelled)
        .count();
    // And that of the push side.
    assert_eq!(methods, modelled + 1);
}

/// Each kind of notification is on its channel, with a sample of the vendor's.
#[test]
fn every_notification_is_in_asyncapi() {
    let document = export::asyncapi();
    for kind in KINDS {
        let name = kind.as_str();
        let channels = document["channels"].as_object().unwrap().values();
        let channel =
            channels.into_iter().find(|channel| channel["address"] == kind.channel()).unwrap();
        assert!(channel["messages"][name].is_object(), "{name}");
        let message = &document["components"]["messages"][name];
        assert_eq!(message["x-rule"], kind.rule.id());
        assert_ne!(message["examples"].as_array().unwrap().len(), 0, "{name}");
    }
}

#[test]
fn every_schema_is_in_the_bundle_by_its_id() {
    let bundle = export::schemas();
    for (name, document) in schemas::all() {
        assert_eq!(bundle["$defs"][document["$id"].as_str().unwrap()], *document, "{name}");
    }
}

/// Each reference of a document leads to a place in it.
#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value, lost: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let place = reference.strip_prefix('#').unwrap_or("/nowhere");
                    if document.pointer(place).is_none_or(Value::is_null) {
                        lost.push(reference.to_owned());
                    }
                }
                fields.values().for_each(|below| walk(document, below, lost));
            }
            Value::Array(items) => items.iter().for_each(|below| walk(document, below, lost)),
            _ => {}
        }
    }
    for document in [export::openapi(), export::asyncapi()] {
        let mut lost = Vec::new();
        walk(&document, &document, &mut lost);
        assert_eq!(lost, [""; 0]);
    }
}

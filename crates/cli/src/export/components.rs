//! Schemas as components of another document: a file and each of its definitions is one, and a reference leads to it.

use std::collections::BTreeMap;

use gws_sms_fake::_cli_internals::contract::schemas;
use serde_json::{Map, Value, json};

/// Below which the components stand in the document.
const PLACE: &str = "#/components/schemas/";

/// The components that a document has asked for, and those that these refer to.
#[derive(Default)]
pub(super) struct Components(BTreeMap<String, Value>);

impl Components {
    /// A reference to the schema of that name: a file's name in `schemas/` without its ending, or that, a full stop and the
    /// name of one of its definitions.
    pub(super) fn refer(&mut self, name: &str) -> Value {
        if !self.0.contains_key(name) {
            // It may refer to itself.
            self.0.insert(name.to_owned(), Value::Null);
            let (file, definition) = name.split_once('.').unwrap_or((name, ""));
            let document = schemas::find(file).map(|schema| schema.document());
            let schema = match definition {
                "" => document,
                definition => document.and_then(|document| document["$defs"].get(definition)),
            };
            let component = self.moved(file, schema.unwrap_or(&Value::Bool(false)));
            self.0.insert(name.to_owned(), component);
        }
        json!({ "$ref": format!("{PLACE}{name}") })
    }

    /// All of them, by name.
    pub(super) fn all(self) -> Value {
        Value::Object(self.0.into_iter().collect())
    }

    /// The schema as it stands outside of its file.
    fn moved(&mut self, file: &str, schema: &Value) -> Value {
        match schema {
            Value::Object(fields) => {
                let mut moved = Map::new();
                for (name, value) in fields {
                    match (name.as_str(), value.as_str()) {
                        // They are components of their own, and named by their place.
                        ("$schema" | "$id" | "$defs", _) => {}
                        ("$ref", Some(reference)) => {
                            let reference = self.refer(&component(file, reference));
                            moved.insert(name.clone(), reference["$ref"].clone());
                        }
                        _ => {
                            moved.insert(name.clone(), self.moved(file, value));
                        }
                    }
                }
                Value::Object(moved)
            }
            Value::Array(items) => items.iter().map(|item| self.moved(file, item)).collect(),
            other => other.clone(),
        }
    }
}

/// The name of the component that a reference of that file leads to.
fn component(file: &str, reference: &str) -> String {
    let (other, place) = reference.split_once('#').unwrap_or((reference, ""));
    let file = other.strip_suffix(".json").unwrap_or(file);
    match place.strip_prefix("/$defs/") {
        Some(definition) => format!("{file}.{definition}"),
        None => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_a_component_and_brings_along_what_that_refers_to() {
        let mut components = Components::default();
        let reference = components.refer("smssession-response");
        assert_eq!(reference, json!({ "$ref": "#/components/schemas/smssession-response" }));
        let all = components.all();
        let session = &all["smssession-response"]["properties"]["smssession"];
        assert_eq!(session["$ref"], "#/components/schemas/smssession");
        assert_eq!(all["common.state"]["enum"][0], "Invited");
        assert_eq!(all.get("common"), None);
    }
}

//! The properties of a schema's messages, and the values of those that take only some.

use serde_json::Value;

use crate::contract::schemas;

/// A property that a sender may leave out or fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    pub name: &'static str,
    /// The values that the schema lists for the property, if it lists them.
    pub(crate) values: Vec<&'static str>,
}

/// The properties of the schema of that name, but for those that say the same in every message.
pub fn properties(schema: &str) -> impl Iterator<Item = Property> {
    let document = schemas::find(schema).map(|schema| schema.document());
    let properties = document.and_then(|document| document["properties"].as_object());
    let chosen =
        properties.into_iter().flatten().filter(|(_, property)| property.get("const").is_none());
    chosen.map(move |(name, property)| {
        let values = document.and_then(|of| referred(of, property)["enum"].as_array());
        Property { name, values: values.into_iter().flatten().filter_map(Value::as_str).collect() }
    })
}

/// The schema that a reference leads to, in that document or in another; the schema itself, if it is no reference.
pub fn referred(document: &'static Value, schema: &'static Value) -> &'static Value {
    let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return schema };
    let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let other = file.strip_suffix(".json").and_then(schemas::find).map(|schema| schema.document());
    let document = if file.is_empty() { Some(document) } else { other };
    document.and_then(|document| document.pointer(pointer)).unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, expected: &[(&'static str, &[&'static str])]) {
        let expected = expected.iter().map(|&(name, of)| Property { name, values: of.to_vec() });
        assert_eq!(
            properties(schema).collect::<Vec<_>>(),
            expected.collect::<Vec<_>>(),
            "{schema}"
        );
    }

    #[test]
    fn a_reference_is_followed() {
        check("intrude-request", &[("supervisorVisibilityMode", &["Monitor", "Coach", "BargeIn"])]);
    }

    #[test]
    fn a_list_of_values_stands_in_the_schema_itself() {
        let (none, treat_as): (&[&str], &[&str]) = (&[], &["Normal", "System"]);
        let properties = [
            ("messageType", none),
            ("queueName", none),
            ("targetUri", none),
            ("text", none),
            ("treatAs", treat_as),
        ];
        check("transfer-request", &properties);
    }

    #[test]
    fn what_is_always_the_same_is_not_among_them() {
        check("leave-request", &[]);
    }

    /// A request says nothing in depth that this would not see.
    #[test]
    fn no_request_has_properties_or_values_below_its_first_level() {
        for (name, document) in schemas::requests() {
            for (property, schema) in document["properties"].as_object().unwrap() {
                let schema = referred(document, schema);
                let items = referred(document, &schema["items"]);
                let depth = [&schema["properties"], &items["properties"], &items["enum"]];
                assert!(depth.iter().all(|depth| depth.is_null()), "{name}/{property}");
            }
        }
    }
}

//! The rule that a schema names for a place in a message.

use serde_json::Value;

use crate::contract::schemas;

/// The rule of the property that the schema of that name has at a JSON pointer, or else of the nearest one above it.
pub fn rule_at(schema: &str, pointer: &str) -> Option<&'static str> {
    let mut places: Vec<Place> = schemas::find(schema)
        .map(|schema| (schema.document(), schema.document()))
        .into_iter()
        .collect();
    let mut named = None;
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let places_here = places.iter().flat_map(|place| unfolded(*place));
        places = places_here.flat_map(|place| below(place, &segment)).collect();
        named = places.iter().find_map(|(_, schema)| schema.get("x-rule")?.as_str()).or(named);
    }
    named
}

/// A document, and a schema in it.
type Place = (&'static Value, &'static Value);

/// The schema itself, what it refers to, and its branches.
fn unfolded((document, schema): Place) -> Vec<Place> {
    let mut all = vec![(document, schema)];
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let other = file.strip_suffix(".json").and_then(schemas::find).map(|stem| stem.document());
        let document = if file.is_empty() { Some(document) } else { other };
        let found = document.and_then(|document| Some((document, document.pointer(pointer)?)));
        all.extend(found.into_iter().flat_map(unfolded));
    }
    for branches in ["oneOf", "anyOf"] {
        let branches = schema.get(branches).and_then(Value::as_array).into_iter().flatten();
        all.extend(branches.flat_map(|branch| unfolded((document, branch))));
    }
    all
}

fn below((document, schema): Place, segment: &str) -> Option<Place> {
    let property = schema.get("properties").and_then(|schema| schema.get(segment));
    let is_index = segment.parse::<usize>().is_ok();
    let item = || if is_index { schema.get("items") } else { None };
    property.or_else(item).map(|schema| (document, schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_spoken_of_by_its_property_or_the_nearest_above() {
        let schema = "smssession-state-change-notification";
        for (pointer, rule) in [
            ("/smssession/state", "field-smssession-state"),
            ("/smssession/capabilities/3", "field-smssession-capabilities"),
            ("/smssession/participants/0/participantId", "field-participant-participant-id"),
            ("/smssession/userData/x", "field-smssession-user-data"),
            ("/smssession/unknown", "field-notification-smssession"),
        ] {
            assert_eq!(rule_at(schema, pointer), Some(rule), "{pointer}");
        }
        assert_eq!(rule_at("response", "/statusCode"), Some("field-reply-status-code"));
        assert_eq!(rule_at("me-response", "/user/features/0/id"), Some("field-feature-id"));
        assert_eq!(rule_at("response", "/unknown"), None);
        assert_eq!(rule_at("no-schema", "/x"), None);
    }
}

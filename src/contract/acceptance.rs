//! The quick decision that a value conforms to a schema, without a validator.
//!
//! Most values conform, and validators take long to compile. [`accepts`](Acceptance::accepts) knows the keywords that the schemas
//! of this crate use; where it is not sure, jsonschema decides, and only jsonschema says what is wrong.

use serde_json::{Map, Number, Value};

use crate::contract::subschemas::{Subschema, Subschemas};

/// A schema in the form in which it is decided quickly.
#[derive(Debug)]
pub(crate) struct Acceptance<'d>(Subschemas<'d>);

/// The greatest number below which each whole number is exact as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'d> Acceptance<'d> {
    /// Reads a schema whose references `find` resolves.
    pub(crate) fn of(root: &'d Value, find: impl Fn(&str) -> Option<&'d Value>) -> Self {
        Self(Subschemas::of(root, find))
    }

    /// Tells if the value surely conforms.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        self.decide(0, value) == Some(true)
    }

    /// Decides about a value and a subschema; `None`: that is for jsonschema.
    fn decide(&self, index: usize, value: &Value) -> Option<bool> {
        let schema = &self.0.0[index];
        if schema.is_never {
            return Some(false);
        }
        if schema.has_others {
            return None;
        }
        let own = self.keywords(schema, value)?;
        let decided = own && self.parts(schema, value)? && self.branches(schema, value)?;
        Some(decided)
    }

    /// Decides about the keywords that contain no subschemas.
    fn keywords(&self, schema: &Subschema<'_>, value: &Value) -> Option<bool> {
        if let Some(types) = &schema.types
            && !types.iter().any(|name| is_of_type(name, value))
        {
            return Some(false);
        }
        if let Some(values) = schema.values {
            let mut same = values.iter().map(|other| is_same(value, other));
            if !any(&mut same)? {
                return Some(false);
            }
        }
        Some(match value {
            Value::String(text) => {
                schema.min_length == 0 || text.chars().count() >= schema.min_length
            }
            Value::Array(items) => items.len() >= schema.min_items,
            Value::Object(fields) => {
                let has = |name: &&str| fields.contains_key(*name);
                let depends =
                    |(name, others): &(&str, Vec<&str>)| !has(name) || others.iter().all(has);
                schema.required.iter().all(has) && schema.dependent_required.iter().all(depends)
            }
            Value::Number(number) if schema.minimum.is_some() || schema.maximum.is_some() => {
                let number = number.as_f64().filter(|number| number.abs() < EXACT)?;
                schema.minimum.is_none_or(|least| number >= least)
                    && schema.maximum.is_none_or(|most| number <= most)
            }
            _ => true,
        })
    }

    /// Decides about the parts of a value.
    fn parts(&self, schema: &Subschema<'_>, value: &Value) -> Option<bool> {
        match value {
            Value::Object(fields) => self.fields(schema, fields),
            Value::Array(items) => all(items.iter().enumerate().map(|(index, item)| {
                let of_item = schema.prefix_items.get(index).copied().or(schema.items);
                of_item.map_or(Some(true), |of_item| self.decide(of_item, item))
            })),
            _ => Some(true),
        }
    }

    fn fields(&self, schema: &Subschema<'_>, fields: &Map<String, Value>) -> Option<bool> {
        if schema.properties.is_empty() && schema.additional_properties.is_none() {
            return Some(true);
        }
        all(fields.iter().map(|(name, field)| {
            let of_field = schema.property(name).or(schema.additional_properties);
            of_field.map_or(Some(true), |of_field| self.decide(of_field, field))
        }))
    }

    /// Decides about the subschemas that the same value is held against.
    fn branches(&self, schema: &Subschema<'_>, value: &Value) -> Option<bool> {
        let decide = |index: &usize| self.decide(*index, value);
        if !all(schema.references.iter().chain(&schema.all_of).map(decide))? {
            return Some(false);
        }
        if !schema.any_of.is_empty() && !any(&mut schema.any_of.iter().map(decide))? {
            return Some(false);
        }
        if !schema.one_of.is_empty() {
            let decided = schema.one_of.iter().map(decide).collect::<Option<Vec<_>>>()?;
            if decided.into_iter().filter(|conforms| *conforms).count() != 1 {
                return Some(false);
            }
        }
        if let Some(not) = &schema.not
            && decide(not)?
        {
            return Some(false);
        }
        if let Some(condition) = &schema.condition {
            let next = if decide(condition)? { &schema.then } else { &schema.otherwise };
            if let Some(next) = next
                && !decide(next)?
            {
                return Some(false);
            }
        }
        let has = |name: &str| value.get(name).is_some() && value.is_object();
        let dependent = schema.dependent_schemas.iter().filter(|(name, _)| has(name));
        all(dependent.map(|(_, index)| decide(index)))
    }
}

/// Decides about values of which all must conform. One that does not decides, whatever the others are.
fn all(decided: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(true);
    for one in decided {
        match one {
            Some(true) => {}
            Some(false) => return Some(false),
            None => outcome = None,
        }
    }
    outcome
}

/// Decides about values of which one must conform.
fn any(decided: &mut dyn Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(false);
    for one in decided {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => outcome = None,
        }
    }
    outcome
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("object", Value::Object(_))
        | ("array", Value::Array(_))
        | ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("null", Value::Null)
        | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(number)) => {
            number.is_i64()
                || number.is_u64()
                || number.as_f64().is_some_and(|of| of.fract() == 0.0)
        }
        _ => false,
    }
}

/// Decides if two values are the same.
fn is_same(value: &Value, other: &Value) -> Option<bool> {
    match (value, other) {
        (Value::Number(number), Value::Number(other)) => {
            let exact = |number: &Number| number.as_f64().filter(|number| number.abs() < EXACT);
            Some(exact(number)? == exact(other)?)
        }
        // They may contain numbers.
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            if value == other { Some(true) } else { None }
        }
        _ => Some(value == other),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::contract::schemas::built_in;

    /// The values of the fixtures, of requests, notifications and sessions.
    fn samples() -> Vec<Value> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let folders = ["requests", "notifications", "smssessions", "users", "agent-states"];
        let files = folders.into_iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
        let read = |file: fs::DirEntry| {
            serde_json::from_slice(&fs::read(file.path()).unwrap()).expect("a fixture")
        };
        files.map(|file| read(file.unwrap())).collect()
    }

    /// The value with one part in another form: replaced, left out, or with a field or an item more.
    fn mutations(value: &Value) -> Vec<Value> {
        let mut all = vec![json!(null), json!(0), json!(-1), json!(1.5), json!(1e300), json!(true)];
        all.extend([json!(""), json!("x"), json!([]), json!(["x"]), json!({}), json!({ "x": 1 })]);
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let mut without = fields.clone();
                    without.remove(name);
                    all.push(Value::Object(without));
                    all.extend(mutations(field).into_iter().map(|field| {
                        let mut with = fields.clone();
                        with.insert(name.clone(), field);
                        Value::Object(with)
                    }));
                }
                let mut with = fields.clone();
                with.insert("unknown".to_owned(), json!(1));
                all.push(Value::Object(with));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    all.extend(mutations(item).into_iter().map(|item| {
                        let mut with = items.clone();
                        with[index] = item;
                        Value::Array(with)
                    }));
                }
                all.push(items.iter().chain(items).cloned().collect());
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                all.extend([json!(number), json!(-number), json!(number + 1.0)]);
            }
            Value::String(text) => all.push(json!(text.to_lowercase())),
            _ => {}
        }
        all
    }

    #[test]
    fn a_schema_of_another_dialect_is_left_to_jsonschema() {
        let draft_7 = "http://json-schema.org/draft-07/schema#";
        let items = json!({ "items": [{ "type": "string" }] });
        let reference =
            json!({ "$schema": draft_7, "items": { "$ref": "#/items", "type": "null" } });
        for schema in [items, reference] {
            assert_eq!(Acceptance::of(&schema, |_| None).decide(0, &json!([1])), None, "{schema}");
        }
    }

    #[test]
    fn what_is_decided_is_as_jsonschema_has_it() {
        let samples = samples();
        for (name, document) in built_in().all() {
            let find = |name: &str| built_in().find(name).map(|schema| schema.document());
            let acceptance = Acceptance::of(document, find);
            let (_, validator) = built_in().with_validator(name).unwrap();
            let conforming = samples.iter().filter(|sample| validator.is_valid(sample));
            for sample in conforming.take(3) {
                for value in mutations(sample).iter().chain([sample]) {
                    if let Some(decided) = acceptance.decide(0, value) {
                        assert_eq!(decided, validator.is_valid(value), "{name}: {value}");
                    }
                }
            }
        }
    }

    /// The requests with the URI or the id of somebody, which has a pattern.
    const WITH_A_PATTERN: [&str; 4] = [
        "consult-request",
        "invite-request",
        "remove-participant-from-conference-request",
        "transfer-request",
    ];

    #[test]
    fn every_request_of_the_fixtures_is_decided_without_a_validator() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/requests");
        let mut left = Vec::new();
        for (schema, _) in built_in().all() {
            let Some(name) = schema.strip_suffix("-request") else { continue };
            let file = folder.join(format!("{name}.json"));
            let request: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            if !built_in().accepts(schema, &request) {
                left.push(schema);
            }
        }
        assert_eq!(left, WITH_A_PATTERN);
    }
}

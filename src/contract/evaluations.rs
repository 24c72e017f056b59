//! The number of subschemas that a value is held against, counted before it is validated.
//!
//! A schema that leads to itself twice for the same value doubles this number with each level that the value is nested. The
//! count is an upper bound: it does not know which branches a validator leaves out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::subschemas::{Subschema, Subschemas};

/// The evaluations that are allowed for any value, and those for each value within it.
const ALLOWED: u64 = 100_000;
const ALLOWED_PER_VALUE: u64 = 100;

/// The subschemas of a schema that may have to be evaluated more often than a value has parts.
#[derive(Debug)]
pub struct Evaluations<'d> {
    subschemas: Subschemas<'d>,
    /// The evaluations of one value for each subschema: itself, and those that the same value is held against.
    for_one_value: Vec<Times>,
}

/// Subschemas by their indices, each with the number of times that it is evaluated.
type Times = BTreeMap<usize, u64>;

impl<'d> Evaluations<'d> {
    /// Reads a schema whose references `find` resolves to the text of a document by its name.
    ///
    /// Returns `None` where no value can take many evaluations.
    ///
    /// # Errors
    ///
    /// A subschema that leads back to itself for the same value, so that no validation would end.
    pub fn of(
        root: &'d Value,
        find: impl Fn(&str) -> Option<&'d Value>,
    ) -> Result<Option<Self>, &'d Value> {
        let subschemas = Subschemas::of(root, find);
        let same_value: Vec<_> = subschemas.0.iter().map(Subschema::same_value).collect();
        let mut closures = Closures { same_value: &same_value, known: BTreeMap::new() };
        let mut for_one_value = Vec::new();
        for (index, subschema) in subschemas.0.iter().enumerate() {
            let closure = closures.of(index, &mut BTreeSet::new());
            for_one_value.push(closure.ok_or(subschema.text.unwrap_or(root))?);
        }
        let all = Self { subschemas, for_one_value };
        Ok(all.may_multiply().then_some(all))
    }

    /// Tells if a value can be held against it within the allowed number of evaluations.
    pub fn allows(&self, value: &Value) -> bool {
        let mut left = ALLOWED.saturating_add(ALLOWED_PER_VALUE.saturating_mul(values(value)));
        self.spend(value, &self.for_one_value[0], &mut left)
    }

    /// Takes the evaluations of a value and all that is in it from those that are left; `false` when they are used up.
    fn spend(&self, value: &Value, evaluated: &Times, left: &mut u64) -> bool {
        let total = evaluated.values().fold(0_u64, |sum, times| sum.saturating_add(*times));
        let Some(rest) = left.checked_sub(total) else { return false };
        *left = rest;
        match value {
            Value::Object(fields) => fields.iter().all(|(name, field)| {
                let below = self.below(evaluated, |subschema| subschema.of_property(name));
                self.spend(field, &below, left)
            }),
            Value::Array(items) => items.iter().enumerate().all(|(index, item)| {
                let below = self.below(evaluated, |subschema| subschema.of_item(index));
                self.spend(item, &below, left)
            }),
            _ => true,
        }
    }

    /// Returns what a part of a value is held against, of which each subschema says what it leads to.
    fn below(&self, evaluated: &Times, leads_to: impl Fn(&Subschema<'d>) -> Vec<usize>) -> Times {
        let mut below = Times::new();
        for (index, times) in evaluated {
            for part in leads_to(&self.subschemas.0[*index]) {
                for (inner, more) in &self.for_one_value[part] {
                    let sum = below.entry(*inner).or_default();
                    *sum = sum.saturating_add(times.saturating_mul(*more));
                }
            }
        }
        below
    }

    /// Tells if it leads to itself, or takes many evaluations by itself.
    fn may_multiply(&self) -> bool {
        let total =
            |times: &Times| times.values().fold(0_u64, |sum, times| sum.saturating_add(*times));
        let mut seen = vec![None; self.for_one_value.len()];
        (0..seen.len()).any(|index| self.is_recursive(index, &mut seen))
            || self.for_one_value.iter().any(|times| total(times) > ALLOWED_PER_VALUE)
    }

    /// Tells if a subschema leads to itself; `seen` has `Some(true)` for those on the way, and `Some(false)` for those done.
    fn is_recursive(&self, index: usize, seen: &mut [Option<bool>]) -> bool {
        if let Some(is_on_the_way) = seen[index] {
            return is_on_the_way;
        }
        seen[index] = Some(true);
        let parts = self.subschemas.0[index].parts();
        let same_value = self.for_one_value[index].keys().copied().filter(|other| *other != index);
        let recursive = same_value.chain(parts).any(|next| self.is_recursive(next, seen));
        seen[index] = Some(false);
        recursive
    }
}

/// The subschemas that the same value is held against, from each subschema on.
struct Closures<'s> {
    same_value: &'s [Vec<usize>],
    known: BTreeMap<usize, Times>,
}

impl Closures<'_> {
    /// Returns it and all that it leads to; `None` where that is itself.
    fn of(&mut self, index: usize, on_the_way: &mut BTreeSet<usize>) -> Option<Times> {
        if let Some(known) = self.known.get(&index) {
            return Some(known.clone());
        }
        if !on_the_way.insert(index) {
            return None;
        }
        let mut all = Times::from([(index, 1)]);
        for next in &self.same_value[index] {
            for (inner, times) in self.of(*next, on_the_way)? {
                let sum = all.entry(inner).or_default();
                *sum = sum.saturating_add(times);
            }
        }
        on_the_way.remove(&index);
        self.known.insert(index, all.clone());
        Some(all)
    }
}

/// The words for a subschema that leads back to itself for the same value.
pub fn endless_in_words(subschema: &Value) -> String {
    format!("{subschema} refers to itself for the same value, so that no check would end")
}

/// The number of values in a value, itself included.
fn values(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => 1 + fields.values().map(values).sum::<u64>(),
        Value::Array(items) => 1 + items.iter().map(values).sum::<u64>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A value within `depth` objects.
    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::from("x"), |inner, _| json!({ "a": inner }))
    }

    #[track_caller]
    fn allows(schema: &Value, depth: usize, expected: bool) {
        let read = Evaluations::of(schema, |_| None).expect("a check that ends");
        let allowed = read.is_none_or(|read| read.allows(&nested(depth)));
        assert_eq!(allowed, expected, "{schema} for a value {depth} deep");
    }

    #[test]
    fn a_schema_that_refers_to_itself_twice_for_one_value_is_not_followed_deep() {
        let branches = |branches: Value| json!({ "additionalProperties": { "anyOf": branches } });
        let doubled = [
            branches(json!([{ "$ref": "#" }, { "$ref": "#" }, { "type": "number" }])),
            branches(json!([{ "allOf": [{ "$ref": "#" }] }, { "$ref": "#" }])),
            json!({ "allOf": [{ "properties": { "a": { "$ref": "#" } } }],
                    "properties": { "a": { "$ref": "#" } } }),
            json!({ "allOf": [{ "additionalProperties": { "$ref": "#" } }],
                    "patternProperties": { "^a": { "$ref": "#" } } }),
            json!({ "if": { "additionalProperties": { "$ref": "#" } },
                    "else": { "additionalProperties": { "$ref": "#" } } }),
            json!({ "unevaluatedProperties": false,
                    "anyOf": [{ "additionalProperties": { "$ref": "#" } }] }),
        ];
        for schema in doubled {
            allows(&schema, 10, true);
            allows(&schema, 60, false);
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_once_for_each_value_is_followed_as_deep_as_json_goes() {
        for schema in [
            json!({ "additionalProperties": { "$ref": "#" } }),
            json!({ "additionalProperties": { "anyOf": [{ "type": "string" }, { "$ref": "#" }] } }),
            json!({ "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } } }),
            json!({ "anyOf": [{ "type": "array", "items": { "$ref": "#" } },
                              { "type": "object", "additionalProperties": { "$ref": "#" } },
                              { "type": "string" }] }),
            json!({ "properties": { "b": { "$ref": "#" } },
                    "additionalProperties": { "$ref": "#" } }),
            json!({ "patternProperties": { "^a": { "$ref": "#" }, "^b": { "$ref": "#" } } }),
        ] {
            allows(&schema, 120, true);
        }
    }

    #[test]
    fn a_schema_that_doubles_without_itself_is_not_followed() {
        let mut schema = json!({ "$ref": "#/$defs/0" });
        for level in 0..40 {
            let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
            schema["$defs"][level.to_string()] = json!({ "anyOf": [next, next] });
        }
        schema["$defs"]["40"] = json!({ "type": "number" });
        allows(&schema, 0, false);
    }

    #[test]
    fn a_schema_that_leads_to_itself_for_the_same_value_is_an_error() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "not": { "$ref": "#" } }] }),
            json!({ "$defs": { "a": { "$anchor": "a", "if": { "$ref": "#a" } } }, "$ref": "#a" }),
        ] {
            Evaluations::of(&schema, |_| None).expect_err("an endless schema");
        }
    }

    #[test]
    fn a_long_value_of_a_simple_schema_is_allowed() {
        let schema = json!({ "items": { "anyOf": [{ "$ref": "#" }, { "type": "number" }] } });
        let read = Evaluations::of(&schema, |_| None).unwrap().expect("it leads to itself");
        assert!(read.allows(&Value::from_iter(0..300_000)));
    }
}

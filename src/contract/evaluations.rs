//! The number of subschemas that a value is held against, counted before it is validated.
//!
//! A schema that leads to itself twice for the same value doubles this number with each level that the value is nested. The
//! count is an upper bound: it does not know which branches a validator leaves out.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The evaluations that are allowed for any value, and those for each value within it.
const ALLOWED: u64 = 100_000;
const ALLOWED_PER_VALUE: u64 = 100;

/// The subschemas of a schema that may have to be evaluated more often than a value has parts.
#[derive(Debug)]
pub struct Evaluations<'d> {
    subschemas: Vec<Subschema<'d>>,
}

/// A subschema and those that it leads to, by their indices.
#[derive(Debug, Default)]
struct Subschema<'d> {
    /// It and those that the same value is held against, each with its number of times.
    itself: Times,
    properties: BTreeMap<&'d str, usize>,
    patterns: Vec<(Option<Validator>, usize)>,
    additional_properties: Option<usize>,
    unevaluated_properties: Option<usize>,
    prefix_items: Vec<usize>,
    items: Option<usize>,
    /// Subschemas that each item is held against, whatever its index.
    any_item: Vec<usize>,
}

/// Subschemas by their indices, each with the number of times that it is evaluated.
type Times = BTreeMap<usize, u64>;

/// The subschemas of one keyword for the value itself, all of which are evaluated.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const SINGLE: [&str; 4] = ["not", "if", "then", "else"];

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
        let mut reader = Reader { find, indices: BTreeMap::new(), found: Vec::new() };
        reader.index(root, root);
        let mut subschemas = Vec::new();
        let mut same_value = Vec::new();
        while subschemas.len() < reader.found.len() {
            let (document, schema) = reader.found[subschemas.len()];
            let (subschema, same) = reader.subschema(document, schema);
            subschemas.push(subschema);
            same_value.push(same);
        }
        let mut closures = Closures { same_value: &same_value, known: BTreeMap::new() };
        for (index, subschema) in subschemas.iter_mut().enumerate() {
            let itself = closures.of(index, &mut BTreeSet::new());
            subschema.itself = itself.ok_or(reader.found[index].1)?;
        }
        let all = Self { subschemas };
        Ok(all.may_multiply().then_some(all))
    }

    /// Tells if a value can be held against it within the allowed number of evaluations.
    pub fn allows(&self, value: &Value) -> bool {
        let mut left = ALLOWED.saturating_add(ALLOWED_PER_VALUE.saturating_mul(values(value)));
        let root = self.subschemas.first().map(|root| root.itself.clone());
        root.is_none_or(|root| self.spend(value, &root, &mut left))
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
            for part in leads_to(&self.subschemas[*index]) {
                for (inner, more) in &self.subschemas[part].itself {
                    let sum = below.entry(*inner).or_default();
                    *sum = sum.saturating_add(times.saturating_mul(*more));
                }
            }
        }
        below
    }

    /// Tells if it leads to itself, or takes many evaluations by itself.
    fn may_multiply(&self) -> bool {
        let total = |subschema: &Subschema<'_>| {
            subschema.itself.values().fold(0_u64, |sum, times| sum.saturating_add(*times))
        };
        let mut seen = vec![None; self.subschemas.len()];
        (0..self.subschemas.len()).any(|index| self.is_recursive(index, &mut seen))
            || self.subschemas.iter().any(|subschema| total(subschema) > ALLOWED_PER_VALUE)
    }

    /// Tells if a subschema leads to itself; `seen` has `Some(true)` for those on the way, and `Some(false)` for those done.
    fn is_recursive(&self, index: usize, seen: &mut [Option<bool>]) -> bool {
        if let Some(is_on_the_way) = seen[index] {
            return is_on_the_way;
        }
        seen[index] = Some(true);
        let subschema = &self.subschemas[index];
        let recursive = subschema
            .itself
            .keys()
            .filter(|other| **other != index)
            .chain(&subschema.parts())
            .any(|next| self.is_recursive(*next, seen));
        seen[index] = Some(false);
        recursive
    }
}

impl Subschema<'_> {
    fn of_property(&self, name: &str) -> Vec<usize> {
        let mut leads_to: Vec<usize> = self.properties.get(name).copied().into_iter().collect();
        let text = Value::from(name);
        let fits = |pattern: &Option<Validator>| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_valid(&text))
        };
        leads_to.extend(self.patterns.iter().filter(|(pattern, _)| fits(pattern)).map(|of| of.1));
        if leads_to.is_empty() {
            leads_to.extend(self.additional_properties);
            leads_to.extend(self.unevaluated_properties);
        }
        leads_to
    }

    fn of_item(&self, index: usize) -> Vec<usize> {
        let own = self.prefix_items.get(index).copied().or(self.items);
        own.into_iter().chain(self.any_item.iter().copied()).collect()
    }

    /// All that a part of a value may be held against.
    fn parts(&self) -> Vec<usize> {
        let properties = self.properties.values().chain(self.patterns.iter().map(|of| &of.1));
        let others = self.additional_properties.iter().chain(&self.unevaluated_properties);
        let items = self.prefix_items.iter().chain(&self.items).chain(&self.any_item);
        properties.chain(others).chain(items).copied().collect()
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

/// A reader of subschemas, which numbers them as it comes upon them.
struct Reader<'d, F> {
    find: F,
    /// By the address of the subschema in its document.
    indices: BTreeMap<*const Value, usize>,
    /// The document of each subschema, and the subschema.
    found: Vec<(&'d Value, &'d Value)>,
}

impl<'d, F: Fn(&str) -> Option<&'d Value>> Reader<'d, F> {
    fn index(&mut self, document: &'d Value, schema: &'d Value) -> usize {
        let next = self.found.len();
        let index = *self.indices.entry(std::ptr::from_ref(schema)).or_insert(next);
        if index == next {
            self.found.push((document, schema));
        }
        index
    }

    /// Reads one subschema, and the indices of those that the same value is held against.
    fn subschema(&mut self, document: &'d Value, schema: &'d Value) -> (Subschema<'d>, Vec<usize>) {
        let mut subschema = Subschema::default();
        let mut same = Vec::new();
        let Some(keywords) = schema.as_object() else { return (subschema, same) };
        let unevaluated = ["unevaluatedProperties", "unevaluatedItems"];
        // What is unevaluated shows only when each branch has been evaluated once more.
        let times = if unevaluated.iter().any(|name| keywords.contains_key(*name)) { 2 } else { 1 };
        let lists = LISTS.iter().filter_map(|name| keywords.get(*name)?.as_array()).flatten();
        let single = SINGLE.iter().filter_map(|name| keywords.get(*name));
        let dependent = keywords.get("dependentSchemas").and_then(Value::as_object);
        for branch in lists.chain(single).chain(dependent.into_iter().flat_map(|all| all.values()))
        {
            let index = self.index(document, branch);
            same.extend(std::iter::repeat_n(index, times));
        }
        for name in ["$ref", "$dynamicRef"] {
            let reference = keywords.get(name).and_then(Value::as_str);
            if let Some((document, target)) = reference.and_then(|to| self.target(document, to)) {
                same.push(self.index(document, target));
            }
        }
        for (name, property) in
            keywords.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let index = self.index(document, property);
            subschema.properties.insert(name, index);
        }
        for (pattern, property) in
            keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            let pattern = jsonschema::validator_for(&json!({ "pattern": pattern })).ok();
            subschema.patterns.push((pattern, self.index(document, property)));
        }
        let mut one = |name: &str| keywords.get(name).map(|part| self.index(document, part));
        subschema.additional_properties = one("additionalProperties");
        subschema.unevaluated_properties = one("unevaluatedProperties");
        subschema.items = one("items");
        subschema.any_item = ["contains", "unevaluatedItems"].into_iter().filter_map(one).collect();
        let prefix = keywords.get("prefixItems").and_then(Value::as_array).into_iter().flatten();
        subschema.prefix_items = prefix.map(|item| self.index(document, item)).collect();
        (subschema, same)
    }

    /// Returns the document and the subschema that a reference leads to.
    fn target(&self, document: &'d Value, to: &str) -> Option<(&'d Value, &'d Value)> {
        let (file, inside) = to.split_once('#').unwrap_or((to, ""));
        let document = match file.rsplit('/').next().and_then(|file| file.strip_suffix(".json")) {
            Some(name) => (self.find)(name)?,
            None => document,
        };
        let decoded = percent_encoding::percent_decode_str(inside).decode_utf8().ok()?;
        let target = if decoded.is_empty() || decoded.starts_with('/') {
            document.pointer(&decoded)
        } else {
            anchored(document, &decoded)
        };
        Some((document, target?))
    }
}

/// Returns the subschema with that anchor.
fn anchored<'d>(schema: &'d Value, anchor: &str) -> Option<&'d Value> {
    let is_it = ["$anchor", "$dynamicAnchor"]
        .iter()
        .any(|keyword| schema[*keyword].as_str() == Some(anchor));
    if is_it {
        return Some(schema);
    }
    match schema {
        Value::Object(fields) => fields.values().find_map(|below| anchored(below, anchor)),
        Value::Array(items) => items.iter().find_map(|below| anchored(below, anchor)),
        _ => None,
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

//! Branches: which of two lists belong together, and whether at most one of a list can fit.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diff::keywords::only_refers;
use crate::documents::{Documents, Place};

/// The branches of two lists that belong together, and those that are alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    pub(super) both: Vec<(usize, usize)>,
    pub(super) old: Vec<usize>,
    pub(super) new: Vec<usize>,
}

/// First the branches that are equal, then those whose constants are, then the rest in its order, if as many are left of both.
pub(super) fn pairs(old: &[Value], new: &[Value]) -> Pairs {
    let mut pairs = Pairs { both: Vec::new(), old: (0..old.len()).collect(), new: Vec::new() };
    let mut left: Vec<usize> = (0..new.len()).collect();
    let alike: [fn(&Value, &Value) -> bool; 2] = [
        |one, other| one == other,
        |one, other| !constants(one).is_empty() && constants(one) == constants(other),
    ];
    for alike in alike {
        pairs.old.retain(|at| {
            let found = left
                .iter()
                .position(|other| alike(&old[*at], &new[*other]))
                .map(|place| left.remove(place));
            pairs.both.extend(found.map(|other| (*at, other)));
            found.is_none()
        });
    }
    if pairs.old.len() == left.len() {
        pairs.both.extend(pairs.old.drain(..).zip(left.drain(..)));
    }
    pairs.new = left;
    pairs
}

/// The properties of a branch that always say the same.
fn constants(branch: &Value) -> Vec<(&str, &Value)> {
    let properties = branch.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, schema)| Some((name.as_str(), schema.get("const")?))).collect()
}

/// Returns true if no value can fit two of the branches.
pub(super) fn exclude_each_other(documents: &Documents, place: &Place, list: &[Value]) -> bool {
    let mut pairs = (0..list.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    pairs.all(|(one, other)| {
        let [one, other] = [one, other].map(|at| followed(documents, &place.name, &list[at]));
        one.zip(other).is_some_and(|(one, other)| disjoint(documents, one, other, 0))
    })
}

/// A schema, with the name of its document.
type Named<'a> = (String, &'a Value);

/// Returns the target of a schema that has only a reference.
fn followed<'a>(documents: &'a Documents, name: &str, schema: &'a Value) -> Option<Named<'a>> {
    let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
        return Some((name.to_owned(), schema));
    };
    if !only_refers(schema) {
        return None;
    }
    let target = documents.resolve(name, reference)?;
    let schema = documents.at(&target)?;
    // One that refers on is rare, and none that is proven to exclude anything.
    schema.get("$ref").is_none().then_some((target.name, schema))
}

/// The maximum depth at which properties of properties are compared.
const DEEPEST: usize = 4;

/// Returns true if it is proven that no value conforms to both.
fn disjoint(documents: &Documents, one: Named<'_>, other: Named<'_>, depth: usize) -> bool {
    let ((one_name, one), (other_name, other)) = (one, other);
    if let (Some(one), Some(other)) = (types(one), types(other))
        && one.is_disjoint(&other)
    {
        return true;
    }
    let excluded = |values: Option<Vec<&Value>>, schema: &Value| {
        values.is_some_and(|values| values.iter().all(|value| surely_not(schema, value)))
    };
    if excluded(values(one), other) || excluded(values(other), one) {
        return true;
    }
    if depth == DEEPEST || !is_object(one) || !is_object(other) {
        return false;
    }
    let names = |schema: &Value| -> BTreeSet<String> {
        let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    names(one).intersection(&names(other)).any(|name| {
        let of = |document: &str, schema| property(documents, document, schema, name);
        let both = of(&one_name, one).zip(of(&other_name, other));
        both.is_some_and(|(one, other)| disjoint(documents, one, other, depth + 1))
    })
}

fn property<'a>(
    documents: &'a Documents,
    document: &str,
    schema: &'a Value,
    name: &str,
) -> Option<Named<'a>> {
    followed(documents, document, schema.get("properties")?.get(name)?)
}

fn is_object(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// All types that a value can have, besides the integers among the numbers.
const TYPES: [&str; 6] = ["array", "boolean", "null", "number", "object", "string"];

/// The types that a schema names, unless they are all; a number may be an integer.
pub(super) fn types(schema: &Value) -> Option<BTreeSet<&str>> {
    let mut named: BTreeSet<&str> = match schema.get("type")? {
        Value::String(kind) => BTreeSet::from([kind.as_str()]),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if named.contains("number") {
        named.insert("integer");
    }
    Some(named).filter(|named| !TYPES.iter().all(|kind| named.contains(kind)))
}

/// The values that a schema lists.
pub(super) fn values(schema: &Value) -> Option<Vec<&Value>> {
    let listed = schema.get("enum").and_then(Value::as_array);
    match (schema.get("const"), listed) {
        (Some(only), None) => Some(vec![only]),
        (Some(only), Some(listed)) => {
            Some(listed.iter().filter(|value| same(value, only)).collect())
        }
        (None, Some(listed)) => Some(listed.iter().collect()),
        (None, None) => None,
    }
}

/// Returns true if two values are equal: 1 and 1.0 are.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    let is_whole = |value: &Value| value.is_i64() || value.is_u64();
    let are_numbers = one.is_number() && other.is_number();
    if are_numbers && !(is_whole(one) && is_whole(other)) {
        return one.as_f64() == other.as_f64();
    }
    one == other
}

/// Returns true if it is proven that a value does not conform.
fn surely_not(schema: &Value, value: &Value) -> bool {
    if values(schema).is_some_and(|listed| !listed.iter().any(|example| same(example, value))) {
        return !holds_number(value);
    }
    let number = value.as_f64();
    let beyond = |keyword: &str, is_beyond: fn(f64, f64) -> bool| {
        let limit = schema.get(keyword).and_then(Value::as_f64);
        limit.zip(number).is_some_and(|(limit, number)| is_beyond(number, limit))
    };
    beyond("minimum", |number, limit| number < limit)
        || beyond("maximum", |number, limit| number > limit)
}

/// Returns true if a value contains a number, which may be written in several ways.
fn holds_number(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| item.is_number() || holds_number(item)),
        Value::Object(fields) => {
            fields.values().any(|value| value.is_number() || holds_number(value))
        }
        _ => false,
    }
}

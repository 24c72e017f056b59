//! Schemas as documents: where in them a subschema stands, and where a reference leads.
//!
//! The rule of this file: [`KEYWORDS`] has one row for each keyword that holds schemas. What stands below another keyword is
//! no schema, whatever it looks like.

use std::collections::BTreeMap;

use jsonschema::{Registry, Validator};
use serde_json::Value;

/// The schemas of a folder, by their files' names without the ending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents(BTreeMap<String, Value>);

/// The place of a schema: the name of its document, and a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) pointer: String,
}

/// The way in which a keyword holds schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    One,
    Several,
    ByName,
}

use Holds::{ByName, One, Several};

#[rustfmt::skip]
pub(crate) const KEYWORDS: &[(&str, Holds)] = &[
    ("$defs",                 ByName),
    ("additionalProperties",  One),
    ("allOf",                 Several),
    ("anyOf",                 Several),
    ("contains",              One),
    ("contentSchema",         One),
    ("definitions",           ByName),
    ("dependentSchemas",      ByName),
    ("else",                  One),
    ("if",                    One),
    ("items",                 One),
    ("not",                   One),
    ("oneOf",                 Several),
    ("patternProperties",     ByName),
    ("prefixItems",           Several),
    ("properties",            ByName),
    ("propertyNames",         One),
    ("then",                  One),
    ("unevaluatedItems",      One),
    ("unevaluatedProperties", One),
];

impl Place {
    pub(crate) fn root(name: &str) -> Self {
        Self { name: name.to_owned(), pointer: String::new() }
    }

    /// The place below it by one segment.
    pub(crate) fn below(&self, segment: &str) -> Self {
        let segment = segment.replace('~', "~0").replace('/', "~1");
        Self { name: self.name.clone(), pointer: format!("{}/{segment}", self.pointer) }
    }

    /// Returns true if the other place is this one, or within it.
    pub(crate) fn has(&self, other: &Self) -> bool {
        let rest = other.pointer.strip_prefix(&self.pointer);
        self.name == other.name && rest.is_some_and(|tail| tail.is_empty() || tail.starts_with('/'))
    }
}

impl Documents {
    pub(crate) fn add(&mut self, name: &str, document: Value) {
        self.0.insert(name.to_owned(), document);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Value)> + Clone {
        self.0.iter().map(|(name, document)| (name.as_str(), document))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn at(&self, place: &Place) -> Option<&Value> {
        self.get(&place.name)?.pointer(&place.pointer)
    }

    /// Returns the target of a reference in the document of that name: a file, by the last word of its address, and in it a
    /// JSON
    /// pointer.
    pub(crate) fn resolve(&self, name: &str, reference: &str) -> Option<Place> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let name = match file.rsplit('/').next().expect("a split text has a last part") {
            "" => name,
            file => file.strip_suffix(".json").unwrap_or(file),
        };
        let place = Place { name: name.to_owned(), pointer: pointer.to_owned() };
        self.at(&place).map(|_| place)
    }

    /// Returns the registry of validators, which knows every document by its `$id`, or the reason why there is none.
    pub(crate) fn registry(&self) -> Result<Registry<'_>, String> {
        let named =
            self.0.values().filter_map(|document| Some((document.get("$id")?.as_str()?, document)));
        let registry = Registry::new().extend(named).and_then(|builder| builder.prepare());
        registry.map_err(|error| error.to_string())
    }
}

/// The validator of a schema whose references are in the registry.
pub(crate) fn compile(schema: &Value, registry: &Registry<'_>) -> Result<Validator, String> {
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
    options.with_registry(registry).build(schema).map_err(|error| error.to_string())
}

/// The schemas directly below one, with their places and the keywords that hold them.
pub(crate) fn below<'a>(place: &Place, schema: &'a Value) -> Vec<(&'static str, Place, &'a Value)> {
    let mut found = Vec::new();
    for (keyword, holds) in KEYWORDS {
        let Some(held) = schema.get(keyword) else { continue };
        let place = place.below(keyword);
        match (holds, held) {
            (One, schema) => found.push((*keyword, place, schema)),
            (Several, Value::Array(schemas)) => {
                let numbered = schemas.iter().enumerate();
                found.extend(
                    numbered.map(|(at, schema)| (*keyword, place.below(&at.to_string()), schema)),
                );
            }
            (ByName, Value::Object(schemas)) => {
                found.extend(
                    schemas.iter().map(|(name, schema)| (*keyword, place.below(name), schema)),
                );
            }
            _ => {}
        }
    }
    found
}

/// Calls `visit` for a schema and every one below it.
pub(crate) fn walk<'a>(place: Place, schema: &'a Value, visit: &mut impl FnMut(&Place, &'a Value)) {
    visit(&place, schema);
    for (_, place, schema) in below(&place, schema) {
        walk(place, schema, visit);
    }
}

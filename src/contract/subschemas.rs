//! A schema as a graph: its subschemas, and which of them the same value or a part of it is held against.
//!
//! [`acceptance`](crate::contract::acceptance) and [`evaluations`](crate::contract::evaluations) go along it.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The subschemas that a schema consists of and refers to; the first one is the schema itself.
#[derive(Debug, Default)]
pub(crate) struct Subschemas<'d>(pub(crate) Vec<Subschema<'d>>);

/// A subschema: its keywords, with other subschemas by their indices.
#[derive(Debug, Default)]
pub(crate) struct Subschema<'d> {
    /// The subschema as it is written.
    pub(crate) text: Option<&'d Value>,
    /// `false` for the schema that no value conforms to.
    pub(crate) is_never: bool,
    pub(crate) types: Option<Vec<&'d str>>,
    /// The values of `enum`, or the one of `const`.
    pub(crate) values: Option<&'d [Value]>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) min_length: usize,
    pub(crate) min_items: usize,
    pub(crate) required: Vec<&'d str>,
    pub(crate) dependent_required: Vec<(&'d str, Vec<&'d str>)>,
    /// In the order of their names.
    pub(crate) properties: Vec<(&'d str, usize)>,
    pub(crate) patterns: Vec<(Option<Validator>, usize)>,
    pub(crate) additional_properties: Option<usize>,
    pub(crate) unevaluated_properties: Option<usize>,
    pub(crate) prefix_items: Vec<usize>,
    pub(crate) items: Option<usize>,
    /// Subschemas that each item is held against, whatever its index.
    pub(crate) any_item: Vec<usize>,
    pub(crate) references: Vec<usize>,
    pub(crate) all_of: Vec<usize>,
    pub(crate) any_of: Vec<usize>,
    pub(crate) one_of: Vec<usize>,
    pub(crate) not: Option<usize>,
    pub(crate) condition: Option<usize>,
    pub(crate) then: Option<usize>,
    pub(crate) otherwise: Option<usize>,
    pub(crate) dependent_schemas: Vec<(&'d str, usize)>,
    /// It has `unevaluatedProperties` or `unevaluatedItems`.
    pub(crate) is_unevaluated: bool,
    /// It has keywords that do more than stands here.
    pub(crate) has_others: bool,
}

/// The dialect in which keywords are read.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Keywords that no value breaks.
const ANNOTATIONS: [&str; 8] =
    ["$schema", "$id", "$anchor", "$dynamicAnchor", "$defs", "$comment", "title", "description"];

impl<'d> Subschemas<'d> {
    /// Reads a schema whose references `find` resolves to the text of a document by its name.
    pub(crate) fn of(root: &'d Value, find: impl Fn(&str) -> Option<&'d Value>) -> Self {
        let mut reader = Reader { find, indices: BTreeMap::new(), found: Vec::new() };
        reader.index(root, root);
        let mut all = Vec::new();
        while all.len() < reader.found.len() {
            let (document, schema) = reader.found[all.len()];
            all.push(reader.read(document, schema));
        }
        Self(all)
    }
}

impl<'d> Subschema<'d> {
    /// The subschemas that the same value is held against, one of them twice where it is evaluated twice.
    pub(crate) fn same_value(&self) -> Vec<usize> {
        let lists = [&self.references, &self.all_of, &self.any_of, &self.one_of];
        let single = [self.not, self.condition, self.then, self.otherwise];
        let branches = lists.into_iter().skip(1).flatten().copied();
        let branches = branches.chain(single.into_iter().flatten());
        let branches = branches.chain(self.dependent_schemas.iter().map(|dependent| dependent.1));
        // What is unevaluated shows only when each branch has been evaluated once more.
        let times = if self.is_unevaluated { 2 } else { 1 };
        let branches = branches.flat_map(|branch| std::iter::repeat_n(branch, times));
        branches.chain(self.references.iter().copied()).collect()
    }

    /// The subschemas that a property of that name is held against.
    pub(crate) fn of_property(&self, name: &str) -> Vec<usize> {
        let mut found: Vec<usize> = self.property(name).into_iter().collect();
        if !self.patterns.is_empty() {
            let text = Value::from(name);
            let fits = |pattern: &Option<Validator>| {
                pattern.as_ref().is_none_or(|pattern| pattern.is_valid(&text))
            };
            found.extend(self.patterns.iter().filter(|(of, _)| fits(of)).map(|of| of.1));
        }
        if found.is_empty() {
            found.extend(self.additional_properties);
            found.extend(self.unevaluated_properties);
        }
        found
    }

    /// The subschema of the property that is named so.
    pub(crate) fn property(&self, name: &str) -> Option<usize> {
        let place = self.properties.binary_search_by(|(known, _)| (*known).cmp(name));
        place.ok().map(|place| self.properties[place].1)
    }

    /// The subschemas that the item with that index is held against.
    pub(crate) fn of_item(&self, index: usize) -> Vec<usize> {
        let own = self.prefix_items.get(index).copied().or(self.items);
        own.into_iter().chain(self.any_item.iter().copied()).collect()
    }

    /// All that a part of a value may be held against.
    pub(crate) fn parts(&self) -> Vec<usize> {
        let properties = self.properties.iter().map(|of| &of.1);
        let properties = properties.chain(self.patterns.iter().map(|of| &of.1));
        let others = self.additional_properties.iter().chain(&self.unevaluated_properties);
        let items = self.prefix_items.iter().chain(&self.items).chain(&self.any_item);
        properties.chain(others).chain(items).copied().collect()
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

    fn read(&mut self, document: &'d Value, schema: &'d Value) -> Subschema<'d> {
        let mut read = Subschema { text: Some(schema), ..Subschema::default() };
        // In another dialect a keyword may mean something else.
        read.has_others = document.get("$schema").is_some_and(|dialect| dialect != DIALECT);
        let Some(keywords) = schema.as_object() else {
            read.is_never = schema == &Value::Bool(false);
            read.has_others |= !schema.is_boolean();
            return read;
        };
        for (keyword, value) in keywords {
            self.keyword(document, &mut read, keyword, value);
        }
        read
    }

    fn keyword(
        &mut self,
        document: &'d Value,
        read: &mut Subschema<'d>,
        keyword: &str,
        value: &'d Value,
    ) {
        match keyword {
            "type" => read.types = Some(texts(value)),
            "const" => read.values = Some(std::slice::from_ref(value)),
            "enum" => read.values = value.as_array().map(Vec::as_slice),
            "minimum" => read.minimum = value.as_f64(),
            "maximum" => read.maximum = value.as_f64(),
            "minLength" => read.min_length = count(value),
            "minItems" => read.min_items = count(value),
            "required" => read.required = texts(value),
            "dependentRequired" => {
                let fields = value.as_object().into_iter().flatten();
                read.dependent_required =
                    fields.map(|(name, others)| (name.as_str(), texts(others))).collect();
            }
            "properties" => read.properties = self.named(document, value),
            "patternProperties" => {
                for (pattern, schema) in value.as_object().into_iter().flatten() {
                    let pattern = jsonschema::validator_for(&json!({ "pattern": pattern })).ok();
                    read.patterns.push((pattern, self.index(document, schema)));
                }
            }
            "additionalProperties" => {
                read.additional_properties = Some(self.index(document, value));
            }
            "unevaluatedProperties" => {
                read.is_unevaluated = true;
                read.unevaluated_properties = Some(self.index(document, value));
            }
            "prefixItems" => read.prefix_items = self.list(document, value),
            "items" => read.items = Some(self.index(document, value)),
            "contains" => read.any_item.push(self.index(document, value)),
            "unevaluatedItems" => {
                read.is_unevaluated = true;
                read.any_item.push(self.index(document, value));
            }
            "$ref" | "$dynamicRef" => {
                let target = value.as_str().and_then(|to| self.target(document, to));
                read.has_others |= keyword == "$dynamicRef" || target.is_none();
                if let Some((document, target)) = target {
                    read.references.push(self.index(document, target));
                }
            }
            "allOf" => read.all_of = self.list(document, value),
            "anyOf" => read.any_of = self.list(document, value),
            "oneOf" => read.one_of = self.list(document, value),
            "not" => read.not = Some(self.index(document, value)),
            "if" => read.condition = Some(self.index(document, value)),
            "then" => read.then = Some(self.index(document, value)),
            "else" => read.otherwise = Some(self.index(document, value)),
            "dependentSchemas" => read.dependent_schemas = self.named(document, value),
            other => {
                read.has_others |= !other.starts_with("x-") && !ANNOTATIONS.contains(&other);
            }
        }
        read.has_others |= matches!(
            keyword,
            "patternProperties" | "unevaluatedProperties" | "unevaluatedItems" | "contains"
        );
    }

    fn list(&mut self, document: &'d Value, schemas: &'d Value) -> Vec<usize> {
        let schemas = schemas.as_array().into_iter().flatten();
        schemas.map(|schema| self.index(document, schema)).collect()
    }

    fn named(&mut self, document: &'d Value, schemas: &'d Value) -> Vec<(&'d str, usize)> {
        let schemas = schemas.as_object().into_iter().flatten();
        let indexed = schemas.map(|(name, schema)| (name.as_str(), self.index(document, schema)));
        let mut indexed: Vec<_> = indexed.collect();
        indexed.sort_unstable();
        indexed
    }

    /// Returns the document and the subschema that a reference leads to.
    fn target(&self, document: &'d Value, to: &str) -> Option<(&'d Value, &'d Value)> {
        let (file, inside) = to.split_once('#').unwrap_or((to, ""));
        let document = match file.rsplit('/').next().and_then(|file| file.strip_suffix(".json")) {
            Some(name) => (self.find)(name)?,
            None if file.is_empty() => document,
            None => return None,
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
    let mut names = ["$anchor", "$dynamicAnchor"].iter();
    if names.any(|keyword| schema[*keyword].as_str() == Some(anchor)) {
        return Some(schema);
    }
    match schema {
        Value::Object(fields) => fields.values().find_map(|below| anchored(below, anchor)),
        Value::Array(items) => items.iter().find_map(|below| anchored(below, anchor)),
        _ => None,
    }
}

/// The text of a keyword, or its texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// The number of a keyword; one that is no whole number below 2^53 is no schema's.
fn count(value: &Value) -> usize {
    value.as_f64().map_or(0, |number| number as usize)
}

//! The comparison that belongs to each keyword.
//!
//! The rule of this file: a keyword that stands in no table here, and is compared nowhere in [`compare`](super::compare),
//! cannot be judged.

use serde_json::Value;

/// Keywords that say nothing of the values that conform; so does every one that begins with `x-`. What stands in definitions
/// is compared where it is referred to.
const ANNOTATIONS: [&str; 15] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
];

/// Keywords with a number, and whether a larger one is stricter.
pub(super) const LIMITS: [(&str, bool); 10] = [
    ("exclusiveMaximum", false),
    ("exclusiveMinimum", true),
    ("maxItems", false),
    ("maxLength", false),
    ("maxProperties", false),
    ("maximum", false),
    ("minItems", true),
    ("minLength", true),
    ("minProperties", true),
    ("minimum", true),
];

/// Keywords that demand nothing at this value, which is also theirs where they are absent (JSON Schema Validation 6.3.2,
/// 6.4.2, 6.4.5 and 6.5.2).
const DEFAULTS: [(&str, f64); 4] =
    [("minContains", 1.0), ("minItems", 0.0), ("minLength", 0.0), ("minProperties", 0.0)];

/// Keywords that demand a form, of which nobody can say whether another one is stricter.
pub(super) const FORMS: [&str; 3] = ["format", "multipleOf", "pattern"];

/// Keywords that count what all others of the schema leave.
pub(super) const UNEVALUATED: [&str; 2] = ["unevaluatedItems", "unevaluatedProperties"];

/// Keywords that are compared together with others.
pub(super) const COMPARED: [&str; 24] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "if",
    "items",
    "maxContains",
    "minContains",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "uniqueItems",
];

pub(super) fn is_annotation(keyword: &str) -> bool {
    keyword.starts_with("x-") || keyword == "writeOnly" || ANNOTATIONS.contains(&keyword)
}

/// Returns true if a keyword has its default value.
pub(super) fn is_default(keyword: &str, value: &Value) -> bool {
    DEFAULTS.iter().any(|(name, default)| *name == keyword && value.as_f64() == Some(*default))
}

/// Returns true if every value conforms to a schema: it is `true`, empty, or has only annotations.
pub(super) fn is_anything(schema: &Value) -> bool {
    match schema {
        Value::Object(keywords) => keywords.keys().all(|keyword| is_annotation(keyword)),
        schema => *schema == Value::Bool(true),
    }
}

/// Returns true if a schema has no other keyword than `$ref`.
pub(super) fn only_refers(schema: &Value) -> bool {
    let keywords = schema.as_object().into_iter().flat_map(|schema| schema.keys());
    keywords.into_iter().all(|keyword| keyword == "$ref" || is_annotation(keyword))
}

//! Values of enumerations that no fixture has.

use std::collections::{BTreeMap, BTreeSet};

use gws_sms_fake::_cli_internals::contract::check::brief;
use serde_json::Value;

use crate::documents::{Documents, Place, below};
use crate::lint::diagnostic::LintDiagnostic;
use crate::lint::fixtures::Passing;
use crate::lint::schemas::{CONDITIONS, file, is_reason};

pub(super) fn look(
    own: &Documents,
    all: &Documents,
    fixtures: &Passing<'_>,
    diagnostics: &mut Vec<LintDiagnostic>,
) {
    let mut seen = Seen { all, values: BTreeMap::new(), places: BTreeSet::new() };
    for (name, value) in fixtures {
        seen.places.clear();
        seen.look(&Place::root(name), value, "");
    }
    for (name, document) in own.all() {
        wanted(&Place::root(name), document, &seen.values, diagnostics);
    }
}

/// Finds what is missing of each enumeration.
fn wanted(
    place: &Place,
    schema: &Value,
    seen: &BTreeMap<Place, Vec<&Value>>,
    diagnostics: &mut Vec<LintDiagnostic>,
) {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let had = seen.get(place).map(Vec::as_slice).unwrap_or_default();
        let missing = values
            .iter()
            .filter(|value| !had.contains(value))
            .map(brief)
            .collect::<Vec<_>>()
            .join(", ");
        let (got, want, hint) = match (schema.get("x-without-fixture"), missing.as_str()) {
            (None, "") => Default::default(),
            (Some(_), "") => (
                "x-without-fixture, and a fixture of each value".to_owned(),
                "one of the two",
                "leave x-without-fixture out",
            ),
            (Some(reason), _) if is_reason(reason) => Default::default(),
            (Some(reason), _) => {
                (brief(reason), "a reason in words", "say in x-without-fixture why there is none")
            }
            (None, missing) => (
                format!("no fixture with {missing}"),
                "one of each value",
                "add one to fixtures/, or \"x-without-fixture\" with the reason",
            ),
        };
        if !want.is_empty() {
            diagnostics.push(LintDiagnostic::new(
                &file(&place.name),
                &place.pointer,
                got,
                want,
                hint,
            ));
        }
    }
    for (keyword, place, schema) in below(place, schema) {
        if !CONDITIONS.contains(&keyword) {
            wanted(&place, schema, seen, diagnostics);
        }
    }
}

/// The values that fixtures have where an enumeration lists them.
struct Seen<'a, 'f> {
    all: &'a Documents,
    values: BTreeMap<Place, Vec<&'f Value>>,
    /// The places of this fixture and the schemas that have looked at them: a schema may refer to itself.
    places: BTreeSet<(Place, String)>,
}

impl<'f> Seen<'_, 'f> {
    fn look(&mut self, place: &Place, value: &'f Value, at: &str) {
        let Some(schema) = self.all.at(place) else { return };
        if !self.places.insert((place.clone(), at.to_owned())) {
            return;
        }
        let listed = schema.get("enum").and_then(Value::as_array);
        if listed.is_some_and(|values| values.contains(value)) {
            self.values.entry(place.clone()).or_default().push(value);
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(other) = self.all.resolve(&place.name, reference)
        {
            self.look(&other, value, at);
        }
        for (keyword, below, _) in below(place, schema) {
            let name = below
                .pointer
                .rsplit('/')
                .next()
                .expect("a split text has a last part")
                .replace("~1", "/")
                .replace("~0", "~");
            match (keyword, value) {
                ("allOf" | "then" | "else" | "dependentSchemas", _) => self.look(&below, value, at),
                ("oneOf" | "anyOf", _) if self.may_be(&below, value) => {
                    self.look(&below, value, at);
                }
                ("properties", Value::Object(fields)) => {
                    if let Some(value) = fields.get(&name) {
                        self.look(&below, value, &format!("{at}/{name}"));
                    }
                }
                ("additionalProperties" | "patternProperties", Value::Object(fields)) => {
                    for (name, value) in fields {
                        self.look(&below, value, &format!("{at}/{name}"));
                    }
                }
                ("items", Value::Array(items)) => {
                    for (index, value) in items.iter().enumerate() {
                        self.look(&below, value, &format!("{at}/{index}"));
                    }
                }
                ("prefixItems", Value::Array(items)) => {
                    if let Some(value) = name.parse().ok().and_then(|at: usize| items.get(at)) {
                        self.look(&below, value, &format!("{at}/{name}"));
                    }
                }
                _ => {}
            }
        }
    }

    /// Returns true if a branch is meant, as far as its constants show.
    fn may_be(&self, place: &Place, value: &Value) -> bool {
        let Some(mut schema) = self.all.at(place) else { return false };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(other) = self.all.resolve(&place.name, reference)
        {
            schema = self.all.at(&other).unwrap_or(schema);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().all(|(name, property)| {
            let got = value.get(name);
            let is = |wanted: &Value| got.is_none_or(|got| got == wanted);
            let listed = property.get("enum").and_then(Value::as_array);
            property.get("const").is_none_or(is)
                && listed.is_none_or(|values| got.is_none_or(|got| values.contains(got)))
        })
    }
}

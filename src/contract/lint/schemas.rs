//! Each schema by itself, and what refers to it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::check::brief;
use crate::contract::documents::{Documents, Place, walk};
use crate::contract::lint::Finding;
use crate::rule::nearest;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// The keywords that say which fields an object has beside those that are named.
const CLOSING: [&str; 3] = ["additionalProperties", "unevaluatedProperties", "patternProperties"];

/// Looks at the schemas. Yields those that can be used, together with the others.
pub(super) fn look(own: &Documents, others: &Documents, findings: &mut Vec<Finding>) -> Documents {
    let mut all = others.clone();
    for (name, document) in own.all() {
        all.add(name, document.clone());
    }
    let mut usable = all.clone();
    let mut used = BTreeSet::new();
    for (name, document) in own.all() {
        let before = findings.len();
        head(name, document, findings);
        if let Err(error) = jsonschema::draft202012::meta::validate(document) {
            let place = error.instance_path().as_str();
            let hint = "write the keyword as JSON Schema 2020-12 has it";
            findings.push(Finding::new(&file(name), place, error.to_string(), "a schema", hint));
        }
        references(name, document, &all, &mut used, findings);
        if findings.len() > before {
            usable.remove(name);
        }
        open_objects(name, document, findings);
    }
    // A reference from a schema that is broken counts too.
    for (name, document) in own.all() {
        unused(name, document, &used, findings);
    }
    usable
}

/// The file of a schema, for messages.
pub(super) fn file(name: &str) -> String {
    format!("schemas/{name}.json")
}

fn head(name: &str, document: &Value, findings: &mut Vec<Finding>) {
    let dialect = document.get("$schema");
    if dialect.is_none_or(|it| it != DIALECT) {
        let got = dialect.map_or_else(|| "nothing".to_owned(), brief);
        let hint = "schemas of other dialects are not read";
        findings.push(Finding::new(&file(name), "/$schema", got, &format!("{DIALECT:?}"), hint));
    }
    let id = document.get("$id").and_then(Value::as_str);
    let wanted = format!("/{name}.json");
    if id.is_none_or(|id| !id.ends_with(&wanted)) {
        let got = id.map_or_else(|| "nothing".to_owned(), |id| format!("{id:?}"));
        let want = format!("an address that ends with {wanted}");
        let hint = "name the schema by its file, so that references to the file find it";
        findings.push(Finding::new(&file(name), "/$id", got, &want, hint));
    }
}

/// References that lead nowhere; those that lead somewhere are `used`.
fn references(
    name: &str,
    document: &Value,
    all: &Documents,
    used: &mut BTreeSet<Place>,
    findings: &mut Vec<Finding>,
) {
    walk(Place::root(name), document, &mut |place, schema| {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return };
        match all.resolve(name, reference) {
            Some(found) => {
                used.insert(found);
            }
            None => {
                let place = place.below("$ref").pointer;
                let hint = meant(name, reference, all);
                let got = format!("{reference:?}, which leads nowhere");
                let want = "a file and a JSON pointer into it";
                findings.push(Finding::new(&file(name), &place, got, want, &hint));
            }
        }
    });
}

/// The definition or the file that a reference probably means.
fn meant(name: &str, reference: &str, all: &Documents) -> String {
    let (other, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let document = match other.strip_suffix(".json").or((other.is_empty()).then_some(name)) {
        Some(name) => all.get(name),
        None => None,
    };
    let definitions = document.and_then(|it| it.get("$defs")?.as_object());
    let names = definitions.into_iter().flat_map(|it| it.keys().map(String::as_str));
    let wanted = pointer.rsplit('/').next().unwrap_or_default();
    let meant = match document {
        Some(_) => nearest(wanted, names).map(|it| format!("{other}#/$defs/{it}")),
        None => {
            nearest(other, all.all().map(|(name, _)| name)).map(|it| format!("{it}.json#{pointer}"))
        }
    };
    meant.map_or_else(|| "write what it refers to".to_owned(), |it| format!("did you mean {it:?}?"))
}

fn open_objects(name: &str, document: &Value, findings: &mut Vec<Finding>) {
    walk(Place::root(name), document, &mut |place, schema| {
        let reason = schema.get("x-open");
        let word = CLOSING.iter().find_map(|it| Some((*it, schema.get(it)?)));
        let open = match word {
            None => is_object(schema),
            Some((_, extra)) => *extra == true || extra.as_object().is_some_and(|it| it.is_empty()),
        };
        let finding = match (open, reason) {
            (true, None) => {
                let got = word.map_or_else(
                    || format!("an object without {}", CLOSING.join(", ")),
                    |(word, extra)| format!("{word} that is {extra}"),
                );
                let hint = "add \"additionalProperties\": false, or \"x-open\" with the reason";
                (got, "a closed object", hint)
            }
            (true, Some(reason)) if !is_reason(reason) => {
                (brief(reason), "a reason in words", "say in x-open why the object is open")
            }
            (false, Some(_)) => ("x-open".to_owned(), "an object that is open", "leave x-open out"),
            _ => return,
        };
        let (got, want, hint) = finding;
        findings.push(Finding::new(&file(name), &place.pointer, got, want, hint));
    });
}

/// Whether it says itself that it is one.
fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    }
}

pub(super) fn is_reason(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(' '))
}

fn unused(name: &str, document: &Value, used: &BTreeSet<Place>, findings: &mut Vec<Finding>) {
    let Some(definitions) = document.get("$defs").and_then(Value::as_object) else { return };
    for definition in definitions.keys() {
        let place = Place::root(name).below("$defs").below(definition);
        let within = format!("{}/", place.pointer);
        let is_used = |it: &Place| {
            it.name == name && (it.pointer == place.pointer || it.pointer.starts_with(&within))
        };
        if !used.iter().any(is_used) {
            let hint = "refer to it, or leave it out";
            findings.push(Finding::new(
                &file(name),
                &place.pointer,
                "a definition that nothing refers to",
                "one that is used",
                hint,
            ));
        }
    }
}

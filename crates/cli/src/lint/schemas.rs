//! Each schema by itself, and what refers to it.

use std::collections::BTreeSet;

use gws_sms_fake::_cli_internals::contract::check::brief;
use gws_sms_fake::_cli_internals::contract::custom::custom_operations;
use gws_sms_fake::_cli_internals::contract::evaluations::{Evaluations, endless_in_words};
use gws_sms_fake::_cli_internals::contract::fixture_schema::ContractDiagnostic;
use gws_sms_fake::_cli_internals::rules::nearest;
use serde_json::Value;

use crate::documents::{Documents, Place, below, walk};
use crate::lint::diagnostic::LintDiagnostic;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// The keywords that say which fields an object has beside those that are named.
const CLOSING: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];
/// The keywords that name fields.
const FIELDS: [&str; 2] = ["properties", "patternProperties"];
/// The keywords whose schemas describe the same value as the schema that contains them.
const PARTS: [&str; 6] = ["allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"];

/// Keywords whose schemas ask or forbid, and say nothing of what may be sent.
pub(super) const CONDITIONS: [&str; 2] = ["if", "not"];

/// A check of the schema of a custom operation that needs knowledge of GWS.
pub(crate) type LookFurther = fn(&Value) -> Option<ContractDiagnostic>;

/// Looks at the schemas of a folder among all that there are. Yields those that can be used.
pub(super) fn look(
    own: &Documents,
    all: &Documents,
    look_further: LookFurther,
    diagnostics: &mut Vec<LintDiagnostic>,
) -> Documents {
    let operations: BTreeSet<&str> = custom_operations(own.all()).map(|(name, _)| name).collect();
    let mut usable = all.clone();
    for (name, document) in own.all() {
        let before = diagnostics.len();
        head(name, document, diagnostics);
        if let Err(error) = jsonschema::draft202012::meta::validate(document) {
            let place = error.instance_path().as_str();
            let hint = "write the keyword as JSON Schema 2020-12 has it";
            diagnostics.push(LintDiagnostic::new(
                &file(name),
                place,
                error.to_string(),
                "a schema",
                hint,
            ));
        }
        lost(name, document, all, diagnostics);
        if let Err(endless) = Evaluations::of(document, |name| all.get(name)) {
            let hint = "refer to it only below a keyword for properties or items";
            let want = "a schema of which every check ends";
            let got = endless_in_words(endless);
            diagnostics.push(LintDiagnostic::new(&file(name), "", got, want, hint));
        }
        if diagnostics.len() > before {
            usable.remove(name);
        }
        open_objects(&Place::root(name), document, None, diagnostics);
        if name.strip_suffix("-request").is_some_and(|name| operations.contains(name)) {
            let wrong = look_further(document);
            diagnostics.extend(wrong.map(|wrong| LintDiagnostic::of(&file(name), &wrong)));
        }
    }
    // A reference from a schema that is broken counts too, and one from a schema that is not in the folder.
    unused(own, &references(all), diagnostics);
    usable
}

/// The file of a schema, for messages.
pub(super) fn file(name: &str) -> String {
    format!("schemas/{name}.json")
}

fn head(name: &str, document: &Value, diagnostics: &mut Vec<LintDiagnostic>) {
    let dialect = document.get("$schema");
    if dialect.is_none_or(|dialect| dialect != DIALECT) {
        let got = dialect.map_or_else(|| "nothing".to_owned(), brief);
        let hint = "schemas of other dialects are not read";
        diagnostics.push(LintDiagnostic::new(
            &file(name),
            "/$schema",
            got,
            &format!("{DIALECT:?}"),
            hint,
        ));
    }
    let id = document.get("$id").and_then(Value::as_str);
    let wanted = format!("/{name}.json");
    if id.is_none_or(|id| !id.ends_with(&wanted)) {
        let got = id.map_or_else(|| "nothing".to_owned(), |id| format!("{id:?}"));
        let want = format!("an address that ends with {wanted}");
        let hint = "name the schema by its file, so that references to the file find it";
        diagnostics.push(LintDiagnostic::new(&file(name), "/$id", got, &want, hint));
    }
}

/// Each reference that leads somewhere: where it stands, and where it leads.
fn references(all: &Documents) -> Vec<(Place, Place)> {
    let mut found = Vec::new();
    for (name, document) in all.all() {
        walk(Place::root(name), document, &mut |place, schema| {
            let reference = schema.get("$ref").and_then(Value::as_str);
            let target = reference.and_then(|reference| all.resolve(name, reference));
            found.extend(target.map(|target| (place.clone(), target)));
        });
    }
    found
}

/// References that lead nowhere.
fn lost(name: &str, document: &Value, all: &Documents, diagnostics: &mut Vec<LintDiagnostic>) {
    walk(Place::root(name), document, &mut |place, schema| {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return };
        if all.resolve(name, reference).is_none() {
            let place = place.below("$ref").pointer;
            let hint = meant(name, reference, all);
            let got = format!("{reference:?}, which leads nowhere");
            let want = "a file and a JSON pointer into it";
            diagnostics.push(LintDiagnostic::new(&file(name), &place, got, want, &hint));
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
    let definitions = document.and_then(|document| document.get("$defs")?.as_object());
    let names =
        definitions.into_iter().flat_map(|definition| definition.keys().map(String::as_str));
    let wanted = pointer.rsplit('/').next().expect("a split text has a last part");
    let meant = match document {
        Some(_) => nearest(wanted, names).map(|name| format!("{other}#/$defs/{name}")),
        None => nearest(other, all.all().map(|(name, _)| name))
            .map(|name| format!("{name}.json#{pointer}")),
    };
    meant.map_or_else(
        || "write what it refers to".to_owned(),
        |name| format!("did you mean {name:?}?"),
    )
}

/// Each object that is open without a reason. `of` is the schema that has the same value as an object, where there is one:
/// parts of it say what is in that object, and not which fields it has.
fn open_objects(
    place: &Place,
    schema: &Value,
    of: Option<&Value>,
    diagnostics: &mut Vec<LintDiagnostic>,
) {
    let is_object = of.is_none() && is_object(schema);
    open_object(place, schema, is_object, diagnostics);
    let object = of.or(is_object.then_some(schema));
    for (keyword, place, below) in below(place, schema) {
        // What a condition asks says nothing of what may be sent.
        if !CONDITIONS.contains(&keyword) {
            let of = if PARTS.contains(&keyword) { object } else { None };
            open_objects(&place, below, of, diagnostics);
        }
    }
}

fn open_object(
    place: &Place,
    schema: &Value,
    is_object: bool,
    diagnostics: &mut Vec<LintDiagnostic>,
) {
    let reason = schema.get("x-open");
    let word = CLOSING.iter().find_map(|keyword| Some((*keyword, schema.get(keyword)?)));
    let open = match word {
        None => is_object,
        Some((_, extra)) => {
            *extra == true || extra.as_object().is_some_and(|schema| schema.is_empty())
        }
    };
    let (got, want, hint) = match (open, reason) {
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
    diagnostics.push(LintDiagnostic::new(&file(&place.name), &place.pointer, got, want, hint));
}

/// Returns true if a schema says that it is an object, or has fields without saying so. The fields of a reference are judged
/// at its target.
fn is_object(schema: &Value) -> bool {
    let has = |keyword: &str| schema.get(keyword).is_some();
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        Some(_) => false,
        None => !has("$ref") && (FIELDS.iter().chain(&CLOSING)).any(|keyword| has(keyword)),
    }
}

pub(super) fn is_reason(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(' '))
}

/// Definitions that are not used, in the end, by a schema that is none of them: one that only refers to itself holds nothing.
fn unused(own: &Documents, references: &[(Place, Place)], diagnostics: &mut Vec<LintDiagnostic>) {
    let definitions: Vec<Place> = own
        .all()
        .flat_map(|(name, definition_schema)| definitions(name, definition_schema))
        .collect();
    let definition_at =
        |place: &Place| definitions.iter().position(|definition| definition.has(place));
    let mut used = BTreeSet::new();
    let mut next = vec![None];
    while let Some(from) = next.pop() {
        let from_there = references.iter().filter(|(place, _)| definition_at(place) == from);
        let targets = from_there.filter_map(|(_, target)| definition_at(target));
        next.extend(targets.filter(|target| used.insert(*target)).map(Some));
    }
    for place in definitions.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
        let Place { name, pointer } = place.1;
        let got = "a definition that nothing refers to";
        let hint = "refer to it, or leave it out";
        diagnostics.push(LintDiagnostic::new(&file(name), pointer, got, "one that is used", hint));
    }
}

fn definitions(name: &str, document: &Value) -> Vec<Place> {
    let definitions = document.get("$defs").and_then(Value::as_object);
    let place = Place::root(name).below("$defs");
    definitions
        .into_iter()
        .flat_map(|definition| definition.keys())
        .map(|name| place.below(name))
        .collect()
}

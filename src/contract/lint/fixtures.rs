//! Fixtures against their schemas: those that should pass, and those that should fail, and where.
//!
//! The rule of this file: the folder of a fixture says which schema it is held against. In `valid/<schema>/` and
//! `invalid/<schema>/` it is named by the folder; a fixture that must fail says where in `at`, which rule is broken in
//! `rule`, and has the value in `value`.

use std::collections::BTreeMap;

use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::contract::check::{brief, departures};
use crate::contract::documents::{Documents, compile};
use crate::contract::lint::Finding;
use crate::contract::reference::has_reference;
use crate::rule::Violation;

/// How the schema of a fixture is found.
#[derive(Clone, Copy)]
enum Schema {
    /// It has this name.
    Named(&'static str),
    /// Its name is that of the fixture, with this behind.
    After(&'static str),
    /// One of those whose names end so, by what the fixture says in its `messageType`.
    Among(&'static str),
    /// It has the name of the folder below.
    OfFolder,
    /// There is none.
    Free,
}

use Schema::{After, Among, Free, Named, OfFolder};

/// The folders below `fixtures/`.
#[rustfmt::skip]
const FOLDERS: &[(&str, Schema)] = &[
    ("answers",       Free),
    ("invalid",       OfFolder),
    ("notifications", Among("-notification")),
    ("requests",      After("-request")),
    ("resources",     Free),
    ("scenarios",     Named("scenario")),
    ("smssessions",   Named("smssession-fixture")),
    ("users",         Named("user-fixture")),
    ("valid",         OfFolder),
];

/// Fixtures that pass, with the names of their schemas.
pub(super) type Passing<'a> = Vec<(String, &'a Value)>;

pub(super) fn look<'a>(
    fixtures: &'a BTreeMap<String, Value>,
    schemas: &Documents,
    findings: &mut Vec<Finding>,
) -> Passing<'a> {
    let registry = match schemas.registry() {
        Ok(registry) => registry,
        Err(error) => {
            let want = "schemas that find each other";
            findings.push(Finding::new("schemas", "", error, want, "mend the references"));
            return Vec::new();
        }
    };
    let mut validators = Validators { schemas, registry, compiled: BTreeMap::new() };
    let mut passing = Vec::new();
    for (path, value) in fixtures {
        let file = format!("fixtures/{path}");
        let (folder, rest) = path.split_once('/').unwrap_or(("", path));
        let Some((_, schema)) = FOLDERS.iter().find(|(name, _)| *name == folder) else {
            let names = FOLDERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let got = format!("a fixture in the folder {folder:?}");
            let want = format!("one of {names}");
            findings.push(Finding::new(&file, "", got, &want, "move it into one of them"));
            continue;
        };
        for name in names(*schema, rest, value, schemas) {
            let Some(validator) = validators.of(&name) else {
                // A schema that is broken has its own finding.
                if schemas.get(&name).is_none() {
                    let got = format!("no usable schema {name}");
                    let hint = "write the schema, or move the fixture";
                    findings.push(Finding::new(&file, "", got, "one to hold it against", hint));
                }
                continue;
            };
            if folder == "invalid" {
                must_fail(&file, value, &name, validator, findings);
            } else {
                let mut departed = departures(validator.0, validator.1, value);
                // In a notification of a further operation `${names}` stand for values.
                departed.retain(|it| {
                    let text = value.pointer(&it.place).and_then(Value::as_str);
                    folder != "notifications" || !text.is_some_and(has_reference)
                });
                if departed.is_empty() {
                    passing.push((name, value));
                }
                findings.extend(departed.iter().map(|it| departure(&file, it)));
            }
        }
    }
    passing
}

/// The names of the schemas of a fixture.
fn names(schema: Schema, path: &str, value: &Value, schemas: &Documents) -> Vec<String> {
    let stem = path.strip_suffix(".json").unwrap_or(path);
    match schema {
        Named(name) => vec![name.to_owned()],
        After(ending) => vec![format!("{stem}{ending}")],
        OfFolder => vec![stem.split_once('/').unwrap_or((stem, "")).0.to_owned()],
        Free => Vec::new(),
        Among(ending) => vec![among(ending, value, schemas)],
    }
}

/// The schema of a message of that `messageType`; without one, the schema that does not demand it.
fn among(ending: &str, value: &Value, schemas: &Documents) -> String {
    let says = value.get("messageType");
    let mut kinds = schemas.all().filter(|(name, _)| name.ends_with(ending));
    let is_meant = |schema: &Value| {
        let kind = &schema["properties"]["messageType"]["const"];
        let required = schema["required"].as_array();
        let optional = !required.is_some_and(|names| names.iter().any(|it| it == "messageType"));
        says.map_or(!kind.is_null() && optional, |says| kind == says)
    };
    let found = kinds.find(|(_, schema)| is_meant(schema)).map(|(name, _)| name.to_owned());
    found.unwrap_or_else(|| format!("{}{ending}", says.map_or_else(String::new, brief)))
}

fn must_fail(
    file: &str,
    fixture: &Value,
    name: &str,
    (validator, schema): (&Validator, &Value),
    findings: &mut Vec<Finding>,
) {
    let (at, rule) = (fixture.get("at").and_then(Value::as_str), fixture.get("rule"));
    let (Some(at), Some(value)) = (at, fixture.get("value")) else {
        let want = "an object with at, rule and value";
        let hint = "say in at, a JSON pointer, where the value must fail";
        return findings.push(Finding::new(file, "", brief(fixture), want, hint));
    };
    let departed = departures(validator, schema, value);
    let place = if at.is_empty() { "the whole value" } else { at };
    let there: Vec<&Violation> = departed.iter().filter(|it| &*it.place == place).collect();
    let want = format!("a departure from {name} at {place}");
    if there.is_empty() {
        let elsewhere: Vec<&str> = departed.iter().map(|it| &*it.place).collect();
        let got = match elsewhere.as_slice() {
            [] => "a value that conforms".to_owned(),
            places => format!("departures at {}", places.join(", ")),
        };
        let hint = "make the schema stricter, or the fixture wrong where it says";
        return findings.push(Finding::new(file, "/value", got, &want, hint));
    }
    if let Some(rule) = rule
        && !there.iter().any(|it| rule == it.rule.id)
    {
        let got = there.iter().map(|it| it.rule.id).collect::<Vec<_>>().join(", ");
        let hint = "name the rule that is broken, or name it in the schema with x-rule";
        findings.push(Finding::new(file, "/rule", brief(rule), &got, hint));
    }
}

fn departure(file: &str, wrong: &Violation) -> Finding {
    let place = if &*wrong.place == "the whole value" { "" } else { &*wrong.place };
    let hint = wrong.hint.as_deref().unwrap_or("see the schema");
    Finding::new(file, place, &*wrong.got, &wrong.want, hint)
}

/// Validators of the schemas that fixtures ask for.
struct Validators<'a> {
    schemas: &'a Documents,
    registry: Registry<'a>,
    compiled: BTreeMap<String, Option<Validator>>,
}

impl Validators<'_> {
    fn of(&mut self, name: &str) -> Option<(&Validator, &Value)> {
        let document = self.schemas.get(name)?;
        let registry = &self.registry;
        let compiled = self.compiled.entry(name.to_owned());
        let validator = compiled.or_insert_with(|| compile(document, registry).ok());
        validator.as_ref().map(|validator| (validator, document))
    }
}

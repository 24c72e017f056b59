//! Fixtures against their schemas: those that should pass, and those that should fail, and where.
//!
//! The rule of this file: which schema a fixture is held against, [`held`] says; one that must fail says where in `at`, which
//! rule is broken in `rule`, and has the value in `value`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gws_sms_fake::_cli_internals::contract::check::{brief, departures, too_costly};
use gws_sms_fake::_cli_internals::contract::evaluations::Evaluations;
use gws_sms_fake::_cli_internals::contract::fixture_schema::{FixtureCheck, held};
use gws_sms_fake::_cli_internals::rules::Violation;
use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::documents::{Documents, compile};
use crate::lint::diagnostic::LintDiagnostic;
use crate::lint::schemas::file;

/// Fixtures that pass, with the names of their schemas.
pub(super) type Passing<'a> = Vec<(String, Cow<'a, Value>)>;

pub(super) fn look<'a>(
    fixtures: &'a BTreeMap<String, Value>,
    own: &Documents,
    all: &Documents,
    usable: &Documents,
    diagnostics: &mut Vec<LintDiagnostic>,
) -> Passing<'a> {
    let registry = match usable.registry() {
        Ok(registry) => registry,
        Err(error) => {
            let want = "schemas that find each other";
            diagnostics.push(LintDiagnostic::new(
                "schemas",
                "",
                error,
                want,
                "mend the references",
            ));
            return Vec::new();
        }
    };
    let mut validators =
        Validators { usable, registry, compiled: BTreeMap::new(), costly: BTreeMap::new() };
    validators.compile(own, diagnostics);
    let mut passing = Vec::new();
    for (path, value) in fixtures {
        let file = format!("fixtures/{path}");
        let FixtureCheck { schema, value } = match held(path, value, all.all()) {
            Ok(held) => held,
            Err(wrong) => {
                diagnostics.push(LintDiagnostic::of(&file, &wrong));
                continue;
            }
        };
        // A schema that is broken has its own finding.
        let Some(name) = schema else { continue };
        let Some(compiled) = validators.of(name) else { continue };
        if path.starts_with("invalid/") {
            must_fail(&file, &value, name, compiled, diagnostics);
            continue;
        }
        let departed = compiled.departures(&value);
        diagnostics.extend(departed.iter().map(|violation| departure(&file, violation)));
        if departed.is_empty() {
            passing.push((name.to_owned(), value));
        }
    }
    passing
}

fn must_fail(
    file: &str,
    fixture: &Value,
    name: &str,
    compiled: Compiled<'_>,
    diagnostics: &mut Vec<LintDiagnostic>,
) {
    let at = fixture.get("at").and_then(Value::as_str);
    let rule = fixture.get("rule");
    let (Some(at), Some(value)) = (at, fixture.get("value")) else {
        let want = "an object with at, rule and value";
        let hint = "say in at, a JSON pointer, where the value must fail";
        return diagnostics.push(LintDiagnostic::new(file, "", brief(fixture), want, hint));
    };
    let departed = compiled.departures(value);
    let place = if at.is_empty() { "the whole value" } else { at };
    let there: Vec<&Violation> =
        departed.iter().filter(|violation| &*violation.place == place).collect();
    let want = format!("a departure from {name} at {place}");
    if there.is_empty() {
        let elsewhere: Vec<&str> = departed.iter().map(|violation| &*violation.place).collect();
        let got = match elsewhere.as_slice() {
            [] => "a value that conforms".to_owned(),
            places => format!("departures at {}", places.join(", ")),
        };
        let hint = "make the schema stricter, or the fixture wrong where it says";
        return diagnostics.push(LintDiagnostic::new(file, "/value", got, &want, hint));
    }
    if let Some(rule) = rule
        && !there.iter().any(|violation| rule == violation.rule.id())
    {
        let got = there.iter().map(|violation| violation.rule.id()).collect::<Vec<_>>().join(", ");
        let hint = "name the rule that is broken, or name it in the schema with x-rule";
        diagnostics.push(LintDiagnostic::new(file, "/rule", brief(rule), &got, hint));
    }
}

fn departure(file: &str, wrong: &Violation) -> LintDiagnostic {
    let place = if &*wrong.place == "the whole value" { "" } else { &*wrong.place };
    let hint = wrong.hint.as_deref().unwrap_or("see the schema");
    LintDiagnostic::new(file, place, &*wrong.got, &wrong.want, hint)
}

/// A schema, and its validator.
#[derive(Clone, Copy)]
struct Compiled<'a> {
    name: &'a str,
    validator: &'a Validator,
    schema: &'a Value,
    costly: Option<&'a Evaluations<'a>>,
}

impl Compiled<'_> {
    fn departures(&self, value: &Value) -> Vec<Violation> {
        if self.costly.is_some_and(|costly| !costly.allows(value)) {
            return vec![too_costly(self.name)];
        }
        departures(self.validator, self.schema, value)
    }
}

/// Validators of the schemas that fixtures ask for.
struct Validators<'a> {
    usable: &'a Documents,
    registry: Registry<'a>,
    compiled: BTreeMap<String, Option<Validator>>,
    costly: BTreeMap<String, Evaluations<'a>>,
}

impl<'a> Validators<'a> {
    /// Finds mistakes that the meta-schema does not see, such as an invalid pattern.
    fn compile(&mut self, own: &Documents, diagnostics: &mut Vec<LintDiagnostic>) {
        for (name, _) in own.all() {
            let Some(document) = self.usable.get(name) else { continue };
            let compiled = compile(document, &self.registry).map_err(|error| {
                let hint = "write the keyword as JSON Schema 2020-12 has it";
                diagnostics.push(LintDiagnostic::new(&file(name), "", error, "a schema", hint));
            });
            self.compiled.insert(name.to_owned(), compiled.ok());
        }
        let usable = self.usable;
        for (name, document) in usable.all() {
            let read = Evaluations::of(document, |other| usable.get(other));
            // An endless schema has its own finding.
            self.costly.extend(read.ok().flatten().map(|costly| (name.to_owned(), costly)));
        }
    }

    fn of<'n>(&'n mut self, name: &'n str) -> Option<Compiled<'n>> {
        let schema = self.usable.get(name)?;
        let registry = &self.registry;
        let compiled = self.compiled.entry(name.to_owned());
        let validator = compiled.or_insert_with(|| compile(schema, registry).ok());
        let costly = self.costly.get(name);
        validator.as_ref().map(|validator| Compiled { name, validator, schema, costly })
    }
}

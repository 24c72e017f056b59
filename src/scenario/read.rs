//! Reading a scenario: every error names the file, the line, the step, what came and what was wanted.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::contract::check::check;
use crate::contract::json;
use crate::error::Error;
use crate::rule::Violation;
use crate::scenario::reference::{Names, filled_in, names_in};
use crate::scenario::step::{Head, Numbered, Scenario, Step, VERSION};

/// Reads the text of a file: an array of steps, or one step a line, as a recording that has not been finished.
pub(crate) fn read(file: &str, text: &str) -> Result<Scenario, Error> {
    let elements = elements(file, text)?;
    let mut elements = elements.into_iter().map(|raw| (line_of(text, raw), raw.get()));
    let Some((line, first)) = elements.next() else {
        return Err(wrong(
            file,
            1,
            "an empty array",
            "a head such as {\"step\":\"scenario\",\"version\":1}",
        ));
    };
    let head = head(file, line, first)?;
    let mut steps = Vec::new();
    for (index, (line, element)) in elements.enumerate() {
        let number = index + 1;
        steps.push(Numbered { number, line, step: step(file, line, number, element)? });
    }
    let scenario = Scenario { file: file.to_owned(), head, steps };
    bound(&scenario)?;
    Ok(scenario)
}

/// The elements as they stand in the text.
fn elements<'t>(file: &str, text: &'t str) -> Result<Vec<&'t RawValue>, Error> {
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return Err(wrong(file, 1, "nothing", "an array of steps"));
    }
    if !trimmed.starts_with('[') {
        return lines(file, text);
    }
    serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        wrong(file, error.line(), &reason, "a whole JSON array of steps")
    })
}

fn lines<'t>(file: &str, text: &'t str) -> Result<Vec<&'t RawValue>, Error> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(index, line)| {
        serde_json::from_str::<&RawValue>(line).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            wrong(file, index + 1, &reason, "an array of steps, or one step a line")
        })
    });
    read.collect()
}

/// The line at which an element begins. Both are of one allocation, so their distance is the offset.
fn line_of(text: &str, element: &RawValue) -> usize {
    let offset = element.get().as_ptr() as usize - text.as_ptr() as usize;
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

fn head(file: &str, line: usize, element: &str) -> Result<Head, Error> {
    let value = strict(file, line, "the head", "scenario-head", element)?;
    let head = Head::deserialize(&value)
        .map_err(|error| wrong(file, line, &error.to_string(), "a head"))?;
    if head.version != VERSION {
        let got = format!("/version: {}", head.version);
        return Err(wrong(file, line, &got, &format!("{VERSION}, which this version reads")));
    }
    Ok(head)
}

fn step(file: &str, line: usize, number: usize, element: &str) -> Result<Step, Error> {
    let value = strict(file, line, &format!("step {number}"), "scenario-step", element)?;
    let step = Step::deserialize(&value);
    step.map_err(|error| wrong(file, line, &error.to_string(), &format!("a step {number}")))
}

/// Strict JSON that conforms to the schema of that name.
fn strict(
    file: &str,
    line: usize,
    what: &str,
    schema: &str,
    element: &str,
) -> Result<Value, Error> {
    let explain = |violation: &Violation| {
        let Violation { place, got, want, hint, .. } = violation;
        let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        Error::new(format!("{file}:{line}: {what}: {place}: got {got}, want {want}{hint}"))
    };
    let (value, duplicates) = json::parse(element.as_bytes()).map_err(|wrong| explain(&wrong))?;
    match duplicates.iter().chain(&check(schema, &value)).next() {
        Some(wrong) => Err(explain(wrong)),
        None => Ok(value),
    }
}

fn wrong(file: &str, line: usize, got: &str, want: &str) -> Error {
    Error::new(format!("{file}:{line}: got {got}, want {want}"))
}

/// Whether every name is bound before it is needed, and what the head binds has an end.
fn bound(scenario: &Scenario) -> Result<(), Error> {
    let file = &scenario.file;
    let mut known: BTreeSet<String> = resolved(file, &scenario.head.names)?.into_keys().collect();
    for Numbered { number, line, step } in &scenario.steps {
        let unbound = |name: &str| {
            let got = format!("step {number}: ${{{name}}}, which nothing before it binds");
            let want = "a name of the head's \"let\", of a capture, or of an earlier request";
            wrong(file, *line, &got, want)
        };
        let mut needed = Vec::new();
        binds(step, &mut known, &mut needed);
        if let Some(name) = needed.iter().find(|name| !known.contains(*name)) {
            return Err(unbound(name));
        }
    }
    Ok(())
}

/// What a step binds, and which names it needs.
fn binds(step: &Step, known: &mut BTreeSet<String>, needed: &mut Vec<String>) {
    match step {
        Step::Request(request) => {
            let mut learnt = Vec::new();
            names_in(&Value::from(request.path.as_str()), &mut learnt);
            request.body.iter().for_each(|body| names_in(body, &mut learnt));
            known.extend(learnt);
            request.answer.body.iter().for_each(|body| names_in(body, needed));
            known.extend(request.answer.capture.keys().cloned());
        }
        Step::Push(push) => {
            names_in(&push.data, needed);
            known.extend(push.capture.keys().cloned());
        }
        Step::Test { with, .. } => names_in(with, needed),
        Step::Group { steps } => steps.iter().for_each(|step| binds(step, known, needed)),
        Step::Bayeux(_) | Step::Wait { .. } => {}
    }
}

/// The names of the head, each with its value.
pub(crate) fn resolved(file: &str, names: &Names) -> Result<Names, Error> {
    let mut known = Names::new();
    while known.len() < names.len() {
        let before = known.len();
        for (name, value) in names {
            if let Ok(value) = filled_in(value, &known) {
                known.insert(name.clone(), value);
            }
        }
        if known.len() == before {
            let open: Vec<&str> = names
                .keys()
                .filter(|name| !known.contains_key(*name))
                .map(String::as_str)
                .collect();
            let got = format!(
                "/let: {}, which need each other or a name that there is not",
                open.join(", ")
            );
            return Err(wrong(file, 1, &got, "names whose values have an end"));
        }
    }
    Ok(known)
}

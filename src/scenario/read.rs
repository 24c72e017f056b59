//! Reading a scenario: every error names the file, the line, the step, what came and what was wanted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::contract::check::check;
use crate::contract::json::{self, reason};
use crate::contract::template::{Names, Unfilled, filled_in, names_in};
use crate::contract::version::{HINT, other_version};
use crate::error::Error;
use crate::rules::{Violation, nearest};
use crate::scenario::step::{Head, Numbered, Scenario, Step};

/// Reads the text of a file: an array of steps, or one step a line, as a recording that has not been finished.
pub fn read(file: &str, text: &str) -> Result<Scenario, Error> {
    let elements = elements(file, text)?;
    let mut lines = Lines::new(text);
    let mut elements = elements.into_iter().map(|raw| (lines.of(raw), raw.get()));
    let Some((head_line, first)) = elements.next() else {
        return Err(wrong(
            file,
            1,
            "an empty array",
            "a head such as {\"step\":\"scenario\",\"version\":1}",
        ));
    };
    let head = head(file, head_line, first)?;
    let mut steps = Vec::new();
    for (index, (line, element)) in elements.enumerate() {
        let number = index + 1;
        steps.push(Numbered { number, line, step: step(file, line, number, element)? });
    }
    let scenario = Scenario { file: file.to_owned(), head, steps };
    bound(&scenario, head_line)?;
    Ok(scenario)
}

/// The lines at which elements of a text begin. They are asked for in their order.
pub struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    /// The lines of that text.
    pub fn new(text: &'t str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    /// Text and element are of one allocation, so their distance is the offset.
    pub fn of(&mut self, element: &RawValue) -> usize {
        let offset = element.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let between = &self.text.as_bytes()[self.offset..offset];
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.offset = offset;
        self.line
    }
}

/// The elements as they stand in the text.
fn elements<'t>(file: &str, text: &'t str) -> Result<Vec<&'t RawValue>, Error> {
    if text.starts_with('\u{feff}') {
        let want = "the first byte of the JSON; save the file without it";
        return Err(wrong(file, 1, "a byte order mark", want));
    }
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return Err(wrong(file, 1, "nothing", "an array of steps"));
    }
    if !trimmed.starts_with('[') {
        return lines(file, text);
    }
    serde_json::from_str(text)
        .map_err(|error| wrong(file, error.line(), &reason(&error), "a whole JSON array of steps"))
}

fn lines<'t>(file: &str, text: &'t str) -> Result<Vec<&'t RawValue>, Error> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(index, line)| {
        serde_json::from_str::<&RawValue>(line).map_err(|error| {
            wrong(file, index + 1, &reason(&error), "an array of steps, or one step a line")
        })
    });
    read.collect()
}

fn head(file: &str, line: usize, element: &str) -> Result<Head, Error> {
    let value = strict(file, line, "the head", "scenario-head", element)?;
    if let Some((got, want)) = other_version(&value) {
        let wrong = format!("the head: /version: got {got}, want {want}; {HINT}");
        return Err(Error::new(format!("{file}:{line}: {wrong}")));
    }
    Head::deserialize(&value).map_err(|error| wrong(file, line, &error.to_string(), "a head"))
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
    if schema == "scenario-step" {
        let known = known_step("", &value, &STEPS);
        known.map_err(|wrong| Error::new(format!("{file}:{line}: {what}: {wrong}")))?;
    }
    match duplicates.iter().chain(&check(schema, &value)).next() {
        Some(wrong) => Err(explain(wrong)),
        None => Ok(value),
    }
}

const STEPS: [&str; 6] = ["request", "bayeux", "push", "group", "wait", "test"];
/// The steps that a group may have.
const IN_GROUP: [&str; 2] = ["request", "bayeux"];
const MESSAGES: [&str; 6] =
    ["handshake", "subscribe", "unsubscribe", "connect", "disconnect", "publish"];

/// Checks that there is such a step. The schema alone cannot tell which one was meant.
fn known_step(place: &str, step: &Value, steps: &[&str]) -> Result<(), String> {
    one_of(&format!("{place}/step"), &step["step"], steps)?;
    if step["step"] == "bayeux" {
        one_of(&format!("{place}/message"), &step["message"], &MESSAGES)?;
    }
    if step["step"] == "group" {
        let inside = step["steps"].as_array().into_iter().flatten();
        for (index, inside) in inside.enumerate() {
            known_step(&format!("{place}/steps/{index}"), inside, &IN_GROUP)?;
        }
    }
    Ok(())
}

/// Checks that a text is one of those; a value that is no text is left to the schema.
fn one_of(place: &str, value: &Value, names: &[&str]) -> Result<(), String> {
    let Some(got) = value.as_str().filter(|got| !names.contains(got)) else { return Ok(()) };
    let meant = nearest(got, names.iter().copied())
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default();
    Err(format!("{place}: got {got:?}, want one of {}{meant}", names.join(", ")))
}

fn wrong(file: &str, line: usize, got: &str, want: &str) -> Error {
    Error::new(format!("{file}:{line}: got {got}, want {want}"))
}

/// Checks that every name is bound before it is needed, and that the values of the head's names have an end.
fn bound(scenario: &Scenario, head_line: usize) -> Result<(), Error> {
    let file = &scenario.file;
    let names = resolved(&scenario.head.names, "").map_err(|got| {
        wrong(file, head_line, &format!("/let: {got}"), "names whose values have an end")
    })?;
    let mut known: BTreeSet<String> = names.into_keys().collect();
    for Numbered { number, line, step } in &scenario.steps {
        let unbound = |name: &str| {
            let want = "a name of the head's \"let\", of a capture, or of an earlier request";
            Error::new(format!(
                "{file}:{line}: step {number}: got ${{{name}}}, which nothing before it binds, want {want}"
            ))
        };
        if let Some(name) = binds(step, &mut known) {
            return Err(unbound(&name));
        }
    }
    Ok(())
}

/// Adds what a step binds; returns the first name that it needs and that is not known. A capture is of an answer, and so not
/// known to it.
fn binds(step: &Step, known: &mut BTreeSet<String>) -> Option<String> {
    let mut learnt = Vec::new();
    let mut needed = Vec::new();
    let captured = match step {
        Step::Request(request) => {
            names_in(&Value::from(request.path.as_str()), &mut learnt);
            request.body.iter().for_each(|body| names_in(body, &mut learnt));
            request.answer.body.iter().for_each(|body| names_in(body, &mut needed));
            Some(&request.answer.capture)
        }
        Step::Push(push) => {
            names_in(&push.data, &mut needed);
            Some(&push.capture)
        }
        Step::Bayeux(bayeux) => {
            bayeux.message.data().into_iter().for_each(|data| names_in(data, &mut learnt));
            None
        }
        Step::Test { with, .. } => {
            names_in(with, &mut needed);
            None
        }
        Step::Group { steps } => return steps.iter().find_map(|step| binds(step, known)),
        Step::Wait { .. } => None,
    };
    known.extend(learnt);
    let unknown = needed.into_iter().find(|name| !known.contains(name));
    known.extend(captured.into_iter().flat_map(|captures| captures.keys().cloned()));
    unknown
}

/// The names of the head, each with its value, and `url`, which is the fake's address unless the head says otherwise;
/// otherwise the names that have no value in the end, or too long a one, in words.
pub fn resolved(names: &Names, url: &str) -> Result<Names, String> {
    let mut known = Names::from([("url".to_owned(), Value::from(url))]);
    known.retain(|name, _| !names.contains_key(name));
    let mut open: BTreeMap<&String, &Value> = names.iter().collect();
    while !open.is_empty() {
        let before = open.len();
        let mut too_long = None;
        open.retain(|name, value| match filled_in(value, &known) {
            Ok(value) => {
                known.insert((*name).clone(), value);
                false
            }
            Err(Unfilled::Unbound(_)) => true,
            Err(unfilled @ Unfilled::TooLong(_)) => {
                too_long.get_or_insert_with(|| format!("{name}, in which {unfilled}"));
                true
            }
        });
        if let Some(too_long) = too_long {
            return Err(too_long);
        }
        if open.len() == before {
            let open: Vec<&str> = open.into_keys().map(String::as_str).collect();
            let open = open.join(", ");
            return Err(format!("{open}, which need each other or a name that there is not"));
        }
    }
    Ok(known)
}

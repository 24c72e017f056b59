//! The result of a replay, in words and as JSON.

use std::fmt;

use gws_sms_fake::_cli_internals::gws::operation::Operation;
use gws_sms_fake::_cli_internals::gws::resource::Resource;
use gws_sms_fake::_cli_internals::gws::route::{Misspelt, Target, route};
use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::_cli_internals::rules;
use gws_sms_fake::_cli_internals::scenario::step::{Bayeux, Numbered, Scenario, Step};
use serde_json::{Value, json};

use crate::replay::compare::Mismatch;

/// A difference between a real system and a scenario.
#[derive(Clone, Debug)]
pub struct ReplayDiagnostic {
    line: usize,
    number: usize,
    step: String,
    mismatch: Mismatch,
}

impl ReplayDiagnostic {
    /// The line of the scenario's file.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The number of the step, from 1 on.
    pub fn number(&self) -> usize {
        self.number
    }

    /// A JSON pointer into the answer or the push, or what it is in words, such as `HTTP status`.
    pub fn place(&self) -> &str {
        &self.mismatch.place
    }

    /// The value of the real system.
    pub fn got(&self) -> &str {
        &self.mismatch.got
    }

    /// The value of the scenario.
    pub fn want(&self) -> &str {
        &self.mismatch.want
    }

    /// The id of the fake's rule that describes it.
    pub fn rule(&self) -> Option<&'static str> {
        self.mismatch.rule
    }
}

/// The result of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    file: String,
    against: String,
    differences: Vec<ReplayDiagnostic>,
    notes: Vec<String>,
    stopped: Option<String>,
}

impl Replayed {
    pub(super) fn new(file: &str, against: &str) -> Self {
        let file = file.to_owned();
        let against = against.to_owned();
        Self { file, against, differences: Vec::new(), notes: Vec::new(), stopped: None }
    }

    pub(super) fn add(&mut self, numbered: &Numbered, step: &Step, mismatch: Mismatch) {
        let Numbered { number, line, .. } = *numbered;
        self.differences.push(ReplayDiagnostic { line, number, step: step.in_words(), mismatch });
    }

    pub(super) fn note(&mut self, numbered: &Numbered, why: &str) {
        let Numbered { number, line, step } = numbered;
        let file = &self.file;
        self.notes.push(format!("{file}:{line}: step {number}: {}: {why}", step.in_words()));
    }

    /// Keeps why the steps behind that one are not sent.
    pub(super) fn stop(&mut self, numbered: &Numbered, why: &str) {
        let Numbered { number, line, step } = numbered;
        let file = &self.file;
        let words = step.in_words();
        self.stopped = Some(format!("{file}:{line}: stopped at step {number}: {words}: {why}"));
    }

    /// The reason why the scenario was not replayed to its end: a message that later steps need did not come.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Every difference, in the order in which they were found.
    pub fn differences(&self) -> &[ReplayDiagnostic] {
        &self.differences
    }

    /// Returns notes about the steps that could not be sent or compared.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The differences and the notes as JSON.
    pub fn to_json(&self) -> Value {
        let difference = |replay_diagnostic: &ReplayDiagnostic| {
            json!({
                "file": self.file,
                "line": replay_diagnostic.line,
                "step": replay_diagnostic.number,
                "what": replay_diagnostic.step,
                "place": replay_diagnostic.place(),
                "got": replay_diagnostic.got(),
                "want": replay_diagnostic.want(),
                "rule": replay_diagnostic.rule(),
            })
        };
        let differences: Vec<Value> = self.differences.iter().map(difference).collect();
        json!({
            "against": self.against,
            "differences": differences,
            "notes": self.notes,
            "stopped": self.stopped,
        })
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, against, differences, stopped, .. } = self;
        match differences.len() {
            0 => writeln!(formatter, "{against} does what {file} says")?,
            number => {
                let differences = count(number, "difference");
                writeln!(formatter, "{differences} between {against} and {file}")?;
            }
        }
        let mut last = 0;
        for ReplayDiagnostic { line, number, step, mismatch } in differences {
            if *number != last {
                writeln!(formatter, "\n{file}:{line}: step {number}: {step}")?;
            }
            last = *number;
            let Mismatch { place, got, want, rule } = mismatch;
            writeln!(formatter, "  {place}: got {got}, want {want}")?;
            match rule.and_then(rules::of_id) {
                Some(rule) => {
                    let id = rule.id();
                    let certainty = rule.certainty();
                    let source = rule.source();
                    writeln!(formatter, "    rule {id} ({certainty}: {source}): {}", rule.text())?;
                }
                None => writeln!(formatter, "    no rule of the fake describes this")?,
            }
        }
        if !differences.is_empty() {
            let what = "The fake has these rules wrong, or the two began in different situations: compare the users and sessions first.";
            writeln!(formatter, "\n{what}")?;
        }
        if let Some(stopped) = stopped {
            writeln!(formatter, "\n{stopped}")?;
        }
        Ok(())
    }
}

/// The users of a scenario, in the order in which they first send something.
pub(super) fn users(scenario: &Scenario) -> Vec<String> {
    fn collect(step: &Step, users: &mut Vec<String>) {
        let by = match step {
            Step::Request(request) => request.by.as_ref(),
            Step::Bayeux(Bayeux { by, .. }) => Some(by),
            Step::Group { steps } => return steps.iter().for_each(|step| collect(step, users)),
            Step::Push(_) | Step::Wait { .. } | Step::Test { .. } => None,
        };
        users.extend(by.filter(|by| !users.contains(by)).cloned());
    }
    let mut users = Vec::new();
    scenario.steps.iter().for_each(|step| collect(&step.step, &mut users));
    users
}

/// The schema that speaks of the answer to a request, by what the scenario says of it.
pub(super) fn answer_schema(
    method: &str,
    path: &str,
    operation: Option<Operation>,
    answer: &Value,
) -> &'static str {
    const REPLY: &str = "response";
    if operation == Some(Operation::StartContactCenterSession) {
        return "contact-center-session-response";
    }
    let failed = answer.get("statusCode").is_some_and(|code| *code != 0);
    if operation.is_some() || failed {
        return REPLY;
    }
    if answer.get("uris").is_some() {
        return "uris-response";
    }
    let path = path.split('?').next().unwrap_or(path);
    match route(method, path, |_| false, Misspelt::Taken).map(|route| route.target) {
        Ok(Target::Read(resource)) => match resource {
            Resource::Me => "me-response",
            Resource::Sessions => "smssessions-response",
            Resource::Session => "smssession-response",
            Resource::Messages => "messages-response",
            Resource::Channels => "channels-response",
            Resource::Devices => "devices-response",
            Resource::Settings | Resource::SettingsSection => "settings-response",
            Resource::Services => "services-response",
            Resource::Contact => "contact-response",
            Resource::Version => "version-response",
            Resource::Static => "",
        },
        Ok(Target::Operate(_)) => REPLY,
        Ok(Target::NotModelled) | Err(_) => "",
    }
}

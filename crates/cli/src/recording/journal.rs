//! `FILE.part`: what came and went so far, one line each, as soon as it is over; and the scenario that is made of it.
//!
//! Each line is whole by itself and already redacted, so that a crash loses no line that was written, and tells nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use gws_sms_fake::_cli_internals::contract::json::reason;
use gws_sms_fake::_cli_internals::contract::template::DOLLAR;
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::_cli_internals::scenario::record::{Known, Recorded, RecordedEvent, scenario};
use gws_sms_fake::_cli_internals::scenario::step::{BayeuxMessage, Scenario, Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::recording::placeholders::{bind, literal};
use crate::recording::safe_values::{is_session_id, is_user_id};

/// A line.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum JournalLine {
    Over(Box<Recorded>),
    /// A note that no scenario has, and its time in milliseconds.
    Note {
        at: u64,
        text: String,
    },
}

/// The result of a recording.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) scenario: Scenario,
    /// The notes for the user.
    pub(crate) notes: Vec<String>,
}

pub(crate) fn line(line: &JournalLine) -> String {
    serde_json::to_string(line).expect("a line becomes JSON") + "\n"
}

/// The scenario of the lines, which becomes the file `made`. The last line may be half a line, as a crash leaves it.
pub(crate) fn finish(file: &str, text: &str, made: &str) -> Result<Finished, Error> {
    let mut recorded = Vec::new();
    let mut noted = Vec::new();
    let mut halves = Vec::new();
    for (index, written) in text.split_inclusive('\n').enumerate() {
        let number = index + 1;
        match serde_json::from_str(written.trim_end()) {
            Ok(JournalLine::Over(line)) => recorded.push(*line),
            Ok(JournalLine::Note { at, text }) => noted.push((at, text)),
            Err(_) if !written.ends_with('\n') => {
                halves.push(format!("{file}:{number}: half a line, left out"));
            }
            Err(error) => {
                let reason = reason(&error);
                return Err(Error::new(format!(
                    "{file}:{number}: {reason}; remove the line, which `record` has not written so, and finish again"
                )));
            }
        }
    }
    let begun = recorded.iter().map(|recorded: &Recorded| recorded.at).min().unwrap_or_default();
    let scenario = of(&recorded);
    let notes = noted
        .into_iter()
        .map(|(at, text)| {
            let since = Duration::from_millis(at).saturating_sub(begun);
            let before = scenario
                .steps
                .iter()
                .rev()
                .find(|step| step.step.at().is_some_and(|at| at <= since));
            // Line 2 is the head.
            let line = before.map_or(2, |step| step.line);
            format!("{made}:{line}: behind this step, at {at} ms: {text}")
        })
        .chain(halves)
        .collect();
    Ok(Finished { scenario, notes })
}

/// The scenario of what was recorded and redacted.
pub(crate) fn of(recorded: &[Recorded]) -> Scenario {
    let mut made = scenario(None, recorded, &known(recorded));
    bind(&mut made);
    made
}

/// The ids of users and sessions as names: `s1` for the id of `s1`, `session` for that of the first one.
fn known(recorded: &[Recorded]) -> Known {
    let mut users = Known::new();
    let mut sessions = Vec::new();
    for line in recorded {
        match &line.what {
            RecordedEvent::Request { path, body, answer, .. } => {
                session_of(path, &mut sessions);
                for value in body.iter().chain(answer) {
                    collect(value, &mut users, &mut sessions);
                }
            }
            RecordedEvent::Push { data, .. } => collect(data, &mut users, &mut sessions),
            RecordedEvent::Bayeux { message, .. } => {
                message
                    .data()
                    .into_iter()
                    .for_each(|data| collect(data, &mut users, &mut sessions));
            }
            RecordedEvent::Test { .. } => {}
        }
    }
    let numbered = sessions.into_iter().enumerate().map(|(index, id)| {
        let name = if index == 0 { "session".to_owned() } else { format!("session-{}", index + 1) };
        (name, id)
    });
    users.extend(numbered);
    users
}

fn collect(value: &Value, users: &mut Known, sessions: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let text = |name| fields.get(name).and_then(Value::as_str);
            if let (Some(name), Some(id)) = (text("userName"), text("id")) {
                let plain =
                    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
                let new = users.iter().all(|(other, of)| other != name && of != id);
                let otherwise = ["url", DOLLAR].contains(&name)
                    || name.starts_with("session")
                    || (literal(name).is_some() && !name.starts_with("user-"));
                if plain && new && is_user_id(id) && !otherwise {
                    users.push((name.to_owned(), id.to_owned()));
                }
            }
            fields.values().for_each(|below| collect(below, users, sessions));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, users, sessions)),
        Value::String(text) => session_of(text, sessions),
        _ => {}
    }
}

/// The session of a path.
fn session_of(path: &str, sessions: &mut Vec<String>) {
    let Some((_, behind)) = path.split_once("/smssessions/") else { return };
    let id = behind.split(['/', '?']).next().expect("a split text has a first part");
    if is_session_id(id) && sessions.iter().all(|other| other != id) {
        sessions.push(id.to_owned());
    }
}

/// Everybody by whom or to whom something is.
pub(crate) fn users(scenario: &Scenario) -> BTreeSet<String> {
    fn collect(step: &Step, found: &mut BTreeSet<String>) {
        match step {
            Step::Request(request) => found.extend(request.by.clone()),
            Step::Bayeux(bayeux) => drop(found.insert(bayeux.by.clone())),
            Step::Push(push) => drop(found.insert(push.to.clone())),
            Step::Group { steps } => steps.iter().for_each(|step| collect(step, found)),
            Step::Wait { .. } | Step::Test { .. } => {}
        }
    }
    let mut found = BTreeSet::new();
    scenario.steps.iter().for_each(|step| collect(&step.step, &mut found));
    found
}

/// Returns the size of a scenario, in words.
pub(crate) fn summary(scenario: &Scenario) -> String {
    let mut requests = 0;
    let mut messages = 0;
    let mut pushes = 0;
    let mut add = |step: &Step| match step {
        Step::Request(_) => requests += 1,
        Step::Bayeux(line) if line.message != BayeuxMessage::Connect => {
            messages += 1;
        }
        Step::Push(_) => pushes += 1,
        _ => {}
    };
    for step in &scenario.steps {
        match &step.step {
            Step::Group { steps } => steps.iter().for_each(&mut add),
            step => add(step),
        }
    }
    let requests = count(requests, "request");
    let messages = count(messages, "Bayeux message");
    let pushes = count(pushes, "pushed event");
    format!("{requests}, {messages}, {pushes}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::recording::redact::Redactor;
    use crate::recording::redactions::REDACTIONS;

    fn request(path: &str, body: Value, answer: Value) -> Recorded {
        let what = RecordedEvent::Request {
            by: Some("Jo.Doe".to_owned()),
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: Some(body),
            status: 200,
            answer: Some(answer),
        };
        Recorded { began: 1, ended: 2, at: Duration::ZERO, group: None, what }
    }

    fn redactor(keep: &[String]) -> Redactor {
        Redactor::new(keep, BTreeMap::new(), vec!["http://127.0.0.1:1".to_owned()]).unwrap()
    }

    #[test]
    fn every_rule_can_be_switched_off_and_another_name_is_refused() {
        let keep: Vec<String> =
            REDACTIONS.iter().map(|redaction| redaction.name.to_owned()).collect();
        let body = json!({ "text": "one", "password": "two", "x": 3, "userData": { "a": "+49301234567" } });
        let all = request("/api/v2/contacts/9?a=b", body, json!("plain"));
        assert_eq!(redactor(&keep).recorded(all.clone()), all);
        let error = Redactor::new(&["text".to_owned()], BTreeMap::new(), Vec::new()).unwrap_err();
        assert!(error.to_string().ends_with("did you mean texts?"), "{error}");
    }

    #[test]
    fn half_a_line_at_the_end_is_left_out_and_one_in_the_middle_is_an_error() {
        let whole = line(&JournalLine::Over(Box::new(request("/api/v2/me", json!({}), json!({})))));
        let finished = finish("x.part", &format!("{whole}{{\"over"), "x").unwrap();
        assert_eq!(finished.scenario.steps.len(), 1);
        assert_eq!(finished.notes, ["x.part:2: half a line, left out"]);
        let error = finish("x.part", &format!("{{\"over\n{whole}"), "x").unwrap_err().to_string();
        assert!(
            error.starts_with("x.part:1: EOF while parsing a string; remove the line"),
            "{error}"
        );
    }
}

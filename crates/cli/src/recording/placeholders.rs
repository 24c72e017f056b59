//! The placeholders of values that are not known to be safe: references such as `${text-1}`, the same for the same value.
//!
//! One that a client sends first takes what the client of a played scenario sends, and every other one is bound by the head
//! ([`bind`]). The name of a field is no place for a reference: there its text stands, and a client that sends such a field is
//! not held to it.

use std::collections::{BTreeMap, BTreeSet};

use gws_sms_fake::_cli_internals::contract::template::{DOLLAR, Names, names_in};
use gws_sms_fake::_cli_internals::scenario::step::{BayeuxMessage, Matching, Scenario, Step};
use serde_json::Value;

use crate::recording::redactions::{NUMBER, REDACTIONS};

/// The replacements so far.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    texts: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Placeholders {
    /// The reference in the place of what has that text.
    pub(crate) fn of(&mut self, prefix: &'static str, text: &str) -> String {
        let replaced = if prefix == NUMBER { &mut self.numbers } else { &mut self.texts };
        if let Some(replaced) = replaced.get(text) {
            return replaced.clone();
        }
        let count = self.counts.entry(prefix).or_default();
        *count += 1;
        let reference = format!("${{{prefix}-{count}}}");
        replaced.insert(text.to_owned(), reference.clone());
        reference
    }
}

/// Returns the value for which a placeholder of that name stands.
pub(crate) fn literal(name: &str) -> Option<Value> {
    let (prefix, number) = name.rsplit_once('-')?;
    let number: u64 = number.parse().ok()?;
    match prefix {
        NUMBER => Some(Value::from(number)),
        "phone" => Some(Value::from(format!("+{number:09}"))),
        "link" => Some(Value::from(format!("https://link-{number}.example/"))),
        prefix if REDACTIONS.iter().any(|redaction| redaction.prefix == prefix) => {
            Some(Value::from(name))
        }
        _ => None,
    }
}

/// Returns the values for which the placeholders of a scenario stand.
pub(crate) fn literals(scenario: &Scenario) -> Names {
    let mut names = Vec::new();
    for step in &scenario.steps {
        names_in(&serde_json::to_value(&step.step).expect("a step becomes JSON"), &mut names);
    }
    names.into_iter().filter_map(|name| literal(&name).map(|value| (name, value))).collect()
}

/// A reference as the text that it stands for.
pub(crate) fn plain(text: &str) -> String {
    let name = text.strip_prefix("${").and_then(|tail| tail.strip_suffix('}'));
    let value = name.and_then(literal);
    value.as_ref().and_then(Value::as_str).unwrap_or(text).to_owned()
}

/// Returns true if the name of a field has been replaced.
fn is_replaced(name: &str) -> bool {
    let phone =
        name.strip_prefix("+0").is_some_and(|tail| tail.bytes().all(|byte| byte.is_ascii_digit()));
    phone || name.starts_with("https://link-") || literal(name).is_some()
}

fn has_replaced_names(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(name, below)| is_replaced(name) || has_replaced_names(below))
        }
        Value::Array(items) => items.iter().any(has_replaced_names),
        _ => false,
    }
}

/// Binds the replacements that no client sends first, and holds no client to names of fields that were replaced.
pub(crate) fn bind(scenario: &mut Scenario) {
    let mut found = PlaceholderMatch::default();
    for step in &mut scenario.steps {
        loosen(&mut step.step);
        found.step(&step.step);
    }
    let escaped = found.seen.contains(DOLLAR).then(|| (DOLLAR.to_owned(), Value::from("$")));
    let bound = found.bound.into_iter();
    let values = bound.filter_map(|name| literal(&name).map(|value| (name, value)));
    for (name, value) in values.chain(escaped) {
        scenario.head.names.entry(name).or_insert(value);
    }
}

fn loosen(step: &mut Step) {
    match step {
        Step::Request(request) if request.body.as_ref().is_some_and(has_replaced_names) => {
            request.matching = Matching::Any;
        }
        Step::Bayeux(bayeux) if bayeux.message.data().is_some_and(has_replaced_names) => {
            if let BayeuxMessage::Publish { data, .. } = &mut bayeux.message {
                *data = None;
            }
        }
        Step::Group { steps } => steps.iter_mut().for_each(loosen),
        _ => {}
    }
}

/// Names, by whether they come from a client first.
#[derive(Default)]
struct PlaceholderMatch {
    seen: BTreeSet<String>,
    bound: BTreeSet<String>,
}

impl PlaceholderMatch {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Request(request) => {
                self.client_sends(&Value::from(request.path.as_str()));
                match (&request.body, request.matching) {
                    // It is not compared, so nothing is learnt from it for sure.
                    (Some(body), Matching::Any) => self.gws_says(body),
                    (Some(body), _) => self.client_sends(body),
                    (None, _) => {}
                }
                request.answer.body.iter().for_each(|body| self.gws_says(body));
            }
            Step::Bayeux(bayeux) => {
                bayeux.message.data().into_iter().for_each(|data| self.client_sends(data));
            }
            Step::Push(push) => self.gws_says(&push.data),
            Step::Group { steps } => steps.iter().for_each(|step| self.step(step)),
            Step::Wait { .. } | Step::Test { .. } => {}
        }
    }

    fn client_sends(&mut self, value: &Value) {
        let mut names = Vec::new();
        names_in(value, &mut names);
        self.seen.extend(names);
    }

    fn gws_says(&mut self, value: &Value) {
        let mut names = Vec::new();
        names_in(value, &mut names);
        for name in names {
            if self.seen.insert(name.clone()) {
                self.bound.insert(name);
            }
        }
    }
}

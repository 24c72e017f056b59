//! Writing a scenario: an array with one step a line, in a form that is the same for the same scenario.

use serde_json::{Value, json};

use crate::scenario::step::{Head, Scenario, Step};

/// The text of a file.
pub fn write(scenario: &Scenario) -> String {
    let steps = scenario.steps.iter().map(|step| line(&step.step));
    let lines: Vec<String> = std::iter::once(head(&scenario.head)).chain(steps).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The first line.
pub(crate) fn head(head: &Head) -> String {
    let mut value = json!({ "step": "scenario" });
    if let (Some(fields), Ok(Value::Object(head))) =
        (value.as_object_mut(), serde_json::to_value(head))
    {
        fields.extend(head);
    }
    ordered(&value)
}

/// A step as it stands in its line.
pub(crate) fn line(step: &Step) -> String {
    ordered(&serde_json::to_value(step).expect("a step is written as JSON"))
}

/// The names that stand first, so that people find them; the others follow in their order.
const FIRST: [&str; 14] = [
    "step",
    "version",
    "title",
    "at",
    "by",
    "message",
    "method",
    "path",
    "to",
    "channel",
    "channels",
    "before_answer",
    "matching",
    "body",
];

/// The value with the first names first. What is below a step's own fields stands in the order of its names.
fn ordered(value: &Value) -> String {
    let Value::Object(fields) = value else { return value.to_string() };
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| (rank(name), (*name).clone()));
    let fields = fields.iter().map(|(name, value)| match (name.as_str(), value) {
        ("steps", Value::Array(steps)) => {
            format!("\"steps\":[{}]", steps.iter().map(ordered).collect::<Vec<_>>().join(","))
        }
        (name, value) => format!("{}:{value}", Value::from(name)),
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

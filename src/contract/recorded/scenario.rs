//! Scenarios, step by step, and the lines of a recording that is not finished.
//!
//! In the texts of what is sent, `${name}` stands for a value that is not known here.

use serde_json::Value;

use crate::contract::json::below;
use crate::contract::recorded::exchange::Exchange;
use crate::contract::recorded::part::{ClassifiedPart, Sender};
use crate::contract::schemas::Schemas;
use crate::contract::version::{HINT, other_version};
use crate::rules::nearest;

const STEPS: [&str; 7] = ["scenario", "request", "bayeux", "push", "group", "wait", "test"];

/// The parts of a step, or of a line of a recording; `None`: it is neither.
pub(super) fn parts(schemas: &'static Schemas, value: &Value) -> Option<Vec<ClassifiedPart>> {
    if let Some(name) = value.get("step") {
        return Some(step(schemas, value, name));
    }
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    if fields.get("note").is_some_and(|note| note.get("at").is_some()) {
        return Some(vec![ClassifiedPart::Nothing("notes of a recording")]);
    }
    let (kind, what) = fields.get("over")?.get("what")?.as_object()?.iter().next()?;
    let place = below("/over/what", kind);
    Some(match kind.as_str() {
        "request" => {
            let sent = &what["body"];
            let status = &what["status"];
            let body = &what["answer"];
            request(schemas, &place, Exchange { sent, status, body }, "/answer")
        }
        "push" => vec![ClassifiedPart::inside(place + "/data", Sender::Gws)],
        // It has been folded into a name, and its message is gone.
        "bayeux" => vec![ClassifiedPart::Nothing("Bayeux messages of a recording")],
        _ => return None,
    })
}

fn step(schemas: &'static Schemas, value: &Value, name: &Value) -> Vec<ClassifiedPart> {
    if !STEPS.iter().any(|step| name == step) {
        let meant = name.as_str().and_then(|name| nearest(name, STEPS.into_iter()));
        let hint = match meant {
            Some(meant) => format!("did you mean \"{meant}\"?"),
            None => "write a step as schemas/scenario-step.json has it".to_owned(),
        };
        let got = name.to_string();
        let want = format!("one of {}", STEPS.join(", "));
        let pointer = "/step".to_owned();
        let schema = "scenario-step";
        return vec![ClassifiedPart::Malformed { pointer, schema, got, want, hint }];
    }
    let schema = if name == "scenario" { "scenario-head" } else { "scenario-step" };
    let form = ClassifiedPart::Message { pointer: String::new(), schema, sender: Sender::Unknown };
    let other = if name == "scenario" { other_version(value) } else { None };
    let other = other.map(|(got, want)| {
        let pointer = "/version".to_owned();
        let hint = HINT.to_owned();
        ClassifiedPart::Malformed { pointer, schema, got, want, hint }
    });
    std::iter::once(form).chain(other).chain(sent(schemas, "", value)).collect()
}

/// The parts of a step that are sent.
fn sent(schemas: &'static Schemas, place: &str, step: &Value) -> Vec<ClassifiedPart> {
    match step["step"].as_str() {
        Some("request") => {
            let sent = &step["body"];
            let answer = &step["answer"];
            let exchange = Exchange { sent, status: &answer["status"], body: &answer["body"] };
            request(schemas, place, exchange, "/answer/body")
        }
        Some("push") => vec![ClassifiedPart::inside(format!("{place}/data"), Sender::Gws)],
        Some("group") => {
            let steps = step["steps"].as_array().into_iter().flatten().enumerate();
            steps
                .flat_map(|(index, step)| sent(schemas, &format!("{place}/steps/{index}"), step))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A request and its answer; `answer` is the pointer to the body of the answer from that place on.
fn request(
    schemas: &'static Schemas,
    place: &str,
    exchange: Exchange<'_>,
    answer: &str,
) -> Vec<ClassifiedPart> {
    let mut parts = Vec::new();
    if !exchange.sent.is_null() {
        let pointer = format!("{place}/body");
        let refused = exchange.refused();
        parts.push(ClassifiedPart::Inside { pointer, sender: Sender::Client, refused });
    }
    // A text is sent as it is; what GWS says in JSON is an object.
    if exchange.body.is_object() {
        parts.push(ClassifiedPart::answer(format!("{place}{answer}"), exchange.answer(schemas)));
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::recorded::part::Refused;
    use crate::contract::schemas::built_in;

    fn check(value: &Value, expected: &[&str]) {
        let found = parts(built_in(), value).into_iter().flatten().map(|part| match part {
            ClassifiedPart::Message { schema, .. } => schema.to_owned(),
            ClassifiedPart::Inside { pointer, sender, refused } => {
                format!("{pointer} {sender:?} {refused:?}")
            }
            ClassifiedPart::Malformed { pointer, got, hint, .. } => {
                format!("{pointer} {got} {hint}")
            }
            ClassifiedPart::Nothing(what) => what.to_owned(),
            other => format!("{other:?}"),
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{value}");
    }

    #[test]
    fn what_is_sent_in_a_step_is_found() {
        check(&json!({ "step": "scenario", "version": 1 }), &["scenario-head"]);
        let other = format!("/version 99 {HINT}");
        check(&json!({ "step": "scenario", "version": 99 }), &["scenario-head", &other]);
        check(&json!({ "step": "wait", "version": 99 }), &["scenario-step"]);
        let answer = json!({ "status": 200, "body": { "statusCode": 0 } });
        let request = json!({ "step": "request", "body": {}, "answer": answer });
        let sent = ["/body Client No", "/answer/body Gws No"];
        check(&request, &["scenario-step", sent[0], sent[1]]);
        let group = json!({ "step": "group", "steps": [{ "step": "bayeux" }, request] });
        let sent = ["/steps/1/body Client No", "/steps/1/answer/body Gws No"];
        check(&group, &["scenario-step", sent[0], sent[1]]);
        check(&json!({ "step": "push", "data": {} }), &["scenario-step", "/data Gws No"]);
        let page = json!({ "step": "request", "answer": { "status": 502, "body": "<html>" } });
        check(&page, &["scenario-step"]);
        check(&json!({ "step": "pussh" }), &["/step \"pussh\" did you mean \"push\"?"]);
    }

    #[test]
    fn a_request_that_its_own_answer_refuses_is_told_apart() {
        for answer in
            [json!({ "status": 200, "body": { "statusCode": 2 } }), json!({ "status": 400 })]
        {
            let found =
                parts(built_in(), &json!({ "step": "request", "body": {}, "answer": answer }));
            let is_refused = |part: &ClassifiedPart| {
                matches!(
                    part,
                    ClassifiedPart::Inside { refused: Refused::Yes, sender: Sender::Client, .. }
                )
            };
            assert!(found.unwrap().iter().any(is_refused), "{answer}");
        }
    }

    #[test]
    fn so_is_what_is_sent_in_a_line_of_a_recording() {
        let over = |what: Value| json!({ "over": { "began": 1, "what": what } });
        let what =
            json!({ "request": { "body": {}, "status": 200, "answer": { "statusCode": 6 } } });
        let sent = ["/over/what/request/body Client Yes", "/over/what/request/answer Gws No"];
        check(&over(what), &sent);
        check(&over(json!({ "push": { "data": {} } })), &["/over/what/push/data Gws No"]);
        check(&over(json!({ "bayeux": {} })), &["Bayeux messages of a recording"]);
        check(&json!({ "note": { "at": 1, "text": "x" } }), &["notes of a recording"]);
        check(&json!({ "over": 1 }), &[]);
    }
}

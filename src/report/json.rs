//! The time line and its violations as JSON, for the control endpoint.

use serde_json::{Value, json};

use crate::gws::status::Refusal;
use crate::rule::{Verdict, Violation};
use crate::timeline::{Ending, Entry, TimeLine, What};
use crate::verdict::Exemptions;

/// Every entry of the time line.
pub(crate) fn timeline(timeline: &TimeLine) -> Value {
    timeline.entries().map(entry).collect()
}

/// The violations that break the contract.
pub(crate) fn violations(timeline: &TimeLine, exemptions: &Exemptions) -> Value {
    let held = exemptions.violations(timeline);
    held.map(|(entry, it)| {
        let mut rendered = violation(it);
        rendered["entry"] = json!(entry.number);
        if let Some(rest) = entry.rest() {
            rendered["request"] = json!(format!("{} {}", rest.method, rest.target));
        }
        rendered
    })
    .collect()
}

fn entry(entry: &Entry) -> Value {
    let mut rendered = json!({
        "number": entry.number,
        "atMilliseconds": entry.at.as_secs_f64() * 1000.0,
        "user": entry.user,
        "findings": entry.findings.iter().map(violation).collect::<Vec<_>>(),
    });
    match &entry.what {
        What::Rest(rest) => {
            rendered["kind"] = json!("request");
            rendered["method"] = json!(rest.method);
            rendered["target"] = json!(rest.target);
            rendered["operation"] = json!(rest.operation.map(|operation| operation.as_str()));
            rendered["body"] = text(&rest.body);
            rendered["mocked"] = json!(rest.mocked);
            rendered["rule"] = json!(rest.done.map(|rule| rule.id));
            rendered["ending"] = ending(&rest.ending);
        }
        What::Push(push) => {
            rendered["kind"] = json!("bayeux");
            rendered["messages"] = json!(push.messages);
            rendered["held"] = json!(push.held);
            rendered["ending"] = ending(&push.ending);
        }
        What::Notification(notified) => {
            rendered["kind"] = json!("notification");
            rendered["channel"] = json!(notified.channel);
            rendered["rule"] = json!(notified.kind.map(|kind| kind.rule.id));
            rendered["data"] = notified.data.clone();
            let delivered = notified.receipts.iter().filter(|it| it.delivered.is_some()).count();
            rendered["clients"] = json!(notified.receipts.len());
            rendered["delivered"] = json!(delivered);
            let lost = notified.receipts.iter().filter(|it| it.lost.is_some()).count();
            rendered["lost"] = json!(lost);
        }
        What::Refused { reason } => {
            rendered["kind"] = json!("refused");
            rendered["reason"] = json!(reason);
        }
        What::Remark(remark) => {
            rendered["kind"] = json!("remark");
            rendered["text"] = json!(remark);
        }
    }
    rendered
}

fn violation(violation: &Violation) -> Value {
    json!({
        "rule": violation.rule.id,
        "verdict": match violation.verdict {
            Verdict::Violation => "violation",
            Verdict::Note => "note",
        },
        "place": violation.place,
        "got": violation.got,
        "want": violation.want,
        "hint": violation.hint,
        "certainty": violation.rule.certainty.to_string(),
        "source": violation.rule.source,
        // How sure we are of the answer is another question than how sure we are of the demand.
        "answered": Refusal::of(violation.rule).map(|refusal| refusal.rule.id),
    })
}

fn ending(ending: &Ending) -> Value {
    match ending {
        Ending::Open => json!({ "is": "open" }),
        Ending::Cut { .. } => json!({ "is": "cut" }),
        Ending::HungUp { .. } => json!({ "is": "hung up" }),
        Ending::Answered { status, body, .. } => {
            json!({ "is": "answered", "status": status, "body": text(body) })
        }
    }
}

/// JSON where it is JSON, text where it is not.
fn text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)))
}

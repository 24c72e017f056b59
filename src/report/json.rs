//! The report as JSON, for programs: the same as the text says, in the same order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::contract::secrets::hide_in;
use crate::engine::log::timeline::{AnsweredBy, Ending, Entry, EntryKind};
use crate::engine::log::verdict::Exemptions;
use crate::gws::status::Refusal;
use crate::report::text::Facts;
use crate::report::undelivered::UndeliveredEvent;
use crate::rules::{Rule, Verdict, Violation};

/// The whole report.
pub(crate) fn report(facts: &Facts<'_>) -> Value {
    let names = |rules: Vec<&'static Rule>| rules.iter().map(|rule| rule.id).collect::<Vec<_>>();
    let notes = facts.notes().map(|(entry, found)| of_entry(entry, found, facts.exemptions));
    let faults = facts
        .faults
        .unused()
        .map(|fault| json!({ "user": fault.user_name, "fault": fault.fault.as_str() }));
    let rest_faults = facts.rest_faults.unused().map(
        |rest_fault| json!({ "exception": rest_fault.words, "happened": rest_fault.triggered }),
    );
    let before_reset = facts.before_reset.iter().map(|before| &**before);
    json!({
        "broken": facts.broken(),
        "startedAt": facts.started_at,
        "requests": facts.timeline.requests(),
        "violations": held_against(facts).collect::<Vec<_>>(),
        "leftUndone": undone(facts, Verdict::Violation).collect::<Vec<_>>(),
        "expectedAndNotSeen": names(facts.missing()),
        "scenario": facts.unplayed,
        "mountedMocks": facts.unmet,
        "unusedFaults": faults.collect::<Vec<_>>(),
        "heldByFaults": facts.held.iter().map(UndeliveredEvent::in_words).collect::<Vec<_>>(),
        "unusedExceptions": rest_faults.collect::<Vec<_>>(),
        "notes": notes.chain(undone(facts, Verdict::Note)).collect::<Vec<_>>(),
        "dropped": facts.timeline.dropped().entries,
        "timeLine": timeline(before_reset.chain(facts.timeline.entries()), facts.exemptions),
    })
}

/// These entries of a timeline.
pub(crate) fn timeline<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    exemptions: &Exemptions,
) -> Value {
    entries.map(|listed| entry(listed, exemptions)).collect()
}

/// The violations that break the contract since the last reset, and behind them what was left undone and breaks it.
#[cfg(feature = "control")]
pub(crate) fn violations(facts: &Facts<'_>) -> Value {
    let exemptions = facts.exemptions;
    let since_reset = facts.violations_since_reset();
    let since_reset = since_reset.map(|(entry, found)| of_entry(entry, found, exemptions));
    since_reset.chain(undone(facts, Verdict::Violation)).collect()
}

fn held_against<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = Value> + 'a {
    facts.violations().map(|(entry, found)| of_entry(entry, found, facts.exemptions))
}

fn undone<'a>(facts: &'a Facts<'_>, verdict: Verdict) -> impl Iterator<Item = Value> + 'a {
    facts.undone(verdict).map(|incomplete| {
        let mut rendered = violation(&incomplete.violation, facts.exemptions);
        rendered["user"] = json!(incomplete.user);
        rendered
    })
}

fn of_entry(entry: &Entry, found: &Violation, exemptions: &Exemptions) -> Value {
    let mut rendered = violation(found, exemptions);
    rendered["entry"] = json!(entry.number);
    if let Some(rest) = entry.rest() {
        rendered["request"] = json!(format!("{} {}", rest.method, rest.target));
    }
    rendered
}

/// One entry of the timeline.
pub(crate) fn entry(entry: &Entry, exemptions: &Exemptions) -> Value {
    let violations = entry.violations.iter().map(|found| violation(found, exemptions));
    let mut rendered = json!({
        "number": entry.number,
        "atMilliseconds": milliseconds(entry.at),
        "user": entry.user,
        "findings": violations.collect::<Vec<_>>(),
    });
    match &entry.what {
        EntryKind::Rest(rest) => {
            rendered["kind"] = json!("request");
            rendered["method"] = json!(rest.method);
            rendered["target"] = json!(rest.target);
            let known = rest.operation.map(|operation| operation.as_str());
            rendered["operation"] = json!(known.or(rest.custom_operation.as_deref()));
            rendered["body"] = text(&rest.body);
            rendered["mocked"] = json!(rest.answered_by != AnsweredBy::Gws);
            rendered["exception"] = json!(rest.rest_fault.map(|rest_fault| rest_fault.as_str()));
            rendered["rule"] = json!(rest.done.map(|rule| rule.id));
            rendered["ending"] = ending(&rest.ending);
            if let Some(at) = rest.hung_up {
                rendered["hungUpAtMilliseconds"] = milliseconds(at);
            }
        }
        EntryKind::Push(push) => {
            rendered["kind"] = json!("bayeux");
            rendered["messages"] = json!(push.messages);
            rendered["held"] = json!(push.held);
            rendered["ending"] = ending(&push.ending);
        }
        EntryKind::Notification(notified) => {
            rendered["kind"] = json!("notification");
            rendered["channel"] = json!(notified.channel);
            rendered["rule"] = json!(notified.kind.map(|kind| kind.rule.id));
            let mut data = notified.data();
            hide_in(&mut data);
            rendered["data"] = data;
            let delivered =
                notified.receipts.iter().filter(|receipt| receipt.delivered.is_some()).count();
            rendered["clients"] = json!(notified.receipts.len());
            rendered["delivered"] = json!(delivered);
            let lost = notified.receipts.iter().filter(|receipt| receipt.lost.is_some()).count();
            rendered["lost"] = json!(lost);
        }
        EntryKind::Refused { reason } => {
            rendered["kind"] = json!("refused");
            rendered["reason"] = json!(reason);
        }
        EntryKind::Remark(remark) => {
            rendered["kind"] = json!("remark");
            rendered["text"] = json!(remark);
        }
    }
    rendered
}

fn violation(violation: &Violation, exemptions: &Exemptions) -> Value {
    json!({
        "rule": violation.rule.id,
        "verdict": match exemptions.verdict(violation) {
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

fn milliseconds(at: Duration) -> Value {
    json!(at.as_secs_f64() * 1000.0)
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
    let text = || json!(String::from_utf8_lossy(bytes));
    let mut value = serde_json::from_slice(bytes).unwrap_or_else(|_| text());
    hide_in(&mut value);
    value
}

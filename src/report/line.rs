//! One line of the timeline: what an entry says of itself.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use crate::contract::check::cut;
use crate::contract::visible::visible;
use crate::engine::delivery::push_faults::{EventFault, PushFault};
use crate::engine::log::timeline::{AnsweredBy, Ending, Entry, EntryKind, Notified, Push, Rest};
use crate::engine::log::verdict::Exemptions;
use crate::report::undelivered::loss;
use crate::rules::{Verdict, Violation};

/// Values that are longer are cut in the middle.
pub(super) const LONG: usize = 100;

/// The number of messages of one request that are named.
const NAMED: usize = 20;

/// One line of the timeline, by what is known of the exemptions by now.
pub(crate) fn line(entry: &Entry, exemptions: &Exemptions) -> String {
    line_of(entry, exemptions, |violation| exemptions.hold_against(violation))
}

pub(super) fn line_of(
    entry: &Entry,
    exemptions: &Exemptions,
    is_held: impl Fn(&Violation) -> bool,
) -> String {
    let user = entry.user.as_deref().unwrap_or("-");
    let mut line = format!("{:>10}  {user:<3} ", moment(entry.at));
    match &entry.what {
        EntryKind::Rest(rest) => describe_rest(&mut line, rest),
        EntryKind::Push(push) => describe_push(&mut line, entry.at, push),
        EntryKind::Notification(notified) => describe_notification(&mut line, entry.at, notified),
        EntryKind::Refused { reason } => {
            let _ = write!(line, "no HTTP request: {reason}");
        }
        EntryKind::Remark(remark) => line.push_str(&cut(remark, 2 * LONG)),
    }
    let marked = entry.violations.iter().map(|violation| {
        let mark = match exemptions.verdict(violation) {
            Verdict::Note => "note",
            Verdict::Violation if is_held(violation) => "✗",
            Verdict::Violation => "allowed",
        };
        (mark, violation.rule.id)
    });
    let mut marked = marked.peekable();
    while let Some((mark, rule)) = marked.next() {
        let mut times = 1;
        while marked.next_if_eq(&(mark, rule)).is_some() {
            times += 1;
        }
        let _ = write!(line, "  {mark} {rule}");
        if times > 1 {
            let _ = write!(line, " ({times} times)");
        }
    }
    visible(&line).into_owned()
}

fn describe_rest(line: &mut String, rest: &Rest) {
    let target = cut(&rest.target, LONG);
    let _ = write!(line, "{} {target}", rest.method);
    let operation = rest.operation.map(|operation| operation.as_str());
    if let Some(operation) = operation.or(rest.custom_operation.as_deref()) {
        let _ = write!(line, " {operation}");
    }
    line.push_str(&ending(&rest.ending));
    if rest.operation.is_some()
        && let Some(rule) = rest.done
    {
        let _ = write!(line, " ({})", rule.id);
    }
    line.push_str(match rest.answered_by {
        AnsweredBy::Gws => "",
        AnsweredBy::Mock => " (mock)",
        AnsweredBy::Scenario => " (scenario)",
        AnsweredBy::CustomContract => " (custom contract)",
    });
    match rest.rest_fault {
        Some(rest_fault) if matches!(rest.ending, Ending::Open) => {
            let _ = write!(line, "  {} injected", rest_fault.as_str());
        }
        Some(rest_fault) => {
            let _ = write!(line, "  {}", rest_fault.outcome());
        }
        None => {}
    }
    if let Some(at) = rest.hung_up {
        let _ = write!(line, "; the client hung up at {}", moment(at));
    }
}

fn describe_push(line: &mut String, began: Duration, push: &Push) {
    line.push_str(&messages(push));
    match &push.ending {
        Ending::Open if push.held => line.push_str("  held"),
        Ending::Answered { at, .. } if push.held => {
            let _ = write!(line, "  held {}{}", span(*at - began), ending(&push.ending));
        }
        other => line.push_str(&ending(other)),
    }
}

fn describe_notification(line: &mut String, at: Duration, notified: &Notified) {
    let data = notified.data();
    let _ = write!(line, "<- {}", cut(&notified.channel, LONG));
    for field in ["/notificationType", "/smssession/state", "/smssession/supervisorMode"] {
        if let Some(value) = data.pointer(field).and_then(Value::as_str) {
            let _ = write!(line, " {}", cut(value, LONG));
        }
    }
    let arrived = notified.receipts.iter().filter_map(|receipt| receipt.delivered);
    if let Some(kind) = notified.kind {
        let _ = write!(line, " ({})", kind.rule.id);
    }
    if let Some(fault) = notified.fault {
        let _ = write!(line, "  {}", fault.outcome());
    }
    let mut lost: Vec<&str> = notified
        .receipts
        .iter()
        .filter_map(|receipt| receipt.lost)
        .map(|(_, how)| loss(how))
        .collect();
    lost.dedup();
    match arrived.min() {
        _ if matches!(
            notified.fault,
            Some(PushFault::Event(EventFault::Lose | EventFault::Never))
        ) => {}
        _ if notified.receipts.is_empty() => line.push_str("  to nobody: no client has subscribed"),
        None if !lost.is_empty() => {}
        None => line.push_str("  not delivered yet"),
        Some(delivered) => {
            let _ = write!(line, "  delivered after {}", span(delivered.saturating_sub(at)));
            let again = notified.receipts.iter().map(|receipt| receipt.again).max();
            if let Some(again @ 1..) = again
                && notified.fault != Some(PushFault::Event(EventFault::Duplicate))
            {
                let times = if again == 1 { "once".to_owned() } else { format!("{again} times") };
                let _ = write!(line, ", and again {times}, since it was not acknowledged");
            }
        }
    }
    for how in lost {
        let _ = write!(line, "  LOST {how}");
    }
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Open => "  not answered yet".to_owned(),
        Ending::Cut { at } => format!("  cut at {}", moment(*at)),
        Ending::HungUp { at } => format!("  the client hung up at {}", moment(*at)),
        Ending::Answered { status, .. } => {
            let code = ending.status_code();
            code.map_or(format!("  {status}"), |code| format!("  {status} statusCode {code}"))
        }
    }
}

/// The first messages of a request of the push side, each in a word or two, and the number of the others.
pub(super) fn messages(push: &Push) -> String {
    let shown = push.messages.iter().take(NAMED).map(|message| cut(message, LONG));
    let mut messages = shown.collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = push.messages.len().checked_sub(NAMED) {
        let _ = write!(messages, ", and {more} more");
    }
    messages
}

pub(super) fn moment(at: Duration) -> String {
    format!("+{}", span(at))
}

fn span(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1000.0)
}

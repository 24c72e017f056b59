//! The exercised parts of the contract, as the timeline shows them.
//!
//! The rule of this file: what counts is what passed between the clients under test and the fake itself. An operation, a
//! parameter and a value are covered when GWS decided on the request: took it, or refused it as things stood. What is
//! refused for its form or its caller covers an error code, and no more. A state or a notification is covered when it was
//! shown to a client: in an answer, or in an event that found a client and was not lost. What a test's own mock or resource
//! answers, what a test tells clients itself, and what its users do without HTTP, covers nothing.

use serde_json::Value;

use crate::contract::properties::properties;
use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::log::coverage::{CoverageNames, PointKind, WHOLE, enum_value, parameter};
use crate::engine::log::timeline::{
    AnsweredBy, Ending, Entry, EntryKind, Notified, Rest, Timeline,
};
use crate::gws::aliases;
use crate::gws::status::{ErrorCode, Refusal};

/// The names of the parts of the contract that were exercised.
pub(crate) fn exercised(timeline: &Timeline, faults: &InjectedFaults) -> CoverageNames {
    let mut names = CoverageNames::default();
    for entry in timeline.entries() {
        of_entry(entry, &mut names);
    }
    for fault in faults.all().filter(|fault| fault.triggered > 0) {
        names.add(PointKind::Faults, fault.fault.as_str());
    }
    names.divided_by(&WHOLE).0
}

/// The names of the parts that an entry exercised which is about to be dropped.
pub(crate) fn by_entry(entry: &Entry) -> CoverageNames {
    let mut names = CoverageNames::default();
    of_entry(entry, &mut names);
    names.divided_by(&WHOLE).0
}

fn of_entry(entry: &Entry, names: &mut CoverageNames) {
    match &entry.what {
        EntryKind::Rest(rest) => of_request(rest, names),
        EntryKind::Push(push) => of_answer(&push.ending, &body(&push.ending), names),
        EntryKind::Notification(notified) => of_notification(notified, names),
        EntryKind::Refused { .. } => of_refused(entry, names),
        EntryKind::Remark(_) => {}
    }
}

fn of_request(rest: &Rest, names: &mut CoverageNames) {
    // A test's own resource has no schema.
    if rest.answered_by != AnsweredBy::Gws || rest.schema.is_empty() {
        return;
    }
    let answer = body(&rest.ending);
    of_answer(&rest.ending, &answer, names);
    of_sessions(&answer, names);
    if rest.decided
        && let Some(operation) = rest.operation
    {
        names.add(PointKind::Operations, operation.as_str());
        let mut body: Value = serde_json::from_slice(&rest.body).unwrap_or_default();
        aliases::parameters(operation.as_str(), &mut body);
        for property in properties(operation.request_schema()) {
            let Some(got) = body.get(property.name) else { continue };
            let parameter = parameter(operation, property.name);
            if let Some(value) = property.values.iter().find(|value| got == **value) {
                names.add(PointKind::EnumValues, enum_value(&parameter, value));
            }
            names.add(PointKind::Parameters, parameter);
        }
    }
}

/// The error code of an answer, if it has one.
fn of_answer(ending: &Ending, body: &Value, names: &mut CoverageNames) {
    let Ending::Answered { status: http, .. } = *ending else { return };
    let status_code =
        body.get("statusCode").and_then(Value::as_u64).and_then(|code| u8::try_from(code).ok());
    names.add(PointKind::ErrorCodes, ErrorCode { status_code, http }.to_string());
}

fn body(ending: &Ending) -> Value {
    match ending {
        Ending::Answered { body, .. } => serde_json::from_slice(body).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// Adds the error codes of bytes that were refused before they were a request: they are answered without GWS's
/// envelope.
fn of_refused(entry: &Entry, names: &mut CoverageNames) {
    let refusals = entry.violations.iter().filter_map(|violation| Refusal::of(violation.rule));
    for Refusal { status_code, http, .. } in
        refusals.filter(|refusal| refusal.status_code.is_none())
    {
        names.add(PointKind::ErrorCodes, ErrorCode { status_code, http }.to_string());
    }
}

fn of_notification(notified: &Notified, names: &mut CoverageNames) {
    let Some(kind) = notified.kind else { return };
    if notified.receipts.iter().any(|receipt| receipt.lost.is_none()) {
        names.add(PointKind::NotificationKinds, kind.as_str());
        of_sessions(&notified.data(), names);
    }
}

/// The states of the sessions that an answer or a notification shows.
fn of_sessions(shown: &Value, names: &mut CoverageNames) {
    let several = shown.get("smssessions").and_then(Value::as_array);
    for session in several.into_iter().flatten().chain(shown.get("smssession")) {
        if let Some(state) = session.get("state").and_then(Value::as_str) {
            names.add(PointKind::States, state);
        }
    }
}

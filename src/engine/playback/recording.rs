//! The requests, answers and events of a fake, as a scenario.

use serde_json::{Value, json};

use crate::contract::secrets::{hidden, hide_in};
use crate::contract::template::{all_escaped, escaped};
use crate::engine::delivery::push_faults::{EventFault, PushFault};
use crate::engine::log::timeline::{self, Ending, Entry, RecordedFault};
use crate::engine::rest::validate::is_probe;
use crate::engine::snapshot::Snapshot;
use crate::scenario::record::{Known, Recorded, RecordedEvent, content, scenario};
use crate::scenario::step::{BayeuxMessage, Scenario};

/// The scenario so far: all that has been answered. `url` is the fake's address.
pub(crate) fn recorded(snapshot: &Snapshot, url: &str) -> Scenario {
    let entries = snapshot.timeline.entries().flat_map(|entry| of_entry(snapshot, entry));
    let recorded: Vec<Recorded> =
        entries.chain(snapshot.timeline.injected().iter().filter_map(of_order)).collect();
    scenario(incomplete(snapshot), &recorded, &known(snapshot, url))
}

/// The title of a recording that does not begin at the beginning.
fn incomplete(snapshot: &Snapshot) -> Option<String> {
    match snapshot.timeline.dropped().entries {
        0 => None,
        dropped => Some(format!(
            "incomplete: {dropped} older entries of the timeline were dropped; record with builder().timeline_limit(..)"
        )),
    }
}

/// The address, and the ids of users and sessions, as names: `s1` for the id of `s1`, `session` for that of the first one.
fn known(snapshot: &Snapshot, url: &str) -> Known {
    let mut known = vec![("url".to_owned(), url.to_owned())];
    for user in snapshot.world.users() {
        let name = name_for(&user.user_name, &known);
        known.push((name, user.id.clone()));
    }
    let mut sessions: Vec<String> = Vec::new();
    for entry in snapshot.timeline.entries() {
        let session = match &entry.what {
            timeline::EntryKind::Rest(rest) => rest.session.clone(),
            timeline::EntryKind::Notification(notification) => notification
                .data()
                .pointer("/smssession/id")
                .and_then(Value::as_str)
                .map(str::to_owned),
            _ => None,
        };
        sessions.extend(session.filter(|session| !sessions.contains(session)));
    }
    let numbered = sessions.iter().enumerate();
    known.extend(numbered.map(|(index, id)| {
        let name = if index == 0 { "session".to_owned() } else { format!("session-{}", index + 1) };
        (name, (*id).to_owned())
    }));
    known
}

/// A user name as a name of a scenario, which none of the others has.
fn name_for(user_name: &str, others: &Known) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let mut name: String = user_name.chars().map(plain).collect();
    let taken = |name: &str| others.iter().any(|(other, _)| other == name);
    while name.is_empty() || name.starts_with("session") || taken(&name) {
        name.insert_str(0, "user-");
    }
    name
}

/// Returns the call that injects the fault again. A fault of events or of their order is recorded by its effect.
fn of_order(injected: &RecordedFault) -> Option<Recorded> {
    let RecordedFault { began, at, user, fault } = injected;
    if matches!(fault, PushFault::Event(_) | PushFault::Order(_)) {
        return None;
    }
    let mut with = json!({ "user": user, "fault": fault.as_str() });
    if let Some(span) = fault.span() {
        with["milliseconds"] = json!(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
    }
    let what = RecordedEvent::Test { call: "fault".to_owned(), with };
    Some(Recorded { began: *began, ended: *began, at: *at, group: None, what })
}

/// The number of times that an event was sent, by the fault that was injected into it.
fn times(fault: Option<PushFault>) -> usize {
    match fault {
        Some(PushFault::Event(EventFault::Lose | EventFault::Never)) => 0,
        Some(PushFault::Event(EventFault::Duplicate)) => 2,
        _ => 1,
    }
}

/// Returns a body as it stands in a scenario.
fn shown(body: &[u8]) -> Option<Value> {
    let mut content = content(body)?;
    hide_in(&mut content);
    Some(all_escaped(content))
}

fn of_entry(snapshot: &Snapshot, entry: &Entry) -> Vec<Recorded> {
    let at = entry.at;
    let began = entry.began;
    let group = entry.group;
    let recorded = |ended, what| Recorded { began, ended, at, group, what };
    match &entry.what {
        timeline::EntryKind::Rest(rest) => {
            let (Some(ended), Ending::Answered { status, body, .. }) = (entry.ended, &rest.ending)
            else {
                return Vec::new();
            };
            let is_own = rest.answered_by == timeline::AnsweredBy::Gws;
            if is_own && is_probe(&rest.method, &rest.target) {
                return Vec::new();
            }
            let what = RecordedEvent::Request {
                by: entry.user.clone(),
                method: rest.method.clone(),
                path: escaped(&rest.target),
                body: shown(&rest.body),
                status: *status,
                answer: shown(body),
            };
            vec![recorded(ended, what)]
        }
        timeline::EntryKind::Push(push) => {
            let (Some(ended), Some(by), Ending::Answered { status: 200, at, .. }) =
                (entry.ended, &entry.user, &push.ending)
            else {
                return Vec::new();
            };
            let sent = push
                .sent
                .iter()
                .filter(|sent| **sent != BayeuxMessage::Connect || !push.had_events)
                .map(|message| {
                    let mut message = message.clone();
                    match &mut message {
                        BayeuxMessage::Publish { data: Some(data), .. } => hide_in(data),
                        BayeuxMessage::Subscribe { channels }
                        | BayeuxMessage::Unsubscribe { channels } => {
                            channels.iter_mut().for_each(|name| *name = hidden(name).into_owned());
                        }
                        _ => {}
                    }
                    let is_connect = message == BayeuxMessage::Connect;
                    let what = RecordedEvent::Bayeux { by: by.clone(), message };
                    if is_connect {
                        // What counts of a connect is that it ended without an event.
                        Recorded { began: ended, ended, at: *at, group: None, what }
                    } else {
                        recorded(ended, what)
                    }
                });
            sent.collect()
        }
        timeline::EntryKind::Notification(notified) => {
            let all = || snapshot.world.users().map(|user| user.user_name.clone()).collect();
            let to: Vec<String> =
                notified.to.as_deref().map_or_else(all, |to| vec![snapshot.world.name(to)]);
            let push = |to: String| {
                let channel = notified.channel.clone();
                let mut data = notified.data();
                hide_in(&mut data);
                let data = all_escaped(data);
                recorded(entry.began, RecordedEvent::Push { to, channel, data })
            };
            let pushes = to.into_iter().map(push);
            pushes.flat_map(|push| vec![push; times(notified.fault)]).collect()
        }
        timeline::EntryKind::Refused { .. } | timeline::EntryKind::Remark(_) => Vec::new(),
    }
}

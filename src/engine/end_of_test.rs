//! The unfinished work of clients at the end of a test.
//!
//! The rule of this file: a finding here is a note, and a violation only where the test has asked for whole sessions.
//!
//! Rules: never-connected, never-disconnected, only-polling, invitation-unanswered, supervision-unfinished, event-uncollected.

use std::collections::BTreeMap;

use crate::bayeux::session::ClientId;
use crate::engine::log::timeline::{Notified, Receipt};
use crate::engine::log::verdict::Incomplete;
use crate::engine::snapshot::{KnownClient, OpenSession, Snapshot};
use crate::gws::notification::TOPIC;
use crate::gws::participant::Role;
use crate::gws::transition;
use crate::rules::{Violation, rule, rules};

/// The number of requests for its sessions from which on a client is polling.
const POLLS: usize = 3;

/// All that is undone by now, in the order of the users' names and of the rules, since clientIds have none that means anything;
/// `require_complete_sessions` makes violations of it.
pub(crate) fn incomplete(snapshot: &Snapshot) -> Vec<Incomplete> {
    let mut undone = Vec::new();
    let mut find = |user: &str, violation: Violation| {
        let user = snapshot.world.name(user);
        let violation =
            if snapshot.require_complete_sessions { violation } else { violation.note() };
        undone.push(Incomplete { user, violation });
    };
    for (client, session) in &snapshot.sessions {
        let client = snapshot.clients.get(client);
        if client.is_some_and(|client| client.has_left) {
            continue;
        }
        let has_connected = client.is_some_and(|client| client.has_connected);
        let broken = if has_connected { disconnect() } else { connect() };
        find(&session.owner, broken);
        if let Some(uncollected) = uncollected(session) {
            find(&session.owner, uncollected);
        }
    }
    for client in
        snapshot.clients.values().filter(|client| client.has_left && !client.has_connected)
    {
        find(&client.owner, connect());
    }
    for (user, former) in &snapshot.former_clients {
        (0..former.never_connected).for_each(|_| find(user, connect()));
    }
    for (user, session) in invited(snapshot) {
        find(&user, unanswered(&session));
    }
    for (user, session) in supervised(snapshot) {
        find(user, unfinished(session));
    }
    for (user, polls) in polls(snapshot) {
        find(&user, polling(polls));
    }
    // Nothing that was drawn decides the order; what causes other things stands before them, as in the table of rules.
    let place =
        |incomplete: &Incomplete| rules().position(|rule| rule.id == incomplete.violation.rule.id);
    undone.sort_by_cached_key(|incomplete| {
        (incomplete.user.clone(), place(incomplete), incomplete.violation.got.to_string())
    });
    undone
}

const PLACE: &str = "at the end";

fn connect() -> Violation {
    let broken = const { rule("never-connected") };
    Violation::new(broken, PLACE, "a handshake and no connect", "a connect after the handshake")
        .hint("start the loop of connects: without it nothing is delivered")
}

fn disconnect() -> Violation {
    let broken = const { rule("never-disconnected") };
    Violation::new(broken, PLACE, "a session that is still open", "a disconnect")
        .hint("send /meta/disconnect when the client ends")
}

fn uncollected(session: &OpenSession) -> Option<Violation> {
    let waiting = session.pending.len();
    let broken = const { rule("event-uncollected") };
    let got = format!("{waiting} that no connect has collected");
    let violation = Violation::new(broken, PLACE, got, "no event that still waits");
    (waiting > 0).then(|| violation.hint("connect again after each answer to a connect"))
}

fn unanswered(session: &str) -> Violation {
    let broken = const { rule("invitation-unanswered") };
    let got = format!("the session {session} still Invited");
    Violation::new(broken, PLACE, got, "Accept or Reject").hint("answer the invitation")
}

fn unfinished(session: &str) -> Violation {
    let broken = const { rule("supervision-unfinished") };
    let got = format!("a supervisor who has signed out is still in the session {session}");
    Violation::new(broken, PLACE, got, "Leave before the client ends")
        .hint("send Leave in each session that the supervisor has joined, and then disconnect")
}

fn polling(polls: usize) -> Violation {
    let broken = const { rule("only-polling") };
    let got = format!("{polls} GETs of sessions, and no handshake");
    Violation::new(broken, PLACE, got, "a CometD client that has subscribed")
        .hint("handshake at /api/v2/notifications and subscribe to /v2/me/smssessions")
}

/// By user with a CometD client, the session that its latest notification shows as Invited. Where the timeline has dropped
/// notifications, the world says who is invited and was told so.
fn invited(snapshot: &Snapshot) -> Vec<(String, String)> {
    if snapshot.timeline.dropped().entries > 0 {
        let listens = |user: &str| {
            snapshot.clients.values().any(|client| client.owner == user && client.has_connected)
                || snapshot.former_clients.get(user).is_some_and(|former| former.have_connected)
        };
        let sessions = snapshot.world.sessions();
        let parties = sessions
            .flat_map(|session| session.parties.iter().map(move |party| (party, &session.id)));
        let invited = parties.filter(|(party, _)| {
            let reached_one =
                party.state == transition::State::Invited && party.state_changed.is_some();
            reached_one && listens(&party.user)
        });
        return invited.map(|(party, session)| (party.user.clone(), session.clone())).collect();
    }
    let mut latest = BTreeMap::new();
    for (number, notified) in snapshot.timeline.notifications() {
        let (Notified { to, channel, receipts, .. }, data) = (notified, notified.data());
        let text = |pointer| data.pointer(pointer).and_then(|pointer| pointer.as_str());
        let (Some(user), Some(session)) = (to, text("/smssession/id")) else { continue };
        if channel != TOPIC {
            continue;
        }
        let Some(is) = text("/smssession/state") else { continue };
        let waits = |client: &str| {
            snapshot.sessions.get(client).is_some_and(|session| session.pending.contains(&number))
        };
        let reached = |receipt: &Receipt| receipt.lost.is_none() && !waits(&receipt.client);
        let reached_one =
            receipts.iter().any(|receipt| receipt.delivered.is_some() || reached(receipt));
        // One that did not arrive changes nothing for whoever was told before.
        if reached_one {
            latest.insert((user.clone(), session.to_owned()), is == "Invited");
        }
    }
    // An invitation that arrived late may have been answered by then.
    let is_open = |(user, session): &(String, String)| {
        let party = snapshot.world.session(session).and_then(|session| session.party(user));
        let waits = party.is_none_or(|party| party.state == transition::State::Invited);
        waits && !snapshot.world.has_forgotten(session)
    };
    let invited = latest.into_iter().filter(|(_, invited)| *invited).map(|(which, _)| which);
    invited.filter(is_open).collect()
}

/// By supervisor who was signed in and has no client any more, the sessions that he has joined in the test and not left.
fn supervised(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &str)> {
    let is_signed_out = |user: &str| {
        let clients = || snapshot.clients.iter().filter(|(_, client)| client.owner == user);
        let is_there = |id: &ClientId, client: &KnownClient| {
            !client.has_left && snapshot.sessions.contains_key(id)
        };
        let was_there = clients().next().is_some()
            || snapshot.former_clients.contains_key(user)
            || snapshot.signed_out.contains(user);
        was_there && !clients().any(|(id, client)| is_there(id, client))
    };
    let parties = snapshot
        .world
        .sessions()
        .flat_map(|session| session.parties.iter().map(move |party| (party, &session.id)));
    let joined = parties.filter(|(party, _)| {
        let is_supervisor = matches!(party.role, Role::Supervisor(_));
        is_supervisor && party.participant.is_some() && party.state_changed.is_some()
    });
    joined
        .filter(move |(party, _)| is_signed_out(&party.user))
        .map(|(party, session)| (party.user.as_str(), session.as_str()))
}

/// By user without a CometD client, how often he has asked for sessions, where that is often.
fn polls(snapshot: &Snapshot) -> Vec<(String, usize)> {
    let mut polls: BTreeMap<String, usize> = BTreeMap::new();
    for entry in snapshot.timeline.entries() {
        let Some(rest) = entry.rest().filter(|rest| rest.method == "GET") else { continue };
        let user = entry.user.as_deref().and_then(|name| snapshot.world.user_named(name));
        let asks = rest.target.starts_with("/api/v2/me/smssessions");
        if asks && let Some(user) = user {
            *polls.entry(user.id.clone()).or_default() += 1;
        }
    }
    let listens = |user: &str| {
        snapshot.clients.values().any(|client| client.owner == user)
            || snapshot.former_clients.contains_key(user)
    };
    polls.into_iter().filter(|(user, polls)| *polls >= POLLS && !listens(user)).collect()
}

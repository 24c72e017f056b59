//! The events of a session without a request: the customer's doing, routing, and the chat backend. A test causes them.
//!
//! Rules of what is told: state-offered, state-withdrawn, customer-gone, message-index.

use serde_json::Map;

use crate::gws::membership::{offer, release_where_nobody_is, set_state, tell_status};
use crate::gws::message::MessageKind;
use crate::gws::notification::Notification;
use crate::gws::outcome::Refused;
use crate::gws::participant::{Participant, Role, Visibility};
use crate::gws::refusal::{OWN_SESSION_IN_PATH, unknown_session};
use crate::gws::session::{Session, UserData};
use crate::gws::timestamp::{Timestamp, timestamp};
use crate::gws::transition::{Cause, Company, State, next};
use crate::gws::world::{Backend, World};
use crate::rules::{Rule, rule};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExternalEvent {
    CustomerWrites {
        session: String,
        text: String,
    },
    CustomerTypes {
        session: String,
    },
    CustomerStopsTyping {
        session: String,
    },
    CustomerLeaves {
        session: String,
    },
    /// A session is offered to the user of that id: the one of that id, or a new one.
    Routed {
        user: String,
        session: Option<String>,
        customer: String,
    },
    /// The offer to the user is taken back.
    Revoked {
        user: String,
        session: String,
    },
    BackendDown,
    BackendUp,
}

/// The result of an external event.
#[derive(Debug)]
pub(crate) struct Effect {
    /// In words, for the timeline.
    pub(crate) what: String,
    /// The rule that says what it brings about.
    pub(crate) rule: &'static Rule,
    /// The session's id, where there is one.
    pub(crate) session: Option<String>,
    pub(crate) notifications: Vec<Notification>,
}

/// The nickname of a customer of whom nothing else is said (documented: the samples).
pub(crate) const CUSTOMER: &str = "PersonP";

/// Marks what a test did as nobody's request.
pub(crate) const TEST: &str = "the test";

/// Makes it happen; or says why it cannot.
pub(crate) fn act(
    world: &mut World,
    event: &ExternalEvent,
    now: Timestamp,
) -> Result<Effect, String> {
    match event {
        ExternalEvent::CustomerWrites { session, text } => {
            let what = format!("the customer of {session} writes {text:?}");
            customer_sends(world, session, MessageKind::Text, Some(text), what, now)
        }
        ExternalEvent::CustomerTypes { session } => {
            let what = format!("the customer of {session} types");
            customer_sends(world, session, MessageKind::TypingStarted, None, what, now)
        }
        ExternalEvent::CustomerStopsTyping { session } => {
            let what = format!("the customer of {session} types no more");
            customer_sends(world, session, MessageKind::TypingStopped, None, what, now)
        }
        ExternalEvent::CustomerLeaves { session } => customer_leaves(world, session, now),
        ExternalEvent::Routed { user, session, customer } => {
            route(world, user, session.as_deref(), customer, now)
        }
        ExternalEvent::Revoked { user, session } => revoke(world, user, session, now),
        ExternalEvent::BackendDown => {
            Ok(set_backend(world, Backend::Down, "the chat backend is down"))
        }
        ExternalEvent::BackendUp => Ok(set_backend(world, Backend::Up, "the chat backend is up")),
    }
}

fn customer_sends(
    world: &mut World,
    id: &str,
    kind: MessageKind,
    text: Option<&String>,
    what: String,
    now: Timestamp,
) -> Result<Effect, String> {
    let from = customer_of(world, id)?;
    let (session, mut outbox) = world.open(id);
    let message = session.log(kind, from, Visibility::All, text.cloned(), now);
    outbox.message_to_all(session, &message);
    let notifications = outbox.sent(session, Some(TEST));
    let rule = const { rule("notification-new-messages") };
    Ok(Effect { what, rule, session: Some(id.to_owned()), notifications })
}

/// The customer is gone: who is in the conversation is told of the participants without one (client), and of the log.
fn customer_leaves(world: &mut World, id: &str, now: Timestamp) -> Result<Effect, String> {
    customer_of(world, id)?;
    let (session, mut outbox) = world.open(id);
    if let Some(left) = session.customer_departs(now) {
        outbox.participants_changed(session, "", left.visibility, std::slice::from_ref(&left));
    }
    let notifications = outbox.sent(session, Some(TEST));
    let what = format!("the customer of {id} leaves");
    let rule = const { rule("customer-gone") };
    Ok(Effect { what, rule, session: Some(id.to_owned()), notifications })
}

fn customer_of(world: &World, id: &str) -> Result<Participant, String> {
    let Some(session) = world.session(id) else {
        return Err(in_words(unknown_session(world, id, "session").into()));
    };
    session.customer().cloned().ok_or_else(|| {
        format!("session {id}: got no customer in it, want one; the customer has left, or the session is over")
    })
}

/// Offers a session to a user, in the place in a queue that it has waited in longest, if any.
fn route(
    world: &mut World,
    user: &str,
    id: Option<&str>,
    customer: &str,
    now: Timestamp,
) -> Result<Effect, String> {
    let id = match id {
        Some(id) => id.to_owned(),
        None => begin(world, customer, now),
    };
    if world.session(&id).is_none() {
        return Err(in_words(unknown_session(world, &id, "session").into()));
    }
    let name = world.name(user);
    let (session, mut outbox) = world.open(&id);
    let handled = session.agents().next().is_some() && session.queued.is_empty();
    let offered =
        session.parties.iter().any(|party| party.is_agent() && party.state == State::Invited);
    if handled || offered {
        return Err(format!(
            "session {id}: got one that an agent has or is offered, want one that waits in a queue, or that nobody has"
        ));
    }
    let from = session.party(user).map(|party| party.state);
    let Some((to, _)) = next(Cause::Offered, from, Company::Together) else {
        let state = from.map_or("not in the session", |state| state.as_str());
        return Err(format!(
            "session {id}: got {name} in state {state}, want a user who is not in it"
        ));
    };
    let queued = if session.queued.is_empty() { None } else { Some(session.queued.remove(0)) };
    let (role, by) = queued.map_or((Role::Agent, None), |queued| (queued.role, Some(queued.by)));
    offer(session, &mut outbox, user, role, to, by.as_deref());
    let notifications = outbox.sent(session, Some(TEST));
    let what = format!("session {id} is routed to {name}");
    let rule = const { rule("state-offered") };
    Ok(Effect { what, rule, session: Some(id), notifications })
}

/// A customer begins a conversation.
fn begin(world: &mut World, customer: &str, now: Timestamp) -> String {
    let id = world.next_session_id();
    let mut session = Session {
        id: id.clone(),
        received_date: timestamp(now),
        chat_type: "Inbound".to_owned(),
        user_data: UserData::of(Map::new()),
        parties: Vec::new(),
        participants: Vec::new(),
        messages: Vec::new(),
        last_index: 0,
        queued: Vec::new(),
    };
    let participant = Participant {
        id: world.next_participant_id(),
        nickname: customer.to_owned(),
        user: None,
        visibility: Visibility::All,
    };
    session.join("", participant, now);
    world.add_session(session);
    id
}

/// An invitation is withdrawn (analogy, client: the state Revoked).
fn revoke(world: &mut World, user: &str, id: &str, now: Timestamp) -> Result<Effect, String> {
    let Some(session) = world.session(id) else {
        return Err(in_words(unknown_session(world, id, "session").into()));
    };
    let name = world.name(user);
    let from = session.party(user).map(|party| party.state);
    let Some((to, _)) = next(Cause::Withdrawn, from, Company::Together) else {
        let got = from
            .map_or(", who is not in it".to_owned(), |from| format!(" in state {}", from.as_str()));
        return Err(format!("session {id}: got {name}{got}, want state Invited"));
    };
    let (session, mut outbox) = world.open(id);
    set_state(session, user, to);
    tell_status(session, &mut outbox, user, None);
    release_where_nobody_is(session, &mut outbox, now);
    let notifications = outbox.sent(session, Some(TEST));
    let what = format!("the invitation of {name} to {id} is withdrawn");
    let rule = const { rule("state-withdrawn") };
    Ok(Effect { what, rule, session: Some(id.to_owned()), notifications })
}

fn set_backend(world: &mut World, backend: Backend, what: &str) -> Effect {
    world.backend = backend;
    Effect {
        what: what.to_owned(),
        rule: const { rule("backend-down") },
        session: None,
        notifications: Vec::new(),
    }
}

/// A refusal for a test's eyes.
pub(crate) fn in_words(refused: Refused) -> String {
    let crate::rules::Violation { place, got, want, hint, rule, .. } = *refused.violation;
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    // A channel is at the same place of its path as a session.
    let place = match (&*place, rule.id) {
        (OWN_SESSION_IN_PATH, "channel-unknown" | "channel-state") => "channel",
        (OWN_SESSION_IN_PATH, _) => "session",
        (place, _) => place,
    };
    format!("{place}: got {got}, want {want}{hint} (rule {})", rule.id)
}

//! The conditions that barriers wait for: each is a try on the engine.

use std::collections::BTreeSet;

use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::log::timeline::Notified;
use crate::gws::notification::{TOPICS, meant_topic};
#[cfg(feature = "control")]
use crate::gws::operation::Operation;

/// A client of the user has a subscription that covers the channel.
pub(crate) fn subscribed(
    user: String,
    channel: String,
) -> impl FnMut(&mut Engine) -> Option<()> + Send {
    move |engine| {
        let mut sessions = engine.delivery.server.sessions().map(|(_, session)| session);
        let covers = sessions.any(|session| *session.owner == *user && session.covers(&channel));
        covers.then_some(())
    }
}

/// Returns the words for a user who has not subscribed to a channel: the subscriptions that there are instead, and the topic that
/// was probably meant.
pub(crate) fn not_subscribed(engine: &Engine, user: &str, channel: &str) -> String {
    let own = engine.delivery.server.sessions().filter(|(_, session)| *session.owner == *user);
    let others: BTreeSet<&str> = own.flat_map(|(_, session)| session.subscriptions()).collect();
    let mut words = format!("{} has not subscribed to {channel}", engine.rest.world.name(user));
    if !others.is_empty() {
        words += &format!(", but to {}", others.into_iter().collect::<Vec<_>>().join(", "));
    }
    let is_topic = TOPICS.contains(&channel) || channel.ends_with('*');
    if let Some(meant) = meant_topic(channel).filter(|_| !is_topic) {
        words += &format!("; did you mean {meant}?");
    }
    words
}

/// A connect of a client of the user is held, and the client is still there.
pub(crate) fn connect_held(user: String) -> impl FnMut(&mut Engine) -> Option<()> + Send {
    move |engine| {
        let there = |client: &ClientId| {
            engine
                .delivery
                .clients
                .get(client)
                .is_some_and(|client| engine.delivery.is_connected(client))
        };
        let mut sessions = engine.delivery.server.sessions();
        let held = sessions.any(|(client, session)| {
            *session.owner == *user && session.held.is_some() && there(client)
        });
        held.then_some(())
    }
}

/// The number of the next notification to the user that this has not found before, in the order in which they are published.
pub(crate) fn notified(user: String) -> impl FnMut(&mut Engine) -> Option<u64> + Send {
    let reader = format!("notifications to {user}");
    move |engine| {
        let read = engine.log.read_up_to.get(&reader).copied().unwrap_or_default();
        let to_user = |notified: &Notified| notified.to.as_deref().is_none_or(|to| to == user);
        let new = engine
            .log
            .timeline
            .after_entry(read)
            .find(|entry| entry.notified().is_some_and(to_user));
        let number = new?.number;
        Some(found(engine, &reader, number))
    }
}

/// The requests that a barrier waits for.
#[cfg(feature = "control")]
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) operation: Operation,
    /// The name of the user who sends it; `None`: anybody.
    pub(crate) by: Option<String>,
    /// The id of the session; `None`: any.
    pub(crate) session: Option<String>,
}

/// The number of the next request of that kind that this has not found before.
#[cfg(feature = "control")]
pub(crate) fn received(wanted: Wanted) -> impl FnMut(&mut Engine) -> Option<u64> + Send {
    let reader = format!("requests: {wanted:?}");
    move |engine| {
        let read = engine.log.read_up_to.get(&reader).copied().unwrap_or_default();
        let number = engine.log.timeline.after_entry(read).find_map(|entry| {
            let rest = entry.rest()?;
            let same = rest.operation == Some(wanted.operation)
                && (wanted.by.is_none() || wanted.by == entry.user)
                && (wanted.session.is_none() || wanted.session == rest.session);
            same.then_some(entry.number)
        })?;
        Some(found(engine, &reader, number))
    }
}

/// Remembers that an entry was found: the next one is another, and it is no longer one that nobody has asserted.
fn found(engine: &mut Engine, reader: &str, number: u64) -> u64 {
    engine.log.read_up_to.insert(reader.to_owned(), number);
    engine.log.asserted.insert(number);
    number
}

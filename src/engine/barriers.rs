//! What a barrier looks for: each is a try on the state, for [`until`](crate::server::wait::until).

use crate::bayeux::session::ClientId;
use crate::engine::delivery::push_client::PushClient;
use crate::engine::log::timeline::Notified;
#[cfg(feature = "control")]
use crate::gws::operation::Operation;
use crate::server::shared::State;

/// A client of the user has a subscription that covers the channel.
pub(crate) fn subscribed(
    user: String,
    channel: String,
) -> impl FnMut(&mut State) -> Option<()> + Send {
    move |state| {
        let mut sessions = state.push.sessions().map(|(_, session)| session);
        let covers = sessions.any(|session| *session.owner == *user && session.covers(&channel));
        covers.then_some(())
    }
}

/// A connect of a client of the user is held, and the client is still there.
pub(crate) fn connect_held(user: String) -> impl FnMut(&mut State) -> Option<()> + Send {
    move |state| {
        let there = |client: &ClientId| {
            state.push_clients.get(client).is_some_and(PushClient::is_connected)
        };
        let mut sessions = state.push.sessions();
        let held = sessions.any(|(client, session)| {
            *session.owner == *user && session.held.is_some() && there(client)
        });
        held.then_some(())
    }
}

/// The number of the next notification to the user that this has not found before, in the order in which they are published.
pub(crate) fn notified(user: String) -> impl FnMut(&mut State) -> Option<u64> + Send {
    let reader = format!("notifications to {user}");
    move |state| {
        let read = state.read_up_to.get(&reader).copied().unwrap_or_default();
        let to_user = |it: &Notified| it.to.as_deref().is_none_or(|to| to == user);
        let new = state.timeline.after_entry(read).find(|it| it.notified().is_some_and(to_user));
        let number = new?.number;
        Some(found(state, &reader, number))
    }
}

/// Which requests are waited for.
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
pub(crate) fn received(wanted: Wanted) -> impl FnMut(&mut State) -> Option<u64> + Send {
    let reader = format!("requests: {wanted:?}");
    move |state| {
        let read = state.read_up_to.get(&reader).copied().unwrap_or_default();
        let number = state.timeline.after_entry(read).find_map(|entry| {
            let rest = entry.rest()?;
            let same = rest.operation == Some(wanted.operation)
                && (wanted.by.is_none() || wanted.by == entry.user)
                && (wanted.session.is_none() || wanted.session == rest.session);
            same.then_some(entry.number)
        })?;
        Some(found(state, &reader, number))
    }
}

/// Remembers that an entry was found: the next one is another, and it is no longer one that nobody has asserted.
fn found(state: &mut State, reader: &str, number: u64) -> u64 {
    state.read_up_to.insert(reader.to_owned(), number);
    state.asserted.insert(number);
    number
}

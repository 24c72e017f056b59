//! Excuses: the refusals for which a client was not blamed, since it need not have known of a change. Each is given once.

use std::collections::BTreeMap;

use crate::engine::log::timeline::Timeline;
use crate::gws::identity::HttpSessions;
use crate::gws::session::StateChange;
use crate::rules::Rule;

/// The sender of a REST request, as far as it can be told from the other clients of its user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sender {
    /// A client with the cookie of this HTTP session.
    Cookie(String),
    /// The client that sends the credentials of this user, and no cookie.
    Credentials(String),
}

/// The excuse of a client that did not know of a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Excuse {
    sender: Sender,
    rule: &'static str,
    notification: u64,
}

/// The requests that were excused, each with the first one of its kind.
#[derive(Debug, Default)]
pub(crate) struct Excuses {
    excused: BTreeMap<Excuse, u64>,
}

impl Sender {
    /// Tells if an HTTP session is this client's. Whoever sends credentials only gets a new one each time.
    pub(super) fn has(&self, id: &str, http_sessions: &HttpSessions) -> bool {
        match self {
            Self::Cookie(own) => own == id,
            Self::Credentials(user) => {
                http_sessions.user(id) == Some(user) && http_sessions.is_left_behind(id)
            }
        }
    }
}

impl Excuses {
    /// Tells if a request is excused: the first one of its kind is, and those that may have been sent before its answer was read.
    pub(super) fn take(
        &mut self,
        timeline: &Timeline,
        sender: Sender,
        rule: &'static Rule,
        change: &StateChange,
        entry: u64,
    ) -> bool {
        let excuse = Excuse { sender, rule: rule.id, notification: change.notification };
        let first = *self.excused.entry(excuse).or_insert(entry);
        first == entry || !timeline.was_answered_before(first, entry)
    }
}

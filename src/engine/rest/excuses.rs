//! Excuses: the refusals for which a client was not blamed, since it need not have known of a change. Each is given once.

use crate::engine::ids::Ids;
use crate::engine::log::timeline::Timeline;
use crate::gws::identity::HttpSessions;
use crate::gws::recent::Recent;
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

/// The knowledge of whose an HTTP session is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies<'e> {
    pub(super) ids: &'e Ids,
    pub(super) http_sessions: &'e HttpSessions,
}

/// The excuse of a client that did not know of a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Excuse {
    sender: Sender,
    rule: &'static str,
    notification: u64,
}

/// The latest requests that were excused, each with the first one of its kind.
#[derive(Debug)]
pub(crate) struct Excuses {
    excused: Recent<Excuse, u64>,
}

/// The number of excuses that are remembered.
const REMEMBERED: usize = 1_000;

impl Default for Excuses {
    fn default() -> Self {
        Self { excused: Recent::of(REMEMBERED) }
    }
}

impl Sender {
    /// Tells if an HTTP session is this client's. Whoever sends credentials only gets a new one each time.
    pub(super) fn has(&self, id: &str, cookies: Cookies<'_>) -> bool {
        let Cookies { ids, http_sessions } = cookies;
        match self {
            Self::Cookie(own) => own == id,
            Self::Credentials(user) => {
                ids.is_of(id, user) && http_sessions.is_left_behind(id, user)
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
        let Some(&mut first) = self.excused.get_mut(&excuse) else {
            self.excused.insert(excuse, entry);
            return true;
        };
        first == entry || !timeline.was_answered_before(first, entry)
    }
}

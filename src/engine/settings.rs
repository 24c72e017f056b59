//! The settings of one fake, as far as its engine depends on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::bayeux::options::CometdOptions;
use crate::engine::delivery::push_faults::AnswerOrder;
use crate::fixture::contract::Contract;
use crate::fixture::load::Fixtures;
use crate::gws::operation::Operation;
use crate::gws::route::{Misspelt, PREFIX};
use crate::gws::status::Refusal;
use crate::gws::world::GwsOptions;
use crate::rules::{Rule, Verdict};

/// The settings of one fake.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) fixtures: Fixtures,
    pub(crate) contract: Contract,
    pub(crate) gws: GwsOptions,
    pub(crate) push: CometdOptions,
    pub(crate) cometd_path: String,
    /// The id of the user as whom a request without credentials is taken.
    pub(crate) anonymous: Option<String>,
    pub(crate) handshake_denial: HandshakeDenial,
    /// Requests that may change something carry the token of their HTTP session.
    pub(crate) csrf_protection: bool,
    pub(crate) order: AnswerOrder,
    pub(crate) misspelt: Misspelt,
    /// Something that a client has not finished at the end fails the test.
    pub(crate) require_complete_sessions: bool,
    /// statusCode and HTTP status by the id of the broken rule, where they are not the usual ones.
    pub(crate) answers: BTreeMap<&'static str, (u8, u16)>,
    /// The number of entries that the timeline keeps, besides those that are never dropped.
    pub(crate) timeline_limit: usize,
    /// Something writes down at the end what was exercised of the contract.
    pub(crate) is_covered: bool,
    /// The operations that count for the coverage; none: all of them.
    pub(crate) covered_operations: BTreeSet<Operation>,
    /// Somebody is shown each entry of the timeline.
    pub(crate) is_watched: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fixtures: Fixtures::default(),
            contract: Contract::default(),
            gws: GwsOptions::new(PREFIX.to_owned()),
            push: CometdOptions::default(),
            cometd_path: format!("{PREFIX}/notifications"),
            anonymous: None,
            handshake_denial: HandshakeDenial::Http,
            csrf_protection: false,
            order: AnswerOrder::AnswerFirst,
            misspelt: Misspelt::default(),
            require_complete_sessions: false,
            answers: BTreeMap::new(),
            timeline_limit: 100_000,
            is_covered: false,
            covered_operations: BTreeSet::new(),
            is_watched: false,
        }
    }
}

impl Settings {
    /// Tells if a path is of the push side. Every path below its base is: clients add `/handshake`, `/connect`, or a bare `/` (wire).
    pub(crate) fn is_push(&self, path: &str) -> bool {
        let below = path.strip_prefix(&*self.cometd_path);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }

    /// Returns the verdict on habits that GWS takes and that lose events or leave something behind.
    pub(crate) fn verdict_on_habits(&self) -> Verdict {
        if self.require_complete_sessions { Verdict::Violation } else { Verdict::Note }
    }

    /// Returns the answer to a broken rule, where the envelope of the REST side answers it.
    pub(crate) fn refusal(&self, rule: &Rule) -> Option<Refusal> {
        let default_refusal = Refusal::of(rule)?;
        Some(match self.answers.get(rule.id) {
            None => default_refusal,
            Some(&(status_code, http)) => {
                let message = if default_refusal.message.is_empty() {
                    "Refused"
                } else {
                    default_refusal.message
                };
                Refusal { status_code: Some(status_code), http, message, ..default_refusal }
            }
        })
    }
}

/// The form in which a handshake without credentials is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeDenial {
    /// As on the REST side: HTTP 403 with the envelope. Inferred.
    Http,
    /// In Bayeux: HTTP 200 with `403::Handshake denied` (wire, of a CometD server with a policy).
    Bayeux,
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Settings").finish_non_exhaustive()
    }
}

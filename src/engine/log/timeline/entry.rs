//! The entry of a timeline: one thing that happened, and what has become of it so far.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::event;
use crate::bayeux::io::Loss;
use crate::bayeux::session::ClientId;
use crate::engine::delivery::push_faults::PushFault;
use crate::engine::other_site::OtherSite;
use crate::engine::rest::rest_faults::RestFault;
use crate::gws::notification::NotificationKind;
use crate::gws::operation::Operation;
use crate::rules::{Rule, Violation};
use crate::scenario::step::BayeuxMessage;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Counts from 1 and is never used again.
    pub(crate) number: u64,
    pub(crate) at: Duration,
    /// The name of the user whose doing it is, or to whom it went.
    pub(crate) user: Option<String>,
    pub(crate) what: EntryKind,
    /// The violations and notes, worst first.
    pub(crate) violations: Vec<Violation>,
    /// The number of its beginning; `ended` is that of its end, if it is a request that has ended. Both count all
    /// beginnings and ends.
    pub(crate) began: u64,
    pub(crate) ended: Option<u64>,
    /// The page that sent it without a cookie, where that is one of another site.
    pub(crate) page: Option<Box<OtherSite>>,
    /// The group of the scenario that is played, where it is one of it.
    pub(crate) group: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) enum EntryKind {
    /// A request on the REST side.
    Rest(Rest),
    /// A request on the push side.
    Push(Push),
    /// A notification to one user.
    Notification(Notified),
    /// Bytes that were no HTTP request.
    Refused { reason: String },
    /// Something that the fake or the test did.
    Remark(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) operation: Option<Operation>,
    /// The id of the session in the path.
    pub(crate) session: Option<String>,
    pub(crate) body: Box<[u8]>,
    /// The fault that a test has injected into it.
    pub(crate) rest_fault: Option<RestFault>,
    /// The moment until which an injected fault holds it back.
    pub(crate) held_back: Option<Duration>,
    /// The moment at which its client hung up, if that ends nothing: the request is performed all the same.
    pub(crate) hung_up: Option<Duration>,
    pub(crate) answered_by: AnsweredBy,
    /// The operation of a user's own contract that it is.
    pub(crate) custom_operation: Option<String>,
    /// True if form and caller were right, so that GWS decided on it: accepted it, or refused it because of the state.
    pub(crate) decided: bool,
    /// The rule that says what it brought about, when it was taken.
    pub(crate) done: Option<&'static Rule>,
    /// The schema of its answer, where that is not the envelope alone.
    pub(crate) schema: &'static str,
    pub(crate) ending: Ending,
}

#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// The kind of each of its messages, in a word or two.
    pub(crate) messages: Vec<String>,
    /// The messages, in the form of a scenario.
    pub(crate) sent: Vec<BayeuxMessage>,
    /// True if events went with its answer.
    pub(crate) had_events: bool,
    /// The channels and patterns that it subscribed to.
    pub(crate) subscribed: Vec<String>,
    /// True if its connect was held.
    pub(crate) held: bool,
    pub(crate) ending: Ending,
}

/// The source of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AnsweredBy {
    #[default]
    Gws,
    /// A mounted mock.
    Mock,
    /// The scenario that is played.
    Scenario,
    /// An operation of a custom contract.
    CustomContract,
}

/// The end of a request.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// It has not.
    Open,
    Answered {
        at: Duration,
        status: u16,
        body: Box<[u8]>,
    },
    /// The connection was cut in place of an answer, as a test ordered.
    Cut {
        at: Duration,
    },
    /// The client hung up before it was answered.
    HungUp {
        at: Duration,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Notified {
    /// The number that the world gave it; a test's own notification has none.
    pub(crate) number: Option<u64>,
    /// The id of the user; `None`: everybody.
    pub to: Option<String>,
    pub channel: String,
    /// The kind of the notification, if the world made it.
    pub(crate) kind: Option<&'static NotificationKind>,
    /// The event as it goes out, written once for the timeline and for all who get it.
    pub(crate) event: Arc<str>,
    /// The fault that a test injected into it.
    pub(crate) fault: Option<PushFault>,
    /// One for each client that it was queued for, in the order of the clients.
    pub(crate) receipts: Vec<Receipt>,
}

/// The delivery of a notification to one client.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) client: ClientId,
    /// The moment at which the socket took its last byte.
    pub(crate) delivered: Option<Duration>,
    /// The number of times that it went out again, since the client had not acknowledged it.
    pub(crate) again: u32,
    /// The moment at which the client's next connect showed that it had arrived.
    pub(crate) acknowledged: Option<Duration>,
    /// The moment and the way in which it was lost.
    pub(crate) lost: Option<(Duration, Loss)>,
}

impl Receipt {
    /// The new receipts for these clients.
    pub(crate) fn of(mut clients: Vec<ClientId>) -> Vec<Self> {
        clients.sort_unstable();
        let of_one =
            |client| Self { client, delivered: None, again: 0, acknowledged: None, lost: None };
        clients.into_iter().map(of_one).collect()
    }

    fn is_over(&self) -> bool {
        self.delivered.is_some() || self.lost.is_some()
    }
}

impl Entry {
    /// The REST request that it is, if it is one.
    pub(crate) fn rest(&self) -> Option<&Rest> {
        match &self.what {
            EntryKind::Rest(rest) => Some(rest),
            _ => None,
        }
    }

    /// The notification that it is, if it is one.
    pub(crate) fn notified(&self) -> Option<&Notified> {
        match &self.what {
            EntryKind::Notification(notified) => Some(notified),
            _ => None,
        }
    }

    /// Tells if it is a request that is being processed: one that has no answer yet, and is neither a held connect, nor
    /// held back until a moment, nor dropped.
    pub(crate) fn is_in_flight(&self) -> bool {
        match &self.what {
            EntryKind::Rest(rest) => {
                matches!(rest.ending, Ending::Open)
                    && rest.held_back.is_none()
                    && rest.hung_up.is_none()
                    && rest.rest_fault != Some(RestFault::DropRequest)
            }
            EntryKind::Push(push) => matches!(push.ending, Ending::Open) && !push.held,
            _ => false,
        }
    }

    /// Returns the REST request that it is, if that was held back, so that it is worked through although its client has hung up.
    pub(crate) fn held_back_mut(&mut self) -> Option<&mut Rest> {
        let EntryKind::Rest(rest) = &mut self.what else { return None };
        let is_held =
            rest.held_back.is_some() || rest.rest_fault.is_some_and(RestFault::holds_back);
        is_held.then_some(rest)
    }

    /// Tells if it is a request that has not ended.
    pub(crate) fn is_open(&self) -> bool {
        match &self.what {
            EntryKind::Rest(Rest { ending, .. }) | EntryKind::Push(Push { ending, .. }) => {
                matches!(ending, Ending::Open)
            }
            _ => false,
        }
    }

    /// Tells if it is a request, even if only half of one.
    pub(crate) fn is_request(&self) -> bool {
        !matches!(self.what, EntryKind::Notification(_) | EntryKind::Remark(_))
    }

    /// Tells if nothing more can happen to it: a request has ended, and a notification has arrived or is lost wherever
    /// it went.
    pub(super) fn is_over(&self) -> bool {
        match &self.what {
            EntryKind::Rest(Rest { ending, .. }) | EntryKind::Push(Push { ending, .. }) => {
                !matches!(ending, Ending::Open)
            }
            EntryKind::Notification(notified) => notified.receipts.iter().all(Receipt::is_over),
            EntryKind::Refused { .. } | EntryKind::Remark(_) => true,
        }
    }

    pub(super) fn end(&mut self, ending: Ending) {
        match &mut self.what {
            EntryKind::Rest(rest) => rest.ending = ending,
            EntryKind::Push(push) => push.ending = ending,
            _ => {}
        }
    }
}

impl Ending {
    /// The `statusCode` of an answer with GWS's envelope.
    pub(crate) fn status_code(&self) -> Option<u64> {
        let Self::Answered { body, .. } = self else { return None };
        serde_json::from_slice::<Value>(body).ok()?.get("statusCode")?.as_u64()
    }
}

impl Notified {
    /// One of which nothing has become yet.
    pub(crate) fn new(to: Option<String>, channel: String, data: &Value) -> Self {
        let event = event::event(&channel, Some(data));
        Self::of(to, channel, event)
    }

    /// As [`new`](Self::new), with the event as it goes out.
    pub(crate) fn of(to: Option<String>, channel: String, event: Arc<str>) -> Self {
        Self { number: None, to, channel, kind: None, event, fault: None, receipts: Vec::new() }
    }

    /// The data of the event.
    pub(crate) fn data(&self) -> Value {
        // Data that is nested too deep for the parser is shown as nothing.
        serde_json::from_str::<Value>(&self.event)
            .map(|mut event| event["data"].take())
            .unwrap_or_default()
    }

    pub(crate) fn receipt_mut(&mut self, client: &str) -> Option<&mut Receipt> {
        let index = self.receipts.binary_search_by(|receipt| (*receipt.client).cmp(client)).ok()?;
        self.receipts.get_mut(index)
    }
}

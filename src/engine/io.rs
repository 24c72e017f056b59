//! The values that go into the engine and come out of it.

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Response};

use crate::bayeux::io::Ticket;
use crate::bayeux::session::ClientId;
use crate::contract::secrets::hidden;
use crate::engine::delivery::envelope::Envelope;
use crate::engine::log::timeline::{AnsweredBy, Ending, Entry, EntryKind, Push, Rest};
use crate::engine::rest::checked::Checked;
use crate::engine::rest::reply::Reply;
use crate::engine::rest::rest_faults::RestFault;

/// The number of an entry of the timeline, by which the engine knows a request.
pub(crate) type EntryId = u64;

/// The number of a connection. No two connections of a process have the same one.
pub(crate) type ConnectionId = u64;

/// The sign by which it is seen that a client is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Presence {
    /// Its connection is open.
    Connection(ConnectionId),
    /// It closes its connection after each answer, so that only the request of this entry shows that it hangs up.
    Request(EntryId),
}

/// A moment, as the time since the fake began: on its logical clock, and in real time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Duration,
    pub(crate) real: Duration,
}

/// A request whose head has arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrived<'r> {
    /// On the REST side.
    Rest(&'r Parts),
    /// On the push side.
    Push(&'r Parts),
}

impl Arrived<'_> {
    pub(crate) fn head(&self) -> &Parts {
        match self {
            Self::Rest(head) | Self::Push(head) => head,
        }
    }

    pub(super) fn entry(self) -> EntryKind {
        match self {
            Self::Rest(head) => EntryKind::Rest(Rest {
                method: head.method.as_str().to_owned(),
                // Never the authority: in an absolute form it may hold a password.
                target: hidden(head.uri.path_and_query().map_or("*", PathAndQuery::as_str))
                    .into_owned(),
                operation: None,
                session: None,
                body: Box::default(),
                rest_fault: None,
                held_back: None,
                hung_up: None,
                answered_by: AnsweredBy::Gws,
                custom_operation: None,
                decided: false,
                done: None,
                schema: "response",
                ending: Ending::Open,
            }),
            Self::Push(head) => EntryKind::Push(Push {
                messages: vec![format!("{} {}", head.method, hidden(head.uri.path()))],
                sent: Vec::new(),
                had_events: false,
                subscribed: Vec::new(),
                held: false,
                ending: Ending::Open,
            }),
        }
    }
}

/// A request of the REST side, whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RestRequest<'r> {
    pub(crate) connection: ConnectionId,
    pub(crate) head: &'r Parts,
    /// Empty, where it could not be read.
    pub(crate) body: &'r [u8],
    /// The connection is of no use behind the answer, since the body was not read to its end.
    pub(crate) closes: bool,
    /// A test has mounted mocks, which are asked first.
    pub(crate) has_mocks: bool,
}

/// The next step on the way of a REST request.
#[derive(Debug)]
pub(crate) enum RestStep {
    /// The answer is to be sent.
    Answer(RestAnswer),
    /// The mounted mocks are to be asked, and the request resumed with their answer.
    AskMock(Box<Suspended>),
    /// The mock's answer is to be sent.
    Relay,
    /// The request is to be resumed when this is over, whether its client is still there or not.
    HoldBack(Box<Suspended>, Hold),
    /// The request is not to be answered: its client waits until it hangs up.
    Ignore,
    /// The connection is to be closed without an answer.
    Close,
    /// The connection is to be reset without an answer.
    Reset,
}

/// An answer of the REST side.
#[derive(Debug)]
pub(crate) struct RestAnswer {
    pub(crate) response: Response<String>,
    /// Something follows from it once it is written.
    pub(crate) is_tracked: bool,
    /// The injected fault that befalls the connection with it.
    pub(crate) fault: Option<RestFault>,
    /// The deliveries that are to be made before it is sent: the entry of a notification, and a client.
    pub(crate) deliveries: Vec<(EntryId, ClientId)>,
}

/// A request between two steps.
#[derive(Debug)]
pub(crate) struct Suspended {
    pub(super) checked: Checked,
    /// The world that it was meant for: another one begins with a reset.
    pub(super) generation: u32,
    pub(super) stage: Stage,
}

/// The step at which a request is suspended.
#[derive(Debug)]
pub(super) enum Stage {
    Mock,
    Scenario { reply: Reply, until: Duration },
    Fault(RestFault),
}

/// Something that holds a request back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(super) generation: u32,
    pub(super) until: Until,
}

/// The end of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// A moment of the logical clock.
    Moment(Duration),
    /// The release of the injected fault of that number.
    Released(u64),
}

impl Hold {
    pub(crate) fn until(self) -> Until {
        self.until
    }
}

/// The answer of a mounted mock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MockAnswer<'a> {
    pub(crate) status: u16,
    /// `None`: the mock broke the connection.
    pub(crate) body: Option<&'a [u8]>,
}

/// The end of a suspension.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resumed<'a> {
    /// The mocks were asked; `None`: none of them matched.
    Mock(Option<MockAnswer<'a>>),
    /// The hold is over.
    Released,
}

/// The next step on the way of a request of the push side. An error inside CometD is an answer too, with HTTP 500.
#[derive(Debug)]
pub(crate) enum PushStep {
    Answer(PushAnswer),
    /// It is a connect that is held: the engine is to be polled until there is an answer.
    Hold(Box<HeldRequest>),
}

/// An answer of the push side.
#[derive(Debug)]
pub(crate) struct PushAnswer {
    pub(crate) response: Response<String>,
    /// Something follows from it once it is written.
    pub(crate) is_tracked: bool,
}

/// A request whose connect is held.
#[derive(Debug)]
pub(crate) struct HeldRequest {
    pub(crate) entry: EntryId,
    pub(crate) ticket: Ticket,
    pub(crate) connection: ConnectionId,
    pub(super) presence: Presence,
    pub(super) envelope: Envelope,
    pub(super) cookies: Vec<HeaderValue>,
}

/// The state of a held connect.
#[derive(Debug)]
pub(crate) enum Poll {
    Waiting,
    Answer(PushAnswer),
    /// Another connect of the same client has taken its place. The newer one is blamed or noted, until this one's client hangs up.
    Superseded,
    /// The connection is to be closed without an answer.
    Cut,
}

/// Something that a scenario or the control endpoint does to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockCommand {
    Pause,
    Resume,
}

/// All that the caller has to do after a change of the engine.
#[derive(Debug, Default)]
pub(crate) struct WakeUps {
    /// The clients whose held connects are to be polled.
    pub(crate) clients: Vec<ClientId>,
    /// All held connects are to be polled.
    pub(crate) everybody: bool,
    /// The entries that a watcher has not been shown; none without a watcher.
    pub(crate) unshown: Vec<Arc<Entry>>,
    /// From now on something is due at moments of the clock: see `Engine::next_timer`.
    pub(crate) starts_timer: bool,
    /// From now on a client may expire at moments of the clock: see `Engine::next_expiry`.
    pub(crate) awaits_expiry: bool,
    pub(crate) clock: Option<ClockCommand>,
}

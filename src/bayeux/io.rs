//! The input of the server with a request, and its output.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::extension::Timesync;
use crate::bayeux::message::Message;
use crate::bayeux::session::{ClientId, ReleaseReason, Transport};

/// The messages of one HTTP request.
pub struct Request<'a> {
    pub messages: &'a [Message],
    pub transport: Transport,
    /// The cookie `BAYEUX_BROWSER`, if it came.
    pub browser: Option<&'a str>,
    /// The user who sends the request. `None`: a handshake is denied, and there is no other user's session to use.
    pub owner: Option<&'a str>,
    /// The id for a new client, if the request makes one.
    pub new_client: ClientId,
    pub new_browser: String,
    /// The label of the events that these messages publish.
    pub label: u64,
    /// The time of day, in milliseconds since 1970.
    pub time: i64,
}

/// The outcome of a request, and its effects on clients.
#[derive(Debug)]
pub struct Received {
    pub outcome: Outcome,
    /// The cookie to set, for a browser that had none.
    pub(crate) new_browser: Option<String>,
    /// The client that a handshake has made.
    pub(crate) new_client: Option<ClientId>,
    /// Clients whose held connect has something to say now.
    pub(crate) wake: Vec<ClientId>,
    /// The channels and patterns that were subscribed to.
    pub(crate) subscribed: Vec<String>,
    /// The clients and labels of earlier events that are now known to have arrived.
    pub(crate) acknowledged: Vec<(ClientId, u64)>,
    /// The clients that had expired before it, with their owners.
    pub(crate) expired: Vec<(ClientId, Arc<str>)>,
    /// The violations, by place in the batch.
    pub violations: Vec<(usize, MessageViolation)>,
}

#[derive(Debug)]
pub enum Outcome {
    Answer(BayeuxReply),
    Hold(Ticket),
    /// The product throws: HTTP 500.
    Failed,
}

/// A held connect, to be tried again.
#[derive(Debug)]
pub struct Ticket {
    pub(crate) client: ClientId,
    pub(crate) number: u64,
    pub deadline: Duration,
    /// The answer if there is nothing more to say by then. As text it takes a tenth of the room.
    pub(super) reply: Box<str>,
    pub(super) timesync: Option<Timesync>,
    /// The generation of the server that holds it.
    pub(super) generation: u32,
}

impl Ticket {
    pub(super) fn reply(&self) -> Value {
        serde_json::from_str(&self.reply).expect("the reply was written as JSON")
    }
}

/// The result of a try of a held connect.
#[derive(Debug)]
pub enum Tried {
    Waiting,
    Answer(BayeuxReply),
    Released(ReleaseReason),
}

/// An event that will reach its client no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub(crate) client: ClientId,
    pub(crate) label: u64,
    pub(crate) how: Loss,
}

/// The way in which an event was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// With an answer that could not be written: that to the request with this label.
    Unwritten(u64),
    /// The client expired before it had collected it.
    Expired,
    /// The client or the server ended the session before.
    Disconnected,
    /// A test had the client forgotten before.
    Forgotten,
    /// As many events as may wait for its client waited already.
    QueueFull,
}

/// The reason why CometD refuses a message, or why a message deserves a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageViolation {
    UnknownClient,
    WrongBrowser,
    WrongTransport,
    WrongOwner,
    /// Not the client of the first message of the request.
    OtherClient,
    Subscription,
    /// A subscription that its client has no room for.
    TooManySubscriptions,
    Publish,
    HandshakeInCompany,
    Message,
    Advice,
    /// A connect that is not held, since another session of its browser has one held.
    MultipleClients,
}

/// The clients that an event went to.
#[derive(Debug, Default)]
pub struct Published {
    /// The clients for which it was queued.
    pub(crate) clients: Vec<ClientId>,
    /// The clients among them whose connect is held.
    pub(crate) wake: Vec<ClientId>,
}

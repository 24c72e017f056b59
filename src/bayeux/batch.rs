//! A request while it is processed: its messages, their client, and the replies so far.
//!
//! All messages are for the session of the first (wire: CometD Java 3.1.12).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::bayeux::answer::Instruction;
use crate::bayeux::extension::Timesync;
use crate::bayeux::io::{MessageViolation, Outcome, Received, Request};
use crate::bayeux::message::Message;
use crate::bayeux::server::Server;
use crate::bayeux::session::{ClientId, Session, Transport};

/// The messages of one request, and what has become of them so far.
pub(super) struct Batch<'s, 'r> {
    pub(super) server: &'s mut Server,
    pub(super) request: Request<'r>,
    pub(super) now: Duration,
    /// The client of the first message, for whom all of them speak.
    pub(super) client: Option<ClientId>,
    /// True if one of the messages has ended its session.
    pub(super) ended: bool,
    /// That session, unless its held connect has it now.
    pub(super) gone: Option<Session>,
    /// True if the queued events leave with the answer.
    pub(super) takes_queue: bool,
    /// True if one of the messages has published something.
    pub(super) publishes: bool,
    pub(super) replies: Vec<Value>,
    /// The instructions in the answer that clients have to follow.
    pub(super) instructions: Vec<(ClientId, Instruction)>,
    pub(super) received: Received,
}

/// The product throws: HTTP 500.
#[derive(Debug)]
pub(super) struct Thrown;

impl<'s, 'r> Batch<'s, 'r> {
    pub(super) fn new(server: &'s mut Server, request: Request<'r>, now: Duration) -> Self {
        let received = Received {
            outcome: Outcome::Failed,
            new_browser: None,
            new_client: None,
            wake: Vec::new(),
            subscribed: Vec::new(),
            acknowledged: Vec::new(),
            expired: Vec::new(),
            violations: Vec::new(),
        };
        Self {
            server,
            request,
            now,
            client: None,
            ended: false,
            gone: None,
            takes_queue: false,
            publishes: false,
            replies: Vec::new(),
            instructions: Vec::new(),
            received,
        }
    }

    /// The session of the first message, even if one of the messages has ended it.
    pub(super) fn session(&mut self) -> Option<&mut Session> {
        let client = self.client.as_ref()?;
        let living = self.server.sessions.get_mut(client).or(self.gone.as_mut());
        living.or_else(|| self.server.ended.get_mut(client))
    }

    /// The client for whom a message may speak: that of the first message, if it is this one's too.
    pub(super) fn speaker(&mut self, index: usize, message: &Message) -> Option<ClientId> {
        let violation = match self.find(message) {
            Ok(client) if Some(&client) == self.client.as_ref() => return Some(client),
            Ok(_) => MessageViolation::OtherClient,
            Err(violation) => violation,
        };
        self.received.violations.push((index, violation));
        None
    }

    pub(super) fn find(&self, message: &Message) -> Result<ClientId, MessageViolation> {
        let client = message.client_id.as_deref().unwrap_or_default();
        let known = self.server.sessions.get_key_value(client);
        let (client, session) = known.ok_or(MessageViolation::UnknownClient)?;
        let trusted = self.server.settings.trust_client_session;
        if Some(&*session.owner) != self.request.owner {
            Err(MessageViolation::WrongOwner)
        } else if !trusted && Some(session.browser.as_str()) != self.request.browser {
            Err(MessageViolation::WrongBrowser)
        } else if !trusted && session.transport != self.request.transport {
            Err(MessageViolation::WrongTransport)
        } else {
            Ok(Arc::clone(client))
        }
    }

    /// Tells if events leave with other answers than those to connects.
    pub(super) fn delivers(&self) -> bool {
        let client = self.client.as_ref();
        let session =
            client.and_then(|client| self.server.sessions.get(client)).or(self.gone.as_ref());
        let asks_for_acks = session.is_some_and(|session| session.acks.is_some());
        self.request.transport == Transport::LongPolling
            && !self.server.settings.meta_connect_deliver_only
            && !asks_for_acks
    }

    pub(super) fn tell_time(&self, message: &Message, reply: &mut Value) {
        if let Some(timesync) = Timesync::of(message, self.request.time, self.now) {
            timesync.tell(reply, self.now);
        }
    }

    pub(super) fn thrown(&mut self, index: usize, violation: MessageViolation) -> Thrown {
        self.received.violations.push((index, violation));
        Thrown
    }
}

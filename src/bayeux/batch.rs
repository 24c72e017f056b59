//! One request while it is worked through (wire: CometD Java 3.1.12).
//!
//! The messages are taken in their order, and all of them for the session of the first. Where the product throws, what came
//! before has happened.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::{BayeuxReply, event};
use crate::bayeux::connect::Connected;
use crate::bayeux::extension::{Acks, Timesync};
use crate::bayeux::io::{Instruction, Loss, MessageViolation, Outcome, Received, Request};
use crate::bayeux::message::Message;
use crate::bayeux::server::{Server, kept};
use crate::bayeux::session::{ClientId, Event, Session, Transport};
use crate::bayeux::{channel, error};

/// The messages of one request, and what has become of them so far.
pub(super) struct Batch<'s, 'r> {
    pub(super) server: &'s mut Server,
    pub(super) request: Request<'r>,
    pub(super) now: Duration,
    /// The client of the first message, for whom all of them speak.
    pub(super) client: Option<ClientId>,
    /// Whether one of the messages has ended its session.
    pub(super) ended: bool,
    /// That session, unless its held connect has it now.
    pub(super) gone: Option<Session>,
    /// Whether the queued events leave with the answer.
    pub(super) takes_queue: bool,
    /// Whether one of them has published something.
    publishes: bool,
    pub(super) replies: Vec<Value>,
    /// What the answer tells clients that they are to keep to.
    pub(super) told: Vec<(ClientId, Instruction)>,
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
            told: Vec::new(),
            received,
        }
    }

    pub(super) fn process(mut self) -> Received {
        if let Ok(outcome) = self.work() {
            self.received.outcome = outcome;
        }
        if let (Some(client), Some(gone)) = (&self.client, &self.gone) {
            let leaving = match &self.received.outcome {
                Outcome::Answer(answer) => answer.labels(),
                _ => Vec::new(),
            };
            let mut pending = gone.pending();
            pending.retain(|label| !leaving.iter().any(|(_, other)| other == label));
            self.server.lose(client, pending, Loss::Disconnected);
        }
        // Whoever has a connect held is woken for what this request has published to him; that includes the sender, where
        // the own events do not leave with this answer.
        if self.publishes {
            let waiting = self.server.sessions.iter();
            let waiting = waiting.filter(|(_, it)| it.held.is_some() && !it.queue.is_empty());
            self.received.wake.extend(waiting.map(|(client, _)| Arc::clone(client)));
        }
        self.received
    }

    fn work(&mut self) -> Result<Outcome, Thrown> {
        let messages = self.request.messages;
        let first = messages.first().ok_or(Thrown)?;
        self.client = self.find(first).ok();
        for (index, message) in messages.iter().enumerate() {
            if message.invalid.is_some() {
                return Err(self.thrown(index, MessageViolation::Message));
            }
            let reply = match message.channel.as_str() {
                "/meta/handshake" if messages.len() > 1 => {
                    return Err(self.thrown(index, MessageViolation::HandshakeInCompany));
                }
                "/meta/handshake" => return Ok(Outcome::Answer(self.handshake(message))),
                "/meta/connect" => match self.connect(index, message)? {
                    Connected::Answered(reply) => reply,
                    Connected::Held(ticket) => return Ok(Outcome::Hold(ticket)),
                },
                _ => self.reply(index, message)?,
            };
            let reply = self.extend(message, reply);
            self.replies.push(reply);
        }
        Ok(Outcome::Answer(self.answer()))
    }

    fn handshake(&mut self, message: &Message) -> BayeuxReply {
        let mut acks = Acks::asked_for(message);
        let mut reply = match self.request.owner {
            Some(owner) => self.new_session(owner, message),
            None => {
                let mut reply = message.error(error::HANDSHAKE_DENIED);
                reply["advice"] = json!({ "reconnect": "none" });
                reply
            }
        };
        self.tell_time(message, &mut reply);
        if let Some(acks) = &mut acks {
            acks.tell(&mut reply);
        }
        if let Some(client) = &self.received.new_client
            && let Some(session) = self.server.sessions.get_mut(client)
        {
            session.acks = acks;
        }
        BayeuxReply::of(&reply)
    }

    fn new_session(&mut self, owner: &str, message: &Message) -> Value {
        let browser = self.request.browser.map(str::to_owned).unwrap_or_else(|| {
            self.received.new_browser = Some(self.request.new_browser.clone());
            self.request.new_browser.clone()
        });
        let (client, transport) = (self.request.new_client.clone(), self.request.transport);
        let mut session = Session::new(kept(&mut self.server.owners, owner), browser, transport);
        session.advised = Some(transport);
        session.schedule_expiry(self.now, self.server.settings.max_interval);
        self.server.sessions.insert(client.clone(), session);

        let mut reply = message.reply(true);
        reply["version"] = json!("1.0");
        reply["minimumVersion"] = json!("1.0");
        reply["clientId"] = json!(*client);
        reply["supportedConnectionTypes"] = json!(["long-polling", "callback-polling"]);
        reply["advice"] = self.server.settings.advice(Duration::ZERO);
        self.received.new_client = Some(client);
        reply
    }

    /// The session of the first message, even if one of the messages has ended it.
    pub(super) fn session(&mut self) -> Option<&mut Session> {
        let client = self.client.as_ref()?;
        let living = self.server.sessions.get_mut(client).or(self.gone.as_mut());
        living.or_else(|| self.server.ended.get_mut(client))
    }

    /// The reply to any message but a handshake and a connect.
    fn reply(&mut self, index: usize, message: &Message) -> Result<Value, Thrown> {
        self.takes_queue |= self.delivers();
        let Some(client) = self.speaker(index, message) else {
            return Ok(message.error(error::UNKNOWN_CLIENT));
        };
        if let Some(session) = self.server.sessions.get_mut(&client) {
            session.delay_expiry(self.now);
        }
        match message.channel.as_str() {
            "/meta/subscribe" => self.subscribe(index, &client, message),
            "/meta/unsubscribe" => self.unsubscribe(index, &client, message),
            "/meta/disconnect" => {
                if let Some(session) = self.server.sessions.remove(&client) {
                    self.ended = true;
                    self.told.push((client.clone(), Instruction::Disconnected));
                    self.gone = self.server.end(&client, session);
                    if self.gone.is_none() {
                        self.received.wake.push(client);
                    }
                }
                Ok(message.reply(true))
            }
            _ => self.publish(index, message),
        }
    }

    fn publish(&mut self, index: usize, message: &Message) -> Result<Value, Thrown> {
        let name = &message.channel;
        if channel::is_meta(name) {
            self.received.violations.push((index, MessageViolation::Publish));
            return Ok(message.error(error::PUBLISH_CREATE_DENIED));
        }
        let parsed = channel::parse(name);
        let Some(name) = parsed else { return Err(self.thrown(index, MessageViolation::Message)) };
        self.server.channel(name);
        self.publishes = true;
        if channel::is_pattern(name) {
            // The product takes it, and whoever subscribed to this very pattern is told.
            self.received.violations.push((index, MessageViolation::Publish));
        }
        if channel::is_broadcast(name) {
            let json = event(&message.channel, message.data.as_ref());
            let label = Some(self.request.label);
            for session in self.server.sessions.values_mut().filter(|it| it.covers(name)) {
                session.enqueue(Event { json: json.clone(), label });
            }
        }
        Ok(message.reply(true))
    }

    /// Queued events first, then the replies in the order of the request (wire).
    fn answer(&mut self) -> BayeuxReply {
        let mut answer = BayeuxReply::default();
        if self.takes_queue
            && let Some(client) = &self.client
        {
            let session = self.server.sessions.get_mut(client).or(self.gone.as_mut());
            let events = session.map(Session::take_events).unwrap_or_default();
            answer.push_events(client, events);
        }
        self.replies.iter().for_each(|reply| answer.push(reply));
        answer.told = std::mem::take(&mut self.told);
        answer
    }

    /// What the extensions add to a reply.
    fn extend(&mut self, message: &Message, mut reply: Value) -> Value {
        if channel::is_meta(&message.channel) {
            self.tell_time(message, &mut reply);
            if let Some(acks) = self.session().and_then(|session| session.acks.as_mut()) {
                acks.tell(&mut reply);
            }
        }
        reply
    }

    fn tell_time(&self, message: &Message, reply: &mut Value) {
        if let Some(timesync) = Timesync::of(message, self.request.time, self.now) {
            timesync.tell(reply, self.now);
        }
    }

    /// Whether events leave with other answers than those to connects.
    fn delivers(&self) -> bool {
        let client = self.client.as_ref();
        let session = client.and_then(|client| self.server.sessions.get(client));
        let session = session.or(self.gone.as_ref());
        let asks_for_acks = session.is_some_and(|session| session.acks.is_some());
        self.request.transport == Transport::LongPolling
            && !self.server.settings.meta_connect_deliver_only
            && !asks_for_acks
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

    fn find(&self, message: &Message) -> Result<ClientId, MessageViolation> {
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

    pub(super) fn thrown(&mut self, index: usize, violation: MessageViolation) -> Thrown {
        self.received.violations.push((index, violation));
        Thrown
    }
}

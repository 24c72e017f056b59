//! The processing of a request (wire: CometD Java 3.1.12): its messages are taken in their order. If CometD throws at
//! one, those before it have taken effect.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::batch::{Batch, Thrown};
use crate::bayeux::channel;
use crate::bayeux::connect::Connected;
use crate::bayeux::event::{Event, event};
use crate::bayeux::extension::Acks;
use crate::bayeux::io::{Loss, MessageViolation, Outcome, Received, Request};
use crate::bayeux::message::{Message, error};
use crate::bayeux::server::{Server, kept};
use crate::bayeux::session::Session;

impl Server {
    /// Takes the messages of one request.
    pub fn receive(&mut self, request: Request<'_>, now: Duration) -> Received {
        let expired = self.sweep(now);
        self.may_set_an_expiry(now);
        Received { expired, ..Batch::new(self, request, now).process() }
    }
}

impl Batch<'_, '_> {
    fn process(mut self) -> Received {
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
            let waiting = self
                .server
                .sessions
                .iter()
                .filter(|(_, session)| session.held.is_some() && !session.queue.is_empty());
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
                    Connected::Hold(ticket) => return Ok(Outcome::Hold(ticket)),
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
        let client = self.request.new_client.clone();
        let transport = self.request.transport;
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
                    self.instructions.push((client.clone(), Instruction::Disconnected));
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
            for session in self.server.sessions.values_mut().filter(|session| session.covers(name))
            {
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
        answer.instructions = std::mem::take(&mut self.instructions);
        answer
    }

    /// Adds the parts of the extensions to a reply.
    fn extend(&mut self, message: &Message, mut reply: Value) -> Value {
        if channel::is_meta(&message.channel) {
            self.tell_time(message, &mut reply);
            if let Some(acks) = self.session().and_then(|session| session.acks.as_mut()) {
                acks.tell(&mut reply);
            }
        }
        reply
    }
}

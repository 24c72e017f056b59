//! One request while it is worked through (wire: CometD Java 3.1.12).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::{Answer, event};
use crate::bayeux::message::Message;
use crate::bayeux::server::{Mistake, Outcome, Received, Request, Server, Ticket, unknown};
use crate::bayeux::session::{Event, Held, Session};
use crate::bayeux::{channel, error};

/// The messages of one request, and what has become of them so far.
pub(super) struct Batch<'s, 'r> {
    server: &'s mut Server,
    request: Request<'r>,
    now: Duration,
    /// The clients of the messages so far, whose events leave with this answer.
    clients: Vec<String>,
    replies: Vec<Value>,
    received: Received,
}

impl<'s, 'r> Batch<'s, 'r> {
    pub(super) fn new(server: &'s mut Server, request: Request<'r>, now: Duration) -> Self {
        let received = Received {
            outcome: Outcome::Failed,
            new_browser: None,
            new_client: None,
            wake: Vec::new(),
            acknowledged: Vec::new(),
            expired: Vec::new(),
            mistakes: Vec::new(),
        };
        Self { server, request, now, clients: Vec::new(), replies: Vec::new(), received }
    }

    pub(super) fn process(mut self) -> Received {
        let messages = self.request.messages;
        let is_handshake = |message: &Message| message.channel == "/meta/handshake";
        if let Some(index) = messages.iter().position(is_handshake) {
            if messages.len() > 1 {
                self.received.mistakes.push((index, Mistake::HandshakeInCompany));
            } else {
                self.handshake(&messages[0]);
            }
            return self.received;
        }
        if let [message] = messages
            && message.channel == "/meta/connect"
        {
            self.connect_alone(message);
            return self.received;
        }
        for (index, message) in messages.iter().enumerate() {
            match self.reply(index, message) {
                Some(reply) => self.replies.push(reply),
                None => {
                    self.wake();
                    return self.received;
                }
            }
        }
        if !messages.is_empty() {
            self.answer();
        }
        self.received
    }

    fn handshake(&mut self, message: &Message) {
        let Some(owner) = self.request.owner else {
            let mut reply = message.error(error::HANDSHAKE_DENIED);
            reply["advice"] = json!({ "reconnect": "none" });
            self.received.outcome = Outcome::Answer(Answer::of(&reply));
            return;
        };
        let browser = self.request.browser.map(str::to_owned).unwrap_or_else(|| {
            self.received.new_browser = Some(self.request.new_browser.clone());
            self.request.new_browser.clone()
        });
        let client = self.request.new_client.clone();
        let mut session = Session::new(owner.to_owned(), browser);
        session.expires = Some(self.now.saturating_add(self.server.settings.max_interval));
        self.server.sessions.insert(client.clone(), session);

        let mut reply = message.reply(true);
        reply["version"] = json!("1.0");
        reply["minimumVersion"] = json!("1.0");
        reply["clientId"] = json!(client);
        reply["supportedConnectionTypes"] = json!(["long-polling"]);
        reply["advice"] = self.server.advice();
        self.received.outcome = Outcome::Answer(Answer::of(&reply));
        self.received.new_client = Some(client);
    }

    /// A connect that is the only message, and so may be held.
    fn connect_alone(&mut self, message: &Message) {
        let Some(client) = self.client(0, message) else {
            self.replies.push(self.unknown(message));
            return self.answer();
        };
        let first = !self.server.sessions[&client].connected;
        let reply = self.connect(&client, message);
        let timeout = message.timeout.unwrap_or(self.server.settings.timeout);
        let Some(session) = self.server.sessions.get_mut(&client) else { return };
        if first || timeout.is_zero() || !session.queue.is_empty() {
            self.clients.push(client);
            self.replies.push(reply);
            return self.answer();
        }
        let deadline = self.now.saturating_add(timeout);
        let number = session.connects;
        session.held = Some(Held { number, deadline });
        session.expires = None;
        let generation = self.server.generation;
        self.received.outcome =
            Outcome::Hold(Ticket { client, number, deadline, reply, generation });
    }

    /// What every connect does: it shows that earlier answers arrived, and it is answered some time.
    fn connect(&mut self, client: &str, message: &Message) -> Value {
        let mut reply = message.reply(true);
        if message.has_advice {
            reply["advice"] = self.server.advice();
        }
        if let Some(session) = self.server.sessions.get_mut(client) {
            let arrived = std::mem::take(&mut session.unacknowledged);
            let arrived = arrived.into_iter().map(|label| (client.to_owned(), label));
            self.received.acknowledged.extend(arrived);
            session.connected = true;
            // Whatever becomes of this connect, it takes the place of one that is held.
            if session.held.take().is_some() {
                self.received.wake.push(client.to_owned());
            }
            session.connects += 1;
            session.expires = Some(self.now.saturating_add(self.server.settings.max_interval));
        }
        reply
    }

    /// The reply to a message in company, or to any but a connect; `None` where the product throws.
    fn reply(&mut self, index: usize, message: &Message) -> Option<Value> {
        let Some(client) = self.client(index, message) else {
            return Some(self.unknown(message));
        };
        if !self.clients.contains(&client) {
            self.clients.push(client.clone());
        }
        // Any message of a client moves its expiry to at least `maxInterval` from now (wire).
        self.server.renew(&client, self.now);
        match message.channel.as_str() {
            "/meta/connect" => Some(self.connect(&client, message)),
            "/meta/subscribe" => self.subscribe(index, &client, message),
            "/meta/unsubscribe" => self.unsubscribe(index, &client, message),
            "/meta/disconnect" => {
                if self
                    .server
                    .sessions
                    .remove(&client)
                    .is_some_and(|session| session.held.is_some())
                {
                    self.received.wake.push(client);
                }
                Some(message.reply(true))
            }
            _ => self.publish(index, message),
        }
    }

    fn subscribe(&mut self, index: usize, client: &str, message: &Message) -> Option<Value> {
        let names = match self.subscription(index, message) {
            Ok(names) => names?,
            Err(reply) => return Some(reply),
        };
        for name in names {
            if channel::is_meta(&name) {
                let known = channel::is_known_meta(&name);
                self.received.mistakes.push((index, Mistake::Subscription));
                return Some(echo(
                    message,
                    message.error(if known {
                        error::SUBSCRIBE_DENIED
                    } else {
                        error::SUBSCRIBE_CREATE_DENIED
                    }),
                ));
            }
            if !channel::is_service(&name) {
                self.server.channels.insert(name.clone());
                if let Some(session) = self.server.sessions.get_mut(client) {
                    session.subscriptions.insert(name);
                }
            }
        }
        Some(echo(message, message.reply(true)))
    }

    fn unsubscribe(&mut self, index: usize, client: &str, message: &Message) -> Option<Value> {
        let names = match self.subscription(index, message) {
            Ok(names) => names?,
            Err(reply) => return Some(reply),
        };
        for name in names {
            let refusal = if channel::is_meta(&name) {
                error::UNSUBSCRIBE_FAILED
            } else if !self.server.channels.contains(&name) && !channel::is_service(&name) {
                error::CHANNEL_MISSING
            } else {
                if let Some(session) = self.server.sessions.get_mut(client) {
                    session.subscriptions.remove(&name);
                }
                continue;
            };
            self.received.mistakes.push((index, Mistake::Subscription));
            return Some(echo(message, message.error(refusal)));
        }
        Some(echo(message, message.reply(true)))
    }

    /// The channels of a subscription; `Ok(None)` where the product throws, `Err` with the reply that refuses it.
    fn subscription(
        &mut self,
        index: usize,
        message: &Message,
    ) -> Result<Option<Vec<String>>, Value> {
        let items = match &message.subscription {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
        let refusal = match (&message.subscription, names) {
            (None, _) => error::SUBSCRIPTION_MISSING,
            (_, None) => error::SUBSCRIPTION_INVALID,
            (_, Some(names)) => {
                let parsed: Option<Vec<String>> =
                    names.iter().map(|name| channel::parse(name).map(str::to_owned)).collect();
                if parsed.is_none() {
                    self.received.mistakes.push((index, Mistake::Subscription));
                }
                return Ok(parsed);
            }
        };
        self.received.mistakes.push((index, Mistake::Subscription));
        Err(echo(message, message.error(refusal)))
    }

    fn publish(&mut self, index: usize, message: &Message) -> Option<Value> {
        let name = &message.channel;
        if channel::is_meta(name) {
            self.received.mistakes.push((index, Mistake::Publish));
            return Some(message.error(error::PUBLISH_CREATE_DENIED));
        }
        if channel::is_pattern(name) {
            self.received.mistakes.push((index, Mistake::Publish));
            return None;
        }
        if channel::is_broadcast(name) {
            self.server.channels.insert(name.clone());
            let json: Arc<str> = event(name, message.data.as_ref());
            let label = self.request.label;
            for session in self.server.sessions.values_mut().filter(|it| it.covers(name)) {
                session.queue.push(Event { json: json.clone(), label });
            }
        }
        Some(message.reply(true))
    }

    /// Queued events first, then the replies in the order of the request (wire).
    fn answer(&mut self) {
        let mut answer = Answer::default();
        for client in &self.clients {
            if let Some(session) = self.server.sessions.get_mut(client) {
                answer.push_events(client, session.take_events());
            }
        }
        for reply in &self.replies {
            answer.push(reply);
        }
        self.received.outcome = Outcome::Answer(answer);
        self.wake();
    }

    /// Clients with a held connect are woken for what this request has published to them.
    fn wake(&mut self) {
        let waiting = self.server.sessions.iter();
        let waiting = waiting.filter(|(_, it)| it.held.is_some() && !it.queue.is_empty());
        self.received.wake.extend(waiting.map(|(client, _)| client.clone()));
    }

    /// The client of a message, if the message may speak for it.
    fn client(&mut self, index: usize, message: &Message) -> Option<String> {
        let client = message.client_id.as_deref().unwrap_or_default();
        let trusted = self.server.settings.trust_client_session;
        let mistake = match self.server.sessions.get(client) {
            None => Mistake::UnknownClient,
            Some(session) if Some(session.owner.as_str()) != self.request.owner => {
                Mistake::WrongOwner
            }
            Some(session) if !trusted && Some(session.browser.as_str()) != self.request.browser => {
                Mistake::WrongBrowser
            }
            Some(_) => return Some(client.to_owned()),
        };
        self.received.mistakes.push((index, mistake));
        None
    }

    /// The advice to handshake again goes with the reply to a connect only (wire).
    fn unknown(&self, message: &Message) -> Value {
        if message.channel == "/meta/connect" {
            return unknown(message.reply(false));
        }
        echo(message, message.error(error::UNKNOWN_CLIENT))
    }
}

/// A reply to a (un)subscribe says which subscription, as it was given (wire).
fn echo(message: &Message, mut reply: Value) -> Value {
    if let Some(subscription) = &message.subscription {
        reply["subscription"] = subscription.clone();
    }
    reply
}

//! The server: all clients, and what becomes of their messages (wire: CometD Java 3.1.12).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::{Answer, event};
use crate::bayeux::batch::Batch;
use crate::bayeux::error;
use crate::bayeux::message::Message;
use crate::bayeux::session::{Event, Session};

/// The product's options.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a connect is held.
    pub(crate) timeout: Duration,
    /// How long after its last answer a client that does not connect again is kept.
    pub(crate) max_interval: Duration,
    /// Whether a clientId is good without its cookie: the product's `trustClientSession`.
    pub(crate) trust_client_session: bool,
}

impl Default for Settings {
    /// The defaults of CometD Java 3.1.12 (wire); those of GWS are not known.
    fn default() -> Self {
        let (timeout, max_interval) = (Duration::from_secs(30), Duration::from_secs(10));
        Self { timeout, max_interval, trust_client_session: false }
    }
}

/// Every client, and the channels that exist.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) settings: Settings,
    pub(super) sessions: BTreeMap<String, Session>,
    /// Channels that somebody has subscribed or published to.
    pub(super) channels: BTreeSet<String>,
    /// How often the server has begun again.
    pub(super) generation: u32,
}

/// The messages of one HTTP request.
pub(crate) struct Request<'a> {
    pub(crate) messages: &'a [Message],
    /// The cookie `BAYEUX_BROWSER`, if it came.
    pub(crate) browser: Option<&'a str>,
    /// Whose request it is; `None`: a handshake is denied, and there is nobody else's session to use.
    pub(crate) owner: Option<&'a str>,
    /// What a new client is called, should there be one.
    pub(crate) new_client: String,
    pub(crate) new_browser: String,
    /// The label of the events that these messages publish.
    pub(crate) label: u64,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) outcome: Outcome,
    /// The cookie to set, for a browser that had none.
    pub(crate) new_browser: Option<String>,
    /// The client that a handshake has made.
    pub(crate) new_client: Option<String>,
    /// Clients whose held connect has something to say now.
    pub(crate) wake: Vec<String>,
    /// The clients and labels of earlier events that are now known to have arrived.
    pub(crate) acknowledged: Vec<(String, u64)>,
    /// The clients that had expired before it, with their owners.
    pub(crate) expired: Vec<(String, String)>,
    /// What was refused, by place in the batch.
    pub(crate) mistakes: Vec<(usize, Mistake)>,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Answer),
    Hold(Ticket),
    /// The product throws: HTTP 500.
    Failed,
}

/// A held connect, to be tried again.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) client: String,
    pub(crate) number: u64,
    pub(crate) deadline: Duration,
    pub(super) reply: Value,
    /// The generation of the server that holds it.
    pub(super) generation: u32,
}

/// What trying a held connect comes to.
#[derive(Debug)]
pub(crate) enum Tried {
    Waiting,
    Answer(Answer),
    /// Another connect of the same client has taken its place: HTTP 500 (wire).
    Superseded,
}

/// What the product refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    UnknownClient,
    WrongBrowser,
    WrongOwner,
    Subscription,
    Publish,
    HandshakeInCompany,
}

/// Where an event went.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// The clients for which it was queued.
    pub(crate) clients: Vec<String>,
    /// Those of them whose connect is held.
    pub(crate) wake: Vec<String>,
}

impl Server {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, sessions: BTreeMap::new(), channels: BTreeSet::new(), generation: 0 }
    }

    /// The server after a restart, which knows nobody.
    #[cfg(feature = "cli")]
    pub(crate) fn begin_again(self) -> Self {
        Self { generation: self.generation + 1, ..Self::new(self.settings) }
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn session(&self, client: &str) -> Option<&Session> {
        self.sessions.get(client)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = (&String, &Session)> {
        self.sessions.iter()
    }

    /// Takes the messages of one request.
    pub(crate) fn receive(&mut self, request: Request<'_>, now: Duration) -> Received {
        let expired = self.sweep(now);
        Received { expired, ..Batch::new(self, request, now).process() }
    }

    /// Tries a held connect.
    pub(crate) fn poll(&mut self, ticket: &Ticket, now: Duration) -> Tried {
        if ticket.generation != self.generation {
            let reply = unknown(ticket.reply.clone());
            return Tried::Answer(Answer::of(&reply));
        }
        let Some(session) = self.sessions.get_mut(&ticket.client) else {
            let mut reply = ticket.reply.clone();
            reply["advice"] = json!({ "reconnect": "none" });
            return Tried::Answer(Answer::of(&reply));
        };
        if session.held.as_ref().is_none_or(|held| held.number != ticket.number) {
            return Tried::Superseded;
        }
        if session.queue.is_empty() && now < ticket.deadline {
            return Tried::Waiting;
        }
        session.held = None;
        session.expires = Some(now.saturating_add(self.settings.max_interval));
        let mut answer = Answer::default();
        answer.push_events(&ticket.client, session.take_events());
        answer.push(&ticket.reply);
        Tried::Answer(answer)
    }

    /// The client hung up while its connect was held: what waits for it stays, and the time to its expiry begins.
    pub(crate) fn abandon(&mut self, ticket: &Ticket, now: Duration) {
        let max_interval = self.settings.max_interval;
        if let Some(session) = self.sessions.get_mut(&ticket.client)
            && session.held.as_ref().is_some_and(|held| held.number == ticket.number)
        {
            session.held = None;
            session.expires = Some(now.saturating_add(max_interval));
        }
    }

    /// Publishes an event of the server's own to the clients of `owner`, or of everybody.
    pub(crate) fn publish(
        &mut self,
        owner: Option<&str>,
        channel: &str,
        data: &Value,
        label: u64,
    ) -> Published {
        self.channels.insert(channel.to_owned());
        let event = Event { json: event(channel, Some(data)), label };
        let mut published = Published::default();
        for (client, session) in &mut self.sessions {
            if owner.is_none_or(|owner| owner == session.owner) && session.covers(channel) {
                session.queue.push(event.clone());
                published.clients.push(client.clone());
                if session.held.is_some() {
                    published.wake.push(client.clone());
                }
            }
        }
        published
    }

    /// Removes the clients whose time has come, and returns them with their owners.
    pub(crate) fn sweep(&mut self, now: Duration) -> Vec<(String, String)> {
        let expired = self.expiring(now);
        let remove = |(client, _)| self.sessions.remove_entry(&client);
        let removed = expired.into_iter().filter_map(remove);
        removed.map(|(client, session)| (client, session.owner)).collect()
    }

    /// The clients that expire by that moment unless they connect, with the number of their connects so far.
    pub(crate) fn expiring(&self, by: Duration) -> Vec<(String, u64)> {
        self.with_connects(|session| session.expires.is_some_and(|expires| expires <= by))
    }

    /// The clients whose connect is held until that moment at the latest, with the number of their connects so far.
    pub(crate) fn held_until(&self, moment: Duration) -> Vec<(String, u64)> {
        self.with_connects(|session| session.held.as_ref().is_some_and(|it| it.deadline <= moment))
    }

    /// Moves a client's expiry to at least `maxInterval` from that moment.
    pub(crate) fn renew(&mut self, client: &str, now: Duration) {
        let least = now.saturating_add(self.settings.max_interval);
        if let Some(session) = self.sessions.get_mut(client) {
            session.expires = session.expires.map(|expires| expires.max(least));
        }
    }

    /// The next moment at which something happens by itself.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let due = self.sessions.values().filter_map(|session| {
            session.held.as_ref().map_or(session.expires, |held| Some(held.deadline))
        });
        due.min()
    }

    fn with_connects(&self, which: impl Fn(&Session) -> bool) -> Vec<(String, u64)> {
        let sessions = self.sessions.iter().filter(|(_, session)| which(session));
        sessions.map(|(client, session)| (client.clone(), session.connects)).collect()
    }

    pub(super) fn advice(&self) -> Value {
        let timeout = u64::try_from(self.settings.timeout.as_millis()).unwrap_or(u64::MAX);
        json!({ "reconnect": "retry", "interval": 0, "timeout": timeout })
    }
}

/// A reply to a connect of a client that the server does not know: it is advised to handshake again (wire).
pub(super) fn unknown(mut reply: Value) -> Value {
    reply["successful"] = json!(false);
    reply["error"] = json!(error::UNKNOWN_CLIENT);
    reply["advice"] = json!({ "reconnect": "handshake", "interval": 0 });
    reply
}

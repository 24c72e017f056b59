//! The server: all clients, and the processing of their messages (wire: CometD Java 3.1.12).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::event::Event;
use crate::bayeux::extension::Acks;
use crate::bayeux::io::{Loss, Lost, Published, Ticket, Tried};
use crate::bayeux::message::error;
use crate::bayeux::options::CometdOptions;
use crate::bayeux::session::{ClientId, InjectedAdvice, ReleaseReason, Session, Transport};

/// The number of channels from which on it is worth looking for some that nobody has subscribed to.
pub(super) const MANY_CHANNELS: usize = 1_000;

/// Every client, and the channels that exist.
#[derive(Debug)]
pub struct Server {
    pub(super) settings: CometdOptions,
    pub(super) sessions: BTreeMap<ClientId, Session>,
    /// Sessions that ended while their connect was held, until it is answered.
    pub(super) ended: BTreeMap<ClientId, Session>,
    /// Clients that a test has had forgotten: their held connects learn of it.
    pub(super) forgotten: BTreeSet<ClientId>,
    /// Channels that somebody has subscribed or published to. The product removes one that nobody has subscribed to after
    /// three sweeps; here it may stay until there are very many.
    pub(super) channels: BTreeSet<Arc<str>>,
    /// The number of channels at which those without a subscriber are removed.
    sweep_channels_at: usize,
    /// The users who have had a client.
    pub(super) owners: BTreeSet<Arc<str>>,
    /// The number of times that the server has begun again.
    pub(super) generation: u32,
    /// The events that were lost since somebody asked.
    pub(super) lost: Vec<Lost>,
    /// No client expires before that moment.
    nobody_expires_before: Duration,
}

impl Server {
    pub fn new(settings: CometdOptions) -> Self {
        Self {
            settings,
            sessions: BTreeMap::new(),
            ended: BTreeMap::new(),
            forgotten: BTreeSet::new(),
            channels: BTreeSet::new(),
            sweep_channels_at: MANY_CHANNELS,
            owners: BTreeSet::new(),
            generation: 0,
            lost: Vec::new(),
            nobody_expires_before: Duration::ZERO,
        }
    }

    /// The server after a restart, which knows nobody.
    pub(crate) fn begin_again(self) -> Self {
        Self { generation: self.generation + 1, ..Self::new(self.settings) }
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn session(&self, client: &str) -> Option<&Session> {
        self.sessions.get(client)
    }

    /// Returns the number of the last answer to a connect of a client that acknowledges answers.
    pub(crate) fn last_number(&self, client: &str) -> Option<i64> {
        self.session(client)?.acks.as_ref().map(Acks::last_number)
    }

    pub(crate) fn sessions(&self) -> impl ExactSizeIterator<Item = (&ClientId, &Session)> {
        self.sessions.iter()
    }

    /// Tells if the server has anything left to say to a client: its session is open, or its held connect is not answered yet.
    pub(crate) fn is_concerned_with(&self, client: &str) -> bool {
        self.sessions.contains_key(client)
            || self.ended.contains_key(client)
            || self.forgotten.contains(client)
    }

    /// The sessions that have ended, and whose held connect does not know that.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (&ClientId, &Session)> {
        self.ended.iter()
    }

    /// Tries a held connect.
    pub fn poll(&mut self, ticket: &Ticket, now: Duration) -> Tried {
        self.may_set_an_expiry(now);
        if ticket.generation != self.generation {
            return Tried::Answer(of_unknown(ticket));
        }
        if self.forgotten.remove(&ticket.client) {
            return Tried::Answer(of_unknown(ticket));
        }
        let is_this = |session: &Session| {
            session.held.as_ref().is_some_and(|held| held.number == ticket.number)
        };
        if self.ended.get(&ticket.client).is_some_and(is_this)
            && let Some(mut session) = self.ended.remove(&ticket.client)
        {
            let mut reply = ticket.reply();
            reply["advice"]["reconnect"] = json!("none");
            let mut answer = resume(&mut session, ticket, reply, now);
            answer.tell(&ticket.client, Instruction::None);
            return Tried::Answer(answer);
        }
        let Some(session) = self.sessions.get_mut(&ticket.client) else {
            return Tried::Released(ReleaseReason::Failed);
        };
        if !is_this(session) {
            let why = session.let_go.remove(&ticket.number);
            return Tried::Released(why.unwrap_or(ReleaseReason::Failed));
        }
        if session.queue.is_empty() && session.ordered.is_none() && now < ticket.deadline {
            return Tried::Waiting;
        }
        session.held = None;
        let mut reply = ticket.reply();
        let instruction = advise_as_ordered(&self.settings, session, &mut reply);
        session.schedule_expiry(now, self.settings.max_interval);
        let mut answer = resume(session, ticket, reply, now);
        instruction.into_iter().for_each(|instruction| answer.tell(&ticket.client, instruction));
        Tried::Answer(answer)
    }

    /// An answer could not be written: the one to the request with that label. Its events are lost, unless the client asked
    /// for the extension `ack` (wire), or they are to be kept. Returns whose held connect has something to say now.
    pub fn unwritten(&mut self, answer: BayeuxReply, carrier: u64) -> Vec<ClientId> {
        let mut wake = Vec::new();
        for (client, event) in answer.into_events().into_iter().rev() {
            let Some(label) = event.label else { continue };
            let session = self.sessions.get_mut(&client);
            if session.as_ref().is_some_and(|session| session.acks.is_some()) {
                continue;
            }
            match session {
                Some(session) if self.settings.keep_on_hangup => {
                    session.unacknowledged.retain(|other| *other != label);
                    session.queue.insert(0, event);
                    wake.extend(session.held.is_some().then_some(client));
                }
                session => {
                    if let Some(session) = session {
                        session.unacknowledged.retain(|other| *other != label);
                    }
                    self.lost.push(Lost { client, label, how: Loss::Unwritten(carrier) });
                }
            }
        }
        wake
    }

    /// Tells if events were lost since the last call of [`take_lost`](Self::take_lost).
    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// The events that were lost since the last call.
    pub fn take_lost(&mut self) -> Vec<Lost> {
        std::mem::take(&mut self.lost)
    }

    /// Records the unsent events of a session that has ended as lost: those with these labels.
    pub(super) fn lose(&mut self, client: &str, labels: Vec<u64>, how: Loss) {
        let lost = |label| Lost { client: client.into(), label, how };
        self.lost.extend(labels.into_iter().map(lost));
    }

    /// The client hung up while its connect was held, and that is noticed: what waits for it stays, and the time to its
    /// expiry begins. The product notices nothing until it writes.
    pub fn abandon(&mut self, ticket: &Ticket, now: Duration) {
        self.may_set_an_expiry(now);
        let max_interval = self.settings.max_interval;
        let is_this = |session: &Session| {
            session.held.as_ref().is_some_and(|held| held.number == ticket.number)
        };
        if self.ended.get(&ticket.client).is_some_and(is_this)
            && let Some(session) = self.ended.remove(&ticket.client)
        {
            self.lose(&ticket.client, session.pending(), Loss::Disconnected);
        }
        if let Some(session) =
            self.sessions.get_mut(&ticket.client).filter(|session| is_this(session))
        {
            session.held = None;
            session.schedule_expiry(now, max_interval);
        }
    }

    /// Publishes an event of the server's own, as [`event`](crate::bayeux::event::event) writes it, to the clients of `owner`,
    /// or of everybody.
    pub fn publish(
        &mut self,
        owner: Option<&str>,
        channel: &str,
        event: &Arc<str>,
        label: u64,
    ) -> Published {
        self.channel(channel);
        let event = Event { json: Arc::clone(event), label: Some(label) };
        let mut published = Published::default();
        for (client, session) in &mut self.sessions {
            if owner.is_none_or(|owner| *owner == *session.owner) && session.covers(channel) {
                published.clients.push(client.clone());
                if !session.has_room(self.settings.max_queue) {
                    let client = client.clone();
                    let how = Loss::QueueFull;
                    self.lost.push(Lost { client, label, how });
                    continue;
                }
                session.enqueue(event.clone());
                if session.held.is_some() {
                    published.wake.push(client.clone());
                }
            }
        }
        published
    }

    /// The channel of that name, which is there from now on.
    pub(super) fn channel(&mut self, name: &str) -> Arc<str> {
        if self.channels.len() >= self.sweep_channels_at {
            // Whoever has subscribed to a channel, or has only just cancelled that, shares its name.
            self.channels.retain(|channel| Arc::strong_count(channel) > 1);
            self.sweep_channels_at = MANY_CHANNELS.max(2 * self.channels.len());
        }
        kept(&mut self.channels, name)
    }

    /// Sends one client an event, whether it has subscribed or not.
    pub(crate) fn deliver(&mut self, client: &str, event: &Arc<str>, label: u64) {
        if let Some(session) = self.sessions.get_mut(client) {
            if !session.has_room(self.settings.max_queue) {
                return self.lose(client, vec![label], Loss::QueueFull);
            }
            session.enqueue(Event { json: Arc::clone(event), label: Some(label) });
        }
    }

    /// The number of subscriptions that a client may have.
    pub(crate) fn subscription_limit(&self) -> usize {
        self.settings.subscription_limit
    }

    /// The number of events that may wait for a client.
    pub(crate) fn max_queue(&self) -> Option<usize> {
        self.settings.max_queue
    }

    /// Ends a session from the server's side; its held connect says so.
    pub(crate) fn disconnect(&mut self, client: &str) {
        let Some(mut session) = self.sessions.remove(client) else { return };
        let mut message = json!({ "channel": "/meta/disconnect", "successful": true });
        if let Some(acks) = &mut session.acks {
            acks.tell(&mut message);
        }
        session.enqueue(Event { json: message.to_string().into(), label: None });
        if let Some(session) = self.end(client, session) {
            self.lose(client, session.pending(), Loss::Disconnected);
        }
    }

    /// Keeps a session that has ended for its held connect; returns it, if there is none.
    pub(super) fn end(&mut self, client: &str, session: Session) -> Option<Session> {
        if session.held.is_none() {
            return Some(session);
        }
        self.ended.insert(client.into(), session);
        None
    }

    /// Removes the clients whose time has come, and returns them with their owners.
    ///
    /// The product looks every 997 ms, so that there a client may live a second longer.
    pub fn sweep(&mut self, now: Duration) -> Vec<(ClientId, Arc<str>)> {
        let mut expired = Vec::new();
        // With very many clients, looking at all of them is most of what a request takes.
        if now < self.nobody_expires_before {
            return expired;
        }
        for (client, _) in self.expiring(now) {
            if let Some(session) = self.sessions.remove(&client) {
                self.lose(&client, session.pending(), Loss::Expired);
                expired.push((client, session.owner));
            }
        }
        let next = self.sessions.values().filter_map(|session| session.expires).min();
        self.nobody_expires_before = next.unwrap_or(Duration::MAX);
        expired
    }

    /// Returns the moment at which [`sweep`](Self::sweep) is to be called next, if there is a client.
    pub(crate) fn next_sweep(&self) -> Option<Duration> {
        let is_known = self.nobody_expires_before < Duration::MAX;
        (is_known && !self.sessions.is_empty()).then_some(self.nobody_expires_before)
    }

    /// Prepares for a change of a client's expiry, which is at least a whole `maxInterval` away.
    pub(super) fn may_set_an_expiry(&mut self, now: Duration) {
        let earliest = now.saturating_add(self.settings.max_interval);
        self.nobody_expires_before = self.nobody_expires_before.min(earliest);
    }

    /// The clients that expire by that moment unless they connect, with the number of their connects so far.
    pub(crate) fn expiring(&self, by: Duration) -> Vec<(ClientId, u64)> {
        self.with_connects(|session| session.expires.is_some_and(|expires| expires <= by))
    }

    /// The clients whose connect is held until that moment at the latest, with the number of their connects so far.
    pub(crate) fn held_until(&self, moment: Duration) -> Vec<(ClientId, u64)> {
        self.with_connects(|session| {
            session.held.as_ref().is_some_and(|held| held.deadline <= moment)
        })
    }

    /// Moves a client's expiry to at least `maxInterval` from that moment.
    pub(crate) fn renew(&mut self, client: &str, now: Duration) {
        let least = now.saturating_add(self.settings.max_interval);
        if let Some(session) = self.sessions.get_mut(client) {
            session.expires = session.expires.map(|expires| expires.max(least));
        }
    }

    /// The next moment at which something happens by itself.
    pub fn next_due(&self) -> Option<Duration> {
        let due = self.sessions.values().filter_map(|session| {
            session.held.as_ref().map_or(session.expires, |held| Some(held.deadline))
        });
        due.min()
    }

    /// Tells if one more connect of that browser may be held. Each transport counts for itself, as in CometD.
    pub(super) fn has_room(&self, browser: &str, transport: Transport) -> bool {
        // They are counted only where there is a limit.
        self.settings.max_sessions_per_browser.is_none_or(|limit| {
            let held = self.sessions.values().filter(|session| session.held.is_some());
            held.filter(|held| held.browser == browser && held.transport == transport).count()
                < limit
        })
    }

    fn with_connects(&self, which: impl Fn(&Session) -> bool) -> Vec<(ClientId, u64)> {
        let sessions = self.sessions.iter().filter(|(_, session)| which(session));
        sessions.map(|(client, session)| (Arc::clone(client), session.connects)).collect()
    }
}

/// That text as it is kept for all who have it.
pub(super) fn kept(texts: &mut BTreeSet<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(kept) = texts.get(text) {
        return Arc::clone(kept);
    }
    let kept = Arc::from(text);
    texts.insert(Arc::clone(&kept));
    kept
}

/// Answers a connect that was held.
fn resume(session: &mut Session, ticket: &Ticket, mut reply: Value, now: Duration) -> BayeuxReply {
    let Ticket { client, timesync, .. } = ticket;
    if let Some(timesync) = timesync {
        timesync.tell(&mut reply, now);
    }
    if let Some(acks) = &mut session.acks {
        acks.tell(&mut reply);
    }
    let mut answer = BayeuxReply::default();
    answer.push_events(client, session.take_events());
    answer.push(&reply);
    answer
}

/// The answer to a held connect whose client the server knows no longer.
fn of_unknown(ticket: &Ticket) -> BayeuxReply {
    let mut answer = BayeuxReply::of(&unknown(ticket.reply()));
    answer.tell(&ticket.client, Instruction::Handshake);
    answer
}

/// Advises what a test has ordered, once.
pub(super) fn advise_as_ordered(
    settings: &CometdOptions,
    session: &mut Session,
    reply: &mut Value,
) -> Option<Instruction> {
    match session.ordered.take()? {
        InjectedAdvice::None => {
            reply["advice"] = json!({ "reconnect": "none" });
            Some(Instruction::None)
        }
        InjectedAdvice::Interval(interval) => {
            session.interval = interval;
            reply["advice"] = settings.advice(interval);
            Some(Instruction::Interval(interval))
        }
    }
}

/// A reply to a connect of a client that the server does not know: it is advised to handshake again (wire).
pub(super) fn unknown(mut reply: Value) -> Value {
    reply["successful"] = json!(false);
    reply["error"] = json!(error::UNKNOWN_CLIENT);
    reply["advice"] = json!({ "reconnect": "handshake", "interval": 0 });
    reply
}

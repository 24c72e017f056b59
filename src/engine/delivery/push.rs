//! One request of the push side: its messages are taken, or its connect is held and polled.
//!
//! Rules: bayeux-connect-parallel, and those of [`envelope`](crate::engine::delivery::envelope),
//! [`push_violations`](crate::engine::delivery::push_violations), [`authenticate`](crate::engine::rest::authenticate) and
//! [`csrf`](crate::engine::rest::csrf).

use headers::{Connection, HeaderMapExt};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, Response};

use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::io::{self, MessageViolation, Outcome, Received, Ticket, Tried};
use crate::bayeux::message::Message;
use crate::bayeux::session::{ClientId, ReleaseReason};
use crate::contract::secrets::hidden;
use crate::engine::Engine;
use crate::engine::delivery::envelope::{Content, Envelope, PAGE, Refused, refused};
use crate::engine::delivery::push_client::{Carrier, PushClient, Sent, WrittenReply};
use crate::engine::delivery::push_faults::HandshakeFault;
use crate::engine::delivery::push_violations::{
    BROWSER, describe, parallel, push_violation, topics,
};
use crate::engine::io::{
    ConnectionId, EntryId, HeldRequest, Moment, Poll, Presence, PushAnswer, PushStep,
};
use crate::engine::log::timeline::{Ending, EntryKind};
use crate::engine::parts::AfterWrite;
use crate::engine::rest::authenticate::{Authenticated, authenticate, cookie};
use crate::engine::rest::csrf;
use crate::engine::rest::reply::JSON;
use crate::rules::Violation;
use crate::scenario::player::{Effects, ScheduledEffect};
use crate::scenario::step::BayeuxMessage;

/// A request of the push side, whole.
pub(crate) struct PushRequest<'r> {
    pub(crate) entry: EntryId,
    pub(crate) head: &'r Parts,
    pub(crate) content: Content,
    pub(crate) connection: ConnectionId,
    /// The moment at which its head came.
    pub(crate) arrived: Moment,
}

/// The messages of a request, and the circumstances that they came in.
struct Batch<'r> {
    entry: EntryId,
    headers: &'r HeaderMap,
    envelope: Envelope,
    sent: Sent,
    authenticated: Authenticated,
    /// The cookie of CometD that came with the request.
    browser: Option<String>,
    messages: Vec<Message>,
}

/// The injected faults that a handshake meets.
#[derive(Clone, Copy, Default)]
struct HandshakeFaults {
    is_refused: bool,
    loses_cookie: bool,
}

/// The violations of a request so far, each with the index of its message.
struct Blame {
    /// Messages that their client had been told not to send.
    disobeyed: Vec<(usize, Violation)>,
    /// Messages that CometD refuses.
    refused: Vec<(usize, MessageViolation)>,
}

/// The request that an answer completes, and the form of that answer.
struct Addressee<'r> {
    entry: EntryId,
    carrier: Carrier,
    /// The client whose connect is answered.
    connecting: Option<ClientId>,
    envelope: &'r Envelope,
    cookies: Vec<HeaderValue>,
}

impl Engine {
    /// Takes a request of the push side.
    pub(crate) fn push(&mut self, request: PushRequest<'_>, now: Moment) -> PushStep {
        let PushRequest { entry, head, content, connection, arrived } = request;
        // Whose client a message is shows in its clientId; a stale cookie beside credentials does no harm, as with a GET.
        let rest = &mut self.rest;
        let ids = &mut self.ids;
        let left = content.disconnected();
        let is_leaving = !left.is_empty();
        let authenticated = authenticate(rest, ids, &self.settings, &Method::GET, &head.headers)
            .excuse_late(rest, connection, is_leaving);
        if let Some(ended) = &authenticated.ended_http_session {
            self.delivery.left_late(ended, &left);
        }
        if let Some(logged) = self.log.timeline.entry_mut(entry) {
            logged.user = authenticated.user.as_deref().map(|user| self.rest.world.name(user));
        }
        let unprotected = csrf::check(&self.ids, &self.settings, head, &authenticated);
        let messages = match unprotected {
            Some(violation) => Err(refused(&self.settings, violation)),
            None => content.of_caller(&self.settings, &authenticated),
        };
        match messages {
            Err(refused) => {
                let shown = csrf::shown(
                    &self.ids,
                    &self.settings,
                    head,
                    // No cookie of a new session goes out with this answer.
                    authenticated.http_session.as_deref(),
                );
                PushStep::Answer(self.refuse(entry, refused, shown, now))
            }
            Ok(messages) => {
                let batch = Batch {
                    entry,
                    headers: &head.headers,
                    envelope: Envelope::of(head),
                    sent: Sent { on: connection, at: arrived },
                    browser: cookie(&head.headers, BROWSER),
                    authenticated,
                    messages,
                };
                self.take(batch, now)
            }
        }
    }

    /// Refuses a request before CometD is reached.
    fn refuse(
        &mut self,
        entry: EntryId,
        refused: Refused,
        shown_token: HeaderMap,
        now: Moment,
    ) -> PushAnswer {
        self.answered(entry, now, refused.status, refused.body.as_bytes());
        self.log.add(entry, refused.violation.as_deref().cloned());
        let mut response = turned(refused.status, refused.body, refused.content_type);
        response.headers_mut().extend(shown_token);
        PushAnswer { response, is_tracked: false }
    }

    /// Hands the messages to the CometD server, and keeps book of what came of them.
    fn take(&mut self, batch: Batch<'_>, now: Moment) -> PushStep {
        let faults = self.handshake_faults(&batch, now);
        let disobeyed = self.disobeyed(&batch);
        let Received {
            outcome,
            new_browser,
            new_client,
            wake,
            subscribed,
            acknowledged,
            expired,
            violations,
        } = self.receive(&batch, faults, now);
        let (delivery, mut book) = self.delivery(now.at);
        delivery.acknowledged(&mut book, &acknowledged);
        delivery.wake(wake);
        if let Some(client) = new_client {
            self.register(&batch, client, faults);
        }
        let blame = Blame { disobeyed, refused: violations };
        let reached = reached(&batch.messages, &outcome, &blame.refused);
        let found = self.blame(&batch, reached, &blame);
        let effects = self.scenario_effects(&batch, faults, &blame.refused);
        self.expired(&expired, now);
        self.update_clients(&batch, reached, &blame.refused);
        self.log_messages(&batch, found, subscribed, matches!(outcome, Outcome::Hold(_)));
        let new_browser = match new_browser {
            Some(id) if !faults.loses_cookie => {
                HeaderValue::try_from(format!("{BROWSER}={id}; Path=/; HttpOnly")).ok()
            }
            _ => None,
        };
        let cookies = new_browser.into_iter().chain(batch.authenticated.set_cookie()).collect();
        let Effects { before, behind, .. } = effects;
        self.run_effects(before, now);
        match outcome {
            Outcome::Answer(reply) => {
                let Batch { entry, envelope, sent, messages, .. } = &batch;
                let connect = messages.iter().find(|message| message.channel == "/meta/connect");
                let carrier =
                    Carrier { sent: Sent { on: sent.on, at: now }, to_connect: connect.is_some() };
                let connecting = connect.and_then(|connect| connect.client_id.as_deref());
                let connecting = connecting.map(ClientId::from);
                let to = Addressee { entry: *entry, carrier, connecting, envelope, cookies };
                PushStep::Answer(self.finish(to, reply, behind, now))
            }
            Outcome::Failed => {
                let mut answer = self.fail(batch.entry, cookies, now);
                answer.is_tracked = self
                    .track(batch.entry, AfterWrite { effects: behind, ..AfterWrite::default() });
                PushStep::Answer(answer)
            }
            Outcome::Hold(ticket) => {
                self.log.show(batch.entry);
                // The connect may be held until one of these effects sends it an event.
                self.run_effects(behind, now);
                PushStep::Hold(Box::new(held(batch, ticket, cookies)))
            }
        }
    }

    /// Looks which injected faults the handshake of a batch meets, if there is one.
    fn handshake_faults(&mut self, batch: &Batch<'_>, now: Moment) -> HandshakeFaults {
        let shakes_hands =
            batch.messages.iter().any(|message| message.channel == "/meta/handshake");
        let user = match batch.authenticated.user.as_deref() {
            Some(user) if shakes_hands => user,
            _ => return HandshakeFaults::default(),
        };
        let (delivery, mut book) = self.delivery(now.at);
        let is_refused = delivery.handshake_fault(&mut book, user, HandshakeFault::Refuse);
        let loses_cookie = batch.browser.is_none()
            && !is_refused
            && delivery.handshake_fault(&mut book, user, HandshakeFault::LoseCookie);
        HandshakeFaults { is_refused, loses_cookie }
    }

    /// Hands the messages to the CometD server.
    fn receive(&mut self, batch: &Batch<'_>, faults: HandshakeFaults, now: Moment) -> Received {
        let owner = batch.owner(faults);
        let shakes_hands =
            batch.messages.iter().any(|message| message.channel == "/meta/handshake");
        let mut id = || if shakes_hands { self.ids.next() } else { String::new() };
        let new_client = id().into();
        let new_browser = id();
        let subscribing = batch
            .messages
            .iter()
            .find(|message| message.channel == "/meta/subscribe")
            .and_then(|message| message.client_id.as_deref());
        let time = self.timestamp(now.at).timestamp_millis();
        let (delivery, mut book) = self.delivery(now.at);
        if let (Some(user), Some(client)) = (owner, subscribing)
            && delivery.server.session(client).is_some_and(|session| *session.owner == *user)
        {
            delivery.deliver_on_subscribe(&mut book, user, client);
        }
        let request = io::Request {
            messages: &batch.messages,
            transport: batch.envelope.transport(),
            browser: batch.browser.as_deref(),
            owner,
            new_client,
            new_browser,
            label: batch.entry,
            time,
        };
        delivery.server.receive(request, now.at)
    }

    /// Keeps a client whose handshake has succeeded.
    fn register(&mut self, batch: &Batch<'_>, client: ClientId, faults: HandshakeFaults) {
        let http_session = batch.authenticated.any_http_session().map(str::to_owned);
        let owner = batch.owner(faults).unwrap_or_default().to_owned();
        let mut made = PushClient::new(owner, http_session, self.present(batch), batch.entry);
        made.lost_its_cookie = faults.loses_cookie && !self.settings.push.trust_client_session;
        self.delivery.clients.insert(client, made);
    }

    /// Notes that the client of a batch is there.
    fn present(&mut self, batch: &Batch<'_>) -> Presence {
        let presence = batch.presence();
        self.delivery.present.insert(presence);
        presence
    }

    /// Returns the messages that their clients were told not to send.
    fn disobeyed(&mut self, batch: &Batch<'_>) -> Vec<(usize, Violation)> {
        let clients = &mut self.delivery.clients;
        let was_answered = |first| self.log.timeline.was_answered_before(first, batch.entry);
        let broken = batch.messages.iter().enumerate().filter_map(|(index, message)| {
            let client = clients.get_mut(message.client_id.as_deref()?)?;
            if batch.authenticated.user.as_deref() != Some(&*client.owner) {
                return None;
            }
            let broken = client.breaks(index, message, &batch.sent, batch.entry, was_answered);
            Some((index, broken.or_else(|| client.acknowledges_too_little(index, message))?))
        });
        let verdict = self.settings.verdict_on_habits();
        let broken = broken.map(|(index, broken)| match broken.rule.id {
            "bayeux-ack-stale" => (index, Violation { verdict, ..broken }),
            _ => (index, broken),
        });
        broken.collect()
    }

    /// Returns the violations of a request.
    fn blame(&self, batch: &Batch<'_>, reached: &[Message], blame: &Blame) -> Vec<Violation> {
        let Blame { disobeyed, refused } = blame;
        let refused_only = refused
            .iter()
            .filter(|(index, _)| disobeyed.iter().all(|disobeyed| disobeyed.0 != *index));
        let of_messages = refused_only.map(|(index, violation)| {
            let delivery = &self.delivery;
            let ids = &self.ids;
            let message = &batch.messages[*index];
            let browser = batch.browser.as_deref();
            push_violation(delivery, ids, *index, *violation, message, browser)
        });
        let caller = batch.authenticated.violation.iter().cloned();
        let disobeyed = disobeyed.iter().map(|(_, violation)| violation.clone());
        caller.chain(disobeyed).chain(of_messages).chain(topics(reached, refused)).collect()
    }

    /// Returns what follows in the scenario that is played.
    fn scenario_effects(
        &mut self,
        batch: &Batch<'_>,
        faults: HandshakeFaults,
        refused: &[(usize, MessageViolation)],
    ) -> Effects {
        let Some(user) = batch.owner(faults) else { return Effects::default() };
        self.follow_messages(batch.entry, user, &batch.messages, refused)
    }

    /// Keeps what the messages of a batch say of their clients.
    fn update_clients(
        &mut self,
        batch: &Batch<'_>,
        reached: &[Message],
        refused: &[(usize, MessageViolation)],
    ) {
        for client in batch.messages.iter().filter_map(|message| message.client_id.as_deref()) {
            if let Some(client) = self.delivery.clients.get_mut(client) {
                client.latest = batch.entry;
            }
        }
        let taken = reached
            .iter()
            .enumerate()
            .filter(|(index, _)| refused.iter().all(|(other, _)| other != index));
        for (_, message) in taken.filter(|(_, message)| message.channel == "/meta/connect") {
            let Some(id) = message.client_id.as_deref() else { continue };
            let Some(before) = self.delivery.clients.get(id).map(|client| client.presence) else {
                continue;
            };
            if matches!(before, Presence::Request(_)) {
                self.delivery.present.remove(&before);
            }
            let presence = self.present(batch);
            let client = self.delivery.clients.get_mut(id);
            client.into_iter().for_each(|client| client.connects(presence));
        }
        for message in batch.messages.iter().filter(|message| message.channel == "/meta/disconnect")
        {
            let Some(id) = message.client_id.as_deref() else { continue };
            let is_gone = self.delivery.server.session(id).is_none();
            if is_gone && let Some(client) = self.delivery.clients.get_mut(id) {
                client.has_left = true;
            }
        }
    }

    fn log_messages(
        &mut self,
        batch: &Batch<'_>,
        violations: Vec<Violation>,
        subscribed: Vec<String>,
        is_held: bool,
    ) {
        self.log.add(batch.entry, violations);
        let Some(entry) = self.log.timeline.entry_mut(batch.entry) else { return };
        if let EntryKind::Push(push) = &mut entry.what {
            push.messages = batch
                .messages
                .iter()
                .map(|message| hidden(&describe(message)).into_owned())
                .collect();
            push.sent = batch.messages.iter().map(BayeuxMessage::of).collect();
            push.subscribed = subscribed;
            push.held = is_held;
        }
    }

    /// Writes into the timeline which clients have expired.
    pub(in crate::engine) fn expired(
        &mut self,
        clients: &[(ClientId, std::sync::Arc<str>)],
        now: Moment,
    ) {
        for (_, owner) in clients {
            self.remark(owner, "CometD session expired: no connect came in time", now.at);
        }
    }

    /// Tries a held connect.
    pub(crate) fn poll(&mut self, held: &HeldRequest, now: Moment) -> Poll {
        match self.delivery.server.poll(&held.ticket, now.at) {
            Tried::Waiting => Poll::Waiting,
            Tried::Answer(reply) => {
                let to = Addressee {
                    entry: held.entry,
                    carrier: Carrier {
                        sent: Sent { on: held.connection, at: now },
                        to_connect: true,
                    },
                    connecting: Some(held.ticket.client.clone()),
                    envelope: &held.envelope,
                    cookies: held.cookies.clone(),
                };
                Poll::Answer(self.finish(to, reply, Vec::new(), now))
            }
            Tried::Released(ReleaseReason::Cut) => {
                self.end(held.entry, Ending::Cut { at: now.at });
                Poll::Cut
            }
            Tried::Released(ReleaseReason::Superseded(by)) => {
                let client = held.ticket.client.clone();
                let known = self.delivery.clients.get_mut(&client);
                let again = known.is_some_and(PushClient::connects_beside);
                self.log.add(by, [parallel(again)]);
                self.delivery.superseded.insert(held.entry, (by, client));
                Poll::Superseded
            }
            Tried::Released(ReleaseReason::Failed) => {
                Poll::Answer(self.fail(held.entry, held.cookies.clone(), now))
            }
        }
    }

    /// Answers a connect that was superseded: its client has not hung up, so the newer connect remains blamed.
    pub(crate) fn answer_superseded(&mut self, held: &HeldRequest, now: Moment) -> PushAnswer {
        // If its socket does not take the answer, the client had given it up.
        PushAnswer { is_tracked: true, ..self.fail(held.entry, held.cookies.clone(), now) }
    }

    /// Polls a connect whose client has hung up. Its answer is lost with what it carries; tells if it is over.
    pub(crate) fn poll_abandoned(&mut self, ticket: &Ticket, entry: EntryId, now: Moment) -> bool {
        match self.delivery.server.poll(ticket, now.at) {
            Tried::Waiting => false,
            Tried::Released(_) => true,
            Tried::Answer(reply) => {
                self.delivery.unwritten(reply, entry);
                true
            }
        }
    }

    /// A client has hung up while its connect was held. Tells if the connect is to be polled on: CometD notices nothing until
    /// it writes, unless `keep_on_hangup` is set.
    pub(crate) fn connect_abandoned(&mut self, held: &HeldRequest, now: Moment) -> bool {
        self.delivery.present.remove(&held.presence);
        if let Some(client) = self.delivery.clients.get_mut(&held.ticket.client)
            && let Some(habit) = client.abandons_connect()
        {
            let verdict = self.settings.verdict_on_habits();
            self.log.add(held.entry, [Violation { verdict, ..habit }]);
        }
        let keeps = self.settings.push.keep_on_hangup;
        if keeps {
            self.delivery.server.abandon(&held.ticket, now.at);
        }
        !keeps
    }

    /// A connection is closed: whoever waits for its client learns of it.
    pub(crate) fn connection_closed(&mut self, connection: ConnectionId) {
        self.delivery.present.remove(&Presence::Connection(connection));
    }

    /// Completes a request with an answer of Bayeux.
    fn finish(
        &mut self,
        to: Addressee<'_>,
        reply: BayeuxReply,
        effects: Vec<ScheduledEffect>,
        now: Moment,
    ) -> PushAnswer {
        let Addressee { entry, carrier, connecting, envelope, cookies } = to;
        let messages = reply.body();
        if let Some(logged) = self.log.timeline.entry_mut(entry)
            && let EntryKind::Push(push) = &mut logged.what
        {
            push.had_events = !reply.labels().is_empty();
        }
        self.answered(entry, now, 200, messages.as_bytes());
        let (content_type, body) = envelope.wrap(messages);
        let response = with_cookies(respond(200, body, content_type), cookies);
        let is_counted = |client: &ClientId| self.delivery.clients.contains_key(client);
        let connecting = connecting.filter(is_counted);
        let matters = reply.has_consequences() || connecting.is_some();
        let number =
            connecting.as_deref().and_then(|client| self.delivery.server.last_number(client));
        let reply = matters.then_some(WrittenReply { reply, carrier, connecting, number });
        let is_tracked = self.track(entry, AfterWrite { reply, effects, ..AfterWrite::default() });
        PushAnswer { response, is_tracked }
    }

    /// Answers as CometD where it throws: HTTP 500, no body, the connection closed (wire).
    fn fail(&mut self, entry: EntryId, cookies: Vec<HeaderValue>, now: Moment) -> PushAnswer {
        self.answered(entry, now, 500, b"");
        let response = with_cookies(turned(500, String::new(), JSON), cookies);
        PushAnswer { response, is_tracked: false }
    }
}

impl Batch<'_> {
    fn presence(&self) -> Presence {
        if closes(self.headers) {
            Presence::Request(self.entry)
        } else {
            Presence::Connection(self.sent.on)
        }
    }

    /// The id of the user whose messages these are; nobody's, where the handshake is refused.
    fn owner(&self, faults: HandshakeFaults) -> Option<&str> {
        if faults.is_refused { None } else { self.authenticated.user.as_deref() }
    }
}

/// Returns the messages that were worked through: behind one that makes CometD throw there is none.
fn reached<'m>(
    messages: &'m [Message],
    outcome: &Outcome,
    refused: &[(usize, MessageViolation)],
) -> &'m [Message] {
    match (outcome, refused.last()) {
        (Outcome::Failed, Some((index, _))) => &messages[..=*index],
        _ => messages,
    }
}

/// Tells if a client closes its connection after each answer.
fn closes(headers: &HeaderMap) -> bool {
    headers.typed_get::<Connection>().is_some_and(|header| header.contains("close"))
}

fn held(batch: Batch<'_>, ticket: Ticket, cookies: Vec<HeaderValue>) -> HeldRequest {
    let presence = batch.presence();
    let Batch { entry, envelope, sent, .. } = batch;
    HeldRequest { entry, ticket, connection: sent.on, presence, envelope, cookies }
}

fn with_cookies(mut response: Response<String>, cookies: Vec<HeaderValue>) -> Response<String> {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn turned(status: u16, body: String, content_type: HeaderValue) -> Response<String> {
    let is_empty = body.is_empty();
    let is_page = content_type == PAGE;
    let mut response = respond(status, body, content_type);
    if is_empty {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    if is_page {
        let value = HeaderValue::from_static("must-revalidate,no-cache,no-store");
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    if status == 500 || status == 413 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn respond(status: u16, body: String, content_type: HeaderValue) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().expect("a status of an answer is one of HTTP");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

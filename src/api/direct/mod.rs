//! A fake without a server: the engine, driven by calls that return at once. No socket, no task, no lock, and a clock that stands
//! still until it is set forward.
//!
//! The rule of this file: it decides nothing. It does in the same order what `server` does around a socket: a request begins, is
//! read and handed to the engine, and its answer counts as written when the engine has made it. What belongs to HTTP itself is
//! left out: CORS, mocks and the control endpoint.
//!
//! In a fake that is driven step by step, an answer counts as written when its client takes it. What such a fake does is kept for
//! [`checks`].

pub(crate) mod checks;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use serde_json::Value;

use crate::api::builder::Builder;
use crate::api::customer;
use crate::api::direct::checks::Checks;
use crate::api::fake::verification::verify;
use crate::api::known_rule::find_rule;
use crate::bayeux::session::ClientId;
use crate::engine::Engine;
use crate::engine::barriers;
use crate::engine::commands;
use crate::engine::delivery::envelope::Content;
use crate::engine::delivery::push::PushRequest;
use crate::engine::ids::Seed;
use crate::engine::inventory::Inventory;
use crate::engine::io::{
    Arrived, ConnectionId, EntryId, HeldRequest, Hold, Moment, Poll, PushAnswer, PushStep,
    RestAnswer, RestRequest, RestStep, Resumed, Suspended, Until,
};
use crate::engine::rest::rest_faults::RestFault;
use crate::engine::rest::validate::{Form, Validated, validate};
use crate::engine::settings::Settings;
use crate::error::Error;
use crate::gws::timestamp::parse_timestamp;
use crate::report::text::Facts;
use crate::server::request::too_large;

/// The address that a fake without a server has in its answers.
const URL: &str = "http://gws.example";

/// The moment at which every fake without a server begins.
const BEGAN: &str = "2024-01-01 12:00:00.000+0000";

/// A fake without a server.
#[derive(Debug)]
pub struct DirectFake {
    engine: Engine,
    settings: Arc<Settings>,
    /// Bytes of a body.
    body_limit: usize,
    now: Duration,
    /// The connects that are held, in the order in which they came.
    held: Vec<HeldRequest>,
    /// The connects that are held though their clients have hung up.
    abandoned: Vec<HeldRequest>,
    /// The connects that were superseded, and whose clients may still hang up.
    superseded: Vec<HeldRequest>,
    /// The REST requests that are held back.
    held_back: Vec<HeldBack>,
    /// The REST requests that are never answered.
    ignored: Vec<(ConnectionId, EntryId)>,
    /// The answers that wait for the deliveries before them.
    delivering: Vec<(ConnectionId, EntryId, RestAnswer)>,
    /// By connection, the answers that nobody has taken. `None` is its end.
    answers: BTreeMap<ConnectionId, VecDeque<Option<Untaken>>>,
    /// The clients whose held connects are to be polled.
    woken: BTreeSet<ClientId>,
    everybody_woken: bool,
    /// The tasks of a server, of which each takes the engine for itself, have had no turn since this was set.
    is_busy: bool,
    /// There, where the fake is driven step by step.
    checks: Option<Checks>,
}

/// A REST request that is held back.
#[derive(Debug)]
struct HeldBack {
    entry: EntryId,
    connection: ConnectionId,
    has_hung_up: bool,
    head: Parts,
    body: Vec<u8>,
    closes: bool,
    suspended: Box<Suspended>,
    hold: Hold,
}

/// An answer that nobody has taken.
#[derive(Debug)]
struct Untaken {
    response: Response<String>,
    /// The entry of its request, where something follows once it is written.
    written: Option<EntryId>,
}

impl DirectFake {
    /// Makes a fake that is asked for as one with a server is. Two fakes with the same seed give the same ids.
    ///
    /// # Errors
    ///
    /// As `Builder::try_start`, but for the address.
    pub fn new(builder: Builder, seed: u64) -> Result<Self, Error> {
        Self::make(builder, seed, None)
    }

    /// Makes a fake that is driven step by step: an answer counts as written when its client takes it, and a superseded connect
    /// is answered when the clock moves.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn step_by_step(builder: Builder, seed: u64) -> Result<Self, Error> {
        Self::make(builder, seed, Some(Checks::default()))
    }

    fn make(builder: Builder, seed: u64, checks: Option<Checks>) -> Result<Self, Error> {
        let parts = builder.without_server(URL)?;
        // The checks are shown each entry.
        let settings = Settings { is_watched: checks.is_some(), ..parts.settings };
        let settings = Arc::new(settings);
        let began = parse_timestamp(BEGAN).expect("the moment is written as GWS writes one");
        let mut engine = Engine::new(Arc::clone(&settings), began, Seed(seed));
        engine.log.exemptions = parts.exemptions;
        let mut fake = Self {
            engine,
            settings,
            body_limit: parts.limits.body,
            now: Duration::ZERO,
            held: Vec::new(),
            abandoned: Vec::new(),
            superseded: Vec::new(),
            held_back: Vec::new(),
            ignored: Vec::new(),
            delivering: Vec::new(),
            answers: BTreeMap::new(),
            woken: BTreeSet::new(),
            everybody_woken: false,
            is_busy: false,
            checks,
        };
        if let Some(player) = parts.player {
            fake.change(|engine, now| engine.play(player, now));
        }
        Ok(fake)
    }

    /// Returns the address that stands in its answers.
    pub fn url(&self) -> &'static str {
        URL
    }

    /// Sends a request on a connection. Its answer waits in [`answer`](Self::answer), at once, when its connect ends, or when it
    /// is no longer held back.
    pub fn send(&mut self, connection: ConnectionId, request: Request<Vec<u8>>) {
        let (head, body) = request.into_parts();
        if self.settings.is_push(head.uri.path()) {
            self.push(connection, &head, &body);
        } else {
            self.rest(connection, &head, &body);
        }
    }

    /// Returns the next answer on a connection; `None` where there is none, since a request is held or the fake closed the connection.
    pub fn answer(&mut self, connection: ConnectionId) -> Option<Response<String>> {
        let Untaken { response, written } =
            self.answers.get_mut(&connection)?.pop_front().flatten()?;
        if let Some(entry) = written {
            self.change(|engine, now| engine.written(entry, now));
        }
        Some(response)
    }

    /// Sends a request on a connection, and returns its answer, if there is one at once.
    pub fn request(
        &mut self,
        connection: ConnectionId,
        request: Request<Vec<u8>>,
    ) -> Option<Response<String>> {
        self.send(connection, request);
        self.answer(connection)
    }

    /// The client closes a connection, whatever it waits for there.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        let all = std::mem::take(&mut self.held).into_iter();
        let (gone, held): (Vec<_>, _) = all.partition(|held| held.connection == connection);
        self.held = held;
        let mut given_up: Vec<EntryId> = gone.iter().map(|held| held.entry).collect();
        for held in gone {
            if self.change(|engine, now| engine.connect_abandoned(&held, now)) {
                self.abandoned.push(held);
            }
        }
        let superseded = self.superseded.extract_if(.., |held| held.connection == connection);
        given_up.extend(superseded.map(|held| held.entry));
        let ignored = self.ignored.extract_if(.., |(other, _)| *other == connection);
        given_up.extend(ignored.map(|(_, entry)| entry));
        let delivering = self.delivering.extract_if(.., |(other, ..)| *other == connection);
        given_up.extend(delivering.map(|(_, entry, _)| entry));
        for held in self.held_back.iter_mut().filter(|held| held.connection == connection) {
            if !std::mem::replace(&mut held.has_hung_up, true) {
                given_up.push(held.entry);
            }
        }
        let untaken = self.answers.remove(&connection).into_iter().flatten().flatten();
        given_up.extend(untaken.filter_map(|untaken| untaken.written));
        for entry in given_up {
            self.change(|engine, now| engine.abandoned(entry, now));
        }
        self.change(|engine, _| engine.connection_closed(connection));
    }

    /// Tells if a connect of a client of that user is held.
    pub fn is_connect_held(&mut self, user_name: &str) -> bool {
        let user = self.engine.rest.world.user_named(user_name).map(|user| user.id.clone());
        user.is_some_and(|user| barriers::connect_held(user)(&mut self.engine).is_some())
    }

    /// Sets the clock forward, from due time to due time. No client is waited for.
    pub fn advance(&mut self, by: Duration) {
        let target = self.now.saturating_add(by);
        while let Some(due) = self.engine.next_due().filter(|due| *due <= target) {
            self.now = self.now.max(due);
            self.change(|engine, now| engine.advance(&[], Moment { at: due, ..now }));
            if self.engine.next_due().is_some_and(|next| next <= due) {
                break;
            }
        }
        self.now = target;
        self.change(|engine, now| engine.advance(&[], now));
        self.answer_superseded();
    }

    /// Has all that waits go on after each change, or only when it is no longer busy: a server's tasks have their turn some time
    /// after they were woken.
    pub fn set_busy(&mut self, is_busy: bool) {
        self.is_busy = is_busy;
        self.go_on();
    }

    /// Begins again with the fixtures.
    pub fn reset(&mut self) {
        self.change(|engine, _| engine.reset());
    }

    /// Runs a command of the control endpoint by its name.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it cannot be done.
    pub fn call(&mut self, name: &str, with: &Value) -> Result<Value, Error> {
        self.change(|engine, now| commands::call(engine, name, with, now))
    }

    /// Returns the messages that the customer of a session sees.
    pub fn messages_of_customer(&self, session: &str) -> Vec<Value> {
        customer::messages_seen(&self.engine, session)
    }

    /// Returns the participants whom the customer of a session sees.
    pub fn participants_of_customer(&self, session: &str) -> Vec<Value> {
        customer::participants_seen(&self.engine, session)
    }

    /// Lets violations of a rule pass.
    ///
    /// # Errors
    ///
    /// For a rule that does not exist.
    pub fn allow(&mut self, rule: &str) -> Result<(), Error> {
        self.engine.log.exemptions.allowed.push(find_rule(rule)?);
        Ok(())
    }

    /// Expects a violation of a rule.
    ///
    /// # Errors
    ///
    /// For a rule that does not exist.
    pub fn expect_violation(&mut self, rule: &str) -> Result<(), Error> {
        self.engine.log.exemptions.expected.push(find_rule(rule)?);
        Ok(())
    }

    /// Fails when the contract was broken so far.
    ///
    /// # Errors
    ///
    /// With the report, when it was.
    pub fn verify(&mut self) -> Result<(), Error> {
        self.facts(verify)
    }

    /// Returns the whole report.
    pub fn report(&mut self) -> String {
        self.facts(|facts| facts.report())
    }

    /// Returns the promises that the fake has broken since the last call, in words; none, unless it is driven step by step.
    pub fn broken(&mut self) -> Vec<String> {
        let Some(checks) = &mut self.checks else { return Vec::new() };
        let mut broken = checks.broken(&self.engine);
        let is_quiet = self.answers.values().flatten().flatten().next().is_none()
            && self.delivering.is_empty()
            && self.superseded.is_empty()
            && self.held_back.is_empty();
        if is_quiet && (!self.engine.is_idle() || self.inventory().unwritten > 0) {
            broken.push("a request is in flight, though every answer is taken".to_owned());
        }
        broken
    }

    /// Counts what the fake keeps.
    pub fn inventory(&self) -> Inventory {
        self.engine.inventory()
    }

    fn facts<T>(&mut self, of: impl FnOnce(&Facts<'_>) -> T) -> T {
        let snapshot = self.change(|engine, now| {
            engine.settle(now.at);
            engine.snapshot()
        });
        Facts::look(snapshot, None, "a fake without a server", of)
    }

    fn rest(&mut self, connection: ConnectionId, head: &Parts, body: &[u8]) {
        let entry = self.change(|engine, now| engine.begin(Arrived::Rest(head), now));
        let closes = body.len() > self.body_limit;
        let (body, form) = if closes {
            (&[][..], Validated::unreadable(too_large(self.body_limit)))
        } else {
            (body, validate(Form::of(&self.settings), head, body))
        };
        let request = RestRequest { connection, head, body, closes, has_mocks: false };
        match self.change(|engine, now| engine.rest(entry, request, form, now)) {
            RestStep::HoldBack(suspended, hold) => {
                self.held_back.push(HeldBack {
                    entry,
                    connection,
                    has_hung_up: false,
                    head: head.clone(),
                    body: body.to_vec(),
                    closes,
                    suspended,
                    hold,
                });
                self.go_on();
            }
            step => self.take_step(connection, entry, step),
        }
    }

    /// Does with a request what the engine says.
    fn take_step(&mut self, connection: ConnectionId, entry: EntryId, step: RestStep) {
        match step {
            RestStep::Answer(answer) => {
                self.delivering.push((connection, entry, answer));
                self.go_on();
            }
            RestStep::Ignore => self.ignored.push((connection, entry)),
            RestStep::Close | RestStep::Reset => self.close(connection),
            RestStep::HoldBack(..) => panic!("a request is held back twice"),
            RestStep::AskMock(_) | RestStep::Relay => panic!("a mock needs a server"),
        }
    }

    /// Sends the answers before which all deliveries are made.
    fn deliver(&mut self) {
        let is_delivered = |(.., answer): &(_, _, RestAnswer)| {
            answer.deliveries.is_empty() || self.engine.are_delivered(&answer.deliveries)
        };
        if let Some(place) = self.delivering.iter().position(is_delivered) {
            let (connection, entry, answer) = self.delivering.remove(place);
            let RestAnswer { response, is_tracked, fault, .. } = answer;
            match fault {
                Some(RestFault::ResetWithin | RestFault::Truncate) => {
                    self.change(|engine, now| engine.abandoned(entry, now));
                    self.close(connection);
                }
                Some(RestFault::ResetAfter) => {
                    self.write(connection, entry, response, is_tracked);
                    self.close(connection);
                }
                _ => self.write(connection, entry, response, is_tracked),
            }
            // With it others may be delivered, too.
            self.deliver();
        }
    }

    /// Works through the requests that are held back no longer.
    fn resume(&mut self) {
        let is_over = |held: &HeldBack| {
            let is_due = matches!(held.hold.until(), Until::Moment(due) if due <= self.now);
            is_due || !self.engine.is_held(held.hold)
        };
        let Some(place) = self.held_back.iter().position(is_over) else { return };
        let HeldBack { entry, connection, has_hung_up, head, body, closes, suspended, .. } =
            self.held_back.remove(place);
        let (head, body) = (&head, &body[..]);
        let request = RestRequest { connection, head, body, closes, has_mocks: false };
        let with = Resumed::Released;
        let step = self.change(|engine, now| engine.resume(entry, request, *suspended, with, now));
        if has_hung_up {
            // Nobody takes the answer; what follows from it is published all the same.
            self.change(|engine, now| engine.abandoned(entry, now));
        } else {
            self.take_step(connection, entry, step);
        }
        self.resume();
    }

    fn push(&mut self, connection: ConnectionId, head: &Parts, body: &[u8]) {
        let arrived = self.moment();
        let entry = self.change(|engine, now| engine.begin(Arrived::Push(head), now));
        let is_small = body.len() <= self.body_limit;
        let body = is_small.then_some(body).ok_or_else(|| too_large(self.body_limit));
        let content = Content::read(&self.settings, head, body);
        let request = PushRequest { entry, head, content, connection, arrived };
        match self.change(|engine, now| engine.push(request, now)) {
            PushStep::Answer(PushAnswer { response, is_tracked }) => {
                self.write(connection, entry, response, is_tracked);
            }
            PushStep::Hold(held) => {
                self.held.push(*held);
                self.go_on();
            }
        }
    }

    /// Hands an answer to its client, who has it with that unless it takes it later.
    fn write(
        &mut self,
        connection: ConnectionId,
        entry: EntryId,
        response: Response<String>,
        is_tracked: bool,
    ) {
        let is_taken_later = self.checks.is_some();
        let written = (is_tracked && is_taken_later).then_some(entry);
        let untaken = Untaken { response, written };
        self.answers.entry(connection).or_default().push_back(Some(untaken));
        if is_tracked && !is_taken_later {
            self.change(|engine, now| engine.written(entry, now));
        }
    }

    fn close(&mut self, connection: ConnectionId) {
        self.answers.entry(connection).or_default().push_back(None);
    }

    fn moment(&self) -> Moment {
        Moment { at: self.now, real: self.now }
    }

    /// Changes the engine, and does what follows.
    fn change<T>(&mut self, change: impl FnOnce(&mut Engine, Moment) -> T) -> T {
        let now = self.moment();
        let result = change(&mut self.engine, now);
        while self.engine.next_timer().is_some_and(|due| due <= now.at) {
            self.engine.run_due(now);
        }
        self.wake_up();
        self.go_on();
        result
    }

    /// Goes on with all that waits, as the tasks of a server do when they have been woken.
    fn go_on(&mut self) {
        if !self.is_busy {
            self.poll();
            self.deliver();
            self.resume();
        }
    }

    /// Takes what follows from a change of the engine. The clock stands still in any case.
    fn wake_up(&mut self) {
        let wake_ups = self.engine.wake_ups(self.moment());
        self.woken.extend(wake_ups.clients);
        self.everybody_woken |= wake_ups.everybody;
        if let Some(checks) = &mut self.checks {
            checks.shown.extend(wake_ups.unshown);
        }
    }

    /// Polls the held connects until none of them has an answer. They are few here: each is polled, whoever is to be woken.
    ///
    /// # Panics
    ///
    /// When one has an answer of which a server would not learn, since nobody was woken.
    fn poll(&mut self) {
        let now = self.moment();
        let mut place = 0;
        while let Some(held) = self.abandoned.get(place) {
            if !self.engine.poll_abandoned(&held.ticket, held.entry, now) {
                place += 1;
                continue;
            }
            let held = self.abandoned.remove(place);
            self.expect_woken(&held);
            self.wake_up();
            place = 0;
        }
        place = 0;
        while let Some(held) = self.held.get(place) {
            let polled = self.engine.poll(held, now);
            if matches!(polled, Poll::Waiting) {
                place += 1;
                continue;
            }
            let held = self.held.remove(place);
            self.expect_woken(&held);
            self.wake_up();
            match polled {
                Poll::Answer(answer) => self.write_held(&held, answer),
                // A client that gives a connect up closes its connection before it sends the next one, or a little later.
                Poll::Superseded => {
                    self.superseded.push(held);
                    if self.checks.is_none() {
                        self.answer_superseded();
                    }
                }
                Poll::Cut | Poll::Waiting => self.close(held.connection),
            }
            // Its answer may have consequences for those before it.
            place = 0;
        }
        self.woken.clear();
        self.everybody_woken = false;
    }

    fn expect_woken(&self, held: &HeldRequest) {
        let client = &held.ticket.client;
        let is_due = held.ticket.deadline <= self.now;
        let is_woken = self.everybody_woken || self.woken.contains(client);
        assert!(is_due || is_woken, "nobody wakes the held connect of the client {client}");
    }

    /// Answers the superseded connects whose clients have not hung up.
    fn answer_superseded(&mut self) {
        for held in std::mem::take(&mut self.superseded) {
            let answer = self.change(|engine, now| engine.answer_superseded(&held, now));
            self.write_held(&held, answer);
        }
    }

    fn write_held(&mut self, held: &HeldRequest, answer: PushAnswer) {
        self.write(held.connection, held.entry, answer.response, answer.is_tracked);
    }
}

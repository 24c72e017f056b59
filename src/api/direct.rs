//! A fake without a server: the engine, driven by calls that return at once. No socket, no task, no lock, and a clock that stands
//! still until it is set forward.
//!
//! The rule of this file: it decides nothing. It does in the same order what `server` does around a socket: a request begins, is
//! read and handed to the engine, and its answer counts as written when the engine has made it. What belongs to HTTP itself is
//! left out: CORS, mocks, the control endpoint, and faults of a connection.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use serde_json::Value;

use crate::api::builder::Builder;
use crate::api::customer;
use crate::api::fake::verification::verify;
use crate::api::known_rule::find_rule;
use crate::engine::Engine;
use crate::engine::barriers;
use crate::engine::commands;
use crate::engine::delivery::envelope::Content;
use crate::engine::delivery::push::PushRequest;
use crate::engine::ids::Seed;
use crate::engine::io::{
    Arrived, ConnectionId, EntryId, HeldRequest, Moment, Poll, PushAnswer, PushStep, RestAnswer,
    RestRequest, RestStep,
};
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
    /// By connection, the answers that nobody has taken. `None` is its end.
    answers: BTreeMap<ConnectionId, VecDeque<Option<Response<String>>>>,
}

impl DirectFake {
    /// Makes a fake that is asked for as one with a server is. Two fakes with the same seed give the same ids.
    ///
    /// # Errors
    ///
    /// As `Builder::try_start`, but for the address.
    pub fn new(builder: Builder, seed: u64) -> Result<Self, Error> {
        let parts = builder.without_server(URL)?;
        let settings = Arc::new(parts.settings);
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
            answers: BTreeMap::new(),
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

    /// Sends a request on a connection. Its answer waits in [`answer`](Self::answer), at once or when its connect ends.
    ///
    /// # Panics
    ///
    /// When an injected fault or a scenario holds the request back, or a fault of the connection befalls it: that needs a server.
    pub fn send(&mut self, connection: ConnectionId, request: Request<Vec<u8>>) {
        let (head, body) = request.into_parts();
        if self.settings.is_push(head.uri.path()) {
            self.push(connection, &head, &body);
        } else {
            self.rest(connection, &head, &body);
        }
    }

    /// Returns the next answer on a connection; `None` where there is none, since a connect is held or the fake closed the connection.
    pub fn answer(&mut self, connection: ConnectionId) -> Option<Response<String>> {
        self.answers.get_mut(&connection)?.pop_front().flatten()
    }

    /// Sends a request on a connection, and returns its answer, if there is one at once.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    pub fn request(
        &mut self,
        connection: ConnectionId,
        request: Request<Vec<u8>>,
    ) -> Option<Response<String>> {
        self.send(connection, request);
        self.answer(connection)
    }

    /// The client closes a connection.
    pub fn hang_up(&mut self, connection: ConnectionId) {
        let all = std::mem::take(&mut self.held).into_iter();
        let (gone, held): (Vec<_>, _) = all.partition(|held| held.connection == connection);
        self.held = held;
        for held in gone {
            if self.change(|engine, now| engine.connect_abandoned(&held, now)) {
                self.abandoned.push(held);
            }
        }
        self.change(|engine, _| engine.connection_closed(connection));
        self.answers.remove(&connection);
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
            RestStep::Answer(RestAnswer { response, is_tracked, fault: None, .. }) => {
                self.write(connection, entry, response, is_tracked);
            }
            RestStep::Close => self.close(connection),
            step => panic!("this needs a server: {step:?}"),
        }
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
                self.poll();
            }
        }
    }

    /// Hands an answer to its client, who has it with that.
    fn write(
        &mut self,
        connection: ConnectionId,
        entry: EntryId,
        response: Response<String>,
        is_tracked: bool,
    ) {
        self.answers.entry(connection).or_default().push_back(Some(response));
        if is_tracked {
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
        // Held connects are few here: each is polled, whoever is to be woken. The clock stands still in any case.
        let _ = self.engine.wake_ups(now);
        self.poll();
        result
    }

    /// Polls the held connects until none of them has an answer.
    fn poll(&mut self) {
        let now = self.moment();
        let engine = &mut self.engine;
        self.abandoned.retain(|held| !engine.poll_abandoned(&held.ticket, held.entry, now));
        let mut place = 0;
        while let Some(held) = self.held.get(place) {
            let polled = self.engine.poll(held, now);
            if matches!(polled, Poll::Waiting) {
                place += 1;
                continue;
            }
            let held = self.held.remove(place);
            match polled {
                Poll::Answer(answer) => self.write_held(&held, answer),
                // A client that gives a connect up closes its connection before it sends the next one.
                Poll::Superseded => {
                    let answer = self.engine.answer_superseded(&held, now);
                    self.write_held(&held, answer);
                }
                Poll::Cut | Poll::Waiting => self.close(held.connection),
            }
            // Its answer may have consequences for those before it.
            place = 0;
        }
    }

    fn write_held(&mut self, held: &HeldRequest, answer: PushAnswer) {
        self.write(held.connection, held.entry, answer.response, answer.is_tracked);
    }
}

//! Assertions about the requests of one operation.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::assertions::asserts::asserts;
use crate::api::assertions::filter::{Filter, unsure};
use crate::api::assertions::known;
use crate::api::assertions::request::ReceivedRequest;
use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::engine::Engine;
use crate::engine::log::timeline::{Ending, Entry};
use crate::error::{Error, demand};
use crate::gws::operation::{Mode, Operation};
use crate::server::running_fake::RunningFake;

/// The requests of one operation, as `gws.received(Operation::Intrude)` gives them: those that were taken and those that
/// were refused. `by`, `in_session`, `with` and `mode` leave out others; what follows asserts.
///
/// ```
/// use gws_sms_fake::{FakeGws, Mode, Operation};
///
/// let gws = FakeGws::start();
/// gws.received(Operation::Intrude).by("s1").mode(Mode::Coach).never();
/// ```
#[derive(Clone, Debug)]
pub struct Received {
    fake: Arc<RunningFake>,
    filter: Filter,
}

impl Received {
    pub(crate) fn new(fake: &Arc<RunningFake>, operation: Operation) -> Self {
        let words = format!("requests of {}", operation.as_str());
        let is =
            move |entry: &Entry| entry.rest().is_some_and(|rest| rest.operation == Some(operation));
        Self { fake: Arc::clone(fake), filter: Filter::new(words, is) }
    }

    /// Only those that the user of this name sent.
    ///
    /// # Panics
    ///
    /// When the fixtures have no such user.
    #[track_caller]
    pub fn by(self, user_name: &str) -> Self {
        demand(known::user(&self.fake, user_name));
        let user = user_name.to_owned();
        self.and(&format!("by {user_name}"), move |entry| entry.user.as_ref() == Some(&user))
    }

    /// Only those with the session of this id in their path.
    ///
    /// # Panics
    ///
    /// When there is no such session, and nothing was received or sent about it.
    #[track_caller]
    pub fn in_session(self, session: &str) -> Self {
        demand(known::session(&self.fake, session));
        let id = session.to_owned();
        self.and(&format!("in session {session}"), move |entry| {
            entry.rest().is_some_and(|rest| rest.session.as_ref() == Some(&id))
        })
    }

    /// Only those that were taken: answered with statusCode 0.
    pub fn taken(self) -> Self {
        self.and("that were taken", |entry| status_code(entry) == Some(0))
    }

    /// Only those that were answered with another statusCode than 0, or without one.
    pub fn refused(self) -> Self {
        self.and("that were refused", |entry| {
            let answered = entry
                .rest()
                .is_some_and(|request| matches!(request.ending, Ending::Answered { .. }));
            answered && status_code(entry) != Some(0)
        })
    }

    /// Only those whose body has this value at this JSON pointer.
    pub fn with(self, pointer: &str, value: impl Into<Value>) -> Self {
        Self { filter: self.filter.with(pointer, value.into(), body), ..self }
    }

    /// Only those with this `supervisorVisibilityMode`.
    pub fn mode(self, mode: Mode) -> Self {
        self.with("/supervisorVisibilityMode", mode.as_str())
    }

    /// Waits for the next one that this operation's `next` has not returned before.
    #[track_caller]
    pub fn next(&self) -> Wait<ReceivedRequest> {
        let fake = Arc::clone(&self.fake);
        let filter = self.filter.clone();
        let reader = filter.words().to_owned();
        let failure = format!("{reader}: no further one was received");
        let attempt = move |engine: &mut Engine| {
            let read = engine.log.read_up_to.get(&reader).copied().unwrap_or_default();
            let next = engine.log.timeline.after_entry(read).find(|entry| filter.meets(entry))?;
            let number = next.number;
            let request = ReceivedRequest::of(&fake, next);
            engine.log.read_up_to.insert(reader.clone(), number);
            engine.log.asserted.insert(number);
            request
        };
        Wait::attempt("next", &self.fake, attempt, move |fake| {
            let unsure = fake.look(|engine| unsure(&engine.log.timeline));
            given_up(fake, &format!("{failure}{unsure}"))
        })
    }

    fn find(&self, want: RangeInclusive<usize>) -> Result<Vec<ReceivedRequest>, Error> {
        let numbers = self.filter.find(&self.fake, &want)?;
        let entries = self.fake.look(|engine| engine.log.timeline.shared(&numbers));
        Ok(entries.iter().filter_map(|entry| ReceivedRequest::of(&self.fake, entry)).collect())
    }

    fn and(self, words: &str, condition: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: self.filter.and(words, condition), ..self }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }
}

asserts!(Received, ReceivedRequest);

fn status_code(entry: &Entry) -> Option<u64> {
    entry.rest()?.ending.status_code()
}

fn body(entry: &Entry) -> Option<Value> {
    serde_json::from_slice(&entry.rest()?.body).ok()
}

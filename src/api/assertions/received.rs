//! Assertions about the requests of one operation.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::assertions::asserts::asserts;
use crate::api::assertions::known;
use crate::api::assertions::request::ReceivedRequest;
use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::engine::log::timeline::{Ending, Entry};
use crate::error::{Error, demand};
use crate::gws::operation::{Mode, Operation};
use crate::report::expectation::Filter;
use crate::server::running_fake::RunningFake;

/// The requests of one operation, as `gws.received(Operation::Intrude)` returns them: those that were accepted and
/// those that were refused. `by`, `in_session`, `with` and `mode` select among them; the other methods assert.
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
        Self { fake: Arc::clone(fake), filter: Filter::requests_of(operation) }
    }

    /// Selects the requests of the user of this name.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn by(self, user_name: &str) -> Self {
        demand(known::user(&self.fake, user_name));
        Self { filter: self.filter.by(user_name), ..self }
    }

    /// Selects the requests with the session of this id in their path.
    ///
    /// # Panics
    ///
    /// Panics if there is no such session, and nothing was received or sent about it.
    #[track_caller]
    pub fn in_session(self, session: &str) -> Self {
        demand(known::session(&self.fake, session));
        Self { filter: self.filter.in_session(session), ..self }
    }

    /// Selects the requests that were accepted: answered with statusCode 0.
    pub fn taken(self) -> Self {
        self.and("that were taken", |entry| status_code(entry) == Some(0))
    }

    /// Selects the requests that were answered with another statusCode than 0, or without one.
    pub fn refused(self) -> Self {
        self.and("that were refused", |entry| {
            let answered = entry
                .rest()
                .is_some_and(|request| matches!(request.ending, Ending::Answered { .. }));
            answered && status_code(entry) != Some(0)
        })
    }

    /// Selects the requests whose body has this value at this JSON pointer.
    pub fn with(self, pointer: &str, value: impl Into<Value>) -> Self {
        Self { filter: self.filter.with(pointer, value.into(), body), ..self }
    }

    /// Selects the requests with this `supervisorVisibilityMode`.
    pub fn mode(self, mode: Mode) -> Self {
        self.with("/supervisorVisibilityMode", mode.as_str())
    }

    /// Waits for the next request that this operation's `next` has not returned before.
    #[track_caller]
    pub fn next(&self) -> Wait<ReceivedRequest> {
        let fake = Arc::clone(&self.fake);
        self.filter.next(&self.fake, "no further one was received", move |entry| {
            ReceivedRequest::of(&fake, entry)
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

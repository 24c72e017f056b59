//! The assertions that each filter of entries has: how many there are, that none comes, and the next one.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crate::api::clock::quiet_for;
use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::engine::Engine;
use crate::engine::log::timeline::Entry;
use crate::error::Error;
use crate::report::expectation::{Filter, unsure};
use crate::server::running_fake::RunningFake;

impl Filter {
    /// Returns the numbers of the selected entries, if there are as many as wanted; they count as asserted.
    pub(super) fn find(
        &self,
        fake: &RunningFake,
        want: &RangeInclusive<usize>,
    ) -> Result<Vec<u64>, Error> {
        let numbers = self.numbers(&fake.log_view(), want)?;
        fake.lock().log.asserted.extend(&numbers);
        Ok(numbers)
    }

    /// Waits for the next selected entry that this has not returned before; `failure` says what did not come.
    #[track_caller]
    pub(super) fn next<T: Send + 'static>(
        &self,
        fake: &Arc<RunningFake>,
        failure: &str,
        of: impl Fn(&Entry) -> Option<T> + Send + 'static,
    ) -> Wait<T> {
        let filter = self.clone();
        let reader = filter.words().to_owned();
        let failure = format!("{reader}: {failure}");
        let attempt = move |engine: &mut Engine| {
            let read = engine.log.read_up_to.get(&reader).copied().unwrap_or_default();
            let next = engine.log.timeline.after_entry(read).find(|entry| filter.meets(entry))?;
            let number = next.number;
            let found = of(next);
            engine.log.read_up_to.insert(reader.clone(), number);
            engine.log.asserted.insert(number);
            found
        };
        Wait::attempt("next", fake, attempt, move |fake| {
            let unsure = fake.look(|engine| unsure(&engine.log.timeline));
            given_up(fake, &format!("{failure}{unsure}"))
        })
    }

    /// Waits until nothing is in flight, sets the clock forward by the span, waits again, and asserts that there is none.
    #[track_caller]
    pub(super) fn never_for(self, fake: &Arc<RunningFake>, span: Duration) -> Wait<()> {
        quiet_for("never_for", fake, span, given_up, move |fake| {
            let none = self.find(fake, &(0..=0));
            none.map(drop).map_err(|error| given_up(fake, &error.to_string()))
        })
    }
}

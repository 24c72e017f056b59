//! Which entries of the timeline an assertion is about, and how many there are to be.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::clock::quiet_for;
use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::contract::check::brief;
use crate::engine::log::timeline::{Entry, Timeline};
use crate::engine::snapshot::LogView;
use crate::error::Error;
use crate::report::line::line;
use crate::server::running_fake::RunningFake;

type Condition = Arc<dyn Fn(&Entry) -> bool + Send + Sync>;

/// Conditions that an entry meets, and how they are said.
#[derive(Clone)]
pub(crate) struct Filter {
    /// Such as `requests of Intrude by s1`.
    words: String,
    conditions: Vec<Condition>,
}

/// How many entries an assertion names when it fails.
const SHOWN: usize = 5;

impl Filter {
    pub(super) fn new(
        words: String,
        condition: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { words, conditions: vec![Arc::new(condition)] }
    }

    pub(super) fn and(
        mut self,
        words: &str,
        condition: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.words = format!("{} {words}", self.words);
        self.conditions.push(Arc::new(condition));
        self
    }

    /// Whose JSON, as `json` finds it, has that value at that pointer.
    pub(super) fn with(
        self,
        pointer: &str,
        want: Value,
        json: fn(&Entry) -> Option<Value>,
    ) -> Self {
        let words = format!("with {pointer} {}", brief(&want));
        let pointer = pointer.to_owned();
        self.and(&words, move |entry| {
            json(entry).is_some_and(|json| json.pointer(&pointer) == Some(&want))
        })
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn meets(&self, entry: &Entry) -> bool {
        self.conditions.iter().all(|condition| condition(entry))
    }

    /// The numbers of the entries that are meant, if there are as many as wanted; they count as asserted.
    pub(super) fn find(
        &self,
        fake: &RunningFake,
        want: &RangeInclusive<usize>,
    ) -> Result<Vec<u64>, Error> {
        let log = fake.log_view();
        let entries = log.timeline.entries().filter(|entry| self.meets(entry));
        let numbers: Vec<u64> = entries.map(|entry| entry.number).collect();
        // Of what is no longer there nobody knows how much was meant.
        let is_sure = *want.end() == usize::MAX || log.timeline.dropped().entries == 0;
        if !want.contains(&numbers.len()) || !is_sure {
            return Err(Error::new(self.miscounted(&log, &numbers, want)));
        }
        fake.lock().log.asserted.extend(&numbers);
        Ok(numbers)
    }

    fn miscounted(&self, log: &LogView, got: &[u64], want: &RangeInclusive<usize>) -> String {
        let words = &self.words;
        let number = got.len();
        let want = match (*want.start(), *want.end()) {
            (least, usize::MAX) => format!("at least {least}"),
            (0, most) if most > 0 => format!("at most {most}"),
            (exactly, _) => exactly.to_string(),
        };
        let mut failure = format!("{words}: got {number}, want {want}{}", unsure(&log.timeline));
        if got.is_empty() {
            failure += "; the timeline shows what came instead";
        }
        for entry in got.iter().take(SHOWN).filter_map(|number| log.timeline.entry(*number)) {
            failure += &format!("\n  {}", line(entry, &log.exemptions).trim_start());
        }
        failure
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

/// What an assertion adds where it cannot know.
pub(super) fn unsure(timeline: &Timeline) -> String {
    match timeline.dropped().entries {
        0 => String::new(),
        dropped => format!(
            "; but of older entries the timeline has dropped {dropped}, which nobody can look at: let it keep more, with builder().timeline_limit(..)"
        ),
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Filter").field(&self.words).finish()
    }
}

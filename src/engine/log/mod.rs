//! The log of a fake: everything that came in and went out, and the rules that a test exempts.
//!
//! [`timeline`] contains the entries and [`verdict`] the exemptions. [`coverage`] reads from the entries which parts of
//! the contract were exercised.
//!
//! Invariant: nothing that reached the fake is missing. Dropped entries of a long timeline are counted, and violations
//! are never dropped, unless they are allowed.

pub(crate) mod coverage;
pub(crate) mod timeline;
pub(crate) mod verdict;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::contract::secrets::{hidden, hidden_at};
use crate::engine::delivery::push_faults::InjectedFaults;
use crate::engine::log::coverage::CoverageNames;
use crate::engine::log::coverage::exercised::{by_entry, exercised};
use crate::engine::log::timeline::{Entry, EntryKind, Timeline};
use crate::engine::log::verdict::Exemptions;
use crate::engine::settings::Settings;
use crate::rules::Violation;

/// The number of dropped entries after which the assertions and the readers are looked through for some of dropped ones.
const LOOK_AFTER: u64 = 1_000;

/// The log of one fake.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) timeline: Timeline,
    pub(crate) exemptions: Exemptions,
    /// The entries from before a reset whose violations fail the test, each with these violations alone.
    pub(crate) before_reset: Vec<Arc<Entry>>,
    /// A panic has shown the report already.
    pub(crate) reported: bool,
    /// For each reader, the number of the last entry that it was given.
    pub(crate) read_up_to: BTreeMap<String, u64>,
    /// The numbers of the entries that an assertion has found.
    pub(crate) asserted: BTreeSet<u64>,
    /// The names of the parts that were exercised before the last reset, or by entries that were dropped.
    exercised: CoverageNames,
    /// The numbers of the entries that a watcher has not been shown.
    unshown: Vec<u64>,
    /// The number of dropped entries when the assertions and the readers were looked through last.
    looked_through_at: u64,
    /// A violation names a page of another site as the cause of a missing cookie.
    names_other_site: bool,
}

impl Log {
    /// Returns the log after a reset: the numbers of its entries go on, and what was exercised or violated still counts.
    pub(super) fn after(&self, faults: &InjectedFaults) -> Self {
        Self {
            timeline: Timeline::after(&self.timeline),
            exemptions: Exemptions {
                allowed: self.exemptions.allowed.clone(),
                blame_from: self.exemptions.blame_from,
                ..Exemptions::default()
            },
            before_reset: self.before_reset.iter().cloned().chain(self.failing()).collect(),
            exercised: self.exercised(faults),
            ..Self::default()
        }
    }

    /// Returns the entries whose violations fail the test, each with these alone.
    fn failing(&self) -> Vec<Arc<Entry>> {
        let mut failing: Vec<Entry> = Vec::new();
        for (entry, violation) in self.exemptions.violations(&self.timeline) {
            if failing.last().is_none_or(|last| last.number != entry.number) {
                failing.push(Entry { violations: Vec::new(), ..entry.clone() });
            }
            let last = failing.last_mut().expect("one was just added");
            last.violations.push(violation.clone());
        }
        failing.into_iter().map(Arc::new).collect()
    }

    /// Marks an entry as one to be shown to the watcher.
    pub(crate) fn show(&mut self, number: u64) {
        self.unshown.push(number);
    }

    /// Returns the entries that a watcher has not been shown, as they are now. It goes before [`shed`](Self::shed), which drops
    /// some of them.
    pub(super) fn take_unshown(&mut self, settings: &Settings) -> Vec<Arc<Entry>> {
        let numbers = std::mem::take(&mut self.unshown);
        if settings.is_watched { self.timeline.shared(&numbers) } else { Vec::new() }
    }

    /// Writes a remark about something that the fake or the test did; `user` is a name.
    pub(crate) fn remark(&mut self, user: Option<String>, remark: &str, now: Duration) {
        let number = self.timeline.push(now, user, EntryKind::Remark(remark.to_owned()));
        self.show(number);
    }

    /// Writes down what is wrong with bytes that were no request.
    pub(crate) fn refused(&mut self, violation: Violation, now: Duration) {
        let violation = without_secrets(violation);
        let what = EntryKind::Refused { reason: violation.got.to_string() };
        let number = self.timeline.push(now, None, what);
        self.add(number, [violation]);
        self.show(number);
    }

    /// Adds violations and notes to an entry.
    pub(crate) fn add(&mut self, number: u64, violations: impl IntoIterator<Item = Violation>) {
        let Some(entry) = self.timeline.entry_mut(number) else { return };
        let violations = violations.into_iter().map(without_secrets);
        match &entry.page {
            None => entry.violations.extend(violations),
            Some(page) => {
                let explain = |violation| page.explain(violation, &mut self.names_other_site);
                entry.violations.extend(violations.map(explain));
            }
        }
    }

    /// Returns what was exercised before the last reset, or by entries that were dropped.
    pub(super) fn exercised_before(&self) -> &CoverageNames {
        &self.exercised
    }

    /// Returns what was exercised of the contract so far.
    fn exercised(&self, faults: &InjectedFaults) -> CoverageNames {
        let mut names = exercised(&self.timeline, faults);
        names.join(self.exercised.clone());
        names
    }

    /// Drops what the timeline has too many of. What it has exercised still counts.
    pub(super) fn shed(&mut self, settings: &Settings) {
        let Self {
            timeline, exemptions, exercised, asserted, read_up_to, looked_through_at, ..
        } = self;
        let counts = |violation: &Violation| exemptions.keeps(violation.rule);
        timeline.shed(settings.timeline_limit, counts, |entry: &Entry| {
            if settings.is_covered {
                exercised.join(by_entry(entry));
            }
        });
        let dropped = timeline.dropped().entries;
        if dropped - *looked_through_at >= LOOK_AFTER {
            *looked_through_at = dropped;
            asserted.retain(|number| timeline.entry(*number).is_some());
            // A reader that has read none of the entries begins with the first of them, as a new one does.
            let first = timeline.entries().next().map_or(0, |entry| entry.number);
            read_up_to.retain(|_, number| *number >= first);
        }
    }
}

/// Returns a violation in which nobody reads a secret of the client.
fn without_secrets(violation: Violation) -> Violation {
    let got = match hidden_at(&violation.place, &violation.got) {
        Cow::Owned(got) => got.into(),
        Cow::Borrowed(got) if *got != *violation.got => got.into(),
        Cow::Borrowed(_) => return violation,
    };
    // A hint may repeat what came.
    let tells =
        |hint: &str| hint.contains(&*violation.got) || matches!(hidden(hint), Cow::Owned(_));
    let hint = violation.hint.filter(|hint| !tells(hint));
    Violation { got, hint, ..violation }
}

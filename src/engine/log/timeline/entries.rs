//! The entries of a timeline: the newest ones, and of the older ones those that somebody will look for.
//!
//! The rule of this file: what is not over stays, and so does a violation that counts, with its neighbours on both sides. Of
//! everything else the oldest is dropped when there are too many, and counted.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::engine::log::timeline::entry::Entry;
use crate::rules::{Verdict, Violation};

/// The number of entries before a violation, and after it, that are its neighbours.
const NEIGHBOURS: u64 = 10;

/// The number of older entries from which on it is worth looking for some that may be dropped by now.
const WORTH_A_LOOK: usize = 64;

/// The numbers of dropped entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) entries: u64,
    /// The number of requests among them.
    pub(crate) requests: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    /// Older than all others; in between some were dropped.
    older: Vec<Arc<Entry>>,
    /// Their numbers follow each other.
    newest: VecDeque<Arc<Entry>>,
    /// The last violation that counts and has become one of the older ones.
    last_violation: Option<u64>,
    /// The number of older entries at which they are looked through again.
    look_again_at: usize,
    dropped: Dropped,
}

impl Entries {
    pub(super) fn push(&mut self, entry: Entry) {
        self.newest.push_back(Arc::new(entry));
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.dropped
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.older.iter().chain(&self.newest).map(|entry| &**entry)
    }

    /// The entries after that number.
    pub(super) fn after(&self, number: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        let older = self.older.partition_point(|entry| entry.number <= number);
        let newest = self.newest.partition_point(|entry| entry.number <= number);
        self.older[older..].iter().chain(self.newest.range(newest..)).map(|entry| &**entry)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Arc<Entry>> {
        match self.among_newest(number) {
            Some(index) => self.newest.get(index),
            None => self.older.get(self.among_older(number)?),
        }
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let entry = match self.among_newest(number) {
            Some(index) => self.newest.get_mut(index),
            None => {
                let index = self.among_older(number)?;
                self.older.get_mut(index)
            }
        };
        // A copy is made only while somebody looks at the old one.
        entry.map(Arc::make_mut)
    }

    fn among_newest(&self, number: u64) -> Option<usize> {
        let first = self.newest.front()?.number;
        number.checked_sub(first).and_then(|index| usize::try_from(index).ok())
    }

    fn among_older(&self, number: u64) -> Option<usize> {
        self.older.binary_search_by_key(&number, |entry| entry.number).ok()
    }

    /// Drops the oldest ones that may go until there are `limit`, besides those that stay; shows each before. `counts` tells which
    /// violations stay.
    pub(super) fn shed(
        &mut self,
        limit: usize,
        counts: impl Fn(&Violation) -> bool,
        mut show: impl FnMut(&Entry),
    ) {
        let has_violation = |entry: &Entry| has_violation(entry, &counts);
        while self.newest.len() > limit {
            let Some(oldest) = self.newest.pop_front() else { return };
            if has_violation(&oldest) {
                self.last_violation = Some(oldest.number);
            }
            if !oldest.is_over() || self.is_near_a_violation(&oldest, has_violation) {
                self.older.push(oldest);
                continue;
            }
            show(&oldest);
            self.count(&oldest);
        }
        if self.older.len() >= self.look_again_at.max(WORTH_A_LOOK) {
            self.look_again(has_violation, show);
            self.look_again_at = 2 * self.older.len();
        }
    }

    /// Tells if an entry that is about to become an older one is a violation or a neighbour of one.
    fn is_near_a_violation(&self, entry: &Entry, has_violation: impl Fn(&Entry) -> bool) -> bool {
        let behind = |last: u64| entry.number - last <= NEIGHBOURS;
        self.last_violation.is_some_and(behind)
            || self.newest.iter().take(NEIGHBOURS as usize).any(|entry| has_violation(entry))
    }

    /// Looks through the older entries again: some that were unfinished may have ended by now, and are dropped.
    fn look_again(&mut self, has_violation: impl Fn(&Entry) -> bool, mut show: impl FnMut(&Entry)) {
        let stays = self.stays(has_violation);
        let (stay, gone) =
            std::mem::take(&mut self.older).into_iter().partition(|entry| stays(entry));
        self.older = stay;
        let gone: Vec<Arc<Entry>> = gone;
        for entry in &gone {
            show(entry);
            self.count(entry);
        }
    }

    /// The number of entries that no limit drops.
    pub(super) fn lasting(&self) -> usize {
        let stays = self.stays(|entry| has_violation(entry, |_| true));
        self.iter().filter(|entry| stays(entry)).count()
    }

    /// Tells of an entry if no limit drops it: it is not over, or it is a violation or a neighbour of one.
    fn stays<F: Fn(&Entry) -> bool>(&self, has_violation: F) -> impl Fn(&Entry) -> bool + use<F> {
        let violations: Vec<u64> =
            self.iter().filter(|entry| has_violation(entry)).map(|entry| entry.number).collect();
        move |entry| {
            let next = violations.partition_point(|before| *before < entry.number);
            let mut around = violations[next.saturating_sub(1)..].iter().take(2);
            !entry.is_over() || around.any(|around| around.abs_diff(entry.number) <= NEIGHBOURS)
        }
    }

    fn count(&mut self, entry: &Entry) {
        self.dropped.entries += 1;
        self.dropped.requests += u64::from(entry.is_request());
    }
}

fn has_violation(entry: &Entry, counts: impl Fn(&Violation) -> bool) -> bool {
    let mut violations = entry.violations.iter();
    violations.any(|violation| violation.verdict == Verdict::Violation && counts(violation))
}

//! The timeline: the messages that came in and went out on both sides, in order.
//!
//! The rule of this file: an entry is written when something begins and is completed when it ends, so that nothing that
//! reached the fake is missing, whatever its end was. The number of entries is limited: [`entries`] decides which are
//! kept, and [`entry`] is one of them.

mod entries;
mod entry;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::engine::delivery::push_faults::PushFault;
use crate::engine::log::timeline::entries::Entries;
use crate::rules::Violation;

pub(crate) use crate::engine::log::timeline::entries::Dropped;
pub(crate) use crate::engine::log::timeline::entry::{
    AnsweredBy, Ending, Entry, EntryKind, Notified, Push, Receipt, Rest,
};

/// Everything that happened, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    entries: Entries,
    last_number: u64,
    /// Counts beginnings and ends.
    order: u64,
    injected: Vec<RecordedFault>,
}

/// A fault that a test ordered, for a recording. What it brings about stands in the entries.
#[derive(Clone, Debug)]
pub(crate) struct RecordedFault {
    /// As [`Entry::began`].
    pub(crate) began: u64,
    pub(crate) at: Duration,
    /// The name of the user.
    pub(crate) user: String,
    pub(crate) fault: PushFault,
}

impl Timeline {
    /// An empty timeline, whose numbers go on from those of another.
    pub(crate) fn after(other: &Self) -> Self {
        Self { last_number: other.last_number, order: other.order, ..Self::default() }
    }

    pub(crate) fn push(&mut self, at: Duration, user: Option<String>, what: EntryKind) -> u64 {
        self.last_number += 1;
        let number = self.last_number;
        self.order += 1;
        self.entries.push(Entry {
            number,
            at,
            user,
            what,
            violations: Vec::new(),
            began: self.order,
            ended: None,
            page: None,
            group: None,
        });
        number
    }

    /// Keeps that a test ordered a fault.
    pub(crate) fn record_fault(&mut self, at: Duration, user: String, fault: PushFault) {
        self.order += 1;
        self.injected.push(RecordedFault { began: self.order, at, user, fault });
    }

    /// The faults that were ordered, oldest first.
    pub(crate) fn injected(&self) -> &[RecordedFault] {
        &self.injected
    }

    /// Completes the entry of a request.
    pub(crate) fn end(&mut self, number: u64, ending: Ending) {
        self.order += 1;
        let order = self.order;
        if let Some(entry) = self.entry_mut(number) {
            entry.ended = Some(order);
            entry.end(ending);
        }
    }

    /// Drops the oldest entries until there are `limit`, besides those that stay; shows each before. `counts` tells which violations
    /// stay.
    pub(crate) fn shed(
        &mut self,
        limit: usize,
        counts: impl Fn(&Violation) -> bool,
        show: impl FnMut(&Entry),
    ) {
        self.entries.shed(limit, counts, show);
    }

    /// The numbers of the entries that were dropped.
    pub(crate) fn dropped(&self) -> Dropped {
        self.entries.dropped()
    }

    /// The number of entries that no limit drops.
    pub(crate) fn lasting(&self) -> usize {
        self.entries.lasting()
    }

    /// The number of the last entry.
    pub(crate) fn last_number(&self) -> u64 {
        self.last_number
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The entries behind that one.
    pub(crate) fn after_entry(&self, number: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.after(number)
    }

    pub(crate) fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(number).map(|entry| &**entry)
    }

    /// Returns the entries of these numbers, as they are now, for somebody who looks at them later.
    pub(crate) fn shared(&self, numbers: &[u64]) -> Vec<Arc<Entry>> {
        numbers.iter().filter_map(|number| self.entries.get(*number).cloned()).collect()
    }

    /// Tells if a request had been answered when another one began, so that its client can have read the answer. One that was
    /// dropped is long over.
    pub(crate) fn was_answered_before(&self, first: u64, second: u64) -> bool {
        let ended = self.entry(first).map(|entry| entry.ended);
        let began = self.entry(second).map(|entry| entry.began);
        match (ended, began) {
            (Some(ended), Some(began)) => ended.is_some_and(|ended| ended < began),
            _ => true,
        }
    }

    pub(crate) fn entry_mut(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.get_mut(number)
    }

    /// The number of requests that came in on both sides.
    pub(crate) fn requests(&self) -> usize {
        let kept = self.entries().filter(|entry| entry.is_request()).count();
        kept + usize::try_from(self.dropped().requests).unwrap_or(usize::MAX)
    }

    /// Every violation and every note, with its entry.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (&Entry, &Violation)> {
        self.entries()
            .flat_map(|entry| entry.violations.iter().map(move |violation| (entry, violation)))
    }

    /// The notifications, with the number of their entry.
    pub(crate) fn notifications(&self) -> impl DoubleEndedIterator<Item = (u64, &Notified)> {
        self.entries().filter_map(|entry| Some((entry.number, entry.notified()?)))
    }

    /// The REST request of that number.
    pub(crate) fn rest_mut(&mut self, number: u64) -> Option<&mut Rest> {
        match &mut self.entry_mut(number)?.what {
            EntryKind::Rest(rest) => Some(rest),
            _ => None,
        }
    }

    pub(crate) fn notified(&self, number: u64) -> Option<&Notified> {
        self.entry(number)?.notified()
    }

    pub(crate) fn notified_mut(&mut self, number: u64) -> Option<&mut Notified> {
        match &mut self.entry_mut(number)?.what {
            EntryKind::Notification(notified) => Some(notified),
            _ => None,
        }
    }
}

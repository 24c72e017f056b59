//! The checks of a fake that is driven step by step, for fuzzing.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::assertions::own_mistake;
use crate::engine::Engine;
use crate::engine::log::timeline::Entry;

/// All that a fake has done since it was checked, and what is known of it from then.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// The entries that have changed since, each as it was then.
    pub(super) shown: Vec<Arc<Entry>>,
    /// The world whose notifications are counted: another one begins with a reset.
    generation: u32,
    /// The last notification of the world that is known.
    last: u64,
    /// The notifications among them that were not published by then.
    unpublished: BTreeSet<u64>,
    /// The last notification that was published without a fault.
    last_in_order: u64,
}

impl Checks {
    /// Returns the promises that the engine has broken since the last call, in words.
    pub(super) fn broken(&mut self, engine: &Engine) -> Vec<String> {
        let shown = std::mem::take(&mut self.shown);
        let mut broken: Vec<String> = shown.iter().filter_map(|entry| own_mistake(entry)).collect();
        broken.extend(engine.unaccounted().into_iter().map(|(number, receipt)| {
            format!("entry {number} of the timeline: an event is gone without a note: {receipt:?}")
        }));
        self.count_notifications(engine, &shown, &mut broken);
        broken
    }

    /// Finds the notifications of the world that were not published, although nothing holds them, and those out of order.
    fn count_notifications(
        &mut self,
        engine: &Engine,
        shown: &[Arc<Entry>],
        broken: &mut Vec<String>,
    ) {
        let generation = engine.generation();
        if generation != self.generation {
            *self = Self { generation, ..Self::default() };
        }
        let last = engine.last_notification();
        self.unpublished.extend(self.last + 1..=last);
        self.last = last;
        for notified in shown.iter().filter_map(|entry| entry.notified()) {
            let Some(number) = notified.number.filter(|number| self.unpublished.remove(number))
            else {
                continue;
            };
            if notified.fault.is_some() {
                continue;
            }
            if number < self.last_in_order {
                let last = self.last_in_order;
                broken.push(format!("notification {number} was published after {last}"));
            }
            self.last_in_order = number;
        }
        let gone = self.unpublished.iter().filter(|number| !engine.is_unpublished(**number));
        broken.extend(gone.map(|number| format!("notification {number} was never published")));
    }
}

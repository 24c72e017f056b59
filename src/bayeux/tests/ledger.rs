//! The events that a client is owed, has received and has lost, computed without the server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bayeux::io::Ticket;

/// A client's session as the client knows it.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) acknowledges: bool,
    pub(super) patterns: BTreeSet<&'static str>,
    /// Events by their data, in order, with their labels: all there were for it.
    pub(super) owed: Vec<(u64, u64)>,
    /// The events that have come, by their data.
    pub(super) got: Vec<u64>,
    /// The events that the server has named lost, by their data.
    lost: BTreeSet<u64>,
    /// The number with which each event came last; then the last number, and the last one that was sent back.
    numbers: BTreeMap<u64, i64>,
    pub(super) number: i64,
    pub(super) acknowledged: i64,
    /// Its held connects, and whether it has hung up on them.
    pub(super) held: Vec<(Ticket, bool)>,
}

impl Ledger {
    pub(super) fn of(acknowledges: bool) -> Self {
        Self { acknowledges, ..Self::default() }
    }

    /// An answer has come.
    pub(super) fn take(&mut self, answer: &Value) {
        let messages = answer.as_array().unwrap();
        let number =
            messages.iter().filter_map(|message| message["ext"]["ack"].as_i64()).next_back();
        for data in messages.iter().filter_map(|message| message.get("data")?.as_u64()) {
            let Some(number) = number else {
                self.got.push(data);
                continue;
            };
            match self.numbers.get(&data) {
                None => self.got.push(data),
                Some(before) => {
                    assert!(*before > self.acknowledged, "{data} comes again, though acknowledged");
                }
            }
            self.numbers.insert(data, number);
        }
        if let Some(number) = number {
            assert!(number > self.number, "the numbers do not grow");
            self.number = number;
        }
    }

    /// The server has named one of the events with this label lost. A client that acknowledges may have got it, and not
    /// have said so.
    pub(super) fn lose(&mut self, label: u64) {
        let named: Vec<u64> = self
            .owed
            .iter()
            .filter(|(data, other)| *other == label && !self.lost.contains(data))
            .map(|(data, _)| *data)
            .collect();
        let missing = named.iter().find(|data| !self.got.contains(data));
        let lost = missing.or(named.first().filter(|_| self.acknowledges));
        let lost = *lost.unwrap_or_else(|| panic!("{label} is named lost, and is not or has been"));
        self.lost.insert(lost);
    }

    /// The events that have come to the client or will come, as far as they are not named lost, in order.
    pub(super) fn due(&self) -> Vec<u64> {
        let due = self.owed.iter().map(|(data, _)| *data);
        due.filter(|data| self.got.contains(data) || !self.lost.contains(data)).collect()
    }

    /// Tells if an event with this label has come.
    pub(super) fn has(&self, label: u64) -> bool {
        self.owed.iter().any(|(data, other)| *other == label && self.got.contains(data))
    }
}

/// Segment by segment.
pub(super) fn covers(pattern: &str, channel: &str) -> bool {
    let (pattern, channel): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), channel.split('/').collect());
    let deep = pattern.last() == Some(&"**");
    let lengths =
        if deep { channel.len() >= pattern.len() } else { channel.len() == pattern.len() };
    lengths && pattern.iter().zip(&channel).all(|(one, other)| one.starts_with('*') || one == other)
}

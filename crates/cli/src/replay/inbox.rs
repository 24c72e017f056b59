//! The inbox of one user's client: the events that have come and that no step has asked for yet.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::replay::client::Heard;

/// The events that one user's client has received.
#[derive(Debug)]
pub(super) struct Inbox {
    sender: UnboundedSender<Heard>,
    receiver: UnboundedReceiver<Heard>,
    /// The events that were not asked for yet, each with its number.
    waiting: VecDeque<(u64, Heard)>,
    /// The number of the next one.
    next: u64,
    /// The greatest number that was asked for.
    taken: u64,
}

/// An event that a step has asked for.
pub(super) struct Taken {
    pub(super) message: Value,
    /// Set when an event that came later was asked for before.
    pub(super) is_overtaken: bool,
}

impl Inbox {
    pub(super) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver, waiting: VecDeque::new(), next: 1, taken: 0 }
    }

    /// The end into which a client that listens puts its events.
    pub(super) fn sender(&self) -> UnboundedSender<Heard> {
        self.sender.clone()
    }

    /// Adds an event that came with an answer.
    pub(super) fn put(&self, heard: Heard) {
        // The receiver lives as long as the inbox.
        let _ = self.sender.send(heard);
    }

    /// Takes the oldest event that is wanted, and waits for one until that moment. What is `ignored` is dropped when it comes.
    pub(super) async fn take(
        &mut self,
        until: Instant,
        is_wanted: impl Fn(&Value) -> bool,
        is_ignored: impl Fn(&Value) -> bool,
    ) -> Option<Taken> {
        let (order, (_, message)) = loop {
            if let Some(index) =
                self.waiting.iter().position(|(_, (_, message))| is_wanted(message))
            {
                break self.waiting.remove(index)?;
            }
            let left = until.saturating_duration_since(Instant::now());
            let Ok(Some(heard)) = timeout(left, self.receiver.recv()).await else { return None };
            if !is_ignored(&heard.1) {
                self.waiting.push_back((self.next, heard));
                self.next += 1;
            }
        };
        let is_overtaken = order < self.taken;
        self.taken = self.taken.max(order);
        Some(Taken { message, is_overtaken })
    }

    /// Everything that came and was never asked for.
    pub(super) fn rest(mut self) -> Vec<Heard> {
        let mut left: Vec<Heard> = self.waiting.into_iter().map(|(_, heard)| heard).collect();
        left.extend(std::iter::from_fn(|| self.receiver.try_recv().ok()));
        left
    }
}

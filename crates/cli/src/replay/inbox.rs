//! What the clients of a replay hear: they connect, leave, and wait for the pushes of the scenario.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::internals::contract::check::brief;
use crate::internals::gws::notification::kind_of;
use crate::internals::rules::rule;
use crate::internals::scenario::step::{Numbered, Push};
use crate::replay::client::{Client, Heard, Listening, listen, locked};
use crate::replay::{Running, mismatch};

/// So long after its connect a disconnect does not overtake it.
const SETTLED: Duration = Duration::from_millis(250);

/// What one user's client has heard.
#[derive(Debug)]
pub(super) struct Inbox {
    sender: UnboundedSender<Heard>,
    receiver: UnboundedReceiver<Heard>,
    /// What has come and was not asked for yet, with its number.
    waiting: VecDeque<(u64, Heard)>,
    /// The number of the next one.
    next: u64,
    /// The greatest number that was asked for.
    taken: u64,
}

impl Running {
    /// Connects from now on, unless it does so already.
    pub(super) fn listen(&mut self, user: &str, client: Arc<Client>, client_id: String) {
        if self.listening.contains_key(user) {
            return;
        }
        let inbox = self.inbox.entry(user.to_owned()).or_insert_with(|| {
            let (sender, receiver) = unbounded_channel();
            Inbox { sender, receiver, waiting: VecDeque::new(), next: 1, taken: 0 }
        });
        let listening = Arc::new(Listening {
            client_id,
            leaving: false.into(),
            connected: Instant::now().into(),
            held: Arc::clone(&self.held),
            step: Arc::clone(&self.step),
        });
        let task = tokio::spawn(listen(client, Arc::clone(&listening), inbox.sender.clone()));
        self.listening.insert(user.to_owned(), (listening, task));
    }

    /// Disconnects when the last connect has surely arrived.
    pub(super) async fn leave(&mut self, user: &str) -> Result<(), String> {
        let Some(client_id) = self.client_ids.remove(user) else { return Ok(()) };
        let client = self.client(Some(user))?;
        let mut listening = self.listening.remove(user);
        let mut ended = listening.is_none();
        if let Some((listening, task)) = &mut listening {
            listening.leaving.store(true, Ordering::Release);
            let left = SETTLED.saturating_sub(locked(&listening.connected).elapsed());
            ended = timeout(left, &mut *task).await.is_ok();
        }
        client.bayeux(&json!([{ "channel": "/meta/disconnect", "clientId": client_id }])).await?;
        if let Some((_, task)) = listening.filter(|_| !ended) {
            // What it had not been told yet comes with the answer to its last connect.
            let _ = timeout(self.patience(), task).await;
        }
        Ok(())
    }

    /// Takes events that came with an answer.
    pub(super) fn heard(&self, user: &str, events: Vec<Value>) {
        let Some(inbox) = self.inbox.get(user) else { return };
        let step = self.step.load(Ordering::Acquire);
        for event in events {
            let _ = inbox.sender.send((step, event));
        }
    }

    fn patience(&self) -> Duration {
        let held = u64::try_from(self.held.load(Ordering::Acquire)).unwrap_or(u64::MAX);
        self.replay.wait_timeout.unwrap_or(Duration::from_millis(held))
    }

    pub(super) async fn push(&mut self, numbered: &Numbered, push: &Push, in_group: bool) {
        let listens = self.listening.contains_key(&push.to);
        // Whoever has left hears nothing more.
        let patience = if listens { self.patience() } else { Duration::ZERO };
        let until = Instant::now() + patience;
        let Some(inbox) = self.inbox.get_mut(&push.to) else {
            self.note(numbered, "not compared, since no client of that user listens");
            return;
        };
        let kind = kind_of(&push.data);
        let is_it = |heard: &Heard| {
            kind_of(&heard.1["data"]).map(|it| it.rule.id()) == kind.map(|it| it.rule.id())
        };
        let found = loop {
            if let Some(index) = inbox.waiting.iter().position(|(_, heard)| is_it(heard)) {
                break inbox.waiting.remove(index);
            }
            let left = until.saturating_duration_since(Instant::now());
            let Ok(Some(heard)) = timeout(left, inbox.receiver.recv()).await else { break None };
            if is_published(&self.published, &heard) {
                continue;
            }
            inbox.waiting.push_back((inbox.next, heard));
            inbox.next += 1;
        };
        let spoken = kind.map(|kind| kind.rule);
        let Some((order, (_, message))) = found else {
            if !listens {
                return self.note(numbered, "not compared, since the client of that user has left");
            }
            let missing = mismatch("the push", "nothing".to_owned(), brief(&push.data), spoken);
            return self.tell(numbered, &numbered.step, missing);
        };
        let overtaken = order < inbox.taken && !in_group;
        inbox.taken = inbox.taken.max(order);
        if overtaken {
            let (got, want) =
                ("it before the one that stands in front of it", "it behind that one");
            let found = mismatch("the order of pushes", got.to_owned(), want.to_owned(), spoken);
            self.tell(numbered, &numbered.step, found);
        }
        if message["channel"] != push.channel.as_str() {
            let (got, want) = (brief(&message["channel"]), format!("{:?}", push.channel));
            let topic = Some(const { rule("bayeux-topic") });
            self.tell(numbered, &numbered.step, mismatch("the channel", got, want, topic));
        }
        let schema = kind.map(|kind| kind.schema).unwrap_or_default();
        for mut found in self.comparator.mismatch(schema, &push.data, &message["data"]) {
            found.rule = found.rule.or(spoken.map(|it| it.id()));
            self.tell(numbered, &numbered.step, found);
        }
        self.captured(&push.capture, message.get("data"));
    }

    /// Tells what came and was never asked for.
    pub(super) fn additional(&mut self, steps: &[Numbered]) {
        for inbox in std::mem::take(&mut self.inbox).into_values() {
            let Inbox { mut receiver, waiting, .. } = inbox;
            let mut left: Vec<Heard> = waiting.into_iter().map(|(_, heard)| heard).collect();
            left.extend(std::iter::from_fn(|| receiver.try_recv().ok()));
            left.retain(|heard| !is_published(&self.published, heard));
            for (step, message) in left {
                let Some(numbered) = steps.get(step) else { continue };
                let kind = kind_of(&message["data"]).map(|kind| kind.rule);
                let (got, want) = (brief(&message["data"]), "no further push".to_owned());
                self.tell(numbered, &numbered.step, mismatch("the push", got, want, kind));
            }
        }
    }
}

/// Whether it is what a client of the scenario has published.
fn is_published(published: &[(String, Value)], (_, message): &Heard) -> bool {
    published
        .iter()
        .any(|(channel, data)| message["channel"] == channel.as_str() && message["data"] == *data)
}

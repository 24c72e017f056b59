//! Clients that do anything in any order, while the clock stands still or is set forward.
//!
//! What they are owed is reckoned here, without the server: what it queues, sends and forgets is held against that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use super::steps::{Act, CLIENTS, Client, Step, Way, settings, step};
use super::*;

proptest! {
    #![proptest_config(Config {
        cases: 512,
        // The same sequences in every run; another seed is a thing to try by hand.
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn each_event_comes_once_and_in_order_and_no_answer_is_late(
        settings in settings(),
        steps in vec(step(), 1..120),
    ) {
        let mut run = Run::new(settings);
        steps.into_iter().for_each(|step| run.step(step));
        run.drain();
    }
}

/// A client's session as the client knows it.
#[derive(Default)]
struct Ledger {
    acknowledges: bool,
    patterns: BTreeSet<&'static str>,
    /// Events by their data, in order: all there were for it, and those that have come.
    owed: Vec<u64>,
    got: Vec<u64>,
    /// With which number an event came last, the last number, and the last that was sent back.
    numbers: BTreeMap<u64, i64>,
    number: i64,
    acknowledged: i64,
    tickets: Vec<Ticket>,
}

struct Run {
    bench: Bench,
    ledgers: BTreeMap<&'static str, Ledger>,
    published: u64,
}

impl Run {
    fn new(settings: Settings) -> Self {
        let mut bench = Bench::of(&[]);
        bench.server.settings = settings;
        Self { bench, ledgers: BTreeMap::new(), published: 0 }
    }

    fn step(&mut self, step: Step) {
        let mut woken = Vec::new();
        match step {
            Step::Send(client, acts, way) => woken = self.send(client, &acts, way),
            Step::HangUp((id, ..)) => {
                for ticket in self
                    .ledgers
                    .get_mut(id)
                    .map(|it| std::mem::take(&mut it.tickets))
                    .unwrap_or_default()
                {
                    self.bench.server.abandon(&ticket, self.bench.now);
                }
            }
            Step::Publish(owner, channel) => {
                let data = self.owe(channel, |id| owner.is_none_or(|owner| id.starts_with(owner)));
                woken = self.bench.server.publish(owner, channel, &json!(data), data).wake;
            }
            Step::Deliver((id, ..), channel) => {
                self.published += 1;
                let data = self.published;
                self.bench.server.deliver(id, channel, &json!(data), data);
                self.ledgers.entry(id).and_modify(|ledger| ledger.owed.push(data));
                woken.push(id.to_owned());
            }
            Step::EndSession((id, ..)) => {
                self.bench.server.disconnect(id);
                self.end(id);
            }
            Step::Pass(milliseconds) => {
                let later = self.bench.now + Duration::from_millis(milliseconds);
                let due = self.bench.server.next_due();
                self.bench.now = due.map_or(later, |due| due.min(later));
                let expired = self.bench.server.sweep(self.bench.now);
                self.expired(&expired);
            }
        }
        self.try_held(&woken);
        self.check();
    }

    /// Somebody's event, which is owed to those among these clients who have subscribed; returns its data.
    fn owe(&mut self, channel: &str, among: impl Fn(&str) -> bool) -> u64 {
        self.published += 1;
        for (id, ledger) in &mut self.ledgers {
            if among(id) && ledger.patterns.iter().any(|pattern| covers(pattern, channel)) {
                ledger.owed.push(self.published);
            }
        }
        self.published
    }

    fn send(&mut self, client: Client, acts: &[Act], way: Way) -> Vec<String> {
        let (id, browser, acknowledges) = client;
        if !self.ledgers.contains_key(id) {
            let handshake = json!({ "channel": "/meta/handshake", "ext": { "ack": acknowledges } });
            let received = self.bench.send_as(browser, &id[..1], id, handshake);
            self.expired(&received.expired);
            self.ledgers.insert(id, Ledger { acknowledges, ..Ledger::default() });
            return received.wake;
        }
        // A client whose time has come is gone before its messages are looked at.
        let expired = self.bench.server.sweep(self.bench.now);
        self.expired(&expired);
        let body: Vec<Value> = acts.iter().map(|act| self.message(id, act)).collect();
        let received = self.bench.send_as(browser, &id[..1], id, json!(body));
        assert_eq!(received.expired, []);
        let mut messages = acts.iter().zip(&body);
        let whole = messages.all(|(act, message)| self.account(id, act, message));
        assert_eq!(matches!(received.outcome, Outcome::Failed), !whole);
        let Some(ledger) = self.ledgers.get_mut(id) else { return received.wake };
        match received.outcome {
            Outcome::Hold(ticket) => {
                let [Act::Connect { timeout, .. }] = acts else { panic!("held in company") };
                let held = timeout.map_or(TIMEOUT, Duration::from_millis);
                assert_eq!(ticket.deadline, self.bench.now + held);
                ledger.tickets.push(ticket);
            }
            Outcome::Answer(answer) if way == Way::Arrives || !acknowledges => {
                ledger.take(&answered(&Outcome::Answer(answer)));
            }
            Outcome::Answer(_) | Outcome::Failed => {}
        }
        if acts.iter().any(|act| matches!(act, Act::Disconnect))
            && self.bench.server.session(id).is_none()
        {
            self.end(id);
        }
        received.wake
    }

    fn message(&mut self, id: &str, act: &Act) -> Value {
        match act {
            Act::Connect { timeout, interval, acknowledged } => {
                let mut message = connect("c");
                if timeout.is_some() || interval.is_some() {
                    message["advice"] = json!({ "timeout": timeout, "interval": interval });
                }
                if let Some(ledger) = self.ledgers.get(id) {
                    // The last number, or one that it has sent before.
                    let numbers = [ledger.acknowledged, ledger.number];
                    message["ext"] = json!({ "ack": numbers[usize::from(*acknowledged > 0)] });
                }
                message
            }
            Act::Subscribe(patterns) => subscribe(json!(patterns)),
            Act::Unsubscribe(pattern) => {
                json!({ "channel": "/meta/unsubscribe", "subscription": pattern })
            }
            Act::Publish(channel) => {
                self.published += 1;
                event(channel, self.published)
            }
            Act::Disconnect => json!({ "channel": "/meta/disconnect" }),
            Act::Broken => json!({ "channel": "foo" }),
        }
    }

    /// What a message does; `false` for one that ends its batch.
    fn account(&mut self, id: &'static str, act: &Act, message: &Value) -> bool {
        let Some(ledger) = self.ledgers.get_mut(id) else { return true };
        ledger.acknowledged = message["ext"]["ack"].as_i64().unwrap_or(ledger.acknowledged);
        if ledger.patterns.contains(GONE) {
            return true;
        }
        match act {
            Act::Subscribe(patterns) => ledger.patterns.extend(patterns),
            Act::Unsubscribe(pattern) => drop(ledger.patterns.remove(pattern)),
            Act::Publish(channel) => {
                let data = message["data"].as_u64().unwrap();
                for ledger in self.ledgers.values_mut() {
                    if ledger.patterns.iter().any(|pattern| covers(pattern, channel)) {
                        ledger.owed.push(data);
                    }
                }
            }
            Act::Disconnect => ledger.patterns = BTreeSet::from([GONE]),
            Act::Broken => return false,
            // Whatever becomes of it, it takes the place of one that is held.
            Act::Connect { .. } => {
                for older in std::mem::take(&mut ledger.tickets) {
                    assert_eq!(self.bench.poll(&older), "superseded", "two connects of {id}");
                }
            }
        }
        true
    }

    /// The session has ended: what its held connect still says is its last word.
    fn end(&mut self, id: &str) {
        let Some(mut ledger) = self.ledgers.remove(id) else { return };
        let held = std::mem::take(&mut ledger.tickets);
        let told: Vec<Value> = held.iter().map(|ticket| self.bench.poll(ticket)).collect();
        let mut last = told.iter().filter(|told| **told != "superseded");
        if let Some(last) = last.next() {
            let reply = last.as_array().unwrap().last().unwrap();
            assert_eq!(reply["advice"]["reconnect"], "none");
            ledger.take(last);
        }
        assert!(last.next().is_none(), "two connects of {id} were held");
        assert!(
            ledger.owed.starts_with(&ledger.got),
            "{id} got {:?} of {:?}",
            ledger.got,
            ledger.owed
        );
    }

    /// Clients that the server says have expired: what they were owed is lost, and is said to be.
    fn expired(&mut self, clients: &[(String, String)]) {
        for (client, _) in clients {
            let ledger = self.ledgers.remove(client.as_str()).expect("a client that lives");
            assert!(
                ledger.tickets.iter().all(|it| self.bench.poll(it) == "superseded"),
                "{client} was held"
            );
        }
    }

    fn try_held(&mut self, woken: &[String]) {
        for (id, ledger) in &mut self.ledgers {
            let mut waiting = Vec::new();
            for ticket in std::mem::take(&mut ledger.tickets) {
                let told = self.bench.poll(&ticket);
                let due = self.bench.now >= ticket.deadline;
                assert!(self.bench.now <= ticket.deadline, "{id} is answered too late");
                if told == "waiting" {
                    assert!(!due, "{id} is not answered in time");
                    waiting.push(ticket);
                } else if told != "superseded" {
                    assert!(
                        due || woken.iter().any(|it| it == id),
                        "{id} is answered for no reason: {told}"
                    );
                    ledger.take(&told);
                }
            }
            assert!(waiting.len() <= 1, "two connects of {id} are held");
            let held = self.bench.server.session(id).is_some_and(|it| it.held.is_some());
            assert_eq!(held, waiting.len() == 1, "{id}");
            ledger.tickets = waiting;
        }
    }

    fn check(&self) {
        for (id, ledger) in &self.ledgers {
            let session = self.bench.server.session(id);
            let Some(session) = session else { panic!("{id} is gone, and nobody said so") };
            assert!(
                ledger.owed.starts_with(&ledger.got),
                "{id} got {:?} of {:?}",
                ledger.got,
                ledger.owed
            );
            if !ledger.acknowledges {
                let queued = session.queue.iter();
                let queued = queued.map(|it| serde_json::from_str::<Value>(&it.json).unwrap());
                let queued = queued.map(|it| it["data"].as_u64().unwrap());
                let told: Vec<u64> = ledger.got.iter().copied().chain(queued).collect();
                assert_eq!(told, ledger.owed, "{id} has got or will get, and is owed");
            }
        }
        let held = |browser| {
            let sessions = self.bench.server.sessions();
            sessions.filter(|(_, it)| it.held.is_some() && it.browser == browser).count()
        };
        let limit = self.bench.server.settings.max_sessions_per_browser;
        assert!(limit.is_none_or(|limit| held("one") <= limit));
        assert!(self.bench.server.next_due().is_none_or(|due| due > self.bench.now));
    }

    /// At the end everybody connects once more, and has everything.
    fn drain(&mut self) {
        for client in CLIENTS
            .iter()
            .filter(|(id, ..)| self.ledgers.contains_key(id))
            .copied()
            .collect::<Vec<_>>()
        {
            let connect = Act::Connect { timeout: Some(0), interval: None, acknowledged: 1 };
            self.send(client, &[connect], Way::Arrives);
            if let Some(ledger) = self.ledgers.get(client.0) {
                assert_eq!(ledger.got, ledger.owed, "{} has got, and is owed", client.0);
            }
        }
    }
}

/// In the place of the subscriptions of a client that has disconnected earlier in its batch.
const GONE: &str = "";

impl Ledger {
    /// An answer has come.
    fn take(&mut self, answer: &Value) {
        let messages = answer.as_array().unwrap();
        let number = messages.iter().filter_map(|it| it["ext"]["ack"].as_i64()).next_back();
        for data in messages.iter().filter_map(|it| it.get("data")?.as_u64()) {
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
}

/// Segment by segment.
fn covers(pattern: &str, channel: &str) -> bool {
    let (pattern, channel): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), channel.split('/').collect());
    let deep = pattern.last() == Some(&"**");
    let lengths =
        if deep { channel.len() >= pattern.len() } else { channel.len() == pattern.len() };
    lengths && pattern.iter().zip(&channel).all(|(one, other)| one.starts_with('*') || one == other)
}

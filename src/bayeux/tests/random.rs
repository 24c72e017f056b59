//! Clients that do anything in any order, while the clock stands still or is set forward.
//!
//! What they are owed is reckoned here, without the server: what it queues, sends, forgets and names lost is held against
//! that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use super::ledger::{Ledger, covers};
use super::steps::{Act, AdminAction, CLIENTS, Client, Noticed, Step, Way, settings, step};
use super::*;
use crate::bayeux::answer::BayeuxReply;
use crate::bayeux::io::Lost;

proptest! {
    #![proptest_config(Config {
        cases: 512,
        // The same sequences in every run; another seed is a thing to try by hand.
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn each_event_comes_once_and_in_order_or_is_named_lost_and_no_answer_is_late(
        settings in settings(),
        steps in vec(step(), 1..120),
    ) {
        let mut run = Run::new(settings);
        steps.into_iter().for_each(|step| run.step(step));
        run.drain();
    }
}

struct Run {
    bench: Bench,
    ledgers: BTreeMap<&'static str, Ledger>,
    published: u64,
    /// The losses that the server has named and no check has looked at yet.
    lost: Vec<Lost>,
}

impl Run {
    fn new(settings: CometdOptions) -> Self {
        let mut bench = Bench::of(&[]);
        bench.server.settings = settings;
        Self { bench, ledgers: BTreeMap::new(), published: 0, lost: Vec::new() }
    }

    fn step(&mut self, step: Step) {
        let mut woken = Vec::new();
        match step {
            Step::Send(client, acts, way) => woken = self.send(client, &acts, way),
            Step::HangUp((id, ..), noticed) => self.hang_up(id, noticed),
            Step::Publish(owner, channel) => {
                let data = self.owe(channel, |id| owner.is_none_or(|owner| id.starts_with(owner)));
                woken = self
                    .bench
                    .server
                    .publish(owner, channel, &written(channel, &json!(data)), data)
                    .wake;
            }
            Step::Deliver((id, ..), channel) => {
                self.published += 1;
                let data = self.published;
                self.bench.server.deliver(id, &written(channel, &json!(data)), data);
                self.ledgers.entry(id).and_modify(|ledger| ledger.owed.push((data, data)));
                woken.push(id.into());
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
            Step::Order(owner, ordered) => self.order(owner, ordered),
        }
        self.try_held(woken);
        self.check();
    }

    fn hang_up(&mut self, id: &str, noticed: Noticed) {
        let keeps = self.bench.server.settings.keep_on_hangup;
        let Some(ledger) = self.ledgers.get_mut(id) else { return };
        if !keeps || noticed == Noticed::WhenWritten {
            ledger.held.iter_mut().for_each(|(_, hung_up)| *hung_up = true);
            return;
        }
        for (ticket, _) in ledger.held.drain(..) {
            self.bench.server.abandon(&ticket, self.bench.now);
        }
    }

    fn order(&mut self, owner: &str, ordered: AdminAction) {
        let server = &mut self.bench.server;
        let now = self.bench.now;
        match ordered {
            AdminAction::ReleaseReason(why) => {
                let woken = server.let_go(owner, why, now);
                self.try_held(woken);
            }
            AdminAction::Advise(advice) => {
                let woken = server.advise_all(owner, advice);
                self.try_held(woken);
            }
            AdminAction::Disconnect => {
                server.disconnect_all(owner).iter().for_each(|id| self.end(id));
            }
            AdminAction::Forget => {
                for id in server.forget(owner) {
                    let mut ledger = self.ledgers.remove(&*id).unwrap();
                    for (ticket, _) in std::mem::take(&mut ledger.held) {
                        assert_eq!(self.bench.poll(&ticket)[0]["error"], "402::Unknown client");
                    }
                    self.close(&id, ledger);
                }
            }
        }
        let mut own = self.ledgers.iter().filter(|(id, _)| id.starts_with(owner));
        assert!(own.all(|(_, ledger)| ledger.held.is_empty()), "{owner} is held all the same");
    }

    /// Somebody's event, which is owed to those among these clients who have subscribed; returns its data.
    fn owe(&mut self, channel: &str, among: impl Fn(&str) -> bool) -> u64 {
        self.published += 1;
        for (id, ledger) in &mut self.ledgers {
            if among(id) && ledger.patterns.iter().any(|pattern| covers(pattern, channel)) {
                ledger.owed.push((self.published, self.published));
            }
        }
        self.published
    }

    fn send(&mut self, client: Client, acts: &[Act], way: Way) -> Vec<ClientId> {
        let (id, browser, acknowledges) = client;
        if !self.ledgers.contains_key(id) {
            let handshake = json!({ "channel": "/meta/handshake", "ext": { "ack": acknowledges } });
            let received = self.bench.send_as(browser, &id[..1], id, handshake);
            self.expired(&received.expired);
            self.ledgers.insert(id, Ledger::of(acknowledges));
            return received.wake;
        }
        // A client whose time has come is gone before its messages are looked at.
        let expired = self.bench.server.sweep(self.bench.now);
        self.expired(&expired);
        let body: Vec<Value> = acts.iter().map(|act| self.message(id, act)).collect();
        // The label of what it publishes is one of its own.
        self.published += 1;
        self.bench.label = self.published;
        let mut received = self.bench.send_as(browser, &id[..1], id, json!(body));
        assert_eq!(received.expired, []);
        for (client, label) in &received.acknowledged {
            assert!(self.ledgers[&**client].has(*label), "{client} has not got {label}");
        }
        let mut messages = acts.iter().zip(&body);
        let whole = messages.all(|(act, message)| self.account(id, act, message));
        assert_eq!(matches!(received.outcome, Outcome::Failed), !whole);
        let Some(ledger) = self.ledgers.get_mut(id) else { return received.wake };
        match received.outcome {
            Outcome::Hold(ticket) => {
                let [Act::Connect { timeout, .. }] = acts else { panic!("held in company") };
                let held = timeout.map_or(TIMEOUT, Duration::from_millis);
                assert_eq!(ticket.deadline, self.bench.now + held);
                ledger.held.push((ticket, false));
            }
            Outcome::Answer(answer) if way == Way::Arrives => {
                ledger.take(&answered(&Outcome::Answer(answer)));
            }
            Outcome::Answer(answer) => received.wake.extend(self.lose(answer)),
            Outcome::Failed => {}
        }
        if acts.iter().any(|act| matches!(act, Act::Disconnect))
            && self.bench.server.session(id).is_none()
        {
            self.end(id);
        }
        received.wake
    }

    /// An answer could not be written.
    fn lose(&mut self, answer: BayeuxReply) -> Vec<ClientId> {
        self.bench.server.unwritten(answer, self.published)
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

    /// Accounts for the effects of a message; returns `false` for one that ends its batch.
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
                        ledger.owed.push((data, self.bench.label));
                    }
                }
            }
            Act::Disconnect => ledger.patterns = BTreeSet::from([GONE]),
            Act::Broken => return false,
            // Whatever becomes of it, it takes the place of one that is held.
            Act::Connect { .. } => {
                for (older, _) in std::mem::take(&mut ledger.held) {
                    assert_eq!(self.bench.poll(&older), "superseded", "two connects of {id}");
                }
            }
        }
        true
    }

    /// The session has ended: what its held connect still says is its last word.
    fn end(&mut self, id: &str) {
        let Some(mut ledger) = self.ledgers.remove(id) else { return };
        for (ticket, hung_up) in std::mem::take(&mut ledger.held) {
            if hung_up && self.bench.server.settings.keep_on_hangup {
                self.bench.server.abandon(&ticket, self.bench.now);
                continue;
            }
            let Tried::Answer(last) = self.bench.server.poll(&ticket, self.bench.now) else {
                panic!("two connects of {id} were held");
            };
            if hung_up {
                self.lose(last);
                continue;
            }
            let last = answered(&Outcome::Answer(last));
            let reply = last.as_array().unwrap().last().unwrap();
            assert_eq!(reply["advice"]["reconnect"], "none");
            ledger.take(&last);
        }
        self.close(id, ledger);
    }

    /// Clients that the server says have expired.
    fn expired(&mut self, clients: &[(ClientId, Arc<str>)]) {
        for (client, _) in clients {
            let mut ledger = self.ledgers.remove(&**client).expect("a client that lives");
            let held = std::mem::take(&mut ledger.held);
            let mut held = held.iter().map(|(ticket, _)| self.bench.poll(ticket));
            assert!(held.all(|received| received == "superseded"), "{client} was held");
            self.close(client, ledger);
        }
    }

    /// A client that is no more has got what it was owed, and what it has not got is named lost.
    fn close(&mut self, id: &str, mut ledger: Ledger) {
        self.named(id, &mut ledger);
        assert_eq!(ledger.due(), ledger.got, "{id} was due, and has got");
    }

    /// Looks at what the server has named lost of a client.
    fn named(&mut self, id: &str, ledger: &mut Ledger) {
        self.lost.extend(self.bench.server.take_lost());
        let lost = self.lost.extract_if(.., |lost| *lost.client == *id);
        lost.for_each(|lost| ledger.lose(lost.label));
    }

    fn try_held(&mut self, mut woken: Vec<ClientId>) {
        for (id, ledger) in &mut self.ledgers {
            let mut waiting = Vec::new();
            for (ticket, hung_up) in std::mem::take(&mut ledger.held) {
                let due = self.bench.now >= ticket.deadline;
                assert!(self.bench.now <= ticket.deadline, "{id} is answered too late");
                let answer = match self.bench.server.poll(&ticket, self.bench.now) {
                    Tried::Answer(answer) => answer,
                    Tried::Waiting => {
                        assert!(!due, "{id} is not answered in time");
                        waiting.push((ticket, hung_up));
                        continue;
                    }
                    Tried::Released(_) => continue,
                };
                assert!(
                    due || woken.iter().any(|woken| **woken == **id),
                    "{id} is answered for no reason"
                );
                if hung_up {
                    woken.extend(self.bench.server.unwritten(answer, self.published));
                } else {
                    ledger.take(&answered(&Outcome::Answer(answer)));
                }
            }
            assert!(waiting.len() <= 1, "two connects of {id} are held");
            let held = self.bench.server.session(id).is_some_and(|session| session.held.is_some());
            assert_eq!(held, waiting.len() == 1, "{id}");
            ledger.held = waiting;
        }
    }

    fn check(&mut self) {
        for (id, mut ledger) in std::mem::take(&mut self.ledgers) {
            self.named(id, &mut ledger);
            let session = self.bench.server.session(id);
            let Some(session) = session else { panic!("{id} is gone, and nobody said so") };
            let due = ledger.due();
            let mut received = ledger.got.clone();
            assert!(due.starts_with(&received), "{id} got {received:?} of {due:?}");
            if ledger.acknowledges {
                let kept: BTreeSet<u64> = session.pending().into_iter().collect();
                let owed = ledger.owed.iter().filter(|(data, _)| due.contains(data));
                let mut to_come = owed.filter(|(data, _)| !received.contains(data));
                assert!(to_come.all(|(_, label)| kept.contains(label)), "{id} is not kept all");
            } else {
                let queued = session.queue.iter();
                let queued =
                    queued.map(|queued| serde_json::from_str::<Value>(&queued.json).unwrap());
                received.extend(queued.map(|queued| queued["data"].as_u64().unwrap()));
                assert_eq!(received, due, "{id} has got or will get, and is due");
            }
            self.ledgers.insert(id, ledger);
        }
        assert_eq!(self.lost, [], "lost by nobody");
        let held = |browser| {
            let sessions = self.bench.server.sessions();
            sessions
                .filter(|(_, session)| session.held.is_some() && session.browser == browser)
                .count()
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
            self.check();
            if let Some(ledger) = self.ledgers.get(client.0) {
                assert_eq!(ledger.got, ledger.due(), "{} has got, and is due", client.0);
            }
        }
    }
}

/// In the place of the subscriptions of a client that has disconnected earlier in its batch.
const GONE: &str = "";

//! The server as a client meets it, at moments that the test names.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::bayeux::message;
use crate::bayeux::server::{Mistake, Outcome, Received, Request, Server, Settings, Ticket, Tried};

const NANOSECOND: Duration = Duration::from_nanos(1);
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// The server and the moment. The client `p1` is one of the user `p`, and has a cookie of its own.
struct Bench {
    server: Server,
    now: Duration,
    label: u64,
}

impl Bench {
    /// With clients that have shaken hands and connected once, at the moment 0.
    fn of(clients: &[&str]) -> Self {
        let server = Server::new(Settings::default());
        let mut bench = Self { server, now: Duration::ZERO, label: 0 };
        for client in clients {
            bench.send(client, json!({ "channel": "/meta/handshake" }));
            bench.send(client, connect("first"));
        }
        bench
    }

    fn send(&mut self, client: &str, body: Value) -> Received {
        self.send_as(&format!("browser of {client}"), &client[..1], client, body)
    }

    fn send_as(&mut self, browser: &str, owner: &str, client: &str, mut body: Value) -> Received {
        let messages = match &mut body {
            Value::Array(messages) => messages.as_mut_slice(),
            one => std::slice::from_mut(one),
        };
        messages.iter_mut().for_each(|message| message["clientId"] = json!(client));
        let request = Request {
            messages: &message::batch(&body).unwrap(),
            browser: Some(browser),
            owner: Some(owner),
            new_client: client.to_owned(),
            new_browser: String::new(),
            label: self.label,
        };
        self.server.receive(request, self.now)
    }

    #[track_caller]
    fn check(&mut self, client: &str, body: Value, expected: Value) {
        assert_eq!(answered(&self.send(client, body.clone()).outcome), expected, "{body}");
    }

    /// Publishes as the server, with the label 70, and returns whom it wakes.
    fn publish(&mut self, channel: &str, data: u64) -> Vec<String> {
        self.server.publish(None, channel, &json!(data), 70).wake
    }

    fn hold(&mut self, client: &str, body: Value) -> Ticket {
        let Outcome::Hold(ticket) = self.send(client, body).outcome else { panic!("not held") };
        ticket
    }

    fn poll(&mut self, ticket: &Ticket) -> Value {
        match self.server.poll(ticket, self.now) {
            Tried::Waiting => json!("waiting"),
            Tried::Superseded => json!("superseded"),
            Tried::Answer(answer) => answered(&Outcome::Answer(answer)),
        }
    }
}

fn answered(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Answer(answer) => serde_json::from_str(&answer.body()).unwrap(),
        Outcome::Hold(_) => json!("held"),
        Outcome::Failed => json!("failed"),
    }
}

fn connect(id: &str) -> Value {
    json!({ "channel": "/meta/connect", "id": id })
}

fn connect_for(milliseconds: u64) -> Value {
    json!({ "channel": "/meta/connect", "id": "c", "advice": { "timeout": milliseconds } })
}

fn connected() -> Value {
    json!({ "channel": "/meta/connect", "id": "c", "successful": true })
}

fn advised() -> Value {
    let advice = json!({ "reconnect": "retry", "interval": 0, "timeout": 30000 });
    json!({ "channel": "/meta/connect", "id": "c", "successful": true, "advice": advice })
}

fn subscribe(to: Value) -> Value {
    json!({ "channel": "/meta/subscribe", "subscription": to })
}

fn subscribed(to: Value) -> Value {
    json!({ "channel": "/meta/subscribe", "subscription": to, "successful": true })
}

fn event(channel: &str, data: u64) -> Value {
    json!({ "channel": channel, "data": data })
}

fn published(channel: &str) -> Value {
    json!({ "channel": channel, "successful": true })
}

#[test]
fn an_empty_batch_fails_and_so_does_a_handshake_in_company() {
    let handshake = json!({ "channel": "/meta/handshake" });
    for body in [json!([]), json!([handshake, connect("2")]), json!([connect("2"), handshake])] {
        Bench::of(&["p1"]).check("p1", body, json!("failed"));
    }
}

#[test]
fn the_first_connect_is_answered_at_once_and_later_ones_at_their_timeout() {
    let mut bench = Bench::of(&[]);
    bench.send("p1", json!({ "channel": "/meta/handshake" }));
    bench.check("p1", connect("c"), json!([connected()]));
    let ticket = bench.hold("p1", connect("c"));
    bench.now = TIMEOUT - NANOSECOND;
    assert_eq!(bench.poll(&ticket), "waiting");
    bench.now = TIMEOUT;
    assert_eq!(bench.poll(&ticket), json!([connected()]));
    // Advice is told to who brings some, and the timeout in it is for that connect alone.
    bench.check("p1", connect_for(0), json!([advised()]));
    let ticket = bench.hold("p1", connect_for(300));
    assert_eq!(ticket.deadline, TIMEOUT + Duration::from_millis(300));
    bench.now = ticket.deadline;
    assert_eq!(bench.poll(&ticket), json!([advised()]));
    assert_eq!(bench.hold("p1", connect("c")).deadline, bench.now + TIMEOUT);
}

#[test]
fn a_held_connect_is_answered_by_an_event_or_a_disconnect() {
    let mut bench = Bench::of(&["p1"]);
    bench.check("p1", subscribe(json!("/a")), json!([subscribed(json!("/a"))]));
    let ticket = bench.hold("p1", connect("c"));
    assert_eq!(bench.publish("/b", 0), [""; 0]);
    assert_eq!(bench.poll(&ticket), "waiting");
    assert_eq!(bench.publish("/a", 1), ["p1"]);
    assert_eq!(bench.poll(&ticket), json!([event("/a", 1), connected()]));

    let ticket = bench.hold("p1", connect("c"));
    let received = bench.send("p1", json!({ "channel": "/meta/disconnect" }));
    assert_eq!(answered(&received.outcome), json!([published("/meta/disconnect")]));
    assert_eq!(received.wake, ["p1"]);
    let mut last = connected();
    last["advice"] = json!({ "reconnect": "none" });
    assert_eq!(bench.poll(&ticket), json!([last]));
}

/// The product cancels the older connect before it looks at what comes with the newer one.
#[test]
fn any_later_connect_takes_the_place_of_a_held_one() {
    let batch = json!([connect("c"), subscribe(json!("/a"))]);
    for (body, expected) in [
        (connect("c"), json!("held")),
        (connect_for(0), json!([advised()])),
        (batch, json!([connected(), subscribed(json!("/a"))])),
    ] {
        let mut bench = Bench::of(&["p1"]);
        let older = bench.hold("p1", connect("older"));
        let received = bench.send("p1", body.clone());
        assert_eq!(answered(&received.outcome), expected, "{body}");
        assert_eq!(received.wake, ["p1"], "{body}");
        assert_eq!(bench.poll(&older), "superseded", "{body}");
        bench.server.abandon(&older, MAX_INTERVAL);
        let due = if expected == "held" { TIMEOUT } else { MAX_INTERVAL };
        assert_eq!(bench.server.next_due(), Some(due), "{body}");
    }
}

#[test]
fn an_answer_has_each_event_once_and_then_the_replies_in_the_order_of_the_request() {
    let mut bench = Bench::of(&["p1"]);
    let publish = |data: u64| json!({ "channel": "/a/x", "data": data });
    let patterns = json!(["/a/x", "/a/*", "/a/**", "/**"]);
    let batch = json!([subscribe(patterns.clone()), publish(1), connect("c"), publish(2)]);
    let (one, two, told) = (event("/a/x", 1), event("/a/x", 2), published("/a/x"));
    bench.check("p1", batch, json!([one, two, subscribed(patterns), told, connected(), told]));
    bench.publish("/a/x", 3);
    bench.publish("/a/y", 4);
    bench.check("p1", connect("c"), json!([event("/a/x", 3), event("/a/y", 4), connected()]));
}

#[test]
fn subscriptions_stop_at_the_first_that_is_refused() {
    let denied = json!("403:denied_by_security_policy:subscribe_denied");
    let create = json!("403:denied_by_security_policy:create_denied");
    for (to, error, kept) in [
        (json!("/meta/connect"), denied, vec![]),
        (json!(["/a", "/meta/**", "/b"]), create, vec!["/a"]),
        (json!(["/a", "/service/x", "/b/**"]), Value::Null, vec!["/a", "/b/**"]),
        (json!(["/a", 7]), json!("403::subscription_invalid"), vec![]),
    ] {
        let mut bench = Bench::of(&["p1"]);
        let mut expected = subscribed(to.clone());
        if !error.is_null() {
            expected["successful"] = json!(false);
            expected["error"] = error;
        }
        bench.check("p1", subscribe(to), json!([expected]));
        assert!(bench.server.session("p1").unwrap().subscriptions.iter().eq(&kept));
    }
}

#[test]
fn a_publish_comes_back_in_its_answer_and_wakes_the_others_only() {
    let mut bench = Bench::of(&["p1", "b1"]);
    let tickets = ["p1", "b1"].map(|client| {
        bench.send(client, subscribe(json!("/**")));
        bench.hold(client, connect("c"))
    });
    let received = bench.send("p1", json!({ "channel": "/chat", "id": 77, "data": 1 }));
    let reply = json!({ "channel": "/chat", "id": "77", "successful": true });
    assert_eq!(answered(&received.outcome), json!([event("/chat", 1), reply]));
    assert_eq!(received.wake, ["b1"]);
    assert_eq!(bench.poll(&tickets[0]), "waiting");
    assert_eq!(bench.poll(&tickets[1]), json!([event("/chat", 1), connected()]));
}

/// What came before the message that fails has happened, and is told at once.
#[test]
fn a_publish_wakes_the_others_even_if_its_batch_fails_later() {
    let mut bench = Bench::of(&["p1", "b1"]);
    bench.send("b1", subscribe(json!("/chat")));
    let ticket = bench.hold("b1", connect("c"));
    let received = bench.send("p1", json!([event("/chat", 1), { "channel": "/a/*" }]));
    assert_eq!(answered(&received.outcome), "failed");
    assert_eq!(received.wake, ["b1"]);
    assert_eq!(bench.poll(&ticket), json!([event("/chat", 1), connected()]));
}

#[test]
fn publishing_without_data_or_to_a_channel_that_is_not_for_all() {
    let mut bench = Bench::of(&["p1"]);
    bench.send("p1", subscribe(json!(["/**", "/service/x"])));
    let bare = |channel: &str| json!({ "channel": channel });
    bench.check("p1", bare("/a"), json!([bare("/a"), published("/a")]));
    bench.check("p1", bare("/service/x"), json!([published("/service/x")]));
    let error = "403:denied_by_security_policy:create denied";
    let denied = json!([{ "channel": "/meta/x", "successful": false, "error": error }]);
    bench.check("p1", bare("/meta/x"), denied);
}

#[test]
fn a_client_speaks_with_its_cookie_and_for_its_owner() {
    for (browser, owner, trust_client_session, mistake) in [
        ("browser of p1", "p", false, None),
        ("other", "p", false, Some(Mistake::WrongBrowser)),
        ("other", "p", true, None),
        ("browser of p1", "b", true, Some(Mistake::WrongOwner)),
    ] {
        let mut bench = Bench::of(&["p1"]);
        bench.server.settings.trust_client_session = trust_client_session;
        let received = bench.send_as(browser, owner, "p1", connect_for(0));
        let unknown = json!([{
            "channel": "/meta/connect", "id": "c", "successful": false,
            "error": "402::Unknown client", "advice": { "reconnect": "handshake", "interval": 0 },
        }]);
        let expected = if mistake.is_some() { unknown } else { json!([advised()]) };
        assert_eq!(answered(&received.outcome), expected, "{browser} {owner}");
        assert!(received.mistakes.into_iter().eq(mistake.map(|mistake| (0, mistake))));
    }
}

#[test]
fn a_client_expires_after_its_last_answer_and_never_while_held() {
    let (mut bench, id) = (Bench::of(&["p1"]), "p1");
    assert_eq!(bench.server.next_due(), Some(MAX_INTERVAL));
    bench.now = Duration::from_secs(4);
    bench.send(id, subscribe(json!("/a")));
    assert_eq!(bench.server.next_due(), Some(bench.now + MAX_INTERVAL), "any message counts");
    let ticket = bench.hold(id, connect("c"));
    assert_eq!(bench.server.next_due(), Some(ticket.deadline));
    assert_eq!(bench.server.sweep(ticket.deadline * 2), []);
    bench.now = ticket.deadline;
    bench.poll(&ticket);
    assert_eq!(bench.server.sweep(bench.now + MAX_INTERVAL - NANOSECOND), []);
    assert_eq!(bench.server.sweep(bench.now + MAX_INTERVAL), [(id.into(), "p".into())]);
    assert_eq!(bench.server.next_due(), None);
}

#[test]
fn a_client_that_hangs_up_keeps_its_events_until_it_expires() {
    let mut bench = Bench::of(&["p1"]);
    bench.send("p1", subscribe(json!("/a")));
    let ticket = bench.hold("p1", connect("c"));
    bench.publish("/a", 1);
    bench.now = Duration::from_secs(5);
    bench.server.abandon(&ticket, bench.now);
    assert_eq!(bench.server.next_due(), Some(bench.now + MAX_INTERVAL));
    bench.check("p1", connect("c"), json!([event("/a", 1), connected()]));
    assert_eq!(bench.send("p1", subscribe(json!("/b"))).acknowledged, []);
    assert_eq!(bench.send("p1", connect("c")).acknowledged, [("p1".to_owned(), 70)]);
}

/// What a client is owed in order, what it has got, and its held connect.
#[derive(Default)]
struct Ledger {
    owed: Vec<u64>,
    got: Vec<u64>,
    held: Option<Ticket>,
}

#[test]
fn whatever_happens_each_event_comes_once_and_in_order_and_no_answer_is_late() {
    for seed in 0..200 {
        let (mut rng, mut bench) = (Rng::with_seed(seed), Bench::of(&[]));
        let mut ledgers = BTreeMap::new();
        (0..200).for_each(|step| walk(&mut rng, &mut bench, &mut ledgers, step));
    }
}

/// One step: something happens, then every held connect is tried.
fn walk(rng: &mut Rng, bench: &mut Bench, ledgers: &mut BTreeMap<&str, Ledger>, step: u64) {
    let data = |answer: &Value| -> Vec<u64> {
        answer.as_array().into_iter().flatten().filter_map(|it| it.get("data")?.as_u64()).collect()
    };
    let client = ["p1", "p2", "b1"][rng.usize(..3)];
    let names = ["/a", "/a/b", "/c/d/e", "/a/*", "/a/**", "/**"];
    let (name, channel) = (names[rng.usize(..6)], names[rng.usize(..3)]);
    let (action, lives) = (rng.u8(..16), ledgers.contains_key(client));
    let owned = [None, Some("p"), Some("b")][rng.usize(..3)];
    let body = match action {
        0..=2 if !lives => json!({ "channel": "/meta/handshake" }),
        0 => json!({ "channel": "/meta/disconnect" }),
        1..=3 => connect("c"),
        4 | 5 => connect_for(rng.u64(..40_000) * rng.u64(..2)),
        6 | 7 => json!([subscribe(json!([name, channel])), connect("c")][rng.usize(..2)..]),
        8 => json!({ "channel": "/meta/unsubscribe", "subscription": name }),
        9 | 10 => json!({ "channel": channel, "data": step }),
        _ => Value::Null,
    };
    for (id, session) in bench.server.sessions() {
        let told = (lives && matches!(action, 9 | 10))
            || (matches!(action, 11..=13) && owned.is_none_or(|owner| owner == session.owner));
        if told && session.covers(channel) {
            ledgers.get_mut(id.as_str()).unwrap().owed.push(step);
        }
    }
    let mut wake = Vec::new();
    if matches!(action, 11..=13) {
        wake = bench.server.publish(owned, channel, &json!(step), step).wake;
    } else if action == 15 {
        let later = bench.now + Duration::from_millis(rng.u64(..15_000));
        bench.now = bench.server.next_due().map_or(later, |due| due.min(later));
        bench.server.sweep(bench.now);
    } else if action < 11 {
        bench.label = step;
        let received = bench.send(client, body);
        wake = received.wake;
        if bench.server.session(client).is_some() {
            let ledger = ledgers.entry(client).or_default();
            ledger.got.extend(data(&answered(&received.outcome)));
            if let Outcome::Hold(newer) = received.outcome {
                let older = ledger.held.replace(newer);
                assert!(older.is_none_or(|older| bench.poll(&older) == "superseded"));
            }
        }
    } else if let Some(ticket) = ledgers.get_mut(client).and_then(|it| it.held.take()) {
        bench.server.abandon(&ticket, bench.now);
    }
    ledgers.retain(|id, ledger| {
        if let Some(ticket) = &ledger.held {
            let tried = bench.poll(ticket);
            let (late, woken) = (bench.now >= ticket.deadline, wake.iter().any(|it| it == id));
            assert!(if tried == "waiting" { !late } else { late || woken }, "{tried}");
            assert!(bench.now <= ticket.deadline);
            ledger.got.extend(data(&tried));
            ledger.held = ledger.held.take().filter(|_| tried == "waiting");
        }
        let Some(session) = bench.server.session(id) else {
            assert!(ledger.held.is_none() && ledger.owed.starts_with(&ledger.got));
            return false;
        };
        // A step publishes once at most, so that its number is the event's data and label.
        let queued = session.queue.iter().map(|event| event.label);
        let told: Vec<u64> = ledger.got.iter().copied().chain(queued).collect();
        assert_eq!(told, ledger.owed, "{id} has got or will get, and is owed");
        true
    });
    assert!(bench.server.next_due().is_none_or(|due| due > bench.now));
}

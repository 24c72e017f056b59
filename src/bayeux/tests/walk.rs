//! Clients that do anything in any order.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::*;

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
        let queued = session.queue.iter().filter_map(|event| event.label);
        let told: Vec<u64> = ledger.got.iter().copied().chain(queued).collect();
        assert_eq!(told, ledger.owed, "{id} has got or will get, and is owed");
        true
    });
    assert!(bench.server.next_due().is_none_or(|due| due > bench.now));
}

//! The extensions, for who asks for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

/// With a client that acknowledges what it gets, and has had its first answer.
fn acknowledging() -> Bench {
    let mut bench = Bench::of(&[]);
    let mut shaken =
        bench.send("p1", json!({ "channel": "/meta/handshake", "ext": { "ack": true } }));
    shaken.new_client = None;
    assert_eq!(answered(&shaken.outcome)[0]["ext"], json!({ "ack": true }));
    bench.check("p1", after(-1), numbered(1));
    let mut subscribed = subscribed(json!("/a"));
    subscribed["ext"] = json!({});
    bench.check("p1", subscribe(json!("/a")), json!([subscribed]));
    bench
}

/// A connect that acknowledges an answer.
fn after(number: i64) -> Value {
    json!({ "channel": "/meta/connect", "id": "c", "ext": { "ack": number } })
}

fn with_number(number: i64) -> Value {
    let mut reply = connected();
    reply["ext"] = json!({ "ack": number });
    reply
}

fn numbered(number: i64) -> Value {
    json!([with_number(number)])
}

#[test]
fn what_is_not_acknowledged_comes_again_and_at_once() {
    let mut bench = acknowledging();
    bench.publish("/a", 1);
    bench.check("p1", after(0), json!([event("/a", 1), with_number(2)]));
    // The advice is told, since the product answers at once by giving the client's message a timeout of 0.
    let mut again = with_number(3);
    again["advice"] = advised()["advice"].clone();
    bench.check("p1", after(1), json!([event("/a", 1), again]));
    bench.publish("/a", 2);
    bench.check("p1", after(1), json!([event("/a", 1), event("/a", 2), with_number(4)]));
    let received = bench.send("p1", after(3));
    assert_eq!(received.acknowledged, [("p1".into(), 70)]);
    let received = bench.send("p1", after(4));
    assert_eq!(received.acknowledged, [("p1".into(), 70)]);
    let Outcome::Hold(ticket) = received.outcome else { panic!("not held") };
    bench.now = ticket.deadline;
    assert_eq!(bench.poll(&ticket), numbered(6));
}

#[test]
fn own_events_come_with_the_connect_and_every_meta_reply_has_an_ext() {
    let mut bench = acknowledging();
    let ticket = bench.hold("p1", after(1));
    let received = bench.send("p1", json!({ "channel": "/a", "data": 7 }));
    assert_eq!(answered(&received.outcome), json!([published("/a")]));
    assert_eq!(received.wake, ["p1".into()]);
    assert_eq!(bench.poll(&ticket), json!([event("/a", 7), with_number(2)]));
    let ticket = bench.hold("p1", after(2));
    let mut disconnected = published("/meta/disconnect");
    disconnected["ext"] = json!({});
    bench.check("p1", json!({ "channel": "/meta/disconnect" }), json!([disconnected]));
    let mut last = with_number(3);
    last["advice"] = json!({ "reconnect": "none" });
    assert_eq!(bench.poll(&ticket), json!([last]));
}

#[test]
fn who_does_not_ask_with_true_gets_no_numbers() {
    for ack in [json!("true"), json!(1), json!(false), json!(null)] {
        let mut bench = Bench::of(&[]);
        let shaken =
            bench.send("p1", json!({ "channel": "/meta/handshake", "ext": { "ack": ack } }));
        assert_eq!(answered(&shaken.outcome)[0].get("ext"), None);
        bench.check("p1", after(0), json!([connected()]));
    }
    Bench::of(&["p1"]).check(
        "p1",
        json!({ "channel": "/meta/connect", "id": "c", "ext": 7 }),
        json!("held"),
    );
}

#[test]
fn the_time_is_told_to_who_has_it_wrong() {
    let ask = |timesync: Value| json!({ "channel": "/meta/subscribe", "subscription": "/a", "ext": { "timesync": timesync } });
    for (asked, answered) in [
        (
            json!({ "tc": TIME - 2, "l": 0, "o": 0 }),
            json!({ "tc": TIME - 2, "ts": TIME, "p": 0, "a": -2 }),
        ),
        (json!({ "tc": TIME - 2, "l": 5, "o": 0 }), json!(null)),
        (
            json!({ "tc": TIME, "l": 5, "o": 20 }),
            json!({ "tc": TIME, "ts": TIME, "p": 0, "a": 25 }),
        ),
        (json!({ "tc": TIME, "l": 5, "o": 19 }), json!(null)),
        (
            json!({ "tc": i64::MIN, "l": -1, "o": 0 }),
            json!({ "tc": i64::MIN, "ts": TIME, "p": 0, "a": i64::MIN }),
        ),
        (json!({ "tc": 1 }), json!({ "tc": 1, "ts": TIME, "p": 0 })),
        (json!({ "l": 0, "o": 0 }), json!(null)),
        (json!(7), json!(null)),
    ] {
        let mut bench = Bench::of(&["p1"]);
        let mut expected = subscribed(json!("/a"));
        if !answered.is_null() {
            expected["ext"] = json!({ "timesync": answered });
        }
        bench.check("p1", ask(asked), json!([expected]));
    }
}

#[test]
fn the_time_that_a_connect_was_held_is_told_too() {
    let mut bench = Bench::of(&["p1"]);
    let mut message = connect("c");
    message["ext"] = json!({ "timesync": { "tc": TIME, "l": 0, "o": 0 } });
    let ticket = bench.hold("p1", message);
    bench.now = ticket.deadline;
    let mut expected = connected();
    expected["ext"] = json!({ "timesync": { "tc": TIME, "ts": TIME, "p": 30_000, "a": 0 } });
    assert_eq!(bench.poll(&ticket), json!([expected]));
    assert_eq!(bench.now, Duration::from_secs(30));
}

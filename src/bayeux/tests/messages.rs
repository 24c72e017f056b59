//! The outcome of the messages of a known and of an unknown client.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::bayeux::io::MessageViolation;

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
    assert_eq!(bench.publish("/b", 0), []);
    assert_eq!(bench.poll(&ticket), "waiting");
    assert_eq!(bench.publish("/a", 1), ["p1".into()]);
    assert_eq!(bench.poll(&ticket), json!([event("/a", 1), connected()]));

    let ticket = bench.hold("p1", connect("c"));
    let received = bench.send("p1", json!({ "channel": "/meta/disconnect" }));
    assert_eq!(answered(&received.outcome), json!([published("/meta/disconnect")]));
    assert_eq!(received.wake, ["p1".into()]);
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
        assert_eq!(received.wake, ["p1".into()], "{body}");
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
    let one = event("/a/x", 1);
    let two = event("/a/x", 2);
    let answered = published("/a/x");
    bench.check(
        "p1",
        batch,
        json!([one, two, subscribed(patterns), answered, connected(), answered]),
    );
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
        (json!(7), json!("403::subscription_invalid"), vec![]),
    ] {
        let mut bench = Bench::of(&["p1"]);
        let mut expected = subscribed(to.clone());
        if !error.is_null() {
            expected["successful"] = json!(false);
            expected["error"] = error;
        }
        bench.check("p1", subscribe(to), json!([expected]));
        assert!(bench.server.session("p1").unwrap().subscriptions().eq(kept));
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
    assert_eq!(received.wake, ["b1".into()]);
    assert_eq!(bench.poll(&tickets[0]), "waiting");
    assert_eq!(bench.poll(&tickets[1]), json!([event("/chat", 1), connected()]));
}

/// A message before the one that fails has taken effect, and its event is delivered at once.
#[test]
fn a_publish_wakes_the_others_even_if_its_batch_fails_later() {
    let mut bench = Bench::of(&["p1", "b1"]);
    bench.send("b1", subscribe(json!("/chat")));
    let ticket = bench.hold("b1", connect("c"));
    let received = bench.send("p1", json!([event("/chat", 1), { "channel": "foo" }]));
    assert_eq!(answered(&received.outcome), "failed");
    assert_eq!(received.wake, ["b1".into()]);
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
    for (browser, owner, trust_client_session, violation) in [
        ("browser of p1", "p", false, None),
        ("other", "p", false, Some(MessageViolation::WrongBrowser)),
        ("other", "p", true, None),
        ("browser of p1", "b", true, Some(MessageViolation::WrongOwner)),
    ] {
        let mut bench = Bench::of(&["p1"]);
        bench.server.settings.trust_client_session = trust_client_session;
        let received = bench.send_as(browser, owner, "p1", connect_for(0));
        let unknown = json!([{
            "channel": "/meta/connect", "id": "c", "successful": false,
            "error": "402::Unknown client", "advice": { "reconnect": "handshake", "interval": 0 },
        }]);
        let expected = if violation.is_some() { unknown } else { json!([advised()]) };
        assert_eq!(answered(&received.outcome), expected, "{browser} {owner}");
        assert!(received.violations.into_iter().eq(violation.map(|violation| (0, violation))));
    }
}

#[test]
fn a_client_expires_after_its_last_answer_and_never_while_held() {
    let mut bench = Bench::of(&["p1"]);
    let id = "p1";
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
    assert_eq!(bench.send("p1", connect("c")).acknowledged, [("p1".into(), 70)]);
}

#[test]
fn a_batch_speaks_for_the_client_of_its_first_message() {
    let mut bench = Bench::of(&["p1", "p2"]);
    let unknown = json!({
        "channel": "/meta/subscribe", "subscription": "/b", "successful": false,
        "error": "402::Unknown client",
    });
    let mut other = subscribe(json!("/b"));
    other["clientId"] = json!("p2");
    let received =
        bench.send_as("browser of p1", "p", "p1", json!([subscribe(json!("/a")), other]));
    assert_eq!(answered(&received.outcome), json!([subscribed(json!("/a")), unknown]));
    assert_eq!(received.violations, [(1, MessageViolation::WrongBrowser)]);
    // Two sessions of one browser, too.
    bench.send_as("browser of p1", "p", "p3", json!({ "channel": "/meta/handshake" }));
    let mut other = subscribe(json!("/b"));
    other["clientId"] = json!("p3");
    let received = bench.send("p1", json!([subscribe(json!("/a")), other]));
    assert_eq!(received.violations, [(1, MessageViolation::OtherClient)]);
    assert!(!bench.server.session("p3").unwrap().covers("/b"));
}

/// The messages before it have taken effect; those after it have not.
#[test]
fn a_batch_is_worked_through_up_to_what_is_thrown_at() {
    let flawed = |message: Value| json!([subscribe(json!("/a")), message, subscribe(json!("/b"))]);
    for (thrown_at, violation) in [
        (json!({ "id": "1" }), MessageViolation::Message),
        (json!({ "channel": "foo" }), MessageViolation::Message),
        (json!({ "channel": "/a", "id": "?" }), MessageViolation::Message),
        (json!({ "channel": "/meta/handshake" }), MessageViolation::HandshakeInCompany),
        (subscribe(json!(["/c", "/x/*/y"])), MessageViolation::Subscription),
        (subscribe(json!(["/c", 7])), MessageViolation::Subscription),
    ] {
        let mut bench = Bench::of(&["p1"]);
        let received = bench.send("p1", flawed(thrown_at.clone()));
        assert_eq!(answered(&received.outcome), "failed", "{thrown_at}");
        assert_eq!(received.violations, [(1, violation)], "{thrown_at}");
        let kept: Vec<&str> = match violation {
            MessageViolation::Subscription => vec!["/a", "/c"],
            _ => vec!["/a"],
        };
        assert!(bench.server.session("p1").unwrap().subscriptions().eq(kept), "{thrown_at}");
    }
    // The characters of all channels are looked at before any is subscribed to.
    let mut bench = Bench::of(&["p1"]);
    bench.check("p1", subscribe(json!(["/c", "/ü"])), json!("failed"));
    assert!(bench.server.session("p1").unwrap().subscriptions().len() == 0);
}

#[test]
fn a_client_that_is_unknown_is_told_so_before_its_channel_is_looked_at() {
    let mut bench = Bench::of(&[]);
    let unknown =
        json!([{ "channel": "foo", "successful": false, "error": "402::Unknown client" }]);
    bench.check("p1", json!({ "channel": "foo" }), unknown);
    bench.check("p1", json!({ "channel": "/ü" }), json!("failed"));
}

#[test]
fn after_its_disconnect_in_the_same_batch_a_client_is_unknown() {
    let mut bench = Bench::of(&["p1"]);
    let batch = json!([
        subscribe(json!("/a")), event("/a", 1), { "channel": "/meta/disconnect" }, connect("c"),
    ]);
    let mut last = connected();
    last["successful"] = json!(false);
    last["error"] = json!("402::Unknown client");
    last["advice"] = json!({ "reconnect": "none", "interval": 0 });
    let expected = json!([
        event("/a", 1),
        subscribed(json!("/a")),
        published("/a"),
        published("/meta/disconnect"),
        last,
    ]);
    bench.check("p1", batch, expected);
}

#[test]
fn unsubscribing_goes_by_the_channels_that_exist() {
    for (from, error) in [
        (json!("/a"), Value::Null),
        (json!("/service/x"), Value::Null),
        (json!(["/a", "/never", "/b"]), json!("400::channel_missing")),
        (json!("/service/y"), json!("400::channel_missing")),
        (json!("/meta/connect"), json!("403::unsubscribe_failed")),
        (json!("/x/*/y"), json!("400::channel_missing")),
        (json!(7), json!("403::subscription_invalid")),
        (Value::Null, json!("403::subscription_missing")),
    ] {
        let mut bench = Bench::of(&["p1"]);
        bench.send("p1", subscribe(json!(["/a", "/b", "/service/x"])));
        let message = json!({ "channel": "/meta/unsubscribe", "subscription": from });
        let mut expected = message.clone();
        expected["successful"] = json!(error.is_null());
        if from.is_null() {
            expected.as_object_mut().unwrap().remove("subscription");
        }
        if !error.is_null() {
            expected["error"] = error;
        }
        bench.check("p1", message, json!([expected]));
        assert!(bench.server.session("p1").unwrap().covers("/b"));
    }
}

/// A quirk: nothing was done, and so nothing has succeeded.
#[test]
fn a_subscription_to_no_channel_is_neither_taken_nor_refused() {
    let mut bench = Bench::of(&["p1"]);
    let echo = json!([{ "channel": "/meta/subscribe", "subscription": [] }]);
    bench.check("p1", subscribe(json!([])), echo);
}

#[test]
fn a_publish_to_a_pattern_reaches_who_subscribed_to_that_very_pattern() {
    let mut bench = Bench::of(&["p1", "b1"]);
    bench.send("p1", subscribe(json!("/a/*")));
    bench.send("b1", subscribe(json!("/**")));
    let received = bench.send("p1", event("/a/*", 1));
    assert_eq!(answered(&received.outcome), json!([event("/a/*", 1), published("/a/*")]));
    assert_eq!(received.violations, [(0, MessageViolation::Publish)]);
    bench.check("b1", connect_for(0), json!([advised()]));
}

#[test]
fn a_batch_of_a_connect_and_others_holds_nothing_and_tells_what_is_queued() {
    let mut bench = Bench::of(&["p1"]);
    bench.send("p1", subscribe(json!("/a")));
    bench.server.settings.meta_connect_deliver_only = true;
    bench.check("p1", event("/a", 1), json!([published("/a")]));
    bench.check(
        "p1",
        json!([connect("c"), event("/a", 2)]),
        json!([event("/a", 1), event("/a", 2), connected(), published("/a")]),
    );
}

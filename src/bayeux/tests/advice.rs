//! The advice of the server and of clients, and several sessions of one browser.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::bayeux::io::MessageViolation;

/// A connect of one of two sessions of one browser, whose owner is `p`.
fn together(bench: &mut Bench, client: &str, body: Value) -> Received {
    bench.send_as("one browser", "p", client, body)
}

fn two_sessions() -> Bench {
    let mut bench = Bench::of(&[]);
    for client in ["p1", "p2"] {
        together(&mut bench, client, json!({ "channel": "/meta/handshake" }));
        together(&mut bench, client, connect("first"));
    }
    bench
}

fn advised_with(advice: Value) -> Value {
    json!([{ "channel": "/meta/connect", "id": "c", "successful": true, "advice": advice }])
}

#[test]
fn its_interval_is_told_back_and_counts_until_its_next_connect() {
    let mut bench = Bench::of(&["p1"]);
    let mut message = connect("c");
    message["advice"] = json!({ "timeout": 0, "interval": 60_000 });
    let answered = json!({ "reconnect": "retry", "interval": 60_000, "timeout": 30_000 });
    bench.check("p1", message, advised_with(answered));
    assert_eq!(bench.server.next_due(), Some(Duration::from_secs(60) + MAX_INTERVAL));
    bench.check("p1", connect_for(0), json!([advised()]));
    assert_eq!(bench.server.next_due(), Some(MAX_INTERVAL));
}

#[test]
fn less_than_nothing_is_as_if_nothing_had_been_asked_for() {
    let mut bench = Bench::of(&["p1"]);
    let mut message = connect("c");
    message["advice"] = json!({ "timeout": -1, "interval": -1 });
    let ticket = bench.hold("p1", message);
    bench.now = ticket.deadline;
    assert_eq!((ticket.deadline, bench.poll(&ticket)), (TIMEOUT, json!([advised()])));
}

#[test]
fn what_is_no_advice_is_thrown_at_and_the_held_connect_is_gone_all_the_same() {
    for advice in [json!("none"), json!({ "timeout": "0" }), json!({ "interval": {} })] {
        let mut bench = Bench::of(&["p1"]);
        let older = bench.hold("p1", connect("older"));
        let received = bench.send("p1", json!({ "channel": "/meta/connect", "advice": advice }));
        assert_eq!(answered(&received.outcome), "failed");
        assert_eq!(received.violations, [(0, MessageViolation::Advice)]);
        assert_eq!(bench.poll(&older), "superseded");
    }
}

#[test]
fn a_session_too_many_is_answered_at_once_until_there_is_room() {
    let mut bench = two_sessions();
    let Outcome::Hold(ticket) = together(&mut bench, "p1", connect("c")).outcome else { panic!() };
    let mut wait = json!({ "multiple-clients": true, "reconnect": "retry", "interval": 2000 });
    let received = together(&mut bench, "p2", connect("c"));
    assert_eq!(answered(&received.outcome), advised_with(wait.clone()));
    assert_eq!(received.violations, [(0, MessageViolation::MultipleClients)]);
    // From then on the usual advice is news, and is told beside.
    wait["timeout"] = json!(30_000);
    let received = together(&mut bench, "p2", connect("c"));
    assert_eq!(answered(&received.outcome), advised_with(wait));
    // Another connect of the held session takes its own place, and no other.
    let again = together(&mut bench, "p1", connect("c")).outcome;
    assert!(matches!(again, Outcome::Hold(_)));
    assert_eq!(bench.poll(&ticket), "superseded");
    together(&mut bench, "p1", json!({ "channel": "/meta/disconnect" }));
    let Outcome::Hold(ticket) = together(&mut bench, "p2", connect("c")).outcome else { panic!() };
    bench.now = ticket.deadline;
    assert_eq!(bench.poll(&ticket), json!([advised()]));
}

#[test]
fn a_session_too_many_is_told_its_events() {
    let mut bench = two_sessions();
    together(&mut bench, "p2", subscribe(json!("/a")));
    together(&mut bench, "p1", connect("c"));
    bench.publish("/a", 1);
    let received = together(&mut bench, "p2", connect("c"));
    assert_eq!(answered(&received.outcome), json!([event("/a", 1), connected()]));
}

#[test]
fn without_an_interval_a_session_too_many_is_refused() {
    let mut bench = two_sessions();
    bench.server.settings.multi_session_interval = Duration::ZERO;
    together(&mut bench, "p1", connect("c"));
    let refused = json!([{
        "channel": "/meta/connect", "id": "c", "successful": false,
        "advice": { "multiple-clients": true, "reconnect": "none" },
    }]);
    assert_eq!(answered(&together(&mut bench, "p2", connect("c")).outcome), refused);
}

#[test]
fn any_number_of_sessions_is_held_where_there_is_no_limit_and_none_where_it_is_nothing() {
    for (limit, held) in [(None, [true, true]), (Some(2), [true, true]), (Some(0), [false, false])]
    {
        let mut bench = two_sessions();
        bench.server.settings.max_sessions_per_browser = limit;
        let outcomes =
            ["p1", "p2"].map(|client| together(&mut bench, client, connect("c")).outcome);
        assert_eq!(outcomes.map(|outcome| matches!(outcome, Outcome::Hold(_))), held, "{limit:?}");
    }
}

#[test]
fn a_session_belongs_to_its_transport_unless_the_client_id_is_trusted() {
    let mut bench = Bench::of(&["p1"]);
    let over = |bench: &mut Bench| {
        let transport = Transport::CallbackPolling;
        let browser = "browser of p1";
        bench.send_over(transport, browser, "p", "p1", connect("c"))
    };
    assert_eq!(over(&mut bench).violations, [(0, MessageViolation::WrongTransport)]);
    bench.server.settings.trust_client_session = true;
    let Outcome::Hold(ticket) = over(&mut bench).outcome else { panic!("not held") };
    bench.now = ticket.deadline;
    assert_eq!(bench.poll(&ticket), json!([advised()]), "it is news on another transport");
}

#[test]
fn events_may_leave_with_connects_only() {
    let own = json!({ "channel": "/chat", "data": 1 });
    for (transport, connects_only) in
        [(Transport::LongPolling, true), (Transport::CallbackPolling, false)]
    {
        let mut bench = Bench::of(&[]);
        bench.server.settings.meta_connect_deliver_only = connects_only;
        let mut send = |body: Value| bench.send_over(transport, "b", "p", "p1", body);
        send(json!({ "channel": "/meta/handshake" }));
        send(connect("first"));
        send(subscribe(json!("/chat")));
        let Outcome::Hold(ticket) = send(connect("c")).outcome else { panic!("not held") };
        let received = send(own.clone());
        assert_eq!(answered(&received.outcome), json!([published("/chat")]), "{transport:?}");
        assert_eq!(received.wake, ["p1".into()], "{transport:?}");
        assert_eq!(bench.poll(&ticket), json!([event("/chat", 1), connected()]), "{transport:?}");
    }
}

#[test]
fn the_server_delivers_to_who_has_not_subscribed_and_ends_a_session() {
    let mut bench = Bench::of(&["p1"]);
    bench.server.deliver("p1", &written("/a", &json!(1)), 70);
    bench.check("p1", connect("c"), json!([event("/a", 1), connected()]));
    let ticket = bench.hold("p1", connect("c"));
    bench.server.disconnect("p1");
    let mut last = connected();
    last["advice"] = json!({ "reconnect": "none" });
    assert_eq!(bench.poll(&ticket), json!([published("/meta/disconnect"), last]));
    assert_eq!(bench.send("p1", connect("c")).violations, [(0, MessageViolation::UnknownClient)]);
}

#[test]
fn several_messages_put_the_expiry_off_several_times() {
    let mut bench = Bench::of(&["p1"]);
    bench.now = Duration::from_secs(4);
    bench.send("p1", subscribe(json!("/a")));
    bench.now = Duration::from_secs(5);
    bench.send("p1", subscribe(json!("/b")));
    assert_eq!(bench.server.next_due(), Some(MAX_INTERVAL + Duration::from_secs(4 + 5)));
}

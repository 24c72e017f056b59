//! What a test orders to go wrong, and what a client that does as it is told comes to.

use std::net::TcpStream;
use std::panic::catch_unwind;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use gws_sms_fake::{Builder, FakeGws, PushFaults};
use serde_json::{Value, json};

use super::client::{texts, violation};
use support::RawCometdClient;
use support::panicked::panic_text;
use support::raw::{self, INTRUDE, WATCHDOG};
use support::subscribe;
use support::watch::watched;

const MAX_INTERVAL: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(2);
const MILLISECOND: Duration = Duration::from_millis(1);

fn unknown() -> Value {
    json!({ "reconnect": "handshake", "interval": 0 })
}

#[test]
fn a_client_whose_cookie_is_lost_is_unknown_and_nobody_is_blamed() {
    let gws = FakeGws::start();
    gws.agent().push_faults().lose_next_cookie();

    let mut client = RawCometdClient::handshake(&gws, AGENT);
    let subscribed = client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
    let connected = client.connect();

    assert!(
        client.cookies.iter().all(|cookie| cookie.starts_with("JSESSIONID=")),
        "{:?}",
        client.cookies
    );
    assert_eq!(subscribed[0]["error"], "402::Unknown client");
    assert_eq!(connected[0]["error"], "402::Unknown client");
    assert_eq!(connected[0]["advice"], unknown());
    gws.verify();
    let report = gws.report();
    assert!(report.contains("a1  cookie of a handshake lost, as the test injected"), "{report}");
    assert_eq!(report.matches("  note bayeux-cookie").count(), 2, "{report}");
    // It does as it is told.
    let mut next = client.sister(&gws, AGENT);
    assert!(
        next.cookies.iter().any(|cookie| cookie.starts_with("BAYEUX_BROWSER=")),
        "{:?}",
        next.cookies
    );
    assert_eq!(next.connect()[0]["successful"], true);
}

#[test]
fn a_client_whose_cookie_is_lost_goes_on_where_no_cookie_is_needed() {
    let gws = FakeGws::builder().trust_client_session().start();
    gws.agent().push_faults().lose_next_cookie();

    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("one");

    assert!(
        client.cookies.iter().all(|cookie| cookie.starts_with("JSESSIONID=")),
        "{:?}",
        client.cookies
    );
    assert_eq!(texts(&client.answer()), ["one"]);
}

/// Nobody can connect in that session any more, however long the clock would wait.
#[test]
fn a_client_whose_cookie_is_lost_is_not_waited_for_when_the_clock_is_set_forward() {
    let gws = FakeGws::start();
    gws.clock().pause();
    gws.agent().push_faults().lose_next_cookie();
    let mut client = RawCometdClient::handshake(&gws, AGENT);
    assert_eq!(client.connect()[0]["error"], "402::Unknown client");

    gws.clock().advance(MAX_INTERVAL).blocking();

    let report = gws.report();
    assert!(report.contains("a1  CometD session expired"), "{report}");
    assert!(!report.contains("did not connect again"), "{report}");
}

#[test]
fn a_cookie_is_lost_by_a_client_that_has_none_yet_and_only_once() {
    let gws = FakeGws::start();
    let mut before = RawCometdClient::start(&gws, AGENT);
    gws.agent().push_faults().lose_next_cookie();
    let unused =
        r#"gws.user("a1").push_faults().lose_next_cookie(..) was injected but never triggered"#;

    let mut sister = before.sister(&gws, AGENT);
    assert_eq!(sister.connect()[0]["successful"], true);
    assert!(gws.report().contains(unused));
    RawCometdClient::handshake(&gws, AGENT);
    assert!(!gws.report().contains(unused));
    let mut after = RawCometdClient::handshake(&gws, AGENT);
    assert_eq!(after.connect()[0]["successful"], true);
    assert_eq!(before.connect_at_once()[0]["successful"], true);
}

#[test]
fn the_connection_of_a_held_connect_is_cut_and_what_comes_meanwhile_waits() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);

    gws.agent().push_faults().cut_held_connect();
    let cut = client.connection.answer();
    gws.customer(SESSION).writes("meanwhile");
    client.change_connection(&gws);
    let next = client.connect();

    assert!(cut.is_none(), "{cut:?}");
    assert_eq!(texts(&next), ["meanwhile"]);
    let report = gws.report();
    assert!(report.contains("a1  held connect cut, as the test injected"), "{report}");
    assert!(report.contains("a1  connect  cut at +"), "{report}");
    assert!(!report.contains("LOST"), "{report}");
}

fn advised(advice: Value) -> Value {
    json!([{ "channel": "/meta/connect", "successful": true, "advice": advice }])
}

#[test]
fn a_held_connect_is_advised_none_at_once() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);

    gws.agent().push_faults().advise_none();

    // Who obeys sends what else it likes.
    assert_eq!(client.answer(), advised(json!({ "reconnect": "none" })));
    client.ask(json!([subscribe(&client.id, "/v2/me/calls")]));
    client.disconnect();
}

#[test]
fn a_connect_after_the_advice_none_breaks_a_rule() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::start(&gws, AGENT);
    gws.agent().push_faults().advise_none();

    assert_eq!(client.connect(), advised(json!({ "reconnect": "none" })));
    gws.verify();
    client.connect_at_once();

    let violation = violation(&gws, "bayeux-reconnect");
    assert!(violation.contains(r#"got a connect after the advice "none""#), "{violation}");
}

fn wait_two_seconds() -> Value {
    json!({ "reconnect": "retry", "interval": 2000, "timeout": 30_000 })
}

#[test]
fn a_connect_before_the_advised_interval_breaks_a_rule() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);
    gws.agent().push_faults().advise_interval(INTERVAL);

    assert_eq!(client.answer(), advised(wait_two_seconds()));
    gws.verify();
    client.hold(&gws, AGENT);

    let violation = violation(&gws, "bayeux-interval");
    assert!(violation.contains("want a connect after advice.interval, 2000 ms"), "{violation}");
}

#[test]
fn a_connect_after_the_advised_interval_is_held_as_ever() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let mut client = RawCometdClient::start(&gws, AGENT);
    gws.agent().push_faults().advise_interval(INTERVAL);

    assert_eq!(client.connect(), advised(wait_two_seconds()));
    gws.clock().advance(INTERVAL).blocking();
    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("one");

    assert_eq!(texts(&client.answer()), ["one"]);
}

#[test]
fn a_client_that_is_advised_an_interval_is_kept_for_that_much_longer() {
    for held in [true, false] {
        let gws = FakeGws::start();
        gws.clock().pause();
        let mut client = RawCometdClient::start(&gws, AGENT);
        if held {
            client.hold(&gws, AGENT);
            gws.agent().push_faults().advise_interval(INTERVAL);
            client.answer();
        } else {
            gws.agent().push_faults().advise_interval(INTERVAL);
            client.connect();
        }
        drop(client);

        gws.clock().advance(INTERVAL + MAX_INTERVAL - MILLISECOND).blocking();
        assert!(!gws.report().contains("expired"), "{}", gws.report());
        gws.clock().advance(MILLISECOND).blocking();
        assert!(gws.report().contains("CometD session expired"), "{}", gws.report());
    }
}

/// Whether the answer to an Intrude was there when its notification went out, to a held connect. When it has to be, it is
/// waited for.
fn answer_was_there(
    builder: Builder,
    order: fn(&PushFaults) -> &PushFaults,
    wait: Duration,
) -> bool {
    let (looked, was_there) = channel();
    let socket: Arc<Mutex<Option<TcpStream>>> = Arc::default();
    let at_client = Arc::clone(&socket);
    let watch = move |line: &str| {
        if line.contains("<- /v2/me/smssessions") {
            let socket = at_client.lock().unwrap();
            let socket = socket.as_ref().unwrap();
            socket.set_read_timeout(Some(wait)).unwrap();
            let _ = looked.send(socket.peek(&mut [0]).is_ok());
        }
    };
    let gws = builder.watch(watch).start();
    let mut client = RawCometdClient::start(&gws, SUPERVISOR);
    client.hold(&gws, SUPERVISOR);
    order(&gws.supervisor().push_faults());

    let intruding = TcpStream::connect(raw::address(&gws)).unwrap();
    *socket.lock().unwrap() = Some(intruding.try_clone().unwrap());
    std::io::Write::write_all(&mut &intruding, &raw::intrude(INTRUDE)).unwrap();
    let was_there = was_there.recv_timeout(WATCHDOG).unwrap();

    assert_eq!(client.answer()[0]["data"]["smssession"]["state"], "Invited");
    gws.idle().blocking();
    was_there
}

#[test]
fn deliver_before_answer_sends_a_notification_before_the_answer() {
    let by_default = FakeGws::builder();
    assert!(!answer_was_there(by_default, PushFaults::deliver_before_answer, MILLISECOND));
}

#[test]
fn deliver_after_answer_sends_a_notification_after_the_answer() {
    let other = FakeGws::builder().notifications_first();
    assert!(answer_was_there(other, PushFaults::deliver_after_answer, WATCHDOG));
}

#[test]
fn an_injected_delivery_order_applies_to_one_request_and_is_in_the_timeline() {
    let (gws, lines) = watched(FakeGws::builder());
    gws.supervisor().push_faults().deliver_before_answer();
    let happened = "s1  told before the answer, as the test injected";

    // The agent's message tells the supervisor nothing.
    gws.agent().answers(SESSION, "Hello");
    let mut agent = raw::RawConnection::open(&gws);
    agent.exchange(raw::me());
    assert!(!gws.report().contains(happened));
    let mut supervisor = raw::RawConnection::open(&gws);
    assert_eq!(supervisor.exchange(raw::intrude(INTRUDE)).status, 200);

    lines.wait_for(happened);
    gws.verify();
}

#[test]
fn an_event_comes_with_the_answer_to_a_subscribe_before_its_reply() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::handshake(&gws, AGENT);
    client.connect();
    gws.agent().push_faults().deliver_on_subscribe();

    gws.customer(SESSION).writes("one");
    let other = RawCometdClient::start(&gws, SUPERVISOR);
    let answer = client.ask(json!([subscribe(&client.id, "/v2/me/*")]));

    assert_eq!(answer.as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(texts(&answer), ["one"]);
    assert_eq!(answer[1]["channel"], "/meta/subscribe");
    gws.agent().next_notification().blocking().delivered().blocking();
    drop(other);
    let report = gws.report();
    let words = "kept for the answer to a subscribe, as the test injected  delivered after";
    assert!(report.contains(words), "{report}");
    assert!(!report.contains("bayeux-not-subscribed"), "{report}");
}

/// With the extension `ack` events leave with the answers to connects only.
#[test]
fn an_event_for_a_subscribe_goes_with_the_connect_that_is_held_where_it_may_not_go_with_the_answer()
{
    let gws = FakeGws::start();
    // The connect is not answered because its time is over.
    gws.clock().pause();
    let mut client = RawCometdClient::handshake_with_ack(&gws, AGENT);
    client.connect();
    gws.agent().push_faults().deliver_on_subscribe();
    gws.customer(SESSION).writes("one");
    client.hold(&gws, AGENT);

    let mut held = client.change_connection(&gws);
    let answer = client.ask(json!([subscribe(&client.id, "/v2/me/*")]));

    assert_eq!(answer.as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(texts(&held.answer().unwrap().body), ["one"]);
}

#[test]
fn an_injected_fault_that_never_triggers_fails_the_verification_by_its_name() {
    let gws = FakeGws::start();
    let faults = gws.agent().push_faults();
    faults.lose_next_cookie().cut_held_connect().advise_none().advise_interval(INTERVAL);
    faults.deliver_before_answer().deliver_after_answer().deliver_on_subscribe();
    // None of them is of another user.
    RawCometdClient::start(&gws, SUPERVISOR);

    let report = panic_text(&catch_unwind(|| drop(gws)).unwrap_err());

    assert!(report.starts_with("expectation not met after 3 requests"), "{report}");
    for name in [
        "lose_next_cookie",
        "cut_held_connect",
        "advise_none",
        "advise_interval",
        "deliver_before_answer",
        "deliver_after_answer",
        "deliver_on_subscribe",
    ] {
        let line =
            format!(r#"gws.user("a1").push_faults().{name}(..) was injected but never triggered"#);
        assert!(report.contains(&line), "{line}\n{report}");
    }
}

#[test]
fn cut_held_connect_cuts_no_connect_that_comes_later() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::start(&gws, AGENT);

    gws.agent().push_faults().cut_held_connect();
    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("one");

    assert_eq!(texts(&client.answer()), ["one"]);
    let report = panic_text(&catch_unwind(|| drop(gws)).unwrap_err());
    assert!(report.contains("cut_held_connect(..) was injected but never triggered"), "{report}");
}

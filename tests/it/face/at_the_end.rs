//! A client reads an answer before the fake learns that the socket took it: what follows from the answer counts all the same.

use gws_sms_fake::fixtures::{SESSION, SUPERVISOR};
use gws_sms_fake::{FakeGws, Operation};
use serde_json::json;

use support::panicked;
use support::raw::{INTRUDE, RawConnection, intrude, post};
use support::{RawCometdClient, connect, own_path, subscribe};

/// Often enough that a race would show.
const ROUNDS: usize = 50;

/// A client of `s1` that has connected, and subscribed to what it is told to.
fn connected(gws: &FakeGws, subscription: Option<&str>) -> RawConnection {
    let mut client = RawCometdClient::handshake(gws, SUPERVISOR);
    let mut messages = Vec::new();
    messages.extend(subscription.map(|channel| subscribe(&client.id, channel)));
    messages.push(connect(&client.id));
    client.ask(json!(messages));
    client.connection
}

#[test]
fn a_drop_right_after_an_answer_knows_whom_its_events_did_not_find() {
    for _ in 0..ROUNDS {
        let gws = FakeGws::start();
        let mut client = connected(&gws, None);
        client.exchange(intrude(INTRUDE));
        let report = panicked::by(|| drop(gws)).text;
        assert!(report.contains("rule bayeux-not-subscribed: "), "{report}");
    }
}

#[test]
fn a_fault_has_triggered_once_the_answer_has_been_read() {
    for _ in 0..ROUNDS {
        let gws = FakeGws::start();
        let mut client = connected(&gws, Some("/v2/me/*"));
        gws.supervisor().push_faults().lose_next_event();
        client.exchange(intrude(INTRUDE));
        gws.verify();
    }
}

#[test]
fn events_of_an_answer_can_be_asserted_once_it_has_been_read() {
    for _ in 0..ROUNDS {
        let gws = FakeGws::start();
        RawConnection::open(&gws).exchange(intrude(INTRUDE));
        gws.supervisor().notifications().state("Invited").in_session(SESSION).once();
        gws.received(Operation::Intrude).once();
        gws.nothing_else();
    }
}

#[test]
fn of_events_that_change_places_none_is_lost() {
    let gws = FakeGws::start();
    gws.agent().push_faults().reorder_next_events().reorder_next_events();
    for text in ["one", "two", "three", "four"] {
        gws.customer(SESSION).writes(text);
    }
    let expected = gws.agent().notifications().kind("NewMessages").times(4);
    let texts: Vec<_> = expected
        .iter()
        .map(|notification| notification.data()["messages"][0]["text"].clone())
        .collect();
    assert_eq!(texts, ["two", "one", "four", "three"]);
}

#[test]
fn an_event_that_a_fault_still_holds_back_fails_the_test() {
    let gws = FakeGws::start();
    gws.agent().push_faults().reorder_next_events();
    gws.customer(SESSION).writes("alone");
    let report = gws.try_verify().unwrap_err().to_string();
    let expected = "faults().reorder_next_events(..) still holds an event on /v2/me/smssessions: no event followed it; publish another one";
    assert!(report.contains(expected), "{report}");
    gws.customer(SESSION).writes("and another one");
    gws.verify();
}

#[test]
fn an_assertion_about_what_there_is_not_is_refused() {
    let gws = FakeGws::start();
    let cases: [(&dyn Fn(), &str); 5] = [
        (
            &|| gws.received(Operation::Intrude).by("S1").never(),
            "got the user name \"S1\", want one of",
        ),
        (
            &|| gws.received(Operation::Intrude).in_session("0000UaB58WAR003n").never(),
            "did you mean \"0000UaB58WAR003N\"?",
        ),
        (
            &|| gws.agent().notifications().kind("StatusChanged").never(),
            "did you mean \"StatusChange\"?",
        ),
        (&|| gws.agent().notifications().state("invited").never(), "did you mean \"Invited\"?"),
        (
            &|| gws.agent().notifications().in_session("nonsense").never(),
            "got the session \"nonsense\"",
        ),
    ];
    for (assert, expected) in cases {
        let text = panicked::by(assert).text;
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// What GWS would refuse is refused as ever, whatever a test has injected for those that it would take.
#[test]
fn an_injected_fault_hides_no_violation_of_the_client() {
    let gws = FakeGws::start();
    gws.expect_violation("session-owner");
    let injected = gws.rest_faults(Operation::Accept).refuse(5, 500);
    let body = json!({ "operationName": "Accept" }).to_string();
    let refused = RawConnection::open(&gws).exchange(post(&own_path(SESSION), body));
    assert_ne!(refused.status, 500);
    assert_eq!(injected.triggered(), 0);
    // That it was never met is told too.
    let report = panicked::by(|| drop(gws)).text;
    assert!(report.contains("gws.rest_faults(Operation::Accept)"), "{report}");
}

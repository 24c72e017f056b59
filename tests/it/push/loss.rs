//! Events that reach their client no more: which they are, where they went, and what brings them back.

use std::time::Duration;

use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use gws_sms_fake::{Builder, FakeGws};
use serde_json::json;

use super::client::{is_pending, texts};
use support::RawCometdClient;
use support::watch::watched;
use support::{connect, disconnect, subscribe};

const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// More than the system takes for a client that does not read.
const LARGE: usize = 16 * 1024 * 1024;

/// The lines of the timeline with these words.
fn with<'r>(report: &'r str, words: &str) -> Vec<&'r str> {
    let (_, lines) = report.rsplit_once("\n\n").unwrap();
    lines.lines().filter(|line| line.contains(words)).collect()
}

#[test]
fn an_event_after_a_hang_up_is_lost_and_the_report_names_the_answer_that_took_it() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);
    client.hang_up(&gws, &lines);

    gws.customer(SESSION).writes("one");
    lines.wait_for("LOST");
    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("two");
    let next = client.answer();

    assert_eq!(texts(&next), ["two"]);
    let report = gws.report();
    let hung_up = with(&report, "connect  the client hung up at +");
    let (moment, _) = hung_up[0].trim().split_once("  ").unwrap();
    let named = format!(
        "(notification-new-messages)  LOST with an answer that its client did not take: that to connect of {moment}"
    );
    assert_eq!(with(&report, "LOST").len(), 1, "{report}");
    assert!(with(&report, "LOST")[0].ends_with(&named), "{named}\n{report}");
}

#[test]
fn an_event_whose_answer_is_only_read_in_part_is_lost() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);

    gws.agent().deliver("/v2/me/calls", &json!("x".repeat(LARGE)));
    client.connection.read_some();
    drop(client.change_connection(&gws));
    lines.wait_for("LOST with an answer that its client did not take");

    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("next");
    assert_eq!(client.answer().as_array().unwrap().len(), 2);
}

#[test]
fn an_event_whose_answer_is_only_read_in_part_comes_again_where_so_set() {
    let gws = FakeGws::builder().keep_on_hangup().start();
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);

    gws.agent().deliver("/v2/me/calls", &json!("x".repeat(LARGE)));
    client.connection.read_some();
    drop(client.change_connection(&gws));
    let again = client.connect();

    assert_eq!(again[0]["channel"], "/v2/me/calls");
    assert_eq!(again[0]["data"].as_str().unwrap().len(), LARGE);
    assert_eq!(with(&gws.report(), "LOST"), [""; 0]);
}

#[test]
fn with_the_extension_ack_it_comes_again_with_the_next_connect() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = RawCometdClient::handshake_with_ack(&gws, AGENT);
    client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
    let first = client.connect();
    let mut message = connect(&client.id);
    message["ext"] = json!({ "ack": first[0]["ext"]["ack"] });
    client.send(json!([message]));
    gws.agent().connect_held().blocking();
    client.hang_up(&gws, &lines);

    gws.customer(SESSION).writes("one");
    // The answer that takes it is made before anything else is asked.
    RawCometdClient::handshake(&gws, SUPERVISOR);
    let again = client.ask(json!([message]));

    assert_eq!(texts(&again), ["one"]);
    gws.agent().next_notification().blocking().delivered().blocking();
    assert_eq!(with(&gws.report(), "LOST"), [""; 0]);
}

#[test]
fn an_event_after_a_hang_up_comes_with_the_next_connect_with_keep_on_hangup() {
    let (gws, lines) = watched(FakeGws::builder().keep_on_hangup());
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);
    client.hang_up(&gws, &lines);

    gws.customer(SESSION).writes("one");
    let next = client.connect();

    assert_eq!(texts(&next), ["one"]);
    assert_eq!(with(&gws.report(), "LOST"), [""; 0]);
}

#[test]
fn a_lost_one_is_never_acknowledged() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = RawCometdClient::start(&gws, AGENT);
    client.hold(&gws, AGENT);
    client.hang_up(&gws, &lines);
    gws.customer(SESSION).writes("lost");
    lines.wait_for("LOST");
    let lost = gws.agent().next_notification().blocking();
    let mut delivered = std::pin::pin!(lost.delivered().into_future());
    let mut acknowledged = std::pin::pin!(lost.acknowledged().into_future());

    client.hold(&gws, AGENT);
    gws.customer(SESSION).writes("delivered");
    client.answer();
    client.hold(&gws, AGENT);
    gws.agent().next_notification().blocking().acknowledged().blocking();

    assert!(is_pending(delivered.as_mut()));
    assert!(is_pending(acknowledged.as_mut()));
}

#[test]
fn a_connect_that_hung_up_does_not_count_as_held() {
    for builder in [FakeGws::builder(), FakeGws::builder().keep_on_hangup()] {
        let (gws, lines) = watched(builder);
        let mut client = RawCometdClient::start(&gws, AGENT);
        client.hold(&gws, AGENT);
        client.hang_up(&gws, &lines);
        let mut connect_held = std::pin::pin!(gws.agent().connect_held().into_future());

        // Who asks later is answered later.
        RawCometdClient::start(&gws, SUPERVISOR).hold(&gws, SUPERVISOR);
        assert!(is_pending(connect_held.as_mut()));

        client.hold(&gws, AGENT);
    }
}

#[test]
fn a_connect_that_closes_its_connection_and_hung_up_does_not_count_as_held() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = RawCometdClient::start(&gws, AGENT);
    let message = json!([connect(&client.id)]);
    let request = client.request("Connection: close\r\n", &message);
    client.connection.send(request);
    gws.agent().connect_held().blocking();
    client.hang_up(&gws, &lines);
    let mut connect_held = std::pin::pin!(gws.agent().connect_held().into_future());

    RawCometdClient::start(&gws, SUPERVISOR).hold(&gws, SUPERVISOR);
    assert!(is_pending(connect_held.as_mut()));
}

/// What becomes of an event that waits for its client when the client ends so: the line of the event.
fn waiting_when(builder: Builder, end: impl FnOnce(&FakeGws, &mut RawCometdClient)) -> String {
    let gws = builder.start();
    gws.clock().pause();
    let mut client = RawCometdClient::start(&gws, AGENT);
    gws.customer(SESSION).writes("one");
    end(&gws, &mut client);
    let report = gws.report();
    let line = with(&report, "<- /v2/me")[0];
    line.split_once("(notification-new-messages)  ").unwrap().1.to_owned()
}

#[test]
fn an_event_that_waits_is_lost_with_its_client_and_the_report_says_how_that_ended() {
    let expired = waiting_when(FakeGws::builder(), |gws, client| {
        drop(client.change_connection(gws));
        gws.clock().advance(MAX_INTERVAL).blocking();
    });
    let forgotten = waiting_when(FakeGws::builder(), |gws, _| {
        gws.agent().push_faults().forget_client();
    });
    let disconnected = waiting_when(FakeGws::builder(), |gws, _| {
        gws.agent().push_faults().disconnect_client();
    });
    let left = waiting_when(FakeGws::builder().meta_connect_deliver_only(), |_, client| {
        client.disconnect();
    });

    assert_eq!(expired, "LOST with its client, which expired");
    assert_eq!(forgotten, "LOST with its client, which was forgotten");
    assert_eq!(disconnected, "LOST with its client, which was disconnected");
    assert_eq!(left, "LOST with its client, which was disconnected");
}

#[test]
fn an_event_that_leaves_with_the_answer_to_the_disconnect_is_not_lost() {
    let delivered = waiting_when(FakeGws::builder(), |gws, client| {
        assert_eq!(texts(&client.disconnect()), ["one"]);
        gws.agent().next_notification().blocking().delivered().blocking();
    });
    assert_eq!(delivered, "delivered after 0.0 ms");
}

/// It has been delivered, and the client has not said so by another connect, when the client ends so.
#[test]
fn an_event_that_was_delivered_is_not_named_lost_when_its_client_ends() {
    type End = fn(&FakeGws, &mut RawCometdClient);
    let ends: [End; 4] = [
        |gws, client| {
            drop(client.change_connection(gws));
            gws.clock().advance(MAX_INTERVAL).blocking();
        },
        |gws, _| {
            gws.agent().push_faults().forget_client();
        },
        |gws, _| {
            gws.agent().push_faults().disconnect_client();
        },
        |_, client| drop(client.disconnect()),
    ];
    for make in [RawCometdClient::handshake, RawCometdClient::handshake_with_ack] {
        for end in ends {
            let gws = FakeGws::start();
            gws.clock().pause();
            let mut client = make(&gws, AGENT);
            client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
            client.connect();
            gws.customer(SESSION).writes("one");
            assert_eq!(texts(&client.connect()), ["one"]);

            end(&gws, &mut client);

            gws.agent().next_notification().blocking().delivered().blocking();
            let report = gws.report();
            assert_eq!(with(&report, "LOST"), [""; 0]);
            assert_eq!(with(&report, "delivered after").len(), 1, "{report}");
        }
    }
}

#[test]
fn an_event_that_leaves_with_the_last_answer_of_its_client_is_not_named_lost() {
    for make in [RawCometdClient::handshake, RawCometdClient::handshake_with_ack] {
        let gws = FakeGws::start();
        let mut client = make(&gws, AGENT);
        client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
        client.connect();
        gws.customer(SESSION).writes("one");

        let last = client.ask(json!([connect(&client.id), disconnect(&client.id)]));

        assert_eq!(texts(&last), ["one"]);
        gws.agent().next_notification().blocking().delivered().blocking();
        let report = gws.report();
        assert_eq!(with(&report, "LOST"), [""; 0]);
        assert_eq!(with(&report, "delivered after").len(), 1, "{report}");
    }
}

/// One of two clients of the user hangs up: the report says both.
#[test]
fn an_event_that_one_of_two_clients_got_is_delivered_and_lost() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut first = RawCometdClient::start(&gws, AGENT);
    let mut second = RawCometdClient::start(&gws, AGENT);
    first.hold(&gws, AGENT);
    first.hang_up(&gws, &lines);

    gws.customer(SESSION).writes("one");
    lines.wait_for("LOST");
    assert_eq!(texts(&second.connect()), ["one"]);

    gws.agent().next_notification().blocking().delivered().blocking();
    let report = gws.report();
    let line = with(&report, "<- /v2/me")[0];
    assert!(line.contains("delivered after"), "{report}");
    assert!(line.contains("LOST with an answer"), "{report}");
}

#[test]
fn an_event_for_nobody_is_not_named_lost() {
    let gws = FakeGws::start();
    let mut client = RawCometdClient::handshake(&gws, AGENT);
    gws.customer(SESSION).writes("one");
    assert_eq!(client.connect(), json!([{ "channel": "/meta/connect", "successful": true }]));
    assert_eq!(with(&gws.report(), "LOST"), [""; 0]);
}

//! What a client of the push side may do, and what it is blamed for.

use std::time::Duration;

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::{AGENT, SESSION};
use serde_json::{Value, json};

use super::client::{Client, texts, violation};
use support::watch::watched;
use support::{RawConnection, TableFake, Transport, in_both_ways};
use support::{connect, disconnect, handshake, subscribe};

/// What a client waits that is not the only one of its browser.
const INTERVAL: Duration = Duration::from_secs(2);

fn a_connect_while_another_is_held_is_noted_and_violates_the_contract_the_second_time(
    transport: Transport,
) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    client.hold(&gws, AGENT);

    for mark in ["note", "✗"] {
        let mut older = client.change_connection(&gws);
        client.send(json!([connect(&client.id)]));
        let superseded = older.answer().unwrap();

        assert_eq!(superseded.status, 500);
        let report = gws.report();
        assert!(
            report.contains(&format!("a1  connect  held  {mark} bayeux-connect-parallel")),
            "{report}"
        );
    }
    let violation = violation(&gws, "bayeux-connect-parallel");
    assert!(violation.contains("got a connect beside another one of the same client"));
    gws.customer_writes(SESSION, "one");
    assert_eq!(texts(&client.answer()), ["one"]);
}

#[test]
fn a_connect_after_one_whose_connection_was_closed_is_not_blamed() {
    for builder in [FakeGws::builder(), FakeGws::builder().keep_on_hangup()] {
        let (gws, lines) = watched(builder);
        let mut client = Client::start(&gws, AGENT);
        client.hold(&gws, AGENT);
        client.hang_up(&gws, &lines);

        client.hold(&gws, AGENT);

        gws.verify();
    }
}

/// It is of no account whether the fake has noticed by then that the connection was closed.
#[test]
fn a_connect_at_once_after_one_whose_connection_was_closed_is_not_blamed() {
    let (gws, lines) = watched(FakeGws::builder());
    let mut client = Client::start(&gws, AGENT);
    for _ in 0..20 {
        client.send(json!([connect(&client.id)]));
        lines.wait_for_end("connect  held");
        drop(client.change_connection(&gws));
    }
    client.hold(&gws, AGENT);
    gws.verify();
    assert!(!gws.report().contains("bayeux-connect-parallel"), "{}", gws.report());
}

fn after_its_own_disconnect_a_client_sends_nothing_more(transport: Transport) {
    let sent: [fn(&str) -> Value; 3] = [
        connect,
        |id| subscribe(id, "/v2/me/*"),
        |id| json!({ "channel": "/meta/unsubscribe", "clientId": id, "subscription": "/v2/me/*" }),
    ];
    for message in sent {
        let gws = transport.start();
        let mut client = Client::start(&gws, AGENT);
        client.disconnect();
        gws.verify();

        let reply = client.ask(json!([message(&client.id)]));

        assert_eq!(reply[0]["error"], "402::Unknown client");
        let violation = violation(&gws, "bayeux-after-disconnect");
        let channel = reply[0]["channel"].as_str().unwrap();
        let got = format!("got {channel} after the client's own disconnect");
        assert!(violation.contains(&got), "{violation}");
    }
}

fn a_client_may_disconnect_again_and_handshake_after_its_disconnect(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    client.disconnect();
    client.disconnect();
    let shaken = client.ask(json!([handshake()]));
    client.id = shaken[0]["clientId"].as_str().unwrap().to_owned();
    assert_eq!(client.connect()[0]["successful"], true);
}

/// It is told twice that it is over: by the answer to its disconnect, and by that to the connect that was held.
#[test]
fn a_client_that_disconnects_while_a_connect_is_held_violates_the_contract_by_sending_on_either_connection()
 {
    for on_that_of_the_disconnect in [true, false] {
        let gws = FakeGws::start();
        let mut client = Client::start(&gws, AGENT);
        client.hold(&gws, AGENT);
        let mut listening = client.change_connection(&gws);
        client.disconnect();
        let held = listening.answer().unwrap();
        assert_eq!(held.body[0]["advice"], json!({ "reconnect": "none" }));
        gws.verify();

        if !on_that_of_the_disconnect {
            std::mem::swap(&mut client.connection, &mut listening);
        }
        client.connect();

        violation(&gws, "bayeux-after-disconnect");
    }
}

fn a_client_told_to_handshake_violates_the_contract_by_sending_anything_else(transport: Transport) {
    for connects in [true, false] {
        let gws = transport.start();
        let mut client = Client::start(&gws, AGENT);
        gws.forget_client("a1");
        let received = client.connect();
        assert_eq!(received[0]["advice"]["reconnect"], "handshake");
        gws.verify();

        if connects {
            client.connect();
        } else {
            client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
        }

        let violation = violation(&gws, "bayeux-reconnect");
        assert!(
            violation.contains(r#" after the advice "handshake", want a handshake"#),
            "{violation}"
        );
    }
}

fn a_client_told_to_handshake_may_handshake_and_continue(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    gws.forget_client("a1");
    client.connect();

    let shaken = client.ask(json!([handshake()]));
    client.id = shaken[0]["clientId"].as_str().unwrap().to_owned();
    client.ask(json!([subscribe(&client.id, "/v2/me/*")]));
    client.connect();
    client.hold(&gws, AGENT);
    gws.customer_writes(SESSION, "one");

    assert_eq!(texts(&client.answer()), ["one"]);
}

/// A request that has begun before the client was told is on its way, however long the rest of it takes.
#[test]
fn a_message_that_was_under_way_on_another_connection_is_a_note() {
    let gws = FakeGws::start();
    let mut client = Client::start(&gws, AGENT);
    gws.agent().push_faults().forget_client();
    let subscribes = json!([subscribe(&client.id, "/v2/me/*")]);
    let request = client.request("Expect: 100-continue\r\n", &subscribes);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut other = RawConnection::open(&gws);
    other.send(format!("{head}\r\n\r\n"));
    assert_eq!(other.answer().unwrap().status, 100);

    client.connect();
    other.send(body);
    let late = other.answer().unwrap();

    assert_eq!(late.body[0]["error"], "402::Unknown client");
    gws.verify();
    let report = gws.report();
    for rule in ["bayeux-client-unknown", "bayeux-reconnect"] {
        assert_eq!(report.matches(&format!("  note {rule}")).count(), 1, "{report}");
    }
}

/// Two clients of one browser: the second is not held beside the first, and told to wait.
fn second_of_a_browser(gws: &TableFake) -> (Client, Client) {
    let mut first = Client::start(gws, AGENT);
    first.hold(gws, AGENT);
    let mut second = first.sister(gws, AGENT);
    let received = second.connect();
    assert_eq!(received[0]["advice"]["multiple-clients"], true);
    assert_eq!(received[0]["advice"]["interval"], 2000);
    (first, second)
}

fn a_second_client_of_a_browser_that_does_not_wait_breaks_a_rule(transport: Transport) {
    let gws = transport.start();
    gws.pause_clock();
    let (_first, mut second) = second_of_a_browser(&gws);
    gws.verify();

    second.connect();

    violation(&gws, "bayeux-interval");
}

fn a_second_client_of_a_browser_that_waits_is_not_blamed(transport: Transport) {
    let gws = transport.start();
    gws.pause_clock();
    let (_first, mut second) = second_of_a_browser(&gws);
    for _ in 0..3 {
        gws.advance(INTERVAL);
        second.connect();
    }
}

fn a_second_client_of_a_browser_may_send_other_messages_while_it_waits(transport: Transport) {
    let gws = transport.start();
    gws.pause_clock();
    let (_first, mut second) = second_of_a_browser(&gws);
    second.ask(json!([subscribe(&second.id, "/v2/me/*")]));
    second.disconnect();
}

fn a_subscription_to_no_topic_breaks_a_rule_and_the_topic_that_is_like_it_is_named(
    transport: Transport,
) {
    for (subscription, hint) in [
        (json!("/v2/me/smssession"), "did you mean /v2/me/smssessions?"),
        (json!("/v2/me/call"), "did you mean /v2/me/calls?"),
        (json!("/me/smssessions"), "did you mean /v2/me/smssessions?"),
        (json!(["/v2/me/calls", "/v2/me/smsSessions"]), "did you mean /v2/me/smssessions?"),
        (json!("/somewhere/else"), "subscribe to /v2/me/smssessions or /v2/me/*"),
        (json!("/v2/me/smssessions/*"), "did you mean /v2/me/smssessions?"),
    ] {
        let gws = transport.start();
        let mut client = Client::handshake(&gws, AGENT);
        let mut message = subscribe(&client.id, "");
        message["subscription"] = subscription;

        let reply = client.ask(json!([message]));

        assert_eq!(reply[0]["successful"], true);
        let violation = violation(&gws, "bayeux-topic");
        assert!(violation.contains(&format!("want a topic of GWS; {hint}\n")), "{violation}");
    }
}

fn a_subscription_to_topics_or_to_what_covers_one_is_fine(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::handshake(&gws, AGENT);
    for subscription in [
        json!("/v2/me/smssessions"),
        json!("/v2/me/calls"),
        json!("/v2/me/calls/"),
        json!("/v2/me/*"),
        json!("/v2/me/**"),
        json!("/**"),
        json!("/v2/*"),
        json!("/notifications/services"),
        json!(["/v2/me/smssessions", "/v2/me/channels", "/v2/**"]),
    ] {
        let mut message = subscribe(&client.id, "");
        message["subscription"] = subscription;
        assert_eq!(client.ask(json!([message]))[0]["successful"], true);
    }
}

fn a_subscription_that_is_refused_is_blamed_for_that_only(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::handshake(&gws, AGENT);
    client.ask(json!([subscribe(&client.id, "/meta/connect")]));
    violation(&gws, "bayeux-subscription");
}

fn a_message_to_a_topic_of_gws_breaks_a_rule_and_one_to_another_channel_does_not(
    transport: Transport,
) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let publish = |channel: &str| json!({ "channel": channel, "clientId": client.id, "data": 1 });
    let (elsewhere, to_a_topic) = (publish("/chat"), publish("/v2/me/smssessions"));
    client.ask(json!([elsewhere]));
    gws.verify();

    client.ask(json!([to_a_topic]));

    let violation = violation(&gws, "bayeux-publish-topic");
    assert!(violation.contains("/0/channel  got /v2/me/smssessions"), "{violation}");
}

fn an_event_that_a_connected_client_has_not_subscribed_to_breaks_a_rule(transport: Transport) {
    for (subscribed, got) in [
        (Some("/v2/me/calls"), "got subscriptions to /v2/me/calls,"),
        (None, "got no subscription,"),
    ] {
        let gws = transport.start();
        let mut client = Client::handshake(&gws, AGENT);
        if let Some(subscribed) = subscribed {
            client.ask(json!([subscribe(&client.id, subscribed)]));
        }
        client.connect();
        gws.verify();

        gws.customer_writes(SESSION, "Is anybody there?");

        let violation = violation(&gws, "bayeux-not-subscribed");
        assert!(violation.contains("event to a1 on /v2/me/smssessions\n"), "{violation}");
        assert!(violation.contains(got), "{violation}");
    }
}

fn an_event_before_a_client_has_connected_is_a_note(transport: Transport) {
    let gws = transport.start();
    let _client = Client::handshake(&gws, AGENT);
    gws.customer_writes(SESSION, "Is anybody there?");
    gws.verify();
    assert!(gws.report().contains("  note bayeux-not-subscribed"), "{}", gws.report());
}

fn an_event_where_there_is_no_client_or_one_that_has_subscribed_is_nothing(transport: Transport) {
    let gws = transport.start();
    gws.customer_writes(SESSION, "nobody is there");
    // Another user's client is none.
    let mut other = Client::handshake(&gws, gws_sms_fake::fixtures::SUPERVISOR);
    other.connect();
    gws.customer_writes(SESSION, "nobody of his is there");
    let mut client = Client::handshake(&gws, AGENT);
    client.connect();
    client.disconnect();
    gws.customer_writes(SESSION, "nobody is there any longer");
    let _listening = Client::start(&gws, AGENT);
    let mut idle = Client::handshake(&gws, AGENT);
    idle.connect();
    gws.customer_writes(SESSION, "one of two is there");

    gws.verify();
    assert!(!gws.report().contains("bayeux-not-subscribed"), "{}", gws.report());
}

fn a_message_that_breaks_several_rules_is_reported_with_all_of_them(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let id = client.id.clone();
    client.ask(json!([disconnect(&id), subscribe(&id, "/v2/me/smssession")]));
    client.ask(json!([subscribe(&id, "/v2/me/smssession"), connect(&id)]));
    let report = gws.try_verify().unwrap_err().to_string();
    gws.allow("bayeux-after-disconnect");
    assert!(report.starts_with("contract broken: 2 violations in"), "{report}");
    for place in ["/0  got /meta/subscribe", "/1  got /meta/connect"] {
        assert!(report.contains(&format!("{place} after the client's own disconnect")), "{report}");
    }
}

in_both_ways!(blocking: a_connect_while_another_is_held_is_noted_and_violates_the_contract_the_second_time, after_its_own_disconnect_a_client_sends_nothing_more, a_client_may_disconnect_again_and_handshake_after_its_disconnect, a_client_told_to_handshake_violates_the_contract_by_sending_anything_else, a_client_told_to_handshake_may_handshake_and_continue, a_second_client_of_a_browser_that_does_not_wait_breaks_a_rule, a_second_client_of_a_browser_that_waits_is_not_blamed, a_second_client_of_a_browser_may_send_other_messages_while_it_waits, a_subscription_to_no_topic_breaks_a_rule_and_the_topic_that_is_like_it_is_named, a_subscription_to_topics_or_to_what_covers_one_is_fine, a_subscription_that_is_refused_is_blamed_for_that_only, a_message_to_a_topic_of_gws_breaks_a_rule_and_one_to_another_channel_does_not, an_event_that_a_connected_client_has_not_subscribed_to_breaks_a_rule, an_event_before_a_client_has_connected_is_a_note, an_event_where_there_is_no_client_or_one_that_has_subscribed_is_nothing, a_message_that_breaks_several_rules_is_reported_with_all_of_them);

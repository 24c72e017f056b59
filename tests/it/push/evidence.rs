//! The evidence for blame: a client that opens a connection for each request is blamed only for what it has certainly received,
//! or does again.

use std::time::Duration;

use gws_sms_fake::FakeGws;
use gws_sms_fake::fixtures::{AGENT, SESSION};
use serde_json::{Value, json};

use super::client::{Client, violation};
use crate::rest::found;
use support::{
    Reachable, TableFake, Transport, connect, disconnect, in_both_ways, own_path, raw, subscribe,
};

/// A client that sends each request on a connection of its own, as one with `Connection: close` does.
struct Closing {
    client: Client,
}

impl Closing {
    fn start(gws: &TableFake) -> Self {
        let mut client = Client::start(gws, AGENT).with_field("Connection: close\r\n");
        client.change_connection(gws);
        Self { client }
    }

    fn ask(&mut self, gws: &TableFake, message: Value) -> Value {
        let answer = self.client.ask(json!([message]));
        self.client.change_connection(gws);
        answer
    }

    fn connect(&mut self, gws: &TableFake) -> Value {
        self.ask(gws, connect(&self.client.id.clone()))
    }

    fn subscribe(&mut self, gws: &TableFake) -> Value {
        self.ask(gws, subscribe(&self.client.id.clone(), "/v2/me/*"))
    }

    fn disconnect(&mut self, gws: &TableFake) -> Value {
        self.ask(gws, disconnect(&self.client.id.clone()))
    }
}

/// An Accept with these header fields.
fn accept(session: &str, fields: &str) -> Vec<u8> {
    let body = json!({ "operationName": "Accept" }).to_string();
    raw::request("POST", &own_path(session), fields, "application/json", body)
}

/// The rules of the notes in the report.
fn notes(gws: &TableFake) -> Vec<String> {
    let report = gws.report();
    let (_, notes) = report.split_once("notes, which fail no test:").unwrap_or_default();
    found(notes).into_iter().map(|(rule, _)| rule).collect()
}

fn a_connect_after_the_answer_to_the_connect_before_said_402_is_blamed(transport: Transport) {
    let gws = transport.start();
    let mut client = Closing::start(&gws);
    gws.forget_client("a1");
    assert_eq!(client.connect(&gws)[0]["error"], "402::Unknown client");
    gws.verify();

    client.connect(&gws);

    violation(&gws, "bayeux-reconnect");
}

fn a_subscribe_after_402_is_noted_and_again_it_is_blamed(transport: Transport) {
    let gws = transport.start();
    let mut client = Closing::start(&gws);
    gws.forget_client("a1");
    client.connect(&gws);

    client.subscribe(&gws);
    gws.verify();
    assert!(notes(&gws).contains(&"bayeux-reconnect".to_owned()), "{}", gws.report());

    client.subscribe(&gws);
    violation(&gws, "bayeux-reconnect");
}

fn messages_of_one_request_that_cross_the_disconnect_are_noted_all(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let id = client.id.clone();
    let mut other = client.change_connection(&gws);
    client.disconnect();
    let unsubscribe = |topic: &str| json!({ "channel": "/meta/unsubscribe", "clientId": id, "subscription": topic });
    let late = json!([unsubscribe("/v2/me/*"), unsubscribe("/v2/me/channels")]);
    other.exchange(client.request("", &late));
    gws.verify();
    assert!(notes(&gws).contains(&"bayeux-after-disconnect".to_owned()), "{}", gws.report());
}

fn a_connect_before_the_advised_interval_is_over_is_blamed(transport: Transport) {
    let gws = transport.start();
    gws.pause_clock();
    let mut first = Client::start(&gws, AGENT);
    first.hold(&gws, AGENT);
    let mut second = first.sister(&gws, AGENT).with_field("Connection: close\r\n");
    second.change_connection(&gws);
    assert_eq!(second.connect()[0]["advice"]["interval"], 2000);
    second.change_connection(&gws);

    gws.advance(Duration::from_millis(1900));
    second.connect();

    violation(&gws, "bayeux-interval");
}

fn what_is_sent_after_the_own_disconnect_is_noted_and_again_it_is_blamed(transport: Transport) {
    let sent: [fn(&mut Closing, &TableFake) -> Value; 2] = [Closing::connect, Closing::subscribe];
    for send in sent {
        let gws = transport.start();
        let mut client = Closing::start(&gws);
        client.disconnect(&gws);

        send(&mut client, &gws);
        gws.verify();
        assert!(notes(&gws).contains(&"bayeux-after-disconnect".to_owned()), "{}", gws.report());

        send(&mut client, &gws);
        violation(&gws, "bayeux-after-disconnect");
    }
}

fn a_connect_after_reconnect_none_is_blamed(transport: Transport) {
    let gws = transport.start();
    let mut client = Closing::start(&gws);
    let id = client.client.id.clone();
    client.client.send(json!([connect(&id)]));
    gws.wait_for_held("a1");
    let mut held = client.client.change_connection(&gws);
    client.disconnect(&gws);
    let last = held.answer().unwrap().body;
    assert_eq!(last[0]["advice"]["reconnect"], "none");
    gws.verify();

    client.connect(&gws);

    violation(&gws, "bayeux-after-disconnect");
}

fn an_event_after_the_client_has_unsubscribed_is_a_note(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let unsubscribe = json!({
        "channel": "/meta/unsubscribe", "clientId": client.id, "subscription": "/v2/me/*",
    });
    client.ask(json!([unsubscribe]));
    gws.customer_writes(SESSION, "Is anybody there?");
    client.disconnect();
    gws.verify();
    assert_eq!(notes(&gws), ["bayeux-not-subscribed"]);
}

/// The cookies of the REST side and of the push side are two jars, so that nothing connects them.
fn with_two_jars_an_accept_after_the_invitation_was_revoked_is_noted_and_again_it_is_blamed(
    transport: Transport,
) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let session = gws.offers_a_session("a1");
    client.connect();
    gws.revoke("a1", &session);
    client.connect();
    client.connect_at_once();
    let mut rest = gws.open();
    let me = raw::request("GET", "/api/v2/me", &raw::credentials(AGENT), "", "");
    let cookies = rest.exchange(me).cookie_field();
    assert_eq!(rest.exchange(accept(&session, &cookies)).status, 400);
    gws.verify();
    assert!(notes(&gws).contains(&"accept-state".to_owned()), "{}", gws.report());

    rest.exchange(accept(&session, &cookies));
    violation(&gws, "accept-state");
    client.disconnect();
}

fn with_credentials_only_an_accept_before_the_change_was_told_is_a_note(transport: Transport) {
    let gws = transport.start();
    let mut client = Client::start(&gws, AGENT);
    let session = gws.offers_a_session("a1");
    client.connect();
    client.connect_at_once();
    gws.revoke("a1", &session);
    let refused = gws.open().exchange(accept(&session, &raw::credentials(AGENT)));
    assert_eq!(refused.status, 400);
    client.connect();
    client.disconnect();
    gws.verify();
    assert!(notes(&gws).contains(&"accept-state".to_owned()), "{}", gws.report());
}

#[test]
fn an_invitation_that_was_accepted_before_its_delayed_event_came_is_answered() {
    let gws = FakeGws::builder().require_complete_sessions().start();
    gws.clock().pause();
    let mut client = Client::start(&gws, AGENT);
    gws.agent().push_faults().delay_next_event(Duration::from_secs(5));
    let invited = gws.agent().is_offered_a_session();
    gws.agent().accepts(invited.session());
    client.connect();
    gws.clock().advance(Duration::from_secs(5)).blocking();
    client.connect();
    client.disconnect();
    gws.verify();
}

in_both_ways!(blocking:
    a_connect_after_the_answer_to_the_connect_before_said_402_is_blamed,
    a_subscribe_after_402_is_noted_and_again_it_is_blamed,
    messages_of_one_request_that_cross_the_disconnect_are_noted_all,
    a_connect_before_the_advised_interval_is_over_is_blamed,
    what_is_sent_after_the_own_disconnect_is_noted_and_again_it_is_blamed,
    a_connect_after_reconnect_none_is_blamed,
    an_event_after_the_client_has_unsubscribed_is_a_note,
    with_two_jars_an_accept_after_the_invitation_was_revoked_is_noted_and_again_it_is_blamed,
    with_credentials_only_an_accept_before_the_change_was_told_is_a_note
);

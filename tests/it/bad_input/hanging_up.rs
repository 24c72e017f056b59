//! Clients that hang up, and a fake that does.

use gws_sms_fake::fixtures::SUPERVISOR;
use support::RawCometdClient;
use support::cometd::{connect, numbered, subscribe};
use support::ports::ReservedPort;
use support::processes::starting;

use super::*;

/// A CometD client of `s1` that has subscribed and connected once: its next connect is held.
fn listening(gws: &FakeGws) -> RawCometdClient {
    let mut client = RawCometdClient::handshake(gws, SUPERVISOR);
    let subscribe = subscribe(&client.id, "/v2/me/smssessions");
    assert_eq!(client.ask(json!([numbered(subscribe, 2)]))[0]["successful"], true);
    gws.supervisor().subscribed("/v2/me/smssessions").blocking();
    assert_eq!(client.ask(json!([numbered(connect(&client.id), 3)]))[0]["id"], "3");
    client
}

/// Sends a connect of that client with that id on a connection of its own.
fn connects(gws: &FakeGws, client: &RawCometdClient, id: u32) -> RawConnection {
    let mut connection = RawConnection::open(gws);
    connection.send(client.request("", &json!([numbered(connect(&client.id), id)])));
    connection
}

/// Sends a connect and closes the connection while it is held.
fn hang_up(gws: &FakeGws, client: &RawCometdClient, lines: &Lines) {
    let connection = connects(gws, client, 4);
    gws.supervisor().connect_held().blocking();
    drop(connection);
    lines.wait_for("the client hung up");
}

#[track_caller]
fn check_delivered(gws: &FakeGws, connection: &mut RawConnection, id: &str) {
    let notified = gws.supervisor().next_notification().blocking().state("Invited");
    let answer = connection.answer().expect("an answer to the connect");
    let want = json!([
        { "channel": "/v2/me/smssessions", "data": notified.data() },
        { "id": id, "channel": "/meta/connect", "successful": true },
    ]);
    assert_eq!((answer.status, answer.body), (200, want));
    notified.delivered().blocking();
}

#[test]
fn a_connect_after_one_that_hung_up_is_held() {
    let (gws, lines) = watched_fake();
    let client = listening(&gws);
    hang_up(&gws, &client, &lines);

    let mut connection = connects(&gws, &client, 5);
    gws.supervisor().connect_held().blocking();
    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    check_delivered(&gws, &mut connection, "5");
    expect![[r#"
        s1 handshake 200
        s1 subscribe /v2/me/smssessions 200
        s1 connect 200
        s1 connect the client hung up at
        s1 connect held 200
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
        s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) delivered after
    "#]].assert_eq(&timeline(&gws.report()));
}

/// A library that gives a request up may send the next one before it closes the connection.
#[test]
fn a_connect_whose_connection_closes_right_after_the_next_connect_is_not_parallel_to_it() {
    let (gws, lines) = watched_fake();
    let client = listening(&gws);
    let mut given_up = None;
    for id in 4..24 {
        let connection = connects(&gws, &client, id);
        if given_up.replace(connection).is_some() {
            lines.wait_for("the client hung up");
        }
        gws.supervisor().connect_held().blocking();
    }
    gws.verify();
}

#[test]
fn an_event_without_a_held_connect_waits_for_the_next_connect_with_keep_on_hangup() {
    let (gws, lines) = watched(FakeGws::builder().keep_on_hangup());
    let client = listening(&gws);
    hang_up(&gws, &client, &lines);

    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    lines.wait_for("Invited");
    let mut connection = connects(&gws, &client, 5);
    check_delivered(&gws, &mut connection, "5");
    expect![[r#"
        s1 handshake 200
        s1 subscribe /v2/me/smssessions 200
        s1 connect 200
        s1 connect the client hung up at
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
        s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) delivered after
        s1 connect 200
    "#]].assert_eq(&timeline(&gws.report()));
}

#[test]
fn a_fake_that_is_dropped_cuts_what_it_holds_and_frees_its_port() {
    let port = ReservedPort::new();
    let gws = FakeGws::builder().port(port.number).start();
    let mut client = listening(&gws);
    client.hold(&gws, SUPERVISOR);
    let _starting = starting();
    drop(gws);
    assert!(client.connection.answer().is_none(), "the connection is cut");
    let refused = TcpStream::connect(port.address()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// Whether the fake has come to answer by then or not: the request was whole, and nobody is to blame.
#[test]
fn a_complete_request_before_a_hang_up_is_in_the_timeline_and_no_violation() {
    let (gws, lines) = watched_fake();
    for _ in 0..200 {
        RawConnection::open(&gws).send(me());
    }
    let mut seen = 0;
    while seen < 200 {
        let line = lines.next();
        assert!(line.contains("GET /api/v2/me"), "{line}");
        seen += 1;
    }
    gws.verify();
}

//! Clients that hang up, and a fake that does.

use super::*;

/// A CometD client of `s1` that has subscribed and connected once: its next connect is held.
struct Desktop {
    connection: RawConnection,
    cookies: String,
    client: String,
}

impl Desktop {
    fn start(gws: &FakeGws) -> Self {
        let mut connection = RawConnection::open(gws);
        let handshake = json!([{
            "id": "1", "channel": "/meta/handshake", "version": "1.0",
            "supportedConnectionTypes": ["long-polling"],
        }]);
        let answer = connection.exchange(post("/api/v2/notifications", handshake.to_string()));
        let cookies = answer.cookie_field();
        let reply = &answer.body;
        let client = reply.pointer("/0/clientId").and_then(Value::as_str).unwrap().to_owned();
        let mut desktop = Self { connection, cookies, client };
        let subscribe = json!([{
            "id": "2", "channel": "/meta/subscribe", "clientId": desktop.client,
            "subscription": "/v2/me/smssessions",
        }]);
        let request = desktop.request(&subscribe);
        assert_eq!(desktop.connection.exchange(request).status, 200);
        gws.supervisor().subscribed("/v2/me/smssessions").blocking();
        let request = desktop.connect(3);
        assert_eq!(desktop.connection.exchange(request).status, 200);
        desktop
    }

    fn connect(&self, id: u32) -> Vec<u8> {
        self.request(&json!([{
            "id": id.to_string(), "channel": "/meta/connect", "clientId": self.client,
            "connectionType": "long-polling",
        }]))
    }

    fn request(&self, messages: &Value) -> Vec<u8> {
        let body = messages.to_string();
        let fields = format!("{}Content-Length: {}\r\n", self.cookies, body.len());
        post_with("/api/v2/notifications", &fields, body)
    }

    /// Sends a connect and closes the connection while it is held.
    fn hang_up(&self, gws: &FakeGws, lines: &Lines) {
        let mut connection = RawConnection::open(gws);
        connection.send(self.connect(4));
        gws.supervisor().connect_held().blocking();
        drop(connection);
        lines.wait_for("the client hung up");
    }
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
    let desktop = Desktop::start(&gws);
    desktop.hang_up(&gws, &lines);

    let mut connection = RawConnection::open(&gws);
    connection.send(desktop.connect(5));
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
    let desktop = Desktop::start(&gws);
    let mut given_up = None;
    for id in 4..24 {
        let mut connection = RawConnection::open(&gws);
        connection.send(desktop.connect(id));
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
    let desktop = Desktop::start(&gws);
    desktop.hang_up(&gws, &lines);

    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    lines.wait_for("Invited");
    let mut connection = RawConnection::open(&gws);
    connection.send(desktop.connect(5));
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
    let gws = FakeGws::start();
    let mut desktop = Desktop::start(&gws);
    let request = desktop.connect(4);
    desktop.connection.send(request);
    gws.supervisor().connect_held().blocking();
    let address = raw::address(&gws);
    drop(gws);
    assert!(desktop.connection.answer().is_none(), "the connection is cut");
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// Whether the fake has come to answer by then or not: the request was whole, and nobody is to blame.
#[test]
fn a_complete_request_before_a_hang_up_is_in_the_timeline_and_no_violation() {
    let (shown, lines) = std::sync::mpsc::channel();
    let watch = move |line: &str| drop(shown.send(line.to_owned()));
    let gws = FakeGws::builder().watch(watch).start();
    for _ in 0..200 {
        RawConnection::open(&gws).send(me());
    }
    let mut seen = 0;
    while seen < 200 {
        let line = lines.recv_timeout(WATCHDOG).unwrap();
        assert!(line.contains("GET /api/v2/me"), "{line}");
        seen += 1;
    }
    gws.verify();
}

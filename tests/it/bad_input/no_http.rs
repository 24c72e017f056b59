//! What is no HTTP/1.1 request.

use super::*;

#[test]
fn an_http_1_0_request_is_taken_and_the_connection_is_closed() {
    check_taken(
        GET_ME,
        me().replace("HTTP/1.1", "HTTP/1.0"),
        expect![[r#"
            200, connection closed
            application/json;charset=UTF-8: {"statusCode":0,"user":{"changePasswordOnFirstLogin":false,"enabled":true,"firstName":"Paula","id":"991a4bece8dd4184a93e98ad429694f6","lastName":"Franklin","path":"/users/991a4bece8dd4184a93e98ad429694f6","roles":["ROLE_AGENT","ROLE_SUPERVISOR"],"uri":"http://gws/api/v2/users/991a4bece8dd4184a93e98ad429694f6","userName":"s1"}}
            s1 GET /api/v2/me 200 statusCode 0
        "#]],
    );
}

#[test]
fn a_hello_of_tls_is_refused() {
    check(
        "http-malformed",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\r\n\r\n",
        expect![[r#"
            400, connection closed
            request line and header  got bytes that are none, want a whole HTTP/1.1 request; let an HTTP library write the request
            - no HTTP request: bytes that are none ✗ http-malformed
        "#]],
    );
}

#[test]
fn the_preface_of_http_2_is_in_the_timeline() {
    let (gws, lines) = watched_fake();
    let mut connection = RawConnection::open(&gws);
    connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    lines.wait_for("http-malformed");
    gws.try_verify().unwrap_err();
    gws.allow("http-malformed");
    assert_eq!(RawConnection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn a_body_that_waits_to_be_asked_for_is_asked_for_and_taken() {
    let (gws, lines) = watched_fake();
    let mut connection = RawConnection::open(&gws);
    let fields = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", INTRUDE.len());
    assert_eq!(connection.exchange(post_with(&intrude_path(), &fields, "")).status, 100);
    connection.send(INTRUDE);
    expect![[r#"
        200, connection kept
        application/json;charset=UTF-8: {"statusCode":0}
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
        s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
    "#]].assert_eq(&outcome(&gws, connection, || lines.wait_for(INVITED)));
}

#[test]
fn a_body_over_1_mib_that_waits_to_be_asked_for_is_not_asked_for() {
    let fields = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", MIB + 1);
    check(
        "body-size",
        post_with(&intrude_path(), &fields, ""),
        expect![[r#"
            413, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got more than 1048576 bytes, want at most 1048576 bytes; send a smaller body, or raise the limit: builder().body_limit(..)
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 413 statusCode 1 ✗ body-size
        "#]],
    );
}

#[test]
fn garbage_after_a_good_request_is_refused() {
    let (gws, lines) = watched_fake();
    gws.expect_violation("http-malformed");
    let mut connection = RawConnection::open(&gws);
    connection.send(me() + "\x16\x03\x01\r\n\r\n");
    let statuses = [connection.answer(), connection.answer()].map(|it| it.map(|it| it.status));
    assert_eq!(statuses, [Some(200), Some(400)]);
    assert!(connection.answer().is_none(), "the connection is closed");
    lines.wait_for("http-malformed");
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
        - no HTTP request: bytes that are none allowed http-malformed
    "#]]
    .assert_eq(&timeline(&gws.report()));
    assert_eq!(RawConnection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn half_a_header_is_in_the_timeline() {
    check_ended(
        "http-malformed",
        "GET /api/v2/me HTTP/1.1\r\nHost: g",
        expect![[r#"
        no answer, connection closed
        request line and header  got half a request, want a whole HTTP/1.1 request; send the request to its end before closing
        - no HTTP request: half a request ✗ http-malformed
    "#]],
    );
}

#[test]
fn a_connection_without_a_byte_leaves_no_trace() {
    let gws = FakeGws::start();
    let mut connection = RawConnection::open(&gws);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    assert_eq!(RawConnection::open(&gws).exchange(me()).status, 200);
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

#[test]
fn a_connection_closed_after_a_good_request_leaves_only_that_request() {
    let gws = FakeGws::start();
    let mut connection = RawConnection::open(&gws);
    assert_eq!(connection.exchange(me()).status, 200);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    assert_eq!(RawConnection::open(&gws).exchange(me()).status, 200);
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

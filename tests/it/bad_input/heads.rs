//! Heads that HTTP libraries read and HTTP forbids.

use gws_sms_fake::fixtures;

use super::*;

const AUTHORIZATION: &str = raw::SUPERVISOR;

/// A head breaks the rule of HTTP and no other, and is answered as what is no HTTP.
#[track_caller]
fn check_head(head: impl AsRef<[u8]>, got: &str, want: &str) {
    let expected = format!(
        "400, connection closed\n\
         request line and header  got {got}, want {want}; let an HTTP library write the request\n\
         - no HTTP request: {got} ✗ http-malformed\n"
    );
    assert_eq!(broken("http-malformed", |connection| connection.send(head)), expected);
}

#[test]
fn an_http_1_1_request_without_a_host_is_refused() {
    check_head(
        format!("GET /api/v2/me HTTP/1.1\r\n{AUTHORIZATION}\r\n"),
        "GET /api/v2/me with no header field Host",
        "one, which every HTTP/1.1 request has",
    );
}

#[test]
fn a_field_that_comes_twice_and_may_come_once_is_refused() {
    for (name, value) in [
        ("Host", "gws"),
        ("Authorization", "Basic czE6cGFzc3dvcmQ="),
        ("Content-Type", "application/json"),
        ("Origin", "http://localhost"),
    ] {
        let more = if ["Host", "Authorization"].contains(&name) { 1 } else { 2 };
        let fields = format!("{name}: {value}\r\n").repeat(more);
        check_head(
            format!("GET /api/v2/me HTTP/1.1\r\nHost: gws\r\n{AUTHORIZATION}{fields}\r\n"),
            &format!("GET /api/v2/me with 2 header fields {name}"),
            "one",
        );
    }
}

#[test]
fn a_request_of_the_push_side_with_two_hosts_is_refused() {
    check_head(
        post_with("/api/v2/notifications", "Host: gws\r\nContent-Length: 2\r\n", "[]"),
        "POST /api/v2/notifications with 2 header fields Host",
        "one",
    );
}

#[test]
fn a_host_that_is_none_is_refused() {
    for host in ["http://gws", "s1:password@gws", "g w s"] {
        check_head(
            me().replace("Host: gws", &format!("Host: {host}")),
            "GET /api/v2/me with a header field Host that names no host",
            "a host and, unless it is the usual one, a port",
        );
    }
}

#[test]
fn a_line_that_ends_in_a_bare_line_feed_is_refused() {
    for head in [
        me().replace("\r\n", "\n"),
        me().replacen("\r\n", "\n", 1),
        me().replace("Host: gws\r\n", "Host: gws\n"),
    ] {
        check_head(
            head,
            "GET /api/v2/me with a line that ends in a bare line feed",
            "lines that end in CR and LF",
        );
    }
}

#[test]
fn a_fragment_in_the_target_is_refused() {
    check_head(
        me().replace("/api/v2/me", "/api/v2/me#top"),
        "GET /api/v2/me with a fragment in its target",
        "a target without the # and what follows",
    );
}

#[test]
fn line_feeds_and_number_signs_of_a_body_break_nothing() {
    let gws = FakeGws::start();
    let body = "{\n\n\"operationName\": \"SendMessage\",\n\n\"text\": \"GET /a#b HTTP/1.1\"\n\n}\n";
    let mut connection = RawConnection::open(&gws);
    let own = |rest: &str| {
        let length = format!("Content-Length: {}\r\n", body.len());
        let head = post_with(&support::own_path(fixtures::SESSION), &length, rest);
        String::from_utf8(head).unwrap().replace(AUTHORIZATION, &raw::credentials(fixtures::AGENT))
    };
    assert_eq!(connection.exchange(own(body)).status, 200);
    connection.send(own(""));
    assert_eq!(connection.exchange(body).status, 200);
    assert_eq!(connection.exchange(me()).status, 200);
    gws.verify();
}

/// The endpoint refuses it for its own reasons, and nobody's test fails.
#[cfg(feature = "control")]
#[test]
fn a_call_of_the_control_endpoint_without_a_host_breaks_nothing() {
    let gws = FakeGws::builder().control().start();
    let answer = RawConnection::open(&gws).exchange("GET /__fake/clock HTTP/1.1\r\n\r\n");
    assert_eq!(answer.status, 403, "{answer:?}");
    gws.verify();
}

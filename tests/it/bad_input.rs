//! What no HTTP library would send, and clients that vanish: each is answered or closed, each stands in the time line, and
//! the next client is served as if nothing had happened.

use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use expect_test::{Expect, expect};
use gws_sms_fake::FakeGws;
use gws_sms_fake::serde_json::{self, Value, json};

use crate::raw::{
    self, Connection, INTRUDE, WATCHDOG, chunked, intrude, intrude_path, me, post, post_with,
};

/// The line of a request that tells nobody anything.
const GET_ME: &str = "GET /api/v2/me";
/// The line of what an Intrude tells, which follows its answer.
const INVITED: &str = "<- /v2/me/smssessions";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const MIB: usize = 1024 * 1024;

/// A client sends these bytes, and breaks that rule and no other.
#[track_caller]
fn check(rule: &str, request: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&broken(rule, |connection| connection.send(request)));
}

/// A client sends these bytes, then closes its side, and breaks that rule and no other.
#[track_caller]
fn check_ended(rule: &str, request: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&broken(rule, |connection| {
        connection.send(request);
        connection.end_sending();
    }));
}

/// A client sends these bytes, and GWS takes the request as it takes every good one. The last line of the time line has
/// that text.
#[track_caller]
fn check_taken(last: &str, request: impl AsRef<[u8]>, expected: Expect) {
    let (gws, lines) = watched();
    let mut connection = Connection::open(&gws);
    connection.send(request);
    expected.assert_eq(&outcome(&gws, connection, || wait_for(&lines, last)));
    gws.verify();
}

#[track_caller]
fn broken(rule: &str, act: impl FnOnce(&mut Connection)) -> String {
    let (gws, lines) = watched();
    let mut connection = Connection::open(&gws);
    act(&mut connection);
    let outcome = outcome(&gws, connection, || wait_for(&lines, rule));
    gws.try_verify().unwrap_err();
    gws.allow(rule);
    outcome
}

/// The answer, whether the connection is kept, what is wrong, and the time line once it is settled. The next client is
/// served as ever.
fn outcome(gws: &FakeGws, mut connection: Connection, settled: impl FnOnce()) -> String {
    let mut outcome = String::new();
    let answer = connection.answer();
    settled();
    let report = gws.report();
    match answer {
        Some(answer) => {
            let kept = if connection.answers_again() { "kept" } else { "closed" };
            let _ = writeln!(outcome, "{}, connection {kept}", answer.status);
            if !answer.body.is_empty() {
                let kind = answer.header("content-type").unwrap_or("no Content-Type");
                let _ = writeln!(outcome, "{kind}: {}", answer.body);
            }
        }
        None => outcome.push_str("no answer, connection closed\n"),
    }
    for finding in report.lines().filter(|line| line.contains("  got ")) {
        let _ = writeln!(outcome, "{}", finding.trim());
    }
    assert_eq!(Connection::open(gws).exchange(me()).status, 200);
    outcome.replace(gws.url(), "http://gws") + &timeline(&report)
}

/// The time line of a report without its times, which differ from run to run.
fn timeline(report: &str) -> String {
    let (_, lines) = report.trim_end().rsplit_once("\n\n").unwrap();
    let is_time = |word: &str| word == "ms" || word.contains('.') && word.parse::<f64>().is_ok();
    let timeless = |line: &str| {
        let words = line.split_whitespace().filter(|word| !is_time(word));
        words.collect::<Vec<_>>().join(" ") + "\n"
    };
    lines.lines().map(timeless).collect()
}

/// A fake, and the lines of its time line as they are completed.
fn watched() -> (FakeGws, Receiver<String>) {
    let (told, lines) = mpsc::channel();
    let watch = move |line: &str| {
        // A test that has seen enough listens no longer.
        let _ = told.send(line.to_owned());
    };
    (FakeGws::builder().watch(watch).start(), lines)
}

/// Waits for a line of the time line that says so.
#[track_caller]
fn wait_for(lines: &Receiver<String>, text: &str) {
    while !lines.recv_timeout(WATCHDOG).expect(text).contains(text) {}
}

// Bodies that do not end.

#[test]
fn a_body_shorter_than_its_content_length_is_refused_when_the_client_ends_sending() {
    let request = post_with(&intrude_path(), "Content-Length: 100\r\n", INTRUDE);
    check_ended(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got error reading a body from connection, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ http-malformed
        "#]],
    );
}

#[test]
fn a_body_shorter_than_its_content_length_is_in_the_time_line_when_the_client_is_gone() {
    let (gws, lines) = watched();
    gws.expect_violation("http-malformed");
    let mut connection = Connection::open(&gws);
    connection.send(post_with(&intrude_path(), "Content-Length: 100\r\n", INTRUDE));
    drop(connection);
    wait_for(&lines, "http-malformed");
    expect![[r#"
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 allowed http-malformed
    "#]].assert_eq(&timeline(&gws.report()));
    assert_eq!(Connection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn a_bayeux_body_shorter_than_its_content_length_is_refused() {
    let request = post_with("/api/v2/notifications", "Content-Length: 100\r\n", "[");
    check_ended(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            body  got error reading a body from connection, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST 400 ✗ http-malformed
        "#]],
    );
}

#[test]
fn a_chunked_body_without_its_last_chunk_is_refused() {
    let request = post_with(&intrude_path(), CHUNKED, format!("ff\r\n{INTRUDE}"));
    check_ended(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got error reading a body from connection, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ http-malformed
        "#]],
    );
}

#[test]
fn a_chunk_size_that_is_no_number_is_refused() {
    let request = post_with(&intrude_path(), CHUNKED, format!("zz\r\n{INTRUDE}\r\n0\r\n\r\n"));
    check(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got error reading a body from connection, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ http-malformed
        "#]],
    );
}

#[test]
fn a_chunked_body_is_taken() {
    check_taken(
        INVITED,
        post_with(&intrude_path(), CHUNKED, chunked(INTRUDE)),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

#[test]
fn a_body_that_comes_in_many_chunks_is_taken() {
    let chunks = INTRUDE.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect::<String>();
    check_taken(
        INVITED,
        post_with(&intrude_path(), CHUNKED, chunks + "0\r\n\r\n"),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

// Bodies that are not what they should be.

#[test]
fn a_body_nested_10_000_deep_is_refused() {
    check(
        "body-nesting",
        intrude(nested(10_000)),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body, line 1 column 128  got deeper nesting, want at most 127 levels; send a flatter body
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-nesting
        "#]],
    );
}

#[test]
fn a_bayeux_body_nested_10_000_deep_is_refused() {
    check(
        "bayeux-body",
        post("/api/v2/notifications", nested(10_000)),
        expect![[r#"
            400, connection kept
            body, line 1 column 128  got deeper nesting, want JSON; send an array of Bayeux messages
            s1 POST 400 ✗ bayeux-body
        "#]],
    );
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    let body = r#"{"operationName":"Intrude","supervisorVisibilityMode":"\ud800"}"#;
    check(
        "body-json",
        intrude(body),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body, line 1 column 62  got unexpected end of hex escape, want JSON; serialize the body with a JSON library
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-json
        "#]],
    );
}

#[test]
fn half_a_surrogate_pair_in_a_bayeux_body_is_refused() {
    let body = r#"[{"channel":"/meta/handshake","ext":"\ud800"}]"#;
    check(
        "bayeux-body",
        post("/api/v2/notifications", body),
        expect![[r#"
            400, connection kept
            body, line 1 column 44  got unexpected end of hex escape, want JSON; send an array of Bayeux messages
            s1 POST 400 ✗ bayeux-body
        "#]],
    );
}

#[test]
fn a_byte_order_mark_is_refused() {
    check(
        "body-byte-order-mark",
        intrude(format!("\u{FEFF}{INTRUDE}")),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body, byte 1  got EF BB BF, want the first byte of the JSON; write the body without a byte order mark
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-byte-order-mark
        "#]],
    );
}

#[test]
fn a_body_that_is_not_utf_8_is_refused() {
    check(
        "body-utf-8",
        intrude(b"{\"operationName\":\"Intr\xFCde\"}"),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body, byte 23  got FC, want UTF-8; encode the body as UTF-8
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-utf-8
        "#]],
    );
}

#[test]
fn an_empty_body_is_refused() {
    check(
        "body-json",
        intrude(""),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body, line 1 column 0  got an empty body, want JSON; serialize the body with a JSON library
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-json
        "#]],
    );
}

#[test]
fn an_array_as_body_is_refused() {
    check(
        "body-object",
        intrude("[]"),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            the whole body  got [], want one JSON object; send {"operationName": ..}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-object
        "#]],
    );
}

#[test]
fn a_number_as_body_is_refused() {
    check(
        "body-object",
        intrude("42"),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            the whole body  got 42, want one JSON object; send {"operationName": ..}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-object
        "#]],
    );
}

#[test]
fn null_as_body_is_refused() {
    check(
        "body-object",
        intrude("null"),
        expect![[r#"
            400, connection kept
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            the whole body  got null, want one JSON object; send {"operationName": ..}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ body-object
        "#]],
    );
}

// Bodies that are too large.

#[test]
fn a_content_length_over_1_mib_is_refused_before_the_body_comes() {
    let length = format!("Content-Length: {}\r\n", MIB + 1);
    check(
        "body-size",
        post_with(&intrude_path(), &length, ""),
        expect![[r#"
            413, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got more than 1048576 bytes, want at most 1048576 bytes; send a smaller body, or raise the limit: builder().body_limit(..)
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 413 statusCode 1 ✗ body-size
        "#]],
    );
}

#[test]
fn a_body_over_1_mib_is_refused() {
    check(
        "body-size",
        intrude(padded(MIB + 1)),
        expect![[r#"
            413, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got more than 1048576 bytes, want at most 1048576 bytes; send a smaller body, or raise the limit: builder().body_limit(..)
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 413 statusCode 1 ✗ body-size
        "#]],
    );
}

#[test]
fn a_chunked_body_over_1_mib_is_refused() {
    check(
        "body-size",
        post_with(&intrude_path(), CHUNKED, chunked(padded(MIB + 1))),
        expect![[r#"
            413, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got more than 1048576 bytes, want at most 1048576 bytes; send a smaller body, or raise the limit: builder().body_limit(..)
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 413 statusCode 1 ✗ body-size
        "#]],
    );
}

#[test]
fn a_bayeux_body_over_1_mib_is_refused() {
    check(
        "body-size",
        post("/api/v2/notifications", padded(MIB + 1)),
        expect![[r#"
            413, connection closed
            body  got more than 1048576 bytes, want at most 1048576 bytes; send a smaller body, or raise the limit: builder().body_limit(..)
            s1 POST 413 ✗ body-size
        "#]],
    );
}

#[test]
fn a_body_of_1_mib_is_taken() {
    check_taken(
        INVITED,
        intrude(padded(MIB)),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

#[test]
fn a_chunked_body_of_1_mib_is_taken() {
    check_taken(
        INVITED,
        post_with(&intrude_path(), CHUNKED, chunked(padded(MIB))),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

/// A good Intrude of that many bytes, most of which are spaces.
fn padded(length: usize) -> String {
    INTRUDE.to_owned() + &" ".repeat(length - INTRUDE.len())
}

// Paths that are not letter by letter those of GWS.

#[track_caller]
fn check_path(path: &str, expected: Expect) {
    check("path-unknown", post(path, INTRUDE), expected);
}

#[test]
fn an_encoded_slash_separates_nothing() {
    check_path(
        &intrude_path().replace("/smssessions/", "%2Fsmssessions%2F"),
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257%2Fsmssessions%2F0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257%2Fsmssessions%2F0000UaB58WAR003N 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn encoded_dots_lead_nowhere() {
    check_path(
        "/api/v2/users/%2e%2e/smssessions/0000UaB58WAR003N",
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got /api/v2/users/%2e%2e/smssessions/0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/
            s1 POST /api/v2/users/%2e%2e/smssessions/0000UaB58WAR003N 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn dots_lead_nowhere() {
    check_path(
        &intrude_path().replace("/v2/", "/v2/me/../"),
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got /api/v2/me/../users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/
            s1 POST /api/v2/me/../users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn a_trailing_slash_is_part_of_the_path() {
    check_path(
        &format!("{}/", intrude_path()),
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N/, want a path that GWS has; did you mean /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N?
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N/ 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn a_double_slash_is_part_of_the_path() {
    check_path(
        &intrude_path().replace("/users/", "/users//"),
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got /api/v2/users//4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N, want a path that GWS has; did you mean /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N?
            s1 POST /api/v2/users//4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn a_leading_double_slash_is_part_of_the_path() {
    check_path(
        &format!("/{}", intrude_path()),
        expect![[r#"
            404, connection kept
            application/json;charset=UTF-8: {"statusCode":6,"statusMessage":"The resource was not found"}
            request line  got //api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N, want a path that GWS has; did you mean /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N?
            s1 POST //api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 404 statusCode 6 ✗ path-unknown
        "#]],
    );
}

#[test]
fn an_encoded_character_of_an_id_is_the_character() {
    check_taken(
        INVITED,
        post(&intrude_path().replace("/0000", "/%300%300"), INTRUDE),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/%300%300UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

// Headers that are too large.

#[test]
fn a_header_of_64_kib_is_refused() {
    check(
        "header-size",
        with_header_of(64 * 1024),
        expect![[r#"
        431, connection closed
        request line and header  got a larger header, want at most 8192 bytes and 100 fields; send less in headers and cookies, or raise the limit: builder().header_limit(..)
        - no HTTP request: a larger header ✗ header-size
    "#]],
    );
}

#[test]
fn a_header_of_1_mib_is_refused() {
    check(
        "header-size",
        with_header_of(MIB),
        expect![[r#"
        431, connection closed
        request line and header  got a larger header, want at most 8192 bytes and 100 fields; send less in headers and cookies, or raise the limit: builder().header_limit(..)
        - no HTTP request: a larger header ✗ header-size
    "#]],
    );
}

#[test]
fn a_request_line_of_64_kib_is_refused() {
    let path = "a".repeat(64 * 1024);
    check(
        "header-size",
        format!("GET /{path} HTTP/1.1\r\nHost: gws\r\n\r\n"),
        expect![[r#"
        431, connection closed
        request line and header  got a larger header, want at most 8192 bytes and 100 fields; send less in headers and cookies, or raise the limit: builder().header_limit(..)
        - no HTTP request: a larger header ✗ header-size
    "#]],
    );
}

#[test]
fn a_header_of_7_kib_is_taken() {
    check_taken(
        GET_ME,
        with_header_of(7 * 1024),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0,"user":{"changePasswordOnFirstLogin":false,"enabled":true,"firstName":"Paula","id":"991a4bece8dd4184a93e98ad429694f6","lastName":"Franklin","path":"/users/991a4bece8dd4184a93e98ad429694f6","roles":["ROLE_AGENT","ROLE_SUPERVISOR"],"uri":"http://gws/api/v2/users/991a4bece8dd4184a93e98ad429694f6","userName":"s1"}}
            s1 GET /api/v2/me 200 statusCode 0
        "#]],
    );
}

#[test]
fn a_header_of_101_fields_is_refused() {
    check(
        "header-size",
        with_fields(101),
        expect![[r#"
        431, connection closed
        request line and header  got a larger header, want at most 8192 bytes and 100 fields; send less in headers and cookies, or raise the limit: builder().header_limit(..)
        - no HTTP request: a larger header ✗ header-size
    "#]],
    );
}

#[test]
fn a_header_of_100_fields_is_taken() {
    check_taken(
        GET_ME,
        with_fields(100),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0,"user":{"changePasswordOnFirstLogin":false,"enabled":true,"firstName":"Paula","id":"991a4bece8dd4184a93e98ad429694f6","lastName":"Franklin","path":"/users/991a4bece8dd4184a93e98ad429694f6","roles":["ROLE_AGENT","ROLE_SUPERVISOR"],"uri":"http://gws/api/v2/users/991a4bece8dd4184a93e98ad429694f6","userName":"s1"}}
            s1 GET /api/v2/me 200 statusCode 0
        "#]],
    );
}

/// A good request with a field of that many bytes.
fn with_header_of(length: usize) -> String {
    me().replace("Host:", &format!("X-Long: {}\r\nHost:", "a".repeat(length)))
}

/// A good request with that many fields in all.
fn with_fields(count: usize) -> String {
    let more: String = (2..count).map(|number| format!("X-{number}: a\r\n")).collect();
    me().replace("Host:", &format!("{more}Host:"))
}

// Lengths that contradict each other.

#[test]
fn two_lengths_that_differ_are_refused() {
    let lengths = format!("Content-Length: {}\r\nContent-Length: 1\r\n", INTRUDE.len());
    check(
        "http-malformed",
        post_with(&intrude_path(), &lengths, INTRUDE),
        expect![[r#"
        400, connection closed
        request line and header  got something else, want a whole HTTP/1.1 request; let an HTTP library write the request
        - no HTTP request: something else ✗ http-malformed
    "#]],
    );
}

#[test]
fn a_length_that_is_no_number_is_refused() {
    let request = post_with(&intrude_path(), "Content-Length: many\r\n", INTRUDE);
    check(
        "http-malformed",
        request,
        expect![[r#"
        400, connection closed
        request line and header  got something else, want a whole HTTP/1.1 request; let an HTTP library write the request
        - no HTTP request: something else ✗ http-malformed
    "#]],
    );
}

#[test]
fn a_length_that_is_said_twice_is_taken() {
    let lengths = format!("Content-Length: {}\r\n", INTRUDE.len()).repeat(2);
    check_taken(
        INVITED,
        post_with(&intrude_path(), &lengths, INTRUDE),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

#[test]
fn chunks_beside_a_length_are_taken_and_the_connection_is_closed() {
    let both = format!("{CHUNKED}Content-Length: {}\r\n", INTRUDE.len());
    check_taken(
        INVITED,
        post_with(&intrude_path(), &both, chunked(INTRUDE)),
        expect![[r#"
            200, connection closed
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
            s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
        "#]],
    );
}

// What is no HTTP/1.1 request.

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
        request line and header  got something else, want a whole HTTP/1.1 request; let an HTTP library write the request
        - no HTTP request: something else ✗ http-malformed
    "#]],
    );
}

#[test]
fn the_preface_of_http_2_is_in_the_time_line() {
    let (gws, lines) = watched();
    let mut connection = Connection::open(&gws);
    connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    wait_for(&lines, "http-malformed");
    gws.try_verify().unwrap_err();
    gws.allow("http-malformed");
    assert_eq!(Connection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn a_body_that_waits_to_be_asked_for_is_asked_for_and_taken() {
    let (gws, lines) = watched();
    let mut connection = Connection::open(&gws);
    let fields = format!("Expect: 100-continue\r\nContent-Length: {}\r\n", INTRUDE.len());
    assert_eq!(connection.exchange(post_with(&intrude_path(), &fields, "")).status, 100);
    connection.send(INTRUDE);
    expect![[r#"
        200, connection kept
        application/json;charset=UTF-8: {"statusCode":0}
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
        s1 <- /v2/me/smssessions StatusChange Invited Coach to nobody: no client has subscribed
    "#]].assert_eq(&outcome(&gws, connection, || wait_for(&lines, INVITED)));
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
fn garbage_behind_a_good_request_is_refused() {
    let (gws, lines) = watched();
    gws.expect_violation("http-malformed");
    let mut connection = Connection::open(&gws);
    connection.send(me() + "\x16\x03\x01\r\n\r\n");
    let statuses = [connection.answer(), connection.answer()].map(|it| it.map(|it| it.status));
    assert_eq!(statuses, [Some(200), Some(400)]);
    assert!(connection.answer().is_none(), "the connection is closed");
    wait_for(&lines, "http-malformed");
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
        - no HTTP request: something else allowed http-malformed
    "#]]
    .assert_eq(&timeline(&gws.report()));
    assert_eq!(Connection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn half_a_header_is_in_the_time_line() {
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
    let mut connection = Connection::open(&gws);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    assert_eq!(Connection::open(&gws).exchange(me()).status, 200);
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

#[test]
fn a_connection_closed_after_a_good_request_leaves_no_further_trace() {
    let gws = FakeGws::start();
    let mut connection = Connection::open(&gws);
    assert_eq!(connection.exchange(me()).status, 200);
    connection.end_sending();
    assert!(connection.answer().is_none(), "the connection is closed");
    assert_eq!(Connection::open(&gws).exchange(me()).status, 200);
    expect![[r#"
        s1 GET /api/v2/me 200 statusCode 0
        s1 GET /api/v2/me 200 statusCode 0
    "#]]
    .assert_eq(&timeline(&gws.report()));
}

// Clients that hang up, and a fake that does.

/// A CometD client of `s1` that has subscribed and connected once: its next connect is held.
struct Desktop {
    connection: Connection,
    cookies: String,
    client: String,
}

impl Desktop {
    fn start(gws: &FakeGws) -> Self {
        let mut connection = Connection::open(gws);
        let handshake = json!([{
            "id": "1", "channel": "/meta/handshake", "version": "1.0",
            "supportedConnectionTypes": ["long-polling"],
        }]);
        let answer = connection.exchange(post("/api/v2/notifications", handshake.to_string()));
        let cookies = answer.cookies();
        let reply: Value = serde_json::from_str(&answer.body).unwrap();
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
    fn hang_up(&self, gws: &FakeGws, lines: &Receiver<String>) {
        let mut connection = Connection::open(gws);
        connection.send(self.connect(4));
        gws.supervisor().parked().blocking();
        drop(connection);
        wait_for(lines, "the client hung up");
    }
}

#[track_caller]
fn check_delivered(gws: &FakeGws, connection: &mut Connection, id: &str) {
    let notified = gws.supervisor().next_notification().blocking().state("Invited");
    let answer = connection.answer().expect("an answer to the connect");
    let got: Value = serde_json::from_str(&answer.body).unwrap();
    let want = json!([
        { "channel": "/v2/me/smssessions", "data": notified.data() },
        { "id": id, "channel": "/meta/connect", "successful": true },
    ]);
    assert_eq!((answer.status, got), (200, want));
    notified.delivered().blocking();
}

#[test]
fn a_connect_after_one_that_hung_up_is_held() {
    let (gws, lines) = watched();
    let desktop = Desktop::start(&gws);
    desktop.hang_up(&gws, &lines);

    let mut connection = Connection::open(&gws);
    connection.send(desktop.connect(5));
    gws.supervisor().parked().blocking();
    assert_eq!(Connection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    check_delivered(&gws, &mut connection, "5");
    expect![[r#"
        s1 handshake 200
        s1 subscribe /v2/me/smssessions 200
        s1 connect 200
        s1 connect the client hung up at
        s1 connect held 200
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
        s1 <- /v2/me/smssessions StatusChange Invited Coach delivered after
    "#]].assert_eq(&timeline(&gws.report()));
}

#[test]
fn an_event_while_nobody_is_connected_waits_for_the_next_connect() {
    let (gws, lines) = watched();
    let desktop = Desktop::start(&gws);
    desktop.hang_up(&gws, &lines);

    assert_eq!(Connection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    wait_for(&lines, "Invited");
    let mut connection = Connection::open(&gws);
    connection.send(desktop.connect(5));
    check_delivered(&gws, &mut connection, "5");
    expect![[r#"
        s1 handshake 200
        s1 subscribe /v2/me/smssessions 200
        s1 connect 200
        s1 connect the client hung up at
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0
        s1 <- /v2/me/smssessions StatusChange Invited Coach delivered after
        s1 connect 200
    "#]].assert_eq(&timeline(&gws.report()));
}

#[test]
fn a_fake_that_is_dropped_cuts_what_it_holds_and_frees_its_port() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::start(&gws);
    let request = desktop.connect(4);
    desktop.connection.send(request);
    gws.supervisor().parked().blocking();
    let address = raw::address(&gws);
    drop(gws);
    assert!(desktop.connection.answer().is_none(), "the connection is cut");
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

// What a fake does not start with.

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = FakeGws::builder().port(address.port()).try_start().unwrap_err().to_string();
    // Between the two stands what the system says, in its own words.
    assert!(error.starts_with(&format!("{address}: ")), "{error}");
    assert!(error.ends_with("; ask for another port, or for port 0"), "{error}");
}

#[test]
fn a_folder_of_fixtures_that_is_not_there_is_named() {
    let error = FakeGws::builder().fixtures("no/such/folder").try_start().unwrap_err().to_string();
    assert!(error.starts_with("no/such/folder: "), "{error}");
    let hint = "; name a folder of fixtures with users and smssessions in it";
    assert!(error.ends_with(hint), "{error}");
}

/// Starts with a folder that has one file at that path; in the error the folder is called `.`.
#[track_caller]
fn check_fixture(path: &str, text: impl AsRef<[u8]>, expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    let error = FakeGws::builder().fixtures(folder.path()).try_start().unwrap_err().to_string();
    let error = error.replace(&folder.path().display().to_string(), ".").replace('\\', "/");
    expected.assert_eq(&error);
}

/// The built-in fixture of that path, with one thing changed.
fn changed(path: &str, from: &str, to: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1)
}

const USER: &str = "users/s1.json";
const SESSION: &str = "smssessions/0000UaB58WAR003N.json";

#[test]
fn a_fixture_that_is_no_json_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""s1","#, r#""s1""#),
        expect![
            "./users/s1.json: body, line 4 column 3: got expected `,` or `}`, want JSON; serialize the body with a JSON library"
        ],
    );
}

#[test]
fn a_fixture_with_a_byte_order_mark_is_named() {
    check_fixture(
        USER,
        "\u{FEFF}{}",
        expect![
            "./users/s1.json: body, byte 1: got EF BB BF, want the first byte of the JSON; write the body without a byte order mark"
        ],
    );
}

#[test]
fn a_fixture_with_a_wrong_value_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""ROLE_AGENT""#, r#""agent""#),
        expect![[
            r#"./users/s1.json: /roles/0: got "agent", want text of the form ^ROLE_; send a value of that form"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_state_that_gws_does_not_have_is_named_with_its_place() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""Chatting""#, r#""Chating""#),
        expect![[
            r#"./smssessions/0000UaB58WAR003N.json: /state: got "Chating", want one of "Invited", "Chatting", "LeftChat", "Completed", "Revoked", "JoinFailed"; did you mean "Chatting"?"#
        ]],
    );
}

#[test]
fn a_fixture_without_a_field_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""password": "password","#, ""),
        expect!["./users/s1.json: /password: got nothing, want a value; send password"],
    );
}

#[test]
fn a_fixture_with_a_field_that_is_misspelt_is_named_with_its_place() {
    check_fixture(
        USER,
        changed(USER, r#""monitoring""#, r#""monitorring""#),
        expect![[
            r#"./users/s1.json: /monitorring: got [{"supervisorVisibilityMode":"Coach","userName":"a1"}], want no such field; did you mean "monitoring"?"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_participant_of_no_kind_is_named_with_its_place() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""Customer""#, r#""Client""#),
        expect![[
            r#"./smssessions/0000UaB58WAR003N.json: /participants/0/type: got "Client", want "Customer"; send it letter by letter"#
        ]],
    );
}

#[test]
fn a_fixture_with_a_key_twice_is_named_with_its_place() {
    let twice = changed(USER, r#""firstName""#, r#""roles": [], "firstName""#);
    check_fixture(
        USER,
        twice,
        expect![[
            r#"./users/s1.json: /roles: got the key "roles" a second time, want each key once; send one value for the key"#
        ]],
    );
}

#[test]
fn a_folder_that_is_misspelt_is_named() {
    check_fixture(
        "user/s1.json",
        "{}",
        expect![
            ".: got a folder user, want the folders users and smssessions; did you mean users?"
        ],
    );
}

#[test]
fn a_session_of_a_user_that_is_not_there_is_named() {
    check_fixture(
        SESSION,
        changed(SESSION, r#""userName": "a1""#, r#""userName": "a9""#),
        expect![
            "./smssessions/0000UaB58WAR003N.json: /userName: got a9, want the userName of a user: a1, a2, n1, s1, s2"
        ],
    );
}

#[test]
fn a_participant_who_is_no_user_is_named() {
    let text = changed(SESSION, "\"a1\",\n      \"nick", "\"a9\", \"nick");
    check_fixture(
        SESSION,
        text,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /participants/1/userName: got a9, want the userName of a user: a1, a2, n1, s1, s2"
        ],
    );
}

#[test]
fn monitoring_of_a_user_that_is_not_there_is_named() {
    check_fixture(
        USER,
        changed(USER, r#""a1""#, r#""a9""#),
        expect![
            "./users/s1.json: /monitoring/0/userName: got a9, want the userName of a user: a1, a2, n1, s1, s2"
        ],
    );
}

#[test]
fn a_message_from_no_participant_is_named() {
    let from_nobody =
        changed(SESSION, r#""from": "009052C5E6D6004A""#, r#""from": "009052C5E6D6FFFF""#);
    check_fixture(
        SESSION,
        from_nobody,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /messages/0/from: got 009052C5E6D6FFFF, want the participantId of a participant"
        ],
    );
}

#[test]
fn a_message_at_a_time_that_does_not_exist_is_named() {
    let text = changed(SESSION, "2015-11-26 18:39:52.435", "2015-11-31 18:39:52.435");
    check_fixture(
        SESSION,
        text,
        expect![
            "./smssessions/0000UaB58WAR003N.json: /messages/2/timestamp: got 2015-11-31 18:39:52.435+0200, want a day and time that exist"
        ],
    );
}

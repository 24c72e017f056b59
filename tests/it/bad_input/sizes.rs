//! Bodies and headers that are too large.

use support::PUSH;

use super::*;

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
            s1 POST /api/v2/notifications 413 ✗ body-size
        "#]],
    );
}

/// As Python's http.client does: whoever closes on bytes that have not been read takes his answer back.
#[test]
fn a_client_that_writes_all_of_a_large_body_before_it_reads_gets_the_answer() {
    let builder = FakeGws::builder();
    #[cfg(feature = "control")]
    let builder = builder.control();
    let gws = builder.start();
    let large = padded(10 * MIB);
    #[cfg(feature = "control")]
    let fault = "POST /__fake/fault HTTP/1.1\r\nHost: localhost\r\n";
    for (request, status) in [
        (post(&intrude_path(), &large), 413),
        (post_with(&intrude_path(), CHUNKED, chunked(&large)), 413),
        (post(PUSH, &large), 413),
        (post_with(PUSH, CHUNKED, chunked(&large)), 413),
        #[cfg(feature = "control")]
        (format!("{fault}Content-Length: {}\r\n\r\n{large}", large.len()).into_bytes(), 413),
        #[cfg(feature = "control")]
        ([fault.as_bytes(), CHUNKED.as_bytes(), b"\r\n", &chunked(&large)].concat(), 413),
        #[cfg(feature = "control")]
        (post("/__fake/fault", &large), 403),
    ] {
        let mut connection = RawConnection::open(&gws);
        connection.send(&request);
        let line = String::from_utf8_lossy(&request[..40]);
        assert_eq!(connection.answer().expect("an answer").status, status, "{line}");
    }
    std::mem::forget(gws);
}

#[test]
fn a_body_of_1_mib_is_taken() {
    check_taken(
        INVITED,
        intrude(padded(MIB)),
        expect![[r#"
            200, connection kept
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
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
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
        "#]],
    );
}

/// A good Intrude of that many bytes, most of which are spaces.
fn padded(length: usize) -> String {
    INTRUDE.to_owned() + &" ".repeat(length - INTRUDE.len())
}

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

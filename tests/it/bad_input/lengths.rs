//! Lengths that contradict each other.

use super::*;

#[test]
fn two_lengths_that_differ_are_refused() {
    let lengths = format!("Content-Length: {}\r\nContent-Length: 1\r\n", INTRUDE.len());
    check(
        "http-malformed",
        post_with(&intrude_path(), &lengths, INTRUDE),
        expect![[r#"
            400, connection closed
            request line and header  got bytes that are none, want a whole HTTP/1.1 request; let an HTTP library write the request
            - no HTTP request: bytes that are none ✗ http-malformed
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
            request line and header  got bytes that are none, want a whole HTTP/1.1 request; let an HTTP library write the request
            - no HTTP request: bytes that are none ✗ http-malformed
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
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
        "#]],
    );
}

#[test]
fn chunks_with_a_content_length_are_accepted_and_the_connection_is_closed() {
    let both = format!("{CHUNKED}Content-Length: {}\r\n", INTRUDE.len());
    check_taken(
        INVITED,
        post_with(&intrude_path(), &both, chunked(INTRUDE)),
        expect![[r#"
            200, connection closed
            application/json;charset=UTF-8: {"statusCode":0}
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
        "#]],
    );
}

#[test]
fn a_length_that_is_too_large_to_count_is_blamed_as_a_body_and_not_as_a_header() {
    for length in ["18446744073709551615", "99999999999999999999999999"] {
        check(
            "body-size",
            post_with(&intrude_path(), &format!("Content-Length: {length}\r\n"), INTRUDE),
            expect![[r#"
                413, connection closed
                header Content-Length  got a length of 20 digits or more, want at most 1048576 bytes; announce as many bytes as the body has
                - no HTTP request: a length of 20 digits or more ✗ body-size
            "#]],
        );
    }
}

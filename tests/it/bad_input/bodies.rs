//! Bodies that do not end, or are not what they should be.

use super::*;

#[test]
fn a_body_shorter_than_its_content_length_is_refused_when_the_client_ends_sending() {
    let request = post_with(&intrude_path(), "Content-Length: 100\r\n", INTRUDE);
    check_ended(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            application/json;charset=UTF-8: {"statusCode":1,"statusMessage":"A required parameter is missing or the request cannot be read"}
            body  got end of file before message length reached, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 ✗ http-malformed
        "#]],
    );
}

#[test]
fn a_body_shorter_than_its_content_length_is_in_the_timeline_when_the_client_is_gone() {
    let (gws, lines) = watched_fake();
    gws.expect_violation("http-malformed");
    let mut connection = RawConnection::open(&gws);
    connection.send(post_with(&intrude_path(), "Content-Length: 100\r\n", INTRUDE));
    drop(connection);
    lines.wait_for("http-malformed");
    expect![[r#"
        s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N 400 statusCode 1 allowed http-malformed
    "#]].assert_eq(&timeline(&gws.report()));
    assert_eq!(RawConnection::open(&gws).exchange(me()).status, 200);
}

#[test]
fn a_bayeux_body_shorter_than_its_content_length_is_refused() {
    let request = post_with("/api/v2/notifications", "Content-Length: 100\r\n", "[");
    check_ended(
        "http-malformed",
        request,
        expect![[r#"
            400, connection closed
            body  got end of file before message length reached, want a whole body; send as many bytes as Content-Length says, or whole chunks
            s1 POST /api/v2/notifications 400 ✗ http-malformed
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
            body  got end of file before message length reached, want a whole body; send as many bytes as Content-Length says, or whole chunks
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
            body  got Invalid chunk size line: missing size digit, want a whole body; send as many bytes as Content-Length says, or whole chunks
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
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
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
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
        "#]],
    );
}

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
            body, line 1 column 128  got deeper nesting, want at most 127 levels; send an array of Bayeux messages
            s1 POST /api/v2/notifications 400 ✗ bayeux-body
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
            s1 POST /api/v2/notifications 400 ✗ bayeux-body
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
            body, byte 23  got FC, which is ü in Latin-1, want UTF-8; encode the body as UTF-8
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

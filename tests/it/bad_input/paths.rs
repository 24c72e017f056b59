//! Paths that are not letter by letter those of GWS.

use super::*;

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
            request line  got /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257%2Fsmssessions%2F0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/; CometD is at /api/v2/notifications
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
            request line  got /api/v2/users/%2e%2e/smssessions/0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/; CometD is at /api/v2/notifications
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
            request line  got /api/v2/me/../users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N, want a path that GWS has; the paths of GWS begin with /api/v2/; CometD is at /api/v2/notifications
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
            s1 POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/%300%300UaB58WAR003N Intrude 200 statusCode 0 (state-intrude)
            s1 <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change) to nobody: no client has subscribed
        "#]],
    );
}

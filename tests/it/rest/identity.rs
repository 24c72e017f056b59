//! Who is calling: credentials, the cookie, and the two sides being one.

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::header::SET_COOKIE;
use serde_json::json;

use support::{
    Answer, Desktop, HttpClient, PUSH, TableFake, Transport, handshake, in_both_ways, intrude_path,
    taken,
};

fn denied() -> Answer {
    Answer::of(403, json!({ "statusCode": 20, "statusMessage": "Access denied" }))
}

async fn get_me(gws: &TableFake, header: &'static str, value: &str) -> Answer {
    HttpClient::anonymous(gws).with_header(header, value).get("/api/v2/me").await
}

async fn me_is_the_caller(transport: Transport) {
    let gws = transport.start();
    let user = json!({
        "id": fixtures::SUPERVISOR.id,
        "userName": "s1",
        "firstName": "Paula",
        "lastName": "Franklin",
        "roles": ["ROLE_AGENT", "ROLE_SUPERVISOR"],
        "enabled": true,
        "changePasswordOnFirstLogin": false,
        "uri": format!("{}/api/v2/users/{}", gws.url(), fixtures::SUPERVISOR.id),
        "path": format!("/users/{}", fixtures::SUPERVISOR.id),
    });
    let me = HttpClient::of(&gws, fixtures::SUPERVISOR).get("/api/v2/me").await;
    assert_eq!(me, Answer::of(200, json!({ "statusCode": 0, "user": user })));
}

#[tokio::test]
async fn the_cookie_stands_for_the_credentials_on_both_sides() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    assert_eq!(desktop.intrude("Monitor").await, taken());
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    desktop.sign_out().await;
}

async fn the_cookie_is_given_once(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::AGENT);
    let send = async || client.send(reqwest::Method::GET, "/api/v2/me", "", String::new()).await;
    let first = send().await.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(first.starts_with("JSESSIONID=") && first.ends_with("; Path=/; HttpOnly"), "{first}");
    assert!(!send().await.headers().contains_key(SET_COOKIE));
}

async fn credentials_of_another_user_begin_a_new_session(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::AGENT);
    client.get("/api/v2/me").await;
    let me = get_me(&gws, "authorization", "Basic czE6cGFzc3dvcmQ=").await.body;
    assert_eq!(me["user"]["userName"], "s1");
    let me = client.without_credentials().get("/api/v2/me").await;
    assert_eq!(me.body["user"]["userName"], "a1");
}

async fn without_credentials_access_is_denied(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("credentials-missing");
    assert_eq!(HttpClient::anonymous(&gws).get("/api/v2/me").await, denied());
    let body = json!({ "operationName": "Intrude" });
    assert_eq!(HttpClient::anonymous(&gws).post(&intrude_path(), &body).await, denied());
}

async fn wrong_or_malformed_credentials_are_denied(transport: Transport) {
    for (credentials, rule) in [
        ("Basic czE6d3Jvbmc=", "credentials-wrong"),
        ("Basic bm9ib2R5OnBhc3N3b3Jk", "credentials-wrong"),
        ("Basic", "credentials-malformed"),
        ("Basic !!!", "credentials-malformed"),
        ("Basic czE=", "credentials-malformed"),
        ("Bearer czE6cGFzc3dvcmQ=", "credentials-malformed"),
        ("", "credentials-malformed"),
    ] {
        let gws = transport.start();
        gws.expect_violation(rule);
        let answer = get_me(&gws, "authorization", credentials).await;
        assert_eq!(answer, denied(), "{credentials}");
        assert!(!gws.report().contains("czE6"), "the report shows a secret");
    }
}

async fn a_cookie_that_nobody_gave_is_denied(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("http-session-unknown");
    assert_eq!(get_me(&gws, "cookie", "JSESSIONID=node01abc").await, denied());
}

async fn anonymous_callers_are_taken_as_a_named_user(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().anonymous("s2"));
    let client = HttpClient::anonymous(&gws);
    assert_eq!(client.get("/api/v2/me").await.body["user"]["userName"], "s2");
    let reply = client.bayeux(json!([handshake()])).await;
    assert_eq!(reply[0]["successful"], true);
    let other = HttpClient::of(&gws, fixtures::AGENT).get("/api/v2/me").await;
    assert_eq!(other.body["user"]["userName"], "a1");
}

async fn a_handshake_without_credentials_is_denied_as_on_the_rest_side(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("credentials-missing");
    let answer = HttpClient::anonymous(&gws).post(PUSH, &json!([handshake()])).await;
    assert_eq!(answer, denied());
}

async fn a_handshake_without_credentials_is_denied_in_bayeux_when_so_configured(
    transport: Transport,
) {
    let gws = transport.start_with(FakeGws::builder().handshake_denied_in_bayeux());
    gws.expect_violation("credentials-missing");
    let reply = HttpClient::anonymous(&gws).bayeux(json!([handshake()])).await;
    let denied = json!([{
        "channel": "/meta/handshake",
        "successful": false,
        "error": "403::Handshake denied",
        "advice": { "reconnect": "none" },
    }]);
    assert_eq!(reply, denied);
}

/// The port of an earlier fake may come again; its clients must not count here.
#[tokio::test]
async fn a_client_of_another_fake_is_refused_and_counts_for_nobody() {
    let other = FakeGws::start();
    let straggler = HttpClient::of(&other, fixtures::SUPERVISOR);
    straggler.get("/api/v2/me").await;
    let gws = FakeGws::start();
    let straggler = straggler.at(&gws);
    let wrong = json!({ "operationName": "nonsense" });
    for client in [straggler.without_credentials(), straggler] {
        assert_eq!(client.post(&intrude_path(), &wrong).await, denied());
    }
    gws.verify();
    let report = gws.report();
    assert!(report.contains("a client of an earlier fake is still running"), "{report}");
}

#[tokio::test]
async fn a_shared_cookie_jar_begins_anew_with_credentials() {
    let other = FakeGws::start();
    let client = HttpClient::of(&other, fixtures::SUPERVISOR);
    client.get("/api/v2/me").await;
    let gws = FakeGws::start();
    let client = client.at(&gws);
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    assert_eq!(client.without_credentials().get("/api/v2/me").await.status, 200);
}

in_both_ways!(
    me_is_the_caller,
    the_cookie_is_given_once,
    credentials_of_another_user_begin_a_new_session,
    without_credentials_access_is_denied,
    wrong_or_malformed_credentials_are_denied,
    a_cookie_that_nobody_gave_is_denied,
    anonymous_callers_are_taken_as_a_named_user,
    a_handshake_without_credentials_is_denied_as_on_the_rest_side,
    a_handshake_without_credentials_is_denied_in_bayeux_when_so_configured
);

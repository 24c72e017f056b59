//! CSRF protection: the token of an HTTP session, on both sides.

use expect_test::expect;
use gws_sms_fake::wiremock::matchers::{method, path};
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use support::{
    Answer, HttpClient, PUSH, TableFake, Transport, connect, handshake, in_both_ways, intrude_path,
    subscribe, taken,
};

const ME: &str = "/api/v2/me";
const TOKEN: &str = "X-CSRF-TOKEN";
const RULE: &str = "csrf-token";

fn protected(transport: Transport) -> TableFake {
    transport.start_with(FakeGws::builder().csrf_protection())
}

fn intrude() -> Value {
    json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" })
}

/// The whole answer to what does not carry the right token.
fn refused() -> Answer {
    Answer::of(403, json!("Missing or invalid Csrf token"))
}

/// What the answer to a GET says of the token: the name of its header, and the token.
async fn shown(client: &HttpClient, path: &str) -> (Option<String>, Option<String>) {
    let answer = client.send(Method::GET, path, "", String::new()).await;
    let header = |name| of(answer.headers(), name);
    (header("X-CSRF-HEADER"), header(TOKEN))
}

fn of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

async fn token(client: &HttpClient) -> String {
    let (header, token) = shown(client, ME).await;
    assert_eq!(header.as_deref(), Some(TOKEN));
    token.unwrap()
}

/// A supervisor's client that has a cookie, and its token.
async fn signed_in(gws: &TableFake) -> (HttpClient, String) {
    let client = HttpClient::of(gws, fixtures::SUPERVISOR);
    let token = token(&client).await;
    (client.without_credentials(), token)
}

async fn csrf_protection_is_off_by_default(transport: Transport) {
    let gws = transport.start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(shown(&client, ME).await, (None, None));
    assert_eq!(client.post(&intrude_path(), &intrude()).await, taken());
}

async fn with_the_token_every_request_is_taken_on_both_sides(transport: Transport) {
    let gws = protected(transport);
    let (client, token) = signed_in(&gws).await;
    let client = client.with_header(TOKEN, &token);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    client.bayeux(json!([connect(&id)])).await;
    assert_eq!(client.post(&intrude_path(), &intrude()).await, taken());
    let events = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(events[0]["data"]["smssession"]["state"], "Invited");
}

async fn the_token_is_a_uuid_and_lives_with_its_http_session(transport: Transport) {
    let gws = protected(transport);
    let (client, token_of_client) = signed_in(&gws).await;
    let form: Vec<usize> = token_of_client.split('-').map(str::len).collect();
    assert_eq!(form, [8, 4, 4, 4, 12], "{token_of_client}");
    assert_eq!(token(&client).await, token_of_client);
    let (_, token_of_another) = signed_in(&gws).await;
    assert_ne!(token_of_client, token_of_another);
}

async fn every_get_of_a_known_caller_shows_the_token(transport: Transport) {
    let gws = protected(transport);
    for rule in ["path-unknown", "not-modelled", "bayeux-method"] {
        gws.expect_violation(rule);
    }
    let (client, token) = signed_in(&gws).await;
    for path in ["/api/v2/nonsense", "/api/v2/me/calls", PUSH] {
        let expected = (Some(TOKEN.to_owned()), Some(token.clone()));
        assert_eq!(shown(&client, path).await, expected, "{path}");
    }
}

async fn an_unknown_caller_is_shown_no_token(transport: Transport) {
    let gws = protected(transport);
    gws.expect_violation("credentials-missing");
    gws.allow("not-modelled");
    for path in [ME, "/api/v2/diagnostics/version"] {
        assert_eq!(shown(&HttpClient::anonymous(&gws), path).await, (None, None), "{path}");
    }
}

async fn the_answer_to_a_post_shows_no_token(transport: Transport) {
    let gws = protected(transport);
    let (client, token) = signed_in(&gws).await;
    let client = client.with_header(TOKEN, &token);
    let body = intrude().to_string();
    let answer = client.send(Method::POST, &intrude_path(), "application/json", body).await;
    assert_eq!(answer.status(), 200);
    assert_eq!((of(answer.headers(), "X-CSRF-HEADER"), of(answer.headers(), TOKEN)), (None, None));
}

/// The client sends an Intrude and a handshake: both are refused and change nothing. Returns what the report says is wrong
/// with each.
async fn check_refused(gws: TableFake, client: HttpClient) -> String {
    for (path, body) in [(intrude_path(), intrude()), (PUSH.to_owned(), json!([handshake()]))] {
        let answer = client.send(Method::POST, &path, "application/json", body.to_string()).await;
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain;charset=UTF-8", "{path}");
        assert_eq!(answer.status(), 403, "{path}");
        assert_eq!(answer.text().await.unwrap(), "Missing or invalid Csrf token", "{path}");
    }
    let report = gws.report();
    gws.expect_violation(RULE);
    gws.verify();
    assert!(!report.contains("<-"), "{report}");
    // Nobody may intrude twice: of the first one nothing has been done.
    let (right, token) = signed_in(&gws).await;
    assert!(!report.contains(&token), "the report shows a secret");
    let right = right.with_header(TOKEN, &token);
    assert_eq!(right.post(&intrude_path(), &intrude()).await, taken());
    let found = report.lines().filter(|line| line.contains("  got "));
    found.map(|line| format!("{}\n", line.trim())).collect()
}

async fn a_request_without_a_token_is_refused(transport: Transport) {
    let gws = protected(transport);
    let (client, _) = signed_in(&gws).await;
    expect![[r#"
        header X-CSRF-TOKEN  got nothing, want the token of the HTTP session of the cookie JSESSIONID; read X-CSRF-TOKEN from the answer to GET /api/v2/me, and send it with that cookie
    "#]].assert_eq(&check_refused(gws, client).await);
}

async fn a_request_with_a_token_of_another_session_is_refused(transport: Transport) {
    let gws = protected(transport);
    let (client, _) = signed_in(&gws).await;
    let (_, token_of_another) = signed_in(&gws).await;
    let client = client.with_header(TOKEN, &token_of_another);
    expect![[r#"
        header X-CSRF-TOKEN  got another token, want the token of the HTTP session of the cookie JSESSIONID; read X-CSRF-TOKEN from the answer to GET /api/v2/me, and send it with that cookie
    "#]].assert_eq(&check_refused(gws, client).await);
}

async fn a_request_without_a_cookie_is_refused_even_with_credentials_and_a_token(
    transport: Transport,
) {
    let gws = protected(transport);
    let (_, token) = signed_in(&gws).await;
    let client =
        HttpClient::of(&gws, fixtures::SUPERVISOR).without_cookies().with_header(TOKEN, &token);
    expect![[r#"
        header X-CSRF-TOKEN  got a request without the cookie JSESSIONID of the caller, want the token of the HTTP session of the cookie JSESSIONID; read X-CSRF-TOKEN from the answer to GET /api/v2/me, and send it with that cookie
    "#]].assert_eq(&check_refused(gws, client).await);
}

async fn a_cookie_of_another_user_is_none_of_the_caller(transport: Transport) {
    let gws = protected(transport);
    gws.expect_violation(RULE);
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let token = token(&agent).await;
    let client = agent.with_credentials(fixtures::SUPERVISOR).with_header(TOKEN, &token);
    assert_eq!(client.post(&intrude_path(), &intrude()).await, refused());
}

async fn the_method_and_path_do_not_matter(transport: Transport) {
    for method in [Method::PUT, Method::POST, Method::DELETE] {
        for path in [ME, "/api/v2/nonsense", "/api/v2/me/calls", PUSH] {
            let gws = protected(transport);
            for rule in
                [RULE, "method", "path-unknown", "not-modelled", "content-type", "body-json"]
            {
                gws.allow(rule);
            }
            let (client, _) = signed_in(&gws).await;
            let answer = client.send(method.clone(), path, "", String::new()).await;
            let case = format!("{method} {path}");
            assert_eq!(answer.status(), 403, "{case}");
            assert_eq!(answer.text().await.unwrap(), "Missing or invalid Csrf token", "{case}");
        }
    }
}

async fn other_violations_of_a_request_without_a_token_are_reported_too(transport: Transport) {
    let gws = protected(transport);
    for rule in [RULE, "content-type", "intrude-mode"] {
        gws.expect_violation(rule);
    }
    let (client, _) = signed_in(&gws).await;
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    let answer = client.post_text(&intrude_path(), "text/plain", body.to_string()).await;
    assert_eq!(answer, refused());
}

async fn an_unknown_caller_is_refused_as_unknown(transport: Transport) {
    let gws = protected(transport);
    gws.expect_violation("credentials-missing");
    let denied = Answer::of(403, json!({ "statusCode": 20, "statusMessage": "Access denied" }));
    let client = HttpClient::anonymous(&gws);
    assert_eq!(client.post(&intrude_path(), &intrude()).await, denied);
    assert_eq!(client.post(PUSH, &json!([handshake()])).await, denied);
}

#[tokio::test]
async fn a_mock_replaces_the_answer_and_not_the_check() {
    let gws = FakeGws::builder().csrf_protection().start();
    gws.expect_violation(RULE);
    gws.mount(Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)));
    gws.mount(Mock::given(path(ME)).respond_with(ResponseTemplate::new(204)));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.post(&intrude_path(), &intrude()).await.status, 204);
    assert_eq!(shown(&client, ME).await, (None, None));
}

/// The port of an earlier fake may come again; its clients must not count here.
#[tokio::test]
async fn a_client_of_another_fake_is_refused_and_counts_for_nobody() {
    let other = FakeGws::builder().csrf_protection().start();
    let client = HttpClient::of(&other, fixtures::SUPERVISOR);
    let token = token(&client).await;
    let gws = FakeGws::builder().csrf_protection().start();
    let straggler = client.with_header(TOKEN, &token).at(&gws);
    assert_eq!(straggler.post(PUSH, &json!([connect("x")])).await, refused());
    gws.verify();
    let report = gws.report();
    assert!(report.contains("a client of an earlier fake is still running"), "{report}");
}

async fn a_setting_overrides_the_answer(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().csrf_protection().answer(RULE, 3, 401));
    gws.expect_violation(RULE);
    let (client, _) = signed_in(&gws).await;
    let message = "Missing or invalid Csrf token";
    let envelope = Answer::of(401, json!({ "statusCode": 3, "statusMessage": message }));
    assert_eq!(client.post(&intrude_path(), &intrude()).await, envelope);
    assert_eq!(client.post(PUSH, &json!([handshake()])).await, envelope);
}

in_both_ways!(
    csrf_protection_is_off_by_default,
    with_the_token_every_request_is_taken_on_both_sides,
    the_token_is_a_uuid_and_lives_with_its_http_session,
    every_get_of_a_known_caller_shows_the_token,
    an_unknown_caller_is_shown_no_token,
    the_answer_to_a_post_shows_no_token,
    a_request_without_a_token_is_refused,
    a_request_with_a_token_of_another_session_is_refused,
    a_request_without_a_cookie_is_refused_even_with_credentials_and_a_token,
    a_cookie_of_another_user_is_none_of_the_caller,
    the_method_and_path_do_not_matter,
    other_violations_of_a_request_without_a_token_are_reported_too,
    an_unknown_caller_is_refused_as_unknown,
    a_setting_overrides_the_answer
);

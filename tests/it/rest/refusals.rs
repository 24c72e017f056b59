//! Every wrong request of the REST side: it changes nothing, is answered with GWS's envelope, and is a violation.

use gws_sms_fake::fixtures::{
    AGENT, AGENT_WITHOUT_SMS, COMPLETED_SESSION, FixtureUser, INVITED_SESSION, JOIN_FAILED_SESSION,
    LEFT_SESSION, OTHER_AGENT, REVOKED_SESSION, SESSION, SUPERVISOR,
};
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use reqwest::header::ALLOW;
use serde_json::{Value, json};

use support::{HttpClient, TableFake, Transport, in_both_ways, intrude_path, own_path, taken};

const INTRUDE: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Monitor"}"#;
const ACCEPT: &str = r#"{"operationName":"Accept"}"#;

/// A request that is wrong in one thing.
struct Refused {
    user: FixtureUser,
    method: Method,
    path: String,
    content_type: &'static str,
    body: String,
}

fn intrude() -> Refused {
    Refused {
        user: SUPERVISOR,
        method: Method::POST,
        path: intrude_path(),
        content_type: "application/json",
        body: INTRUDE.to_owned(),
    }
}

fn body(body: impl Into<String>) -> Refused {
    Refused { body: body.into(), ..intrude() }
}

fn path(path: impl Into<String>) -> Refused {
    Refused { path: path.into(), ..intrude() }
}

fn accept(user: FixtureUser, session: &str) -> Refused {
    Refused { user, path: own_path(session), ..body(ACCEPT) }
}

fn of(user: &str, session: &str) -> String {
    format!("/api/v2/users/{user}/smssessions/{session}")
}

/// Sends it, and compares the rule, the statusCode (0: no envelope) and the HTTP status.
async fn check(transport: Transport, wrong: Refused, rule: &str, status_code: u64, http: u16) {
    let gws = transport.start();
    gws.expect_violation(rule);
    let client = HttpClient::of(&gws, wrong.user);
    let Refused { method, path, content_type, body, .. } = wrong;
    let response = client.send(method, &path, content_type, body.clone()).await;
    let case = format!("{path} {body}");
    assert_eq!(response.status(), http, "{case}");
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let text = response.text().await.unwrap();
    if status_code > 0 {
        assert_eq!(media, "application/json;charset=UTF-8", "{case}");
        let envelope: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(envelope["statusCode"], json!(status_code), "{case}");
        assert!(envelope["statusMessage"].is_string(), "{case}");
        assert_eq!(envelope.as_object().unwrap().len(), 2, "{case}");
    }
    gws.verify();
    assert!(!gws.report().contains("<-"), "{case} caused a notification");
    // Nothing has changed: what is right is still taken.
    assert_eq!(
        client_of(&gws).post_text(&intrude_path(), "application/json", INTRUDE).await,
        taken()
    );
}

fn client_of(gws: &TableFake) -> HttpClient {
    HttpClient::of(gws, SUPERVISOR)
}

async fn check_all(transport: Transport, cases: Vec<(Refused, &str)>, status_code: u64, http: u16) {
    for (wrong, rule) in cases {
        check(transport, wrong, rule, status_code, http).await;
    }
}

async fn a_body_that_cannot_be_read(transport: Transport) {
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    check_all(
        transport,
        vec![
            (body(""), "body-json"),
            (body("{\"operationName\":"), "body-json"),
            (body(format!("{INTRUDE} {INTRUDE}")), "body-json"),
            (body("[]"), "body-object"),
            (body("null"), "body-object"),
            (body(format!("\u{FEFF}{INTRUDE}")), "body-byte-order-mark"),
            (body(deep), "body-nesting"),
            (body("{}"), "operation-name-missing"),
            (body(r#"{"supervisorVisibilityMode":"Monitor"}"#), "operation-name-missing"),
        ],
        1,
        400,
    )
    .await;
}

async fn a_parameter_that_is_wrong(transport: Transport) {
    let mode = |mode: Value| {
        body(json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode }).to_string())
    };
    check_all(
        transport,
        vec![
            (body(r#"{"operationName":"Intrud"}"#), "operation-unknown"),
            (body(r#"{"operationName":"intrude"}"#), "operation-unknown"),
            (body(r#"{"operationName":"Intrude "}"#), "operation-unknown"),
            (body(r#"{"operationName":7}"#), "operation-unknown"),
            (body(ACCEPT), "operation-unknown"),
            (mode(json!("monitor")), "intrude-mode"),
            (mode(json!("")), "intrude-mode"),
            (mode(json!(7)), "intrude-mode"),
            (mode(json!(["Monitor"])), "intrude-mode"),
            (body(r#"{"operationName":"Intrude","mode":"Monitor"}"#), "unknown-field"),
            (body(r#"{"operationName":"Intrude","userData":{"a":1}}"#), "unknown-field"),
            (body(r#"{"operationName":"Intrude","operationName":"Intrude"}"#), "duplicate-key"),
            (
                Refused {
                    body: r#"{"operationName":"Accept","nickname":1}"#.into(),
                    ..accept(AGENT, INVITED_SESSION)
                },
                "accept-nickname",
            ),
            (
                Refused {
                    body: r#"{"operationName":"Reject","nickname":"x"}"#.into(),
                    ..accept(AGENT, INVITED_SESSION)
                },
                "unknown-field",
            ),
            (path(format!("{}?supervisorVisibilityMode=Monitor", intrude_path())), "query-string"),
        ],
        2,
        400,
    )
    .await;
}

async fn a_content_type_that_is_not_json(transport: Transport) {
    let kind = |content_type| Refused { content_type, ..intrude() };
    check_all(
        transport,
        vec![
            (kind(""), "content-type"),
            (kind("text/plain"), "content-type"),
            (kind("text/json"), "content-type"),
            (kind("application/x-www-form-urlencoded"), "content-type"),
            (kind("nonsense"), "content-type"),
            (kind("application/json; charset=ISO-8859-1"), "content-charset"),
        ],
        2,
        400,
    )
    .await;
}

async fn json_is_announced_in_several_ways(transport: Transport) {
    for kind in
        ["application/json", "application/json ; charset=UTF-8", "Application/JSON;charset=utf-8"]
    {
        let gws = transport.start();
        assert_eq!(
            client_of(&gws).post_text(&intrude_path(), kind, INTRUDE).await,
            taken(),
            "{kind}"
        );
    }
}

async fn an_operation_out_of_its_state(transport: Transport) {
    let intrude_in = |session: &str| path(of(AGENT.id, session));
    check_all(
        transport,
        vec![
            (intrude_in(INVITED_SESSION), "intrude-state"),
            (intrude_in(LEFT_SESSION), "intrude-state"),
            (intrude_in(COMPLETED_SESSION), "intrude-state"),
            (intrude_in(REVOKED_SESSION), "intrude-state"),
            (intrude_in(JOIN_FAILED_SESSION), "intrude-state"),
            (accept(AGENT, SESSION), "accept-state"),
            (accept(AGENT, COMPLETED_SESSION), "accept-state"),
            (
                Refused { body: r#"{"operationName":"Reject"}"#.into(), ..accept(AGENT, SESSION) },
                "reject-state",
            ),
        ],
        2,
        400,
    )
    .await;
}

async fn a_caller_who_may_not(transport: Transport) {
    check_all(
        transport,
        vec![
            (Refused { user: AGENT, ..intrude() }, "supervisor-role"),
            (Refused { user: OTHER_AGENT, ..intrude() }, "supervisor-role"),
            (Refused { user: AGENT_WITHOUT_SMS, ..intrude() }, "feature-missing"),
            (accept(AGENT_WITHOUT_SMS, INVITED_SESSION), "feature-missing"),
        ],
        5,
        403,
    )
    .await;
}

async fn an_unknown_resource_is_refused(transport: Transport) {
    let trailing = format!("{}/", intrude_path());
    let double = intrude_path().replace("/smssessions/", "//smssessions/");
    let misspelt = intrude_path().replace("smssessions", "smsessions");
    let case = intrude_path().replace("/users/", "/Users/");
    check_all(
        transport,
        vec![
            (path(of("a1", SESSION)), "user-unknown"),
            (path(of("0123456789abcdef0123456789abcdef", SESSION)), "user-unknown"),
            (path(of(AGENT.id, "0000UaB58WAR003X")), "session-unknown"),
            (path(of(OTHER_AGENT.id, SESSION)), "session-owner"),
            (path(of(SUPERVISOR.id, SESSION)), "session-owner"),
            (accept(OTHER_AGENT, INVITED_SESSION), "session-owner"),
            (accept(AGENT, "0000UaB58WAR003X"), "session-unknown"),
            (path(trailing), "path-unknown"),
            (path(double), "path-unknown"),
            (path(misspelt), "path-unknown"),
            (path(case), "path-unknown"),
            (path("/"), "path-unknown"),
            (path("/__fake/reset"), "path-unknown"),
        ],
        6,
        404,
    )
    .await;
}

async fn a_method_that_the_path_does_not_have(transport: Transport) {
    for (method, path, allow) in [
        (Method::GET, intrude_path(), "POST"),
        (Method::PUT, intrude_path(), "POST"),
        (Method::DELETE, own_path(SESSION), "GET, POST"),
        (Method::PATCH, "/api/v2/me".to_owned(), "GET, POST"),
    ] {
        let gws = transport.start();
        gws.expect_violation("method");
        let response = client_of(&gws).send(method, &path, "", String::new()).await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], allow);
        let envelope: Value = response.json().await.unwrap();
        assert_eq!(envelope["statusCode"], 3);
    }
}

async fn an_operation_that_is_not_modelled_is_answered_with_a_hint(transport: Transport) {
    for (method, path, body) in [
        (Method::GET, "/api/v2/me/calls".to_owned(), ""),
        (Method::POST, "/api/v2/me/chats/0001".to_owned(), "{}"),
        (Method::GET, "/api/v2/groups".to_owned(), ""),
        (Method::GET, "/api/v2/me/channels/voice".to_owned(), ""),
        (Method::OPTIONS, "/api/v2/me".to_owned(), ""),
        (Method::POST, own_path(SESSION), r#"{"operationName":"InFocus"}"#),
        (Method::POST, own_path(SESSION), r#"{"operationName":"SetInFocus"}"#),
        (Method::POST, own_path(SESSION), r#"{"operationName":"LeaveAndComplete"}"#),
    ] {
        let gws = transport.start();
        gws.expect_violation("not-modelled");
        let client = client_of(&gws);
        let response = client.send(method.clone(), &path, "application/json", body).await;
        assert_eq!(response.status(), 501, "{path}");
        let text = response.text().await.unwrap();
        assert!(text.starts_with(&format!("{method} {path} is not modelled")), "{text}");
    }
}

async fn a_request_that_needs_no_credentials_is_not_blamed_for_wrong_ones(transport: Transport) {
    for (method, path, status) in
        [(Method::GET, "/api/v2/diagnostics/version", 200), (Method::OPTIONS, "/api/v2/me", 501)]
    {
        let gws = transport.start_with(FakeGws::builder().allow("not-modelled"));
        let response = HttpClient::anonymous(&gws).send(method, path, "", String::new()).await;
        assert_eq!(response.status(), status, "{path}");
    }
}

async fn a_second_intrude(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("intrude-twice");
    let client = client_of(&gws);
    assert_eq!(client.post_text(&intrude_path(), "application/json", INTRUDE).await, taken());
    let second = client.post_text(&intrude_path(), "application/json", INTRUDE).await;
    assert_eq!((second.status, &second.body["statusCode"]), (400, &json!(2)));
    let accepted = client.post_text(&own_path(SESSION), "application/json", ACCEPT).await;
    assert_eq!(accepted, taken());
    let third = client.post_text(&intrude_path(), "application/json", INTRUDE).await;
    assert_eq!((third.status, &third.body["statusCode"]), (400, &json!(2)));
}

async fn an_intrude_in_an_own_session(transport: Transport) {
    let mut session: Value =
        serde_json::from_str(include_str!("../../../fixtures/smssessions/0000UaB58WAR003N.json"))
            .unwrap();
    session["id"] = json!("0000UaB58WAR00S1");
    session["userName"] = json!("s1");
    session["participants"][1]["userName"] = json!("s1");
    let gws = transport.start_with(FakeGws::builder().session(&session));
    gws.expect_violation("intrude-own-session");
    let path = of(SUPERVISOR.id, "0000UaB58WAR00S1");
    let refused = client_of(&gws).post_text(&path, "application/json", INTRUDE).await;
    assert_eq!((refused.status, &refused.body["statusCode"]), (400, &json!(2)));
}

async fn everything_that_is_wrong_is_reported_at_once(transport: Transport) {
    let gws = transport.start();
    for rule in ["content-type", "intrude-mode", "unknown-field", "query-string"] {
        gws.expect_violation(rule);
    }
    let body = r#"{"operationName":"Intrude","supervisorVisibilityMode":"x","y":1}"#;
    let answer = client_of(&gws).post_text(&format!("{}?z", intrude_path()), "", body).await;
    assert_eq!(answer.status, 400);
}

async fn a_setting_overrides_the_pair(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().answer("intrude-mode", 10, 422));
    gws.expect_violation("intrude-mode");
    let body = r#"{"operationName":"Intrude","supervisorVisibilityMode":"monitor"}"#;
    let answer = client_of(&gws).post_text(&intrude_path(), "application/json", body).await;
    assert_eq!((answer.status, &answer.body["statusCode"]), (422, &json!(10)));
}

async fn a_body_over_the_limit(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().body_limit(100));
    gws.expect_violation("body-size");
    let body = json!({ "operationName": "Accept", "nickname": "x".repeat(100) });
    let refused = client_of(&gws).post(&own_path(fixtures::INVITED_SESSION), &body).await;
    assert_eq!((refused.status, &refused.body["statusCode"]), (413, &json!(1)));
}

in_both_ways!(
    a_body_that_cannot_be_read,
    a_parameter_that_is_wrong,
    a_content_type_that_is_not_json,
    json_is_announced_in_several_ways,
    an_operation_out_of_its_state,
    a_caller_who_may_not,
    an_unknown_resource_is_refused,
    a_method_that_the_path_does_not_have,
    an_operation_that_is_not_modelled_is_answered_with_a_hint,
    a_request_that_needs_no_credentials_is_not_blamed_for_wrong_ones,
    a_second_intrude,
    an_intrude_in_an_own_session,
    everything_that_is_wrong_is_reported_at_once,
    a_setting_overrides_the_pair,
    a_body_over_the_limit
);

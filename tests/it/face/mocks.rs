use gws_sms_fake::wiremock::matchers::{method, path};
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{FakeGws, Operation, fixtures, matchers};
use serde_json::json;

use support::{Answer, Desktop, HttpClient, handshake, intrude_path, taken};

fn refusal() -> ResponseTemplate {
    let body = r#"{"statusCode":4,"statusMessage":"down"}"#;
    ResponseTemplate::new(500).set_body_raw(body, "application/json").insert_header("X-Mock", "1")
}

#[tokio::test]
async fn a_mock_that_matches_replaces_the_answer_and_changes_nothing() {
    let gws = FakeGws::start();
    gws.mount(
        Mock::given(matchers::operation("Intrude"))
            .respond_with(refusal())
            .up_to_n_times(1)
            .expect(1),
    );
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let body = json!({ "statusCode": 4, "statusMessage": "down" });
    assert_eq!(desktop.intrude("Monitor").await, Answer::of(500, body));
    assert!(!gws.report().contains("<-"), "{}", gws.report());
    // The next one reaches the fake, which has not seen the first.
    assert_eq!(desktop.intrude("Monitor").await, taken());
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    gws.received(Operation::Intrude).times(2);
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_mock_that_matches_does_not_replace_the_check() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-mode");
    gws.mount(Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)));
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    let answer = HttpClient::of(&gws, fixtures::SUPERVISOR).post(&intrude_path(), &body).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn a_mock_that_matches_answers_an_operation_that_is_not_modelled() {
    let gws = FakeGws::start();
    gws.mount(Mock::given(path("/api/v2/me/calls")).respond_with(ResponseTemplate::new(200)));
    gws.mount(Mock::given(path("/custom")).respond_with(ResponseTemplate::new(200)));
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/me/calls").await.status, 200);
    assert_eq!(client.get("/custom").await.status, 200);
    assert_eq!(client.get("/api/v2/me").await.status, 200);
}

#[tokio::test]
async fn the_push_side_is_never_asked_of_them() {
    let gws = FakeGws::start();
    gws.mount(Mock::given(method("POST")).respond_with(refusal()));
    let reply = HttpClient::of(&gws, fixtures::SUPERVISOR).bayeux(json!([handshake()])).await;
    assert_eq!(reply[0]["successful"], true);
}

#[tokio::test]
async fn an_expectation_that_is_not_met_is_in_the_report() {
    let gws = FakeGws::start();
    gws.mount(
        Mock::given(path("/api/v2/me")).respond_with(refusal()).expect(1).named("me is down"),
    );
    HttpClient::of(&gws, fixtures::SUPERVISOR).get("/api/v2/no").await;
    gws.allow("path-unknown");
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.contains("mounted mocks: "), "{report}");
    assert!(report.contains("me is down"), "{report}");
    let secret = ["Basic", "JSESSIONID"].iter().any(|secret| report.contains(secret));
    assert!(!secret, "the report shows a secret: {report}");
    HttpClient::of(&gws, fixtures::SUPERVISOR).get("/api/v2/me").await;
}

#[tokio::test]
async fn a_mock_that_breaks_the_connection_breaks_it() {
    let gws = FakeGws::start();
    let broken = |_: &gws_sms_fake::wiremock::Request| std::io::Error::other("cut");
    gws.mount(Mock::given(path("/api/v2/me")).respond_with_err(broken));
    let request = reqwest::Client::new().get(format!("{}/api/v2/me", gws.url()));
    let user = fixtures::SUPERVISOR;
    let failed = request.basic_auth(user.user_name, Some(user.password)).send().await.unwrap_err();
    assert!(failed.is_request(), "{failed}");
}

/// wiremock's own drop hangs after 64 of them in one poll.
#[tokio::test]
async fn a_hundred_fakes_with_mocks_are_dropped_in_one_poll() {
    for _ in 0..100 {
        let gws = FakeGws::start();
        gws.mount(Mock::given(method("GET")).respond_with(refusal()));
    }
}

#[test]
#[should_panic(expected = "; did you mean \"Intrude\"?")]
fn an_operation_that_there_is_not_is_refused() {
    let _ = matchers::operation("intrude");
}

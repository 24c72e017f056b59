//! People with a browser and health checks, which are no clients of GWS.

use gws_sms_fake::wiremock::matchers::path;
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;

use support::HttpClient;

const PROBED: [&str; 4] = ["/", "/favicon.ico", "/robots.txt", "/?from=a-health-check"];

#[tokio::test]
async fn a_request_of_a_browser_or_a_health_check_leaves_neither_a_violation_nor_a_note() {
    let gws = FakeGws::builder().csrf_protection().require_complete_sessions().start();
    let person = HttpClient::anonymous(&gws);
    for target in PROBED {
        for method in [Method::GET, Method::HEAD] {
            for client in [&person, &person.clone().with_header("Cookie", "JSESSIONID=of-before")] {
                let answer = client.send(method.clone(), target, "", "").await;
                assert_eq!(answer.status(), 404, "{method} {target}");
            }
        }
    }
    gws.verify();
    let report = gws.report();
    assert!(report.starts_with("contract kept: 16 requests "), "{report}");
    assert!(!report.contains("note") && !report.contains("  got "), "{report}");
    assert!(report.contains("GET /favicon.ico  404 statusCode 6\n"), "{report}");
}

#[tokio::test]
async fn a_request_to_such_a_path_with_another_method_is_a_violation() {
    let gws = FakeGws::start();
    gws.expect_violation("path-unknown");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.send(Method::POST, "/", "", "").await.status(), 404);
    gws.verify();
}

#[tokio::test]
async fn a_probe_is_no_step_of_a_scenario_and_of_no_recording() {
    let recording = FakeGws::start();
    HttpClient::of(&recording, fixtures::SUPERVISOR).get("/api/v2/me").await;
    let scenario = recording.recorded();
    HttpClient::anonymous(&recording).get("/favicon.ico").await;
    assert_eq!(recording.recorded(), scenario);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.json");
    std::fs::write(&file, scenario).unwrap();
    let playing = FakeGws::builder().play(&file).start();
    assert_eq!(HttpClient::anonymous(&playing).get("/").await.status, 404);
    assert_eq!(HttpClient::of(&playing, fixtures::SUPERVISOR).get("/api/v2/me").await.status, 200);
    playing.verify();
}

#[tokio::test]
async fn a_mock_may_answer_a_probe() {
    let gws = FakeGws::start();
    gws.mount(Mock::given(path("/")).respond_with(ResponseTemplate::new(204)));
    assert_eq!(HttpClient::anonymous(&gws).get("/").await.status, 204);
    gws.verify();
}

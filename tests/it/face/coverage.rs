//! What a fake writes into the coverage file when it is dropped.

use std::fs;
use std::path::PathBuf;

use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use gws_sms_fake::wiremock::matchers::path;
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{Builder, FakeGws, Operation, matchers};
use serde_json::{Value, json};
use tempfile::TempDir;

use support::panicked;
use support::raw::RawConnection;
use support::{Desktop, HttpClient, intrude_path, own_path, taken};

/// A coverage file of a test's own.
struct Coverage {
    folder: TempDir,
}

impl Coverage {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("coverage.jsonl")
    }

    /// A fake that writes it.
    fn builder(&self) -> Builder {
        FakeGws::builder().coverage(self.file())
    }

    /// What was exercised, by kind, a value for each line.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.file()).unwrap();
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["gws-sms-fake"], env!("CARGO_PKG_VERSION"));
            line["exercised"].take()
        };
        assert!(text.ends_with('\n'), "{text}");
        text.lines().map(line).collect()
    }

    /// What was exercised, in the one line that there is.
    fn exercised(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }
}

const MODE: &str = "Intrude.supervisorVisibilityMode";

fn intrude(mode: &str) -> Value {
    json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode })
}

#[test]
fn a_fake_that_nothing_reaches_writes_that() {
    let coverage = Coverage::new();
    drop(coverage.builder().start());
    assert_eq!(coverage.exercised(), json!({}));
}

#[tokio::test]
async fn an_accepted_request_covers_its_parameters_and_its_notifications() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    assert_eq!(desktop.intrude("Monitor").await, taken());
    desktop.next_event().await;
    desktop.sign_out().await;
    drop(gws);
    let expected = json!({
        "enum-values": ["Intrude.supervisorVisibilityMode=Monitor"],
        "notification-kinds": ["StatusChange"],
        "operations": ["Intrude"],
        "parameters": [MODE],
        "states": ["Invited"],
    });
    assert_eq!(coverage.exercised(), expected);
}

#[tokio::test]
async fn a_request_refused_for_its_state_is_covered() {
    let coverage = Coverage::new();
    let gws = coverage.builder().allow("accept-state").start();
    let accept = json!({ "operationName": "Accept", "nickname": "Al" });
    HttpClient::of(&gws, AGENT).post(&own_path(SESSION), &accept).await;
    drop(gws);
    let expected = json!({
        "error-codes": ["2 (HTTP 400)"],
        "operations": ["Accept"],
        "parameters": ["Accept.nickname"],
    });
    assert_eq!(coverage.exercised(), expected);
}

#[tokio::test]
async fn a_request_refused_for_its_form_or_caller_covers_an_error_code_only() {
    let coverage = Coverage::new();
    let gws = coverage.builder().allow("intrude-mode").allow("credentials-missing").start();
    HttpClient::of(&gws, SUPERVISOR).post(&intrude_path(), &intrude("monitor")).await;
    HttpClient::anonymous(&gws).post(&intrude_path(), &intrude("Monitor")).await;
    drop(gws);
    assert_eq!(coverage.exercised(), json!({ "error-codes": ["2 (HTTP 400)", "20 (HTTP 403)"] }));
}

#[tokio::test]
async fn error_codes_without_the_envelope_are_covered() {
    let coverage = Coverage::new();
    let gws = coverage.builder().csrf_protection().header_limit(8192).start();
    gws.allow("csrf-token");
    gws.allow("header-size");
    HttpClient::of(&gws, SUPERVISOR).post(&intrude_path(), &intrude("Monitor")).await;
    let mut connection = RawConnection::open(&gws);
    connection.send(format!("GET /api/v2/me HTTP/1.1\r\nHost: gws\r\nA: {}\r\n", "a".repeat(9000)));
    assert_eq!(connection.answer().unwrap().status, 431);
    drop(gws);
    assert_eq!(coverage.exercised(), json!({ "error-codes": ["HTTP 403", "HTTP 431"] }));
}

#[tokio::test]
async fn answers_of_mocks_cover_nothing() {
    let coverage = Coverage::new();
    let mine = json!({ "statusCode": 0, "smssession": { "state": "Revoked" } });
    let gws = coverage.builder().resource("/me/smssessions/mine", &mine).start();
    let down = ResponseTemplate::new(500).set_body_raw(r#"{"statusCode":4}"#, "application/json");
    gws.mount(Mock::given(matchers::operation("Intrude")).respond_with(down));
    gws.mount(Mock::given(path("/api/v2/me/calls")).respond_with(ResponseTemplate::new(204)));
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    assert_eq!(desktop.intrude("Monitor").await.status, 500);
    assert_eq!(desktop.http.get("/api/v2/me/calls").await.status, 204);
    assert_eq!(desktop.http.get("/api/v2/me/smssessions/mine").await.body, mine);
    let own = json!({ "notificationType": "Error", "smssession": { "state": "Revoked" } });
    gws.supervisor().deliver("/v2/me/smssessions", &own);
    desktop.next_event().await;
    desktop.sign_out().await;
    drop(gws);
    assert_eq!(coverage.exercised(), json!({}));
}

#[tokio::test]
async fn an_action_without_http_covers_the_notifications_of_clients() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    // Nobody listens.
    let customer = gws.agent().is_offered_a_session();
    let mut desktop = Desktop::sign_in(&gws, AGENT).await;
    gws.agent().accepts(customer.session());
    for _ in 0..3 {
        desktop.next_event().await;
    }
    desktop.sign_out().await;
    drop(gws);
    let expected = json!({
        "notification-kinds": ["NewMessages", "ParticipantsUpdated", "StatusChange"],
        "states": ["Chatting"],
    });
    assert_eq!(coverage.exercised(), expected);
}

#[tokio::test]
async fn states_that_an_answer_shows_are_covered() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    let client = HttpClient::of(&gws, AGENT);
    assert_eq!(client.get(&own_path(SESSION)).await.status, 200);
    gws.write_coverage().unwrap();
    assert_eq!(client.get("/api/v2/me/smssessions?fields=*").await.status, 200);
    drop(gws);
    let live = ["Chatting", "Invited", "JoinFailed", "LeftChat"];
    let expected = [json!({ "states": ["Chatting"] }), json!({ "states": live })];
    assert_eq!(coverage.lines(), expected);
}

#[tokio::test]
async fn a_spelling_of_another_page_covers_what_is_meant() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    let other = format!("{}/api/v2/users/{}", gws.url(), gws.user("a2").id());
    let invite = json!({ "operationName": "Invite", "userUri": other });
    assert_eq!(HttpClient::of(&gws, AGENT).post(&own_path(SESSION), &invite).await.status, 200);
    drop(gws);
    let expected = json!({ "operations": ["Invite"], "parameters": ["Invite.targetUri"] });
    assert_eq!(coverage.exercised(), expected);
}

#[tokio::test]
async fn a_fault_is_covered_when_it_triggers_and_the_events_that_it_loses_are_not() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    let desktop = Desktop::sign_in(&gws, AGENT).await;
    gws.agent().push_faults().lose_next_event().duplicate_next_event();
    gws.customer(SESSION).writes("lost");
    desktop.sign_out().await;
    let panic = panicked::by(|| drop(gws));
    assert!(panic.text.contains("duplicate_next_event"));
    assert_eq!(coverage.exercised(), json!({ "faults": ["lose_next_event"] }));
}

#[test]
fn a_test_that_fails_writes_what_it_has_exercised() {
    let coverage = Coverage::new();
    panicked::by(|| {
        let gws = coverage.builder().start();
        gws.received(Operation::Intrude).once();
    });
    assert_eq!(coverage.exercised(), json!({}));
}

#[test]
fn coverage_that_has_been_written_is_not_written_again() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    gws.write_coverage().unwrap();
    gws.write_coverage().unwrap();
    drop(gws);
    assert_eq!(coverage.exercised(), json!({}));
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let coverage = Coverage::new();
    let file = coverage.folder.path().join("no/such/folder/coverage.jsonl");
    let gws = FakeGws::builder().coverage(&file).start();
    let error = gws.write_coverage().unwrap_err().to_string();
    let (named, rest) = error.split_once(": ").unwrap();
    assert_eq!(named, file.display().to_string());
    let advice = "; the coverage of the contract is not recorded: name a file that can be written, in GWS_SMS_FAKE_COVERAGE or in coverage(..)";
    assert!(rest.ends_with(advice), "{error}");
    let dropped = panicked::by(|| drop(gws)).text;
    assert!(dropped.contains(&error), "{dropped}");
}

#[test]
fn a_recording_that_cannot_be_written_fails_the_test() {
    let coverage = Coverage::new();
    let file = coverage.folder.path().join("no/such/folder/recorded.json");
    let gws = FakeGws::start();
    gws.record(&file);
    let dropped = panicked::by(|| drop(gws)).text;
    assert!(dropped.contains(&file.display().to_string()), "{dropped}");
    assert!(dropped.contains("the scenario was not written"), "{dropped}");
}

#[test]
fn a_file_that_stays_locked_is_waited_for_no_longer_than_a_drop_may() {
    let coverage = Coverage::new();
    let gws = coverage.builder().start();
    let locked = fs::File::create(coverage.file()).unwrap();
    locked.lock().unwrap();
    let error = gws.write_coverage().unwrap_err().to_string();
    assert!(error.contains(": got no lock on it within 2s; "), "{error}");
    drop(locked);
}

#[test]
fn the_operations_that_count_are_written_where_a_fake_is_limited_to_some() {
    let coverage = Coverage::new();
    drop(coverage.builder().coverage_of([Operation::Intrude, Operation::Accept]).start());
    let line: Value = serde_json::from_str(&fs::read_to_string(coverage.file()).unwrap()).unwrap();
    assert_eq!(line["operations"], json!(["Accept", "Intrude"]));
    drop(coverage.builder().start());
    let text = fs::read_to_string(coverage.file()).unwrap();
    assert!(!text.lines().last().unwrap().contains("operations"), "{text}");
}

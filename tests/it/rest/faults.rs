//! What a test programs to become of requests: refused, late, held; of how many, and of whose.

use std::time::Duration;

use gws_sms_fake::fixtures::{AGENT, INVITED_SESSION, OTHER_SUPERVISOR, SESSION, SUPERVISOR};
use gws_sms_fake::wiremock::{Mock, ResponseTemplate};
use gws_sms_fake::{FakeGws, Operation, matchers};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use support::panicked;
use support::raw::{INTRUDE, RawConnection, intrude};
use support::watch::watched;
use support::{Answer, Desktop, HttpClient, intrude_path, own_path, taken};

/// The answer to a request that is refused as injected.
fn refused(status_code: u8, status: u16) -> Answer {
    let message = "Refused, as the test programmed";
    Answer::of(status, json!({ "statusCode": status_code, "statusMessage": message }))
}

fn body() -> Value {
    serde_json::from_str(INTRUDE).unwrap()
}

async fn intrudes(client: &HttpClient) -> Answer {
    client.post(&intrude_path(), &body()).await
}

/// A client of `s1` that sends an Intrude, as soon as the fake has it.
async fn intruding(gws: &FakeGws) -> JoinHandle<Answer> {
    let client = HttpClient::of(gws, SUPERVISOR);
    let answer = tokio::spawn(async move { intrudes(&client).await });
    gws.received(Operation::Intrude).next().await.by("s1");
    answer
}

async fn accepts(client: &HttpClient, session: &str) -> Answer {
    client.post(&own_path(session), &json!({ "operationName": "Accept" })).await
}

#[tokio::test]
async fn an_injected_refusal_is_answered_and_changes_nothing() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).refuse(5, 503);
    assert_eq!(injected.triggered(), 0);
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(intrudes(&client).await, refused(5, 503));
    assert_eq!(injected.triggered(), 1);
    gws.idle().await;
    gws.supervisor().notifications().never();
    gws.agent().notifications().never();
    let report = gws.report();
    let line = "Intrude  503 statusCode 5  refused, as the test injected\n";
    assert!(report.contains(line), "{report}");
    // Were the supervisor invited by now, this would be the second time.
    assert_eq!(intrudes(&client).await, taken());
    gws.verify();
}

/// Each passes the fake's own look at its answers, too.
#[tokio::test]
async fn every_status_of_a_refusal_can_be_injected() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, SUPERVISOR);
    for (status_code, status) in (1..=20).map(|code| (code, 400)).chain([(4, 500), (4, 599)]) {
        gws.rest_faults(Operation::Intrude).refuse(status_code, status);
        assert_eq!(intrudes(&client).await, refused(status_code, status));
    }
    gws.verify();
}

#[test]
fn a_status_that_no_refusal_has_cannot_be_injected() {
    let gws = FakeGws::start();
    for (status_code, status) in [(0, 400), (21, 400), (5, 399), (5, 200), (5, 600)] {
        let panic =
            panicked::by(|| drop(gws.rest_faults(Operation::Intrude).refuse(status_code, status)));
        let want = "a statusCode from 1 to 20 and an HTTP status from 400 to 599";
        assert_eq!(panic.text, format!("refuse: got {status_code} and {status}, want {want}"));
        assert_eq!(panic.file, file!());
    }
    // None of them is one that waits for a request.
    gws.verify();
}

#[tokio::test]
async fn a_fault_triggers_as_often_as_requested() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).times(2).refuse(4, 500);
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(intrudes(&client).await, refused(4, 500));
    assert_eq!(intrudes(&client).await, refused(4, 500));
    assert_eq!(intrudes(&client).await, taken());
    assert_eq!(injected.triggered(), 2);
}

#[tokio::test]
async fn a_fault_that_is_injected_always_triggers_at_every_request() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).always().refuse(4, 500);
    let client = HttpClient::of(&gws, SUPERVISOR);
    for _ in 0..4 {
        assert_eq!(intrudes(&client).await, refused(4, 500));
    }
    assert_eq!(injected.triggered(), 4);
}

#[test]
fn a_fault_cannot_be_injected_for_no_request() {
    let gws = FakeGws::start();
    let panic = panicked::by(|| drop(gws.rest_faults(Operation::Intrude).times(0)));
    assert_eq!(panic.text, "times: got 0, want 1 or more");
    assert_eq!(panic.file, file!());
}

#[tokio::test]
async fn a_fault_triggers_at_its_operation_only() {
    let gws = FakeGws::start();
    gws.rest_faults(Operation::Reject).refuse(4, 500);
    let agent = HttpClient::of(&gws, AGENT);
    let customer = gws.agent().is_offered_a_session();
    assert_eq!(accepts(&agent, INVITED_SESSION).await, taken());
    let reject = json!({ "operationName": "Reject" });
    assert_eq!(agent.post(&own_path(customer.session()), &reject).await, refused(4, 500));
}

#[tokio::test]
async fn a_fault_triggers_for_its_user_only() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).by("s1").refuse(4, 500);
    assert_eq!(intrudes(&HttpClient::of(&gws, OTHER_SUPERVISOR)).await, taken());
    assert_eq!(injected.triggered(), 0);
    assert_eq!(intrudes(&HttpClient::of(&gws, SUPERVISOR)).await, refused(4, 500));
}

#[test]
fn a_fault_cannot_be_injected_for_an_unknown_user() {
    let gws = FakeGws::start();
    let panic = panicked::by(|| drop(gws.rest_faults(Operation::Intrude).by("s3")));
    assert_eq!(panic.text, "got the user name \"s3\", want one of a1, a2, n1, s1, s2");
    assert_eq!(panic.file, file!());
}

#[tokio::test]
async fn a_fault_triggers_in_its_session_only() {
    let gws = FakeGws::start();
    let customer = gws.agent().is_offered_a_session();
    let injected = gws.rest_faults(Operation::Accept).in_session(customer.session()).refuse(4, 500);
    let of_intrude = gws.rest_faults(Operation::Intrude).in_session(SESSION).refuse(4, 500);
    let agent = HttpClient::of(&gws, AGENT);
    assert_eq!(accepts(&agent, INVITED_SESSION).await, taken());
    assert_eq!((injected.triggered(), of_intrude.triggered()), (0, 0));
    assert_eq!(accepts(&agent, customer.session()).await, refused(4, 500));
    // The session of an Intrude stands behind the agent's id in the path.
    assert_eq!(intrudes(&HttpClient::of(&gws, SUPERVISOR)).await, refused(4, 500));
}

#[tokio::test]
async fn two_faults_for_the_same_requests_trigger_one_after_the_other() {
    let gws = FakeGws::start();
    let first = gws.rest_faults(Operation::Intrude).times(2).refuse(4, 500);
    let second = gws.rest_faults(Operation::Intrude).by("s1").refuse(5, 503);
    let client = HttpClient::of(&gws, SUPERVISOR);
    for happened in [1, 2] {
        assert_eq!(intrudes(&client).await, refused(4, 500));
        assert_eq!((first.triggered(), second.triggered()), (happened, 0));
    }
    assert_eq!(intrudes(&client).await, refused(5, 503));
    assert_eq!(intrudes(&client).await, taken());
    assert_eq!((first.triggered(), second.triggered()), (2, 1));
}

#[tokio::test]
async fn a_malformed_request_triggers_no_fault() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-mode");
    gws.expect_violation("credentials-missing");
    let injected = gws.rest_faults(Operation::Intrude).always().refuse(4, 500);
    let client = HttpClient::of(&gws, SUPERVISOR);
    let wrong = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    let answer = client.post(&intrude_path(), &wrong).await;
    assert_eq!((answer.status, &answer.body["statusCode"]), (400, &json!(2)));
    assert_eq!(intrudes(&HttpClient::anonymous(&gws)).await.status, 403);
    assert_eq!(injected.triggered(), 0);
    assert_eq!(intrudes(&client).await, refused(4, 500));
}

#[tokio::test]
async fn a_request_without_its_csrf_token_triggers_no_fault() {
    let gws = FakeGws::builder().csrf_protection().start();
    let injected = gws.rest_faults(Operation::Intrude).always().refuse(5, 503);
    let client = HttpClient::of(&gws, SUPERVISOR);
    let me = client.send(reqwest::Method::GET, "/api/v2/me", "", String::new()).await;
    let token = me.headers()["x-csrf-token"].to_str().unwrap().to_owned();
    assert_ne!(intrudes(&client).await, refused(5, 503));
    assert_eq!(injected.triggered(), 0);
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.contains("rule csrf-token"), "{report}");
    gws.allow("csrf-token");
    assert_eq!(intrudes(&client.with_header("x-csrf-token", &token)).await, refused(5, 503));
}

#[tokio::test]
async fn a_request_that_a_mock_answers_triggers_no_fault() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).refuse(4, 500);
    let mock = Mock::given(matchers::operation("Intrude"));
    gws.mount(mock.respond_with(ResponseTemplate::new(502)).up_to_n_times(1));
    let client = HttpClient::of(&gws, SUPERVISOR);
    assert_eq!(intrudes(&client).await.status, 502);
    assert_eq!(injected.triggered(), 0);
    assert_eq!(intrudes(&client).await, refused(4, 500));
}

#[tokio::test]
async fn a_delayed_request_is_processed_when_its_time_has_come() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let injected = gws.rest_faults(Operation::Intrude).delay(Duration::from_secs(5));
    let answer = intruding(&gws).await;
    gws.clock().advance(Duration::from_millis(4_999)).await;
    gws.supervisor().notifications().never();
    assert!(!answer.is_finished());
    gws.clock().advance(Duration::from_millis(1)).await;
    assert_eq!(answer.await.unwrap(), taken());
    gws.supervisor().next_notification().await.state("Invited");
    assert_eq!(injected.triggered(), 1);
    let report = gws.report();
    let line = "200 statusCode 0 (state-intrude)  worked through late, as the test injected\n";
    assert!(report.contains(line), "{report}");
    gws.verify();
}

#[tokio::test]
async fn a_request_hangs_until_it_is_released_and_holds_up_nobody_else() {
    let gws = FakeGws::start();
    let mut agent = Desktop::sign_in(&gws, AGENT).await;
    let injected = gws.rest_faults(Operation::Intrude).by("s1").hang();
    let answer = intruding(&gws).await;
    // The same user on another connection, another user with the same operation, and events.
    assert_eq!(HttpClient::of(&gws, SUPERVISOR).get("/api/v2/me").await.status, 200);
    assert_eq!(intrudes(&HttpClient::of(&gws, OTHER_SUPERVISOR)).await, taken());
    gws.customer(SESSION).writes("Are you there?");
    assert_eq!(agent.next_event().await["messages"][0]["text"], "Are you there?");
    gws.supervisor().notifications().never();
    assert!(gws.report().contains("Intrude  not answered yet  hang injected"));
    assert!(!answer.is_finished());
    injected.release();
    assert_eq!(answer.await.unwrap(), taken());
    gws.supervisor().next_notification().await.state("Invited");
    agent.sign_out().await;
}

#[tokio::test]
async fn a_request_after_the_release_does_not_hang() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).hang();
    injected.release();
    assert_eq!(injected.triggered(), 0);
    assert_eq!(intrudes(&HttpClient::of(&gws, SUPERVISOR)).await, taken());
    assert_eq!(injected.triggered(), 1);
}

#[tokio::test]
async fn a_release_does_not_release_requests_of_another_fault() {
    let gws = FakeGws::start();
    let first = gws.rest_faults(Operation::Intrude).by("s1").hang();
    let second = gws.rest_faults(Operation::Accept).hang();
    let (intruding, agent) = (intruding(&gws).await, HttpClient::of(&gws, AGENT));
    let accepting = tokio::spawn(async move { accepts(&agent, INVITED_SESSION).await });
    gws.received(Operation::Accept).next().await;
    second.release();
    assert_eq!(accepting.await.unwrap(), taken());
    gws.supervisor().notifications().never();
    assert!(!intruding.is_finished());
    first.release();
    assert_eq!(intruding.await.unwrap(), taken());
}

/// Sends an Intrude and hangs up while it is held back.
fn sends_an_intrude_and_hangs_up(gws: &FakeGws) {
    let mut client = RawConnection::open(gws);
    client.send(intrude(INTRUDE));
    gws.received(Operation::Intrude).next().blocking();
}

/// The result does not depend on the moment when the fake learns that the client is gone.
#[test]
fn a_request_that_hangs_is_processed_when_released_though_its_client_hung_up() {
    for _ in 0..20 {
        let gws = FakeGws::start();
        let injected = gws.rest_faults(Operation::Intrude).hang();
        sends_an_intrude_and_hangs_up(&gws);
        injected.release();
        gws.supervisor().next_notification().blocking().state("Invited");
        gws.idle().blocking();
        gws.verify();
    }
}

#[test]
fn a_client_that_repeats_a_request_that_hangs_after_a_timeout_sends_it_twice() {
    let (gws, lines) = watched(FakeGws::builder());
    let injected = gws.rest_faults(Operation::Intrude).hang();
    sends_an_intrude_and_hangs_up(&gws);
    lines.wait_for("Intrude  not answered yet  hang injected; the client hung up at +");
    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    injected.release();
    lines.wait_for("intrude-twice");
    let report = gws.try_verify().unwrap_err().to_string();
    let line = "Intrude  400 statusCode 2  worked through when released, as the test injected; the client hung up at +";
    assert!(report.contains(line), "{report}");
    gws.allow("intrude-twice");
}

#[test]
fn a_delayed_request_is_processed_when_its_time_has_come_though_its_client_hung_up() {
    let (gws, lines) = watched(FakeGws::builder());
    gws.clock().pause();
    gws.rest_faults(Operation::Intrude).delay(Duration::from_secs(5));
    sends_an_intrude_and_hangs_up(&gws);
    lines.wait_for("Intrude  not answered yet  delay injected; the client hung up at +");
    gws.supervisor().notifications().never();
    gws.clock().advance(Duration::from_secs(5)).blocking();
    gws.supervisor().next_notification().blocking().state("Invited");
    let report = gws.report();
    let line = "200 statusCode 0 (state-intrude)  worked through late, as the test injected; the client hung up at +";
    assert!(report.contains(line), "{report}");
    gws.verify();
}

#[test]
fn a_dropped_request_changes_nothing_and_is_never_answered() {
    let (gws, lines) = watched(FakeGws::builder());
    let injected = gws.rest_faults(Operation::Intrude).drop_request();
    let mut client = RawConnection::open(&gws);
    client.send(intrude(INTRUDE));
    gws.received(Operation::Intrude).next().blocking();
    // It holds up nobody.
    gws.idle().blocking();
    assert!(gws.report().contains("Intrude  not answered yet  drop_request injected"));
    injected.release();
    gws.idle().blocking();
    drop(client);
    lines.wait_for("not worked through, as the test injected");
    gws.supervisor().notifications().never();
    // Were the supervisor invited by now, this would be the second time.
    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    assert_eq!(injected.triggered(), 1);
    gws.verify();
}

/// The second Intrude would be a violation if it were worked through at the end.
#[test]
fn a_fake_that_is_dropped_cuts_what_hangs_and_blames_nobody() {
    for _ in 0..50 {
        let gws = FakeGws::start();
        let mut client = RawConnection::open(&gws);
        assert_eq!(client.exchange(intrude(INTRUDE)).status, 200);
        gws.rest_faults(Operation::Intrude).hang();
        client.send(intrude(INTRUDE));
        gws.received(Operation::Intrude).next().blocking();
        gws.received(Operation::Intrude).next().blocking();
        drop(gws);
        assert!(client.answer().is_none(), "the connection is cut");
    }
}

/// The report of a drop says of what hung that it was not answered, and not that its client had hung up.
#[test]
fn the_report_of_a_drop_does_not_call_a_hanging_request_a_hang_up() {
    for _ in 0..20 {
        let gws = FakeGws::start();
        gws.expect_violation("intrude-twice");
        gws.rest_faults(Operation::Intrude).hang();
        let mut client = RawConnection::open(&gws);
        client.send(intrude(INTRUDE));
        gws.received(Operation::Intrude).next().blocking();
        let report = panicked::by(|| drop(gws)).text;
        assert!(report.contains("Intrude  not answered yet  hang injected"), "{report}");
    }
}

#[tokio::test]
async fn an_injected_fault_that_never_triggers_fails_the_verification_with_its_call() {
    let gws = FakeGws::start();
    let injected = gws.rest_faults(Operation::Intrude).by("s1").in_session(SESSION).times(2);
    let injected = injected.refuse(4, 500);
    gws.rest_faults(Operation::Accept).always().garbage();
    let intrude = r#"gws.rest_faults(Operation::Intrude).by("s1").in_session("0000UaB58WAR003N").times(2).refuse(..) was injected and"#;
    let accept = "gws.rest_faults(Operation::Accept).always().garbage(..) was injected and";
    let unused = || {
        let report = gws.try_verify().unwrap_err().to_string();
        assert!(report.starts_with("expectation not met after "), "{report}");
        let lines = report.lines().filter_map(|line| line.strip_prefix("  gws."));
        let lines = lines.map(|line| line.strip_suffix("; make a client trigger it, or remove it"));
        lines.map(|line| format!("gws.{}", line.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(
        unused(),
        [format!("{intrude} never triggered"), format!("{accept} never triggered")]
    );
    let client = HttpClient::of(&gws, SUPERVISOR);
    intrudes(&client).await;
    assert_eq!(
        unused(),
        [format!("{intrude} triggered only once"), format!("{accept} never triggered")]
    );
    accepts(&HttpClient::of(&gws, AGENT), INVITED_SESSION).await;
    assert_eq!(unused(), [format!("{intrude} triggered only once")]);
    intrudes(&client).await;
    assert_eq!(injected.triggered(), 2);
    gws.verify();
}

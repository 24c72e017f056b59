//! Assertions that something did not come: nothing else so far, and never over a span of the fake's clock.

use std::time::{Duration, Instant};

use expect_test::expect;
use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use gws_sms_fake::{FakeGws, Mode, Operation};
use serde_json::json;

use support::panicked;
use support::raw::{INTRUDE, RawConnection, WATCHDOG, intrude};
use support::report::stable;
use support::{Desktop, HttpClient, intrude_path, own_path, taken};

const HOUR: Duration = Duration::from_secs(3600);

async fn intrudes(gws: &FakeGws, mode: &str) {
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
    assert_eq!(HttpClient::of(gws, SUPERVISOR).post(&intrude_path(), &body).await, taken());
    gws.idle().await;
}

#[tokio::test]
async fn nothing_else_passes_when_everything_was_asserted() {
    let gws = FakeGws::start();
    gws.nothing_else();
    intrudes(&gws, "Coach").await;
    gws.received(Operation::Intrude).once();
    gws.supervisor().notifications().state("Invited").once();
    gws.nothing_else();
    // What is waited for counts, and what stands in an order.
    gws.customer(SESSION).writes("Hello?");
    gws.agent().next_notification().await.kind("NewMessages");
    gws.nothing_else();
    let typing = json!({ "operationName": "SendStartTypingNotification" });
    assert_eq!(HttpClient::of(&gws, AGENT).post(&own_path(SESSION), &typing).await, taken());
    gws.idle().await;
    gws.try_nothing_else().unwrap_err();
    gws.received(Operation::SendStartTypingNotification).next().await;
    gws.try_nothing_else().unwrap_err();
    let (written, typed) =
        (gws.agent().notifications(), gws.agent().notifications().kind("NewMessages"));
    gws.in_order(&[&written, &typed]);
    gws.nothing_else();
}

#[tokio::test]
async fn nothing_else_fails_with_everything_that_was_not_asserted() {
    let gws = FakeGws::start();
    intrudes(&gws, "Coach").await;
    gws.customer(SESSION).writes("Hello?").writes("Hello?");
    let mut said = gws.try_nothing_else().unwrap_err().to_string();
    // One that fails has found nothing, and what was looked for in vain neither.
    gws.received(Operation::Intrude).try_times(2).unwrap_err();
    gws.received(Operation::Accept).never();
    assert_eq!(gws.try_nothing_else().unwrap_err().to_string(), said);
    gws.received(Operation::Intrude).at_most(5);
    gws.supervisor().notifications().at_least(1);
    said += "\n";
    said += &gws.try_nothing_else().unwrap_err().to_string();
    gws.agent().next_notification().await;
    said += "\n";
    said += &gws.try_nothing_else().unwrap_err().to_string();
    expect![[r#"
        nothing else: got 4, want 0; the first:
          +  s1  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
        assert it before, or look why it came
        nothing else: got 2, want 0; the first:
          +  a1  <- /v2/me/smssessions NewMessages (notification-new-messages)  to nobody: no client has subscribed
        assert it before, or look why it came
        nothing else: got 1, want 0; the first:
          +  a1  <- /v2/me/smssessions NewMessages (notification-new-messages)  to nobody: no client has subscribed
        assert it before, or look why it came
    "#]]
    .assert_eq(&stable(&said));
}

/// What a client reads, and its push session, are no operation.
#[tokio::test]
async fn requests_that_only_read_do_not_fail_nothing_else() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    assert_eq!(desktop.http.get("/api/v2/me/smssessions").await.status, 200);
    gws.nothing_else();
    desktop.sign_out().await;
}

#[test]
fn a_delayed_event_is_caught_when_its_time_lies_in_the_span() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let late = Duration::from_secs(60);
    gws.agent().push_faults().delay_next_event(late);
    gws.customer(SESSION).writes("Hello?");
    let told = gws.agent().notifications().kind("NewMessages");
    let began = gws.clock().now();
    told.never();
    told.never_for(late - Duration::from_millis(1)).blocking();
    assert_eq!(gws.clock().now() - began, late - Duration::from_millis(1));
    let panic = panicked::by(|| told.never_for(Duration::from_millis(1)).blocking());
    let (first, rest) = panic.text.split_once('\n').unwrap();
    assert_eq!(first, "notifications to a1 with /notificationType \"NewMessages\": got 1, want 0");
    assert!(rest.contains("sent late, as the test injected"), "{rest}");
    assert!(rest.contains("contract kept: 0 requests"), "{rest}");
    assert!(rest.contains(&format!("waited for at {}:", file!())), "{rest}");
    assert_eq!(panic.file, file!());
    // It came, and so the fault was met.
    gws.verify();
}

/// The clock is the fake's: an hour of a client that connects again and again is over at once.
#[tokio::test]
async fn an_hour_takes_no_real_time() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, AGENT).await;
    gws.agent().connect_held().await;
    let (real, began) = (Instant::now(), gws.clock().now());
    gws.agent().notifications().never_for(HOUR).await;
    assert!(gws.clock().now() - began >= HOUR);
    assert!(real.elapsed() < WATCHDOG, "{:?}", real.elapsed());
    desktop.sign_out().await;
}

#[test]
fn a_hanging_request_ends_never_for_with_the_report() {
    let gws = FakeGws::builder().wait_timeout(Duration::from_millis(10)).start();
    let programmed = gws.rest_faults(Operation::Intrude).hang();
    let mut client = RawConnection::open(&gws);
    client.send(intrude(INTRUDE));
    gws.received(Operation::Intrude).next().blocking();
    let began = gws.clock().now();
    gws.clock().pause();
    let panic = panicked::by(|| gws.agent().notifications().never_for(HOUR).blocking());
    assert!(panic.text.starts_with("requests are still in flight\ncontract kept: 1 request"));
    assert!(panic.text.contains("Intrude  not answered yet  hang injected"));
    assert!(panic.text.contains("waited for at tests/it/face/absence.rs:"), "{}", panic.text);
    assert!(gws.clock().now() - began < HOUR, "the clock was not set forward");
    programmed.release();
    assert_eq!(client.answer().unwrap().status, 200);
    gws.agent().notifications().never_for(HOUR).blocking();
}

#[test]
fn a_request_that_came_before_is_no_less_found() {
    let gws = FakeGws::start();
    gws.received(Operation::Intrude).never_for(HOUR).blocking();
    assert_eq!(RawConnection::open(&gws).exchange(intrude(INTRUDE)).status, 200);
    gws.received(Operation::Intrude).by("s2").never_for(HOUR).blocking();
    let panic = panicked::by(|| gws.received(Operation::Intrude).never_for(HOUR).blocking());
    assert!(panic.text.starts_with("requests of Intrude: got 1, want 0\n"), "{}", panic.text);
}

/// He intrudes, reads along, writes to other supervisors and leaves, and an hour goes by.
#[tokio::test]
async fn the_agent_is_never_notified_of_a_monitoring_supervisor() {
    let gws = FakeGws::start();
    let agent = Desktop::sign_in(&gws, AGENT).await;
    let supervisor = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.agent().connect_held().await;
    gws.supervisor().connect_held().await;
    assert_eq!(supervisor.intrude("Monitor").await, taken());
    assert_eq!(supervisor.operate(SESSION, "Accept").await, taken());
    gws.customer(SESSION).writes("Is anybody there?");
    assert_eq!(supervisor.operate(SESSION, "Leave").await, taken());
    gws.supervisor().notifications().mode(Mode::Monitor).at_least(1);
    gws.agent().notifications().about("s1").never_for(HOUR).await;
    // He was told of the customer, and so would have been told.
    gws.agent().notifications().kind("NewMessages").delivered().once();
    agent.sign_out().await;
    supervisor.sign_out().await;
}

/// The counterpart of the test above: a coach is seen, under whatever nickname.
#[tokio::test]
async fn the_agent_is_notified_of_a_coaching_supervisor() {
    let gws = FakeGws::start();
    let agent = Desktop::sign_in(&gws, AGENT).await;
    let supervisor = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    assert_eq!(supervisor.intrude("Coach").await, taken());
    let accept = json!({ "operationName": "Accept", "nickname": "The Boss" });
    assert_eq!(supervisor.http.post(&own_path(SESSION), &accept).await, taken());
    gws.idle().await;
    let told = gws.agent().notifications().about("s1");
    told.clone().kind("ParticipantsUpdated").once();
    told.kind("NewMessages").with("/messages/0/type", "ParticipantJoined").once();
    agent.sign_out().await;
    supervisor.sign_out().await;
}

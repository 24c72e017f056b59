//! A suite in Rust that uses the library, for the tests that start it as processes of their own.

use gws_sms_fake::{Customer, FakeGws, PushFaults, fixtures};
use serde_json::{Value, json};
use support::{Desktop, HttpClient, intrude_path, own_path, taken};

fn intrude(mode: &str) -> Value {
    json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode })
}

#[tokio::test]
async fn fifty_fakes_are_started_and_dropped() {
    for _ in 0..50 {
        let gws = FakeGws::start();
        let supervisor = HttpClient::of(&gws, fixtures::SUPERVISOR);
        assert_eq!(supervisor.post(&intrude_path(), &intrude("Coach")).await, taken());
    }
}

#[tokio::test]
async fn a_supervisor_intrudes_and_is_notified() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    assert_eq!(desktop.intrude("Monitor").await, taken());
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    desktop.sign_out().await;
}

#[tokio::test]
async fn an_intrude_without_a_mode_is_refused() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-mode-missing");
    let supervisor = HttpClient::of(&gws, fixtures::OTHER_SUPERVISOR);
    let refused = supervisor.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn an_agent_attaches_user_data() {
    let gws = FakeGws::start();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let attach = json!({ "operationName": "AttachUserData", "userData": { "case": "4711" } });
    assert_eq!(agent.post(&own_path(fixtures::SESSION), &attach).await, taken());
}

#[tokio::test]
async fn an_operation_fails_while_the_backend_is_down() {
    let gws = FakeGws::start();
    gws.backend_down();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let message = json!({ "operationName": "SendMessage", "text": "hello" });
    assert_ne!(agent.post(&own_path(fixtures::SESSION), &message).await.status, 200);
}

#[tokio::test]
async fn a_message_of_the_customer_is_sent_twice() {
    let gws = FakeGws::start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    PushFaults::duplicate_next_event(&gws.agent().push_faults());
    Customer::writes(&gws.customer(fixtures::SESSION), "hello");
    assert_eq!(agent.next_event().await, agent.next_event().await);
    agent.sign_out().await;
}

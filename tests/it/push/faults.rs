//! What a test orders to go wrong with events.

use std::time::Duration;

use gws_sms_fake::fixtures::{AGENT, SESSION};
use gws_sms_fake::{FakeGws, PushFaults};

use support::Desktop;

/// What the agent is told when the customer writes "one", "two" and "three", after the faults were ordered.
async fn told(order: impl Fn(&PushFaults) -> &PushFaults, events: usize) -> Vec<String> {
    let gws = FakeGws::start();
    let mut agent = Desktop::sign_in(&gws, AGENT).await;
    order(&gws.agent().push_faults());
    for text in ["one", "two", "three"] {
        gws.customer(SESSION).writes(text);
    }
    let mut told = Vec::new();
    for _ in 0..events {
        let event = agent.next_event().await;
        told.push(event["messages"][0]["text"].as_str().unwrap().to_owned());
    }
    agent.sign_out().await;
    told
}

#[tokio::test]
async fn the_next_event_is_lost() {
    assert_eq!(told(PushFaults::lose_next_event, 2).await, ["two", "three"]);
}

#[tokio::test]
async fn the_next_event_is_sent_twice() {
    assert_eq!(told(PushFaults::duplicate_next_event, 4).await, ["one", "one", "two", "three"]);
}

#[tokio::test]
async fn the_next_two_events_change_places() {
    assert_eq!(told(PushFaults::reorder_next_events, 3).await, ["two", "one", "three"]);
}

#[tokio::test]
async fn faults_trigger_in_the_order_of_their_injection() {
    fn order(faults: &PushFaults) -> &PushFaults {
        faults.lose_next_event().duplicate_next_event()
    }
    assert_eq!(told(order, 3).await, ["two", "two", "three"]);
}

#[tokio::test]
async fn a_delayed_event_comes_when_its_time_has_come() {
    let gws = FakeGws::start();
    gws.clock().pause();
    let mut agent = Desktop::sign_in(&gws, AGENT).await;
    gws.agent().push_faults().delay_next_event(Duration::from_secs(5));
    gws.customer(SESSION).writes("late");
    gws.customer(SESSION).writes("in time");
    assert_eq!(agent.next_event().await["messages"][0]["text"], "in time");
    gws.agent().connect_held().await;
    gws.clock().advance(Duration::from_secs(5)).await;
    assert_eq!(agent.next_event().await["messages"][0]["text"], "late");
    agent.sign_out().await;
}

#[tokio::test]
async fn nothing_is_delivered_to_one_and_everything_to_another() {
    let gws = FakeGws::start();
    let mut supervisor = Desktop::sign_in(&gws, gws_sms_fake::fixtures::SUPERVISOR).await;
    supervisor.intrude("Monitor").await;
    supervisor.next_event().await;
    gws.agent().push_faults().never_deliver();
    gws.customer(SESSION).writes("one").writes("two");
    assert!(
        gws.report()
            .contains("a1  <- /v2/me/smssessions NewMessages (notification-new-messages)  not sent, as the test injected")
    );
    // The supervisor has not joined; what is his comes all the same.
    supervisor.operate(SESSION, "Reject").await;
    assert_eq!(supervisor.next_event().await["smssession"]["state"], "Completed");
    supervisor.sign_out().await;
}

#[test]
fn an_injected_fault_that_never_triggers_fails_the_test() {
    let gws = FakeGws::start();
    gws.agent().push_faults().lose_next_event();
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.starts_with("expectation not met after 0 requests"), "{report}");
    let line =
        r#"gws.user("a1").push_faults().lose_next_event(..) was injected but never triggered"#;
    assert!(report.contains(line), "{report}");
    gws.customer(SESSION).writes("now it happens");
    gws.verify();
}

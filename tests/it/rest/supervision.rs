//! Intrude, and monitoring an agent's SMS channel: what the agents and the supervisor are told, in order.

use expect_test::{Expect, expect};
use gws_sms_fake::fixtures::{OTHER_SUPERVISOR, SESSION, SUPERVISOR};
use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use crate::rest::Family;
use support::{HttpClient, Served, Stage, Transport, in_both_ways, intrude_path, taken};

fn monitor(operation: &str, scope: &str) -> Value {
    json!({ "operationName": operation, "supervisorMonitoringMode": scope, "nickname": "Paula" })
}

/// The agent accepts a new session while the supervisor monitors him so.
async fn check(transport: Transport, monitoring: Value, expected: Expect) {
    let mut stage = Stage::on(transport.start()).await;
    let mut text = stage.post("s1", &Family::Monitoring.path(), monitoring).await;
    for _ in 0..2 {
        let session = stage.gws.offers_a_session("a1");
        stage.notifications().await;
        text += &stage.operate("a1", &session, json!({ "operationName": "Accept" })).await;
    }
    expected.assert_eq(&text);
    stage.clear().await;
}

async fn an_intrude_and_its_acceptance(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    let intrude = serde_json::from_str(fixtures::request(Operation::Intrude)).unwrap();
    let mut text = stage.post("s1", &intrude_path(), intrude).await;
    text += &stage.operate("s1", SESSION, json!({ "operationName": "Accept" })).await;
    expect![[r#"
        s1 Intrude: 200 {"statusCode":0}
          s1 StatusChange: Invited as Monitor
        s1 Accept: 200 {"statusCode":0}
          s1 StatusChange: Chatting reference 1
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Supervisors)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 s1 ParticipantJoined(Supervisors)
    "#]].assert_eq(&text);
    stage.clear().await;
}

async fn monitor_follows_each_new_session_unseen(transport: Transport) {
    check(transport, monitor("Monitor", "AllChats"), expect![[r#"
        s1 Monitor: 200 {"statusCode":0}
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          s1 StatusChange: Chatting
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Supervisors)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(Supervisors)
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 2
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          s1 StatusChange: Chatting
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Supervisors)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(Supervisors)
    "#]]).await;
}

async fn coach_follows_the_next_session_and_then_no_more(transport: Transport) {
    check(transport, monitor("Coach", "NextChat"), expect![[r#"
        s1 Coach: 200 {"statusCode":0}
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Agents)
          a1 NewMessages: 3 Paula ParticipantJoined(Agents)
          s1 StatusChange: Chatting
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Agents)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(Agents)
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 2
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
    "#]]).await;
}

async fn barge_in_is_seen_by_the_agent_and_the_customer(transport: Transport) {
    check(transport, monitor("BargeIn", "AllChats"), expect![[r#"
        s1 BargeIn: 200 {"statusCode":0}
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(All)
          a1 NewMessages: 3 Paula ParticipantJoined(All)
          s1 StatusChange: Chatting
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(All)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(All)
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 2
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(All)
          a1 NewMessages: 3 Paula ParticipantJoined(All)
          s1 StatusChange: Chatting
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(All)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(All)
    "#]]).await;
}

async fn monitoring_that_is_cancelled_ends_and_the_session_goes_on(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.gws.expect_violation("monitoring-active");
    let path = Family::Monitoring.path();
    let mut text = stage.post("s1", &path, monitor("Coach", "AllChats")).await;
    let session = stage.gws.offers_a_session("a1");
    stage.gws.perform("a1", Operation::Accept, &session, json!({}));
    stage.notifications().await;
    let cancel = json!({ "operationName": "CancelSupervisorMonitoring" });
    text += &stage.post("s1", &path, cancel.clone()).await;
    stage.gws.customer_writes(&session, "Is anybody there?");
    text += &stage.notifications().await;
    text += &stage.post("s1", &path, cancel).await;
    expect![[r#"
        s1 Coach: 200 {"statusCode":0}
        s1 CancelSupervisorMonitoring: 200 {"statusCode":0}
        a1 NewMessages: 4 PersonP Text(All) "Is anybody there?"
        s1 NewMessages: 4 PersonP Text(All) "Is anybody there?"
        s1 CancelSupervisorMonitoring: 400 {"statusCode":2,"statusMessage":"A parameter is not valid for the current state"}
    "#]].assert_eq(&text);
    stage.clear().await;
}

/// With a setting, since no page says which of the two it is.
async fn a_monitored_session_invites_where_that_is_asked_for(transport: Transport) {
    let mut stage =
        Stage::on(transport.start_with(FakeGws::builder().invite_monitoring_supervisors())).await;
    let mut text = stage.post("s1", &Family::Monitoring.path(), monitor("Coach", "AllChats")).await;
    let session = stage.gws.offers_a_session("a1");
    stage.notifications().await;
    let accept = json!({ "operationName": "Accept" });
    text += &stage.operate("a1", &session, accept.clone()).await;
    text += &stage.operate("s1", &session, accept).await;
    expect![[r#"
        s1 Coach: 200 {"statusCode":0}
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All)
          s1 StatusChange: Invited as Coach
        s1 Accept: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Agents)
          a1 NewMessages: 3 Paula ParticipantJoined(Agents)
          s1 StatusChange: Chatting reference 2
          s1 ParticipantsUpdated: Chatting PersonP(All) a1(All) Paula(Agents)
          s1 NewMessages: 1 PersonP ParticipantJoined(All), 2 a1 ParticipantJoined(All), 3 Paula ParticipantJoined(Agents)
    "#]].assert_eq(&text);
    stage.clear().await;
}

#[tokio::test]
async fn a_monitoring_supervisor_may_intrude_without_a_mode() {
    let gws = FakeGws::builder().intrude_needs_monitoring().start();
    let supervisor = HttpClient::of(&gws, OTHER_SUPERVISOR);
    let monitor = json!({ "operationName": "Monitor" });
    assert_eq!(supervisor.post(&Family::Monitoring.path(), &monitor).await, taken());
    let intrude = json!({ "operationName": "Intrude" });
    assert_eq!(supervisor.post(&intrude_path(), &intrude).await, taken());
    gws.user("s2").next_notification().await.mode(gws_sms_fake::Mode::Monitor);
}

async fn each_switch_of_the_mode_notifies_everybody_who_sees_the_supervisor_or_did(
    transport: Transport,
) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("Monitor").await;
    let mut text = String::new();
    for switch in ["SwitchToCoach", "SwitchToBargeIn", "SwitchToMonitor"] {
        text += &stage.operate("s1", SESSION, json!({ "operationName": switch })).await;
    }
    expect![[r#"
        s1 SwitchToCoach: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents)
          a1 NewMessages: 6 s1 ParticipantRejoined(Agents)
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents)
          s1 NewMessages: 6 s1 ParticipantRejoined(Agents)
        s1 SwitchToBargeIn: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(All)
          a1 NewMessages: 7 s1 ParticipantRejoined(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(All)
          s1 NewMessages: 7 s1 ParticipantRejoined(All)
        s1 SwitchToMonitor: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Supervisors)
          s1 NewMessages: 8 s1 ParticipantRejoined(Supervisors)
    "#]]
    .assert_eq(&text);
    let seen = stage.gws.participants_of_customer(SESSION);
    assert!(!Value::Array(seen).to_string().contains(SUPERVISOR.id));
    stage.clear().await;
}

in_both_ways!(
    an_intrude_and_its_acceptance,
    monitor_follows_each_new_session_unseen,
    coach_follows_the_next_session_and_then_no_more,
    barge_in_is_seen_by_the_agent_and_the_customer,
    monitoring_that_is_cancelled_ends_and_the_session_goes_on,
    a_monitored_session_invites_where_that_is_asked_for,
    each_switch_of_the_mode_notifies_everybody_who_sees_the_supervisor_or_did
);

use gws_sms_fake::{FakeGws, Mode, Operation, fixtures};
use serde_json::{Value, json};

use support::{
    Answer, Desktop, HttpClient, TableFake, Transport, in_both_ways, intrude_path, own_path, taken,
};

/// What a supervisor is pushed, whole, with the fixture's user data.
fn invitation(gws: &TableFake, mode: &str) -> Value {
    let fixture = include_str!("../../../fixtures/smssessions/0000UaB58WAR003N.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    json!({
        "messageType": "SMSsessionStateChangeMessage",
        "notificationType": "StatusChange",
        "smssession": {
            "id": "0000UaB58WAR003N",
            "uri": format!("{}/api/v2/smssessions/0000UaB58WAR003N", gws.url()),
            "state": "Invited",
            "capabilities": ["Accept", "Reject"],
            "participants": [],
            "supervisorMode": mode,
            "chatType": "Inbound",
            "receivedDate": "2015-11-26 18:39:38.000+0200",
            "userData": fixture["userData"],
        },
    })
}

/// Intrudes as that user, and returns the mode of the invitation.
async fn effective_mode(transport: Transport, user: fixtures::FixtureUser, body: Value) -> Value {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, user).await;
    assert_eq!(desktop.http.post(&intrude_path(), &body).await, taken());
    let event = desktop.next_event().await;
    desktop.sign_out().await;
    event["smssession"]["supervisorMode"].clone()
}

async fn intrude_invites_the_supervisor_in_each_mode(transport: Transport) {
    for mode in ["Monitor", "Coach", "BargeIn"] {
        let gws = transport.start();
        let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
        assert_eq!(desktop.intrude(mode).await, taken());
        assert_eq!(desktop.next_event().await, invitation(&gws, mode));
        desktop.sign_out().await;
    }
}

async fn intrude_keeps_nulls_and_numbers_of_the_user_data(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Coach").await;
    let user_data = desktop.next_event().await["smssession"]["userData"].take();
    assert_eq!(user_data["RRequestedSkills"], Value::Null);
    assert_eq!(user_data["PegAG?:2>1"], json!(1));
    assert_eq!(user_data.as_object().unwrap().len(), 32);
    desktop.sign_out().await;
}

async fn intrude_without_a_mode_takes_the_mode_of_the_monitoring(transport: Transport) {
    let body = json!({ "operationName": "Intrude" });
    assert_eq!(effective_mode(transport, fixtures::SUPERVISOR, body).await, "Coach");
}

async fn a_mode_goes_before_that_of_the_monitoring(transport: Transport) {
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "BargeIn" });
    assert_eq!(effective_mode(transport, fixtures::SUPERVISOR, body).await, "BargeIn");
}

async fn a_mode_without_monitoring_is_taken(transport: Transport) {
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    assert_eq!(effective_mode(transport, fixtures::OTHER_SUPERVISOR, body).await, "Monitor");
}

async fn a_mode_without_monitoring_is_refused_where_monitoring_is_needed(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().intrude_needs_monitoring());
    gws.expect_violation("intrude-monitoring");
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    let refused =
        HttpClient::of(&gws, fixtures::OTHER_SUPERVISOR).post(&intrude_path(), &body).await;
    assert_eq!(refused.status, 400);
    let monitoring = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(monitoring.post(&intrude_path(), &body).await, taken());
}

async fn neither_mode_nor_monitoring_is_refused(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("intrude-mode-missing");
    let body = json!({ "operationName": "Intrude" });
    let answer =
        HttpClient::of(&gws, fixtures::OTHER_SUPERVISOR).post(&intrude_path(), &body).await;
    let message = "A required parameter is missing or the request cannot be read";
    let refused = json!({ "statusCode": 1, "statusMessage": message });
    assert_eq!(answer, Answer::of(400, refused));
}

async fn intrude_notifies_the_intruding_supervisor_only(transport: Transport) {
    let gws = transport.start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let other = Desktop::sign_in(&gws, fixtures::OTHER_SUPERVISOR).await;
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("BargeIn").await;
    desktop.next_event().await;
    // The next thing that the agent is told is that the supervisor has joined, so the invitation was not told him.
    assert_eq!(desktop.operate(fixtures::SESSION, "Accept").await, taken());
    let event = agent.next_event().await;
    assert_eq!(event["notificationType"], "ParticipantsUpdated");
    assert!(!gws.report().contains("s2  <-"), "{}", gws.report());
    for desktop in [agent, other, desktop] {
        desktop.sign_out().await;
    }
}

async fn two_supervisors_intrude_in_one_session(transport: Transport) {
    let gws = transport.start();
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    for user in [fixtures::SUPERVISOR, fixtures::OTHER_SUPERVISOR] {
        assert_eq!(HttpClient::of(&gws, user).post(&intrude_path(), &body).await, taken());
    }
    if let TableFake::Served(gws) = &gws {
        gws.received(Operation::Intrude).times(2);
    }
}

async fn a_supervisor_who_rejected_may_intrude_again(transport: Transport) {
    let gws = transport.start();
    let supervisor = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let intrude = json!({ "operationName": "Intrude" });
    let reject = json!({ "operationName": "Reject" });
    assert_eq!(supervisor.post(&intrude_path(), &intrude).await, taken());
    assert_eq!(supervisor.post(&own_path(fixtures::SESSION), &reject).await, taken());
    assert_eq!(supervisor.post(&intrude_path(), &intrude).await, taken());
}

#[tokio::test]
async fn intrude_is_found_in_what_was_received() {
    let gws = FakeGws::start();
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    HttpClient::of(&gws, fixtures::SUPERVISOR).post(&intrude_path(), &body).await;
    let request = gws.received(Operation::Intrude).once().mode(Mode::Monitor).by("s1");
    assert_eq!((request.path(), request.body()), (intrude_path().as_str(), &body));
    gws.received(Operation::Accept).never();
}

in_both_ways!(
    intrude_invites_the_supervisor_in_each_mode,
    intrude_keeps_nulls_and_numbers_of_the_user_data,
    intrude_without_a_mode_takes_the_mode_of_the_monitoring,
    a_mode_goes_before_that_of_the_monitoring,
    a_mode_without_monitoring_is_taken,
    a_mode_without_monitoring_is_refused_where_monitoring_is_needed,
    neither_mode_nor_monitoring_is_refused,
    intrude_notifies_the_intruding_supervisor_only,
    two_supervisors_intrude_in_one_session,
    a_supervisor_who_rejected_may_intrude_again
);

//! Accept and Reject.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{Desktop, HttpClient, TableFake, Transport, in_both_ways, own_path, taken};

const SUPERVISOR_CAPABILITIES: [&str; 10] = [
    "Leave",
    "SetDisposition",
    "AttachUserData",
    "DeleteUserData",
    "UpdateUserData",
    "Transfer",
    "Invite",
    "Consult",
    "SwitchToCoach",
    "SwitchToBargeIn",
];

fn user(
    gws: &TableFake,
    user: fixtures::FixtureUser,
    nickname: &str,
    id: &str,
    visibility: &str,
) -> Value {
    json!({
        "type": "Agent",
        "nickname": nickname,
        "participantId": id,
        "visibility": visibility,
        "uri": format!("{}/api/v2/users/{}", gws.url(), user.id),
    })
}

fn customer() -> Value {
    let (nickname, id) = ("PersonP", "009052C5E6D6004A");
    json!({ "type": "Customer", "nickname": nickname, "participantId": id, "visibility": "All" })
}

fn change(gws: &TableFake, kind: &str, participants: Value) -> Value {
    json!({
        "messageType": "SMSsessionStateChangeMessage",
        "notificationType": kind,
        "smssession": {
            "id": fixtures::SESSION,
            "uri": format!("{}/api/v2/smssessions/{}", gws.url(), fixtures::SESSION),
            "state": "Chatting",
            "capabilities": SUPERVISOR_CAPABILITIES,
            "participants": participants,
        },
    })
}

async fn accept_notifies_of_the_state_then_the_participants_then_the_log(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Monitor").await;
    desktop.next_event().await;
    assert_eq!(desktop.operate(fixtures::SESSION, "Accept").await, taken());

    let mut state = change(&gws, "StatusChange", json!([]));
    state["referenceId"] = json!(1);
    assert_eq!(desktop.next_event().await, state);

    let own = user(&gws, fixtures::SUPERVISOR, "s1", "00AF5367D3D00001", "Supervisors");
    let agent = user(&gws, fixtures::AGENT, "Kristi", "009052C5E743004C", "All");
    let participants = json!([customer(), agent, own]);
    assert_eq!(desktop.next_event().await, change(&gws, "ParticipantsUpdated", participants));

    let log = desktop.next_event().await;
    assert_eq!(log["messageType"], "MessageLogUpdated");
    assert_eq!(log["notificationType"], "NewMessages");
    assert_eq!(log["smssessionPath"], "/smssessions/0000UaB58WAR003N");
    let of = |field: &str| -> Vec<Value> {
        log["messages"].as_array().unwrap().iter().map(|log| log[field].clone()).collect()
    };
    assert_eq!(of("index"), [1, 2, 3, 4, 5]);
    let joined = "ParticipantJoined";
    assert_eq!(of("type"), [joined, joined, "Text", "Text", joined]);
    assert_eq!(of("visibility"), ["All", "All", "All", "All", "Supervisors"]);
    assert_eq!(log["messages"][2]["timestampSeconds"], 1_448_555_992_435_u64);
    assert_eq!(log["messages"][4]["from"]["path"], format!("/users/{}", fixtures::SUPERVISOR.id));
    desktop.sign_out().await;
}

async fn accept_of_a_coach_notifies_the_agent_with_the_nickname(transport: Transport) {
    let gws = transport.start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Coach").await;
    desktop.next_event().await;
    let accept = json!({ "operationName": "Accept", "nickname": "Paula", "saveLAR": false });
    assert_eq!(desktop.http.post(&own_path(fixtures::SESSION), &accept).await, taken());

    let event = agent.next_event().await;
    assert_eq!(event["notificationType"], "ParticipantsUpdated");
    let coach = user(&gws, fixtures::SUPERVISOR, "Paula", "00AF5367D3D00001", "Agents");
    assert_eq!(event["smssession"]["participants"][2], coach);
    let log = agent.next_event().await;
    assert_eq!(log["messages"].as_array().unwrap().len(), 1);
    assert_eq!(log["messages"][0]["index"], 5);
    assert_eq!(log["messages"][0]["type"], "ParticipantJoined");
    agent.sign_out().await;
    desktop.sign_out().await;
}

async fn accept_of_a_monitoring_supervisor_notifies_no_agent(transport: Transport) {
    let gws = transport.start();
    let agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Monitor").await;
    desktop.operate(fixtures::SESSION, "Accept").await;
    for _ in 0..4 {
        desktop.next_event().await;
    }
    assert!(!gws.report().contains("a1  <-"), "{}", gws.report());
    agent.sign_out().await;
    desktop.sign_out().await;
}

async fn accept_of_an_agent_shows_him_the_session(transport: Transport) {
    let gws = transport.start();
    let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    assert_eq!(agent.operate(fixtures::INVITED_SESSION, "Accept").await, taken());
    let state = agent.next_event().await;
    assert_eq!(state["smssession"]["state"], "Chatting");
    assert_eq!(state["smssession"]["capabilities"][0], "Transfer");
    let participants = agent.next_event().await["smssession"]["participants"].take();
    assert_eq!(participants.as_array().unwrap().len(), 2);
    let log = agent.next_event().await;
    assert_eq!(log["messages"].as_array().unwrap().len(), 2);
    agent.sign_out().await;
}

async fn reject_completes_the_session_for_the_caller(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Monitor").await;
    desktop.next_event().await;
    assert_eq!(desktop.operate(fixtures::SESSION, "Reject").await, taken());
    let rejected = json!({
        "messageType": "SMSsessionStateChangeMessage",
        "notificationType": "StatusChange",
        "referenceId": 1,
        "smssession": {
            "id": fixtures::SESSION,
            "uri": format!("{}/api/v2/smssessions/{}", gws.url(), fixtures::SESSION),
            "state": "Completed",
            "participants": [],
        },
    });
    assert_eq!(desktop.next_event().await, rejected);
    desktop.sign_out().await;
}

async fn a_second_accept_is_a_violation(transport: Transport) {
    let gws = transport.start();
    gws.expect_violation("accept-state");
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(agent.post(&own_path(fixtures::INVITED_SESSION), &accept).await, taken());
    let refused = agent.post(&own_path(fixtures::INVITED_SESSION), &accept).await;
    assert_eq!((refused.status, &refused.body["statusCode"]), (400, &json!(2)));
}

/// Two clients of one user: the second cannot know what the first has done before it is told.
async fn a_state_that_another_client_changed_is_no_violation_before_it_is_known(
    transport: Transport,
) {
    let gws = transport.start();
    let first = HttpClient::of(&gws, fixtures::AGENT);
    let second = HttpClient::of(&gws, fixtures::AGENT);
    for client in [&first, &second] {
        client.get("/api/v2/me").await;
    }
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(first.post(&own_path(fixtures::INVITED_SESSION), &accept).await, taken());
    let refused = second.post(&own_path(fixtures::INVITED_SESSION), &accept).await;
    assert_eq!(refused.status, 400);
    gws.verify();
    assert!(gws.report().contains("note accept-state"), "{}", gws.report());
}

/// The first client sends credentials with each request and keeps no cookies.
async fn a_state_that_a_client_without_cookies_changed_is_no_violation_for_another(
    transport: Transport,
) {
    let gws = transport.start();
    let second = HttpClient::of(&gws, fixtures::AGENT);
    second.get("/api/v2/me").await;
    let accept = json!({ "operationName": "Accept" });
    let path = own_path(fixtures::INVITED_SESSION);
    assert_eq!(HttpClient::of(&gws, fixtures::AGENT).post(&path, &accept).await, taken());
    assert_eq!(second.post(&path, &accept).await.status, 400);
}

#[tokio::test]
async fn a_state_that_another_client_changed_is_a_violation_once_it_is_known() {
    let gws = FakeGws::start();
    gws.expect_violation("accept-state");
    let first = HttpClient::of(&gws, fixtures::AGENT);
    first.get("/api/v2/me").await;
    let mut second = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(first.post(&own_path(fixtures::INVITED_SESSION), &accept).await, taken());
    second.next_event().await;
    gws.agent().next_notification().await.acknowledged().await;
    assert_eq!(second.operate(fixtures::INVITED_SESSION, "Accept").await.status, 400);
    second.sign_out().await;
}

in_both_ways!(
    accept_notifies_of_the_state_then_the_participants_then_the_log,
    accept_of_a_coach_notifies_the_agent_with_the_nickname,
    accept_of_a_monitoring_supervisor_notifies_no_agent,
    accept_of_an_agent_shows_him_the_session,
    reject_completes_the_session_for_the_caller,
    a_second_accept_is_a_violation,
    a_state_that_another_client_changed_is_no_violation_before_it_is_known,
    a_state_that_a_client_without_cookies_changed_is_no_violation_for_another
);

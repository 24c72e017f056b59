//! What users do in the hand of a test, without HTTP: it goes the way of a request, and their clients are told.

use std::panic::Location;

use expect_test::expect;
use gws_sms_fake::fixtures::{COMPLETED_SESSION, INVITED_SESSION, OTHER_AGENT, SESSION};
use gws_sms_fake::{FakeGws, Operation, SessionState, fixtures};
use serde_json::json;

use crate::rest::found;
use support::Stage;
use support::panicked;
use support::report::SESSIONS;
use support::{Desktop, HttpClient, own_path};

#[tokio::test]
async fn an_action_of_a_user_is_pushed_like_a_request_of_a_client() {
    let mut stage = Stage::set().await;
    stage.supervise("Coach").await;
    let agent = stage.gws.agent();
    let target = format!("{}/api/v2/users/{}", stage.gws.url(), OTHER_AGENT.id);
    agent.performs(Operation::Invite, SESSION, json!({ "targetUri": target }));
    stage.gws.user("a2").accepts(SESSION).answers(SESSION, "It is in Linz");
    agent.leaves(SESSION);
    stage.gws.user("a2").completes(SESSION);
    expect![[r#"
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          a1 NewMessages: 6 a2 ParticipantJoined(All)
          a1 NewMessages: 7 a2 Text(All) "It is in Linz"
          a1 StatusChange: Completed offers nothing reference 4
          a2 StatusChange: Invited
          a2 StatusChange: Chatting reference 3
          a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 s1 ParticipantJoined(Agents), 6 a2 ParticipantJoined(All)
          a2 NewMessages: 7 a2 Text(All) "It is in Linz"
          a2 ParticipantsUpdated: Chatting PersonP(All) s1(Agents) a2(All)
          a2 NewMessages: 8 Kristi ParticipantLeft(All)
          a2 StatusChange: Completed offers nothing
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          s1 NewMessages: 6 a2 ParticipantJoined(All)
          s1 NewMessages: 7 a2 Text(All) "It is in Linz"
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(Agents) a2(All)
          s1 NewMessages: 8 Kristi ParticipantLeft(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(Agents)
          s1 NewMessages: 9 a2 ParticipantLeft(All)
          s1 StatusChange: Revoked offers nothing
    "#]].assert_eq(&stage.notifications().await);
    stage.clear().await;
}

#[tokio::test]
async fn an_action_of_a_user_is_in_the_timeline_with_its_rule_and_is_no_request() {
    let gws = FakeGws::start();
    gws.agent()
        .accepts(INVITED_SESSION)
        .answers(INVITED_SESSION, "Hello")
        .completes(INVITED_SESSION);
    let report = gws.report();
    assert!(report.starts_with("contract kept: 0 requests"), "{report}");
    for (operation, rule) in
        [("Accept", "state-accept"), ("SendMessage", "state-send"), ("Complete", "state-complete")]
    {
        let line = format!("a1  {operation} {INVITED_SESSION}, by the test ({rule})\n");
        assert!(report.contains(&line), "{report}");
    }
    gws.received(Operation::Accept).never();
}

/// The whole day of an agent, in a test that is not async and has no runtime.
#[test]
fn a_blocking_test_acts_without_a_runtime() {
    let gws = FakeGws::start();
    let agent = gws.agent();
    let customer = agent.is_offered_a_session();
    agent.next_notification().blocking().state("Invited");
    agent.accepts(customer.session());
    customer.writes("My parcel has not arrived");
    agent.answers(customer.session(), "I will look it up");
    let texts: Vec<_> =
        customer.messages().iter().filter_map(|message| message.get("text").cloned()).collect();
    assert_eq!(texts, ["My parcel has not arrived", "I will look it up"]);
    customer.leaves();
    agent.completes(customer.session());
    assert_eq!(customer.participants().len(), 0);
}

#[tokio::test]
async fn a_withdrawn_invitation_is_notified_as_revoked() {
    let mut stage = Stage::set().await;
    stage.gws.agent().loses_the_invitation(INVITED_SESSION);
    expect![[r#"
          a1 StatusChange: Revoked offers nothing
    "#]]
    .assert_eq(&stage.notifications().await);
    let report = stage.gws.report();
    assert!(report.contains("the invitation of a1 to 0000UaB58WAR003P is withdrawn"), "{report}");
    stage.clear().await;
}

/// Acts, and expects a panic that says so and points at the line of the caller.
#[track_caller]
fn check(act: impl FnOnce(), want: &str) {
    let panic = panicked::by(act);
    assert_eq!(panic.text, want);
    assert_eq!((panic.file.as_str(), panic.line), (file!(), Location::caller().line()));
}

#[test]
#[rustfmt::skip]
fn an_action_that_gws_would_refuse_panics_with_the_reason_and_changes_nothing() {
    let gws = FakeGws::start();
    let (agent, other) = (gws.agent(), gws.user("a2"));
    check(|| drop(agent.accepts(SESSION).clone()), &format!("Accept of {SESSION}: /operationName: got state Chatting, want state Invited; the invitation has been answered: answer it once (rule accept-state)"));
    check(|| drop(agent.answers(INVITED_SESSION, "x").clone()), &format!("SendMessage of {INVITED_SESSION}: /operationName: got state Invited, want state Chatting; send Accept first (rule operation-state)"));
    check(|| drop(agent.leaves(COMPLETED_SESSION).clone()), &format!("Leave of {COMPLETED_SESSION}: /operationName: got state Completed, want state Chatting or LeftChat; the session is over for this user: wait until he is invited to it again (rule operation-state)"));
    check(|| drop(other.completes(SESSION).clone()), &format!("Complete of {SESSION}: session: got {SESSION}, want a session of a2; this session belongs to a1; a2 comes into it when Invite, Consult or Transfer names him (rule session-owner)"));
    check(|| drop(other.leaves("0").clone()), &format!("Leave of 0: session: got 0, want the id of an SMS session; {SESSIONS} (rule session-unknown)"));
    check(|| drop(agent.performs(Operation::SendMessage, SESSION, json!({})).clone()), "parameters of SendMessage: /text: got nothing, want a value");
    check(|| drop(agent.performs(Operation::SendMessage, SESSION, json!([])).clone()), "parameters of SendMessage: got [], want an object");
    assert!(!gws.report().contains("<-"), "{}", gws.report());
    assert!(!gws.report().contains("by the test"), "{}", gws.report());
}

#[test]
fn try_performs_returns_what_performs_panics_with() {
    let gws = FakeGws::start();
    let refused = gws.user("n1").try_performs(Operation::Accept, INVITED_SESSION, json!({}));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("got n1 without api-multimedia"), "{refused}");
    gws.backend_down();
    let down = gws.agent().try_performs(Operation::Accept, INVITED_SESSION, json!({}));
    assert!(down.unwrap_err().to_string().contains("rule backend-down"));
    gws.backend_up();
    gws.agent()
        .try_performs(Operation::Accept, INVITED_SESSION, json!({ "nickname": "Kristi" }))
        .unwrap();
}

#[tokio::test]
async fn a_client_that_was_not_notified_of_a_change_is_not_blamed() {
    for act in [
        |gws: &FakeGws| drop(gws.agent().loses_the_invitation(INVITED_SESSION).clone()),
        |gws: &FakeGws| drop(gws.agent().accepts(INVITED_SESSION).clone()),
    ] {
        let gws = FakeGws::start();
        let client = HttpClient::of(&gws, fixtures::AGENT);
        client.get("/api/v2/me").await;
        act(&gws);
        let accept = json!({ "operationName": "Accept" });
        let answer = client.post(&own_path(INVITED_SESSION), &accept).await;
        assert_eq!((answer.status, &answer.body["statusCode"]), (400, &json!(2)));
        gws.verify();
        let report = gws.report();
        assert_eq!(found(&report), [("accept-state".to_owned(), "/operationName".to_owned())]);
        assert!(
            report.contains("another client changed the state, and this one had not been told yet")
        );
    }
}

#[tokio::test]
async fn a_client_that_was_notified_of_a_change_is_blamed() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    gws.agent().loses_the_invitation(INVITED_SESSION);
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Revoked");
    gws.agent().next_notification().await.state("Revoked").acknowledged().await;
    assert_eq!(desktop.operate(INVITED_SESSION, "Accept").await.status, 400);
    gws.expect_violation("accept-state");
    desktop.sign_out().await;
}

/// The operations on sessions, by the family of their path: one that a fresh fake takes.
#[test]
fn operations_of_every_path_are_performed_without_http() {
    let gws = FakeGws::start();
    let (agent, supervisor, other) = (gws.agent(), gws.supervisor(), gws.user("s2"));
    let coach = json!({ "supervisorVisibilityMode": "Coach" });
    supervisor.performs(Operation::Intrude, SESSION, coach);
    supervisor.notifications().state("Invited").in_session(SESSION).once();
    // By name and by id.
    other.performs(Operation::Monitor, "a1", json!({ "supervisorMonitoringMode": "AllChats" }));
    other.performs(Operation::CancelSupervisorMonitoring, fixtures::AGENT.id, json!({}));
    other.performs(Operation::BargeIn, "a1", json!({}));
    agent.accepts(INVITED_SESSION);
    assert_eq!(gws.session(INVITED_SESSION).state_of("s2"), Some(SessionState::Chatting));
    let channels = json!({ "channels": ["smssession"] });
    agent.performs(Operation::StartContactCenterSession, "", channels);
    agent.performs(Operation::Ready, "smssession", json!({}));
    agent.performs(Operation::NotReady, "smssession", json!({}));
    agent.performs(Operation::EndContactCenterSession, "", json!({}));
    assert_eq!(agent.notifications().kind("ChannelStateChangeMessageV2").times(4).len(), 4);
    gws.verify();
}

#[test]
#[rustfmt::skip]
fn a_target_that_an_operation_does_not_have_is_named() {
    let gws = FakeGws::start();
    let supervisor = gws.supervisor();
    let performs = |operation, target: &str| supervisor.try_performs(operation, target, json!({})).unwrap_err().to_string();
    assert_eq!(performs(Operation::Intrude, "0"), format!("Intrude of 0: session: got 0, want the id of an SMS session; {SESSIONS} (rule session-unknown)"));
    assert_eq!(performs(Operation::Monitor, "a9"), "Monitor: got the agent \"a9\", want the userName or the id of one of a1, a2, n1, s1, s2");
    assert_eq!(performs(Operation::EndContactCenterSession, "voice"), "EndContactCenterSession: got \"voice\", want nothing: the operation is sent to /api/v2/me");
    let refused = performs(Operation::Ready, "smsession");
    assert!(refused.starts_with("Ready of smsession: channel: got smsession, on which s1 is not signed in, want") && refused.contains("did you mean \"smssession\"?"), "{refused}");
}

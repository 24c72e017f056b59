//! What the customer does in the hand of a test: what clients are pushed for it, and what the customer sees.

use std::panic::Location;

use expect_test::expect;
use gws_sms_fake::fixtures::{
    COMPLETED_SESSION, INVITED_SESSION, LEFT_SESSION, OTHER_AGENT, SESSION, SUPERVISOR,
};
use gws_sms_fake::{Customer, FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use support::Stage;
use support::panicked;

#[tokio::test]
async fn an_action_of_the_customer_is_pushed_to_everybody_in_the_conversation() {
    let mut stage = Stage::set().await.with_company("Monitor").await;
    let customer = stage.gws.customer(SESSION);
    customer.types().writes("It is a parcel from Graz").stops_typing().leaves();
    expect![[r#"
          a1 NewMessages: 7 PersonP TypingStarted(All)
          a1 NewMessages: 8 PersonP Text(All) "It is a parcel from Graz"
          a1 NewMessages: 9 PersonP TypingStopped(All)
          a1 ParticipantsUpdated: Chatting Kristi(All) a2(All)
          a1 NewMessages: 10 PersonP ParticipantLeft(All)
          a2 NewMessages: 7 PersonP TypingStarted(All)
          a2 NewMessages: 8 PersonP Text(All) "It is a parcel from Graz"
          a2 NewMessages: 9 PersonP TypingStopped(All)
          a2 ParticipantsUpdated: Chatting Kristi(All) a2(All)
          a2 NewMessages: 10 PersonP ParticipantLeft(All)
          s1 NewMessages: 7 PersonP TypingStarted(All)
          s1 NewMessages: 8 PersonP Text(All) "It is a parcel from Graz"
          s1 NewMessages: 9 PersonP TypingStopped(All)
          s1 ParticipantsUpdated: Chatting Kristi(All) a2(All) s1(Supervisors)
          s1 NewMessages: 10 PersonP ParticipantLeft(All)
    "#]]
    .assert_eq(&stage.notifications().await);
    let report = stage.gws.report();
    for remark in [
        "the customer of 0000UaB58WAR003N types (notification-new-messages)\n",
        "the customer of 0000UaB58WAR003N writes \"It is a parcel from Graz\" (notification-new-messages)\n",
        "the customer of 0000UaB58WAR003N types no more (notification-new-messages)\n",
        "the customer of 0000UaB58WAR003N leaves (customer-gone)\n",
    ] {
        assert!(report.contains(remark), "{report}");
    }
    stage.clear().await;
}

#[tokio::test]
async fn a_message_of_the_customer_is_whole() {
    let gws = FakeGws::start();
    gws.customer(SESSION).writes("Hello?");
    let notification = gws.agent().next_notification().await.kind("NewMessages");
    let mut message = notification.data()["messages"][0].clone();
    let at = message.as_object_mut().unwrap().remove("timestamp");
    let milliseconds = message.as_object_mut().unwrap().remove("timestampSeconds");
    assert!(at.unwrap().is_string() && milliseconds.unwrap().is_u64());
    let id = "009052C5E6D6004A";
    let from = json!({
        "type": "Customer", "nickname": "PersonP", "participantId": id, "id": id, "visibility": "All",
    });
    let want =
        json!({ "index": 5, "type": "Text", "visibility": "All", "text": "Hello?", "from": from });
    assert_eq!(message, want);
    assert_eq!(notification.channel(), "/v2/me/smssessions");
}

#[tokio::test]
async fn a_session_is_routed_as_an_invitation_with_all_that_is_known() {
    let gws = FakeGws::start();
    let customer = gws.agent().is_offered_a_session();
    let invited = gws.agent().next_notification().await.kind("StatusChange").state("Invited");
    let session = &invited.data()["smssession"];
    assert_eq!(session["id"], customer.session());
    assert_eq!(session["capabilities"], json!(["Accept", "Reject"]));
    assert_eq!((&session["chatType"], &session["participants"]), (&json!("Inbound"), &json!([])));
    assert!(session["receivedDate"].is_string() && session["userData"] == json!({}));
}

#[tokio::test]
async fn an_agent_who_accepts_a_routed_session_reads_earlier_messages_of_the_customer() {
    let mut stage = Stage::set().await;
    let customer = stage.gws.agent().is_offered_a_session();
    customer.writes("My parcel has not arrived");
    let mut text = stage.notifications().await;
    let accept = json!({ "operationName": "Accept", "nickname": "Kristi" });
    text += &stage.operate("a1", customer.session(), accept).await;
    customer.writes("Are you there?");
    text += &stage.notifications().await;
    expect![[r#"
        a1 StatusChange: Invited
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 PersonP Text(All) "My parcel has not arrived", 3 Kristi ParticipantJoined(All)
        a1 NewMessages: 4 PersonP Text(All) "Are you there?"
    "#]].assert_eq(&text);
    stage.clear().await;
}

#[tokio::test]
async fn a_session_in_a_queue_is_offered_to_another_agent() {
    let mut stage = Stage::set().await;
    let transfer = json!({ "operationName": "Transfer", "queueName": "Parcels" });
    let mut text = stage.operate("a1", SESSION, transfer).await;
    stage.gws.user("a2").is_offered(SESSION);
    text += &stage.notifications().await;
    text += &stage.operate("a2", SESSION, json!({ "operationName": "Accept" })).await;
    expect![[r#"
        a1 Transfer: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing reference 1
        a2 StatusChange: Invited
        a2 Accept: 200 {"statusCode":0}
          a2 StatusChange: Chatting reference 2
          a2 ParticipantsUpdated: Chatting PersonP(All) a2(All)
          a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 Kristi ParticipantLeft(All), 6 a2 ParticipantJoined(All)
    "#]].assert_eq(&text);
    let report = stage.gws.report();
    assert!(report.contains("session 0000UaB58WAR003N is routed to a2"), "{report}");
    stage.clear().await;
}

#[tokio::test]
async fn a_consult_through_a_queue_is_routed_as_one() {
    let mut stage = Stage::set().await;
    let queue = format!("{}/api/v2/queues/Parcels", stage.gws.url());
    let consult = json!({ "operationName": "Consult", "targetUri": queue });
    let mut text = stage.operate("a1", SESSION, consult).await;
    stage.gws.user("a2").is_offered(SESSION).accepts(SESSION);
    text += &stage.notifications().await;
    expect![[r#"
        a1 Consult: 200 {"referenceId":1,"statusCode":0}
        a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(Agents)
        a1 NewMessages: 5 a2 ParticipantJoined(Agents)
        a2 StatusChange: Invited
        a2 StatusChange: Chatting reference 2
        a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(Agents)
        a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 a2 ParticipantJoined(Agents)
    "#]].assert_eq(&text);
    assert_eq!(stage.gws.customer(SESSION).participants().len(), 2, "the customer sees no consult");
    stage.clear().await;
}

/// Whether anything that the customer sees names that user.
fn sees(customer: &Customer, user: fixtures::FixtureUser) -> bool {
    let (messages, participants) = (customer.messages(), customer.participants());
    Value::from([messages, participants].concat()).to_string().contains(user.id)
}

#[tokio::test]
async fn the_customer_sees_no_supervisor_who_monitors_or_coaches() {
    for (mode, seen) in [("Monitor", false), ("Coach", false), ("BargeIn", true)] {
        let mut stage = Stage::set().await;
        let customer = stage.gws.customer(SESSION);
        stage.supervise(mode).await;
        let sends = Operation::SendToAgents;
        if mode != "Monitor" {
            stage.gws.supervisor().performs(sends, SESSION, json!({ "text": "Be kind" }));
        }
        assert_eq!(sees(&customer, SUPERVISOR), seen, "{mode}");
        assert_eq!(customer.messages().len(), if seen { 5 } else { 4 }, "{mode}");
        stage.gws.supervisor().leaves(SESSION);
        assert_eq!(customer.participants().len(), 2, "{mode}");
        stage.clear().await;
    }
}

#[tokio::test]
async fn the_customer_sees_who_has_switched_to_be_seen() {
    let mut stage = Stage::set().await;
    stage.supervise("Coach").await;
    let (customer, supervisor) = (stage.gws.customer(SESSION), stage.gws.supervisor());
    supervisor
        .performs(Operation::SwitchToBargeIn, SESSION, json!({}))
        .answers(SESSION, "I am Paula");
    assert!(sees(&customer, SUPERVISOR));
    supervisor.performs(Operation::SwitchToMonitor, SESSION, json!({}));
    assert_eq!(customer.participants().len(), 2);
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
fn a_customer_of_no_session_is_refused() {
    let gws = FakeGws::start();
    check(|| drop(gws.customer("0000UaB58WAR03N")), "got the session \"0000UaB58WAR03N\", want one of 0000UaB58WAR003N, 0000UaB58WAR003P, 0000UaB58WAR003Q, 0000UaB58WAR003R, 0000UaB58WAR003S, 0000UaB58WAR003T; did you mean \"0000UaB58WAR003N\"?");
}

#[test]
#[rustfmt::skip]
fn a_customer_who_is_not_there_does_nothing() {
    let gws = FakeGws::start();
    let gone = |session: &str| format!("session {session}: got no customer in it, want one; the customer has left, or the session is over");
    let left = gws.customer(LEFT_SESSION);
    check(|| drop(left.writes("Hello?").clone()), &gone(LEFT_SESSION));
    check(|| drop(left.leaves().clone()), &gone(LEFT_SESSION));
    let customer = gws.customer(SESSION);
    customer.leaves();
    check(|| drop(customer.types().clone()), &gone(SESSION));
    check(|| drop(customer.stops_typing().clone()), &gone(SESSION));
    assert_eq!(customer.participants().len(), 1);
    check(|| drop(gws.customer(COMPLETED_SESSION).writes("Hello?").clone()), &gone(COMPLETED_SESSION));
    assert!(!gws.report().contains(COMPLETED_SESSION), "what did not happen is not told");
}

#[test]
#[rustfmt::skip]
fn a_session_that_cannot_be_offered_or_revoked_is_refused() {
    let gws = FakeGws::start();
    let (agent, other) = (gws.agent(), gws.user("a2"));
    let taken = |session: &str| format!("session {session}: got one that an agent has or is offered, want one that waits in a queue, or that nobody has");
    check(|| drop(agent.is_offered(SESSION).clone()), &taken(SESSION));
    check(|| drop(agent.is_offered(INVITED_SESSION).clone()), &taken(INVITED_SESSION));
    check(|| drop(agent.loses_the_invitation(SESSION).clone()), "session 0000UaB58WAR003N: got a1 in state Chatting, want state Invited");
    check(|| drop(other.loses_the_invitation(SESSION).clone()), "session 0000UaB58WAR003N: got a2, who is not in it, want state Invited");
    check(|| drop(other.is_offered(SESSION).clone()), &taken(SESSION));
    let unknown = "session: got 0000UaB58WAR03N, want the id of an SMS session; did you mean 0000UaB58WAR003N? (rule session-unknown)";
    check(|| drop(other.is_offered("0000UaB58WAR03N").clone()), unknown);
    check(|| drop(other.loses_the_invitation("0000UaB58WAR03N").clone()), unknown);
    assert!(!gws.report().contains("<-"), "{}", gws.report());
    assert_eq!(other.id(), OTHER_AGENT.id);
}

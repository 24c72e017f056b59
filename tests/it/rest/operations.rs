//! Every operation on a session: its reply, and what two agents and a supervisor are told of it, in order.

use expect_test::{Expect, expect};
use gws_sms_fake::fixtures::{INVITED_SESSION, OTHER_AGENT, SESSION};
use gws_sms_fake::{Operation, fixtures};
use serde_json::{Value, json};

use support::{Stage, TableFake, Transport, in_both_ways};

fn body(operation: Operation) -> Value {
    serde_json::from_str(fixtures::request(operation)).unwrap()
}

fn at(operation: &str, user: fixtures::FixtureUser) -> Value {
    json!({ "operationName": operation, "targetUri": format!("http://x/api/v2/users/{}", user.id) })
}

fn plain(operation: &str) -> Value {
    json!({ "operationName": operation })
}

/// Sends each of them to the session, and compares all that is answered and told.
async fn check(mut stage: Stage<TableFake>, sent: &[(&str, Value)], expected: Expect) -> TableFake {
    let mut text = String::new();
    for (user, body) in sent {
        text.push_str(&stage.operate(user, SESSION, body.clone()).await);
    }
    expected.assert_eq(&text);
    stage.clear().await
}

async fn accept_and_reject_notify_the_invited_agent(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    let second = stage.gws.offers_a_session("a1");
    let mut text = stage.notifications().await;
    text.push_str(&stage.operate("a1", INVITED_SESSION, body(Operation::Accept)).await);
    text.push_str(&stage.operate("a1", &second, plain("Reject")).await);
    expect![[r#"
        a1 StatusChange: Invited
        a1 Accept: 200 {"statusCode":0}
          a1 StatusChange: Chatting reference 1
          a1 ParticipantsUpdated: Chatting PersonP(All) Marat(All)
          a1 NewMessages: 1 PersonP ParticipantJoined(All), 2 Marat ParticipantJoined(All)
        a1 Reject: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing reference 2
    "#]]
    .assert_eq(&text);
    stage.clear().await;
}

async fn a_message_reaches_everybody_who_may_see_it(transport: Transport) {
    let sends = [
        Operation::SendMessage,
        Operation::SendUrl,
        Operation::SendCustomNotice,
        Operation::SendCustomNoticeToAgents,
        Operation::SendToAgents,
        Operation::SendStartTypingNotification,
        Operation::SendStopTypingNotification,
        Operation::SendStartTypingToAgentsNotification,
        Operation::SendStopTypingToAgentsNotification,
    ];
    let stage = Stage::on(transport.start()).await.with_company("Coach").await;
    let sent: Vec<_> = sends.iter().map(|text| ("a1", body(*text))).collect();
    let gws = check(
        stage,
        &sent,
        expect![[r#"
        a1 SendMessage: 200 {"statusCode":0}
          a1 NewMessages: 7 Kristi Text(All) "How may I help you?"
          a2 NewMessages: 7 Kristi Text(All) "How may I help you?"
          s1 NewMessages: 7 Kristi Text(All) "How may I help you?"
        a1 SendUrl: 200 {"statusCode":0}
          a1 NewMessages: 8 Kristi PushUrl(All) "http://www.genesys.com"
          a2 NewMessages: 8 Kristi PushUrl(All) "http://www.genesys.com"
          s1 NewMessages: 8 Kristi PushUrl(All) "http://www.genesys.com"
        a1 SendCustomNotice: 200 {"statusCode":0}
          a1 NewMessages: 9 Kristi CustomNotice(All) "This is a custom notice"
          a2 NewMessages: 9 Kristi CustomNotice(All) "This is a custom notice"
          s1 NewMessages: 9 Kristi CustomNotice(All) "This is a custom notice"
        a1 SendCustomNoticeToAgents: 200 {"statusCode":0}
          a1 NewMessages: 10 Kristi CustomNotice(Agents) "This is a custom notice to Agents"
          a2 NewMessages: 10 Kristi CustomNotice(Agents) "This is a custom notice to Agents"
          s1 NewMessages: 10 Kristi CustomNotice(Agents) "This is a custom notice to Agents"
        a1 SendToAgents: 200 {"statusCode":0}
          a1 NewMessages: 11 Kristi Text(Agents) "Who knows about parcels?"
          a2 NewMessages: 11 Kristi Text(Agents) "Who knows about parcels?"
          s1 NewMessages: 11 Kristi Text(Agents) "Who knows about parcels?"
        a1 SendStartTypingNotification: 200 {"statusCode":0}
          a1 NewMessages: 12 Kristi TypingStarted(All)
          a2 NewMessages: 12 Kristi TypingStarted(All)
          s1 NewMessages: 12 Kristi TypingStarted(All)
        a1 SendStopTypingNotification: 200 {"statusCode":0}
          a1 NewMessages: 13 Kristi TypingStopped(All)
          a2 NewMessages: 13 Kristi TypingStopped(All)
          s1 NewMessages: 13 Kristi TypingStopped(All)
        a1 SendStartTypingToAgentsNotification: 200 {"statusCode":0}
          a1 NewMessages: 14 Kristi TypingStarted(Agents)
          a2 NewMessages: 14 Kristi TypingStarted(Agents)
          s1 NewMessages: 14 Kristi TypingStarted(Agents)
        a1 SendStopTypingToAgentsNotification: 200 {"statusCode":0}
          a1 NewMessages: 15 Kristi TypingStopped(Agents)
          a2 NewMessages: 15 Kristi TypingStopped(Agents)
          s1 NewMessages: 15 Kristi TypingStopped(Agents)
    "#]],
    )
    .await;
    let seen = gws.messages_of_customer(SESSION);
    let read: Vec<_> = seen.iter().map(|message| message["index"].clone()).collect();
    assert_eq!(read, [1, 2, 3, 4, 5, 7, 8, 9], "the customer reads what is sent to all and kept");
}

async fn a_message_of_a_coach_does_not_reach_the_customer(transport: Transport) {
    let stage = Stage::on(transport.start()).await.with_company("Coach").await;
    let before = stage.gws.messages_of_customer(SESSION);
    let gws = check(
        stage,
        &[("s1", body(Operation::SendMessage))],
        expect![[r#"
        s1 SendMessage: 200 {"statusCode":0}
          a1 NewMessages: 7 s1 Text(Agents) "How may I help you?"
          a2 NewMessages: 7 s1 Text(Agents) "How may I help you?"
          s1 NewMessages: 7 s1 Text(Agents) "How may I help you?"
    "#]],
    )
    .await;
    assert_eq!(gws.messages_of_customer(SESSION), before);
}

async fn a_change_of_the_user_data_notifies_everybody_and_has_the_number_of_the_caller(
    transport: Transport,
) {
    let stage = Stage::on(transport.start()).await.with_company("Coach").await;
    let sent = [
        ("a1", body(Operation::AttachUserData)),
        ("a2", body(Operation::UpdateUserData)),
        ("a1", body(Operation::DeleteUserData)),
        ("s1", body(Operation::SetDisposition)),
    ];
    check(
        stage,
        &sent,
        expect![[r#"
        a1 AttachUserData: 200 {"statusCode":0}
          a1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents) reference 4
          a2 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
          s1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
        a2 UpdateUserData: 200 {"statusCode":0}
          a1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
          a2 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents) reference 5
          s1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
        a1 DeleteUserData: 200 {"statusCode":0}
          a1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents) reference 6
          a2 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
          s1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
        s1 SetDisposition: 200 {"statusCode":0}
          a1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
          a2 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents)
          s1 PropertiesUpdated: Chatting PersonP(All) Kristi(All) a2(All) s1(Agents) reference 7
    "#]],
    )
    .await;
}

async fn an_invited_agent_who_accepts_is_visible_to_everybody(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("Coach").await;
    let sent = [("a1", at("Invite", OTHER_AGENT)), ("a2", plain("Accept"))];
    check(stage, &sent, expect![[r#"
        a1 Invite: 200 {"referenceId":2,"statusCode":0}
          a2 StatusChange: Invited
        a2 Accept: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          a1 NewMessages: 6 a2 ParticipantJoined(All)
          a2 StatusChange: Chatting reference 3
          a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 s1 ParticipantJoined(Agents), 6 a2 ParticipantJoined(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Agents) a2(All)
          s1 NewMessages: 6 a2 ParticipantJoined(All)
    "#]]).await;
}

async fn a_consulted_agent_who_is_then_invited_is_in_the_conference(transport: Transport) {
    let stage = Stage::on(transport.start()).await;
    let sent = [
        ("a1", at("Consult", OTHER_AGENT)),
        ("a2", plain("Accept")),
        ("a2", body(Operation::SendToAgents)),
        ("a1", at("Invite", OTHER_AGENT)),
    ];
    let gws = check(stage, &sent, expect![[r#"
        a1 Consult: 200 {"referenceId":1,"statusCode":0}
          a2 StatusChange: Invited
        a2 Accept: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(Agents)
          a1 NewMessages: 5 a2 ParticipantJoined(Agents)
          a2 StatusChange: Chatting reference 2
          a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(Agents)
          a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 5 a2 ParticipantJoined(Agents)
        a2 SendToAgents: 200 {"statusCode":0}
          a1 NewMessages: 6 a2 Text(Agents) "Who knows about parcels?"
          a2 NewMessages: 6 a2 Text(Agents) "Who knows about parcels?"
        a1 Invite: 200 {"referenceId":3,"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(All)
          a1 NewMessages: 7 a2 ParticipantRejoined(All)
          a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(All)
          a2 NewMessages: 7 a2 ParticipantRejoined(All)
    "#]]).await;
    assert_eq!(
        gws.participants_of_customer(SESSION).len(),
        3,
        "the customer sees himself and two agents"
    );
}

async fn a_consult_is_cancelled_silently_or_fails_later(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    let mut text = String::new();
    for (user, body) in [
        ("a1", at("Consult", OTHER_AGENT)),
        ("a1", plain("CancelConsult")),
        ("a1", plain("CancelConsult")),
    ] {
        text.push_str(&stage.operate(user, SESSION, body).await);
    }
    expect![[r#"
        a1 Consult: 200 {"referenceId":1,"statusCode":0}
          a2 StatusChange: Invited
        a1 CancelConsult: 200 {"referenceId":2,"statusCode":0}
          a2 StatusChange: Revoked offers nothing
        a1 CancelConsult: 200 {"referenceId":3,"statusCode":0}
          a1 Error: Chatting PersonP(All) Kristi(All) reference 3 error Request failed
    "#]]
    .assert_eq(&text);
    let report = stage.gws.report();
    assert!(report.contains("note cancel-consult-pending"), "{report}");
    stage.clear().await;
}

async fn a_removed_agent_has_completed_the_session(transport: Transport) {
    let stage = Stage::on(transport.start()).await.with_company("Monitor").await;
    let sent = [("a1", at("RemoveParticipantFromConference", OTHER_AGENT))];
    check(stage, &sent, expect![[r#"
        a1 RemoveParticipantFromConference: 200 {"statusCode":0}
          a1 NewMessages: 7 Kristi Notice(Agents) "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All)
          a1 NewMessages: 8 a2 ParticipantLeft(All)
          a2 NewMessages: 7 Kristi Notice(Agents) "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
          a2 StatusChange: Completed offers nothing
          s1 NewMessages: 7 Kristi Notice(Agents) "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(Supervisors)
          s1 NewMessages: 8 a2 ParticipantLeft(All)
    "#]]).await;
}

async fn a_transfer_offers_the_session_to_another_agent(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("Monitor").await;
    let mut transfer = at("Transfer", OTHER_AGENT);
    transfer["text"] = json!("A parcel is lost");
    let sent = [("a1", transfer), ("a2", plain("Accept"))];
    check(stage, &sent, expect![[r#"
        a1 Transfer: 200 {"statusCode":0}
          a1 NewMessages: 6 Kristi Text(Agents) "A parcel is lost"
          a1 StatusChange: Completed offers nothing reference 2
          a2 StatusChange: Invited
          s1 NewMessages: 6 Kristi Text(Agents) "A parcel is lost"
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(Supervisors)
          s1 NewMessages: 7 Kristi ParticipantLeft(All)
        a2 Accept: 200 {"statusCode":0}
          a2 StatusChange: Chatting reference 3
          a2 ParticipantsUpdated: Chatting PersonP(All) a2(All)
          a2 NewMessages: 1 PersonP ParticipantJoined(All), 2 Kristi ParticipantJoined(All), 3 PersonP Text(All) "My parcel has not arrived", 4 Kristi Text(All) "How may I help you?", 6 Kristi Text(Agents) "A parcel is lost", 7 Kristi ParticipantLeft(All), 8 a2 ParticipantJoined(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(Supervisors) a2(All)
          s1 NewMessages: 8 a2 ParticipantJoined(All)
    "#]]).await;
}

async fn a_transfer_to_a_queue_releases_the_supervisor(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("BargeIn").await;
    let sent = [("a1", json!({ "operationName": "Transfer", "queueName": "Parcels" }))];
    check(
        stage,
        &sent,
        expect![[r#"
        a1 Transfer: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing reference 2
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(All)
          s1 NewMessages: 6 Kristi ParticipantLeft(All)
          s1 StatusChange: Revoked offers nothing
    "#]],
    )
    .await;
}

async fn an_agent_who_leaves_alone_may_complete_later(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("Monitor").await;
    let sent = [("a1", plain("Leave")), ("a1", plain("Complete"))];
    check(
        stage,
        &sent,
        expect![[r#"
        a1 Leave: 200 {"statusCode":0}
          a1 StatusChange: LeftChat reference 2
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(Supervisors)
          s1 NewMessages: 6 Kristi ParticipantLeft(All)
          s1 ParticipantsUpdated: Chatting s1(Supervisors)
          s1 NewMessages: 7 PersonP ParticipantLeft(All)
        a1 Complete: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing
          s1 StatusChange: Revoked offers nothing
    "#]],
    )
    .await;
}

async fn an_agent_who_leaves_a_conference_has_completed_it_and_it_goes_on(transport: Transport) {
    let stage = Stage::on(transport.start()).await.with_company("Coach").await;
    let sent = [("s1", plain("Leave")), ("a1", plain("Leave")), ("a2", plain("Complete"))];
    check(
        stage,
        &sent,
        expect![[r#"
        s1 Leave: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(All)
          a1 NewMessages: 7 s1 ParticipantLeft(Agents)
          a2 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) a2(All)
          a2 NewMessages: 7 s1 ParticipantLeft(Agents)
          s1 StatusChange: Completed offers nothing reference 4
        a1 Leave: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing reference 5
          a2 ParticipantsUpdated: Chatting PersonP(All) a2(All)
          a2 NewMessages: 8 Kristi ParticipantLeft(All)
        a2 Complete: 200 {"statusCode":0}
          a2 StatusChange: Completed offers nothing
    "#]],
    )
    .await;
}

async fn complete_notifies_with_the_fewest_fields_and_releases_the_supervisor(
    transport: Transport,
) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("BargeIn").await;
    let complete = json!({ "operationName": "Complete", "saveLAR": true });
    check(
        stage,
        &[("a1", complete)],
        expect![[r#"
        a1 Complete: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(All)
          s1 NewMessages: 6 Kristi ParticipantLeft(All)
          s1 StatusChange: Revoked offers nothing
    "#]],
    )
    .await;
}

in_both_ways!(
    accept_and_reject_notify_the_invited_agent,
    a_message_reaches_everybody_who_may_see_it,
    a_message_of_a_coach_does_not_reach_the_customer,
    a_change_of_the_user_data_notifies_everybody_and_has_the_number_of_the_caller,
    an_invited_agent_who_accepts_is_visible_to_everybody,
    a_consulted_agent_who_is_then_invited_is_in_the_conference,
    a_consult_is_cancelled_silently_or_fails_later,
    a_removed_agent_has_completed_the_session,
    a_transfer_offers_the_session_to_another_agent,
    a_transfer_to_a_queue_releases_the_supervisor,
    an_agent_who_leaves_alone_may_complete_later,
    an_agent_who_leaves_a_conference_has_completed_it_and_it_goes_on,
    complete_notifies_with_the_fewest_fields_and_releases_the_supervisor
);

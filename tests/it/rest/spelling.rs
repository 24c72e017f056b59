//! Where the vendor's pages disagree with each other: what is taken with a note, and what with a setting.

use expect_test::expect;
use gws_sms_fake::fixtures::{OTHER_AGENT, SESSION};
use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use crate::rest::found;
use support::{
    Desktop, HttpClient, Served, Stage, TableFake, Transport, in_both_ways, own_path, taken,
};

async fn a_spelling_of_an_operations_own_page_is_taken_with_a_note(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await.with_company("Coach").await;
    let typing = json!({ "operationName": "SendStopTypingToAgentNotification" });
    let mut text = stage.operate("a1", SESSION, typing).await;
    stage.gws.perform("a2", Operation::Leave, SESSION, json!({}));
    stage.notifications().await;
    let user = format!("{}/api/v2/users/{}", stage.gws.url(), OTHER_AGENT.id);
    let invite = json!({ "operationName": "Invite", "userUri": user });
    text += &stage.operate("a1", SESSION, invite).await;
    expect![[r#"
        a1 SendStopTypingToAgentNotification: 200 {"statusCode":0}
          a1 NewMessages: 7 Kristi TypingStopped(Agents)
          a2 NewMessages: 7 Kristi TypingStopped(Agents)
          s1 NewMessages: 7 Kristi TypingStopped(Agents)
        a1 Invite: 200 {"referenceId":5,"statusCode":0}
          a2 StatusChange: Invited
    "#]]
    .assert_eq(&text);
    if let TableFake::Served(gws) = &stage.gws {
        gws.received(Operation::SendStopTypingToAgentsNotification).once();
    }
    let gws = stage.clear().await;
    gws.verify();
    let notes = [
        ("spelling-stop-typing-to-agent", "/operationName"),
        ("spelling-invite-user-uri", "/userUri"),
        // The second agent does not answer.
        ("invitation-unanswered", "at the end"),
        // The supervisor does not leave.
        ("supervision-unfinished", "at the end"),
    ];
    let notes = notes.map(|(rule, place)| (rule.to_owned(), place.to_owned()));
    assert_eq!(found(&gws.report()), notes);
}

async fn the_spelling_of_one_operation_is_not_that_of_another(transport: Transport) {
    let gws = transport.start();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let user = format!("{}/api/v2/users/{}", gws.url(), OTHER_AGENT.id);
    let consult = json!({ "operationName": "Consult", "userUri": user });
    assert_eq!(agent.post(&own_path(SESSION), &consult).await.status, 400);
    let typing = json!({ "operationName": "SendStartTypingToAgentNotification" });
    assert_eq!(agent.post(&own_path(SESSION), &typing).await.status, 400);
    let rules: Vec<String> = found(&gws.report()).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["unknown-field", "parameter-missing", "operation-unknown"]);
    rules.iter().for_each(|rule| gws.allow(rule));
}

/// The paths as the pages misspell them, with the rule of each.
fn misspelt() -> [(String, &'static str); 3] {
    [
        (format!("/api/v2/me/smsessions/{SESSION}"), "spelling-smsessions"),
        (format!("/api/v2/me/smsssession/{SESSION}"), "spelling-smsssession"),
        (format!("/api/v2/smssessions/{SESSION}"), "spelling-without-me"),
    ]
}

async fn a_misspelt_path_is_refused_with_the_right_one(transport: Transport) {
    for (path, _) in misspelt() {
        let gws = transport.start();
        let types = fixtures::request(Operation::SendStartTypingNotification);
        let agent = HttpClient::of(&gws, fixtures::AGENT);
        let refused = agent.post_text(&path, "application/json", types).await;
        assert_eq!((refused.status, &refused.body["statusCode"]), (404, &json!(6)), "{path}");
        let report = gws.report();
        assert_eq!(found(&report), [("path-unknown".to_owned(), "request line".to_owned())]);
        let hint = format!("did you mean {}?", own_path(SESSION));
        assert!(report.contains(&hint), "{report}");
        gws.allow("path-unknown");
    }
}

async fn a_misspelt_path_is_taken_with_a_note_where_that_is_asked_for(transport: Transport) {
    for (path, rule) in misspelt() {
        let gws = transport.start_with(FakeGws::builder().lenient_paths());
        let mut agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
        let types = fixtures::request(Operation::SendStartTypingNotification);
        let answer = agent.http.post_text(&path, "application/json", types).await;
        assert_eq!(answer, taken(), "{path}");
        assert_eq!(agent.next_event().await["messages"][0]["type"], "TypingStarted");
        agent.sign_out().await;
        gws.verify();
        assert_eq!(found(&gws.report()), [(rule.to_owned(), "request line".to_owned())]);
    }
}

async fn a_misspelt_path_of_a_get_is_taken_where_that_is_asked_for(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().lenient_paths());
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    for (misspelt, right) in [
        ("/api/v2/me/smsessions".to_owned(), "/api/v2/me/smssessions".to_owned()),
        (
            format!("/api/v2/me/smsessions/{SESSION}/messages"),
            format!("{}/messages", own_path(SESSION)),
        ),
    ] {
        assert_eq!(agent.get(&misspelt).await, agent.get(&right).await);
    }
}

async fn documented(transport: Transport, mode: &str) -> Stage<TableFake> {
    let gws = transport.start_with(FakeGws::builder().capabilities_as_documented());
    let mut stage = Stage::on(gws).await;
    stage.supervise(mode).await;
    stage
}

async fn capabilities(
    stage: &Stage<TableFake>,
    user: fixtures::FixtureUser,
    session: &str,
) -> Value {
    let answer = HttpClient::of(&stage.gws, user).get(&own_path(session)).await;
    answer.body["smssession"]["capabilities"].clone()
}

async fn the_lists_of_the_pages_are_given_where_they_are_asked_for(transport: Transport) {
    let stage = documented(transport, "Monitor").await;
    let data = ["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
    let send = ["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification"];
    let to_agents = [
        "SendToAgents",
        "SendStartTypingToAgentsNotification",
        "SendStopTypingToAgentsNotification",
    ];
    let supervisor = [
        &["Leave", "SetInFocus"][..],
        &data,
        &["Transfer", "Invite", "Consult"],
        &to_agents,
        &send,
        &["SwitchToCoach", "SwitchBargeIn"],
    ];
    let agent = [
        &["Transfer", "Leave", "Invite", "Consult", "SetInFocus"][..],
        &data,
        &["Complete"],
        &send,
    ];
    let left = ["Transfer", "Complete", "Leave", "InFocus"];
    let failed = [&["SetInFocus", "Complete"][..], &data];
    for (user, session, list) in [
        (fixtures::SUPERVISOR, SESSION, supervisor.concat()),
        (fixtures::AGENT, SESSION, agent.concat()),
        (fixtures::AGENT, fixtures::LEFT_SESSION, left.to_vec()),
        (fixtures::AGENT, fixtures::JOIN_FAILED_SESSION, failed.concat()),
    ] {
        assert_eq!(capabilities(&stage, user, session).await, json!(list), "{session}");
    }
    stage.clear().await;
}

async fn a_name_of_the_lists_alone_is_taken_where_they_are_given(transport: Transport) {
    let mut stage = documented(transport, "Coach").await;
    let mut text = String::new();
    for (user, name) in [
        ("s1", "SwitchBargeIn"),
        ("s1", "SetInFocus"),
        ("a1", "SetInFocus"),
        ("a1", "InFocus"),
        ("a1", "LeaveAndComplete"),
    ] {
        text += &stage.operate(user, SESSION, json!({ "operationName": name })).await;
    }
    expect![[r#"
        s1 SwitchBargeIn: 200 {"statusCode":0}
          a1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(All)
          a1 NewMessages: 6 s1 ParticipantRejoined(All)
          s1 ParticipantsUpdated: Chatting PersonP(All) Kristi(All) s1(All)
          s1 NewMessages: 6 s1 ParticipantRejoined(All)
        s1 SetInFocus: 200 {"statusCode":0}
        a1 SetInFocus: 200 {"statusCode":0}
        a1 InFocus: 200 {"statusCode":0}
        a1 LeaveAndComplete: 200 {"statusCode":0}
          a1 StatusChange: Completed offers nothing
          s1 ParticipantsUpdated: Chatting PersonP(All) s1(All)
          s1 NewMessages: 7 Kristi ParticipantLeft(All)
          s1 StatusChange: Revoked offers nothing
    "#]]
    .assert_eq(&text);
    if let TableFake::Served(gws) = &stage.gws {
        gws.received(Operation::SwitchToBargeIn).once().by("s1");
    }
    stage.clear().await;
}

async fn a_name_of_the_lists_alone_is_refused_otherwise(transport: Transport) {
    let gws = transport.start();
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    for (name, status) in
        [("SwitchBargeIn", 400), ("SetInFocus", 501), ("InFocus", 501), ("LeaveAndComplete", 501)]
    {
        let answer = agent.post(&own_path(SESSION), &json!({ "operationName": name })).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert!(gws.report().contains("did you mean \"SwitchToBargeIn\"?"));
    gws.allow("operation-unknown");
    gws.allow("not-modelled");
}

/// One sample lists what another page's text denies him; what he sends reaches supervisors only.
async fn a_monitoring_supervisor_sends_to_supervisors_where_the_lists_are_given(
    transport: Transport,
) {
    let mut stage = documented(transport, "Monitor").await;
    let before = stage.gws.messages_of_customer(SESSION);
    let mut text = String::new();
    for operation in
        [Operation::SendMessage, Operation::SendToAgents, Operation::SendStartTypingNotification]
    {
        let body = serde_json::from_str(fixtures::request(operation)).unwrap();
        text += &stage.operate("s1", SESSION, body).await;
    }
    expect![[r#"
        s1 SendMessage: 200 {"statusCode":0}
          s1 NewMessages: 6 s1 Text(Supervisors) "How may I help you?"
        s1 SendToAgents: 200 {"statusCode":0}
          s1 NewMessages: 7 s1 Text(Supervisors) "Who knows about parcels?"
        s1 SendStartTypingNotification: 200 {"statusCode":0}
          s1 NewMessages: 8 s1 TypingStarted(Supervisors)
    "#]]
    .assert_eq(&text);
    assert_eq!(stage.gws.messages_of_customer(SESSION), before);
    stage.clear().await;
}

async fn a_monitoring_supervisor_sends_nothing_otherwise(transport: Transport) {
    let mut stage = Stage::on(transport.start()).await;
    stage.supervise("Monitor").await;
    stage.gws.expect_violation("capability");
    let send = serde_json::from_str(fixtures::request(Operation::SendMessage)).unwrap();
    let text = stage.operate("s1", SESSION, send).await;
    expect![[r#"
        s1 SendMessage: 403 {"statusCode":3,"statusMessage":"The operation is forbidden"}
    "#]]
    .assert_eq(&text);
    stage.clear().await;
}

in_both_ways!(
    a_spelling_of_an_operations_own_page_is_taken_with_a_note,
    a_misspelt_path_is_taken_with_a_note_where_that_is_asked_for,
    the_lists_of_the_pages_are_given_where_they_are_asked_for,
    a_name_of_the_lists_alone_is_taken_where_they_are_given,
    a_name_of_the_lists_alone_is_refused_otherwise,
    a_monitoring_supervisor_sends_to_supervisors_where_the_lists_are_given,
    a_monitoring_supervisor_sends_nothing_otherwise,
    the_spelling_of_one_operation_is_not_that_of_another,
    a_misspelt_path_is_refused_with_the_right_one,
    a_misspelt_path_of_a_get_is_taken_where_that_is_asked_for
);

//! Coming, going, and what is said between.

use expect_test::expect;

use super::told::{check_done, meet, plain, send, to};
use super::*;
use crate::gws::capability::Lists;

#[test]
fn accept_of_an_agent_tells_him_alone() {
    let mut world = world();
    let accept: Own = |session| Command::Accept { session, nickname: Some("K".into()) };
    let notifications = own(&mut world, AGENT, INVITED_SESSION, accept).unwrap().notifications;
    let customer = person_p("009052C5E6D60050");
    let agent = person(AGENT, "K", "00AF5367D3D00001", "All");
    let here = |mut data: Value| -> Value {
        serde_json::from_str(&data.take().to_string().replace(SESSION, INVITED_SESSION)).unwrap()
    };
    let mut state = here(change("StatusChange", None, &[]));
    state["referenceId"] = json!(1);
    let participants = here(change("ParticipantsUpdated", None, &[&customer, &agent]));
    let first = message(1, ("16:40:00.000", 100_000), &customer, None);
    let log = here(messages(vec![first, joined(2, &agent)]));
    check_told(&notifications, &[(AGENT, state), (AGENT, participants), (AGENT, log)]);
}

#[test]
fn reject_tells_who_rejected_and_offers_nothing() {
    let mut world = world();
    intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, Some(BargeIn)).unwrap();
    for (reference_id, user, session) in
        [(1, SUPERVISOR, SESSION), (2, AGENT, INVITED_SESSION), (3, SUPERVISOR, OWN_SESSION)]
    {
        let told = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "referenceId": reference_id,
            "smssession": {
                "id": session, "uri": format!("{API}/smssessions/{session}"), "state": "Completed",
                "participants": [],
            },
        });
        let done = own(&mut world, user, session, REJECT).unwrap();
        assert_eq!(done.reply, json!({ "statusCode": 0 }));
        check_told(&done.notifications, &[(user, told)]);
    }
    assert!(intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, None).is_ok(), "he may come again");
}

#[test]
fn accept_and_reject_are_refused() {
    for (command, state_rule) in [(ACCEPT, "accept-state"), (REJECT, "reject-state")] {
        for (user, session, rule) in [
            (AGENT_WITHOUT_SMS, "none", "feature-missing"),
            (AGENT, "none", "session-unknown"),
            (OTHER_AGENT, SESSION, "session-owner"),
            (SUPERVISOR, SESSION, "session-owner"),
            (AGENT, SESSION, state_rule),
            (AGENT, LEFT_SESSION, state_rule),
            (AGENT, COMPLETED_SESSION, state_rule),
            (AGENT, REVOKED_SESSION, state_rule),
            (AGENT, JOIN_FAILED_SESSION, state_rule),
        ] {
            let send = |it: &mut World| own(it, user, session, command);
            assert_eq!(check_refused(&mut world(), send, rule), None);
        }
        let mut world = world();
        own(&mut world, AGENT, INVITED_SESSION, REJECT).unwrap();
        let because =
            Some(StateChange { client: Some("client of a1".to_owned()), notification: 1 });
        let send = |it: &mut World| own(it, AGENT, INVITED_SESSION, command);
        assert_eq!(check_refused(&mut world, send, state_rule), because);
        let send = |it: &mut World| intrude(it, SUPERVISOR, AGENT.id, INVITED_SESSION, None);
        assert_eq!(check_refused(&mut world, send, "intrude-state"), because);
    }
}

#[test]
fn complete_tells_of_id_uri_and_state() {
    for (reference, session) in [SESSION, LEFT_SESSION, JOIN_FAILED_SESSION].into_iter().enumerate()
    {
        let mut world = world();
        let done = plain(&mut world, AGENT, session, "Complete").unwrap();
        assert_eq!(done.reply, json!({ "statusCode": 0 }), "{reference}");
        let told = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "smssession": {
                "id": session, "uri": format!("{API}/smssessions/{session}"), "state": "Completed",
            },
        });
        check_told(&done.notifications, &[(AGENT, told)]);
        assert!(world.session(session).unwrap().customer().is_none());
    }
}

#[test]
fn leave_alone_ends_the_conversation_and_leaves_the_user_data() {
    let mut world = world();
    to(&mut world, AGENT, SESSION, "Invite", OTHER_AGENT).unwrap();
    join(&mut world, SUPERVISOR, Coach);
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-alone {"statusCode":0}
        a1 StatusChange #3 LeftChat [] offers 7
        s1 ParticipantsUpdated Chatting [PersonP, s1(Agents)] offers 16
        s1 NewMessages | 6 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [s1(Agents)] offers 16
        s1 NewMessages | 7 ParticipantLeft of PersonP to All
        a2 StatusChange Revoked []
    "#]],
    );
    let capabilities = world.session(SESSION).unwrap();
    let own = capabilities.party(AGENT.id).unwrap();
    let offered = capabilities.capabilities(own, Lists::Accepted).unwrap();
    let data = ["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
    assert_eq!(offered, [&["Transfer", "Complete", "Leave"][..], &data].concat());
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-again {"statusCode":0}
        a1 StatusChange #4 LeftChat [] offers 7
    "#]],
    );
    check_done(
        plain(&mut world, AGENT, SESSION, "Complete"),
        expect![[r#"
        state-complete {"statusCode":0}
        a1 StatusChange Completed
        s1 StatusChange Revoked []
    "#]],
    );
}

#[test]
fn leave_again_takes_back_nothing_that_came_later() {
    let mut world = world();
    plain(&mut world, AGENT, SESSION, "Leave").unwrap();
    to(&mut world, AGENT, SESSION, "Transfer", OTHER_AGENT).unwrap();
    plain(&mut world, OTHER_AGENT, SESSION, "Accept").unwrap();
    to(&mut world, OTHER_AGENT, SESSION, "Invite", AGENT).unwrap();
    check_done(
        plain(&mut world, AGENT, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a1 StatusChange #5 Chatting [] offers 12
        a1 ParticipantsUpdated Chatting [a2, a1] offers 15
        a1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantLeft of Kristi to All | 6 ParticipantLeft of PersonP to All | 7 ParticipantJoined of a2 to All | 8 ParticipantJoined of a1 to All
        a2 ParticipantsUpdated Chatting [a2, a1] offers 15
        a2 NewMessages | 8 ParticipantJoined of a1 to All
    "#]],
    );
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a1 StatusChange #6 Completed []
        a2 ParticipantsUpdated Chatting [a2] offers 12
        a2 NewMessages | 9 ParticipantLeft of a1 to All
    "#]],
    );
}

#[test]
fn leave_in_a_conference_is_the_end_for_who_leaves() {
    let mut world = world();
    meet(&mut world, "Invite", OTHER_AGENT);
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a1 StatusChange #3 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 6 ParticipantLeft of Kristi to All
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-alone {"statusCode":0}
        a2 StatusChange #4 LeftChat [] offers 7
    "#]],
    );
}

#[test]
fn complete_in_a_conference_leaves_the_other_in_it() {
    let mut world = world();
    meet(&mut world, "Invite", OTHER_AGENT);
    check_done(
        plain(&mut world, AGENT, SESSION, "Complete"),
        expect![[r#"
        state-complete {"statusCode":0}
        a1 StatusChange Completed
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 6 ParticipantLeft of Kristi to All
    "#]],
    );
    to(&mut world, OTHER_AGENT, SESSION, "Invite", SUPERVISOR).unwrap();
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Complete"),
        expect![[r#"
        state-complete {"statusCode":0}
        a2 StatusChange Completed
        s1 StatusChange Revoked []
    "#]],
    );
}

/// Nobody looks at it on its way.
#[test]
fn an_address_goes_out_as_it_was_sent() {
    let body = json!({ "operationName": "SendUrl", "url": "(www.genesys.com" });
    check_done(
        send(&mut world(), AGENT, &[SESSION], body),
        expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 5 PushUrl of Kristi to All "(www.genesys.com"
        "#]],
    );
}

#[test]
fn a_message_reaches_everybody_who_may_see_it() {
    let text = json!({ "text": "Hello" });
    let notice = json!({ "noticeText": "Look" });
    let mut world = world();
    meet(&mut world, "Invite", OTHER_AGENT);
    for (name, more, expected) in [
        (
            "SendMessage",
            text.clone(),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 6 Text of Kristi to All "Hello"
            a2 NewMessages | 6 Text of Kristi to All "Hello"
        "#]],
        ),
        (
            "SendUrl",
            json!({ "url": "http://www.genesys.com" }),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 7 PushUrl of Kristi to All "http://www.genesys.com"
            a2 NewMessages | 7 PushUrl of Kristi to All "http://www.genesys.com"
        "#]],
        ),
        (
            "SendCustomNotice",
            notice.clone(),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 8 CustomNotice of Kristi to All "Look"
            a2 NewMessages | 8 CustomNotice of Kristi to All "Look"
        "#]],
        ),
        (
            "SendCustomNoticeToAgents",
            notice,
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 9 CustomNotice of Kristi to Agents "Look"
            a2 NewMessages | 9 CustomNotice of Kristi to Agents "Look"
        "#]],
        ),
        (
            "SendToAgents",
            text,
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 10 Text of Kristi to Agents "Hello"
            a2 NewMessages | 10 Text of Kristi to Agents "Hello"
        "#]],
        ),
        (
            "SendStartTypingNotification",
            json!({}),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 11 TypingStarted of Kristi to All
            a2 NewMessages | 11 TypingStarted of Kristi to All
        "#]],
        ),
        (
            "SendStopTypingNotification",
            json!({}),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 12 TypingStopped of Kristi to All
            a2 NewMessages | 12 TypingStopped of Kristi to All
        "#]],
        ),
        (
            "SendStartTypingToAgentsNotification",
            json!({}),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 13 TypingStarted of Kristi to Agents
            a2 NewMessages | 13 TypingStarted of Kristi to Agents
        "#]],
        ),
        (
            "SendStopTypingToAgentsNotification",
            json!({}),
            expect![[r#"
            state-send {"statusCode":0}
            a1 NewMessages | 14 TypingStopped of Kristi to Agents
            a2 NewMessages | 14 TypingStopped of Kristi to Agents
        "#]],
        ),
    ] {
        let mut body = more;
        body["operationName"] = json!(name);
        check_done(send(&mut world, AGENT, &[SESSION], body), expected);
    }
    let kept: Vec<u32> =
        world.session(SESSION).unwrap().messages.iter().map(|it| it.index).collect();
    assert_eq!(kept, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "typing is not kept");
}

#[test]
fn a_message_is_told_whole() {
    let mut world = world();
    let body = json!({ "operationName": "SendMessage", "text": "Hello" });
    let done = send(&mut world, AGENT, &[SESSION], body).unwrap();
    let sent = message(5, ("16:40:04.000", 104_000), &kristi(), Some("Hello"));
    check_told(&done.notifications, &[(AGENT, messages(vec![sent]))]);
}

#[test]
fn the_names_without_a_page_are_taken_with_the_lists_as_documented() {
    for (session, name, rule) in [
        (SESSION, "SetInFocus", Ok("state-focus")),
        (SESSION, "InFocus", Ok("state-focus")),
        (LEFT_SESSION, "InFocus", Ok("state-focus")),
        (LEFT_SESSION, "SetInFocus", Err("operation-state")),
        (JOIN_FAILED_SESSION, "SetInFocus", Ok("state-focus")),
        (JOIN_FAILED_SESSION, "InFocus", Err("operation-state")),
        (INVITED_SESSION, "SetInFocus", Err("operation-state")),
        (COMPLETED_SESSION, "LeaveAndComplete", Err("operation-state")),
    ] {
        let mut world = world();
        world.settings.lists = Lists::Documented;
        match rule {
            Ok(rule) => {
                let done = plain(&mut world, AGENT, session, name).unwrap();
                assert_eq!((done.rule.id, done.notifications), (rule, vec![]), "{name}");
            }
            Err(rule) => {
                check_refused(&mut world, |it| plain(it, AGENT, session, name), rule);
            }
        }
    }
    for (session, name) in
        [(SESSION, "SetInFocus"), (SESSION, "InFocus"), (LEFT_SESSION, "InFocus")]
    {
        check_refused(&mut world(), |it| plain(it, AGENT, session, name), "capability");
    }
}

#[test]
fn leave_and_complete_does_both() {
    let mut world = world();
    world.settings.lists = Lists::Documented;
    join(&mut world, SUPERVISOR, Monitor);
    check_done(
        plain(&mut world, AGENT, SESSION, "LeaveAndComplete"),
        expect![[r#"
        state-leave-and-complete {"statusCode":0}
        a1 StatusChange Completed
        s1 ParticipantsUpdated Chatting [PersonP, s1(Supervisors)] offers 17
        s1 NewMessages | 6 ParticipantLeft of Kristi to All
        s1 StatusChange Revoked []
    "#]],
    );
}

//! Invite, Consult, CancelConsult, RemoveParticipantFromConference.

use expect_test::expect;

use super::pushed::{check_done, meet, plain, send, to};
use super::*;

#[test]
fn an_invited_agent_accepts_and_everybody_is_told() {
    let mut world = world();
    check_done(
        to(&mut world, AGENT, SESSION, "Invite", OTHER_AGENT),
        expect![[r#"
        state-conference {"referenceId":1,"statusCode":0}
        a2 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a2 StatusChange #2 Chatting [] offers 12
        a2 ParticipantsUpdated Chatting [PersonP, Kristi, a2] offers 15
        a2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantJoined of a2 to All
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, a2] offers 15
        a1 NewMessages | 5 ParticipantJoined of a2 to All
    "#]],
    );
    check_done(
        to(&mut world, OTHER_AGENT, SESSION, "Invite", SUPERVISOR),
        expect![[r#"
        state-conference {"referenceId":3,"statusCode":0}
        s1 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, SUPERVISOR, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        s1 StatusChange #4 Chatting [] offers 12
        s1 ParticipantsUpdated Chatting [PersonP, Kristi, a2, s1] offers 15
        s1 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantJoined of a2 to All | 6 ParticipantJoined of s1 to All
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, a2, s1] offers 15
        a1 NewMessages | 6 ParticipantJoined of s1 to All
        a2 ParticipantsUpdated Chatting [PersonP, Kristi, a2, s1] offers 15
        a2 NewMessages | 6 ParticipantJoined of s1 to All
    "#]],
    );
}

#[test]
fn a_consulted_agent_is_not_seen_by_the_customer() {
    let mut world = world();
    check_done(
        to(&mut world, AGENT, SESSION, "Consult", OTHER_AGENT),
        expect![[r#"
        state-conference {"referenceId":1,"statusCode":0}
        a2 StatusChange Invited [] offers 2
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Accept"),
        expect![[r#"
        state-accept {"statusCode":0}
        a2 StatusChange #2 Chatting [] offers 4
        a2 ParticipantsUpdated Chatting [PersonP, Kristi, a2(Agents)] offers 4
        a2 NewMessages | 1 ParticipantJoined of PersonP to All | 2 ParticipantJoined of Kristi to All | 3 Text of PersonP to All "My parcel has not arrived" | 4 Text of Kristi to All "How may I help you?" | 5 ParticipantJoined of a2(Agents) to Agents
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, a2(Agents)] offers 15
        a1 NewMessages | 5 ParticipantJoined of a2(Agents) to Agents
    "#]],
    );
    let said = json!({ "operationName": "SendToAgents", "text": "I know" });
    check_done(
        send(&mut world, OTHER_AGENT, &[SESSION], said),
        expect![[r#"
        state-send {"statusCode":0}
        a1 NewMessages | 6 Text of a2(Agents) to Agents "I know"
        a2 NewMessages | 6 Text of a2(Agents) to Agents "I know"
    "#]],
    );
    let aloud = |world: &mut World| {
        send(world, OTHER_AGENT, &[SESSION], json!({ "operationName": "SendMessage", "text": "I" }))
    };
    check_refused(&mut world, aloud, "capability");
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a2 StatusChange #3 Completed []
        a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
        a1 NewMessages | 7 ParticipantLeft of a2(Agents) to Agents
    "#]],
    );
}

#[test]
fn a_consult_is_cancelled_before_it_is_accepted() {
    let mut world = world();
    to(&mut world, AGENT, SESSION, "Consult", OTHER_AGENT).unwrap();
    to(&mut world, AGENT, SESSION, "Invite", SUPERVISOR).unwrap();
    check_done(
        plain(&mut world, AGENT, SESSION, "CancelConsult"),
        expect![[r#"
        state-conference {"referenceId":3,"statusCode":0}
        a2 StatusChange Revoked []
    "#]],
    );
    check_done(
        plain(&mut world, AGENT, SESSION, "CancelConsult"),
        expect![[r#"
        state-conference {"referenceId":4,"statusCode":0}
        note cancel-consult-pending
        a1 Error #4 Chatting [PersonP, Kristi] offers 12
    "#]],
    );
}

#[test]
fn a_consult_that_was_accepted_is_not_cancelled() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    let done = plain(&mut world, AGENT, SESSION, "CancelConsult").unwrap();
    assert_eq!(done.reply, json!({ "statusCode": 0, "referenceId": 3 }));
    let marat = person(OTHER_AGENT, "a2", "00AF5367D3D00001", "Agents");
    let mut error = change("Error", None, &[&customer(), &kristi(), &marat]);
    error["referenceId"] = json!(3);
    error["errorMessage"] = json!("Request failed");
    check_pushed(&done.notifications, &[(AGENT, error)]);
    let notes: Vec<_> = done.notes.iter().map(|note| note.rule.id).collect();
    assert_eq!(notes, ["cancel-consult-pending"]);
}

#[test]
fn a_consulted_agent_is_promoted() {
    for (operation, expected) in [
        (
            "Invite",
            expect![[r#"
        state-conference {"referenceId":3,"statusCode":0}
        a2 ParticipantsUpdated Chatting [PersonP, Kristi, a2] offers 15
        a2 NewMessages | 6 ParticipantRejoined of a2 to All
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, a2] offers 15
        a1 NewMessages | 6 ParticipantRejoined of a2 to All
    "#]],
        ),
        (
            "Transfer",
            expect![[r#"
        state-transfer {"statusCode":0}
        a1 StatusChange #3 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2(Agents)] offers 4
        a2 NewMessages | 6 ParticipantLeft of Kristi to All
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 7 ParticipantRejoined of a2 to All
    "#]],
        ),
    ] {
        let mut world = world();
        meet(&mut world, "Consult", OTHER_AGENT);
        check_done(to(&mut world, AGENT, SESSION, operation, OTHER_AGENT), expected);
    }
    for (operation, expected) in [
        (
            "Leave",
            expect![[r#"
        state-leave-together {"statusCode":0}
        a1 StatusChange #3 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2(Agents)] offers 4
        a2 NewMessages | 6 ParticipantLeft of Kristi to All
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 7 ParticipantRejoined of a2 to All
    "#]],
        ),
        (
            "Complete",
            expect![[r#"
        state-complete {"statusCode":0}
        a1 StatusChange Completed
        a2 ParticipantsUpdated Chatting [PersonP, a2(Agents)] offers 4
        a2 NewMessages | 6 ParticipantLeft of Kristi to All
        a2 ParticipantsUpdated Chatting [PersonP, a2] offers 12
        a2 NewMessages | 7 ParticipantRejoined of a2 to All
    "#]],
        ),
    ] {
        let mut world = world();
        meet(&mut world, "Consult", OTHER_AGENT);
        check_done(plain(&mut world, AGENT, SESSION, operation), expected);
    }
}

#[test]
fn two_who_are_consulted_are_promoted_one_after_the_other() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    meet(&mut world, "Consult", SUPERVISOR);
    check_done(
        plain(&mut world, AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a1 StatusChange #5 Completed []
        a2 ParticipantsUpdated Chatting [PersonP, a2(Agents), s1(Agents)] offers 4
        a2 NewMessages | 7 ParticipantLeft of Kristi to All
        s1 ParticipantsUpdated Chatting [PersonP, a2(Agents), s1(Agents)] offers 4
        s1 NewMessages | 7 ParticipantLeft of Kristi to All
        a2 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 15
        a2 NewMessages | 8 ParticipantRejoined of a2 to All
        s1 ParticipantsUpdated Chatting [PersonP, a2, s1(Agents)] offers 4
        s1 NewMessages | 8 ParticipantRejoined of a2 to All
    "#]],
    );
    check_done(
        plain(&mut world, OTHER_AGENT, SESSION, "Leave"),
        expect![[r#"
        state-leave-together {"statusCode":0}
        a2 StatusChange #6 Completed []
        s1 ParticipantsUpdated Chatting [PersonP, s1(Agents)] offers 4
        s1 NewMessages | 9 ParticipantLeft of a2 to All
        s1 ParticipantsUpdated Chatting [PersonP, s1] offers 12
        s1 NewMessages | 10 ParticipantRejoined of s1 to All
    "#]],
    );
}

#[test]
fn a_target_is_refused() {
    let nobody = FixtureUser { id: "00000000000000000000000000000000", ..AGENT };
    for operation in ["Invite", "Consult", "Transfer"] {
        for (target, rule) in [(nobody, "target-unknown"), (AGENT, "target-self")] {
            let send = |world: &mut World| to(world, AGENT, SESSION, operation, target);
            check_refused(&mut world(), send, rule);
        }
        let mut world = world();
        to(&mut world, AGENT, SESSION, "Invite", OTHER_AGENT).unwrap();
        let send = |world: &mut World| to(world, AGENT, SESSION, operation, OTHER_AGENT);
        let because =
            Some(StateChange { client: Some("client of a1".to_owned()), notification: 1 });
        assert_eq!(check_refused(&mut world, send, "target-in-session"), because);
        plain(&mut world, OTHER_AGENT, SESSION, "Accept").unwrap();
        check_refused(&mut world, send, "target-in-session");
    }
}

#[test]
fn a_participant_is_removed() {
    let mut world = world();
    meet(&mut world, "Invite", OTHER_AGENT);
    join(&mut world, SUPERVISOR, Coach);
    let remove = "RemoveParticipantFromConference";
    check_done(
        to(&mut world, AGENT, SESSION, remove, OTHER_AGENT),
        expect![[r#"
        state-conference {"statusCode":0}
        a1 NewMessages | 7 Notice of Kristi to Agents "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
        a2 NewMessages | 7 Notice of Kristi to Agents "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
        s1 NewMessages | 7 Notice of Kristi to Agents "REMOVE_PARTICIPANT_FROM_CONFERENCE7d2c81a6f0b94e53b1a4c9e3506f8d12"
        a2 StatusChange Completed []
        a1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 15
        a1 NewMessages | 8 ParticipantLeft of a2 to All
        s1 ParticipantsUpdated Chatting [PersonP, Kristi, s1(Agents)] offers 16
        s1 NewMessages | 8 ParticipantLeft of a2 to All
    "#]],
    );
    check_done(
        to(&mut world, AGENT, SESSION, remove, SUPERVISOR),
        expect![[r#"
        state-conference {"statusCode":0}
        a1 NewMessages | 9 Notice of Kristi to Agents "REMOVE_PARTICIPANT_FROM_CONFERENCE991a4bece8dd4184a93e98ad429694f6"
        s1 NewMessages | 9 Notice of Kristi to Agents "REMOVE_PARTICIPANT_FROM_CONFERENCE991a4bece8dd4184a93e98ad429694f6"
        s1 StatusChange Completed []
        a1 ParticipantsUpdated Chatting [PersonP, Kristi] offers 12
        a1 NewMessages | 10 ParticipantLeft of s1(Agents) to Agents
    "#]],
    );
}

#[test]
fn a_removal_is_refused() {
    let remove = "RemoveParticipantFromConference";
    let by = |user: FixtureUser, target: FixtureUser| {
        move |world: &mut World| to(world, user, SESSION, remove, target)
    };
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    join(&mut world, SUPERVISOR, Coach);
    join(&mut world, OTHER_SUPERVISOR, Monitor);
    let nobody = FixtureUser { id: "00000000000000000000000000000000", ..AGENT };
    for (user, target, rule) in [
        (OTHER_AGENT, AGENT, "capability"),
        (SUPERVISOR, OTHER_AGENT, "remove-visibility"),
        (OTHER_SUPERVISOR, OTHER_AGENT, "remove-visibility"),
        (AGENT, AGENT, "target-not-in-session"),
        (AGENT, nobody, "target-not-in-session"),
        (AGENT, AGENT_WITHOUT_SMS, "target-not-in-session"),
    ] {
        check_refused(&mut world, by(user, target), rule);
    }
    // Who monitors looks like a stranger.
    let refusal = |world: &mut World, target: FixtureUser| {
        let refused = by(AGENT, target)(world).unwrap_err();
        assert_eq!(refused.because, None);
        let violation = refused.violation;
        assert_eq!(&*violation.got, target.id);
        (violation.rule.id, violation.place, violation.want, violation.hint)
    };
    let monitor = refusal(&mut world, OTHER_SUPERVISOR);
    assert_eq!(monitor, refusal(&mut world, AGENT_WITHOUT_SMS));
}

#[test]
fn a_supervisor_removes_another_one_whom_the_agents_do_not_see() {
    let mut world = world();
    join(&mut world, SUPERVISOR, Monitor);
    join(&mut world, OTHER_SUPERVISOR, BargeIn);
    let remove = "RemoveParticipantFromConference";
    check_done(
        to(&mut world, OTHER_SUPERVISOR, SESSION, remove, SUPERVISOR),
        expect![[r#"
        state-conference {"statusCode":0}
        s1 NewMessages | 7 Notice of s2 to Supervisors "REMOVE_PARTICIPANT_FROM_CONFERENCE991a4bece8dd4184a93e98ad429694f6"
        s2 NewMessages | 7 Notice of s2 to Supervisors "REMOVE_PARTICIPANT_FROM_CONFERENCE991a4bece8dd4184a93e98ad429694f6"
        s1 StatusChange Completed []
        s2 ParticipantsUpdated Chatting [PersonP, Kristi, s2] offers 16
        s2 NewMessages | 8 ParticipantLeft of s1(Supervisors) to Supervisors
    "#]],
    );
}

#[test]
fn the_last_agent_whom_the_customer_sees_is_not_removed() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    join(&mut world, SUPERVISOR, BargeIn);
    let remove = |world: &mut World| {
        to(world, SUPERVISOR, SESSION, "RemoveParticipantFromConference", AGENT)
    };
    check_refused(&mut world, remove, "remove-last-agent");
}

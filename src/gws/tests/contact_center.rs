//! Signing in and out, and being ready.

use expect_test::expect;

use super::pushed::{check_done, send};
use super::*;
use crate::gws::notification::CHANNELS_TOPIC;
use crate::gws::world::Backend;

fn start(world: &mut World, channels: &[&str]) -> HandledCommand {
    let body = json!({ "operationName": "StartContactCenterSession", "channels": channels });
    send(world, AGENT, &[], body)
}

fn ready(world: &mut World, channel: &str, name: &str) -> HandledCommand {
    send(world, AGENT, &[channel], json!({ "operationName": name }))
}

#[test]
fn who_signs_in_is_told_of_the_channels_whole() {
    let done = start(&mut world(), &["smssession"]).unwrap();
    assert_eq!(done.reply, json!({ "statusCode": 0 }));
    let [pushed] = done.notifications.as_slice() else { panic!("{:?}", done.notifications) };
    assert_eq!((pushed.user.as_str(), pushed.channel), (AGENT.id, CHANNELS_TOPIC));
    let expected = json!({
        "messageType": "ChannelStateChangeMessageV2",
        "channels": [{
            "channel": "smssession",
            "userState": {
                "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready",
                "state": "NotReady",
            },
        }],
    });
    assert_eq!(pushed.data(), expected);
}

#[test]
fn one_signs_in_is_ready_and_signs_out() {
    let mut world = world();
    check_done(
        start(&mut world, &["voice", "smssession"]),
        expect![[r#"
        operation-start-contact-center-session {"statusCode":0}
        a1 channels smssession=NotReady voice=NotReady
    "#]],
    );
    check_done(
        ready(&mut world, "smssession", "Ready"),
        expect![[r#"
        operation-ready {"statusCode":0}
        a1 channels smssession=Ready
    "#]],
    );
    check_done(
        ready(&mut world, "smssession", "NotReady"),
        expect![[r#"
        operation-not-ready {"statusCode":0}
        a1 channels smssession=NotReady
    "#]],
    );
    ready(&mut world, "voice", "Ready").unwrap();
    check_done(
        start(&mut world, &["voice"]),
        expect![[r#"
        operation-start-contact-center-session {"statusCode":0}
        a1 channels voice=NotReady
    "#]],
    );
    let end = || json!({ "operationName": "EndContactCenterSession" });
    let done = send(&mut world, AGENT, &[], end()).unwrap();
    assert!(done.ends_http_session);
    check_done(
        Ok(done),
        expect![[r#"
        operation-end-contact-center-session {"statusCode":0}
        a1 channels smssession=LoggedOut voice=LoggedOut
    "#]],
    );
    check_done(
        send(&mut world, AGENT, &[], end()),
        expect![[r#"
        operation-end-contact-center-session {"statusCode":0}
    "#]],
    );
}

#[test]
fn one_that_fails_makes_it_a_partial_success() {
    let mut world = world();
    world.backend = Backend::Down;
    check_done(
        start(&mut world, &["voice", "chat", "smssession"]),
        expect![[r#"
        partial-success {"failed":[{"channel":"multimedia","statusCode":4,"statusMessage":"Interaction server connection is not opened"}],"statusCode":7,"succeeded":[{"channel":"voice","statusCode":0}]}
        a1 channels voice=NotReady
    "#]],
    );
    check_refused(&mut world, |world| start(world, &["smssession"]), "backend-down");
    check_done(
        start(&mut world, &["voice"]),
        expect![[r#"
        operation-start-contact-center-session {"statusCode":0}
        a1 channels voice=NotReady
    "#]],
    );
}

#[test]
fn any_multimedia_channel_is_taken_and_one_that_is_not_known_is_noted() {
    let mut world = world();
    for (channel, hint) in [
        ("twitter", None),
        ("sms", Some("did you mean \"smssession\"?")),
        ("OwnMedia", Some("it is taken as a channel of multimedia")),
    ] {
        let done = start(&mut world, &[channel]).unwrap();
        let notes: Vec<_> = done.notes.iter().map(|note| note.hint.as_deref().unwrap()).collect();
        assert_eq!(notes, Vec::from_iter(hint), "{channel}");
        ready(&mut world, channel, "Ready").unwrap();
    }
}

#[test]
fn an_agent_state_is_told_with_its_work_mode() {
    let mut world = world();
    start(&mut world, &["voice", "smssession"]).unwrap();
    let done = ready(&mut world, "smssession", "AfterCallWork").unwrap();
    let pushed: Value = serde_json::from_str(&done.notifications[0].data).unwrap();
    let expected = json!([{
        "channel": "smssession",
        "userState": {
            "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF", "displayName": "AfterCallWork",
            "state": "NotReady", "workMode": "AfterCallWork",
        },
    }]);
    assert_eq!(pushed["channels"], expected);
    assert_eq!(check("channel-state-change-notification", &pushed), []);
}

#[test]
fn ready_that_is_sent_to_me_is_set_on_all_channels_that_are_signed_in_on() {
    let mut world = world();
    check_refused(
        &mut world,
        |world| send(world, AGENT, &[], json!({ "operationName": "Ready" })),
        "channel-state",
    );
    start(&mut world, &["voice", "smssession"]).unwrap();
    check_done(
        send(&mut world, AGENT, &[], json!({ "operationName": "Ready" })),
        expect![[r#"
            operation-ready {"statusCode":0}
            a1 channels smssession=Ready voice=Ready
        "#]],
    );
    for name in ["DoNotDisturbOn", "DoNotDisturbOff"] {
        let done = send(&mut world, AGENT, &[], json!({ "operationName": name })).unwrap();
        assert_eq!((done.reply, done.notifications.len()), (json!({ "statusCode": 0 }), 0));
    }
}

#[test]
fn a_channel_is_refused() {
    let mut world = world();
    for name in ["Ready", "NotReady"] {
        check_refused(&mut world, |world| ready(world, "sms", name), "channel-state");
        check_refused(&mut world, |world| ready(world, "smssession", name), "channel-state");
        check_refused(&mut world, |world| ready(world, "chat", name), "channel-state");
    }
    world.user_mut(AGENT.id).unwrap().features.clear();
    check_refused(&mut world, |world| start(world, &["smssession"]), "feature-missing");
    // What there is to be ready for, the channels say.
    check_refused(&mut world, |world| ready(world, "smssession", "Ready"), "channel-state");
}

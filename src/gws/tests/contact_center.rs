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
fn a_channel_is_refused() {
    let mut world = world();
    check_refused(&mut world, |world| start(world, &["voice", "sms"]), "channel-unknown");
    for name in ["Ready", "NotReady"] {
        check_refused(&mut world, |world| ready(world, "sms", name), "channel-unknown");
        check_refused(&mut world, |world| ready(world, "smssession", name), "channel-state");
        check_refused(&mut world, |world| ready(world, "chat", name), "channel-state");
    }
    world.user_mut(AGENT.id).unwrap().features.clear();
    check_refused(&mut world, |world| start(world, &["smssession"]), "feature-missing");
    // What there is to be ready for, the channels say.
    check_refused(&mut world, |world| ready(world, "smssession", "Ready"), "channel-state");
}

//! The answers to GET.

use expect_test::{Expect, expect};

use super::pushed::{meet, plain, send};
use super::*;
use crate::gws::resource::{Query, Resource};

fn get(
    world: &mut World,
    user: FixtureUser,
    resource: Resource,
    id: &str,
    query: &str,
) -> HandledCommand {
    let mut violations = Vec::new();
    let query = Query::parse(resource, query, &mut violations);
    assert_eq!(violations, []);
    handle(world, user, Command::Read { resource, id: id.to_owned(), query })
}

/// Compares the whole answer.
#[track_caller]
fn check_read(user: FixtureUser, resource: Resource, id: &str, query: &str, expected: Expect) {
    let done = get(&mut world(), user, resource, id, query).unwrap();
    assert_eq!(check(done.schema, &done.reply), []);
    assert!(done.notifications.is_empty());
    expected.assert_eq(&format!("{} {}\n", done.schema, done.reply));
}

#[test]
fn me_is_read_with_the_subresources_that_are_asked_for() {
    check_read(
        AGENT,
        Resource::Me,
        "",
        "",
        expect![[r#"
        me-response {"statusCode":0,"user":{"changePasswordOnFirstLogin":false,"enabled":true,"firstName":"Kristi","id":"4ff5b43c856d4cb2a3d6c20a88740257","lastName":"Sippola","path":"/users/4ff5b43c856d4cb2a3d6c20a88740257","roles":["ROLE_AGENT"],"uri":"http://gws.example/api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257","userName":"a1"}}
    "#]],
    );
    check_read(
        OTHER_AGENT,
        Resource::Me,
        "",
        "subresources=*",
        expect![[r#"
            me-response {"statusCode":0,"user":{"calls":[],"changePasswordOnFirstLogin":false,"channelStates":[{"channel":"smssession","userState":{"displayName":"Offline","id":"0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB","state":"LoggedOut"}}],"channels":[{"channel":"smssession","userState":{"displayName":"Offline","id":"0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB","state":"LoggedOut"}}],"chats":[],"devices":[],"enabled":true,"features":[{"autoAssignOnContactCenterCreate":false,"description":"api-multimedia","displayName":"api-multimedia","id":"api-multimedia","path":"/features/api-multimedia","uri":"http://gws.example/api/v2/features/api-multimedia"},{"autoAssignOnContactCenterCreate":false,"description":"api-multimedia-chat","displayName":"api-multimedia-chat","id":"api-multimedia-chat","path":"/features/api-multimedia-chat","uri":"http://gws.example/api/v2/features/api-multimedia-chat"},{"autoAssignOnContactCenterCreate":false,"description":"api-voice","displayName":"api-voice","id":"api-voice","path":"/features/api-voice","uri":"http://gws.example/api/v2/features/api-voice"}],"firstName":"Marat","groups":[],"id":"7d2c81a6f0b94e53b1a4c9e3506f8d12","interactions":[],"lastName":"Bell","path":"/users/7d2c81a6f0b94e53b1a4c9e3506f8d12","roles":["ROLE_AGENT"],"settings":{"interaction-workspace":{"interaction.disposition.key-name":"DispositionCode"}},"skills":[],"smssessions":[],"uri":"http://gws.example/api/v2/users/7d2c81a6f0b94e53b1a4c9e3506f8d12","userName":"a2"}}
        "#]],
    );
    check_read(
        AGENT_WITHOUT_SMS,
        Resource::Me,
        "",
        "subresources=channels,skills",
        expect![[r#"
        me-response {"statusCode":0,"user":{"changePasswordOnFirstLogin":false,"channels":[{"channel":"smssession","userState":{"displayName":"Offline","id":"0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB","state":"LoggedOut"}}],"enabled":true,"firstName":"Nora","id":"2e9d40c7b8a15f36e4d2c1b0a9f87564","lastName":"Lind","path":"/users/2e9d40c7b8a15f36e4d2c1b0a9f87564","roles":["ROLE_AGENT"],"skills":[],"uri":"http://gws.example/api/v2/users/2e9d40c7b8a15f36e4d2c1b0a9f87564","userName":"n1"}}
    "#]],
    );
}

#[test]
fn sessions_are_those_that_are_not_at_their_end() {
    check_read(
        AGENT,
        Resource::Sessions,
        "",
        "",
        expect![[r#"
        uris-response {"statusCode":0,"uris":["http://gws.example/api/v2/smssessions/0000UaB58WAR003N","http://gws.example/api/v2/smssessions/0000UaB58WAR003P","http://gws.example/api/v2/smssessions/0000UaB58WAR003Q","http://gws.example/api/v2/smssessions/0000UaB58WAR003T"]}
    "#]],
    );
    check_read(
        OTHER_AGENT,
        Resource::Sessions,
        "",
        "fields=*",
        expect![[r#"
        smssessions-response {"smssessions":[],"statusCode":0}
    "#]],
    );
    let mut world = world();
    let done = get(&mut world, AGENT, Resource::Sessions, "", "fields=*").unwrap();
    assert_eq!(check(done.schema, &done.reply), []);
    let sessions = done.reply["smssessions"].as_array().unwrap();
    let shown = |value: &Value| {
        format!("{} {}", value["id"].as_str().unwrap(), value["state"].as_str().unwrap())
    };
    let expected = [SESSION, INVITED_SESSION, LEFT_SESSION, JOIN_FAILED_SESSION];
    let states = ["Chatting", "Invited", "LeftChat", "JoinFailed"];
    let expected = expected.iter().zip(states).map(|(id, state)| format!("{id} {state}"));
    assert_eq!(sessions.iter().map(shown).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn one_session_is_read_whole() {
    for session in [INVITED_SESSION, LEFT_SESSION, COMPLETED_SESSION, JOIN_FAILED_SESSION] {
        let done = get(&mut world(), AGENT, Resource::Session, session, "").unwrap();
        assert_eq!(check(done.schema, &done.reply), []);
        assert_eq!(done.reply["smssession"]["path"], format!("/smssessions/{session}"));
    }
    check_read(
        AGENT,
        Resource::Session,
        LEFT_SESSION,
        "",
        expect![[r#"
        smssession-response {"smssession":{"capabilities":["Transfer","Complete","Leave","SetDisposition","AttachUserData","DeleteUserData","UpdateUserData"],"chatType":"Inbound","id":"0000UaB58WAR003Q","participants":[],"path":"/smssessions/0000UaB58WAR003Q","receivedDate":"2015-11-26 18:41:00.000+0200","state":"LeftChat","uri":"http://gws.example/api/v2/smssessions/0000UaB58WAR003Q","userData":{"ServiceType":"default","Subject":"Address change"}},"statusCode":0}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Session,
        REVOKED_SESSION,
        "fields=*",
        expect![[r#"
        smssession-response {"smssession":{"chatType":"Inbound","id":"0000UaB58WAR003S","participants":[],"path":"/smssessions/0000UaB58WAR003S","receivedDate":"2015-11-26 18:43:00.000+0200","state":"Revoked","uri":"http://gws.example/api/v2/smssessions/0000UaB58WAR003S","userData":{}},"statusCode":0}
    "#]],
    );
}

#[test]
fn messages_are_read_from_an_index_on() {
    let mut world = world();
    let body = json!({ "operationName": "SendStartTypingNotification" });
    send(&mut world, AGENT, &[SESSION], body).unwrap();
    join(&mut world, SUPERVISOR, Monitor);
    let body = json!({ "operationName": "SendMessage", "text": "Well?" });
    send(&mut world, AGENT, &[SESSION], body).unwrap();
    let mut indices = |user: FixtureUser, query: &str| -> Vec<u64> {
        let done = get(&mut world, user, Resource::Messages, SESSION, query).unwrap();
        assert_eq!(check(done.schema, &done.reply), []);
        let messages = done.reply["messages"].as_array().unwrap();
        messages.iter().map(|message| message["index"].as_u64().unwrap()).collect()
    };
    assert_eq!(indices(AGENT, ""), [1, 2, 3, 4, 7]);
    assert_eq!(indices(SUPERVISOR, ""), [1, 2, 3, 4, 6, 7]);
    assert_eq!(indices(AGENT, "startIndex=4"), [4, 7]);
    assert_eq!(indices(AGENT, "startIndex=5&count=1"), [7]);
    assert_eq!(indices(AGENT, "count=2"), [1, 2]);
    assert_eq!(indices(AGENT, "count=0"), [0; 0]);
    assert_eq!(indices(AGENT, "startIndex=8"), [0; 0]);
}

#[test]
fn messages_are_read_whole() {
    let done = get(&mut world(), AGENT, Resource::Messages, SESSION, "").unwrap();
    assert_eq!(done.reply, json!({ "statusCode": 0, "messages": log() }));
}

#[test]
fn the_log_is_for_who_is_in_the_conversation_or_left_it() {
    let count = |world: &mut World, user: FixtureUser| {
        let done = get(world, user, Resource::Messages, SESSION, "").unwrap();
        done.reply["messages"].as_array().unwrap().len()
    };
    let mut world = world();
    intrude(&mut world, SUPERVISOR, AGENT.id, SESSION, Some(Coach)).unwrap();
    assert_eq!(count(&mut world, SUPERVISOR), 0, "who is invited");
    plain(&mut world, SUPERVISOR, SESSION, "Reject").unwrap();
    meet(&mut world, "Invite", OTHER_AGENT);
    assert_eq!(count(&mut world, OTHER_AGENT), 5);
    plain(&mut world, OTHER_AGENT, SESSION, "Leave").unwrap();
    assert_eq!(count(&mut world, OTHER_AGENT), 0, "whose session is Completed");
    plain(&mut world, AGENT, SESSION, "Leave").unwrap();
    assert_eq!(count(&mut world, AGENT), 8, "who is in LeftChat");
}

#[test]
fn what_else_there_is_is_read() {
    check_read(
        AGENT,
        Resource::Channels,
        "",
        "",
        expect![[r#"
        uris-response {"statusCode":0,"uris":["http://gws.example/api/v2/me/channels/smssession"]}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Channels,
        "",
        "fields=*",
        expect![[r#"
        channels-response {"channels":[{"channel":"smssession","userState":{"displayName":"Offline","id":"0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB","state":"LoggedOut"}}],"statusCode":0}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Devices,
        "",
        "",
        expect![[r#"
        uris-response {"statusCode":0,"uris":[]}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Devices,
        "",
        "fields=*",
        expect![[r#"
        devices-response {"devices":[],"statusCode":0}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Settings,
        "",
        "",
        expect![[r#"
            settings-response {"key":"name","settings":[{"displayName":"interaction-workspace","key":"name","name":"interaction-workspace","path":"/me/settings/interaction-workspace","settings":[{"name":"interaction.disposition.key-name","value":"DispositionCode"}],"uri":"http://gws.example/api/v2/me/settings/interaction-workspace"}],"statusCode":0}
        "#]],
    );
    check_read(
        AGENT,
        Resource::Services,
        "",
        "",
        expect![[r#"
        uris-response {"statusCode":0,"uris":["http://gws.example/api/v2/services/provisioning","http://gws.example/api/v2/services/voice","http://gws.example/api/v2/services/multimedia-state","http://gws.example/api/v2/services/multimedia-content"]}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Services,
        "",
        "fields=*",
        expect![[r#"
        services-response {"services":[{"id":"provisioning","name":"Provisioning","path":"/services/provisioning","state":"Active","type":"Provisioning","uri":"http://gws.example/api/v2/services/provisioning"},{"id":"voice","name":"Voice","path":"/services/voice","state":"Active","type":"Voice","uri":"http://gws.example/api/v2/services/voice"},{"id":"multimedia-state","name":"Multimedia state","path":"/services/multimedia-state","state":"Active","type":"MultiMediaState","uri":"http://gws.example/api/v2/services/multimedia-state"},{"id":"multimedia-content","name":"Multimedia content","path":"/services/multimedia-content","state":"Active","type":"MultiMediaContent","uri":"http://gws.example/api/v2/services/multimedia-content"}],"statusCode":0}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Contact,
        OTHER_AGENT.id,
        "type=User",
        expect![[r#"
        contact-response {"contact":{"firstName":"Marat","id":"7d2c81a6f0b94e53b1a4c9e3506f8d12","lastName":"Bell","path":"/contacts/7d2c81a6f0b94e53b1a4c9e3506f8d12","uri":"http://gws.example/api/v2/contacts/7d2c81a6f0b94e53b1a4c9e3506f8d12","userName":"a2"},"statusCode":0}
    "#]],
    );
    check_read(
        AGENT,
        Resource::Version,
        "",
        "",
        expect![[r#"
        version-response {"statusCode":0,"version":"8.5.202.96"}
    "#]],
    );
}

#[test]
fn a_read_is_refused() {
    for (user, resource, id, rule) in [
        (AGENT, Resource::Session, "none", "session-unknown"),
        (AGENT, Resource::Messages, "none", "session-unknown"),
        (SUPERVISOR, Resource::Session, SESSION, "session-owner"),
        (OTHER_AGENT, Resource::Messages, SESSION, "session-owner"),
        (AGENT, Resource::Contact, "a2", "contact-unknown"),
    ] {
        check_refused(&mut world(), |world| get(world, user, resource, id, ""), rule);
    }
}

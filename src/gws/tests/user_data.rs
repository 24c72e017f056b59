//! AttachUserData, UpdateUserData, DeleteUserData, SetDisposition.

use expect_test::expect;

use super::pushed::{check_done, meet, send};
use super::*;

/// Changes the user data of the session that was left, and compares what there is then.
#[track_caller]
fn check_data(body: Value, expected: Value) {
    let mut world = world();
    let done = send(&mut world, AGENT, &[LEFT_SESSION], body).unwrap();
    let data = ["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
    let offered = [&["Transfer", "Complete", "Leave"][..], &data].concat();
    let pushed = json!({
        "messageType": "SMSsessionStateChangeMessage",
        "notificationType": "PropertiesUpdated",
        "referenceId": 1,
        "smssession": {
            "id": LEFT_SESSION, "uri": format!("{API}/smssessions/{LEFT_SESSION}"),
            "state": "LeftChat", "participants": [], "userData": expected,
            "capabilities": offered,
        },
    });
    assert_eq!(done.reply, json!({ "statusCode": 0 }));
    check_pushed(&done.notifications, &[(AGENT, pushed)]);
}

#[test]
fn data_is_put() {
    let body =
        json!({ "operationName": "AttachUserData", "userData": { "A": 1, "B": ["x", null] } });
    check_data(
        body,
        json!({ "Subject": "Address change", "ServiceType": "default", "A": 1, "B": ["x", null] }),
    );
}

#[test]
fn data_is_overwritten_whether_it_is_attached_or_updated() {
    for name in ["AttachUserData", "UpdateUserData"] {
        let body = json!({ "operationName": name, "userData": { "Subject": 2, "New": "n" } });
        check_data(body, json!({ "Subject": 2, "ServiceType": "default", "New": "n" }));
    }
}

#[test]
fn data_is_deleted_and_a_key_that_is_not_there_is_no_error() {
    let body = json!({ "operationName": "DeleteUserData", "keys": ["Subject", "Nothing"] });
    check_data(body, json!({ "ServiceType": "default" }));
}

#[test]
fn a_disposition_has_the_key_of_the_setting_or_its_own() {
    let body = json!({ "operationName": "SetDisposition", "disposition": "Resolved" });
    let mut expected = json!({ "Subject": "Address change", "ServiceType": "default" });
    expected["DispositionCode"] = json!("Resolved");
    check_data(body.clone(), expected);
    let mut own = body.clone();
    own["dispositionKey"] = json!("ServiceType");
    check_data(own, json!({ "Subject": "Address change", "ServiceType": "Resolved" }));
    let mut world = world();
    let settings = &mut world.user_mut(AGENT.id).unwrap().settings;
    let section = settings.entry("interaction-workspace".to_owned()).or_default();
    section.insert("interaction.disposition.key-name".to_owned(), "Outcome".to_owned());
    send(&mut world, AGENT, &[LEFT_SESSION], body).unwrap();
    assert_eq!(world.session(LEFT_SESSION).unwrap().user_data.fields()["Outcome"], "Resolved");
}

#[test]
fn everybody_in_the_conversation_is_told_of_the_data() {
    let mut world = world();
    meet(&mut world, "Consult", OTHER_AGENT);
    join(&mut world, SUPERVISOR, Monitor);
    let body = || json!({ "operationName": "SetDisposition", "disposition": "Resolved" });
    check_done(
        send(&mut world, AGENT, &[SESSION], body()),
        expect![[r#"
        state-user-data {"statusCode":0}
        a1 PropertiesUpdated #4 Chatting [PersonP, Kristi, a2(Agents)] offers 15
        a2 PropertiesUpdated Chatting [PersonP, Kristi, a2(Agents)] offers 4
        s1 PropertiesUpdated Chatting [PersonP, Kristi, a2(Agents), s1(Supervisors)] offers 10
    "#]],
    );
    check_done(
        send(&mut world, SUPERVISOR, &[SESSION], body()),
        expect![[r#"
        state-user-data {"statusCode":0}
        s1 PropertiesUpdated #5 Chatting [PersonP, Kristi, a2(Agents), s1(Supervisors)] offers 10
        a1 PropertiesUpdated Chatting [PersonP, Kristi, a2(Agents)] offers 15
        a2 PropertiesUpdated Chatting [PersonP, Kristi, a2(Agents)] offers 4
    "#]],
    );
    let consulted = |world: &mut World| send(world, OTHER_AGENT, &[SESSION], body());
    check_refused(&mut world, consulted, "capability");
}

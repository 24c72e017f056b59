//! The user data of a session, as it is told and read after each change.

use gws_sms_fake::fixtures::{AGENT, LEFT_SESSION, OTHER_AGENT, SESSION};
use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use support::{Desktop, Transport, in_both_ways, own_path, taken};

/// What a request makes of the user data.
type SchemaChange = fn(&mut Value);

async fn each_change_of_the_user_data_notifies_with_all_of_it(transport: Transport) {
    let gws = transport.start();
    let mut agent = Desktop::sign_in(&gws, AGENT).await;
    let mut data = json!({ "Subject": "Address change", "ServiceType": "default" });
    let changes: [(Value, SchemaChange); 5] = [
        (
            json!({ "operationName": "AttachUserData", "userData": { "a": [1, null], "b": "x" } }),
            |user_data| {
                user_data["a"] = json!([1, null]);
                user_data["b"] = json!("x");
            },
        ),
        (
            json!({ "operationName": "UpdateUserData", "userData": { "b": { "c": 0.5 } } }),
            |user_data| {
                user_data["b"] = json!({ "c": 0.5 });
            },
        ),
        (json!({ "operationName": "DeleteUserData", "keys": ["a", "not there"] }), |user_data| {
            user_data.as_object_mut().unwrap().remove("a");
        }),
        (json!({ "operationName": "SetDisposition", "disposition": "Resolved" }), |user_data| {
            user_data["DispositionCode"] = json!("Resolved");
        }),
        (
            json!({ "operationName": "SetDisposition", "disposition": "Sold", "dispositionKey": "Outcome" }),
            |user_data| user_data["Outcome"] = json!("Sold"),
        ),
    ];
    for (number, (body, change)) in changes.into_iter().enumerate() {
        assert_eq!(agent.http.post(&own_path(LEFT_SESSION), &body).await, taken());
        change(&mut data);
        let expected = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "PropertiesUpdated",
            "referenceId": number + 1,
            "smssession": {
                "id": LEFT_SESSION,
                "uri": format!("{}/api/v2/smssessions/{LEFT_SESSION}", gws.url()),
                "state": "LeftChat",
                "participants": [],
                "capabilities": [
                    "Transfer", "Complete", "Leave",
                    "SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData",
                ],
                "userData": data,
            },
        });
        assert_eq!(agent.next_event().await, expected);
        let read = agent.http.get(&own_path(LEFT_SESSION)).await.body;
        assert_eq!(read["smssession"]["userData"], data);
    }
    agent.sign_out().await;
}

#[tokio::test]
async fn an_agent_who_is_invited_later_sees_the_changed_user_data() {
    let gws = FakeGws::start();
    let agent = gws.agent();
    let attach = json!({ "userData": { "Parcel": 7 } });
    agent.performs(Operation::AttachUserData, SESSION, attach);
    let target = format!("{}/api/v2/users/{}", gws.url(), OTHER_AGENT.id);
    agent.performs(Operation::Invite, SESSION, json!({ "targetUri": target }));
    let invited = gws.user("a2").next_notification().await.state("Invited");
    assert_eq!(invited.data()["smssession"]["userData"]["Parcel"], 7);
    assert_eq!(invited.data()["smssession"]["userData"]["Subject"], "GMS Chat");
}

#[tokio::test]
async fn the_key_of_a_disposition_is_the_setting_of_the_caller() {
    let mut user: Value =
        serde_json::from_str(include_str!("../../../fixtures/users/a1.json")).unwrap();
    user["settings"] =
        json!({ "interaction-workspace": { "interaction.disposition.key-name": "Result" } });
    let gws = FakeGws::builder().user(&user).start();
    let body = json!({ "disposition": "Resolved" });
    gws.agent().performs(Operation::SetDisposition, fixtures::SESSION, body);
    let expected = gws.agent().next_notification().await.kind("PropertiesUpdated");
    assert_eq!(expected.data()["smssession"]["userData"]["Result"], "Resolved");
}

in_both_ways!(each_change_of_the_user_data_notifies_with_all_of_it);

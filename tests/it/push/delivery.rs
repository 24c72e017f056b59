use gws_sms_fake::{FakeGws, fixtures};
use serde_json::json;

use support::{Desktop, HttpClient, connect, intrude_path, subscribe};

#[tokio::test]
async fn the_answer_goes_first_and_then_the_notification() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    desktop.intrude("Monitor").await;
    desktop.next_event().await;
    let report = gws.report();
    let (answer, told) = (report.find("Intrude  200").unwrap(), report.find("<- /v2/me").unwrap());
    assert!(answer < told, "{report}");
    desktop.sign_out().await;
}

/// The event has arrived when the answer does: the client need not even look at the answer to have it.
#[tokio::test]
async fn the_notification_goes_first_where_so_set() {
    let gws = FakeGws::builder().notifications_first().start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    desktop.intrude("Monitor").await;
    let notification = gws.supervisor().next_notification().await;
    let report = gws.report();
    assert!(report.contains("delivered after"), "{report}");
    assert_eq!(&desktop.next_event().await, notification.data());
    desktop.sign_out().await;
}

#[tokio::test]
async fn the_notification_first_does_not_wait_for_a_client_that_is_not_connected() {
    let gws = FakeGws::builder().notifications_first().start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    let answer = client.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    assert_eq!(answer.status, 200);
    let events = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(events[0]["channel"], "/v2/me/smssessions");
}

#[tokio::test]
async fn a_receipt_says_when_it_was_delivered_and_when_acknowledged() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().subscribed("/v2/me/smssessions").await;
    desktop.intrude("Coach").await;
    let notification = gws.supervisor().next_notification().await.state("Invited");
    let notification = notification.delivered().await.acknowledged().await;
    assert_eq!(&desktop.next_event().await, notification.data());
    desktop.sign_out().await;
}

#[tokio::test]
async fn an_event_comes_once_however_many_subscriptions_cover_it() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    for pattern in ["/**", "/v2/**", "/v2/me/*", "/v2/me/smssessions"] {
        client.bayeux(json!([subscribe(&id, pattern)])).await;
    }
    client.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    gws.supervisor().next_notification().await;
    let answer = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(answer.as_array().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn an_event_goes_to_every_client_of_the_user() {
    let gws = FakeGws::start();
    let mut first = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let mut second = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    first.intrude("Coach").await;
    assert_eq!(first.next_event().await, second.next_event().await);
    first.sign_out().await;
    second.sign_out().await;
}

#[tokio::test]
async fn an_own_event_comes_with_the_reply_to_its_publish() {
    let gws = FakeGws::start();
    gws.allow("bayeux-topic");
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, "/chat")])).await;
    let publish = json!({ "channel": "/chat", "id": "4", "clientId": id, "data": { "t": "ü ☃" } });
    let expected = json!([
        { "channel": "/chat", "data": { "t": "ü ☃" } },
        { "channel": "/chat", "id": "4", "successful": true },
    ]);
    assert_eq!(client.bayeux(json!([publish])).await, expected);
}

#[tokio::test]
async fn nobody_subscribed_is_said_in_the_report() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    client.post(&intrude_path(), &json!({ "operationName": "Intrude" })).await;
    gws.supervisor().next_notification().await;
    assert!(gws.report().contains("to nobody: no client has subscribed"), "{}", gws.report());
}

#[tokio::test]
async fn an_event_before_the_subscription_is_explained_in_the_report() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::AGENT);
    let id = client.handshake().await;
    gws.customer(fixtures::SESSION).writes("Is anybody there?");
    client.bayeux(json!([subscribe(&id, "/v2/me/chats")])).await;
    let unheard = "NewMessages (notification-new-messages)  to nobody: no client has subscribed  note bayeux-not-subscribed";
    assert!(gws.report().contains(&format!("{unheard}\n")));
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    assert!(gws.report().contains(&format!("{unheard} before +")), "{}", gws.report());
}

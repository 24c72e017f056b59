//! StartContactCenterSession, Ready, NotReady, EndContactCenterSession.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::rest::found;
use support::{Answer, Desktop, HttpClient, TableFake, Transport, in_both_ways, taken};

const READY: (&str, &str, &str) = ("Ready", "9430250E-0A1B-421F-B372-F29E69366DED", "Ready");
const NOT_READY: (&str, &str, &str) =
    ("NotReady", "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "Not Ready");
const LOGGED_OUT: (&str, &str, &str) =
    ("LoggedOut", "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB", "Offline");

fn channel(name: &str, (state, id, shown): (&str, &str, &str)) -> Value {
    let user_state = json!({ "id": id, "displayName": shown, "state": state });
    json!({ "channel": name, "userState": user_state })
}

fn changed(channels: &[Value]) -> Value {
    json!({ "messageType": "ChannelStateChangeMessageV2", "channels": channels })
}

/// A client that has signed in, and listens to nothing.
async fn signed_in(gws: &TableFake) -> HttpClient {
    let client = HttpClient::of(gws, fixtures::AGENT);
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    client.without_credentials()
}

async fn start(client: &HttpClient, channels: &[&str]) -> Answer {
    let body = json!({ "operationName": "StartContactCenterSession", "channels": channels });
    client.post("/api/v2/me", &body).await
}

async fn set(client: &HttpClient, channel: &str, operation: &str) -> Answer {
    let path = format!("/api/v2/me/channels/{channel}");
    client.post(&path, &json!({ "operationName": operation })).await
}

#[tokio::test]
async fn signing_in_is_notified_on_the_topic_of_channels() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let whole = json!({
        "operationName": "StartContactCenterSession", "channels": ["voice", "smssession"],
        "place": "Place1", "loginCode": "1001", "queue": "Parcels", "devicePath": "/devices/1001",
    });
    assert_eq!(desktop.http.post("/api/v2/me", &whole).await, taken());
    let expected = [channel("smssession", NOT_READY), channel("voice", NOT_READY)];
    assert_eq!(desktop.next_event().await, changed(&expected));
    let notification = gws.agent().next_notification().await;
    assert_eq!(notification.channel(), "/v2/me/channels");
    notification.delivered().await;
    desktop.sign_out().await;
}

async fn ready_and_not_ready_notify_every_client_of_the_user_and_nobody_else(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let mut second = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let mut other = Desktop::sign_in(&gws, fixtures::OTHER_AGENT).await;
    start(&desktop.http, &["smssession"]).await;
    assert_eq!(set(&desktop.http, "smssession", "Ready").await, taken());
    assert_eq!(set(&second.http, "smssession", "NotReady").await, taken());
    let states = [NOT_READY, READY, NOT_READY];
    for client in [&mut desktop, &mut second] {
        for state in states {
            assert_eq!(client.next_event().await, changed(&[channel("smssession", state)]));
        }
    }
    assert_eq!(other.events_so_far().await, [json!(null); 0]);
    for desktop in [desktop, second, other] {
        desktop.sign_out().await;
    }
}

async fn a_channel_that_fails_makes_it_a_partial_success(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    gws.backend_down();
    let failure = json!({
        "statusCode": 4,
        "statusMessage": "Interaction server connection is not opened",
        "channel": "multimedia",
    });
    let partial = json!({
        "statusCode": 7,
        "failed": [failure],
        "succeeded": [{ "statusCode": 0, "channel": "voice" }],
    });
    let answer = start(&desktop.http, &["voice", "chat", "smssession"]).await;
    assert_eq!(answer, Answer::of(200, partial));
    assert_eq!(desktop.next_event().await, changed(&[channel("voice", NOT_READY)]));
    desktop.sign_out().await;
}

async fn a_sign_in_whose_channels_all_fail_is_refused_and_no_violation(transport: Transport) {
    let gws = transport.start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    gws.backend_down();
    let refused =
        json!({ "statusCode": 4, "statusMessage": "Interaction server connection is not opened" });
    let answer = start(&desktop.http, &["smssession"]).await;
    assert_eq!(answer, Answer::of(500, refused));
    let channels = desktop.http.get("/api/v2/me/channels?fields=*").await.body;
    assert_eq!(channels["channels"], json!([channel("smssession", LOGGED_OUT)]));
    gws.backend_up();
    assert_eq!(start(&desktop.http, &["smssession"]).await, taken());
    assert_eq!(desktop.next_event().await, changed(&[channel("smssession", NOT_READY)]));
    desktop.sign_out().await;
}

async fn a_channel_that_is_not_known_is_noted_and_one_that_is_not_signed_in_on_is_refused(
    transport: Transport,
) {
    let gws = transport.start();
    let desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    assert_eq!(start(&desktop.http, &["voice", "SMS"]).await, taken());
    for (channel, operation) in [("sms", "Ready"), ("smssession", "Ready"), ("chat", "AuxWork")] {
        let refused = set(&desktop.http, channel, operation).await;
        assert_eq!((refused.status, &refused.body["statusCode"]), (400, &json!(2)), "{channel}");
    }
    desktop.sign_out().await;
    let place = "path segment 5";
    let places = [
        ("channel-unknown", "/channels/1"),
        ("channel-state", place),
        ("channel-state", place),
        ("channel-state", place),
    ];
    let mut found = found(&gws.report());
    found.sort_by_key(|(rule, _)| rule == "channel-state");
    assert_eq!(found, places.map(|(rule, place)| (rule.to_owned(), place.to_owned())));
    gws.expect_violation("channel-state");
}

async fn an_agent_state_that_the_contact_center_configures_is_set(transport: Transport) {
    let lunch = json!({
        "operationName": "OutToLunch",
        "id": "6A5B0C71-0A5D-4D5E-9F0B-2D6B6E0C4F11",
        "displayName": "Out to lunch",
        "state": "NotReady",
        "workMode": "Lunch",
    });
    let gws = transport.start_with(FakeGws::builder().agent_state(&lunch));
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    start(&desktop.http, &["smssession"]).await;
    desktop.next_event().await;
    assert_eq!(set(&desktop.http, "smssession", "OutToLunch").await, taken());
    let user_state = json!({
        "id": "6A5B0C71-0A5D-4D5E-9F0B-2D6B6E0C4F11", "displayName": "Out to lunch",
        "state": "NotReady", "workMode": "Lunch",
    });
    let expected = json!({ "channel": "smssession", "userState": user_state });
    assert_eq!(desktop.next_event().await, changed(&[expected]));
    assert_eq!(set(&desktop.http, "smssession", "OutToLanch").await.status, 400);
    desktop.sign_out().await;
    let report = gws.report();
    gws.expect_violation("agent-state-unknown");
    assert!(report.contains("did you mean \"OutToLunch\"?"), "{report}");
}

async fn the_end_signs_out_of_all_channels_and_ends_the_http_session(transport: Transport) {
    let gws = transport.start();
    let client = signed_in(&gws).await;
    let mut watching = Desktop::sign_in(&gws, fixtures::AGENT).await;
    start(&client, &["voice", "smssession"]).await;
    watching.next_event().await;
    let end = json!({ "operationName": "EndContactCenterSession" });
    assert_eq!(client.post("/api/v2/me", &end).await, taken());
    let expected = [channel("smssession", LOGGED_OUT), channel("voice", LOGGED_OUT)];
    assert_eq!(watching.next_event().await, changed(&expected));

    let refused = json!({ "statusCode": 20, "statusMessage": "Access denied" });
    let answer = client.post("/api/v2/me", &end).await;
    assert_eq!(answer, Answer::of(403, refused));
    // That of the user's other client goes on.
    assert_eq!(watching.http.get("/api/v2/me").await.status, 200);
    watching.sign_out().await;
}

async fn after_the_end_a_client_signs_in_anew(transport: Transport) {
    let gws = transport.start();
    let client = signed_in(&gws).await;
    let end = json!({ "operationName": "EndContactCenterSession" });
    assert_eq!(client.post("/api/v2/me", &end).await, taken());
    let again = client.with_credentials(fixtures::AGENT);
    assert_eq!(again.get("/api/v2/me").await.status, 200);
    assert_eq!(start(&client, &["smssession"]).await, taken());
}

/// The order of a desktop's way out: CometD first, then the contact center.
async fn a_desktop_disconnects_and_then_ends_its_session(transport: Transport) {
    let gws = transport.start();
    let desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    let client = desktop.http.clone();
    desktop.sign_out().await;
    let end = json!({ "operationName": "EndContactCenterSession" });
    assert_eq!(client.post("/api/v2/me", &end).await, taken());
}

in_both_ways!(
    ready_and_not_ready_notify_every_client_of_the_user_and_nobody_else,
    a_channel_that_fails_makes_it_a_partial_success,
    a_sign_in_whose_channels_all_fail_is_refused_and_no_violation,
    a_channel_that_is_not_known_is_noted_and_one_that_is_not_signed_in_on_is_refused,
    an_agent_state_that_the_contact_center_configures_is_set,
    the_end_signs_out_of_all_channels_and_ends_the_http_session,
    after_the_end_a_client_signs_in_anew,
    a_desktop_disconnects_and_then_ends_its_session
);

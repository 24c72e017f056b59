//! The push side: subscriptions and events that wait.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::limits::{blamed, lines_with};
use support::{Desktop, RawCometdClient, subscribe};

#[test]
fn a_subscription_too_many_is_refused_and_blamed_and_the_others_stay() {
    let gws = FakeGws::builder().subscription_limit(2).start();
    let mut client = RawCometdClient::handshake(&gws, fixtures::SUPERVISOR);
    let mut subscription = subscribe(&client.id, "");
    let mut ask = |channels: Value| {
        subscription["subscription"] = channels;
        client.ask(json!([subscription.clone()]))[0].take()
    };
    assert_eq!(ask(json!(["/v2/me", "/v2/me/calls"]))["successful"], true);
    // One that it has takes no further room.
    assert_eq!(ask(json!("/v2/me"))["successful"], true);
    let refused = ask(json!("/v2/me/smssessions"));
    assert_eq!(
        (&refused["successful"], &refused["error"]),
        (&json!(false), &json!("403::subscription_limit"))
    );
    assert_eq!(
        blamed(&gws, "bayeux-subscription-limit"),
        "got one more than 2 subscriptions, want at most 2; subscribe to a pattern such as /v2/me/*, or raise the limit: builder().subscription_limit(..)"
    );
}

#[test]
fn an_event_that_has_no_room_is_lost_and_its_client_blamed() {
    let gws = FakeGws::builder().max_queue(2).start();
    let mut client = RawCometdClient::handshake(&gws, fixtures::SUPERVISOR);
    client.ask(json!([subscribe(&client.id, "/v2/me/smssessions")]));
    client.connect();
    let supervisor = gws.user(fixtures::SUPERVISOR.user_name);
    for number in 1..=3 {
        supervisor.deliver("/v2/me/smssessions", &json!({ "number": number }));
    }
    let got = client.connect();
    let numbers: Vec<&Value> = got
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message.pointer("/data/number"))
        .collect();
    assert_eq!(numbers, [1, 2]);
    let lost = lines_with(&gws, "LOST");
    assert_eq!(lost.len(), 1);
    let end = "LOST since as many as may wait for its client waited already  ✗ bayeux-queue";
    assert!(lost[0].ends_with(end), "{lost:?}");
    let blamed = blamed(&gws, "bayeux-queue").replace(&client.id, "ID");
    assert_eq!(
        blamed,
        "got 2 events that wait for the client ID already, want one with room; connect again after each answer, or let more wait: builder().max_queue(..)"
    );
}

#[test]
fn with_no_bound_every_event_waits() {
    let gws = FakeGws::builder().max_queue(None).start();
    let mut client = RawCometdClient::handshake(&gws, fixtures::SUPERVISOR);
    client.ask(json!([subscribe(&client.id, "/v2/me/smssessions")]));
    client.connect();
    let supervisor = gws.user(fixtures::SUPERVISOR.user_name);
    for number in 1..=20_000 {
        supervisor.deliver("/v2/me/smssessions", &json!({ "number": number }));
    }
    let got = client.connect();
    assert_eq!(got.as_array().unwrap().len(), 20_001);
    gws.verify();
}

/// Both go out in one piece: nothing waits.
#[tokio::test]
async fn a_client_whose_connect_is_held_gets_more_than_may_wait() {
    let gws = FakeGws::builder().max_queue(1).start();
    let mut desktop = Desktop::sign_in(&gws, fixtures::AGENT).await;
    gws.agent().connect_held().await;
    gws.agent().push_faults().reorder_next_events();
    gws.customer(fixtures::SESSION).writes("one").writes("two");
    assert_eq!(desktop.next_event().await["messages"][0]["text"], "two");
    assert_eq!(desktop.next_event().await["messages"][0]["text"], "one");
    desktop.sign_out().await;
    gws.verify();
}

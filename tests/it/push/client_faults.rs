//! What a test orders to go wrong with clients.

use std::panic::catch_unwind;

use gws_sms_fake::fixtures::{AGENT, SESSION, SUPERVISOR};
use gws_sms_fake::{FakeGws, PushFaults};
use serde_json::{Value, json};

use support::panicked::panic_text;
use support::{Answer, HttpClient, PUSH, connect, handshake};

/// A client of `s1` whose connect is held when the fault is ordered; what that connect is answered, and the next one.
async fn held_and_next(order: impl Fn(&PushFaults) -> &PushFaults) -> (Answer, Value) {
    let gws = FakeGws::start();
    // It comes again whatever it was advised.
    gws.allow("bayeux-reconnect");
    let client = HttpClient::of(&gws, SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    let (holding, held_id) = (client.clone(), id.clone());
    let held = tokio::spawn(async move { holding.post(PUSH, &json!([connect(&held_id)])).await });
    gws.supervisor().connect_held().await;
    order(&gws.supervisor().push_faults());
    let held = held.await.unwrap();
    let mut at_once = connect(&id);
    at_once["advice"] = json!({ "timeout": 0 });
    (held, client.bayeux(json!([at_once])).await)
}

fn unknown() -> Value {
    json!([{
        "channel": "/meta/connect",
        "successful": false,
        "error": "402::Unknown client",
        "advice": { "reconnect": "handshake", "interval": 0 },
    }])
}

#[tokio::test]
async fn a_client_that_the_server_forgot_is_advised_to_handshake() {
    let (held, next) = held_and_next(PushFaults::forget_client).await;
    assert_eq!(held, Answer::of(200, unknown()));
    assert_eq!(next, unknown());
}

#[tokio::test]
async fn a_client_is_disconnected_from_the_servers_side() {
    let (held, next) = held_and_next(PushFaults::disconnect_client).await;
    let body = json!([
        { "channel": "/meta/disconnect", "successful": true },
        { "channel": "/meta/connect", "successful": true, "advice": { "reconnect": "none" } },
    ]);
    assert_eq!(held, Answer::of(200, body));
    assert_eq!(next, unknown());
}

#[tokio::test]
async fn a_held_connect_is_answered_with_500_and_the_client_goes_on() {
    let (held, next) = held_and_next(PushFaults::fail_held_connect).await;
    assert_eq!(held, Answer::of(500, json!("")));
    assert_eq!(next[0]["successful"], true);
}

#[tokio::test]
async fn events_wait_for_a_client_whose_connect_failed() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, AGENT);
    let id = client.handshake().await;
    client.bayeux(json!([support::subscribe(&id, "/v2/me/*"), connect(&id)])).await;
    let (holding, held_id) = (client.clone(), id.clone());
    let held = tokio::spawn(async move { holding.post(PUSH, &json!([connect(&held_id)])).await });
    gws.agent().connect_held().await;
    gws.agent().push_faults().fail_held_connect();
    assert_eq!(held.await.unwrap().status, 500);
    gws.customer(SESSION).writes("Are you there?");
    let events = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(events[0]["data"]["messages"][0]["text"], "Are you there?");
}

#[tokio::test]
async fn a_handshake_is_refused_and_the_next_one_is_not() {
    let gws = FakeGws::start();
    gws.supervisor().push_faults().refuse_next_handshake();
    let client = HttpClient::of(&gws, SUPERVISOR);
    let refused = json!([{
        "channel": "/meta/handshake",
        "successful": false,
        "error": "403::Handshake denied",
        "advice": { "reconnect": "none" },
    }]);
    assert_eq!(client.bayeux(json!([handshake()])).await, refused);
    assert_eq!(client.bayeux(json!([handshake()])).await[0]["successful"], true);
    assert!(gws.report().contains("s1  handshake refused, as the test injected"));
}

#[test]
fn a_fault_of_clients_that_finds_no_client_does_not_trigger() {
    let gws = FakeGws::start();
    gws.supervisor().push_faults().forget_client();
    let report = panic_text(&catch_unwind(|| drop(gws)).unwrap_err());
    let line = r#"gws.user("s1").push_faults().forget_client(..) was injected but never triggered"#;
    assert!(report.contains(line), "{report}");
}

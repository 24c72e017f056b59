//! The control endpoint: faults that a suite in another language orders, and what has become of them.

use std::fs;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::control::{NOTIFICATIONS, TIMELINE, look, start};
use support::{Answer, Desktop, HttpClient, connect, subscribe};

const FAULT: &str = "/__fake/fault";
const FAULTS: &str = "/__fake/faults";
const RESET: &str = "/__fake/reset";

async fn order(gws: &FakeGws, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(FAULT, &body).await
}

fn done() -> Answer {
    Answer::of(200, json!({}))
}

/// The body that orders a fault, with a span where it has one.
fn body(user: &str, fault: &str) -> Value {
    let mut body = json!({ "user": user, "fault": fault });
    if ["delay_next_event", "advise_interval"].contains(&fault) {
        body["milliseconds"] = json!(7);
    }
    body
}

fn listed(user: &str, fault: &str, happened: u32) -> Value {
    json!({ "user": user, "fault": fault, "happened": happened })
}

/// Every name that the schema of the body has.
fn names() -> Vec<String> {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/control-fault.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    serde_json::from_value(schema["properties"]["fault"]["enum"].clone()).unwrap()
}

#[tokio::test]
async fn every_fault_of_the_schema_is_injected_and_listed_with_its_user() {
    let gws = start();
    let names = names();
    assert!(names.len() >= 16, "{names:?}");
    let mut expected = Vec::new();
    for name in &names {
        // By the name of the user, and by the id.
        assert_eq!(order(&gws, body("a1", name)).await, done(), "{name}");
        assert_eq!(order(&gws, body(fixtures::SUPERVISOR.id, name)).await, done(), "{name}");
        expected.extend([listed("a1", name, 0), listed("s1", name, 0)]);
    }

    assert_eq!(look(&gws, FAULTS).await, json!(expected));

    let report = gws.try_verify().unwrap_err().to_string();
    for name in &names {
        let unused =
            format!(r#"gws.user("a1").push_faults().{name}(..) was injected but never triggered"#);
        assert!(report.contains(&unused), "{name}: {report}");
    }
    assert_eq!(HttpClient::anonymous(&gws).post_text(RESET, "", "").await, done());
    assert_eq!(look(&gws, FAULTS).await, json!([]));
    gws.verify();
}

#[tokio::test]
async fn a_fault_is_listed_with_how_often_it_triggered() {
    let gws = start();
    let agent = Desktop::sign_in(&gws, fixtures::AGENT).await;
    assert_eq!(look(&gws, FAULTS).await, json!([]));
    for name in ["lose_next_event", "never_deliver", "refuse_next_handshake"] {
        assert_eq!(order(&gws, body("a1", name)).await, done());
    }
    for text in ["one", "two", "three"] {
        gws.customer(fixtures::SESSION).writes(text);
    }
    let expected = json!([
        listed("a1", "lose_next_event", 1),
        listed("a1", "never_deliver", 2),
        listed("a1", "refuse_next_handshake", 0),
    ]);
    assert_eq!(look(&gws, FAULTS).await, expected);

    let refused = HttpClient::of(&gws, fixtures::AGENT).bayeux(json!([support::handshake()])).await;

    assert_eq!(refused[0]["error"], "403::Handshake denied");
    assert_eq!(look(&gws, FAULTS).await[2], listed("a1", "refuse_next_handshake", 1));
    agent.sign_out().await;
}

/// A client of `a1` that has connected once.
async fn connected(gws: &FakeGws) -> (HttpClient, String) {
    let client = HttpClient::of(gws, fixtures::AGENT);
    let id = client.handshake().await;
    client.bayeux(json!([connect(&id)])).await;
    (client, id)
}

#[tokio::test]
async fn a_fault_of_clients_triggers_as_soon_as_it_is_injected() {
    for (name, error) in [
        ("forget_client", "402::Unknown client"),
        ("disconnect_client", "402::Unknown client"),
        ("advise_none", ""),
        ("advise_interval", ""),
    ] {
        let gws = start();
        let (client, id) = connected(&gws).await;

        assert_eq!(order(&gws, body("a1", name)).await, done());

        assert_eq!(look(&gws, FAULTS).await, json!([listed("a1", name, 1)]));
        let reply = client.bayeux(json!([connect(&id)])).await;
        assert_eq!(reply[0]["error"].as_str().unwrap_or_default(), error, "{name}");
        let advice = &reply[0]["advice"];
        match name {
            "advise_none" => assert_eq!(*advice, json!({ "reconnect": "none" })),
            "advise_interval" => assert_eq!(advice["interval"], 7),
            _ => assert_eq!(advice["reconnect"], "handshake"),
        }
    }
}

#[tokio::test]
async fn an_invalid_fault_is_refused_with_the_reason() {
    let gws = start();
    for (body, error) in [
        (json!({ "fault": "advise_none" }), "/user: got nothing, want a value"),
        (json!({ "user": "a1" }), "/fault: got nothing, want a value"),
        (
            json!({ "user": "a9", "fault": "advise_none" }),
            "/user: got \"a9\", want the id or userName of one of a1, a2, n1, s1, s2",
        ),
        (
            json!({ "user": "a1", "fault": "advise_interval" }),
            "/milliseconds: got nothing, want a value",
        ),
    ] {
        let expected = Answer::of(400, json!({ "error": error }));
        assert_eq!(order(&gws, body).await, expected);
    }
    for body in [
        json!({ "user": "a1", "fault": "advise_non" }),
        json!({ "user": "a1", "fault": "advise_none", "milliseconds": 7 }),
        json!({ "user": "a1", "fault": "advise_interval", "milliseconds": -1 }),
    ] {
        let refused = order(&gws, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.body["error"].is_string(), "{body}");
    }
    assert_eq!(look(&gws, FAULTS).await, json!([]));
    assert_eq!(look(&gws, TIMELINE).await, json!([]));
}

#[tokio::test]
async fn an_event_is_delivered_past_subscriptions_where_that_is_asked_for() {
    let gws = start();
    let (client, id) = connected(&gws).await;
    let event = |deliver: bool, data: u64| json!({ "user": "a1", "channel": "/v2/me/calls", "data": data, "deliver": deliver });
    let control = HttpClient::anonymous(&gws);
    let clients = |count: u64| Answer::of(200, json!({ "clients": count }));

    assert_eq!(control.post(NOTIFICATIONS, &event(false, 1)).await, clients(0));
    assert_eq!(control.post(NOTIFICATIONS, &event(true, 2)).await, clients(1));

    let told = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(told[0], json!({ "channel": "/v2/me/calls", "data": 2 }));
    assert_eq!(told.as_array().unwrap().len(), 2);
    client.bayeux(json!([subscribe(&id, "/v2/me/calls")])).await;
    assert_eq!(control.post(NOTIFICATIONS, &event(true, 3)).await, clients(1));
    let told = client.bayeux(json!([connect(&id)])).await;
    assert_eq!(told.as_array().unwrap().len(), 2, "once, though it has subscribed: {told}");
    let to_all = json!({ "channel": "/v2/me/calls", "data": 4, "deliver": true });
    let wrong = json!({ "error": "/user: got nothing, want a value" });
    let refused = Answer::of(400, wrong);
    assert_eq!(control.post(NOTIFICATIONS, &to_all).await, refused);
}

#[tokio::test]
async fn lost_events_are_counted_in_the_timeline() {
    let gws = start();
    let (client, id) = connected(&gws).await;
    client.bayeux(json!([subscribe(&id, "/v2/me/*")])).await;
    gws.customer(fixtures::SESSION).writes("one");
    assert_eq!(order(&gws, body("a1", "forget_client")).await, done());
    let timeline = look(&gws, TIMELINE).await;
    let mut entries = timeline.as_array().unwrap().iter();
    let event = entries.rfind(|it| it["kind"] == "notification").unwrap();
    assert_eq!(
        (&event["clients"], &event["delivered"], &event["lost"]),
        (&json!(1), &json!(0), &json!(1))
    );
}

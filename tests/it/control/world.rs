//! What a suite in another language sees of the fake, what it says of rules, and the scenario that it has played.

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use crate::control::look;
use support::{Answer, Desktop, HttpClient, handshake, intrude_path, own_path, taken};

async fn post(gws: &FakeGws, what: &str, body: Value) -> Answer {
    HttpClient::anonymous(gws).post(&format!("/__fake/{what}"), &body).await
}

fn done() -> Answer {
    Answer::of(200, json!({}))
}

#[tokio::test]
async fn users_are_shown_with_their_clients() {
    let gws = FakeGws::builder().control().start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    let users = look(&gws, "/__fake/users").await;
    let names: Vec<&str> =
        users.as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap()).collect();
    assert_eq!(names, ["a1", "a2", "n1", "s1", "s2"]);
    let s1 = &users[3];
    assert_eq!(s1["id"], fixtures::SUPERVISOR.id);
    assert_eq!(s1["monitors"], json!([{ "user": "a1", "mode": "Coach" }]));
    assert_eq!(s1["clients"], json!([{ "subscriptions": ["/v2/me/*"], "held": true }]));
    assert_eq!(users[0]["clients"], json!([]));
    desktop.sign_out().await;
}

#[tokio::test]
async fn sessions_are_shown_as_each_of_their_users_sees_them() {
    let gws = FakeGws::builder().control().start();
    let supervisor = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Monitor" });
    assert_eq!(supervisor.post(&intrude_path(), &intrude).await, taken());
    gws.supervisor().next_notification().await;
    gws.allow("bayeux-not-subscribed");
    let sessions = look(&gws, "/__fake/sessions").await;
    let session =
        sessions.as_array().unwrap().iter().find(|session| session["id"] == fixtures::SESSION);
    let views = session.unwrap()["views"].as_array().unwrap();
    let states: Vec<(&Value, &Value)> =
        views.iter().map(|view| (&view["user"], &view["smssession"]["state"])).collect();
    assert_eq!(states, [(&json!("a1"), &json!("Chatting")), (&json!("s1"), &json!("Invited"))]);
    // As GWS shows it to him.
    let own = supervisor.get(&own_path(fixtures::SESSION)).await.body["smssession"].take();
    assert_eq!(views[1]["smssession"], own);
}

#[tokio::test]
async fn the_verification_lists_violations_and_incomplete_sessions() {
    let gws = FakeGws::builder().control().require_complete_sessions().start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(client.get("/api/v2/Me").await.status, 404);
    client.bayeux(json!([handshake()])).await;
    let verification = look(&gws, "/__fake/verify").await;
    assert_eq!(verification, gws.report_json());
    assert_eq!(verification["broken"], true);
    let rules = |list: &Value| -> Vec<String> {
        let rules = list.as_array().unwrap().iter();
        rules.map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(&verification["violations"]), ["path-unknown"]);
    assert_eq!(rules(&verification["leftUndone"]), ["never-connected"]);
    let violations = look(&gws, "/__fake/violations").await;
    assert_eq!(rules(&violations), ["path-unknown", "never-connected"]);
    let in_rust = gws.report();
    let report = look(&gws, "/__fake/report").await;
    let calls = |rule: &str| {
        (
            format!("gws.allow(\"{rule}\")"),
            format!("POST /__fake/allow {{\"rule\":\"{rule}\"}}, or --allow {rule}"),
        )
    };
    let translated = ["path-unknown", "never-connected"]
        .map(calls)
        .iter()
        .fold(in_rust, |text, (rust, call)| text.replace(rust, call));
    assert_eq!(report, translated);
    for rule in ["path-unknown", "never-connected"] {
        assert_eq!(post(&gws, "allow", json!({ "rule": rule })).await, done());
    }
    assert_eq!(look(&gws, "/__fake/verify").await["broken"], false);
    assert_eq!(look(&gws, "/__fake/violations").await, json!([]));
}

#[tokio::test]
async fn rules_are_exempted_as_in_a_test_here() {
    let gws = FakeGws::builder().control().start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    assert_eq!(post(&gws, "expect-violation", json!({ "rule": "path-unknown" })).await, done());
    let missing = look(&gws, "/__fake/verify").await["expectedAndNotSeen"].take();
    assert_eq!(missing, json!(["path-unknown"]));
    client.get("/api/v2/Me").await;
    let wrong = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    assert_eq!(post(&gws, "allow-once", json!({ "rule": "intrude-mode" })).await, done());
    assert_eq!(client.post(&intrude_path(), &wrong).await.status, 400);
    assert_eq!(look(&gws, "/__fake/verify").await["broken"], false);
    assert_eq!(client.post(&intrude_path(), &wrong).await.status, 400);
    assert_eq!(look(&gws, "/__fake/violations").await[0]["rule"], "intrude-mode");
    gws.allow("intrude-mode");
    let unknown = post(&gws, "allow", json!({ "rule": "methd" })).await;
    let error = "/rule: got \"methd\", want a rule that exists; did you mean \"method\"?";
    assert_eq!(unknown, Answer::of(400, json!({ "error": error })));
}

fn scenario() -> Value {
    json!([
        { "step": "scenario", "version": 1 },
        { "step": "request", "by": "s1", "method": "GET", "path": "/api/v2/version", "answer": { "status": 200, "body": { "played": true } } },
        { "step": "request", "by": "s1", "method": "GET", "path": "/api/v2/me", "answer": { "status": 200, "body": { "played": true } } },
    ])
}

#[tokio::test]
async fn a_scenario_is_played_and_looked_at_and_recorded() {
    let gws = FakeGws::builder().control().start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let at = |playing: bool, come: u32, steps: u32| json!({ "playing": playing, "come": come, "steps": steps });
    let progress = |mut answer: Value| {
        let failure = answer.as_object_mut().unwrap().remove("failure").unwrap();
        (answer, failure)
    };
    assert_eq!(progress(look(&gws, "/__fake/scenario").await), (at(false, 0, 0), Value::Null));
    let begun = post(&gws, "scenario", json!({ "steps": scenario() })).await;
    let (begun, failure) = progress(begun.body);
    assert_eq!(begun, at(true, 0, 2));
    assert!(failure.as_str().unwrap().contains("step 1 of 2 did not come"), "{failure}");
    let played = json!({ "played": true });
    assert_eq!(client.get("/api/v2/version").await.body, played);
    assert_eq!(progress(look(&gws, "/__fake/scenario").await).0, at(true, 1, 2));
    // Another one would take its place before it is at its end.
    let refused = post(&gws, "scenario", json!({ "steps": scenario() })).await;
    assert_eq!(refused.status, 409);
    assert_eq!(client.get("/api/v2/me").await.body, played);
    assert_eq!(progress(look(&gws, "/__fake/scenario").await), (at(false, 2, 2), Value::Null));
    let recorded = look(&gws, "/__fake/recorded").await;
    assert_eq!(recorded, serde_json::from_str::<Value>(&gws.recorded()).unwrap());
    assert_eq!(recorded[1]["path"], "/api/v2/version");
}

#[tokio::test]
async fn a_scenario_that_is_left_says_why_and_one_that_is_none_is_refused() {
    let gws = FakeGws::builder().control().start();
    for (steps, error) in [
        (json!([{ "step": "scenario", "version": 1 }, { "step": "reqest" }]), "/steps/1"),
        (json!([{ "step": "scenario", "version": 2 }]), "want 1, which this version reads"),
        (
            json!([{ "step": "scenario", "version": 1 }, { "step": "push", "to": "s9", "channel": "/v2/me/x", "data": 1 }]),
            "s9",
        ),
    ] {
        let refused = post(&gws, "scenario", json!({ "steps": steps })).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        let said = refused.body["error"].as_str().unwrap();
        assert!(said.contains(error), "{said}");
    }
    assert_eq!(post(&gws, "scenario", json!({ "steps": scenario() })).await.status, 200);
    HttpClient::of(&gws, fixtures::SUPERVISOR).get("/api/v2/me").await;
    let left = look(&gws, "/__fake/scenario").await;
    assert_eq!(left["playing"], false);
    let failure = left["failure"].as_str().unwrap();
    assert!(
        failure.contains("step 1 of 2: want GET /api/v2/version by s1\ngot GET /api/v2/me"),
        "{failure}"
    );
    assert_eq!(post(&gws, "reset", json!({})).await, done());
}

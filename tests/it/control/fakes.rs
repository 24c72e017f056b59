//! The fakes that a suite in another language asks for, one for each test.

use std::panic::catch_unwind;
use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};

use support::{Answer, HttpClient, handshake};

const FAKES: &str = "/__fake/fakes";

/// A fake of the caller's own.
async fn ask(gws: &FakeGws, settings: Value) -> Value {
    let answer = HttpClient::anonymous(gws).post(FAKES, &settings).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn end(gws: &FakeGws, fake: &Value) -> Answer {
    HttpClient::anonymous(gws).delete(&format!("{FAKES}/{}", text(&fake["id"]))).await
}

/// A client of such a fake.
fn client(gws: &FakeGws, fake: &Value) -> HttpClient {
    HttpClient::of(gws, fixtures::SUPERVISOR).through(text(&fake["url"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn each_requested_fake_has_a_world_of_its_own() {
    let gws = FakeGws::builder().control().start();
    let (one, other) = (ask(&gws, json!({ "name": "one" })).await, ask(&gws, json!({})).await);
    assert_ne!(one["url"], other["url"]);
    assert_eq!(one["controlUrl"], format!("{}/__fake", text(&one["url"])));
    assert_eq!(one["cometdUrl"], format!("{}/api/v2/notifications", text(&one["url"])));
    let s1 = json!({ "userName": "s1", "id": fixtures::SUPERVISOR.id, "password": "password" });
    assert_eq!(one["users"][3], s1);
    let listed = json!([
        { "id": one["id"], "name": "one", "url": one["url"] },
        { "id": other["id"], "name": null, "url": other["url"] },
    ]);
    assert_eq!(HttpClient::anonymous(&gws).get(FAKES).await.body, listed);
    assert_eq!(client(&gws, &one).get("/api/v2/Me").await.status, 404);

    let broken = end(&gws, &one).await;
    assert_eq!((broken.status, &broken.body["broken"]), (200, &json!(true)));
    assert_eq!(broken.body["verification"]["violations"][0]["rule"], "path-unknown");
    let headline = format!(
        "contract broken: 1 violation in 1 request (fake started at {} for \"one\")\n",
        text(&one["url"])
    );
    assert!(text(&broken.body["report"]).starts_with(&headline), "{}", broken.body["report"]);
    let kept = end(&gws, &other).await;
    assert_eq!((kept.status, &kept.body["broken"]), (200, &json!(false)));
    assert_eq!(HttpClient::anonymous(&gws).get(FAKES).await.body, json!([]));
    // What was told is told once, and nothing of it is this fake's.
    assert_eq!(gws.end_fakes().len(), 0);
    gws.verify();
}

#[tokio::test]
async fn the_port_of_a_requested_fake_is_free_when_it_has_ended() {
    let gws = FakeGws::builder().control().start();
    let fake = ask(&gws, json!({})).await;
    end(&gws, &fake).await;
    let address = text(&fake["url"]).trim_start_matches("http://");
    std::net::TcpStream::connect(address).unwrap_err();
    let error = format!(
        "got the fake {}, want the id of one that has not ended: none is there",
        text(&fake["id"])
    );
    assert_eq!(end(&gws, &fake).await, Answer::of(404, json!({ "error": error })));
}

#[tokio::test]
async fn a_requested_fake_inherits_the_settings_that_the_request_does_not_name() {
    let gws = FakeGws::builder().control().csrf_protection().allow("query-string").start();
    let user = json!({ "id": "0123456789abcdef0123456789abcdef", "userName": "z1", "password": "z", "firstName": "Zoe", "lastName": "Z", "roles": ["ROLE_AGENT"], "features": [] });
    let asked = json!({
        "withoutFixtures": true,
        "users": [user],
        "sessions": [],
        "csrfProtection": false,
        "wholeSession": true,
        "allow": ["path-unknown"],
        "anonymous": "z1",
        "cometdTimeout": 7,
        "patience": 0,
    });
    let fake = ask(&gws, asked).await;
    let names: Vec<&str> =
        fake["users"].as_array().unwrap().iter().map(|fake| text(&fake["userName"])).collect();
    assert_eq!(names, ["z1"]);
    let client = HttpClient::anonymous(&gws).through(text(&fake["url"]));
    client.get("/api/v2/Me").await;
    client.get("/api/v2/version?x=1").await;
    // It demands no token.
    let shaken = client.bayeux(json!([handshake()])).await;
    assert_eq!(shaken[0]["advice"]["timeout"], 7);
    let connect_held = client.post("/__fake/parked", &json!({ "user": "z1" })).await;
    assert_eq!(connect_held.status, 409);
    let ended = end(&gws, &fake).await.body;
    assert_eq!(ended["verification"]["violations"], json!([]));
    assert_eq!(ended["verification"]["leftUndone"][0]["rule"], "never-connected");
}

#[tokio::test]
async fn wrong_settings_of_a_fake_are_refused_with_their_place() {
    let gws = FakeGws::builder().control().start();
    for (asked, error) in [
        (
            json!({ "cometdTimeot": 7 }),
            "/cometdTimeot: got 7, want no such field; did you mean \"cometdTimeout\"?",
        ),
        (json!({ "wholeSession": "yes" }), "/wholeSession: got \"yes\", want boolean"),
        (
            json!({ "allow": ["methd"] }),
            "/allow/0: got the rule \"methd\", want one that exists; did you mean \"method\"?",
        ),
        (
            json!({ "anonymous": "x9" }),
            "anonymous: got x9, want the userName of a user: a1, a2, n1, s1, s2",
        ),
        (json!({ "sessions": [{}] }), "/sessions/0/id: got nothing, want a value"),
        (
            json!({ "resources": { "me/skills": {} } }),
            "/resources: resource: got the path \"me/skills\", want one such as /me/skills, without a query",
        ),
        (
            json!({ "blameFrom": "Documented" }),
            "/blameFrom: got \"Documented\", want one of \"documented\", \"wire\", \"client\", \"analogy\", \"inferred\"; did you mean \"documented\"?",
        ),
    ] {
        let answer = HttpClient::anonymous(&gws).post(FAKES, &asked).await;
        assert_eq!((answer.status, text(&answer.body["error"])), (400, error));
    }
    assert_eq!(HttpClient::anonymous(&gws).get(FAKES).await.body, json!([]));
}

#[tokio::test]
async fn a_fake_over_max_fakes_is_refused_until_another_one_ends() {
    let gws = FakeGws::builder().control_with(1, Duration::from_secs(600)).start();
    let one = ask(&gws, json!({})).await;
    let refused = HttpClient::anonymous(&gws).post(FAKES, &json!({})).await;
    let error = "got 1 fakes that have not ended, want fewer than 1 before another one: end each with DELETE when its test ends, or allow more with --max-fakes";
    assert_eq!(refused, Answer::of(409, json!({ "error": error })));
    end(&gws, &one).await;
    ask(&gws, json!({})).await;
}

#[tokio::test]
async fn a_requested_fake_offers_no_fakes_itself() {
    let gws = FakeGws::builder().control().start();
    let fake = ask(&gws, json!({})).await;
    let control = HttpClient::anonymous(&gws).through(text(&fake["url"]));
    let answer = control.send(reqwest::Method::POST, FAKES, "", String::new()).await;
    assert_eq!(answer.status(), 404);
    let described = control.get("/__fake/openapi.json").await.body;
    assert!(described["paths"]["/__fake/timeline"].is_object());
    assert!(described["paths"][FAKES].is_null());
}

#[tokio::test]
async fn a_requested_fake_that_was_not_ended_fails_its_parent() {
    let gws = FakeGws::builder().control().start();
    let fake = ask(&gws, json!({ "name": "left" })).await;
    client(&gws, &fake).get("/api/v2/Me").await;
    let panic = catch_unwind(|| drop(gws)).unwrap_err();
    let report = panic.downcast_ref::<String>().unwrap();
    assert!(report.contains("for \"left\")\n") && report.contains("path-unknown"), "{report}");
}

#[tokio::test]
async fn a_requested_fake_answers_the_resources_of_its_request() {
    let gws = FakeGws::builder().control().start();
    let skills = json!({ "statusCode": 0, "skills": ["Linz"] });
    let fake = ask(&gws, json!({ "resources": { "/me/skills": skills } })).await;
    let answer = client(&gws, &fake).get("/api/v2/me/skills").await;
    assert_eq!((answer.status, answer.body), (200, skills));
    assert_eq!(end(&gws, &fake).await.body["broken"], false);
}

#[tokio::test]
async fn a_long_name_is_cut_in_the_middle_and_not_refused() {
    let gws = FakeGws::builder().control().start();
    let name = format!("begins {} ends", "x".repeat(300));
    let fake = ask(&gws, json!({ "name": name })).await;
    let shown = text(&fake["name"]);
    assert_eq!(shown.chars().count(), 201);
    assert!(shown.starts_with("begins x") && shown.ends_with("x ends"), "{shown}");
    let ended = end(&gws, &fake).await.body;
    assert!(text(&ended["report"]).contains(shown), "{}", ended["report"]);
}

/// The rule is inferred.
#[tokio::test]
async fn each_certainty_can_be_asked_for_at_the_start_and_by_a_call() {
    let gws = FakeGws::builder().control().start();
    let words = ["documented", "wire", "client", "analogy", "inferred"];
    for (place, least) in words.into_iter().enumerate() {
        let fake = ask(&gws, json!({ "blameFrom": least })).await;
        client(&gws, &fake).get("/api/v2/Me").await;
        let broken = |ended: &Value| ended["broken"] == true;
        let control = HttpClient::anonymous(&gws).through(text(&fake["url"]));
        assert_eq!(broken(&control.get("/__fake/verify").await.body), least == "inferred");
        let other = words[words.len() - 1 - place];
        let certainty = json!({ "certainty": other });
        assert_eq!(control.post("/__fake/blame-from", &certainty).await.body, json!({}));
        assert_eq!(broken(&end(&gws, &fake).await.body), other == "inferred");
    }
}

#[tokio::test]
async fn a_requested_fake_has_empty_capabilities_where_its_request_says_so() {
    let gws = FakeGws::builder().control().start();
    let fake = ask(&gws, json!({ "emptyCapabilitiesWhenCompleted": true })).await;
    let control = HttpClient::anonymous(&gws).through(text(&fake["url"]));
    let complete =
        json!({ "user": "a1", "session": fixtures::SESSION, "operationName": "Complete" });
    assert_eq!(control.post("/__fake/operation", &complete).await.body, json!({}));
    let next = control.post("/__fake/next-notification", &json!({ "user": "a1" })).await.body;
    assert_eq!(next["data"]["smssession"]["capabilities"], json!([]));
}

/// A suite in another language cannot call Rust.
#[tokio::test]
async fn hints_for_suites_in_other_languages_name_no_call_in_rust() {
    let gws = FakeGws::builder().control().body_limit(2000).start();
    let fake = ask(&gws, json!({ "name": "hints" })).await;
    let control = HttpClient::anonymous(&gws).through(text(&fake["url"]));
    let lose = json!({ "user": "s1", "fault": "lose_next_event" });
    control.post("/__fake/fault", &lose).await;
    let hang = json!({ "operationName": "Intrude", "exception": "hang", "times": 2 });
    control.post("/__fake/exception", &hang).await;
    control.post("/__fake/expect-violation", &json!({ "rule": "method" })).await;
    let supervisor = client(&gws, &fake);
    supervisor.get("/api/v2/Me").await;
    supervisor.get("/api/v2/me/smsessions").await;
    supervisor.get("/api/v2/me/smssessions/0").await;
    let never = json!({ "observed": { "request": { "operationName": "Intrude" } } });
    control.post("/__fake/never", &never).await;
    let refused = control.post("/__fake/customer-leaves", &json!({ "session": "0" })).await;
    let looks = ["report", "verify", "violations", "timeline"];
    let mut texts = vec![refused.text];
    for look in looks {
        texts.push(control.get(&format!("/__fake/{look}")).await.text);
    }
    texts.push(end(&gws, &fake).await.text);
    for text in &texts {
        for rust in ["builder()", "gws.allow", "gws.user", "gws.rest_faults", "gws.expect"] {
            assert!(!text.contains(rust), "{rust}: {text}");
        }
    }
    let report = &texts[1];
    assert!(
        report.contains("to accept it (the answer does not change): POST /__fake/allow {\"rule\":\"path-unknown\"}"),
        "{report}"
    );
    // In Rust, where they are read by the caller of the fake in Rust, they stay.
    HttpClient::of(&gws, fixtures::SUPERVISOR).get("/api/v2/Me").await;
    assert!(gws.report().contains("gws.allow(\"path-unknown\")"), "{}", gws.report());
    gws.allow("path-unknown");
}

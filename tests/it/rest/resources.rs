//! What a fixture answers at a path, before the fake's own answer.

use std::fs;

use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use serde_json::{Value, json};

use support::{Answer, HttpClient, Transport, in_both_ways};

fn skills() -> Value {
    json!({ "statusCode": 0, "skills": [{ "id": "1", "name": "Parcels" }] })
}

async fn a_resource_is_answered_with_any_query(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().resource("/me/skills", &skills()));
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    for query in ["", "?fields=*", "?fields=id&fields=x", "?anything"] {
        let answer = agent.get(&format!("/api/v2/me/skills{query}")).await;
        assert_eq!(answer, Answer::of(200, skills()), "{query}");
    }
}

async fn a_resource_replaces_the_answer_of_the_fake(transport: Transport) {
    let me = json!({ "statusCode": 0, "user": { "userName": "somebody" } });
    let devices = json!({ "statusCode": 0, "devices": [{ "id": "1001" }] });
    let builder = FakeGws::builder().resource("/api/v2/me", &me);
    let builder = builder.resource("/me/devices", &devices).resource("/me/devices", &me);
    let gws = transport.start_with(builder);
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    assert_eq!(agent.get("/api/v2/me?subresources=nonsense").await.body, me);
    assert_eq!(agent.get("/api/v2/me/devices?fields=*").await.body, me, "a later one goes before");
    let settings = agent.get("/api/v2/me/settings").await.body;
    assert_eq!(settings["key"], "name", "other paths are the fake's own");
}

async fn a_resource_is_answered_to_signed_in_callers_and_to_get_only(transport: Transport) {
    let gws = transport.start_with(FakeGws::builder().resource("/me/skills", &skills()));
    gws.expect_violation("credentials-missing");
    gws.expect_violation("not-modelled");
    let refused = json!({ "statusCode": 20, "statusMessage": "Access denied" });
    let answer = HttpClient::anonymous(&gws).get("/api/v2/me/skills").await;
    assert_eq!(answer, Answer::of(403, refused));
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    let posted = agent.send(Method::POST, "/api/v2/me/skills", "", String::new()).await;
    assert_eq!(posted.status(), 501);
}

async fn the_files_of_a_folder_are_answered_at_their_paths(transport: Transport) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join("resources").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("groups.json", r#"{"statusCode":0,"groups":[]}"#);
    write("me/skills.json", &skills().to_string());
    write("settings/interaction/general.json", r#"{"statusCode":0,"settings":[1]}"#);
    write("me/notes.txt", "no JSON");
    let gws = transport.start_with(FakeGws::builder().fixtures(folder.path()));
    let agent = HttpClient::of(&gws, fixtures::AGENT);
    assert_eq!(agent.get("/api/v2/groups?fields=*").await.body["groups"], json!([]));
    assert_eq!(agent.get("/api/v2/me/skills").await.body, skills());
    let settings = agent.get("/api/v2/settings/interaction/general").await;
    assert_eq!(settings.body["settings"], json!([1]));
    gws.expect_violation("not-modelled");
    assert_eq!(agent.get("/api/v2/settings/interaction").await.status, 501);
    assert_eq!(agent.get("/api/v2/me/notes").await.status, 501);
}

#[test]
fn a_wrong_path_is_refused_at_the_start() {
    for path in [
        "me/skills",
        "",
        "/",
        "/me/skills/",
        "/me/skills?fields=*",
        "/me/my skills",
        "/me/#1",
        "/api/v2",
    ] {
        let error = FakeGws::builder().resource(path, &skills()).try_start().unwrap_err();
        let want = "want one such as /me/skills, without a query";
        assert_eq!(error.to_string(), format!("resource: got the path {path:?}, {want}"));
    }
}

#[test]
fn a_file_that_is_no_json_is_refused_at_the_start_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("resources")).unwrap();
    for text in ["{", r#"{"a":1,"a":2}"#] {
        fs::write(folder.path().join("resources/groups.json"), text).unwrap();
        let error = FakeGws::builder().fixtures(folder.path()).try_start().unwrap_err().to_string();
        assert!(error.contains("groups.json: "), "{error}");
    }
}

in_both_ways!(
    a_resource_is_answered_with_any_query,
    a_resource_replaces_the_answer_of_the_fake,
    a_resource_is_answered_to_signed_in_callers_and_to_get_only,
    the_files_of_a_folder_are_answered_at_their_paths
);

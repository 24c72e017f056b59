//! Fixtures: the built-in ones by name, and a test's own.

use std::fs;

use gws_sms_fake::fixtures::{self, FixtureUser};
use gws_sms_fake::{FakeGws, Operation};
use serde_json::{Value, json};

use support::{Answer, HttpClient, own_path, taken};

fn fixture(name: &str) -> Value {
    let path = format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_constants_are_those_of_the_files() {
    for user in [
        fixtures::AGENT,
        fixtures::OTHER_AGENT,
        fixtures::SUPERVISOR,
        fixtures::OTHER_SUPERVISOR,
        fixtures::AGENT_WITHOUT_SMS,
    ] {
        let FixtureUser { id, user_name, password, .. } = user;
        let file = fixture(&format!("users/{user_name}"));
        let expected = [file["id"].as_str(), file["userName"].as_str(), file["password"].as_str()];
        assert_eq!([Some(id), Some(user_name), Some(password)], expected);
    }
    for (id, state) in [
        (fixtures::SESSION, "Chatting"),
        (fixtures::INVITED_SESSION, "Invited"),
        (fixtures::LEFT_SESSION, "LeftChat"),
        (fixtures::COMPLETED_SESSION, "Completed"),
        (fixtures::REVOKED_SESSION, "Revoked"),
        (fixtures::JOIN_FAILED_SESSION, "JoinFailed"),
    ] {
        let file = fixture(&format!("smssessions/{id}"));
        assert_eq!(
            (&file["id"], &file["state"], &file["userName"]),
            (&json!(id), &json!(state), &json!("a1"))
        );
    }
}

#[test]
fn users_are_found_by_part_and_by_name() {
    let gws = FakeGws::start();
    assert_eq!(gws.supervisor().id(), fixtures::SUPERVISOR.id);
    assert_eq!(gws.agent().id(), fixtures::AGENT.id);
    assert_eq!(gws.user("s2").password(), fixtures::OTHER_SUPERVISOR.password);
    let names: Vec<String> = gws.users().iter().map(|user| user.user_name().to_owned()).collect();
    assert_eq!(names, ["a1", "a2", "n1", "s1", "s2"]);
}

#[test]
#[should_panic(expected = "got the user name \"bob\", want one of a1, a2, n1, s1, s2")]
fn an_unknown_user_is_refused_with_those_there_are() {
    FakeGws::start().user("bob");
}

#[tokio::test]
async fn own_ones_from_a_folder_are_added_and_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("users")).unwrap();
    fs::create_dir_all(folder.path().join("smssessions")).unwrap();
    let mut user = fixture("users/a2");
    user["password"] = json!("other");
    fs::write(folder.path().join("users/a2.json"), user.to_string()).unwrap();
    let mut session = fixture("smssessions/0000UaB58WAR003P");
    session["id"] = json!("0000UaB58WAR00A2");
    session["userName"] = json!("a2");
    fs::write(folder.path().join("smssessions/own.json"), session.to_string()).unwrap();
    fs::write(folder.path().join("README.md"), "Not a fixture").unwrap();

    let gws = FakeGws::builder().fixtures(folder.path()).start();
    assert_eq!(gws.user("a2").password(), "other");
    let user = fixtures::OTHER_AGENT.with_password("other");
    let accept = json!({ "operationName": "Accept" });
    assert_eq!(
        HttpClient::of(&gws, user).post(&own_path("0000UaB58WAR00A2"), &accept).await,
        taken()
    );
    gws.received(Operation::Accept).once().by("a2");
}

#[tokio::test]
async fn own_ones_stand_alone_where_so_asked() {
    let user = json!({
        "id": "00000000000000000000000000000001",
        "userName": "solo",
        "password": "secret",
        "firstName": "So",
        "lastName": "Lo",
        "roles": ["ROLE_AGENT"],
        "features": [],
    });
    let gws = FakeGws::builder().without_fixtures().user(&user).start();
    assert_eq!(gws.users().len(), 1);
    assert_eq!(gws.agent().user_name(), "solo");
    gws.expect_violation("credentials-wrong");
    let Answer { status, .. } = HttpClient::of(&gws, fixtures::AGENT).get("/api/v2/me").await;
    assert_eq!(status, 403);
}

#[test]
fn a_fixture_in_code_that_breaks_its_schema_is_refused_with_place_and_reason() {
    let mut session = fixture("smssessions/0000UaB58WAR003N");
    session["participants"][1]["visibility"] = json!("Everybody");
    let error = FakeGws::builder().session(&session).try_start().unwrap_err().to_string();
    assert_eq!(
        error,
        "builder().session(..): /participants/1/visibility: got \"Everybody\", \
         want one of \"All\", \"Agents\", \"Supervisors\"; send one of them, letter by letter"
    );
}

/// What leads back would be read again and again: with two such links two to the power of forty times.
#[cfg(unix)]
#[test]
fn a_link_to_a_folder_among_resources_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let resources = folder.path().join("resources");
    fs::create_dir(&resources).unwrap();
    fs::write(resources.join("skills.json"), "{}").unwrap();
    for name in ["here", "there"] {
        std::os::unix::fs::symlink(".", resources.join(name)).unwrap();
    }
    let error = FakeGws::builder().fixtures(folder.path()).try_start().unwrap_err().to_string();
    let shown = resources.join("here").display().to_string();
    let expected =
        "got a link to a folder, want the folder itself: it may lead back, or out of this one";
    assert_eq!(error, format!("{shown}: {expected}"));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let resources = folder.path().join("resources");
    fs::create_dir(&resources).unwrap();
    fs::write(folder.path().join("skills"), r#"{"statusCode":0}"#).unwrap();
    std::os::unix::fs::symlink("../skills", resources.join("skills.json")).unwrap();
    FakeGws::builder().fixtures(folder.path()).try_start().unwrap();
}

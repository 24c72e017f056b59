//! The fakes that a suite in another language asks the program for.

use gws_sms_fake::fixtures;
use serde_json::json;
use support::HttpClient;

use crate::running::Program;

/// Its lines are told apart from those of the one that it was asked of.
#[tokio::test]
async fn lines_of_a_requested_fake_are_prefixed_and_its_violation_fails_the_program() {
    let mut program = Program::serve(&[]).await;
    let client = HttpClient::to(program.url());
    let left = client.post("/__fake/fakes", &json!({ "name": "left" })).await.body;
    client.post("/__fake/fakes", &json!({ "name": "kept" })).await;
    let supervisor = client.through(left["url"].as_str().unwrap());
    supervisor.with_credentials(fixtures::SUPERVISOR).get("/api/v2/Me").await;
    let line = program.line("GET /api/v2/Me").await;
    assert!(line.starts_with("[1] "), "{line}");
    let ended = program.end("-TERM").await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.said.ends_with("contract broken by 1 of 2 fakes: 1 request in all\n"),
        "{ended:?}"
    );
    assert!(ended.said.contains("contract broken: 1 violation in 1 request\n"), "{ended:?}");
    assert_eq!(ended.said.matches("contract ").count(), 2, "{ended:?}");
}

#[tokio::test]
async fn serve_names_a_broken_fake_whose_test_has_deleted_it() {
    let program = Program::serve(&[]).await;
    let client = HttpClient::to(program.url());
    let fake = client.post("/__fake/fakes", &json!({ "name": "deleted" })).await.body;
    let supervisor = client.through(fake["url"].as_str().unwrap());
    supervisor.with_credentials(fixtures::SUPERVISOR).get("/api/v2/Me").await;
    let path = format!("/__fake/fakes/{}", fake["id"].as_str().unwrap());
    assert_eq!(client.delete(&path).await.body["broken"], true);
    let ended = program.end("-TERM").await;
    // The verdict is the test's own, and nobody has used the fake of the program.
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.said.ends_with("contract broken by 1 of 1 fake: 1 request in all\n"),
        "{ended:?}"
    );
    assert!(!ended.said.contains("rule path-unknown"), "its test has the report: {ended:?}");
    assert!(!ended.said.contains("contract kept"), "{ended:?}");
    assert!(!ended.said.contains("nothing reached"), "{ended:?}");
}

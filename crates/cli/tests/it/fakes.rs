//! The fakes that a suite in another language asks the program for.

use serde_json::{Value, json};

use crate::running::Program;

/// Its lines are told apart from those of the one that it was asked of.
#[tokio::test]
async fn lines_of_a_requested_fake_are_prefixed_and_its_violation_fails_the_program() {
    let mut program = Program::serve(&[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let fakes = format!("{}/__fake/fakes", program.url());
    let asked = client.post(&fakes).json(&json!({ "name": "left" })).send().await.unwrap();
    let left: Value = asked.json().await.unwrap();
    client.post(&fakes).json(&json!({ "name": "kept" })).send().await.unwrap();
    let request = client.get(format!("{}/api/v2/Me", left["url"].as_str().unwrap()));
    request.basic_auth("s1", Some("password")).send().await.unwrap();
    let line = program.line("GET /api/v2/Me").await;
    assert!(line.starts_with("[1] "), "{line}");
    let ended = program.end("-TERM").await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.contains("contract kept: 0 requests\n"), "{ended:?}");
    assert!(ended.said.contains("contract broken: 1 violation in 1 request\n"), "{ended:?}");
    assert_eq!(ended.said.matches("contract ").count(), 2, "{ended:?}");
}

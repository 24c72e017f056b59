//! `gws-sms-fake replay` of every shipped scenario against `gws-sms-fake serve`: the fake itself shows no difference. What a
//! test does goes through the control endpoint.

use std::fs;

use serde_json::{Value, json};
use support::repository;

use crate::running::{Ended, Program};

/// A path of a shipped scenario.
fn shipped(name: &str) -> String {
    repository("fixtures/scenarios").join(name).to_str().unwrap().to_owned()
}

async fn replay(file: &str, url: &str, arguments: &[&str]) -> Ended {
    let by_default = ["replay", file, "--against", url, "--wait-timeout", "5000"];
    Program::run(&[&by_default, arguments].concat()).await
}

/// A fresh fake does all that the scenario says, with the time that is taken by default.
async fn check(name: &str) {
    let file = shipped(name);
    let served = Program::serve(&[]).await;
    let arguments = ["replay", &file, "--against", served.url(), "--control"];
    let ended = Program::run(&arguments).await;
    assert_eq!(ended.code, Some(0), "{name}: {}", ended.said);
    let left = "not compared, since the client of that user has left";
    let others: Vec<&str> = ended.errors.lines().filter(|line| !line.contains(left)).collect();
    assert!(others.is_empty(), "{name}: {others:?}");
}

#[tokio::test]
async fn a_fresh_fake_shows_no_difference_to_a_shipped_scenario_with_control() {
    check("documented-intrude.json").await;
    check("intrude-accept-coach-barge-in-leave.json").await;
    check("refused-intrusions.json").await;
    check("lost-client.json").await;
}

#[tokio::test]
async fn a_fresh_fake_shows_no_difference_to_the_supervisors_day_with_control() {
    check("supervisors-day.json").await;
}

/// Nobody routes a session to the agent, so that the request for it has no id to send.
#[tokio::test]
async fn a_replay_stops_with_the_reason_when_a_later_step_needs_a_push_that_did_not_come() {
    let file = shipped("supervisors-day.json");
    let served = Program::serve(&[]).await;
    let arguments = ["replay", &file, "--against", served.url(), "--wait-timeout", "300"];
    let ended = Program::run(&arguments).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let stopped = ended.said.lines().last().unwrap().replace(&file, "FILE");
    expect_test::expect!["FILE:19: stopped at step 17: push to a1 on /v2/me/smssessions: it did not come within 300 ms, and step 18 (POST /api/v2/me/smssessions/${session} Accept by a1) needs its ${session}; see what leads to it, such as a customer who writes, and have it done: 50 steps were not sent"].assert_eq(&stopped);
    assert!(ended.said.starts_with("1 difference between"), "{ended:?}");
    let fresh = Program::serve(&[]).await;
    let arguments = ["replay", &file, "--against", fresh.url(), "--wait-timeout", "300"];
    let json = Program::run(&[&arguments[..], &["--format", "json"]].concat()).await.said;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["stopped"].as_str().unwrap().contains("stopped at step 17"), "{json}");
}

#[tokio::test]
async fn every_shipped_scenario_is_among_them() {
    let folder = repository("fixtures/scenarios");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 5);
}

#[tokio::test]
async fn steps_of_the_test_are_left_out_with_a_note_without_control() {
    let file = shipped("lost-client.json");
    let served = Program::serve(&[]).await;
    let ended = replay(&file, served.url(), &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.errors,
        format!(
            "note: {file}:9: step 7: test fault: left out, since a real system has no control endpoint; --control sends it to that of a served fake\n"
        )
    );
}

#[tokio::test]
async fn a_step_that_the_control_endpoint_refuses_ends_the_replay_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("documented-intrude.json").to_str().unwrap().to_owned();
    let unknown =
        json!({ "step": "test", "call": "fault", "with": { "fault": "forget", "user": "s1" } });
    let text = fs::read_to_string(shipped("documented-intrude.json")).unwrap();
    fs::write(
        &file,
        text.replacen("{\"step\":\"request\"", &format!("{unknown},\n{{\"step\":\"request\""), 1),
    )
    .unwrap();
    let served = Program::serve(&[]).await;
    let ended = replay(&file, served.url(), &["--control"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let folder = format!("{}/", folder.path().display());
    expect_test::expect![[r#"
        gws-sms-fake: cannot replay: documented-intrude.json:3: step 1: test fault: /__fake/fault answers HTTP 400, /fault: got "forget", want one of "lose_next_event", "duplicate_next_event", "delay_next_event", "reorder_next_events", "deliver_on_subscribe", "deliver_before_answer", "deliver_after_answer", "never_deliver", "refuse_next_handshake", "lose_next_cookie", "forget_client", "disconnect_client", "fail_held_connect", "cut_held_connect", "advise_none", "advise_interval"; did you mean "forget_client"?; correct the step, replay against a fake that `serve` serves, or omit --control
    "#]].assert_eq(&ended.errors.replace(&folder, ""));
}

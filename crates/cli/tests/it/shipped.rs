//! `gws-sms-fake replay` of every shipped scenario against `gws-sms-fake serve`: the fake itself shows no difference. What a
//! test does goes through the control endpoint.

use std::fs;

use serde_json::{Value, json};
use support::repository;
use tempfile::TempDir;

use crate::running::{Ended, Program};

/// What a test does, and the text of the event that follows from it. The events of a shipped scenario are those of its file;
/// to have them from a fake that plays nothing, somebody must do what led to them.
type Done = (&'static str, Value, &'static str);

fn shipped(name: &str) -> String {
    let path = repository("fixtures/scenarios").join(name);
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// A file with that scenario, in which the test does these things, each in front of the first line that has its text and
/// stands behind the one before.
fn with(name: &str, done: &[Done]) -> (TempDir, String) {
    let mut text = String::new();
    let mut done = done.iter().peekable();
    for line in shipped(name).lines() {
        if let Some((call, with, _)) = done.next_if(|(.., before)| line.contains(before)) {
            text += &format!("{},\n", json!({ "step": "test", "call": call, "with": with }));
        }
        text += &format!("{line}\n");
    }
    assert!(done.next().is_none(), "{name}: {text}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(&path, text).unwrap();
    (folder, path)
}

async fn replay(file: &str, url: &str, arguments: &[&str]) -> Ended {
    let usual = ["replay", file, "--against", url, "--patience", "5000"];
    Program::run(&[&usual, arguments].concat()).await
}

async fn check(name: &str, done: &[Done]) {
    let (_folder, file) = with(name, done);
    let served = Program::serve(&[]).await;
    let ended = replay(&file, served.url(), &["--control"]).await;
    assert_eq!(ended.code, Some(0), "{name}: {}", ended.said);
    let left = "not compared, since the client of that user has left";
    let others: Vec<&str> = ended.errors.lines().filter(|line| !line.contains(left)).collect();
    assert!(others.is_empty(), "{name}: {others:?}");
}

#[tokio::test]
async fn the_fake_shows_no_difference_to_a_shipped_scenario() {
    check("documented-intrude.json", &[]).await;
    check("intrude-accept-coach-barge-in-leave.json", &[]).await;
    check("refused-intrusions.json", &[]).await;
    check("lost-client.json", &[]).await;
}

#[tokio::test]
async fn the_fake_shows_no_difference_to_the_supervisors_day_with_control() {
    let session = || json!({ "session": "${session}" });
    let mut writes = session();
    writes["text"] = json!("My parcel has not arrived");
    let done = [
        ("route", json!({ "user": "a1" }), r#""state":"Invited""#),
        ("customer-writes", writes, "My parcel has not arrived"),
        // The customer is no participant any longer.
        ("customer-leaves", session(), r#""participants":[{"nickname":"Kristi""#),
    ];
    check("supervisors-day.json", &done).await;
}

#[tokio::test]
async fn every_shipped_scenario_is_among_them() {
    let folder = repository("fixtures/scenarios");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 5);
}

#[tokio::test]
async fn steps_of_the_test_are_left_out_with_a_note_without_control() {
    let (_folder, file) = with("lost-client.json", &[]);
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
    let unknown = ("fault", json!({ "fault": "forget", "user": "s1" }), r#""step":"request""#);
    let (folder, file) = with("documented-intrude.json", &[unknown]);
    let served = Program::serve(&[]).await;
    let ended = replay(&file, served.url(), &["--control"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let folder = format!("{}/", folder.path().display());
    expect_test::expect![[r#"
        gws-sms-fake: documented-intrude.json:3: step 1: test fault: got HTTP 400 from /__fake/fault, /fault: got "forget", want one of "lose_next_event", "duplicate_next_event", "delay_next_event", "reorder_next_events", "deliver_on_subscribe", "deliver_before_answer", "deliver_after_answer", "never_deliver", "refuse_next_handshake", "lose_next_cookie", "forget_client", "disconnect_client", "fail_held_connect", "cut_held_connect", "advise_none", "advise_interval"; want 200 of a fake that `serve` serves
    "#]].assert_eq(&ended.errors.replace(&folder, ""));
}

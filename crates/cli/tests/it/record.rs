//! `gws-sms-fake record`: a proxy in front of a fake, and what becomes of its file.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use gws_sms_fake::{FakeGws, fixtures};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::{Ended, Program};
use support::{Desktop, HttpClient, intrude_path, own_path, taken};

/// Acts as a client, and returns what it learns.
pub(crate) async fn story(gws: &FakeGws, url: &str) -> Vec<Value> {
    let http = HttpClient::of(gws, fixtures::SUPERVISOR).through(url);
    let mut desktop = Desktop::sign_in_with(gws, fixtures::SUPERVISOR, http).await;
    let start = json!({ "operationName": "StartContactCenterSession", "channels": ["smssession"] });
    assert_eq!(desktop.http.post("/api/v2/me", &start).await, taken());
    assert_eq!(desktop.intrude("BargeIn").await, taken());
    let mut events = desktop.events_so_far().await;
    assert_eq!(desktop.operate(fixtures::SESSION, "Accept").await, taken());
    let text = json!({ "operationName": "SendMessage", "text": "planted in a text" });
    assert_eq!(desktop.http.post(&own_path(fixtures::SESSION), &text).await, taken());
    events.extend(desktop.events_so_far().await);
    desktop.sign_out().await;
    events
}

pub(crate) fn kinds(events: &[Value]) -> Vec<Value> {
    let kind = |value: &Value| json!([value["messageType"], value["notificationType"]]);
    events.iter().map(kind).collect()
}

fn file(folder: &TempDir) -> String {
    folder.path().join("story.json").to_str().unwrap().to_owned()
}

fn part(file: &str) -> PathBuf {
    PathBuf::from(format!("{file}.part"))
}

#[tokio::test]
async fn a_recording_of_a_desktop_plays_to_the_same_desktop() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    let received = story(&gws, recorder.url()).await;
    let (url, upstream) = (recorder.url().to_owned(), gws.url().to_owned());
    let ended = recorder.end("-TERM").await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(!part(&file).exists());
    let text = fs::read_to_string(&file).unwrap();
    for hidden in ["planted", "Paula", "Franklin", "password", "JSESSIONID", &url, &upstream] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert!(
        received.iter().any(|notification| notification.to_string().contains(&url)),
        "on the proxy: {received:?}"
    );

    let played = FakeGws::builder().play(&file).start();
    let again = story(&played, played.url()).await;
    assert_eq!(kinds(&again), kinds(&received));
    played.try_verify().unwrap_or_else(|report| panic!("{report}\n{text}"));

    // What the recording has hidden is sent as what it is called there.
    let real = FakeGws::start();
    let replayed = Program::run(&["replay", &file, "--against", real.url()]).await;
    assert_eq!(replayed.code, Some(0), "{replayed:?}");
}

#[tokio::test]
async fn a_rule_that_is_switched_off_keeps_what_it_would_have_replaced() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &["--keep", "names"]).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(recorder.url());
    assert_eq!(http.get("/api/v2/me").await.status, 200);
    assert_eq!(recorder.end("-INT").await.code, Some(0));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("Paula") && !text.contains("password"), "{text}");
}

/// Secrets in every place that a request has.
#[tokio::test]
async fn no_header_no_path_and_no_body_brings_a_secret_into_the_file() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::builder().allow("path-unknown").start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(recorder.url());
    let http = http.with_header("x-planted", "planted").with_header("cookie", "planted=planted");
    let paths = [intrude_path(), "/api/v2/planted/%2B49301234567?planted=planted".to_owned()];
    for path in paths {
        let body = json!({ "operationName": "planted", "planted": { "planted": 815815815 } });
        http.send(Method::POST, &path, "application/json", body.to_string()).await;
        http.send(Method::POST, &path, "text/planted", "planted".to_owned()).await;
    }
    let while_recording = fs::read_to_string(part(&file)).unwrap();
    recorder.end("-TERM").await;
    for text in [while_recording, fs::read_to_string(&file).unwrap()] {
        for hidden in ["815815815", "1234567", ":\"planted", "/planted", "=planted"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
    std::mem::forget(gws);
}

#[tokio::test]
async fn an_upstream_that_dies_in_the_middle_loses_nothing_that_was_written() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(recorder.url());
    assert_eq!(http.get("/api/v2/me").await.status, 200);
    drop(gws);
    let answer = http.get("/api/v2/me/devices").await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.as_str().unwrap().contains("did not answer"), "{answer:?}");
    let Ended { code, said, .. } = recorder.end("-TERM").await;
    assert_eq!(code, Some(0));
    // The time, and the system's own words for what is gone, differ.
    let (said, _) = said.rsplit_once(": ").unwrap();
    let (before, behind) = said.split_once("at ").unwrap();
    let (_, behind) = behind.split_once(" ms").unwrap();
    let said = format!("{before}some{behind}");
    let place = format!("{}/", folder.path().display());
    expect![[r#"
        story.json: 1 request, 0 Bayeux messages, 0 pushed events
        story.json:3: behind this step, some: GET /api/v2/me/devices: the upstream did not answer"#]].assert_eq(&said.replace(&place, ""));
    assert!(fs::read_to_string(&file).unwrap().contains("\"path\":\"/api/v2/me\""));
}

#[tokio::test]
async fn a_recording_that_a_crash_left_is_finished_later_and_not_overwritten() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    let http = HttpClient::of(&gws, fixtures::SUPERVISOR).through(recorder.url());
    assert_eq!(http.get("/api/v2/me").await.status, 200);
    assert_eq!(recorder.end("-KILL").await.code, None);
    assert!(part(&file).exists() && !Path::new(&file).exists());
    let again = ["record", "--port", "0", "--upstream", gws.url(), "-o", &file];
    let refused = Program::run(&again).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.errors.contains("finish it with `record --finish "), "{refused:?}");
    let finished = Program::run(&["record", "--finish", &file]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(!part(&file).exists());
    FakeGws::builder().play(&file).try_start().map(std::mem::forget).unwrap();
}

#[tokio::test]
async fn a_broken_line_in_the_middle_is_one_error_and_the_recording_is_kept() {
    let folder = TempDir::new().unwrap();
    let file = file(&folder);
    let note = r#"{"note":{"at":1,"text":"GET /api: the upstream did not answer"}}"#;
    let check = async |text: String, expected: Expect| {
        fs::write(part(&file), &text).unwrap();
        let ended = Program::run(&["record", "--finish", &file]).await;
        assert_eq!((ended.code, Path::new(&file).exists()), (Some(1), false), "{ended:?}");
        assert_eq!(fs::read_to_string(part(&file)).unwrap(), text);
        let place = format!("{}/", folder.path().display());
        expected.assert_eq(ended.errors.replace(&place, "").trim_end());
    };
    check(format!("{note}\n{{\"no\n{note}\n"), expect!["gws-sms-fake: cannot finish the recording: story.json.part:2: EOF while parsing a string; remove the line, which `record` has not written so, and finish again"]).await;
    check(format!("{note}\n{{\"planted\":1}}\n"), expect!["gws-sms-fake: cannot finish the recording: story.json.part:2: unknown variant `planted`, expected `over` or `note`; remove the line, which `record` has not written so, and finish again"]).await;
    fs::remove_file(part(&file)).unwrap();
    let ended = Program::run(&["record", "--finish", &file]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.errors.contains("story.json.part: "), "{ended:?}");
}

#[tokio::test]
async fn the_rules_of_redaction_are_printed_and_a_wrong_one_is_refused() {
    let printed = Program::run(&["record", "--redactions"]).await;
    assert!(printed.said.contains("phone-numbers"), "{printed:?}");
    let wrong =
        ["record", "--upstream", "http://127.0.0.1:1", "-o", "x", "--port", "0", "--keep", "phone"];
    let wrong = Program::run(&wrong).await;
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong
            .errors
            .contains("--keep phone: there is no such rule of redaction; name one of credentials"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_there_is_not_overwritten_and_one_that_is_recorded_not_finished() {
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    for named in [file.clone(), format!("{file}.part")] {
        let finished = Program::run(&["record", "--finish", &named]).await;
        assert_eq!(finished.code, Some(1), "{finished:?}");
        assert!(finished.errors.contains("it is being recorded; end the recorder"), "{finished:?}");
    }
    assert_eq!(recorder.end("-TERM").await.code, Some(0));
    let again =
        Program::run(&["record", "--port", "0", "--upstream", gws.url(), "-o", &file]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.errors.contains("the file exists; remove it"), "{again:?}");
}

#[tokio::test]
async fn users_that_no_built_in_fixture_has_are_named() {
    let user = json!({
        "id": "00000000000000000000000000000abc", "userName": "jdoe", "password": "password",
        "roles": ["ROLE_AGENT"], "features": [], "firstName": "J", "lastName": "D",
    });
    let (folder, gws) = (TempDir::new().unwrap(), FakeGws::builder().user(&user).start());
    let file = file(&folder);
    let recorder = Program::record(gws.url(), &file, &[]).await;
    let jdoe = fixtures::FixtureUser::new("x", "jdoe", "password");
    let http = HttpClient::of(&gws, jdoe).through(recorder.url());
    assert_eq!(http.get("/api/v2/me?subresources=*").await.status, 200);
    let ended = recorder.end("-TERM").await;
    let received =
        "users that are none of the built-in fixtures: user-1; record with --user NAME=s1";
    assert!(ended.said.contains(received), "{ended:?}");
    // What GWS's own words are is no secret.
    assert!(fs::read_to_string(&file).unwrap().contains("/api/v2/me?subresources=*"));
}

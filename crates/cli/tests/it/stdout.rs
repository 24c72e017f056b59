//! Output that is lost: nobody takes a lost report for a clean one.

use std::fs::{self, OpenOptions};
use std::io;
use std::process::{Command, Stdio};

use gws_sms_fake::FakeGws;
use serde_json::json;
use tempfile::TempDir;

/// Each command that prints a document or a report, and nothing beside it; at `URL` there is a fake.
const COMMANDS: [&[&str]; 12] = [
    &["export", "schemas"],
    &["export", "openapi"],
    &["lint"],
    &["diff", "same", "same"],
    &["check", "request.json"],
    &["check", "request.json", "--format", "github"],
    &["check", "request.json", "--format", "junit"],
    &["check", "wrong.json"],
    &["rules"],
    &["coverage", "coverage.jsonl"],
    &["replay", "scenario.json", "--against", "URL"],
    &["replay", "other.json", "--against", "URL"],
];
/// The files that do not conform, so that the program exits with 2.
const BROKEN: [&str; 2] = ["wrong.json", "other.json"];

/// Returns the exit code of a command, and its standard error.
fn ended(arguments: &[&str], output: Stdio) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("same")).unwrap();
    fs::write(folder.path().join("same/ring-request.json"), "{}").unwrap();
    fs::write(folder.path().join("request.json"), r#"{"operationName":"Intrude"}"#).unwrap();
    fs::write(folder.path().join("wrong.json"), r#"{"operationName":"Intrude","a":1}"#).unwrap();
    let covered =
        format!("{{\"gws-sms-fake\":\"{}\",\"exercised\":{{}}}}", env!("CARGO_PKG_VERSION"));
    fs::write(folder.path().join("coverage.jsonl"), covered).unwrap();
    let head = json!({ "step": "scenario", "version": 1 });
    let path = "/api/v2/diagnostics/version";
    let answer = json!({ "status": 204 });
    let other =
        json!({ "step": "request", "by": "s1", "method": "GET", "path": path, "answer": answer });
    fs::write(folder.path().join("scenario.json"), json!([head]).to_string()).unwrap();
    fs::write(folder.path().join("other.json"), json!([head, other]).to_string()).unwrap();
    let gws = FakeGws::start();
    let arguments =
        arguments.iter().map(|argument| if *argument == "URL" { gws.url() } else { argument });
    let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
    let program = program.current_dir(&folder).args(arguments).stdout(output);
    let ended = program.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn a_full_disk_exits_with_1() {
    for arguments in COMMANDS {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, errors) = ended(arguments, full.into());
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        let want = "gws-sms-fake: cannot write to standard output: No space left on device";
        assert!(errors.starts_with(want), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    }
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_error() {
    for arguments in COMMANDS {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let (code, errors) = ended(arguments, writer.into());
        let wanted = if arguments.iter().any(|argument| BROKEN.contains(argument)) { 2 } else { 0 };
        assert_eq!((code, errors.as_str()), (Some(wanted), ""), "{arguments:?}");
    }
}

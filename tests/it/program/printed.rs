//! What is printed and does not arrive: nobody takes a lost report for a clean one.

use std::fs::{self, OpenOptions};
use std::io;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Each command that prints a document or a report, with something that it has nothing to say against.
const COMMANDS: [&[&str]; 9] = [
    &["export", "schemas"],
    &["export", "openapi"],
    &["lint"],
    &["diff", "same", "same"],
    &["check", "request.json"],
    &["check", "request.json", "--format", "github"],
    &["check", "request.json", "--format", "junit"],
    &["check", "wrong.json"],
    &["rules"],
];

/// How a command ends, and what it says on standard error.
fn ended(arguments: &[&str], output: Stdio) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("same")).unwrap();
    fs::write(folder.path().join("same/ring-request.json"), "{}").unwrap();
    fs::write(folder.path().join("request.json"), r#"{"operationName":"Intrude"}"#).unwrap();
    fs::write(folder.path().join("wrong.json"), r#"{"operationName":"Intrude","a":1}"#).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
    let program = program.current_dir(&folder).args(arguments).stdout(output);
    let ended = program.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn a_disk_that_is_full_is_told() {
    for arguments in COMMANDS {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, errors) = ended(arguments, full.into());
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        let want = "gws-sms-fake: standard output: got No space left on device";
        assert!(errors.starts_with(want), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    }
}

#[test]
fn a_reader_who_has_had_enough_is_no_error() {
    for arguments in COMMANDS {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let (code, errors) = ended(arguments, writer.into());
        let wanted = if arguments.contains(&"wrong.json") { 2 } else { 0 };
        assert_eq!((code, errors.as_str()), (Some(wanted), ""), "{arguments:?}");
    }
}

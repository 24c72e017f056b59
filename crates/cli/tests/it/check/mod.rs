//! `gws-sms-fake check`: what it finds, and what it says of that.

mod arguments;
mod around;
mod files;
mod formats;
mod forms;
mod malformed;
#[cfg(target_os = "linux")]
mod many;
mod refused;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use expect_test::Expect;
use tempfile::TempDir;

/// Recordings of a test's own.
struct Recordings {
    folder: TempDir,
}

/// The end of the program: its exit code and its output.
#[derive(Debug, PartialEq)]
struct Ended {
    code: Option<i32>,
    said: String,
    errors: String,
}

impl Recordings {
    /// Files with their names and texts.
    fn of<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Self {
        let recordings = Self { folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            let path = recordings.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        recordings
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program in their folder.
    fn check(&self, arguments: &[&str]) -> Ended {
        self.check_said("", arguments)
    }

    /// The same with that on the standard input.
    fn check_said(&self, input: &str, arguments: &[&str]) -> Ended {
        let mut program = self.program(arguments);
        let mut child = program.spawn().unwrap();
        // It may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (said, errors) = (text(output.stdout), text(output.stderr));
        Ended { code: output.status.code(), said, errors }
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            program.env_remove(name);
        }
        program.current_dir(&self.folder).arg("check").args(arguments);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program
    }
}

/// A request with a mode that there is not, on a line with one that is right; and an unknown field in a notification.
const REQUESTS: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Coach"}
{"operationName":"Intrude","supervisorVisibilityMode":"monitor"}
"#;
const NOTIFICATION: &str = r#"{
  "messageType": "SMSsessionStateChangeMessage",
  "notificationType": "StatusChange",
  "smssession": {
    "id": "0000UaB58WAR003N",
    "uri": "http://gws/api/v2/me/smssessions/0000UaB58WAR003N",
    "state": "Invited",
    "mood": "good"
  }
}
"#;

/// Recordings in which there is an error and a note.
fn broken() -> Recordings {
    Recordings::of(&[("requests.jsonl", REQUESTS), ("invited.json", NOTIFICATION)])
}

/// Returns the report on a file of that name and text, without the lines that show it.
fn check(name: &str, text: &str, arguments: &[&str], expected: &Expect) {
    let ended = Recordings::of(&[(name, text)]).check(&[&[name], arguments].concat());
    let is_told = |line: &&str| !line.is_empty() && !line.contains('|');
    let said: String = ended.said.lines().filter(is_told).map(|line| format!("{line}\n")).collect();
    expected.assert_eq(&format!("{}{said}exit code {}\n", ended.errors, ended.code.unwrap()));
}

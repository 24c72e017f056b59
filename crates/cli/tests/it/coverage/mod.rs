//! `gws-sms-fake coverage`, and what processes write for it.

mod suite;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::expect;
use gws_sms_fake::{FakeGws, fixtures};
use gws_sms_fake_cli::coverage::merged::Coverage;
use serde_json::{Value, json};
use tempfile::TempDir;

use support::{HttpClient, intrude_path, taken};

/// A line of this version.
const INVITED: &str = r#"{"gws-sms-fake":"0.1.0","exercised":{"operations":["Accept","Intrude"],"states":["Invited"]}}"#;
const CHATTING: &str = r#"{"gws-sms-fake":"0.1.0","exercised":{"operations":["Intrude"],"states":["Chatting","Invited"]}}"#;

/// Coverage files of a test's own.
struct Files {
    folder: TempDir,
}

/// The end of the program: its exit code and its output.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    said: String,
    errors: String,
}

impl Files {
    fn of(texts: &[&str]) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        for (index, text) in texts.iter().enumerate() {
            fs::write(files.path(&index.to_string()), text).unwrap();
        }
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the program in their folder.
    fn coverage(&self, arguments: &[&str]) -> Ended {
        let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
        program.current_dir(&self.folder).arg("coverage").args(arguments);
        let output = program.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (said, errors) = (text(output.stdout), text(output.stderr));
        Ended { code: output.status.code(), said, errors }
    }
}

/// The row of a kind in the table.
fn row(table: &str, kind: &str) -> String {
    let row = table.lines().find(|line| line.trim_start().starts_with(kind)).unwrap();
    row.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_lines_of_all_files_are_put_together() {
    let files = Files::of(&[&format!("{INVITED}\n{INVITED}\n"), &format!("{CHATTING}\n")]);
    let ended = files.coverage(&["0", "1"]);
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.said.starts_with("coverage of the contract, from 3 lines of 2 files\n"));
    assert_eq!(row(&ended.said, "operations"), "operations 2 38 5.2 %");
    assert_eq!(row(&ended.said, "states"), "states 2 6 33.3 %");
    assert!(row(&ended.said, "total").starts_with("total 4 "), "{}", ended.said);
    let states = "states that are not covered:\n  Completed, JoinFailed, LeftChat, Revoked\n";
    assert!(ended.said.contains(states), "{}", ended.said);
    assert!(ended.said.lines().all(|line| line.len() <= 100), "{}", ended.said);
}

#[test]
fn an_empty_file_gives_a_table_without_coverage() {
    let ended = Files::of(&[""]).coverage(&["0"]);
    let table: String =
        ended.said.lines().take(9).map(|line| format!("{}\n", line.trim_end())).collect();
    expect![[r#"
        coverage of the contract, from 0 lines of 1 file

          kind               covered   of   percent
          operations               0   38     0.0 %
          parameters               0   37     0.0 %
          enum-values              0   11     0.0 %
          states                   0    6     0.0 %
          error-codes              0   12     0.0 %
          notification-kinds       0    6     0.0 %
    "#]]
    .assert_eq(&table);
}

#[test]
fn json_has_the_same_numbers_as_the_table() {
    let files = Files::of(&[INVITED]);
    let ended = files.coverage(&["0", "--format", "json"]);
    let received: Value = serde_json::from_str(&ended.said).unwrap();
    let states = json!({
        "kind": "states",
        "covered": 1,
        "of": 6,
        "percent": 100.0 / 6.0,
        "missing": ["Chatting", "Completed", "JoinFailed", "LeftChat", "Revoked"],
    });
    let kinds = received["kinds"].as_array().unwrap();
    assert!(kinds.contains(&states), "{kinds:?}");
    let names: Vec<&str> = kinds.iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert_eq!(names, Coverage::kind_names().collect::<Vec<_>>());
    let sum = |field: &str| kinds.iter().map(|kind| kind[field].as_u64().unwrap()).sum::<u64>();
    let total = (&received["total"]["covered"], &received["total"]["of"]);
    assert_eq!(total, (&json!(sum("covered")), &json!(sum("of"))));
    assert_eq!((&received["lines"], &received["notes"]), (&json!(1), &json!([])));
}

#[test]
fn a_threshold_that_is_not_reached_is_exit_code_2() {
    let files = Files::of(&[INVITED]);
    let missed = |of: &str, got: f64, want: f64| {
        format!(
            "gws-sms-fake: coverage of {of}: got {got} %, want at least {want} %; exercise what the table names, or ask for less\n"
        )
    };
    for (thresholds, code, errors) in [
        (["1", "operations=5"], 0, String::new()),
        (["0", "states=16.6"], 0, String::new()),
        (["1", "states=16.7"], 2, missed("states", 16.6, 16.7)),
        (
            ["operations=100", "states=50"],
            2,
            missed("operations", 5.2, 100.0) + &missed("states", 16.6, 50.0),
        ),
    ] {
        let [one, other] = thresholds;
        let ended = files.coverage(&["0", "--threshold", one, "--threshold", other]);
        assert_eq!((ended.code, ended.errors), (Some(code), errors), "{thresholds:?}");
        assert_eq!(row(&ended.said, "operations"), "operations 2 38 5.2 %");
    }
    let ended = files.coverage(&["0", "--threshold", "99"]);
    let begin = "gws-sms-fake: coverage of the contract: got ";
    assert!(ended.code == Some(2) && ended.errors.starts_with(begin), "{ended:?}");
}

#[test]
fn wrong_usage_and_broken_files_are_exit_code_1() {
    let files = Files::of(&[
        &format!("{INVITED}\nnot JSON\n"),
        &format!("{INVITED}\n[]\n"),
        r#"{"gws-sms-fake":"0.1.0","exercised":{"states":"Invited"}}"#,
        r#"{"exercised":{}}"#,
    ]);
    let mut received = String::new();
    for arguments in [
        [].as_slice(),
        &["0"],
        &["1"],
        &["2"],
        &["3"],
        &["no such file"],
        &["0", "--threshold", "101"],
        &["0", "--threshold", "state=50"],
        &["0", "--format", "xml"],
    ] {
        let ended = files.coverage(arguments);
        assert_eq!((ended.code, ended.said.as_str()), (Some(1), ""), "{arguments:?}: {ended:?}");
        received += ended.errors.lines().next().unwrap_or_default();
        received.push('\n');
    }
    expect![[r#"
        gws-sms-fake: cannot read the arguments: the following required arguments were not provided:
        gws-sms-fake: cannot read the coverage: 0, line 2: no fake has written "not JSON"; name a file that only tests write, by GWS_SMS_FAKE_COVERAGE
        gws-sms-fake: cannot read the coverage: 1, line 2: no fake has written "[]"; name a file that only tests write, by GWS_SMS_FAKE_COVERAGE
        gws-sms-fake: cannot read the coverage: 2, line 1: no fake has written "{\"gws-sms-fake\":\"0.1.0\",\"exercised\":{\"states\":\"Invited\"}}"; name a file that only tests write, by GWS_SMS_FAKE_COVERAGE
        gws-sms-fake: cannot read the coverage: 3, line 1: no fake has written "{\"exercised\":{}}"; name a file that only tests write, by GWS_SMS_FAKE_COVERAGE
        gws-sms-fake: cannot read the coverage: no such file: No such file or directory (os error 2); name a file that tests have written by GWS_SMS_FAKE_COVERAGE
        gws-sms-fake: cannot read the arguments: invalid value '101' for '--threshold <[KIND=]PERCENT>': "101" is not a percentage; give a number from 0 to 100
        gws-sms-fake: cannot read the arguments: invalid value 'state=50' for '--threshold <[KIND=]PERCENT>': there is no kind "state"; name one of operations, parameters, enum-values, states, error-codes, notification-kinds, faults
        gws-sms-fake: cannot read the arguments: invalid value 'xml' for '--format <FORMAT>'
    "#]].assert_eq(&received);
}

#[test]
fn half_a_line_of_a_killed_process_is_named_and_left_out() {
    let half = &CHATTING[..CHATTING.len() / 2];
    let files = Files::of(&[&format!("{half}\n{INVITED}\n{half}")]);
    let ended = files.coverage(&["0"]);
    let note = |line: u8| {
        format!(
            "note: 0, line {line}: the line is incomplete and not counted; the process that wrote it was killed\n"
        )
    };
    assert_eq!((ended.code, ended.errors), (Some(0), note(1) + &note(3)));
    assert_eq!(row(&ended.said, "states"), "states 1 6 16.6 %");
}

#[test]
fn names_of_another_version_are_named_and_left_out() {
    let other = r#"{"gws-sms-fake":"9.0.0","exercised":{"operations":["Accept","Park"],"moods":["good"]},"more":1}"#;
    let files = Files::of(&[&format!("{other}\n{INVITED}\n{other}\n")]);
    let ended = files.coverage(&["0"]);
    let version = env!("CARGO_PKG_VERSION");
    let note = format!(
        "note: 0: written by version 9.0.0; this is {version}, which does not know, and does not count, moods: good; operations: Park\n"
    );
    assert_eq!((ended.code, ended.errors), (Some(0), note));
    assert_eq!(row(&ended.said, "operations"), "operations 2 38 5.2 %");
}

/// A test of this binary as a process of its own, with the environment variable.
fn suite(test: &str, file: &Path) -> Command {
    let mut suite = Command::new(env::current_exe().unwrap());
    suite.args(["--exact", test]).env("GWS_SMS_FAKE_COVERAGE", file);
    suite.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    suite
}

const FIFTY_FAKES: &str = "coverage::suite::fifty_fakes_are_started_and_dropped";

#[test]
fn processes_that_write_at_once_write_whole_lines() {
    let files = Files::of(&[]);
    let file = files.path("suite");
    let start = |_| suite(FIFTY_FAKES, &file).spawn().unwrap();
    let suites: Vec<_> = (0..3).map(start).collect();
    for suite in suites {
        let output = suite.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().next().unwrap();
    assert_eq!(text, format!("{line}\n").repeat(150));
    let ended = files.coverage(&["suite"]);
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.said.starts_with("coverage of the contract, from 150 lines of 1 file\n"));
    assert_eq!(row(&ended.said, "operations"), "operations 1 38 2.6 %");
}

#[test]
fn a_file_that_cannot_be_written_fails_the_test() {
    let files = Files::of(&[]);
    let output = suite(FIFTY_FAKES, files.folder.path()).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let errors =
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    let reason = format!("gws-sms-fake: {}: ", files.folder.path().display());
    assert!(errors.contains(&reason), "{errors}");
}

#[tokio::test]
async fn a_reset_forgets_nothing_that_was_exercised() {
    let files = Files::of(&[]);
    let gws = FakeGws::builder().control().coverage(files.path("0")).start();
    for mode in ["Monitor", "Coach"] {
        let intrude = json!({ "operationName": "Intrude", "supervisorVisibilityMode": mode });
        let intruded =
            HttpClient::of(&gws, fixtures::SUPERVISOR).post(&intrude_path(), &intrude).await;
        assert_eq!(intruded, taken());
        assert_eq!(HttpClient::anonymous(&gws).post("/__fake/reset", &json!({})).await.status, 200);
    }
    drop(gws);
    let line: Value = serde_json::from_slice(&fs::read(files.path("0")).unwrap()).unwrap();
    let mode = |mode: &str| format!("Intrude.supervisorVisibilityMode={mode}");
    assert_eq!(line["exercised"]["enum-values"], json!([mode("Coach"), mode("Monitor")]));
}

#[cfg(unix)]
#[tokio::test]
async fn serve_writes_it_at_its_end() {
    use crate::running::Program;

    let files = Files::of(&[]);
    let file = files.path("0").display().to_string();
    for (signal, code) in [("-INT", 0), ("-TERM", 2)] {
        let program = Program::serve(&["--coverage", &file]).await;
        let client = HttpClient::to(program.url()).with_credentials(fixtures::AGENT);
        let path = if code == 0 { "me/smssessions?fields=*" } else { "Me" };
        client.get(&format!("/api/v2/{path}")).await;
        assert_eq!(program.end(signal).await.code, Some(code));
    }
    let ended = files.coverage(&["0", "--threshold", "states=60"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.said.starts_with("coverage of the contract, from 2 lines of 1 file\n"));
    assert_eq!(row(&ended.said, "error-codes"), "error-codes 1 12 8.3 %");
}

/// As nextest has it: each test in a process of its own, and a file for each partition.
#[test]
fn partitions_together_cover_what_the_whole_suite_does() {
    let tests = [
        "a_supervisor_intrudes_and_is_notified",
        "an_intrude_without_a_mode_is_refused",
        "an_agent_attaches_user_data",
        "an_operation_fails_while_the_backend_is_down",
        "a_message_of_the_customer_is_sent_twice",
    ];
    let tests = tests.map(|test| format!("coverage::suite::{test}"));
    let files = Files::of(&[]);
    let mut whole = suite(&tests[0], &files.path("whole"));
    let mut processes = vec![whole.args(&tests[1..]).spawn().unwrap()];
    for (index, test) in tests.iter().enumerate() {
        let partition = files.path(["one", "other"][index % 2]);
        processes.push(suite(test, &partition).spawn().unwrap());
    }
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let covered = |of: &[&str]| -> Value {
        let ended = files.coverage(&[of, &["--format", "json"]].concat());
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
        let mut received: Value = serde_json::from_str(&ended.said).unwrap();
        received.as_object_mut().unwrap().remove("files");
        received
    };
    assert_eq!(covered(&["one", "other"]), covered(&["whole"]));
    assert_ne!(covered(&["one"])["kinds"], covered(&["whole"])["kinds"]);
    assert_ne!(covered(&["other"])["kinds"], covered(&["whole"])["kinds"]);
}

/// Lines of suites that are limited to some operations.
const ONLY_INTRUDE: &str = r#"{"gws-sms-fake":"0.1.0","operations":["Intrude"],"exercised":{"operations":["Accept","Intrude"],"parameters":["Intrude.supervisorVisibilityMode"]}}"#;
const ONLY_ACCEPT: &str = r#"{"gws-sms-fake":"0.1.0","operations":["Accept"],"exercised":{}}"#;

#[test]
fn only_the_operations_that_a_team_uses_are_counted() {
    let files = Files::of(&[&format!("{ONLY_INTRUDE}\n"), &format!("{ONLY_ACCEPT}\n"), INVITED]);
    let ended = files.coverage(&["0"]);
    assert_eq!(row(&ended.said, "operations"), "operations 1 1 100.0 %");
    assert_eq!(row(&ended.said, "parameters"), "parameters 1 1 100.0 %");
    assert_eq!(row(&ended.said, "enum-values"), "enum-values 0 3 0.0 %");
    assert!(
        ended.said.contains("\nonly these operations are counted:\n  Intrude\n"),
        "{}",
        ended.said
    );
    let missing = "Intrude.supervisorVisibilityMode=BargeIn";
    assert!(ended.said.contains(missing) && !ended.said.contains("Accept."), "{}", ended.said);
    // The limits of all lines together; and none, where a line has none.
    assert_eq!(row(&files.coverage(&["0", "1"]).said, "operations"), "operations 2 2 100.0 %");
    assert_eq!(row(&files.coverage(&["0", "2"]).said, "operations"), "operations 2 38 5.2 %");
    // What the command says counts for all of them.
    let ended = files.coverage(&[
        "0",
        "2",
        "--operations",
        "Intrude,Leave",
        "--threshold",
        "operations=60",
    ]);
    assert_eq!(row(&ended.said, "operations"), "operations 1 2 50.0 %");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let misspelt = files.coverage(&["0", "--operations", "intrude"]);
    assert!(misspelt.errors.contains("did you mean \"Intrude\"?"), "{misspelt:?}");
}

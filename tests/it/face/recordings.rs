//! Recordings that are checked in a test: `contract::check_dir` and what belongs to it.

use std::path::Path;

use gws_sms_fake::contract::{Check, Progress, Severity, check_dir, check_file, check_text};

const SPY: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Spy"}"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_fixtures_conform() {
    let checked = check_dir(root().join("fixtures/requests"));
    checked.conform();
    assert_eq!((checked.errors(), checked.notes(), checked.findings().len()), (0, 0, 0));
    assert_eq!(checked.messages().map(|(_, count)| count).sum::<u64>(), checked.files());
    check_file(root().join("fixtures/notifications/intrude-status-change.json")).conform();
}

#[test]
fn a_recording_that_does_not_conform_is_reported_with_its_place_and_a_summary() {
    let error = check_text("sent", SPY).try_conform().unwrap_err().to_string();
    let expected = "\
sent:1:55: error: /supervisorVisibilityMode: got \"Spy\", want one of \"Monitor\", \"Coach\", \"BargeIn\"; send one of them, letter by letter
    {\"operationName\":\"Intrude\",\"supervisorVisibilityMode\":\"Spy\"}
  rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request

contract broken: 1 error and 0 notes in 1 message of 1 file
  compared: intrude-request 1
";
    assert_eq!(error, expected);
}

#[test]
#[should_panic(expected = "got \"Spy\"")]
fn a_recording_that_does_not_conform_fails_the_test() {
    check_text("sent", SPY).conform();
}

#[test]
#[should_panic(expected = "no such folder: ")]
fn a_folder_that_is_not_there_fails_the_test() {
    check_dir("no such folder").conform();
}

#[test]
#[should_panic(expected = "got no message that is recognised")]
fn a_check_of_nothing_fails_the_test() {
    check_text("sent", "{}").conform();
}

#[test]
fn each_finding_is_handed_on_and_none_is_kept() {
    let mut told = Vec::new();
    let checked = Check::new().each([root().join("fixtures/scenarios")], &mut |progress| {
        if let Progress::Found(finding) = progress {
            told.push((finding.severity(), finding.id(), finding.line()));
        }
    });
    checked.conform();
    assert_eq!((told, checked.findings()), (vec![(Severity::Note, "intrude-mode", 4)], &[][..]));
}

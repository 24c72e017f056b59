//! Usage errors of all commands: one form, on standard error, with exit code 1.

use crate::running::Program;

/// A wrong command line of each command, and the beginning of the error.
const CASES: &[(&[&str], &str)] = &[
    (&["serve", "--port", "x"], "read the arguments: invalid value 'x'"),
    (&["serve", "--port", "0", "--fixtures", "no/such"], "serve: no/such: "),
    (&["play", "--port", "0", "no/such"], "serve: no/such: "),
    (&["exec", "--fixtures", "no/such", "--", "true"], "run the command: no/such: "),
    (&["record", "--upstream", "x", "-o", "no/such"], "record: --upstream \"x\" is not a complete"),
    (&["record", "--finish", "no/such"], "finish the recording: no/such.part: "),
    (&["import", "no/such", "-o", "x"], "import: no/such: "),
    (&["replay", "no/such", "--against", "http://gws.example"], "replay: no/such: "),
    (&["check", "no/such"], "check: no/such: "),
    (&["coverage", "no/such"], "read the coverage: no/such: "),
    (&["export", "schemas", "-o", "no/such/file"], "write no/such/file: "),
    (&["lint", "no/such"], "lint: no/such: "),
    (&["diff", "no/such", "no/such"], "compare the schemas: no/such: "),
    (&["rules", "--certainty", "x"], "read the arguments: invalid value 'x'"),
];

#[tokio::test]
async fn a_usage_error_of_each_command_says_what_cannot_be_done_and_what_to_do() {
    for (arguments, reason) in CASES {
        let ended = Program::run(arguments).await;
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        let error = ended.errors.as_str();
        let begin = format!("gws-sms-fake: cannot {reason}");
        assert!(error.starts_with(&begin), "{arguments:?}: got {error}, want {begin}");
        assert!(error.contains("; ") || error.contains("try '--help'"), "{arguments:?}: {error}");
        assert!(!error.contains("got "), "{arguments:?}: {error}");
    }
}

//! The same findings in each format, whole.

use std::fs;

use expect_test::{Expect, expect};

use crate::check::{NOTIFICATION, REQUESTS, Recordings, broken};

fn check(format: &str, expected: &Expect) {
    let ended = broken().check(&["invited.json", "requests.jsonl", "--format", format]);
    assert_eq!((ended.code, ended.errors.as_str()), (Some(2), ""), "{ended:?}");
    expected.assert_eq(&ended.said);
}

#[test]
fn people_see_each_finding_in_its_line() {
    check(
        "human",
        &expect![[r#"
            note[field-notification-smssession]: invited.json:8:13: got "good", want no such field
              |
            8 |     "mood": "good"
              |             ^^^^^^ /smssession/mood
              |
              = help: another version of GWS may say more; else see whether it was GWS that sent this
              = note: rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification

            error[intrude-mode]: requests.jsonl:2:55: got "monitor", want one of "Monitor", "Coach", "BargeIn"
              |
            2 | {"operationName":"Intrude","supervisorVisibilityMode":"monitor"}
              |                                                       ^^^^^^^^^ /supervisorVisibilityMode
              |
              = help: did you mean "Monitor"?
              = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request

            contract broken: 1 error and 1 note in 3 messages of 2 files
              compared: intrude-request 2, smssession-state-change-notification 1
        "#]],
    );
}

#[test]
fn json_has_the_same_diagnostics_as_the_text() {
    check(
        "json",
        &expect![[r#"
            {
              "compared": {
                "intrude-request": 2,
                "smssession-state-change-notification": 1
              },
              "conforms": false,
              "errors": 1,
              "files": 2,
              "findings": [
                {
                  "certainty": "documented",
                  "column": 13,
                  "endColumn": 19,
                  "file": "invited.json",
                  "got": "\"good\"",
                  "hint": "another version of GWS may say more; else see whether it was GWS that sent this",
                  "id": "field-notification-smssession",
                  "line": 8,
                  "pointer": "/smssession/mood",
                  "schema": "smssession-state-change-notification",
                  "severity": "note",
                  "source": "GWS 8.5.2 SMSIntrude",
                  "want": "no such field",
                  "within": null
                },
                {
                  "certainty": "documented",
                  "column": 55,
                  "endColumn": 64,
                  "file": "requests.jsonl",
                  "got": "\"monitor\"",
                  "hint": "did you mean \"Monitor\"?",
                  "id": "intrude-mode",
                  "line": 2,
                  "pointer": "/supervisorVisibilityMode",
                  "schema": "intrude-request",
                  "severity": "error",
                  "source": "GWS 8.5.2 SMSIntrude",
                  "want": "one of \"Monitor\", \"Coach\", \"BargeIn\"",
                  "within": null
                }
              ],
              "messages": 3,
              "notCompared": {},
              "notRead": {},
              "notes": 1,
              "troubles": []
            }
        "#]],
    );
}

#[test]
fn ci_servers_get_a_case_for_each_error_and_each_schema_that_is_kept() {
    check(
        "junit",
        &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="gws-sms-fake" tests="2" failures="1" errors="0">
                <testsuite name="check" tests="2" disabled="0" errors="0" failures="1">
                    <testcase name="all conform" classname="smssession-state-change-notification">
                    </testcase>
                    <testcase name="requests.jsonl intrude-mode /supervisorVisibilityMode" classname="intrude-request">
                        <failure message="got &quot;monitor&quot;, want one of &quot;Monitor&quot;, &quot;Coach&quot;, &quot;BargeIn&quot;" type="intrude-mode">requests.jsonl:2:55: error: /supervisorVisibilityMode: got &quot;monitor&quot;, want one of &quot;Monitor&quot;, &quot;Coach&quot;, &quot;BargeIn&quot;; did you mean &quot;Monitor&quot;?
                {&quot;operationName&quot;:&quot;Intrude&quot;,&quot;supervisorVisibilityMode&quot;:&quot;monitor&quot;}
              rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request</failure>
                    </testcase>
                    <system-out>invited.json:8:13: note: /smssession/mood: got &quot;good&quot;, want no such field; another version of GWS may say more; else see whether it was GWS that sent this
                    &quot;mood&quot;: &quot;good&quot;
              rule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification

            contract broken: 1 error and 1 note in 3 messages of 2 files
              compared: intrude-request 2, smssession-state-change-notification 1
            </system-out>
                </testsuite>
            </testsuites>
        "#]],
    );
}

/// Recorded values and names of files are whatever somebody sent.
#[test]
fn characters_that_xml_forbids_are_escaped_in_junit_as_in_json() {
    let text =
        "{\"operationName\":\"Intrude\",\"supervisorVisibilityMode\":\"\u{FFFE}\u{9b}\u{FFFF}\"}";
    let recordings = Recordings::of(&[("a\u{FFFF}.json", text)]);
    let ended = recordings.check(&[".", "--format", "junit"]);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="gws-sms-fake" tests="1" failures="1" errors="0">
            <testsuite name="check" tests="1" disabled="0" errors="0" failures="1">
                <testcase name="a\uffff.json intrude-mode /supervisorVisibilityMode" classname="intrude-request">
                    <failure message="got &quot;\ufffe\u009b\uffff&quot;, want one of &quot;Monitor&quot;, &quot;Coach&quot;, &quot;BargeIn&quot;" type="intrude-mode">./a\uffff.json:1:55: error: /supervisorVisibilityMode: got &quot;\ufffe\u009b\uffff&quot;, want one of &quot;Monitor&quot;, &quot;Coach&quot;, &quot;BargeIn&quot;; send one of them, letter by letter
            {&quot;operationName&quot;:&quot;Intrude&quot;,&quot;supervisorVisibilityMode&quot;:&quot;\ufffe\u009b\uffff&quot;}
          rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request</failure>
                </testcase>
                <system-out>contract broken: 1 error and 0 notes in 1 message of 1 file
          compared: intrude-request 1
        </system-out>
            </testsuite>
        </testsuites>
    "#]].assert_eq(&ended.said);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole document is shown")]
fn code_scanning_gets_sarif() {
    check(
        "sarif",
        &expect![[r#"
            {
              "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
              "runs": [
                {
                  "columnKind": "unicodeCodePoints",
                  "invocations": [
                    {
                      "executionSuccessful": true,
                      "toolExecutionNotifications": []
                    }
                  ],
                  "results": [
                    {
                      "level": "note",
                      "locations": [
                        {
                          "logicalLocations": [
                            {
                              "fullyQualifiedName": "/smssession/mood"
                            }
                          ],
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "invited.json"
                            },
                            "region": {
                              "endColumn": 19,
                              "snippet": {
                                "text": "    \"mood\": \"good\""
                              },
                              "startColumn": 13,
                              "startLine": 8
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "/smssession/mood: got \"good\", want no such field; another version of GWS may say more; else see whether it was GWS that sent this"
                      },
                      "ruleId": "field-notification-smssession",
                      "ruleIndex": 0
                    },
                    {
                      "level": "error",
                      "locations": [
                        {
                          "logicalLocations": [
                            {
                              "fullyQualifiedName": "/supervisorVisibilityMode"
                            }
                          ],
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "requests.jsonl"
                            },
                            "region": {
                              "endColumn": 64,
                              "snippet": {
                                "text": "{\"operationName\":\"Intrude\",\"supervisorVisibilityMode\":\"monitor\"}"
                              },
                              "startColumn": 55,
                              "startLine": 2
                            }
                          }
                        }
                      ],
                      "message": {
                        "text": "/supervisorVisibilityMode: got \"monitor\", want one of \"Monitor\", \"Coach\", \"BargeIn\"; did you mean \"Monitor\"?"
                      },
                      "ruleId": "intrude-mode",
                      "ruleIndex": 1
                    }
                  ],
                  "tool": {
                    "driver": {
                      "name": "gws-sms-fake",
                      "rules": [
                        {
                          "help": {
                            "text": "documented: GWS 8.5.2 SMSIntrude"
                          },
                          "id": "field-notification-smssession",
                          "shortDescription": {
                            "text": "smssession is the session as it is now"
                          }
                        },
                        {
                          "help": {
                            "text": "documented: GWS 8.5.2 SMSIntrude"
                          },
                          "id": "intrude-mode",
                          "shortDescription": {
                            "text": "supervisorVisibilityMode is Monitor, Coach or BargeIn"
                          }
                        }
                      ],
                      "version": "0.1.0"
                    }
                  }
                }
              ],
              "version": "2.1.0"
            }
        "#]],
    );
}

#[test]
fn workflow_commands_name_file_line_and_column() {
    check(
        "github",
        &expect![[r#"
            ::notice file=invited.json,line=8,col=13,endColumn=19,title=field-notification-smssession::/smssession/mood: got "good", want no such field; another version of GWS may say more; else see whether it was GWS that sent this%0Arule field-notification-smssession (documented: GWS 8.5.2 SMSIntrude), schema smssession-state-change-notification
            ::error file=requests.jsonl,line=2,col=55,endColumn=64,title=intrude-mode::/supervisorVisibilityMode: got "monitor", want one of "Monitor", "Coach", "BargeIn"; did you mean "Monitor"?%0Arule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request
            contract broken: 1 error and 1 note in 3 messages of 2 files
              compared: intrude-request 2, smssession-state-change-notification 1
        "#]],
    );
}

/// A code host shows an annotation only where its path is that of the repository.
#[test]
fn annotations_name_files_from_the_root_of_the_repository_on() {
    let recordings = Recordings::of(&[("project/recordings/a.jsonl", REQUESTS)]);
    fs::create_dir(recordings.path(".git")).unwrap();
    for named in ["project/recordings", ".", "./project/", "project/../project/recordings/a.jsonl"]
    {
        let said = recordings.check(&[named, "--format", "github"]).said;
        assert!(said.contains(" file=project/recordings/a.jsonl,"), "{named}: {said}");
        let said = recordings.check(&[named, "--format", "sarif"]).said;
        assert!(said.contains(r#""uri": "project/recordings/a.jsonl""#), "{named}: {said}");
    }
    let mut program = recordings.program(&["../recordings/./a.jsonl", "--format", "github"]);
    program.current_dir(recordings.path("project/recordings"));
    let said = String::from_utf8(program.output().unwrap().stdout).unwrap();
    assert!(said.contains(" file=project/recordings/a.jsonl,"), "{said}");
}

/// The names of the cases of a JUnit report.
fn cases(recordings: &Recordings, named: &str) -> Vec<String> {
    let said = recordings.check(&[named, "--format", "junit"]).said;
    let names = said.split("<testcase name=\"").skip(1);
    names.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn cases_of_junit_keep_their_names_when_more_is_recorded_or_the_folder_is_named_otherwise() {
    let recordings = Recordings::of(&[("in/a.jsonl", REQUESTS), ("in/b.json", NOTIFICATION)]);
    let names = cases(&recordings, "in");
    let expected = ["all conform", "in/a.jsonl intrude-mode /supervisorVisibilityMode"];
    assert_eq!(names, expected);
    assert_eq!(cases(&recordings, "./in/../in"), names);
    let right = REQUESTS.lines().next().unwrap();
    fs::write(recordings.path("in/a.jsonl"), format!("{right}\n{REQUESTS}")).unwrap();
    assert_eq!(cases(&recordings, "in"), names);
    // Each case has a name of its own.
    fs::write(recordings.path("in/a.jsonl"), REQUESTS.repeat(2)).unwrap();
    let second = "in/a.jsonl intrude-mode /supervisorVisibilityMode (2)".to_owned();
    assert_eq!(cases(&recordings, "in"), [&names[..], &[second]].concat());
}

#[test]
fn a_report_goes_to_a_file_without_colours() {
    for format in ["human", "json", "junit", "sarif", "github"] {
        let recordings = broken();
        let arguments = ["invited.json", "requests.jsonl", "--format", format];
        let said = recordings.check(&arguments).said;
        let mut program = recordings.program(&[&arguments[..], &["-o", "report"]].concat());
        let output = program.env("CLICOLOR_FORCE", "1").output().unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(2), Vec::new()), "{format}");
        assert_eq!(fs::read_to_string(recordings.path("report")).unwrap(), said, "{format}");
    }
}

#[test]
fn colours_that_are_asked_for_change_no_word() {
    let recordings = broken();
    let plain = recordings.check(&["."]).said;
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let output = recordings.program(&["."]).env("CLICOLOR_FORCE", "1").output().unwrap();
    let coloured = String::from_utf8(output.stdout).unwrap();
    assert!(coloured.contains('\u{1b}'), "{coloured}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn a_long_line_is_cut_around_what_is_wrong() {
    let text = |letter: &str| letter.repeat(1000);
    let line = format!(
        r#"[{{"operationName":"SendMessage","text":"{}"}},{{"operationName":"Intrude","supervisorVisibilityMode":"Spy"}},{{"operationName":"SendMessage","text":"{}"}}]"#,
        text("ä"),
        text("o")
    );
    let ended = Recordings::of(&[("a.json", line)]).check(&["a.json"]);
    expect![[r#"
        error[intrude-mode]: a.json:1:1098: got "Spy", want one of "Monitor", "Coach", "BargeIn"
          |
        1 | …äääääääääää"},{"operationName":"Intrude","supervisorVisibilityMode":"Spy"}
          |                                                                      ^^^^^ /1/supervisorVisibilityMode
          |
          = help: send one of them, letter by letter
          = note: rule intrude-mode (documented: GWS 8.5.2 SMSIntrude), schema intrude-request

        contract broken: 1 error and 0 notes in 3 messages of 1 file
          compared: intrude-request 1, send-message-request 2
    "#]].assert_eq(&ended.said);
}

#[test]
fn a_key_with_a_line_feed_forges_no_line_of_the_output() {
    let text = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Monitor","a\n::error::forged":1}"#;
    for format in ["human", "github"] {
        let recordings = Recordings::of(&[("a.json", text)]);
        let ended = recordings.check(&[".", "--format", format]);
        let forges = |line: &str| line.starts_with("::error::forged");
        assert!(!ended.said.lines().any(forges), "{format}: {}", ended.said);
        assert!(ended.said.contains(r"a\n::error::forged"), "{format}: {}", ended.said);
    }
}

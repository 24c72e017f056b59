//! The files that can be named for a check, and those that cannot.

use std::fs;

use expect_test::expect;

use crate::check::{NOTIFICATION, REQUESTS, Recordings};

const READY: &str = r#"{"operationName":"Ready"}"#;

#[test]
fn folders_are_searched_and_other_files_are_counted() {
    let recordings = Recordings::of(&[
        ("in/b/c.JSON", READY),
        ("in/a.ndjson", READY),
        ("in/b.txt", "no JSON"),
        ("in/b/d/e.har", READY),
        ("in/z.part", READY),
    ]);
    let ended = recordings.check(&["in"]);
    expect![[r#"
        contract kept: 0 errors and 0 notes in 4 messages of 4 files
          compared: ready-request 4
          not read: files of other endings 1
    "#]]
    .assert_eq(&ended.said);
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
}

#[test]
fn a_file_that_is_named_twice_is_checked_once() {
    let recordings = Recordings::of(&[("in/a.json", READY), ("in/b.json", READY)]);
    for arguments in [
        &["in", "in/a.json", "./in/../in"][..],
        &["in/a.json", "in"],
        &["in/a.json", "in/b.json", "./in/a.json"],
    ] {
        let ended = recordings.check(arguments);
        let first = "contract kept: 0 errors and 0 notes in 2 messages of 2 files\n";
        assert!(ended.said.starts_with(first), "{arguments:?}: {ended:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_not_followed_and_one_to_a_file_is() {
    use std::os::unix::fs::symlink;

    let recordings = Recordings::of(&[("in/a.json", READY)]);
    symlink("..", recordings.path("in/loop")).unwrap();
    symlink("a.json", recordings.path("in/b.json")).unwrap();
    let ended = recordings.check(&["in"]);
    expect![[r#"
        contract kept: 0 errors and 0 notes in 2 messages of 2 files
          compared: ready-request 2
          not read: links to folders 1
    "#]]
    .assert_eq(&ended.said);
    symlink("nowhere", recordings.path("in/c.json")).unwrap();
    let ended = recordings.check(&["in"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    expect![[r#"
        gws-sms-fake: cannot check: in/c.json: No such file or directory (os error 2); name a file that is there and may be read
    "#]].assert_eq(&ended.errors);
}

#[test]
fn the_standard_input_is_named_by_a_hyphen() {
    let recordings = Recordings::of::<&str>(&[]);
    let ended = recordings.check_said(REQUESTS, &["-", "--format", "github"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.said.starts_with("::error file=-,line=2,col=55,"), "{ended:?}");
    let ended = recordings.check_said(NOTIFICATION, &["-", "-"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn wrong_usage_nothing_to_check_and_what_cannot_be_read_are_exit_code_1() {
    let recordings = Recordings::of(&[("in/a.txt", READY), ("b.json", r#"{"a":1}"#)]);
    fs::create_dir(recordings.path("none")).unwrap();
    let mut received = String::new();
    for arguments in [
        &[][..],
        &["no such file"],
        &["none"],
        &["in"],
        &["b.json"],
        &["b.json", "--as", "intrude"],
        &["b.json", "--as", "zzz"],
        &["b.json", "--format", "xml"],
        &["b.json", "-o", "none"],
    ] {
        let ended = recordings.check(arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
        received += ended.errors.lines().next().unwrap_or_default();
        received.push('\n');
    }
    expect![[r#"
        gws-sms-fake: cannot read the arguments: the following required arguments were not provided:
        gws-sms-fake: cannot check: no such file: No such file or directory (os error 2); name a file that is there and may be read
        gws-sms-fake: cannot check: none: got no file, want recorded requests, answers or notifications in files that end in .json, .jsonl, .ndjson, .har or .part
        gws-sms-fake: cannot check: in: got no file, want recorded requests, answers or notifications in files that end in .json, .jsonl, .ndjson, .har or .part
        gws-sms-fake: cannot check: b.json: got no message that is recognised, want recorded requests, answers or notifications; name the schema with --as, or schema(..)
        gws-sms-fake: cannot check: --as: got the schema "intrude", want the name of a file in schemas/ without its ending; did you mean "intrude-request"?
        gws-sms-fake: cannot check: --as: got the schema "zzz", want the name of a file in schemas/ without its ending; did you mean "intrude-request"?
        gws-sms-fake: cannot read the arguments: invalid value 'xml' for '--format <FORMAT>'
        gws-sms-fake: cannot write none: Is a directory (os error 21); name a file that can be written
    "#]].assert_eq(&received);
}

#[test]
fn readable_files_are_checked_although_others_cannot_be_read() {
    let recordings = Recordings::of(&[("a.jsonl", REQUESTS)]);
    let ended = recordings.check(&["no such file", "a.jsonl"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.errors.contains("no such file: "), "{ended:?}");
}

#[test]
fn a_progress_bar_is_for_terminals() {
    let recordings = Recordings::of(&[("a.json", READY)]);
    assert_eq!(recordings.check(&["."]).errors, "");
}

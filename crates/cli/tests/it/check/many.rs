//! However much there is to check, the program needs no more memory.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::check::Recordings;

/// By how much the peaks may differ: less than the names of the files, or the text of the array, would need.
const SLACK: u64 = 4 * 1024;

const READY: &str = r#"{"operationName":"Ready"}"#;
const INTRUDE: &str = r#"{"operationName":"Intrude","supervisorVisibilityMode":"Coach"}"#;
const ANSWER: &str = r#"{"statusCode":0}"#;
/// The last file, and what makes the program say that it has come to it.
const LAST: (&str, &str) = ("z.json", r#"{"operationName":"Intrud"}"#);

/// The most memory that the program had in use when it had checked a folder, in KiB.
///
/// It goes on with its standard input, which is held open here: so it is known where it is, and that it is still there.
fn peak(recordings: &Recordings) -> u64 {
    let mut child = recordings.program(&[".", "-"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let last = |line: &str| line.contains(LAST.0);
    lines.by_ref().map(Result::unwrap).find(|line| last(line)).expect("the last file is told");
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(child.stdin.take());
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[track_caller]
fn is_no_more(few: u64, many: u64) {
    assert!(many < few + SLACK, "{few} KiB for few, {many} KiB for many");
}

/// A folder with so many files, which are links to a few: a file may have only so many names.
fn files(count: usize) -> Recordings {
    let recordings = Recordings::of(&[LAST]);
    let link = |index: usize| recordings.path(&format!("recorded-message-{index:06}.json"));
    let texts = [READY, INTRUDE, ANSWER];
    for index in 0..count {
        if index % 10_000 == 0 {
            fs::write(link(index), texts[index / 10_000 % texts.len()]).unwrap();
        } else {
            fs::hard_link(link(index / 10_000 * 10_000), link(index)).unwrap();
        }
    }
    recordings
}

#[test]
fn a_hundred_thousand_files_need_no_more_memory_than_a_thousand() {
    is_no_more(peak(&files(1_000)), peak(&files(100_000)));
}

/// A file with so many messages, with that between them and around them.
fn one_file(name: &str, count: usize, [begin, between, end]: [&str; 3]) -> Recordings {
    let mut text = begin.to_owned();
    for index in 0..count {
        let before = if index == 0 { "" } else { between };
        write!(text, "{before}{INTRUDE}").unwrap();
    }
    text += end;
    Recordings::of(&[(name, text.as_str()), LAST])
}

#[test]
fn a_hundred_thousand_messages_in_one_file_need_no_more_memory_than_a_thousand() {
    for (name, around) in [
        ("a.json", ["[", ",", "]"]),
        ("a.jsonl", ["", "\n", "\n"]),
        ("a.har", ["{\"log\":{\"entries\":[", ",", "]}}"]),
    ] {
        let many = one_file(name, 100_000, around);
        assert!(length(&many.path(name)) > SLACK, "else it would prove nothing");
        is_no_more(peak(&one_file(name, 100, around)), peak(&many));
    }
}

/// In KiB.
fn length(file: &Path) -> u64 {
    fs::metadata(file).unwrap().len() / 1024
}

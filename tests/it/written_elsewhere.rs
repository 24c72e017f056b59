//! Files that were written on another system: with CRLF at the ends of their lines, or with a byte order mark in front.

use std::fs;
use std::path::Path;

use gws_sms_fake::contract::check_file;
use gws_sms_fake::{Builder, FakeGws};
use tempfile::TempDir;

/// A file of this repository.
fn own(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What comes of a text in a file of that name, which is read by its folder or by itself.
fn read(name: &str, text: &str, reads: fn(&Path, &Path) -> Result<(), String>) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    let read = reads(folder.path(), &file).err().unwrap_or_else(|| "read".to_owned());
    read.replace(&file.display().to_string(), "FILE")
}

/// The file is read with CRLF, and what comes of it with a byte order mark begins so.
#[track_caller]
fn check(name: &str, text: &str, reads: fn(&Path, &Path) -> Result<(), String>, marked: &str) {
    let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
    assert!(crlf.contains("\r\n"), "{text}");
    assert_eq!(read(name, &crlf, reads), "read");
    let read = read(name, &format!("\u{feff}{text}"), reads);
    assert!(read.starts_with(marked), "{name}: got {read}, want {marked}");
}

fn starts(builder: Builder) -> Result<(), String> {
    // A scenario that nobody follows is none of this.
    builder.try_start().map(std::mem::forget).map_err(|error| error.to_string())
}

const MARKED: &str = "FILE: byte 1: got EF BB BF, want the first byte of the JSON; write the file without a byte order mark";

#[test]
fn fixtures_are_read_and_a_byte_order_mark_is_named() {
    let fixtures = |folder: &Path, _: &Path| starts(FakeGws::builder().fixtures(folder));
    check("users/a2.json", &own("fixtures/users/a2.json"), fixtures, MARKED);
    let session = "smssessions/0000UaB58WAR003N.json";
    check(session, &own(&format!("fixtures/{session}")), fixtures, MARKED);
    check("resources/me/skills.json", "{\n\"statusCode\": 0\n}\n", fixtures, MARKED);
}

#[test]
fn schemas_are_read_and_a_byte_order_mark_is_named() {
    let contract = |folder: &Path, _: &Path| starts(FakeGws::builder().contract(folder));
    check("schemas/user-data.json", &own("schemas/user-data.json"), contract, MARKED);
}

#[test]
fn scenarios_are_read_and_a_byte_order_mark_is_named() {
    let play = |_: &Path, file: &Path| starts(FakeGws::builder().play(file));
    let marked =
        "FILE:1: got a byte order mark, want the first byte of the JSON; save the file without it";
    let steps = ["{\"step\":\"scenario\",\"version\":1}", "{\"step\":\"wait\",\"milliseconds\":1}"];
    check("story.json", &format!("[\n{}\n]\n", steps.join(",\n")), play, marked);
    check("story.json.part", &format!("{}\n", steps.join("\n")), play, marked);
}

#[test]
fn recordings_are_checked_and_a_byte_order_mark_is_named() {
    let checks =
        |_: &Path, file: &Path| check_file(file).try_conform().map_err(|error| error.to_string());
    let marked = "FILE:1:1: error: got EF BB BF, want the first byte of the JSON; ";
    check("recorded.jsonl", &"{\"operationName\":\"Accept\"}\n".repeat(2), checks, marked);
    check("recorded.json", &own("fixtures/requests/intrude.json"), checks, marked);
}

#[cfg(feature = "cli")]
#[test]
fn what_the_program_reads_is_read() {
    use std::collections::BTreeMap;

    use gws_sms_fake::recording::import_har;
    use gws_sms_fake::{Coverage, linting};

    let har = "{\n\"log\": {\n\"entries\": [\n{\"startedDateTime\":\"2024-05-01T10:00:00.000Z\",\
        \"request\":{\"method\":\"GET\",\"url\":\"https://gws.example/api/v2/me\",\"headers\":[]},\
        \"response\":{\"status\":200,\"headers\":[],\"content\":{}}}\n]\n}\n}\n";
    let imports = |folder: &Path, file: &Path| {
        let made = folder.join("made.json");
        let imported = import_har(file, &made, "/api/v2/notifications", &[], BTreeMap::new());
        imported.map(drop).map_err(|error| error.to_string())
    };
    // Some browsers write it so.
    check("browser.har", har, imports, "read");
    let covers = |_: &Path, file: &Path| {
        let added = Coverage::new().add("FILE", &fs::read(file).unwrap());
        added.map_err(|error| error.to_string())
    };
    let line = "{\"gws-sms-fake\":\"0.1.0\",\"exercised\":{}}\n";
    check("coverage.jsonl", &line.repeat(2), covers, "FILE, line 1: got \"\\u{feff}");
    let lints = |folder: &Path, _: &Path| match linting::lint(folder) {
        Ok(findings) if findings.is_empty() => Ok(()),
        Ok(findings) => Err(findings[0].to_string()),
        Err(error) => Err(error.to_string()),
    };
    let request = "fixtures/requests/intrude.json";
    check(request, &own(request), lints, &format!("{request}: byte 1: got EF BB BF, "));
}

//! Files that were written on another system: with CRLF at the ends of their lines, or with a byte order mark in front.

use std::path::Path;

use gws_sms_fake::contract::check_file;
use gws_sms_fake::{Builder, FakeGws};
use support::written_elsewhere::{check, own};

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

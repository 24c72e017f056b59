//! `gws-sms-fake diff`: what it compares, what it prints, and how it ends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::root;
use tempfile::TempDir;

fn diff(arguments: &[&Path]) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
    let Output { status, stdout, stderr } = program.arg("diff").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// The built-in schemas as a file, after a change of one of them.
fn bundle(folder: &Path, name: &str, change: impl FnOnce(&mut Value)) -> std::path::PathBuf {
    let mut bundle = gws_sms_fake_cli::export::schemas();
    change(&mut bundle["$defs"]);
    let file = folder.join(name);
    fs::write(&file, bundle.to_string()).unwrap();
    file
}

fn of(name: &str) -> String {
    format!("https://schemas.gws-sms-fake.example/{name}.json")
}

#[test]
fn the_exported_schemas_are_those_of_the_repository() {
    let folder = TempDir::new().unwrap();
    let bundle = bundle(folder.path(), "bundle.json", |_| {});
    let own = root();
    for (old, new) in [(own, bundle.as_path()), (bundle.as_path(), &own.join("schemas"))] {
        let same = (Some(0), "0 breaking changes, 0 other changes\n".to_owned(), String::new());
        assert_eq!(diff(&[old, new]), same);
    }
}

#[test]
fn a_value_that_a_client_may_no_longer_send_is_a_breaking_change() {
    let folder = TempDir::new().unwrap();
    let old = bundle(folder.path(), "old.json", |_| {});
    let new = bundle(folder.path(), "new.json", |schemas| {
        let request = &mut schemas[of("intrude-request")];
        request["required"].as_array_mut().unwrap().push(json!("supervisorVisibilityMode"));
        request["properties"]["nickname"] = json!({ "type": "string" });
    });
    let (code, said, errors) = diff(&[&old, &new]);
    assert_eq!((code, errors.as_str()), (Some(2), ""));
    assert_eq!(
        said,
        "breaking: intrude-request.json#/required: property required now: was null, \
         is \"supervisorVisibilityMode\" (request: intrude-request)\n\
         not breaking: intrude-request.json#/properties/nickname: property added: was false, \
         is {\"type\":\"string\"} (request: intrude-request)\n\
         1 breaking change, 1 other change\n"
    );
    let (code, said, _) = diff(&[&old, &new, Path::new("--format=json")]);
    assert_eq!(code, Some(2));
    let said: Value = serde_json::from_str(&said).unwrap();
    let change = json!({
        "breaking": true,
        "schema": "intrude-request",
        "place": "/required",
        "kind": "property required now",
        "old": "null",
        "new": "\"supervisorVisibilityMode\"",
        "direction": "request",
        "of": ["intrude-request"],
    });
    assert_eq!(said["changes"][0], change);
}

#[test]
fn a_change_that_breaks_no_client_exits_with_0() {
    let folder = TempDir::new().unwrap();
    let old = bundle(folder.path(), "old.json", |_| {});
    let new = bundle(folder.path(), "new.json", |schemas| {
        schemas[of("accept-request")]["properties"]["tone"] = json!(true);
        schemas[of("version-response")]["properties"]["version"]["maxLength"] = json!(20);
        schemas[of("ring-request")] = json!({ "$id": of("ring-request") });
    });
    let (code, said, _) = diff(&[&old, &new]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("0 breaking changes, 3 other changes\n"), "{said}");
}

#[test]
fn wrong_usage_of_diff_exits_with_1() {
    let folder = TempDir::new().unwrap();
    let own = root();
    let broken = folder.path().join("broken.json");
    fs::write(&broken, "{\n  \"type\": object }").unwrap();
    let number = folder.path().join("number.json");
    fs::write(&number, "7").unwrap();
    let empty = TempDir::new().unwrap();
    for (new, received) in [
        (broken.as_path(), "broken.json: line 2 column 11: expected value where JSON is due"),
        (&number, "number.json: the JSON is not a schema"),
        (empty.path(), "there is no .json file; name a folder or a file"),
        (Path::new("no/such/place"), "no/such/place: "),
    ] {
        let (code, said, errors) = diff(&[own, new]);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{received}");
        assert!(errors.contains(received), "{received}: {errors}");
    }
    assert_eq!(diff(&[own]).0, Some(1));
}

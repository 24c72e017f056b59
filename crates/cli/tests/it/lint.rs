//! `gws-sms-fake lint`: where it looks, what it prints, and how it ends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn lint(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
    let Output { status, stdout, stderr } = program.arg("lint").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// A folder with these files.
fn folder(files: &[(&str, &Value)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, value) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }
    folder
}

#[test]
fn the_contract_that_is_built_in_is_that_of_the_repository_and_clean() {
    let clean = (Some(0), "nothing is wrong with the contract\n".to_owned(), String::new());
    assert_eq!(lint(&[]), clean);
    assert_eq!(lint(&[support::root().to_str().unwrap()]), clean);
}

/// A contract of one's own may refer to the schemas that are built in, and is held to the same.
#[test]
fn mistakes_of_a_custom_contract_are_named() {
    let own = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://schemas.gws-sms-fake.example/ring-request.json",
        "type": "object",
        "properties": { "mode": { "$ref": "common.json#/$defs/supervisorVisibilityMode" } },
    });
    let ring = json!({ "mode": "coach" });
    let files = [("schemas/ring-request.json", &own), ("fixtures/requests/ring.json", &ring)];
    let folder = folder(&files);
    let path = folder.path().to_str().unwrap();
    let (code, said, errors) = lint(&[path]);
    assert_eq!((code, errors.as_str()), (Some(2), ""));
    assert_eq!(
        said,
        "fixtures/requests/ring.json: /mode: got \"coach\", want one of \"Monitor\", \"Coach\", \"BargeIn\"; \
         did you mean \"Coach\"?\n\
         schemas/ring-request.json: the whole file: got an object without additionalProperties, \
         unevaluatedProperties, want a closed object; \
         add \"additionalProperties\": false, or \"x-open\" with the reason\n\
         2 findings\n"
    );
    let (code, said, _) = lint(&[path, "--format", "json"]);
    assert_eq!(code, Some(2));
    let said: Value = serde_json::from_str(&said).unwrap();
    let diagnostic = json!({
        "file": "fixtures/requests/ring.json",
        "place": "/mode",
        "got": "\"coach\"",
        "want": "one of \"Monitor\", \"Coach\", \"BargeIn\"",
        "hint": "did you mean \"Coach\"?",
    });
    assert_eq!(said["findings"][0], diagnostic);
}

#[test]
fn wrong_usage_of_lint_exits_with_1() {
    let empty = TempDir::new().unwrap();
    let (code, said, errors) = lint(&[empty.path().to_str().unwrap()]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(
        errors.contains("there is no .json file in schemas or fixtures; name the folder"),
        "{errors}"
    );
    let missing = Path::new("no/such/folder");
    assert_eq!(lint(&[missing.to_str().unwrap()]).0, Some(1));
    assert_eq!(lint(&["--format", "xml"]).0, Some(1));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_not_followed() {
    let folder = folder(&[("fixtures/requests/ring.json", &json!({}))]);
    for name in ["here", "there"] {
        std::os::unix::fs::symlink(".", folder.path().join("fixtures").join(name)).unwrap();
    }
    let (code, said, errors) = lint(&[folder.path().to_str().unwrap()]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(errors.contains("got a link to a folder, want the folder itself"), "{errors}");
}

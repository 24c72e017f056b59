//! `gws-sms-fake export`: what it writes, where, and how it ends. Validators of others read it in `tests/foreign`.

use std::fs;
use std::process::{Command, Output};

use gws_sms_fake_cli::export::{asyncapi, openapi, schemas};
use serde_json::Value;
use tempfile::TempDir;

fn export(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_gws-sms-fake"));
    let Output { status, stdout, stderr } = program.arg("export").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_document_is_printed_and_the_same_each_time() {
    let documents = [("openapi", openapi()), ("asyncapi", asyncapi()), ("schemas", schemas())];
    for (name, document) in documents {
        let (code, printed, errors) = export(&[name]);
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{name}");
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), document, "{name}");
        assert_eq!(export(&[name]).1, printed, "{name}");
    }
}

#[test]
fn a_document_is_written_into_the_named_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("openapi.json");
    let exported = export(&["openapi", "-o", file.to_str().unwrap()]);
    assert_eq!(exported, (Some(0), String::new(), String::new()));
    let written: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written, openapi());
}

#[test]
fn wrong_usage_of_export_exits_with_1() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("missing/openapi.json");
    let (code, _, errors) = export(&["openapi", "-o", nowhere.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("name a file that can be written"), "{errors}");
    let (code, _, errors) = export(&["raml"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("openapi, asyncapi, schemas"), "{errors}");
}

#[test]
fn a_recording_that_is_not_finished_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("story.json");
    fs::write(folder.path().join("story.json.part"), "a recording").unwrap();
    assert_eq!(export(&["openapi", "-o", file.to_str().unwrap()]).0, Some(0));
    let part = fs::read_to_string(folder.path().join("story.json.part")).unwrap();
    assert_eq!(part, "a recording");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
}

/// A link that somebody has laid beside the file leads nowhere else, and one in its place is replaced.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("other"), "of somebody else").unwrap();
    for name in ["api.json", "api.json.part", "api.json.new"] {
        std::os::unix::fs::symlink(path("other"), path(name)).unwrap();
    }
    assert_eq!(export(&["openapi", "-o", path("api.json").to_str().unwrap()]).0, Some(0));
    assert_eq!(fs::read_to_string(path("other")).unwrap(), "of somebody else");
    assert!(fs::symlink_metadata(path("api.json")).unwrap().is_file());
}

/// Whoever may write in `/dev` would lose `/dev/null`.
#[cfg(unix)]
#[test]
fn a_device_is_written_to_and_not_replaced() {
    let folder = TempDir::new().unwrap();
    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    assert_eq!(export(&["openapi", "-o", null.to_str().unwrap()]).0, Some(0));
    assert!(fs::symlink_metadata(&null).unwrap().is_symlink());
}

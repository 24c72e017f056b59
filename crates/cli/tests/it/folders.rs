//! Folders with more in them than files: every command leaves it out, and names what it cannot read.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::running::{Ended, Program};

const USER: &str = r#"{"id":"00000000000000000000000000000abc","userName":"b1","password":"password","firstName":"B","lastName":"B","roles":["ROLE_AGENT"],"features":[]}"#;
const SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://schemas.gws-sms-fake.example/ring-request.json","type":"object","properties":{"operationName":{"const":"Ring"}},"required":["operationName"],"additionalProperties":false}"#;
const READY: &str = r#"{"operationName":"Ready"}"#;
/// As macOS writes it next to a file on another file system.
const APPLE_DOUBLE: &[u8] = b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ";

/// Fixtures, a contract and recordings, each with these names among its files.
fn folders(put: impl Fn(&Path)) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in [
        ("fixtures/users/b1.json", USER),
        ("contract/schemas/ring-request.json", SCHEMA),
        ("contract/fixtures/requests/ring.json", r#"{"operationName":"Ring"}"#),
        ("recordings/a.json", READY),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        put(path.parent().unwrap());
    }
    folder
}

/// Every command that reads folders, with its exit code where it can read them.
async fn run_all(folder: &TempDir) -> Vec<(&'static str, Ended)> {
    let [fixtures, contract, recordings] = ["fixtures", "contract", "recordings"]
        .map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let ended = Program::exec(&["--fixtures", &fixtures, "--contract", &contract], "true");
    vec![
        ("exec", ended.finish().await),
        ("lint", Program::run(&["lint", &contract]).await),
        ("diff", Program::run(&["diff", &contract, &contract]).await),
        ("check", Program::run(&["check", &recordings]).await),
        ("check --contract", Program::run(&["check", "--contract", &contract, &recordings]).await),
    ]
}

#[tokio::test]
async fn hidden_files_locks_of_editors_and_apple_doubles_are_not_read() {
    let folder = folders(|path| {
        for name in ["._a.json", ".hidden.json"] {
            fs::write(path.join(name), APPLE_DOUBLE).unwrap();
        }
        std::os::unix::fs::symlink("me@host.1:2", path.join(".#a.json")).unwrap();
        fs::create_dir(path.join("__MACOSX")).unwrap();
        fs::write(path.join("__MACOSX/a.json"), APPLE_DOUBLE).unwrap();
    });
    for (command, ended) in run_all(&folder).await {
        assert_eq!(ended.code, Some(0), "{command}: {ended:?}");
        assert!(!ended.errors.contains("note: "), "{command}: {ended:?}");
    }
}

/// A command that opened one of them would wait for a writer, or read until memory runs out.
#[tokio::test]
async fn fifos_and_devices_are_not_read_and_each_is_named() {
    let folder = folders(|path| {
        assert!(Command::new("mkfifo").arg(path.join("fifo.json")).status().unwrap().success());
        std::os::unix::fs::symlink("/dev/zero", path.join("zero.json")).unwrap();
    });
    for (command, ended) in run_all(&folder).await {
        assert_eq!(ended.code, Some(0), "{command}: {ended:?}");
        for named in ["fifo.json is a FIFO and not a file", "zero.json is a device and not a file"]
        {
            assert!(ended.errors.contains(named), "{command}: {ended:?}");
        }
    }
}

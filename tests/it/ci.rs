//! `.ci/run` asks for what the tests run, before it runs them: no build is green because nothing ran.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// Runs it where there are these programs of these versions, and a `cargo` that tells whether `CI` is set and fails.
fn run(versions: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    for tool in ["bash", "dirname", "printf", "sort", "head", "tr", "cut"] {
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join(tool))
            .find(|folder| folder.is_file());
        symlink(found.unwrap(), folder.path().join(tool)).unwrap();
    }
    let says = versions.iter().map(|(name, version)| (*name, format!("echo '{version}'")));
    let cargo = [("cargo", "echo CI=$CI; exit 9".to_owned()), ("chromium", String::new())];
    for (name, script) in says.chain(cargo) {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    let _starting = support::processes::starting();
    let mut ci = Command::new(folder.path().join("bash"));
    ci.arg(script).env_remove("CI").env("PATH", folder.path()).output().unwrap()
}

const ENOUGH: [(&str, &str); 5] = [
    ("node", "v20.0.0"),
    ("npm", "10.8.2"),
    ("python3", "3.11.0"),
    ("java", "openjdk 17 2021-09-14"),
    ("javac", "javac 21.0.1"),
];

#[test]
fn ci_is_set_for_the_tests() {
    let output = run(&ENOUGH);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(9), &b"CI=1\n"[..]), "{output:?}");
}

#[test]
fn a_program_that_is_too_old_or_missing_is_named() {
    let old = [
        ("node", "v18.19.0"),
        ("npm", "10.8.2"),
        ("python3", "3.9.2"),
        ("java", "openjdk 11.0.1 2018"),
    ];
    let output = run(&old);
    let expected = ".ci/run: node: got 18.19.0, want 20 or newer; install it and put it on the PATH\n\
        .ci/run: python3 with venv: got 3.9.2, want 3.11 or newer; install it and put it on the PATH\n\
        .ci/run: java: got 11.0.1, want 17 or newer; install it and put it on the PATH\n\
        .ci/run: javac: got none, want 17 or newer; install it and put it on the PATH\n";
    assert_eq!(std::str::from_utf8(&output.stderr).unwrap(), expected);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]), "{output:?}");
}

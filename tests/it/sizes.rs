//! The sizes that a team carries: the library in a debug build, and the test binary of a crate with a client and a hundred tests.
//!
//! They are written down in `tests/data/sizes.json`, so that growth is a decision.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gws_sms_fake::serde_json::{Value, from_str};

/// The part of a size by which it may differ from the one that is written down.
const TOLERANCE: f64 = 0.05;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Makes the crate of the bench in a folder.
fn downstream(folder: &Path) {
    let text = |name: &str| fs::read_to_string(root().join("bench/downstream").join(name)).unwrap();
    let one = text("ours.rs");
    let tests: String =
        (0..100).map(|number| one.replace("test_n", &format!("test_{number}"))).collect();
    let manifest = format!(
        "[package]\nname = \"client\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n{}gws-sms-fake = {{ path = {:?} }}\n",
        text("dependencies.toml"),
        root(),
    );
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), text("client.rs")).unwrap();
    fs::write(folder.join("tests/it.rs"), tests + &text("starts.rs")).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Returns the size of the only file of that form among what was built, in bytes.
fn size(folder: &Path, begin: &str, end: &str) -> u64 {
    let files = fs::read_dir(folder.join("target/debug/deps")).unwrap();
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.strip_prefix(begin)
            .and_then(|rest| rest.strip_suffix(end))
            .is_some_and(|hash| hash.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    let found: Vec<_> = files.map(|file| file.unwrap().path()).filter(is_it).collect();
    let [file] = found.as_slice() else { panic!("want one {begin}..{end}, got {found:?}") };
    fs::metadata(file).unwrap().len()
}

#[test]
#[ignore = "it builds a crate with all that it depends on; .ci/run runs it"]
fn the_sizes_are_as_they_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    downstream(folder.path());
    let built = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--quiet"])
        .current_dir(folder.path())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_INCREMENTAL")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let written = fs::read_to_string(root().join("tests/data/sizes.json")).unwrap();
    let written: Value = from_str(&written).unwrap();
    let measured = [
        ("debug rlib", size(folder.path(), "libgws_sms_fake-", ".rlib")),
        ("debug test binary", size(folder.path(), "it-", "")),
    ];
    for (name, bytes) in measured {
        let mib = bytes as f64 / f64::from(1 << 20);
        let want = written[name].as_f64().expect("a size in MiB");
        assert!(
            (mib - want).abs() <= TOLERANCE * want,
            "{name}: got {mib:.1} MiB, want {want} MiB or at most 5 % more or less: find out why, or write it down in tests/data/sizes.json"
        );
    }
}

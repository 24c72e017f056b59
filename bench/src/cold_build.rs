//! A cold debug build: the dependencies, and this crate on top of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Extent;
use crate::result::Part;

/// The dependencies of a suite with its own stubs and its own checks.
const PEERS: &str = r#"
axum = "0.8"
jsonschema = { version = "0.61", default-features = false }
tokio = { version = "1.54", features = ["macros", "net", "rt-multi-thread", "sync", "time"] }
wiremock = "0.6"
"#;

pub fn measure(extent: Extent) -> Part {
    let mut part = Part::default();
    if extent == Extent::Quick {
        return part;
    }
    match measured(&mut part) {
        Ok(()) => part,
        Err(error) => {
            part.row("cold debug build", "–", format!("not measured: {error}"), false);
            part
        }
    }
}

fn measured(part: &mut Part) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest =
        fs::read_to_string(root.join("Cargo.toml")).map_err(|error| error.to_string())?;
    let lock = fs::read(root.join("Cargo.lock")).map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (ours, peers) = (folder.path().join("ours"), folder.path().join("peers"));
    empty_crate(&ours, &dependencies(&manifest), &lock)?;
    empty_crate(&peers, PEERS, &lock)?;
    let (mut of_ours, mut of_peers, mut on_top) = (f64::MAX, f64::MAX, f64::MAX);
    for round in ["first", "second"] {
        let target = |of: &str| folder.path().join(format!("{round}-{of}"));
        of_ours = of_ours.min(build(&ours, "empty", &target("ours"))?);
        on_top = on_top.min(build(&root, "gws-sms-fake", &target("ours"))?);
        of_peers = of_peers.min(build(&peers, "empty", &target("peers"))?);
        // They are large.
        let _ = fs::remove_dir_all(target("ours"));
        let _ = fs::remove_dir_all(target("peers"));
    }
    let (crates, other_crates) = (crates(&ours)?, crates(&peers)?);
    part.row(
        "cold debug build with default features: this crate only, after its dependencies",
        "≤ 6 s",
        format!("{on_top:.1} s"),
        on_top <= 6.0,
    );
    let ratio = of_ours / of_peers;
    let (count, other_count) = (crates.len(), other_crates.len());
    part.row(
        "cold debug build of the dependencies of this crate versus wiremock + jsonschema + axum + tokio",
        "≤ 1.1 ×",
        format!(
            "{ratio:.2} × ({of_ours:.1} s versus {of_peers:.1} s; {count} crates versus {other_count})"
        ),
        ratio <= 1.1,
    );
    let listed = |these: &BTreeSet<String>| {
        these.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let only_ours = listed(&crates.difference(&other_crates).cloned().collect());
    let only_theirs = listed(&other_crates.difference(&crates).cloned().collect());
    let shared = listed(&crates.intersection(&other_crates).cloned().collect());
    part.behind = format!(
        "\n## Crates\n\nEach build is cold, without incremental compilation, on all cores; the better of two. axum is there with its\n\
         default features and jsonschema without them.\n\n\
         Only of this crate: {only_ours}.\n\nOnly of the others: {only_theirs}.\n\nOf both: {shared}.\n"
    );
    Ok(())
}

/// The dependencies in a manifest that are not optional.
fn dependencies(manifest: &str) -> String {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.contains("optional = true")).map(|line| format!("{line}\n")).collect()
}

/// A crate of nothing but dependencies, in the versions of this repository.
fn empty_crate(folder: &Path, dependencies: &str, lock: &[u8]) -> Result<(), String> {
    let manifest = format!(
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{dependencies}"
    );
    let write = || {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("Cargo.lock"), lock)
    };
    write().map_err(|error: std::io::Error| error.to_string())?;
    cargo(folder, &["fetch", "--quiet"]).map(drop)
}

/// Builds the library of that package alone, and returns how long that took, in seconds.
fn build(folder: &Path, package: &str, target: &Path) -> Result<f64, String> {
    let target = target.to_string_lossy();
    let began = Instant::now();
    let package = ["build", "--lib", "--package", package];
    cargo(folder, &[&package[..], &["--quiet", "--offline", "--target-dir", &target]].concat())?;
    Ok(began.elapsed().as_secs_f64())
}

/// The crates that are built for it, itself left out.
fn crates(folder: &Path) -> Result<BTreeSet<String>, String> {
    let tree = ["tree", "--offline", "--edges", "no-dev", "--prefix", "none", "--format", "{p}"];
    let crates = cargo(folder, &tree)?;
    let names = crates.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?.trim_start_matches('v')))
    });
    Ok(names.filter(|name| !name.starts_with("empty ")).collect())
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let told = told.lines().take(5).collect::<Vec<_>>().join(" ");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("cargo {}: {told}", arguments[0]))
    }
}

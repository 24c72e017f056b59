//! The weight of a dev-dependency: a crate with a client under test and a hundred tests, once with this crate and once with
//! wiremock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Extent;
use crate::result::Part;
use crate::statistics::{Ratio, median};

/// The client under test.
const LIBRARY: &str = include_str!("../downstream/client.rs");

/// The dependencies of both crates.
const CLIENT: &str = include_str!("../downstream/dependencies.toml");

/// The dependencies of a suite with its own stubs and its own checks.
const STUBS: &str = r#"jsonschema = { version = "0.61", default-features = false }
serde_json = "1"
wiremock = "0.6"
"#;

/// One test with one GET, of which there are a hundred.
const OF_OURS: &str = include_str!("../downstream/ours.rs");
const OF_WIREMOCK: &str = include_str!("../downstream/wiremock.rs");

/// A measurement of the first start of a process and of those behind it, in microseconds.
const STARTS: &str = include_str!("../downstream/starts.rs");

/// Rounds of each measurement of a build that is not cold, and of a run.
const ROUNDS: usize = 5;

pub fn measure(extent: Extent) -> Part {
    let mut part = Part::default();
    if extent == Extent::Whole
        && let Err(error) = measured(&mut part)
    {
        part.row("weight", "–", format!("not measured: {error}"), false);
    }
    part
}

fn measured(part: &mut Part) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.canonicalize().map_err(|error| error.to_string())?;
    let ours = |features: &str| {
        let path = path.display();
        let dependency = format!("gws-sms-fake = {{ path = \"{path}\"{features} }}\n");
        (dependency, hundred(OF_OURS) + STARTS)
    };
    let lock = root.join("Cargo.lock");
    let make = |name: &str, (dependency, tests): (String, String)| {
        Downstream::new(folder.path().join(name), &dependency, &tests, &lock)
    };
    let with_us = make("ours", ours(""))?;
    let bare = make("bare", ours(", default-features = false"))?;
    let wiremock = make("wiremock", ("wiremock = \"0.6\"\n".to_owned(), hundred(OF_WIREMOCK)))?;
    let stubs = make("stubs", (STUBS.to_owned(), hundred(OF_WIREMOCK)))?;
    let cold = [&with_us, &bare, &stubs].map(Downstream::build);
    let [cold, cold_bare, cold_stubs] = cold;
    let (cold, cold_bare, cold_stubs) = (cold?, cold_bare?, cold_stubs?);
    bare.clean();
    stubs.clean();
    wiremock.build()?;
    let test = |of: &Downstream| of.rebuild("tests/it.rs");
    let library = |of: &Downstream| of.rebuild("src/lib.rs");
    timed(
        part,
        "touch a test, then `cargo test --no-run`, versus the same crate with wiremock",
        1.2,
        &with_us,
        &wiremock,
        test,
    )?;
    timed(part, "edit the crate under test, likewise", 1.25, &with_us, &wiremock, library)?;
    let (binary, other) = (with_us.test_binary()?, wiremock.test_binary()?);
    sized(
        part,
        "debug test binary, versus the same crate with wiremock",
        1.6,
        size(&binary)?,
        size(&other)?,
    );
    let (rlib, jsonschema) = (with_us.rlib("gws_sms_fake")?, with_us.rlib("jsonschema")?);
    sized(part, "debug rlib, versus that of jsonschema", 0.7, size(&rlib)?, size(&jsonschema)?);
    let mut cold_row = |what: &str, most: f64, took: f64| {
        let ratio = took / cold_stubs;
        let measured = format!("{ratio:.2} × ({took:.1} s versus {cold_stubs:.1} s)");
        part.row(what, &format!("≤ {most} ×"), measured, ratio <= most);
    };
    cold_row(
        "cold debug build of a downstream crate, versus the same crate with wiremock, jsonschema, tokio and serde_json",
        1.15,
        cold,
    );
    cold_row("the same with `default-features = false`", 1.08, cold_bare);
    let starts = (0..ROUNDS).map(|_| starts(&binary)).collect::<Result<Vec<_>, _>>()?;
    let (first, second): (Vec<f64>, Vec<f64>) = starts.into_iter().unzip();
    let ratio = Ratio::of(&first, &second);
    let (first, second) = (median(first) / 1e3, median(second) / 1e3);
    part.row(
        "first start in a debug process, versus the second",
        "≤ 15 ×",
        format!("{ratio} × ({first:.1} ms versus {second:.2} ms)"),
        ratio.median <= 15.0,
    );
    let nextest = |of: &Downstream| {
        of.cargo(&[
            "nextest",
            "run",
            "--offline",
            "--status-level",
            "none",
            "--final-status-level",
            "none",
        ])
    };
    timed(
        part,
        "100 tests with one GET each under nextest, versus wiremock",
        1.2,
        &with_us,
        &wiremock,
        nextest,
    )
}

fn hundred(test: &str) -> String {
    (0..100).map(|number| test.replace("test_n", &format!("test_{number}"))).collect()
}

/// A row for how long both take, in turns, after one that warms up.
fn timed(
    part: &mut Part,
    what: &str,
    most: f64,
    ours: &Downstream,
    other: &Downstream,
    act: impl Fn(&Downstream) -> Result<f64, String>,
) -> Result<(), String> {
    let (mut took, mut other_took) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (first, second) = (act(ours)?, act(other)?);
        if round > 0 {
            took.push(first);
            other_took.push(second);
        }
    }
    let ratio = Ratio::of(&took, &other_took);
    let least = |took: &[f64]| took.iter().copied().fold(f64::MAX, f64::min);
    let (took, other_took) = (least(&took), least(&other_took));
    let measured = format!("{ratio} × (at least {took:.2} s versus {other_took:.2} s)");
    part.row(what, &format!("≤ {most} ×"), measured, ratio.median <= most);
    Ok(())
}

fn sized(part: &mut Part, what: &str, most: f64, ours: u64, other: u64) {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let ratio = mib(ours) / mib(other);
    let measured = format!("{ratio:.2} × ({:.1} MiB versus {:.1} MiB)", mib(ours), mib(other));
    part.row(what, &format!("≤ {most} ×"), measured, ratio <= most);
}

fn size(file: &Path) -> Result<u64, String> {
    fs::metadata(file).map(|file| file.len()).map_err(|error| error.to_string())
}

/// The times of the first start of a process and of a later one, in microseconds.
fn starts(binary: &Path) -> Result<(f64, f64), String> {
    let mut command = Command::new(binary);
    let output = command.args(["--exact", "starts", "--ignored", "--nocapture"]).output();
    let output = output.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.lines().find_map(|line| {
        let (first, second) = line.split_once("starts ")?.1.split_once(' ')?;
        Some((first.parse().ok()?, second.parse().ok()?))
    });
    numbers.ok_or_else(|| format!("no times of starts in {text}"))
}

/// A crate with a client under test and its tests.
struct Downstream {
    folder: PathBuf,
}

impl Downstream {
    fn new(folder: PathBuf, dependency: &str, tests: &str, lock: &Path) -> Result<Self, String> {
        let manifest = format!(
            "[package]\nname = \"client\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n{CLIENT}{dependency}"
        );
        let write = || {
            fs::create_dir_all(folder.join("src"))?;
            fs::create_dir_all(folder.join("tests"))?;
            fs::write(folder.join("src/lib.rs"), LIBRARY)?;
            fs::write(folder.join("tests/it.rs"), tests)?;
            fs::write(folder.join("Cargo.toml"), manifest)?;
            fs::copy(lock, folder.join("Cargo.lock"))
        };
        write().map_err(|error: std::io::Error| error.to_string())?;
        let this = Self { folder };
        this.cargo(&["fetch", "--quiet"])?;
        Ok(this)
    }

    /// Builds its tests, and returns how long that took, in seconds.
    fn build(&self) -> Result<f64, String> {
        self.cargo(&["test", "--no-run", "--quiet", "--offline"])
    }

    /// Changes a file, and builds again.
    fn rebuild(&self, file: &str) -> Result<f64, String> {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let number = text.matches("fn changed").count();
        let changed = format!(
            "{text}\n/// A change.\npub fn changed_{number}() -> usize {{\n    {number}\n}}\n"
        );
        fs::write(&path, changed).map_err(|error| error.to_string())?;
        self.build()
    }

    fn clean(&self) {
        let _ = fs::remove_dir_all(self.folder.join("target"));
    }

    fn test_binary(&self) -> Result<PathBuf, String> {
        self.newest(|name| name.starts_with("it-") && !name.contains('.'))
    }

    fn rlib(&self, name: &str) -> Result<PathBuf, String> {
        self.newest(|file| file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib"))
    }

    fn newest(&self, is_it: impl Fn(&str) -> bool) -> Result<PathBuf, String> {
        let files = fs::read_dir(self.folder.join("target/debug/deps"));
        let files = files.map_err(|error| error.to_string())?.flatten();
        let files = files.filter(|file| is_it(&file.file_name().to_string_lossy()));
        let newest = files.max_by_key(|file| file.metadata().and_then(|file| file.modified()).ok());
        newest.map(|file| file.path()).ok_or_else(|| "no such file".to_owned())
    }

    fn cargo(&self, arguments: &[&str]) -> Result<f64, String> {
        let began = Instant::now();
        let output = Command::new("cargo")
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_INCREMENTAL")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        let took = began.elapsed().as_secs_f64();
        let told = String::from_utf8_lossy(&output.stderr);
        let told = told.lines().rev().take(5).collect::<Vec<_>>().join(" ");
        if output.status.success() {
            Ok(took)
        } else {
            Err(format!("cargo {}: {told}", arguments[0]))
        }
    }
}

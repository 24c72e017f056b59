//! Checking recorded messages beside a bare loop of parsing and jsonschema, and beside check-jsonschema of PyPI.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use gws_sms_fake::contract::{Summary, check_dir, check_file};
use gws_sms_fake::{Operation, fixtures};
use jsonschema::{Registry, Validator};
use serde_json::Value;

use crate::result::Part;
use crate::statistics::{Ratio, median};
use crate::{Extent, machine};

/// The version of PyPI's check-jsonschema.
const CHECK_JSONSCHEMA: &str = "0.39.0";
const BASE: &str = "https://schemas.gws-sms-fake.example/";
/// The kinds of messages, each with its schema; there are as many of one as of the other.
const KINDS: [&str; 2] = ["intrude-request", "smssession-state-change-notification"];

pub fn measure(extent: Extent) -> Part {
    machine::pin(0);
    let (count, rounds) = (extent.of(10_000, 1000), extent.of(9, 3));
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = folder.path().join("recordings");
    let (lines, files) = write(folder.path(), &recordings, count);
    let validators = Validators::read(&KINDS);
    let ours_of_lines = || assert_all(&check_file(&lines), count);
    let ours_of_files = || assert_all(&check_dir(&recordings), count);
    let bare_of_lines = || assert_eq!(validators.lines(&lines), count);
    let bare_of_files = || assert_eq!(validators.files(&files), count);
    let mut part = Part::default();
    let mut behind = vec![];
    let mut ours = f64::NAN;
    for (form, check, bare) in [
        ("one file of JSON lines", &ours_of_lines as &dyn Fn(), &bare_of_lines as &dyn Fn()),
        ("one file per message", &ours_of_files, &bare_of_files),
    ] {
        let (mut checks, mut bares) = (vec![], vec![]);
        for round in 0..=rounds {
            let (check, bare) = (timed(check), timed(bare));
            // The first round warms up.
            if round > 0 {
                checks.push(check);
                bares.push(bare);
            }
        }
        let ratio = Ratio::of(&bares, &checks);
        ours = median(checks);
        let rate = |seconds: f64| count as f64 / seconds / 1e3;
        let (check, bare) = (rate(ours), rate(median(bares)));
        behind.push((
            ratio.median,
            format!("{form}: {ratio} × ({check:.0},000 messages per second versus {bare:.0},000)"),
        ));
    }
    let least = behind.iter().map(|(ratio, _)| *ratio).fold(f64::INFINITY, f64::min);
    let measured: Vec<String> = behind.into_iter().map(|(_, text)| text).collect();
    part.row(
        &format!("`check` on {count} messages versus a bare loop of parsing and jsonschema"),
        "≥ 0.8 × its rate",
        measured.join("; "),
        least >= 0.8,
    );
    if extent == Extent::Whole {
        let what = format!("the same versus check-jsonschema {CHECK_JSONSCHEMA}");
        let must = "≥ 20 × its rate";
        match check_jsonschema(folder.path(), &recordings) {
            Ok(theirs) => {
                let ratio = theirs / ours;
                let measured = format!("{ratio:.0} × ({ours:.3} s versus {theirs:.1} s)");
                part.row(&what, must, measured, ratio >= 20.0);
            }
            Err(error) => part.row(&what, must, format!("not measured: {error}"), false),
        }
    }
    part
}

fn timed(work: &dyn Fn()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn assert_all(checked: &Summary, count: usize) {
    checked.conform();
    assert_eq!(checked.messages().map(|(_, of_schema)| of_schema).sum::<u64>(), count as u64);
}

/// Writes the messages as one file of lines, and as one file each in a folder for each kind.
fn write(folder: &Path, recordings: &Path, count: usize) -> (PathBuf, Vec<PathBuf>) {
    let (_, notification) = fixtures::notifications()
        .find(|(name, _)| *name == "intrude-status-change")
        .expect("a notification");
    let texts = [fixtures::request(Operation::Intrude), notification];
    let lines = folder.join("messages.jsonl");
    let mut all = File::create(&lines).expect("a file");
    let mut files = Vec::new();
    for (kind, text) in KINDS.iter().zip(texts) {
        let of_kind = recordings.join(kind);
        fs::create_dir_all(&of_kind).expect("a folder");
        let message: Value = serde_json::from_str(text).expect("JSON");
        for number in 0..count / 2 {
            writeln!(all, "{message}").expect("a line");
            let file = of_kind.join(format!("{number:05}.json"));
            fs::write(&file, message.to_string()).expect("a file");
            files.push(file);
        }
    }
    (lines, files)
}

/// The schemas as anybody would use them, one for each kind.
pub struct Validators(Vec<Validator>);

impl Validators {
    /// Those of that name.
    pub fn read(kinds: &[&str]) -> Self {
        let all: Vec<(String, Value)> = schemas().collect();
        let named = all.iter().map(|(name, schema)| (format!("{BASE}{name}"), schema));
        let registry =
            Registry::new().extend(named).and_then(|registry| registry.prepare()).expect("schemas");
        let validator = |kind: &&str| {
            let file = format!("{kind}.json");
            let (_, schema) = all.iter().find(|(name, _)| *name == file).expect("a schema");
            jsonschema::options().with_registry(&registry).build(schema).expect("a validator")
        };
        Self(kinds.iter().map(validator).collect())
    }

    /// Whether a message conforms to one of them.
    pub fn are_kept_by(&self, message: &Value) -> bool {
        self.0.iter().any(|validator| validator.is_valid(message))
    }

    fn is_valid(&self, message: &Value) -> bool {
        let kind = usize::from(message.get("operationName").is_none());
        self.0[kind].is_valid(message)
    }

    fn lines(&self, file: &Path) -> usize {
        let lines = BufReader::new(File::open(file).expect("a file")).lines();
        let messages = lines.map(|line| serde_json::from_str(&line.expect("text")).expect("JSON"));
        messages.filter(|message| self.is_valid(message)).count()
    }

    fn files(&self, files: &[PathBuf]) -> usize {
        let messages = files
            .iter()
            .map(|file| serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON"));
        messages.filter(|message| self.is_valid(message)).count()
    }
}

/// The schemas of the crate, with the names of their files.
fn schemas() -> impl Iterator<Item = (String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    fs::read_dir(folder).expect("schemas").map(|entry| {
        let path = entry.expect("a file").path();
        let schema = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
        (path.file_name().expect("a name").to_string_lossy().into_owned(), schema)
    })
}

/// How long check-jsonschema takes for all files, in seconds: one call for each kind.
fn check_jsonschema(folder: &Path, recordings: &Path) -> Result<f64, String> {
    let program = install()?;
    // It finds the schemas that are referred to by their files, and would look for an `$id` in the network.
    let beside = folder.join("schemas");
    fs::create_dir_all(&beside).map_err(|error| error.to_string())?;
    for (name, mut schema) in schemas() {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("$id");
        }
        fs::write(beside.join(name), schema.to_string()).map_err(|error| error.to_string())?;
    }
    let mut seconds = 0.0;
    for kind in KINDS {
        let of_kind = recordings.join(kind);
        let names = fs::read_dir(&of_kind).map_err(|error| error.to_string())?;
        let names = names.filter_map(|entry| Some(entry.ok()?.file_name()));
        let began = Instant::now();
        let schema = beside.join(format!("{kind}.json"));
        let mut command = Command::new(&program);
        let command = command.arg("--schemafile").arg(schema).args(names).current_dir(&of_kind);
        ended(command)?;
        seconds += began.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

/// Installs check-jsonschema beside what is built, unless it is there.
fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/check-jsonschema");
    let program = folder.join("bin/check-jsonschema");
    if !program.exists() {
        ended(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let package = format!("check-jsonschema=={CHECK_JSONSCHEMA}");
        ended(Command::new(folder.join("bin/pip")).args(["install", "--quiet", &package]))?;
    }
    Ok(program)
}

fn ended(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let told = [&output.stdout[..], &output.stderr[..]].concat();
    let told = String::from_utf8_lossy(&told);
    if output.status.success() { Ok(()) } else { Err(told.lines().take(3).collect()) }
}

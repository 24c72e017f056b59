//! Rows of the table, and the file that they are written to.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::plot::{self, Bar};
use crate::{Extent, machine};

/// One demand, and what became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub what: String,
    pub must: String,
    pub measured: String,
    pub reached: bool,
}

/// What one part of the bench has measured.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Part {
    pub rows: Vec<Row>,
    /// Tables and sentences behind the rows, in Markdown.
    pub behind: String,
    /// What the plot shows of each server.
    pub bars: Vec<Bar>,
}

impl Part {
    pub fn row(&mut self, what: &str, must: &str, measured: String, reached: bool) {
        let (what, must) = (what.to_owned(), must.to_owned());
        self.rows.push(Row { what, must, measured, reached });
    }

    pub fn print(&self) {
        println!("{}", serde_json::to_string(self).expect("JSON"));
    }
}

/// Of each part its name, what it does, and how many seconds it may take.
type Parts = [(&'static str, fn(Extent) -> Part, u64)];

/// Measures every part in a process of its own and writes the file; a quick run prints it.
pub fn write_all(parts: &Parts, extent: Extent) -> ExitCode {
    let (began, load) = (Instant::now(), machine::load());
    let mut all = Part::default();
    let mut failed = Vec::new();
    for (name, _, seconds) in parts {
        eprintln!("{name} ..");
        match run(name, extent, Duration::from_secs(*seconds)) {
            Ok(part) => {
                all.rows.extend(part.rows);
                all.bars.extend(part.bars);
                all.behind.push_str(&part.behind);
            }
            Err(error) => failed.push(format!("{name}: {error}")),
        }
    }
    let text = text(&all, &failed, load, began.elapsed());
    match extent {
        Extent::Quick => print!("{text}"),
        Extent::Whole => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
            fs::write(folder.join("RESULTS.md"), text).expect("the file of results");
            plot::draw(&folder.join("latency.svg"), &all.bars);
        }
    }
    for failed in &failed {
        eprintln!("{failed}");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(name: &str, extent: Extent, wait_timeout: Duration) -> Result<Part, String> {
    let extent = if extent == Extent::Quick { "quick" } else { "whole" };
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    let mut child = command
        .args(["part", name, extent])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + wait_timeout;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("did not end within {} s", wait_timeout.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|_| format!("ended with {}", output.status))
}

fn text(all: &Part, failed: &[String], load: f64, took: Duration) -> String {
    let mut text = String::from(
        "# Measured\n\n\
         Written by `cargo run --release --manifest-path bench/Cargo.toml`, which runs all of it again; with `-- --quick` it\n\
         prints small numbers within a minute.\n\n",
    );
    let _ = writeln!(text, "- Machine: {}. Load before: {load:.1}.", machine::described());
    let _ = writeln!(text, "- Versions: {}.", versions());
    let _ = writeln!(text, "- The run took {} s.", took.as_secs());
    text.push_str(
        "- How: the client is reqwest for all, but for the 10,000 that hold a connect: they are bare sockets, since reqwest takes longer\n  \
         for their answers than the fake. Latencies and rates are of one process that is kept on one core, client and server\n  \
         together, in windows of at least 500 requests, warmed up, one server after the other in each round and in another\n  \
         order in the next. A ratio is the median of the ratios round by round, with the least and the greatest behind it.\n  \
         Take the ratios, not the numbers.\n\n\
         | measurement | goal | measured | goal met |\n|---|---|---|---|\n",
    );
    for Row { what, must, measured, reached } in &all.rows {
        let reached = if *reached { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {what} | {must} | {measured} | {reached} |");
    }
    for failed in failed {
        let _ = writeln!(text, "| {failed} | – | not measured | **no** |");
    }
    text.push_str(&all.behind);
    text.push_str(include_str!("../FLOORS.md"));
    text
}

/// The versions of what is compared.
fn versions() -> String {
    let names = [
        "gws-sms-fake",
        "wiremock",
        "httpmock",
        "mockito",
        "axum",
        "hyper",
        "tokio",
        "reqwest",
        "jsonschema",
        "serde_json",
    ];
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let crates = names.iter().map(|name| format!("{name} {}", version(name)));
    crates.chain(compiler).collect::<Vec<_>>().join(", ")
}

/// The version of a crate that the bench is built with, the newest where there are two.
pub fn version(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let of_package = |package: &'static str| {
        let mut lines = package.lines();
        let found = lines.next()? == format!("name = {name:?}");
        let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
        found.then_some(version)
    };
    lock.split("[[package]]\n").filter_map(of_package).last().unwrap_or("?")
}

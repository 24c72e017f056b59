//! Who catches and who names what: written into the README when `UPDATE_README` is set, compared otherwise.

use std::fmt::Write;

use crate::broken::bugs::{BUGS, Bug};
use crate::broken::stubs::Strictness::{self, Strict, Usual};
use crate::broken::{fake, stubs};

const BEGIN: &str = "<!-- broken clients -->\n";
const END: &str = "<!-- /broken clients -->";

#[tokio::test]
async fn the_readme_says_who_catches_and_who_names_what() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let written = format!("{before}{BEGIN}\n{}\n{END}{after}", table().await);
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, written).unwrap();
    } else {
        let how = "UPDATE_README=1 cargo test --test it broken::table rewrites it";
        assert_eq!(readme, written, "{how}");
    }
}

/// What becomes of a bug in one place.
enum Fate {
    Passes,
    /// With what is said of it.
    Caught(String),
    Named(String),
}

use Fate::{Caught, Named, Passes};

async fn table() -> String {
    let mut rows = String::new();
    let mut fates = [Vec::new(), Vec::new(), Vec::new()];
    for bug in BUGS {
        let row = [of_the_fake(bug).await, of_stubs(bug, Strict).await, of_stubs(bug, Usual).await];
        let [fake, strict, by_default] = row.each_ref().map(shown);
        let _ = writeln!(rows, "| {} | {fake} | {strict} | {by_default} |", bug.name);
        for (fates, fate) in fates.iter_mut().zip(row) {
            fates.push(fate);
        }
    }
    let (clients, [fake, strict, by_default]) =
        (BUGS.len(), fates.each_ref().map(|fate| counted(fate)));
    format!(
        "| {clients} clients | the fake: {fake} | strict stubs: {strict} | usual stubs: {by_default} |\n|---|---|---|---|\n{rows}"
    )
}

async fn of_the_fake(bug: &Bug) -> Fate {
    let said = format!("`{}`", bug.rule);
    match fake::said_of(bug).await {
        Ok(()) => Passes,
        Err(report) if fake::names(&report, bug) => Named(said),
        Err(_) => Caught("another rule".to_owned()),
    }
}

async fn of_stubs(bug: &Bug, strictness: Strictness) -> Fate {
    match stubs::said_of(bug, strictness).await {
        Ok(()) => Passes,
        Err(report) if stubs::names(&report, bug) => Named(first_count(&report)),
        Err(report) => Caught(first_count(&report)),
    }
}

/// The name of the first stub whose expectation was not met, how often it was called, and how often it should have been.
fn first_count(report: &str) -> String {
    let mut lines = report.lines().skip(1).map(str::trim);
    let mut next = |before: &str| {
        let line = lines.next().and_then(|line| line.strip_prefix(before));
        line.unwrap_or_default().trim_end_matches('.').to_owned()
    };
    let name = next("- ");
    let want = next("Expected range of matching incoming requests: == ");
    let got = next("Number of matched incoming requests: ");
    // How many requests of a client that goes astray are counted depends on when it gives up.
    let got = if want == "0" { "called".to_owned() } else { format!("{got} of {want}") };
    format!("{name} {got}")
}

fn shown(fate: &Fate) -> String {
    match fate {
        Passes => "passes".to_owned(),
        Caught(said) => said.clone(),
        Named(said) => format!("**{said}**"),
    }
}

fn counted(fates: &[Fate]) -> String {
    let caught = fates.iter().filter(|fate| !matches!(fate, Passes)).count();
    let named = fates.iter().filter(|fate| matches!(fate, Named(_))).count();
    format!("{caught} caught, {named} named")
}

//! The table of broken clients in the guide, and its sums in the README: written when `UPDATE_README` is set, compared otherwise.

use std::fmt::Write;

use crate::broken::bugs::{BUGS, Bug};
use crate::broken::stubs::Strictness::{self, Strict, Usual};
use crate::broken::{fake, stubs};

#[tokio::test]
async fn the_guide_and_the_readme_show_which_client_is_caught_and_named_by_whom() {
    let outcomes = Outcomes::of_all_bugs().await;
    check("docs/guide/comparison.md", "broken clients", &outcomes.table());
    check("README.md", "caught and named", &outcomes.numbers());
}

/// Compares the part of a file between the two comments of that name, or writes it.
fn check(file: &str, name: &str, part: &str) {
    let path = support::repository(file);
    let before = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (head, rest) = before.split_once(&begin).unwrap();
    let (_, tail) = rest.split_once(&end).unwrap();
    let written = format!("{head}{begin}\n{part}\n{end}{tail}");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, written).unwrap();
    } else {
        let how = "UPDATE_README=1 cargo test --test it broken::table rewrites it";
        assert_eq!(before, written, "{how}");
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

/// The outcome of every bug with the fake, with strict stubs and with the usual ones.
struct Outcomes {
    /// The row of each bug in the table.
    rows: String,
    fates: [Vec<Fate>; 3],
}

impl Outcomes {
    async fn of_all_bugs() -> Self {
        let mut rows = String::new();
        let mut fates = [Vec::new(), Vec::new(), Vec::new()];
        for bug in BUGS {
            let row =
                [of_the_fake(bug).await, of_stubs(bug, Strict).await, of_stubs(bug, Usual).await];
            let [fake, strict, by_default] = row.each_ref().map(shown);
            let _ = writeln!(rows, "| {} | {fake} | {strict} | {by_default} |", bug.name);
            for (fates, fate) in fates.iter_mut().zip(row) {
                fates.push(fate);
            }
        }
        Self { rows, fates }
    }

    /// Returns the page's table, with one row for each bug.
    fn table(&self) -> String {
        let Self { rows, fates } = self;
        let clients = BUGS.len();
        let [fake, strict, by_default] = fates.each_ref().map(|fates| {
            let [caught, named] = counted(fates);
            format!("{caught} caught, {named} named")
        });
        format!(
            "| {clients} clients | the fake: {fake} | strict stubs: {strict} | usual stubs: {by_default} |\n|---|---|---|---|\n{rows}"
        )
    }

    /// Returns the numbers alone, for the README.
    fn numbers(&self) -> String {
        let mut table =
            format!("| {} wrong clients | caught | named |\n|---|---|---|\n", BUGS.len());
        let servers = ["gws-sms-fake", "strict stubs", "usual stubs"];
        for (server, [caught, named]) in
            servers.into_iter().zip(self.fates.each_ref().map(|fates| counted(fates)))
        {
            let _ = writeln!(table, "| {server} | {caught} | {named} |");
        }
        table
    }
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

/// Returns how many were caught, and how many of these were named.
fn counted(fates: &[Fate]) -> [usize; 2] {
    let caught = fates.iter().filter(|fate| !matches!(fate, Passes)).count();
    let named = fates.iter().filter(|fate| matches!(fate, Named(_))).count();
    [caught, named]
}

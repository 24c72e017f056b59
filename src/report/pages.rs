//! The generated parts of the guide: written from the tables of the code when `UPDATE_README` is set, compared otherwise.

use crate::gws::operation::OPERATIONS;
use crate::gws::route::{PREFIX, Target, paths};
use crate::gws::transition;
use crate::rules::Rule;

#[test]
fn the_page_of_operations_lists_the_tables_of_operations_and_paths() {
    check("operations.md", &[("operations", operations()), ("reads", reads())]);
}

#[test]
fn the_page_of_what_is_not_modelled_lists_the_operations_and_paths_without_a_model() {
    check("not-modelled.md", &[("not modelled", not_modelled())]);
}

#[test]
fn the_page_of_states_shows_the_table_of_transitions() {
    let kept = transition::kept_states();
    check("states.md", &[("states", transition::diagram()), ("causes that keep a state", kept)]);
}

#[test]
fn the_page_of_performance_shows_the_last_run_of_the_bench() {
    // The bench is no part of the package.
    if let Some(measured) = measured() {
        check("performance.md", &[("measured", measured)]);
    }
}

/// Compares a page with the generated parts, each by the name of its two comments, or writes it.
fn check(page: &str, parts: &[(&str, String)]) {
    let path = format!("{}/docs/guide/{page}", env!("CARGO_MANIFEST_DIR"));
    let before = std::fs::read_to_string(&path).unwrap();
    let page = parts.iter().fold(before.clone(), |text, (name, part)| with_part(&text, name, part));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, page).unwrap();
    } else {
        let how = "UPDATE_README=1 cargo test --all-features --lib report::pages rewrites it";
        assert_eq!(before, page, "{how}");
    }
}

/// The text with another content between the two comments of that name.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let end = format!("<!-- /{name} -->");
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}\n{part}\n{end}{after}")
}

fn operations() -> String {
    let mut table = String::new();
    let mut family = None;
    for operation in OPERATIONS {
        let Rule { text, certainty, source, .. } = operation.rule();
        let name = operation.as_str();
        let of = operation.family();
        if !operation.has_page() {
            continue;
        }
        if family.replace(of) != Some(of) {
            let heading = format!("`POST {}`", of.path());
            table.push_str(&format!("\n| {heading} | effect | source |\n|---|---|---|\n"));
        }
        let text = text.split_once(": ").map_or(*text, |(_, text)| text);
        table.push_str(&format!("| `{name}` | {text} | {certainty}: {source} |\n"));
    }
    table.trim_start().to_owned()
}

fn reads() -> String {
    let read: Vec<_> = paths()
        .filter(|(_, methods)| {
            methods
                .iter()
                .any(|(method, target)| *method == "GET" && matches!(target, Target::Read(_)))
        })
        .map(|(pattern, _)| format!("- `{}`", shown(pattern)))
        .collect();
    format!("The fake answers a GET of these paths:\n\n{}\n", read.join("\n"))
}

fn not_modelled() -> String {
    let without_page: Vec<_> = OPERATIONS
        .iter()
        .filter(|operation| !operation.has_page())
        .map(|operation| format!("`{}`", operation.as_str()))
        .collect();
    let other: Vec<_> = paths()
        .filter(|(_, methods)| methods.is_empty())
        .map(|(pattern, _)| format!("  - `{}`", shown(pattern)))
        .collect();
    format!(
        "- The operations {}: the vendor's samples list them in `capabilities`, but the vendor's documentation does not describe them.\n\
         - These paths, with every method:\n\n{}\n",
        without_page.join(", "),
        other.join("\n")
    )
}

/// The table of the bench, as its last run has written it.
fn measured() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/RESULTS.md");
    let results = std::fs::read_to_string(path).ok()?;
    let lines = results.lines().skip_while(|line| !line.starts_with("| measurement |"));
    Some(lines.take_while(|line| line.starts_with('|')).map(|line| format!("{line}\n")).collect())
}

fn shown(pattern: &str) -> String {
    format!("{PREFIX}/{}", pattern.replace("{}", "{id}"))
}

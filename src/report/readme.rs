//! The README's table of what there is: written from the tables of the code when `UPDATE_README` is set, compared otherwise.

use crate::gws::operation::OPERATIONS;
use crate::gws::route::{PREFIX, Target, paths};
use crate::rules::Rule;

#[test]
fn the_readme_lists_what_there_is_and_what_is_not() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let written = with_part(&readme, "operations", &operations());
    let written = with_part(&written, "reads", &reads());
    let written = with_part(&written, "not modelled", &not_modelled());
    // The bench is no part of the package.
    let written = measured().map_or(written.clone(), |text| with_part(&written, "measured", &text));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, written).unwrap();
    } else {
        assert_eq!(readme, written, "UPDATE_README=1 cargo test --lib readme rewrites it");
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
            table.push_str(&format!("\n| {heading} | | |\n|---|---|---|\n"));
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
        .map(|(pattern, _)| format!("`{}`", shown(pattern)))
        .collect();
    format!("`GET` is answered at {}.\n", read.join(", "))
}

fn not_modelled() -> String {
    let without_page: Vec<_> = OPERATIONS
        .iter()
        .filter(|operation| !operation.has_page())
        .map(|operation| format!("`{}`", operation.as_str()))
        .collect();
    let other: Vec<_> = paths()
        .filter(|(_, methods)| methods.is_empty())
        .map(|(pattern, _)| format!("`{}`", shown(pattern)))
        .collect();
    format!(
        "- The operations {}: names in the samples' `capabilities`, without a page.\n- These paths, whatever the method: {}.\n",
        without_page.join(", "),
        other.join(", ")
    )
}

/// The table of the bench, as its last run has written it.
fn measured() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/RESULTS.md");
    let results = std::fs::read_to_string(path).ok()?;
    let lines = results.lines().skip_while(|line| !line.starts_with("| what |"));
    Some(lines.take_while(|line| line.starts_with('|')).map(|line| format!("{line}\n")).collect())
}

fn shown(pattern: &str) -> String {
    format!("{PREFIX}/{}", pattern.replace("{}", "{id}"))
}

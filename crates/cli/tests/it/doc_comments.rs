//! The doc comments of the program and its tests.

use std::fs;
use std::path::Path;

use support::repository;

/// The words of a relative clause, which is no subject of a sentence.
const RELATIVE: [&str; 8] = ["What", "Whether", "Who", "Whom", "Whose", "Where", "Which", "How"];

#[test]
fn no_doc_comment_of_the_program_begins_with_a_relative_clause() {
    let mut problems = Vec::new();
    for folder in ["crates/cli/src", "crates/cli/tests"] {
        look(&repository(folder), &mut problems);
    }
    assert!(problems.is_empty(), "write a noun phrase or a verb:\n{}", problems.join("\n"));
}

/// Adds the comments of all Rust files below a folder that begin with one of those words.
fn look(folder: &Path, problems: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, problems);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().enumerate().filter(|(_, line)| begins_relatively(line));
            problems.extend(
                lines.map(|(index, line)| {
                    format!("{}:{}: {}", path.display(), index + 1, line.trim())
                }),
            );
        }
    }
}

fn begins_relatively(line: &str) -> bool {
    let line = line.trim_start();
    let comment = line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! "));
    let first = comment.and_then(|comment| comment.split_whitespace().next());
    first.is_some_and(|first| RELATIVE.contains(&first))
}

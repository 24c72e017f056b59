//! The beginnings of doc comments that make a clause the subject, such as "What a client sends".

use super::package::Source;

/// The beginnings that stand for a noun, and those of clauses.
const CLAUSES: [&str; 18] = [
    "How",
    "One that",
    "One who",
    "That of",
    "That which",
    "The one that",
    "The one who",
    "Those",
    "What",
    "Whatever",
    "When",
    "Where",
    "Whether",
    "Which",
    "Who",
    "Whoever",
    "Whose",
    "Why",
];

/// The prepositions that a clause may begin with, such as "In which".
const PREPOSITIONS: [&str; 14] = [
    "As", "At", "Below", "By", "For", "From", "In", "Of", "On", "Since", "To", "Under", "Until",
    "With",
];

/// Returns a line for each doc comment that begins with a clause.
pub(crate) fn clauses(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    for (file, text) in sources {
        let mut before = None;
        for (index, line) in text.lines().enumerate() {
            let comment = doc_comment(line);
            if let Some((marker, text)) = comment
                && before != Some(marker)
                && begins_with_a_clause(text)
            {
                let number = index + 1;
                problems.push(format!("{file}:{number}: begin with a noun or a verb: {text}"));
            }
            before = comment.map(|(marker, _)| marker);
        }
    }
    problems
}

/// The marker of a line of a doc comment, and the text after it.
fn doc_comment(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim_start();
    ["///", "//!"].into_iter().find_map(|marker| Some((marker, line.strip_prefix(marker)?.trim())))
}

fn begins_with_a_clause(text: &str) -> bool {
    let clause = |text: &str, beginning: &str| {
        text.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
            && !text[beginning.len()..].starts_with(char::is_alphanumeric)
    };
    let is_clause = |text: &str| CLAUSES.iter().any(|beginning| clause(text, beginning));
    match text.split_once(' ') {
        Some((first, rest)) if PREPOSITIONS.contains(&first) => {
            is_clause(rest) || clause(rest, "whom")
        }
        _ => is_clause(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        assert_eq!(clauses(&[("src/a.rs".to_owned(), text.to_owned())]), want);
    }

    #[test]
    fn a_doc_comment_that_begins_with_a_clause_is_reported_with_its_line() {
        let want = "begin with a noun or a verb";
        check("mod b;\n/// What it does.", &[&format!("src/a.rs:2: {want}: What it does.")]);
        check("//! Whether.", &[&format!("src/a.rs:1: {want}: Whether.")]);
        check("    /// Those of a.", &[&format!("src/a.rs:1: {want}: Those of a.")]);
        check("/// To whom it goes.", &[&format!("src/a.rs:1: {want}: To whom it goes.")]);
        check("//! A.\n/// How.", &[&format!("src/a.rs:2: {want}: How.")]);
    }

    #[test]
    fn a_clause_after_the_beginning_of_a_doc_comment_is_not_reported() {
        check("/// The place\n/// where it is. What is wrong is there.\n///\n/// When it is.", &[]);
        check("/// Whole texts, which are long.\n/// Tells if it is.", &[]);
    }

    #[test]
    fn a_clause_at_the_beginning_of_another_comment_is_not_reported() {
        check("// What follows is a table.\nlet a = \"/// What\";", &[]);
    }
}

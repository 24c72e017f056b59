//! The old words of the glossary, and where the code still has them.

use super::package::Source;
use super::tokens::tokens;

/// A word that the code no longer has.
pub(crate) struct OldWord {
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

/// Returns a line for each file and each old word that is an identifier in it, with the first line that has it.
pub(crate) fn old_identifiers(sources: &[Source], words: &[OldWord]) -> Vec<String> {
    let mut problems = Vec::new();
    for (file, text) in sources {
        let tokens = tokens(text);
        let mut first: Vec<Option<usize>> = vec![None; words.len()];
        for token in &tokens {
            let Some(word) = token.word() else { continue };
            if let Ok(place) = words.binary_search_by(|entry| entry.old.cmp(word)) {
                first[place].get_or_insert(token.line);
            }
        }
        for (OldWord { old, new }, line) in words.iter().zip(first) {
            problems.extend(line.map(|line| format!("{file}:{line}: `{old}`, now {new}")));
        }
    }
    problems
}

/// Returns a line for each file and folder whose module has an old name. A name such as `gws/reading` is old in that folder only.
pub(crate) fn old_modules(files: &[String], names: &[OldWord]) -> Vec<String> {
    let mut problems = Vec::new();
    for file in files {
        let module = file.strip_suffix(".rs").unwrap_or(file);
        let module = module.strip_suffix("/mod").unwrap_or(module);
        for OldWord { old, new } in names {
            let ends = module.strip_suffix(old).is_some_and(|before| before.ends_with('/'));
            if ends {
                problems.push(format!("{file}: `{old}`, now {new}"));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &[OldWord] =
        &[OldWord { old: "Told", new: "Notifications" }, OldWord { old: "it", new: "a noun" }];

    fn check(text: &str, want: &[&str]) {
        let sources = [("src/a.rs".to_owned(), text.to_owned())];
        assert_eq!(old_identifiers(&sources, WORDS), want);
    }

    #[test]
    fn an_old_word_is_reported_once_a_file_with_its_first_line() {
        check("fn a() {\n    b(|it| it.c)\n}", &["src/a.rs:2: `it`, now a noun"]);
    }

    #[test]
    fn an_old_word_in_a_string_a_comment_or_a_longer_identifier_is_not_reported() {
        check("// it\nfn item() { b(\"it\", r#\"Told\"#, Tolder, 'i') }", &[]);
    }

    #[test]
    fn an_old_module_is_reported_by_its_name_or_by_its_folder_and_name() {
        let names =
            [OldWord { old: "gws/reading", new: "reads" }, OldWord { old: "usage", new: "idle" }];
        let files = ["src/gws/reading.rs", "src/diff/reading.rs", "src/a/usage/mod.rs"];
        let want = [
            "src/gws/reading.rs: `gws/reading`, now reads",
            "src/a/usage/mod.rs: `usage`, now idle",
        ];
        assert_eq!(old_modules(&files.map(str::to_owned), &names), want);
    }
}

//! The files below a folder, in the order of their names, however many there are.
//!
//! A name is kept only until it has been handed on: a folder with many is read several times, each time for the names
//! that come next.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::contract::folder::{EntryKind, is_left_out};

/// The number of names that are kept at a time.
const AT_A_TIME: usize = 10_000;
/// The endings of files that are read.
const ENDINGS: [&str; 5] = ["json", "jsonl", "ndjson", "har", "part"];

/// An entry below a folder, and what a check does with it.
#[derive(Debug)]
pub(super) enum FolderEntry {
    File(PathBuf),
    /// It is not looked at, and why.
    Skipped(&'static str),
    /// It is not looked at, since it is neither a file nor a folder; in words.
    Special(PathBuf, &'static str),
    Unreadable(PathBuf, io::Error),
}

/// Hands on what stands below a folder.
pub(super) fn below(folder: &Path, hand_on: &mut dyn FnMut(FolderEntry)) {
    walk(folder, AT_A_TIME, hand_on);
}

fn walk(folder: &Path, at_a_time: usize, hand_on: &mut dyn FnMut(FolderEntry)) {
    let mut last = None;
    loop {
        let names = match next(folder, last.as_ref(), at_a_time) {
            Ok(names) => names,
            Err(error) => return hand_on(FolderEntry::Unreadable(folder.to_owned(), error)),
        };
        let is_rest = names.len() < at_a_time;
        last = names.keys().next_back().cloned();
        for (name, kind) in names {
            let is_hidden = is_left_out(&name);
            let path = folder.join(name);
            match kind {
                _ if is_hidden => hand_on(FolderEntry::Skipped("hidden files and folders")),
                EntryKind::Folder => walk(&path, at_a_time, hand_on),
                // It may lead to where it is, and what it leads to is found where that stands.
                EntryKind::LinkToFolder => hand_on(FolderEntry::Skipped("links to folders")),
                EntryKind::Special(what) => hand_on(FolderEntry::Special(path, what)),
                EntryKind::File if is_read(&path) => hand_on(FolderEntry::File(path)),
                EntryKind::File => hand_on(FolderEntry::Skipped("files of other endings")),
            }
        }
        if is_rest {
            return;
        }
    }
}

/// The names that come first behind that one.
fn next(
    folder: &Path,
    last: Option<&OsString>,
    at_a_time: usize,
) -> io::Result<BTreeMap<OsString, EntryKind>> {
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if last.is_some_and(|last| name <= *last) {
            continue;
        }
        if names.len() == at_a_time && names.last_key_value().is_some_and(|(most, _)| name > *most)
        {
            continue;
        }
        names.insert(name, EntryKind::of(&entry)?);
        if names.len() > at_a_time {
            names.pop_last();
        }
    }
    Ok(names)
}

fn is_read(path: &Path) -> bool {
    let ending = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries that are handed on below a folder of the repository, if so many names are kept.
    fn found(folder: &str, at_a_time: usize) -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        walk(&root.join(folder), at_a_time, &mut |walked| {
            found.push(match walked {
                FolderEntry::File(path) => path.strip_prefix(root).unwrap().display().to_string(),
                other => format!("{other:?}"),
            });
        });
        found
    }

    #[test]
    fn files_come_in_the_order_of_their_names_however_few_are_kept() {
        let all = found("fixtures", AT_A_TIME);
        let sorted = {
            let mut sorted = all.clone();
            sorted.sort();
            sorted
        };
        assert!(all.len() > 60 && all == sorted, "{all:?}");
        for at_a_time in [1, 2, 3, 36, 37, 38] {
            assert_eq!(found("fixtures", at_a_time), all, "{at_a_time}");
        }
    }

    #[test]
    fn other_endings_are_counted() {
        let all = found("tests/data/transcripts", AT_A_TIME);
        assert!(all.iter().all(|entry| entry == "Skipped(\"files of other endings\")"), "{all:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        assert!(found("no such folder", AT_A_TIME)[0].starts_with("Unreadable("));
    }
}

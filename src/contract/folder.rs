//! The entries of a folder that people keep files in: which are files to read, and which are left out.
//!
//! Hidden entries are never looked at: they are of an editor, of a version control system or of macOS, which also puts
//! `__MACOSX` into archives. What is neither a file nor a folder is never opened: a FIFO waits for a writer, and a device may
//! have no end.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The kind of an entry of a folder that is not left out by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Folder,
    /// It may lead back to a folder around it, or out of all of them.
    LinkToFolder,
    /// Neither a file nor a folder, in words.
    Special(&'static str),
}

impl EntryKind {
    /// The kind of an entry of a folder. A link that leads nowhere is a file that cannot be read.
    pub(crate) fn of(entry: &DirEntry) -> io::Result<Self> {
        let kind = entry.file_type()?;
        if !kind.is_symlink() {
            return Ok(Self::of_type(kind));
        }
        Ok(match fs::metadata(entry.path()).map(|target| Self::of_type(target.file_type())) {
            Ok(Self::Folder) => Self::LinkToFolder,
            Ok(kind) => kind,
            Err(_) => Self::File,
        })
    }

    fn of_type(kind: FileType) -> Self {
        match (kind.is_file(), kind.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Folder,
            _ => Self::Special(special(kind)),
        }
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match (kind.is_fifo(), kind.is_socket()) {
        (true, _) => "a FIFO",
        (_, true) => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "neither a file nor a folder"
}

/// Tells if an entry of that name is left out, whatever its kind is.
pub(crate) fn is_left_out(name: &OsStr) -> bool {
    name == "__MACOSX" || name.as_encoded_bytes().starts_with(b".")
}

/// The entries of a folder that are not left out by their names, in the order of their names.
pub(crate) fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !is_left_out(&entry.file_name()) {
            entries.push((entry.path(), EntryKind::of(&entry)?));
        }
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

/// The files directly in a folder whose names end in `.json`, in the order of their names.
pub fn json_files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let files = entries(folder)?
        .into_iter()
        .filter(|(path, kind)| *kind == EntryKind::File && is_json(path));
    Ok(files.map(|(path, _)| path).collect())
}

/// Every file below a folder whose name ends in `.json`, in the order of their paths.
///
/// # Errors
///
/// Fails if a folder cannot be read, or has a link to a folder in it.
pub fn json_files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |error| {
        Error::new(format!("{}: {error}; name a folder that can be read", folder.display()))
    };
    let mut found = Vec::new();
    for (path, kind) in entries(folder).map_err(unreadable)? {
        match kind {
            EntryKind::Folder => found.extend(json_files_below(&path)?),
            EntryKind::LinkToFolder => {
                return Err(Error::new(format!(
                    "{}: got a link to a folder, want the folder itself: it may lead back, or out of this one",
                    path.display()
                )));
            }
            EntryKind::File if is_json(&path) => found.push(path),
            EntryKind::File | EntryKind::Special(_) => {}
        }
    }
    Ok(found)
}

/// The entries directly in a folder that are neither files nor folders, with their kinds. A folder that cannot be read
/// has none.
pub fn specials_in(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let special = |(path, kind)| match kind {
        EntryKind::Special(what) => Some((path, what)),
        _ => None,
    };
    entries(folder).unwrap_or_default().into_iter().filter_map(special).collect()
}

/// As [`specials_in`], and in all folders below.
pub fn specials_below(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut found = Vec::new();
    for (path, kind) in entries(folder).unwrap_or_default() {
        match kind {
            EntryKind::Folder => found.extend(specials_below(&path)),
            EntryKind::Special(what) => found.push((path, what)),
            EntryKind::File | EntryKind::LinkToFolder => {}
        }
    }
    found
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with files of these names.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        folder
    }

    fn names(folder: &Path, paths: Vec<PathBuf>) -> Vec<String> {
        let name = |path: PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
        paths.into_iter().map(name).collect()
    }

    #[test]
    fn files_of_editors_and_of_archives_are_left_out() {
        let folder = folder(&[
            "b.json",
            "a.json",
            "a.txt",
            "._a.json",
            ".#a.json",
            "a.json~",
            ".git/c.json",
            "__MACOSX/a.json",
            "below/__MACOSX/d.json",
            "below/e.json",
        ]);
        let path = folder.path();
        assert_eq!(names(path, json_files_in(path).unwrap()), ["a.json", "b.json"]);
        let below = Path::new("below").join("e.json").display().to_string();
        let expected = ["a.json".to_owned(), "b.json".to_owned(), below];
        assert_eq!(names(path, json_files_below(path).unwrap()), expected);
    }

    #[cfg(unix)]
    #[test]
    fn sockets_devices_and_links_to_them_are_named_and_no_files() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let folder = folder(&["a.json", "below/b.json"]);
        let path = folder.path();
        let _listener = UnixListener::bind(path.join("below/socket.json")).unwrap();
        symlink("/dev/zero", path.join("zero.json")).unwrap();
        symlink("nowhere", path.join("dangling.json")).unwrap();
        assert_eq!(
            names(path, json_files_below(path).unwrap()),
            ["a.json", "below/b.json", "dangling.json"]
        );
        let specials = specials_below(path).into_iter();
        let specials: Vec<_> =
            specials.map(|(found, what)| (names(path, vec![found]).remove(0), what)).collect();
        let expected = [("below/socket.json", "a socket"), ("zero.json", "a device")];
        assert_eq!(specials, expected.map(|(name, what)| (name.to_owned(), what)));
    }
}

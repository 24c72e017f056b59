//! Files that were written on another system: with CRLF at the ends of their lines, or with a byte order mark in front.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::repository;

/// Returns the text of a file of this repository.
pub fn own(name: &str) -> String {
    fs::read_to_string(repository(name)).unwrap()
}

/// The result of reading a text in a file of that name, by its folder or by itself.
fn read(name: &str, text: &str, reads: fn(&Path, &Path) -> Result<(), String>) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    let read = reads(folder.path(), &file).err().unwrap_or_else(|| "read".to_owned());
    read.replace(&file.display().to_string(), "FILE")
}

/// The file is read with CRLF at the ends of its lines; with a byte order mark the error begins with `marked`.
#[track_caller]
pub fn check(name: &str, text: &str, reads: fn(&Path, &Path) -> Result<(), String>, marked: &str) {
    let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
    assert!(crlf.contains("\r\n"), "{text}");
    assert_eq!(read(name, &crlf, reads), "read");
    let read = read(name, &format!("\u{feff}{text}"), reads);
    assert!(read.starts_with(marked), "{name}: got {read}, want {marked}");
}

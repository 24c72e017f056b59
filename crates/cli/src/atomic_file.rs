//! Files that are written whole, and where they were told to be.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process;

/// Writes beside the file and renames, so that nobody reads half of it, and that no link leads elsewhere. What is there and no
/// file, such as `/dev/null`, is written to.
pub(crate) fn write_atomic(file: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(file).is_ok_and(|there| !there.is_file()) {
        return fs::write(file, text);
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.new", process::id()));
    // One that was left by a process of the same number, or laid there.
    let _ = fs::remove_file(&beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut new| new.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&beside, file));
    written.inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Takes away the file that an earlier run has left, if there is one. What is no file stays.
pub(crate) fn remove_stale(file: &Path) {
    if fs::metadata(file).is_ok_and(|there| there.is_file()) {
        let _ = fs::remove_file(file);
    }
}

//! Scenarios: read, played, recorded.

mod following;
mod playing;
mod reading;
mod recording;
mod shipped;

use std::path::PathBuf;

use tempfile::TempDir;

/// A file with that text, which is there as long as the folder.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

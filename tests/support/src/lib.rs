//! Clients and helpers that the tests of both packages use.

pub mod contract;
pub mod desktop;
pub mod documented;
pub mod panicked;
pub mod raw;
pub mod report;
pub mod stage;
pub mod tls;
pub mod watch;
pub mod written_elsewhere;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Returns the folder of the repository.
pub fn root() -> &'static Path {
    // This package is two folders below it.
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        root.expect("tests/support in a folder").to_owned()
    });
    &ROOT
}

/// Returns a file or folder of the repository, by its path from the root.
pub fn repository(path: &str) -> PathBuf {
    root().join(path)
}

//! Clients and helpers that the tests of both packages use.

mod answer;
pub mod cometd;
pub mod contract;
mod desktop;
pub mod documented;
mod http_client;
pub mod markdown;
pub mod panicked;
pub mod ports;
pub mod processes;
pub mod raw;
pub mod report;
mod stage;
pub mod tls;
mod transport;
pub mod watch;
pub mod written_elsewhere;

pub use answer::Answer;
pub use cometd::{CometdClient, PUSH, RawCometdClient, connect, disconnect, handshake, subscribe};
pub use desktop::Desktop;
pub use http_client::{HttpClient, Target, intrude_path, own_path, taken};
pub use raw::{AsyncRawConnection, RawConnection};
pub use stage::{Stage, in_short};
pub use transport::{Connects, Reachable, Served, TableFake, Transport};

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

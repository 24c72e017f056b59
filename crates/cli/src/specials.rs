//! Notes about what stands among files and is never read: FIFOs, sockets and devices.

use std::path::Path;

use gws_sms_fake::_cli_internals::contract::folder::{specials_below, specials_in};

/// The folders of a contract and of fixtures.
const FOLDERS: [&str; 6] =
    ["agent-states", "fixtures", "resources", "schemas", "smssessions", "users"];

/// Names what in a folder of fixtures or of a contract is neither a file nor a folder. A file has nothing in it.
pub(crate) fn note_specials(folder: &Path) {
    let below = FOLDERS.into_iter().flat_map(|name| specials_below(&folder.join(name)));
    for (path, what) in specials_in(folder).into_iter().chain(below) {
        note_special(&path, what);
    }
}

/// Names a path that is not read.
pub(crate) fn note_special(path: &Path, what: &str) {
    eprintln!("note: {} is {what} and not a file; it is not read", path.display());
}

//! The version of the form that scenarios are written in.
//!
//! It has a file of its own, since both who checks a recorded scenario ([`recorded`](crate::contract)) and who reads, writes and
//! plays one (`scenario`, a room below) need it.

use serde_json::Value;

/// The version that is read and written.
pub(crate) const VERSION: u32 = 1;
/// The advice for a file of another version.
pub(crate) const HINT: &str = "read it with the version of this crate that wrote it";

/// The got and the want of the violation at `/version`, if a head is of another version. The schema refuses a version
/// that is no number.
pub(crate) fn other_version(head: &Value) -> Option<(String, String)> {
    let version = &head["version"];
    let other = version.is_u64() && *version != VERSION;
    other.then(|| (version.to_string(), format!("{VERSION}, which this version reads")))
}

//! One line of a coverage file: what one fake's tests have exercised, as JSON.

use serde::{Deserialize, Serialize};

use crate::engine::log::coverage::CoverageNames;

#[derive(Debug, Deserialize, Serialize)]
pub struct CoverageLine {
    /// The version that wrote it.
    #[serde(rename = "gws-sms-fake")]
    pub version: String,
    pub exercised: CoverageNames,
}

/// The version that this is.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The line, without its end.
pub(crate) fn write(exercised: &CoverageNames) -> Result<String, serde_json::Error> {
    let line = CoverageLine { version: VERSION.to_owned(), exercised: exercised.clone() };
    serde_json::to_string(&line)
}

/// What a line turned out to be.
pub enum Read {
    Whole(CoverageLine),
    /// Its end is missing: the process was killed while it wrote.
    Half,
    /// No fake has written it.
    Foreign,
}

/// Reads a line.
pub fn read(line: &[u8]) -> Read {
    match serde_json::from_slice(line) {
        Ok(line) => Read::Whole(line),
        Err(error) if error.is_eof() => Read::Half,
        Err(_) => Read::Foreign,
    }
}

//! What is wrong with a contract as it is written: schemas, and the fixtures that go with them.
//!
//! [`files`] are what is looked at, [`schemas`] looks at each schema by itself and at what refers to it, [`fixtures`] holds
//! each fixture against its schema, whether it should pass or fail, and [`values`] looks for the values of enumerations that
//! no fixture has. A schema says on purpose what would be a finding otherwise: `x-open` why an object is open, and
//! `x-without-fixture` why there is no fixture of an enumeration's values; both are sentences.

pub(crate) mod files;
mod fixtures;
mod schemas;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;

use serde::Serialize;

use crate::contract::documents::Documents;
use files::Files;

/// Something that is wrong with a contract: where, what is there, what should be, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The file's path from the folder.
    pub file: String,
    /// A JSON pointer, empty for the whole file; or a line and a column where it is no JSON.
    pub place: String,
    /// What is there.
    pub got: String,
    /// What should be.
    pub want: String,
    /// What to do.
    pub hint: String,
}

impl Finding {
    pub(super) fn new(
        file: &str,
        place: &str,
        got: impl Into<String>,
        want: &str,
        hint: &str,
    ) -> Self {
        let (file, place, got) = (file.to_owned(), place.to_owned(), got.into());
        Self { file, place, got, want: want.to_owned(), hint: hint.to_owned() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, got, want, hint } = self;
        let place = if place.is_empty() { "the whole file" } else { place };
        write!(formatter, "{file}: {place}: got {got}, want {want}; {hint}")
    }
}

/// Everything that is wrong with these files, in their order. Schemas that they refer to and do not have are taken from
/// `others`.
pub(crate) fn lint(files: &Files, others: &Documents) -> Vec<Finding> {
    let mut findings = Vec::new();
    let read = files.read(&mut findings);
    let usable = schemas::look(&read.schemas, others, &mut findings);
    let fixtures = fixtures::look(&read.fixtures, &usable, &mut findings);
    values::look(&read.schemas, &usable, &fixtures, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

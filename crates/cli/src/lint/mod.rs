//! What is wrong with a contract as it is written: schemas, and the fixtures that go with them.
//!
//! [`files`] are what is looked at, [`schemas`] looks at each schema by itself and at what refers to it, [`fixtures`] holds
//! each fixture against its schema, as a fake that starts does, whether it should pass or fail, and [`values`] looks for the
//! values of enumerations that no fixture has. A schema says on purpose what would be a finding otherwise: `x-open` why an
//! object is open, and `x-without-fixture` why there is no fixture of an enumeration's values; both are sentences.

pub(crate) mod files;
mod fixtures;
mod schemas;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::documents::Documents;
use crate::internals::contract::fixture_schema::ContractDiagnostic;
use files::Files;

/// Something that is wrong with a contract: where, what is there, what should be, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct LintDiagnostic {
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

/// What else is wrong with the schema of a further operation, for those who know GWS.
pub(crate) type LookFurther = fn(&Value) -> Option<ContractDiagnostic>;

impl LintDiagnostic {
    pub(crate) fn of(file: &str, wrong: &ContractDiagnostic) -> Self {
        let ContractDiagnostic { place, got, want, hint } = wrong;
        Self::new(file, place, got, want, hint)
    }

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

impl fmt::Display for LintDiagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, got, want, hint } = self;
        let place = if place.is_empty() { "the whole file" } else { place };
        write!(formatter, "{file}: {place}: got {got}, want {want}; {hint}")
    }
}

/// Everything that is wrong with these files, in their order. Schemas that they refer to and do not have are taken from
/// `others`.
pub(crate) fn lint(
    files: &Files,
    others: &Documents,
    look_further: LookFurther,
) -> Vec<LintDiagnostic> {
    let mut findings = Vec::new();
    let read = files.read(&mut findings);
    let mut all = others.clone();
    for (name, document) in read.schemas.all() {
        all.add(name, document.clone());
    }
    let usable = schemas::look(&read.schemas, &all, look_further, &mut findings);
    let among = (&all, &usable);
    let fixtures = fixtures::look(&read.fixtures, &read.schemas, among, &mut findings);
    values::look(&read.schemas, &usable, &fixtures, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

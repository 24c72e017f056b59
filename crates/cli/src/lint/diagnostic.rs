//! A message of `lint`.

use std::fmt;

use gws_sms_fake::_cli_internals::contract::fixture_schema::ContractDiagnostic;
use gws_sms_fake::_cli_internals::contract::visible::visible;
use serde::Serialize;

/// Something that is wrong with a contract: where, what is there, what should be, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct LintDiagnostic {
    /// The file's path from the folder.
    pub file: String,
    /// A JSON pointer, empty for the whole file; or a line and a column where it is no JSON.
    pub place: String,
    /// The value that is there.
    pub got: String,
    /// The value that should be there.
    pub want: String,
    /// The hint that says what to do.
    pub hint: String,
}

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
        let file = file.to_owned();
        let place = place.to_owned();
        let got = got.into();
        Self { file, place, got, want: want.to_owned(), hint: hint.to_owned() }
    }
}

impl fmt::Display for LintDiagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, got, want, hint } = self;
        let place = if place.is_empty() { "the whole file" } else { place };
        let [file, place, got, want, hint] =
            [file, place, got, want, hint].map(|text| visible(text));
        write!(formatter, "{file}: {place}: got {got}, want {want}; {hint}")
    }
}

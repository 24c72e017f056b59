//! The options of a check.

use std::fs;
use std::path::{Path, PathBuf};

use crate::contract::custom::read_schemas;
use crate::contract::fixture_schema::is_filled_in;
use crate::contract::schemas::{self, Schemas};
use crate::error::Error;
use crate::rules::nearest;

/// A check with options.
///
/// ```
/// use gws_sms_fake::contract::Check;
///
/// let check = Check::new().schema("intrude-request").unwrap();
/// check.text("a request", r#"{"operationName":"Intrude"}"#).conform();
/// let error = Check::new().schema("intrude").unwrap_err();
/// assert!(error.to_string().ends_with("did you mean \"intrude-request\"?"));
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    pub(super) schemas: &'static Schemas,
    pub(super) schema: Option<&'static str>,
    pub(super) strict: bool,
    /// The fixtures of the contract that is gone by, if it is one's own.
    fixtures: Option<PathBuf>,
    pub(super) reading: Reading,
}

/// The way of reading, which does not change the result. Only tests change the default.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// The number of bytes that are read at a time.
    pub(super) room: usize,
    /// True if texts without diagnostics take the fast path.
    pub(super) quick: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { room: 64 * 1024, quick: true }
    }
}

impl Default for Check {
    fn default() -> Self {
        let schemas = schemas::built_in();
        let reading = Reading::default();
        Self { schemas, schema: None, strict: false, fixtures: None, reading }
    }
}

impl Check {
    /// A check that recognises each value by its content. Unknown fields are errors in requests, and notes in messages
    /// of GWS.
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows a custom contract: a folder with `schemas/*.json`, in the form that
    /// [`Builder::contract`](crate::Builder::contract) reads. Name it before [`schema`](Self::schema). In its
    /// `fixtures/answers/` and `fixtures/notifications/` names stand for values, as for a fake.
    ///
    /// # Errors
    ///
    /// Fails if the folder has no schemas, or if one of them is none.
    pub fn contract(mut self, folder: impl AsRef<Path>) -> Result<Self, Error> {
        (self.schemas, _) = read_schemas(folder.as_ref())?;
        self.fixtures = fs::canonicalize(folder.as_ref().join("fixtures")).ok();
        Ok(self)
    }

    /// Compares every value with that schema: the name of a file in `schemas/` without the ending.
    ///
    /// Members of an array are values, and so are lines; where the schema itself is of an array, the array is.
    ///
    /// # Errors
    ///
    /// Fails if there is no such schema, and names the nearest one.
    pub fn schema(mut self, name: &str) -> Result<Self, Error> {
        let known = self.schemas.all().map(|(known, _)| known).find(|known| *known == name);
        let Some(known) = known else {
            let names = || self.schemas.all().map(|(known, _)| known);
            let whole = |ending| names().find(|known| known.strip_suffix(ending) == Some(name));
            let meant = ["-request", "-notification", "-response"].into_iter().find_map(whole);
            let meant = meant.or_else(|| nearest(name, names())).unwrap_or("intrude-request");
            return Err(Error::new(format!(
                "got the schema {name:?}, want the name of a file in schemas/ without its ending; did you mean {meant:?}?"
            )));
        };
        self.schema = Some(known);
        Ok(self)
    }

    /// Treats unknown fields as errors everywhere; likewise values that are not recognised, and violations in a request
    /// that GWS refused.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The path of a file below the fixtures of the contract, where a fake fills names in.
    pub(super) fn fixture(&self, file: &Path) -> Option<String> {
        let real = self.fixtures.as_ref().and_then(|_| fs::canonicalize(file).ok())?;
        let below = real.strip_prefix(self.fixtures.as_ref()?).ok()?;
        let parts = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>();
        Some(parts.join("/")).filter(|path| is_filled_in(path))
    }
}

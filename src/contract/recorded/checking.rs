//! What is to be checked, and how.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};

use crate::contract::held::is_filled_in;
use crate::contract::own::read_schemas;
use crate::contract::recorded::checked::Checked;
use crate::contract::recorded::elements::{EVERY, Form, NONE, WHOLE, elements};
use crate::contract::recorded::finding::Finding;
use crate::contract::recorded::folder::{self, Found};
use crate::contract::recorded::judge::Judge;
use crate::contract::recorded::source::Source;
use crate::contract::schemas::{self, Schemas};
use crate::error::Error;
use crate::rule::nearest;

/// Checks the recordings below a folder: the files that end in `.json`, `.jsonl`, `.ndjson`, `.har` and `.part`.
///
/// ```no_run
/// #[test]
/// fn recordings_conform() {
///     gws_sms_fake::contract::check_dir("recordings").conform();
/// }
/// ```
pub fn check_dir(folder: impl AsRef<Path>) -> Checked {
    Check::new().paths([folder])
}

/// Checks one recording, whatever its name ends in.
pub fn check_file(file: impl AsRef<Path>) -> Checked {
    Check::new().paths([file])
}

/// Checks a text; findings are named by `name`.
///
/// ```
/// use gws_sms_fake::contract::check_text;
///
/// let sent = r#"{"operationName":"Intrude","supervisorVisibilityMode":"monitor"}"#;
/// let checked = check_text("the client's request", sent);
/// let finding = &checked.findings()[0];
/// assert_eq!(finding.id(), "intrude-mode");
/// assert_eq!((finding.line(), finding.column()), (1, 55));
/// assert_eq!(finding.got(), "\"monitor\"");
/// assert!(checked.try_conform().is_err());
/// ```
pub fn check_text(name: &str, text: &str) -> Checked {
    Check::new().text(name, text)
}

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
}

/// What is told while a check goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// This was found.
    Found(Box<Finding>),
    /// So many messages have been compared.
    Messages(u64),
    /// This file is next.
    File(PathBuf),
}

/// What stands for the standard input in the place of a path.
const STANDARD_INPUT: &str = "-";

impl Default for Check {
    fn default() -> Self {
        Self { schemas: schemas::built_in(), schema: None, strict: false, fixtures: None }
    }
}

impl Check {
    /// Each value is recognised by what is in it; unknown fields are errors in requests, and notes in what GWS sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes by a contract of one's own: a folder with `schemas/*.json`, as
    /// [`Builder::contract`](crate::Builder::contract) has it. It is to be named before [`schema`](Self::schema). In its
    /// `fixtures/answers/` and `fixtures/notifications/` names stand for values, as for a fake.
    ///
    /// # Errors
    ///
    /// The folder has no schemas, or one of them is none.
    pub fn contract(mut self, folder: impl AsRef<Path>) -> Result<Self, Error> {
        (self.schemas, _) = read_schemas(folder.as_ref())?;
        self.fixtures = fs::canonicalize(folder.as_ref().join("fixtures")).ok();
        Ok(self)
    }

    /// Takes every value for one of that schema: the name of a file in `schemas/` without the ending.
    ///
    /// Members of an array are values, and so are lines; where the schema itself is of an array, the array is.
    ///
    /// # Errors
    ///
    /// There is no such schema; the nearest one is named.
    pub fn schema(mut self, name: &str) -> Result<Self, Error> {
        let known = self.schemas.all().map(|(known, _)| known).find(|known| *known == name);
        let Some(known) = known else {
            let names = || self.schemas.all().map(|(known, _)| known);
            let whole = |ending| names().find(|it| it.strip_suffix(ending) == Some(name));
            let meant = ["-request", "-notification", "-response"].into_iter().find_map(whole);
            let meant = meant.or_else(|| nearest(name, names())).unwrap_or("intrude-request");
            return Err(Error::new(format!(
                "got the schema {name:?}, want the name of a file in schemas/ without its ending; did you mean {meant:?}?"
            )));
        };
        self.schema = Some(known);
        Ok(self)
    }

    /// Unknown fields are errors everywhere, and so is what is not recognised, or wrong with a request that GWS refused.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Checks files, and what is below folders; `-` is the standard input.
    pub fn paths<P: AsRef<Path>>(&self, paths: impl IntoIterator<Item = P>) -> Checked {
        let mut findings = Vec::new();
        let mut checked = self.each(paths, &mut |progress| {
            if let Progress::Found(finding) = progress {
                findings.push(*finding);
            }
        });
        checked.findings = findings;
        checked
    }

    /// As [`paths`](Self::paths), and hands each finding on when it comes: none is kept, so that a check needs no more
    /// memory for a hundred thousand files than for one.
    pub fn each<P: AsRef<Path>>(
        &self,
        paths: impl IntoIterator<Item = P>,
        tell: &mut dyn FnMut(Progress),
    ) -> Checked {
        let mut checked = Checked::default();
        let paths: Vec<PathBuf> = paths.into_iter().map(|path| path.as_ref().to_owned()).collect();
        for path in distinct(&paths) {
            self.path(path, &mut checked, tell);
        }
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        checked.ended(&names.join(", "));
        checked
    }

    /// Checks a text; findings are named by `name`.
    pub fn text(&self, name: &str, text: &str) -> Checked {
        self.of_form(name, text.as_bytes(), Form::Values)
    }

    /// As [`text`](Self::text), with one value a line, and of bytes.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn lines(&self, name: &str, bytes: &[u8]) -> Checked {
        self.of_form(name, bytes, Form::Lines)
    }

    fn of_form(&self, name: &str, bytes: &[u8], form: Form) -> Checked {
        let (mut checked, mut findings) = (Checked::default(), Vec::new());
        let tell = &mut |progress| {
            if let Progress::Found(finding) = progress {
                findings.push(*finding);
            }
        };
        self.read(name, bytes, form, &mut checked, tell);
        checked.findings = findings;
        checked.ended(name);
        checked
    }

    fn path(&self, path: &Path, checked: &mut Checked, tell: &mut dyn FnMut(Progress)) {
        if path.as_os_str() == STANDARD_INPUT {
            return self.read("-", stdin().lock(), Form::Values, checked, tell);
        }
        if !path.is_dir() {
            return self.file(path, checked, tell);
        }
        folder::below(path, &mut |found| match found {
            Found::File(file) => self.file(&file, checked, tell),
            Found::Skipped(what) => checked.skip(what),
            Found::Unreadable(path, error) => {
                checked.troubles.push(format!("{}: {error}", path.display()));
            }
        });
    }

    fn file(&self, path: &Path, checked: &mut Checked, tell: &mut dyn FnMut(Progress)) {
        let name = path.display().to_string();
        tell(Progress::File(path.to_owned()));
        match File::open(path) {
            Ok(file) => self.read(&name, BufReader::new(file), form(path), checked, tell),
            Err(error) => {
                let hint = "name a file that is there and may be read";
                checked.troubles.push(format!("{name}: {error}; {hint}"));
            }
        }
    }

    /// The path of a file below the fixtures of the contract, where a fake fills names in.
    fn fixture(&self, file: &Path) -> Option<String> {
        let real = self.fixtures.as_ref().and_then(|_| fs::canonicalize(file).ok())?;
        let below = real.strip_prefix(self.fixtures.as_ref()?).ok()?;
        let parts = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>();
        Some(parts.join("/")).filter(|path| is_filled_in(path))
    }

    fn read(
        &self,
        name: &str,
        reader: impl BufRead,
        form: Form,
        checked: &mut Checked,
        tell: &mut dyn FnMut(Progress),
    ) {
        checked.files += 1;
        let source = Source::new(reader);
        let fixture = self.fixture(Path::new(name));
        let fixture = fixture.as_deref();
        let mut judge = Judge { check: self, file: name, fixture, checked, tell };
        match source.pass_byte_order_mark() {
            Ok(false) => {}
            Ok(true) => judge.byte_order_mark(),
            Err(error) => return judge.broken(&error.into()),
        }
        let arrays = match self.schema.and_then(|name| self.schemas.find(name)) {
            None => EVERY,
            // It is of the whole array.
            Some(schema) if schema.document["type"] == "array" => NONE,
            Some(_) => WHOLE,
        };
        let mut any = false;
        elements(&source, form, arrays, &mut |element| {
            any = true;
            match element {
                Ok(element) => judge.element(&element),
                Err(broken) => judge.broken(&broken),
            }
        });
        if !any && source.is_empty() {
            judge.empty();
        }
    }
}

/// The paths without those that are named twice, or stand below a folder that is named too.
fn distinct(paths: &[PathBuf]) -> Vec<&PathBuf> {
    // What is not there is told when it is to be read.
    let real = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let all: Vec<PathBuf> = paths.iter().map(real).collect();
    let is_first = |index: usize| {
        let path = &all[index];
        let covered = |(other, at): (usize, &PathBuf)| {
            path == at && other < index || path != at && path.starts_with(at)
        };
        !all.iter().enumerate().any(covered)
    };
    (0..paths.len()).filter(|index| is_first(*index)).map(|index| &paths[index]).collect()
}

/// Recordings that grow are of lines.
fn form(path: &Path) -> Form {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("jsonl" | "ndjson" | "part") => Form::Lines,
        _ => Form::Values,
    }
}

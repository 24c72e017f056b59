//! What is to be checked, and how.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{Read, stdin};
use std::mem;
use std::path::{Path, PathBuf};

use crate::contract::custom::read_schemas;
use crate::contract::fixture_schema::is_filled_in;
use crate::contract::recorded::checker::Checker;
use crate::contract::recorded::diagnostic::Diagnostic;
use crate::contract::recorded::folder::{self, FolderEntry};
use crate::contract::recorded::lookahead::Lookahead;
use crate::contract::recorded::source::Source;
use crate::contract::recorded::split::{EVERY, Form, NONE, WHOLE, elements};
use crate::contract::recorded::summary::Summary;
use crate::contract::schemas::{self, Schemas};
use crate::error::Error;
use crate::rules::nearest;

/// Checks the recordings below a folder: the files that end in `.json`, `.jsonl`, `.ndjson`, `.har` and `.part`.
///
/// ```no_run
/// #[test]
/// fn recordings_conform() {
///     gws_sms_fake::contract::check_dir("recordings").conform();
/// }
/// ```
pub fn check_dir(folder: impl AsRef<Path>) -> Summary {
    Check::new().paths([folder])
}

/// Checks one recording, whatever its name ends in.
pub fn check_file(file: impl AsRef<Path>) -> Summary {
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
pub fn check_text(name: &str, text: &str) -> Summary {
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
    pub(super) reading: Reading,
}

/// How it is read, which changes nothing that is said. Only tests read otherwise than by default.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// How many bytes are read at a time.
    pub(super) room: usize,
    /// Whether what nothing is to be said of is taken the quick way.
    pub(super) quick: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { room: 64 * 1024, quick: true }
    }
}

/// How what is read comes.
#[derive(Clone, Copy)]
pub(super) struct Coming {
    pub(super) form: Form,
    /// Whether more of it may be read than is needed for now: nobody writes it who waits for what is said of it.
    pub(super) eager: bool,
}

/// A check that goes on.
struct Going<'g> {
    checked: &'g mut Summary,
    tell: &'g mut dyn FnMut(Progress),
    /// What is read into, of all files.
    room: Vec<u8>,
}

/// What is told while a check goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// This was found.
    Found(Box<Diagnostic>),
    /// So many messages have been compared.
    Messages(u64),
    /// This file is next.
    File(PathBuf),
}

/// What stands for the standard input in the place of a path.
const STANDARD_INPUT: &str = "-";

impl Default for Check {
    fn default() -> Self {
        let (schemas, reading) = (schemas::built_in(), Reading::default());
        Self { schemas, schema: None, strict: false, fixtures: None, reading }
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
    pub fn paths<P: AsRef<Path>>(&self, paths: impl IntoIterator<Item = P>) -> Summary {
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
    ) -> Summary {
        let mut checked = Summary::default();
        let paths: Vec<PathBuf> = paths.into_iter().map(|path| path.as_ref().to_owned()).collect();
        let mut going = self.going(&mut checked, tell);
        for path in distinct(&paths) {
            self.path(path, &mut going);
        }
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        checked.ended(&names.join(", "));
        checked
    }

    /// Checks a text; findings are named by `name`.
    pub fn text(&self, name: &str, text: &str) -> Summary {
        self.of_form(name, text.as_bytes(), Form::Values)
    }

    /// As [`text`](Self::text), with one value a line, and of bytes.
    #[doc(hidden)]
    pub fn lines(&self, name: &str, bytes: &[u8]) -> Summary {
        self.of_form(name, bytes, Form::Lines)
    }

    fn of_form(&self, name: &str, bytes: &[u8], form: Form) -> Summary {
        let mut findings = Vec::new();
        let tell = &mut |progress| {
            if let Progress::Found(finding) = progress {
                findings.push(*finding);
            }
        };
        let mut checked = self.what_comes(name, bytes, Coming { form, eager: true }, tell);
        checked.findings = findings;
        checked
    }

    /// Checks what comes from one reader.
    pub(super) fn what_comes(
        &self,
        name: &str,
        reader: impl Read,
        coming: Coming,
        tell: &mut dyn FnMut(Progress),
    ) -> Summary {
        let mut checked = Summary::default();
        self.read(name, reader, coming, &mut self.going(&mut checked, tell));
        checked.ended(name);
        checked
    }

    fn going<'g>(&self, checked: &'g mut Summary, tell: &'g mut dyn FnMut(Progress)) -> Going<'g> {
        Going { checked, tell, room: vec![0; self.reading.room] }
    }

    fn path(&self, path: &Path, going: &mut Going<'_>) {
        if path.as_os_str() == STANDARD_INPUT {
            let coming = Coming { form: Form::Values, eager: false };
            return self.read("-", stdin().lock(), coming, going);
        }
        if !path.is_dir() {
            return self.file(path, going);
        }
        folder::below(path, &mut |found| match found {
            FolderEntry::File(file) => self.file(&file, going),
            FolderEntry::Skipped(what) => going.checked.skip(what),
            FolderEntry::Unreadable(path, error) => {
                going.checked.troubles.push(format!("{}: {error}", path.display()));
            }
        });
    }

    fn file(&self, path: &Path, going: &mut Going<'_>) {
        let name = path.to_string_lossy();
        (going.tell)(Progress::File(path.to_owned()));
        match File::open(path) {
            Ok(file) => {
                // What is no file may be written by somebody who waits.
                let eager = file.metadata().is_ok_and(|it| it.is_file());
                self.read(&name, file, Coming { form: form(path), eager }, going);
            }
            Err(error) => {
                let hint = "name a file that is there and may be read";
                going.checked.troubles.push(format!("{name}: {error}; {hint}"));
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

    fn read(&self, name: &str, reader: impl Read, coming: Coming, going: &mut Going<'_>) {
        let Going { checked, tell, room } = going;
        checked.files += 1;
        let ahead = Lookahead::new(reader, mem::take(room), coming.eager);
        let fixture = self.fixture(Path::new(name));
        let fixture = fixture.as_deref();
        let judge = RefCell::new(Checker { check: self, file: name, fixture, checked, tell });
        let takes = &mut |text: &[u8]| judge.borrow_mut().takes(text);
        let source = Source::with(ahead, self.reading.quick.then_some(takes));
        self.source(&source, coming.form, &judge);
        *room = source.into_room();
    }

    fn source(&self, source: &Source<'_>, form: Form, judge: &RefCell<Checker<'_>>) {
        match source.pass_byte_order_mark() {
            Ok(false) => {}
            Ok(true) => judge.borrow_mut().byte_order_mark(),
            Err(error) => return judge.borrow_mut().broken(&error.into()),
        }
        if form == Form::Values && source.pass_whole() {
            return;
        }
        let arrays = match self.schema.and_then(|name| self.schemas.find(name)) {
            None => EVERY,
            // It is of the whole array.
            Some(schema) if schema.document["type"] == "array" => NONE,
            Some(_) => WHOLE,
        };
        let mut any = false;
        elements(source, form, arrays, &mut |element| {
            any = true;
            match element {
                Ok(element) => judge.borrow_mut().element(&element),
                Err(broken) => judge.borrow_mut().broken(&broken),
            }
        });
        if !any && source.is_empty() {
            judge.borrow_mut().empty();
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

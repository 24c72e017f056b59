//! The run of a check: it finds and reads the files, and hands each value in them to the checker.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{Read, stdin};
use std::mem;
use std::path::{Path, PathBuf};

use crate::contract::recorded::checker::Checker;
use crate::contract::recorded::diagnostic::Progress;
use crate::contract::recorded::envelope::{HarReader, begins_har};
use crate::contract::recorded::folder::{self, FolderEntry};
use crate::contract::recorded::lookahead::Lookahead;
use crate::contract::recorded::options::Check;
use crate::contract::recorded::source::Source;
use crate::contract::recorded::split::{EVERY, Form, NONE, WHOLE, elements};
use crate::contract::recorded::summary::Summary;

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

/// Checks one recording, whatever the ending of its name is.
pub fn check_file(file: impl AsRef<Path>) -> Summary {
    Check::new().paths([file])
}

/// Checks a text; diagnostics name it `name`.
///
/// ```
/// use gws_sms_fake::contract::check_text;
///
/// let sent = r#"{"operationName":"Intrude","supervisorVisibilityMode":"monitor"}"#;
/// let checked = check_text("the client's request", sent);
/// let diagnostic = &checked.diagnostics()[0];
/// assert_eq!(diagnostic.id(), "intrude-mode");
/// assert_eq!((diagnostic.line(), diagnostic.column()), (1, 55));
/// assert_eq!(diagnostic.got(), "\"monitor\"");
/// assert!(checked.try_conform().is_err());
/// ```
pub fn check_text(name: &str, text: &str) -> Summary {
    Check::new().text(name, text)
}

/// The form of a recording, and the eagerness with which it is read.
#[derive(Clone, Copy)]
pub(super) struct Coming {
    pub(super) form: Form,
    /// True if more of it may be read than is needed for now: no writer waits for the diagnostics of the text so far.
    pub(super) eager: bool,
}

/// A check that goes on.
struct Going<'g> {
    checked: &'g mut Summary,
    tell: &'g mut dyn FnMut(Progress),
    /// The room that all files are read into.
    room: Vec<u8>,
}

/// The number of bytes that show if a text is a HAR file.
const BEGIN: usize = 64;
/// The path that stands for the standard input.
const STANDARD_INPUT: &str = "-";

impl Check {
    /// Checks files, and the files below folders; `-` is the standard input.
    pub fn paths<P: AsRef<Path>>(&self, paths: impl IntoIterator<Item = P>) -> Summary {
        let mut diagnostics = Vec::new();
        let mut checked = self.each(paths, &mut |progress| {
            if let Progress::Found(diagnostic) = progress {
                diagnostics.push(*diagnostic);
            }
        });
        checked.diagnostics = diagnostics;
        checked
    }

    /// Does the same as [`paths`](Self::paths), and hands each diagnostic on when it comes. None is kept, so that a
    /// check needs no more memory for a hundred thousand files than for one.
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

    /// Checks a text; diagnostics name it `name`.
    pub fn text(&self, name: &str, text: &str) -> Summary {
        self.of_form(name, text.as_bytes(), Form::Values)
    }

    /// Does the same as [`text`](Self::text), with one value a line, for bytes.
    #[doc(hidden)]
    pub fn lines(&self, name: &str, bytes: &[u8]) -> Summary {
        self.of_form(name, bytes, Form::Lines)
    }

    fn of_form(&self, name: &str, bytes: &[u8], form: Form) -> Summary {
        let mut diagnostics = Vec::new();
        let tell = &mut |progress| {
            if let Progress::Found(diagnostic) = progress {
                diagnostics.push(*diagnostic);
            }
        };
        let mut checked = self.what_comes(name, bytes, Coming { form, eager: true }, tell);
        checked.diagnostics = diagnostics;
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
            return self.file(path, None, going);
        }
        folder::below(path, &mut |found| match found {
            // It is a file, or a link to one: nobody writes it who waits.
            FolderEntry::File(file) => self.file(&file, Some(true), going),
            FolderEntry::Skipped(what) => going.checked.skip(what),
            FolderEntry::Special(path, what) => {
                going.checked.skip("neither files nor folders");
                (going.tell)(Progress::Skipped(path, what));
            }
            FolderEntry::Unreadable(path, error) => {
                going.checked.troubles.push(format!("{}: {error}", path.display()));
            }
        });
    }

    fn file(&self, path: &Path, is_file: Option<bool>, going: &mut Going<'_>) {
        let name = path.to_string_lossy();
        (going.tell)(Progress::File(path.to_owned()));
        match File::open(path) {
            Ok(file) => {
                // What is no file may be written by somebody who waits.
                let eager = is_file
                    .unwrap_or_else(|| file.metadata().is_ok_and(|metadata| metadata.is_file()));
                self.read(&name, file, Coming { form: form(path), eager }, going);
            }
            Err(error) => {
                let hint = "name a file that is there and may be read";
                going.checked.troubles.push(format!("{name}: {error}; {hint}"));
            }
        }
    }

    fn read(&self, name: &str, reader: impl Read, coming: Coming, going: &mut Going<'_>) {
        let Going { checked, tell, room } = going;
        checked.files += 1;
        let mut ahead = Lookahead::new(reader, mem::take(room), coming.eager);
        if is_har(Path::new(name)) || begins_har(ahead.begin(BEGIN)) {
            let (reader, room) = ahead.into_parts();
            ahead = Lookahead::new(HarReader::new(reader), room, coming.eager);
        }
        let fixture = self.fixture(Path::new(name));
        let fixture = fixture.as_deref();
        let checker = RefCell::new(Checker { check: self, file: name, fixture, checked, tell });
        let takes = &mut |text: &[u8]| checker.borrow_mut().takes(text);
        let source = Source::with(ahead, self.reading.quick.then_some(takes));
        self.source(&source, coming.form, &checker);
        *room = source.into_room();
    }

    fn source(&self, source: &Source<'_>, form: Form, checker: &RefCell<Checker<'_>>) {
        match source.pass_byte_order_mark() {
            Ok(false) => {}
            Ok(true) => checker.borrow_mut().byte_order_mark(),
            Err(error) => return checker.borrow_mut().broken(&error.into()),
        }
        if form == Form::Values && source.pass_whole() {
            return;
        }
        let arrays = match self.schema.and_then(|name| self.schemas.find(name)) {
            None => EVERY,
            // The schema describes the whole array, so that its elements are not checked one by one.
            Some(schema) if schema.document()["type"] == "array" => NONE,
            Some(_) => WHOLE,
        };
        let mut any = false;
        elements(source, form, arrays, &mut |element| {
            any = true;
            match element {
                Ok(element) => checker.borrow_mut().element(&element),
                Err(broken) => checker.borrow_mut().broken(&broken),
            }
        });
        if !any && source.is_empty() {
            checker.borrow_mut().empty();
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

fn is_har(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("har"))
}

/// Recordings that grow are of lines.
fn form(path: &Path) -> Form {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("jsonl" | "ndjson" | "part") => Form::Lines,
        _ => Form::Values,
    }
}

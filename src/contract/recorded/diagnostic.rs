//! The diagnostics of a check, with their places in the recording.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::contract::recorded::source::Place;
use crate::contract::visible::visible;
use crate::rules::Rule;

/// The weight of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// It does not conform.
    Error,
    /// It is worth knowing, and breaks nothing.
    Note,
}

impl Severity {
    /// The word for it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One place in a recording that does not conform, or that is worth knowing.
///
/// Its text is for people: where, what came, what was wanted, the line as it stands in the file, and the rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub(super) severity: Severity,
    pub(super) file: String,
    pub(super) spot: Snippet,
    pub(super) pointer: String,
    pub(super) within: Option<String>,
    pub(super) schema: Option<&'static str>,
    pub(super) id: &'static str,
    pub(super) rule: Option<&'static Rule>,
    pub(super) got: String,
    pub(super) want: String,
    pub(super) hint: Option<String>,
}

/// A report of progress while a check runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// This was found.
    Found(Box<Diagnostic>),
    /// So many messages have been compared.
    Messages(u64),
    /// This file is next.
    File(PathBuf),
    /// This is not read, since it is neither a file nor a folder; in words, such as `a FIFO`.
    Skipped(PathBuf, &'static str),
}

/// The place of a diagnostic in a file, and the text there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Snippet {
    pub(super) place: Place,
    /// The column behind it, in the same line.
    pub(super) end_column: usize,
    /// The line, cut around it where it is long.
    pub(super) line: String,
    /// Its bytes in that.
    pub(super) mark: Range<usize>,
}

impl Diagnostic {
    /// The severity: an error or a note.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The file as it was named, or found below the folder that was named.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line in the file, from 1 on.
    pub fn line(&self) -> usize {
        self.spot.place.line
    }

    /// The column in the line, in characters and from 1 on.
    pub fn column(&self) -> usize {
        self.spot.place.column
    }

    /// The column after the part that does not conform, or after the line if that part continues in the next one.
    pub fn end_column(&self) -> usize {
        self.spot.end_column
    }

    /// The place in the value, as a JSON pointer (RFC 6901). In a file with one value a line, it is the place in the
    /// value of that line.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The place in the JSON that the text at [`pointer`](Self::pointer) holds, as in a HAR file; a JSON pointer (RFC
    /// 6901).
    pub fn within(&self) -> Option<&str> {
        self.within.as_deref()
    }

    /// The schema that the value was compared with: the name of its file without the ending.
    pub fn schema(&self) -> Option<&'static str> {
        self.schema
    }

    /// The id of the rule; `schema` if only the form of a file is wrong; or `not-recognised`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The rule, with its source; none if only the form of a file is wrong, or if the value was not recognised.
    pub fn rule(&self) -> Option<&'static Rule> {
        self.rule
    }

    /// The value that came.
    pub fn got(&self) -> &str {
        &self.got
    }

    /// The values that were wanted.
    pub fn want(&self) -> &str {
        &self.want
    }

    /// The advice to the reader, if there is one.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The line of the file, cut around the place if it is long.
    pub fn excerpt(&self) -> &str {
        &self.spot.line
    }

    /// The bytes of the [`excerpt`](Self::excerpt) that do not conform.
    pub fn mark(&self) -> Range<usize> {
        self.spot.mark.clone()
    }

    /// Tells if the diagnostic is about the whole value.
    pub fn is_whole(&self) -> bool {
        self.pointer.is_empty() && self.within.is_none()
    }

    /// The place in the message, in words: the pointer, and the place within the text there.
    pub fn place(&self) -> String {
        let pointer = if self.pointer.is_empty() { "the whole value" } else { &self.pointer };
        match self.within() {
            None => pointer.to_owned(),
            Some("") => format!("{pointer}, in its text"),
            Some(within) => format!("{pointer}, in its text {within}"),
        }
    }

    /// The rule with its certainty and source, and the schema, in words.
    pub fn reason(&self) -> String {
        let schema = self.schema.map(|schema| format!("schema {schema}"));
        let rule = self.rule.map(|rule| {
            let Rule { id, certainty, source, .. } = rule;
            format!("rule {id} ({certainty}: {source})")
        });
        let reasons: Vec<String> = rule.into_iter().chain(schema).collect();
        match reasons.is_empty() {
            true => "what it is could not be told".to_owned(),
            false => reasons.join(", "),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, file, got, want, .. } = self;
        let line = self.line();
        let column = self.column();
        write!(formatter, "{}:{line}:{column}: {severity}: ", visible(file))?;
        if !self.is_whole() {
            write!(formatter, "{}: ", visible(&self.place()))?;
        }
        write!(formatter, "got {}, want {}", visible(got), visible(want))?;
        if let Some(hint) = &self.hint {
            write!(formatter, "; {}", visible(hint))?;
        }
        write!(formatter, "\n    {}\n  {}", visible(&self.spot.line), self.reason())
    }
}

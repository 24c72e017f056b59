//! What does not conform, and where it stands.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::contract::recorded::source::Place;
use crate::rules::Rule;

/// What a finding means.
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
    /// This is not read, since it is neither a file nor a folder; in words, such as `a FIFO`.
    Skipped(PathBuf, &'static str),
}

/// Where it stands, and what stands there.
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
    /// Whether it is an error or a note.
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

    /// The column behind what does not conform, or behind the line where it goes on in the next one.
    pub fn end_column(&self) -> usize {
        self.spot.end_column
    }

    /// Where it is in the value, as a JSON pointer (RFC 6901): in the value of its line, where each line is one.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Where it is in the JSON that the text at [`pointer`](Self::pointer) holds, as in a HAR file.
    pub fn within(&self) -> Option<&str> {
        self.within.as_deref()
    }

    /// The schema that was asked: the name of its file without the ending.
    pub fn schema(&self) -> Option<&'static str> {
        self.schema
    }

    /// The id of the rule; or `schema` where only the form of a file is wrong, and `not-recognised`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The rule, with its source; none where only the form of a file is wrong, or what it is could not be told.
    pub fn rule(&self) -> Option<&'static Rule> {
        self.rule
    }

    /// What came.
    pub fn got(&self) -> &str {
        &self.got
    }

    /// What was wanted.
    pub fn want(&self) -> &str {
        &self.want
    }

    /// What to do.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The line as it stands in the file, cut around the place where it is long.
    pub fn excerpt(&self) -> &str {
        &self.spot.line
    }

    /// Which bytes of the [`excerpt`](Self::excerpt) do not conform.
    pub fn mark(&self) -> Range<usize> {
        self.spot.mark.clone()
    }

    /// Whether it is of the whole value.
    pub fn is_whole(&self) -> bool {
        self.pointer.is_empty() && self.within.is_none()
    }

    /// The place in the message, in words: the pointer, and what is within the text there.
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
        write!(formatter, "{file}:{line}:{column}: {severity}: ")?;
        if !self.is_whole() {
            write!(formatter, "{}: ", self.place())?;
        }
        write!(formatter, "got {got}, want {want}")?;
        if let Some(hint) = &self.hint {
            write!(formatter, "; {hint}")?;
        }
        write!(formatter, "\n    {}\n  {}", self.spot.line, self.reason())
    }
}

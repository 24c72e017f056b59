//! The result of a check.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use crate::contract::recorded::diagnostic::{Diagnostic, Severity};
use crate::error::{Error, demand};

/// The largest length of a line of the summary, in characters.
const WIDTH: usize = 100;

/// The result of a check: the diagnostics, and the number of files and messages that were looked at.
///
/// Its text is for people: each finding, and a summary.
#[derive(Clone, Debug, Default)]
#[must_use = "a check fails no test by itself; call conform()"]
pub struct Summary {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) errors: u64,
    pub(super) notes: u64,
    pub(super) files: u64,
    pub(super) messages: u64,
    pub(super) by_schema: BTreeMap<&'static str, u64>,
    pub(super) not_recognised: u64,
    pub(super) nothing_in: BTreeMap<&'static str, u64>,
    pub(super) skipped: BTreeMap<&'static str, u64>,
    pub(super) troubles: Vec<String>,
}

impl Summary {
    /// Asserts that everything conforms.
    ///
    /// # Panics
    ///
    /// Panics with the whole text if there is an error, if something could not be read, or if nothing was checked.
    #[track_caller]
    pub fn conform(&self) {
        demand(self.try_conform());
    }

    /// Does the same as [`conform`](Self::conform), without a panic.
    ///
    /// # Errors
    ///
    /// Fails if [`conform`](Self::conform) panics.
    pub fn try_conform(&self) -> Result<(), Error> {
        match self.errors == 0 && self.troubles.is_empty() {
            true => Ok(()),
            false => Err(Error::new(self.to_string())),
        }
    }

    /// The diagnostics, in their order in the files. Empty if each was handed on when it came.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The number of diagnostics that are errors.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// The number of diagnostics that are notes.
    pub fn notes(&self) -> u64 {
        self.notes
    }

    /// The number of files that were read.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// The number of messages that were compared with a schema, by the name of the schema.
    pub fn messages(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.by_schema.iter().map(|(schema, count)| (*schema, *count))
    }

    /// The number of values that were not recognised, and so not compared.
    pub fn not_recognised(&self) -> u64 {
        self.not_recognised
    }

    /// The files and folders that could not be read, and a remark if there was nothing to check; one text each.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// The result in one line, and the numbers of checked messages in a few more.
    pub fn summary(&self) -> String {
        let Self { errors, notes, files, messages, .. } = self;
        let verdict = match (errors, self.troubles.as_slice()) {
            (0, []) => "contract kept",
            (0, _) => "not everything was checked",
            _ => "contract broken",
        };
        let counted = [(errors, "error"), (notes, "note"), (messages, "message"), (files, "file")];
        let [errors, notes, messages, files] = counted.map(|(count, of)| plural(*count, of));
        let mut text = format!("{verdict}: {errors} and {notes} in {messages} of {files}\n");
        let mut row = |title: &str, counts: &BTreeMap<&'static str, u64>| {
            let mut line = format!("  {title}:");
            for (index, (name, count)) in counts.iter().enumerate() {
                let comma = if index == 0 { " " } else { ", " };
                let item = format!("{comma}{name} {count}");
                if line.len() + item.len() > WIDTH {
                    text += &format!("{line},\n");
                    line = format!("    {name} {count}");
                } else {
                    line += &item;
                }
            }
            if !counts.is_empty() {
                text += &format!("{line}\n");
            }
        };
        row("compared", &self.by_schema);
        row("not compared", &self.not_compared());
        row("not read", &self.skipped);
        text
    }

    fn not_compared(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = self.nothing_in.clone();
        if self.not_recognised > 0 {
            counts.insert("not recognised", self.not_recognised);
        }
        counts
    }

    /// The result for programs: the content of the text, with the place of each diagnostic.
    pub fn to_json(&self) -> Value {
        json!({
            "conforms": self.errors == 0 && self.troubles.is_empty(),
            "errors": self.errors,
            "notes": self.notes,
            "files": self.files,
            "messages": self.messages,
            "compared": self.by_schema,
            "notCompared": self.not_compared(),
            "notRead": self.skipped,
            "troubles": self.troubles,
            "findings": self.diagnostics.iter().map(Diagnostic::to_json).collect::<Vec<_>>(),
        })
    }

    pub(super) fn count(&mut self, schema: &'static str) {
        self.messages += 1;
        *self.by_schema.entry(schema).or_default() += 1;
    }

    pub(super) fn skip(&mut self, what: &'static str) {
        *self.skipped.entry(what).or_default() += 1;
    }

    /// That nothing was looked at is no success.
    pub(super) fn ended(&mut self, wanted: &str) {
        let want = "want recorded requests, answers or notifications";
        if self.files == 0 && self.troubles.is_empty() {
            self.troubles.push(format!("{wanted}: got no file, {want} in files that end in .json, .jsonl, .ndjson, .har or .part"));
        } else if self.messages == 0 && self.errors == 0 && self.troubles.is_empty() {
            self.troubles.push(format!("{wanted}: got no message that is recognised, {want}; name the schema with --as, or schema(..)"));
        }
    }
}

impl Diagnostic {
    /// The diagnostic for programs: its content and its place.
    pub fn to_json(&self) -> Value {
        json!({
            "severity": self.severity.as_str(),
            "file": self.file,
            "line": self.line(),
            "column": self.column(),
            "endColumn": self.end_column(),
            "pointer": self.pointer,
            "within": self.within,
            "schema": self.schema,
            "id": self.id,
            "got": self.got,
            "want": self.want,
            "hint": self.hint,
            "certainty": self.rule.map(|rule| rule.certainty.as_str()),
            "source": self.rule.map(|rule| rule.source),
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Errors first: a test shows the beginning.
        for severity in [Severity::Error, Severity::Note] {
            for diagnostic in
                self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity)
            {
                writeln!(formatter, "{diagnostic}\n")?;
            }
        }
        for trouble in &self.troubles {
            writeln!(formatter, "{trouble}\n")?;
        }
        formatter.write_str(&self.summary())
    }
}

fn plural(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

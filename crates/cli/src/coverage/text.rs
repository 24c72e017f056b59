//! Coverage of the contract as a table, and as JSON for programs.

use std::fmt::{self, Display, Formatter};

use gws_sms_fake::_cli_internals::coverage::{CoverageLine, KINDS};
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::report::text::count;
use serde_json::{Value, json};

use crate::coverage::merged::{Coverage, Share, Skipped};

/// The maximum length of a line of names.
const WIDTH: usize = 100;

/// The table: how much of each kind is covered, and what is not.
impl Display for Coverage {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let lines = count(self.lines, "line");
        let files = count(self.files, "file");
        writeln!(formatter, "coverage of the contract, from {lines} of {files}\n")?;
        writeln!(formatter, "  {:<18} {:>7} {:>4} {:>9}", "kind", "covered", "of", "percent")?;
        for (kind, share) in self.kinds().chain([("total", self.total())]) {
            let (Share { covered, of }, percent) = (share, shown(share));
            writeln!(formatter, "  {kind:<18} {covered:>7} {of:>4} {percent:>7} %")?;
        }
        if let Some(operations) = self.operations() {
            let operations = operations.iter().map(String::as_str).collect::<Vec<_>>();
            write!(formatter, "\nonly these operations are counted:\n{}", wrapped(&operations))?;
        }
        for kind in KINDS {
            let missing = self.missing(kind).collect::<Vec<_>>();
            let kind = kind.as_str();
            if !missing.is_empty() {
                write!(formatter, "\n{kind} that are not covered:\n{}", wrapped(&missing))?;
            }
        }
        Ok(())
    }
}

impl Coverage {
    /// Demands that so many percent are covered, of the kind of that name or of everything.
    ///
    /// # Errors
    ///
    /// When less is covered, and for a kind that there is not.
    pub fn demand(&self, kind: Option<&str>, percent: f64) -> Result<(), Error> {
        let share = match kind {
            None => self.total(),
            Some(kind) => self.share(kind)?,
        };
        if share.percent() >= percent {
            return Ok(());
        }
        let kind = kind.unwrap_or("the contract");
        let got = shown(share);
        Err(Error::new(format!(
            "coverage of {kind}: got {got} %, want at least {percent} %; exercise what the table names, or ask for less"
        )))
    }

    /// The table for programs: `kinds` and `total` with `covered`, `of` and `percent`; each kind has its `kind` and the
    /// names of what is `missing`; `notes`; and the `operations` that are counted, or `null` for all.
    pub fn to_json(&self) -> Value {
        let kinds = self.kinds().zip(KINDS).map(|((name, share), kind)| {
            let mut rendered = rendered(share);
            rendered["kind"] = json!(name);
            rendered["missing"] = self.missing(kind).collect();
            rendered
        });
        json!({
            "lines": self.lines,
            "files": self.files,
            "kinds": kinds.collect::<Vec<_>>(),
            "total": rendered(self.total()),
            "notes": self.notes(),
            "operations": self.operations(),
        })
    }

    /// Returns notes about the parts that were left out.
    pub fn notes(&self) -> Vec<String> {
        self.skipped.iter().map(note).collect()
    }

    pub(crate) fn share(&self, kind: &str) -> Result<Share, Error> {
        let mut kinds = self.kinds();
        kinds.find(|(name, _)| *name == kind).map(|(_, share)| share).ok_or_else(|| {
            let names = Self::kind_names().collect::<Vec<_>>().join(", ");
            Error::new(format!("coverage: there is no kind {kind:?}; name one of {names}"))
        })
    }
}

fn note(skipped: &Skipped) -> String {
    match skipped {
        Skipped::HalfLine { file, line } => format!(
            "{file}, line {line}: the line is incomplete and not counted; the process that wrote it was killed"
        ),
        Skipped::Names { file, version, names } => {
            let of_kind = |kind: &str| names.of(kind).collect::<Vec<_>>().join(", ");
            let named = names
                .kinds()
                .map(|kind| format!("{kind}: {}", of_kind(kind)))
                .collect::<Vec<_>>()
                .join("; ");
            let own = CoverageLine::VERSION;
            format!(
                "{file}: written by version {version}; this is {own}, which does not know, and does not count, {named}"
            )
        }
    }
}

fn rendered(share: Share) -> Value {
    let Share { covered, of } = share;
    json!({ "covered": covered, "of": of, "percent": share.percent() })
}

/// With one decimal, cut and not rounded: what is 100.0 is all.
fn shown(share: Share) -> String {
    let Share { covered, of } = share;
    let tenths = (covered * 1000).checked_div(of).unwrap_or(1000);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Names, in lines that are not too long.
fn wrapped(names: &[&str]) -> String {
    let mut lines = vec![String::from(" ")];
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        let word = format!(" {name}{comma}");
        match lines.last_mut() {
            Some(line) if line.len() + word.len() <= WIDTH => line.push_str(&word),
            _ => lines.push(format!(" {word}")),
        }
    }
    lines.join("\n") + "\n"
}

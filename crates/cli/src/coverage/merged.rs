//! The lines of coverage files, put together.

use std::collections::BTreeSet;

use gws_sms_fake::_cli_internals::contract::check::cut;
use gws_sms_fake::_cli_internals::coverage::{
    CoverageLine, CoverageNames, KINDS, PointKind, ReadLine, WHOLE,
};
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::Operation;

/// The part of the contract that suites have exercised, merged from the files that their fakes have written
/// ([`Builder::coverage`](crate::Builder::coverage)). Shown with `{}`, it is a table.
///
/// ```
/// use gws_sms_fake_cli::coverage::merged::Coverage;
///
/// let mut coverage = Coverage::new();
/// let line = r#"{"gws-sms-fake":"0.1.0","exercised":{"states":["Invited","Chatting","Revoked"]}}"#;
/// coverage.add("coverage.jsonl", line.as_bytes()).unwrap();
/// coverage.demand(Some("states"), 50.0).unwrap();
/// assert!(coverage.to_string().contains("JoinFailed")); // which is not covered
/// ```
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    exercised: CoverageNames,
    limit: Limit,
    pub(crate) files: usize,
    pub(crate) lines: usize,
    pub(crate) skipped: Vec<Skipped>,
}

/// The operations that are counted.
#[derive(Clone, Debug, Default)]
struct Limit {
    /// The operations that the caller names.
    own: BTreeSet<String>,
    /// The operations that lines name.
    of_lines: BTreeSet<String>,
    /// A line that names none, and so counts all.
    has_unlimited_line: bool,
}

impl Limit {
    fn join(&mut self, other: Self) {
        self.own.extend(other.own);
        self.of_lines.extend(other.of_lines);
        self.has_unlimited_line |= other.has_unlimited_line;
    }

    /// The names of the operations that are counted; `None`: all of them.
    fn operations(&self) -> Option<&BTreeSet<String>> {
        if !self.own.is_empty() {
            Some(&self.own)
        } else if self.has_unlimited_line || self.of_lines.is_empty() {
            None
        } else {
            Some(&self.of_lines)
        }
    }

    fn counts(&self, kind: PointKind, name: &str) -> bool {
        match (self.operations(), kind.operation_of(name)) {
            (Some(operations), Some(operation)) => operations.contains(operation),
            _ => true,
        }
    }
}

/// A part of a file that was not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// Half of a line of a process that was killed.
    HalfLine { file: String, line: usize },
    /// Names that another version has.
    Names { file: String, version: String, names: CoverageNames },
}

/// The covered share of a kind, or of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) covered: usize,
    pub(crate) of: usize,
}

impl Coverage {
    /// Returns the coverage of no test at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what stands in a file that fakes have written; `file` is its name. Half a line of a process that was killed,
    /// and names that this version does not know, are left out: [`notes`](Self::notes).
    ///
    /// # Errors
    ///
    /// When a line is not one that a fake has written; then nothing of the file is added.
    pub fn add(&mut self, file: &str, text: &[u8]) -> Result<(), Error> {
        let mut added = Self { files: 1, ..Self::default() };
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if !line.trim_ascii().is_empty() {
                added.add_line(file, index + 1, line)?;
            }
        }
        self.exercised.join(added.exercised);
        self.limit.join(added.limit);
        self.files += added.files;
        self.lines += added.lines;
        for skipped in added.skipped {
            self.skip(skipped);
        }
        Ok(())
    }

    /// Counts these operations only, with their parameters and values, whatever the lines say.
    pub fn limit_to(&mut self, operations: impl IntoIterator<Item = Operation>) {
        self.limit
            .own
            .extend(operations.into_iter().map(|operation| operation.as_str().to_owned()));
    }

    /// The names of the operations that are counted; `None`: all of them.
    pub(crate) fn operations(&self) -> Option<&BTreeSet<String>> {
        self.limit.operations()
    }

    /// The names of the kinds of things that there are to cover, in the order of the table.
    pub fn kind_names() -> impl Iterator<Item = &'static str> {
        KINDS.into_iter().map(|kind| kind.as_str())
    }

    /// Returns the covered share of each kind.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, Share)> {
        KINDS.into_iter().map(|kind| {
            let counts = |name: &&str| self.limit.counts(kind, name);
            let covered = self.exercised.of(kind.as_str()).filter(counts).count();
            let of = WHOLE.of(kind.as_str()).filter(counts).count();
            (kind.as_str(), Share { covered, of })
        })
    }

    pub(crate) fn total(&self) -> Share {
        self.kinds().fold(Share::default(), |sum, (_, Share { covered, of })| Share {
            covered: sum.covered + covered,
            of: sum.of + of,
        })
    }

    /// Returns the names of a kind that are not covered.
    pub(crate) fn missing(&self, kind: PointKind) -> impl Iterator<Item = &'static str> {
        let covered: BTreeSet<&str> = self.exercised.of(kind.as_str()).collect();
        let counted = WHOLE.of(kind.as_str()).filter(move |name| self.limit.counts(kind, name));
        counted.filter(move |name| !covered.contains(name))
    }

    fn add_line(&mut self, file: &str, number: usize, line: &[u8]) -> Result<(), Error> {
        match CoverageLine::read(line) {
            ReadLine::Foreign => {
                let text = cut(&String::from_utf8_lossy(line), 60);
                return Err(Error::new(format!(
                    "{file}, line {number}: no fake has written {text:?}; name a file that only tests write, by GWS_SMS_FAKE_COVERAGE"
                )));
            }
            ReadLine::Half => {
                self.skip(Skipped::HalfLine { file: file.to_owned(), line: number });
            }
            ReadLine::Whole(CoverageLine { version, operations, exercised }) => {
                self.lines += 1;
                self.limit.has_unlimited_line |= operations.is_empty();
                self.limit.of_lines.extend(operations);
                let (known, unknown) = exercised.divided_by(&WHOLE);
                self.exercised.join(known);
                if unknown != CoverageNames::default() {
                    self.skip(Skipped::Names { file: file.to_owned(), version, names: unknown });
                }
            }
        }
        Ok(())
    }

    /// Names of one file and version are told together.
    fn skip(&mut self, skipped: Skipped) {
        if let Skipped::Names { file, version, names } = &skipped {
            for before in &mut self.skipped {
                if let Skipped::Names { file: of, version: by, names: others } = before
                    && (&*of, &*by) == (file, version)
                {
                    return others.join(names.clone());
                }
            }
        }
        self.skipped.push(skipped);
    }
}

impl Share {
    /// Of nothing, all is covered.
    pub(crate) fn percent(self) -> f64 {
        let Self { covered, of } = self;
        if of == 0 { 100.0 } else { 100.0 * covered as f64 / of as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITED: &[u8] = br#"{"gws-sms-fake":"0.1.0","exercised":{"states":["Invited"]}}"#;
    const REVOKED: &[u8] =
        br#"{"gws-sms-fake":"0.1.0","exercised":{"states":["Invited","Revoked"]}}"#;

    #[test]
    fn what_any_line_of_any_file_covers_is_covered() {
        let mut coverage = Coverage::new();
        for text in [[INVITED, b"\r\n", INVITED, b"\n\n"].concat(), REVOKED.to_vec()] {
            coverage.add("coverage.jsonl", &text).unwrap();
        }
        assert_eq!((coverage.lines, coverage.files, coverage.skipped.len()), (3, 2, 0));
        assert_eq!(coverage.share("states").unwrap(), Share { covered: 2, of: 6 });
        assert_eq!(coverage.total().covered, 2);
        assert!(!coverage.missing(PointKind::States).any(|name| name == "Revoked"));
        assert!(coverage.missing(PointKind::States).any(|name| name == "Chatting"));
    }

    #[test]
    fn of_a_broken_file_nothing_is_added() {
        let mut coverage = Coverage::new();
        coverage.add("broken", &[INVITED, b"\n{}"].concat()).unwrap_err();
        assert_eq!((coverage.lines, coverage.files, coverage.total().covered), (0, 0, 0));
    }

    #[test]
    fn half_a_line_wherever_it_ends_is_left_out() {
        for end in 1..REVOKED.len() {
            let mut coverage = Coverage::new();
            coverage.add("half", &REVOKED[..end]).unwrap();
            let half = Skipped::HalfLine { file: "half".to_owned(), line: 1 };
            assert_eq!((coverage.lines, &*coverage.skipped), (0, [half].as_slice()));
        }
    }
}

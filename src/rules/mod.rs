//! Rules: the demands of GWS on a client and its behaviour, each with its source and its certainty.
//!
//! The rule of this folder: a rule is listed once, in [`table`], in the form of `definition`, and everything else names
//! it by its id. An id that is not in the table does not compile, because [`rule`] looks it up in a constant.

mod definition;
mod table;

pub use definition::{Certainty, Rule, RuleKind};
use table::TABLE;

/// The consequence of a broken rule for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client could have known better: the test fails.
    Violation,
    /// Worth knowing; the test does not fail.
    Note,
}

/// A rule that a client broke: where, what came, and what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub rule: &'static Rule,
    pub verdict: Verdict,
    /// A JSON pointer into the body, `header X`, `path segment N`, `query X` or `request line`.
    pub place: Box<str>,
    pub got: Box<str>,
    pub want: Box<str>,
    /// The nearest right thing, or what to do.
    pub hint: Option<Box<str>>,
}

impl Violation {
    pub(crate) fn new(
        rule: &'static Rule,
        place: impl Into<Box<str>>,
        got: impl Into<Box<str>>,
        want: impl Into<Box<str>>,
    ) -> Self {
        Self {
            rule,
            verdict: Verdict::Violation,
            place: place.into(),
            got: got.into(),
            want: want.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn note(mut self) -> Self {
        self.verdict = Verdict::Note;
        self
    }
}

/// Every rule: what GWS demands first, then what it does, then what it sends.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLE.iter().copied().flatten()
}

/// The rule of that id. In a constant an id that does not exist is an error of the compiler.
pub const fn rule(id: &str) -> &'static Rule {
    let mut part = 0;
    while part < TABLE.len() {
        let mut index = 0;
        while index < TABLE[part].len() {
            if same(TABLE[part][index].id.as_bytes(), id.as_bytes()) {
                return &TABLE[part][index];
            }
            index += 1;
        }
        part += 1;
    }
    panic!("no rule has this id");
}

/// The rule of an id that comes from a test, if a client can break it; or else the nearest id of one.
pub(crate) fn find(id: &str) -> Result<&'static Rule, &'static str> {
    let demands = || rules().filter(|rule| rule.is_demand());
    let found = demands().find(|rule| rule.id == id);
    found.ok_or_else(|| nearest(id, demands().map(|rule| rule.id)).unwrap_or("intrude-mode"))
}

/// The rule of an id that comes from a schema.
pub fn of_id(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// Tells if a word is another one but for a letter or two.
pub(crate) fn is_misspelling(got: &str, meant: &str) -> bool {
    strsim::damerau_levenshtein(got, meant) <= 2
}

/// Of the candidates the one that is most like `got`, if one is like it at all.
pub fn nearest<'a>(got: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = got.trim().to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(comparator, _)| *comparator > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_once() {
        let mut ids: Vec<&str> = rules().map(|rule| rule.id).collect();
        ids.sort_unstable();
        let twice: Vec<_> = ids.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn the_nearest_is_found_and_nothing_is_forced() {
        assert_eq!(find("intrude-mode").map(|rule| rule.id), Ok("intrude-mode"));
        assert_eq!(find("IntrudeMode"), Err("intrude-mode"));
        assert!(find("state-accept").is_err(), "no client can break what GWS does");
        assert_eq!(nearest("zzz", ["Monitor"].into_iter()), None);
    }
}

//! Rules: what GWS demands of a client and what it does, each with its source and how sure we are of it.
//!
//! The rule of this folder: a rule stands once, in [`table`], and everything else names it by its id. An id that is not in
//! the table does not compile, because [`rule`] looks it up in a constant.

mod table;

use std::fmt;

use table::TABLE;

/// How sure we are of a behaviour, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// A published page of the vendor says so, or the specification or book of CometD.
    Documented,
    /// It was seen on the wire of the real product, or read in its source.
    Wire,
    /// Public client code expects it.
    Client,
    /// A sibling page of the same API says so of another medium.
    Analogy,
    /// Nothing says so; it is what the rest makes most likely.
    Inferred,
}

impl Certainty {
    /// All of them, the surest first.
    pub const ALL: [Self; 5] =
        [Self::Documented, Self::Wire, Self::Client, Self::Analogy, Self::Inferred];

    /// The word for it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Wire => "wire",
            Self::Client => "client",
            Self::Analogy => "analogy",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RuleKind {
    /// What a client must do.
    Demand,
    /// What a parameter of an operation may be.
    Parameter,
    /// What an operation does.
    Operation,
    /// A change of state.
    Transition,
    /// What a session offers in a situation.
    Capabilities,
    /// Where this fake's capabilities are not those of the page.
    Departure,
    /// A statusCode and its HTTP status.
    Status,
    /// A kind of notification.
    Notification,
    /// What else GWS does.
    Behaviour,
    /// A field of an answer or a notification.
    Field,
}

impl RuleKind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Demand,
        Self::Parameter,
        Self::Operation,
        Self::Transition,
        Self::Capabilities,
        Self::Departure,
        Self::Status,
        Self::Notification,
        Self::Behaviour,
        Self::Field,
    ];
}

use RuleKind as Kind;

/// One thing that GWS demands of its clients or does, with its source and how sure we are of it.
///
/// ```
/// use gws_sms_fake::{Certainty, rules};
///
/// let rule = rules().find(|rule| rule.id() == "intrude-mode").unwrap();
/// assert_eq!(rule.certainty(), Certainty::Documented);
/// assert_eq!(rule.source(), "GWS 8.5.2 SMSIntrude");
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) id: &'static str,
    pub(crate) kind: RuleKind,
    /// As a sentence without a full stop.
    pub(crate) text: &'static str,
    pub(crate) certainty: Certainty,
    pub(crate) source: &'static str,
}

impl Rule {
    /// What `allow`, `expect_violation` and `answer` name it by.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What is demanded or done, as a sentence without a full stop.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// How sure we are of it.
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Where it is said, or was seen.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// What it is about.
    pub fn kind(&self) -> RuleKind {
        self.kind
    }

    /// Whether a client can break it.
    pub fn is_demand(&self) -> bool {
        matches!(self.kind, Kind::Demand | Kind::Parameter)
    }
}

/// What a broken rule means for the test.
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

const fn row(
    kind: Kind,
    id: &'static str,
    certainty: Certainty,
    source: &'static str,
    text: &'static str,
) -> Rule {
    Rule { id, kind, text, certainty, source }
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

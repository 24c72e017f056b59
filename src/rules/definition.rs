//! The definition of a rule: its id, kind and text, how sure we are of it, and its source.

use std::fmt;

/// The certainty of a behaviour: the kind of evidence for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// The vendor's documentation, or the specification or the book of CometD, says so.
    Documented,
    /// It was seen in the traffic of the real product, or in its source code.
    Wire,
    /// The code of public clients expects it.
    Client,
    /// The vendor's documentation says so about another medium of the same API.
    Analogy,
    /// No source says so, but it is the most likely behaviour.
    Inferred,
}

impl Certainty {
    /// All of them, the surest first.
    pub const ALL: [Self; 5] =
        [Self::Documented, Self::Wire, Self::Client, Self::Analogy, Self::Inferred];

    /// The certainty that has this word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|certainty| certainty.as_str() == word)
    }

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

/// The subject of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RuleKind {
    /// A demand on clients.
    Demand,
    /// The values that a parameter of an operation may have.
    Parameter,
    /// The effect of an operation.
    Operation,
    /// A change of state.
    Transition,
    /// The operations that a session offers in a situation.
    Capabilities,
    /// A difference between this fake's capabilities and those of the page.
    Departure,
    /// A statusCode and its HTTP status.
    Status,
    /// A kind of notification.
    Notification,
    /// Any other behaviour of GWS.
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
    /// The id by which `allow`, `expect_violation` and `answer` name the rule.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The demand or the behaviour, as a sentence without a full stop.
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// The certainty of the demand or the behaviour.
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// The source of the rule, such as a page of the vendor's documentation.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The subject of the rule.
    pub fn kind(&self) -> RuleKind {
        self.kind
    }

    /// Tells if a client can break the rule.
    pub fn is_demand(&self) -> bool {
        matches!(self.kind, RuleKind::Demand | RuleKind::Parameter)
    }
}

/// Makes a row of the table.
pub(super) const fn row(
    kind: RuleKind,
    id: &'static str,
    certainty: Certainty,
    source: &'static str,
    text: &'static str,
) -> Rule {
    Rule { id, kind, text, certainty, source }
}

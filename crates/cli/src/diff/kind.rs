//! The kinds of change, and what each does to the values that conform.
//!
//! The rule of this file: [`KINDS`] has one row for each kind.

/// What a change does to the values that conform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// The same ones conform.
    None,
    /// Some conform no longer.
    Stricter,
    /// Some conform now that did not.
    Looser,
    /// Both, or nobody can say.
    Unclear,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ChangeKind {
    SchemaAdded,
    SchemaRemoved,
    RequiredAdded,
    RequiredRemoved,
    PropertyAdded,
    PropertyRemoved,
    Closed,
    Opened,
    TypeRemoved,
    TypeAdded,
    ValuesListed,
    ValuesUnlisted,
    ValueRemoved,
    ValueAdded,
    LimitTightened,
    LimitLoosened,
    FormAdded,
    FormRemoved,
    FormChanged,
    ConditionAdded,
    ConditionRemoved,
    ConditionChanged,
    BranchAdded,
    BranchRemoved,
    ReferenceChanged,
    NotJudged,
}

use Effect::{Looser, Stricter, Unclear};

type Row = (ChangeKind, &'static str, Option<Effect>);

/// The kind, its name, and its effect where it is always the same.
#[rustfmt::skip]
const KINDS: &[Row] = &[
    (ChangeKind::SchemaAdded,      "schema added",                   Some(Looser)),
    (ChangeKind::SchemaRemoved,    "schema removed",                 Some(Stricter)),
    (ChangeKind::RequiredAdded,    "property required now",          Some(Stricter)),
    (ChangeKind::RequiredRemoved,  "property no longer required",    Some(Looser)),
    // By what was said of other properties.
    (ChangeKind::PropertyAdded,    "property added",                 None),
    (ChangeKind::PropertyRemoved,  "property removed",               None),
    (ChangeKind::Closed,           "closed",                         Some(Stricter)),
    (ChangeKind::Opened,           "opened",                         Some(Looser)),
    (ChangeKind::TypeRemoved,      "type narrowed",                  Some(Stricter)),
    (ChangeKind::TypeAdded,        "type widened",                   Some(Looser)),
    (ChangeKind::ValuesListed,     "values listed now",              Some(Stricter)),
    (ChangeKind::ValuesUnlisted,   "values no longer listed",        Some(Looser)),
    (ChangeKind::ValueRemoved,     "value removed",                  Some(Stricter)),
    (ChangeKind::ValueAdded,       "value added",                    Some(Looser)),
    (ChangeKind::LimitTightened,   "limit tightened",                Some(Stricter)),
    (ChangeKind::LimitLoosened,    "limit loosened",                 Some(Looser)),
    (ChangeKind::FormAdded,        "form demanded now",              Some(Stricter)),
    (ChangeKind::FormRemoved,      "form no longer demanded",        Some(Looser)),
    (ChangeKind::FormChanged,      "another form demanded",          Some(Unclear)),
    (ChangeKind::ConditionAdded,   "condition added",                Some(Stricter)),
    (ChangeKind::ConditionRemoved, "condition removed",              Some(Looser)),
    (ChangeKind::ConditionChanged, "condition changed",              Some(Unclear)),
    // By the keyword that they are branches of.
    (ChangeKind::BranchAdded,      "branch added",                   None),
    (ChangeKind::BranchRemoved,    "branch removed",                 None),
    (ChangeKind::ReferenceChanged, "reference that cannot be followed", Some(Unclear)),
    (ChangeKind::NotJudged,        "change that cannot be judged",   Some(Unclear)),
];

impl ChangeKind {
    pub(super) fn as_str(self) -> &'static str {
        self.row().1
    }

    /// Its effect; one that depends is none that is known.
    pub(super) fn effect(self) -> Effect {
        self.row().2.unwrap_or(Unclear)
    }

    fn row(self) -> &'static Row {
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }
}

impl Effect {
    /// That of a part where a stricter part makes the whole looser.
    pub(super) fn reversed(self) -> Self {
        match self {
            Stricter => Looser,
            Looser => Stricter,
            other => other,
        }
    }

    /// That of two changes together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, effect) | (effect, Self::None) => effect,
            (one, other) if one == other => one,
            _ => Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_one_row_and_a_name_of_its_own() {
        for (index, (kind, name, _)) in KINDS.iter().enumerate() {
            assert!(KINDS[..index].iter().all(|(other, text, _)| other != kind && text != name));
            assert_eq!(kind.as_str(), *name);
        }
        assert_eq!(KINDS.len(), ChangeKind::NotJudged as usize + 1);
    }
}

//! The kinds of change, and what each does to the values that conform.
//!
//! The rule of this file: [`ChangeKind::meaning`] has one row for each kind.

/// The effect of a change on the values that conform.
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

/// The kind of a change.
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

/// The words for a kind, and its effect.
struct Meaning {
    name: &'static str,
    effect: Effect,
}

const fn is(name: &'static str, effect: Effect) -> Meaning {
    Meaning { name, effect }
}

/// A kind whose effect is not always the same.
const fn depends(name: &'static str) -> Meaning {
    Meaning { name, effect: Unclear }
}

impl ChangeKind {
    const fn meaning(self) -> Meaning {
        match self {
            Self::SchemaAdded => is("schema added", Looser),
            Self::SchemaRemoved => is("schema removed", Stricter),
            Self::RequiredAdded => is("property required now", Stricter),
            Self::RequiredRemoved => is("property no longer required", Looser),
            // Depends on what was said of other properties.
            Self::PropertyAdded => depends("property added"),
            Self::PropertyRemoved => depends("property removed"),
            Self::Closed => is("closed", Stricter),
            Self::Opened => is("opened", Looser),
            Self::TypeRemoved => is("type narrowed", Stricter),
            Self::TypeAdded => is("type widened", Looser),
            Self::ValuesListed => is("values listed now", Stricter),
            Self::ValuesUnlisted => is("values no longer listed", Looser),
            Self::ValueRemoved => is("value removed", Stricter),
            Self::ValueAdded => is("value added", Looser),
            Self::LimitTightened => is("limit tightened", Stricter),
            Self::LimitLoosened => is("limit loosened", Looser),
            Self::FormAdded => is("form demanded now", Stricter),
            Self::FormRemoved => is("form no longer demanded", Looser),
            Self::FormChanged => is("another form demanded", Unclear),
            Self::ConditionAdded => is("condition added", Stricter),
            Self::ConditionRemoved => is("condition removed", Looser),
            Self::ConditionChanged => is("condition changed", Unclear),
            // Depends on the keyword that they are branches of.
            Self::BranchAdded => depends("branch added"),
            Self::BranchRemoved => depends("branch removed"),
            Self::ReferenceChanged => is("reference that cannot be followed", Unclear),
            Self::NotJudged => is("change that cannot be judged", Unclear),
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        self.meaning().name
    }

    /// Its effect; that of a kind whose effect depends is not known.
    pub(super) fn effect(self) -> Effect {
        self.meaning().effect
    }
}

impl Effect {
    /// Returns the effect of a part where a stricter part makes the whole looser.
    pub(super) fn reversed(self) -> Self {
        match self {
            Stricter => Looser,
            Looser => Stricter,
            other => other,
        }
    }

    /// Returns the effect of two changes together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, effect) | (effect, Self::None) => effect,
            (one, other) if one == other => one,
            _ => Unclear,
        }
    }
}

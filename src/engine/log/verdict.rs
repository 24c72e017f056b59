//! The verdict: which violations fail the test.

use crate::engine::log::timeline::{Entry, Timeline};
use crate::rules::{Certainty, Rule, Verdict, Violation};

/// The exemptions from rules that a test has declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exemptions {
    pub(crate) allowed: Vec<&'static Rule>,
    /// Each lets one violation pass.
    pub(crate) once: Vec<&'static Rule>,
    pub(crate) expected: Vec<&'static Rule>,
    /// The least certain rules that clients are blamed for; `None` is all of them.
    pub(crate) blame_from: Option<Certainty>,
}

/// A piece of work that a client has not finished when the test ends.
#[derive(Clone, Debug)]
pub(crate) struct Incomplete {
    /// The name of the user whose client it is.
    pub(crate) user: String,
    /// Or a note.
    pub(crate) violation: Violation,
}

impl Exemptions {
    /// Returns the verdict on a violation. Where its rule is less certain than those that clients are blamed for, it is a
    /// note, unless the test has named the rule itself.
    pub(crate) fn verdict(&self, violation: &Violation) -> Verdict {
        if self.is_named(violation.rule) || self.blames_for(violation.rule) {
            violation.verdict
        } else {
            Verdict::Note
        }
    }

    /// Tells if that rule is certain enough for clients to be blamed for it.
    pub(crate) fn blames_for(&self, rule: &Rule) -> bool {
        self.blame_from.is_none_or(|least| rule.certainty <= least)
    }

    /// Tells if a violation fails the test, but for those that are allowed once.
    pub(crate) fn hold_against(&self, violation: &Violation) -> bool {
        self.verdict(violation) == Verdict::Violation && !self.is_named(violation.rule)
    }

    /// Tells if the test has allowed or expected violations of that rule.
    fn is_named(&self, rule: &Rule) -> bool {
        self.allowed.iter().chain(&self.expected).any(|other| other.id == rule.id)
    }

    /// Tells if violations of that rule are allowed, whenever they come.
    pub(crate) fn allow(&self, rule: &Rule) -> bool {
        self.allowed.iter().any(|other| other.id == rule.id)
    }

    /// Tells if violations of that rule stay in the timeline: nobody misses one that is allowed and not expected.
    pub(super) fn keeps(&self, rule: &Rule) -> bool {
        !self.allow(rule) || self.expected.iter().any(|other| other.id == rule.id)
    }

    /// The violations that fail the test, each with its entry: none that is allowed or expected, and of each rule not the
    /// first ones that are allowed once.
    pub(crate) fn violations<'a>(
        &'a self,
        timeline: &'a Timeline,
    ) -> impl Iterator<Item = (&'a Entry, &'a Violation)> {
        let mut once = self.once.clone();
        let found = timeline.violations();
        found.filter(move |(_, violation)| {
            self.verdict(violation) == Verdict::Violation && self.fails(violation.rule, &mut once)
        })
    }

    /// The notes, each with its entry.
    pub(crate) fn notes<'a>(
        &'a self,
        timeline: &'a Timeline,
    ) -> impl Iterator<Item = (&'a Entry, &'a Violation)> {
        timeline.violations().filter(|(_, found)| self.verdict(found) == Verdict::Note)
    }

    /// The rules that are allowed once and that no violation of the timeline has used up.
    pub(crate) fn once_left(&self, timeline: &Timeline) -> Vec<&'static Rule> {
        let mut once = self.once.clone();
        for (_, violation) in timeline.violations() {
            if self.verdict(violation) == Verdict::Violation {
                self.fails(violation.rule, &mut once);
            }
        }
        once
    }

    /// Tells if one more violation of that rule fails the test; otherwise the violation uses up the exemption that lets
    /// it pass.
    pub(crate) fn fails(&self, rule: &Rule, once: &mut Vec<&'static Rule>) -> bool {
        if self.is_named(rule) {
            return false;
        }
        match once.iter().position(|other| other.id == rule.id) {
            Some(place) => {
                once.remove(place);
                false
            }
            None => true,
        }
    }

    /// The rules of which a violation was expected and none came.
    pub(crate) fn missing(&self, timeline: &Timeline) -> Vec<&'static Rule> {
        let was_broken = |rule: &&Rule| {
            timeline.violations().any(|(_, violation)| {
                self.verdict(violation) == Verdict::Violation && violation.rule.id == rule.id
            })
        };
        self.expected.iter().copied().filter(|rule| !was_broken(rule)).collect()
    }
}

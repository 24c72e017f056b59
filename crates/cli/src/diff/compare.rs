//! Two schemas side by side.
//!
//! A schema demands that all of its keywords are satisfied. A keyword that becomes stricter makes the whole stricter,
//! and so does a schema inside of one, but for `not`, where it is the other way round, and for those of which nobody can say.
//! Members of objects and arrays, and keywords in tables, are compared in [`members`](super::members).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::diff::branches::{exclude_each_other, pairs};
use crate::diff::keywords::{UNEVALUATED, is_anything, is_default, only_refers};
use crate::diff::kind::{ChangeKind, Effect};
use crate::documents::{Documents, Place};

/// One change, where it stands, and what it does to the values that conform.
#[derive(Clone, Debug)]
pub(super) struct FoundChange {
    pub(super) place: Place,
    pub(super) kind: ChangeKind,
    pub(super) effect: Effect,
    pub(super) old: Value,
    pub(super) new: Value,
}

impl FoundChange {
    /// A schema that is there only before or only after.
    pub(super) fn whole(name: &str, kind: ChangeKind, schema: &Value) -> Self {
        let title = schema.get("title").cloned().unwrap_or_else(|| json!("a schema"));
        let (old, new) = match kind {
            ChangeKind::SchemaAdded => (Value::Null, title),
            _ => (title, Value::Null),
        };
        Self { place: Place::root(name), kind, effect: kind.effect(), old, new }
    }
}

/// The effect of a stricter part on the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sense {
    Stricter,
    Looser,
    Unclear,
}

/// A schema, and where it stands. One that is absent says nothing, and stands where it would.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) place: Place,
    pub(super) schema: &'a Value,
}

pub(super) static ANYTHING: Value = Value::Bool(true);

impl<'a> At<'a> {
    /// The same for all that are absent, wherever they would stand.
    fn key(&self) -> Place {
        if std::ptr::eq(self.schema, &ANYTHING) { Place::root("") } else { self.place.clone() }
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.schema.get(keyword)
    }

    /// The value of a keyword, unless it is the one that the keyword has where it is absent.
    pub(super) fn demanded(&self, keyword: &str) -> Option<&'a Value> {
        self.get(keyword).filter(|value| !is_default(keyword, value))
    }

    /// Returns true if the schema in a keyword refuses a value: `not` refuses the values that its schema accepts.
    fn refuses(&self, keyword: &str) -> bool {
        self.get(keyword).is_some_and(|schema| match keyword {
            "not" => *schema != Value::Bool(false),
            "propertyNames" => !is_anything(schema),
            _ => true,
        })
    }

    /// The schema of a keyword; absent, anything.
    pub(super) fn of(&self, keyword: &str) -> Self {
        let schema = self.get(keyword).unwrap_or(&ANYTHING);
        Self { place: self.place.below(keyword), schema }
    }

    pub(super) fn named(&self, keyword: &str, name: &str) -> Option<Self> {
        let schema = self.get(keyword)?.get(name)?;
        Some(Self { place: self.place.below(keyword).below(name), schema })
    }

    pub(super) fn list(&self, keyword: &str) -> &'a [Value] {
        self.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn nth(&self, keyword: &str, at: usize) -> Self {
        let schema = self.list(keyword).get(at).unwrap_or(&ANYTHING);
        Self { place: self.place.below(keyword).below(&at.to_string()), schema }
    }
}

pub(super) struct Comparison<'a> {
    old: &'a Documents,
    new: &'a Documents,
    /// The places to which references have led already: a schema may refer to itself.
    seen: BTreeSet<(Place, Place, Sense)>,
    pub(super) found: Vec<FoundChange>,
    /// The places whose effects are being compared, outside of this comparison.
    outside: BTreeSet<(Place, Place)>,
    /// True if this comparison is about the surroundings of a keyword that counts the rest of the others.
    is_around: bool,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(old: &'a Documents, new: &'a Documents) -> Self {
        let seen = BTreeSet::new();
        let outside = BTreeSet::new();
        Self { old, new, seen, found: Vec::new(), outside, is_around: false }
    }

    /// Every change of the schema of that name.
    pub(super) fn roots(mut self, name: &str) -> Vec<FoundChange> {
        let at = |documents: &'a Documents| At {
            place: Place::root(name),
            schema: documents.get(name).unwrap_or(&ANYTHING),
        };
        self.compare(&at(self.old), &at(self.new), Sense::Stricter);
        self.found
    }

    pub(super) fn compare(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        match (old.schema, new.schema) {
            (Value::Bool(old), Value::Bool(new)) if old == new => return,
            (Value::Bool(false), _) => return self.note(ChangeKind::Opened, old, new, sense),
            (_, Value::Bool(false)) => return self.note(ChangeKind::Closed, old, new, sense),
            _ => {}
        }
        let references = (old.get("$ref"), new.get("$ref"));
        match references {
            (None, None) => {}
            (Some(_), Some(_)) => match (self.target(old, self.old), self.target(new, self.new)) {
                (Some(old), Some(new)) => self.follow(&old, &new, sense),
                _ if old.schema == new.schema && old.place == new.place => {}
                _ => self.note(ChangeKind::ReferenceChanged, old, new, sense),
            },
            (Some(_), None) if only_refers(old.schema) => {
                return match self.target(old, self.old) {
                    Some(target) => self.follow(&target, new, sense),
                    None => self.note(ChangeKind::ReferenceChanged, old, new, sense),
                };
            }
            (None, Some(_)) if only_refers(new.schema) => {
                return match self.target(new, self.new) {
                    Some(target) => self.follow(old, &target, sense),
                    None => self.note(ChangeKind::ReferenceChanged, old, new, sense),
                };
            }
            _ => self.note(ChangeKind::ReferenceChanged, old, new, sense),
        }
        self.keywords(old, new, sense);
    }

    fn follow(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        if self.seen.insert((old.key(), new.key(), sense)) {
            self.compare(old, new, sense);
        }
    }

    fn keywords(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        self.types(old, new, sense);
        self.values(old, new, sense);
        self.required(old, new, sense);
        self.limits(old, new, sense);
        self.properties(old, new, sense);
        self.items(old, new, sense);
        self.conditions(old, new, sense);
        for keyword in ["allOf", "anyOf", "oneOf"] {
            self.branches(keyword, old, new, sense);
        }
        self.part("not", old, new, sense.reversed());
        self.part("propertyNames", old, new, sense);
        self.named_parts("dependentSchemas", old, new, sense);
        self.dependent_required(old, new, sense);
        self.unevaluated(old, new, sense);
        self.others(old, new, sense);
    }

    /// Returns the target of a reference, unless the references are a circle.
    fn target(&self, at: &At<'a>, documents: &'a Documents) -> Option<At<'a>> {
        let reference = at.get("$ref")?.as_str()?;
        let place = documents.resolve(&at.place.name, reference)?;
        let schema = documents.at(&place)?;
        (place != at.place).then_some(At { place, schema })
    }

    /// A keyword with one schema, which demands something where it is there.
    pub(super) fn part(&mut self, keyword: &str, old: &At<'a>, new: &At<'a>, sense: Sense) {
        match (old.refuses(keyword), new.refuses(keyword)) {
            (false, false) => {}
            (true, true) => self.compare(&old.of(keyword), &new.of(keyword), sense),
            // Of `not` too: it demands something that was not demanded.
            (false, true) => {
                self.note(ChangeKind::ConditionAdded, old, &new.of(keyword), sense.of(keyword));
            }
            (true, false) => {
                self.note(ChangeKind::ConditionRemoved, &old.of(keyword), new, sense.of(keyword));
            }
        }
    }

    pub(super) fn named_parts(&mut self, keyword: &str, old: &At<'a>, new: &At<'a>, sense: Sense) {
        for name in names(old, new, keyword) {
            let demanded =
                |at: &At<'a>| at.named(keyword, name).filter(|at| !is_anything(at.schema));
            match (demanded(old), demanded(new)) {
                (Some(old), Some(new)) => self.compare(&old, &new, sense),
                (Some(old), None) => self.note(ChangeKind::ConditionRemoved, &old, new, sense),
                (None, Some(new)) => self.note(ChangeKind::ConditionAdded, old, &new, sense),
                (None, None) => {}
            }
        }
    }

    fn conditions(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let was = old.get("if");
        let is = new.get("if");
        match (was, is) {
            (None, None) => {}
            (None, Some(_)) => self.note(ChangeKind::ConditionAdded, old, &new.of("if"), sense),
            (Some(_), None) => self.note(ChangeKind::ConditionRemoved, &old.of("if"), new, sense),
            (Some(_), Some(_)) => {
                if self.effect(&old.of("if"), &new.of("if")) != Effect::None {
                    return self.note(
                        ChangeKind::ConditionChanged,
                        &old.of("if"),
                        &new.of("if"),
                        sense,
                    );
                }
                for keyword in ["then", "else"] {
                    self.compare(&old.of(keyword), &new.of(keyword), sense);
                }
            }
        }
    }

    fn branches(&mut self, keyword: &str, old: &At<'a>, new: &At<'a>, sense: Sense) {
        match (old.get(keyword), new.get(keyword)) {
            (None, None) => return,
            (None, Some(_)) => {
                return self.note(ChangeKind::ConditionAdded, old, &new.of(keyword), sense);
            }
            (Some(_), None) => {
                return self.note(ChangeKind::ConditionRemoved, &old.of(keyword), new, sense);
            }
            (Some(_), Some(_)) => {}
        }
        let were = old.list(keyword);
        let are = new.list(keyword);
        // As long as one at most can fit, exactly one fits where one fits.
        let is_clear = keyword != "oneOf"
            || exclude_each_other(self.old, &old.place, were)
                && exclude_each_other(self.new, &new.place, are);
        let sense = if is_clear { sense } else { Sense::Unclear };
        let pairs = pairs(were, are);
        for (was, is) in pairs.both {
            self.compare(&old.nth(keyword, was), &new.nth(keyword, is), sense);
        }
        let (added, removed) = match keyword {
            "allOf" => (Effect::Stricter, Effect::Looser),
            _ => (Effect::Looser, Effect::Stricter),
        };
        for at in pairs.new {
            let new = new.nth(keyword, at);
            self.add(
                &new.place,
                ChangeKind::BranchAdded,
                added,
                Value::Null,
                new.schema.clone(),
                sense,
            );
        }
        for at in pairs.old {
            let old = old.nth(keyword, at);
            self.add(
                &old.place,
                ChangeKind::BranchRemoved,
                removed,
                old.schema.clone(),
                Value::Null,
                sense,
            );
        }
    }

    /// Returns the effect of a change from one to the other, without keeping the change.
    pub(super) fn effect(&self, old: &At<'a>, new: &At<'a>) -> Effect {
        let mut outside = self.outside.clone();
        if !outside.insert((old.key(), new.key())) {
            return Effect::Unclear;
        }
        // What was seen before has told of its changes where it was seen, and would not again.
        let mut other = Self { outside, is_around: self.is_around, ..Self::of(self.old, self.new) };
        other.compare(old, new, Sense::Stricter);
        other.found.iter().fold(Effect::None, |effect, change| effect.and(change.effect))
    }

    /// Compares the keywords that count the properties and items of no other keyword: a change of the others changes
    /// it too.
    fn unevaluated(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        for keyword in UNEVALUATED {
            if old.get(keyword).is_none() && new.get(keyword).is_none() {
                continue;
            }
            if self.is_around {
                self.compare(&old.of(keyword), &new.of(keyword), sense);
            } else {
                let mut around = Self { is_around: true, ..Self::of(self.old, self.new) };
                around.compare(old, new, sense);
                if !around.found.is_empty() {
                    self.note(ChangeKind::NotJudged, &old.of(keyword), &new.of(keyword), sense);
                }
            }
        }
    }

    pub(super) fn note(&mut self, kind: ChangeKind, old: &At<'a>, new: &At<'a>, sense: Sense) {
        // Where only the old one says something, that is the place.
        let place = if new.place.pointer.len() < old.place.pointer.len() { old } else { new };
        let place = place.place.clone();
        self.add(&place, kind, kind.effect(), old.schema.clone(), new.schema.clone(), sense);
    }

    pub(super) fn add(
        &mut self,
        place: &Place,
        kind: ChangeKind,
        effect: Effect,
        old: Value,
        new: Value,
        sense: Sense,
    ) {
        let effect = match sense {
            Sense::Stricter => effect,
            Sense::Looser => effect.reversed(),
            Sense::Unclear if effect == Effect::None => effect,
            Sense::Unclear => Effect::Unclear,
        };
        self.found.push(FoundChange { place: place.clone(), kind, effect, old, new });
    }
}

impl Sense {
    fn reversed(self) -> Self {
        match self {
            Self::Stricter => Self::Looser,
            Self::Looser => Self::Stricter,
            Self::Unclear => Self::Unclear,
        }
    }

    /// Returns the effect of the keyword itself, where `self` is the effect of the schema in it.
    fn of(self, keyword: &str) -> Self {
        if keyword == "not" { self.reversed() } else { self }
    }
}

/// The names that either has below a keyword.
pub(super) fn names<'a>(old: &At<'a>, new: &At<'a>, keyword: &str) -> BTreeSet<&'a str> {
    let of =
        |at: &At<'a>| at.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::keys);
    of(old).chain(of(new)).map(String::as_str).collect()
}

//! The comparison of types, of members of objects and arrays, and of keywords that are listed in tables.

use serde_json::Value;

use crate::diff::branches::{same, types, values};
use crate::diff::compare::{At, Comparison, Sense, names};
use crate::diff::keywords::{COMPARED, FORMS, LIMITS, UNEVALUATED, is_annotation};
use crate::diff::kind::{ChangeKind, Effect};
use crate::documents::Place;

impl<'a> Comparison<'a> {
    pub(super) fn types(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let [were, are] = [old, new].map(|at| types(at.schema));
        let place = new.place.below("type");
        let [was, is] = [old, new].map(|at| at.get("type").cloned().unwrap_or_default());
        let lost = match (&were, &are) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(were), Some(are)) => !were.is_subset(are),
        };
        let won = match (&were, &are) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(were), Some(are)) => !are.is_subset(were),
        };
        for (kind, _) in [(ChangeKind::TypeRemoved, lost), (ChangeKind::TypeAdded, won)]
            .iter()
            .filter(|entry| entry.1)
        {
            self.add(&place, *kind, kind.effect(), was.clone(), is.clone(), sense);
        }
    }

    pub(super) fn values(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let said = if new.get("enum").or(new.get("const")).is_some() { new } else { old };
        let keyword = if said.get("const").is_some() { "const" } else { "enum" };
        let place = new.place.below(keyword);
        let listed =
            |values: &[&Value]| values.iter().map(|value| (*value).clone()).collect::<Value>();
        match (values(old.schema), values(new.schema)) {
            (None, None) => {}
            (None, Some(are)) => {
                let kind = ChangeKind::ValuesListed;
                self.add(&place, kind, kind.effect(), Value::Null, listed(&are), sense);
            }
            (Some(were), None) => {
                let kind = ChangeKind::ValuesUnlisted;
                self.add(&place, kind, kind.effect(), listed(&were), Value::Null, sense);
            }
            (Some(were), Some(are)) => {
                for value in were.iter().filter(|was| !are.iter().any(|is| same(was, is))) {
                    let kind = ChangeKind::ValueRemoved;
                    self.add(&place, kind, kind.effect(), (*value).clone(), listed(&are), sense);
                }
                for value in are.iter().filter(|is| !were.iter().any(|was| same(was, is))) {
                    let kind = ChangeKind::ValueAdded;
                    self.add(&place, kind, kind.effect(), listed(&were), (*value).clone(), sense);
                }
            }
        }
    }

    pub(super) fn required(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let were = old.list("required");
        let are = new.list("required");
        let place = new.place.below("required");
        self.required_names(&place, were, are, sense);
    }

    /// Compares the names that a list requires.
    fn required_names(&mut self, place: &Place, were: &[Value], are: &[Value], sense: Sense) {
        for name in are.iter().filter(|name| !were.contains(name)) {
            let kind = ChangeKind::RequiredAdded;
            self.add(place, kind, kind.effect(), Value::Null, name.clone(), sense);
        }
        for name in were.iter().filter(|name| !are.contains(name)) {
            let kind = ChangeKind::RequiredRemoved;
            self.add(place, kind, kind.effect(), name.clone(), Value::Null, sense);
        }
    }

    pub(super) fn properties(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let keyword = "patternProperties";
        let of_patterns = |at: &At<'a>| names(at, at, keyword);
        if of_patterns(old) != of_patterns(new) {
            // A name may stand for itself, or for one of the patterns, or for neither.
            self.note(ChangeKind::NotJudged, &old.of(keyword), &new.of(keyword), sense);
        }
        self.named_parts_of_both(keyword, old, new, sense);
        let keyword = "additionalProperties";
        self.compare(&old.of(keyword), &new.of(keyword), sense);
        let patterns = !of_patterns(old).is_empty() || !of_patterns(new).is_empty();
        for name in names(old, new, "properties") {
            match (old.named("properties", name), new.named("properties", name)) {
                (Some(old), Some(new)) => self.compare(&old, &new, sense),
                (None, Some(is)) => {
                    let effect = self.effect(&old.of(keyword), &is);
                    let effect = if patterns { Effect::Unclear } else { effect };
                    let was = old.of(keyword).schema.clone();
                    self.add(
                        &is.place,
                        ChangeKind::PropertyAdded,
                        effect,
                        was,
                        is.schema.clone(),
                        sense,
                    );
                }
                (Some(was), None) => {
                    let effect = self.effect(&was, &new.of(keyword));
                    let effect = if patterns { Effect::Unclear } else { effect };
                    let is = new.of(keyword).schema.clone();
                    self.add(
                        &was.place,
                        ChangeKind::PropertyRemoved,
                        effect,
                        was.schema.clone(),
                        is,
                        sense,
                    );
                }
                (None, None) => {}
            }
        }
    }

    fn named_parts_of_both(&mut self, keyword: &str, old: &At<'a>, new: &At<'a>, sense: Sense) {
        for name in names(old, new, keyword) {
            if let (Some(old), Some(new)) = (old.named(keyword, name), new.named(keyword, name)) {
                self.compare(&old, &new, sense);
            }
        }
    }

    pub(super) fn items(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let keyword = "prefixItems";
        let were = old.list(keyword).len();
        let are = new.list(keyword).len();
        if were != are {
            self.note(ChangeKind::NotJudged, &old.of(keyword), &new.of(keyword), sense);
        }
        for at in 0..were.min(are) {
            self.compare(&old.nth(keyword, at), &new.nth(keyword, at), sense);
        }
        self.compare(&old.of("items"), &new.of("items"), sense);
        let counts = ["minContains", "maxContains"];
        let both = old.get("contains").is_some() == new.get("contains").is_some();
        // Without `contains` nothing is counted.
        if both && old.get("contains").is_none() {
            return;
        }
        let counted = counts
            .iter()
            .any(|count| old.demanded(count).is_some() || new.demanded(count).is_some());
        if !counted {
            return self.part("contains", old, new, sense);
        }
        let contained = self.effect(&old.of("contains"), &new.of("contains"));
        let alike = counts.iter().all(|count| old.demanded(count) == new.demanded(count));
        if !alike || !both || contained != Effect::None {
            self.note(ChangeKind::NotJudged, &old.of("contains"), &new.of("contains"), sense);
        }
    }

    pub(super) fn dependent_required(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let keyword = "dependentRequired";
        for name in names(old, new, keyword) {
            let were = old.named(keyword, name);
            let are = new.named(keyword, name);
            let list = |at: Option<At<'a>>| {
                at.and_then(|at| at.schema.as_array()).map(Vec::as_slice).unwrap_or_default()
            };
            let were = list(were);
            let are = list(are);
            let place = new.place.below(keyword).below(name);
            self.required_names(&place, were, are, sense);
        }
    }

    pub(super) fn limits(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        for (keyword, larger_is_stricter) in LIMITS {
            let was = old.demanded(keyword);
            let is = new.demanded(keyword);
            let stricter = match (was.map(Value::as_f64), is.map(Value::as_f64)) {
                _ if was == is => continue,
                (None, _) => true,
                (_, None) => false,
                (Some(Some(was)), Some(Some(is))) if was != is => (is > was) == larger_is_stricter,
                // The same number in two ways, or two that are too large to tell.
                _ => {
                    self.note(ChangeKind::NotJudged, &old.of(keyword), &new.of(keyword), sense);
                    continue;
                }
            };
            let kind =
                if stricter { ChangeKind::LimitTightened } else { ChangeKind::LimitLoosened };
            self.keyword(kind, keyword, old, new, sense);
        }
        let keyword = "uniqueItems";
        let unique = |at: &At<'a>| at.get(keyword).is_some_and(|value| *value == true);
        match (unique(old), unique(new)) {
            (false, true) => self.keyword(ChangeKind::LimitTightened, keyword, old, new, sense),
            (true, false) => self.keyword(ChangeKind::LimitLoosened, keyword, old, new, sense),
            _ => {}
        }
        for keyword in FORMS {
            match (old.get(keyword), new.get(keyword)) {
                (was, is) if was == is => {}
                (None, _) => self.keyword(ChangeKind::FormAdded, keyword, old, new, sense),
                (_, None) => self.keyword(ChangeKind::FormRemoved, keyword, old, new, sense),
                _ => self.keyword(ChangeKind::FormChanged, keyword, old, new, sense),
            }
        }
    }

    /// Keywords that are in no table.
    pub(super) fn others(&mut self, old: &At<'a>, new: &At<'a>, sense: Sense) {
        let keywords =
            |at: &At<'a>| at.schema.as_object().into_iter().flat_map(|schema| schema.keys());
        let mut unknown: Vec<&String> = keywords(old).chain(keywords(new)).collect();
        unknown.sort();
        unknown.dedup();
        let is_known = |keyword: &str| {
            is_annotation(keyword)
                || COMPARED.contains(&keyword)
                || FORMS.contains(&keyword)
                || UNEVALUATED.contains(&keyword)
                || LIMITS.iter().any(|(limit, _)| *limit == keyword)
        };
        for keyword in unknown.into_iter().filter(|keyword| !is_known(keyword)) {
            if old.get(keyword) != new.get(keyword) {
                self.keyword(ChangeKind::NotJudged, keyword, old, new, sense);
            }
        }
    }

    fn keyword(
        &mut self,
        kind: ChangeKind,
        keyword: &str,
        old: &At<'a>,
        new: &At<'a>,
        sense: Sense,
    ) {
        let [was, is] = [old, new].map(|at| at.get(keyword).cloned().unwrap_or_default());
        self.add(&new.place.below(keyword), kind, kind.effect(), was, is, sense);
    }
}

//! The changes of schemas that break clients.
//!
//! [`kind`] is the table of the kinds of change, with what each does to the values that conform; [`direction`] says whom a
//! schema is about, and so which of the two breaks: what a client sends must still conform, and what a client receives must
//! conform to what it knew before. [`compare`] goes through two schemas side by side, with [`members`] for what objects and
//! arrays hold and [`branches`] for `allOf`, `anyOf` and `oneOf`, and [`reading`] has the schemas of a folder, a file or a bundle.
//!
//! A change that is not breaking is proven not to be: of each keyword it is known that a stricter one makes the whole stricter.
//! Whatever is not known so cannot be judged, and counts as breaking.

mod branches;
mod compare;
mod direction;
mod keywords;
mod kind;
mod members;
#[cfg(test)]
mod random;
pub(crate) mod reading;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use compare::{Comparison, FoundChange};
use direction::Direction;
use gws_sms_fake::_cli_internals::contract::check::brief;
use kind::ChangeKind;
use serde::Serialize;

use crate::documents::{Documents, Place, walk};

/// A change of a schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct SchemaChange {
    /// True if the change breaks a client.
    pub breaking: bool,
    /// The name of the schema that it stands in, as that of a file without its ending.
    pub schema: String,
    /// A JSON pointer into the schema; empty for the whole.
    pub place: String,
    /// The kind of change.
    pub kind: &'static str,
    /// The old value.
    pub old: String,
    /// The new value.
    pub new: String,
    /// The messages that it concerns: `request`, `response`, `notification`, or `either` if the name does not say.
    pub direction: &'static str,
    /// The schemas of messages that it changes.
    pub of: Vec<String>,
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, place, kind, old, new, direction, of, .. } = self;
        let verdict = if self.breaking { "breaking" } else { "not breaking" };
        let of = of.join(", ");
        write!(
            formatter,
            "{verdict}: {schema}.json#{place}: {kind}: was {old}, is {new} ({direction}: {of})"
        )
    }
}

/// The key by which changes are merged: several schemas may refer to the changed one.
type Same = (Place, ChangeKind, String, String, Direction);

/// Every change from the old schemas to the new ones, the breaking ones first.
pub(crate) fn diff(old: &Documents, new: &Documents) -> Vec<SchemaChange> {
    // Whether each breaks somebody, and the schemas that it is about.
    let mut changes: BTreeMap<Same, (bool, BTreeSet<String>)> = BTreeMap::new();
    let shared = [referred_to(old), referred_to(new)].concat();
    let names: BTreeSet<&str> = old.all().chain(new.all()).map(|(name, _)| name).collect();
    for name in names {
        // What others refer to is looked at where they do.
        let Some(direction) = Direction::of(name, shared.iter().any(|shared| shared == name))
        else {
            continue;
        };
        for found in of_schema(name, old, new) {
            let FoundChange { place, kind, effect, old, new } = found;
            let breaking = direction.breaks(kind, effect);
            let key = (place, kind, brief(&old), brief(&new), direction);
            let change = changes.entry(key).or_default();
            change.0 |= breaking;
            change.1.insert(name.to_owned());
        }
    }
    let mut changes: Vec<SchemaChange> = changes
        .into_iter()
        .map(|((place, kind, old, new, direction), (breaking, of))| {
            let Place { name: schema, pointer: place } = place;
            let kind = kind.as_str();
            let direction = direction.as_str();
            SchemaChange {
                breaking,
                schema,
                place,
                kind,
                old,
                new,
                direction,
                of: of.into_iter().collect(),
            }
        })
        .collect();
    changes.sort_by_key(|change| !change.breaking);
    changes
}

fn of_schema(name: &str, old: &Documents, new: &Documents) -> Vec<FoundChange> {
    match (old.get(name), new.get(name)) {
        (Some(_), Some(_)) => Comparison::of(old, new).roots(name),
        (Some(schema), None) => vec![FoundChange::whole(name, ChangeKind::SchemaRemoved, schema)],
        (None, Some(schema)) => vec![FoundChange::whole(name, ChangeKind::SchemaAdded, schema)],
        (None, None) => Vec::new(),
    }
}

/// The names of the schemas that others refer to.
fn referred_to(documents: &Documents) -> Vec<String> {
    let mut found = Vec::new();
    for (name, document) in documents.all() {
        walk(Place::root(name), document, &mut |_, schema| {
            let reference = schema.get("$ref").and_then(serde_json::Value::as_str);
            let place = reference.and_then(|reference| documents.resolve(name, reference));
            found.extend(place.map(|place| place.name).filter(|other| other != name));
        });
    }
    found
}

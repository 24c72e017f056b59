//! The table of the rules: `demands` on clients, the `behaviour` of GWS, and the `fields` of its messages. `sources`
//! has short names for their sources.

mod behaviour;
mod demands;
mod fields;
mod sources;

use crate::rules::definition::Rule;

/// Every rule, in three parts.
pub(super) const TABLE: &[&[Rule]] = &[demands::ROWS, behaviour::ROWS, fields::ROWS];

//! The table of the rules, by what they are about.

mod behaviour;
mod demands;
mod fields;
mod sources;

use crate::rules::definition::Rule;

/// Every rule, in three parts.
pub(super) const TABLE: &[&[Rule]] = &[demands::ROWS, behaviour::ROWS, fields::ROWS];

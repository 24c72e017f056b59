//! The REST side, by operation and situation.

mod answer_invitation;
mod identity;
mod intrude;
mod refusals;

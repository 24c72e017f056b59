//! The REST side, by operation and situation.

mod answer_invitation;
mod cors;
mod csrf;
mod identity;
mod intrude;
mod refusals;

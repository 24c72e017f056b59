//! Assertions over the timeline.
//!
//! A [`Filter`](crate::report::expectation::Filter) selects entries, and `filter` and `asserts` contain the assertions
//! that every filter has. [`Received`] selects requests, [`Notifications`] notifications, and [`in_order`] compares
//! both. [`self_check`] examines the fake's own answers.
//!
//! The rule of this folder: an assertion examines the entries at the time of the call, and waits for nothing; one that
//! waits is a [`Wait`](crate::Wait). Each `x()` that does not wait panics with the report, and has a `try_x()` that
//! returns the error.

mod asserts;
mod filter;
pub(crate) mod known;
mod notifications;
mod order;
mod received;
mod request;
mod self_check;

pub use notifications::Notifications;
pub use order::Observed;
pub(crate) use order::{in_order, nothing_else};
pub use received::Received;
pub use request::ReceivedRequest;
pub(crate) use self_check::{own_mistake, self_check};

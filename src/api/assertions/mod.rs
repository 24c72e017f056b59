//! Assertions over the timeline.
//!
//! A [`Filter`](crate::report::expectation::Filter) says which entries are meant, and `filter` has what each of them asserts; [`Received`] asserts of requests, [`Notifications`] of notifications,
//! [`in_order`] of both. [`self_check`] is the fake's look at its own answers.
//!
//! The rule of this folder: an assertion looks at what there is when it is called, and waits for nothing; one that waits is a
//! [`Wait`](crate::Wait). Each `x()` that does not wait panics with the report, and has a `try_x()` that returns the error.

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
pub(crate) use self_check::self_check;

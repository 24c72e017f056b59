//! Assertions over the time line.
//!
//! A [`Filter`](filter::Filter) says which entries are meant; [`Received`] asserts of requests, [`Told`] of notifications,
//! [`in_order`] of both. [`own`] is the fake's look at its own answers.
//!
//! The rule of this folder: an assertion looks at what there is when it is called, and waits for nothing; one that waits is a
//! [`Wait`](crate::Wait). Each `x()` that does not wait panics with the report, and has a `try_x()` that returns the error.

mod asserts;
mod filter;
pub(crate) mod known;
mod order;
mod own;
mod received;
mod request;
mod told;

pub use order::Happened;
pub(crate) use order::{in_order, nothing_else};
pub(crate) use own::own_mistakes;
pub use received::Received;
pub use request::ReceivedRequest;
pub use told::Told;

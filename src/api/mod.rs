//! The public API for tests.
//!
//! [`fake`] is the running fake and [`builder`] its settings. [`user`] and [`customer`] act in place of people,
//! [`clock`] moves the fake's time, [`push_faults`] and [`rest_faults`] inject faults, and [`wait`] lets a test wait
//! for a condition. [`session`] shows a session, and [`words`] contains the vendor's words as types. [`assertions`]
//! examine the requests and the notifications of the fake; [`matchers`] are for a `MockServer` of the test's own.
//! [`direct`] drives the engine without a server, for tables of cases.

pub(crate) mod assertions;
pub(crate) mod builder;
pub(crate) mod clock;
pub(crate) mod coverage_file;
pub(crate) mod customer;
pub(crate) mod direct;
pub(crate) mod failure;
pub(crate) mod fake;
pub(crate) mod in_memory;
pub(crate) mod known_rule;
pub mod matchers;
pub(crate) mod notification;
pub(crate) mod push_faults;
pub(crate) mod rest_faults;
pub(crate) mod session;
pub(crate) mod test_outcome;
pub(crate) mod user;
pub(crate) mod wait;
pub(crate) mod words;

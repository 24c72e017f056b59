//! The log of a fake.

pub(crate) mod coverage;
pub(crate) mod timeline;
pub(crate) mod verdict;

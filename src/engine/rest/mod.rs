//! The REST side of a fake.

pub(crate) mod authenticate;
pub(crate) mod blame;
pub(crate) mod csrf;
pub(crate) mod rest_faults;
pub(crate) mod validate;

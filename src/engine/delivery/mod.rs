//! The push side of a fake.

pub(crate) mod delivery_order;
pub(crate) mod envelope;
pub(crate) mod publish;
pub(crate) mod push_client;
pub(crate) mod push_faults;
pub(crate) mod push_violations;

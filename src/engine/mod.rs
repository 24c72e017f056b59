//! The fake as one value: requests and moments in, answers and wake-ups out.

pub(crate) mod barriers;
pub(crate) mod commands;
pub(crate) mod delivery;
pub(crate) mod end_of_test;
pub(crate) mod external_events;
pub(crate) mod ids;
pub(crate) mod log;
pub(crate) mod playback;
pub(crate) mod rest;

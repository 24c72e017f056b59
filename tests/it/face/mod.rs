//! What a test writes: starting and dropping, verdicts, barriers, mocks, matchers, fixtures.

mod absence;
mod assertions;
mod at_the_end;
mod barriers;
mod coverage;
mod custom_contract;
mod customers;
mod external_events;
mod fixtures_of_a_test;
mod lifetime;
mod mocks;
mod recordings;
mod report;
mod sessions;
mod shutdown;
mod strictness;
pub(crate) mod verdict;
mod words;

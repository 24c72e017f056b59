//! What a test writes: starting and dropping, verdicts, barriers, mocks, matchers, fixtures.

mod barriers;
mod fixtures_of_a_test;
mod lifetime;
mod mocks;
mod verdict;

//! The text of a failed barrier or assertion.

use crate::server::running_fake::RunningFake;
use crate::server::verdict;

/// Returns the text of a failure: the expectation that was not met, and the whole report. A panic shows it once.
pub(crate) fn given_up(fake: &RunningFake, failure: &str) -> String {
    let text = verdict::given_up(fake, failure);
    fake.change(|engine, _| engine.log.reported = true);
    text
}

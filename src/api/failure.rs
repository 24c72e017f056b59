//! The text of a failed barrier or assertion.

use crate::server::shared::Shared;
use crate::server::verdict;

/// Returns the text of a failure: the expectation that was not met, and the whole report. A panic shows it once.
pub(crate) fn given_up(shared: &Shared, failure: &str) -> String {
    let text = verdict::given_up(shared, failure);
    shared.change(|state| state.reported = true);
    text
}

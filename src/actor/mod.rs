//! Who a test can be or watch: users and customers.
//!
//! A [`User`] has barriers on what its clients do (`subscribed`, `parked`), an inbox ([`Notification`], with its receipts),
//! and acts without HTTP, as a [`Customer`] does: what they do goes the way of a request, from the world on.

mod customer;
mod faults;
mod notification;
mod user;

pub use customer::Customer;
pub use faults::Faults;
pub use notification::Notification;
pub use user::User;

use crate::exception::Exceptions;
use crate::fault::Faults as Ordered;
use crate::http::shared::Shared;
use crate::report::text::Facts;

/// What a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(shared: &Shared, failure: &str) -> String {
    let started_at = &shared.settings.started_at;
    shared.change(|state| {
        // The test is not at its end: what is expected may still come, and nothing is left undone yet.
        let (faults, exceptions) = (&Ordered::default(), &Exceptions::default());
        let (held, left_undone, unmet, unplayed) = (Vec::new(), Vec::new(), None, None);
        let mut exemptions = state.exemptions.clone();
        exemptions.allowed.append(&mut exemptions.expected);
        let (timeline, exemptions) = (&state.timeline, &exemptions);
        let facts = Facts {
            timeline,
            exemptions,
            faults,
            exceptions,
            held,
            left_undone,
            unplayed,
            unmet,
            started_at,
        };
        let report = facts.report();
        state.reported = true;
        format!("{failure}\n{report}")
    })
}

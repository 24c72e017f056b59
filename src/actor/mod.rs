//! Who a test can be or watch: users and customers.
//!
//! A [`User`] has barriers on what its clients do (`subscribed`, `connect_held`), an inbox ([`Notification`], with its receipts),
//! and acts without HTTP, as a [`Customer`] does: what they do goes the way of a request, from the world on.

mod customer;
mod faults;
mod notification;
mod user;

pub use customer::Customer;
pub use faults::PushFaults;
pub use notification::Notification;
pub use user::User;

use crate::http::shared::Shared;
use crate::http::verdict;

/// What a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(shared: &Shared, failure: &str) -> String {
    let text = verdict::given_up(shared, failure);
    shared.change(|state| state.reported = true);
    text
}

//! Assertions over several requests and notifications at once: their order, and that there is nothing else.

use crate::api::assertions::notifications::Notifications;
use crate::api::assertions::received::Received;
use crate::error::Error;
use crate::report::expectation;
use crate::report::expectation::Filter;
use crate::server::running_fake::RunningFake;

/// A group of entries that can be asserted to have happened in an order: [`Received`] and [`Notifications`].
pub trait Observed: sealed::Sealed {}

impl Observed for Received {}

impl Observed for Notifications {}

mod sealed {
    use super::{Filter, Notifications, Received};

    pub trait Sealed {
        #[doc(hidden)]
        #[expect(private_interfaces, reason = "only this crate can call it")]
        fn which(&self) -> &Filter;
    }

    impl Sealed for Received {
        #[expect(private_interfaces)]
        fn which(&self) -> &Filter {
            self.filter()
        }
    }

    impl Sealed for Notifications {
        #[expect(private_interfaces)]
        fn which(&self) -> &Filter {
            self.filter()
        }
    }
}

/// Checks that these came, each after the one before; they count as asserted.
pub(crate) fn in_order(fake: &RunningFake, expected: &[&dyn Observed]) -> Result<(), Error> {
    let filters: Vec<&Filter> = expected.iter().map(|expected| expected.which()).collect();
    let found = expectation::in_order(&fake.log_view(), &filters)?;
    fake.lock().log.asserted.extend(found);
    Ok(())
}

/// Checks that no operation and no notification came but those that were asserted.
pub(crate) fn nothing_else(fake: &RunningFake) -> Result<(), Error> {
    expectation::nothing_else(&fake.log_view())
}

//! Assertions over several requests and notifications at once: their order, and that there is nothing else.

use crate::api::assertions::filter::{Filter, unsure};
use crate::api::assertions::notifications::Notifications;
use crate::api::assertions::received::Received;
use crate::engine::log::timeline::EntryKind;
use crate::error::Error;
use crate::report::line::line;
use crate::server::running_fake::RunningFake;

/// What may be asserted to have happened in an order: [`Received`] and [`Notifications`].
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

/// Whether these came, each after the one before; they count as asserted.
pub(crate) fn in_order(fake: &RunningFake, expected: &[&dyn Observed]) -> Result<(), Error> {
    let log = fake.log_view();
    let mut found: Vec<u64> = Vec::new();
    let all_expected = expected.len();
    for (index, expected) in expected.iter().enumerate() {
        let filter = expected.which();
        let after = found.last().copied().unwrap_or_default();
        let all = || log.timeline.entries().filter(|entry| filter.meets(entry));
        let next = all().find(|entry| entry.number > after);
        let Some(next) = next else {
            let show = |number: u64| {
                let entry = log.timeline.entry(number);
                entry.map_or_else(String::new, |entry| {
                    format!("\n  {}", line(entry, &log.exemptions).trim_start())
                })
            };
            let place = index + 1;
            let words = filter.words();
            let mut failure =
                format!("in order, number {place} of {all_expected}: {words}: none came");
            if let Some(last) = found.last() {
                failure += &format!(" after{}", show(*last));
            }
            // What came before and stands in the order already says nothing.
            if let Some(earlier) = all().find(|entry| !found.contains(&entry.number)) {
                failure += &format!("\nit came before:{}", show(earlier.number));
            }
            return Err(Error::new(failure + &unsure(&log.timeline)));
        };
        found.push(next.number);
    }
    fake.lock().log.asserted.extend(&found);
    Ok(())
}

/// Whether no operation and no notification came but those that were asserted.
pub(crate) fn nothing_else(fake: &RunningFake) -> Result<(), Error> {
    let log = fake.log_view();
    let mut others = log.timeline.entries().filter(|entry| match &entry.what {
        EntryKind::Rest(rest) => rest.operation.is_some() && !log.asserted.contains(&entry.number),
        EntryKind::Notification(_) => !log.asserted.contains(&entry.number),
        _ => false,
    });
    let Some(first) = others.next() else {
        let unsure = unsure(&log.timeline);
        let known = unsure.is_empty();
        return if known {
            Ok(())
        } else {
            Err(Error::new(format!("nothing else: got 0{unsure}")))
        };
    };
    let all = 1 + others.count();
    let line = line(first, &log.exemptions);
    let line = line.trim_start();
    Err(Error::new(format!(
        "nothing else: got {all}, want 0; the first:\n  {line}\nassert it before, or look why it came"
    )))
}

//! Faults: deviations of the push side that a test orders, in Bayeux's words.
//!
//! The rule of this file: a fault is of one user, happens once unless it says otherwise, is counted, and is reported when it
//! never happened: a test that orders one and does not meet it tests less than it says. [`FAULTS`] has one row for each.

use std::time::Duration;

/// What is to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Event(EventFault),
    /// The next handshake is answered with `403::Handshake denied`.
    Handshake,
    /// Happens as soon as it is ordered.
    Client(ClientFault),
}

/// What is to happen to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventFault {
    /// The next one is published to nobody.
    Lose,
    /// The next one is published twice.
    Duplicate,
    /// The next one is published so much later.
    Delay(Duration),
    /// The next two change places.
    Reorder,
    /// None is published from now on.
    Never,
}

/// What is to happen to the clients of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientFault {
    /// The server knows them no longer.
    Forget,
    /// The server disconnects them.
    Disconnect,
    /// Their held connects are answered with HTTP 500.
    FailConnect,
}

/// The fault (a delay of nothing stands for any), what a test orders it by, what has become of it, for the time line.
#[rustfmt::skip]
const FAULTS: &[(Fault, &str, &str)] = &[
    (Fault::Event(EventFault::Lose),                  "lose_next_event",       "lost, as the test ordered"),
    (Fault::Event(EventFault::Duplicate),             "duplicate_next_event",  "sent twice, as the test ordered"),
    (Fault::Event(EventFault::Delay(Duration::ZERO)), "delay_next_event",      "sent late, as the test ordered"),
    (Fault::Event(EventFault::Reorder),               "reorder_next_events",   "sent after the next one, as the test ordered"),
    (Fault::Event(EventFault::Never),                 "never_deliver",         "not sent, as the test ordered"),
    (Fault::Handshake,                                "refuse_next_handshake", "handshake refused, as the test ordered"),
    (Fault::Client(ClientFault::Forget),              "forget_client",         "CometD client forgotten, as the test ordered"),
    (Fault::Client(ClientFault::Disconnect),          "disconnect_client",     "CometD client disconnected, as the test ordered"),
    (Fault::Client(ClientFault::FailConnect),         "fail_held_connect",     "held connect answered with 500, as the test ordered"),
];

impl Fault {
    /// The fault of that name; `by` is how much an event is delayed.
    #[cfg(feature = "cli")]
    pub(crate) fn named(name: &str, by: Duration) -> Option<Self> {
        let (fault, ..) = FAULTS.iter().find(|(_, other, _)| *other == name)?;
        Some(match fault {
            Self::Event(EventFault::Delay(_)) => Self::Event(EventFault::Delay(by)),
            other => *other,
        })
    }

    /// What a test orders it by.
    pub(crate) fn as_str(self) -> &'static str {
        self.row().1
    }

    /// What has become of the event or the client, for the time line.
    pub(crate) fn outcome(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        let plain = match self {
            Self::Event(EventFault::Delay(_)) => Self::Event(EventFault::Delay(Duration::ZERO)),
            other => other,
        };
        FAULTS.iter().find(|(other, ..)| *other == plain).unwrap_or(&FAULTS[0])
    }
}

/// A fault that was ordered.
#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    /// The user's id.
    user: String,
    pub(crate) user_name: String,
    pub(crate) fault: Fault,
    /// How often it has happened.
    happened: u32,
}

/// Every fault that was ordered, the first one first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    ordered: Vec<Ordered>,
}

impl Faults {
    pub(crate) fn order(&mut self, user: String, user_name: String, fault: Fault) {
        self.ordered.push(Ordered { user, user_name, fault, happened: 0 });
    }

    /// What is to happen to an event of that user now.
    pub(crate) fn next_event(&mut self, user: &str) -> Option<EventFault> {
        self.next(user, |ordered| match ordered.fault {
            Fault::Event(fault) if ordered.happened == 0 || fault == EventFault::Never => {
                Some(fault)
            }
            _ => None,
        })
    }

    /// Whether a handshake of that user is to be refused now.
    pub(crate) fn refuses_handshake(&mut self, user: &str) -> bool {
        let due = |it: &Ordered| (it.fault == Fault::Handshake && it.happened == 0).then_some(());
        self.next(user, due).is_some()
    }

    /// Counts a fault that happened as soon as it was ordered.
    pub(crate) fn happened(&mut self, user: &str, fault: ClientFault) {
        let fault = Fault::Client(fault);
        self.next(user, |it| (it.fault == fault && it.happened == 0).then_some(()));
    }

    /// Those that never happened.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &Ordered> {
        self.ordered.iter().filter(|it| it.happened == 0)
    }

    fn next<T>(&mut self, user: &str, due: impl Fn(&Ordered) -> Option<T>) -> Option<T> {
        let mut own = self.ordered.iter_mut().filter(|it| it.user == user);
        let (next, fault) = own.find_map(|it| due(it).map(|fault| (it, fault)))?;
        next.happened += 1;
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_once_in_the_order_of_the_test_to_its_user() {
        let mut faults = Faults::default();
        for fault in [EventFault::Lose, EventFault::Duplicate] {
            faults.order("1".to_owned(), "s1".to_owned(), Fault::Event(fault));
        }
        assert_eq!(faults.next_event("2"), None);
        assert_eq!(faults.next_event("1"), Some(EventFault::Lose));
        assert_eq!(faults.unused().count(), 1);
        assert_eq!(faults.next_event("1"), Some(EventFault::Duplicate));
        assert_eq!(faults.next_event("1"), None);
        assert_eq!(faults.unused().count(), 0);
    }

    #[test]
    fn what_is_never_delivered_is_never_delivered() {
        let mut faults = Faults::default();
        let never = Fault::Event(EventFault::Never);
        faults.order("1".to_owned(), "s1".to_owned(), never);
        for _ in 0..3 {
            assert_eq!(faults.next_event("1"), Some(EventFault::Never));
        }
        assert!(!faults.refuses_handshake("1"));
    }

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        for (index, (fault, name, _)) in FAULTS.iter().enumerate() {
            assert_eq!(fault.as_str(), *name);
            assert!(FAULTS[..index].iter().all(|(other, ..)| other != fault), "{name}");
        }
    }
}

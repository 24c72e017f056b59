//! Faults: deviations of the push side that a test orders, in Bayeux's words.
//!
//! The rule of this file: a fault is of one user, happens once unless it says otherwise, is counted, and is reported when it
//! never happened: a test that orders one and does not meet it tests less than it says.

use std::time::Duration;

/// What is to happen to an event, or to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The next event is published to nobody.
    LoseEvent,
    /// The next event is published twice.
    DuplicateEvent,
    /// The next event is published so much later.
    DelayEvent(Duration),
    /// The next two events change places.
    ReorderEvents,
    /// No event is published from now on.
    NeverDeliver,
    /// The next handshake is answered with `403::Handshake denied`.
    RefuseHandshake,
    /// The server knows the clients no longer.
    ForgetClient,
    /// The server disconnects the clients.
    DisconnectClient,
    /// Held connects are answered with HTTP 500.
    FailConnect,
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Event,
    Handshake,
    /// As soon as it is ordered.
    AtOnce,
}

impl Fault {
    /// What a test orders it by.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LoseEvent => "lose_next_event",
            Self::DuplicateEvent => "duplicate_next_event",
            Self::DelayEvent(_) => "delay_next_event",
            Self::ReorderEvents => "reorder_next_events",
            Self::NeverDeliver => "never_deliver",
            Self::RefuseHandshake => "refuse_next_handshake",
            Self::ForgetClient => "forget_client",
            Self::DisconnectClient => "disconnect_client",
            Self::FailConnect => "fail_held_connect",
        }
    }

    pub(crate) fn occasion(self) -> Occasion {
        match self {
            Self::RefuseHandshake => Occasion::Handshake,
            Self::ForgetClient | Self::DisconnectClient | Self::FailConnect => Occasion::AtOnce,
            _ => Occasion::Event,
        }
    }

    /// What has become of the event or the client, for the time line.
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            Self::LoseEvent => "lost, as the test ordered",
            Self::DuplicateEvent => "sent twice, as the test ordered",
            Self::DelayEvent(_) => "sent late, as the test ordered",
            Self::ReorderEvents => "sent after the next one, as the test ordered",
            Self::NeverDeliver => "not sent, as the test ordered",
            Self::RefuseHandshake => "handshake refused, as the test ordered",
            Self::ForgetClient => "CometD client forgotten, as the test ordered",
            Self::DisconnectClient => "CometD client disconnected, as the test ordered",
            Self::FailConnect => "held connect answered with 500, as the test ordered",
        }
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

    /// What is to happen to an event or a client of that user now.
    pub(crate) fn next(&mut self, user: &str, occasion: Occasion) -> Option<Fault> {
        let mut own = self.ordered.iter_mut().filter(|it| it.user == user);
        let due = |it: &Ordered| it.happened == 0 || it.fault == Fault::NeverDeliver;
        let next = own.find(|it| it.fault.occasion() == occasion && due(it))?;
        next.happened += 1;
        Some(next.fault)
    }

    /// Those that never happened.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &Ordered> {
        self.ordered.iter().filter(|it| it.happened == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_once_in_the_order_of_the_test_to_its_user() {
        let mut faults = Faults::default();
        for fault in [Fault::LoseEvent, Fault::DuplicateEvent] {
            faults.order("1".to_owned(), "s1".to_owned(), fault);
        }
        assert_eq!(faults.next("2", Occasion::Event), None);
        assert_eq!(faults.next("1", Occasion::Event), Some(Fault::LoseEvent));
        assert_eq!(faults.unused().count(), 1);
        assert_eq!(faults.next("1", Occasion::Event), Some(Fault::DuplicateEvent));
        assert_eq!(faults.next("1", Occasion::Event), None);
        assert_eq!(faults.unused().count(), 0);
    }

    #[test]
    fn what_is_never_delivered_is_never_delivered() {
        let mut faults = Faults::default();
        faults.order("1".to_owned(), "s1".to_owned(), Fault::NeverDeliver);
        for _ in 0..3 {
            assert_eq!(faults.next("1", Occasion::Event), Some(Fault::NeverDeliver));
        }
        assert_eq!(faults.next("1", Occasion::Handshake), None);
    }
}

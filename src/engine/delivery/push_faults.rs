//! Faults: deviations of the push side that a test orders, in Bayeux's words.
//!
//! The rule of this file: a fault is of one user, happens once unless it says otherwise, is counted, and is reported when it
//! never happened: a test that orders one and does not meet it tests less than it says. [`FAULTS`] has one row for each.

use std::time::Duration;

/// Which goes out first: the answer to a request, or the notifications that it causes. Real GWS shows both (rule
/// notification-order).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerOrder {
    AnswerFirst,
    NotificationsFirst,
}

/// What is to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushFault {
    Event(EventFault),
    /// The events that the next request causes go out in this order with its answer.
    Order(AnswerOrder),
    Handshake(HandshakeFault),
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
    /// The next one goes with the answer to a subscribe.
    OnSubscribe,
    /// None is published from now on.
    Never,
}

/// What is to happen to the next handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeFault {
    /// It is answered with `403::Handshake denied`.
    Refuse,
    /// Its answer sets no `BAYEUX_BROWSER`.
    LoseCookie,
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
    /// The connections of their held connects are cut.
    CutConnect,
    /// The next answer to a connect of theirs advises them not to connect again.
    AdviseNone,
    /// The next answer to a connect of theirs advises them to stay away for so long.
    AdviseInterval(Duration),
}

use ClientFault::{AdviseInterval, AdviseNone, CutConnect, Disconnect, FailConnect, Forget};
use EventFault::{Delay, Duplicate, Lose, Never, OnSubscribe, Reorder};
use HandshakeFault::{LoseCookie, Refuse};

/// The fault (a span of nothing stands for any), what a test orders it by, what has become of it, for the timeline.
#[rustfmt::skip]
const FAULTS: &[(PushFault, &str, &str)] = &[
    (PushFault::Event(Lose),                  "lose_next_event",       "lost, as the test injected"),
    (PushFault::Event(Duplicate),             "duplicate_next_event",  "sent twice, as the test injected"),
    (PushFault::Event(Delay(Duration::ZERO)), "delay_next_event",      "sent late, as the test injected"),
    (PushFault::Event(Reorder),               "reorder_next_events",   "sent after the next one, as the test injected"),
    (PushFault::Event(OnSubscribe),           "deliver_on_subscribe",  "kept for the answer to a subscribe, as the test injected"),
    (PushFault::Event(Never),                 "never_deliver",         "not sent, as the test injected"),
    (PushFault::Order(AnswerOrder::NotificationsFirst), "deliver_before_answer", "told before the answer, as the test injected"),
    (PushFault::Order(AnswerOrder::AnswerFirst),    "deliver_after_answer",  "told after the answer, as the test injected"),
    (PushFault::Handshake(Refuse),            "refuse_next_handshake", "handshake refused, as the test injected"),
    (PushFault::Handshake(LoseCookie),        "lose_next_cookie",      "cookie of a handshake lost, as the test injected"),
    (PushFault::Client(Forget),               "forget_client",         "CometD client forgotten, as the test injected"),
    (PushFault::Client(Disconnect),           "disconnect_client",     "CometD client disconnected, as the test injected"),
    (PushFault::Client(FailConnect),          "fail_held_connect",     "held connect answered with 500, as the test injected"),
    (PushFault::Client(CutConnect),           "cut_held_connect",      "held connect cut, as the test injected"),
    (PushFault::Client(AdviseNone),           "advise_none",           "CometD client advised not to connect again, as the test injected"),
    (PushFault::Client(AdviseInterval(Duration::ZERO)), "advise_interval", "CometD client advised to wait, as the test injected"),
];

impl PushFault {
    /// The fault of that name; `span` is by how much an event is delayed, or for how long a client is to wait.
    pub(crate) fn named(name: &str, span: Duration) -> Option<Self> {
        let (fault, ..) = FAULTS.iter().find(|(_, other, _)| *other == name)?;
        Some(fault.with_span(span))
    }

    /// What each fault is ordered by.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        FAULTS.iter().map(|(_, name, _)| *name)
    }

    /// What a test orders it by.
    pub(crate) fn as_str(self) -> &'static str {
        self.row().1
    }

    /// What has become of the event or the client, for the timeline.
    pub(crate) fn outcome(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        let any = self.with_span(Duration::ZERO);
        FAULTS.iter().find(|(other, ..)| *other == any).unwrap_or(&FAULTS[0])
    }

    fn with_span(self, span: Duration) -> Self {
        match self {
            Self::Event(Delay(_)) => Self::Event(Delay(span)),
            Self::Client(AdviseInterval(_)) => Self::Client(AdviseInterval(span)),
            other => other,
        }
    }
}

/// A fault that was ordered.
#[derive(Clone, Debug)]
pub(crate) struct InjectedFault {
    /// The user's id.
    user: String,
    pub(crate) user_name: String,
    pub(crate) fault: PushFault,
    /// How often it has happened.
    pub(crate) triggered: u32,
}

/// Every fault that was ordered, the first one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct InjectedFaults {
    injected: Vec<InjectedFault>,
}

impl InjectedFaults {
    pub(crate) fn inject(&mut self, user: String, user_name: String, fault: PushFault) {
        self.injected.push(InjectedFault { user, user_name, fault, triggered: 0 });
    }

    /// What is to happen to an event of that user now.
    pub(crate) fn next_event(&mut self, user: &str) -> Option<EventFault> {
        self.next(user, |injected| match injected.fault {
            PushFault::Event(fault) if injected.triggered == 0 || fault == Never => Some(fault),
            _ => None,
        })
    }

    /// In which order the answer and the events for one of these users are to go out now: whose order it is, and which.
    pub(crate) fn next_order<'u>(
        &mut self,
        mut users: impl Iterator<Item = &'u str>,
    ) -> Option<(String, AnswerOrder)> {
        let order = |it: &InjectedFault| match it.fault {
            PushFault::Order(order) if it.triggered == 0 => Some(order),
            _ => None,
        };
        users.find_map(|user| self.next(user, order).map(|order| (user.to_owned(), order)))
    }

    /// Whether that is to happen to that user now, as once.
    pub(crate) fn triggers(&mut self, user: &str, fault: PushFault) -> bool {
        self.next(user, |it| (it.fault == fault && it.triggered == 0).then_some(())).is_some()
    }

    /// Every fault that was ordered.
    pub(crate) fn all(&self) -> impl Iterator<Item = &InjectedFault> {
        self.injected.iter()
    }

    /// Those that never happened.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &InjectedFault> {
        self.all().filter(|it| it.triggered == 0)
    }

    fn next<T>(&mut self, user: &str, due: impl Fn(&InjectedFault) -> Option<T>) -> Option<T> {
        let mut own = self.injected.iter_mut().filter(|it| it.user == user);
        let (next, fault) = own.find_map(|it| due(it).map(|fault| (it, fault)))?;
        next.triggered += 1;
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_once_in_the_order_of_the_test_to_its_user() {
        let mut faults = InjectedFaults::default();
        for fault in [EventFault::Lose, EventFault::Duplicate] {
            faults.inject("1".to_owned(), "s1".to_owned(), PushFault::Event(fault));
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
        let mut faults = InjectedFaults::default();
        let never = PushFault::Event(EventFault::Never);
        faults.inject("1".to_owned(), "s1".to_owned(), never);
        for _ in 0..3 {
            assert_eq!(faults.next_event("1"), Some(EventFault::Never));
        }
        assert!(!faults.triggers("1", PushFault::Handshake(HandshakeFault::Refuse)));
    }

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        for (index, (fault, name, _)) in FAULTS.iter().enumerate() {
            assert_eq!(fault.as_str(), *name);
            assert!(FAULTS[..index].iter().all(|(other, ..)| other != fault), "{name}");
        }
    }
}

//! Push faults: deviations of the push side that a test injects, in Bayeux's words. A push fault changes an event, a handshake, a
//! connect or a client; none holds back the answer to another message.
//!
//! The rule of this file: a fault is of one user, triggers once unless it says otherwise, is counted, and is reported when it never
//! triggered: a test that injects one and does not meet it tests less than it says. The words for each are in one exhaustive
//! `match`.

use std::time::Duration;

/// The order of the answer to a request and the notifications that it causes. Real GWS shows both orders (rule
/// notification-order).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerOrder {
    AnswerFirst,
    NotificationsFirst,
}

/// A fault of the push side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushFault {
    Event(EventFault),
    /// The events that the next request causes go out in this order with its answer.
    Order(AnswerOrder),
    Handshake(HandshakeFault),
    /// Happens as soon as it is ordered.
    Client(ClientFault),
}

/// A fault of an event.
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

/// A fault of the next handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeFault {
    /// It is answered with `403::Handshake denied`.
    Refuse,
    /// Its answer sets no `BAYEUX_BROWSER`.
    LoseCookie,
}

/// A fault of the clients of a user.
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

/// The words for a fault.
struct FaultWords {
    /// The call by which a test injects it.
    name: &'static str,
    /// The outcome for the event or the client, in the timeline.
    outcome: &'static str,
}

const fn words(name: &'static str, outcome: &'static str) -> FaultWords {
    FaultWords { name, outcome }
}

impl PushFault {
    /// A fault of each name, with a span of nothing where it has one.
    const ALL: [Self; 16] = [
        Self::Event(Lose),
        Self::Event(Duplicate),
        Self::Event(Delay(Duration::ZERO)),
        Self::Event(Reorder),
        Self::Event(OnSubscribe),
        Self::Event(Never),
        Self::Order(AnswerOrder::NotificationsFirst),
        Self::Order(AnswerOrder::AnswerFirst),
        Self::Handshake(Refuse),
        Self::Handshake(LoseCookie),
        Self::Client(Forget),
        Self::Client(Disconnect),
        Self::Client(FailConnect),
        Self::Client(CutConnect),
        Self::Client(AdviseNone),
        Self::Client(AdviseInterval(Duration::ZERO)),
    ];

    const fn words(self) -> FaultWords {
        match self {
            Self::Event(Lose) => words("lose_next_event", "lost, as the test injected"),
            Self::Event(Duplicate) => {
                words("duplicate_next_event", "sent twice, as the test injected")
            }
            Self::Event(Delay(_)) => words("delay_next_event", "sent late, as the test injected"),
            Self::Event(Reorder) => {
                words("reorder_next_events", "sent after the next one, as the test injected")
            }
            Self::Event(OnSubscribe) => words(
                "deliver_on_subscribe",
                "kept for the answer to a subscribe, as the test injected",
            ),
            Self::Event(Never) => words("never_deliver", "not sent, as the test injected"),
            Self::Order(AnswerOrder::NotificationsFirst) => {
                words("deliver_before_answer", "told before the answer, as the test injected")
            }
            Self::Order(AnswerOrder::AnswerFirst) => {
                words("deliver_after_answer", "told after the answer, as the test injected")
            }
            Self::Handshake(Refuse) => {
                words("refuse_next_handshake", "handshake refused, as the test injected")
            }
            Self::Handshake(LoseCookie) => {
                words("lose_next_cookie", "cookie of a handshake lost, as the test injected")
            }
            Self::Client(Forget) => {
                words("forget_client", "CometD client forgotten, as the test injected")
            }
            Self::Client(Disconnect) => {
                words("disconnect_client", "CometD client disconnected, as the test injected")
            }
            Self::Client(FailConnect) => {
                words("fail_held_connect", "held connect answered with 500, as the test injected")
            }
            Self::Client(CutConnect) => {
                words("cut_held_connect", "held connect cut, as the test injected")
            }
            Self::Client(AdviseNone) => words(
                "advise_none",
                "CometD client advised not to connect again, as the test injected",
            ),
            Self::Client(AdviseInterval(_)) => {
                words("advise_interval", "CometD client advised to wait, as the test injected")
            }
        }
    }

    /// The fault of that name; `span` is by how much an event is delayed, or for how long a client is to wait.
    pub(crate) fn named(name: &str, span: Duration) -> Option<Self> {
        let fault = Self::ALL.into_iter().find(|fault| fault.as_str() == name)?;
        Some(match fault {
            Self::Event(Delay(_)) => Self::Event(Delay(span)),
            Self::Client(AdviseInterval(_)) => Self::Client(AdviseInterval(span)),
            other => other,
        })
    }

    /// Returns the span that a test injects it with, where it has one.
    pub(crate) fn span(self) -> Option<Duration> {
        match self {
            Self::Event(Delay(span)) | Self::Client(AdviseInterval(span)) => Some(span),
            Self::Event(Lose | Duplicate | Reorder | OnSubscribe | Never)
            | Self::Order(_)
            | Self::Handshake(_)
            | Self::Client(Forget | Disconnect | FailConnect | CutConnect | AdviseNone) => None,
        }
    }

    /// The name of each fault.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::as_str)
    }

    /// The call by which a test injects it.
    pub(crate) fn as_str(self) -> &'static str {
        self.words().name
    }

    /// The outcome for the event or the client, in the timeline.
    pub(crate) fn outcome(self) -> &'static str {
        self.words().outcome
    }
}

/// A fault that was ordered.
#[derive(Clone, Debug)]
pub(crate) struct InjectedFault {
    /// The user's id.
    user: String,
    pub(crate) user_name: String,
    pub(crate) fault: PushFault,
    /// The number of times that the fault has triggered.
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

    /// The fault that triggers for an event of that user now, which is counted.
    pub(crate) fn next_event(&mut self, user: &str) -> Option<EventFault> {
        self.next(user, |injected| match injected.fault {
            PushFault::Event(fault) if injected.triggered == 0 || fault == Never => Some(fault),
            _ => None,
        })
    }

    /// The order of the answer and the events for one of these users that a fault demands now, with the user of the fault;
    /// the fault is counted.
    pub(crate) fn next_order<'u>(
        &mut self,
        mut users: impl Iterator<Item = &'u str>,
    ) -> Option<(String, AnswerOrder)> {
        let order = |injected_fault: &InjectedFault| match injected_fault.fault {
            PushFault::Order(order) if injected_fault.triggered == 0 => Some(order),
            _ => None,
        };
        users.find_map(|user| self.next(user, order).map(|order| (user.to_owned(), order)))
    }

    /// Tells if that fault, which triggers once, triggers for that user now, and counts it.
    pub(crate) fn triggers(&mut self, user: &str, fault: PushFault) -> bool {
        self.next(user, |injected| {
            (injected.fault == fault && injected.triggered == 0).then_some(())
        })
        .is_some()
    }

    /// Every fault that was ordered.
    pub(crate) fn all(&self) -> impl Iterator<Item = &InjectedFault> {
        self.injected.iter()
    }

    /// The faults that never triggered.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &InjectedFault> {
        self.all().filter(|injected| injected.triggered == 0)
    }

    fn next<T>(&mut self, user: &str, due: impl Fn(&InjectedFault) -> Option<T>) -> Option<T> {
        let mut own = self.injected.iter_mut().filter(|injected| injected.user == user);
        let (next, fault) =
            own.find_map(|injected| due(injected).map(|fault| (injected, fault)))?;
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
        for fault in PushFault::ALL {
            assert_eq!(PushFault::named(fault.as_str(), Duration::ZERO), Some(fault));
        }
    }
}

//! REST faults: deviations of the REST side that a test injects. The control endpoint, scenarios and reports call them exceptions.
//!
//! The rule of this file: a fault is of one operation, and of one user and one session where the test says so; it triggers
//! as often as the test says, is counted, and is reported when it triggered less often: a test that injects one and does not
//! meet it tests less than it says. The words for each are in one exhaustive `match`. A request that is malformed meets none.

use std::time::Duration;

use crate::gws::operation::Operation;
use crate::gws::status;

/// A fault of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestFault {
    /// It is refused with this statusCode and HTTP status, and nothing is changed.
    Refuse { status_code: u8, http: u16 },
    /// It is worked through so much later, whether its client is still there or not.
    Delay(Duration),
    /// It is worked through when the test says so, whether its client is still there or not.
    Hang,
    /// It is not worked through and never answered.
    DropRequest,
    /// The connection is reset, and nothing is changed.
    ResetBefore,
    /// It is worked through, and the connection is reset within the answer.
    ResetWithin,
    /// It is worked through, and the connection is reset behind the answer.
    ResetAfter,
    /// It is worked through, and the answer's body ends in the middle.
    Truncate,
    /// It is worked through, and answered with something that is no JSON.
    Garbage,
}

/// The words for a fault.
struct FaultWords {
    /// The call by which a test injects it.
    name: &'static str,
    /// The outcome for the request, in the timeline.
    outcome: &'static str,
}

const fn words_for(name: &'static str, outcome: &'static str) -> FaultWords {
    FaultWords { name, outcome }
}

impl RestFault {
    const fn words(self) -> FaultWords {
        match self {
            Self::Refuse { .. } => words_for("refuse", "refused, as the test injected"),
            Self::Delay(_) => words_for("delay", "worked through late, as the test injected"),
            Self::Hang => words_for("hang", "worked through when released, as the test injected"),
            Self::DropRequest => {
                words_for("drop_request", "not worked through, as the test injected")
            }
            Self::ResetBefore => words_for(
                "reset_before_answer",
                "reset and not worked through, as the test injected",
            ),
            Self::ResetWithin => {
                words_for("reset_within_answer", "reset within the answer, as the test injected")
            }
            Self::ResetAfter => {
                words_for("reset_after_answer", "reset behind the answer, as the test injected")
            }
            Self::Truncate => words_for("truncate", "answer truncated, as the test injected"),
            Self::Garbage => words_for("garbage", "answered with garbage, as the test injected"),
        }
    }

    /// The fault of that name, with what else it needs.
    pub(crate) fn named(name: &str, status_code: u8, http: u16, span: Duration) -> Option<Self> {
        let all = [
            Self::Refuse { status_code, http },
            Self::Delay(span),
            Self::Hang,
            Self::DropRequest,
            Self::ResetBefore,
            Self::ResetWithin,
            Self::ResetAfter,
            Self::Truncate,
            Self::Garbage,
        ];
        all.into_iter().find(|fault| fault.as_str() == name)
    }

    /// Tells if it has a request wait, and worked through even when its client has hung up, as a servlet does.
    pub(crate) fn holds_back(self) -> bool {
        matches!(self, Self::Delay(_) | Self::Hang)
    }

    /// Tells if GWS does not see the request.
    pub(crate) fn replaces_gws(self) -> bool {
        matches!(self, Self::Refuse { .. } | Self::DropRequest | Self::ResetBefore)
    }

    /// The call by which a test injects it.
    pub(crate) fn as_str(self) -> &'static str {
        self.words().name
    }

    /// The outcome for the request, in the timeline.
    pub(crate) fn outcome(self) -> &'static str {
        self.words().outcome
    }
}

/// The requests that a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) operation: Operation,
    /// The id of the user who sends it; `None`: anybody.
    pub(crate) user: Option<String>,
    /// The id of the session that it is about; `None`: any.
    pub(crate) session: Option<String>,
}

/// The number of times that a fault triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Exactly(u32),
    Always,
}

/// A fault that was injected.
#[derive(Clone, Debug)]
pub(crate) struct InjectedRestFault {
    pub(crate) number: u64,
    scope: Scope,
    times: Times,
    rest_fault: RestFault,
    pub(crate) triggered: u32,
    /// True if requests that hang may continue.
    pub(crate) released: bool,
    /// The fault as the test wrote it.
    pub(crate) words: String,
}

/// A fault that a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetFault {
    /// The number of the injected fault.
    pub(crate) number: u64,
    pub(crate) fault: RestFault,
}

/// Every fault that was injected, the first one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct InjectedRestFaults {
    injected: Vec<InjectedRestFault>,
}

impl InjectedRestFaults {
    /// Programs one; `user_name` is how the test names the user. Returns its number.
    pub(crate) fn inject(
        &mut self,
        scope: Scope,
        user_name: Option<&str>,
        times: Times,
        rest_fault: RestFault,
    ) -> u64 {
        let number = self.injected.len() as u64 + 1;
        let words = words(&scope, user_name, times, rest_fault);
        self.injected.push(InjectedRestFault {
            number,
            scope,
            times,
            rest_fault,
            triggered: 0,
            released: false,
            words,
        });
        number
    }

    /// The fault that a request meets now, which is counted: the first that applies to it and has not triggered often
    /// enough.
    pub(crate) fn next(
        &mut self,
        operation: Operation,
        user: &str,
        session: Option<&str>,
    ) -> Option<MetFault> {
        let place = self.place(operation, user, session)?;
        let next = &mut self.injected[place];
        next.triggered += 1;
        Some(MetFault { number: next.number, fault: next.rest_fault })
    }

    /// Tells if no fault was ever injected.
    pub(crate) fn is_empty(&self) -> bool {
        self.injected.is_empty()
    }

    /// Returns the fault that a request would meet.
    pub(crate) fn peek(
        &self,
        operation: Operation,
        user: &str,
        session: Option<&str>,
    ) -> Option<RestFault> {
        self.place(operation, user, session).map(|place| self.injected[place].rest_fault)
    }

    fn place(&self, operation: Operation, user: &str, session: Option<&str>) -> Option<usize> {
        self.injected.iter().position(|injected| {
            let Scope { operation: of, user: by, session: about } = &injected.scope;
            *of == operation
                && by.as_deref().is_none_or(|by| by == user)
                && about.as_deref().is_none_or(|about| Some(about) == session)
                && injected.times.allows(injected.triggered)
        })
    }

    pub(crate) fn get(&self, number: u64) -> Option<&InjectedRestFault> {
        self.injected.iter().find(|injected| injected.number == number)
    }

    /// Lets the requests go on that hang by that fault, and those that would.
    pub(crate) fn release(&mut self, number: u64) {
        let released = self.injected.iter_mut().filter(|injected| injected.number == number);
        released.for_each(|released| released.released = true);
    }

    /// The faults that triggered fewer times than requested.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &InjectedRestFault> {
        self.injected.iter().filter(|injected| injected.times.wants_more_than(injected.triggered))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &InjectedRestFault> {
        self.injected.iter()
    }
}

impl Times {
    fn allows(self, triggered: u32) -> bool {
        match self {
            Self::Exactly(times) => triggered < times,
            Self::Always => true,
        }
    }

    fn wants_more_than(self, triggered: u32) -> bool {
        match self {
            Self::Exactly(times) => triggered < times,
            Self::Always => triggered == 0,
        }
    }
}

/// As the test wrote it, for the report.
fn words(scope: &Scope, user_name: Option<&str>, times: Times, rest_fault: RestFault) -> String {
    let Scope { operation, session, .. } = scope;
    let by = user_name.map(|name| format!(".by({name:?})")).unwrap_or_default();
    let about = session.as_ref().map(|id| format!(".in_session({id:?})")).unwrap_or_default();
    let times = match times {
        Times::Exactly(1) => String::new(),
        Times::Exactly(times) => format!(".times({times})"),
        Times::Always => ".always()".to_owned(),
    };
    let name = rest_fault.as_str();
    format!("gws.rest_faults(Operation::{operation:?}){by}{about}{times}.{name}(..)")
}

/// Returns the envelope of an injected refusal.
pub(super) fn refusal(status_code: u8) -> serde_json::Value {
    status::envelope(status_code, "Refused, as the test programmed")
}

/// A body that is no JSON, though it says so.
pub(super) const GARBAGE: &str = "{\"statusCode\":<html>\u{0}";

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(operation: Operation) -> Scope {
        Scope { operation, user: None, session: None }
    }

    #[test]
    fn a_fault_triggers_as_often_as_it_was_injected_and_only_where() {
        let mut rest_faults = InjectedRestFaults::default();
        let of_one = Scope {
            user: Some("1".to_owned()),
            session: Some("S".to_owned()),
            ..scope(Operation::Intrude)
        };
        rest_faults.inject(of_one, Some("s1"), Times::Exactly(2), RestFault::Hang);
        assert_eq!(rest_faults.next(Operation::Accept, "1", Some("S")), None);
        assert_eq!(rest_faults.next(Operation::Intrude, "2", Some("S")), None);
        assert_eq!(rest_faults.next(Operation::Intrude, "1", Some("T")), None);
        assert_eq!(rest_faults.next(Operation::Intrude, "1", None), None);
        for left in [1, 0] {
            let next = rest_faults.next(Operation::Intrude, "1", Some("S"));
            assert_eq!(next, Some(MetFault { number: 1, fault: RestFault::Hang }));
            assert_eq!(rest_faults.unused().count(), left);
        }
        assert_eq!(rest_faults.next(Operation::Intrude, "1", Some("S")), None);
        let words = &rest_faults.get(1).unwrap().words;
        assert_eq!(
            words,
            r#"gws.rest_faults(Operation::Intrude).by("s1").in_session("S").times(2).hang(..)"#
        );
    }

    #[test]
    fn what_is_programmed_for_always_must_happen_once() {
        let mut rest_faults = InjectedRestFaults::default();
        let scope = scope(Operation::Accept);
        rest_faults.inject(scope, None, Times::Always, RestFault::Garbage);
        assert_eq!(rest_faults.unused().count(), 1);
        for _ in 0..3 {
            assert!(rest_faults.next(Operation::Accept, "1", None).is_some());
        }
        assert_eq!(rest_faults.unused().count(), 0);
    }

    #[test]
    fn every_fault_is_found_by_its_name() {
        let names = [
            "refuse",
            "delay",
            "hang",
            "drop_request",
            "reset_before_answer",
            "reset_within_answer",
            "reset_after_answer",
            "truncate",
            "garbage",
        ];
        for name in names {
            let fault = RestFault::named(name, 2, 400, Duration::ZERO).unwrap();
            assert_eq!(fault.as_str(), name);
        }
    }
}

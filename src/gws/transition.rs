//! Transitions: which operation takes a user's part in a session from which state to which.
//!
//! The rule of this file: an operation changes a state only as a row of [`TRANSITIONS`] says, and where no row fits, the
//! rule of [`OUT_OF_STATE`] is broken. A state is one user's own: the session of an agent that is `Chatting` is `Invited`
//! for the supervisor who intrudes in it.

use serde::Deserialize;

use crate::gws::operation::Operation::{self, Accept, Intrude, Reject};
use crate::rule::{Rule, rule};

/// The state of a user's part in a session, in the vendor's words (documented: the operation pages; JoinFailed: client).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum State {
    Invited,
    Chatting,
    LeftChat,
    Completed,
    Revoked,
    JoinFailed,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "Invited",
            Self::Chatting => "Chatting",
            Self::LeftChat => "LeftChat",
            Self::Completed => "Completed",
            Self::Revoked => "Revoked",
            Self::JoinFailed => "JoinFailed",
        }
    }
}

use State::{Chatting, Completed, Invited, JoinFailed, Revoked};

/// Operation, the state it is sent in (`None`: the user has no part in the session yet), the state after it.
#[rustfmt::skip]
const TRANSITIONS: &[(Operation, Option<State>, State)] = &[
    (Accept,  Some(Invited),    Chatting),   // documented: SMSAccept
    (Reject,  Some(Invited),    Completed),  // documented: SMSReject
    (Intrude, None,             Invited),    // documented: SMSIntrude
    (Intrude, Some(Completed),  Invited),    // inferred: who rejected or left may come again
    (Intrude, Some(Revoked),    Invited),    // inferred: as above
    (Intrude, Some(JoinFailed), Invited),    // inferred: as above
];

/// The rule that is broken by an operation for which no row fits.
const OUT_OF_STATE: &[(Operation, &Rule)] = &[
    (Accept, rule("accept-state")),
    (Reject, rule("reject-state")),
    (Intrude, rule("intrude-twice")),
];

/// The state after `operation`, or the rule that it breaks in this state.
pub(crate) fn next(operation: Operation, from: Option<State>) -> Result<State, &'static Rule> {
    let row = TRANSITIONS.iter().find(|(of, state, _)| *of == operation && *state == from);
    row.map(|(.., to)| *to).ok_or_else(|| out_of_state(operation))
}

/// The states in which `operation` may be sent, for messages.
pub(crate) fn wanted(operation: Operation) -> String {
    let rows = TRANSITIONS.iter().filter(|(of, ..)| *of == operation);
    let states = rows.map(|(_, from, _)| from.map_or("not in the session", State::as_str));
    states.collect::<Vec<_>>().join(" or ")
}

fn out_of_state(operation: Operation) -> &'static Rule {
    let row = OUT_OF_STATE.iter().find(|(of, _)| *of == operation);
    row.map_or(const { rule("parameter-value") }, |(_, rule)| rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_rule_for_the_wrong_state() {
        for operation in [Accept, Reject, Intrude] {
            assert!(OUT_OF_STATE.iter().any(|(of, _)| *of == operation), "{operation:?}");
            assert!(TRANSITIONS.iter().any(|(of, ..)| *of == operation), "{operation:?}");
        }
    }

    #[test]
    fn only_an_invitation_is_accepted_or_rejected() {
        assert_eq!(next(Accept, Some(Invited)), Ok(Chatting));
        assert_eq!(next(Accept, Some(Chatting)).unwrap_err().id, "accept-state");
        assert_eq!(next(Reject, Some(State::LeftChat)).unwrap_err().id, "reject-state");
        assert_eq!(next(Intrude, Some(Invited)).unwrap_err().id, "intrude-twice");
        assert_eq!(next(Intrude, Some(Completed)), Ok(Invited));
    }
}

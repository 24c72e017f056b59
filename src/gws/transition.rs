//! Transitions: what takes a user's part in a session from which state to which.
//!
//! The rule of this file: a state changes only as a row of [`TRANSITIONS`] says, and where no row fits an operation, the
//! rule of [`OUT_OF_STATE`] is broken. A state is one user's own: the session of an agent that is `Chatting` is `Invited`
//! for the supervisor who intrudes in it. What else an operation needs stands in [`capability`](super::capability).

use serde::Deserialize;

use crate::gws::operation::Operation::{self, *};
use crate::rules::{Rule, rule};

/// The state of a user's part in a session, in the vendor's words (documented: the operation pages; JoinFailed: client).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum State {
    Invited,
    Chatting,
    LeftChat,
    Completed,
    Revoked,
    JoinFailed,
}

impl State {
    pub(crate) const ALL: [Self; 6] = [
        Self::Invited,
        Self::Chatting,
        Self::LeftChat,
        Self::Completed,
        Self::Revoked,
        Self::JoinFailed,
    ];

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

    /// Whether the user has still something to do with the session (client: Completed and Revoked are ends).
    pub(crate) fn is_live(self) -> bool {
        !matches!(self, Self::Completed | Self::Revoked)
    }
}

use State::{Chatting, Completed, Invited, JoinFailed, LeftChat, Revoked};

/// What makes a state change: the user's own operation, or what others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Does(Operation),
    /// The session is offered to the user: routed to an agent, or by Invite, Consult, Transfer.
    Offered,
    /// The session is offered to a supervisor of it whom the inviter does not see.
    OfferedUnseen,
    /// The user monitors an agent who has accepted the session.
    Follows,
    /// What was offered is taken back.
    Withdrawn,
    /// Another agent removes the user.
    Removed,
    /// The session is completed or put in a queue while the user supervises it.
    Over,
}

/// Whether there is somebody else in the conversation. Who counts is for the one who asks to say: for a change of state
/// agents do (rule company-of-agents), for capabilities whoever is in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Company {
    Alone,
    Together,
}

use Cause::{Does, Follows, Offered, OfferedUnseen, Over, Removed, Withdrawn};
use Company::{Alone, Together};

type Row = (Cause, Option<State>, Option<Company>, State, &'static Rule);

/// Cause, the state before it (`None`: the user has no part in the session), the company where it matters, the state after
/// it, the rule.
#[rustfmt::skip]
const TRANSITIONS: &[Row] = &[
    (Offered,  None,                         None,           Invited,    rule("state-offered")),
    (Offered,  Some(Completed),              None,           Invited,    rule("state-offered-again")),
    (Offered,  Some(Revoked),                None,           Invited,    rule("state-offered-again")),
    (Offered,  Some(LeftChat),               None,           Invited,    rule("state-offered-again")),
    (OfferedUnseen, Some(Chatting),          None,           Invited,    rule("state-offered-unseen")),
    (OfferedUnseen, Some(Invited),           None,           Invited,    rule("state-offered-unseen")),
    (OfferedUnseen, Some(Completed),         None,           Invited,    rule("state-offered-again")),
    (OfferedUnseen, Some(Revoked),           None,           Invited,    rule("state-offered-again")),
    (Does(Intrude), None,                    None,           Invited,    rule("state-intrude")),
    (Does(Intrude), Some(Completed),         None,           Invited,    rule("state-intrude-again")),
    (Does(Intrude), Some(Revoked),           None,           Invited,    rule("state-intrude-again")),
    (Does(Intrude), Some(JoinFailed),        None,           Invited,    rule("state-intrude-again")),
    (Follows,  None,                         None,           Chatting,   rule("state-follows")),
    (Follows,  Some(Completed),              None,           Chatting,   rule("state-follows")),
    (Follows,  Some(Revoked),                None,           Chatting,   rule("state-follows")),
    (Does(Accept), Some(Invited),            None,           Chatting,   rule("state-accept")),
    (Does(Reject), Some(Invited),            None,           Completed,  rule("state-reject")),
    (Withdrawn, Some(Invited),               None,           Revoked,    rule("state-withdrawn")),
    (Over,     Some(Invited),                None,           Revoked,    rule("state-over")),
    (Over,     Some(Chatting),               None,           Revoked,    rule("state-over")),
    (Removed,  Some(Chatting),               None,           Completed,  rule("state-removed")),
    (Does(Leave), Some(Chatting),            Some(Alone),    LeftChat,   rule("state-leave-alone")),
    (Does(Leave), Some(Chatting),            Some(Together), Completed,  rule("state-leave-together")),
    (Does(Leave), Some(LeftChat),            None,           LeftChat,   rule("state-leave-again")),
    (Does(LeaveAndComplete), Some(Chatting), None,           Completed,  rule("state-leave-and-complete")),
    (Does(LeaveAndComplete), Some(LeftChat), None,           Completed,  rule("state-leave-and-complete")),
    (Does(Complete), Some(Chatting),         None,           Completed,  rule("state-complete")),
    (Does(Complete), Some(LeftChat),         None,           Completed,  rule("state-complete")),
    (Does(Complete), Some(JoinFailed),       None,           Completed,  rule("state-complete-join-failed")),
    (Does(Transfer), Some(Chatting),         None,           Completed,  rule("state-transfer")),
    (Does(Transfer), Some(LeftChat),         None,           Completed,  rule("state-transfer")),
    (Does(SendMessage), Some(Chatting),      None,           Chatting,   rule("state-send")),
    (Does(SendUrl), Some(Chatting),          None,           Chatting,   rule("state-send")),
    (Does(SendCustomNotice), Some(Chatting), None,           Chatting,   rule("state-send")),
    (Does(SendCustomNoticeToAgents), Some(Chatting), None,   Chatting,   rule("state-send")),
    (Does(SendToAgents), Some(Chatting),     None,           Chatting,   rule("state-send")),
    (Does(SendStartTypingNotification), Some(Chatting), None, Chatting,  rule("state-send")),
    (Does(SendStopTypingNotification), Some(Chatting), None, Chatting,   rule("state-send")),
    (Does(SendStartTypingToAgentsNotification), Some(Chatting), None, Chatting, rule("state-send")),
    (Does(SendStopTypingToAgentsNotification), Some(Chatting), None, Chatting, rule("state-send")),
    (Does(AttachUserData), Some(Chatting),   None,           Chatting,   rule("state-user-data")),
    (Does(AttachUserData), Some(LeftChat),   None,           LeftChat,   rule("state-user-data")),
    (Does(AttachUserData), Some(JoinFailed), None,           JoinFailed, rule("state-user-data-join-failed")),
    (Does(UpdateUserData), Some(Chatting),   None,           Chatting,   rule("state-user-data")),
    (Does(UpdateUserData), Some(LeftChat),   None,           LeftChat,   rule("state-user-data")),
    (Does(UpdateUserData), Some(JoinFailed), None,           JoinFailed, rule("state-user-data-join-failed")),
    (Does(DeleteUserData), Some(Chatting),   None,           Chatting,   rule("state-user-data")),
    (Does(DeleteUserData), Some(LeftChat),   None,           LeftChat,   rule("state-user-data")),
    (Does(DeleteUserData), Some(JoinFailed), None,           JoinFailed, rule("state-user-data-join-failed")),
    (Does(SetDisposition), Some(Chatting),   None,           Chatting,   rule("state-user-data")),
    (Does(SetDisposition), Some(LeftChat),   None,           LeftChat,   rule("state-user-data")),
    (Does(SetDisposition), Some(JoinFailed), None,           JoinFailed, rule("state-user-data-join-failed")),
    (Does(Invite), Some(Chatting),           None,           Chatting,   rule("state-conference")),
    (Does(Consult), Some(Chatting),          None,           Chatting,   rule("state-conference")),
    (Does(CancelConsult), Some(Chatting),    None,           Chatting,   rule("state-conference")),
    (Does(RemoveParticipantFromConference), Some(Chatting), None, Chatting, rule("state-conference")),
    (Does(SwitchToMonitor), Some(Chatting),  None,           Chatting,   rule("state-switch")),
    (Does(SwitchToCoach), Some(Chatting),    None,           Chatting,   rule("state-switch")),
    (Does(SwitchToBargeIn), Some(Chatting),  None,           Chatting,   rule("state-switch")),
    (Does(SetInFocus), Some(Chatting),       None,           Chatting,   rule("state-focus")),
    (Does(SetInFocus), Some(JoinFailed),     None,           JoinFailed, rule("state-focus")),
    (Does(InFocus), Some(Chatting),          None,           Chatting,   rule("state-focus")),
    (Does(InFocus), Some(LeftChat),          None,           LeftChat,   rule("state-focus")),
];

/// The rule that is broken by an operation for which no row fits; of the others operation-state.
const OUT_OF_STATE: &[(Operation, &Rule)] = &[
    (Accept, rule("accept-state")),
    (Reject, rule("reject-state")),
    (Intrude, rule("intrude-twice")),
];

/// The state that a cause leads to, with the rule that says so.
pub(crate) fn next(
    cause: Cause,
    from: Option<State>,
    company: Company,
) -> Option<(State, &'static Rule)> {
    let fits = |(of, state, needed, ..): &&Row| {
        *of == cause && *state == from && needed.is_none_or(|needed| needed == company)
    };
    TRANSITIONS.iter().find(fits).map(|(.., to, rule)| (*to, *rule))
}

/// The states in which `operation` may be sent, for messages.
pub(crate) fn wanted(operation: Operation) -> String {
    let mut states: Vec<&str> = Vec::new();
    for (_, from, ..) in TRANSITIONS.iter().filter(|(of, ..)| *of == Does(operation)) {
        let state = from.map_or("not in the session", State::as_str);
        if !states.contains(&state) {
            states.push(state);
        }
    }
    states.join(" or ")
}

/// The rule that is broken when no row fits.
pub(crate) fn out_of_state(operation: Operation) -> &'static Rule {
    let row = OUT_OF_STATE.iter().find(|(of, _)| *of == operation);
    row.map_or(const { rule("operation-state") }, |(_, rule)| rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::operation::{Family, OPERATIONS};

    #[test]
    fn every_operation_on_a_session_has_a_row() {
        for (operation, name, family, _) in OPERATIONS {
            let on_a_session = matches!(family, Family::Session | Family::Supervision);
            let has_a_row = TRANSITIONS.iter().any(|(of, ..)| *of == Does(*operation));
            assert_eq!(has_a_row, on_a_session, "{name}");
        }
    }

    #[test]
    fn one_row_at_most_fits() {
        for (index, (cause, from, company, ..)) in TRANSITIONS.iter().enumerate() {
            let twice = TRANSITIONS[..index].iter().any(|(other, before, needed, ..)| {
                other == cause && before == from && (needed == company || needed.is_none())
            });
            assert!(!twice, "{cause:?} from {from:?}");
        }
    }

    #[test]
    fn only_an_invitation_is_accepted_or_rejected() {
        let to = |operation, from| next(Does(operation), from, Alone).map(|(state, _)| state);
        assert_eq!(to(Accept, Some(Invited)), Some(Chatting));
        assert_eq!(to(Accept, Some(Chatting)), None);
        assert_eq!(to(Reject, Some(LeftChat)), None);
        assert_eq!(to(Intrude, Some(Invited)), None);
        assert_eq!(to(Intrude, Some(Completed)), Some(Invited));
        assert_eq!(wanted(Complete), "Chatting or LeftChat or JoinFailed");
    }

    #[test]
    fn who_leaves_others_behind_is_done_with_the_session() {
        let to = |company| next(Does(Leave), Some(Chatting), company).map(|(state, _)| state);
        assert_eq!(to(Alone), Some(LeftChat));
        assert_eq!(to(Together), Some(Completed));
    }
}

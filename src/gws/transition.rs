//! Transitions: what takes a user's part in a session from which state to which.
//!
//! The rule of this file: a state changes only as a row of [`TRANSITIONS`] says, and where no row fits an operation, the
//! rule of [`out_of_state`] is broken. A state is one user's own: the session of an agent that is `Chatting` is `Invited`
//! for the supervisor who intrudes in it. What else an operation needs stands in [`capability`](super::capability).

use serde::Deserialize;

use crate::gws::operation::Operation::{self, *};
use crate::rules::{Rule, rule};

/// The state of a user's part in a session, in the vendor's words (documented: the operation pages; JoinFailed: client).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[non_exhaustive]
pub enum State {
    /// The session was offered to the user, who has not answered yet.
    Invited,
    /// The user is in the conversation.
    Chatting,
    /// The user has left the conversation, and has still to complete the session.
    LeftChat,
    /// The user is done with the session.
    Completed,
    /// The offer was withdrawn, or the session ended for a supervisor.
    Revoked,
    /// The user could not enter the conversation.
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

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "Invited",
            Self::Chatting => "Chatting",
            Self::LeftChat => "LeftChat",
            Self::Completed => "Completed",
            Self::Revoked => "Revoked",
            Self::JoinFailed => "JoinFailed",
        }
    }

    /// Tells if the user has still something to do with the session (client: Completed and Revoked are ends).
    pub(crate) fn is_live(self) -> bool {
        !matches!(self, Self::Completed | Self::Revoked)
    }
}

use State::{Chatting, Completed, Invited, JoinFailed, LeftChat, Revoked};

/// The cause of a change of state: the user's own operation, or the actions of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Does(Operation),
    /// The session is offered to the user: routed to an agent, or by Invite, Consult, Transfer.
    Offered,
    /// The session is offered to a supervisor of it whom the inviter does not see.
    OfferedUnseen,
    /// The user monitors an agent who has accepted the session.
    Follows,
    /// The offer is taken back.
    Withdrawn,
    /// Another agent removes the user.
    Removed,
    /// The session is completed or put in a queue while the user supervises it.
    Over,
}

/// The presence of somebody else in the conversation. The caller decides who counts: agents for a change of state (rule
/// company-of-agents), everybody in sight for capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Company {
    Alone,
    Together,
}

use Cause::{Does, Follows, Offered, OfferedUnseen, Over, Removed, Withdrawn};
use Company::{Alone, Together};

/// A row of the table.
struct Transition {
    cause: Cause,
    /// The state before it; `None`: the user has no part in the session.
    from: Option<State>,
    /// The company that is needed, where it matters.
    company: Option<Company>,
    /// The state after it.
    to: State,
    rule: &'static Rule,
}

/// A row of which it is not said yet where it leads.
struct Condition {
    cause: Cause,
    from: Option<State>,
    company: Option<Company>,
}

const fn when(cause: Cause) -> Condition {
    Condition { cause, from: None, company: None }
}

const fn does(operation: Operation) -> Condition {
    when(Does(operation))
}

impl Condition {
    const fn from(self, from: State) -> Self {
        Self { from: Some(from), ..self }
    }

    const fn being(self, company: Company) -> Self {
        Self { company: Some(company), ..self }
    }

    const fn to(self, to: State, rule: &'static Rule) -> Transition {
        let Self { cause, from, company } = self;
        Transition { cause, from, company, to, rule }
    }
}

/// Every change of state. A row without a state is of a user who has no part in the session.
const TRANSITIONS: &[Transition] = &[
    when(Offered).to(Invited, rule("state-offered")),
    when(Offered).from(Completed).to(Invited, rule("state-offered-again")),
    when(Offered).from(Revoked).to(Invited, rule("state-offered-again")),
    when(Offered).from(LeftChat).to(Invited, rule("state-offered-again")),
    when(OfferedUnseen).from(Chatting).to(Invited, rule("state-offered-unseen")),
    when(OfferedUnseen).from(Invited).to(Invited, rule("state-offered-unseen")),
    when(OfferedUnseen).from(Completed).to(Invited, rule("state-offered-again")),
    when(OfferedUnseen).from(Revoked).to(Invited, rule("state-offered-again")),
    does(Intrude).to(Invited, rule("state-intrude")),
    does(Intrude).from(Completed).to(Invited, rule("state-intrude-again")),
    does(Intrude).from(Revoked).to(Invited, rule("state-intrude-again")),
    does(Intrude).from(JoinFailed).to(Invited, rule("state-intrude-again")),
    when(Follows).to(Chatting, rule("state-follows")),
    when(Follows).from(Completed).to(Chatting, rule("state-follows")),
    when(Follows).from(Revoked).to(Chatting, rule("state-follows")),
    does(Accept).from(Invited).to(Chatting, rule("state-accept")),
    does(Reject).from(Invited).to(Completed, rule("state-reject")),
    when(Withdrawn).from(Invited).to(Revoked, rule("state-withdrawn")),
    when(Over).from(Invited).to(Revoked, rule("state-over")),
    when(Over).from(Chatting).to(Revoked, rule("state-over")),
    when(Removed).from(Chatting).to(Completed, rule("state-removed")),
    does(Leave).from(Chatting).being(Alone).to(LeftChat, rule("state-leave-alone")),
    does(Leave).from(Chatting).being(Together).to(Completed, rule("state-leave-together")),
    does(Leave).from(LeftChat).to(LeftChat, rule("state-leave-again")),
    does(LeaveAndComplete).from(Chatting).to(Completed, rule("state-leave-and-complete")),
    does(LeaveAndComplete).from(LeftChat).to(Completed, rule("state-leave-and-complete")),
    does(Complete).from(Chatting).to(Completed, rule("state-complete")),
    does(Complete).from(LeftChat).to(Completed, rule("state-complete")),
    does(Complete).from(JoinFailed).to(Completed, rule("state-complete-join-failed")),
    does(Transfer).from(Chatting).to(Completed, rule("state-transfer")),
    does(Transfer).from(LeftChat).to(Completed, rule("state-transfer")),
    does(SendMessage).from(Chatting).to(Chatting, rule("state-send")),
    does(SendUrl).from(Chatting).to(Chatting, rule("state-send")),
    does(SendCustomNotice).from(Chatting).to(Chatting, rule("state-send")),
    does(SendCustomNoticeToAgents).from(Chatting).to(Chatting, rule("state-send")),
    does(SendToAgents).from(Chatting).to(Chatting, rule("state-send")),
    does(SendStartTypingNotification).from(Chatting).to(Chatting, rule("state-send")),
    does(SendStopTypingNotification).from(Chatting).to(Chatting, rule("state-send")),
    does(SendStartTypingToAgentsNotification).from(Chatting).to(Chatting, rule("state-send")),
    does(SendStopTypingToAgentsNotification).from(Chatting).to(Chatting, rule("state-send")),
    does(AttachUserData).from(Chatting).to(Chatting, rule("state-user-data")),
    does(AttachUserData).from(LeftChat).to(LeftChat, rule("state-user-data")),
    does(AttachUserData).from(JoinFailed).to(JoinFailed, rule("state-user-data-join-failed")),
    does(UpdateUserData).from(Chatting).to(Chatting, rule("state-user-data")),
    does(UpdateUserData).from(LeftChat).to(LeftChat, rule("state-user-data")),
    does(UpdateUserData).from(JoinFailed).to(JoinFailed, rule("state-user-data-join-failed")),
    does(DeleteUserData).from(Chatting).to(Chatting, rule("state-user-data")),
    does(DeleteUserData).from(LeftChat).to(LeftChat, rule("state-user-data")),
    does(DeleteUserData).from(JoinFailed).to(JoinFailed, rule("state-user-data-join-failed")),
    does(SetDisposition).from(Chatting).to(Chatting, rule("state-user-data")),
    does(SetDisposition).from(LeftChat).to(LeftChat, rule("state-user-data")),
    does(SetDisposition).from(JoinFailed).to(JoinFailed, rule("state-user-data-join-failed")),
    does(Invite).from(Chatting).to(Chatting, rule("state-conference")),
    does(Consult).from(Chatting).to(Chatting, rule("state-conference")),
    does(CancelConsult).from(Chatting).to(Chatting, rule("state-conference")),
    does(RemoveParticipantFromConference).from(Chatting).to(Chatting, rule("state-conference")),
    does(SwitchToMonitor).from(Chatting).to(Chatting, rule("state-switch")),
    does(SwitchToCoach).from(Chatting).to(Chatting, rule("state-switch")),
    does(SwitchToBargeIn).from(Chatting).to(Chatting, rule("state-switch")),
    does(SetInFocus).from(Chatting).to(Chatting, rule("state-focus")),
    does(SetInFocus).from(JoinFailed).to(JoinFailed, rule("state-focus")),
    does(InFocus).from(Chatting).to(Chatting, rule("state-focus")),
    does(InFocus).from(LeftChat).to(LeftChat, rule("state-focus")),
];

/// The state that a cause leads to, with the rule that says so.
pub(crate) fn next(
    cause: Cause,
    from: Option<State>,
    company: Company,
) -> Option<(State, &'static Rule)> {
    let fits = |row: &&Transition| {
        row.cause == cause && row.from == from && row.company.is_none_or(|needed| needed == company)
    };
    TRANSITIONS.iter().find(fits).map(|row| (row.to, row.rule))
}

/// The states in which `operation` may be sent, for messages.
pub(crate) fn wanted(operation: Operation) -> String {
    let mut states: Vec<&str> = Vec::new();
    for row in TRANSITIONS.iter().filter(|row| row.cause == Does(operation)) {
        let state = row.from.map_or("not in the session", State::as_str);
        if !states.contains(&state) {
            states.push(state);
        }
    }
    states.join(" or ")
}

/// The rule that is broken when no row fits.
pub(crate) fn out_of_state(operation: Operation) -> &'static Rule {
    match operation {
        Accept => const { rule("accept-state") },
        Reject => const { rule("reject-state") },
        Intrude => const { rule("intrude-twice") },
        _ => const { rule("operation-state") },
    }
}

#[cfg(test)]
impl Transition {
    /// Returns the cause as the guide names it.
    fn label(&self) -> String {
        let cause = match self.cause {
            Does(operation) => operation.as_str(),
            Offered => "offered",
            OfferedUnseen => "offered unseen",
            Follows => "follows",
            Withdrawn => "withdrawn",
            Removed => "removed",
            Over => "over",
        };
        match self.company {
            None => cause.to_owned(),
            Some(Alone) => format!("{cause} (alone)"),
            Some(Together) => format!("{cause} (with other agents)"),
        }
    }
}

/// Returns the changes of state as a diagram in the language of Mermaid: one arrow for all causes that lead from one state
/// to another.
#[cfg(test)]
pub(crate) fn diagram() -> String {
    let changes = TRANSITIONS.iter().filter(|row| row.from != Some(row.to));
    let arrows = joined(changes.map(|row| {
        let from = row.from.map_or("[*]", State::as_str);
        (format!("    {from} --> {}: ", row.to.as_str()), row.label())
    }));
    format!("```mermaid\nstateDiagram-v2\n{arrows}```\n")
}

/// Returns a table of the causes that keep a state, by state.
#[cfg(test)]
pub(crate) fn kept_states() -> String {
    let kept = State::ALL.into_iter().flat_map(|state| {
        let rows = TRANSITIONS.iter();
        let rows = rows.filter(move |row| row.from == Some(state) && row.to == state);
        rows.map(move |row| (format!("- `{}`: ", state.as_str()), row.label()))
    });
    joined(kept)
}

/// Returns one line for each beginning, in the order of their first ones, with all that belongs to it.
#[cfg(test)]
fn joined(parts: impl Iterator<Item = (String, String)>) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for (beginning, part) in parts {
        match lines.iter_mut().find(|(other, _)| *other == beginning) {
            Some((_, parts)) => parts.push(part),
            None => lines.push((beginning, vec![part])),
        }
    }
    lines.iter().map(|(beginning, parts)| format!("{beginning}{}\n", parts.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::operation::{Family, OPERATIONS};

    #[test]
    fn every_operation_on_a_session_has_a_row() {
        for operation in OPERATIONS {
            let on_a_session = matches!(operation.family(), Family::Session | Family::Supervision);
            let has_a_row = TRANSITIONS.iter().any(|row| row.cause == Does(*operation));
            assert_eq!(has_a_row, on_a_session, "{operation:?}");
        }
    }

    #[test]
    fn one_row_at_most_fits() {
        for (index, row) in TRANSITIONS.iter().enumerate() {
            let twice = TRANSITIONS[..index].iter().any(|other| {
                other.cause == row.cause
                    && other.from == row.from
                    && (other.company == row.company || other.company.is_none())
            });
            assert!(!twice, "{:?} from {:?}", row.cause, row.from);
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

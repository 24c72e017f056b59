//! Capabilities: which operations a session offers its user, by situation.
//!
//! The rule of this file: [`CAPABILITIES`] has one row for each situation, with the page it comes from. Where it departs
//! from the page, the row says so: `InFocus`, `SetInFocus` and `LeaveAndComplete` are names without a page and are left
//! out, `SwitchBargeIn` is written as its own page writes it, and a monitoring supervisor is offered nothing to send.

use crate::gws::operation::Mode::{self, BargeIn, Coach, Monitor};
use crate::gws::transition::State::{self, Chatting, Invited, JoinFailed, LeftChat};

type Row = (State, Option<Mode>, &'static [&'static [&'static str]]);

const DATA: &[&str] = &["SetDisposition", "AttachUserData", "DeleteUserData", "UpdateUserData"];
const JOIN: &[&str] = &["Accept", "Reject"];
const MEET: &[&str] = &["Transfer", "Invite", "Consult"];
const SEND: &[&str] = &["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification"];
const SEND_TO_AGENTS: &[&str] =
    &["SendToAgents", "SendStartTypingToAgentsNotification", "SendStopTypingToAgentsNotification"];

/// State, the supervisor's mode (`None`: an agent), the operations in the order of the page.
#[rustfmt::skip]
const CAPABILITIES: &[Row] = &[
    // documented: SMSIntrude, the same for agent and supervisor
    (Invited,    None,          &[JOIN]),
    (Invited,    Some(Monitor), &[JOIN]),
    (Invited,    Some(Coach),   &[JOIN]),
    (Invited,    Some(BargeIn), &[JOIN]),
    // documented: SMSAttachUserData
    (Chatting,   None,          &[&["Leave"], MEET, DATA, &["Complete"], SEND]),
    // documented: SMSSwitchtoBargeIn, …toCoach; analogy: ChatSwitchToMonitor
    (Chatting,   Some(BargeIn), &[&["Leave"], DATA, MEET, SEND_TO_AGENTS, SEND, &["SwitchToMonitor", "SwitchToCoach"]]),
    (Chatting,   Some(Coach),   &[&["Leave"], DATA, MEET, SEND_TO_AGENTS, SEND, &["SwitchToMonitor", "SwitchToBargeIn"]]),
    (Chatting,   Some(Monitor), &[&["Leave"], DATA, MEET, &["SwitchToCoach", "SwitchToBargeIn"]]),
    // documented: SMSLeave
    (LeftChat,   None,          &[&["Transfer", "Complete", "Leave"]]),
    // client: a chat resource of a live server
    (JoinFailed, None,          &[&["Complete"], DATA]),
];

/// The operations offered, or `None` in a state that has no `capabilities` field (documented: SMSComplete, SMSReject).
pub(crate) fn capabilities(state: State, mode: Option<Mode>) -> Option<Vec<&'static str>> {
    let row = CAPABILITIES.iter().find(|(of, by, _)| *of == state && *by == mode);
    row.map(|(.., groups)| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::operation::{Family, Operation};

    #[test]
    fn only_operations_of_the_api_are_offered() {
        for (state, mode, groups) in CAPABILITIES {
            for name in groups.concat() {
                let known = Operation::names(Family::Session).any(|other| other == name);
                assert!(known, "{name} is offered in {state:?} {mode:?}");
            }
        }
    }

    #[test]
    fn a_monitoring_supervisor_is_offered_nothing_to_send() {
        let offered = capabilities(Chatting, Some(Monitor)).unwrap();
        assert!(offered.iter().all(|name| !name.starts_with("Send")), "{offered:?}");
    }

    #[test]
    fn a_completed_session_offers_nothing() {
        assert_eq!(capabilities(State::Completed, None), None);
        assert_eq!(capabilities(State::Revoked, Some(Coach)), None);
    }
}

//! Operations: what `operationName` may say, and where.
//!
//! The rule of this file: [`OPERATIONS`] has one row for each operation, with the rule that holds what it does, its source
//! and how sure we are of it. What an operation says beside its name is read in [`command`]; the
//! function of its family is called in [`handle`](mod@crate::gws::handle).

pub(crate) mod command;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::rules::{Rule, nearest, rule};

/// The feature that every operation of the SMS Session API needs (documented: the operation pages).
const SMS_FEATURE: &str = "api-multimedia";

/// The feature that StartContactCenterSession needs (documented: its page).
const VOICE_FEATURE: &str = "api-voice";

/// An operation of the SMS Session API, or one that a desktop needs on its way in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// The invited user joins the session (documented: HTCC 8.5.2 SMSAccept).
    Accept,
    /// The invited user declines the session (documented: GWS 8.5.2 SMSReject).
    Reject,
    /// The user is done with the session (documented: HTCC SMSComplete).
    Complete,
    /// The user leaves the conversation (documented: HTCC SMSLeave).
    Leave,
    /// Leaves and completes at once; a name without a page (documented: HTCC SMSResources).
    LeaveAndComplete,
    /// Sends a text to everybody (documented: GWS 8.5.2 SMSSendMessage).
    SendMessage,
    /// Sends an address to everybody (documented: HTCC 8.5.2 SMSSendUrl).
    SendUrl,
    /// Sends a notice to everybody (documented: HTCC SMSSendCustomNotice).
    SendCustomNotice,
    /// Sends a notice to agents and supervisors (documented: HTCC SMSSendCustomNoticeToAgents).
    SendCustomNoticeToAgents,
    /// Sends a text to agents and supervisors (documented: HTCC SMSSendToAgents).
    SendToAgents,
    /// Tells everybody that the user types (documented: GWS 8.5.2 SMSSendStartType).
    SendStartTypingNotification,
    /// Tells everybody that the user types no more (documented: HTCC SMSSendStopType).
    SendStopTypingNotification,
    /// Tells agents and supervisors that the user types (documented: HTCC SMSSendStartTypingToAgentsNotification).
    SendStartTypingToAgentsNotification,
    /// Tells agents and supervisors that the user types no more (documented: GWS SMSSendStopTypingToAgentsNotification).
    SendStopTypingToAgentsNotification,
    /// Adds user data to the session (documented: GWS 8.5.2 SMSAttachUserData).
    AttachUserData,
    /// Overwrites user data of the session (documented: GWS 8.5.2 SMSUpdateUserData).
    UpdateUserData,
    /// Removes user data from the session (documented: GWS 8.5.2 SMSDeleteUserData).
    DeleteUserData,
    /// Sets the outcome of the session (documented: GWS SMSSetDisposition).
    SetDisposition,
    /// Invites a user into a conference (documented: GWS 8.5.2 SMSInvite).
    Invite,
    /// Asks another agent, unseen by the customer (documented: GWS SMSConsult).
    Consult,
    /// Withdraws the request to consult (documented: HTCC 8.5.2 SMSCancelConsult).
    CancelConsult,
    /// Removes another agent (documented: GWS 8.5.2 SMSRemoveParticipantFromConference).
    RemoveParticipantFromConference,
    /// Hands the session to another agent or a queue (analogy: GWS 8.5.2 ChatSingleStepTransfer).
    Transfer,
    /// A supervisor goes on unseen (analogy: HTCC ChatSwitchToMonitor).
    SwitchToMonitor,
    /// A supervisor goes on seen by agents only (documented: HTCC SMSSwitchtoCoach).
    SwitchToCoach,
    /// A supervisor goes on seen by everybody (documented: HTCC SMSSwitchtoBargeIn).
    SwitchToBargeIn,
    /// A name without a page (documented: GWS 8.5.2 SMSAttachUserData).
    SetInFocus,
    /// A name without a page (documented: HTCC 8.5.2 SMSAccept).
    InFocus,
    /// A supervisor enters a session of an agent (documented: GWS 8.5.2 SMSIntrude).
    Intrude,
    /// A supervisor follows an agent's sessions unseen (documented: HTCC SMSMonitor).
    Monitor,
    /// A supervisor follows an agent's sessions, seen by agents only (documented: HTCC SMSCoach).
    Coach,
    /// A supervisor follows an agent's sessions, seen by everybody (documented: HTCC SMSBargeIn).
    BargeIn,
    /// A supervisor follows the agent no longer (documented: HTCC SMSCancelSupervisorMonitoring).
    CancelSupervisorMonitoring,
    /// Signs in on channels (documented: GWS 8.5.2 StartContactCenterSession).
    StartContactCenterSession,
    /// Signs out of all channels and ends the HTTP session (documented: HTCC 8.5.2 EndContactCenterSession).
    EndContactCenterSession,
    /// The user is ready on a channel (wire: GWS 8.5.2 log).
    Ready,
    /// The user is not ready on a channel (wire: GWS 8.5.2 log).
    NotReady,
}

/// How a supervisor takes part in a session: `supervisorVisibilityMode` (documented: GWS 8.5.2 SMSIntrude).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Mode {
    /// The supervisor reads; only other supervisors see that.
    Monitor,
    /// The agent sees the supervisor, the customer does not.
    Coach,
    /// Agent and customer see the supervisor.
    BargeIn,
}

impl Mode {
    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "Monitor",
            Self::Coach => "Coach",
            Self::BargeIn => "BargeIn",
        }
    }
}

/// For how long a supervisor monitors: `supervisorMonitoringMode` (documented: HTCC SMSMonitor).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Scope {
    /// The agent's next session, and then no more.
    NextChat,
    /// Until it is cancelled.
    #[default]
    AllChats,
}

/// The kind of path that an operation is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `/api/v2/me/smssessions/{smssessionId}`
    Session,
    /// `/api/v2/users/{userId}/smssessions/{smssessionId}`
    Supervision,
    /// `/api/v2/users/{userId}/channels/smssession`
    Monitoring,
    /// `/api/v2/me`
    Me,
    /// `/api/v2/me/channels/{channel}`
    Channel,
}

impl Family {
    pub fn path(self) -> &'static str {
        match self {
            Self::Session => "/api/v2/me/smssessions/{smssessionId}",
            Self::Supervision => "/api/v2/users/{userId}/smssessions/{smssessionId}",
            Self::Monitoring => "/api/v2/users/{userId}/channels/smssession",
            Self::Me => "/api/v2/me",
            Self::Channel => "/api/v2/me/channels/{channel}",
        }
    }

    /// The first word of the path below `/api/v2`.
    pub(crate) fn beginning(self) -> &'static str {
        match self {
            Self::Session | Self::Me | Self::Channel => "/me",
            Self::Supervision | Self::Monitoring => "/users",
        }
    }
}

use Family::{Channel, Me, Monitoring, Session, Supervision};
use Operation::*;

type Row = (Operation, &'static str, Family, &'static Rule);

/// The operation, its name, the path it is sent to, its rule.
#[rustfmt::skip]
pub const OPERATIONS: &[Row] = &[
    (Accept, "Accept", Session, rule("operation-accept")),
    (Reject, "Reject", Session, rule("operation-reject")),
    (Complete, "Complete", Session, rule("operation-complete")),
    (Leave, "Leave", Session, rule("operation-leave")),
    (LeaveAndComplete, "LeaveAndComplete", Session, rule("operation-leave-and-complete")),
    (SendMessage, "SendMessage", Session, rule("operation-send-message")),
    (SendUrl, "SendUrl", Session, rule("operation-send-url")),
    (SendCustomNotice, "SendCustomNotice", Session, rule("operation-send-custom-notice")),
    (SendCustomNoticeToAgents, "SendCustomNoticeToAgents", Session, rule("operation-send-custom-notice-to-agents")),
    (SendToAgents, "SendToAgents", Session, rule("operation-send-to-agents")),
    (SendStartTypingNotification, "SendStartTypingNotification", Session, rule("operation-send-start-typing-notification")),
    (SendStopTypingNotification, "SendStopTypingNotification", Session, rule("operation-send-stop-typing-notification")),
    (SendStartTypingToAgentsNotification, "SendStartTypingToAgentsNotification", Session, rule("operation-send-start-typing-to-agents-notification")),
    (SendStopTypingToAgentsNotification, "SendStopTypingToAgentsNotification", Session, rule("operation-send-stop-typing-to-agents-notification")),
    (AttachUserData, "AttachUserData", Session, rule("operation-attach-user-data")),
    (UpdateUserData, "UpdateUserData", Session, rule("operation-update-user-data")),
    (DeleteUserData, "DeleteUserData", Session, rule("operation-delete-user-data")),
    (SetDisposition, "SetDisposition", Session, rule("operation-set-disposition")),
    (Invite, "Invite", Session, rule("operation-invite")),
    (Consult, "Consult", Session, rule("operation-consult")),
    (CancelConsult, "CancelConsult", Session, rule("operation-cancel-consult")),
    (RemoveParticipantFromConference, "RemoveParticipantFromConference", Session, rule("operation-remove-participant-from-conference")),
    (Transfer, "Transfer", Session, rule("operation-transfer")),
    (SwitchToMonitor, "SwitchToMonitor", Session, rule("operation-switch-to-monitor")),
    (SwitchToCoach, "SwitchToCoach", Session, rule("operation-switch-to-coach")),
    (SwitchToBargeIn, "SwitchToBargeIn", Session, rule("operation-switch-to-barge-in")),
    (SetInFocus, "SetInFocus", Session, rule("operation-set-in-focus")),
    (InFocus, "InFocus", Session, rule("operation-in-focus")),
    (Intrude, "Intrude", Supervision, rule("operation-intrude")),
    (Monitor, "Monitor", Monitoring, rule("operation-monitor")),
    (Coach, "Coach", Monitoring, rule("operation-coach")),
    (BargeIn, "BargeIn", Monitoring, rule("operation-barge-in")),
    (CancelSupervisorMonitoring, "CancelSupervisorMonitoring", Monitoring, rule("operation-cancel-supervisor-monitoring")),
    (StartContactCenterSession, "StartContactCenterSession", Me, rule("operation-start-contact-center-session")),
    (EndContactCenterSession, "EndContactCenterSession", Me, rule("operation-end-contact-center-session")),
    (Ready, "Ready", Channel, rule("operation-ready")),
    (NotReady, "NotReady", Channel, rule("operation-not-ready")),
];

/// The operations that have no page: they are taken only with `capabilities_as_documented`.
const WITHOUT_PAGE: &[Operation] = &[InFocus, SetInFocus, LeaveAndComplete];

/// What an `operationName` means on a path of that family.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Operation(Operation),
    /// GWS has an operation of that name, on another path.
    Elsewhere(Family),
    Unknown,
}

impl Operation {
    /// The vendor's name.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    #[doc(hidden)]
    pub fn family(self) -> Family {
        self.row().2
    }

    /// The rule that says what the operation does.
    #[doc(hidden)]
    pub fn rule(self) -> &'static Rule {
        self.row().3
    }

    #[doc(hidden)]
    pub fn has_page(self) -> bool {
        !WITHOUT_PAGE.contains(&self)
    }

    /// The feature that a caller needs (documented: the operation pages; those of Ready, NotReady and
    /// EndContactCenterSession name none).
    #[doc(hidden)]
    pub fn feature(self) -> Option<&'static str> {
        match self {
            StartContactCenterSession => Some(VOICE_FEATURE),
            EndContactCenterSession | Ready | NotReady => None,
            _ => Some(SMS_FEATURE),
        }
    }

    /// Whether it is handed on to the server that carries the conversations.
    pub(crate) fn needs_backend(self) -> bool {
        matches!(self.family(), Family::Session | Family::Supervision)
    }

    /// The schema of its request: the file's name in `schemas/` without its ending.
    #[doc(hidden)]
    pub fn request_schema(self) -> &'static str {
        static NAMES: OnceLock<BTreeMap<&'static str, String>> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let name = |name| (name, kebab_case(name) + "-request");
            OPERATIONS.iter().map(|(_, it, ..)| name(*it)).collect()
        });
        names.get(self.as_str()).map_or("", String::as_str)
    }

    pub(crate) fn named(name: &str, family: Family) -> Named {
        match OPERATIONS.iter().find(|(_, other, ..)| *other == name) {
            None => Named::Unknown,
            Some((.., other, _)) if *other != family => Named::Elsewhere(*other),
            Some((operation, ..)) => Named::Operation(*operation),
        }
    }

    /// The operation of that name, or else the name of the one most like it.
    #[doc(hidden)]
    pub fn of_name(name: &str) -> Result<Self, &'static str> {
        let named = OPERATIONS.iter().find(|(_, other, ..)| *other == name);
        named.map(|(operation, ..)| *operation).ok_or_else(|| {
            nearest(name, OPERATIONS.iter().map(|(_, other, ..)| *other)).unwrap_or("Intrude")
        })
    }

    /// The names of the operations that a path of that family has.
    pub(crate) fn names(family: Family) -> impl Iterator<Item = &'static str> {
        OPERATIONS.iter().filter(move |(.., other, _)| *other == family).map(|(_, name, ..)| *name)
    }

    fn row(self) -> &'static Row {
        OPERATIONS.iter().find(|(operation, ..)| *operation == self).unwrap_or(&OPERATIONS[0])
    }
}

/// `SwitchToBargeIn` as `switch-to-barge-in`.
pub(crate) fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_on_its_path() {
        assert_eq!(Operation::named("Intrude", Supervision), Named::Operation(Intrude));
        assert_eq!(Operation::named("Intrude", Session), Named::Elsewhere(Supervision));
        assert_eq!(Operation::named("intrude", Supervision), Named::Unknown);
    }

    #[test]
    fn each_operation_has_one_row_and_a_rule_of_its_own_name() {
        for (index, (operation, name, _, rule)) in OPERATIONS.iter().enumerate() {
            assert!(OPERATIONS[..index].iter().all(|(other, ..)| other != operation), "{name}");
            assert_eq!(format!("{operation:?}"), *name);
            assert_eq!(rule.id, format!("operation-{}", kebab_case(name)));
        }
    }
}

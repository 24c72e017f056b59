//! Operations: the values of `operationName`, and the paths that they are sent to.
//!
//! The rule of this file: each operation has one row, with its path and the rule that holds its effect, its source and
//! its certainty; [`OPERATIONS`] lists them. [`command`] reads the parameters of an operation, and
//! [`handle`](mod@crate::gws::handle) calls the function of its family.

pub(crate) mod command;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::rules::{Rule, nearest, rule};

/// The feature that every operation of the SMS Session API needs (documented: the operation pages).
const SMS_FEATURE: &str = "api-multimedia";

/// The feature that StartContactCenterSession needs (documented: its page).
const VOICE_FEATURE: &str = "api-voice";

/// The way in which a supervisor takes part in a session: `supervisorVisibilityMode` (documented: GWS 8.5.2
/// SMSIntrude).
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
    pub(crate) const ALL: [Self; 3] = [Self::Monitor, Self::Coach, Self::BargeIn];

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "Monitor",
            Self::Coach => "Coach",
            Self::BargeIn => "BargeIn",
        }
    }
}

/// The time for which a supervisor monitors: `supervisorMonitoringMode` (documented: HTCC SMSMonitor).
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

/// Declares the operations, so that none can lack a part of its row.
macro_rules! operations {
    ($($(#[$about:meta])* $name:ident: $family:ident, $rule:literal;)*) => {
        /// An operation of the SMS Session API, or one that a desktop needs on its way in and out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$about])* $name,)*
        }

        /// Every operation.
        pub const OPERATIONS: &[Operation] = &[$(Operation::$name),*];

        impl Operation {
            /// The vendor's name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            #[doc(hidden)]
            pub fn family(self) -> Family {
                match self {
                    $(Self::$name => Family::$family,)*
                }
            }

            /// The rule that says what the operation does.
            #[doc(hidden)]
            pub fn rule(self) -> &'static Rule {
                match self {
                    $(Self::$name => const { rule($rule) },)*
                }
            }
        }
    };
}

// What it does and where that is documented; its name, the family of the path that it is sent to, its rule.
operations! {
    /// The invited user joins the session (documented: HTCC 8.5.2 SMSAccept).
    Accept: Session, "operation-accept";
    /// The invited user declines the session (documented: GWS 8.5.2 SMSReject).
    Reject: Session, "operation-reject";
    /// The user is done with the session (documented: HTCC SMSComplete).
    Complete: Session, "operation-complete";
    /// The user leaves the conversation (documented: HTCC SMSLeave).
    Leave: Session, "operation-leave";
    /// Leaves and completes at once; a name without a page (documented: HTCC SMSResources).
    LeaveAndComplete: Session, "operation-leave-and-complete";
    /// Sends a text to everybody (documented: GWS 8.5.2 SMSSendMessage).
    SendMessage: Session, "operation-send-message";
    /// Sends an address to everybody (documented: HTCC 8.5.2 SMSSendUrl).
    SendUrl: Session, "operation-send-url";
    /// Sends a notice to everybody (documented: HTCC SMSSendCustomNotice).
    SendCustomNotice: Session, "operation-send-custom-notice";
    /// Sends a notice to agents and supervisors (documented: HTCC SMSSendCustomNoticeToAgents).
    SendCustomNoticeToAgents: Session, "operation-send-custom-notice-to-agents";
    /// Sends a text to agents and supervisors (documented: HTCC SMSSendToAgents).
    SendToAgents: Session, "operation-send-to-agents";
    /// Tells everybody that the user types (documented: GWS 8.5.2 SMSSendStartType).
    SendStartTypingNotification: Session, "operation-send-start-typing-notification";
    /// Tells everybody that the user types no more (documented: HTCC SMSSendStopType).
    SendStopTypingNotification: Session, "operation-send-stop-typing-notification";
    /// Tells agents and supervisors that the user types (documented: HTCC SMSSendStartTypingToAgentsNotification).
    SendStartTypingToAgentsNotification: Session, "operation-send-start-typing-to-agents-notification";
    /// Tells agents and supervisors that the user types no more (documented: GWS SMSSendStopTypingToAgentsNotification).
    SendStopTypingToAgentsNotification: Session, "operation-send-stop-typing-to-agents-notification";
    /// Adds user data to the session (documented: GWS 8.5.2 SMSAttachUserData).
    AttachUserData: Session, "operation-attach-user-data";
    /// Overwrites user data of the session (documented: GWS 8.5.2 SMSUpdateUserData).
    UpdateUserData: Session, "operation-update-user-data";
    /// Removes user data from the session (documented: GWS 8.5.2 SMSDeleteUserData).
    DeleteUserData: Session, "operation-delete-user-data";
    /// Sets the outcome of the session (documented: GWS SMSSetDisposition).
    SetDisposition: Session, "operation-set-disposition";
    /// Invites a user into a conference (documented: GWS 8.5.2 SMSInvite).
    Invite: Session, "operation-invite";
    /// Asks another agent, unseen by the customer (documented: GWS SMSConsult).
    Consult: Session, "operation-consult";
    /// Withdraws the request to consult (documented: HTCC 8.5.2 SMSCancelConsult).
    CancelConsult: Session, "operation-cancel-consult";
    /// Removes another agent (documented: GWS 8.5.2 SMSRemoveParticipantFromConference).
    RemoveParticipantFromConference: Session, "operation-remove-participant-from-conference";
    /// Hands the session to another agent or a queue (analogy: GWS 8.5.2 ChatSingleStepTransfer).
    Transfer: Session, "operation-transfer";
    /// A supervisor goes on unseen (analogy: HTCC ChatSwitchToMonitor).
    SwitchToMonitor: Session, "operation-switch-to-monitor";
    /// A supervisor goes on seen by agents only (documented: HTCC SMSSwitchtoCoach).
    SwitchToCoach: Session, "operation-switch-to-coach";
    /// A supervisor goes on seen by everybody (documented: HTCC SMSSwitchtoBargeIn).
    SwitchToBargeIn: Session, "operation-switch-to-barge-in";
    /// A name without a page (documented: GWS 8.5.2 SMSAttachUserData).
    SetInFocus: Session, "operation-set-in-focus";
    /// A name without a page (documented: HTCC 8.5.2 SMSAccept).
    InFocus: Session, "operation-in-focus";
    /// A supervisor enters a session of an agent (documented: GWS 8.5.2 SMSIntrude).
    Intrude: Supervision, "operation-intrude";
    /// A supervisor follows an agent's sessions unseen (documented: HTCC SMSMonitor).
    Monitor: Monitoring, "operation-monitor";
    /// A supervisor follows an agent's sessions, seen by agents only (documented: HTCC SMSCoach).
    Coach: Monitoring, "operation-coach";
    /// A supervisor follows an agent's sessions, seen by everybody (documented: HTCC SMSBargeIn).
    BargeIn: Monitoring, "operation-barge-in";
    /// A supervisor follows the agent no longer (documented: HTCC SMSCancelSupervisorMonitoring).
    CancelSupervisorMonitoring: Monitoring, "operation-cancel-supervisor-monitoring";
    /// Signs in on channels (documented: GWS 8.5.2 StartContactCenterSession).
    StartContactCenterSession: Me, "operation-start-contact-center-session";
    /// Signs out of all channels and ends the HTTP session (documented: HTCC 8.5.2 EndContactCenterSession).
    EndContactCenterSession: Me, "operation-end-contact-center-session";
    /// The user is ready on a channel (wire: GWS 8.5.2 log).
    Ready: Channel, "operation-ready";
    /// The user is not ready on a channel (wire: GWS 8.5.2 log).
    NotReady: Channel, "operation-not-ready";
    /// The user finishes what a conversation has left to do (documented: HTCC 8.5.2 AgentStateAfterCallWork).
    AfterCallWork: Channel, "operation-after-call-work";
    /// The user does other work (documented: HTCC 8.5.2 AgentStateAuxWork).
    AuxWork: Channel, "operation-aux-work";
    /// The user is not to be disturbed on any channel (documented: HTCC 8.5.1 SettingAgentStateAll).
    DoNotDisturbOn: Me, "operation-do-not-disturb-on";
    /// The user may be disturbed again (documented: HTCC 8.5.1 SettingAgentStateAll).
    DoNotDisturbOff: Me, "operation-do-not-disturb-off";
}

use Operation::*;

/// The operations that have no page: they are taken only with `capabilities_as_documented`.
const WITHOUT_PAGE: &[Operation] = &[InFocus, SetInFocus, LeaveAndComplete];

/// The paths of a second family that operations are sent to: there the state is set on all channels of the user (documented:
/// HTCC 8.5.1 SettingAgentStateAll).
const ALSO_SENT_TO: &[(Operation, Family)] = &[(Ready, Family::Me), (NotReady, Family::Me)];

/// The meaning of an `operationName` on a path of one family.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Operation(Operation),
    /// GWS has an operation of that name, on another path.
    Elsewhere(Family),
    Unknown,
}

impl Operation {
    #[doc(hidden)]
    pub fn has_page(self) -> bool {
        !WITHOUT_PAGE.contains(&self)
    }

    /// The feature that a caller needs (documented: the operation pages; those of agent states and
    /// EndContactCenterSession name none).
    #[doc(hidden)]
    pub fn feature(self) -> Option<&'static str> {
        match self {
            StartContactCenterSession => Some(VOICE_FEATURE),
            EndContactCenterSession
            | Ready
            | NotReady
            | AfterCallWork
            | AuxWork
            | DoNotDisturbOn
            | DoNotDisturbOff => None,
            _ => Some(SMS_FEATURE),
        }
    }

    /// Tells if a path of that family has it.
    pub(crate) fn is_sent_to(self, family: Family) -> bool {
        self.family() == family || ALSO_SENT_TO.contains(&(self, family))
    }

    /// Tells if it is handed on to the server that carries the conversations.
    pub(crate) fn needs_backend(self) -> bool {
        matches!(self.family(), Family::Session | Family::Supervision)
    }

    /// The schema of its request: the file's name in `schemas/` without its ending.
    #[doc(hidden)]
    pub fn request_schema(self) -> &'static str {
        static NAMES: OnceLock<BTreeMap<&'static str, String>> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let schema = |operation: &Self| {
                (operation.as_str(), kebab_case(operation.as_str()) + "-request")
            };
            OPERATIONS.iter().map(schema).collect()
        });
        &names[self.as_str()]
    }

    pub(crate) fn named(name: &str, family: Family) -> Named {
        match OPERATIONS.iter().find(|operation| operation.as_str() == name) {
            None => Named::Unknown,
            Some(other) if !other.is_sent_to(family) => Named::Elsewhere(other.family()),
            Some(operation) => Named::Operation(*operation),
        }
    }

    /// The operation of that name, or else the name of the one most like it.
    #[doc(hidden)]
    pub fn of_name(name: &str) -> Result<Self, &'static str> {
        let named = OPERATIONS.iter().find(|operation| operation.as_str() == name);
        named.copied().ok_or_else(|| {
            nearest(name, OPERATIONS.iter().map(|operation| operation.as_str()))
                .unwrap_or("Intrude")
        })
    }

    /// The names of the operations that a path of that family has.
    pub(crate) fn names(family: Family) -> impl Iterator<Item = &'static str> {
        OPERATIONS
            .iter()
            .filter(move |operation| operation.is_sent_to(family))
            .map(|operation| operation.as_str())
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
    use super::Family::{Session, Supervision};
    use super::*;

    #[test]
    fn a_name_is_looked_up_on_its_path() {
        assert_eq!(Operation::named("Intrude", Supervision), Named::Operation(Intrude));
        assert_eq!(Operation::named("Intrude", Session), Named::Elsewhere(Supervision));
        assert_eq!(Operation::named("intrude", Supervision), Named::Unknown);
    }

    #[test]
    fn each_operation_has_a_rule_of_its_own_name() {
        for operation in OPERATIONS {
            let name = operation.as_str();
            assert_eq!(operation.rule().id, format!("operation-{}", kebab_case(name)));
        }
    }
}

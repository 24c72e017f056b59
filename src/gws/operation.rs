//! Operations: what `operationName` may say, where, and what is read from the body.
//!
//! The rule of this file: [`NAMES`] has one row for each operation of the SMS Session API, modelled here or not.

use serde::Deserialize;
use serde_json::Value;

use crate::rule::nearest;

/// An operation of the SMS Session API that this fake models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A supervisor enters a session of an agent (documented: GWS 8.5.2 SMSIntrude).
    Intrude,
    /// The invited user joins the session (documented: HTCC 8.5.2 SMSAccept).
    Accept,
    /// The invited user declines the session (documented: GWS 8.5.2 SMSReject).
    Reject,
}

/// How a supervisor takes part in a session: `supervisorVisibilityMode` (documented: GWS 8.5.2 SMSIntrude).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
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

/// The kind of path that an operation is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `/api/v2/me/smssessions/{smssessionId}`
    Session,
    /// `/api/v2/users/{userId}/smssessions/{smssessionId}`
    Supervision,
    /// `/api/v2/users/{userId}/channels/smssession`
    Monitoring,
}

impl Family {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Session => "/api/v2/me/smssessions/{smssessionId}",
            Self::Supervision => "/api/v2/users/{userId}/smssessions/{smssessionId}",
            Self::Monitoring => "/api/v2/users/{userId}/channels/smssession",
        }
    }
}

use Family::{Monitoring, Session, Supervision};

/// Name, the path it is sent to, and the operation, or `None` where it is not modelled.
#[rustfmt::skip]
const NAMES: &[(&str, Family, Option<Operation>)] = &[
    ("Accept", Session, Some(Operation::Accept)),
    ("Reject", Session, Some(Operation::Reject)),
    ("Intrude", Supervision, Some(Operation::Intrude)),
    ("Complete", Session, None),
    ("Leave", Session, None),
    ("SendMessage", Session, None),
    ("SendUrl", Session, None),
    ("SendCustomNotice", Session, None),
    ("SendCustomNoticeToAgents", Session, None),
    ("SendToAgents", Session, None),
    ("SendStartTypingNotification", Session, None),
    ("SendStopTypingNotification", Session, None),
    ("SendStartTypingToAgentsNotification", Session, None),
    ("SendStopTypingToAgentsNotification", Session, None),
    ("AttachUserData", Session, None),
    ("UpdateUserData", Session, None),
    ("DeleteUserData", Session, None),
    ("SetDisposition", Session, None),
    ("Invite", Session, None),
    ("Consult", Session, None),
    ("CancelConsult", Session, None),
    ("RemoveParticipantFromConference", Session, None),
    ("Transfer", Session, None),
    ("SwitchToMonitor", Session, None),
    ("SwitchToCoach", Session, None),
    ("SwitchToBargeIn", Session, None),
    ("SetInFocus", Session, None),
    ("InFocus", Session, None),
    ("LeaveAndComplete", Session, None),
    ("Monitor", Monitoring, None),
    ("Coach", Monitoring, None),
    ("BargeIn", Monitoring, None),
    ("CancelSupervisorMonitoring", Monitoring, None),
];

/// What an `operationName` means on a path of that family.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Modelled(Operation),
    /// GWS has it there; this fake does not model it.
    NotModelled,
    /// GWS has an operation of that name, on another path.
    Elsewhere(Family),
    Unknown,
}

impl Operation {
    /// The vendor's name.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(.., operation)| *operation == Some(self)).map_or("", |(name, ..)| name)
    }

    /// The schema of its request: the file's name in `schemas/` without its ending.
    pub(crate) fn request_schema(self) -> String {
        let mut schema = String::new();
        for letter in self.as_str().chars() {
            if letter.is_uppercase() && !schema.is_empty() {
                schema.push('-');
            }
            schema.extend(letter.to_lowercase());
        }
        schema + "-request"
    }

    pub(crate) fn named(name: &str, family: Family) -> Named {
        match NAMES.iter().find(|(other, ..)| *other == name) {
            None => Named::Unknown,
            Some((_, other, _)) if *other != family => Named::Elsewhere(*other),
            Some((_, _, None)) => Named::NotModelled,
            Some((_, _, Some(operation))) => Named::Modelled(*operation),
        }
    }

    /// The modelled operation of that name, or else the name of the one most like it.
    pub(crate) fn of_name(name: &str) -> Result<Self, &'static str> {
        let modelled = NAMES.iter().filter_map(|(other, _, it)| Some((*other, (*it)?)));
        let named = modelled.clone().find(|(other, _)| *other == name);
        named
            .map(|(_, operation)| operation)
            .ok_or_else(|| nearest(name, modelled.map(|(other, _)| other)).unwrap_or("Intrude"))
    }

    /// The names of the operations that a path of that family has.
    pub(crate) fn names(family: Family) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(_, other, _)| *other == family).map(|(name, ..)| *name)
    }

    /// The names that are modelled or that are not.
    #[cfg(test)]
    pub(crate) fn names_modelled(modelled: bool) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(.., it)| it.is_some() == modelled).map(|(name, ..)| *name)
    }
}

/// A request with all that it says. An operation is read only from a body that its schema has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `GET /api/v2/me`
    Me,
    Intrude {
        agent: String,
        session: String,
        mode: Option<Mode>,
    },
    Accept {
        session: String,
        nickname: Option<String>,
    },
    Reject {
        session: String,
    },
}

impl Command {
    /// `ids` are those of the path, in its order.
    pub(crate) fn parse(operation: Operation, ids: &[String], body: &Value) -> Self {
        let id = |index: usize| ids.get(index).cloned().unwrap_or_default();
        match operation {
            Operation::Intrude => {
                let mode = body.get("supervisorVisibilityMode");
                let mode = mode.and_then(|mode| Mode::deserialize(mode).ok());
                Self::Intrude { agent: id(0), session: id(1), mode }
            }
            Operation::Accept => {
                let nickname = body.get("nickname").and_then(Value::as_str).map(str::to_owned);
                Self::Accept { session: id(0), nickname }
            }
            Operation::Reject => Self::Reject { session: id(0) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_on_its_path() {
        assert_eq!(Operation::named("Intrude", Supervision), Named::Modelled(Operation::Intrude));
        assert_eq!(Operation::named("Intrude", Session), Named::Elsewhere(Supervision));
        assert_eq!(Operation::named("SendMessage", Session), Named::NotModelled);
        assert_eq!(Operation::named("intrude", Supervision), Named::Unknown);
    }

    #[test]
    fn each_name_stands_once() {
        for (index, (name, ..)) in NAMES.iter().enumerate() {
            assert!(NAMES[..index].iter().all(|(other, ..)| other != name), "{name} stands twice");
        }
        assert_eq!(Operation::names_modelled(true).count(), 3);
    }
}

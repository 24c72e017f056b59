//! Commands: a request with all that it says.
//!
//! The rule of this file: a command is read only from a path that [`route`](crate::gws::route) knows and from a body that its
//! schema has accepted, so nothing here can be of another type. A parameter that the schema of a custom contract does not
//! demand may be missing, and is empty then. Some parameters are only checked: rule parameters-without-effect.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::gws::message::MessageKind;
use crate::gws::operation::{Mode, Operation, Scope};
use crate::gws::participant::Visibility;
use crate::gws::resource::{Query, Resource};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A GET; `id` is that of the path, where it has one.
    Read {
        resource: Resource,
        id: String,
        query: Query,
    },
    Accept {
        session: String,
        nickname: Option<String>,
    },
    Reject {
        session: String,
    },
    Complete {
        session: String,
        operation: Operation,
        queue: Option<String>,
    },
    Leave {
        session: String,
    },
    Send {
        session: String,
        operation: Operation,
        content: Content,
    },
    ChangeUserData {
        session: String,
        operation: Operation,
        change: UserDataChange,
    },
    /// Taken, and without any effect.
    Focus {
        session: String,
        operation: Operation,
    },
    Invite {
        session: String,
        operation: Operation,
        target: Target,
    },
    CancelConsult {
        session: String,
    },
    RemoveParticipant {
        session: String,
        target: Target,
    },
    Transfer {
        session: String,
        target: Target,
        text: Option<String>,
    },
    Switch {
        session: String,
        operation: Operation,
        mode: Mode,
    },
    Intrude {
        agent: String,
        session: String,
        mode: Option<Mode>,
    },
    Monitor {
        agent: String,
        mode: Mode,
        scope: Scope,
        nickname: Option<String>,
    },
    CancelSupervisorMonitoring {
        agent: String,
    },
    StartContactCenterSession {
        channels: Vec<String>,
    },
    EndContactCenterSession,
    /// `channel` is none for all channels of the user; `operation` is none for a state that only this contact center has.
    SetAgentState {
        channel: Option<String>,
        operation: Option<Operation>,
        name: String,
    },
    /// Taken, and without any effect that is known.
    DoNotDisturb {
        operation: Operation,
    },
}

/// The content of a message, and its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub(crate) kind: MessageKind,
    /// Text, address or notice; typing has none.
    pub(crate) text: Option<String>,
    pub(crate) visibility: Visibility,
}

/// A change of the user data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserDataChange {
    /// These keys get these values.
    Put(Map<String, Value>),
    Delete(Vec<String>),
    /// The key, or the one that the server is configured with, gets this value.
    Disposition {
        key: Option<String>,
        value: String,
    },
}

/// The user or the queue that a session is offered to, and the parameter that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) place: &'static str,
    pub(crate) of: Addressed,
}

/// The meaning of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Addressed {
    /// A user's id.
    User(String),
    /// A queue's name.
    Queue(String),
}

use MessageKind::{CustomNotice, PushUrl, Text, TypingStarted, TypingStopped};
use Visibility::{Agents, All};

impl Command {
    /// `ids` are those of the path, in its order.
    pub(crate) fn parse(operation: Operation, ids: &[String], body: &Value) -> Self {
        let id = |index: usize| {
            ids.get(index).cloned().expect("a path has each id that its family names")
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let texts = |name: &str| Vec::deserialize(&body[name]).unwrap_or_default();
        let target = || match text("targetUri") {
            Some(uri) => Target { place: "/targetUri", of: addressed(&uri) },
            None => {
                let path = text("targetPath").unwrap_or_default();
                Target { place: "/targetPath", of: addressed(&path) }
            }
        };
        let session = || id(0);
        // The parameter that holds what is sent has the name of the message's field; typing has none (documented: the
        // operations' own pages).
        let send = |kind: MessageKind, visibility| {
            let text = if kind.is_kept() { text(kind.field()) } else { None };
            Self::Send {
                session: session(),
                operation,
                content: Content { kind, text, visibility },
            }
        };
        let switch = |mode| Self::Switch { session: session(), operation, mode };
        match operation {
            Operation::Accept => Self::Accept { session: session(), nickname: text("nickname") },
            Operation::Reject => Self::Reject { session: session() },
            Operation::Complete | Operation::LeaveAndComplete => {
                Self::Complete { session: session(), operation, queue: text("queueName") }
            }
            Operation::Leave => Self::Leave { session: session() },
            Operation::SendMessage => send(Text, All),
            Operation::SendUrl => send(PushUrl, All),
            Operation::SendCustomNotice => send(CustomNotice, All),
            Operation::SendCustomNoticeToAgents => send(CustomNotice, Agents),
            Operation::SendToAgents => send(Text, Agents),
            Operation::SendStartTypingNotification => send(TypingStarted, All),
            Operation::SendStopTypingNotification => send(TypingStopped, All),
            Operation::SendStartTypingToAgentsNotification => send(TypingStarted, Agents),
            Operation::SendStopTypingToAgentsNotification => send(TypingStopped, Agents),
            Operation::AttachUserData | Operation::UpdateUserData => {
                let data = body["userData"].as_object().cloned().unwrap_or_default();
                Self::ChangeUserData {
                    session: session(),
                    operation,
                    change: UserDataChange::Put(data),
                }
            }
            Operation::DeleteUserData => {
                let change = UserDataChange::Delete(texts("keys"));
                Self::ChangeUserData { session: session(), operation, change }
            }
            Operation::SetDisposition => {
                let value = text("disposition").unwrap_or_default();
                let change = UserDataChange::Disposition { key: text("dispositionKey"), value };
                Self::ChangeUserData { session: session(), operation, change }
            }
            Operation::SetInFocus | Operation::InFocus => {
                Self::Focus { session: session(), operation }
            }
            Operation::Invite | Operation::Consult => {
                Self::Invite { session: session(), operation, target: target() }
            }
            Operation::CancelConsult => Self::CancelConsult { session: session() },
            Operation::RemoveParticipantFromConference => {
                Self::RemoveParticipant { session: session(), target: target() }
            }
            Operation::Transfer => {
                let queue = text("queueName")
                    .map(Addressed::Queue)
                    .map(|of| Target { place: "/queueName", of });
                let target = queue.unwrap_or_else(target);
                Self::Transfer { session: session(), target, text: text("text") }
            }
            Operation::SwitchToMonitor => switch(Mode::Monitor),
            Operation::SwitchToCoach => switch(Mode::Coach),
            Operation::SwitchToBargeIn => switch(Mode::BargeIn),
            Operation::Intrude => {
                let mode = Mode::deserialize(&body["supervisorVisibilityMode"]).ok();
                Self::Intrude { agent: id(0), session: id(1), mode }
            }
            Operation::Monitor => monitor(id(0), Mode::Monitor, body),
            Operation::Coach => monitor(id(0), Mode::Coach, body),
            Operation::BargeIn => monitor(id(0), Mode::BargeIn, body),
            Operation::CancelSupervisorMonitoring => {
                Self::CancelSupervisorMonitoring { agent: id(0) }
            }
            Operation::StartContactCenterSession => {
                Self::StartContactCenterSession { channels: texts("channels") }
            }
            Operation::EndContactCenterSession => Self::EndContactCenterSession,
            Operation::Ready
            | Operation::NotReady
            | Operation::AfterCallWork
            | Operation::AuxWork => set_agent_state(operation, ids),
            Operation::DoNotDisturbOn | Operation::DoNotDisturbOff => {
                Self::DoNotDisturb { operation }
            }
        }
    }

    /// The operation that it is; a GET is none, and neither is an agent state that only this contact center has.
    pub(crate) fn operation(&self) -> Option<Operation> {
        Some(match self {
            Self::Read { .. } => return None,
            Self::Accept { .. } => Operation::Accept,
            Self::Reject { .. } => Operation::Reject,
            Self::Leave { .. } => Operation::Leave,
            Self::Complete { operation, .. }
            | Self::Send { operation, .. }
            | Self::ChangeUserData { operation, .. }
            | Self::Focus { operation, .. }
            | Self::Invite { operation, .. }
            | Self::Switch { operation, .. } => *operation,
            Self::CancelConsult { .. } => Operation::CancelConsult,
            Self::RemoveParticipant { .. } => Operation::RemoveParticipantFromConference,
            Self::Transfer { .. } => Operation::Transfer,
            Self::Intrude { .. } => Operation::Intrude,
            Self::Monitor { mode: Mode::Monitor, .. } => Operation::Monitor,
            Self::Monitor { mode: Mode::Coach, .. } => Operation::Coach,
            Self::Monitor { mode: Mode::BargeIn, .. } => Operation::BargeIn,
            Self::CancelSupervisorMonitoring { .. } => Operation::CancelSupervisorMonitoring,
            Self::StartContactCenterSession { .. } => Operation::StartContactCenterSession,
            Self::EndContactCenterSession => Operation::EndContactCenterSession,
            Self::SetAgentState { operation, .. } => return *operation,
            Self::DoNotDisturb { operation } => *operation,
        })
    }
}

fn set_agent_state(operation: Operation, ids: &[String]) -> Command {
    let name = operation.as_str().to_owned();
    Command::SetAgentState { channel: ids.first().cloned(), operation: Some(operation), name }
}

fn monitor(agent: String, mode: Mode, body: &Value) -> Command {
    let scope = Scope::deserialize(&body["supervisorMonitoringMode"]).unwrap_or_default();
    let nickname = body["nickname"].as_str().map(str::to_owned);
    Command::Monitor { agent, mode, scope, nickname }
}

/// The user or the queue at the end of a URI or a path. A contact's address names the user with its id (documented: the
/// sample of SMSConsult); a queue's is inferred.
fn addressed(uri: &str) -> Addressed {
    let (before, last) = uri.rsplit_once('/').unwrap_or(("", uri));
    let last = percent_decode_str(last).decode_utf8_lossy().into_owned();
    if before.ends_with("/queues") { Addressed::Queue(last) } else { Addressed::User(last) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gws::operation::OPERATIONS;

    #[test]
    fn a_command_is_of_the_operation_it_was_parsed_for() {
        let ids = ["0".to_owned(), "1".to_owned()];
        for operation in OPERATIONS {
            let command = Command::parse(*operation, &ids, &json!({}));
            assert_eq!(command.operation(), Some(*operation));
        }
    }

    #[test]
    fn a_target_is_the_end_of_its_uri() {
        let user = |id: &str| Addressed::User(id.to_owned());
        assert_eq!(addressed("http://x/api/v2/users/4ff5"), user("4ff5"));
        assert_eq!(addressed("http://x/api/v2/contacts/429a"), user("429a"));
        assert_eq!(addressed("/queues/Sales%20EU"), Addressed::Queue("Sales EU".to_owned()));
    }
}

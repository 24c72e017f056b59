//! Agent states: what an agent does on a channel, as the contact center has configured it.
//!
//! Rules: agent-state-unknown; what is sent: user-state-ids, agent-states-configured.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::rules::{Violation, nearest, rule};

/// The operation of the state of an agent who has just signed in (rule session-start-not-ready).
const NOT_READY: &str = "NotReady";
/// The operation of the state of an agent who is not signed in (wire: a GWS 8.5.2 log).
const OFFLINE: &str = "Offline";

/// A state that the contact center has configured (wire: `resources.agentStates` of a GWS 8.5.2 log).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentState {
    /// The name that clients set it by.
    pub(crate) operation_name: String,
    pub(crate) id: String,
    /// The name for people.
    pub(crate) display_name: String,
    pub(crate) state: UserState,
    pub(crate) work_mode: Option<String>,
}

/// The basic state of a user on a channel, in the vendor's words (wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum UserState {
    Ready,
    NotReady,
    /// The list of agent states calls it `Logout`, and channels `LoggedOut` (wire).
    #[serde(rename = "Logout")]
    LoggedOut,
}

impl UserState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "NotReady",
            Self::LoggedOut => "LoggedOut",
        }
    }
}

impl AgentState {
    /// The `userState` of a channel (documented: ChannelsResource; wire: workMode).
    pub(crate) fn resource(&self) -> Value {
        let mut resource = json!({
            "id": self.id,
            "displayName": self.display_name,
            "state": self.state.as_str(),
        });
        if let Some(work_mode) = &self.work_mode {
            resource["workMode"] = json!(work_mode);
        }
        resource
    }
}

/// The states of a contact center. Those that the system defines are always among them.
#[derive(Clone, Debug, Default)]
pub struct AgentStates {
    states: Vec<Arc<AgentState>>,
}

impl AgentStates {
    /// Adds a state, in the place of one with the same operation.
    pub fn add(&mut self, state: AgentState) {
        self.states.retain(|other| other.operation_name != state.operation_name);
        self.states.push(Arc::new(state));
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.states.iter().map(|state| state.operation_name.as_str())
    }

    /// Returns the state of that operation, or of the word that channels have for it.
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<AgentState>> {
        let name = if name == UserState::LoggedOut.as_str() { OFFLINE } else { name };
        self.states.iter().find(|state| state.operation_name == name)
    }

    /// As [`named`](Self::named), for an operation that a client has sent (rule agent-state-unknown).
    pub(crate) fn demand(&self, name: &str) -> Result<Arc<AgentState>, Violation> {
        self.named(name).cloned().ok_or_else(|| {
            let broken = const { rule("agent-state-unknown") };
            let got = format!("{name:?}");
            let names = self.names().collect::<Vec<_>>().join(", ");
            let violation =
                Violation::new(broken, "/operationName", got, format!("one of {names}"));
            violation.hint(match nearest(name, self.names()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "configure the state: builder().agent_state(..), or a file in agent-states/ of the fixtures".to_owned(),
            })
        })
    }

    pub(crate) fn not_ready(&self) -> Arc<AgentState> {
        self.system(NOT_READY)
    }

    pub(crate) fn offline(&self) -> Arc<AgentState> {
        self.system(OFFLINE)
    }

    fn system(&self, name: &str) -> Arc<AgentState> {
        self.named(name).cloned().expect("the states that the system defines are always there")
    }
}

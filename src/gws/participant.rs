//! Participants: who takes part in a session, and who may see that (documented: SMSSwitchtoBargeIn, CHMessageResource).
//!
//! The rule of this file: nobody is told of a participant or a message whose visibility does not reach them.
//!
//! Rules: visibility-barge-in, visibility-coach, visibility-monitor, visibility-consulted, visibility-narrowed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::gws::operation::Mode;

/// The viewers that a participant or a message is shown to, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Visibility {
    All,
    Agents,
    Supervisors,
}

impl Visibility {
    /// A supervisor's visibility. BargeIn is documented (SMSSwitchtoBargeIn), Monitor is by analogy
    /// (ChatSwitchToMonitor), Coach is inferred: only the agent sees what a coach writes.
    pub(crate) fn of(mode: Mode) -> Self {
        match mode {
            Mode::Monitor => Self::Supervisors,
            Mode::Coach => Self::Agents,
            Mode::BargeIn => Self::All,
        }
    }

    pub(crate) fn reaches(self, viewer: Viewer) -> bool {
        match self {
            Self::All => true,
            Self::Agents => viewer != Viewer::Customer,
            Self::Supervisors => viewer == Viewer::Supervisor,
        }
    }

    /// The narrower of two: what somebody sends reaches nobody to whom the sender is invisible.
    pub(crate) fn narrowed(self, other: Self) -> Self {
        let reach = |visibility| match visibility {
            Self::Supervisors => 0,
            Self::Agents => 1,
            Self::All => 2,
        };
        if reach(other) < reach(self) { other } else { self }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Agents => "Agents",
            Self::Supervisors => "Supervisors",
        }
    }
}

/// The part in which somebody looks at a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// Nobody looks as a customer over this API; the test-side API does.
    Customer,
    Agent,
    Supervisor,
}

/// The role of a user in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// An agent whom everybody sees.
    Agent,
    /// An agent whom another one consults: the customer does not see it.
    Consulted,
    Supervisor(Mode),
}

impl Role {
    pub(crate) fn viewer(self) -> Viewer {
        if self.mode().is_some() { Viewer::Supervisor } else { Viewer::Agent }
    }

    pub(crate) fn visibility(self) -> Visibility {
        match self {
            Self::Agent => Visibility::All,
            Self::Consulted => Visibility::Agents,
            Self::Supervisor(mode) => Visibility::of(mode),
        }
    }

    /// A supervisor's mode.
    pub(crate) fn mode(self) -> Option<Mode> {
        match self {
            Self::Supervisor(mode) => Some(mode),
            Self::Agent | Self::Consulted => None,
        }
    }
}

/// Somebody in a session: an agent, a supervisor (whose type is `Agent` too) or the customer.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    pub(crate) id: String,
    pub(crate) nickname: String,
    /// The user's id; a customer has none.
    pub(crate) user: Option<String>,
    pub(crate) visibility: Visibility,
}

/// A participant as a session shows him (documented: SMSSwitchtoBargeIn).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown<'a> {
    nickname: &'a str,
    participant_id: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    visibility: &'static str,
}

impl Participant {
    /// The participant in a session's `participants`.
    pub(crate) fn shown(&self, api_url: &str) -> Shown<'_> {
        Shown {
            nickname: &self.nickname,
            participant_id: &self.id,
            r#type: if self.user.is_some() { "Agent" } else { "Customer" },
            uri: self.user.as_ref().map(|user| format!("{api_url}/users/{user}")),
            visibility: self.visibility.as_str(),
        }
    }

    /// As [`shown`](Self::shown), as a value.
    pub(crate) fn render(&self, api_url: &str) -> Value {
        json!(self.shown(api_url))
    }

    /// The participant as the `from` of a message: as above, with `id` and, for a user, `path`
    /// (documented: SMSSendCustomNoticeToAgents).
    pub(crate) fn render_sender(&self, api_url: &str) -> Value {
        let mut rendered = self.render(api_url);
        rendered["id"] = json!(self.id);
        if let Some(user) = &self.user {
            rendered["path"] = json!(format!("/users/{user}"));
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitoring_supervisor_is_seen_by_supervisors_only() {
        let visibility = Visibility::of(Mode::Monitor);
        assert!(visibility.reaches(Viewer::Supervisor));
        assert!(!visibility.reaches(Viewer::Agent));
        assert!(!visibility.reaches(Viewer::Customer));
    }

    #[test]
    fn a_coach_is_not_seen_by_the_customer() {
        assert!(Visibility::of(Mode::Coach).reaches(Viewer::Agent));
        assert!(!Visibility::of(Mode::Coach).reaches(Viewer::Customer));
        assert!(Visibility::of(Mode::BargeIn).reaches(Viewer::Customer));
    }

    #[test]
    fn the_narrower_of_two_visibilities_reaches_fewer() {
        use Visibility::{Agents, All, Supervisors};
        assert_eq!(All.narrowed(Agents), Agents);
        assert_eq!(Agents.narrowed(All), Agents);
        assert_eq!(Supervisors.narrowed(All), Supervisors);
    }
}

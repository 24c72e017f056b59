//! Identity: the users, what they may do, and their HTTP sessions.
//!
//! Rules: credentials-wrong, http-session-unknown, csrf-token, feature-missing, supervisor-role.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::gws::agent_state::{AgentState, UserState};
use crate::gws::operation::{Mode, Scope};
use crate::gws::recent::Recent;

/// The channel of SMS sessions. Inferred from the path of the monitoring operations.
pub const SMS_CHANNEL: &str = "smssession";

/// The role of a supervisor. Inferred: ROLE_AGENT and ROLE_ADMIN are the ones that were seen.
pub(crate) const SUPERVISOR_ROLE: &str = "ROLE_SUPERVISOR";

/// A user of the contact center.
#[derive(Clone)]
pub struct User {
    /// 32 hex digits.
    pub id: String,
    pub(crate) user_name: String,
    pub(crate) password: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) features: Vec<String>,
    /// The agents whose SMS channel the user monitors, by id.
    pub(crate) monitoring: BTreeMap<String, Monitoring>,
    pub(crate) channels: Vec<Channel>,
    /// Names and values of the desktop's settings, by section.
    pub(crate) settings: BTreeMap<String, BTreeMap<String, String>>,
}

/// Without the password.
impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut user = formatter.debug_struct("User");
        user.field("id", &self.id).field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// The way in which a supervisor monitors an agent.
#[derive(Clone, Debug)]
pub(crate) struct Monitoring {
    pub(crate) mode: Mode,
    pub(crate) scope: Scope,
    pub(crate) nickname: Option<String>,
    /// True if it was begun by a request, and not by a fixture.
    pub(crate) is_new: bool,
}

/// A user's state on a channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) state: Arc<AgentState>,
}

impl Channel {
    /// Tells if the user is signed in on the channel.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.state.state != UserState::LoggedOut
    }

    /// A channel with its state (documented: ChannelsResource).
    pub(crate) fn resource(&self) -> Value {
        json!({ "channel": self.name, "userState": self.state.resource() })
    }
}

/// The setting that names the user data key of a disposition (rules disposition-key-setting, disposition-default-key).
const DISPOSITION_KEY: Setting = Setting {
    section: "interaction-workspace",
    name: "interaction.disposition.key-name",
    default: "DispositionCode",
};

/// A setting that the fake itself reads.
struct Setting {
    section: &'static str,
    name: &'static str,
    default: &'static str,
}

impl User {
    /// Has the settings that a fixture may leave out.
    pub(crate) fn with_defaults(mut self) -> Self {
        let Setting { section, name, default } = DISPOSITION_KEY;
        let section = self.settings.entry(section.to_owned()).or_default();
        section.entry(name.to_owned()).or_insert_with(|| default.to_owned());
        self
    }

    /// The user data key of a disposition, when a request names none.
    pub(crate) fn disposition_key(&self) -> String {
        let section = self.settings.get(DISPOSITION_KEY.section);
        let key = section.and_then(|section| section.get(DISPOSITION_KEY.name));
        key.cloned().expect("a user has the settings that a fixture may leave out")
    }

    pub(crate) fn is_supervisor(&self) -> bool {
        self.roles.iter().any(|role| role == SUPERVISOR_ROLE)
    }

    pub(crate) fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|other| other == feature)
    }

    pub(crate) fn is_signed_in(&self, channel: &str) -> bool {
        self.channels.iter().any(|known| known.name == channel && known.is_signed_in())
    }

    /// The user as `GET /api/v2/me` shows him (documented: HTCC InterpretingaResponse).
    pub(crate) fn resource(&self, api_url: &str) -> Value {
        json!({
            "id": self.id,
            "userName": self.user_name,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "roles": self.roles,
            "enabled": true,
            "changePasswordOnFirstLogin": false,
            "uri": format!("{api_url}/users/{}", self.id),
            "path": format!("/users/{}", self.id),
        })
    }
}

/// The HTTP sessions: what is known of a cookie `JSESSIONID`, next to its user, of whom the id itself tells.
///
/// Nothing is known of a session that was begun for credentials and whose cookie no request has brought. Of the others the
/// latest are known. One that is forgotten is open as before, and its client is not taken for another one's.
#[derive(Debug)]
pub(crate) struct HttpSessions {
    /// By id, the users of those whose cookie a request has brought: they are of clients that keep cookies.
    kept: Recent<String, String>,
    /// By id, those that have ended.
    ended: Recent<String, EndedHttpSession>,
    /// The ids of the users who have ended one.
    have_ended: BTreeSet<String>,
    /// The ids of the users of those that were known and are forgotten.
    forgotten: BTreeSet<String>,
}

/// A session that has ended.
#[derive(Debug)]
struct EndedHttpSession {
    user: String,
    /// The connections on which a request was refused for it that was not left behind.
    refused: Vec<u64>,
}

/// The number of sessions that are known of each kind.
pub(crate) const KNOWN: usize = 2_000;

/// The number of connections that a browser opens to one host.
const CONNECTIONS_OF_A_BROWSER: usize = 6;

impl Default for HttpSessions {
    fn default() -> Self {
        Self {
            kept: Recent::of(KNOWN),
            ended: Recent::of(KNOWN),
            have_ended: BTreeSet::new(),
            forgotten: BTreeSet::new(),
        }
    }
}

impl HttpSessions {
    /// Ends the session of a user: its cookie stands for nobody from now on.
    pub(crate) fn end(&mut self, id: &str, user: &str) {
        self.kept.remove(id);
        let ended = EndedHttpSession { user: user.to_owned(), refused: Vec::new() };
        let forgotten = self.ended.insert(id.to_owned(), ended);
        self.forgotten.extend(forgotten.into_iter().map(|ended| ended.user));
        self.have_ended.insert(user.to_owned());
    }

    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.ended.get(id).is_some()
    }

    /// Refuses a request with the cookie of a session that has ended. Tells if it goes on in spite of a refusal: on the same
    /// connection, or after as many connections as a browser has at a time.
    pub(crate) fn refuse_ended(&mut self, id: &str, connection: u64) -> bool {
        let Some(EndedHttpSession { refused, .. }) = self.ended.get_mut(id) else { return true };
        if refused.contains(&connection) || refused.len() >= CONNECTIONS_OF_A_BROWSER {
            return true;
        }
        refused.push(connection);
        false
    }

    /// The ids of the users who have ended a session and have no other one whose cookie a client has brought.
    pub(crate) fn signed_out(&self) -> impl Iterator<Item = &str> {
        let users = self.have_ended.difference(&self.forgotten).map(String::as_str);
        users.filter(|user| !self.kept.values().any(|kept| kept == user))
    }

    /// Returns the id of the user whose session it is, if a request has brought its cookie.
    pub(crate) fn user(&self, id: &str) -> Option<&str> {
        self.kept.get(id).map(String::as_str)
    }

    /// A request has brought the cookie of an open session of that user.
    pub(crate) fn brought(&mut self, id: &str, user: &str) {
        match self.kept.get_mut(id) {
            Some(_) => {}
            None => self.forgotten.extend(self.kept.insert(id.to_owned(), user.to_owned())),
        }
    }

    /// Tells if a session of that user was begun for credentials, and no request has brought its cookie.
    pub(crate) fn is_left_behind(&self, id: &str, user: &str) -> bool {
        self.user(id).is_none() && !self.has_ended(id) && !self.forgotten.contains(user)
    }

    /// The number of sessions of which anything is known.
    pub(crate) fn known(&self) -> usize {
        self.kept.len() + self.ended.len()
    }
}

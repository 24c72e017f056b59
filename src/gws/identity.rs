//! Identity: the users, what they may do, and their HTTP sessions.
//!
//! Rules: credentials-wrong, http-session-unknown, csrf-token, feature-missing, supervisor-role.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::gws::agent_state::{AgentState, UserState};
use crate::gws::operation::{Mode, Scope};

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

/// The HTTP sessions: what a cookie `JSESSIONID` stands for.
#[derive(Debug, Default)]
pub(crate) struct HttpSessions {
    sessions: BTreeMap<String, HttpSession>,
    /// By id, those that have ended.
    ended: BTreeMap<String, EndedHttpSession>,
}

struct HttpSession {
    user: String,
    /// A request has brought its cookie: it is of a client that keeps cookies.
    is_kept: bool,
    /// It lives and ends with the session (documented: GWS 8.5.2 CSRFProtection).
    csrf_token: String,
}

/// A session that has ended.
#[derive(Debug)]
struct EndedHttpSession {
    user: String,
    /// The connections on which a request was refused for it that was not left behind.
    refused: Vec<u64>,
}

/// The number of connections that a browser opens to one host.
const CONNECTIONS_OF_A_BROWSER: usize = 6;

/// Without the token.
impl fmt::Debug for HttpSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpSession").field("user", &self.user).finish_non_exhaustive()
    }
}

impl HttpSessions {
    pub(crate) fn open(&mut self, id: &str, user: &str, csrf_token: String) {
        self.sessions.insert(
            id.to_owned(),
            HttpSession { user: user.to_owned(), is_kept: false, csrf_token },
        );
    }

    /// Ends it: its cookie stands for nobody from now on.
    pub(crate) fn end(&mut self, id: &str) {
        if let Some(session) = self.sessions.remove(id) {
            let ended = EndedHttpSession { user: session.user, refused: Vec::new() };
            self.ended.insert(id.to_owned(), ended);
        }
    }

    /// Refuses a request with the cookie of a session that has ended. Tells if it goes on in spite of a refusal: on the same
    /// connection, or after as many connections as a browser has at a time.
    pub(crate) fn refuse_ended(&mut self, id: &str, connection: u64) -> bool {
        let Some(ended) = self.ended.get_mut(id) else { return true };
        if ended.refused.contains(&connection) || ended.refused.len() >= CONNECTIONS_OF_A_BROWSER {
            return true;
        }
        ended.refused.push(connection);
        false
    }

    /// The ids of the users who have ended a session and have no other one whose cookie a client has brought.
    pub(crate) fn signed_out(&self) -> impl Iterator<Item = &str> {
        let users = self.ended.values().map(|ended| ended.user.as_str());
        users.filter(|user| {
            !self.sessions.values().any(|session| session.user == *user && session.is_kept)
        })
    }

    /// The id of the user whose session it is.
    pub(crate) fn user(&self, id: &str) -> Option<&str> {
        self.sessions.get(id).map(|session| session.user.as_str())
    }

    /// A request has brought the cookie of a session.
    pub(crate) fn brought(&mut self, id: &str) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.is_kept = true;
        }
    }

    /// Tells if a session was begun for credentials, and no request has brought its cookie.
    pub(crate) fn is_left_behind(&self, id: &str) -> bool {
        self.sessions.get(id).is_some_and(|session| !session.is_kept)
    }

    /// The token that the session's requests carry under CSRF protection.
    pub(crate) fn csrf_token(&self, id: &str) -> Option<&str> {
        self.sessions.get(id).map(|session| session.csrf_token.as_str())
    }
}

//! Identity: the users, what they may do, and their HTTP sessions.
//!
//! Rules: credentials-wrong, http-session-unknown, csrf-token, feature-missing, supervisor-role; what is sent: user-state-ids.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

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
    /// Names and values of the desktop's settings.
    pub(crate) settings: BTreeMap<String, String>,
}

/// Without the password.
impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut user = formatter.debug_struct("User");
        user.field("id", &self.id).field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// How a supervisor monitors an agent.
#[derive(Clone, Debug)]
pub(crate) struct Monitoring {
    pub(crate) mode: Mode,
    pub(crate) scope: Scope,
    pub(crate) nickname: Option<String>,
    /// Whether it was begun by a request, and not by a fixture.
    pub(crate) is_new: bool,
}

/// A user's state on a channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) state: UserState,
}

/// What a user is on a channel, in the vendor's words (wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum UserState {
    Ready,
    NotReady,
    LoggedOut,
}

impl UserState {
    /// The id (wire: a GWS 8.5.2 log; the odd letter in the last one is the vendor's).
    fn id(self) -> &'static str {
        match self {
            Self::Ready => "9430250E-0A1B-421F-B372-F29E69366DED",
            Self::NotReady => "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
            Self::LoggedOut => "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "NotReady",
            Self::LoggedOut => "LoggedOut",
        }
    }

    /// The name for people (wire).
    fn display_name(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "Not Ready",
            Self::LoggedOut => "Offline",
        }
    }
}

impl Channel {
    /// A channel with its state (documented: ChannelsResource).
    pub(crate) fn resource(&self) -> Value {
        let state = self.state;
        let user_state = json!({
            "id": state.id(),
            "displayName": state.display_name(),
            "state": state.as_str(),
        });
        json!({ "channel": self.name, "userState": user_state })
    }
}

/// The setting that names the user data key of a disposition, and its usual value (rules disposition-key-setting,
/// disposition-default-key).
const DISPOSITION_KEY: (&str, &str) = ("interaction.disposition.key-name", "DispositionCode");

impl User {
    /// Has the settings that a fixture may leave out.
    pub(crate) fn with_defaults(mut self) -> Self {
        let (name, value) = DISPOSITION_KEY;
        self.settings.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        self
    }

    /// The user data key of a disposition, when a request names none.
    pub(crate) fn disposition_key(&self) -> String {
        let key = self.settings.get(DISPOSITION_KEY.0);
        key.cloned().expect("a user has the settings that a fixture may leave out")
    }

    pub(crate) fn is_supervisor(&self) -> bool {
        self.roles.iter().any(|role| role == SUPERVISOR_ROLE)
    }

    pub(crate) fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|other| other == feature)
    }

    pub(crate) fn is_signed_in(&self, channel: &str) -> bool {
        let mut channels =
            self.channels.iter().filter(|channel| channel.state != UserState::LoggedOut);
        channels.any(|known| known.name == channel)
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
}

struct HttpSession {
    user: String,
    /// It lives and ends with the session (documented: GWS 8.5.2 CSRFProtection).
    csrf_token: String,
}

/// Without the token.
impl fmt::Debug for HttpSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpSession").field("user", &self.user).finish_non_exhaustive()
    }
}

impl HttpSessions {
    pub(crate) fn open(&mut self, id: &str, user: &str, csrf_token: String) {
        self.sessions.insert(id.to_owned(), HttpSession { user: user.to_owned(), csrf_token });
    }

    /// Ends it: its cookie stands for nobody from now on.
    pub(crate) fn end(&mut self, id: &str) {
        self.sessions.remove(id);
    }

    /// The id of the user whose session it is.
    pub(crate) fn user(&self, id: &str) -> Option<&str> {
        self.sessions.get(id).map(|session| session.user.as_str())
    }

    /// The token that the session's requests carry under CSRF protection.
    pub(crate) fn csrf_token(&self, id: &str) -> Option<&str> {
        self.sessions.get(id).map(|session| session.csrf_token.as_str())
    }
}

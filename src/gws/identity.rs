//! Identity: the users, what they may do, and their HTTP sessions.
//!
//! Rules: credentials-wrong, http-session-unknown, csrf-token, feature-missing, supervisor-role.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::gws::operation::Mode;

/// The feature that every operation of the SMS Session API needs (documented: the operation pages).
pub(crate) const SMS_FEATURE: &str = "api-multimedia";

/// The role of a supervisor. Inferred: ROLE_AGENT and ROLE_ADMIN are the ones that were seen.
pub(crate) const SUPERVISOR_ROLE: &str = "ROLE_SUPERVISOR";

/// A user of the contact center.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// 32 hex digits.
    pub(crate) id: String,
    pub(crate) user_name: String,
    pub(crate) password: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) features: Vec<String>,
    /// The agents whose SMS channel the user monitors, by id.
    pub(crate) monitoring: BTreeMap<String, Mode>,
}

impl User {
    pub(crate) fn is_supervisor(&self) -> bool {
        self.roles.iter().any(|role| role == SUPERVISOR_ROLE)
    }

    pub(crate) fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|other| other == feature)
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

#[derive(Debug)]
struct HttpSession {
    user: String,
    /// It lives and ends with the session (documented: GWS 8.5.2 CSRFProtection).
    csrf_token: String,
}

impl HttpSessions {
    pub(crate) fn open(&mut self, id: &str, user: &str, csrf_token: String) {
        self.sessions.insert(id.to_owned(), HttpSession { user: user.to_owned(), csrf_token });
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

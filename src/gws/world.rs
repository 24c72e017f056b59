//! The world: users and sessions, and the one way in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::gws::identity::{SMS_FEATURE, User};
use crate::gws::notification::{Notification, Outbox};
use crate::gws::operation::Command;
use crate::gws::session::{Change, Session};
use crate::gws::{conversation, supervision};
use crate::rule::{Rule, Violation, nearest, rule};

/// Everything that GWS knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    users: BTreeMap<String, User>,
    sessions: BTreeMap<String, Session>,
    last_notification: u64,
    last_participant: u64,
    last_reference: u64,
}

/// What a client could depend on and nobody knows for sure.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What stands before every `uri`; ends with `/api/v2` (documented: `externalApiUrlV2`).
    pub(crate) api_url: String,
    pub(crate) intrude_needs_monitoring: bool,
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The user's id.
    pub(crate) user: String,
    /// Tells the clients of one user apart, where that can be told.
    pub(crate) client: Option<String>,
}

/// A request that was taken.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) reply: Value,
    pub(crate) notifications: Vec<Notification>,
}

/// A request that was refused. It has changed nothing (documented: ReturnValues).
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) violation: Box<Violation>,
    /// What changed the state for which it was refused.
    pub(crate) because: Option<Change>,
}

impl From<Violation> for Refused {
    fn from(violation: Violation) -> Self {
        Self { violation: Box::new(violation), because: None }
    }
}

impl World {
    pub(crate) fn new(
        settings: Settings,
        users: impl IntoIterator<Item = User>,
        sessions: impl IntoIterator<Item = Session>,
    ) -> Self {
        Self {
            settings,
            users: users.into_iter().map(|user| (user.id.clone(), user)).collect(),
            sessions: sessions.into_iter().map(|it| (it.id.clone(), it)).collect(),
            last_notification: 0,
            last_participant: 0x00AF_5367_D3D0_0000,
            last_reference: 0,
        }
    }

    /// Takes one request whose form has been checked.
    pub(crate) fn handle(
        &mut self,
        caller: &Caller,
        command: &Command,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        if *command != Command::Me {
            self.demand_feature(caller)?;
        }
        match command {
            Command::Me => Ok(self.me(caller)),
            Command::Intrude { agent, session, mode } => {
                supervision::intrude(self, caller, agent, session, *mode)
            }
            Command::Accept { session, nickname } => {
                conversation::accept(self, caller, session, nickname.as_deref(), now)
            }
            Command::Reject { session } => conversation::reject(self, caller, session),
        }
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users().find(|user| user.user_name == name)
    }

    /// The session, and an outbox for the notifications about it. `place` is where the request names it.
    pub(crate) fn open(
        &mut self,
        id: &str,
        place: &str,
    ) -> Result<(&mut Session, Outbox<'_>), Refused> {
        let session = self.sessions.get_mut(id).ok_or_else(|| no_session(id, place))?;
        Ok((session, Outbox::new(&self.settings.api_url, &mut self.last_notification)))
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// 16 hex digits, as GWS writes them.
    pub(crate) fn next_participant_id(&mut self) -> String {
        self.last_participant += 1;
        format!("{:016X}", self.last_participant)
    }

    /// A small number that grows (documented: the samples of SMSAccept and SMSReject).
    pub(crate) fn next_reference_id(&mut self) -> u64 {
        self.last_reference += 1;
        self.last_reference
    }

    /// Rule session-unknown: the violation of asking for a session that does not exist.
    pub(crate) fn unknown_session(&self, id: &str, place: &str) -> Violation {
        let violation = no_session(id, place);
        match nearest(id, self.sessions.keys().map(String::as_str)) {
            Some(nearest) => violation.hint(format!("did you mean {nearest}?")),
            None => violation.hint("a test adds sessions with builder().session(..)"),
        }
    }

    /// Rule session-owner: the violation of asking for a session in which that user has no part.
    pub(crate) fn not_in_session(&self, user: &str, session: &Session, place: &str) -> Violation {
        let agents = session.parties.iter().filter(|party| party.mode.is_none());
        let owners: Vec<String> = agents.map(|party| self.name(&party.user)).collect();
        let broken = const { rule("session-owner") };
        let want = format!("a session of {}", self.name(user));
        let owner = owners.join(" and ");
        Violation::new(broken, place, session.id.as_str(), want)
            .hint(format!("this session belongs to {owner}"))
    }

    /// A user as people call him: his user name, or else his id.
    pub(crate) fn name(&self, user: &str) -> String {
        self.user(user).map_or_else(|| user.to_owned(), |user| user.user_name.clone())
    }

    /// A refusal for the state that a user's part in a session is in.
    pub(crate) fn out_of_state(
        broken: &'static Rule,
        session: &Session,
        user: &str,
        want: String,
    ) -> Refused {
        let party = session.party(user);
        let got = party.map_or("not in the session", |party| party.state.as_str());
        let violation = Violation::new(broken, "/operationName", format!("state {got}"), want)
            .hint("wait for the notification that offers the operation in its capabilities");
        Refused {
            violation: Box::new(violation),
            because: party.and_then(|party| party.changed.clone()),
        }
    }

    /// `GET /api/v2/me` (documented: HTCC InterpretingaResponse).
    fn me(&self, caller: &Caller) -> Done {
        let user = self.user(&caller.user).map(|user| user.resource(&self.settings.api_url));
        Done { reply: json!({ "statusCode": 0, "user": user }), notifications: Vec::new() }
    }

    /// Rule feature-missing.
    fn demand_feature(&self, caller: &Caller) -> Result<(), Violation> {
        if self.user(&caller.user).is_some_and(|user| user.has_feature(SMS_FEATURE)) {
            return Ok(());
        }
        let broken = const { rule("feature-missing") };
        let got = format!("{} without {SMS_FEATURE}", self.name(&caller.user));
        let want = format!("a caller with the feature {SMS_FEATURE}");
        Err(Violation::new(broken, "header Authorization", got, want)
            .hint("sign in as a user whose features include it"))
    }
}

fn no_session(id: &str, place: &str) -> Violation {
    Violation::new(const { rule("session-unknown") }, place, id, "the id of an SMS session")
}

/// The reply to every operation that hands its work on (documented: the operation pages).
pub(crate) fn accepted() -> Value {
    json!({ "statusCode": 0 })
}

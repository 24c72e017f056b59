//! The world: users and sessions, and the one way in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::gws::capability::{Lists, accepts};
use crate::gws::identity::User;
use crate::gws::notification::{Notification, Outbox};
use crate::gws::operation::Operation;
use crate::gws::operation::command::Command;
use crate::gws::refusal;
use crate::gws::refusal::no_session;
use crate::gws::session::{Party, Rendering, Session, StateChange};
use crate::gws::timestamp::Timestamp;
use crate::gws::transition::{Cause, State, next};
use crate::rules::{Rule, Violation, rule};

/// Everything that GWS knows.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) settings: GwsOptions,
    users: BTreeMap<String, Arc<User>>,
    sessions: BTreeMap<String, Arc<Session>>,
    /// What is read at a path below `/api/v2`, by fixture.
    pub(crate) statics: Arc<BTreeMap<String, Value>>,
    /// Whether the server that carries the conversations answers.
    pub(crate) backend: Backend,
    last_notification: u64,
    last_participant: u64,
    last_reference: u64,
    last_session: u64,
}

/// The state of the server that carries the conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Backend {
    #[default]
    Up,
    Down,
}

/// How a session that a supervisor monitors reaches him. Nothing says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Following {
    /// He is in it at once (inferred: "added to the agent's next session").
    #[default]
    Joins,
    /// He is invited, as by an Intrude.
    IsInvited,
}

/// What a client could depend on and nobody knows for sure.
#[derive(Clone, Debug)]
pub struct GwsOptions {
    /// What stands before every `uri`; ends with `/api/v2` (documented: `externalApiUrlV2`).
    pub(crate) api_url: String,
    pub(crate) intrude_needs_monitoring: bool,
    pub(crate) lists: Lists,
    pub(crate) following: Following,
}

impl GwsOptions {
    pub fn new(api_url: String) -> Self {
        Self {
            api_url,
            intrude_needs_monitoring: false,
            lists: Lists::default(),
            following: Following::default(),
        }
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user's id.
    pub user: String,
    /// Tells the clients of one user apart, where that can be told.
    pub client: Option<String>,
}

/// A request that was taken.
#[derive(Debug)]
pub struct Done {
    pub reply: Value,
    /// The schema of the reply: the file's name in `schemas/` without its ending.
    pub schema: &'static str,
    /// The rule that says what has happened.
    pub(crate) rule: &'static Rule,
    pub(crate) notifications: Vec<Notification>,
    /// What is worth knowing, and fails no test.
    pub(crate) notes: Vec<Violation>,
    pub(crate) ends_http_session: bool,
}

impl Done {
    pub(crate) fn new(rule: &'static Rule, notifications: Vec<Notification>) -> Self {
        // Documented: the operation pages; its HTTP status is that of rule status-0.
        let reply = json!({ "statusCode": 0 });
        let (schema, notes) = ("response", Vec::new());
        Self { reply, schema, rule, notifications, notes, ends_http_session: false }
    }

    pub(crate) fn with_reference(mut self, reference: u64) -> Self {
        self.reply["referenceId"] = json!(reference);
        self
    }
}

/// A request that was refused. It has changed nothing (documented: ReturnValues).
#[derive(Debug)]
pub struct Refused {
    pub(crate) violation: Box<Violation>,
    /// What changed the state for which it was refused.
    pub(crate) because: Option<StateChange>,
}

impl From<Violation> for Refused {
    fn from(violation: Violation) -> Self {
        Self { violation: Box::new(violation), because: None }
    }
}

/// Where an operation on a session of one's own leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed {
    pub(crate) to: State,
    pub(crate) rule: &'static Rule,
}

/// The place of the session's id in `/api/v2/me/smssessions/{smssessionId}`.
pub(crate) const OWN_SESSION_IN_PATH: &str = "path segment 5";

impl World {
    pub fn new(
        settings: GwsOptions,
        users: impl IntoIterator<Item = Arc<User>>,
        sessions: impl IntoIterator<Item = Arc<Session>>,
        statics: Arc<BTreeMap<String, Value>>,
    ) -> Self {
        let sessions = sessions.into_iter().map(|mut session| {
            if settings.lists != Lists::default() {
                Arc::make_mut(&mut session).tell_all(settings.lists);
            }
            (session.id.clone(), session)
        });
        Self {
            sessions: sessions.collect(),
            settings,
            users: users.into_iter().map(|user| (user.id.clone(), user)).collect(),
            statics,
            backend: Backend::Up,
            last_notification: 0,
            last_participant: 0x00AF_5367_D3D0_0000,
            last_reference: 0,
            last_session: 0,
        }
    }

    /// Takes one request whose form has been checked.
    pub fn handle(
        &mut self,
        caller: &Caller,
        command: &Command,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        if let Some(operation) = command.operation() {
            refusal::demand_feature(self, caller, operation.feature())?;
            refusal::demand_backend(self, operation)?;
        }
        command.perform(self, caller, now)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id).map(Arc::as_ref)
    }

    pub(crate) fn user_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values().map(Arc::as_ref)
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users().find(|user| user.user_name == name)
    }

    /// A user as people call him: his user name, or else his id.
    pub(crate) fn name(&self, user: &str) -> String {
        self.user(user).map_or_else(|| user.to_owned(), |user| user.user_name.clone())
    }

    pub(crate) fn rendering(&self) -> Rendering<'_> {
        Rendering { api_url: &self.settings.api_url, lists: self.settings.lists }
    }

    /// An outbox for notifications that concern no session.
    pub(crate) fn outbox(&mut self) -> Outbox<'_> {
        let rendering = Rendering { api_url: &self.settings.api_url, lists: self.settings.lists };
        Outbox::new(rendering, &mut self.last_notification)
    }

    /// The session, and an outbox for the notifications about it. `place` is where the request names it.
    pub(crate) fn open(
        &mut self,
        id: &str,
        place: &str,
    ) -> Result<(&mut Session, Outbox<'_>), Refused> {
        let session = self.sessions.get_mut(id).ok_or_else(|| no_session(id, place))?;
        let rendering = Rendering { api_url: &self.settings.api_url, lists: self.settings.lists };
        Ok((Arc::make_mut(session), Outbox::new(rendering, &mut self.last_notification)))
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id).map(Arc::as_ref)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values().map(Arc::as_ref)
    }

    pub(crate) fn add_session(&mut self, session: Session) {
        self.sessions.insert(session.id.clone(), Arc::new(session));
    }

    /// The session and the caller's own part in it, if it is one of his.
    pub(crate) fn own(&self, caller: &Caller, id: &str) -> Result<(&Session, &Party), Refused> {
        let Some(session) = self.session(id) else {
            return Err(refusal::unknown_session(self, id, OWN_SESSION_IN_PATH).into());
        };
        match session.party(&caller.user) {
            Some(party) => Ok((session, party)),
            None => {
                Err(refusal::not_in_session(self, &caller.user, session, OWN_SESSION_IN_PATH)
                    .into())
            }
        }
    }

    /// The state after an operation of the caller's on a session of his own, if his part in it is in a state for it and
    /// offers it.
    pub(crate) fn demand(
        &self,
        caller: &Caller,
        id: &str,
        operation: Operation,
    ) -> Result<Allowed, Refused> {
        let (session, party) = self.own(caller, id)?;
        let company = session.company(party);
        let Some((to, rule)) = next(Cause::Does(operation), Some(party.state), company) else {
            return Err(refusal::out_of_state(session, &caller.user, operation));
        };
        if !accepts(operation, session.situation(party), self.settings.lists) {
            return Err(refusal::not_offered(session, party, operation, self.settings.lists));
        }
        Ok(Allowed { to, rule })
    }

    /// 16 hex digits, as GWS writes them; none that somebody in a session has.
    pub(crate) fn next_participant_id(&mut self) -> String {
        loop {
            self.last_participant += 1;
            let id = format!("{:016X}", self.last_participant);
            let mut participants = self.sessions().flat_map(|session| &session.participants);
            if !participants.any(|participant| participant.id == id) {
                return id;
            }
        }
    }

    /// A small number that grows (rules reference-id, reference-id-grows).
    pub(crate) fn next_reference_id(&mut self) -> u64 {
        self.last_reference += 1;
        self.last_reference
    }

    /// 16 letters and digits, as GWS writes them; none that a fixture has.
    pub(crate) fn next_session_id(&mut self) -> String {
        loop {
            self.last_session += 1;
            let id = format!("0000FaKE0W{:06X}", self.last_session);
            if !self.sessions.contains_key(&id) {
                return id;
            }
        }
    }

    /// The user names, in order, for messages.
    pub(crate) fn user_names(&self) -> String {
        let names: BTreeSet<&str> = self.users().map(|user| user.user_name.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// The rule of a reply to a GET.
pub(crate) const READ: &Rule = rule("reply-to-get");

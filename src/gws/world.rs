//! The world: users and sessions, and the numbers that the next of them get.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::gws::agent_state::AgentStates;
use crate::gws::capability::Lists;
use crate::gws::identity::User;
use crate::gws::notification::Outbox;
use crate::gws::session::{Rendering, Session};

/// Everything that GWS knows.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) settings: GwsOptions,
    users: BTreeMap<String, Arc<User>>,
    sessions: BTreeMap<String, Arc<Session>>,
    /// The answers of fixtures, by path below `/api/v2`.
    pub(crate) statics: Arc<BTreeMap<String, Value>>,
    pub(crate) agent_states: Arc<AgentStates>,
    /// The state of the server that carries the conversations.
    pub(crate) backend: Backend,
    last_notification: u64,
    last_participant: u64,
    last_reference: u64,
    last_session: u64,
    /// The number of sessions at which old ones are forgotten.
    forget_sessions_at: usize,
}

/// The number of sessions that are remembered when they are over.
pub(crate) const REMEMBERED: usize = 500;

/// The state of the server that carries the conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Backend {
    #[default]
    Up,
    Down,
}

/// The way in which a session reaches a supervisor who monitors its agent. No source documents it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Following {
    /// He is in it at once (inferred: "added to the agent's next session").
    #[default]
    Joins,
    /// He is invited, as by an Intrude.
    IsInvited,
}

/// The settings for behaviour that a client could depend on and nobody knows for sure.
#[derive(Clone, Debug)]
pub struct GwsOptions {
    /// The beginning of every `uri`; ends with `/api/v2` (documented: `externalApiUrlV2`).
    pub(crate) api_url: String,
    pub(crate) intrude_needs_monitoring: bool,
    pub(crate) lists: Lists,
    pub(crate) following: Following,
    /// A StatusChange to Completed has an empty list of capabilities in place of none (rule capabilities-none; client: one of
    /// the vendor's own reads the list whatever the state).
    pub(crate) empty_capabilities_when_completed: bool,
}

impl GwsOptions {
    pub fn new(api_url: String) -> Self {
        Self {
            api_url,
            intrude_needs_monitoring: false,
            lists: Lists::default(),
            following: Following::default(),
            empty_capabilities_when_completed: false,
        }
    }

    fn rendering(&self) -> Rendering<'_> {
        Rendering {
            api_url: &self.api_url,
            lists: self.lists,
            empty_capabilities_when_completed: self.empty_capabilities_when_completed,
        }
    }
}

/// The beginning of the ids of sessions that begin without a fixture.
const SESSION: &str = "0000FaKE0W";

/// Returns the id of a session of that number.
fn session_id(number: u64) -> String {
    format!("{SESSION}{number:06X}")
}

impl World {
    pub fn new(
        settings: GwsOptions,
        users: impl IntoIterator<Item = Arc<User>>,
        sessions: impl IntoIterator<Item = Arc<Session>>,
        statics: Arc<BTreeMap<String, Value>>,
        agent_states: Arc<AgentStates>,
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
            agent_states,
            backend: Backend::Up,
            last_notification: 0,
            last_participant: 0x00AF_5367_D3D0_0000,
            last_reference: 0,
            last_session: 0,
            forget_sessions_at: 2 * REMEMBERED,
        }
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

    /// The number of the last notification.
    pub(crate) fn last_notification(&self) -> u64 {
        self.last_notification
    }

    pub(crate) fn rendering(&self) -> Rendering<'_> {
        self.settings.rendering()
    }

    /// An outbox for notifications that concern no session.
    pub(crate) fn outbox(&mut self) -> Outbox<'_> {
        Outbox::new(self.settings.rendering(), &mut self.last_notification)
    }

    /// The session, which the caller has looked up before, and an outbox for the notifications about it.
    pub(crate) fn open(&mut self, id: &str) -> (&mut Session, Outbox<'_>) {
        let session = self.sessions.get_mut(id).expect("a session is looked up before it changes");
        let outbox = Outbox::new(self.settings.rendering(), &mut self.last_notification);
        (Arc::make_mut(session), outbox)
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id).map(Arc::as_ref)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values().map(Arc::as_ref)
    }

    pub(crate) fn add_session(&mut self, session: Session) {
        if self.sessions.len() >= self.forget_sessions_at {
            self.forget_sessions();
            self.forget_sessions_at = self.sessions.len() + REMEMBERED;
        }
        self.sessions.insert(session.id.clone(), Arc::new(session));
    }

    /// Forgets the sessions that are over, but for the latest ones and those of fixtures.
    fn forget_sessions(&mut self) {
        let over = self.sessions.values().filter(|session| session.is_over());
        let over: Vec<String> = over
            .filter(|session| self.number(&session.id).is_some())
            .map(|session| session.id.clone())
            .collect();
        for id in over.iter().rev().skip(REMEMBERED) {
            self.sessions.remove(id);
        }
    }

    /// Tells if a session of that id was over for so long that it is forgotten.
    pub(crate) fn has_forgotten(&self, id: &str) -> bool {
        self.number(id).is_some() && self.session(id).is_none()
    }

    /// Returns the number of a session that has begun without a fixture.
    fn number(&self, id: &str) -> Option<u64> {
        let number = u64::from_str_radix(id.strip_prefix(SESSION)?, 16).ok()?;
        (session_id(number) == id && (1..=self.last_session).contains(&number)).then_some(number)
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
            let id = session_id(self.last_session);
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

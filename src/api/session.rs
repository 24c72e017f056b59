//! The view of a session for a test.

use std::sync::Arc;

use serde_json::Value;

use crate::api::assertions::known;
use crate::engine::Engine;
use crate::error::{Error, demand};
use crate::gws::message::Message;
use crate::gws::participant::Participant;
use crate::gws::reads::shown;
use crate::gws::session::Session as WorldSession;
use crate::gws::transition::State;
use crate::server::running_fake::RunningFake;

/// The view of a session, as `gws.session(id)` returns it. Each method shows the session at the time of the call, and
/// changes nothing.
///
/// ```
/// use gws_sms_fake::{FakeGws, SessionState, fixtures};
///
/// let gws = FakeGws::start();
/// let session = gws.session(fixtures::SESSION);
/// assert_eq!(session.state_of("a1"), Some(SessionState::Chatting));
/// assert_eq!(session.state_of("s1"), None);
///
/// gws.customer(fixtures::SESSION).writes("Hello?");
/// assert_eq!(session.messages().last().unwrap()["text"], "Hello?");
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    fake: Arc<RunningFake>,
    id: String,
}

impl Session {
    pub(crate) fn find(fake: &Arc<RunningFake>, id: &str) -> Result<Self, Error> {
        known::session_of_world(fake, id)?;
        Ok(Self { fake: Arc::clone(fake), id: id.to_owned() })
    }

    /// The id of the session.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The state of the session for the user of that name; `None` if the user has no part in it.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn state_of(&self, user_name: &str) -> Option<State> {
        let user = demand(known::user(&self.fake, user_name));
        self.look(|_, session| session.party(&user).map(|party| party.state)).flatten()
    }

    /// The session as the user of that name reads it: the resource of `GET /api/v2/me/smssessions/{smssessionId}`;
    /// `None` if the user has no part in it.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn seen_by(&self, user_name: &str) -> Option<Value> {
        let user = demand(known::user(&self.fake, user_name));
        let seen = |engine: &Engine, session: &WorldSession| {
            session.party(&user).map(|party| shown(&engine.rest.world, session, party))
        };
        self.look(seen).flatten()
    }

    /// All participants of the conversation, in the form of `participants`, including those whom not everybody sees.
    pub fn participants(&self) -> Vec<Value> {
        let rendered = |engine: &Engine, session: &WorldSession| {
            let api_url = &engine.rest.world.settings.api_url;
            let render = |participant: &Participant| participant.render(api_url);
            session.participants.iter().map(render).collect()
        };
        self.look(rendered).unwrap_or_default()
    }

    /// All messages of the log, in the form of `messages`, including those that not everybody sees.
    pub fn messages(&self) -> Vec<Value> {
        let rendered = |engine: &Engine, session: &WorldSession| {
            let api_url = &engine.rest.world.settings.api_url;
            let render = |message: &Message| message.render(api_url);
            session.messages.iter().map(render).collect()
        };
        self.look(rendered).unwrap_or_default()
    }

    /// The user data, as a JSON object.
    pub fn user_data(&self) -> Value {
        self.look(|_, session| Value::Object(session.user_data.fields().clone()))
            .unwrap_or_default()
    }

    /// Looks at the session; a reset may have ended it.
    fn look<T>(&self, of: impl FnOnce(&Engine, &WorldSession) -> T) -> Option<T> {
        self.fake
            .look(|engine| engine.rest.world.session(&self.id).map(|session| of(engine, session)))
    }
}

//! The customer of a session. No client of GWS is one: its actions happen without HTTP.

use std::sync::Arc;

use serde_json::Value;

use crate::api::assertions::known;
use crate::engine::Engine;
use crate::error::{Error, demand};
use crate::gws::external_event::ExternalEvent;
use crate::gws::participant::Viewer;
use crate::server::running_fake::RunningFake;

/// The customer of a session, as `gws.customer(session)` and `gws.agent().is_offered_a_session()` return it. Each
/// action panics if the customer is not in the session.
#[derive(Clone, Debug)]
pub struct Customer {
    fake: Arc<RunningFake>,
    session: String,
}

impl Customer {
    pub(crate) fn new(fake: &Arc<RunningFake>, session: String) -> Self {
        Self { fake: Arc::clone(fake), session }
    }

    pub(crate) fn find(fake: &Arc<RunningFake>, session: &str) -> Result<Self, Error> {
        known::session_of_world(fake, session)?;
        Ok(Self::new(fake, session.to_owned()))
    }

    /// The id of the session.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Writes a message of type `Text` as the customer.
    #[track_caller]
    pub fn writes(&self, text: &str) -> &Self {
        let text = text.to_owned();
        self.does(|session| ExternalEvent::CustomerWrites { session, text })
    }

    /// Begins to type as the customer.
    #[track_caller]
    pub fn types(&self) -> &Self {
        self.does(|session| ExternalEvent::CustomerTypes { session })
    }

    /// Stops typing as the customer.
    #[track_caller]
    pub fn stops_typing(&self) -> &Self {
        self.does(|session| ExternalEvent::CustomerStopsTyping { session })
    }

    /// Leaves as the customer: the participants then include none of type `Customer` (client).
    #[track_caller]
    pub fn leaves(&self) -> &Self {
        self.does(|session| ExternalEvent::CustomerLeaves { session })
    }

    /// The participants whom the customer sees, in the form of `participants`.
    pub fn participants(&self) -> Vec<Value> {
        self.fake.look(|engine| participants_seen(engine, &self.session))
    }

    /// The messages that the customer sees, in the form of `messages`.
    pub fn messages(&self) -> Vec<Value> {
        self.fake.look(|engine| messages_seen(engine, &self.session))
    }

    #[track_caller]
    fn does(&self, what: impl FnOnce(String) -> ExternalEvent) -> &Self {
        demand(self.fake.change(|engine, now| engine.act(&what(self.session.clone()), now)));
        self
    }
}

/// Renders the participants whom the customer of a session sees.
pub(crate) fn participants_seen(engine: &Engine, session: &str) -> Vec<Value> {
    let (world, api_url) = (&engine.rest.world, &engine.rest.world.settings.api_url);
    let session = world.session(session);
    let seen =
        session.into_iter().flat_map(|session| session.participants_seen(Viewer::Customer, None));
    seen.map(|participant| participant.render(api_url)).collect()
}

/// Renders the messages that the customer of a session sees.
pub(crate) fn messages_seen(engine: &Engine, session: &str) -> Vec<Value> {
    let (world, api_url) = (&engine.rest.world, &engine.rest.world.settings.api_url);
    let messages = world.session(session).into_iter().flat_map(|session| &session.messages);
    let seen = messages.filter(|message| message.shown_to(Viewer::Customer, None));
    seen.map(|message| message.render(api_url)).collect()
}

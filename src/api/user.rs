//! The users of a fake: their subscriptions, their notifications, and their actions without HTTP.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::assertions::Notifications;
use crate::api::customer::Customer;
use crate::api::failure::given_up;
use crate::api::notification::Notification;
use crate::api::push_faults::PushFaults;
use crate::api::wait::Wait;
use crate::engine::Engine;
use crate::engine::barriers;
use crate::engine::delivery::publish::Reach;
use crate::engine::external_events;
use crate::error::{Error, demand};
use crate::gws::external_event::{CUSTOMER, ExternalEvent};
use crate::gws::operation::Operation;
use crate::gws::world::World;
use crate::server::running_fake::RunningFake;

/// A user of the fake, as `gws.supervisor()`, `gws.agent()` and `gws.user("s2")` return it.
#[derive(Clone, Debug)]
pub struct User {
    fake: Arc<RunningFake>,
    id: String,
    user_name: String,
    password: String,
}

impl User {
    pub(crate) fn find(
        fake: &Arc<RunningFake>,
        which: impl FnOnce(&World) -> Option<&crate::gws::identity::User>,
    ) -> Option<Self> {
        fake.look(|engine| {
            let user = which(&engine.rest.world)?;
            Some(Self {
                fake: Arc::clone(fake),
                id: user.id.clone(),
                user_name: user.user_name.clone(),
                password: user.password.clone(),
            })
        })
    }

    /// The user's id in paths: 32 hex digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name to sign in with.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The password to sign in with.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Waits until a client of this user has a subscription that covers the channel: `/v2/me/*` covers
    /// `/v2/me/smssessions`.
    #[track_caller]
    pub fn subscribed(&self, channel: &str) -> Wait<()> {
        let (id, channel) = (self.id.clone(), channel.to_owned());
        let attempt = barriers::subscribed(id.clone(), channel.clone());
        let failure = move |fake: &RunningFake| {
            let failure = fake.look(|engine| barriers::not_subscribed(engine, &id, &channel));
            given_up(fake, &failure)
        };
        Wait::attempt("subscribed", &self.fake, attempt, failure)
    }

    /// Waits until a connect of a client of this user is held: an event that is published now goes out at once.
    #[track_caller]
    pub fn connect_held(&self) -> Wait<()> {
        let attempt = barriers::connect_held(self.id.clone());
        let failure = format!("no connect of {} is held", self.user_name);
        Wait::attempt("connect_held", &self.fake, attempt, move |fake| given_up(fake, &failure))
    }

    /// Waits for the next notification to this user that this method has not returned before, in the order in which
    /// they are published. A client may not have received it yet: see [`Notification::delivered`].
    #[track_caller]
    pub fn next_notification(&self) -> Wait<Notification> {
        let id = self.id.clone();
        let fake = Arc::clone(&self.fake);
        let failure = format!("no further notification was published to {}", self.user_name);
        let mut next = barriers::notified(id.clone());
        let attempt = move |engine: &mut Engine| {
            let number = next(engine)?;
            let notified = engine.log.timeline.notified(number)?;
            Some(Notification::of(&fake, &id, number, notified))
        };
        let failed = move |fake: &RunningFake| given_up(fake, &failure);
        Wait::attempt("next_notification", &self.fake, attempt, failed)
    }

    /// Sends every client of this user an event of the test's own, even if it has not subscribed to the channel:
    /// CometD's `deliver` (wire). It is not known if GWS delivers past subscriptions in this way.
    ///
    /// ```
    /// # let gws = gws_sms_fake::FakeGws::start();
    /// use gws_sms_fake::serde_json::json;
    ///
    /// gws.agent().deliver("/v2/me/calls", &json!({ "messageType": "CallStateChangeMessage" }));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the channel is no broadcast channel.
    #[track_caller]
    pub fn deliver(&self, channel: &str, data: &Value) -> &Self {
        let delivered = self.fake.change(|engine, now| {
            let (delivery, mut book) = engine.delivery(now.at);
            delivery.send(&mut book, Some(&self.id), channel, data, Reach::All)
        });
        demand(delivered);
        self
    }

    /// The notifications to this user so far, for assertions.
    pub fn notifications(&self) -> Notifications {
        Notifications::new(&self.fake, &self.id, &self.user_name)
    }

    /// The faults that a test can inject into the events and the clients of this user.
    pub fn push_faults(&self) -> PushFaults {
        PushFaults { fake: Arc::clone(&self.fake), user: self.id.clone() }
    }

    /// Routes a new session to this user, in which a customer has written for the first time: its state is `Invited`
    /// (documented: GWS 8.5.2 SMSIntrude, which shows the same for a supervisor).
    ///
    /// ```
    /// use gws_sms_fake::FakeGws;
    ///
    /// let gws = FakeGws::start();
    /// let customer = gws.agent().is_offered_a_session();
    /// gws.agent().accepts(customer.session());
    /// customer.writes("My parcel has not arrived");
    /// gws.agent().answers(customer.session(), "I will look it up");
    /// customer.leaves();
    /// gws.agent().completes(customer.session());
    /// ```
    #[track_caller]
    pub fn is_offered_a_session(&self) -> Customer {
        let session = self.happens(None);
        Customer::new(&self.fake, session)
    }

    /// Routes a session to this user that waits in a queue, or that nobody has any longer.
    ///
    /// # Panics
    ///
    /// Panics if there is no such session, or if the user has it already.
    #[track_caller]
    pub fn is_offered(&self, session: &str) -> &Self {
        self.happens(Some(session.to_owned()));
        self
    }

    /// Withdraws the invitation of this user to the session: its state is `Revoked` (client).
    ///
    /// # Panics
    ///
    /// Panics if the user is not invited to it.
    #[track_caller]
    pub fn loses_the_invitation(&self, session: &str) -> &Self {
        let user = self.id.clone();
        let session = session.to_owned();
        let event = ExternalEvent::Revoked { user, session };
        demand(self.fake.change(|engine, now| engine.act(&event, now)));
        self
    }

    /// Accepts the session as this user.
    ///
    /// # Panics
    ///
    /// Panics if GWS would refuse it.
    #[track_caller]
    pub fn accepts(&self, session: &str) -> &Self {
        self.performs(Operation::Accept, session, json!({}))
    }

    /// Writes to everybody in the session as this user.
    ///
    /// # Panics
    ///
    /// Panics if GWS would refuse it.
    #[track_caller]
    pub fn answers(&self, session: &str, text: &str) -> &Self {
        self.performs(Operation::SendMessage, session, json!({ "text": text }))
    }

    /// Leaves the session as this user: the state is `LeftChat`, or `Completed` if another agent stays (documented:
    /// HTCC SMSLeave).
    ///
    /// # Panics
    ///
    /// Panics if GWS would refuse it.
    #[track_caller]
    pub fn leaves(&self, session: &str) -> &Self {
        self.performs(Operation::Leave, session, json!({}))
    }

    /// Completes the session as this user.
    ///
    /// # Panics
    ///
    /// Panics if GWS would refuse it.
    #[track_caller]
    pub fn completes(&self, session: &str) -> &Self {
        self.performs(Operation::Complete, session, json!({}))
    }

    /// Performs any operation as this user, without HTTP; `parameters` are those next to `operationName`. The target is the
    /// one that the operation's path names:
    ///
    /// - the id of a session, for operations on a session and for Intrude, whose agent is the one who has the session;
    /// - the userName or the id of an agent, for Monitor, Coach, BargeIn and CancelSupervisorMonitoring;
    /// - the name of a channel, for Ready and NotReady;
    /// - nothing, `""`, for StartContactCenterSession and EndContactCenterSession. No HTTP session ends with the latter.
    ///
    /// ```
    /// use gws_sms_fake::serde_json::json;
    /// use gws_sms_fake::{FakeGws, Operation, SessionState, fixtures};
    ///
    /// let gws = FakeGws::start();
    /// let mode = json!({ "supervisorVisibilityMode": "Coach" });
    /// gws.supervisor().performs(Operation::Intrude, fixtures::SESSION, mode);
    /// assert_eq!(gws.session(fixtures::SESSION).state_of("s1"), Some(SessionState::Invited));
    /// gws.user("s2").performs(Operation::Monitor, "a1", json!({}));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if GWS would refuse it.
    #[track_caller]
    pub fn performs(&self, operation: Operation, target: &str, parameters: Value) -> &Self {
        demand(self.try_performs(operation, target, parameters));
        self
    }

    /// Does the same as [`performs`](Self::performs), without a panic.
    ///
    /// # Errors
    ///
    /// Fails if GWS would refuse it.
    pub fn try_performs(
        &self,
        operation: Operation,
        target: &str,
        parameters: Value,
    ) -> Result<(), Error> {
        let settings = &self.fake.settings;
        let operation = external_events::operation(settings, operation, target, parameters)?;
        self.fake.change(|engine, now| engine.act_as(&self.id, &operation, now))
    }

    #[track_caller]
    fn happens(&self, session: Option<String>) -> String {
        let user = self.id.clone();
        let customer = CUSTOMER.to_owned();
        let event = ExternalEvent::Routed { user, session, customer };
        let session = demand(self.fake.change(|engine, now| engine.act(&event, now)));
        session.expect("a session that is offered has an id")
    }
}

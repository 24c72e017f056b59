//! Users in the hand of a test: what their clients have subscribed to, and what they are told.

use std::sync::Arc;

use serde_json::Value;

use crate::gws::operation::Mode;
use crate::gws::world::World;
use crate::http::shared::{Shared, State};
use crate::http::waiting::Wait;
use crate::report::text::Facts;
use crate::timeline::Receipt;

/// A user of the fake, as `gws.supervisor()`, `gws.agent()` and `gws.user("s2")` give it.
#[derive(Clone, Debug)]
pub struct User {
    shared: Arc<Shared>,
    id: String,
    user_name: String,
    password: String,
}

impl User {
    pub(crate) fn find(
        shared: &Arc<Shared>,
        which: impl FnOnce(&World) -> Option<&crate::gws::identity::User>,
    ) -> Option<Self> {
        shared.look(|state| {
            let user = which(&state.world)?;
            Some(Self {
                shared: Arc::clone(shared),
                id: user.id.clone(),
                user_name: user.user_name.clone(),
                password: user.password.clone(),
            })
        })
    }

    /// What stands in a path: 32 hex digits.
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
        let (id, wanted) = (self.id.clone(), channel.to_owned());
        let failure = format!("{} has not subscribed to {channel}", self.user_name);
        let attempt = move |state: &mut State| {
            let mut sessions = state.push.sessions().map(|(_, session)| session);
            let covers = sessions.any(|session| session.owner == id && session.covers(&wanted));
            covers.then_some(())
        };
        Wait::attempt("subscribed", &self.shared, attempt, move |shared| given_up(shared, &failure))
    }

    /// Waits until a connect of a client of this user is held: an event that is published now goes out at once.
    #[track_caller]
    pub fn parked(&self) -> Wait<()> {
        let id = self.id.clone();
        let failure = format!("no connect of {} is held", self.user_name);
        let attempt = move |state: &mut State| {
            let mut sessions = state.push.sessions().map(|(_, session)| session);
            sessions.any(|session| session.owner == id && session.held.is_some()).then_some(())
        };
        Wait::attempt("parked", &self.shared, attempt, move |shared| given_up(shared, &failure))
    }

    /// Waits for the next notification to this user that this has not returned before, in the order in which they are
    /// published. Whether a client has received it is another question: [`Notification::delivered`].
    #[track_caller]
    pub fn next_notification(&self) -> Wait<Notification> {
        let (id, shared) = (self.id.clone(), Arc::clone(&self.shared));
        let failure = format!("no further notification was published to {}", self.user_name);
        let reader = format!("notifications to {id}");
        let attempt = move |state: &mut State| {
            let read = state.read_up_to.get(&reader).copied().unwrap_or_default();
            let mut new = state.timeline.notifications().filter(|(number, _)| *number > read);
            let (number, notified) =
                new.find(|(_, it)| it.to.as_deref().is_none_or(|to| to == id))?;
            let (channel, data) = (notified.channel.clone(), notified.data.clone());
            state.read_up_to.insert(reader.clone(), number);
            let (shared, user) = (Arc::clone(&shared), id.clone());
            Some(Notification { shared, user, number, channel, data })
        };
        let failed = move |shared: &Shared| given_up(shared, &failure);
        Wait::attempt("next_notification", &self.shared, attempt, failed)
    }
}

/// A notification that the fake has published.
#[derive(Clone, Debug)]
pub struct Notification {
    shared: Arc<Shared>,
    user: String,
    number: u64,
    channel: String,
    data: Value,
}

impl Notification {
    /// The channel that it was published on.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Its `data`, which the vendor's pages call the notification.
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// Asserts that the session's `state` is this one.
    #[track_caller]
    pub fn state(self, want: &str) -> Self {
        self.expect("/smssession/state", want)
    }

    /// Asserts that the session's `supervisorMode` is this one.
    #[track_caller]
    pub fn mode(self, want: Mode) -> Self {
        self.expect("/smssession/supervisorMode", want.as_str())
    }

    /// Asserts that its `notificationType` is this one.
    #[track_caller]
    pub fn kind(self, want: &str) -> Self {
        self.expect("/notificationType", want)
    }

    /// Waits until the socket of a client has taken its last byte.
    #[track_caller]
    pub fn delivered(&self) -> Wait<Self> {
        self.arrived("delivered", |receipt| receipt.delivered.is_some())
    }

    /// Waits until a client that received it has connected again, and so shows that the answer with it has ended.
    #[track_caller]
    pub fn acknowledged(&self) -> Wait<Self> {
        self.arrived("acknowledged", |receipt| receipt.acknowledged.is_some())
    }

    #[track_caller]
    fn arrived(&self, name: &'static str, has: fn(&Receipt) -> bool) -> Wait<Self> {
        let this = self.clone();
        let of_user = |state: &State, client: &str, user: &str| {
            state.push.session(client).is_none_or(|session| session.owner == user)
        };
        let attempt = move |state: &mut State| {
            let receipts = &state.timeline.notified(this.number)?.receipts;
            let mut own = receipts.iter().filter(|it| of_user(state, &it.client, &this.user));
            own.any(has).then(|| this.clone())
        };
        let failure = format!("the notification on {} was not {name}", self.channel);
        Wait::attempt(name, &self.shared, attempt, move |shared| given_up(shared, &failure))
    }

    #[track_caller]
    fn expect(self, pointer: &str, want: &str) -> Self {
        let got = self.data.pointer(pointer).and_then(Value::as_str);
        if got != Some(want) {
            let got = got.map_or_else(|| "nothing".to_owned(), |got| format!("\"{got}\""));
            let failure = format!("notification: {pointer}  got {got}, want \"{want}\"");
            panic!("{}", given_up(&self.shared, &failure));
        }
        self
    }
}

/// What a failed barrier or assertion says: what did not happen, and all that did.
pub(crate) fn given_up(shared: &Shared, failure: &str) -> String {
    let started_at = &shared.settings.started_at;
    shared.change(|state| {
        let (timeline, exemptions) = (&state.timeline, &state.exemptions);
        let report = Facts { timeline, exemptions, unmet: None, started_at }.report();
        state.reported = true;
        format!("{failure}\n{report}")
    })
}

//! A notification in the hand of a test: what it says, and whether it arrived.

use std::sync::Arc;

use serde_json::Value;

use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::engine::log::timeline::{Notified, Receipt};
use crate::gws::operation::Mode;
use crate::server::shared::{Shared, State};

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
    pub(crate) fn of(shared: &Arc<Shared>, user: &str, number: u64, notified: &Notified) -> Self {
        let (channel, data) = (notified.channel.clone(), notified.data());
        Self { shared: Arc::clone(shared), user: user.to_owned(), number, channel, data }
    }

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
            state.push.session(client).is_none_or(|session| *session.owner == *user)
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

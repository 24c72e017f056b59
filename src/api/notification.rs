//! A notification that the fake has published, for assertions about its content and its arrival.

use std::sync::Arc;

use serde_json::Value;

use crate::api::failure::given_up;
use crate::api::wait::Wait;
use crate::engine::Engine;
use crate::engine::log::timeline::{Notified, Receipt};
use crate::gws::operation::Mode;
use crate::report::expectation::kind_place;
use crate::server::running_fake::RunningFake;

/// A notification that the fake has published.
#[derive(Clone, Debug)]
pub struct Notification {
    fake: Arc<RunningFake>,
    user: String,
    number: u64,
    channel: String,
    data: Value,
}

impl Notification {
    pub(crate) fn of(
        fake: &Arc<RunningFake>,
        user: &str,
        number: u64,
        notified: &Notified,
    ) -> Self {
        let channel = notified.channel.clone();
        let data = notified.data();
        Self { fake: Arc::clone(fake), user: user.to_owned(), number, channel, data }
    }

    /// The channel that it was published on.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Its `data`, which the vendor's pages call the notification.
    pub fn data(&self) -> &Value {
        &self.data
    }

    /// Asserts that the session's `state` is this one: a [`SessionState`](crate::SessionState), or its name.
    #[track_caller]
    pub fn state(self, want: impl AsRef<str>) -> Self {
        self.expect("/smssession/state", want.as_ref())
    }

    /// Asserts that the session's `supervisorMode` is this one.
    #[track_caller]
    pub fn mode(self, want: Mode) -> Self {
        self.expect("/smssession/supervisorMode", want.as_str())
    }

    /// Asserts that it is of this kind: a [`NotificationType`](crate::NotificationType), or its name.
    #[track_caller]
    pub fn kind(self, want: impl AsRef<str>) -> Self {
        let want = want.as_ref();
        self.expect(kind_place(want), want)
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
        let of_user = |engine: &Engine, client: &str, user: &str| {
            engine.delivery.server.session(client).is_none_or(|session| *session.owner == *user)
        };
        let attempt = move |engine: &mut Engine| {
            let receipts = &engine.log.timeline.notified(this.number)?.receipts;
            let mut own =
                receipts.iter().filter(|receipt| of_user(engine, &receipt.client, &this.user));
            own.any(has).then(|| this.clone())
        };
        let failure = format!("the notification on {} was not {name}", self.channel);
        Wait::attempt(name, &self.fake, attempt, move |fake| given_up(fake, &failure))
    }

    #[track_caller]
    fn expect(self, pointer: &str, want: &str) -> Self {
        let got = self.data.pointer(pointer).and_then(Value::as_str);
        if got != Some(want) {
            let got = got.map_or_else(|| "nothing".to_owned(), |got| format!("\"{got}\""));
            let failure = format!("notification: {pointer}  got {got}, want \"{want}\"");
            panic!("{}", given_up(&self.fake, &failure));
        }
        self
    }
}

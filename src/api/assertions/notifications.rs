//! Assertions about the notifications to a user.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::assertions::asserts::asserts;
use crate::api::assertions::known;
use crate::api::failure::given_up;
use crate::api::notification::Notification;
use crate::api::wait::Wait;
use crate::engine::log::timeline::Entry;
use crate::error::{Error, demand};
use crate::gws::operation::Mode;
use crate::report::expectation::{Filter, any_text, data};
use crate::server::running_fake::RunningFake;

/// The notifications to a user, as `gws.agent().notifications()` returns them: those that were published, even if no
/// client has received them. `kind`, `state`, `in_session` and others select among them; the other methods assert.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use gws_sms_fake::{FakeGws, fixtures};
///
/// let gws = FakeGws::start();
/// gws.customer(fixtures::SESSION).writes("Hello?");
/// gws.agent().notifications().kind("NewMessages").in_session(fixtures::SESSION).once();
/// // The agent is never told of the supervisor, not in an hour either.
/// gws.agent().notifications().about("s1").never_for(Duration::from_secs(3600)).await;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Notifications {
    fake: Arc<RunningFake>,
    user: String,
    filter: Filter,
}

impl Notifications {
    pub(crate) fn new(fake: &Arc<RunningFake>, user: &str, user_name: &str) -> Self {
        let filter = Filter::notifications_to(user, user_name);
        Self { fake: Arc::clone(fake), user: user.to_owned(), filter }
    }

    /// Selects the notifications of this kind, as a [`NotificationType`](crate::NotificationType) or by its name: the
    /// `notificationType`, such as `StatusChange` or `NewMessages`, or the `messageType` of a kind that has no other.
    ///
    /// # Panics
    ///
    /// Panics for a type that GWS does not send, and that no notification of the test's own has.
    #[track_caller]
    pub fn kind(self, kind: impl AsRef<str>) -> Self {
        demand(known::kind(&self.fake, kind.as_ref()));
        Self { filter: self.filter.of_kind(kind.as_ref()), ..self }
    }

    /// Selects the notifications that show the session in this state, as a [`SessionState`](crate::SessionState) or by
    /// its name.
    ///
    /// # Panics
    ///
    /// Panics for a state that a session does not have.
    #[track_caller]
    pub fn state(self, state: impl AsRef<str>) -> Self {
        demand(known::state(&self.fake, state.as_ref()));
        Self { filter: self.filter.in_state(state.as_ref()), ..self }
    }

    /// Selects the notifications that show the session in this `supervisorMode`.
    pub fn mode(self, mode: Mode) -> Self {
        self.with("/smssession/supervisorMode", mode.as_str())
    }

    /// Selects the notifications about the session of this id.
    ///
    /// # Panics
    ///
    /// Panics if there is no such session, and nothing was received or sent about it.
    #[track_caller]
    pub fn in_session(self, session: &str) -> Self {
        demand(known::session(&self.fake, session));
        Self { filter: self.filter.in_session(session), ..self }
    }

    /// Selects the notifications whose `data` has this value at this JSON pointer.
    pub fn with(self, pointer: &str, value: impl Into<Value>) -> Self {
        Self { filter: self.filter.with(pointer, value.into(), data), ..self }
    }

    /// Selects the notifications that name the user of this name: by user name, by id, or by an address that ends with
    /// the id. The texts of people, and user data, are not searched.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn about(self, user_name: &str) -> Self {
        let id = demand(known::user(&self.fake, user_name));
        let names = [id, user_name.to_owned()];
        self.and(&format!("about {user_name}"), move |entry| {
            data(entry).is_some_and(|data| names_one(&data, &names))
        })
    }

    /// Selects the notifications that a client has received.
    pub fn delivered(self) -> Self {
        self.and("that were delivered", |entry| {
            entry.notified().is_some_and(|notification| {
                notification.receipts.iter().any(|receipt| receipt.delivered.is_some())
            })
        })
    }

    /// Waits for the next notification that `next` of the same filter has not returned before, in the order in which
    /// they are published. Others may come in between. A client may not have received it yet: see
    /// [`Notification::delivered`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use gws_sms_fake::{FakeGws, fixtures};
    ///
    /// let gws = FakeGws::start();
    /// gws.customer(fixtures::SESSION).types().writes("Hello?");
    /// let written = gws.agent().notifications().with("/messages/0/type", "Text").next().await;
    /// assert_eq!(written.data()["messages"][0]["text"], "Hello?");
    /// # }
    /// ```
    #[track_caller]
    pub fn next(&self) -> Wait<Notification> {
        let (fake, user) = (Arc::clone(&self.fake), self.user.clone());
        self.filter.next(&self.fake, "no further one was published", move |entry| {
            Some(Notification::of(&fake, &user, entry.number, entry.notified()?))
        })
    }

    fn find(&self, want: RangeInclusive<usize>) -> Result<Vec<Notification>, Error> {
        let numbers = self.filter.find(&self.fake, &want)?;
        let entries = self.fake.look(|engine| engine.log.timeline.shared(&numbers));
        let found = entries.iter().filter_map(|entry| {
            Some(Notification::of(&self.fake, &self.user, entry.number, entry.notified()?))
        });
        Ok(found.collect())
    }

    fn and(self, words: &str, condition: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: self.filter.and(words, condition), ..self }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }
}

asserts!(Notifications, Notification);

/// Tells if data names a user, of whom these are the names.
fn names_one(data: &Value, names: &[String; 2]) -> bool {
    any_text(data, &|text| {
        names.iter().any(|name| text == name || text.ends_with(&format!("/{name}")))
    })
}

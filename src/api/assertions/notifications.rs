//! Assertions about what a user was told.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::assertions::asserts::asserts;
use crate::api::assertions::filter::Filter;
use crate::api::assertions::known;
use crate::api::failure::given_up;
use crate::api::notification::Notification;
use crate::api::wait::Wait;
use crate::engine::log::timeline::{Entry, EntryKind, Notified};
use crate::error::{Error, demand};
use crate::gws::operation::Mode;
use crate::server::running_fake::RunningFake;

/// The notifications to a user, as `gws.agent().notifications()` gives them: those that were published, whether a client has received
/// them or not. `kind`, `state`, `in_session` and others leave out others; what follows asserts.
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
        let to = user.to_owned();
        let is = move |entry: &Entry| {
            notified(entry).is_some_and(|notification| {
                notification.to.as_ref().is_none_or(|other| *other == to)
            })
        };
        let filter = Filter::new(format!("notifications to {user_name}"), is);
        Self { fake: Arc::clone(fake), user: user.to_owned(), filter }
    }

    /// Only those with this `notificationType`, such as `StatusChange` or `NewMessages`.
    ///
    /// # Panics
    ///
    /// For a type that GWS does not send, and that no notification of the test's own has.
    #[track_caller]
    pub fn kind(self, kind: &str) -> Self {
        demand(known::kind(&self.fake, kind));
        self.with("/notificationType", kind)
    }

    /// Only those that show the session in this state.
    ///
    /// # Panics
    ///
    /// For a state that a session does not have.
    #[track_caller]
    pub fn state(self, state: &str) -> Self {
        demand(known::state(&self.fake, state));
        self.with("/smssession/state", state)
    }

    /// Only those that show the session in this `supervisorMode`.
    pub fn mode(self, mode: Mode) -> Self {
        self.with("/smssession/supervisorMode", mode.as_str())
    }

    /// Only those about the session of this id.
    ///
    /// # Panics
    ///
    /// When there is no such session, and nothing was received or sent about it.
    #[track_caller]
    pub fn in_session(self, session: &str) -> Self {
        demand(known::session(&self.fake, session));
        let id = session.to_owned();
        self.and(&format!("in session {session}"), move |entry| {
            notified(entry).is_some_and(|notification| of_session(&notification.data(), &id))
        })
    }

    /// Only those whose `data` has this value at this JSON pointer.
    pub fn with(self, pointer: &str, value: impl Into<Value>) -> Self {
        let data = |entry: &Entry| notified(entry).map(Notified::data);
        Self { filter: self.filter.with(pointer, value.into(), data), ..self }
    }

    /// Only those that name the user of this name: by user name, by id, or by an address that ends with the id. What people
    /// wrote, and user data, is not looked at.
    ///
    /// # Panics
    ///
    /// When the fixtures have no such user.
    #[track_caller]
    pub fn about(self, user_name: &str) -> Self {
        let id = demand(known::user(&self.fake, user_name));
        let names = [id, user_name.to_owned()];
        self.and(&format!("about {user_name}"), move |entry| {
            notified(entry).is_some_and(|notification| names_one(&notification.data(), &names))
        })
    }

    /// Only those that a client has received.
    pub fn delivered(self) -> Self {
        self.and("that were delivered", |entry| {
            notified(entry).is_some_and(|notification| {
                notification.receipts.iter().any(|receipt| receipt.delivered.is_some())
            })
        })
    }

    fn find(&self, want: RangeInclusive<usize>) -> Result<Vec<Notification>, Error> {
        let numbers = self.filter.find(&self.fake, &want)?;
        let entries = self.fake.look(|engine| engine.log.timeline.shared(&numbers));
        let found = entries.iter().filter_map(|entry| {
            Some(Notification::of(&self.fake, &self.user, entry.number, notified(entry)?))
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

fn notified(entry: &Entry) -> Option<&Notified> {
    match &entry.what {
        EntryKind::Notification(notified) => Some(notified),
        _ => None,
    }
}

/// Whether the data is about that session: it has its id, or an address in it has.
fn of_session(data: &Value, id: &str) -> bool {
    let is = |text: &str| text == id || text.split('/').any(|part| part == id);
    any_text(data, &is)
}

fn names_one(data: &Value, names: &[String; 2]) -> bool {
    let is =
        |text: &str| names.iter().any(|name| text == name || text.ends_with(&format!("/{name}")));
    any_text(data, &is)
}

/// What holds whatever somebody wrote.
const FREE: [&str; 4] = ["text", "noticeText", "url", "userData"];

fn any_text(value: &Value, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, is)),
        Value::Object(fields) => {
            let mut named = fields.iter().filter(|(name, _)| !FREE.contains(&name.as_str()));
            named.any(|(_, field)| any_text(field, is))
        }
        _ => false,
    }
}

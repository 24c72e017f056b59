//! The running fake. [`verification`] is its end, with its verdict and its report. `verdict` and `others` are for fakes
//! whose end somebody else reports, and `registry` contains the fakes that a suite in another language asks for.

#[cfg(feature = "control")]
mod others;
#[cfg(feature = "control")]
pub(crate) mod registry;
#[cfg(feature = "control")]
pub(crate) mod verdict;
pub(crate) mod verification;

use std::fmt;
#[cfg(feature = "control")]
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::api::assertions::{self, Observed, Received};
use crate::api::clock::Clock;
use crate::api::customer::Customer;
use crate::api::failure::given_up;
#[cfg(feature = "control")]
use crate::api::fake::verdict::Verdict;
use crate::api::rest_faults::RestFaults;
use crate::api::session::Session;
use crate::api::user::User;
use crate::api::wait::Wait;
use crate::engine::Engine;
use crate::error::{Error, demand};
use crate::gws::external_event::ExternalEvent;
use crate::gws::identity::SUPERVISOR_ROLE;
use crate::gws::operation::Operation;
use crate::server::dispatch;
use crate::server::listener::{Accepting, Listeners};
use crate::server::mocks::Mock;
use crate::server::running_fake::RunningFake;

/// Ends the fakes of a registry; returns their verdicts.
#[cfg(feature = "control")]
pub(crate) type EndOthers =
    Box<dyn Fn() -> Vec<Verdict> + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// A running fake of Genesys Web Services.
///
/// Dropped, it frees its port, cuts what it still holds, and fails the test when the contract was broken. A fake that is
/// leaked, stands in a static, or is dropped on another thread than the test's cannot do that: call
/// [`verify`](Self::verify) there. Nor can a drop see that a test returns `Err`: [`test`](Self::test) shows both.
///
/// ```should_panic
/// use gws_sms_fake::FakeGws;
///
/// let gws = FakeGws::start();
/// let request = std::net::TcpStream::connect(gws.url().trim_start_matches("http://")).unwrap();
/// std::io::Write::write_all(&mut &request, b"GET /api/v2/Me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
/// std::io::read_to_string(&request).unwrap();
/// // Here the test fails: the path is /api/v2/me, and nobody has signed in.
/// ```
pub struct FakeGws {
    pub(crate) fake: Arc<RunningFake>,
    listeners: Arc<Listeners>,
    accepting: Accepting,
    url: String,
    /// The file to which the scenario of this fake is written at its end.
    recording: Mutex<Option<PathBuf>>,
    /// Ends the fakes that its control endpoint was asked for; returns their verdicts.
    #[cfg(feature = "control")]
    end_others: Option<EndOthers>,
    /// True if the verdict is reported by something else than the drop of this fake.
    #[cfg(feature = "control")]
    is_reported: bool,
}

impl FakeGws {
    /// The address, without a path: `http://127.0.0.1:PORT`; with `builder().tls()` it begins with `https`. REST is
    /// below `/api/v2`, CometD is `/api/v2/notifications`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of the push side.
    pub fn cometd_url(&self) -> String {
        format!("{}{}", self.url, self.fake.settings.cometd_path)
    }

    /// The same address as [`url`](Self::url) with another host, for clients whose cookie jar refuses IP addresses:
    /// `url_with_host("localhost")`.
    pub fn url_with_host(&self, host: &str) -> String {
        let scheme = self.url.split(':').next().expect("a split text has a first part");
        format!("{scheme}://{host}:{}", self.listeners.port)
    }

    /// The certificate of the CA that clients have to trust, in PEM; `None` if the fake speaks no TLS. Feature `tls`:
    /// [`Builder::tls`](crate::Builder::tls).
    #[cfg(feature = "tls")]
    pub fn ca_certificate(&self) -> Option<&str> {
        self.fake.transport.tls.as_ref().map(|tls| tls.ca_certificate.as_str())
    }

    /// The supervisor `s1`; without one of that name, the first user with the role `ROLE_SUPERVISOR`.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no supervisor.
    #[track_caller]
    pub fn supervisor(&self) -> User {
        let first = User::find(&self.fake, |world| {
            world.user_named("s1").or_else(|| world.users().find(|user| user.is_supervisor()))
        });
        demand(first.ok_or_else(|| {
            Error::new(format!("no user of the fixtures has the role {SUPERVISOR_ROLE}; add one"))
        }))
    }

    /// The agent `a1`; without one of that name, the first user who is no supervisor.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no agent.
    #[track_caller]
    pub fn agent(&self) -> User {
        let first = User::find(&self.fake, |world| {
            world.user_named("a1").or_else(|| world.users().find(|user| !user.is_supervisor()))
        });
        demand(first.ok_or_else(|| Error::new("no user of the fixtures is an agent; add one")))
    }

    /// The user of that name.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn user(&self, user_name: &str) -> User {
        let user = User::find(&self.fake, |world| world.user_named(user_name));
        demand(user.ok_or_else(|| {
            let names = self.fake.look(|engine| engine.rest.world.user_names());
            Error::new(format!("got the user name {user_name:?}, want one of {names}"))
        }))
    }

    /// Every user, in the order of their names.
    pub fn users(&self) -> Vec<User> {
        let names = self.fake.look(|engine| {
            let names = engine.rest.world.users().map(|user| user.user_name.clone());
            names.collect::<std::collections::BTreeSet<_>>()
        });
        names
            .iter()
            .filter_map(|name| User::find(&self.fake, |world| world.user_named(name)))
            .collect()
    }

    /// The customer of the session of that id.
    ///
    /// # Panics
    ///
    /// Panics if there is no such session.
    #[track_caller]
    pub fn customer(&self, session: &str) -> Customer {
        demand(Customer::find(&self.fake, session))
    }

    /// The view of the session of that id: its state for a user, its participants and its messages.
    ///
    /// # Panics
    ///
    /// Panics if there is no such session.
    #[track_caller]
    pub fn session(&self, id: &str) -> Session {
        demand(Session::find(&self.fake, id))
    }

    /// Takes the chat backend down: from now on every operation on a session is answered with statusCode 4 and HTTP 500
    /// (wire), and signing in on a channel is a partial success.
    pub fn backend_down(&self) {
        let _ = self.fake.change(|engine, now| engine.act(&ExternalEvent::BackendDown, now));
    }

    /// Brings the chat backend up again.
    pub fn backend_up(&self) {
        let _ = self.fake.change(|engine, now| engine.act(&ExternalEvent::BackendUp, now));
    }

    /// The requests of that operation so far.
    pub fn received(&self, operation: Operation) -> Received {
        Received::new(&self.fake, operation)
    }

    /// Asserts that these came in this order, each after the one before; others may have come in between.
    ///
    /// # Panics
    ///
    /// Panics with the report if one of them did not come, or not after the one before.
    #[track_caller]
    pub fn in_order(&self, expected: &[&dyn Observed]) {
        demand(self.try_in_order(expected).map_err(|error| self.given_up(&error)));
    }

    /// Does the same as [`in_order`](Self::in_order), without a panic.
    ///
    /// # Errors
    ///
    /// Fails if one of them did not come, or not after the one before.
    pub fn try_in_order(&self, expected: &[&dyn Observed]) -> Result<(), Error> {
        assertions::in_order(&self.fake, expected)
    }

    /// Asserts that no operation and no notification came that no assertion has found by now: with
    /// [`received`](Self::received), [`User::notifications`], [`in_order`](Self::in_order) or a method that waits for
    /// the next one.
    ///
    /// # Panics
    ///
    /// Panics with the report if there is another one.
    #[track_caller]
    pub fn nothing_else(&self) {
        demand(self.try_nothing_else().map_err(|error| self.given_up(&error)));
    }

    /// Does the same as [`nothing_else`](Self::nothing_else), without a panic.
    ///
    /// # Errors
    ///
    /// Fails if there is another one.
    pub fn try_nothing_else(&self) -> Result<(), Error> {
        assertions::nothing_else(&self.fake)
    }

    fn given_up(&self, error: &Error) -> Error {
        Error::new(given_up(&self.fake, &error.to_string()))
    }

    /// The faults that a test can inject into the next requests of an operation.
    pub fn rest_faults(&self, operation: Operation) -> RestFaults {
        RestFaults::new(&self.fake, operation)
    }

    /// Waits until no request is in flight and every answer has been written, with the notifications that it causes. A
    /// held connect does not count. Requests that a client sends later are not waited for.
    ///
    /// ```
    /// # let gws = gws_sms_fake::FakeGws::start();
    /// gws.idle().blocking();
    /// ```
    #[track_caller]
    pub fn idle(&self) -> Wait<()> {
        let attempt = |engine: &mut Engine| engine.is_idle().then_some(());
        let failure = "requests are still in flight";
        Wait::attempt("idle", &self.fake, attempt, move |fake| given_up(fake, failure))
    }

    /// The clock that connect timeouts, expiry and time stamps follow.
    pub fn clock(&self) -> Clock {
        Clock::new(&self.fake)
    }

    /// Puts a wiremock mock in front of the REST side. The answer of a mock that matches replaces the fake's, and the
    /// fake's state is not changed; the request is checked all the same. The expectations of the mock are part of this
    /// fake's verdict. A mock never sees requests to `/api/v2/notifications`. A mock with wiremock's last priority,
    /// 255, is never reached.
    ///
    /// ```
    /// use gws_sms_fake::FakeGws;
    /// use gws_sms_fake::wiremock::{Mock, ResponseTemplate, matchers::path};
    ///
    /// let gws = FakeGws::start();
    /// gws.mount(Mock::given(path("/api/v2/me/calls")).respond_with(ResponseTemplate::new(503)));
    /// ```
    pub fn mount(&self, mock: Mock) {
        self.fake.mocks.mount(mock);
    }

    /// Serves a fake on its listeners.
    pub(crate) fn serve(
        fake: Arc<RunningFake>,
        listeners: Listeners,
        #[cfg(feature = "control")] end_others: Option<EndOthers>,
    ) -> Self {
        let listeners = Arc::new(listeners);
        let transport = Arc::clone(&fake.transport);
        let handler = dispatch::handler(&fake);
        let accepting = Accepting::start(Arc::clone(&listeners), transport, handler);
        let url = fake.options.url.clone();
        Self {
            fake,
            listeners,
            accepting,
            url,
            recording: Mutex::new(None),
            #[cfg(feature = "control")]
            end_others,
            #[cfg(feature = "control")]
            is_reported: false,
        }
    }
}

impl fmt::Debug for FakeGws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FakeGws").field("url", &self.url).finish_non_exhaustive()
    }
}

//! The fake: one line to start it, and the verdict at its end.

use std::fmt;
use std::sync::{Arc, PoisonError};

use tokio::task::AbortHandle;

use crate::actor::{Customer, User, given_up};
use crate::builder::Builder;
use crate::error::{Error, demand};
use crate::gws::happening::Happening;
use crate::gws::identity::SUPERVISOR_ROLE;
use crate::gws::operation::Operation;
use crate::http::acting;
use crate::http::advance::Clock;
use crate::http::left_undone::left_undone;
use crate::http::listener::{self, Listeners};
use crate::http::mocks::{self, Mock};
use crate::http::runtime::runtime;
use crate::http::shared::{Settings, Shared, State};
use crate::http::waiting::Wait;
use crate::report::text::Facts;
use crate::rule::{self, Rule};
use crate::timeline::Entry;
use crate::verify::{Received, own_mistakes};

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
    shared: Arc<Shared>,
    listeners: Arc<Listeners>,
    accepting: AbortHandle,
    url: String,
}

impl FakeGws {
    /// Starts a fake with the built-in fixtures on a free port of 127.0.0.1 and, where there is one, ::1. It is not async
    /// and blocks no runtime.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Asks for a fake that is not the usual one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Runs a test's body with a fake (`builder().test(..)` with one that is not the usual one), and fails when the body does, when it returns an error, or when the contract was
    /// broken, with all of these in one message.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use gws_sms_fake::FakeGws;
    ///
    /// FakeGws::test(async |gws| {
    ///     let version: u16 = "8090".parse()?;
    ///     assert!(gws.url().starts_with("http://127.0.0.1:") && version > 0);
    ///     Ok::<(), std::num::ParseIntError>(())
    /// })
    /// .await;
    /// # }
    /// ```
    #[track_caller]
    pub fn test<R: TestOutcome>(body: impl AsyncFnOnce(&Self) -> R) -> impl Future<Output = ()> {
        Self::builder().test(body)
    }

    /// As [`test`](Self::test), for a test that is not async.
    ///
    /// ```
    /// gws_sms_fake::FakeGws::test_blocking(|gws| assert!(gws.url().starts_with("http://")));
    /// ```
    #[track_caller]
    pub fn test_blocking<R: TestOutcome>(body: impl FnOnce(&Self) -> R) {
        Self::builder().test_blocking(body);
    }

    /// `http://127.0.0.1:PORT`, without a path. REST is below `/api/v2`, CometD is `/api/v2/notifications`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As [`url`](Self::url) with another host, for clients whose cookie jar refuses IP addresses:
    /// `url_with_host("localhost")`.
    pub fn url_with_host(&self, host: &str) -> String {
        format!("http://{host}:{}", self.listeners.port)
    }

    /// The supervisor `s1`; without one of that name, the first user with the role `ROLE_SUPERVISOR`.
    ///
    /// # Panics
    ///
    /// When the fixtures have no supervisor.
    #[track_caller]
    pub fn supervisor(&self) -> User {
        let first = User::find(&self.shared, |world| {
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
    /// When the fixtures have no agent.
    #[track_caller]
    pub fn agent(&self) -> User {
        let first = User::find(&self.shared, |world| {
            world.user_named("a1").or_else(|| world.users().find(|user| !user.is_supervisor()))
        });
        demand(first.ok_or_else(|| Error::new("no user of the fixtures is an agent; add one")))
    }

    /// The user of that name.
    ///
    /// # Panics
    ///
    /// When the fixtures have no such user.
    #[track_caller]
    pub fn user(&self, user_name: &str) -> User {
        let user = User::find(&self.shared, |world| world.user_named(user_name));
        demand(user.ok_or_else(|| {
            let names = self.shared.look(|state| state.world.user_names());
            Error::new(format!("got the user name {user_name:?}, want one of {names}"))
        }))
    }

    /// Every user, in the order of their names.
    pub fn users(&self) -> Vec<User> {
        let names = self.shared.look(|state| {
            let names = state.world.users().map(|user| user.user_name.clone());
            names.collect::<std::collections::BTreeSet<_>>()
        });
        names
            .iter()
            .filter_map(|name| User::find(&self.shared, |world| world.user_named(name)))
            .collect()
    }

    /// The customer of the session of that id.
    ///
    /// # Panics
    ///
    /// When there is no such session.
    #[track_caller]
    pub fn customer(&self, session: &str) -> Customer {
        demand(Customer::find(&self.shared, session))
    }

    /// From now on the chat backend is down: every operation on a session is answered with statusCode 4 and HTTP 500
    /// (wire), and signing in on a channel is a partial success.
    pub fn backend_down(&self) {
        let _ = acting::happen(&self.shared, &Happening::BackendDown);
    }

    /// The chat backend is up again.
    pub fn backend_up(&self) {
        let _ = acting::happen(&self.shared, &Happening::BackendUp);
    }

    /// The requests of that operation so far.
    pub fn received(&self, operation: Operation) -> Received {
        Received::new(&self.shared, operation)
    }

    /// Waits until no request is in flight and every answer with what follows from it has been written; a connect that is
    /// held does not count. What a client sends later is another matter.
    ///
    /// ```
    /// # let gws = gws_sms_fake::FakeGws::start();
    /// gws.idle().blocking();
    /// ```
    #[track_caller]
    pub fn idle(&self) -> Wait<()> {
        let attempt = |state: &mut State| {
            let busy = state.timeline.entries().any(Entry::is_in_flight);
            (!busy && state.outgoing.is_empty()).then_some(())
        };
        let failure = "requests are still in flight";
        Wait::attempt("idle", &self.shared, attempt, move |shared| given_up(shared, failure))
    }

    /// The clock that connect timeouts, expiry and time stamps go by.
    pub fn clock(&self) -> Clock {
        Clock::new(&self.shared)
    }

    /// Puts a wiremock mock in front of the REST side. Where it matches, its answer replaces the fake's, and the fake's
    /// state is not changed; the request is checked all the same. Its expectations are part of this fake's verdict. It is
    /// never asked for `/api/v2/notifications`. A mock with wiremock's last priority, 255, is never reached.
    ///
    /// ```
    /// use gws_sms_fake::FakeGws;
    /// use gws_sms_fake::wiremock::{Mock, ResponseTemplate, matchers::path};
    ///
    /// let gws = FakeGws::start();
    /// gws.mount(Mock::given(path("/api/v2/me/calls")).respond_with(ResponseTemplate::new(503)));
    /// ```
    pub fn mount(&self, mock: Mock) {
        mocks::mount(&self.shared, mock);
    }

    /// Lets violations of a rule pass: they fail no test, and are answered as ever.
    ///
    /// # Panics
    ///
    /// For a rule that does not exist.
    #[track_caller]
    pub fn allow(&self, rule: &str) {
        let rule = demand(find_rule(rule));
        self.shared.change(|state| state.exemptions.allowed.push(rule));
    }

    /// Expects a violation of a rule: at least one must come until the fake is verified, and none of them fails the test.
    ///
    /// # Panics
    ///
    /// For a rule that does not exist.
    #[track_caller]
    pub fn expect_violation(&self, rule: &str) {
        let rule = demand(find_rule(rule));
        self.shared.change(|state| state.exemptions.expected.push(rule));
    }

    /// Fails when the contract was broken so far.
    ///
    /// # Panics
    ///
    /// With the report, when it was.
    #[track_caller]
    pub fn verify(&self) {
        if let Err(report) = self.try_verify() {
            self.shared.change(|state| state.reported = true);
            panic!("{report}");
        }
    }

    /// As [`verify`](Self::verify), without a panic.
    ///
    /// # Errors
    ///
    /// With the report, when the contract was broken.
    pub fn try_verify(&self) -> Result<(), Error> {
        self.facts(|facts| {
            let mistakes = own_mistakes_in_debug(facts);
            if !mistakes.is_empty() {
                let mistakes = mistakes.join("\n  ");
                return Err(Error::new(format!(
                    "gws-sms-fake itself is wrong, please report it:\n  {mistakes}"
                )));
            }
            if facts.broken() { Err(Error::new(facts.report())) } else { Ok(()) }
        })
    }

    /// The whole report: what broke, what was expected and did not come, notes, and the time line.
    pub fn report(&self) -> String {
        self.facts(|facts| facts.report())
    }

    pub(crate) fn serve(
        settings: Settings,
        allowed: Vec<&'static Rule>,
        listeners: Listeners,
        url: String,
    ) -> Self {
        let shared = Arc::new(Shared::new(settings));
        shared.lock().exemptions.allowed = allowed;
        let listeners = Arc::new(listeners);
        let serving = listener::serve(Arc::clone(&listeners), Arc::clone(&shared));
        let accepting = runtime().spawn(serving).abort_handle();
        Self { shared, listeners, accepting, url }
    }

    fn facts<T>(&self, of: impl FnOnce(&Facts<'_>) -> T) -> T {
        let unmet = mocks::unmet(&self.shared);
        let started_at = &self.shared.settings.started_at;
        self.shared.look(|state| {
            let (timeline, exemptions) = (&state.timeline, &state.exemptions);
            let left_undone = left_undone(state, self.shared.settings.whole_session);
            of(&Facts {
                timeline,
                exemptions,
                faults: &state.faults,
                left_undone,
                unmet,
                started_at,
            })
        })
    }

    /// Runs a test's body.
    pub(crate) async fn run<R: TestOutcome>(self, body: impl AsyncFnOnce(&Self) -> R) {
        let outcome = body(&self).await;
        self.conclude(outcome.failure());
    }

    /// The end of a test whose body has returned.
    #[track_caller]
    pub(crate) fn conclude(self, failure: Option<String>) {
        let verified = self.try_verify();
        let message = match (failure, verified) {
            (None, Ok(())) => return,
            (None, Err(report)) => report.to_string(),
            (Some(failure), Ok(())) => format!("the test failed: {failure}\n\n{}", self.report()),
            (Some(failure), Err(report)) => format!("the test failed: {failure}\n\n{report}"),
        };
        self.shared.change(|state| state.reported = true);
        panic!("{message}");
    }
}

impl Drop for FakeGws {
    fn drop(&mut self) {
        self.shared.close();
        self.listeners.close();
        self.accepting.abort();
        let panicking = std::thread::panicking();
        let reported = panicking && self.shared.look(|state| state.reported);
        let verified = if reported { Ok(()) } else { self.try_verify() };
        let mocks = self.shared.mocks.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(mocks);
        match verified {
            Ok(()) => {}
            Err(report) if panicking => eprintln!("{report}"),
            Err(report) => panic!(
                "{report}\nThis is told when the fake is dropped, and may hide an error that the test returned: FakeGws::test shows both."
            ),
        }
    }
}

impl fmt::Debug for FakeGws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FakeGws").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What the body of a test may return: nothing, or a `Result`.
pub trait TestOutcome: sealed::Sealed {
    /// Why the test failed, if it did.
    #[doc(hidden)]
    fn failure(self) -> Option<String>;
}

impl TestOutcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: fmt::Debug> TestOutcome for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| format!("{error:?}"))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}

/// The rule of that id, or which one was probably meant.
pub(crate) fn find_rule(id: &str) -> Result<&'static Rule, Error> {
    rule::find(id).map_err(|nearest| {
        Error::new(format!("got the rule {id:?}, want one that exists; did you mean {nearest:?}?"))
    })
}

/// Every test of a debug build proves that what the fake sends conforms to its own schemas.
fn own_mistakes_in_debug(facts: &Facts<'_>) -> Vec<String> {
    if cfg!(debug_assertions) { own_mistakes(facts.timeline) } else { Vec::new() }
}

//! The two ways to a fake that a table of cases is run over: a socket, and the engine itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use gws_sms_fake::_cli_internals::engine::DirectFake;
use gws_sms_fake::{Builder, Error, FakeGws, Operation, User};
use serde_json::{Value, json};
use tokio::task;

use crate::http_client::Target;
use crate::raw::RawConnection;

/// A way to a fake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over a socket, to a fake that is served.
    Socket,
    /// By calls to the engine, in a fake without a server.
    Direct,
}

impl Transport {
    /// Starts a fake with the built-in fixtures.
    #[track_caller]
    pub fn start(self) -> TableFake {
        self.start_with(FakeGws::builder())
    }

    /// Starts the fake that the builder asks for.
    #[track_caller]
    pub fn start_with(self, builder: Builder) -> TableFake {
        match self {
            Self::Socket => TableFake::Served(builder.start()),
            Self::Direct => {
                let fake = DirectFake::new(builder, SharedFake::new_number())
                    .unwrap_or_else(|error| panic!("{error}"));
                TableFake::Direct(SharedFake(Arc::new(Mutex::new(fake))))
            }
        }
    }
}

/// A fake without a server, for several clients.
#[derive(Clone, Debug)]
pub(crate) struct SharedFake(Arc<Mutex<DirectFake>>);

impl SharedFake {
    /// Returns a number that it has not returned before, for a connection or a seed.
    pub(crate) fn new_number() -> u64 {
        static LAST: AtomicU64 = AtomicU64::new(0);
        LAST.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, DirectFake> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fake that is reached in one of both ways. It is verified when it is dropped.
#[derive(Debug)]
pub enum TableFake {
    /// Over a socket.
    Served(FakeGws),
    /// Directly.
    #[allow(private_interfaces, reason = "only this package has the engine's handle")]
    Direct(SharedFake),
}

impl TableFake {
    /// As [`FakeGws::url`].
    pub fn url(&self) -> String {
        match self {
            Self::Served(gws) => gws.url().to_owned(),
            Self::Direct(fake) => fake.lock().url().to_owned(),
        }
    }

    /// As [`FakeGws::allow`].
    #[track_caller]
    pub fn allow(&self, rule: &str) {
        match self {
            Self::Served(gws) => gws.allow(rule),
            Self::Direct(fake) => fake.lock().allow(rule).unwrap(),
        }
    }

    /// As [`FakeGws::expect_violation`].
    #[track_caller]
    pub fn expect_violation(&self, rule: &str) {
        match self {
            Self::Served(gws) => gws.expect_violation(rule),
            Self::Direct(fake) => fake.lock().expect_violation(rule).unwrap(),
        }
    }

    /// As [`FakeGws::try_verify`].
    ///
    /// # Errors
    ///
    /// With the report, when the contract was broken.
    pub fn try_verify(&self) -> Result<(), Error> {
        match self {
            Self::Served(gws) => gws.try_verify(),
            Self::Direct(fake) => fake.lock().verify(),
        }
    }

    /// As [`FakeGws::verify`].
    #[track_caller]
    pub fn verify(&self) {
        if let Err(report) = self.try_verify() {
            panic!("{report}");
        }
    }

    /// As [`FakeGws::report`].
    pub fn report(&self) -> String {
        match self {
            Self::Served(gws) => gws.report(),
            Self::Direct(fake) => fake.lock().report(),
        }
    }

    /// The customer of a session writes.
    #[track_caller]
    pub fn customer_writes(&self, session: &str, text: &str) {
        match self {
            Self::Served(gws) => {
                gws.customer(session).writes(text);
            }
            Self::Direct(fake) => {
                call(fake, "customer-writes", &json!({ "session": session, "text": text }));
            }
        }
    }

    /// Publishes an event to the clients of a user, whatever they have subscribed to.
    #[track_caller]
    pub fn deliver(&self, user_name: &str, channel: &str, data: &Value) {
        match self {
            Self::Served(gws) => {
                gws.user(user_name).deliver(channel, data);
            }
            Self::Direct(fake) => {
                let event =
                    json!({ "user": user_name, "channel": channel, "data": data, "deliver": true });
                call(fake, "notifications", &event);
            }
        }
    }

    /// Offers a new session to a user, and returns its id.
    #[track_caller]
    pub fn offers_a_session(&self, user_name: &str) -> String {
        match self {
            Self::Served(gws) => gws.user(user_name).is_offered_a_session().session().to_owned(),
            Self::Direct(fake) => {
                let route = call(fake, "route", &json!({ "user": user_name }));
                route["session"].as_str().expect("the id of a session").to_owned()
            }
        }
    }

    /// Takes the invitation of a user to a session back.
    #[track_caller]
    pub fn revoke(&self, user_name: &str, session: &str) {
        match self {
            Self::Served(gws) => {
                gws.user(user_name).loses_the_invitation(session);
            }
            Self::Direct(fake) => {
                call(fake, "revoke", &json!({ "user": user_name, "session": session }));
            }
        }
    }

    /// Returns the messages that the customer of a session sees.
    pub fn messages_of_customer(&self, session: &str) -> Vec<Value> {
        match self {
            Self::Served(gws) => gws.customer(session).messages(),
            Self::Direct(fake) => fake.lock().messages_of_customer(session),
        }
    }

    /// Returns the participants whom the customer of a session sees.
    pub fn participants_of_customer(&self, session: &str) -> Vec<Value> {
        match self {
            Self::Served(gws) => gws.customer(session).participants(),
            Self::Direct(fake) => fake.lock().participants_of_customer(session),
        }
    }

    /// As [`FakeGws::backend_down`].
    pub fn backend_down(&self) {
        match self {
            Self::Served(gws) => gws.backend_down(),
            Self::Direct(fake) => {
                call(fake, "backend-down", &Value::Null);
            }
        }
    }

    /// As [`FakeGws::backend_up`].
    pub fn backend_up(&self) {
        match self {
            Self::Served(gws) => gws.backend_up(),
            Self::Direct(fake) => {
                call(fake, "backend-up", &Value::Null);
            }
        }
    }

    /// The server forgets the clients of a user.
    #[track_caller]
    pub fn forget_client(&self, user_name: &str) {
        match self {
            Self::Served(gws) => {
                gws.user(user_name).push_faults().forget_client();
            }
            Self::Direct(fake) => {
                call(fake, "fault", &json!({ "user": user_name, "fault": "forget_client" }));
            }
        }
    }

    /// The server disconnects the clients of a user.
    #[track_caller]
    pub fn disconnect_client(&self, user_name: &str) {
        match self {
            Self::Served(gws) => {
                gws.user(user_name).push_faults().disconnect_client();
            }
            Self::Direct(fake) => {
                call(fake, "fault", &json!({ "user": user_name, "fault": "disconnect_client" }));
            }
        }
    }

    /// Waits until a connect of a client of that user is held. Without a server there is nothing to wait for.
    #[track_caller]
    pub fn connect_held(&self, user_name: &str) {
        match self {
            Self::Served(gws) => gws.user(user_name).connect_held().blocking(),
            Self::Direct(fake) => {
                assert!(
                    fake.lock().is_connect_held(user_name),
                    "no connect of {user_name} is held"
                );
            }
        }
    }

    /// Stops the clock. Without a server it stands still anyway.
    pub fn pause_clock(&self) {
        if let Self::Served(gws) = self {
            gws.clock().pause();
        }
    }

    /// Sets the clock forward.
    #[track_caller]
    pub fn advance(&self, by: Duration) {
        match self {
            Self::Served(gws) => gws.clock().advance(by).blocking(),
            Self::Direct(fake) => fake.lock().advance(by),
        }
    }
}

/// A fake that clients open connections to.
pub trait Reachable {
    /// Opens a connection.
    fn open(&self) -> RawConnection;

    /// Waits until a connect of a client of that user is held.
    fn wait_for_held(&self, user_name: &str);

    /// Lets violations of a rule pass.
    fn let_pass(&self, rule: &str);

    /// Returns the report, when the contract was broken.
    fn failure(&self) -> Option<String>;
}

/// A fake in whose sessions clients take part.
pub trait Served: Reachable {
    /// Returns the way of a client to it.
    fn target(&self) -> Target;

    /// Returns the address that stands in its answers.
    fn address(&self) -> String;

    /// Returns the connects of a user's clients.
    fn connects_of(&self, user_name: &str) -> Connects;

    /// A user performs an operation on a session of the user's own, without HTTP.
    fn perform(&self, user_name: &str, operation: Operation, session: &str, parameters: Value);
}

/// The connects of the clients of one user.
#[derive(Debug)]
pub enum Connects {
    /// To a fake that is served.
    Served(User),
    /// To a fake without a server.
    #[allow(private_interfaces, reason = "only this package has the engine's handle")]
    Direct(SharedFake, String),
}

impl Connects {
    /// Waits until one of them is held.
    pub async fn held(&self) {
        match self {
            Self::Served(user) => user.connect_held().await,
            Self::Direct(fake, user_name) => {
                while !fake.lock().is_connect_held(user_name) {
                    task::yield_now().await;
                }
            }
        }
    }
}

impl Served for FakeGws {
    fn target(&self) -> Target {
        self.into()
    }

    fn address(&self) -> String {
        self.url().to_owned()
    }

    fn connects_of(&self, user_name: &str) -> Connects {
        Connects::Served(self.user(user_name))
    }

    #[track_caller]
    fn perform(&self, user_name: &str, operation: Operation, session: &str, parameters: Value) {
        self.user(user_name).performs(operation, session, parameters);
    }
}

impl Served for TableFake {
    fn target(&self) -> Target {
        self.into()
    }

    fn address(&self) -> String {
        self.url()
    }

    fn connects_of(&self, user_name: &str) -> Connects {
        match self {
            Self::Served(gws) => gws.connects_of(user_name),
            Self::Direct(fake) => Connects::Direct(fake.clone(), user_name.to_owned()),
        }
    }

    #[track_caller]
    fn perform(&self, user_name: &str, operation: Operation, session: &str, parameters: Value) {
        match self {
            Self::Served(gws) => gws.perform(user_name, operation, session, parameters),
            Self::Direct(fake) => {
                let performed = json!({
                    "user": user_name,
                    "operationName": operation.as_str(),
                    "session": session,
                    "parameters": parameters,
                });
                call(fake, "operation", &performed);
            }
        }
    }
}

impl Reachable for FakeGws {
    fn open(&self) -> RawConnection {
        RawConnection::to(self.url())
    }

    #[track_caller]
    fn wait_for_held(&self, user_name: &str) {
        self.user(user_name).connect_held().blocking();
    }

    #[track_caller]
    fn let_pass(&self, rule: &str) {
        self.allow(rule);
    }

    fn failure(&self) -> Option<String> {
        self.try_verify().err().map(|report| report.to_string())
    }
}

impl Reachable for TableFake {
    fn open(&self) -> RawConnection {
        match self {
            Self::Served(gws) => gws.open(),
            Self::Direct(fake) => RawConnection::direct(fake.clone()),
        }
    }

    #[track_caller]
    fn wait_for_held(&self, user_name: &str) {
        self.connect_held(user_name);
    }

    #[track_caller]
    fn let_pass(&self, rule: &str) {
        self.allow(rule);
    }

    fn failure(&self) -> Option<String> {
        self.try_verify().err().map(|report| report.to_string())
    }
}

impl Drop for TableFake {
    fn drop(&mut self) {
        if let Self::Direct(fake) = self
            && !thread::panicking()
            && let Err(report) = fake.lock().verify()
        {
            panic!("{report}");
        }
    }
}

#[track_caller]
fn call(fake: &SharedFake, name: &str, with: &Value) -> Value {
    fake.lock().call(name, with).unwrap_or_else(|error| panic!("{error}"))
}

/// Makes two tests of each table, which is a function that takes a [`Transport`]: one in `over_a_socket`, and one in `directly`.
/// Tables that block are listed after `blocking:`.
#[macro_export]
macro_rules! in_both_ways {
    (blocking: $($table:ident),* $(,)?) => {
        mod over_a_socket {
            $(#[test] fn $table() { super::$table($crate::Transport::Socket); })*
        }
        mod directly {
            $(#[test] fn $table() { super::$table($crate::Transport::Direct); })*
        }
    };
    ($($table:ident),* $(,)?) => {
        mod over_a_socket {
            $(#[tokio::test] async fn $table() { super::$table($crate::Transport::Socket).await; })*
        }
        mod directly {
            $(#[tokio::test] async fn $table() { super::$table($crate::Transport::Direct).await; })*
        }
    };
}

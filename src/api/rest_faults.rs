//! Faults that a test injects into the next requests of an operation.

use std::sync::Arc;
use std::time::Duration;

use crate::api::assertions::known;
use crate::engine::rest::rest_faults::{RestFault, Scope, Times};
use crate::error::{Error, demand};
use crate::gws::operation::Operation;
use crate::gws::status::{self, REFUSABLE};
use crate::server::running_fake::RunningFake;

/// The next requests of an operation and the fault for them, as `gws.rest_faults(Operation::Intrude)` returns it: first the
/// selection of requests by user, session and number, then the fault. If the fault triggers fewer times than requested,
/// the test fails. Malformed requests do not count; nor do requests that GWS would refuse, if the fault refuses, drops or
/// resets them. They are answered as without the fault. Two faults for the same requests trigger one after the other.
///
/// ```
/// use gws_sms_fake::{FakeGws, Operation};
///
/// let gws = FakeGws::start();
/// gws.rest_faults(Operation::Intrude).by("s1").times(2).refuse(5, 500);
/// # gws.try_verify().unwrap_err();
/// # std::mem::forget(gws);
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is programmed until it is said what becomes of the requests"]
pub struct RestFaults {
    fake: Arc<RunningFake>,
    operation: Operation,
    /// Name and id.
    user: Option<(String, String)>,
    session: Option<String>,
    times: Times,
}

impl RestFaults {
    pub(crate) fn new(fake: &Arc<RunningFake>, operation: Operation) -> Self {
        Self {
            fake: Arc::clone(fake),
            operation,
            user: None,
            session: None,
            times: Times::Exactly(1),
        }
    }

    /// Selects the requests of the user of this name.
    ///
    /// # Panics
    ///
    /// Panics if the fixtures have no such user.
    #[track_caller]
    pub fn by(mut self, user_name: &str) -> Self {
        let found = known::user(&self.fake, user_name);
        self.user = Some((user_name.to_owned(), demand(found)));
        self
    }

    /// Selects the requests about the session of this id.
    pub fn in_session(mut self, session: &str) -> Self {
        self.session = Some(session.to_owned());
        self
    }

    /// Selects this number of requests; the default is one.
    ///
    /// # Panics
    ///
    /// Panics if the number is 0.
    #[track_caller]
    pub fn times(mut self, times: u32) -> Self {
        let some = (times > 0).then_some(());
        demand(some.ok_or_else(|| Error::new("times: got 0, want 1 or more")));
        self.times = Times::Exactly(times);
        self
    }

    /// Selects all requests from now on, at least one.
    pub fn always(mut self) -> Self {
        self.times = Times::Always;
        self
    }

    /// Refuses the requests with this statusCode (1 to 20) and HTTP status; they change nothing.
    ///
    /// # Panics
    ///
    /// Panics for a statusCode or an HTTP status that no refusal can have.
    #[track_caller]
    pub fn refuse(self, status_code: u8, http_status: u16) -> FaultHandle {
        let fits = status::is_refusable(status_code, http_status);
        demand(fits.then_some(()).ok_or_else(|| {
            let got = format!("{status_code} and {http_status}");
            Error::new(format!("refuse: got {got}, want {REFUSABLE}"))
        }));
        self.becomes(RestFault::Refuse { status_code, http: http_status })
    }

    /// Performs the requests later by this time of the fake's clock, even if their client hangs up meanwhile.
    pub fn delay(self, by: Duration) -> FaultHandle {
        self.becomes(RestFault::Delay(by))
    }

    /// Performs the requests when the test calls [`FaultHandle::release`]; until then they are not answered. A client
    /// that hangs up meanwhile changes nothing: the operation takes effect and its notifications are published, and a
    /// client that sends it again sends it twice.
    pub fn hang(self) -> FaultHandle {
        self.becomes(RestFault::Hang)
    }

    /// Never answers the requests, as if they were lost on the way; they change nothing. The client waits until it
    /// hangs up.
    pub fn drop_request(self) -> FaultHandle {
        self.becomes(RestFault::DropRequest)
    }

    /// Resets the connection without an answer; the requests change nothing.
    pub fn reset_before_answer(self) -> FaultHandle {
        self.becomes(RestFault::ResetBefore)
    }

    /// Performs the requests, and resets the connection within the answer: the client cannot know that they took
    /// effect.
    pub fn reset_within_answer(self) -> FaultHandle {
        self.becomes(RestFault::ResetWithin)
    }

    /// Performs and answers the requests, and then resets the connection.
    pub fn reset_after_answer(self) -> FaultHandle {
        self.becomes(RestFault::ResetAfter)
    }

    /// Performs the requests, and closes the connection in the middle of the answer's body.
    pub fn truncate(self) -> FaultHandle {
        self.becomes(RestFault::Truncate)
    }

    /// Performs the requests, and answers with HTTP 200 and a body that is no JSON.
    pub fn garbage(self) -> FaultHandle {
        self.becomes(RestFault::Garbage)
    }

    fn becomes(self, rest_fault: RestFault) -> FaultHandle {
        let Self { fake, operation, user, session, times } = self;
        let number = fake.change(|engine, _| {
            let (name, user) = user.unzip();
            let scope = Scope { operation, user, session };
            engine.rest.faults.inject(scope, name.as_deref(), times, rest_fault)
        });
        FaultHandle { fake, number }
    }
}

/// A fault that a test has injected with [`RestFaults`].
#[derive(Clone, Debug)]
pub struct FaultHandle {
    fake: Arc<RunningFake>,
    number: u64,
}

impl FaultHandle {
    /// The number of times that the fault has triggered.
    pub fn triggered(&self) -> u32 {
        self.fake.look(|engine| {
            engine.rest.faults.get(self.number).map_or(0, |injected| injected.triggered)
        })
    }

    /// Lets the requests continue that [`RestFaults::hang`] holds, and those that it would hold later.
    pub fn release(&self) {
        self.fake.change(|engine, _| engine.rest.faults.release(self.number));
    }
}

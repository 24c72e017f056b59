//! Faults that a test orders for the clients of one user.

use std::sync::Arc;
use std::time::Duration;

use crate::fault::{ClientFault, EventFault, Fault};
use crate::http::publishing;
use crate::http::shared::Shared;

/// What is to go wrong with the events and the clients of a user, as `gws.user("s1").faults()` gives it. Faults of events
/// happen in the order in which they were ordered, to what is published from then on; one that never happens fails the test.
///
/// ```
/// use gws_sms_fake::{FakeGws, fixtures};
///
/// let gws = FakeGws::start();
/// gws.agent().faults().lose_next_event();
/// gws.customer(fixtures::SESSION).writes("nobody is told of this");
/// gws.customer(fixtures::SESSION).writes("and everybody of this");
/// ```
#[derive(Clone, Debug)]
pub struct Faults {
    pub(super) shared: Arc<Shared>,
    pub(super) user: String,
}

impl Faults {
    /// The next event is published to nobody: it is lost, as one whose answer could not be written.
    pub fn lose_next_event(&self) -> &Self {
        self.order(Fault::Event(EventFault::Lose))
    }

    /// The next event is sent twice.
    pub fn duplicate_next_event(&self) -> &Self {
        self.order(Fault::Event(EventFault::Duplicate))
    }

    /// The next event is published so much later, on the fake's clock.
    pub fn delay_next_event(&self, by: Duration) -> &Self {
        self.order(Fault::Event(EventFault::Delay(by)))
    }

    /// The next two events change places. The first of them waits for the second, however long that takes.
    pub fn reorder_next_events(&self) -> &Self {
        self.order(Fault::Event(EventFault::Reorder))
    }

    /// From now on no event is published to this user.
    pub fn never_deliver(&self) -> &Self {
        self.order(Fault::Event(EventFault::Never))
    }

    /// The next handshake is answered with `403::Handshake denied` (wire: of a CometD server with a policy).
    pub fn refuse_next_handshake(&self) -> &Self {
        self.order(Fault::Handshake)
    }

    /// The server knows the user's clients no longer, as after a restart: held connects and what they send next are
    /// answered with `402::Unknown client` and the advice to handshake (wire).
    pub fn forget_client(&self) -> &Self {
        self.order(Fault::Client(ClientFault::Forget))
    }

    /// The server disconnects the user's clients: a held connect is answered with a disconnect, and the advice not to come
    /// back (wire).
    pub fn disconnect_client(&self) -> &Self {
        self.order(Fault::Client(ClientFault::Disconnect))
    }

    /// Held connects are answered with HTTP 500, as one is that another has taken the place of (wire).
    pub fn fail_held_connect(&self) -> &Self {
        self.order(Fault::Client(ClientFault::FailConnect))
    }

    fn order(&self, fault: Fault) -> &Self {
        publishing::order(&self.shared, &self.user, fault);
        self
    }
}

//! Faults that a test injects for the clients of one user.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::delivery::push_faults::{
    AnswerOrder, ClientFault, EventFault, HandshakeFault, PushFault,
};
use crate::server::running_fake::RunningFake;

/// The faults of a user's events and clients, as `gws.user("s1").push_faults()` returns them. Faults of events apply, in the
/// order of their injection, to events that are published from then on. An injected fault that never triggers fails the
/// test.
///
/// ```
/// use gws_sms_fake::{FakeGws, fixtures};
///
/// let gws = FakeGws::start();
/// gws.agent().push_faults().lose_next_event();
/// gws.customer(fixtures::SESSION).writes("nobody is told of this");
/// gws.customer(fixtures::SESSION).writes("and everybody of this");
/// ```
#[derive(Clone, Debug)]
pub struct PushFaults {
    pub(super) fake: Arc<RunningFake>,
    pub(super) user: String,
}

impl PushFaults {
    /// Publishes the next event to nobody: it is lost, as one whose answer could not be written.
    pub fn lose_next_event(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Lose))
    }

    /// Sends the next event twice.
    pub fn duplicate_next_event(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Duplicate))
    }

    /// Publishes the next event later by this time of the fake's clock.
    pub fn delay_next_event(&self, by: Duration) -> &Self {
        self.inject(PushFault::Event(EventFault::Delay(by)))
    }

    /// Swaps the next two events. The first waits for the second, however long that takes.
    pub fn reorder_next_events(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Reorder))
    }

    /// Holds the next event until a client of this user subscribes to something, and sends it with the answer to that
    /// subscribe, like an event that comes while no connect is held (wire).
    pub fn deliver_on_subscribe(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::OnSubscribe))
    }

    /// Delivers the notifications of the next request that notifies this user before the request is answered, to all
    /// their recipients. Real GWS shows both orders (wire).
    pub fn deliver_before_answer(&self) -> &Self {
        self.inject(PushFault::Order(AnswerOrder::NotificationsFirst))
    }

    /// Does the reverse of [`deliver_before_answer`](Self::deliver_before_answer), for a fake with
    /// `builder().notifications_first()`.
    pub fn deliver_after_answer(&self) -> &Self {
        self.inject(PushFault::Order(AnswerOrder::AnswerFirst))
    }

    /// Publishes no event to this user from now on.
    pub fn never_deliver(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Never))
    }

    /// Answers the next handshake with `403::Handshake denied` (wire: of a CometD server with a policy).
    pub fn refuse_next_handshake(&self) -> &Self {
        self.inject(PushFault::Handshake(HandshakeFault::Refuse))
    }

    /// Leaves out the cookie `BAYEUX_BROWSER` in the answer to the next handshake of a client that has none, as if a
    /// proxy or a cookie jar had dropped it. The client's next request is answered with `402::Unknown client` (wire),
    /// and nobody is blamed for it.
    pub fn lose_next_cookie(&self) -> &Self {
        self.inject(PushFault::Handshake(HandshakeFault::LoseCookie))
    }

    /// Forgets the user's clients, like a server that was restarted: their held connects and their next messages are
    /// answered with `402::Unknown client` and the advice to handshake (wire).
    pub fn forget_client(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::Forget))
    }

    /// Disconnects the user's clients: a held connect is answered with a disconnect, and the advice not to come back
    /// (wire).
    pub fn disconnect_client(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::Disconnect))
    }

    /// Answers held connects with HTTP 500, like a connect whose place another one has taken (wire).
    pub fn fail_held_connect(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::FailConnect))
    }

    /// Cuts the connections of held connects without an answer, as a proxy does. The server still knows the clients.
    pub fn cut_held_connect(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::CutConnect))
    }

    /// Answers the held connects, or else the next ones, with the advice not to connect again, `{"reconnect":"none"}`
    /// (documented: Bayeux 1.0). A client that connects all the same breaks `bayeux-reconnect`.
    pub fn advise_none(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::AdviseNone))
    }

    /// Answers the held connects, or else the next ones, with the advice to stay away for this time before the next
    /// connect (documented: Bayeux 1.0). A client that connects earlier breaks `bayeux-interval`.
    pub fn advise_interval(&self, interval: Duration) -> &Self {
        self.inject(PushFault::Client(ClientFault::AdviseInterval(interval)))
    }

    fn inject(&self, fault: PushFault) -> &Self {
        self.fake.change(|engine, now| {
            let (delivery, mut book) = engine.delivery(now.at);
            delivery.inject(&mut book, &self.user, fault);
        });
        self
    }
}

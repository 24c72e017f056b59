//! Faults that a test orders for the clients of one user.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::delivery::push_faults::{
    AnswerOrder, ClientFault, EventFault, HandshakeFault, PushFault,
};
use crate::server::running_fake::RunningFake;

/// Injects faults into the events and the clients of a user, as `gws.user("s1").push_faults()` returns it. Faults of
/// events apply, in the order of their injection, to events that are published from then on. An injected fault that
/// never triggers fails the test.
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
    /// The next event is published to nobody: it is lost, as one whose answer could not be written.
    pub fn lose_next_event(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Lose))
    }

    /// The next event is sent twice.
    pub fn duplicate_next_event(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Duplicate))
    }

    /// The next event is published so much later, on the fake's clock.
    pub fn delay_next_event(&self, by: Duration) -> &Self {
        self.inject(PushFault::Event(EventFault::Delay(by)))
    }

    /// The next two events change places. The first of them waits for the second, however long that takes.
    pub fn reorder_next_events(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Reorder))
    }

    /// The next event waits until a client of this user subscribes to something, and goes with the answer to that, as one
    /// does that comes while no connect is held (wire).
    pub fn deliver_on_subscribe(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::OnSubscribe))
    }

    /// Delivers the notifications of the next request that notifies this user before the request is answered, to all
    /// their recipients. Real GWS shows both orders (wire).
    pub fn deliver_before_answer(&self) -> &Self {
        self.inject(PushFault::Order(AnswerOrder::NotificationsFirst))
    }

    /// As [`deliver_before_answer`](Self::deliver_before_answer) the other way round, for a fake with
    /// `builder().notifications_first()`.
    pub fn deliver_after_answer(&self) -> &Self {
        self.inject(PushFault::Order(AnswerOrder::AnswerFirst))
    }

    /// From now on no event is published to this user.
    pub fn never_deliver(&self) -> &Self {
        self.inject(PushFault::Event(EventFault::Never))
    }

    /// The next handshake is answered with `403::Handshake denied` (wire: of a CometD server with a policy).
    pub fn refuse_next_handshake(&self) -> &Self {
        self.inject(PushFault::Handshake(HandshakeFault::Refuse))
    }

    /// The answer to the next handshake of a client that has no cookie `BAYEUX_BROWSER` sets none, as where a proxy or a
    /// cookie jar has dropped it: what the client sends next is answered with `402::Unknown client` (wire), and nobody is
    /// blamed for it.
    pub fn lose_next_cookie(&self) -> &Self {
        self.inject(PushFault::Handshake(HandshakeFault::LoseCookie))
    }

    /// The server knows the user's clients no longer, as after a restart: held connects and what they send next are
    /// answered with `402::Unknown client` and the advice to handshake (wire).
    pub fn forget_client(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::Forget))
    }

    /// The server disconnects the user's clients: a held connect is answered with a disconnect, and the advice not to come
    /// back (wire).
    pub fn disconnect_client(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::Disconnect))
    }

    /// Held connects are answered with HTTP 500, as one is that another has taken the place of (wire).
    pub fn fail_held_connect(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::FailConnect))
    }

    /// The connections of held connects are cut without an answer, as by a proxy. The clients are known as before.
    pub fn cut_held_connect(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::CutConnect))
    }

    /// The held connects, or else the next ones, are answered with the advice not to connect again,
    /// `{"reconnect":"none"}` (documented: Bayeux 1.0). A client that connects all the same breaks `bayeux-reconnect`.
    pub fn advise_none(&self) -> &Self {
        self.inject(PushFault::Client(ClientFault::AdviseNone))
    }

    /// The held connects, or else the next ones, are answered with the advice to stay away for so long before the next
    /// connect (documented: Bayeux 1.0). A client that comes earlier breaks `bayeux-interval`.
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

//! The narrow interface between a connection and the fake: the limits of the transport one way, and three events the other way.

use std::fmt;
use std::net::IpAddr;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::rules::Violation;
use crate::server::idle::IdleTracker;
#[cfg(feature = "tls")]
use crate::server::tls::Tls;

/// The transport of one fake.
pub(crate) struct Transport {
    pub(crate) limits: Limits,
    /// The certificates with which it speaks TLS, if it does.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) idle_tracker: IdleTracker,
    closed: AtomicBool,
    tell: Box<dyn Fn(TransportEvent) + Send + Sync>,
}

/// The limits of the transport. How much the push side keeps is among the options of CometD.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of a body.
    pub(crate) body: usize,
    /// Bytes of a request line and its header fields.
    pub(crate) header: usize,
    /// Connections at a time.
    pub(crate) connections: usize,
    /// The time, in real time, that a client may pause while it sends a request, a body or a handshake of TLS, and
    /// while it takes an answer.
    pub(crate) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            header: 8 * 1024,
            connections: 16 * 1024,
            idle: Duration::from_secs(30),
        }
    }
}

/// Something that happened on a connection and that no request shows.
#[derive(Debug)]
pub(crate) enum TransportEvent {
    /// The transport itself has refused what came.
    Refused(Violation),
    /// A request was dropped before anybody looked at it, since its client hung up at once.
    Dropped { method: String, path: String },
    /// The connection of that number is closed.
    Closed(u64),
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// The number of the connection, which no other one of the process has.
    pub(crate) connection: u64,
}

impl Peer {
    pub(crate) fn new(address: IpAddr) -> Self {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
        Self { address, connection: CONNECTIONS.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Transport {
    pub(crate) fn new(
        limits: Limits,
        #[cfg(feature = "tls")] tls: Option<Arc<Tls>>,
        tell: Box<dyn Fn(TransportEvent) + Send + Sync>,
    ) -> Self {
        Self {
            limits,
            #[cfg(feature = "tls")]
            tls,
            idle_tracker: IdleTracker::new(),
            closed: AtomicBool::new(false),
            tell,
        }
    }

    pub(crate) fn tell(&self, event: TransportEvent) {
        (self.tell)(event);
    }

    pub(crate) fn refused(&self, violation: Violation) {
        self.tell(TransportEvent::Refused(violation));
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("limits", &self.limits).finish_non_exhaustive()
    }
}

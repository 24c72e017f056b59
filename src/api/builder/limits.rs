//! The limits of a fake, and the time for which it waits for a client.

use std::time::Duration;

use crate::api::builder::Builder;
use crate::error::Error;
use crate::scenario::player::Speed;
use crate::server::transport::Limits;

/// The fewest entries of a timeline.
const LEAST_ENTRIES: usize = 10;
/// The most times as long as they were recorded that offsets of a scenario take.
const SLOWEST: f64 = 1_000_000.0;

impl Builder {
    /// Checks that each number is one with which a fake can serve anybody.
    pub(super) fn check_numbers(&self) -> Result<(), Error> {
        let Limits { body, header, connections, idle } = self.limits;
        let numbers = [
            ("body_limit", body, 1),
            ("header_limit", header, 1),
            ("connection_limit", connections, 1),
            ("timeline_limit", self.settings.timeline_limit, LEAST_ENTRIES),
        ];
        // The words are made for a wrong number only: each fake that starts is checked.
        if let Some((name, got, least)) = numbers.into_iter().find(|(_, got, least)| got < least) {
            return Err(Error::new(format!("{name}: got {got}, want {least} or more")));
        }
        if idle.is_zero() {
            return Err(Error::new(format!("idle_timeout: got {idle:?}, want more than no time")));
        }
        match self.speed {
            Speed::Times(factor) if !(0.0..=SLOWEST).contains(&factor) => {
                let want =
                    format!("a number from 0 to {SLOWEST}, where 1 is the speed of the recording");
                Err(Error::new(format!("play_slowed: got {factor}, want {want}")))
            }
            Speed::Times(_) | Speed::AtOnce => Ok(()),
        }
    }

    /// Limits the size of a body, in bytes; the default is 1 MiB (inferred). A larger body is refused with HTTP 413 and
    /// breaks the rule `body-size`.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// Limits the size of a header, in bytes; the default is 8 KiB, as in Jetty (analogy). A larger header is refused
    /// with HTTP 431 and breaks the rule `header-size`.
    pub fn header_limit(mut self, bytes: usize) -> Self {
        self.limits.header = bytes;
        self
    }

    /// Limits the number of connections at a time; the default is 16,384. One more is answered with HTTP 503 and
    /// closed, and breaks the rule `connection-limit` (inferred). The system's limit of open files may be lower: then a
    /// connection waits until another one is closed.
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// Sets the time, in real time, that a client may take for the header of a request and for its body, and that it
    /// may pause while it reads an answer. The default is 30 s, as Jetty's `idleTimeout` (documented: GWS 8.5.2
    /// ConfigurationPremise), and each byte begins it anew. After that time the connection is closed or the request
    /// refused, and the rule `http-malformed` or `answer-unread` is broken. A connection between two requests and a
    /// held connect may be idle for any time.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle = timeout;
        self
    }

    /// Limits the number of entries that the timeline keeps, 10 or more; the default is 100,000. If there are more, the
    /// oldest are dropped, and the report says how many. Two kinds of entries are never dropped, even beyond this
    /// number: unfinished ones, such as a held connect or an event that was not delivered, and violations that are not
    /// [`allow`](crate::FakeGws::allow)ed, with the ten entries before and after each. An assertion that dropped entries could make wrong fails and says so; a fake that
    /// [`record`](crate::FakeGws::record)s must keep all entries.
    ///
    /// ```
    /// use gws_sms_fake::FakeGws;
    ///
    /// let gws = FakeGws::builder().timeline_limit(1000).start();
    /// # drop(gws);
    /// ```
    pub fn timeline_limit(mut self, entries: usize) -> Self {
        self.settings.timeline_limit = entries;
        self
    }

    /// Limits the number of events that wait for one client, which has to connect again to get them. The default is
    /// 10,000. In CometD this is the option `maxQueue` (inferred), whose default is -1, any number; here that is
    /// `None`. One more event is lost, and breaks the rule `bayeux-queue`. Nothing waits for a held connect.
    pub fn max_queue(mut self, events: impl Into<Option<usize>>) -> Self {
        self.settings.push.max_queue = events.into();
        self
    }

    /// Limits the number of subscriptions of one client; the default is 1,000 (inferred). One more is refused with
    /// `403::subscription_limit` and breaks the rule `bayeux-subscription-limit`.
    pub fn subscription_limit(mut self, subscriptions: usize) -> Self {
        self.settings.push.subscription_limit = subscriptions;
        self
    }
}

//! A CometD client as HTTP knows it, and whether it keeps to what it was told.
//!
//! The rule of this file: a client is blamed for what it sent after it was told, never for what was on its way by then.
//!
//! Rules: bayeux-reconnect, bayeux-interval, bayeux-after-disconnect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::bayeux::answer::Instruction;
use crate::bayeux::message::Message;
use crate::http::push_violations::parallel;
use crate::http::shared::Shared;
use crate::rules::{Violation, rule};

/// What HTTP knows of a CometD client. It is kept when the client's session has ended.
pub(crate) struct PushClient {
    /// The id of the user whose client it is.
    pub(crate) owner: String,
    /// The `JSESSIONID` that its handshake came with.
    pub(crate) http_session: Option<String>,
    /// Wakes its held connect.
    pub(crate) wake: Arc<Notify>,
    /// Whether the connection of its handshake or latest connect is still there.
    pub(crate) connection: Arc<AtomicBool>,
    /// Whether it has sent a connect.
    pub(crate) has_connected: bool,
    /// Whether it has disconnected, by itself.
    pub(crate) has_left: bool,
    /// Whether a test has had the cookie of its handshake lost, without which its session is of no use.
    pub(crate) lost_its_cookie: bool,
    /// The last notification of the world's that its socket has taken.
    pub(crate) given_up_to: Option<u64>,
    /// What it was told that it is to keep to, each with when and where.
    told: Vec<(Instruction, Sent)>,
}

/// On which connection a request came or an answer left, and when: on the fake's clock and in real time.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) on: Arc<AtomicBool>,
    pub(crate) at: Duration,
    pub(crate) real: Instant,
}

impl Sent {
    fn is_beside(&self, other: &Self) -> bool {
        !Arc::ptr_eq(&self.on, &other.on)
    }
}

/// Timers of clients may be early by as much.
const EARLY: Duration = Duration::from_millis(20);

/// What comes on another connection may have been on its way for so long.
pub(crate) const ON_ITS_WAY: Duration = Duration::from_millis(100);

impl PushClient {
    pub(crate) fn new(
        owner: String,
        http_session: Option<String>,
        connection: Arc<AtomicBool>,
    ) -> Self {
        Self {
            owner,
            http_session,
            wake: Arc::default(),
            connection,
            has_connected: false,
            has_left: false,
            lost_its_cookie: false,
            given_up_to: None,
            told: Vec::new(),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection.load(Ordering::Acquire)
    }

    /// An answer that says so has been written.
    pub(crate) fn told(&mut self, told: Instruction, sent: Sent) {
        self.told.retain(|(other, before)| *other != told || before.is_beside(&sent));
        self.told.push((told, sent));
    }

    /// What a message of this client does that it was told not to do. A message on the connection of the answer that said so
    /// was sent by a client that had read it; on another one it may have been on its way.
    pub(crate) fn breaks(&self, index: usize, message: &Message, sent: &Sent) -> Option<Violation> {
        let on_its_way = |before: &Sent| sent.real.duration_since(before.real) < ON_ITS_WAY;
        let here = self.told.iter().filter(|(_, before)| !before.is_beside(sent));
        let beside = self.told.iter().filter(|(_, before)| before.is_beside(sent));
        let known = here.chain(beside.filter(|(_, before)| !on_its_way(before)));
        let mut known = known.filter(|_| message.channel != "/meta/disconnect");
        // Its own disconnect is why its held connect is told not to come again.
        let left = self.told.iter().any(|(told, _)| *told == Instruction::Disconnected);
        let meant =
            |told| if left && told == Instruction::None { Instruction::Disconnected } else { told };
        known.find_map(|(told, before)| broken(meant(*told), before, index, message, sent))
    }

    /// It has connected: an interval that it was to wait is over.
    pub(crate) fn connects(&mut self, connection: Arc<AtomicBool>) {
        self.has_connected = true;
        self.connection = connection;
        self.told.retain(|(told, _)| !matches!(told, Instruction::Interval(_)));
    }
}

/// What a message does that its client was told before not to do. An interval counts in real time, by which clients wait, and
/// on the fake's clock, whichever is over first.
fn broken(
    told: Instruction,
    before: &Sent,
    index: usize,
    message: &Message,
    sent: &Sent,
) -> Option<Violation> {
    let place = format!("/{index}");
    let name = &message.channel;
    let connects = name == "/meta/connect";
    match told {
        Instruction::Disconnected => {
            let broken = const { rule("bayeux-after-disconnect") };
            let got = format!("{name} after the client's own disconnect");
            Some(Violation::new(broken, place, got, "a handshake, or nothing").hint(
                "stop the loop of connects when the disconnect is sent, and handshake for a new session",
            ))
        }
        Instruction::Handshake => {
            let broken = const { rule("bayeux-reconnect") };
            let got = format!("{name} after the advice \"handshake\"");
            Some(Violation::new(broken, place, got, "a handshake").hint(
                "when advice.reconnect is \"handshake\": handshake, and subscribe again; the old clientId is of no use",
            ))
        }
        Instruction::None if connects => {
            let broken = const { rule("bayeux-reconnect") };
            let got = "a connect after the advice \"none\"";
            Some(
                Violation::new(broken, place, got, "no further connect")
                    .hint("when advice.reconnect is \"none\": end the loop of connects"),
            )
        }
        Instruction::Interval(interval) if connects => {
            let real = sent.real.duration_since(before.real);
            let waited = real.max(sent.at.saturating_sub(before.at));
            if waited.saturating_add(EARLY) >= interval {
                return None;
            }
            let broken = const { rule("bayeux-interval") };
            let got = format!("a connect after {:.1} ms", waited.as_secs_f64() * 1000.0);
            let want = format!("a connect after advice.interval, {} ms", interval.as_millis());
            Some(
                Violation::new(broken, place, got, want)
                    .hint("wait for as many milliseconds before the next connect"),
            )
        }
        Instruction::None | Instruction::Interval(_) => None,
    }
}

/// The violation of a connect beside another one; dropped before it is known to remain, it is taken back.
pub(crate) struct Blamed {
    shared: Arc<Shared>,
    entry: u64,
    remains: bool,
}

impl Blamed {
    pub(crate) fn parallel(shared: &Arc<Shared>, entry: u64) -> Self {
        shared.change(|state| {
            let newer = state.timeline.entry_mut(entry);
            newer.into_iter().for_each(|newer| newer.violations.push(parallel()));
        });
        Self { shared: Arc::clone(shared), entry, remains: false }
    }

    pub(crate) fn remains(mut self) {
        self.remains = true;
    }
}

impl Drop for Blamed {
    fn drop(&mut self) {
        if self.remains || self.shared.is_closed() {
            return;
        }
        let blamed = parallel();
        self.shared.change(|state| {
            let newer = state.timeline.entry_mut(self.entry);
            newer.into_iter().for_each(|newer| newer.violations.retain(|it| *it != blamed));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that was told so at the first second, and the connection that it was told on.
    fn told(told: Instruction) -> (PushClient, Arc<AtomicBool>) {
        let mut client = PushClient::new(String::new(), None, Arc::default());
        let on = Arc::default();
        client.told(told, sent(&on, 1));
        (client, on)
    }

    /// The rule that a message breaks which comes on that connection at that second.
    fn broken(
        client: &PushClient,
        channel: &str,
        on: &Arc<AtomicBool>,
        second: u64,
    ) -> Option<&'static str> {
        let message = Message { channel: channel.to_owned(), ..Message::default() };
        client.breaks(0, &message, &sent(on, second)).map(|it| it.rule.id)
    }

    /// Now, and at that second.
    fn sent(on: &Arc<AtomicBool>, second: u64) -> Sent {
        Sent { on: Arc::clone(on), at: Duration::from_secs(second), real: Instant::now() }
    }

    #[test]
    fn what_was_on_its_way_is_not_blamed() {
        for it in [Instruction::Handshake, Instruction::None, Instruction::Disconnected] {
            let (client, on) = told(it);
            assert_eq!(broken(&client, "/meta/connect", &Arc::default(), 1), None);
            assert!(broken(&client, "/meta/connect", &on, 1).is_some(), "{it:?}");
            assert_eq!(broken(&client, "/meta/disconnect", &on, 1), None);
        }
    }

    #[test]
    fn who_has_disconnected_has_done_so_whichever_answer_is_written_first() {
        for [earlier, later] in [
            [Instruction::Disconnected, Instruction::None],
            [Instruction::None, Instruction::Disconnected],
        ] {
            let (mut client, first) = told(earlier);
            let second = Arc::default();
            client.told(later, sent(&second, 1));
            for on in [&first, &second] {
                let broken = broken(&client, "/meta/connect", on, 1);
                assert_eq!(broken, Some("bayeux-after-disconnect"));
            }
        }
    }

    #[test]
    fn who_is_to_handshake_sends_nothing_else_and_who_is_to_stop_may() {
        let (client, on) = told(Instruction::Handshake);
        assert_eq!(broken(&client, "/meta/subscribe", &on, 1), Some("bayeux-reconnect"));
        let (client, on) = told(Instruction::None);
        assert_eq!(broken(&client, "/meta/subscribe", &on, 1), None);
    }

    #[test]
    fn an_interval_is_over_on_either_clock_and_counts_once() {
        let (mut client, on) = told(Instruction::Interval(Duration::from_secs(60)));
        assert_eq!(broken(&client, "/meta/connect", &on, 2), Some("bayeux-interval"));
        assert_eq!(broken(&client, "/meta/subscribe", &on, 2), None);
        assert_eq!(broken(&client, "/meta/connect", &on, 61), None);
        client.connects(Arc::default());
        assert_eq!(broken(&client, "/meta/connect", &on, 2), None);
    }
}

//! A CometD client as HTTP knows it, and whether it keeps to what it was told.
//!
//! The rule of this file: a client is blamed for what it sent after it was told, never for what was on its way by then.
//!
//! Rules: bayeux-reconnect, bayeux-interval, bayeux-after-disconnect.

use std::time::Duration;

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::message::Message;
use crate::engine::io::{ConnectionId, Moment, Presence};
use crate::rules::{Violation, rule};

#[derive(Debug)]
/// A CometD client. It is kept when its session has ended.
pub(crate) struct PushClient {
    /// The id of the user whose client it is.
    pub(crate) owner: String,
    /// The `JSESSIONID` that its handshake came with.
    pub(crate) http_session: Option<String>,
    /// The sign of its presence at its handshake or latest connect.
    pub(crate) presence: Presence,
    /// Whether it has sent a connect.
    pub(crate) has_connected: bool,
    /// Whether it has disconnected, by itself.
    pub(crate) has_left: bool,
    /// Whether a test has had the cookie of its handshake lost, without which its session is of no use.
    pub(crate) lost_its_cookie: bool,
    /// The last notification of the world's that its socket has taken.
    pub(crate) given_up_to: Option<u64>,
    /// What it was told that it is to keep to, each with when and where.
    instructions: Vec<(Instruction, Sent)>,
}

/// The connection on which a request came or an answer left, and the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) on: ConnectionId,
    pub(crate) at: Moment,
}

/// An answer to a client on its way to the socket.
#[derive(Debug)]
pub(crate) struct WrittenReply {
    pub(crate) reply: BayeuxReply,
    pub(crate) on: ConnectionId,
}

impl Sent {
    fn is_beside(&self, other: &Self) -> bool {
        self.on != other.on
    }
}

/// Timers of clients may be early by as much.
const EARLY: Duration = Duration::from_millis(20);

/// What comes on another connection may have been on its way for so long.
pub(crate) const ON_ITS_WAY: Duration = Duration::from_millis(100);

impl PushClient {
    pub(crate) fn new(owner: String, http_session: Option<String>, presence: Presence) -> Self {
        Self {
            owner,
            http_session,
            presence,
            has_connected: false,
            has_left: false,
            lost_its_cookie: false,
            given_up_to: None,
            instructions: Vec::new(),
        }
    }

    /// An answer that says so has been written.
    pub(crate) fn instruct(&mut self, instruction: Instruction, sent: Sent) {
        self.instructions
            .retain(|(other, before)| *other != instruction || before.is_beside(&sent));
        self.instructions.push((instruction, sent));
    }

    /// What a message of this client does that it was told not to do. A message on the connection of the answer that said so
    /// was sent by a client that had read it; on another one it may have been on its way.
    pub(crate) fn breaks(&self, index: usize, message: &Message, sent: &Sent) -> Option<Violation> {
        if message.channel == "/meta/disconnect" {
            return None;
        }
        let on_its_way = |before: &Sent| sent.at.real.saturating_sub(before.at.real) < ON_ITS_WAY;
        let here = self.instructions.iter().filter(|(_, before)| !before.is_beside(sent));
        let beside = self.instructions.iter().filter(|(_, before)| before.is_beside(sent));
        let mut known = here.chain(beside.filter(|(_, before)| !on_its_way(before)));
        // Its own disconnect is why its held connect is told not to come again.
        let left = self
            .instructions
            .iter()
            .any(|(instruction, _)| *instruction == Instruction::Disconnected);
        let meant = |instruction| {
            if left && instruction == Instruction::None {
                Instruction::Disconnected
            } else {
                instruction
            }
        };
        known.find_map(|(instruction, before)| {
            broken(meant(*instruction), before, index, message, sent)
        })
    }

    /// It has connected: an interval that it was to wait is over.
    pub(crate) fn connects(&mut self, presence: Presence) {
        self.has_connected = true;
        self.presence = presence;
        self.instructions
            .retain(|(instruction, _)| !matches!(instruction, Instruction::Interval(_)));
    }
}

/// What a message does that its client was told before not to do. An interval counts in real time, by which clients wait, and
/// on the fake's clock, whichever is over first.
fn broken(
    instruction: Instruction,
    before: &Sent,
    index: usize,
    message: &Message,
    sent: &Sent,
) -> Option<Violation> {
    let place = format!("/{index}");
    let name = &message.channel;
    let connects = name == "/meta/connect";
    match instruction {
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
            let real = sent.at.real.saturating_sub(before.at.real);
            let waited = real.max(sent.at.at.saturating_sub(before.at.at));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection on which nothing was said.
    const OTHER: ConnectionId = 3;

    /// A client that was told so at the first second, and the connection that it was told on.
    fn instructed(instruction: Instruction) -> (PushClient, ConnectionId) {
        let mut client = PushClient::new(String::new(), None, Presence::Connection(1));
        let on = 1;
        client.instruct(instruction, sent(on, 1));
        (client, on)
    }

    /// The rule that a message breaks which comes on that connection at that second.
    fn broken(
        client: &PushClient,
        channel: &str,
        on: ConnectionId,
        second: u64,
    ) -> Option<&'static str> {
        let message = Message { channel: channel.to_owned(), ..Message::default() };
        client.breaks(0, &message, &sent(on, second)).map(|violation| violation.rule.id)
    }

    /// Now, and at that second.
    fn sent(on: ConnectionId, second: u64) -> Sent {
        Sent { on, at: Moment { at: Duration::from_secs(second), real: Duration::ZERO } }
    }

    #[test]
    fn what_was_on_its_way_is_not_blamed() {
        for instruction in [Instruction::Handshake, Instruction::None, Instruction::Disconnected] {
            let (client, on) = instructed(instruction);
            assert_eq!(broken(&client, "/meta/connect", OTHER, 1), None);
            assert!(broken(&client, "/meta/connect", on, 1).is_some(), "{instruction:?}");
            assert_eq!(broken(&client, "/meta/disconnect", on, 1), None);
        }
    }

    #[test]
    fn who_has_disconnected_has_done_so_whichever_answer_is_written_first() {
        for [earlier, later] in [
            [Instruction::Disconnected, Instruction::None],
            [Instruction::None, Instruction::Disconnected],
        ] {
            let (mut client, first) = instructed(earlier);
            let second = 2;
            client.instruct(later, sent(second, 1));
            for on in [first, second] {
                let broken = broken(&client, "/meta/connect", on, 1);
                assert_eq!(broken, Some("bayeux-after-disconnect"));
            }
        }
    }

    #[test]
    fn who_is_to_handshake_sends_nothing_else_and_who_is_to_stop_may() {
        let (client, on) = instructed(Instruction::Handshake);
        assert_eq!(broken(&client, "/meta/subscribe", on, 1), Some("bayeux-reconnect"));
        let (client, on) = instructed(Instruction::None);
        assert_eq!(broken(&client, "/meta/subscribe", on, 1), None);
    }

    #[test]
    fn an_interval_is_over_on_either_clock_and_counts_once() {
        let (mut client, on) = instructed(Instruction::Interval(Duration::from_secs(60)));
        assert_eq!(broken(&client, "/meta/connect", on, 2), Some("bayeux-interval"));
        assert_eq!(broken(&client, "/meta/subscribe", on, 2), None);
        assert_eq!(broken(&client, "/meta/connect", on, 61), None);
        client.connects(Presence::Connection(1));
        assert_eq!(broken(&client, "/meta/connect", on, 2), None);
    }
}

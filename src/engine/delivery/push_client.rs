//! A CometD client as HTTP knows it, and the instructions that it keeps to or not.
//!
//! The rule of this file: a client is blamed only where it has certainly received what it ignores. Without a proof the first time
//! is a note, and doing it again is a violation. How long something took proves nothing.
//!
//! Rules: bayeux-reconnect, bayeux-interval, bayeux-after-disconnect.

use std::time::Duration;

use crate::bayeux::answer::{BayeuxReply, Instruction};
use crate::bayeux::message::Message;
use crate::bayeux::session::ClientId;
use crate::engine::io::{ConnectionId, EntryId, Moment, Presence};
use crate::rules::{Violation, rule};

/// A CometD client. It is kept for a while when its session has ended.
#[derive(Debug)]
pub(crate) struct PushClient {
    /// The id of the user whose client it is.
    pub(crate) owner: String,
    /// The `JSESSIONID` that its handshake came with.
    pub(crate) http_session: Option<String>,
    /// The sign of its presence at its handshake or latest connect.
    pub(crate) presence: Presence,
    /// Its latest request.
    pub(crate) latest: EntryId,
    /// True if the client has sent a connect.
    pub(crate) has_connected: bool,
    /// True if the client has disconnected by itself.
    pub(crate) has_left: bool,
    /// True if a test has had the cookie of its handshake lost, without which its session is of no use.
    pub(crate) lost_its_cookie: bool,
    /// The last notification of the world's that it has acknowledged.
    pub(crate) acknowledged_to: Option<u64>,
    /// The held connects in a row that it has given up.
    pub(crate) abandoned_connects: u32,
    /// The connects that came beside a held one, which was not given up.
    parallel_connects: u32,
    /// With the extension `ack`, the number of the last answer to a connect that its socket has taken.
    pub(crate) last_number: Option<i64>,
    orders: Vec<Order>,
}

/// The traces of the clients of one user that are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormerClients {
    /// True if one of them has sent a connect.
    pub(crate) have_connected: bool,
    /// The number of those that have disconnected by themselves and had sent no connect.
    pub(crate) never_connected: usize,
}

impl FormerClients {
    /// Adds a client that is forgotten.
    pub(super) fn add(&mut self, client: &PushClient) {
        self.have_connected |= client.has_connected;
        self.never_connected += usize::from(client.has_left && !client.has_connected);
    }
}

/// The connection on which a request came or an answer left, and the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) on: ConnectionId,
    pub(crate) at: Moment,
}

/// The answer that told a client something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carrier {
    /// The moment at which it was made, which is before the client can have read it.
    pub(crate) sent: Sent,
    /// It is the answer to a connect. A client has one connect at a time, and so has read it when it sends the next one.
    pub(crate) to_connect: bool,
}

/// An instruction that a client has to follow.
#[derive(Clone, Copy, Debug)]
struct Order {
    instruction: Instruction,
    carrier: Carrier,
    /// The first request whose message has ignored it, where that may have been on its way.
    noted: Option<EntryId>,
}

/// An answer to a client on its way to the socket.
#[derive(Debug)]
pub(crate) struct WrittenReply {
    pub(crate) reply: BayeuxReply,
    pub(crate) carrier: Carrier,
    /// The client whose connect it answers, and the number of that answer.
    pub(crate) connecting: Option<ClientId>,
    pub(crate) number: Option<i64>,
}

/// Timers of clients may be early by as much.
const EARLY: Duration = Duration::from_millis(20);

impl PushClient {
    pub(crate) fn new(
        owner: String,
        http_session: Option<String>,
        presence: Presence,
        handshake: EntryId,
    ) -> Self {
        Self {
            owner,
            http_session,
            presence,
            latest: handshake,
            has_connected: false,
            has_left: false,
            lost_its_cookie: false,
            acknowledged_to: None,
            abandoned_connects: 0,
            parallel_connects: 0,
            last_number: None,
            orders: Vec::new(),
        }
    }

    /// An answer that says so has been written.
    pub(crate) fn instruct(&mut self, instruction: Instruction, carrier: Carrier) {
        let same = self.orders.iter().find(|order| order.instruction == instruction);
        let noted = same.and_then(|order| order.noted);
        self.orders.retain(|order| order.instruction != instruction);
        self.orders.push(Order { instruction, carrier, noted });
    }

    /// Returns what a message of this client does that it was told not to do: a violation where it has certainly read that, or
    /// has ignored it before, in a request that `was_answered` when this one began; otherwise a note.
    pub(crate) fn breaks(
        &mut self,
        index: usize,
        message: &Message,
        sent: &Sent,
        entry: EntryId,
        was_answered: impl Fn(EntryId) -> bool,
    ) -> Option<Violation> {
        if message.channel == "/meta/disconnect" {
            return None;
        }
        let connects = message.channel == "/meta/connect";
        // Its own disconnect is why its held connect is told not to come again.
        let left = self.orders.iter().any(|order| order.instruction == Instruction::Disconnected);
        let is_proven = |order: &Order| {
            order.carrier.sent.on == sent.on
                || (connects && order.carrier.to_connect)
                || order.noted.is_some_and(|first| first != entry && was_answered(first))
        };
        let broken_by = |order: &Order| {
            let instruction = match order.instruction {
                Instruction::None if left => Instruction::Disconnected,
                instruction => instruction,
            };
            broken(instruction, &order.carrier.sent, index, message, sent)
        };
        if let Some(broken) =
            self.orders.iter().filter(|order| is_proven(order)).find_map(broken_by)
        {
            return Some(broken);
        }
        let (place, broken) = self
            .orders
            .iter()
            .enumerate()
            .find_map(|(place, order)| Some((place, broken_by(order)?)))?;
        let ignored = self.orders[place].instruction;
        let same = self.orders.iter_mut().filter(|order| order.instruction == ignored);
        same.for_each(|order| order.noted = order.noted.or(Some(entry)));
        let hint =
            "the answer that said so may have crossed this message; again, this is a violation";
        Some(broken.hint(hint).note())
    }

    /// Returns the habit of a client that acknowledges an older answer than the last one that it was given: it is given the events
    /// behind it again.
    pub(crate) fn acknowledges_too_little(
        &self,
        index: usize,
        message: &Message,
    ) -> Option<Violation> {
        let given = self.last_number?;
        let got = message.ext.get("ack")?.as_i64().filter(|got| *got < given)?;
        if message.channel != "/meta/connect" {
            return None;
        }
        let broken = const { rule("bayeux-ack-stale") };
        let place = format!("/{index}/ext/ack");
        Some(
            Violation::new(broken, place, got.to_string(), given.to_string())
                .hint("send the number of the last answer to a connect; events behind an older number are delivered again"),
        )
    }

    /// It has hung up while its connect was held. Returns the habit, where it does so each time.
    pub(crate) fn abandons_connect(&mut self) -> Option<Violation> {
        self.abandoned_connects += 1;
        if self.abandoned_connects < 2 {
            return None;
        }
        let broken = const { rule("connects-abandoned") };
        let got = format!("{} connects in a row that the client gave up", self.abandoned_connects);
        Some(
            Violation::new(broken, "the held connect", got, "a client that waits for the answer")
                .hint("let the HTTP timeout of connects be longer than advice.timeout, for which a connect is held"),
        )
    }

    /// It has sent a connect while another one was held. Tells if it has done so before.
    pub(crate) fn connects_beside(&mut self) -> bool {
        self.parallel_connects += 1;
        self.parallel_connects > 1
    }

    /// It had given the held connect up.
    pub(crate) fn connects_beside_no_longer(&mut self) {
        self.parallel_connects = self.parallel_connects.saturating_sub(1);
    }

    /// It has connected: an interval that it was to wait is over.
    pub(crate) fn connects(&mut self, presence: Presence) {
        self.has_connected = true;
        self.presence = presence;
        self.orders.retain(|order| !matches!(order.instruction, Instruction::Interval(_)));
    }
}

/// The violation of a message that ignores an earlier instruction to its client. An interval counts in real time, by
/// which clients wait, and on the fake's clock, whichever is over first.
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
    use crate::rules::Verdict;

    /// The connection that an answer came on, and others.
    const ON: ConnectionId = 1;
    const BESIDE: [ConnectionId; 2] = [2, 3];

    /// A client that was told so at the first second, in the answer to a connect or to something else.
    fn instructed(instruction: Instruction, to_connect: bool) -> PushClient {
        let mut client = PushClient::new(String::new(), None, Presence::Connection(ON), 0);
        client.instruct(instruction, Carrier { sent: sent(ON, 1), to_connect });
        client
    }

    /// The rule that a message breaks which comes on that connection at that second, and the verdict.
    fn broken(
        client: &mut PushClient,
        channel: &str,
        on: ConnectionId,
        second: u64,
    ) -> Option<(&'static str, Verdict)> {
        let message = Message { channel: channel.to_owned(), ..Message::default() };
        let broken = client.breaks(0, &message, &sent(on, second), on, |_| true);
        broken.map(|violation| (violation.rule.id, violation.verdict))
    }

    /// On that connection at that second of the clock.
    fn sent(on: ConnectionId, second: u64) -> Sent {
        Sent { on, at: Moment { at: Duration::from_secs(second), real: Duration::ZERO } }
    }

    #[test]
    fn what_may_have_been_on_its_way_is_noted_and_again_it_is_blamed() {
        for (instruction, rule) in [
            (Instruction::Handshake, "bayeux-reconnect"),
            (Instruction::None, "bayeux-reconnect"),
            (Instruction::Disconnected, "bayeux-after-disconnect"),
        ] {
            let mut client = instructed(instruction, false);
            let [first, second] = BESIDE;
            let noted = Some((rule, Verdict::Note));
            // However late it comes.
            assert_eq!(broken(&mut client, "/meta/connect", first, 1000), noted);
            let blamed = Some((rule, Verdict::Violation));
            assert_eq!(broken(&mut client, "/meta/connect", second, 1000), blamed);
        }
    }

    #[test]
    fn on_the_connection_of_the_answer_it_is_blamed_at_once() {
        for instruction in [Instruction::Handshake, Instruction::None, Instruction::Disconnected] {
            let mut client = instructed(instruction, false);
            assert_eq!(broken(&mut client, "/meta/disconnect", ON, 1), None);
            let (_, verdict) = broken(&mut client, "/meta/connect", ON, 1).unwrap();
            assert_eq!(verdict, Verdict::Violation, "{instruction:?}");
        }
    }

    #[test]
    fn a_connect_shows_that_the_answer_to_the_connect_before_was_read() {
        for (instruction, rule) in [
            (Instruction::Handshake, "bayeux-reconnect"),
            (Instruction::None, "bayeux-reconnect"),
            (Instruction::Interval(Duration::from_secs(60)), "bayeux-interval"),
        ] {
            let mut client = instructed(instruction, true);
            let blamed = Some((rule, Verdict::Violation));
            assert_eq!(broken(&mut client, "/meta/connect", BESIDE[0], 2), blamed);
        }
        let mut client = instructed(Instruction::Handshake, true);
        let noted = Some(("bayeux-reconnect", Verdict::Note));
        assert_eq!(broken(&mut client, "/meta/subscribe", BESIDE[0], 2), noted);
    }

    #[test]
    fn who_has_disconnected_has_done_so_whichever_answer_is_written_first() {
        let [other, _] = BESIDE;
        for [earlier, later] in [
            [Instruction::Disconnected, Instruction::None],
            [Instruction::None, Instruction::Disconnected],
        ] {
            let mut client = instructed(earlier, earlier == Instruction::None);
            let to_connect = later == Instruction::None;
            client.instruct(later, Carrier { sent: sent(other, 1), to_connect });
            for on in [ON, other] {
                let blamed = Some(("bayeux-after-disconnect", Verdict::Violation));
                assert_eq!(broken(&mut client, "/meta/connect", on, 1), blamed);
            }
        }
    }

    #[test]
    fn who_is_to_handshake_sends_nothing_else_and_who_is_to_stop_may() {
        let mut client = instructed(Instruction::Handshake, false);
        let blamed = Some(("bayeux-reconnect", Verdict::Violation));
        assert_eq!(broken(&mut client, "/meta/subscribe", ON, 1), blamed);
        let mut client = instructed(Instruction::None, true);
        assert_eq!(broken(&mut client, "/meta/subscribe", ON, 1), None);
    }

    #[test]
    fn an_interval_is_over_on_either_clock_and_counts_once() {
        let mut client = instructed(Instruction::Interval(Duration::from_secs(60)), true);
        let blamed = Some(("bayeux-interval", Verdict::Violation));
        assert_eq!(broken(&mut client, "/meta/connect", ON, 2), blamed);
        assert_eq!(broken(&mut client, "/meta/subscribe", ON, 2), None);
        assert_eq!(broken(&mut client, "/meta/connect", ON, 61), None);
        client.connects(Presence::Connection(ON));
        assert_eq!(broken(&mut client, "/meta/connect", ON, 2), None);
    }
}

//! `/meta/connect` (wire: CometD Java 3.1.12): answered at once or held, with the advice where there is news.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::answer::Instruction;
use crate::bayeux::batch::{Batch, Thrown};
use crate::bayeux::extension::Timesync;
use crate::bayeux::io::{MessageViolation, Ticket};
use crate::bayeux::message::{Advice, Message};
use crate::bayeux::server::{advise_as_ordered, unknown};
use crate::bayeux::session::{ClientId, HeldConnect, ReleaseReason};

/// The outcome of a connect.
pub(super) enum Connected {
    Answered(Value),
    Hold(Ticket),
}

impl Batch<'_, '_> {
    pub(super) fn connect(&mut self, index: usize, message: &Message) -> Result<Connected, Thrown> {
        let alone = self.request.messages.len() == 1;
        // Events leave with the answer, even if they may not with those of its neighbours.
        self.takes_queue = true;
        self.supersede();
        self.acknowledge(message);
        let Some(client) = self.speaker(index, message) else {
            let mut reply = unknown(message.reply(false));
            let mut instruction = Instruction::Handshake;
            if self.ended {
                reply["advice"]["reconnect"] = json!("none");
                instruction = Instruction::None;
            }
            // Who uses the clientId of another is told so, and the other one is not.
            let of_another = |usize: &(usize, MessageViolation)| {
                matches!(usize.1, MessageViolation::WrongOwner | MessageViolation::OtherClient)
            };
            if !self.received.violations.last().is_some_and(of_another) {
                self.instructions.extend(
                    message.client_id.as_deref().map(|client| (client.into(), instruction)),
                );
            }
            return Ok(Connected::Answered(reply));
        };
        let mut advice = match &message.advice {
            Some(Err(_)) => return Err(self.thrown(index, MessageViolation::Advice)),
            Some(Ok(advice)) => Some(*advice),
            None => None,
        };
        let timeout = self.server.settings.timeout;
        let Some(session) = self.server.sessions.get_mut(&client) else { return Err(Thrown) };
        if message.ext.get("ack").is_some_and(Value::is_number) && session.only_resends() {
            advice.get_or_insert_default().timeout.get_or_insert(Duration::ZERO);
        }
        let was_connected = std::mem::replace(&mut session.connected, true);
        session.connects += 1;
        let mut reply = message.reply(true);
        self.advise(&client, advice, &mut reply);
        if let Some(session) = self.server.sessions.get_mut(&client)
            && let Some(instruction) = advise_as_ordered(&self.server.settings, session, &mut reply)
        {
            session.schedule_expiry(self.now, self.server.settings.max_interval);
            self.instructions.push((client, instruction));
            return Ok(Connected::Answered(reply));
        }
        if alone && self.server.sessions[&client].queue.is_empty() {
            if !self.has_room(&client) {
                self.too_many(index, &client, &mut reply);
            } else {
                let timeout = advice.and_then(|advice| advice.timeout).unwrap_or(timeout);
                if was_connected && !timeout.is_zero() {
                    let deadline = self.now.saturating_add(timeout);
                    return Ok(Connected::Hold(self.hold(client, deadline, message, reply)));
                }
            }
        }
        if let Some(session) = self.server.sessions.get_mut(&client) {
            session.schedule_expiry(self.now, self.server.settings.max_interval);
        }
        Ok(Connected::Answered(reply))
    }

    /// Lets a connect take the place of the one that the first message's client has held, whatever its own outcome is.
    fn supersede(&mut self) {
        if let Some(client) = &self.client
            && let Some(session) = self.server.sessions.get_mut(client)
            && session.let_go(ReleaseReason::Superseded(self.request.label))
        {
            session.schedule_expiry(self.now, self.server.settings.max_interval);
            self.received.wake.push(client.clone());
        }
    }

    /// A connect shows that earlier answers arrived: with the extension those up to its number, otherwise all of them. The
    /// product looks at the number before it knows whose the message is.
    fn acknowledge(&mut self, message: &Message) {
        let Some(client) = self.client.clone() else { return };
        let Some(session) = self.session() else { return };
        let arrived = match &mut session.acks {
            Some(acks) => acks.forget(message).unwrap_or_default(),
            None if message.client_id.as_deref() == Some(&client) => {
                std::mem::take(&mut session.unacknowledged)
            }
            None => return,
        };
        let arrived = arrived.into_iter().map(|label| (client.clone(), label));
        self.received.acknowledged.extend(arrived);
    }

    /// Tells the advice where there is news: to who brings some, and on a transport that has not told it.
    fn advise(&mut self, client: &str, brought: Option<Advice>, reply: &mut Value) {
        let transport = self.request.transport;
        let Some(session) = self.server.sessions.get_mut(client) else { return };
        session.interval = brought.and_then(|advice| advice.interval).unwrap_or_default();
        if brought.is_some() || session.advised != Some(transport) {
            session.advised = Some(transport);
            reply["advice"] = self.server.settings.advice(session.interval);
        }
    }

    fn has_room(&self, client: &str) -> bool {
        let session = &self.server.sessions[client];
        self.server.has_room(&session.browser, session.transport)
    }

    fn too_many(&mut self, index: usize, client: &ClientId, reply: &mut Value) {
        let interval = self.server.settings.advise_multiple_clients(reply);
        let instruction = interval.map_or(Instruction::None, Instruction::Interval);
        self.instructions.push((Arc::clone(client), instruction));
        if let Some(session) = self.server.sessions.get_mut(client) {
            session.advised = None;
        }
        self.received.violations.push((index, MessageViolation::MultipleClients));
    }

    fn hold(
        &mut self,
        client: ClientId,
        deadline: Duration,
        message: &Message,
        reply: Value,
    ) -> Ticket {
        let timesync = Timesync::of(message, self.request.time, self.now);
        let mut number = 0;
        let generation = self.server.generation;
        if let Some(session) = self.server.sessions.get_mut(&client) {
            number = session.connects;
            session.held = Some(HeldConnect { number, deadline });
            session.expires = None;
        }
        let reply = reply.to_string().into();
        Ticket { client, number, deadline, reply, timesync, generation }
    }
}

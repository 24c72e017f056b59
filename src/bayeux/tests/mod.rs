//! The server as a client meets it, at moments that the test names.

mod advice;
mod channels;
mod extensions;
mod ledger;
mod lost;
mod messages;
mod random;
mod steps;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::bayeux::event;
use crate::bayeux::io::{Outcome, Received, Request, Ticket, Tried};
use crate::bayeux::message;
use crate::bayeux::options::CometdOptions;
use crate::bayeux::server::{MANY_CHANNELS, Server};
use crate::bayeux::session::{ClientId, Transport};

/// The time of day at the moment 0, in milliseconds.
const TIME: i64 = 1_000_000;
const NANOSECOND: Duration = Duration::from_nanos(1);
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// The server and the moment. The client `p1` is one of the user `p`, and has a cookie of its own.
struct Bench {
    server: Server,
    now: Duration,
    label: u64,
}

impl Bench {
    /// With clients that have shaken hands and connected once, at the moment 0.
    fn of(clients: &[&str]) -> Self {
        let server = Server::new(CometdOptions::default());
        let mut bench = Self { server, now: Duration::ZERO, label: 0 };
        for client in clients {
            bench.send(client, json!({ "channel": "/meta/handshake" }));
            bench.send(client, connect("first"));
        }
        bench
    }

    fn send(&mut self, client: &str, body: Value) -> Received {
        self.send_as(&format!("browser of {client}"), &client[..1], client, body)
    }

    fn send_as(&mut self, browser: &str, owner: &str, client: &str, body: Value) -> Received {
        self.send_over(Transport::LongPolling, browser, owner, client, body)
    }

    fn send_over(
        &mut self,
        transport: Transport,
        browser: &str,
        owner: &str,
        client: &str,
        mut body: Value,
    ) -> Received {
        let messages = match &mut body {
            Value::Array(messages) => messages.as_mut_slice(),
            one => std::slice::from_mut(one),
        };
        for message in messages.iter_mut().filter(|message| message.get("clientId").is_none()) {
            message["clientId"] = json!(client);
        }
        let request = Request {
            messages: &message::batch(&body).unwrap(),
            transport,
            browser: Some(browser),
            owner: Some(owner),
            new_client: client.into(),
            new_browser: String::new(),
            label: self.label,
            time: TIME + i64::try_from(self.now.as_millis()).unwrap(),
        };
        self.server.receive(request, self.now)
    }

    #[track_caller]
    fn check(&mut self, client: &str, body: Value, expected: Value) {
        assert_eq!(answered(&self.send(client, body.clone()).outcome), expected, "{body}");
    }

    /// Publishes as the server, with the label 70, and returns whom it wakes.
    fn publish(&mut self, channel: &str, data: u64) -> Vec<ClientId> {
        self.server.publish(None, channel, &written(channel, &json!(data)), 70).wake
    }

    fn hold(&mut self, client: &str, body: Value) -> Ticket {
        let Outcome::Hold(ticket) = self.send(client, body).outcome else { panic!("not held") };
        ticket
    }

    fn poll(&mut self, ticket: &Ticket) -> Value {
        match self.server.poll(ticket, self.now) {
            Tried::Waiting => json!("waiting"),
            Tried::Released(_) => json!("superseded"),
            Tried::Answer(answer) => answered(&Outcome::Answer(answer)),
        }
    }
}

fn answered(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Answer(answer) => serde_json::from_str(&answer.body()).unwrap(),
        Outcome::Hold(_) => json!("held"),
        Outcome::Failed => json!("failed"),
    }
}

fn connect(id: &str) -> Value {
    json!({ "channel": "/meta/connect", "id": id })
}

fn connect_for(milliseconds: u64) -> Value {
    json!({ "channel": "/meta/connect", "id": "c", "advice": { "timeout": milliseconds } })
}

fn connected() -> Value {
    json!({ "channel": "/meta/connect", "id": "c", "successful": true })
}

fn advised() -> Value {
    let advice = json!({ "reconnect": "retry", "interval": 0, "timeout": 30000 });
    json!({ "channel": "/meta/connect", "id": "c", "successful": true, "advice": advice })
}

fn subscribe(to: Value) -> Value {
    json!({ "channel": "/meta/subscribe", "subscription": to })
}

fn subscribed(to: Value) -> Value {
    json!({ "channel": "/meta/subscribe", "subscription": to, "successful": true })
}

fn event(channel: &str, data: u64) -> Value {
    json!({ "channel": channel, "data": data })
}

fn published(channel: &str) -> Value {
    json!({ "channel": channel, "successful": true })
}

/// An event as it is handed to the server.
fn written(channel: &str, data: &Value) -> Arc<str> {
    event::event(channel, Some(data))
}

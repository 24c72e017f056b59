//! What every client goes through: a supervisor is pushed an invitation, accepts it, is told nothing for a while, loses the
//! network for so long that the server forgets him, comes back, and leaves.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use gws_sms_fake::{FakeGws, Mode, Operation};
use serde_json::{Value, json};

use crate::client::Client;
use crate::script::Script;
use crate::wire::Wire;

const SESSION: &str = "0000UaB58WAR003N";
const TOPIC: &str = "/v2/me/smssessions";
/// Two connects without an event, and a part of a third.
const IDLE: Duration = Duration::from_secs(80);
/// Whatever is held has its timeout, and whoever does not connect after it expires.
const OUTAGE: Duration = Duration::from_secs(60);
/// A client that has just been started, on a machine with much else to do, is not as quick as one in this process.
const PATIENCE: Duration = Duration::from_secs(20);

/// A story, with what varies in it.
#[derive(Clone, Copy)]
pub(crate) struct Story {
    pub(crate) client: Client,
    pub(crate) start: Start,
    pub(crate) order: Order,
    pub(crate) ack: Ack,
}

/// How a client comes to long polling, the only transport that there is.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    LongPolling,
    WebsocketRefused,
}

/// Whether a REST answer goes before or after the notifications of its request.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    AnswerFirst,
    NotificationsFirst,
}

/// Whether the client asks for acknowledgements.
#[derive(Clone, Copy)]
pub(crate) enum Ack {
    Off,
    Asked,
}

impl Story {
    /// Drives the client through it. A failure shows what both sides know of it.
    pub(crate) fn is_lived(self, installed: &Path) {
        let gws = FakeGws::builder().patience(PATIENCE);
        let gws = match self.order {
            Order::AnswerFirst => gws.start(),
            Order::NotificationsFirst => gws.notifications_first().start(),
        };
        gws.clock().pause();
        let wire = Wire::to(gws.url());
        let mut script = self.client.start(installed, &self.arguments(&gws, &wire));
        let outcome = catch_unwind(AssertUnwindSafe(|| self.flow(&gws, &wire, &mut script)));
        if let Err(panic) = outcome {
            panic!("{}\n\n{}\n{}", text(&*panic), script.said(), gws.report());
        }
        gws.verify();
    }

    fn arguments(self, gws: &FakeGws, wire: &Wire) -> Value {
        let left_out = match self.start {
            Start::LongPolling => &["websocket", "callback-polling"][..],
            Start::WebsocketRefused => &["callback-polling"],
        };
        json!({
            "base": wire.url(self.client.name_of_host()),
            "userName": gws.supervisor().user_name(),
            "password": gws.supervisor().password(),
            "agent": gws.agent().id(),
            "session": SESSION,
            "leftOut": left_out,
            "ack": matches!(self.ack, Ack::Asked),
        })
    }

    fn flow(self, gws: &FakeGws, wire: &Wire, script: &mut Script) {
        script.told("sign in");
        script.sees(1);
        script.told("subscribe");
        script.sees(self.handshakes().len() + 1);
        gws.supervisor().subscribed(TOPIC).blocking();

        // With no connect held, the push would wait for the next one, and come after the answer whatever is set.
        gws.supervisor().parked().blocking();
        script.told("intrude");
        script.sees(2);
        gws.received(Operation::Intrude).once().mode(Mode::Monitor).by("s1");

        gws.supervisor().parked().blocking();
        script.told("accept");
        script.sees(4);
        gws.received(Operation::Accept).once().by("s1");

        gws.supervisor().parked().blocking();
        gws.clock().advance(IDLE).blocking();
        gws.customer(SESSION).writes("Is anybody there?");
        script.sees(1);

        gws.supervisor().parked().blocking();
        forget_client(gws, wire);
        script.sees(2);
        gws.supervisor().parked().blocking();
        gws.customer(SESSION).writes("Are you back?");
        script.sees(1);

        gws.supervisor().parked().blocking();
        script.told("leave");
        let seen = script.ends();
        let pushed = data(seen);
        assert_eq!(pushed, published(gws, pushed.len()), "pushed to the client, and published");
        let (got, want) = (self.comparable(seen.iter().map(brief)), self.expected());
        assert_eq!(got, want, "what the client saw, and what it should have");
        let agreed = seen.iter().filter(|seen| seen["ack"] == true).count();
        let want = if let Ack::Asked = self.ack { 2 } else { 0 };
        assert_eq!(agreed, want, "handshakes that agreed on acknowledgements");
    }

    fn handshakes(self) -> &'static [&'static str] {
        let handshakes = &["handshake refused by websocket", "handshake by long-polling"];
        match self.start {
            Start::LongPolling => &handshakes[1..],
            Start::WebsocketRefused => handshakes,
        }
    }

    fn expected(self) -> Vec<String> {
        let answer = "answer 200, statusCode 0";
        let invited = "StatusChange to Invited in Monitor";
        let joined = ["StatusChange to Chatting", "ParticipantsUpdated to Chatting", "NewMessages"];
        let [before, after] = match self.order {
            Order::AnswerFirst => [Some(answer), None],
            Order::NotificationsFirst => [None, Some(answer)],
        };
        let mut expected = vec![answer];
        expected.extend(self.handshakes());
        expected.push("subscribe");
        expected.extend(before.into_iter().chain([invited]).chain(after));
        expected.extend(before.into_iter().chain(joined).chain(after));
        expected.push("NewMessages");
        expected.extend(["handshake by long-polling", "subscribe", "NewMessages"]);
        expected.extend(["unsubscribe", "disconnect"]);
        self.comparable(expected.into_iter().map(str::to_owned))
    }

    /// What was seen, in order. Where one answer may overtake another inside the client, the REST side stands first.
    fn comparable(self, seen: impl Iterator<Item = String>) -> Vec<String> {
        let mut seen: Vec<String> = seen.collect();
        if !self.client.keeps_order() {
            seen.sort_by_key(|it| !it.starts_with("answer"));
        }
        seen
    }
}

/// The server forgets the client, which learns of it with its next connect. What brings it about is the network.
fn forget_client(gws: &FakeGws, wire: &Wire) {
    wire.cut();
    gws.clock().advance(OUTAGE).blocking();
    assert!(gws.report().contains("CometD session expired"), "got no expiry, want one");
    wire.mend();
}

/// The notifications that the fake has published to the supervisor and handed to the client's socket.
fn published(gws: &FakeGws, count: usize) -> Vec<Value> {
    let next = || gws.supervisor().next_notification().blocking().delivered().blocking();
    (0..count).map(|_| next().data().clone()).collect()
}

/// What was pushed, among what was seen.
fn data(seen: &[Value]) -> Vec<Value> {
    seen.iter().filter_map(|it| it.get("data").cloned()).collect()
}

/// What was seen, in a few words.
fn brief(seen: &Value) -> String {
    let text = |pointer| seen.pointer(pointer).and_then(Value::as_str);
    match text("/saw").unwrap_or("nothing") {
        "answer" => format!("answer {}, statusCode {}", seen["status"], seen["body"]["statusCode"]),
        "notification" => {
            let kind = text("/data/notificationType").unwrap_or("no notificationType");
            let state = text("/data/smssession/state").map(|state| format!(" to {state}"));
            let mode = text("/data/smssession/supervisorMode").map(|mode| format!(" in {mode}"));
            format!("{kind}{}{}", state.unwrap_or_default(), mode.unwrap_or_default())
        }
        reply => {
            let refused = if seen["successful"] == true { "" } else { " refused" };
            let by = text("/transport").map(|transport| format!(" by {transport}"));
            format!("{reply}{refused}{}", by.unwrap_or_default())
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text")
}

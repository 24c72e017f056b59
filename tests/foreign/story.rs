//! The flow that every client goes through: a supervisor is pushed the invitation, accepts it, and leaves.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use gws_sms_fake::{FakeGws, Mode, Operation};
use serde_json::Value;

use crate::install::Package;
use crate::script::Script;

const SESSION: &str = "0000UaB58WAR003N";
const TOPIC: &str = "/v2/me/smssessions";

/// A client library, and how it comes to long polling.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) package: &'static Package,
    pub(crate) start: Start,
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

impl Client {
    /// Drives it through the flow. A failure shows what both sides know of it.
    pub(crate) fn supervises(self, installed: &Path, order: Order) {
        let gws = match order {
            Order::AnswerFirst => FakeGws::start(),
            Order::NotificationsFirst => FakeGws::builder().notifications_first().start(),
        };
        let left_out = match self.start {
            Start::LongPolling => "websocket,callback-polling",
            Start::WebsocketRefused => "callback-polling",
        };
        let (supervisor, agent) = (gws.supervisor(), gws.agent());
        let (user_name, password) = (supervisor.user_name(), supervisor.password());
        let arguments = [gws.url(), user_name, password, agent.id(), SESSION, left_out];
        let mut script = Script::start(self.package, installed, &arguments);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.flow(&gws, &mut script, order)));
        if let Err(panic) = outcome {
            panic!("{}\n\n{}\n{}", text(&*panic), script.said(), gws.report());
        }
        gws.verify();
    }

    fn flow(self, gws: &FakeGws, script: &mut Script, order: Order) {
        script.told("sign in");
        script.sees(1);
        script.told("subscribe");
        script.sees(self.handshakes().len() + 1);
        gws.supervisor().subscribed(TOPIC).blocking();

        // With no connect held, the push would wait for the next one, and come after the answer whatever is set.
        gws.supervisor().parked().blocking();
        script.told("intrude");
        let mut pushed = data(script.sees(2));
        gws.received(Operation::Intrude).once().mode(Mode::Monitor).by("s1");

        gws.supervisor().parked().blocking();
        script.told("accept");
        pushed.extend(data(script.sees(4)));
        gws.received(Operation::Accept).once().by("s1");
        assert_eq!(pushed, published(gws, pushed.len()), "pushed to the client, and published");

        script.told("leave");
        let seen: Vec<String> = script.ends().iter().map(brief).collect();
        assert_eq!(seen, self.expected(order), "what the client saw, and what it should have");
    }

    fn handshakes(self) -> &'static [&'static str] {
        let handshakes = &["handshake refused by websocket", "handshake by long-polling"];
        match self.start {
            Start::LongPolling => &handshakes[1..],
            Start::WebsocketRefused => handshakes,
        }
    }

    fn expected(self, order: Order) -> Vec<&'static str> {
        let answer = "answer 200, statusCode 0";
        let invited = "StatusChange to Invited in Monitor";
        let joined = ["StatusChange to Chatting", "ParticipantsUpdated to Chatting", "NewMessages"];
        let [before, after] = match order {
            Order::AnswerFirst => [Some(answer), None],
            Order::NotificationsFirst => [None, Some(answer)],
        };
        let mut expected = vec![answer];
        expected.extend(self.handshakes());
        expected.push("subscribe");
        expected.extend(before.into_iter().chain([invited]).chain(after));
        expected.extend(before.into_iter().chain(joined).chain(after));
        expected.extend(["unsubscribe", "disconnect"]);
        expected
    }
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

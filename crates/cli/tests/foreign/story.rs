//! The story of every client: a supervisor is pushed an invitation, accepts it, receives nothing for a while, loses the
//! network for so long that the server forgets him, comes back, and leaves.

use std::any::Any;
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use gws_sms_fake::{Builder, FakeGws, Mode, Operation};
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
/// Until the customer writes again.
const BACK: Duration = Duration::from_secs(1);
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

/// The way in which a client comes to long polling, the only transport.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    LongPolling,
    WebsocketRefused,
}

/// The order of a REST answer and the notifications of its request.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    AnswerFirst,
    NotificationsFirst,
}

/// The outcome of the story.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// It is lived, and no more.
    Lived,
    /// It is lived for a recording, in which two requests are on their way at once.
    Recorded,
    /// It is lived with a fake that plays the recording: the events that no request causes come from there.
    Played,
}

/// The acknowledgements for which the client asks.
#[derive(Clone, Copy)]
pub(crate) enum Ack {
    Off,
    Asked,
}

impl Story {
    /// Drives the client through it.
    pub(crate) fn is_lived(self, installed: &Path) {
        let gws = FakeGws::builder();
        let gws = match self.order {
            Order::AnswerFirst => gws,
            Order::NotificationsFirst => gws.notifications_first(),
        };
        self.is_lived_with(installed, gws, Run::Lived);
    }

    /// Has the story recorded, played to the same client, and recorded again: that is the same file.
    pub(crate) fn is_recorded_and_played(self, installed: &Path) {
        let folder = tempfile::tempdir().expect("a folder for scenarios");
        let recorded = self.is_lived_with(installed, FakeGws::builder(), Run::Recorded);
        let mut played = recorded.clone();
        for round in 1..=2 {
            let file = folder.path().join(format!("{round}.json"));
            fs::write(&file, &played).expect("a file for a scenario");
            // At the offsets of the recording, which pass on the paused clock.
            let gws = FakeGws::builder().play(&file).play_slowed(1.0);
            played = self.is_lived_with(installed, gws, Run::Played);
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            for (got, want) in lines(&played).iter().zip(&lines(&recorded)) {
                assert_eq!(got, want, "recorded while it was played for the {round}. time");
            }
            assert_eq!(played.lines().count(), recorded.lines().count());
        }
        for part in ["\"step\":\"group\"", "\"message\":\"connect\"", "\"at\":80000", "${session}"]
        {
            assert!(recorded.contains(part), "want {part} in {recorded}");
        }
    }

    /// Drives the client through it; returns the recording. A failure shows what both sides know of it.
    fn is_lived_with(self, installed: &Path, gws: Builder, run: Run) -> String {
        let gws = gws.wait_timeout(PATIENCE).start();
        gws.clock().pause();
        let wire = Wire::to(gws.url());
        let mut script = self.client.start(installed, &self.arguments(&gws, &wire));
        let outcome = catch_unwind(AssertUnwindSafe(|| self.flow(&gws, &wire, &mut script, run)));
        if let Err(panic) = outcome {
            panic!("{}\n\n{}\n{}", text(&*panic), script.said(), gws.report());
        }
        gws.verify();
        gws.recorded()
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

    fn flow(self, gws: &FakeGws, wire: &Wire, script: &mut Script, run: Run) {
        let customer_writes = |text| match run {
            Run::Lived | Run::Recorded => drop(gws.customer(SESSION).writes(text)),
            Run::Played => {}
        };
        script.received("sign in");
        script.sees(1);
        script.received("subscribe");
        script.sees(self.handshakes().len() + 1);
        gws.supervisor().subscribed(TOPIC).blocking();

        // With no connect held, the push would wait for the next one, and come after the answer whatever is set.
        gws.supervisor().connect_held().blocking();
        script.received("intrude");
        script.sees(2);
        gws.received(Operation::Intrude).once().mode(Mode::Monitor).by("s1");

        gws.supervisor().connect_held().blocking();
        script.received("accept");
        script.sees(4);
        gws.received(Operation::Accept).once().by("s1");

        gws.supervisor().connect_held().blocking();
        gws.clock().advance(IDLE).blocking();
        customer_writes("Is anybody there?");
        script.sees(1);

        gws.supervisor().connect_held().blocking();
        forget_client(gws, wire);
        script.sees(2);
        gws.supervisor().connect_held().blocking();
        // What a scenario tells later is told when this time has passed, and not before the client listens again.
        gws.clock().advance(BACK).blocking();
        customer_writes("Are you back?");
        script.sees(1);

        let at_once = match run {
            Run::Lived => 0..0,
            Run::Recorded | Run::Played => two_at_once(gws, script, run),
        };

        gws.supervisor().connect_held().blocking();
        script.received("leave");
        let seen = script.ends();
        let pushed = data(seen);
        assert_eq!(pushed, published(gws, pushed.len()), "pushed to the client, and published");
        let in_order = seen.iter().enumerate().filter(|(index, _)| !at_once.contains(index));
        let (got, want) =
            (self.comparable(in_order.map(|(_, event)| brief(event))), self.expected());
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

    /// The events that the client saw, in order. Where one answer may overtake another inside the client, the REST side is
    /// first.
    fn comparable(self, seen: impl Iterator<Item = String>) -> Vec<String> {
        let mut seen: Vec<String> = seen.collect();
        if !self.client.keeps_order() {
            seen.sort_by_key(|participant| !participant.starts_with("answer"));
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

/// Two requests are on their way at once: neither is answered before both have come. Returns where it stands in what was seen.
fn two_at_once(gws: &FakeGws, script: &mut Script, run: Run) -> Range<usize> {
    let operations = [Operation::AttachUserData, Operation::SetDisposition];
    let hang = |operation| (run == Run::Recorded).then(|| gws.rest_faults(operation).hang());
    let held = operations.map(hang);
    gws.supervisor().connect_held().blocking();
    script.received("two at once");
    let begun = script.has_seen();
    let mut seen: Vec<String> = match run {
        Run::Recorded => {
            for operation in operations {
                gws.received(operation).next().blocking();
            }
            let released = held.iter().flatten().flat_map(|held| {
                held.release();
                let seen = script.sees(2).iter().map(brief).collect::<Vec<_>>();
                gws.supervisor().connect_held().blocking();
                seen
            });
            released.collect()
        }
        Run::Lived | Run::Played => script.sees(4).iter().map(brief).collect(),
    };
    seen.sort();
    let (answer, received) = ("answer 200, statusCode 0", "PropertiesUpdated to Chatting");
    assert_eq!(seen, [received, received, answer, answer]);
    begun..begun + 4
}

/// The notifications that the fake has published to the supervisor and handed to the client's socket.
fn published(gws: &FakeGws, count: usize) -> Vec<Value> {
    let next = || gws.supervisor().next_notification().blocking().delivered().blocking();
    (0..count).map(|_| next().data().clone()).collect()
}

/// Returns the pushed events among those that were seen.
fn data(seen: &[Value]) -> Vec<Value> {
    seen.iter().filter_map(|participant| participant.get("data").cloned()).collect()
}

/// Returns the seen events in a few words.
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

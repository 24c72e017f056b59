//! The engine without a server: requests of both sides, external events, faults and a clock, step by step.

use std::sync::OnceLock;
use std::time::Duration;

use gws_sms_fake::_cli_internals::contract::check::check;
use gws_sms_fake::_cli_internals::contract::json;
use gws_sms_fake::_cli_internals::engine::{DirectFake, Inventory};
use gws_sms_fake::_cli_internals::gws::operation::{Family, OPERATIONS, Operation};
use gws_sms_fake::fixtures::{self, FixtureUser};
use gws_sms_fake::{Builder, FakeGws};
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::desktop::{Desktop, SIGN_INS};

/// The steps of an input that are taken.
const STEPS: usize = 160;

/// The users, with the base64 of their credentials. The first one has two clients.
const USERS: [(FixtureUser, &str); 6] = [
    (fixtures::AGENT, "YTE6cGFzc3dvcmQ="),
    (fixtures::OTHER_AGENT, "YTI6cGFzc3dvcmQ="),
    (fixtures::SUPERVISOR, "czE6cGFzc3dvcmQ="),
    (fixtures::OTHER_SUPERVISOR, "czI6cGFzc3dvcmQ="),
    (fixtures::AGENT_WITHOUT_SMS, "bjE6cGFzc3dvcmQ="),
    (fixtures::AGENT, "YTE6cGFzc3dvcmQ="),
];

/// The last ones are those that the fake numbers itself, and one that there is not.
const SESSIONS: [&str; 9] = [
    fixtures::SESSION,
    fixtures::INVITED_SESSION,
    fixtures::LEFT_SESSION,
    fixtures::COMPLETED_SESSION,
    fixtures::REVOKED_SESSION,
    fixtures::JOIN_FAILED_SESSION,
    "0000FaKE0W000001",
    "0000FaKE0W000002",
    "x",
];

const CHANNELS: [&str; 9] = [
    "/v2/me/smssessions",
    "/v2/me/*",
    "/**",
    "/v2/me/channels",
    "/own",
    "/meta/connect",
    "/service/x",
    "own",
    "/v2/me/**/x",
];

const PATHS: [&str; 16] = [
    "/me",
    "/me?subresources=*",
    "/me/smssessions",
    "/me/smssessions?fields=*",
    "/me/smssessions/{session}",
    "/me/smssessions/{session}/messages?startIndex=1&count=2",
    "/me/channels",
    "/me/channels?fields=*",
    "/me/devices",
    "/me/settings",
    "/services",
    "/contacts/{user}?type=User",
    "/diagnostics/version",
    "/me/calls",
    "/me?x=y",
    "/xyzzy",
];

/// The faults of the push side, and whether one has a span.
const FAULTS: [(&str, bool); 16] = [
    ("lose_next_event", false),
    ("duplicate_next_event", false),
    ("delay_next_event", true),
    ("reorder_next_events", false),
    ("deliver_on_subscribe", false),
    ("never_deliver", false),
    ("deliver_before_answer", false),
    ("deliver_after_answer", false),
    ("refuse_next_handshake", false),
    ("lose_next_cookie", false),
    ("forget_client", false),
    ("disconnect_client", false),
    ("fail_held_connect", false),
    ("cut_held_connect", false),
    ("advise_none", false),
    ("advise_interval", true),
];

const REST_FAULTS: [&str; 9] = [
    "refuse",
    "delay",
    "hang",
    "drop_request",
    "reset_before_answer",
    "reset_within_answer",
    "reset_after_answer",
    "truncate",
    "garbage",
];

/// External events of a session, by the name of their call.
const EVENTS: [&str; 8] = [
    "customer-writes",
    "customer-types",
    "customer-stops-typing",
    "customer-leaves",
    "route",
    "revoke",
    "backend-down",
    "backend-up",
];

const EXEMPTIONS: [&str; 4] = ["allow", "allow-once", "expect-violation", "blame-from"];

const RULES: [&str; 5] = [
    "bayeux-interval",
    "bayeux-reconnect",
    "capability",
    "credentials-missing",
    "operation-unknown",
];

const SPANS: [u64; 10] = [0, 1, 20, 500, 2_000, 9_999, 10_000, 30_000, 45_000, 4_000_000_000];

/// Lines of steps. The first letter says what is done. Each character behind it chooses from a table: first who does it, then
/// what is done and how, where nothing is a `0`. What comes behind a space is the body of a request or a text. A line that
/// begins with `=` has the letters of settings, and counts at the beginning only.
///
/// - `h` handshake, `s` subscribe, `u` unsubscribe, `c` connect, `d` disconnect, `b` any other messages; on a connection of two
/// - `r` a request of an operation, `g` a GET, `k` another way to sign in, `m` the clientId of another client
/// - `y` the client reads its answers late, `t` it reads them, `q` it hangs up
/// - `p` held requests have no turn, or have one again
/// - `e` an external event, `o` a user performs an operation without HTTP, `n` an event of the test's own
/// - `f` a fault of the push side, `x` one of the REST side, `l` its release, `v` an exemption
/// - `a` the clock goes on, `w` somebody looks at the report, `z` all begins again
///
/// # Panics
///
/// When an answer or an event departs from its schema, an event is lost without a note, nobody wakes a held connect that has an
/// answer, or more is kept than the steps explain.
pub fn engine(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n').peekable();
    let settings = lines.next_if(|line| line.starts_with(b"=")).unwrap_or_default();
    let timeline_limit = if settings.contains(&b't') { 10 } else { 100_000 };
    let builder = settings.iter().fold(builder(), |builder, letter| set(builder, *letter));
    let fake = DirectFake::step_by_step(builder.timeline_limit(timeline_limit), 1);
    let mut run = Run {
        fake: fake.unwrap_or_else(|error| panic!("{error}")),
        desktops: desktops(),
        last_connection: 2 * USERS.len() as u64,
        explained: Inventory::default(),
        most_lasting: 0,
        timeline_limit,
        may_be_garbage: false,
    };
    for line in lines.filter(|line| !line.is_empty()).take(STEPS) {
        run.step(&Line::of(line));
        run.read_answers(false);
        run.check();
    }
    run.end();
}

fn builder() -> Builder {
    static BUILDER: OnceLock<Builder> = OnceLock::new();
    BUILDER.get_or_init(FakeGws::builder).clone()
}

fn set(builder: Builder, letter: u8) -> Builder {
    match letter {
        b'k' => builder.keep_on_hangup(),
        b'd' => builder.meta_connect_deliver_only(),
        b'c' => builder.csrf_protection(),
        b'n' => builder.notifications_first(),
        b'q' => builder.max_queue(2),
        b'a' => builder.anonymous("s1"),
        b'm' => builder.max_sessions_per_browser(None),
        b'0' => builder.multi_session_interval(Duration::ZERO),
        b'u' => builder.trust_client_session(),
        b'w' => builder.require_complete_sessions(),
        b'l' => builder.lenient_paths(),
        b'b' => builder.handshake_denied_in_bayeux(),
        b'o' => builder.capabilities_as_documented(),
        b'i' => builder.invite_monitoring_supervisors(),
        b'g' => builder.intrude_needs_monitoring(),
        b's' => builder.subscription_limit(1),
        _ => builder,
    }
}

fn desktops() -> Vec<Desktop> {
    let numbered = USERS.iter().zip(0..);
    numbered.map(|((_, credentials), place)| Desktop::new(credentials, 2 * place + 1)).collect()
}

/// The characters of a line that choose, and what comes behind the space.
struct Line<'i> {
    choices: &'i [u8],
    text: Option<&'i [u8]>,
}

impl<'i> Line<'i> {
    fn of(line: &'i [u8]) -> Self {
        match line.iter().position(|byte| *byte == b' ') {
            Some(space) => Self { choices: &line[..space], text: Some(&line[space + 1..]) },
            None => Self { choices: line, text: None },
        }
    }

    /// The place in a table of so many rows that the character at that place chooses.
    fn choice(&self, place: usize, rows: usize) -> usize {
        let chosen = self.choices.get(place).copied().unwrap_or(b'0');
        usize::from(chosen.wrapping_sub(b'0')) % rows
    }

    fn of_table<T: Copy>(&self, place: usize, table: &[T]) -> T {
        table[self.choice(place, table.len())]
    }

    fn text(&self, otherwise: &str) -> String {
        self.text.map_or_else(|| otherwise.to_owned(), |text| String::from_utf8_lossy(text).into())
    }
}

struct Run {
    fake: DirectFake,
    desktops: Vec<Desktop>,
    last_connection: u64,
    /// The most that the steps so far explain.
    explained: Inventory,
    /// The most entries that had to stay in the timeline, as far as that was seen between two steps.
    most_lasting: usize,
    timeline_limit: usize,
    /// A fault has an answer be no JSON.
    may_be_garbage: bool,
}

impl Run {
    fn step(&mut self, line: &Line<'_>) {
        let who = line.choice(1, USERS.len());
        match line.choices.first().copied().unwrap_or_default() {
            b'h' => self.bayeux(who, line, &handshake(line.choice(2, 5))),
            b's' | b'u' => {
                let kind = if line.choices[0] == b's' { "subscribe" } else { "unsubscribe" };
                let channel = line.of_table(2, &CHANNELS);
                let client = self.desktops[who].client();
                let message = json!([{ "channel": format!("/meta/{kind}"), "clientId": client, "subscription": channel }]);
                self.bayeux(who, line, &message.to_string());
            }
            b'c' => self.connect(who, line),
            b'd' => {
                let client = self.desktops[who].client();
                let message = json!([{ "channel": "/meta/disconnect", "clientId": client }]);
                self.bayeux(who, line, &message.to_string());
            }
            b'b' => {
                let client = self.desktops[who].client();
                let messages = line
                    .text(r#"[{"channel":"/own","clientId":"CLIENT","data":{"a":1}},{"channel":"/meta/connect","clientId":"CLIENT"}]"#)
                    .replace("CLIENT", client);
                self.bayeux(who, line, &messages);
            }
            b'r' => self.operate(who, line),
            b'g' => {
                let session = line.of_table(3, &SESSIONS);
                let path = line.of_table(2, &PATHS).replace("{session}", session);
                let path = path.replace("{user}", USERS[line.choice(3, USERS.len())].0.id);
                let request = self.desktops[who].get(&format!("/api/v2{path}"));
                self.send(who, line.choice(4, 2), request);
            }
            b'k' => self.desktops[who].sign_in = line.of_table(2, &SIGN_INS),
            b'm' => {
                let other = self.desktops[line.choice(2, USERS.len())].known_client();
                self.desktops[who].takes_client_of(other);
            }
            b'y' => self.desktops[who].reads_late = true,
            b't' => {
                self.desktops[who].reads_late = false;
                self.read_answers(false);
            }
            b'p' => self.fake.set_busy(line.choice(1, 2) == 0),
            b'q' => self.hang_up(who, line.choice(2, 3)),
            b'e' => self.external_event(line),
            b'o' => self.perform(who, line),
            b'n' => self.notify(who, line),
            b'f' => {
                let (fault, has_span) = line.of_table(2, &FAULTS);
                let mut with = json!({ "user": USERS[who].0.user_name, "fault": fault });
                if has_span {
                    with["milliseconds"] = json!(line.of_table(3, &SPANS));
                }
                self.explained.faults += 1;
                self.call("fault", &with);
            }
            b'x' => self.inject(who, line),
            b'l' => self.call("release", &json!({ "number": line.choice(1, 10) })),
            b'v' => {
                let name = line.of_table(1, &EXEMPTIONS);
                let with = match name {
                    "blame-from" => {
                        json!({ "certainty": line.of_table(2, &["documented", "wire", "analogy", "inferred"]) })
                    }
                    _ => json!({ "rule": line.of_table(2, &RULES) }),
                };
                self.call(name, &with);
            }
            b'a' => {
                let by = Duration::from_millis(line.of_table(1, &SPANS));
                self.fake.advance(by * (1 + line.choice(2, 4) as u32));
            }
            b'w' => self.look(),
            b'z' => self.fake.reset(),
            _ => {}
        }
    }

    fn bayeux(&mut self, who: usize, line: &Line<'_>, messages: &str) {
        let handshakes = messages.matches("handshake").count();
        self.explained.clients += handshakes;
        let desktop = &self.desktops[who];
        let is_script = line.choice(4, 4) == 3;
        let request =
            if is_script { desktop.script(messages) } else { desktop.bayeux(messages.to_owned()) };
        self.send(who, line.choice(3, 2), request);
    }

    fn connect(&mut self, who: usize, line: &Line<'_>) {
        let desktop = &self.desktops[who];
        let mut message = json!({
            "channel": "/meta/connect",
            "clientId": desktop.client(),
            "connectionType": "long-polling",
        });
        match line.choice(2, 7) {
            1 => message["advice"] = json!({ "timeout": 0 }),
            2 => message["ext"] = json!({ "ack": desktop.ack() }),
            3 => message["advice"] = json!({ "interval": 500, "timeout": 5000 }),
            4 => {
                message["ext"] =
                    json!({ "ack": desktop.ack() - 1, "timesync": { "tc": 1, "l": 2, "o": 3 } })
            }
            5 => message["advice"] = json!({ "timeout": u64::MAX, "interval": u64::MAX }),
            6 => message["advice"] = json!({ "timeout": -1 }),
            _ => {}
        }
        self.bayeux(who, line, &json!([message]).to_string());
    }

    fn operate(&mut self, who: usize, line: &Line<'_>) {
        let operation = line.of_table(2, OPERATIONS);
        let session = line.of_table(3, &SESSIONS);
        let target = USERS[line.choice(4, USERS.len())].0.id;
        let channel = if line.choice(6, 2) == 0 { "smssession" } else { "voice" };
        // Each is sent to the path of another family now and then.
        let family = match line.choice(5, 8) {
            1 => Family::Session,
            2 => Family::Supervision,
            3 => Family::Monitoring,
            4 => Family::Me,
            5 => Family::Channel,
            _ => operation.family(),
        };
        let path = family
            .path()
            .replace("{smssessionId}", session)
            .replace("{userId}", target)
            .replace("{channel}", channel);
        let body = line.text(&body_of(operation, target, self.fake.url()));
        let content_type = match line.choice(7, 4) {
            3 => "text/plain",
            _ => "application/json",
        };
        let request = self.desktops[who].post(&path, body.into_bytes(), content_type);
        self.send(who, line.choice(8, 2), request);
    }

    fn send(&mut self, who: usize, lane: usize, request: Option<Request<Vec<u8>>>) {
        // What is no HTTP request does not reach the engine.
        let Some(request) = request else { return };
        self.explained.http_sessions += 1;
        self.explained.present += 1;
        self.fake.send(self.desktops[who].connections[lane], request);
    }

    /// Ends a connection of a client, or both.
    fn hang_up(&mut self, who: usize, which: usize) {
        for lane in (0..2).filter(|lane| which == 0 || which == lane + 1) {
            self.fake.hang_up(self.desktops[who].connections[lane]);
            self.last_connection += 1;
            self.desktops[who].connections[lane] = self.last_connection;
        }
    }

    fn external_event(&mut self, line: &Line<'_>) {
        let name = line.of_table(1, &EVENTS);
        let session = line.of_table(2, &SESSIONS);
        let user = USERS[line.choice(3, USERS.len())].0.user_name;
        let with = match name {
            "customer-writes" => json!({ "session": session, "text": line.text("a text") }),
            "route" if line.choice(4, 2) == 0 => {
                json!({ "user": user, "customer": line.text("C") })
            }
            "route" | "revoke" => json!({ "user": user, "session": session }),
            "backend-down" | "backend-up" => json!({}),
            _ => json!({ "session": session }),
        };
        self.call(name, &with);
    }

    fn perform(&mut self, who: usize, line: &Line<'_>) {
        let operation = line.of_table(2, OPERATIONS);
        let target = USERS[line.choice(4, USERS.len())].0;
        let body = body_of(operation, target.id, self.fake.url());
        let mut parameters: Value = serde_json::from_str(&body).expect("a body of the fixtures");
        if let Some(fields) = parameters.as_object_mut() {
            fields.remove("operationName");
        }
        let mut with = json!({
            "user": USERS[who].0.id,
            "operationName": operation.as_str(),
            "parameters": parameters,
        });
        match operation.family() {
            Family::Session | Family::Supervision => {
                with["session"] = json!(line.of_table(3, &SESSIONS));
            }
            Family::Monitoring => with["agent"] = json!(target.user_name),
            Family::Channel => with["channel"] = json!("smssession"),
            Family::Me => {}
        }
        self.call("operation", &with);
    }

    fn notify(&mut self, who: usize, line: &Line<'_>) {
        let channel = line.of_table(2, &CHANNELS);
        let text = line.text("1");
        let data = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        let mut with = json!({ "channel": channel, "data": data });
        let reach = line.choice(3, 3);
        if reach > 0 {
            with["user"] = json!(USERS[who].0.user_name);
        }
        if reach > 1 {
            with["deliver"] = json!(true);
        }
        self.call("notifications", &with);
    }

    fn inject(&mut self, who: usize, line: &Line<'_>) {
        let operation = line.of_table(2, OPERATIONS);
        let rest_fault = line.of_table(3, &REST_FAULTS);
        let mut with = json!({ "operationName": operation.as_str(), "exception": rest_fault });
        match line.choice(4, 3) {
            1 => with["times"] = json!(2),
            2 => with["times"] = json!("always"),
            _ => {}
        }
        if line.choice(5, 2) == 0 {
            with["user"] = json!(USERS[who].0.user_name);
        }
        match rest_fault {
            "refuse" => {
                with["statusCode"] = json!(1 + line.choice(6, 20));
                with["httpStatus"] = json!(500);
            }
            "delay" => with["milliseconds"] = json!(line.of_table(6, &SPANS)),
            "garbage" => self.may_be_garbage = true,
            _ => {}
        }
        self.explained.faults += 1;
        self.call("exception", &with);
    }

    /// Calls a command. One that cannot be done now is refused in words.
    fn call(&mut self, name: &str, with: &Value) {
        if let Err(error) = self.fake.call(name, with) {
            assert_ne!(error.to_string(), "", "{name} is refused without a word");
        }
    }

    /// Reads the answers of all clients that read them at once.
    fn read_answers(&mut self, of_all: bool) {
        for who in 0..self.desktops.len() {
            if self.desktops[who].reads_late && !of_all {
                continue;
            }
            for lane in 0..2 {
                let connection = self.desktops[who].connections[lane];
                while let Some(response) = self.fake.answer(connection) {
                    let messages = self.checked(&response);
                    self.desktops[who].learn(&response, &messages);
                }
            }
        }
    }

    /// Checks an answer by itself; returns its messages if it is of the push side.
    fn checked(&self, response: &Response<String>) -> Value {
        let body = response.body();
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let json = match content_type {
            kind if kind.starts_with("application/json") => body.as_str(),
            kind if kind.starts_with("text/javascript") => {
                let script = body.strip_prefix("f(").and_then(|script| script.strip_suffix(')'));
                script.unwrap_or_else(|| panic!("{body} is no call of the callback"))
            }
            _ => return Value::Null,
        };
        let parsed = json::parse(json.as_bytes());
        if parsed.is_err() && self.may_be_garbage {
            return Value::Null;
        }
        let (answer, duplicates) = parsed.unwrap_or_else(|_| panic!("{body} is no JSON"));
        assert_eq!(duplicates.len(), 0, "{body}");
        if answer.is_array() {
            let wrong = check("bayeux-answer", &answer);
            assert!(wrong.is_empty(), "{body}\n{wrong:?}");
        } else {
            // Its own schema is checked in the timeline, which knows its operation.
            assert!(answer["statusCode"].is_u64(), "{body}");
        }
        answer
    }

    fn check(&mut self) {
        let broken = self.fake.broken();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        let before = self.explained.last_entry;
        let now = self.fake.inventory();
        let count = |entries: u64| usize::try_from(entries).expect("few entries");
        let (all, new) = (count(now.last_entry), count(now.last_entry - before));
        self.explained.last_entry = now.last_entry;
        // Those that became over, or violations and neighbours of one, within this step.
        self.most_lasting = self.most_lasting.max(now.lasting_entries + new);
        let older = 64.max(2 * self.most_lasting);
        let explained = &self.explained;
        let untaken = explained.present;
        for (what, got, most) in [
            ("entries of the timeline", now.entries, self.timeline_limit + older),
            ("entries from before a reset", now.entries_before_reset, all),
            ("clients", now.clients, explained.clients),
            ("sessions of clients", now.client_sessions, explained.clients),
            ("signs of clients", now.present, explained.present),
            ("HTTP sessions", now.http_sessions, explained.http_sessions),
            ("answers on their way", now.unwritten, untaken),
            ("superseded connects", now.superseded, untaken),
            ("events that faults hold", now.withheld, explained.faults),
            ("faults", now.faults, explained.faults),
        ] {
            assert!(got <= most, "{got} {what}, where the steps explain {most}\n{now:?}");
        }
    }

    /// Looks at everything, as a test may at any moment.
    fn look(&mut self) {
        if let Err(report) = self.fake.verify() {
            let report = report.to_string();
            assert!(!report.contains("gws-sms-fake itself is wrong"), "{report}");
        }
        assert!(self.fake.report().contains("request"));
        for session in SESSIONS {
            self.fake.messages_of_customer(session);
            self.fake.participants_of_customer(session);
        }
    }

    /// Reads every answer, ends every client and lets the time pass until nothing is left to happen.
    fn end(mut self) {
        self.fake.set_busy(false);
        self.read_answers(true);
        self.check();
        for who in 0..self.desktops.len() {
            self.hang_up(who, 0);
        }
        self.check();
        for number in 0..10 {
            self.call("release", &json!({ "number": number }));
        }
        self.fake.advance(Duration::from_secs(1 << 40));
        self.read_answers(true);
        self.check();
        self.look();
        let left = self.fake.inventory();
        assert_eq!(left.unwritten, 0, "answers of clients that are gone\n{left:?}");
        assert_eq!(left.superseded, 0, "superseded connects of clients that are gone\n{left:?}");
    }
}

fn handshake(variant: usize) -> String {
    let mut message = json!({
        "channel": "/meta/handshake",
        "version": "1.0",
        "supportedConnectionTypes": ["long-polling", "callback-polling"],
    });
    match variant {
        1 => message["ext"] = json!({ "ack": true, "timesync": { "tc": 1, "l": 2, "o": 3 } }),
        2 => message["version"] = json!("0.1"),
        3 => message["supportedConnectionTypes"] = json!(["x"]),
        4 => return json!([message, { "channel": "/meta/connect" }]).to_string(),
        _ => {}
    }
    json!([message]).to_string()
}

/// A body of the fixtures for an operation, about that user.
fn body_of(operation: Operation, user: &str, url: &str) -> String {
    let body = fixtures::request(operation).replace(fixtures::OTHER_AGENT.id, user);
    body.replace("http://127.0.0.1:8090", url)
}

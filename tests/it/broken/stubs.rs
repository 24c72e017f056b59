//! Every broken client against stubs that are written by hand, with wiremock and nothing of this crate.
//!
//! There are two sets. The usual one is what a competent author writes for a test of Intrude: method, path and the part of the
//! body that matters, the credentials, the CSRF token where it is on, static answers of Bayeux in their order, and one
//! expectation, that Intrude is called once. The strict one has all that one can reasonably ask for: content type, cookies,
//! clientId and the whole body, an expectation on each stub, and a last stub that catches and counts whatever no other one
//! takes. What neither knows is what the requests mean to one another, and when they come.

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::{
    any, basic_auth, body_json, body_partial_json, header, header_regex, method, path,
};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use crate::broken::bugs::{BUGS, Bug};
use crate::broken::client::run;
use crate::broken::plan::{Plan, Situation};
use support::panicked::panic_text;

const INTRUDE: &str = "/api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N";
const OWN: &str = "/api/v2/me/smssessions/0000UaB58WAR003N";
const PUSH: &str = "/api/v2/notifications";

/// How much the stubs ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Strictness {
    Usual,
    Strict,
}

use Strictness::{Strict, Usual};

/// Of a bug the stub whose number of calls is the mistake itself, and not only its consequence, with that number.
#[rustfmt::skip]
const NAMED: &[(&str, &str, u64)] = &[
    ("intrude_twice",              "Intrude",         2),
    ("never_connects",             "first connect",   0),
    ("ignores_402",                "handshake again", 0),
    ("never_disconnects",          "disconnect",      0),
    ("polls_instead_of_listening", "handshake",       0),
    ("never_answers",              "Accept",          0),
];

/// Whether the first five lines of wiremock's text name the cause.
pub(crate) fn names(report: &str, bug: &Bug) -> bool {
    let lines: Vec<&str> = report.lines().filter(|line| !line.is_empty()).take(5).collect();
    let lines = lines.join("\n");
    NAMED.iter().filter(|(test, ..)| *test == bug.test).any(|(_, stub, calls)| {
        let expected = "Expected range of matching incoming requests: == 1";
        let got = format!("Number of matched incoming requests: {calls}");
        lines.contains(&format!("- {stub}.\n\t{expected}\n\t{got}"))
    })
}

/// The stubs of the flow in that situation.
struct Stubs {
    server: MockServer,
    situation: Situation,
    strictness: Strictness,
}

impl Stubs {
    async fn of_the_flow(situation: Situation, strictness: Strictness) -> MockServer {
        let stubs = Self { server: MockServer::start().await, situation, strictness };
        stubs.sign_in().await;
        stubs.listens("handshake", "c1").await;
        let client = stubs.first_comes("c1").await;
        let start = json!({ "channels": ["smssession"] });
        stubs.rest("StartContactCenterSession", "/api/v2/me", start, taken()).await;
        stubs.supervises(client).await;
        let gone = json!({ "channel": "/meta/disconnect", "successful": true });
        let disconnect = json!({ "channel": "/meta/disconnect" });
        let disconnect = stubs.push(disconnect, client).respond_with(answer(&json!([gone])));
        stubs.mounts("disconnect", disconnect).await;
        stubs.rest("EndContactCenterSession", "/api/v2/me", json!({}), taken()).await;
        if strictness == Strict {
            let nothing = Mock::given(any()).respond_with(ResponseTemplate::new(404));
            let nothing = nothing.with_priority(255).expect(0).named("anything else");
            nothing.mount(&stubs.server).await;
        }
        stubs.server
    }

    async fn sign_in(&self) {
        let mut signed_in = taken().append_header("Set-Cookie", "JSESSIONID=j1; Path=/; HttpOnly");
        if self.situation == Situation::CsrfProtection {
            signed_in = signed_in.append_header("X-CSRF-TOKEN", "t1");
        }
        let sign_in = Mock::given(method("GET")).and(path("/api/v2/me"));
        let sign_in = sign_in.and(basic_auth("s1", "password")).respond_with(signed_in);
        self.mounts("sign in", sign_in).await;
    }

    /// Handshake, subscribe and the first connect of the client that is called so.
    async fn listens(&self, name: &str, client: &str) {
        let advice = json!({ "reconnect": "retry", "interval": 0, "timeout": 30000 });
        let made = answer(&json!([{
            "channel": "/meta/handshake", "successful": true, "version": "1.0", "clientId": client,
            "supportedConnectionTypes": ["long-polling"], "advice": advice,
        }]));
        let made = made.append_header("Set-Cookie", "BAYEUX_BROWSER=b1; Path=/; HttpOnly");
        let handshake = body_partial_json(json!([{ "channel": "/meta/handshake" }]));
        let handshake = self.post(PUSH).and(handshake).respond_with(made);
        self.mounts(name, handshake.up_to_n_times(1)).await;
        let (channel, subscription) = ("/meta/subscribe", "/v2/me/*");
        let reply = json!({ "channel": channel, "successful": true, "subscription": subscription });
        let subscribe = json!({ "channel": channel, "subscription": subscription });
        let subscribe = self.push(subscribe, client).respond_with(answer(&json!([reply])));
        self.mounts("subscribe", subscribe).await;
        self.connect("first connect", client, json!([connected()])).await;
    }

    /// What the situation has before anything else; returns what the client is called from then on.
    async fn first_comes(&self, client: &'static str) -> &'static str {
        let mut reply = connected();
        match self.situation {
            Situation::ClientForgotten => {
                reply["successful"] = json!(false);
                reply["error"] = json!("402::Unknown client");
                reply["advice"] = json!({ "reconnect": "handshake", "interval": 0 });
                self.connect("connect of a forgotten client", client, json!([reply])).await;
                self.listens("handshake again", "c2").await;
                return "c2";
            }
            Situation::IntervalAdvised => {
                reply["advice"] = json!({ "reconnect": "retry", "interval": 5000 });
                self.connect("connect that is told to wait", client, json!([reply])).await;
            }
            _ => {}
        }
        client
    }

    /// From Intrude to Leave, as far as it comes.
    async fn supervises(&self, client: &str) {
        let mode = json!({ "supervisorVisibilityMode": "Monitor" });
        if self.situation == Situation::BackendDown {
            let down = json!({ "statusCode": 4, "statusMessage": "Connection is not opened" });
            let down = ResponseTemplate::new(500).set_body_json(down);
            return self.rest("Intrude", INTRUDE, mode, down).await;
        }
        self.rest("Intrude", INTRUDE, mode, taken()).await;
        self.tells(client, "Invited", &["Accept", "Reject"]).await;
        self.rest("Accept", OWN, json!({ "nickname": "Zoë" }), taken()).await;
        self.tells(client, "Chatting", &["Leave", "SwitchToCoach", "SwitchToBargeIn"]).await;
        self.rest("Leave", OWN, json!({}), taken()).await;
        self.tells(client, "Completed", &[]).await;
    }

    /// The next connect is answered with that state of the session.
    async fn tells(&self, client: &str, state: &str, capabilities: &[&str]) {
        let data = json!({
            "messageType": "SMSsessionStateChangeMessage",
            "notificationType": "StatusChange",
            "smssession": {
                "id": "0000UaB58WAR003N", "state": state, "capabilities": capabilities,
            },
        });
        let event = json!({ "channel": "/v2/me/smssessions", "data": data });
        let name = format!("connect for {state}");
        self.connect(&name, client, json!([event, connected()])).await;
    }

    async fn connect(&self, name: &str, client: &str, messages: Value) {
        let connect = json!({ "channel": "/meta/connect" });
        let connect = self.push(connect, client).respond_with(answer(&messages));
        self.mounts(name, connect.up_to_n_times(1)).await;
    }

    /// A Bayeux message of who has shaken hands.
    fn push(&self, mut message: Value, client: &str) -> MockBuilder {
        if self.strictness == Usual {
            return self.post(PUSH).and(body_partial_json(json!([message])));
        }
        message["clientId"] = json!(client);
        let browser = header_regex("Cookie", "BAYEUX_BROWSER=b1");
        self.post(PUSH).and(body_partial_json(json!([message]))).and(browser)
    }

    async fn rest(&self, name: &str, at: &str, mut body: Value, answer: ResponseTemplate) {
        body["operationName"] = json!(name);
        let stub = match self.strictness {
            Strict => self.post(at).and(body_json(body)),
            Usual if name == "Intrude" => self.post(at).and(body_partial_json(body)),
            Usual => self.post(at).and(body_partial_json(json!({ "operationName": name }))),
        };
        self.mounts(name, stub.respond_with(answer)).await;
    }

    fn post(&self, at: &str) -> MockBuilder {
        let mut post = Mock::given(method(Method::POST)).and(path(at));
        if self.strictness == Strict {
            post = post.and(header("Content-Type", "application/json"));
            post = post.and(header_regex("Cookie", "JSESSIONID=j1"));
        }
        match self.situation {
            Situation::CsrfProtection => post.and(header("X-CSRF-TOKEN", "t1")),
            _ => post,
        }
    }

    async fn mounts(&self, name: &str, stub: Mock) {
        let expects = self.strictness == Strict || name == "Intrude";
        let stub = if expects { stub.expect(1) } else { stub };
        stub.named(name).mount(&self.server).await;
    }
}

fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn taken() -> ResponseTemplate {
    answer(&json!({ "statusCode": 0 }))
}

fn connected() -> Value {
    json!({ "channel": "/meta/connect", "successful": true })
}

/// Runs the plan against the stubs of that situation; what wiremock says in the end.
async fn verdict(situation: Situation, strictness: Strictness, plan: &Plan) -> Result<(), String> {
    let server = Stubs::of_the_flow(situation, strictness).await;
    run(&server.uri(), plan, async |_| {}).await;
    // It panics, on a task of its own.
    let verified = tokio::spawn(async move { server.verify().await }).await;
    verified.map_err(|panic| panic_text(&panic.into_panic()))
}

/// What is said of a bug.
pub(crate) async fn said_of(bug: &Bug, strictness: Strictness) -> Result<(), String> {
    verdict(bug.situation, strictness, &bug.plan()).await
}

#[tokio::test]
async fn a_right_client_passes() {
    for situation in Situation::ALL {
        for strictness in [Usual, Strict] {
            let plan = Plan::right(situation, "Monitor");
            let verdict = verdict(situation, strictness, &plan).await;
            assert_eq!(verdict, Ok(()), "{situation:?}, {strictness:?}");
        }
    }
}

/// What is granted to the strict stubs is what they say.
#[tokio::test]
async fn a_cause_that_is_named_stands_in_the_first_five_lines() {
    for (test, ..) in NAMED {
        let bug = BUGS.iter().find(|bug| bug.test == *test).unwrap();
        let report = said_of(bug, Strict).await.unwrap_err();
        assert!(names(&report, bug), "{test}: {report}");
    }
}

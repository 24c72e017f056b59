//! Carries out what was drawn, one act after the other, and keeps book of what must be found of each request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gws_sms_fake::fixtures::{self, FixtureUser, OTHER_SUPERVISOR};
use gws_sms_fake::{FakeGws, FaultHandle, Operation};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::act::{Act, CustomerActs, Events, LISTENERS, NEW_SESSION, Waits};
use super::checks;
use super::listener::{Heard, Listener};
use super::wrong::{self, Sends};
use support::raw::{AsyncRawConnection, credentials, request};
use support::{Answer, CometdClient, PUSH, connect, disconnect, own_path};

/// What must be found of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expected {
    /// Nothing is wrong with it, and it is taken.
    Taken,
    /// It is refused if and only if something is found.
    RefusedWithReason,
}

/// A request on the REST side that is right in form, in the order in which they came.
pub(super) struct Sent {
    pub(super) what: String,
    pub(super) expected: Expected,
    /// The answer, or nothing where the connection was cut; not known as long as the request waits.
    pub(super) answer: Option<Option<Answer>>,
}

/// A fake, all that was done to it, and what must be found.
pub(super) struct Play {
    pub(super) gws: Arc<FakeGws>,
    lines: UnboundedReceiver<String>,
    /// By user, the connection for requests.
    connections: BTreeMap<String, AsyncRawConnection>,
    pub(super) sent: Vec<Sent>,
    /// By place in `sent`, what is not answered yet.
    waiting: Vec<(usize, AsyncRawConnection)>,
    injected: Vec<(Operation, FixtureUser, Waits, FaultHandle)>,
    listeners: BTreeMap<&'static str, Listener>,
    /// By user, what his desktops were told.
    pub(super) heard: BTreeMap<&'static str, Heard>,
    /// Whose events may come in any order, more than once or not at all.
    pub(super) any_how: BTreeSet<&'static str>,
    /// What wrong requests break.
    pub(super) broken: Vec<&'static str>,
    /// What the wrong clients of the push side break, request by request, or nothing.
    pub(super) wrong_bayeux: Vec<&'static str>,
    pub(super) not_subscribed: usize,
    /// Paths of requests whose client hung up.
    pub(super) gone: Vec<String>,
    backend_is_up: bool,
    /// The sessions that the agent who listens to nothing was invited to.
    invited: BTreeSet<String>,
    /// Whether a customer has begun a session.
    begun: bool,
}

/// Whose clients are wrong on the push side.
pub(super) const WRONG: FixtureUser = OTHER_SUPERVISOR;

/// Longer than any request is held back.
const LONG: Duration = Duration::from_secs(5);

impl Play {
    pub(super) fn begin() -> Self {
        let (notifications, lines) = unbounded_channel();
        let builder =
            FakeGws::builder().watch(move |line| drop(notifications.send(line.to_owned())));
        #[cfg(feature = "control")]
        let builder = builder.control();
        let gws = Arc::new(builder.start());
        gws.clock().pause();
        Self {
            gws,
            lines,
            connections: BTreeMap::new(),
            sent: Vec::new(),
            waiting: Vec::new(),
            injected: Vec::new(),
            listeners: BTreeMap::new(),
            heard: LISTENERS.iter().map(|user| (user.user_name, Heard::default())).collect(),
            any_how: BTreeSet::new(),
            broken: Vec::new(),
            wrong_bayeux: Vec::new(),
            not_subscribed: 0,
            gone: Vec::new(),
            backend_is_up: true,
            invited: BTreeSet::new(),
            begun: false,
        }
    }

    pub(super) async fn act(&mut self, act: &Act) {
        match act {
            Act::Listens(user) => self.listens(*user).await,
            Act::Leaves(user) => {
                if let Some(listener) = self.listeners.remove(user.user_name) {
                    listener.leaves().await;
                }
            }
            Act::Dies(user) => {
                if let Some(listener) = self.listeners.remove(user.user_name) {
                    listener.dies().await;
                }
            }
            Act::Reads(user, path) => {
                let path = format!("/api/v2{path}");
                self.sends(*user, "GET", &path, "", Expected::Taken).await;
            }
            Act::Operates(user, operation, place, target) => {
                self.operates(*user, *operation, place, *target, Expected::RefusedWithReason).await;
            }
            Act::Offered(user, place, which) => self.offered(*user, place, which).await,
            Act::Refused(request) => {
                let answer = self.connection("wrong").exchange(wrong::bytes(request)).await;
                let refused = answer.as_ref().is_some_and(|answer| answer.status >= 400);
                assert!(refused, "{request:?}: {answer:?}");
                self.broken.push(request.5);
            }
            Act::WrongAndGone => self.hangs_up("{}", 2).await,
            Act::Half => self.hangs_up("{", 20).await,
            Act::WrongBayeux(steps) => self.wrong_bayeux(steps).await,
            Act::Customer(place, acts) => self.customer(place, *acts),
            Act::Performs(user, operation, place) => {
                let user = self.gws.user(user.user_name);
                // What GWS refuses an agent who is in the test's hand is nobody's fault.
                let _ = user.try_performs(*operation, place, self.parameters(*operation, WRONG));
            }
            Act::Routed(user) => self.offers(*user),
            Act::Backend(up) => {
                self.backend_is_up = *up;
                if *up { self.gws.backend_up() } else { self.gws.backend_down() }
            }
            Act::Advance(span) => self.gws.clock().advance(*span).await,
            Act::Order(user, (_, events, order), span) => {
                if *events == Events::AnyHow {
                    self.any_how.insert(user.user_name);
                }
                order(&self.gws.user(user.user_name).push_faults(), *span);
            }
            Act::Program(user, operation, (_, waits, program), times, span) => {
                let next = self.gws.rest_faults(*operation).by(user.user_name).times(*times);
                let injected = program(next, *span);
                self.injected.push((*operation, *user, *waits, injected));
            }
            Act::Release => self.release().await,
            Act::Looks => checks::look(&self.gws).await,
        }
    }

    /// Everybody who waits is answered, and everybody leaves.
    pub(super) async fn end(&mut self) {
        self.release().await;
        for (_, listener) in std::mem::take(&mut self.listeners) {
            listener.leaves().await;
        }
        self.connections.clear();
        self.gws.idle().await;
    }

    async fn listens(&mut self, user: FixtureUser) {
        let name = user.user_name;
        if self.listeners.get(name).is_some_and(|listener| !listener.has_ended()) {
            return;
        }
        if let Some(ended) = self.listeners.remove(name) {
            ended.leaves().await;
        }
        self.listeners.insert(name, Listener::start(&self.gws, user, &self.heard[name]));
    }

    async fn release(&mut self) {
        for (.., injected) in &self.injected {
            injected.release();
        }
        self.gws.clock().advance(LONG).await;
        for (index, mut connection) in std::mem::take(&mut self.waiting) {
            self.sent[index].answer = Some(connection.answer().await);
        }
    }

    async fn operates(
        &mut self,
        user: FixtureUser,
        operation: Operation,
        place: &str,
        target: FixtureUser,
        expected: Expected,
    ) {
        let path = match operation {
            Operation::Intrude => format!("/api/v2/users/{}/smssessions/{place}", target.id),
            Operation::Monitor | Operation::CancelSupervisorMonitoring => {
                format!("/api/v2/users/{}/channels/smssession", target.id)
            }
            Operation::StartContactCenterSession => "/api/v2/me".to_owned(),
            Operation::Ready => "/api/v2/me/channels/smssession".to_owned(),
            _ => own_path(place),
        };
        let mut body = self.parameters(operation, target);
        body["operationName"] = json!(operation.as_str());
        let injected =
            self.injected.iter().filter(|injected| (injected.0, injected.1) == (operation, user));
        let waits: Vec<Waits> = injected.map(|injected| injected.2).collect();
        if waits.contains(&Waits::Yes) {
            let request =
                request("POST", &path, &credentials(user), "application/json", body.to_string());
            let mut connection = AsyncRawConnection::new(&self.gws);
            connection.send(&request).await;
            self.waiting.push((self.sent.len(), connection));
            let what = format!("{} {operation:?} {path}", user.user_name);
            self.sent.push(Sent { what, expected: Expected::RefusedWithReason, answer: None });
        } else {
            self.sends(user, "POST", &path, &body.to_string(), expected).await;
        }
        if !waits.is_empty() {
            // It may have been reset behind the answer.
            self.connections.remove(user.user_name);
        }
        // The next request is not to come before this one.
        self.gws.received(operation).by(user.user_name).next().await;
    }

    /// The parameters of the fixture, with that target.
    fn parameters(&self, operation: Operation, target: FixtureUser) -> Value {
        let mut body: Value = serde_json::from_str(fixtures::request(operation)).unwrap();
        if body.get("targetUri").is_some() {
            body["targetUri"] = json!(format!("{}/api/v2/users/{}", self.gws.url(), target.id));
        }
        body.as_object_mut().unwrap().remove("operationName");
        body
    }

    async fn offered(&mut self, user: FixtureUser, place: &str, which: &proptest::sample::Index) {
        // As long as a request waits, what is offered may change at any time.
        let settled = self.waiting.is_empty() && self.backend_is_up;
        let reason = Expected::RefusedWithReason;
        let answer = self.sends(user, "GET", &own_path(place), "", reason.clone()).await;
        let Some(Answer { status: 200, body, .. }) = answer else { return };
        let offered = body["smssession"]["capabilities"].as_array().cloned().unwrap_or_default();
        if offered.is_empty() {
            return;
        }
        let name = which.get(&offered).as_str().unwrap();
        let operation = super::named(name);
        // Nobody but these has him in a session.
        let target = fixtures::AGENT_WITHOUT_SMS;
        let names_him =
            matches!(operation, Operation::Invite | Operation::Consult | Operation::Transfer);
        let fits = !names_him || self.invited.insert(place.to_owned());
        let expected = if settled && fits { Expected::Taken } else { reason };
        self.operates(user, operation, place, target, expected).await;
    }

    async fn sends(
        &mut self,
        user: FixtureUser,
        method: &str,
        path: &str,
        body: &str,
        expected: Expected,
    ) -> Option<Answer> {
        let kind = if body.is_empty() { "" } else { "application/json" };
        let request = request(method, path, &credentials(user), kind, body);
        let what = format!("{} {method} {path} {body}", user.user_name);
        let answer = self.connection(user.user_name).exchange(&request).await;
        self.sent.push(Sent { what, expected, answer: Some(answer.clone()) });
        answer
    }

    /// Returns the connection of that name.
    fn connection(&mut self, name: &str) -> &mut AsyncRawConnection {
        let connection = self.connections.entry(name.to_owned());
        connection.or_insert_with(|| AsyncRawConnection::new(&self.gws))
    }

    /// A client sends so much of a body that is to be of that length, and hangs up.
    async fn hangs_up(&mut self, body: &str, length: usize) {
        let path = own_path(&format!("GONE{}", self.gone.len()));
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: gws\r\nContent-Type: application/json\r\n{}Content-Length: {length}\r\n\r\n",
            credentials(WRONG)
        );
        let mut connection = AsyncRawConnection::new(&self.gws);
        connection.send(format!("{head}{body}")).await;
        drop(connection);
        while !self.lines.recv().await.expect("a line of the timeline").contains(&path) {}
        self.gone.push(path);
    }

    fn offers(&mut self, user: FixtureUser) {
        self.gws.user(user.user_name).is_offered_a_session();
        self.begun = true;
    }

    fn customer(&self, place: &str, acts: CustomerActs) {
        if place == NEW_SESSION && !self.begun {
            return;
        }
        let customer = self.gws.customer(place);
        if customer.participants().iter().all(|participant| participant["type"] != "Customer") {
            return;
        }
        match acts {
            CustomerActs::Writes => customer.writes("Hello?"),
            CustomerActs::Types => customer.types(),
            CustomerActs::StopsTyping => customer.stops_typing(),
            CustomerActs::Leaves => customer.leaves(),
        };
    }

    async fn wrong_bayeux(&mut self, steps: &[(Sends, &'static str)]) {
        let gws = Arc::clone(&self.gws);
        let client = CometdClient::over(AsyncRawConnection::new(&gws));
        let mut client = client.with_field(&credentials(WRONG));
        for (sends, rule) in steps {
            match *sends {
                Sends::AdvisedNone => drop(gws.user(WRONG.user_name).push_faults().advise_none()),
                Sends::Routed => {
                    self.offers(WRONG);
                    self.not_subscribed += 1;
                }
                Sends::Handshake => {
                    client.handshake().await.expect("an answer to a handshake");
                    assert!(!client.id.is_empty());
                    self.wrong_bayeux.push(rule);
                }
                Sends::HeldConnect => {
                    let connect = client.request("", &json!([connect(&client.id)]));
                    client.connection.send(&connect).await;
                    gws.user(WRONG.user_name).connect_held().await;
                    self.wrong_bayeux.push(rule);
                }
                Sends::ConnectBeside => {
                    let mut other = AsyncRawConnection::new(&gws);
                    let connect = client.request("", &json!([connect(&client.id)]));
                    other.send(&connect).await;
                    let failed = client.connection.answer().await;
                    let failed = failed.map(|answer| (answer.status, answer.text));
                    assert_eq!(failed, Some((500, String::new())), "the older of two connects");
                    client.connection = other;
                    gws.user(WRONG.user_name).connect_held().await;
                    self.wrong_bayeux.push(rule);
                }
                Sends::Message(body) => {
                    let cookies = client.cookies.clone();
                    sends_text(&mut client, "POST", &cookies, body).await;
                    self.wrong_bayeux.push(rule);
                }
                Sends::WithoutCookies(body) => {
                    sends_text(&mut client, "POST", &[], body).await;
                    self.wrong_bayeux.push(rule);
                }
                Sends::By(method, body) => {
                    let cookies = client.cookies.clone();
                    sends_text(&mut client, method, &cookies, body).await;
                    self.wrong_bayeux.push(rule);
                }
            }
        }
        if !client.id.is_empty() {
            let bye = client.request("", &json!([disconnect(&client.id)]));
            AsyncRawConnection::new(&gws).exchange(bye).await;
            self.wrong_bayeux.push("");
        }
    }
}

/// Sends a body with the clientId in the place of `$`, by that method and with these cookies.
async fn sends_text(
    client: &mut CometdClient<AsyncRawConnection>,
    method: &str,
    cookies: &[String],
    body: &str,
) {
    let mut fields = credentials(WRONG);
    if !cookies.is_empty() {
        fields += &format!("Cookie: {}\r\n", cookies.join("; "));
    }
    let body = body.replace('$', &client.id);
    client.connection.exchange(request(method, PUSH, &fields, "application/json", body)).await;
}

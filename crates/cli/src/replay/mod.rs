//! Replaying a scenario against a real system: its clients' side is sent, and what comes is compared with what it says.
//!
//! The requests go out in their order, those of a group together. A user has one client, with cookies of his own, which
//! connects from its subscription to its disconnect. A push is waited for; whether it came before or behind the answer is not
//! compared, since real GWS shows both orders.

mod client;
mod compare;
mod inbox;
pub mod outcome;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gws_sms_fake::_cli_internals::contract::check::brief;
use gws_sms_fake::_cli_internals::contract::template::{Unfilled, names_in};
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::fixture::embedded as fixtures;
use gws_sms_fake::_cli_internals::gws::notification::kind_of;
use gws_sms_fake::_cli_internals::gws::operation::Operation;
use gws_sms_fake::_cli_internals::gws::status::rule_of;
use gws_sms_fake::_cli_internals::http::control::PREFIX;
use gws_sms_fake::_cli_internals::report::text::count;
use gws_sms_fake::_cli_internals::rules::{Rule, rule};
use gws_sms_fake::_cli_internals::scenario::read::{read, resolved};
use gws_sms_fake::_cli_internals::scenario::step::{
    Bayeux, BayeuxMessage, Numbered, Push, Request, Scenario, Step,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::recording::placeholders::literals;
use crate::replay::client::{Client, Heard, Listening, ReplayAnswer, listen, locked, pass};
use crate::replay::compare::{Known, Mismatch};
use crate::replay::inbox::{Inbox, Taken};
pub use crate::replay::outcome::{ReplayDiagnostic, Replayed};
use crate::replay::outcome::{answer_schema, users};
use crate::upstream::{Trust, Upstream};

/// So long after its connect a disconnect does not overtake it.
const SETTLED: Duration = Duration::from_millis(250);

/// The time for which CometD holds a connect unless it advises otherwise.
const HELD: usize = 30_000;

/// A step that a replay has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayProgress {
    /// The number of the step, from 1 on.
    pub number: usize,
    /// The number of steps.
    pub of: usize,
    /// The step in words.
    pub step: String,
    /// The maximum time for which the step waits.
    pub waits: Duration,
}

/// A scenario that is to be sent to a real system.
#[derive(Debug)]
pub struct Replay {
    scenario: Scenario,
    against: String,
    ca: Option<PathBuf>,
    cometd_path: String,
    users: Vec<(String, String)>,
    wait_timeout: Option<Duration>,
    control: bool,
}

impl Replay {
    /// Reads a scenario, to be sent to the system at that address, such as `http://gws.example:8080`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no scenario, or the address is none that can be used.
    pub fn read(file: impl AsRef<Path>, against: &str) -> Result<Self, Error> {
        let name = file.as_ref().display().to_string();
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Error::new(format!("{name}: {error}; name a scenario that was recorded or written"))
        })?;
        if !["http://", "https://"].iter().any(|scheme| against.starts_with(scheme)) {
            return Err(Error::new(format!(
                "--against {against:?} has another scheme; give an address that begins with http:// or https://"
            )));
        }
        let scenario = read(&name, &text)?;
        let cometd_path = "/api/v2/notifications".to_owned();
        let against = against.to_owned();
        Ok(Self {
            scenario,
            against,
            ca: None,
            cometd_path,
            users: Vec::new(),
            wait_timeout: None,
            control: false,
        })
    }

    /// Takes this user of the system for the next user of the scenario, in the order in which they first send something.
    /// Without any the users and passwords are those of the built-in fixtures.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((name.into(), password.into()));
        self
    }

    /// Trusts the CA whose certificate stands in that file, in PEM, beside the roots of the system; for an address with
    /// https.
    #[must_use]
    pub fn ca_certificate(mut self, ca: impl Into<PathBuf>) -> Self {
        self.ca = Some(ca.into());
        self
    }

    /// The path of the push side; `/api/v2/notifications` by default.
    #[must_use]
    pub fn cometd_path(mut self, path: impl Into<String>) -> Self {
        self.cometd_path = path.into();
        self
    }

    /// Sets the timeout for each push; by default the time for which the system holds a connect.
    #[must_use]
    pub fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.wait_timeout = Some(wait_timeout);
        self
    }

    /// Sends what a test does in the scenario to the control endpoint, which a fake has that is served by the program. By
    /// default it is left out, and a note says so.
    #[must_use]
    pub fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// Sends it, and tells what is different.
    ///
    /// # Errors
    ///
    /// The system cannot be reached or is not trusted, or the scenario needs a user or a name that is not there; https, in
    /// a build without the feature `tls`.
    pub fn run(self) -> Result<Replayed, Error> {
        self.run_watched(|_| {})
    }

    /// Replays as [`run`](Self::run) does, and shows each step before it is sent or waited for.
    ///
    /// # Errors
    ///
    /// The errors of `run`.
    pub fn run_watched(self, watch: impl FnMut(ReplayProgress)) -> Result<Replayed, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(format!(
                "there is no runtime: {error}; see whether this machine can start more threads"
            ))
        })?;
        runtime.block_on(async { Running::new(self)?.run(watch).await })
    }

    fn credentials(&self) -> Result<BTreeMap<String, (String, String)>, Error> {
        let wanted = users(&self.scenario);
        let file = &self.scenario.file;
        if self.users.is_empty() {
            let known = |name: &String| {
                let user = fixtures::USERS.iter().find(|user| user.user_name == name);
                let missing = || {
                    let wanted = wanted.join(", ");
                    Error::new(format!(
                        "{file}: the user {name:?} is in no built-in fixture; give --user and --password-env for each of {wanted}"
                    ))
                };
                let user = user.ok_or_else(missing)?;
                Ok((name.clone(), (user.user_name.to_owned(), user.password.to_owned())))
            };
            return wanted.iter().map(known).collect();
        }
        if self.users.len() != wanted.len() {
            let given = count(self.users.len(), "user");
            let names = wanted.join(", ");
            return Err(Error::new(format!(
                "{file}: {given} given; give --user once for each of {names}, in this order"
            )));
        }
        Ok(wanted.into_iter().zip(self.users.iter().cloned()).collect())
    }
}

/// A scenario on its way.
struct Running {
    replay: Replay,
    known: Known,
    clients: BTreeMap<Option<String>, Arc<Client>>,
    client_ids: BTreeMap<String, String>,
    listening: BTreeMap<String, (Arc<Listening>, JoinHandle<()>)>,
    inbox: BTreeMap<String, Inbox>,
    /// The messages that clients of the scenario have published, as channel and data. They come back to each subscriber.
    published: Vec<(String, Value)>,
    step: Arc<AtomicUsize>,
    held: Arc<AtomicUsize>,
    outcome: Replayed,
}

impl Running {
    fn new(replay: Replay) -> Result<Self, Error> {
        // That each name has a value was seen when the file was read.
        let url = replay.against.trim_end_matches('/');
        let mut given = resolved(&replay.scenario.head.names, url).unwrap_or_default();
        // What a recording has hidden of what clients sent is sent as what it is called.
        for (name, value) in literals(&replay.scenario) {
            given.entry(name).or_insert(value);
        }
        let mut known = Known::new(given);
        known.bind("url", Value::from(url));
        let mut clients = BTreeMap::new();
        let trust = Trust { flag: "against", ca: replay.ca.as_deref() };
        let http = Upstream::new(&replay.against, trust)?;
        let client = |credentials| {
            let against = &replay.against;
            let cometd_path = &replay.cometd_path;
            Arc::new(Client::new(http.clone(), against, cometd_path, credentials))
        };
        clients.insert(None, client(None));
        for (name, credentials) in replay.credentials()? {
            clients.insert(Some(name), client(Some(credentials)));
        }
        let outcome = Replayed::new(&replay.scenario.file, &replay.against);
        let held = Arc::new(AtomicUsize::new(HELD));
        Ok(Self {
            replay,
            known,
            clients,
            client_ids: BTreeMap::new(),
            listening: BTreeMap::new(),
            inbox: BTreeMap::new(),
            published: Vec::new(),
            step: Arc::default(),
            held,
            outcome,
        })
    }

    async fn run(mut self, mut watch: impl FnMut(ReplayProgress)) -> Result<Replayed, Error> {
        let steps = std::mem::take(&mut self.replay.scenario.steps);
        let mut in_group = false;
        for (index, numbered) in steps.iter().enumerate() {
            self.step.store(index, Ordering::Release);
            watch(self.progress(numbered, steps.len()));
            let file = self.replay.scenario.file.clone();
            let at = |why: String| {
                let Numbered { number, line, step } = numbered;
                Error::new(format!("{file}:{line}: step {number}: {}: {why}", step.in_words()))
            };
            match &numbered.step {
                Step::Push(push) => {
                    let has_come = self.push(numbered, push, in_group).await;
                    if !has_come && let Some(why) = self.needs(push, &steps[index + 1..]) {
                        self.outcome.stop(numbered, &why);
                        break;
                    }
                }
                Step::Wait { milliseconds } => pass(Duration::from_millis(*milliseconds)).await,
                Step::Test { call, with, .. } => {
                    self.test(numbered, call, with).await.map_err(at)?;
                }
                Step::Group { steps } => {
                    self.sent(numbered, &steps.iter().collect::<Vec<_>>()).await.map_err(at)?;
                    in_group = true;
                }
                step => {
                    self.sent(numbered, &[step]).await.map_err(at)?;
                    in_group = false;
                }
            }
        }
        let users: Vec<String> = self.listening.keys().cloned().collect();
        for user in users {
            let _ = self.leave(&user).await;
        }
        // What came behind the end of a replay that stopped is no surprise.
        if self.outcome.stopped().is_none() {
            self.additional(&steps);
        }
        Ok(self.outcome)
    }

    fn progress(&self, numbered: &Numbered, of: usize) -> ReplayProgress {
        let waits = match &numbered.step {
            Step::Push(_) => self.wait_timeout(),
            Step::Wait { milliseconds } => Duration::from_millis(*milliseconds),
            _ => Duration::ZERO,
        };
        ReplayProgress { number: numbered.number, of, step: numbered.step.in_words(), waits }
    }

    /// Returns the reason why the steps after a missing push cannot be sent: the first of them that sends a name whose value
    /// only the push would have brought.
    fn needs(&self, push: &Push, behind: &[Numbered]) -> Option<String> {
        let mut brought = Vec::new();
        names_in(&push.data, &mut brought);
        brought.retain(|name| self.known.is_open_id(name));
        brought.extend(push.capture.keys().cloned());
        let needed = |step: &Step| {
            let names = names_sent(step);
            brought.iter().find(|name| names.contains(name)).cloned()
        };
        let (later, name) = behind.iter().find_map(|later| Some((later, needed(&later.step)?)))?;
        let waited = self.wait_timeout().as_millis();
        let Numbered { number, step, .. } = later;
        let words = step.in_words();
        let left = behind.len();
        Some(format!(
            "it did not come within {waited} ms, and step {number} ({words}) needs its ${{{name}}}; see what leads to it, such as a customer who writes, and have it done: {left} steps were not sent"
        ))
    }

    /// Sends what clients send at that step, all of it at once.
    async fn sent(&mut self, numbered: &Numbered, steps: &[&Step]) -> Result<(), String> {
        let mut on_their_way = Vec::new();
        for step in steps {
            if let Step::Request(request) = step {
                on_their_way.push((request, *step, self.request(request)?));
            }
        }
        for step in steps {
            if let Step::Bayeux(bayeux) = step {
                self.bayeux(numbered, step, bayeux).await?;
            }
        }
        for (request, step, answered) in on_their_way {
            let answer = answered.await.map_err(|error| error.to_string())??;
            self.answered(numbered, step, request, answer);
        }
        Ok(())
    }

    fn client(&self, by: Option<&str>) -> Result<Arc<Client>, String> {
        let client = self.clients.get(&by.map(str::to_owned));
        client.cloned().ok_or_else(|| "nobody signs in as its user".to_owned())
    }

    fn request(
        &mut self,
        request: &Request,
    ) -> Result<JoinHandle<Result<ReplayAnswer, String>>, String> {
        let client = self.client(request.by.as_deref())?;
        let path = self
            .known
            .fill(&Value::from(request.path.as_str()))
            .map_err(open)?
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let body =
            request.body.as_ref().map(|body| self.known.fill(body)).transpose().map_err(open)?;
        body.iter().for_each(|body| self.known.sends(body));
        let body = body.map(|body| match body {
            Value::String(text) => text,
            other => other.to_string(),
        });
        let method = request.method.clone();
        Ok(tokio::spawn(async move { client.send(&method, &path, body).await }))
    }

    fn answered(
        &mut self,
        numbered: &Numbered,
        step: &Step,
        request: &Request,
        answer: ReplayAnswer,
    ) {
        let (status, body) = answer;
        let want = &request.answer;
        let wanted = want.body.as_ref();
        let operation = request
            .body
            .as_ref()
            .and_then(|body| body["operationName"].as_str())
            .and_then(|name| Operation::of_name(name).ok());
        if status != want.status {
            let code = wanted.and_then(|body| body.get("statusCode")).and_then(Value::as_u64);
            let spoken = match operation {
                Some(operation) if want.status == 200 => Some(operation.rule()),
                _ => rule_of(code, want.status),
            };
            let got = status.to_string();
            let want = want.status.to_string();
            self.tell(numbered, step, mismatch("HTTP status", got, want, spoken));
        }
        let found = match (wanted, &body) {
            (None, None) => Vec::new(),
            (Some(want), Some(got)) => {
                let schema = answer_schema(&request.method, &request.path, operation, want);
                self.known.mismatch(schema, want, got)
            }
            (want, got) => {
                let shown = |body: Option<&Value>| body.map_or("nothing".to_owned(), brief);
                let spoken = operation.map(Operation::rule);
                vec![mismatch("the whole body", shown(got.as_ref()), shown(want), spoken)]
            }
        };
        for mut found in found {
            found.rule = found.rule.or(operation.map(|operation| operation.rule().id()));
            self.tell(numbered, step, found);
        }
        self.captured(&want.capture, body.as_ref());
    }

    fn captured(&mut self, capture: &BTreeMap<String, String>, of: Option<&Value>) {
        for (name, pointer) in capture {
            if let Some(value) = of.and_then(|of| of.pointer(pointer)) {
                self.known.bind(name, value.clone());
            }
        }
    }

    async fn bayeux(
        &mut self,
        numbered: &Numbered,
        step: &Step,
        bayeux: &Bayeux,
    ) -> Result<(), String> {
        let user = bayeux.by.as_str();
        let client = self.client(Some(user))?;
        let client_id = self.client_ids.get(user).cloned();
        let (message, spoken): (Value, &'static Rule) = match &bayeux.message {
            BayeuxMessage::Connect => return Ok(()),
            BayeuxMessage::Publish { channel, data: Some(data) } => {
                let data = self.known.fill(data).map_err(open)?;
                self.known.sends(&data);
                self.published.push((channel.clone(), data.clone()));
                let message = json!({ "channel": channel, "clientId": client_id, "data": data });
                (message, const { rule("bayeux-publish-topic") })
            }
            BayeuxMessage::Publish { data: None, .. } => {
                self.note(numbered, "not sent, since the step has no data");
                return Ok(());
            }
            BayeuxMessage::Disconnect => return self.leave(user).await,
            BayeuxMessage::Handshake => {
                if let Some((_, task)) = self.listening.remove(user) {
                    task.abort();
                }
                let types = ["long-polling"];
                let message = json!({ "channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": types });
                (message, const { rule("credentials-missing") })
            }
            BayeuxMessage::Subscribe { channels } => {
                let message = json!({ "channel": "/meta/subscribe", "clientId": client_id, "subscription": channels });
                (message, const { rule("bayeux-topic") })
            }
            BayeuxMessage::Unsubscribe { channels } => {
                let message = json!({ "channel": "/meta/unsubscribe", "clientId": client_id, "subscription": channels });
                (message, const { rule("bayeux-subscription") })
            }
        };
        let replies = client.bayeux(&json!([message])).await?;
        let is_reply = |value: &Value| value.get("successful").is_some();
        let (answers, events): (Vec<Value>, Vec<Value>) = replies.into_iter().partition(is_reply);
        self.heard(user, events);
        let reply = answers.into_iter().next().unwrap_or_default();
        if reply["successful"] != true {
            let found = mismatch("/0/successful", brief(&reply), "true".to_owned(), Some(spoken));
            self.tell(numbered, step, found);
        } else if bayeux.message == BayeuxMessage::Handshake {
            let client_id = reply["clientId"].as_str().unwrap_or_default().to_owned();
            self.client_ids.insert(user.to_owned(), client_id);
        } else if let (BayeuxMessage::Subscribe { .. }, Some(client_id)) =
            (&bayeux.message, client_id)
        {
            self.listen(user, client, client_id);
        }
        Ok(())
    }

    /// Connects from now on, unless it does so already.
    fn listen(&mut self, user: &str, client: Arc<Client>, client_id: String) {
        if self.listening.contains_key(user) {
            return;
        }
        let inbox = self.inbox.entry(user.to_owned()).or_insert_with(Inbox::new);
        let listening = Arc::new(Listening {
            client_id,
            leaving: false.into(),
            connected: Instant::now().into(),
            held: Arc::clone(&self.held),
            step: Arc::clone(&self.step),
        });
        let task = tokio::spawn(listen(client, Arc::clone(&listening), inbox.sender()));
        self.listening.insert(user.to_owned(), (listening, task));
    }

    /// Disconnects when the last connect has surely arrived.
    async fn leave(&mut self, user: &str) -> Result<(), String> {
        let Some(client_id) = self.client_ids.remove(user) else { return Ok(()) };
        let client = self.client(Some(user))?;
        let mut listening = self.listening.remove(user);
        let mut ended = listening.is_none();
        if let Some((listening, task)) = &mut listening {
            listening.leaving.store(true, Ordering::Release);
            let left = SETTLED.saturating_sub(locked(&listening.connected).elapsed());
            ended = timeout(left, &mut *task).await.is_ok();
        }
        client.bayeux(&json!([{ "channel": "/meta/disconnect", "clientId": client_id }])).await?;
        if !ended && let Some((_, task)) = listening {
            // What it had not been told yet comes with the answer to its last connect.
            let _ = timeout(self.wait_timeout(), task).await;
        }
        Ok(())
    }

    /// Takes events that came with an answer.
    fn heard(&self, user: &str, events: Vec<Value>) {
        let Some(inbox) = self.inbox.get(user) else { return };
        let step = self.step.load(Ordering::Acquire);
        for event in events {
            inbox.put((step, event));
        }
    }

    fn wait_timeout(&self) -> Duration {
        let held = u64::try_from(self.held.load(Ordering::Acquire)).unwrap_or(u64::MAX);
        self.replay.wait_timeout.unwrap_or(Duration::from_millis(held))
    }

    /// Waits for a push, and compares it; returns whether it came, or could not come.
    async fn push(&mut self, numbered: &Numbered, push: &Push, in_group: bool) -> bool {
        let listens = self.listening.contains_key(&push.to);
        // Whoever has left hears nothing more.
        let wait_timeout = if listens { self.wait_timeout() } else { Duration::ZERO };
        let until = Instant::now() + wait_timeout;
        let Some(inbox) = self.inbox.get_mut(&push.to) else {
            self.note(numbered, "not compared, since no client of that user listens");
            return true;
        };
        let kind = kind_of(&push.data);
        let rule_of_kind = |data: &Value| kind_of(data).map(|kind| kind.rule.id());
        let is_wanted =
            |message: &Value| rule_of_kind(&message["data"]) == kind.map(|kind| kind.rule.id());
        let published = &self.published;
        let taken = inbox.take(until, is_wanted, |message| is_published(published, message)).await;
        let spoken = kind.map(|kind| kind.rule);
        let Some(Taken { message, is_overtaken }) = taken else {
            if !listens {
                self.note(numbered, "not compared, since the client of that user has left");
                return true;
            }
            let missing = mismatch("the push", "nothing".to_owned(), brief(&push.data), spoken);
            self.tell(numbered, &numbered.step, missing);
            return false;
        };
        if is_overtaken && !in_group {
            let (got, want) =
                ("it before the one that stands in front of it", "it behind that one");
            let found = mismatch("the order of pushes", got.to_owned(), want.to_owned(), spoken);
            self.tell(numbered, &numbered.step, found);
        }
        if message["channel"] != push.channel.as_str() {
            let got = brief(&message["channel"]);
            let want = format!("{:?}", push.channel);
            let topic = Some(const { rule("bayeux-topic") });
            self.tell(numbered, &numbered.step, mismatch("the channel", got, want, topic));
        }
        let schema = kind.map(|kind| kind.schema).unwrap_or_default();
        for mut found in self.known.mismatch(schema, &push.data, &message["data"]) {
            found.rule = found.rule.or(spoken.map(|rule| rule.id()));
            self.tell(numbered, &numbered.step, found);
        }
        self.captured(&push.capture, message.get("data"));
        true
    }

    /// Tells what came and was never asked for.
    fn additional(&mut self, steps: &[Numbered]) {
        for inbox in std::mem::take(&mut self.inbox).into_values() {
            let left: Vec<Heard> = inbox
                .rest()
                .into_iter()
                .filter(|(_, message)| !is_published(&self.published, message))
                .collect();
            for (step, message) in left {
                let Some(numbered) = steps.get(step) else { continue };
                let kind = kind_of(&message["data"]).map(|kind| kind.rule);
                let got = brief(&message["data"]);
                let want = "no further push".to_owned();
                self.tell(numbered, &numbered.step, mismatch("the push", got, want, kind));
            }
        }
    }

    /// Does what a test does in the scenario, where that is wanted: a served fake has a control endpoint for it, a real system
    /// has none.
    async fn test(&mut self, numbered: &Numbered, call: &str, with: &Value) -> Result<(), String> {
        if !self.replay.control {
            let why = "left out, since a real system has no control endpoint";
            self.note(numbered, &format!("{why}; --control sends it to that of a served fake"));
            return Ok(());
        }
        let with = self.known.fill(with).map_err(open)?;
        self.known.sends(&with);
        let body = if with.is_null() { "{}".to_owned() } else { with.to_string() };
        let path = format!("{PREFIX}{call}");
        let (status, answer) = self.client(None)?.send("POST", &path, Some(body)).await?;
        if status == 200 {
            return Ok(());
        }
        let described = answer
            .as_ref()
            .and_then(|answer| answer["error"].as_str())
            .unwrap_or("no fake answers");
        Err(format!(
            "{path} answers HTTP {status}, {described}; correct the step, replay against a fake that `serve` serves, or omit --control"
        ))
    }

    fn tell(&mut self, numbered: &Numbered, step: &Step, found: Mismatch) {
        self.outcome.add(numbered, step, found);
    }

    fn note(&mut self, numbered: &Numbered, why: &str) {
        self.outcome.note(numbered, why);
    }
}

/// The names in what a step sends.
fn names_sent(step: &Step) -> Vec<String> {
    let mut names = Vec::new();
    match step {
        Step::Request(request) => {
            names_in(&Value::from(request.path.as_str()), &mut names);
            request.body.iter().for_each(|body| names_in(body, &mut names));
        }
        Step::Bayeux(bayeux) => {
            bayeux.message.data().into_iter().for_each(|data| names_in(data, &mut names));
        }
        Step::Test { with, .. } => names_in(with, &mut names),
        Step::Group { steps } => names.extend(steps.iter().flat_map(names_sent)),
        Step::Push(_) | Step::Wait { .. } => {}
    }
    names
}

fn open(unfilled: Unfilled) -> String {
    match unfilled {
        Unfilled::Unbound(name) => {
            format!("got ${{{name}}} without a value, want one in the head's \"let\"")
        }
        too_long @ Unfilled::TooLong(_) => too_long.to_string(),
    }
}

fn mismatch(place: &str, got: String, want: String, rule: Option<&'static Rule>) -> Mismatch {
    Mismatch { place: place.to_owned(), got, want, rule: rule.map(|rule| rule.id()) }
}

/// Returns true if a client of the scenario has published this message.
fn is_published(published: &[(String, Value)], message: &Value) -> bool {
    published
        .iter()
        .any(|(channel, data)| message["channel"] == channel.as_str() && message["data"] == *data)
}

//! From exchanges as a proxy or a browser sees them to what came and went: who a request is by, and which events a user got.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gws_sms_fake::_cli_internals::bayeux::message;
use gws_sms_fake::_cli_internals::scenario::record::{METHODS, Recorded, RecordedEvent, content};
use gws_sms_fake::_cli_internals::scenario::step::BayeuxMessage;
use serde_json::{Value, json};

/// Below which the requests stand that a scenario has.
const API: &str = "/api/";
/// The user of a Bayeux message whose sender is not known.
const NOBODY: &str = "nobody";

/// A request and its answer. The orders tell what was before what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) began_at: Duration,
    pub(crate) ended_at: Duration,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    /// Names and values.
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) set_cookies: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<u8>,
}

/// A user, a channel, and the text of an event.
type Event = (String, String, String);

/// The knowledge from the exchanges so far.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    cometd_path: String,
    /// The user of a request that does not identify its user.
    pub(crate) otherwise: Option<String>,
    of_cookie: BTreeMap<String, String>,
    of_client: BTreeMap<String, String>,
    /// The number of times that each event came to a user, and in the next field to each client of the user.
    events: BTreeMap<Event, usize>,
    events_of: BTreeMap<(String, Event), usize>,
    published: BTreeSet<(String, String)>,
}

impl Observer {
    pub(crate) fn new(cometd_path: &str) -> Self {
        Self { cometd_path: cometd_path.to_owned(), ..Self::default() }
    }

    /// Returns true if a scenario can have requests with this method.
    pub(crate) fn is_method(method: &str) -> bool {
        METHODS.contains(&method)
    }

    /// Returns true if a scenario can have such a request.
    pub(crate) fn takes(&self, method: &str, target: &str) -> bool {
        Self::is_method(method) && (target.starts_with(API) || self.is_push(target))
    }

    pub(crate) fn is_push(&self, target: &str) -> bool {
        let path = target.split('?').next().expect("a split text has a first part");
        let below = path.strip_prefix(&self.cometd_path);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }

    /// Returns the records that an exchange leads to.
    pub(crate) fn observe(&mut self, exchange: &Exchange) -> Vec<Recorded> {
        if self.is_push(&exchange.target) {
            return self.push(exchange);
        }
        let answer = content(&exchange.answer);
        let by = self.user(exchange, None).or_else(|| signed_in(exchange, answer.as_ref()));
        self.learn(exchange, by.as_deref());
        let what = RecordedEvent::Request {
            by,
            method: exchange.method.clone(),
            path: exchange.target.clone(),
            body: content(&exchange.body),
            status: exchange.status,
            answer,
        };
        let Exchange { began, ended, began_at: at, .. } = *exchange;
        vec![Recorded { began, ended, at, group: None, what }]
    }

    fn push(&mut self, exchange: &Exchange) -> Vec<Recorded> {
        let body = serde_json::from_slice(&exchange.body).unwrap_or_default();
        let messages = message::batch(&body).unwrap_or_default();
        let sender = messages.iter().find_map(|message| message.client_id.clone());
        let by = self.user(exchange, sender.as_deref());
        self.learn(exchange, by.as_deref());
        if exchange.status != 200 {
            return Vec::new();
        }
        let answers: Value = serde_json::from_slice(&exchange.answer).unwrap_or_default();
        let answers: Vec<&Value> = answers.as_array().into_iter().flatten().collect();
        let shaken = answers.iter().find_map(|answer| answer["clientId"].as_str());
        let client = sender.or_else(|| shaken.map(str::to_owned)).unwrap_or_default();
        if !client.is_empty()
            && let Some(by) = by.as_ref()
        {
            self.of_client.insert(client.clone(), by.clone());
        }
        let by = by.unwrap_or_else(|| NOBODY.to_owned());
        if shaken.is_some() && messages.iter().any(|message| message.channel == "/meta/handshake") {
            self.is_born(&client, &by);
        }
        for message in &messages {
            if !message.channel.is_empty()
                && let Some(data) = message.data.as_ref()
            {
                self.published.insert((message.channel.clone(), data.to_string()));
            }
        }
        let Exchange { began, ended, began_at, ended_at, .. } = *exchange;
        let events: Vec<&&Value> = answers.iter().filter(|answer| is_event(answer)).collect();
        let had_events = !events.is_empty();
        let mut recorded = Vec::new();
        if let Some(fault) = answers.iter().find_map(|answer| fault_of(answer)) {
            let with = json!({ "user": by, "fault": fault });
            let what = RecordedEvent::Test { call: "fault".to_owned(), with };
            recorded.push(Recorded { began, ended: began, at: began_at, group: None, what });
        }
        for message in messages.iter().map(BayeuxMessage::of) {
            let connect = message == BayeuxMessage::Connect;
            // What counts of a connect is that it ended without an event.
            let (began, at) = if connect { (ended, ended_at) } else { (began, began_at) };
            if !connect || !had_events {
                let what = RecordedEvent::Bayeux { by: by.clone(), message };
                recorded.push(Recorded { began, ended, at, group: None, what });
            }
        }
        for event in events {
            let channel = event["channel"].as_str().unwrap_or_default().to_owned();
            let data = event["data"].clone();
            if self.is_new(&client, &by, &channel, &data) {
                let what = RecordedEvent::Push { to: by.clone(), channel, data };
                recorded.push(Recorded { began: ended, ended, at: ended_at, group: None, what });
            }
        }
        recorded
    }

    /// Registers a new client, which has not received the earlier events of its user.
    fn is_born(&mut self, client: &str, by: &str) {
        let events_of_user: Vec<_> = self
            .events
            .iter()
            .filter(|((user, ..), _)| user == by)
            .map(|(event, count)| (event.clone(), *count))
            .collect();
        for (event, count) in events_of_user {
            self.events_of.entry((client.to_owned(), event)).or_insert(count);
        }
    }

    /// Returns true if the user has not received the event on another client, and no client has published it.
    fn is_new(&mut self, client: &str, by: &str, channel: &str, data: &Value) -> bool {
        let text = data.to_string();
        if self.published.contains(&(channel.to_owned(), text.clone())) {
            return false;
        }
        let event = (by.to_owned(), channel.to_owned(), text);
        let of_client = self.events_of.entry((client.to_owned(), event.clone())).or_default();
        *of_client += 1;
        let of_user = self.events.entry(event).or_default();
        let is_new = *of_client > *of_user;
        *of_user = (*of_user).max(*of_client);
        is_new
    }

    fn user(&self, exchange: &Exchange, client: Option<&str>) -> Option<String> {
        let of_cookie =
            || exchange.cookies.iter().find_map(|(_, cookie)| self.of_cookie.get(cookie));
        let of_client = || client.and_then(|client| self.of_client.get(client));
        let signed = exchange.authorization.as_deref().and_then(basic);
        signed
            .or_else(|| of_cookie().cloned())
            .or_else(|| of_client().cloned())
            .or_else(|| self.otherwise.clone())
    }

    /// From now on the cookies of the HTTP session say who it is.
    fn learn(&mut self, exchange: &Exchange, by: Option<&str>) {
        let Some(by) = by else { return };
        for (name, value) in exchange.cookies.iter().chain(&exchange.set_cookies) {
            if name.to_ascii_uppercase().contains("SESS") && !value.is_empty() {
                self.of_cookie.insert(value.clone(), by.to_owned());
            }
        }
    }
}

/// Returns the user in an answer to `GET /api/v2/me`.
pub(crate) fn signed_in(exchange: &Exchange, answer: Option<&Value>) -> Option<String> {
    let path = exchange.target.split('?').next().expect("a split text has a first part");
    if exchange.method != "GET" || !path.ends_with("/me") {
        return None;
    }
    answer?.pointer("/user/userName")?.as_str().map(str::to_owned)
}

/// The fault that has a server answer so: one that has forgotten its client, or refuses a handshake.
fn fault_of(answer: &Value) -> Option<&'static str> {
    if answer["successful"] != false {
        return None;
    }
    let again = answer.pointer("/advice/reconnect").is_some_and(|pointer| pointer == "handshake");
    match answer["channel"].as_str()? {
        "/meta/handshake" => Some("refuse_next_handshake"),
        "/meta/connect" if again => Some("forget_client"),
        _ => None,
    }
}

fn is_event(message: &Value) -> bool {
    let channel = message["channel"].as_str().unwrap_or("/meta/");
    !channel.starts_with("/meta/") && message.get("data").is_some()
}

/// The user name of Basic credentials.
fn basic(authorization: &str) -> Option<String> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8_lossy(&decoded).into_owned();
    let (name, _) = text.split_once(':')?;
    Some(name.to_owned())
}

/// The names and values in a `Cookie` or `Set-Cookie` header, those of attributes among them. Some exporters join several
/// headers to one, with line breaks or commas between them.
pub(crate) fn cookies(header: &str) -> Vec<(String, String)> {
    let joined = header.split([';', '\n']).flat_map(|part| {
        let mut begin = 0;
        let commas = part.match_indices(',').map(|(comma, _)| comma);
        let ends = commas.filter(|comma| begins_pair(&part[comma + 1..])).chain([part.len()]);
        ends.map(move |end| {
            let pair = &part[begin..end];
            begin = end + 1;
            pair
        })
    });
    let pairs = joined.filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Returns true if a name and its value follow; after the comma of a date there is none.
fn begins_pair(text: &str) -> bool {
    let name = text.split_once('=').map(|(name, _)| name.trim_start());
    let is_of_name =
        |letter: char| letter.is_ascii_graphic() && !",;\"()/:<>?@[]{}".contains(letter);
    name.is_some_and(|name| !name.is_empty() && name.chars().all(is_of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bayeux(client: &str, answer: &Value) -> Exchange {
        let body =
            json!([{ "channel": "/meta/connect", "clientId": client }]).to_string().into_bytes();
        let method = "POST".to_owned();
        let target = "/api/v2/notifications/connect".to_owned();
        let answer = answer.to_string().into_bytes();
        Exchange { method, target, body, answer, status: 200, ..Exchange::default() }
    }

    fn handshake(observer: &mut Observer, client: &str) {
        let body = json!([{ "channel": "/meta/handshake" }]).to_string().into_bytes();
        let answer = json!([{ "channel": "/meta/handshake", "clientId": client }]);
        let authorization = Some(format!("Basic {}", STANDARD.encode("jo:secret")));
        let shaken = Exchange { body, authorization, ..bayeux(client, &answer) };
        assert_eq!(observer.observe(&shaken).len(), 1);
    }

    #[test]
    fn an_event_to_two_clients_of_a_user_is_one_push_and_a_second_one_is_another() {
        let mut observer = Observer::new("/api/v2/notifications");
        handshake(&mut observer, "1");
        handshake(&mut observer, "2");
        let event = json!([{ "channel": "/v2/me/smssessions", "data": { "n": 1 } }]);
        let mut pushes = |client| observer.observe(&bayeux(client, &event));
        assert!(
            matches!(&pushes("1")[..], [Recorded { what: RecordedEvent::Push { to, .. }, .. }] if to == "jo")
        );
        assert_eq!(pushes("2"), []);
        assert_eq!(pushes("2").len(), 1);
        assert_eq!(pushes("1"), []);
    }

    #[test]
    fn a_client_that_begins_later_is_told_anew() {
        let mut observer = Observer::new("/api/v2/notifications");
        let event = json!([{ "channel": "/v2/me/smssessions", "data": { "n": 1 } }]);
        for client in ["1", "2", "3"] {
            handshake(&mut observer, client);
            assert_eq!(observer.observe(&bayeux(client, &event)).len(), 1, "{client}");
        }
    }

    #[test]
    fn what_a_server_refuses_is_a_fault_that_has_a_fake_refuse_it_too() {
        let mut observer = Observer::new("/api/v2/notifications");
        handshake(&mut observer, "1");
        let unknown = json!([{
            "channel": "/meta/connect", "successful": false, "error": "402::Unknown client",
            "advice": { "reconnect": "handshake" },
        }]);
        let recorded = observer.observe(&bayeux("1", &unknown));
        let with = json!({ "user": "jo", "fault": "forget_client" });
        let what = RecordedEvent::Test { call: "fault".to_owned(), with };
        assert_eq!(recorded.first().map(|recorded| &recorded.what), Some(&what));
        assert_eq!(recorded.len(), 2);
    }

    #[test]
    fn cookies_are_found_however_their_headers_are_joined() {
        let session = |value: &str| ("JSESSIONID".to_owned(), value.to_owned());
        for header in [
            "JSESSIONID=node01.a",
            "x=1; JSESSIONID=node01.a",
            "x=1; Path=/\nJSESSIONID=node01.a; Path=/; HttpOnly",
            "x=1; Path=/, JSESSIONID=node01.a; Path=/",
            "x=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, JSESSIONID=node01.a",
            "JSESSIONID=node01.a, x=1,2",
        ] {
            assert!(cookies(header).contains(&session("node01.a")), "{header}");
        }
        assert_eq!(cookies("JSESSIONID=a,b"), [session("a,b")]);
    }

    #[test]
    fn a_connect_without_an_event_is_idle() {
        let mut observer = Observer::new("/api/v2/notifications");
        handshake(&mut observer, "1");
        let idle = observer.observe(&bayeux("1", &json!([{ "channel": "/meta/connect" }])));
        let what = RecordedEvent::Bayeux { by: "jo".to_owned(), message: BayeuxMessage::Connect };
        assert_eq!(idle.first().map(|step| &step.what), Some(&what));
    }
}

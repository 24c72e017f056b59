//! From an HTTP request to Bayeux messages, by the two transports: POST with JSON, and GET with a callback (JSONP).
//!
//! Rules: bayeux-body, bayeux-callback, bayeux-method, bayeux-websocket, body-size, and those of `authenticate`.

use std::borrow::Cow;

use http::header::{CONTENT_TYPE, HeaderValue, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::bayeux::message::{self, Message};
use crate::bayeux::session::{ClientId, Transport};
use crate::contract::{check, json};
use crate::engine::rest::authenticate::Authenticated;
use crate::engine::rest::reply::{JSON, TEXT};
use crate::engine::settings::{HandshakeDenial, Settings};
use crate::gws::status::Refusal;
use crate::rules::{Violation, rule};

/// As Jetty writes it (wire).
const BAYEUX_JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
const BAYEUX_SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript;charset=UTF-8");
pub(crate) const PAGE: HeaderValue = HeaderValue::from_static("text/html;charset=iso-8859-1");

/// The page of a server in front of which no transport takes the request (wire; the text of the page is not the product's).
const UNKNOWN_TRANSPORT: &str = "<html><head><title>Error 400 Unknown Bayeux Transport</title></head><body><h2>HTTP ERROR 400 Unknown Bayeux Transport</h2></body></html>\n";

/// The longest name of a callback (wire).
const CALLBACK_LENGTH: usize = 64;

/// The form of the answer.
#[derive(Clone, Debug)]
pub(crate) enum Envelope {
    Json,
    /// As the argument of that function.
    Script(String),
}

impl Envelope {
    pub(crate) fn of(head: &Parts) -> Self {
        match callback(head) {
            Some(callback) if head.method == Method::GET => Self::Script(callback),
            _ => Self::Json,
        }
    }

    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Json => Transport::LongPolling,
            Self::Script(_) => Transport::CallbackPolling,
        }
    }

    /// The answer's Content-Type and body.
    pub(crate) fn wrap(&self, messages: String) -> (HeaderValue, String) {
        match self {
            Self::Json => (BAYEUX_JSON, messages),
            Self::Script(callback) => (BAYEUX_SCRIPT, format!("{callback}({messages})")),
        }
    }
}

/// The answer to a request that is not worked through, and what was wrong with it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// As on the REST side, a page, or nothing.
    pub(crate) body: String,
    pub(crate) content_type: HeaderValue,
    pub(crate) violation: Option<Box<Violation>>,
}

impl Refused {
    fn empty(status: u16, violation: Option<Violation>) -> Self {
        let violation = violation.map(Box::new);
        Self { status, body: String::new(), content_type: JSON, violation }
    }

    /// No transport takes the request. Jetty writes a page for these methods only.
    fn without_transport(method: &Method, violation: Violation) -> Self {
        let turned = Self::empty(400, Some(violation));
        if [Method::GET, Method::HEAD].contains(method) {
            return Self { body: UNKNOWN_TRANSPORT.to_owned(), content_type: PAGE, ..turned };
        }
        turned
    }
}

/// The content of a request.
#[derive(Debug)]
pub(crate) enum Content {
    /// No transport takes it, whoever sends it.
    Turned(Refused),
    /// Its messages, or the reason why there are none, for callers who may send any.
    Read(Result<Vec<Message>, Refused>),
}

impl Content {
    /// Reads the messages of a request, or the reason why its body could not be read.
    pub(crate) fn read(settings: &Settings, head: &Parts, body: Result<&[u8], Violation>) -> Self {
        if head.method == Method::OPTIONS {
            return Self::Turned(Refused::empty(200, None));
        }
        let transport = Envelope::of(head).transport();
        if transport == Transport::LongPolling && head.method != Method::POST {
            return Self::Turned(Refused::without_transport(&head.method, no_transport(head)));
        }
        if is_websocket(&head.headers) {
            return Self::Turned(Refused::without_transport(&head.method, websocket()));
        }
        match body {
            Err(violation) => {
                let status = settings.refusal(violation.rule).map_or(400, |refusal| refusal.http);
                Self::Turned(Refused::empty(status, Some(violation)))
            }
            Ok(body) => Self::Read(match transport {
                Transport::LongPolling => posted(&head.headers, body),
                Transport::CallbackPolling => scripted(head),
            }),
        }
    }

    /// Returns the clients that leave, where the request does nothing else.
    pub(super) fn disconnected(&self) -> Vec<ClientId> {
        let Self::Read(Ok(messages)) = self else { return Vec::new() };
        let leaves = |message: &Message| match message.channel.as_str() {
            "/meta/disconnect" => message.client_id.as_deref().map(ClientId::from),
            _ => None,
        };
        let left: Option<Vec<ClientId>> = messages.iter().map(leaves).collect();
        left.unwrap_or_default()
    }

    /// Returns the messages, if the caller may send them.
    pub(super) fn of_caller(
        self,
        settings: &Settings,
        authenticated: &Authenticated,
    ) -> Result<Vec<Message>, Refused> {
        let messages = match self {
            Self::Turned(refused) => return Err(refused),
            Self::Read(messages) => messages,
        };
        match &authenticated.violation {
            Some(violation) if settings.handshake_denial == HandshakeDenial::Http => {
                Err(refused(settings, violation.clone()))
            }
            _ => messages,
        }
    }
}

fn posted(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Message>, Refused> {
    let Some(body) = decoded(headers, body) else {
        let broken = const { rule("bayeux-body") };
        let got =
            headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
        let violation = Violation::new(broken, "header Content-Type", got, "a charset of JSON");
        return Err(Refused::empty(500, Some(violation.hint("send UTF-8, and no other charset"))));
    };
    messages(headers, &body)?.ok_or_else(|| Refused::empty(200, None)).and_then(some)
}

/// The messages in the parameters `message`, of which there may be several.
fn scripted(head: &Parts) -> Result<Vec<Message>, Refused> {
    let texts: Vec<String> = parameters(head, "message").collect();
    if texts.is_empty() {
        let broken = const { rule("bayeux-callback") };
        let violation = Violation::new(broken, "query message", "nothing", "Bayeux messages");
        return Err(Refused::empty(
            500,
            Some(violation.hint("send them as ?jsonp=..&message=[..]")),
        ));
    }
    let mut all = Vec::new();
    for text in &texts {
        match messages(&head.headers, text.as_bytes())? {
            Some(messages) => all.extend(messages),
            None if texts.len() == 1 => return Err(Refused::empty(200, None)),
            None => {}
        }
    }
    some(all)
}

fn some(messages: Vec<Message>) -> Result<Vec<Message>, Refused> {
    if messages.is_empty() {
        let broken = const { rule("bayeux-body") };
        let violation = Violation::new(broken, "the whole body", "[]", "at least one message");
        return Err(Refused::empty(500, Some(violation.hint("send a message, or nothing"))));
    }
    Ok(messages)
}

/// The messages of a text; `None` where it says nothing at all.
fn messages(headers: &HeaderMap, text: &[u8]) -> Result<Option<Vec<Message>>, Refused> {
    let broken = const { rule("bayeux-body") };
    if text.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let value = json::parse(text).map_err(|wrong| {
        let violation = Violation::new(broken, wrong.place, wrong.got, wrong.want);
        Refused::empty(400, Some(violation.hint(hint(headers))))
    })?;
    if value.0 == Value::Null {
        return Ok(None);
    }
    message::batch(&value.0).map(Some).ok_or_else(|| {
        let want = "an object or an array of objects";
        let violation = Violation::new(broken, "the whole body", check::brief(&value.0), want);
        Refused::empty(400, Some(violation.hint(hint(headers))))
    })
}

/// CometD takes the body for JSON whatever its type says, and so refuses a form.
fn hint(headers: &HeaderMap) -> &'static str {
    let kind =
        headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        "send the messages as JSON: CometD takes no form"
    } else {
        "send an array of Bayeux messages"
    }
}

/// The body in UTF-8; `None` for a charset that is not known here.
fn decoded<'b>(headers: &HeaderMap, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    let kind = headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok());
    let kind = kind.and_then(|kind| kind.parse::<mime::Mime>().ok());
    let charset = kind.as_ref().and_then(|kind| kind.get_param(mime::CHARSET));
    match charset.map_or("utf-8", |charset| charset.as_str()).to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Cow::Borrowed(body)),
        "iso-8859-1" | "latin1" => {
            let text: String = body.iter().copied().map(char::from).collect();
            Some(Cow::Owned(text.into_bytes()))
        }
        _ => None,
    }
}

fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE).map(HeaderValue::as_bytes);
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(b"websocket"))
}

/// The violation of a request that no transport accepts.
fn no_transport(head: &Parts) -> Violation {
    if is_websocket(&head.headers) {
        return websocket();
    }
    if head.method == Method::GET
        && let Some(got) = parameters(head, "jsonp").next()
    {
        let broken = const { rule("bayeux-callback") };
        let want = format!("at most {CALLBACK_LENGTH} letters, digits, '.', '_' and '-'");
        return Violation::new(broken, "query jsonp", got, want)
            .hint("name a function of the page, such as org.cometd._cb1");
    }
    let broken = const { rule("bayeux-method") };
    Violation::new(broken, "request line", head.method.to_string(), "POST")
        .hint("use the transport long-polling")
}

fn websocket() -> Violation {
    let broken = const { rule("bayeux-websocket") };
    let hint =
        "the client falls back by itself; without that detour: unregister its WebSocket transport";
    Violation::new(broken, "header Upgrade", "websocket", "long-polling").hint(hint).note()
}

/// The name of the function to call, if it is one that the product takes.
fn callback(head: &Parts) -> Option<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    parameters(head, "jsonp").next().filter(|parameter| {
        !parameter.is_empty() && parameter.len() <= CALLBACK_LENGTH && parameter.chars().all(plain)
    })
}

fn parameters<'h>(head: &'h Parts, name: &'static str) -> impl Iterator<Item = String> + 'h {
    let query = head.uri.query().unwrap_or_default();
    let parameters = form_urlencoded::parse(query.as_bytes());
    parameters.filter(move |(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A refusal before CometD is reached, as on the REST side.
pub(crate) fn refused(settings: &Settings, violation: Violation) -> Refused {
    let refusal = settings.refusal(violation.rule);
    let envelope = refusal.and_then(Refusal::envelope);
    let text = refusal.map(|refusal| refusal.message.to_owned());
    let content_type = if envelope.is_some() { JSON } else { TEXT };
    let body = envelope.map(|envelope| envelope.to_string()).or(text).unwrap_or_default();
    let status = refusal.map_or(403, |refusal| refusal.http);
    Refused { status, body, content_type, violation: Some(Box::new(violation)) }
}

//! The redaction of a recording. The rule of this file is an allow-list: a value is kept where a schema names its field and
//! its few values or its form, and the name of a field where a schema has it; everything else is replaced
//! ([`placeholders`](crate::recording::placeholders)).

use std::collections::{BTreeMap, BTreeSet};

use gws_sms_fake::_cli_internals::contract::template::escaped;
use gws_sms_fake::_cli_internals::error::Error;
use gws_sms_fake::_cli_internals::rules::nearest;
use gws_sms_fake::_cli_internals::scenario::record::{Recorded, RecordedEvent};
use gws_sms_fake::_cli_internals::scenario::step::BayeuxMessage;
use serde_json::Value;

use crate::recording::placeholders::{Placeholders, plain};
use crate::recording::redactions::{
    CREDENTIALS, FIELDS, KEYS, LINKS, NAMES, NUMBER, PATHS, PHONE_NUMBERS, REDACTIONS, Redaction,
    TEXTS, UNKNOWN, USER_DATA, USER_NAMES,
};
use crate::recording::safe_values::{SafeValues, is_id_behind};

/// The rules that apply, and the values that have been replaced so far.
#[derive(Debug)]
pub(crate) struct Redactor {
    kept: BTreeSet<&'static str>,
    /// The names of users in the recording.
    users: BTreeMap<String, String>,
    numbered_users: usize,
    /// The origins that are the fake's when it is played.
    own: Vec<String>,
    placeholders: Placeholders,
    words: &'static SafeValues,
}

impl Redactor {
    /// `keep`: rules that are switched off; `users`: what users are called, from name to name; `own`: origins.
    pub(crate) fn new(
        keep: &[String],
        users: BTreeMap<String, String>,
        own: Vec<String>,
    ) -> Result<Self, Error> {
        let mut kept = BTreeSet::new();
        for name in keep {
            let names = || REDACTIONS.iter().map(|redaction| redaction.name);
            let Some(found) = names().find(|known| known == name) else {
                let meant = nearest(name, names()).map(|name| format!("; did you mean {name}?"));
                let meant = meant.unwrap_or_default();
                let names = names().collect::<Vec<_>>();
                let names = names.join(", ");
                return Err(Error::new(format!(
                    "--keep {name}: there is no such rule of redaction; name one of {names}{meant}"
                )));
            };
            kept.insert(found);
        }
        let placeholders = Placeholders::default();
        let words = SafeValues::all();
        Ok(Self { kept, users, numbered_users: 0, own, placeholders, words })
    }

    /// The same without what must not be known.
    pub(crate) fn recorded(&mut self, recorded: Recorded) -> Recorded {
        let what = match recorded.what {
            RecordedEvent::Request { by, method, path, body, status, answer } => {
                let by = by.map(|by| self.user(&by));
                let path = self.path(&path);
                let body = body.map(|body| self.value("", &body));
                let answer = answer.map(|answer| self.value("", &answer));
                RecordedEvent::Request { by, method, path, body, status, answer }
            }
            RecordedEvent::Bayeux { by, message } => {
                RecordedEvent::Bayeux { by: self.user(&by), message: self.message(message) }
            }
            RecordedEvent::Push { to, channel, data } => {
                let to = self.user(&to);
                let channel = self.channel(&channel);
                RecordedEvent::Push { to, channel, data: self.value("", &data) }
            }
            RecordedEvent::Test { call, mut with } => {
                let user = with["user"].as_str().map(|user| self.user(user));
                with["user"] = Value::from(user);
                RecordedEvent::Test { call, with }
            }
        };
        Recorded { what, ..recorded }
    }

    fn message(&mut self, message: BayeuxMessage) -> BayeuxMessage {
        let mut all =
            |channels: Vec<String>| channels.iter().map(|channel| self.channel(channel)).collect();
        match message {
            BayeuxMessage::Subscribe { channels } => {
                BayeuxMessage::Subscribe { channels: all(channels) }
            }
            BayeuxMessage::Unsubscribe { channels } => {
                BayeuxMessage::Unsubscribe { channels: all(channels) }
            }
            BayeuxMessage::Publish { channel, data } => {
                let channel = self.channel(&channel);
                let data = data.map(|data| self.value("", &data));
                BayeuxMessage::Publish { channel, data }
            }
            BayeuxMessage::Handshake | BayeuxMessage::Connect | BayeuxMessage::Disconnect => {
                message
            }
        }
    }

    /// Returns the name of a user: it is not a placeholder, since it identifies the credentials.
    pub(crate) fn user(&mut self, name: &str) -> String {
        if let Some(known) = self.users.get(name) {
            return known.clone();
        }
        let called = if self.kept.contains(USER_NAMES.name) || name == "nobody" {
            name.to_owned()
        } else {
            self.numbered_users += 1;
            format!("user-{}", self.numbered_users)
        };
        self.users.insert(name.to_owned(), called.clone());
        called
    }

    /// A channel is no pattern: its segments are texts.
    fn channel(&mut self, channel: &str) -> String {
        let segments: Vec<String> =
            channel.split('/').map(|segment| plain(&self.segment(segment))).collect();
        segments.join("/")
    }

    /// A path with its query.
    pub(crate) fn path(&mut self, target: &str) -> String {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut before = "";
        let segments = path.split('/').map(|segment| {
            let is_id = is_id_behind(std::mem::replace(&mut before, segment), segment);
            if is_id { segment.to_owned() } else { self.segment(segment) }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let Some(query) = query else { return path };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => format!("{}={}", self.segment(name), self.segment(value)),
                None => self.segment(pair),
            })
            .collect();
        format!("{path}?{}", pairs.join("&"))
    }

    /// Redacts a part of a path, a query or a channel that is not an id.
    fn segment(&mut self, segment: &str) -> String {
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        if decoded.is_empty() || self.words.has(segment) {
            return segment.to_owned();
        }
        self.text(PATHS, &decoded, segment)
    }

    /// A value of a field of that name; the whole body has none.
    fn value(&mut self, field: &str, value: &Value) -> Value {
        if is_secret(field) {
            return self.all(CREDENTIALS, value);
        }
        match (field, value) {
            ("userData", _) => self.all(USER_DATA, value),
            ("keys", _) => self.all(KEYS, value),
            ("userName", Value::String(name)) => Value::from(escaped(&self.user(name))),
            (_, Value::Object(_) | Value::Array(_))
                if !field.is_empty() && !self.words.describes(field) =>
            {
                self.all(UNKNOWN, value)
            }
            (_, Value::Object(fields)) => {
                let fields = fields.iter().map(|(name, below)| {
                    let known = self.words.names(name) || is_secret(name);
                    let below =
                        if known { self.value(name, below) } else { self.all(UNKNOWN, below) };
                    (self.field(FIELDS, name), below)
                });
                Value::Object(fields.collect())
            }
            (_, Value::Array(items)) => items.iter().map(|item| self.value(field, item)).collect(),
            (_, Value::String(text)) => self.known_text(field, text),
            (_, Value::Number(_)) if !self.words.is_safe(field, value) => self.all(UNKNOWN, value),
            (_, other) => other.clone(),
        }
    }

    fn known_text(&mut self, field: &str, text: &str) -> Value {
        let value = Value::from(text);
        if text.is_empty() || self.words.is_safe(field, &value) {
            return value;
        }
        if let Some((own, path)) =
            self.own.iter().find_map(|own| text.strip_prefix(own.as_str()).map(|path| (own, path)))
            && (path.is_empty() || path.starts_with('/'))
        {
            debug_assert!(!own.is_empty());
            let path = path.to_owned();
            return Value::from(format!("${{url}}{}", self.path(&path)));
        }
        if text.contains("://") {
            return Value::from(self.text(LINKS, text, text));
        }
        if text.starts_with('/') && field.to_ascii_lowercase().ends_with("path") {
            return Value::from(self.path(text));
        }
        let named = field.to_ascii_lowercase().ends_with("name");
        Value::from(self.text(if named { NAMES } else { TEXTS }, text, text))
    }

    /// All texts and numbers in it.
    fn all(&mut self, rule: Redaction, value: &Value) -> Value {
        match value {
            Value::String(text) if text.is_empty() => value.clone(),
            Value::String(text) => Value::from(self.text(rule, text, text)),
            Value::Number(number) if !self.kept.contains(rule.name) => {
                Value::from(self.placeholders.of(NUMBER, &number.to_string()))
            }
            Value::Array(items) => items.iter().map(|item| self.all(rule, item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, below)| {
                    let names = if rule == USER_DATA { KEYS } else { FIELDS };
                    let rule = if is_secret(name) { CREDENTIALS } else { rule };
                    (self.field(names, name), self.all(rule, below))
                });
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    /// The name of a field is no place for a reference.
    fn field(&mut self, rule: Redaction, name: &str) -> String {
        if name.is_empty() || self.words.names(name) || self.keeps(rule, name) {
            return name.to_owned();
        }
        plain(&self.text(rule, name, name))
    }

    /// Returns true if a value is kept because its rule is switched off.
    fn keeps(&self, rule: Redaction, text: &str) -> bool {
        let rule = if is_phone_number(text) { PHONE_NUMBERS } else { rule };
        self.kept.contains(rule.name)
    }

    /// The reference in the place of `text`, or `written` where the rule is switched off.
    fn text(&mut self, rule: Redaction, text: &str, written: &str) -> String {
        if self.keeps(rule, text) {
            return escaped(written);
        }
        let rule = if is_phone_number(text) { PHONE_NUMBERS } else { rule };
        self.placeholders.of(rule.prefix, text)
    }
}

fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let words =
        ["password", "token", "secret", "cookie", "credential", "authorization", "jsessionid"];
    words.iter().any(|word| field.contains(word))
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-() ./".contains(&byte))
}

//! What is replaced in a recording. The rule of this file is an allow-list: a value is kept where a schema names its field and
//! its few values or its form, and replaced everywhere else. The same value gets the same replacement.
//!
//! A replacement is a reference such as `${text-1}`: one that a client sends first takes what the client of a played scenario
//! sends, and every other one is bound by the head ([`bind`]).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::properties::referred;
use crate::contract::schemas;
use crate::error::Error;
use crate::rule::nearest;
use crate::scenario::record::{Recorded, What};
use crate::scenario::redacted_path::Words;
use crate::scenario::reference::names_in;
use crate::scenario::step::{BayeuxMessage, Scenario, Step};

/// A kind of values that is replaced: its name, what it is, and what the names of its replacements begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Redaction {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    prefix: &'static str,
}

const fn redaction(name: &'static str, prefix: &'static str, what: &'static str) -> Redaction {
    Redaction { name, what, prefix }
}

const CREDENTIALS: Redaction =
    redaction("credentials", "secret", "fields that are called password, token, secret or cookie");
const USER_NAMES: Redaction =
    redaction("user-names", "user", "the names of users, but for those of the built-in fixtures");
const NAMES: Redaction =
    redaction("names", "name", "names and nicknames of people, of contacts and of queues");
const TEXTS: Redaction = redaction("texts", "text", "texts of messages, notices and answers");
const PHONE_NUMBERS: Redaction =
    redaction("phone-numbers", "phone", "what looks like a phone number, wherever it stands");
const USER_DATA: Redaction = redaction("user-data", "data", "the values of user data");
const LINKS: Redaction = redaction("links", "link", "URLs of other places than the upstream");
const PATHS: Redaction = redaction(
    "paths",
    "segment",
    "segments of paths and values of queries that are no word of GWS",
);
const UNKNOWN: Redaction =
    redaction("unknown", "value", "the values of fields that no schema of this crate names");
const FIELDS: Redaction =
    redaction("field-names", "field", "names of fields that are more than a short word");

/// Every rule, in the order in which they are shown.
pub(crate) const REDACTIONS: [Redaction; 10] = [
    CREDENTIALS,
    USER_NAMES,
    NAMES,
    TEXTS,
    PHONE_NUMBERS,
    USER_DATA,
    LINKS,
    PATHS,
    UNKNOWN,
    FIELDS,
];

/// The replacements so far.
#[derive(Debug)]
pub(crate) struct Redactor {
    kept: BTreeSet<&'static str>,
    /// What users are called in the recording.
    users: BTreeMap<String, String>,
    numbered_users: usize,
    /// The origins that are the fake's when it is played.
    own: Vec<String>,
    replaced: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
    words: Words,
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
            let names = || REDACTIONS.iter().map(|it| it.name);
            let Some(found) = names().find(|it| it == name) else {
                let meant = nearest(name, names()).map(|it| format!("; did you mean {it}?"));
                let (meant, names) = (meant.unwrap_or_default(), names().collect::<Vec<_>>());
                let names = names.join(", ");
                return Err(Error::new(format!("keep: got {name}, want one of {names}{meant}")));
            };
            kept.insert(found);
        }
        let (replaced, counts) = (BTreeMap::new(), BTreeMap::new());
        let words = Words::new();
        Ok(Self { kept, users, numbered_users: 0, own, replaced, counts, words })
    }

    /// The same without what must not be known.
    pub(crate) fn recorded(&mut self, recorded: Recorded) -> Recorded {
        let what = match recorded.what {
            What::Request { by, method, path, body, status, answer } => {
                let by = by.map(|by| self.user(&by));
                let path = self.path(&path);
                let body = body.map(|body| self.value("", &body));
                let answer = answer.map(|answer| self.value("", &answer));
                What::Request { by, method, path, body, status, answer }
            }
            What::Bayeux { by, message } => {
                What::Bayeux { by: self.user(&by), message: self.message(message) }
            }
            What::Push { to, channel, data } => {
                let (to, channel) = (self.user(&to), self.channel(&channel));
                What::Push { to, channel, data: self.value("", &data) }
            }
        };
        Recorded { what, ..recorded }
    }

    fn message(&mut self, message: BayeuxMessage) -> BayeuxMessage {
        let mut all =
            |channels: Vec<String>| channels.iter().map(|it| self.channel(it)).collect::<Vec<_>>();
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
            other => other,
        }
    }

    /// What a user is called: no reference, since it says whose credentials are meant.
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
        let segments: Vec<String> = path.split('/').map(|segment| self.segment(segment)).collect();
        let path = segments.join("/");
        let Some(query) = query else { return path };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", self.segment(name), self.segment(value)),
            None => self.segment(pair),
        });
        let pairs: Vec<String> = pairs.collect();
        format!("{path}?{}", pairs.join("&"))
    }

    fn segment(&mut self, segment: &str) -> String {
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        if decoded.is_empty() || self.words.has(segment) || is_id(segment) {
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
            ("userName", Value::String(name)) => Value::from(self.user(name)),
            (_, Value::Object(fields)) => {
                let fields = fields.iter().map(|(name, below)| {
                    let known = self.words.schemas(name).is_some() || is_secret(name);
                    let below =
                        if known { self.value(name, below) } else { self.all(UNKNOWN, below) };
                    (self.field(name), below)
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
        if field == "keys" && is_word(text) {
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
        if text.starts_with('/') && matches!(field, "path" | "targetPath") {
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
                Value::from(self.numbered("number", &number.to_string()))
            }
            Value::Array(items) => items.iter().map(|item| self.all(rule, item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, below)| {
                    let rule = if is_secret(name) { CREDENTIALS } else { rule };
                    (self.field(name), self.all(rule, below))
                });
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }

    /// The name of a field is no place for a reference.
    fn field(&mut self, name: &str) -> String {
        if is_word(name) || self.words.schemas(name).is_some() {
            return name.to_owned();
        }
        plain(&self.text(FIELDS, name, name))
    }

    /// The reference in the place of `text`, or `written` where the rule is switched off.
    fn text(&mut self, rule: Redaction, text: &str, written: &str) -> String {
        let rule = if is_phone_number(text) { PHONE_NUMBERS } else { rule };
        if self.kept.contains(rule.name) {
            return written.to_owned();
        }
        self.numbered(rule.prefix, text)
    }

    fn numbered(&mut self, prefix: &'static str, text: &str) -> String {
        if let Some(replaced) = self.replaced.get(text) {
            return replaced.clone();
        }
        let count = self.counts.entry(prefix).or_default();
        *count += 1;
        let reference = format!("${{{prefix}-{count}}}");
        self.replaced.insert(text.to_owned(), reference.clone());
        reference
    }
}

/// Binds the replacements that no client sends first.
pub(crate) fn bind(scenario: &mut Scenario) {
    let (mut seen, mut bound) = (BTreeSet::new(), BTreeSet::new());
    scenario.steps.iter().for_each(|step| first(&step.step, &mut seen, &mut bound));
    let values = bound.into_iter().filter_map(|name| literal(&name).map(|value| (name, value)));
    let values: Vec<_> = values.collect();
    scenario.head.names.extend(values);
}

/// Sorts names that were not seen before by whether they come from a client.
fn first(step: &Step, seen: &mut BTreeSet<String>, bound: &mut BTreeSet<String>) {
    match step {
        Step::Request(request) => {
            let mut names = Vec::new();
            names_in(&Value::from(request.path.as_str()), &mut names);
            request.body.iter().for_each(|body| names_in(body, &mut names));
            seen.extend(names);
            request.answer.body.iter().for_each(|body| from_gws(body, seen, bound));
        }
        Step::Push(push) => from_gws(&push.data, seen, bound),
        Step::Bayeux(bayeux) => {
            let mut names = Vec::new();
            bayeux.message.data().iter().for_each(|data| names_in(data, &mut names));
            seen.extend(names);
        }
        Step::Group { steps } => steps.iter().for_each(|step| first(step, seen, bound)),
        Step::Wait { .. } | Step::Test { .. } => {}
    }
}

fn from_gws(value: &Value, seen: &mut BTreeSet<String>, bound: &mut BTreeSet<String>) {
    let mut names = Vec::new();
    names_in(value, &mut names);
    for name in names {
        if seen.insert(name.clone()) {
            bound.insert(name);
        }
    }
}

/// What a replacement of that name stands for.
fn literal(name: &str) -> Option<Value> {
    let (prefix, number) = name.rsplit_once('-')?;
    let number: u64 = number.parse().ok()?;
    match prefix {
        "number" => Some(Value::from(number)),
        "phone" => Some(Value::from(format!("+{number:09}"))),
        "link" => Some(Value::from(format!("https://link-{number}.example/"))),
        prefix if REDACTIONS.iter().any(|it| it.prefix == prefix) => Some(Value::from(name)),
        _ => None,
    }
}

/// A reference as the text that it stands for.
fn plain(text: &str) -> String {
    let name = text.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    let value = name.and_then(literal);
    value.as_ref().and_then(Value::as_str).unwrap_or(text).to_owned()
}

fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    let words =
        ["password", "token", "secret", "cookie", "credential", "authorization", "jsessionid"];
    words.iter().any(|word| field.contains(word))
}

/// An id of GWS: of a session, a participant or a user.
pub(crate) fn is_id(text: &str) -> bool {
    matches!(text.len(), 16 | 32)
        && text.bytes().all(|it| it.is_ascii_alphanumeric())
        && text.bytes().any(|it| it.is_ascii_digit())
}

/// A short name of a field, in which nothing personal can stand.
fn is_word(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_-. ".contains(&it);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    !text.is_empty() && text.len() <= 40 && digits <= 4 && text.bytes().all(plain)
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && text.bytes().all(|it| it.is_ascii_digit() || b"+-() ./".contains(&it))
}

/// Whether a schema lets only such values stand there as tell nothing.
pub(crate) fn permits(document: &'static Value, schema: &'static Value, value: &Value) -> bool {
    let form = schema["$ref"].as_str().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    match form {
        "smssessionId" | "participantId" | "userId" => return is_id(text),
        "timestamp" => return is_timestamp(text),
        _ => {}
    }
    let (document, schema) = match schema["$ref"].as_str().and_then(|it| it.split_once('#')) {
        Some((file, _)) if !file.is_empty() => {
            let file = file.strip_suffix(".json").and_then(schemas::find);
            (file.map_or(document, |it| &it.document), referred(document, schema))
        }
        _ => (document, referred(document, schema)),
    };
    let listed = schema["enum"].as_array().is_some_and(|values| values.contains(value));
    let number = matches!(schema["type"].as_str(), Some("integer" | "number")) && value.is_number();
    listed
        || number
        || schema.get("const") == Some(value)
        || schema.get("items").is_some_and(|items| permits(document, items, value))
}

fn is_timestamp(text: &str) -> bool {
    let form = "0000-00-00 00:00:00.000+0000";
    let same = |(form, got): (u8, u8)| match form {
        b'0' => got.is_ascii_digit(),
        b'+' => got == b'+' || got == b'-',
        other => got == other,
    };
    text.len() == form.len() && form.bytes().zip(text.bytes()).all(same)
}

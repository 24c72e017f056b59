//! The comparison of a real system with a scenario: by shape and rule, and not by ids, times and personal data.
//!
//! Values that differ from system to system are matched: an id, and a text that no client has sent, stand for the one that the
//! real
//! system gives in its place, from its first place on. Times and numbers that count up are compared by their form, addresses
//! without their origin. Everything else is compared by its value.

use std::collections::{BTreeMap, BTreeSet};

use gws_sms_fake::_cli_internals::contract::check::{brief, check};
use gws_sms_fake::_cli_internals::contract::json::below;
use gws_sms_fake::_cli_internals::contract::json_diff::is_same_number;
use gws_sms_fake::_cli_internals::contract::rule_at::rule_at;
use gws_sms_fake::_cli_internals::contract::template::{
    Names, Unfilled, filled_in, learn_text, names_in, text_filled_in,
};
use gws_sms_fake::_cli_internals::report::text::count;
use serde_json::{Map, Value};

/// Fields whose texts are a system's own.
const OWN_TEXTS: &[&str] = &[
    "field-contact-first-name",
    "field-contact-last-name",
    "field-contact-user-name",
    "field-message-notice-text",
    "field-message-text",
    "field-participant-nickname",
    "field-service-id",
    "field-service-name",
    "field-setting-value",
    "field-user-first-name",
    "field-user-last-name",
    "field-user-state-display-name",
    "field-user-user-name",
];
/// Texts and numbers that are compared by their type alone.
const OWN_FORMS: &[&str] = &[
    "field-feature-description",
    "field-feature-display-name",
    "field-message-timestamp-seconds",
    "field-notification-error-message",
    "field-notification-reference-id",
    "field-reply-reference-id",
    "field-reply-status-message",
    "field-version",
];
const CAPABILITIES: &str = "field-smssession-capabilities";
const USER_DATA: &str = "field-smssession-user-data";

/// A place where the real system departs from the scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mismatch {
    /// A JSON pointer, or what it is in words.
    pub(crate) place: String,
    pub(crate) got: String,
    pub(crate) want: String,
    /// The id of the fake's rule that describes it.
    pub(crate) rule: Option<&'static str>,
}

/// The values and names of the real system that are known so far.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The values that the head binds: each stands for a name until the real system has sent another value.
    given: Names,
    learnt: Names,
    /// Ids and texts of the scenario, and what stands for them there.
    matched: BTreeMap<(&'static str, String), String>,
    /// Texts and names of fields that clients have sent.
    sent: BTreeSet<String>,
}

impl Known {
    pub(crate) fn new(given: Names) -> Self {
        Self { given, ..Self::default() }
    }

    pub(crate) fn bind(&mut self, name: &str, value: Value) {
        self.learnt.insert(name.to_owned(), value);
    }

    /// The names as they are known now.
    pub(crate) fn names(&self) -> Names {
        let mut names = self.given.clone();
        names.extend(self.learnt.clone());
        names
    }

    /// Takes note of what a client sends: it comes back as it was sent.
    pub(crate) fn sends(&mut self, body: &Value) {
        match body {
            Value::String(text) => {
                self.sent.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.sends(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    self.sent.insert(name.clone());
                    self.sends(field);
                }
            }
            _ => {}
        }
    }

    /// Returns the places where a message differs from the scenario, or breaks the fake's schema though the scenario does not.
    pub(crate) fn mismatch(&mut self, schema: &str, want: &Value, got: &Value) -> Vec<Mismatch> {
        let mut comparator = Comparator { known: self, schema, found: Vec::new() };
        comparator.value("", want, got);
        let mut found = comparator.found;
        let names = self.names();
        let want = filled_in(want, &names).unwrap_or_default();
        let of_scenario: Vec<String> =
            check(schema, &want).into_iter().map(|check| check.place.to_string()).collect();
        for broken in check(schema, got) {
            let place = broken.place.to_string();
            let is_recorded = found.iter().any(|difference| {
                difference.place == place || difference.place.starts_with(&place)
            });
            if !is_recorded && !of_scenario.contains(&place) {
                let rule = rule_at(schema, &place).or(Some(broken.rule.id()));
                let got = broken.got.to_string();
                let want = broken.want.to_string();
                found.push(Mismatch { place, got, want, rule });
            }
        }
        found
    }

    /// Returns true if a name stands for an id that the real system has not sent yet.
    pub(crate) fn is_open_id(&self, name: &str) -> bool {
        let given = self.given.get(name).and_then(Value::as_str);
        !self.learnt.contains_key(name) && given.is_some_and(is_id)
    }

    /// A text of the scenario as the real system would have to say it, as far as that is known.
    fn translated(&self, rule: &'static str, want: &str) -> String {
        let names = self.names();
        let filled = text_filled_in(want, &names).unwrap_or_else(|_| want.to_owned());
        let of = |of: &'static str, text: &str| self.matched.get(&(of, text.to_owned())).cloned();
        if let Some(own) = of(rule, &filled).or_else(|| of("", &filled)) {
            return own;
        }
        let segments =
            filled.split('/').map(|segment| of("", segment).unwrap_or(segment.to_owned()));
        segments.collect::<Vec<_>>().join("/")
    }

    /// Returns true if one text stands for the other, from now on.
    fn text(&mut self, rule: &'static str, want: &str, got: &str) -> bool {
        if want == got && !want.contains("${") && !is_id(want) {
            return true;
        }
        if OWN_FORMS.contains(&rule) || (is_time(want) && is_time(got)) {
            return true;
        }
        match (without_origin(want), without_origin(got)) {
            (Some(want), Some(got)) => return self.path(want, got),
            (None, None) if want.starts_with('/') && got.starts_with('/') => {
                return self.path(want, got);
            }
            _ => {}
        }
        if want.contains("${") && self.named(want, got) {
            return true;
        }
        if self.sent.contains(want) {
            return false;
        }
        if is_id(want) && is_id(got) {
            return self.stands_for("", want, got);
        }
        OWN_TEXTS.contains(&rule) && self.stands_for(rule, want, got)
    }

    /// A path, segment by segment.
    fn path(&mut self, want: &str, got: &str) -> bool {
        let (wanted, incoming): (Vec<&str>, Vec<&str>) =
            (want.split('/').collect(), got.split('/').collect());
        let mut segments = wanted.iter().zip(&incoming);
        wanted.len() == incoming.len()
            && segments.all(|(want, got)| {
                want == got
                    || self.named(want, got)
                    || (is_id(want) && is_id(got) && self.stands_for("", want, got))
            })
    }

    /// Returns true if a text with names matches the received text, and then learns the names.
    fn named(&mut self, want: &str, got: &str) -> bool {
        let mut names = self.learnt.clone();
        learn_text(want, got, &mut names, &mut Vec::new());
        let same = text_filled_in(want, &names).is_ok_and(|want| want == got);
        if same && want != got {
            self.learnt = names;
        }
        same
    }

    fn stands_for(&mut self, of: &'static str, want: &str, got: &str) -> bool {
        self.matched.entry((of, want.to_owned())).or_insert_with(|| got.to_owned()) == got
    }

    /// Fills in a text that is sent; its names stand for that from now on. The name that cannot be filled in otherwise.
    pub(crate) fn fill(&mut self, value: &Value) -> Result<Value, Unfilled> {
        let names = self.names();
        let filled = filled_in(value, &names)?;
        let mut used = Vec::new();
        names_in(value, &mut used);
        for name in used {
            if let Some(value) = names.get(&name) {
                self.learnt.entry(name).or_insert_with(|| value.clone());
            }
        }
        Ok(filled)
    }
}

/// The comparison of the values at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// By their value, and without anything else next to it.
    Exact,
    /// Compares as sets: the order of capabilities does not count.
    Capabilities,
    /// By the keys that a client has sent: a system adds others of its own.
    UserData,
}

impl Mode {
    /// The mode for values of which that rule speaks.
    fn of(rule: Option<&str>) -> Self {
        match rule {
            Some(CAPABILITIES) => Self::Capabilities,
            Some(USER_DATA) => Self::UserData,
            _ => Self::Exact,
        }
    }
}

/// The comparison of an answer or a push with that of the scenario, place by place.
struct Comparator<'c> {
    known: &'c mut Known,
    schema: &'c str,
    found: Vec<Mismatch>,
}

impl Comparator<'_> {
    fn value(&mut self, at: &str, want: &Value, got: &Value) {
        if let Value::String(text) = want
            && let Some(name) = placeholder(text)
        {
            return self.placeholder(at, name, text, got);
        }
        let rule = rule_at(self.schema, at);
        let mode = Mode::of(rule);
        match (want, got) {
            (Value::Object(wanted), Value::Object(incoming)) => {
                self.object(at, mode, wanted, incoming);
            }
            (Value::Array(wanted), Value::Array(incoming)) if mode == Mode::Capabilities => {
                self.set(at, wanted, incoming);
            }
            (Value::Array(wanted), Value::Array(incoming)) if wanted.len() == incoming.len() => {
                for (index, (want, got)) in wanted.iter().zip(incoming).enumerate() {
                    self.value(&format!("{at}/{index}"), want, got);
                }
            }
            (Value::String(wanted), Value::String(incoming)) => {
                let rule = rule.unwrap_or_default();
                if !self.known.text(rule, wanted, incoming) {
                    let want = Value::from(self.known.translated(rule, wanted));
                    let (got, want) = apart(got, &want);
                    self.tell(at, at, got, want);
                }
            }
            _ if want == got || is_same_number(want, got) => {}
            _ if kind(want) == kind(got) && rule.is_some_and(|rule| OWN_FORMS.contains(&rule)) => {}
            _ => {
                let (got, want) = apart(got, want);
                self.tell(at, at, got, want);
            }
        }
    }

    fn object(
        &mut self,
        at: &str,
        mode: Mode,
        wanted: &Map<String, Value>,
        incoming: &Map<String, Value>,
    ) {
        if mode != Mode::UserData {
            for (name, got) in incoming.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                self.tell(at, &below(at, name), brief(got), "nothing".to_owned());
            }
        }
        for (name, want) in wanted {
            if mode == Mode::UserData && !self.known.sent.contains(name) {
                continue;
            }
            let place = below(at, name);
            match incoming.get(name) {
                Some(got) => self.value(&place, want, got),
                None => self.tell(at, &place, "nothing".to_owned(), brief(want)),
            }
        }
    }

    fn set(&mut self, at: &str, wanted: &[Value], incoming: &[Value]) {
        let beyond = |of: &[Value], other: &[Value]| {
            let beyond: Vec<String> =
                of.iter().filter(|value| !other.contains(value)).map(Value::to_string).collect();
            if beyond.is_empty() { "nothing beside".to_owned() } else { beyond.join(", ") }
        };
        let more = beyond(incoming, wanted);
        let less = beyond(wanted, incoming);
        if more != less {
            let (got, want) =
                (format!("beside the others {more}"), format!("beside the others {less}"));
            self.tell(at, at, got, want);
        }
    }

    /// A text of the scenario that is a reference and nothing else: it stands for one value of the same kind.
    fn placeholder(&mut self, at: &str, name: &str, text: &str, got: &Value) {
        let known = self.known.learnt.get(name).unwrap_or(got).clone();
        let is_alike = self.known.given.get(name).is_none_or(|example| kind(example) == kind(got));
        if known == *got && is_alike {
            self.known.learnt.insert(name.to_owned(), known);
        } else {
            let (got, want) = apart(got, &known);
            self.tell(at, at, got, format!("{want} ({text})"));
        }
    }

    /// Adds a mismatch at a place, which is below `at` or is it.
    fn tell(&mut self, at: &str, place: &str, got: String, want: String) {
        let place = if place.is_empty() { "the whole body" } else { place }.to_owned();
        let rule = rule_at(self.schema, &place).or_else(|| rule_at(self.schema, at));
        self.found.push(Mismatch { place, got, want, rule });
    }
}

/// The number of letters that are shown before a difference.
const BEFORE: usize = 20;

/// Two values in words that are not the same: where their beginnings are, what differs is shown, or else their types.
fn apart(got: &Value, want: &Value) -> (String, String) {
    let (short_got, short_want) = (brief(got), brief(want));
    if short_got != short_want {
        return (short_got, short_want);
    }
    if let (Value::Array(got), Value::Array(want)) = (got, want)
        && got.len() != want.len()
    {
        let items = |short: &str, number: usize| format!("{}: {short}", count(number, "item"));
        return (items(&short_got, got.len()), items(&short_want, want.len()));
    }
    let (got, want) = (got.to_string(), want.to_string());
    let same = got.chars().zip(want.chars()).take_while(|(got, want)| got == want).count();
    let from = |text: &str| {
        let skipped = same.saturating_sub(BEFORE);
        let rest: String = text.chars().skip(skipped).take(4 * BEFORE).collect();
        format!("…{rest}")
    };
    match got == want {
        true => (got.clone(), format!("another value than {want}")),
        false => (from(&got), from(&want)),
    }
}

/// The name, where the text is one reference.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    (!name.contains(['$', '{', '}'])).then_some(name)
}

/// Returns the part of an absolute address after its origin.
fn without_origin(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("${url}") {
        return Some(rest);
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    Some(rest.find('/').map_or("", |slash| &rest[slash..]))
}

/// `yyyy-MM-dd HH:mm:ss.SSSZ`
fn is_time(text: &str) -> bool {
    let digits = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
    let form: String = text.chars().map(digits).collect();
    form.replace('-', "+") == "0000+00+00 00:00:00.000+0000"
}

/// Returns true if a text has the form of an id: long, of letters and digits, with hyphens at most.
fn is_id(text: &str) -> bool {
    text.len() >= 12
        && text.chars().any(|char| char.is_ascii_digit())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
}

fn kind(value: &Value) -> std::mem::Discriminant<Value> {
    std::mem::discriminant(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "smssession-state-change-notification";

    #[test]
    fn an_id_stands_for_the_one_of_the_real_system_from_then_on() {
        let mut known =
            Known::new(Names::from([("session".to_owned(), json!("0000UaB58WAR003N"))]));
        let of = |id: &str| json!({ "id": id });
        assert_eq!(known.mismatch("", &of("${session}"), &of("00047aD3TKQR000A")), []);
        assert_eq!(known.names()["session"], "00047aD3TKQR000A");
        let path = json!({ "uri": "${url}/api/v2/smssessions/${session}" });
        let there =
            |id: &str| json!({ "uri": format!("https://gws.example/api/v2/smssessions/{id}") });
        assert_eq!(known.mismatch("", &path, &there("00047aD3TKQR000A")), []);
        assert_eq!(known.mismatch("", &path, &there("00047aD3TKQR000B")).len(), 1);
        assert_eq!(known.mismatch("", &of("0055000000000001"), &of("0066000000000001")), []);
        assert_eq!(known.mismatch("", &of("0055000000000001"), &of("0066000000000002")).len(), 1);
    }

    #[test]
    fn state_and_capabilities_are_compared_by_value_and_the_rule_is_named() {
        let mut known = Known::default();
        let is_recorded = |state: &str, offered: &[&str], date: &str| json!({ "smssession": { "state": state, "capabilities": offered, "receivedDate": date } });
        let want = is_recorded("Invited", &["Accept", "Reject"], "2026-07-30 09:00:00.000+0000");
        let got = is_recorded("Chatting", &["Reject", "Leave"], "2025-01-01 10:20:30.444-0100");
        let places = |found: Vec<Mismatch>| -> Vec<(String, &'static str)> {
            found
                .into_iter()
                .map(|difference| (difference.place, difference.rule.unwrap_or_default()))
                .collect()
        };
        let found = places(known.mismatch(SCHEMA, &want, &got));
        let wanted = [
            ("/smssession/capabilities".to_owned(), CAPABILITIES),
            ("/smssession/state".to_owned(), "field-smssession-state"),
        ];
        assert_eq!(found, wanted);
        let other_order =
            is_recorded("Invited", &["Reject", "Accept"], "2025-01-01 10:20:30.444-0100");
        assert_eq!(known.mismatch(SCHEMA, &want, &other_order), []);
    }

    #[test]
    fn got_and_want_are_never_the_same_text() {
        let long = |end: &str| format!("{}{end}", "a".repeat(500));
        for (got, want) in [
            (json!(long("x")), json!(long("y"))),
            (json!([long(""), 1]), json!([long("")])),
            (json!({ "a": long(""), "b": 1 }), json!({ "a": long(""), "b": 2 })),
            (json!(1), json!("1")),
            (json!("1"), json!("1")),
        ] {
            let (got, want) = apart(&got, &want);
            assert_ne!(got, want);
            assert!(got.chars().count() < 250 && want.chars().count() < 250, "{got} {want}");
        }
        // An id that stands for another one cannot come as it is.
        let mut known = Known::default();
        let of = |id: &str| json!({ "id": id, "uri": format!("http://x/{id}") });
        let [recorded, real] = ["0055000000000001", "0066000000000001"];
        assert_eq!(known.mismatch("", &of(recorded), &of(real)), []);
        for Mismatch { got, want, .. } in known.mismatch("", &of(recorded), &of(recorded)) {
            assert_ne!(got, want);
            assert!(want.contains(real), "{want}");
        }
    }

    #[test]
    fn a_number_that_is_written_in_another_way_is_no_difference() {
        let read = |text| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(Known::default().mismatch("", &read("[1,100]"), &read("[1.0,1e2]")), []);
    }

    #[test]
    fn what_a_client_has_sent_comes_back_as_it_was_sent() {
        let schema = "message-log-updated-notification";
        let message = |text: &str| json!({ "messages": [{ "text": text }] });
        let mut known = Known::default();
        known.sends(&json!({ "text": "on its way" }));
        assert_eq!(known.mismatch(schema, &message("Hello"), &message("Good day")), []);
        assert_eq!(known.mismatch(schema, &message("on its way"), &message("lost")).len(), 1);
    }
}

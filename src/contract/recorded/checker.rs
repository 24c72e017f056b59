//! The checker of elements, one after the other: strict JSON, the kind of the value, and its violations of the schema.

use std::cell::OnceCell;
use std::ops::Range;

use serde_json::Value;

use crate::contract::check::{NO_SUCH_FIELD, WHOLE, check_in};
use crate::contract::fixture_schema::held;
use crate::contract::json;
use crate::contract::recorded::classify::{OF_AN_ARRAY, parts};
use crate::contract::recorded::diagnostic::{Diagnostic, Progress, Severity, Snippet};
use crate::contract::recorded::element::Element;
use crate::contract::recorded::har;
use crate::contract::recorded::options::Check;
use crate::contract::recorded::part::{ClassifiedPart, EncodedText, Refused, Sender};
use crate::contract::recorded::snippet::{LineIndex, at_the_end_of};
use crate::contract::recorded::source::Place;
use crate::contract::recorded::spans::Parts;
use crate::contract::recorded::split::ReadError;
use crate::contract::recorded::summary::Summary;
use crate::contract::rule_at::rule_at;
use crate::contract::template::has_reference;
use crate::rules::{Rule, Violation, of_id, rule};

/// The checker of the elements of one file.
pub(super) struct Checker<'c> {
    pub(super) check: &'c Check,
    pub(super) file: &'c str,
    /// Its path below the fixtures of the contract that is gone by, if it stands there and a fake fills names in.
    pub(super) fixture: Option<&'c str>,
    pub(super) checked: &'c mut Summary,
    pub(super) tell: &'c mut dyn FnMut(Progress),
}

/// An element, and where in it something stands, which is looked up when there is a finding.
struct Looked<'e> {
    element: &'e Element,
    parts: OnceCell<Parts<'e>>,
    lines: OnceCell<LineIndex<'e>>,
}

/// The place of a message in an element, and the way in which it is to be read.
struct At<'e> {
    looked: &'e Looked<'e>,
    pointer: String,
    within: Option<String>,
    /// True if `${names}` stand for values there.
    references: bool,
    refused: Refused,
}

/// The wording of a diagnostic.
struct Wording<'w> {
    got: &'w str,
    want: &'w str,
    hint: &'w str,
}

/// A diagnostic before its place in the text is known.
struct DiagnosticDraft<'w> {
    severity: Severity,
    schema: Option<&'static str>,
    id: &'static str,
    rule: Option<&'static Rule>,
    got: &'w str,
    want: &'w str,
    hint: Option<&'w str>,
}

const JSON: &Rule = rule("body-json");
const NEWER: &str =
    "another version of GWS may say more; else see whether it was GWS that sent this";
const AS_SENT: &str = "see whether this is as GWS sent it; if so, the rule is wrong";
const SCHEMA: &str = "schema";
const NOT_RECOGNISED: &str = "not-recognised";

impl<'w> DiagnosticDraft<'w> {
    fn of(violation: &'w Violation) -> Self {
        let Violation { rule, got, want, hint, .. } = violation;
        let severity = Severity::Error;
        let hint = hint.as_deref();
        Self { severity, schema: None, id: rule.id, rule: Some(rule), got, want, hint }
    }
}

impl Checker<'_> {
    pub(super) fn element(&mut self, element: &Element) {
        let looked = Looked { element, parts: OnceCell::new(), lines: OnceCell::new() };
        let at = At {
            looked: &looked,
            pointer: element.pointer.clone(),
            within: None,
            references: false,
            refused: Refused::No,
        };
        let (value, duplicates) = match json::parse_placed(&element.text) {
            Ok(read) => read,
            Err((violation, byte)) => {
                let here = looked.spot(byte..byte + 1);
                return self.found(&at.pointer, None, here, &DiagnosticDraft::of(&violation));
            }
        };
        // What an exporter wrote around messages is nobody's message.
        let is_envelope =
            har::is_entry(&value) || element.is_around() && value.get("log").is_some();
        if !is_envelope {
            self.duplicates(&duplicates, &at);
        }
        match self.fixture {
            Some(fixture) => self.fixture(fixture, &value, &at),
            // An exporter has left an entry out.
            None if value.is_null() && element.pointer.starts_with(har::ENTRIES) => {
                *self.checked.nothing_in.entry(har::UNUSABLE).or_default() += 1;
            }
            None => self.whole(self.check.schema, &value, &at),
        }
        (self.tell)(Progress::Messages(self.checked.messages));
    }

    /// A value that is one element.
    fn whole(&mut self, schema: Option<&'static str>, value: &Value, at: &At<'_>) {
        match schema {
            Some(schema) => self.message(schema, value, at, sender_of(schema)),
            None => self.parts(value, at, Sender::Unknown),
        }
    }

    /// Checks a fixture of that contract as the fake reads and sends it.
    fn fixture(&mut self, path: &str, value: &Value, at: &At<'_>) {
        match held(path, value, self.check.schemas.all()) {
            Ok(held) => self.whole(self.check.schema.or(held.schema), &held.value, at),
            Err(wrong) => {
                let wording = Wording { got: &wrong.got, want: &wrong.want, hint: &wrong.hint };
                self.malformed(at, &wrong.place, None, wording);
            }
        }
    }

    /// Records the error that ends the reading of a file, or of a line.
    pub(super) fn broken(&mut self, broken: &ReadError) {
        match broken {
            ReadError::Unreadable(error) => {
                let trouble = format!("{}: {error}; it was not checked to its end", self.file);
                self.checked.troubles.push(trouble);
            }
            // A crash may leave half a line at the end of what grows line by line.
            ReadError::Json { place, line, last_line: true, .. }
                if self.file.ends_with(".part") =>
            {
                let wrong = DiagnosticDraft {
                    severity: if self.check.strict { Severity::Error } else { Severity::Note },
                    schema: None,
                    id: JSON.id,
                    rule: Some(JSON),
                    got: "half a line at the end",
                    want: "a whole line of JSON",
                    hint: Some("finish the recording, which leaves it out"),
                };
                self.found("", None, at_the_end_of(line, *place, true), &wrong);
            }
            ReadError::Json { reason, place, line, missing, whole, .. } => {
                let hint = match whole {
                    true => "mend it, and check again: what stands behind it was not read",
                    false => "serialize the line with a JSON library",
                };
                self.not_json(reason, hint, at_the_end_of(line, *place, *missing));
            }
        }
    }

    pub(super) fn byte_order_mark(&mut self) {
        let place = Place::BEGIN;
        let wrong = json::byte_order_mark();
        self.found("", None, at_the_end_of(b"", place, true), &DiagnosticDraft::of(&wrong));
    }

    pub(super) fn empty(&mut self) {
        let hint = "take the file out, or record into it again";
        self.not_json("nothing", hint, at_the_end_of(b"", Place::BEGIN, true));
    }

    fn not_json(&mut self, got: &str, hint: &str, spot: Snippet) {
        let utf_8 = got == "invalid unicode code point";
        let (rule, want) = match utf_8 {
            true => (const { rule("body-utf-8") }, "UTF-8"),
            false => (JSON, "JSON"),
        };
        let wrong = DiagnosticDraft {
            severity: Severity::Error,
            schema: None,
            id: rule.id,
            rule: Some(rule),
            got,
            want,
            hint: Some(hint),
        };
        self.found("", None, spot, &wrong);
    }

    fn duplicates(&mut self, duplicates: &[Violation], at: &At<'_>) {
        for violation in duplicates {
            self.found_at(at, &violation.place, &self.wrong_at(at, violation));
        }
    }

    /// The severity of a mismatch at that place.
    fn severity(&self, at: &At<'_>) -> Severity {
        match (at.refused, self.check.strict) {
            (Refused::Yes, false) => Severity::Note,
            _ => Severity::Error,
        }
    }

    fn wrong_at<'w>(&self, at: &At<'_>, violation: &'w Violation) -> DiagnosticDraft<'w> {
        DiagnosticDraft { severity: self.severity(at), ..DiagnosticDraft::of(violation) }
    }

    fn parts(&mut self, value: &Value, at: &At<'_>, sender: Sender) {
        let scenario = value.get("step").is_some() || value.get("over").is_some();
        for part in parts(self.check.schemas, value, sender) {
            match part {
                ClassifiedPart::Message { pointer, schema, sender } => {
                    let Some(value) = value.pointer(&pointer) else { continue };
                    // A step itself is as it is written.
                    let references = at.references || scenario && !pointer.is_empty();
                    let at = At { references, ..at.below(&pointer) };
                    self.message(schema, value, &at, sender);
                }
                ClassifiedPart::Inside { pointer, sender, refused } => {
                    let Some(value) = value.pointer(&pointer) else { continue };
                    let at = at.below(&pointer);
                    let references = at.references || scenario;
                    let refused = at.refused.or(refused);
                    self.parts(value, &At { references, refused, ..at }, sender);
                }
                ClassifiedPart::Text { pointer, refused, text } => {
                    self.text(&text, &At { refused, ..at.below(&pointer) });
                }
                ClassifiedPart::Unknown { pointer, got, want, hint } => {
                    let at = at.below(&pointer);
                    // What is around elements need be nothing by itself: a HAR file, a report.
                    if !(at.looked.element.is_around() && at.pointer.is_empty()) {
                        self.unknown(&at, Wording { got: &got, want: &want, hint: &hint });
                    }
                }
                ClassifiedPart::Invalid { pointer, rule, got, want, hint } => {
                    let severity = self.severity(at);
                    let got = &got;
                    let want = &want;
                    let hint = Some(&*hint);
                    let id = rule.id;
                    let rule = Some(rule);
                    let wrong =
                        DiagnosticDraft { severity, schema: None, id, rule, got, want, hint };
                    self.found_at(at, &pointer, &wrong);
                }
                ClassifiedPart::Malformed { pointer, schema, got, want, hint } => {
                    let wording = Wording { got: &got, want: &want, hint: &hint };
                    self.malformed(at, &pointer, Some(schema), wording);
                }
                ClassifiedPart::Nothing(what) => {
                    *self.checked.nothing_in.entry(what).or_default() += 1;
                }
            }
        }
    }

    fn malformed(
        &mut self,
        at: &At<'_>,
        pointer: &str,
        schema: Option<&'static str>,
        Wording { got, want, hint }: Wording<'_>,
    ) {
        let severity = Severity::Error;
        let hint = Some(hint);
        let wrong = DiagnosticDraft { severity, schema, id: SCHEMA, rule: None, got, want, hint };
        self.found_at(at, pointer, &wrong);
    }

    fn unknown(&mut self, at: &At<'_>, Wording { got, want, hint }: Wording<'_>) {
        self.checked.not_recognised += 1;
        let wrong = DiagnosticDraft {
            severity: if self.check.strict { Severity::Error } else { Severity::Note },
            schema: None,
            id: NOT_RECOGNISED,
            rule: None,
            got,
            want,
            hint: Some(hint),
        };
        self.found_at(at, "", &wrong);
    }

    /// JSON in a text, as HAR files have it. What GWS sends need not be JSON: a proxy's page is none.
    fn text(&mut self, text: &EncodedText, at: &At<'_>) {
        let EncodedText { ref bytes, sender, schema } = *text;
        let at = At { within: Some(String::new()), pointer: at.pointer.clone(), ..*at };
        match json::parse_placed(bytes) {
            Ok((value, duplicates)) => {
                self.duplicates(&duplicates, &at);
                match schema {
                    Some(schema) if value.is_object() => self.message(schema, &value, &at, sender),
                    _ => self.parts(&value, &at, sender),
                }
            }
            Err((violation, _)) if sender == Sender::Client => {
                self.found_at(&at, "", &self.wrong_at(&at, &violation));
            }
            Err((violation, _)) => {
                let hint = "leave pages out, which GWS did not send";
                self.unknown(&at, Wording { got: &violation.got, want: "JSON", hint });
            }
        }
    }

    fn message(&mut self, schema: &'static str, value: &Value, at: &At<'_>, sender: Sender) {
        self.checked.count(schema);
        // That schema is of what one request is answered, which is an array.
        let alone = schema == OF_AN_ARRAY && value.is_object();
        let around = alone.then(|| Value::Array(vec![value.clone()]));
        for violation in check_in(self.check.schemas, schema, around.as_ref().unwrap_or(value)) {
            let place = if &*violation.place == WHOLE { "" } else { &*violation.place };
            let inner = if alone { place.strip_prefix("/0").unwrap_or(place) } else { place };
            let no_such_field = &*violation.want == NO_SUCH_FIELD;
            let text = value.pointer(inner).and_then(Value::as_str);
            if at.references && !no_such_field && text.is_some_and(has_reference) {
                continue;
            }
            let lenient = sender == Sender::Gws || schema == "bayeux-message";
            let mut wrong = self.wrong_at(at, &violation);
            wrong.schema = Some(schema);
            if no_such_field && lenient && !self.check.strict {
                wrong.severity = Severity::Note;
            }
            // What a client is advised to send does not help who has recorded what came.
            let is_meant = wrong.hint.is_some_and(|hint| hint.starts_with("did you mean"));
            if sender == Sender::Gws && !is_meant {
                wrong.hint = Some(if no_such_field { NEWER } else { AS_SENT });
            }
            if !schema.ends_with("-request") {
                // The rules that a schema breaks by itself are of requests.
                wrong.rule = rule_at(schema, place).and_then(of_id);
                wrong.id = wrong.rule.map_or(SCHEMA, |rule| rule.id);
            }
            self.found_at(at, inner, &wrong);
        }
    }

    /// A finding in a message, at a pointer from it on.
    fn found_at(&mut self, at: &At<'_>, pointer: &str, wrong: &DiagnosticDraft<'_>) {
        let at = at.below(pointer);
        let spot = at.looked.spot(at.looked.part(&at.pointer));
        self.found(&at.pointer, at.within.clone(), spot, wrong);
    }

    fn found(
        &mut self,
        pointer: &str,
        within: Option<String>,
        spot: Snippet,
        wrong: &DiagnosticDraft<'_>,
    ) {
        let diagnostic = Diagnostic {
            severity: wrong.severity,
            file: self.file.to_owned(),
            spot,
            pointer: pointer.to_owned(),
            within,
            schema: wrong.schema,
            id: wrong.id,
            rule: wrong.rule,
            got: wrong.got.to_owned(),
            want: wrong.want.to_owned(),
            hint: wrong.hint.map(str::to_owned),
        };
        match diagnostic.severity {
            Severity::Error => self.checked.errors += 1,
            Severity::Note => self.checked.notes += 1,
        }
        (self.tell)(Progress::Found(Box::new(diagnostic)));
    }
}

impl Looked<'_> {
    /// The bytes, in the element's text, of the value that the pointer points at.
    fn part(&self, pointer: &str) -> Range<usize> {
        let text = || std::str::from_utf8(&self.element.text).expect("JSON that was read is UTF-8");
        let inside = pointer
            .strip_prefix(&self.element.pointer)
            .expect("what is looked at is in the element");
        self.parts.get_or_init(|| Parts::of(text())).locate(inside)
    }

    fn spot(&self, part: Range<usize>) -> Snippet {
        self.lines.get_or_init(|| LineIndex::of(self.element)).spot(part)
    }
}

impl<'e> At<'e> {
    fn below(&self, pointer: &str) -> At<'e> {
        let mut whole = self.pointer.clone();
        let mut within = self.within.clone();
        match &mut within {
            Some(within) => *within += pointer,
            None => whole += pointer,
        }
        At { pointer: whole, within, ..*self }
    }
}

/// The sender of messages that conform to that schema.
pub(super) fn sender_of(schema: &str) -> Sender {
    let from_gws = schema.ends_with("-response")
        || schema.ends_with("-notification") && !schema.starts_with("control-")
        || ["response", OF_AN_ARRAY].contains(&schema);
    if from_gws { Sender::Gws } else { Sender::Client }
}

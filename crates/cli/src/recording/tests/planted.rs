//! Messages that a schema describes, with a secret of their own in every place.
//!
//! The values that a schema pins stay, since they are no secret: those of `const` and `enum`, numbers where it wants a number,
//! and the
//! forms of [`SAFE`] in the fields that are there for them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gws_sms_fake::_cli_internals::contract::properties::referred;
use gws_sms_fake::_cli_internals::contract::schemas;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// The address of the recorder in front of GWS.
pub(super) const URL: &str = "http://127.0.0.1:1";

/// The form of a planted text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    Text,
    Word,
    PhoneNumber,
    Mail,
    Name,
    OwnUrl,
    OtherUrl,
    UrlWithin,
    SessionId,
    UserId,
    Time,
    NoTime,
    Reference,
    Path,
    Long,
    Quoted,
    Role,
    Base64,
}

pub(super) const FORMS: [Form; 18] = [
    Form::Text,
    Form::Word,
    Form::PhoneNumber,
    Form::Mail,
    Form::Name,
    Form::OwnUrl,
    Form::OtherUrl,
    Form::UrlWithin,
    Form::SessionId,
    Form::UserId,
    Form::Time,
    Form::NoTime,
    Form::Reference,
    Form::Path,
    Form::Long,
    Form::Quoted,
    Form::Role,
    Form::Base64,
];

/// Fields that a schema has for nothing but such a form.
const SAFE: [(&str, Form); 8] = [
    ("id", Form::SessionId),
    ("id", Form::UserId),
    ("participantId", Form::SessionId),
    ("receivedDate", Form::Time),
    ("timestamp", Form::Time),
    ("fromDate", Form::Time),
    ("toDate", Form::Time),
    ("date", Form::Time),
];

/// A secret, and where it was planted.
#[derive(Debug)]
pub(super) struct Secret {
    place: String,
    text: String,
}

/// Plants secrets, no two of them the same.
#[derive(Debug, Default)]
pub(super) struct Planter {
    planted: usize,
    /// The form of the first text; each further text gets the next form.
    round: usize,
    pub(super) secrets: Vec<Secret>,
}

impl Planter {
    /// One that begins with the form of that number.
    pub(super) fn of_round(round: usize) -> Self {
        Self { round, ..Self::default() }
    }

    /// A message of the schema of that name.
    pub(super) fn message(&mut self, schema: &str) -> Value {
        let document = schemas::find(schema).unwrap().document();
        self.value(schema, "", document, document)
    }

    fn value(
        &mut self,
        place: &str,
        field: &str,
        document: &'static Value,
        schema: &'static Value,
    ) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let (file, _) = reference.split_once('#').unwrap_or((reference, ""));
            let other =
                file.strip_suffix(".json").and_then(schemas::find).map(|stem| stem.document());
            let document = other.unwrap_or(document);
            return self.value(place, field, document, referred(document, schema));
        }
        if let Some(pinned) = schema.get("const").or_else(|| schema["enum"].get(0)) {
            return pinned.clone();
        }
        if let Some(kinds) = ["oneOf", "anyOf"]
            .iter()
            .find_map(|keyword| schema[keyword].as_array())
            .filter(|_| schema.get("properties").is_none())
        {
            return self.value(place, field, document, &kinds[self.round % kinds.len()]);
        }
        match schema["type"].as_str() {
            Some("object") => self.object(place, document, schema),
            Some("array") => match schema.get("items") {
                Some(items) => {
                    let mut item =
                        |index| self.value(&format!("{place}/{index}"), field, document, items);
                    json!([item(0), item(1)])
                }
                None => json!([self.text(place, field), self.unknown(place)]),
            },
            Some("integer" | "number") => json!(7),
            Some("boolean") => json!(true),
            Some("string") => self.text(place, field).into(),
            _ => json!([self.unknown(place), self.text(place, field), self.number(place)]),
        }
    }

    /// Every property, and beside each a field that the schema does not have.
    fn object(&mut self, place: &str, document: &'static Value, schema: &'static Value) -> Value {
        let mut fields = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let below = self.value(&format!("{place}/{name}"), name, document, property);
            fields.insert(name.clone(), below);
            let key = self.key(place);
            let unknown = self.unknown(place);
            fields.insert(key, unknown);
        }
        if schema.get("properties").is_none() {
            for _ in 0..3 {
                let key = self.key(place);
                let unknown = self.unknown(place);
                fields.insert(key, unknown);
                let key = self.key(place);
                let text = self.text(place, &key);
                fields.insert(key, text.into());
            }
        }
        fields.into()
    }

    /// The values that no schema describes.
    fn unknown(&mut self, place: &str) -> Value {
        let one = self.key(place);
        let two = self.key(place);
        let mut fields = Map::new();
        fields.insert(one, json!([self.text(place, ""), self.number(place), null, true]));
        fields.insert(two, self.text(place, "").into());
        // Known names where no schema has them.
        for name in ["text", "id", "index", "state", "userName", "p", "password"] {
            let value = self.text(place, "").into();
            fields.insert(name.to_owned(), value);
        }
        fields.insert("timestampSeconds".to_owned(), self.number(place));
        fields.into()
    }

    fn key(&mut self, place: &str) -> String {
        self.text(&format!("{place}, a name"), "")
    }

    fn number(&mut self, place: &str) -> Value {
        let number = 81_500_000_000 + self.next();
        self.hide(&format!("{place}, a number"), number.to_string());
        json!(number)
    }

    fn next(&mut self) -> usize {
        self.planted += 1;
        self.planted
    }

    fn hide(&mut self, place: &str, text: String) {
        self.secrets.push(Secret { place: place.to_owned(), text });
    }

    fn text(&mut self, place: &str, field: &str) -> String {
        let mut form = FORMS[(self.planted + self.round) % FORMS.len()];
        while SAFE.contains(&(field, form)) {
            self.round += 1;
            form = FORMS[(self.planted + self.round) % FORMS.len()];
        }
        self.of_form(&format!("{place}, {form:?}"), form)
    }

    /// A text of that form. Whatever of it tells something is hidden.
    pub(super) fn of_form(&mut self, place: &str, form: Form) -> String {
        let number = self.next();
        // Of the same length, so that none is the beginning of another.
        let n = format!("{number:05}");
        let letters: String = n.bytes().map(|byte| char::from(byte + b'G' - b'0')).collect();
        let (mark, whole) = match form {
            Form::Text => (format!("geheim{n}ß"), format!("das ist geheim{n}ß und bleibt es")),
            Form::Word => (format!("swordfish{letters}"), format!("swordfish{letters}")),
            Form::PhoneNumber => (format!("55-{n}"), format!("+49 (30) 55-{n}")),
            Form::Mail => (format!("jane.doe{n}"), format!("jane.doe{n}@planted.example")),
            Form::Name => (format!("Größe{n}"), format!("Jürgen Größe{n}")),
            Form::OwnUrl => (
                format!("jane{n}"),
                format!(
                    "{URL}/api/v2/users/jane{n}/smssession/%6Aane{n};jsessionid=jane{n}?jane{n}=jane{n}#jane{n}"
                ),
            ),
            Form::OtherUrl => {
                (format!("pw{n}"), format!("https://pw{n}:pw{n}@pw{n}.example/pw{n}?pw{n}#pw{n}"))
            }
            Form::UrlWithin => (format!("in{n}"), format!("see {URL}/api/v2/me/in{n} for in{n}")),
            Form::SessionId => (format!("AKIA0000000{n}"), format!("AKIA0000000{n}")),
            Form::UserId => (
                format!("deadbeef0000000000000000000{n}"),
                format!("deadbeef0000000000000000000{n}"),
            ),
            Form::Time => {
                let second = number / 1000;
                let rest = number % 1000;
                let minute = second / 60;
                let second = second % 60;
                let text = format!("2019-05-04 10:{minute:02}:{second:02}.{rest:03}+0000");
                (text.clone(), text)
            }
            Form::NoTime => {
                let text = format!("{number:04}-77-88 99:99:99.000+0000");
                (text.clone(), text)
            }
            Form::Reference => {
                (format!("planted{n}"), format!("${{planted{n}}} ${{text-1}} ${{url}}"))
            }
            Form::Path => (
                format!("joe{n}"),
                format!("/users/joe{n};jsessionid=joe{n}/smssessions/joe{n}?joe{n}"),
            ),
            Form::Long => (format!("long{n}long"), format!("long{n}").repeat(2_000)),
            Form::Quoted => (format!("quo{n}te"), format!("\"quo{n}te\"\\\n\u{1}<&>\u{2028}ü/")),
            Form::Role => (format!("ROLE_{letters}"), format!("ROLE_{letters}")),
            Form::Base64 => {
                let text = STANDARD.encode(format!("user{n}:password"));
                (text.clone(), text)
            }
        };
        self.hide(place, mark);
        whole
    }
}

/// A text that is searched, in lower case.
#[derive(Debug)]
pub(super) struct Searched {
    text: String,
    /// The places of [`place_of`] that its runs of bytes have: most texts that are searched for do not even begin in it.
    runs: Vec<bool>,
}

/// Every secret is longer.
const RUN: usize = 6;

impl Searched {
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let mut runs = vec![false; 1 << 18];
        for run in text.as_bytes().windows(RUN) {
            runs[place_of(run)] = true;
        }
        Self { text, runs }
    }

    fn has(&self, secret: &str) -> bool {
        let secret = secret.to_lowercase();
        self.runs[place_of(&secret.as_bytes()[..RUN])] && self.text.contains(&secret)
    }
}

fn place_of(run: &[u8]) -> usize {
    let mut place = 0;
    for byte in run {
        place = (place * 31 + usize::from(*byte)) % (1 << 18);
    }
    place
}

impl Secret {
    /// Returns the place and the planted text if it is in the text, plain or encoded, in upper or lower case.
    pub(super) fn found_in(&self, searched: &Searched) -> Option<String> {
        let Self { place, text: secret } = self;
        assert!(secret.len() > RUN, "{place}: {secret}");
        let json = Value::from(secret.as_str()).to_string();
        let spellings = [
            secret.clone(),
            json[1..json.len() - 1].to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        ];
        let found = spellings.iter().any(|spelling| searched.has(spelling));
        found.then(|| format!("{place}: {secret}"))
    }
}

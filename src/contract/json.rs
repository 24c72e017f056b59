//! Strict JSON: what a body must be before a schema is asked.
//!
//! Rules: body-utf-8, body-byte-order-mark, body-json, body-nesting, duplicate-key.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::rules::{Violation, rule};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The beginning of the keys by which serde_json itself marks objects that are none. With its features, which any crate
/// of a build may switch on, such an object is a number, or a text that holds JSON.
const PRIVATE: &str = "$serde_json::private::";

/// The value of those bytes, and the keys that an object has twice.
pub fn parse(bytes: &[u8]) -> Result<(Value, Vec<Violation>), Violation> {
    parse_placed(bytes).map_err(|(violation, _)| violation)
}

/// The value of those bytes, where nothing at all is wrong with them; in one look, which is what most of them need.
///
/// It may be `None` where nothing is wrong; what is, [`parse`] says.
pub(crate) fn faultless(bytes: &[u8]) -> Option<Value> {
    let Faultless(value) = serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()?;
    Some(value)
}

/// As [`parse`]; with what is wrong comes the byte at which it is, counted from 0.
pub(crate) fn parse_placed(bytes: &[u8]) -> Result<(Value, Vec<Violation>), (Violation, usize)> {
    if let Some(value) = faultless(bytes) {
        return Ok((value, Vec::new()));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err((byte_order_mark(), 0));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let broken = const { rule("body-utf-8") };
        let place = format!("body, byte {}", at + 1);
        let violation = Violation::new(broken, place, named(bytes[at]), "UTF-8");
        (violation.hint("encode the body as UTF-8"), at)
    })?;
    let value = serde_json::from_str(text)
        .map_err(|error| (unreadable(&error, text), offset(text, error.line(), error.column())))?;
    Ok((value, duplicates(text)))
}

/// A JSON pointer one name further (RFC 6901).
pub fn below(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The violation of a body with a byte order mark.
pub(crate) fn byte_order_mark() -> Violation {
    let broken = const { rule("body-byte-order-mark") };
    Violation::new(broken, "body, byte 1", "EF BB BF", "the first byte of the JSON")
        .hint("write the body without a byte order mark")
}

/// The byte in that column of that line, both counted from 1 and the column in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    lines.map(str::len).sum::<usize>() + column.saturating_sub(1)
}

/// A byte, and the letter that it is in Latin-1, where it is one.
fn named(byte: u8) -> String {
    match char::from(byte) {
        letter if letter.is_alphabetic() => format!("{byte:02X}, which is {letter} in Latin-1"),
        _ => format!("{byte:02X}"),
    }
}

/// The reason of an error, without the place, which is within the text that was read and may be a part of a file.
pub fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split_once(" at line ").map_or(words.as_str(), |(reason, _)| reason).to_owned()
}

fn unreadable(error: &serde_json::Error, text: &str) -> Violation {
    let place = format!("body, line {} column {}", error.line(), error.column());
    let reason = reason(error);
    if reason.contains("recursion limit") {
        let broken = const { rule("body-nesting") };
        return Violation::new(broken, place, "deeper nesting", "at most 127 levels")
            .hint("send a flatter body");
    }
    let got = if text.trim().is_empty() { "an empty body".to_owned() } else { reason };
    Violation::new(const { rule("body-json") }, place, got, "JSON")
        .hint("serialize the body with a JSON library")
}

/// A value as serde_json reads it, in which no key stands a second time in its object.
struct Faultless(Value);

impl<'de> Deserialize<'de> for Faultless {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FaultlessVisitor;

        impl<'de> Visitor<'de> for FaultlessVisitor {
            type Value = Faultless;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON value without a key that comes twice")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Faultless, E> {
                Ok(Faultless(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Faultless, E> {
                Ok(Faultless(Value::from(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Faultless, E> {
                Ok(Faultless(Value::from(value)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Faultless, E> {
                Ok(Faultless(Number::from_f64(value).map_or(Value::Null, Value::Number)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Faultless, E> {
                Ok(Faultless(Value::from(value)))
            }

            fn visit_unit<E>(self) -> Result<Faultless, E> {
                Ok(Faultless(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Faultless, A::Error> {
                let mut items = Vec::new();
                while let Some(Faultless(item)) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Faultless(Value::Array(items)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Faultless, A::Error> {
                let mut fields = Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key.starts_with(PRIVATE) {
                        return Err(de::Error::custom("what serde_json is to read itself"));
                    }
                    let Faultless(value) = map.next_value()?;
                    if fields.insert(key, value).is_some() {
                        return Err(de::Error::custom("a key a second time"));
                    }
                }
                Ok(Faultless(Value::Object(fields)))
            }
        }

        deserializer.deserialize_any(FaultlessVisitor)
    }
}

/// Each key that stands a second time in its object. serde_json keeps the last of them and says nothing.
fn duplicates(text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let keys = Keys { pointer: String::new(), found: &mut found };
    // The text has been parsed; a second look cannot fail.
    let _ = keys.deserialize(&mut deserializer);
    found
}

/// A look at one value that builds nothing and notes keys that come twice.
struct Keys<'a> {
    pointer: String,
    found: &'a mut Vec<Violation>,
}

impl Keys<'_> {
    fn below(&mut self, segment: &str) -> Keys<'_> {
        Keys { pointer: below(&self.pointer, segment), found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while seq.next_element_seed(self.below(&index.to_string()))?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(Key(key)) = map.next_key()? {
            let here = self.below(&key);
            if seen.contains(&*key) {
                let broken = const { rule("duplicate-key") };
                let got = format!("the key {key:?} a second time");
                let violation = Violation::new(broken, here.pointer.clone(), got, "each key once")
                    .hint("send one value for the key");
                here.found.push(violation);
            }
            map.next_value_seed(here)?;
            seen.insert(key.into_owned());
        }
        Ok(())
    }
}

/// A key, unescaped, borrowed from the text where it can be.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let got = match parse(bytes) {
            Ok((value, duplicates)) if duplicates.is_empty() => value.to_string(),
            Ok((_, duplicates)) => {
                let places = duplicates
                    .iter()
                    .map(|duplicate| format!("{} {}", duplicate.rule.id, duplicate.place));
                places.collect::<Vec<_>>().join(", ")
            }
            Err(violation) => format!("{} {}", violation.rule.id, violation.place),
        };
        assert_eq!(got, expected);
    }

    fn nested(depth: usize) -> Vec<u8> {
        [vec![b'['; depth], vec![b']'; depth]].concat()
    }

    #[test]
    fn json_is_read() {
        check(br#"{"a":[1,null,-2.5e3,"x",true]}"#, r#"{"a":[1,null,-2500.0,"x",true]}"#);
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        check(b"", "body-json body, line 1 column 0");
        check(b"{\"a\":1", "body-json body, line 1 column 6");
        check(b"{} {}", "body-json body, line 1 column 4");
        check(b"{\"a\":\n1e999}", "body-json body, line 2 column 5");
        check(br#"{"a":"\ud800"}"#, "body-json body, line 1 column 13");
        check(b"{\"a\":NaN}", "body-json body, line 1 column 6");
        check(b"\xEF\xBB\xBF{}", "body-byte-order-mark body, byte 1");
        check(b"{\"a\":\"\xFC\"}", "body-utf-8 body, byte 7");
    }

    #[test]
    fn a_letter_of_latin_1_is_named() {
        let got = |body: &[u8]| parse(body).unwrap_err().got;
        assert_eq!(&*got(b"\"Zo\xEB\""), "EB, which is ë in Latin-1");
        assert_eq!(&*got(b"\"\x84\""), "84");
    }

    #[test]
    fn nesting_has_a_limit() {
        check(&nested(127), &String::from_utf8(nested(127)).unwrap());
        check(&nested(128), "body-nesting body, line 1 column 128");
        check(&nested(10_000), "body-nesting body, line 1 column 128");
    }

    #[test]
    fn a_key_that_comes_twice_is_found_at_any_depth() {
        check(br#"{"a":1,"a":2}"#, "duplicate-key /a");
        check(br#"{"a":1,"\u0061":2}"#, "duplicate-key /a");
        check(
            br#"{"x":[{"y/z":1,"y/z":2}],"a":1,"a":1}"#,
            "duplicate-key /x/0/y~1z, duplicate-key /a",
        );
        check(br#"{"a":{"a":1}}"#, r#"{"a":{"a":1}}"#);
    }

    /// The result of the long way: serde_json's own value, and the number of keys that come twice.
    fn by_serde_json(text: &str) -> Option<(Value, usize)> {
        Some((serde_json::from_str(text).ok()?, duplicates(text).len()))
    }

    #[test]
    fn what_is_faultless_is_read_as_serde_json_reads_it() {
        let private = r#"{"a":{"$serde_json::private::RawValue":"{\"b\":1,\"b\":2}"}}"#;
        let number = r#"{"$serde_json::private::Number":"1"}"#;
        for (text, expected) in [
            (r#"{"a":[1,-1,0,-0,1.5,1e300,18446744073709551616,-9223372036854775809]}"#, true),
            (r#"[null,true,"\u00fc\n",{"a":{"a":{}},"b":[]}]"#, true),
            (r#" {"":{"A":1,"a":1}} "#, true),
            (r#"{"a":1,"b":2,"\u0061":3}"#, false),
            ("1e999", false),
            ("{} {}", false),
            (private, false),
            (number, false),
        ] {
            let found = faultless(text.as_bytes());
            assert_eq!(found.is_some(), expected, "{text}");
            if let Some(value) = found {
                assert_eq!(by_serde_json(text), Some((value, 0)), "{text}");
            }
            let read =
                parse(text.as_bytes()).ok().map(|(value, duplicates)| (value, duplicates.len()));
            assert_eq!(read, by_serde_json(text), "{text}");
        }
        assert_eq!(faultless(b"\xEF\xBB\xBF{}"), None);
        assert_eq!(faultless(b"\"\xFC\""), None);
        assert_eq!(faultless(&nested(128)), None);
        assert!(faultless(&nested(127)).is_some());
    }
}

//! The part of a text that a JSON pointer points at.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The parts of a text. Each is looked into when a pointer leads into it, and once, however many lead there.
pub(super) struct Parts<'t> {
    text: &'t str,
    whole: OnceCell<Option<SpannedPart<'t>>>,
}

struct SpannedPart<'t> {
    raw: &'t RawValue,
    below: OnceCell<Below<'t>>,
}

/// The values inside a value.
enum Below<'t> {
    /// Of a key that comes twice it is the last one.
    Members(HashMap<String, SpannedPart<'t>>),
    Items(Vec<SpannedPart<'t>>),
}

impl<'t> Parts<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, whole: OnceCell::new() }
    }

    /// The bytes, in the text, of the value that the pointer points at; if it is missing, of the innermost value around
    /// its place.
    pub(super) fn locate(&self, pointer: &str) -> Range<usize> {
        let whole = || serde_json::from_str(self.text).ok().map(SpannedPart::of);
        let Some(mut here) = self.whole.get_or_init(whole).as_ref() else {
            return 0..self.text.len();
        };
        for segment in pointer.split('/').skip(1) {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            let Some(below) = here.below(&segment) else { break };
            here = below;
        }
        // The part and the text are of one allocation, so their distance is the offset.
        let begin = here.raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        begin..begin + here.raw.get().len()
    }
}

impl<'t> SpannedPart<'t> {
    fn of(raw: &'t RawValue) -> Self {
        Self { raw, below: OnceCell::new() }
    }

    fn below(&self, segment: &str) -> Option<&Self> {
        match self.below.get_or_init(|| below(self.raw)) {
            Below::Members(members) => members.get(segment),
            Below::Items(items) => items.get(segment.parse::<usize>().ok()?),
        }
    }
}

fn below(value: &RawValue) -> Below<'_> {
    if let Ok(Members(members)) = serde_json::from_str(value.get()) {
        return Below::Members(members);
    }
    let items: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
    Below::Items(items.into_iter().map(SpannedPart::of).collect())
}

/// The members of an object.
struct Members<'t>(HashMap<String, SpannedPart<'t>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = HashMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.insert(name, SpannedPart::of(value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pointer: &str, expected: &str) {
        assert_eq!(&text[Parts::of(text).locate(pointer)], expected, "{pointer}");
    }

    #[test]
    fn a_pointer_leads_to_its_value_or_to_what_it_is_missed_in() {
        let text = r#"{ "a/b": [ 1, {"x" : "y"} ], "\u0063": {"d": null} , "a": 1, "a" : 2 }"#;
        check(text, "", text);
        check(text, "/a~1b/1/x", "\"y\"");
        check(text, "/a~1b/0", "1");
        check(text, "/c/d", "null");
        check(text, "/c/e", "{\"d\": null}");
        check(text, "/a~1b/7", "[ 1, {\"x\" : \"y\"} ]");
        check(text, "/a", "2");
        check("no JSON", "/a", "no JSON");
    }
}

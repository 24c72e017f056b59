//! From a JSON pointer to the part of the text that it points at.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Where in the text the value is that the pointer points at; of one that is not there, where that is in which it is
/// missed. Of a key that comes twice it is the last one.
pub(super) fn locate(text: &str, pointer: &str) -> Range<usize> {
    let Ok(mut here) = serde_json::from_str::<&RawValue>(text) else { return 0..text.len() };
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        let Some(below) = member(here, &segment) else { break };
        here = below;
    }
    // The part and the text are of one allocation, so their distance is the offset.
    let begin = here.get().as_ptr() as usize - text.as_ptr() as usize;
    begin..begin + here.get().len()
}

fn member<'t>(value: &'t RawValue, segment: &str) -> Option<&'t RawValue> {
    if let Ok(Members(members)) = serde_json::from_str(value.get()) {
        return members.into_iter().rev().find(|(name, _)| name == segment).map(|(_, it)| it);
    }
    let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    items.get(segment.parse::<usize>().ok()?).copied()
}

/// Every member of an object, those of the same name too.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
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
        assert_eq!(&text[locate(text, pointer)], expected, "{pointer}");
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

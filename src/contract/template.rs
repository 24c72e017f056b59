//! References: `${name}` in the texts of a scenario, or of a contract of a user's own, stands for a value.
//!
//! A name is bound by the head's `let`, by a `capture`, or by the first request of a client in which it stands: there it
//! takes whatever came. A text that is one reference is the value itself, whatever its type; within a longer text it is
//! written into it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde_json::Value;

/// The name that stands for a `$` that begins no reference.
pub const DOLLAR: &str = "dollar";

/// The values of names.
pub type Names = BTreeMap<String, Value>;

/// Tells if a text has a reference in it.
pub(crate) fn has_reference(text: &str) -> bool {
    parts(text).any(|part| matches!(part, TemplatePart::Name(_)))
}

/// Every name in the texts of a value.
pub fn names_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(parts(text).filter_map(TemplatePart::into_name)),
        Value::Array(items) => items.iter().for_each(|item| names_in(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| names_in(field, found)),
        _ => {}
    }
}

/// The greatest number of bytes that the references of one value may fill in. Names that stand for names double at each step.
const MOST: usize = 1024 * 1024;

/// The reason why a reference cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfilled {
    /// The name has no value.
    Unbound(String),
    /// With the value of that name there would be too many bytes.
    TooLong(String),
}

impl Unfilled {
    /// The name of the reference.
    pub fn name(&self) -> &str {
        match self {
            Self::Unbound(name) | Self::TooLong(name) => name,
        }
    }
}

impl fmt::Display for Unfilled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbound(name) => write!(formatter, "${{{name}}} has no value"),
            Self::TooLong(name) => {
                write!(formatter, "${{{name}}} makes a value longer than {MOST} bytes")
            }
        }
    }
}

/// Returns the value with every reference filled in.
pub fn filled_in(value: &Value, names: &Names) -> Result<Value, Unfilled> {
    Filling { names, left: MOST }.value(value)
}

/// As [`filled_in`], for a text that stays one.
pub fn text_filled_in(text: &str, names: &Names) -> Result<String, Unfilled> {
    Filling { names, left: MOST }.text(text)
}

/// The filling of one value, which may fill in so many bytes more.
struct Filling<'n> {
    names: &'n Names,
    left: usize,
}

impl<'n> Filling<'n> {
    fn value(&mut self, value: &Value) -> Result<Value, Unfilled> {
        Ok(match value {
            Value::String(text) => match whole(text) {
                Some(name) => self.named(name)?.clone(),
                None => Value::String(self.text(text)?),
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let fields =
                    fields.iter().map(|(name, field)| Ok((name.clone(), self.value(field)?)));
                Value::Object(fields.collect::<Result<_, Unfilled>>()?)
            }
            other => other.clone(),
        })
    }

    fn text(&mut self, text: &str) -> Result<String, Unfilled> {
        let mut filled = String::new();
        for part in parts(text) {
            match part {
                TemplatePart::Text(text) => filled += text,
                TemplatePart::Name(name) => match self.named(name)? {
                    Value::String(text) => filled += text,
                    other => filled += &other.to_string(),
                },
            }
        }
        Ok(filled)
    }

    /// The value of a name, if there is room for it.
    fn named(&mut self, name: &str) -> Result<&'n Value, Unfilled> {
        let unbound = || Unfilled::Unbound(name.to_owned());
        let value = self.names.get(name).ok_or_else(unbound)?;
        let left = self.left.checked_sub(length(value));
        self.left = left.ok_or_else(|| Unfilled::TooLong(name.to_owned()))?;
        Ok(value)
    }
}

/// The number of bytes of a value, about as many as it has as JSON.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(length).sum::<usize>() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| name.len() + 4 + length(field)).sum::<usize>() + 2
        }
        Value::Number(_) | Value::Bool(_) | Value::Null => 4,
    }
}

/// A value that came, and of which nothing is meant as a reference.
pub(crate) fn all_escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::from(escaped(&text)),
        Value::Array(items) => items.into_iter().map(all_escaped).collect(),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(name, value)| (name, all_escaped(value))).collect(),
        ),
        other => other,
    }
}

/// As `all_escaped`, for a text.
pub fn escaped(text: &str) -> String {
    let parts = parts(text).map(|part| match part {
        TemplatePart::Text(text) => text.to_owned(),
        TemplatePart::Name(name) => format!("${{{DOLLAR}}}{{{name}}}"),
    });
    parts.collect()
}

/// Binds the names of a pattern that are not bound yet to what stands in their place in what came, and adds them to `new`.
pub(crate) fn learn(pattern: &Value, got: &Value, names: &mut Names, new: &mut Vec<String>) {
    match (pattern, got) {
        (Value::String(text), got) => {
            if let Some(name) = whole(text) {
                bind(name, names, new, || got.clone());
            } else if let Value::String(got) = got {
                learn_text(text, got, names, new);
            }
        }
        (Value::Array(items), Value::Array(got)) => {
            items.iter().zip(got).for_each(|(item, got)| learn(item, got, names, new));
        }
        (Value::Object(fields), Value::Object(got)) => {
            for (name, field) in fields {
                if let Some(got) = got.get(name) {
                    learn(field, got, names, new);
                }
            }
        }
        _ => {}
    }
}

fn bind(name: &str, names: &mut Names, new: &mut Vec<String>, value: impl FnOnce() -> Value) {
    if let Entry::Vacant(entry) = names.entry(name.to_owned()) {
        entry.insert(value());
        new.push(name.to_owned());
    }
}

/// As `learn`, for a text such as a path: a name takes what stands up to the next text of the pattern, and no `/`.
pub fn learn_text(pattern: &str, got: &str, names: &mut Names, new: &mut Vec<String>) {
    let mut rest = got;
    let mut parts = parts(pattern).peekable();
    while let Some(part) = parts.next() {
        match part {
            TemplatePart::Text(text) => match rest.strip_prefix(text) {
                Some(behind) => rest = behind,
                None => return,
            },
            TemplatePart::Name(name) => {
                let bound = names.get(name).and_then(Value::as_str).map(str::len);
                let end = bound.filter(|end| *end <= rest.len()).unwrap_or_else(|| {
                    let next = match parts.peek() {
                        Some(TemplatePart::Text(text)) => rest.find(*text),
                        _ => None,
                    };
                    let end = next.unwrap_or(rest.len());
                    rest[..end].find('/').unwrap_or(end)
                });
                let (value, behind) = match rest.is_char_boundary(end) {
                    true => rest.split_at(end),
                    false => return,
                };
                bind(name, names, new, || Value::from(value));
                rest = behind;
            }
        }
    }
}

/// The name, if the text is one reference and nothing else.
fn whole(text: &str) -> Option<&str> {
    let mut parts = parts(text);
    match (parts.next(), parts.next()) {
        (Some(TemplatePart::Name(name)), None) => Some(name),
        _ => None,
    }
}

enum TemplatePart<'t> {
    Text(&'t str),
    Name(&'t str),
}

impl TemplatePart<'_> {
    fn into_name(self) -> Option<String> {
        match self {
            Self::Text(_) => None,
            Self::Name(name) => Some(name.to_owned()),
        }
    }
}

/// The texts and names that a text is made of. `${` without an end, or around what is no name, is text.
fn parts(text: &str) -> impl Iterator<Item = TemplatePart<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(start) = rest[from..].find("${").map(|start| start + from) {
            let name = rest[start + 2..].split_once('}').map(|(name, _)| name);
            let Some(name) = name.filter(|name| is_name(name)) else {
                from = start + 2;
                continue;
            };
            if start > 0 {
                let (text, behind) = rest.split_at(start);
                rest = behind;
                return Some(TemplatePart::Text(text));
            }
            rest = &rest[name.len() + 3..];
            return Some(TemplatePart::Name(name));
        }
        let text = rest;
        rest = "";
        Some(TemplatePart::Text(text))
    })
}

fn is_name(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    !text.is_empty() && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reference_keeps_its_type_alone_and_is_written_into_a_longer_text() {
        let names = Names::from([("n".to_owned(), json!(7)), ("s".to_owned(), json!("x"))]);
        let value = json!({ "a": "${n}", "b": ["/${s}/${n}", "${", "$s", "${no name}"] });
        assert_eq!(
            filled_in(&value, &names),
            Ok(json!({ "a": 7, "b": ["/x/7", "${", "$s", "${no name}"] }))
        );
        let unbound = Unfilled::Unbound("other".to_owned());
        assert_eq!(filled_in(&json!("${other}"), &names), Err(unbound));
    }

    #[test]
    fn a_value_that_would_be_very_long_is_not_made() {
        let names = Names::from([("n".to_owned(), Value::from("x".repeat(MOST / 2)))]);
        for (value, is_made) in [
            (json!("${n}"), true),
            (json!("${n}${n}"), false),
            (json!(["${n}", { "a": "${n}" }]), false),
        ] {
            let filled = filled_in(&value, &names);
            assert_eq!(filled.is_ok(), is_made, "{value}");
            if let Err(unfilled) = filled {
                let expected = "${n} makes a value longer than 1048576 bytes";
                assert_eq!(unfilled.to_string(), expected);
            }
        }
    }

    #[test]
    fn names_are_learnt_from_what_came_and_kept() {
        let mut names = Names::new();
        let mut new = Vec::new();
        let pattern = "/users/${agent}/smssessions/${session}";
        learn_text(pattern, "/users/1/smssessions/2", &mut names, &mut new);
        let pattern = json!({ "a": "${x}", "b": "${agent}" });
        learn(&pattern, &json!({ "a": [1], "b": 9 }), &mut names, &mut new);
        assert_eq!(new, ["agent", "session", "x"]);
        let want = [("agent", json!("1")), ("session", json!("2")), ("x", json!([1]))];
        let want = want.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(names, Names::from(want));
    }

    #[test]
    fn a_reference_is_found_in_a_text() {
        for (text, expected) in [
            ("${a-1}", true),
            ("/x/${a}/y", true),
            ("${", false),
            ("${}", false),
            ("${a b}", false),
        ] {
            assert_eq!(has_reference(text), expected, "{text}");
        }
    }

    #[test]
    fn every_name_is_found() {
        let mut found = Vec::new();
        names_in(&json!(["${a}", { "x": "${b}/${a}" }, 1]), &mut found);
        assert_eq!(found, ["a", "b", "a"]);
    }
}

//! The elements of what is read, one after the other: values that stand in a row, lines, the members of an array, and
//! those of the arrays in which a HAR file and a report have theirs; what stands around such arrays is an element without
//! their members. None is kept.

use std::fmt;
use std::io;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::contract::json::{below, reason};
use crate::contract::recorded::element::{Element, Gap};
use crate::contract::recorded::source::{Place, Source};

/// The arrays whose members are elements by themselves, by the names that lead to them.
pub(super) type Arrays = &'static [&'static [&'static str]];

/// None: a value is one element, whatever it is.
pub(super) const NONE: Arrays = &[];
/// The value itself.
pub(super) const WHOLE: Arrays = &[&[]];
/// The value itself, the entries of a HAR file, the timeline of a report.
pub(super) const EVERY: Arrays = &[&[], &["log", "entries"], &["timeLine"]];

/// The text in place of members of an array that are elements by themselves.
const LEFT_OUT: &[u8] = "\"…\"".as_bytes();

/// The reason why reading ended early.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It is not JSON from here on.
    Json {
        reason: String,
        place: Place,
        /// The end of the line up to there; the place is the last byte of it, or behind it where something is missing.
        line: Vec<u8>,
        missing: bool,
        /// True if it is the last line, which may have been cut off.
        last_line: bool,
        /// True if the text after it, in other lines, was not read.
        whole: bool,
    },
    Unreadable(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// The arrangement of the values in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One behind the other; a line each, where the first one is on a line by itself.
    Values,
    /// One a line.
    Lines,
}

/// Hands each element on, and what is broken.
pub(super) fn elements(
    source: &Source<'_>,
    form: Form,
    arrays: Arrays,
    hand_on: &mut dyn FnMut(Result<Element, ReadError>),
) {
    if let Err(error) = values(source, form, arrays, hand_on) {
        hand_on(Err(error));
    }
}

fn values(
    source: &Source<'_>,
    form: Form,
    arrays: Arrays,
    hand_on: &mut dyn FnMut(Result<Element, ReadError>),
) -> Result<(), ReadError> {
    let mut lines = form == Form::Lines;
    let mut first = true;
    if lines {
        source.by_line();
    }
    loop {
        if lines {
            source.pass_lines();
        }
        if source.pass_space()? {
            let begun = source.place();
            match value(source, arrays, lines, hand_on) {
                Ok(()) if lines && source.pass_space()? => {
                    hand_on(Err(trailing(source, false)));
                }
                Ok(()) => {}
                Err(error) if lines => hand_on(Err(error)),
                Err(error) => return Err(error),
            }
            // A value that is a line by itself begins a file of lines.
            let ended = source.place().line;
            if first && !lines && begun.line == ended && source.pass_space()? {
                if source.place().line == ended {
                    return Err(trailing(source, true));
                }
                first = false;
                lines = true;
                source.by_line();
                continue;
            }
            first = false;
        } else if !lines {
            return Ok(());
        }
        if lines && !source.next_line()? {
            return Ok(());
        }
    }
}

fn value(
    source: &Source<'_>,
    arrays: Arrays,
    lines: bool,
    hand_on: &mut dyn FnMut(Result<Element, ReadError>),
) -> Result<(), ReadError> {
    let place = source.place();
    let before = source.line_so_far();
    source.record(false);
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    let mut gaps = Vec::new();
    let arrays = arrays.to_vec();
    let walk = Walk { source, arrays, pointer: String::new(), gaps: &mut gaps, hand_on };
    walk.deserialize(&mut deserializer).map_err(|error| match error.io_error_kind() {
        Some(kind) => ReadError::Unreadable(io::Error::from(kind)),
        None => {
            let reason = reason(&error);
            let broke = source.broke();
            let missing = error.is_eof();
            let place = if missing { broke.behind } else { broke.last };
            let last_line = lines && missing && source.is_at_end().unwrap_or_default();
            let line = broke.line;
            ReadError::Json { reason, place, line, missing, last_line, whole: !lines }
        }
    })?;
    if let Some(mut text) = source.recorded() {
        without_the_next(&mut text);
        hand_on(Ok(Element { text, place, before, pointer: String::new(), gaps }));
    }
    Ok(())
}

/// More than a value.
fn trailing(source: &Source<'_>, whole: bool) -> ReadError {
    let reason = "trailing characters".to_owned();
    let place = source.place();
    let line = source.line_so_far();
    ReadError::Json { reason, place, line, missing: true, last_line: false, whole }
}

/// Removes the byte after a number, from which alone the number's end is known.
fn without_the_next(text: &mut Vec<u8>) {
    if text.first().is_some_and(|first| first.is_ascii_digit() || *first == b'-') {
        let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        text.truncate(text.iter().take_while(|byte| of_number(byte)).count());
    }
}

/// A look at a value on the way to the arrays whose members are elements.
struct Walk<'a, 'r> {
    source: &'a Source<'r>,
    /// The names that lead to each of them from here.
    arrays: Vec<&'static [&'static str]>,
    pointer: String,
    /// The parts that are left out of the text so far.
    gaps: &'a mut Vec<Gap>,
    hand_on: &'a mut dyn FnMut(Result<Element, ReadError>),
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.arrays.is_empty() {
            true => IgnoredAny::deserialize(deserializer).map(drop),
            false => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
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

    fn visit_bytes<E>(self, _: &[u8]) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>().inspect_err(|_| self.source.breaks())? {
            let arrays = self
                .arrays
                .iter()
                .filter(|path| path.first() == Some(&name.as_str()))
                .filter_map(|path| path.get(1..))
                .collect();
            let pointer = below(&self.pointer, &name);
            let source = self.source;
            let gaps = &mut *self.gaps;
            let hand_on = &mut *self.hand_on;
            let below = Walk { source, arrays, pointer, gaps, hand_on };
            map.next_value_seed(below).inspect_err(|_| self.source.breaks())?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if !self.arrays.iter().any(|path| path.is_empty()) {
            let mut next = || seq.next_element::<IgnoredAny>();
            while next().inspect_err(|_| self.source.breaks())?.is_some() {}
            return Ok(());
        }
        // Around the members of the value itself there is nothing.
        let recorded = self.source.recorded();
        let around = if self.pointer.is_empty() { None } else { recorded };
        let mut index = 0;
        loop {
            let pointer = below(&self.pointer, &index.to_string());
            let member = Member { source: self.source, pointer };
            let member = seq.next_element_seed(member).inspect_err(|_| self.source.breaks());
            let Some(element) = member? else { break };
            (self.hand_on)(Ok(element));
            index += 1;
        }
        if let Some(mut text) = around {
            if index > 0 {
                text.extend(LEFT_OUT);
            }
            let mut before = self.source.line_so_far();
            before.pop();
            self.gaps.push(Gap { begin: text.len(), place: self.source.last(), before });
            self.source.add_recorded(text);
        }
        Ok(())
    }
}

/// One member of an array. serde_json asks for it when it has looked at its first byte.
struct Member<'a, 'r> {
    source: &'a Source<'r>,
    pointer: String,
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = Element;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Element, D::Error> {
        let place = self.source.last();
        let mut before = self.source.line_so_far();
        before.pop();
        self.source.record(true);
        IgnoredAny::deserialize(deserializer).inspect_err(|_| self.source.breaks())?;
        let mut text = self.source.recorded().expect("the source records since the member began");
        without_the_next(&mut text);
        Ok(Element { text, place, before, pointer: self.pointer, gaps: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each element, or what is broken, with its place.
    fn check(form: Form, text: &str, expected: &[&str]) {
        let source = Source::new(text.as_bytes());
        let mut found = Vec::new();
        elements(&source, form, EVERY, &mut |element| {
            found.push(match element {
                Ok(Element { text, place, before, pointer, .. }) => {
                    let [text, before] =
                        [text, before].map(|bytes| String::from_utf8(bytes).unwrap());
                    format!("{}:{} {before}|{text} {pointer}", place.line, place.column)
                }
                Err(ReadError::Json { reason, place, line, .. }) => {
                    let line = String::from_utf8(line).unwrap();
                    format!("{}:{} {line}| {reason}", place.line, place.column)
                }
                Err(ReadError::Unreadable(error)) => error.to_string(),
            });
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn one_value_is_one_element() {
        check(Form::Values, "", &[]);
        check(Form::Values, " \n ", &[]);
        check(Form::Values, "\n {\"a\":\n[1]}\n", &["2:2  |{\"a\":\n[1]} "]);
        check(Form::Values, "17", &["1:1 |17 "]);
        check(
            Form::Values,
            "{\"log\":[{}],\"timeLine\":{}}",
            &["1:1 |{\"log\":[{}],\"timeLine\":{}} "],
        );
    }

    #[test]
    fn members_of_an_array_are_elements_and_so_are_those_of_a_har_file_and_a_time_line() {
        check(Form::Values, "[]", &[]);
        check(
            Form::Values,
            "[{\"ü\":[]}, -1 ,\n 2e3,\"x\"]",
            &[
                "1:2 [|{\"ü\":[]} /0",
                "1:12 [{\"ü\":[]}, |-1 /1",
                "2:2  |2e3 /2",
                "2:6  2e3,|\"x\" /3",
            ],
        );
        check(
            Form::Values,
            "{\"log\":{\"version\":[1],\"entries\":[{},7]}}",
            &[
                "1:34 {\"log\":{\"version\":[1],\"entries\":[|{} /log/entries/0",
                "1:37 {\"log\":{\"version\":[1],\"entries\":[{},|7 /log/entries/1",
                "1:1 |{\"log\":{\"version\":[1],\"entries\":[\"…\"]}} ",
            ],
        );
        check(
            Form::Values,
            "{\"broken\":[1],\"timeLine\":[{}]}",
            &[
                "1:27 {\"broken\":[1],\"timeLine\":[|{} /timeLine/0",
                "1:1 |{\"broken\":[1],\"timeLine\":[\"…\"]} ",
            ],
        );
    }

    #[test]
    fn members_are_elements_where_that_is_asked_for_only() {
        for (arrays, expected) in [(NONE, 1), (WHOLE, 2), (EVERY, 2)] {
            let source = Source::new(&b"[1,2]"[..]);
            let mut count = 0;
            elements(&source, Form::Values, arrays, &mut |_| count += 1);
            assert_eq!(count, expected, "{arrays:?}");
        }
    }

    #[test]
    fn a_line_is_an_element_and_a_broken_one_spoils_no_other() {
        let lines = "{}\r\n\n{\"a\":\n[1,2]\n{} {}\n3";
        let expected = [
            "1:1 |{} ",
            "3:6 {\"a\":| EOF while parsing a value",
            "4:2 [|1 /0",
            "4:4 [1,|2 /1",
            "5:1 |{} ",
            "5:4 {} | trailing characters",
            "6:1 |3 ",
        ];
        check(Form::Lines, lines, &expected);
        check(Form::Values, lines, &expected);
        check(Form::Lines, "\n\n", &[]);
    }

    #[test]
    fn values_that_are_no_lines_may_stand_one_behind_the_other() {
        check(Form::Values, "{\n}\n{\n}\n", &["1:1 |{\n} ", "3:1 |{\n} "]);
    }

    #[test]
    fn nothing_is_read_behind_what_is_broken() {
        check(Form::Values, "[1,{]},2]", &["1:2 [|1 /0", "1:5 [1,{]| key must be a string"]);
        check(Form::Values, "[1,,2]", &["1:2 [|1 /0", "1:4 [1,,| expected value"]);
        check(Form::Values, "{\"a\": tru}", &["1:10 {\"a\": tru}| expected ident"]);
        check(Form::Values, "{} x", &["1:1 |{} ", "1:4 {} | trailing characters"]);
        check(Form::Values, "[1", &["1:2 [|1 /0", "1:3 [1| EOF while parsing a list"]);
    }
}

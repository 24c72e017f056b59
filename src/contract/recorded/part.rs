//! The parts of a recorded value, and what is to be done with each.

use crate::rules::Rule;

/// The sender of a message, if the values around it show that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Gws,
    Unknown,
}

/// A part of a value, and the way to check it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClassifiedPart {
    /// It is to conform to a schema.
    Message { pointer: String, schema: &'static str, sender: Sender },
    /// Its content has to be recognised.
    Inside { pointer: String, sender: Sender, refused: Refused },
    /// The same for the JSON that a text holds; if it is an object, it may be known which schema it has.
    Text { pointer: String, refused: Refused, text: EncodedText },
    /// It is not known what it is.
    Unknown { pointer: String, got: String, want: String, hint: String },
    /// It breaks a rule: it is none of those that there are.
    Invalid { pointer: String, rule: &'static Rule, got: String, want: String, hint: String },
    /// It makes no file of that form, whose schema is named.
    Malformed { pointer: String, schema: &'static str, got: String, want: String, hint: String },
    /// There is no message in it; in words, as the summary counts it.
    Nothing(&'static str),
}

/// The bytes, the sender and the schema of a text that holds JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedText {
    /// The bytes that were sent, whatever form the text gives them.
    pub(super) bytes: Vec<u8>,
    pub(super) sender: Sender,
    /// The schema of its value, if that is an object.
    pub(super) schema: Option<&'static str>,
}

/// The record that GWS refused a request, or that it did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Yes,
    No,
}

impl Refused {
    /// Joins two records: a refused request is refused in all its parts.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Yes { self } else { other }
    }
}

impl ClassifiedPart {
    /// The answer of GWS at that place, whose schema may be known.
    pub(super) fn answer(pointer: String, schema: Option<&'static str>) -> Self {
        match schema {
            Some(schema) => Self::Message { pointer, schema, sender: Sender::Gws },
            None => Self::inside(pointer, Sender::Gws),
        }
    }

    pub(super) fn inside(pointer: String, sender: Sender) -> Self {
        Self::Inside { pointer, sender, refused: Refused::No }
    }
}

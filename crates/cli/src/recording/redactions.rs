//! The kinds of values that are redacted. The rule of this file: [`REDACTIONS`] has one row for each.

/// The name of the placeholders of numbers; all others are named after their rule.
pub(crate) const NUMBER: &str = "number";

/// A kind of values that is replaced: its name, what it is, and what the names of its replacements begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Redaction {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) prefix: &'static str,
}

const fn redaction(name: &'static str, prefix: &'static str, what: &'static str) -> Redaction {
    Redaction { name, what, prefix }
}

pub(super) const CREDENTIALS: Redaction =
    redaction("credentials", "secret", "fields that are called password, token, secret or cookie");
pub(super) const USER_NAMES: Redaction =
    redaction("user-names", "user", "the names of users, but for those of the built-in fixtures");
pub(super) const NAMES: Redaction =
    redaction("names", "name", "names and nicknames of people, of contacts and of queues");
pub(super) const TEXTS: Redaction =
    redaction("texts", "text", "texts of messages, notices and answers");
pub(super) const PHONE_NUMBERS: Redaction =
    redaction("phone-numbers", "phone", "texts that look like a phone number, in every place");
pub(super) const USER_DATA: Redaction = redaction("user-data", "data", "the values of user data");
pub(super) const KEYS: Redaction =
    redaction("user-data-keys", "key", "the keys of user data, where no schema has such a field");
pub(super) const LINKS: Redaction =
    redaction("links", "link", "URLs of other places than the upstream");
pub(super) const PATHS: Redaction = redaction(
    "paths",
    "segment",
    "segments of paths and values of queries that are no word of GWS",
);
pub(super) const UNKNOWN: Redaction =
    redaction("unknown", "value", "the values of fields that no schema of this crate names");
pub(super) const FIELDS: Redaction =
    redaction("field-names", "field", "the names of fields that no schema of this crate names");

/// Every rule, in the order in which they are shown.
pub(crate) const REDACTIONS: [Redaction; 11] = [
    CREDENTIALS,
    USER_NAMES,
    NAMES,
    TEXTS,
    PHONE_NUMBERS,
    USER_DATA,
    KEYS,
    LINKS,
    PATHS,
    UNKNOWN,
    FIELDS,
];

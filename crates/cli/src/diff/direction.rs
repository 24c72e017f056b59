//! The direction of the messages that a schema describes.
//!
//! The rule of this file: [`NAMES`] has one row for each way in which a schema is named; the first that fits holds.

use crate::diff::kind::{ChangeKind, Effect};

/// The sender of the messages that a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// A client, or a test: what it sends must still be taken.
    Request,
    /// The server, when it is asked: a client must still understand it.
    Response,
    /// The server, without being asked.
    Notification,
    /// Nobody knows.
    Either,
}

use Direction::{Either, Notification, Request, Response};

/// The beginning of a name, its end, and the direction.
#[rustfmt::skip]
const NAMES: &[(&str, &str, Direction)] = &[
    ("control-",      "",              Request),
    ("scenario",      "",              Request),
    ("",              "-fixture",      Request),
    ("",              "-request",      Request),
    ("",              "-notification", Notification),
    ("",              "response",      Response),
    ("bayeux-answer", "",              Response),
];

impl Direction {
    /// Returns the direction of the schema of this name, or nothing if the name does not say it and others refer to the schema.
    pub(super) fn of(name: &str, referred_to: bool) -> Option<Self> {
        let fits = |(begins, ends, _): &&(&str, &str, Self)| {
            name.starts_with(begins) && name.ends_with(ends)
        };
        let named = NAMES.iter().find(fits).map(|(.., direction)| *direction);
        named.or((!referred_to).then_some(Either))
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Request => "request",
            Response => "response",
            Notification => "notification",
            Either => "either",
        }
    }

    /// Returns true if a change breaks the sender or the receiver.
    pub(super) fn breaks(self, kind: ChangeKind, effect: Effect) -> bool {
        match (kind, self) {
            (ChangeKind::SchemaRemoved, _) => true,
            // What is asked for in a new way is answered in a new way; what is told unasked is told to all.
            (ChangeKind::SchemaAdded, direction) => direction == Notification,
            (_, Request) => matches!(effect, Effect::Stricter | Effect::Unclear),
            (_, Response | Notification) => matches!(effect, Effect::Looser | Effect::Unclear),
            (_, Either) => effect != Effect::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gws_sms_fake::_cli_internals::contract::schemas;

    #[test]
    fn each_schema_of_a_message_has_its_direction() {
        for (name, direction) in [
            ("intrude-request", Request),
            ("response", Response),
            ("me-response", Response),
            ("bayeux-answer", Response),
            ("message-log-updated-notification", Notification),
            ("control-notification", Request),
            ("user-fixture", Request),
        ] {
            assert!(schemas::find(name).is_some(), "{name}");
            assert_eq!(Direction::of(name, false), Some(direction), "{name}");
        }
        assert_eq!(Direction::of("common", true), None);
        assert_eq!(Direction::of("ring", false), Some(Either));
    }
}

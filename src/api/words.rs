//! The words of GWS as types that a test writes, reads and compares: operations, modes, states, kinds of notifications.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::gws::operation::{Mode, OPERATIONS, Operation};
use crate::gws::transition::State;
use crate::rules::{Certainty, nearest};

/// The kind of a notification: its `notificationType`, or the `messageType` of a kind that has no `notificationType`.
///
/// ```
/// use gws_sms_fake::NotificationType;
///
/// let kind: NotificationType = "StatusChange".parse().unwrap();
/// assert_eq!(kind, NotificationType::StatusChange);
/// let wrong = "StatusChanged".parse::<NotificationType>().unwrap_err().to_string();
/// assert!(wrong.ends_with("did you mean \"StatusChange\"?"), "{wrong}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NotificationType {
    /// The state of a session has changed.
    StatusChange,
    /// Somebody has entered or left a session, or has another role in it.
    ParticipantsUpdated,
    /// The user data of a session has changed.
    PropertiesUpdated,
    /// An operation failed after it was answered.
    Error,
    /// The log of a session has more messages.
    NewMessages,
    /// The state of a channel of the user has changed.
    ChannelStateChangeMessageV2,
}

impl NotificationType {
    const ALL: [Self; 6] = [
        Self::StatusChange,
        Self::ParticipantsUpdated,
        Self::PropertiesUpdated,
        Self::Error,
        Self::NewMessages,
        Self::ChannelStateChangeMessageV2,
    ];

    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StatusChange => "StatusChange",
            Self::ParticipantsUpdated => "ParticipantsUpdated",
            Self::PropertiesUpdated => "PropertiesUpdated",
            Self::Error => "Error",
            Self::NewMessages => "NewMessages",
            Self::ChannelStateChangeMessageV2 => "ChannelStateChangeMessageV2",
        }
    }
}

/// Has values of a type written as their words.
macro_rules! written {
    ($($type:ty),*) => {
        $(impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        })*
    };
}

written!(Mode, NotificationType, Operation, State);

/// Has values of a type read from their words, letter by letter, and taken where a word is.
macro_rules! read {
    ($($type:ty, $noun:literal, $all:expr;)*) => {
        $(impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(word: &str) -> Result<Self, Error> {
                let found = $all.iter().copied().find(|value: &Self| value.as_str() == word);
                found.ok_or_else(|| {
                    let known: Vec<&str> = $all.iter().map(|value: &Self| value.as_str()).collect();
                    unknown($noun, word, &known)
                })
            }
        })*
    };
}

read! {
    Certainty, "certainty", Certainty::ALL;
    Mode, "mode", Mode::ALL;
    NotificationType, "notificationType", NotificationType::ALL;
    Operation, "operation", OPERATIONS;
    State, "state", State::ALL;
}

/// Returns what is wrong with a word that is none of the known ones.
pub(crate) fn unknown(noun: &str, got: &str, known: &[&str]) -> Error {
    let meant = nearest(got, known.iter().copied())
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default();
    Error::new(format!("got the {noun} {got:?}, want one of {}{meant}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gws::notification::KINDS;

    #[test]
    fn the_types_of_notifications_are_those_of_the_table() {
        let table: Vec<&str> = KINDS.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(NotificationType::ALL.map(NotificationType::as_str).as_slice(), table);
    }
}

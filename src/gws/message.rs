//! Messages: the log of a session (documented: SMSResources, CHMessageResource).
//!
//! The rule of this file: indices are one sequence for all messages of a session, so a viewer who is not shown some of
//! them sees gaps, as clients of GWS do.
//!
//! Rules: message-index, message-typing, timestamp-format, timestamp-milliseconds.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::gws::participant::{Participant, Viewer, Visibility};
use crate::gws::timestamp::{Timestamp, timestamp};

/// The kind of a message, in the vendor's words (documented: SMSResources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum MessageKind {
    Text,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantRejoined,
    TypingStarted,
    TypingStopped,
    PushUrl,
    Notice,
    CustomNotice,
}

impl MessageKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::ParticipantJoined => "ParticipantJoined",
            Self::ParticipantLeft => "ParticipantLeft",
            Self::ParticipantRejoined => "ParticipantRejoined",
            Self::TypingStarted => "TypingStarted",
            Self::TypingStopped => "TypingStopped",
            Self::PushUrl => "PushUrl",
            Self::Notice => "Notice",
            Self::CustomNotice => "CustomNotice",
        }
    }

    /// The field that holds its content (documented: the pages of SendUrl and SendCustomNotice).
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::PushUrl => "url",
            Self::CustomNotice => "noticeText",
            _ => "text",
        }
    }

    /// Tells if the log keeps it. Typing takes an index and is not kept (inferred: indices are not contiguous).
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::TypingStarted | Self::TypingStopped)
    }
}

/// One entry of a session's log.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) index: u32,
    pub(crate) kind: MessageKind,
    pub(crate) from: Participant,
    pub(crate) visibility: Visibility,
    pub(crate) at: Timestamp,
    /// Text, address or notice.
    pub(crate) text: Option<String>,
}

impl Message {
    /// Tells if it is shown to a viewer who is that participant, if any.
    pub(crate) fn shown_to(&self, viewer: Viewer, participant: Option<&str>) -> bool {
        self.visibility.reaches(viewer) || participant == Some(self.from.id.as_str())
    }

    pub(crate) fn render(&self, api_url: &str) -> Value {
        let mut rendered = json!({
            "index": self.index,
            "type": self.kind.as_str(),
            "from": self.from.render_sender(api_url),
            "visibility": self.visibility.as_str(),
            "timestamp": timestamp(self.at),
            // Called seconds; every sample holds milliseconds.
            "timestampSeconds": self.at.timestamp_millis(),
        });
        if let Some(text) = &self.text {
            rendered[self.kind.field()] = json!(text);
        }
        rendered
    }
}

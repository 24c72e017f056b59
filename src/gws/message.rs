//! Messages: the log of a session (documented: SMSResources, CHMessageResource).
//!
//! The rule of this file: indices are one sequence for all messages of a session, so a viewer who is not shown some of
//! them sees gaps, as clients of GWS do.
//!
//! Rules: message-index, message-typing, timestamp-format, timestamp-milliseconds.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::gws::participant::{Participant, Viewer, Visibility};

/// What a message is, in the vendor's words (documented: SMSResources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Kind {
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

impl Kind {
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

    /// Whether the log keeps it. Typing takes an index and is not kept (inferred: indices are not contiguous).
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::TypingStarted | Self::TypingStopped)
    }
}

/// One entry of a session's log.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) index: u32,
    pub(crate) kind: Kind,
    pub(crate) from: Participant,
    pub(crate) visibility: Visibility,
    pub(crate) at: Timestamp,
    /// Text, address or notice.
    pub(crate) text: Option<String>,
}

impl Message {
    /// Whether it is shown to a viewer who is that participant, if any.
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
            "timestampSeconds": self.at.as_millisecond(),
        });
        if let Some(text) = &self.text {
            rendered[self.kind.field()] = json!(text);
        }
        rendered
    }
}

/// A time stamp in the vendor's format, `yyyy-MM-dd HH:mm:ss.SSSZ` (documented: CHMessageResource), in UTC.
pub(crate) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f%z").to_string()
}

/// A time stamp read back, of any offset.
pub(crate) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f%z", text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_are_in_the_vendors_format() {
        let at = Timestamp::from_millisecond(1_389_261_492_035).unwrap();
        assert_eq!(timestamp(at), "2014-01-09 09:58:12.035+0000");
        assert_eq!(parse_timestamp("2014-01-09 11:58:12.035+0200"), Some(at));
        let whole = Timestamp::from_millisecond(1_447_930_963_000).unwrap();
        assert_eq!(timestamp(whole), "2015-11-19 11:02:43.000+0000");
    }
}

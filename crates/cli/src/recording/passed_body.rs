//! A body on its way through the proxy: with its addresses changed, and as a text that can be recorded.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::recording::charset::BodyText;
use crate::recording::content_coding::decoded;

/// A body as the other side gets it.
#[derive(Debug)]
pub(crate) struct PassedBody {
    pub(crate) bytes: Bytes,
    /// True if addresses in it were changed; then it has no content coding any more.
    pub(crate) is_changed: bool,
    /// The body as it came, and as it goes; otherwise what it is instead of a text.
    pub(crate) texts: Result<BodyTexts, String>,
}

#[derive(Debug)]
pub(crate) struct BodyTexts {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl PassedBody {
    /// Changes the addresses in a body with those headers. One in which nothing changes, or that is no text, passes byte by
    /// byte.
    pub(crate) fn of(
        headers: &HeaderMap,
        body: &Bytes,
        limit: usize,
        change: impl FnOnce(&str) -> String,
    ) -> Self {
        let bytes = body.clone();
        let body = match text(headers, body, limit) {
            Ok(body) => body,
            Err(got) => return Self { bytes, is_changed: false, texts: Err(got) },
        };
        let before = body.text.clone();
        let after = change(&before);
        let is_changed = before != after;
        let bytes = match is_changed {
            true => Bytes::from(body.with_text(&after).into_bytes()),
            false => bytes,
        };
        Self { bytes, is_changed, texts: Ok(BodyTexts { before, after }) }
    }

    /// Takes the content coding out of the headers where the body has none any more.
    pub(crate) fn correct(&self, headers: &mut HeaderMap) {
        if self.is_changed {
            headers.remove(CONTENT_ENCODING);
        }
    }
}

fn text(headers: &HeaderMap, body: &[u8], limit: usize) -> Result<BodyText, String> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // The answer to HEAD names the coding of what it leaves out.
    if body.is_empty() {
        return Ok(BodyText::default());
    }
    let codings: Vec<&str> =
        headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let decoded = decoded(body, &codings.join(","), limit)?;
    BodyText::of(&decoded, content_type).ok_or_else(|| {
        format!("{} bytes that are no text, or one in a charset that is not known", decoded.len())
    })
}

//! Bodies as texts, by the charset that their media type names.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A body that is text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BodyText {
    pub(crate) text: String,
    charset: &'static Encoding,
}

impl Default for BodyText {
    fn default() -> Self {
        Self { text: String::new(), charset: UTF_8 }
    }
}

impl BodyText {
    /// The text of a body with that `Content-Type`; `None` where it is no text, or in a charset that is not known. JSON is in
    /// UTF-8, unless something else is said.
    pub(crate) fn of(body: &[u8], content_type: Option<&str>) -> Option<Self> {
        let charset = match content_type.and_then(charset_name) {
            Some(name) => Encoding::for_label(name.as_bytes())?,
            None => UTF_8,
        };
        let (text, charset, is_broken) = charset.decode(body);
        (!is_broken).then(|| Self { text: text.into_owned(), charset })
    }

    /// Another text in the same charset.
    pub(crate) fn with_text(self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self }
    }

    /// The text in its charset.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let Self { text, charset } = self;
        // The crate writes no UTF-16.
        if charset == UTF_16LE {
            return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
        if charset == UTF_16BE {
            return text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        charset.encode(&text).0.into_owned()
    }
}

/// The value of the parameter `charset`.
fn charset_name(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|pair| pair.split_once('='));
    let (_, name) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(name.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], content_type: Option<&str>, expected: Option<&str>) {
        let body_text = BodyText::of(body, content_type);
        let text = body_text.as_ref().map(|of| of.text.as_str());
        assert_eq!(text, expected, "{content_type:?}");
        if let Some(body_text) = body_text.filter(|_| !body.starts_with(b"\xEF\xBB\xBF")) {
            assert_eq!(body_text.into_bytes(), body, "{content_type:?}");
        }
    }

    #[test]
    fn a_body_is_read_in_the_charset_that_its_media_type_names() {
        check("Zoë".as_bytes(), None, Some("Zoë"));
        check("Zoë".as_bytes(), Some("application/json"), Some("Zoë"));
        check(b"Zo\xEB", Some("application/json; charset=ISO-8859-1"), Some("Zoë"));
        check(b"Zo\xEB", Some("application/json;Charset=\"latin1\""), Some("Zoë"));
        check(b"Z\0o\0\xEB\0", Some("text/plain;charset=utf-16le"), Some("Zoë"));
        check(b"\0Z\0o\0\xEB", Some("text/plain;charset=UTF-16BE"), Some("Zoë"));
        check(b"\xEF\xBB\xBF{}", None, Some("{}"));
        check(b"Zo\xEB", None, None);
        check(b"Zo\xEB", Some("application/json;charset=utf-8"), None);
        check(b"Zoe", Some("application/json;charset=klingon"), None);
    }
}

//! The head of a request, byte by byte and field by field: what hyper takes there and HTTP forbids, and what hyper refuses without
//! a reason.
//!
//! The rule of this file: bytes are looked at only while a head is awaited, and count only behind a request line. What has come in
//! one piece with the request before it is not seen.
//!
//! Rules: http-malformed.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Request, Version};

use crate::contract::check::cut;
use crate::rules::{Violation, rule};

/// The place of what HTTP itself refuses.
pub(super) const PLACE: &str = "request line and header";

/// The fields that a request has once at most, among those that the fake reads (RFC 9112, 3.2; RFC 9110, 5.3).
const SINGLE: [HeaderName; 4] = [HOST, AUTHORIZATION, CONTENT_TYPE, ORIGIN];

/// The beginning of the last part of a request line.
const VERSION: &[u8] = b"HTTP/1.";

/// The beginning of the line with the length of a body, in small letters.
const LENGTH: &[u8] = b"content-length:";

/// A number of so many digits may be more than hyper can read.
const HUGE: u8 = 20;

/// Paths in texts are cut to so many characters.
const LONG: usize = 100;

/// The flaws in the bytes of a head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HeadFlaws {
    has_bare_line_feed: bool,
    has_fragment: bool,
    /// The body is announced to be longer than any server takes.
    pub(super) has_huge_length: bool,
}

/// A scan of one head after the other, as their bytes come.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    part: Part,
    flaws: HeadFlaws,
    last: u8,
    /// Spaces in the request line.
    spaces: u8,
    /// Bytes of [`VERSION`] that have come.
    version: usize,
    /// Bytes of the line, and how many of them are those of [`LENGTH`].
    line: usize,
    length: usize,
    /// Digits of the length without zeros in front.
    digits: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Nothing but ends of lines has come, which mean nothing there.
    #[default]
    Before,
    RequestLine,
    Fields,
    /// It is over, or it was none.
    Over,
}

impl HeadScan {
    /// Looks at the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.part == Part::Before && !b"\r\n".contains(byte) {
                self.part = Part::RequestLine;
            }
            match (self.part, *byte) {
                (Part::Over, _) => return,
                (Part::Before, _) => {}
                (_, b'\n') => self.end_line(),
                (Part::RequestLine, byte) => self.in_request_line(byte),
                (Part::Fields, byte) => self.in_field(byte),
            }
            self.last = *byte;
        }
    }

    /// Returns what was wrong with the head, and begins with the next one.
    pub(super) fn take(&mut self) -> HeadFlaws {
        std::mem::take(self).flaws
    }

    fn in_request_line(&mut self, byte: u8) {
        match (self.spaces, byte) {
            (_, b' ') => self.spaces = self.spaces.saturating_add(1),
            (1, b'#') => self.flaws.has_fragment = true,
            (2, byte) if VERSION.get(self.version) == Some(&byte) => self.version += 1,
            _ => {}
        }
    }

    fn in_field(&mut self, byte: u8) {
        if self.length == LENGTH.len() {
            if byte.is_ascii_digit() && (self.digits > 0 || byte != b'0') {
                self.digits = self.digits.saturating_add(1);
            }
        } else if self.length == self.line && LENGTH[self.length] == byte.to_ascii_lowercase() {
            self.length += 1;
        }
        if byte != b'\r' {
            self.line += 1;
        }
    }

    fn end_line(&mut self) {
        let is_request_line = self.spaces == 2 && self.version == VERSION.len();
        if self.part == Part::RequestLine && !is_request_line {
            *self = Self { part: Part::Over, ..Self::default() };
            return;
        }
        self.flaws.has_bare_line_feed |= self.last != b'\r';
        self.flaws.has_huge_length |= self.digits >= HUGE;
        let is_end = self.part == Part::Fields && self.line == 0;
        self.part = if is_end { Part::Over } else { Part::Fields };
        (self.line, self.length, self.digits) = (0, 0, 0);
    }
}

/// Returns what HTTP has against a request that hyper has read.
pub(super) fn malformed(request: &Request<Body>) -> Option<Violation> {
    let flaws = request.extensions().get::<HeadFlaws>().copied().unwrap_or_default();
    let (got, want) = flaw(flaws, request.version(), request.headers())?;
    // Never the authority: in an absolute form it may hold a password.
    let got = format!("{} {} with {got}", request.method(), cut(request.uri().path(), LONG));
    let violation = Violation::new(const { rule("http-malformed") }, PLACE, got, want);
    Some(violation.hint("let an HTTP library write the request"))
}

/// Returns the first flaw of a head, and what is wanted in its place.
fn flaw(flaws: HeadFlaws, version: Version, headers: &HeaderMap) -> Option<(String, &'static str)> {
    if flaws.has_bare_line_feed {
        let got = "a line that ends in a bare line feed".to_owned();
        return Some((got, "lines that end in CR and LF"));
    }
    if flaws.has_fragment {
        return Some((
            "a fragment in its target".to_owned(),
            "a target without the # and what follows",
        ));
    }
    let more = SINGLE.iter().find_map(|name| {
        let count = headers.get_all(name).iter().count();
        (count > 1).then(|| (format!("{count} header fields {}", shown(name)), "one"))
    });
    if more.is_some() {
        return more;
    }
    match headers.get(HOST) {
        None if version == Version::HTTP_11 => {
            Some(("no header field Host".to_owned(), "one, which every HTTP/1.1 request has"))
        }
        Some(host) if !host.is_empty() && !is_host(host.as_bytes()) => Some((
            "a header field Host that names no host".to_owned(),
            "a host and, unless it is the usual one, a port",
        )),
        _ => None,
    }
}

/// Tells if these bytes are a host and perhaps a port.
fn is_host(bytes: &[u8]) -> bool {
    !bytes.contains(&b'@') && Authority::try_from(bytes).is_ok()
}

/// Returns the name of a field as people write it.
fn shown(name: &HeaderName) -> String {
    let words = name.as_str().split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a head in one piece and byte by byte, and returns what is wrong with it.
    fn scan(head: &str) -> HeadFlaws {
        let (mut whole, mut bytes) = (HeadScan::default(), HeadScan::default());
        whole.feed(head.as_bytes());
        head.bytes().for_each(|byte| bytes.feed(&[byte]));
        let flaws = whole.take();
        assert_eq!(bytes.take(), flaws, "{head:?}");
        flaws
    }

    #[test]
    fn a_head_of_an_http_library_has_no_flaw() {
        for head in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nGET /a?b=%23 HTTP/1.1\r\nHost: a\r\nA: #\r\nContent-Length: 00000000000000000000005\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n{\n\"body\": #\n}\n",
        ] {
            assert_eq!(scan(head), HeadFlaws::default(), "{head:?}");
        }
    }

    #[test]
    fn each_flaw_of_a_head_is_seen() {
        let flaws = HeadFlaws::default();
        for (head, expected) in [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", HeadFlaws { has_bare_line_feed: true, ..flaws }),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", HeadFlaws { has_bare_line_feed: true, ..flaws }),
            ("GET / HTTP/1.1\r\nHost: a\r\n\n", HeadFlaws { has_bare_line_feed: true, ..flaws }),
            ("GET /a#b HTTP/1.1\r\n\r\n", HeadFlaws { has_fragment: true, ..flaws }),
            (
                "POST / HTTP/1.1\r\ncontent-LENGTH:  018446744073709551615\r\n\r\n",
                HeadFlaws { has_huge_length: true, ..flaws },
            ),
        ] {
            assert_eq!(scan(head), expected, "{head:?}");
        }
    }

    #[test]
    fn bytes_that_begin_with_no_request_line_have_no_flaw() {
        for bytes in
            ["{\n  \"rest of\": \"a body\"\n}\n", "ent: a #b HTTP/1.1 c\nB: c\n\n", "\x16\x03\n"]
        {
            assert_eq!(scan(bytes), HeadFlaws::default(), "{bytes:?}");
        }
    }

    #[test]
    fn a_host_is_a_host_and_perhaps_a_port() {
        for host in ["a", "my_service:80", "[::1]:8080", "127.0.0.1", "a.example."] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in ["a b", "http://a", "a/b", "user:password@a", "a:b:c"] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}

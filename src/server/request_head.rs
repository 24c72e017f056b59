//! The head of a request, line by line and field by field: what hyper takes there and HTTP forbids, and what hyper refuses without
//! a reason.
//!
//! The rule of this file: bytes count only behind a request line. Behind a body whose length its head does not say, what comes in
//! one piece with it is not seen.
//!
//! Rules: http-malformed.

use std::collections::VecDeque;

use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, ORIGIN, TRANSFER_ENCODING,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Request, Version};
use memchr::memchr;

use crate::contract::check::cut;
use crate::rules::{Violation, rule};

/// The place of what HTTP itself refuses.
pub(super) const PLACE: &str = "request line and header";

/// The fields that a request has once at most, among those that the fake reads (RFC 9112, 3.2; RFC 9110, 5.3).
const SINGLE: [HeaderName; 4] = [HOST, AUTHORIZATION, CONTENT_TYPE, ORIGIN];

/// The beginning of the last part of a request line.
const VERSION: &[u8] = b"HTTP/1.";

/// A number of so many digits may be more than hyper can read.
const HUGE: usize = 20;

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

/// A scan of one request after the other as their bytes come: the lines of its head, and past its body.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    part: Part,
    /// The flaws of the head that comes, and those of the heads that have come and are not taken.
    flaws: HeadFlaws,
    whole: VecDeque<HeadFlaws>,
    /// The beginning of a line whose end has not come. hyper refuses a head before it has more than some thousand bytes.
    unfinished: Vec<u8>,
    body: BodyLength,
}

/// The part of a request that is awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Ends of lines before the request line mean nothing.
    #[default]
    RequestLine,
    Fields,
    /// So many bytes of the body.
    Body(u64),
    /// It is not seen where the next request begins.
    Unknown,
}

/// The length of a body, as its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyLength {
    Bytes(u64),
    /// It shows in the body.
    Chunked,
}

impl Default for BodyLength {
    fn default() -> Self {
        Self::Bytes(0)
    }
}

impl HeadScan {
    /// Looks at the next bytes. `begins`: no request is being answered, so that they begin one, if it is not seen.
    pub(super) fn feed(&mut self, mut bytes: &[u8], begins: bool) {
        if self.part == Part::Unknown && begins {
            self.part = Part::RequestLine;
        }
        while !bytes.is_empty() {
            match self.part {
                Part::Unknown => return,
                Part::Body(left) => {
                    let passed = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[passed..];
                    let left = left - passed as u64;
                    self.part = if left == 0 { Part::RequestLine } else { Part::Body(left) };
                }
                Part::RequestLine | Part::Fields => match memchr(b'\n', bytes) {
                    None => {
                        self.unfinished.extend_from_slice(bytes);
                        return;
                    }
                    Some(end) => {
                        let (line, rest) = bytes.split_at(end);
                        bytes = &rest[1..];
                        if self.unfinished.is_empty() {
                            self.line(line);
                        } else {
                            let mut whole = std::mem::take(&mut self.unfinished);
                            whole.extend_from_slice(line);
                            self.line(&whole);
                        }
                    }
                },
            }
        }
    }

    /// Tells if a head has begun and not ended.
    pub(super) fn is_within_head(&self) -> bool {
        match self.part {
            Part::RequestLine => self.unfinished.iter().any(|byte| *byte != b'\r'),
            Part::Fields => true,
            Part::Body(_) | Part::Unknown => false,
        }
    }

    /// Returns what was wrong with the first head that has come and was not taken.
    pub(super) fn take(&mut self) -> HeadFlaws {
        self.whole.pop_front().unwrap_or_default()
    }

    /// Looks at a line without its line feed.
    fn line(&mut self, line: &[u8]) {
        let (line, is_bare) = match line.strip_suffix(b"\r") {
            Some(line) => (line, false),
            None => (line, true),
        };
        match self.part {
            Part::RequestLine => self.request_line(line, is_bare),
            Part::Fields => self.field(line, is_bare),
            Part::Body(_) | Part::Unknown => {}
        }
    }

    fn request_line(&mut self, line: &[u8], is_bare: bool) {
        let ends = line.iter().take_while(|byte| **byte == b'\r').count();
        let line = &line[ends..];
        if line.is_empty() {
            return;
        }
        let mut words = line.split(|byte| *byte == b' ');
        let (_, target, version) = (words.next(), words.next(), words.next());
        let is_one = version.is_some_and(|version| version.starts_with(VERSION));
        self.part = if is_one && words.next().is_none() { Part::Fields } else { Part::Unknown };
        if self.part == Part::Fields {
            self.flaws.has_bare_line_feed = is_bare;
            self.flaws.has_fragment = target.is_some_and(|target| target.contains(&b'#'));
        }
    }

    fn field(&mut self, line: &[u8], is_bare: bool) {
        self.flaws.has_bare_line_feed |= is_bare;
        if line.is_empty() {
            self.whole.push_back(std::mem::take(&mut self.flaws));
            self.part = match std::mem::take(&mut self.body) {
                BodyLength::Bytes(0) => Part::RequestLine,
                BodyLength::Bytes(length) => Part::Body(length),
                BodyLength::Chunked => Part::Unknown,
            };
        } else if let Some(value) = value_of(CONTENT_LENGTH, line) {
            let digits = value.iter().filter(|byte| byte.is_ascii_digit());
            self.flaws.has_huge_length |=
                digits.skip_while(|digit| **digit == b'0').count() >= HUGE;
            let length = str::from_utf8(value.trim_ascii()).ok().and_then(|text| text.parse().ok());
            if self.body != BodyLength::Chunked {
                self.body = length.map_or(BodyLength::Chunked, BodyLength::Bytes);
            }
        } else if value_of(TRANSFER_ENCODING, line).is_some() {
            self.body = BodyLength::Chunked;
        }
    }
}

/// The value of a line of the head, if it is the field of that name.
fn value_of(name: HeaderName, line: &[u8]) -> Option<&[u8]> {
    let (field, value) = line.split_at_checked(name.as_str().len())?;
    value.strip_prefix(b":").filter(|_| field.eq_ignore_ascii_case(name.as_str().as_bytes()))
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
    if headers.len() > headers.keys_len()
        && let Some(more) = SINGLE.iter().find_map(|name| {
            let count = headers.get_all(name).iter().count();
            (count > 1).then(|| (format!("{count} header fields {}", shown(name)), "one"))
        })
    {
        return Some(more);
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
        whole.feed(head.as_bytes(), true);
        head.bytes().for_each(|byte| bytes.feed(&[byte], true));
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
    fn half_a_head_is_seen_behind_a_whole_request() {
        for (before, half, expected) in [
            ("GET / HTTP/1.1\r\n\r\n", "", false),
            ("GET / HTTP/1.1\r\n\r\n", "\r", false),
            ("GET / HTTP/1.1\r\n\r\n", "G", true),
            ("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n", true),
            ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{", "", false),
            ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "", false),
            ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "G", true),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "G",
                false,
            ),
        ] {
            let (mut whole, mut bytes) = (HeadScan::default(), HeadScan::default());
            let all = format!("{before}{half}");
            whole.feed(all.as_bytes(), true);
            // All bytes behind the first head come while its request is answered.
            let head = before.find("\r\n\r\n").unwrap() + 4;
            all.bytes().enumerate().for_each(|(at, byte)| bytes.feed(&[byte], at < head));
            assert_eq!(whole.is_within_head(), expected, "{all:?}");
            assert_eq!(bytes.is_within_head(), expected, "{all:?}");
        }
    }

    #[test]
    fn each_head_of_several_in_one_piece_has_its_own_flaws() {
        let mut scan = HeadScan::default();
        let heads = "GET / HTTP/1.1\r\n\r\nGET /#a HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        scan.feed(heads.as_bytes(), true);
        let has_fragment = [(); 4].map(|()| scan.take().has_fragment);
        assert_eq!(has_fragment, [false, true, false, false]);
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

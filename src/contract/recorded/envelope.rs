//! The text of a HAR file, without the faults of its exporter: nothing around the messages was sent by GWS or a client.
//!
//! A byte order mark is passed over, bytes that are no UTF-8 are read as Latin-1, and an escape of half a surrogate pair
//! becomes U+FFFD. No line and no column moves by that.

use std::io::{self, Read};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The number of bytes that are read at a time.
const AT_A_TIME: usize = 16 * 1024;
/// The length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;
/// Of the same length as what it replaces.
const REPLACEMENT: &[u8; ESCAPE] = b"\\ufffd";

/// The text of a HAR file.
pub fn har_text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut text = Vec::with_capacity(bytes.len());
    repair(bytes, true, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Tells if a text begins as a HAR file does.
pub(super) fn begins_har(begin: &[u8]) -> bool {
    let begin = begin.strip_prefix(BYTE_ORDER_MARK).unwrap_or(begin).trim_ascii_start();
    let members = begin.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    members.is_some_and(|members| members.starts_with(b"\"log\""))
}

/// Reads the text of a HAR file.
pub(super) struct HarReader<R> {
    reader: R,
    /// The bytes that were read and are not repaired yet.
    raw: Vec<u8>,
    /// The repaired text; the part from `next` on is not read yet.
    text: Vec<u8>,
    next: usize,
    begun: bool,
    ended: bool,
}

impl<R: Read> HarReader<R> {
    pub(super) fn new(reader: R) -> Self {
        let (raw, text) = (Vec::new(), Vec::new());
        Self { reader, raw, text, next: 0, begun: false, ended: false }
    }

    /// Repairs what comes next.
    fn advance(&mut self) -> io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept + AT_A_TIME, 0);
        let read = self.reader.read(&mut self.raw[kept..]);
        self.raw.truncate(kept + read.as_ref().copied().unwrap_or_default());
        self.ended = read? == 0;
        if !self.begun {
            if self.raw.len() < BYTE_ORDER_MARK.len() && !self.ended {
                return Ok(());
            }
            self.begun = true;
            if self.raw.starts_with(BYTE_ORDER_MARK) {
                self.raw.drain(..BYTE_ORDER_MARK.len());
            }
        }
        self.text.clear();
        self.next = 0;
        let done = repair(&self.raw, self.ended, &mut self.text);
        self.raw.drain(..done);
        Ok(())
    }
}

impl<R: Read> Read for HarReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.next == self.text.len() && !self.ended {
            self.advance()?;
        }
        let count = (&self.text[self.next..]).read(into)?;
        self.next += count;
        Ok(count)
    }
}

/// Adds the repaired bytes to the text, and returns how many bytes that were. The last ones may have to wait for those behind
/// them.
fn repair(bytes: &[u8], is_end: bool, text: &mut Vec<u8>) -> usize {
    let mut done = 0;
    while let Some(first) = bytes.get(done) {
        let rest = &bytes[done..];
        let repaired = match first {
            b'\\' => escape(rest, is_end),
            0x80.. => character(rest, is_end),
            _ => {
                let end = rest.iter().position(|byte| *byte == b'\\' || *byte >= 0x80);
                let plain = &rest[..end.unwrap_or(rest.len())];
                text.extend(plain);
                done += plain.len();
                continue;
            }
        };
        let Some(Repaired { length, replacement }) = repaired else { break };
        match replacement {
            None => text.extend(&rest[..length]),
            Some(Replacement::Escape) => text.extend(REPLACEMENT),
            Some(Replacement::Letter(letter)) => {
                text.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        done += length;
    }
    done
}

/// So many bytes, and what takes their place where they are wrong.
struct Repaired {
    length: usize,
    replacement: Option<Replacement>,
}

enum Replacement {
    /// U+FFFD, as an escape.
    Escape,
    Letter(char),
}

/// The character that begins there; `None` where its end has not been read.
fn character(rest: &[u8], is_end: bool) -> Option<Repaired> {
    let most = &rest[..rest.len().min(4)];
    let chunk = most.utf8_chunks().next()?;
    if let Some(letter) = chunk.valid().chars().next() {
        return Some(Repaired { length: letter.len_utf8(), replacement: None });
    }
    let is_cut = std::str::from_utf8(most).is_err_and(|error| error.error_len().is_none());
    let replacement = Some(Replacement::Letter(char::from(*rest.first()?)));
    (is_end || !is_cut).then_some(Repaired { length: 1, replacement })
}

/// The escape that begins there; `None` where its end has not been read.
fn escape(rest: &[u8], is_end: bool) -> Option<Repaired> {
    let as_it_is =
        |length: usize| Some(Repaired { length: length.min(rest.len()), replacement: None });
    let replaced = || Some(Repaired { length: ESCAPE, replacement: Some(Replacement::Escape) });
    let pair = 2 * ESCAPE;
    match (rest.get(1), unit(rest)) {
        (None, _) if !is_end => None,
        (Some(b'u'), None) if rest.len() < ESCAPE && !is_end => None,
        (_, None) => as_it_is(2),
        (_, Some(0xD800..=0xDBFF)) => match rest.get(ESCAPE..).and_then(unit) {
            Some(0xDC00..=0xDFFF) => as_it_is(pair),
            None if rest.len() < pair && !is_end => None,
            _ => replaced(),
        },
        (_, Some(0xDC00..=0xDFFF)) => replaced(),
        (_, Some(_)) => as_it_is(ESCAPE),
    }
}

/// The code unit of an escape such as `\ud83d`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if are_digits { u16::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::recorded::dripping::Dripping;

    #[test]
    fn faults_of_an_exporter_are_repaired_however_the_text_comes() {
        for (bytes, expected) in [
            (&b"\xEF\xBB\xBF{\"log\":{}}"[..], "{\"log\":{}}"),
            (b"caf\xE9 \xE4", "café ä"),
            ("ä€𝄞".as_bytes(), "ä€𝄞"),
            (b"\xF0\x9D", "ð\u{9D}"),
            (br#"\ud83d"#, r"\ufffd"),
            (br#""\ud83d\n\uDe00""#, r#""\ufffd\n\ufffd""#),
            (br#"\ud83d\ud83d\ude00"#, r"\ufffd\ud83d\ude00"),
            (br#"\\ud83d \" \u00e4 \u12"#, r#"\\ud83d \" \u00e4 \u12"#),
            (br#"\uD83D\uDE00 \u+123"#, r"\uD83D\uDE00 \u+123"),
            (b"\\", "\\"),
        ] {
            assert_eq!(har_text(bytes), expected);
            for at_a_time in [1, 2, 3, 100] {
                let mut text = String::new();
                HarReader::new(Dripping(bytes, at_a_time)).read_to_string(&mut text).unwrap();
                assert_eq!(text, expected, "{at_a_time}");
            }
        }
    }

    #[test]
    fn a_har_file_is_known_by_its_first_member() {
        for (begin, expected) in [
            (&b"{\"log\":"[..], true),
            (b"\xEF\xBB\xBF\n{ \"log\"", true),
            (b"{\"logs\":", false),
            (b"[{\"log\":", false),
            (b"{\"statusCode\":0}", false),
            (b"", false),
        ] {
            assert_eq!(begins_har(begin), expected, "{}", begin.escape_ascii());
        }
    }
}

//! A reader in stretches, with a look ahead at the lines that lie in a stretch as a whole.

use std::io::{self, BufRead, Cursor, Read};
use std::ops::Range;

/// Reads into a room of a fixed size, however much there is to be read.
pub(super) struct Lookahead<'r> {
    reader: Box<dyn Read + 'r>,
    room: Vec<u8>,
    /// The part of the room that has been read and not been consumed.
    left: Range<usize>,
    /// True if more may be read than is needed for now. Otherwise the writer may wait for the diagnostics of the text
    /// so far.
    eager: bool,
    /// The error of reading more than was needed, until it is its turn.
    failed: Option<io::Error>,
}

/// The outcome of reading more.
#[derive(Debug, PartialEq, Eq)]
enum More {
    Some,
    /// It ends there.
    Nothing,
    /// There is no room for it, or it could not be read.
    NotNow,
}

impl<'r> Lookahead<'r> {
    /// The size of the room is the length of the vector, which is at least one byte.
    pub(super) fn new(reader: impl Read + 'r, room: Vec<u8>, eager: bool) -> Self {
        Self { reader: Box::new(reader), room, left: 0..0, eager, failed: None }
    }

    /// Up to so many of the first bytes, as far as one reading brings them; none, if they cannot be read, which is told when it
    /// is their turn.
    pub(super) fn begin(&mut self, bytes: usize) -> &[u8] {
        if self.left.is_empty() {
            self.more();
        }
        let begin = &self.room[self.left.clone()];
        &begin[..begin.len().min(bytes)]
    }

    /// A reader of everything that has not been consumed, and the room.
    pub(super) fn into_parts(self) -> (impl Read + 'r, Vec<u8>) {
        let begin = Cursor::new(self.room[self.left].to_vec());
        (begin.chain(self.reader), self.room)
    }

    /// The room, to be used again.
    pub(super) fn into_room(self) -> Vec<u8> {
        self.room
    }

    /// Everything up to the end, if there is room for it.
    pub(super) fn rest(&mut self) -> Option<&[u8]> {
        while self.eager {
            match self.more() {
                More::Some => {}
                More::Nothing => return Some(&self.room[self.left.clone()]),
                More::NotNow => return None,
            }
        }
        None
    }

    /// The rest of a line with its ending, if there is room for it.
    pub(super) fn line(&mut self) -> Option<&[u8]> {
        let mut seen = 0;
        loop {
            let mut behind = &self.room[self.left.clone()][seen..];
            // The quickest search for a byte that there is in std.
            seen += behind.skip_until(b'\n').expect("reading from memory does not fail");
            let line = self.left.start..self.left.start + seen;
            if self.room[line.clone()].ends_with(b"\n") {
                return Some(&self.room[line]);
            }
            if seen > 0 && !self.eager {
                return None;
            }
            match self.more() {
                More::Some => {}
                More::Nothing => break,
                More::NotNow => return None,
            }
        }
        Some(&self.room[self.left.clone()]).filter(|line| !line.is_empty())
    }

    /// Reads on behind what is left, which goes to the beginning of the room where there is none behind it.
    fn more(&mut self) -> More {
        if self.left.end == self.room.len() || self.left.is_empty() {
            self.room.copy_within(self.left.clone(), 0);
            self.left = 0..self.left.len();
        }
        if self.left.end == self.room.len() || self.failed.is_some() {
            return More::NotNow;
        }
        match self.reader.read(&mut self.room[self.left.end..]) {
            Ok(0) => More::Nothing,
            Ok(count) => {
                self.left.end += count;
                More::Some
            }
            Err(error) => {
                self.failed = Some(error);
                More::NotNow
            }
        }
    }
}

impl Read for Lookahead<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Lookahead<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.is_empty() {
            self.more();
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
        }
        Ok(&self.room[self.left.clone()])
    }

    fn consume(&mut self, count: usize) {
        self.left.start = self.left.end.min(self.left.start + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::recorded::dripping::Dripping;

    /// The lines that are found while all of them are passed over, `-` for each byte that is in none.
    fn lines(text: &str, at_a_time: usize, room: usize, eager: bool) -> String {
        let reader = Dripping(text.as_bytes(), at_a_time);
        let mut ahead = Lookahead::new(reader, vec![0; room], eager);
        let mut found = String::new();
        loop {
            if let Some(line) = ahead.line() {
                let count = line.len();
                found += &format!("<{}>", String::from_utf8_lossy(line));
                ahead.consume(count);
            } else if ahead.fill_buf().unwrap().is_empty() {
                return found;
            } else {
                found.push('-');
                ahead.consume(1);
            }
        }
    }

    #[test]
    fn a_line_is_found_where_there_is_room_for_it() {
        for at_a_time in [1, 2, 3, 100] {
            let found = |room| lines("ab\n\nabc\nabcdef\nx", at_a_time, room, true);
            assert_eq!(found(100), "<ab\n><\n><abc\n><abcdef\n><x>", "{at_a_time}");
            assert_eq!(found(7), "<ab\n><\n><abc\n><abcdef\n><x>", "{at_a_time}");
            assert_eq!(found(4), "<ab\n><\n><abc\n>---<def\n><x>", "{at_a_time}");
            assert_eq!(found(1), "--<\n><\n>---<\n>------<\n>-", "{at_a_time}");
        }
    }

    #[test]
    fn nothing_is_waited_for_where_somebody_may_wait_in_turn() {
        assert_eq!(lines("ab\ncd\nx", 100, 100, false), "<ab\n><cd\n>-");
        assert_eq!(lines("ab\ncd\n", 4, 100, false), "<ab\n>-<d\n>");
        assert_eq!(lines("ab\ncd\n", 3, 100, false), "<ab\n><cd\n>");
        let mut ahead = Lookahead::new(&b"ab"[..], vec![0; 100], false);
        assert_eq!(ahead.rest(), None);
    }

    #[test]
    fn the_rest_is_found_where_there_is_room_for_it_and_its_end() {
        for (room, expected) in [(100, true), (4, true), (3, false)] {
            let mut ahead = Lookahead::new(Dripping(b"abcd", 2), vec![0; room], true);
            ahead.fill_buf().unwrap();
            ahead.consume(1);
            assert_eq!(ahead.rest(), Some(&b"bcd"[..]).filter(|_| expected), "{room}");
            let mut all = String::new();
            ahead.read_to_string(&mut all).unwrap();
            assert_eq!(all, "bcd", "{room}");
        }
    }

    #[test]
    fn what_could_not_be_read_ahead_is_told_when_it_is_its_turn() {
        struct Broken;

        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }

        let mut ahead = Lookahead::new((&b"ab"[..]).chain(Broken), vec![0; 100], true);
        assert_eq!(ahead.rest(), None);
        assert_eq!(ahead.line(), None);
        assert_eq!(ahead.fill_buf().unwrap(), b"ab");
        ahead.consume(2);
        assert_eq!(ahead.fill_buf().unwrap_err().to_string(), "broken");
        assert_eq!(ahead.line(), None);
        assert_eq!(ahead.fill_buf().unwrap_err().to_string(), "broken");
    }
}

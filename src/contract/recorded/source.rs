//! A reader byte by byte, which knows the place that it has reached.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use crate::contract::recorded::lookahead::Lookahead;

/// The number of bytes of the current line that are kept for showing it.
const KEPT: usize = 200;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A place in a text; lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    pub(super) const BEGIN: Self = Self { line: 1, column: 1 };

    /// Behind that byte.
    pub(super) fn behind(self, byte: u8) -> Self {
        match byte {
            b'\n' => Self { line: self.line + 1, column: 1 },
            // What continues a character of UTF-8 is no further column.
            0x80..=0xBF => self,
            _ => Self { column: self.column + 1, ..self },
        }
    }
}

/// A reader that counts. serde_json asks for one byte at a time, so that the place is where it stands, and one further
/// where it has looked at the next one.
pub(super) struct Source<'r> {
    state: RefCell<State<'r>>,
}

/// A function that returns `true` if it takes a text: the text is whole and needs no diagnostic.
pub(super) type Takes<'r> = &'r mut dyn FnMut(&[u8]) -> bool;

struct State<'r> {
    reader: Lookahead<'r>,
    takes: Option<Takes<'r>>,
    place: Place,
    /// The place before the byte that was read last.
    before: Place,
    /// The end of what the current line has so far.
    line: VecDeque<u8>,
    /// The bytes that were read since the recording began.
    recorded: Option<Vec<u8>>,
    /// True if reading ends at the end of a line.
    by_line: bool,
    /// True if nothing but white space has been read.
    empty: bool,
    /// The place of a broken byte: serde_json reads on before it reports one.
    broke: Option<Broke>,
}

/// The place that reading had reached at a broken byte.
#[derive(Clone, Debug)]
pub(super) struct Broke {
    /// The place of the byte that was read last.
    pub(super) last: Place,
    /// The place behind it.
    pub(super) behind: Place,
    /// The end of the line up to there.
    pub(super) line: Vec<u8>,
}

impl<'r> Source<'r> {
    /// A source that is read by the byte alone.
    #[cfg(test)]
    pub(super) fn new(reader: impl Read + 'r) -> Self {
        Self::with(Lookahead::new(reader, vec![0; 8], true), None)
    }

    /// A source that passes over the texts that `takes` takes.
    pub(super) fn with(reader: Lookahead<'r>, takes: Option<Takes<'r>>) -> Self {
        let state = State {
            reader,
            takes,
            place: Place::BEGIN,
            before: Place::BEGIN,
            line: VecDeque::new(),
            recorded: None,
            by_line: false,
            empty: true,
            broke: None,
        };
        Self { state: RefCell::new(state) }
    }

    /// The room that was read into.
    pub(super) fn into_room(self) -> Vec<u8> {
        self.state.into_inner().reader.into_room()
    }

    pub(super) fn place(&self) -> Place {
        self.state.borrow().place
    }

    /// The place of the byte that was read last.
    pub(super) fn last(&self) -> Place {
        self.state.borrow().before
    }

    /// The end of the line up to the place.
    pub(super) fn line_so_far(&self) -> Vec<u8> {
        self.state.borrow().line.iter().copied().collect()
    }

    /// Remembers the place, if it is the first one since this was last asked for.
    pub(super) fn breaks(&self) {
        let mut state = self.state.borrow_mut();
        if state.broke.is_none() {
            let line = state.line.iter().copied().collect();
            state.broke = Some(Broke { last: state.before, behind: state.place, line });
        }
    }

    /// The place that was remembered, or this one.
    pub(super) fn broke(&self) -> Broke {
        self.breaks();
        let here = Broke { last: self.last(), behind: self.place(), line: Vec::new() };
        self.state.borrow_mut().broke.take().unwrap_or(here)
    }

    /// Begins to record; with `last`, the byte that was read last is part of it.
    pub(super) fn record(&self, last: bool) {
        let mut state = self.state.borrow_mut();
        let last = if last { state.line.back().copied() } else { None };
        state.recorded = Some(last.into_iter().collect());
    }

    /// Goes on with a recording that began before, from the byte that was read last on.
    pub(super) fn add_recorded(&self, recorded: Vec<u8>) {
        let mut state = self.state.borrow_mut();
        let mut recorded = recorded;
        recorded.extend(state.line.back());
        state.recorded = Some(recorded);
    }

    /// The recorded bytes; `None` if recording was given up.
    pub(super) fn recorded(&self) -> Option<Vec<u8>> {
        self.state.borrow_mut().recorded.take()
    }

    /// Passes over a byte order mark, if there is one.
    pub(super) fn pass_byte_order_mark(&self) -> io::Result<bool> {
        let mut state = self.state.borrow_mut();
        let found = state.reader.fill_buf()?.starts_with(BYTE_ORDER_MARK);
        if found {
            state.reader.consume(BYTE_ORDER_MARK.len());
        }
        Ok(found)
    }

    /// Passes over white space; whether anything is behind it.
    pub(super) fn pass_space(&self) -> io::Result<bool> {
        let mut state = self.state.borrow_mut();
        loop {
            match state.next_byte()? {
                None => return Ok(false),
                Some(b'\n') if state.by_line => return Ok(false),
                Some(b' ' | b'\t' | b'\r' | b'\n') => state.take()?,
                Some(_) => return Ok(true),
            };
        }
    }

    /// Passes over all there is, if it is taken as a whole; whether it is.
    pub(super) fn pass_whole(&self) -> bool {
        let State { reader, takes, .. } = &mut *self.state.borrow_mut();
        takes.as_mut().is_some_and(|takes| reader.rest().is_some_and(takes))
    }

    /// Passes over the rest of the line and the lines behind it, as long as they are taken as they are.
    pub(super) fn pass_lines(&self) {
        let mut state = self.state.borrow_mut();
        while state.pass_line() {}
    }

    /// From now on each line is by itself.
    pub(super) fn by_line(&self) {
        self.state.borrow_mut().by_line = true;
    }

    /// Goes to the next line; whether there is one.
    pub(super) fn next_line(&self) -> io::Result<bool> {
        let mut state = self.state.borrow_mut();
        loop {
            match state.take()? {
                None => return Ok(false),
                Some(b'\n') => return Ok(state.next_byte()?.is_some()),
                Some(_) => {}
            }
        }
    }

    /// Tells if the source had nothing but white space in it.
    pub(super) fn is_empty(&self) -> bool {
        self.state.borrow().empty
    }

    /// Tells if the source ends here, without another line.
    pub(super) fn is_at_end(&self) -> io::Result<bool> {
        Ok(self.state.borrow_mut().next_byte()?.is_none())
    }
}

impl State<'_> {
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    fn pass_line(&mut self) -> bool {
        let Some(takes) = &mut self.takes else { return false };
        let Some(line) = self.reader.line().filter(|line| takes(line)) else { return false };
        let count = line.len();
        self.empty = false;
        if line.ends_with(b"\n") {
            self.reader.consume(count);
            self.line.clear();
            self.place = Place { line: self.place.line + 1, column: 1 };
            self.before = self.place;
        } else {
            // The last line: all of it lies in the reader.
            (0..count).for_each(|_| drop(self.take()));
        }
        true
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        let Some(byte) = self.next_byte()? else { return Ok(None) };
        self.reader.consume(1);
        self.before = self.place;
        self.empty &= byte.is_ascii_whitespace();
        self.place = self.place.behind(byte);
        if byte == b'\n' {
            self.line.clear();
        } else {
            if self.line.len() == KEPT {
                self.line.pop_front();
            }
            self.line.push_back(byte);
        }
        if let Some(recorded) = &mut self.recorded {
            recorded.push(byte);
        }
        Ok(Some(byte))
    }
}

impl Read for &Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        let Some(first) = into.first_mut() else { return Ok(0) };
        if state.by_line && state.next_byte()? == Some(b'\n') {
            return Ok(0);
        }
        match state.take()? {
            None => Ok(0),
            Some(byte) => {
                *first = byte;
                Ok(1)
            }
        }
    }
}

//! The line and the column of a part of a text, and the line that shows it.

use std::ops::Range;

use crate::contract::recorded::diagnostic::Snippet;
use crate::contract::recorded::element::Element;
use crate::contract::recorded::source::Place;

/// The number of bytes that are shown before the place of a diagnostic, and from there on.
const AROUND: [usize; 2] = [80, 120];
/// The number of bytes of a line that are looked at to show those.
const LOOKED_AT: usize = 200;
/// The number of bytes of the text between two counts of its characters.
const COUNTED: usize = 1024;
const CUT: char = '…';

/// The beginnings of the lines of an element's text, and counts of its characters. They are computed once, so that a
/// thousand diagnostics cost no more than one.
pub(super) struct LineIndex<'e> {
    element: &'e Element,
    /// The bytes that end a line.
    ends: Vec<usize>,
    /// The number of characters that begin before each stretch of [`COUNTED`] bytes.
    characters: Vec<usize>,
}

impl<'e> LineIndex<'e> {
    pub(super) fn of(element: &'e Element) -> Self {
        let text = element.text.as_slice();
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
        let mut characters = vec![0];
        for (index, stretch) in text.chunks(COUNTED).enumerate() {
            characters.push(characters[index] + begun_in(stretch));
        }
        Self { element, ends: ends.collect(), characters }
    }

    /// The place of that part of the text, with the line around it.
    pub(super) fn spot(&self, part: Range<usize>) -> Snippet {
        let Element { text, gaps, .. } = self.element;
        let begin = part.start.min(text.len());
        let next = gaps.partition_point(|gap| gap.begin <= begin);
        let (from, place, before) = match next.checked_sub(1).map(|at| &gaps[at]) {
            None => (0, self.element.place, self.element.before.as_slice()),
            Some(gap) => (gap.begin, gap.place, gap.before.as_slice()),
        };
        let lines = self.ended_before(begin);
        let mut line_begin = from;
        let mut before = before;
        let mut column = place.column;
        let lines_before = lines - self.ended_before(from);
        if lines_before > 0 {
            (line_begin, before, column) = (self.ends[lines - 1] + 1, &[], 1);
        }
        let column = column + self.characters(line_begin..begin);
        let place = Place { line: place.line + lines_before, column };

        let stretch_end = gaps.get(next).map_or(text.len(), |gap| gap.begin);
        let line_end = self.ends.get(lines).copied().unwrap_or(text.len()).min(stretch_end);
        let end = part.end.clamp(begin, line_end);
        let shown_from = begin.saturating_sub(LOOKED_AT);
        let before = match (line_begin..shown_from).next() {
            None => [before, &text[line_begin..begin]].concat(),
            Some(_) => {
                let begun = (shown_from..begin).find(|at| begins_one(text[*at])).unwrap_or(begin);
                text[begun..begin].to_vec()
            }
        };
        let marked = &text[begin..end.min(begin + LOOKED_AT)];
        let after = match line_end - end > LOOKED_AT {
            true => &text[end..end + LOOKED_AT],
            false => text[end..line_end].trim_ascii_end(),
        };
        let mut spot = shown(&before, marked, after, place);
        if end - begin > LOOKED_AT {
            spot.end_column = place.column + self.characters(begin..end);
        }
        spot
    }

    /// The number of lines that end before that byte.
    fn ended_before(&self, byte: usize) -> usize {
        self.ends.partition_point(|end| *end < byte)
    }

    fn characters(&self, bytes: Range<usize>) -> usize {
        let [from, to] = [bytes.start, bytes.end].map(|byte| {
            let stretch = byte / COUNTED;
            self.characters[stretch] + begun_in(&self.element.text[stretch * COUNTED..byte])
        });
        to - from
    }
}

/// Tells if a byte of UTF-8 begins a character; a byte that continues one is no further column.
fn begins_one(byte: u8) -> bool {
    !matches!(byte, 0x80..=0xBF)
}

fn begun_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins_one(**byte)).count()
}

/// The end of a broken line: its last byte, or the place after it if something is missing.
pub(super) fn at_the_end_of(line: &[u8], place: Place, missing: bool) -> Snippet {
    let begin = if missing { line.len() } else { line.len().saturating_sub(1) };
    shown(&line[..begin], &line[begin..], &[], place)
}

/// A line of what stands before the part, the part, and what stands behind it, cut around the part.
fn shown(before: &[u8], marked: &[u8], after: &[u8], place: Place) -> Snippet {
    let [before, marked, after] =
        [before, marked, after].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let is_whole = before.chars().count() + 1 == place.column;
    let end_column = place.column + marked.chars().count();
    let mut line = String::new();
    let from = before.len().saturating_sub(AROUND[0]);
    let is_boundary = |at: &usize| before.is_char_boundary(*at);
    let from = (from..before.len()).find(is_boundary).unwrap_or(before.len());
    if from > 0 || !is_whole {
        line.push(CUT);
    }
    line += &before[from..];
    let begin = line.len();
    push_at_most(&mut line, &marked, AROUND[1]);
    let end = line.len();
    push_at_most(&mut line, &after, AROUND[1].saturating_sub(end - begin));
    Snippet { place, end_column, line, mark: begin..end }
}

fn push_at_most(line: &mut String, text: &str, most: usize) {
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=most.min(text.len())).rev().find(is_boundary);
    let end = end.expect("a text begins at a boundary");
    *line += &text[..end];
    if end < text.len() {
        line.push(CUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::recorded::element::Gap;

    fn check(before: &str, text: &str, marked: &str, expected: (usize, usize, usize, &str)) {
        let column = before.chars().count() + 1;
        let element = Element {
            text: text.into(),
            place: Place { line: 4, column },
            before: before.into(),
            pointer: String::new(),
            gaps: Vec::new(),
        };
        let begin = text.find(marked).unwrap();
        let Snippet { place, end_column, line, mark } =
            LineIndex::of(&element).spot(begin..begin + marked.len());
        let shown =
            format!("{}<{}>{}", &line[..mark.start], &line[mark.clone()], &line[mark.end..]);
        assert_eq!((place.line, place.column, end_column, shown.as_str()), expected);
    }

    #[test]
    fn a_part_is_shown_in_its_line() {
        check("ü[", "{\"a\": 12}", "12", (4, 9, 11, "ü[{\"a\": <12>}"));
        check("[", "{\r\n  \"ä\": [1,\n 2] }", "[1,\n 2]", (5, 8, 11, "  \"ä\": <[1,>"));
        check("[", "{}", "{}", (4, 2, 4, "[<{}>"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_part() {
        let text = format!("[\"{}\",\"it\",\"{}\"]", "ä".repeat(100), "o".repeat(1000));
        let before = "ä".repeat(39);
        let after = "o".repeat(114);
        let shown = format!("…{before}\",<\"it\">,\"{after}…");
        check("", &text, "\"it\"", (4, 105, 109, &shown));
        let text = format!("\"{}\"", "ü".repeat(1000));
        let shown = format!("<\"{}…>", "ü".repeat(59));
        check("", &text, &text, (4, 1, 1003, &shown));
    }

    #[test]
    fn the_column_counts_the_characters_of_a_line_of_any_length() {
        let text = format!("[\"{}\",\n\"{}\",\"it\"]", "ä".repeat(3000), "ü".repeat(5000));
        let shown = format!("…{}\",<\"it\">]", "ü".repeat(39));
        check("[", &text, "\"it\"", (5, 5004, 5008, &shown));
    }

    #[test]
    fn behind_what_is_left_out_a_text_goes_on_elsewhere() {
        let place = Place { line: 2, column: 3 };
        let gaps =
            vec![Gap { begin: 6, place: Place { line: 9, column: 5 }, before: "[…}".into() }];
        let text = b"{\"a\":[],\n\"b\":1}".to_vec();
        let element = Element { text, place, before: "  ".into(), pointer: String::new(), gaps };
        let lines = LineIndex::of(&element);
        let found = [5..7, 6..7, 13..14].map(|part| {
            let Snippet { place, line, mark, .. } = lines.spot(part);
            (place.line, place.column, line[..mark.start].to_owned(), line[mark].to_owned())
        });
        let found = found.each_ref().map(|(line, column, before, marked)| {
            (*line, *column, before.as_str(), marked.as_str())
        });
        assert_eq!(found, [(2, 8, "  {\"a\":", "["), (9, 5, "…[…}", "]"), (10, 5, "\"b\":", "1")]);
    }
}

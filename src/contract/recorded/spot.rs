//! From a part of a text to its line and column, and to the line that shows it.

use std::ops::Range;

use crate::contract::recorded::elements::Element;
use crate::contract::recorded::finding::Spot;
use crate::contract::recorded::source::Place;

/// How many bytes are shown before what is wrong, and from there on.
const AROUND: [usize; 2] = [80, 120];
const CUT: char = '…';

/// Where that part of the element's text stands.
pub(super) fn spot(element: &Element, part: Range<usize>) -> Spot {
    let text = &element.text;
    let begin = part.start.min(text.len());
    let place = text[..begin].iter().fold(element.place, |place, byte| place.behind(*byte));
    let line_begin = text[..begin].iter().rposition(|byte| *byte == b'\n').map_or(0, |it| it + 1);
    let rest = &text[begin..];
    let line_end = rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |it| begin + it);
    let before = if line_begin == 0 { element.before.as_slice() } else { &[] };
    let line = [before, &text[line_begin..line_end]].concat();
    let marked = begin - line_begin + before.len();
    let end = part.end.clamp(begin, line_end) - line_begin + before.len();
    shown(&line, marked..end, place)
}

/// Where a line ends because what is in it is broken: its last byte, or where something is missing behind it.
pub(super) fn at_the_end_of(line: &[u8], place: Place, missing: bool) -> Spot {
    let begin = if missing { line.len() } else { line.len().saturating_sub(1) };
    shown(line, begin..line.len(), place)
}

/// The line cut around the part.
fn shown(line: &[u8], part: Range<usize>, place: Place) -> Spot {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let [before, marked, after] =
        [&line[..part.start], &line[part.clone()], &line[part.end..]].map(text);
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
    push_at_most(&mut line, after.trim_end(), AROUND[1].saturating_sub(end - begin));
    Spot { place, end_column, line, mark: begin..end }
}

fn push_at_most(line: &mut String, text: &str, most: usize) {
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=most.min(text.len())).rev().find(is_boundary).unwrap_or_default();
    *line += &text[..end];
    if end < text.len() {
        line.push(CUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, text: &str, marked: &str, expected: (usize, usize, usize, &str)) {
        let column = before.chars().count() + 1;
        let element = Element {
            text: text.into(),
            place: Place { line: 4, column },
            before: before.into(),
            pointer: String::new(),
        };
        let begin = text.find(marked).unwrap();
        let Spot { place, end_column, line, mark } = spot(&element, begin..begin + marked.len());
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
        let (before, after) = ("ä".repeat(39), "o".repeat(114));
        let shown = format!("…{before}\",<\"it\">,\"{after}…");
        check("", &text, "\"it\"", (4, 105, 109, &shown));
        let text = format!("\"{}\"", "ü".repeat(1000));
        let shown = format!("<\"{}…>", "ü".repeat(59));
        check("", &text, &text, (4, 1, 1003, &shown));
    }
}

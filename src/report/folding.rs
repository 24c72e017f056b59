//! The lines of a long timeline: what repeats is folded, and what is still long is left out in the middle.

use std::hash::{DefaultHasher, Hasher};

/// The greatest number of lines that repeat together.
const TOGETHER: usize = 12;
/// The least number of repetitions that are folded.
const REPEATED: usize = 4;
/// The number of rows at the beginning of a timeline, and at its end, that are always shown.
const SHOWN: usize = 1000;

/// A row of a timeline as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// The line of the entry with that index.
    Entry(usize),
    /// So many lines above come so many more times; the last of these entries has that index.
    Again { entries: usize, times: usize, last: usize },
    /// So many rows are not shown.
    LeftOut(usize),
}

/// Returns a number that is the same for lines which differ in nothing but times.
pub(super) fn kind(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = line;
    while let Some((part, behind)) = rest.split_once(" ms") {
        let number = |letter: char| letter.is_ascii_digit() || letter == '.';
        hasher.write(part.trim_end_matches(number).trim_start().as_bytes());
        rest = behind;
    }
    hasher.write(rest.as_bytes());
    hasher.finish()
}

/// Folds lines of these kinds where they repeat, alone or several together.
pub(super) fn folded(kinds: &[u64]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut index = 0;
    while index < kinds.len() {
        let times = |entries: usize| {
            let rest = &kinds[index + entries..];
            rest.chunks_exact(entries)
                .take_while(|next| *next == &kinds[index..index + entries])
                .count()
        };
        let most = TOGETHER.min((kinds.len() - index) / 2);
        let found = (1..=most).map(|entries| (entries, times(entries)));
        match found.into_iter().find(|(_, times)| *times >= REPEATED) {
            Some((entries, times)) => {
                rows.extend((index..index + entries).map(Row::Entry));
                index += entries * (times + 1);
                rows.push(Row::Again { entries, times, last: index - 1 });
            }
            None => {
                rows.push(Row::Entry(index));
                index += 1;
            }
        }
    }
    rows
}

/// Leaves out what is in the middle of very many rows.
pub(super) fn bounded(mut rows: Vec<Row>) -> Vec<Row> {
    let left_out = rows.len().saturating_sub(2 * SHOWN);
    if left_out > 0 {
        rows.splice(SHOWN..SHOWN + left_out, [Row::LeftOut(left_out)]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_in_times_only_are_of_one_kind() {
        let kind_of =
            |at: &str, held: &str| kind(&format!("{at} ms  s1  connect  held {held} ms  200"));
        assert_eq!(kind_of("     +1.3", "3.7"), kind_of(" +20001.3", "20000.1"));
        assert_ne!(kind("+1.0 ms  s1  connect  200"), kind("+1.0 ms  s1  connect  402"));
    }

    #[test]
    fn lines_that_repeat_together_are_folded() {
        let kinds = [7, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 8, 3, 3, 3, 3, 3];
        let expected = [
            Row::Entry(0),
            Row::Entry(1),
            Row::Entry(2),
            Row::Again { entries: 2, times: 4, last: 10 },
            Row::Entry(11),
            Row::Entry(12),
            Row::Again { entries: 1, times: 4, last: 16 },
        ];
        assert_eq!(folded(&kinds), expected);
        assert_eq!(folded(&kinds[..9]).len(), 9);
        assert_eq!(folded(&[]), []);
    }

    #[test]
    fn what_is_long_is_left_out_in_the_middle() {
        let rows: Vec<Row> = (0..5000).map(Row::Entry).collect();
        let shown = bounded(rows.clone());
        assert_eq!(shown.len(), 2 * SHOWN + 1);
        assert_eq!(shown[SHOWN - 1..=SHOWN + 1], [rows[999], Row::LeftOut(3000), rows[4000]]);
        assert_eq!(bounded(rows[..2000].to_vec()), rows[..2000]);
    }
}

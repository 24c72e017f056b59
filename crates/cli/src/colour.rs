//! Colours of what people read on a terminal. Whoever prints it takes them out again where there is no terminal.

use anstyle::{AnsiColor, Style};

const BAD: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// The marks from which a line of the timeline is coloured to its end.
const MARKS: [(&str, Style); 3] = [("  ✗ ", BAD), ("  LOST ", BAD), ("  note ", NOTE)];

/// A line of the timeline.
pub(crate) fn line(line: &str) -> String {
    let first = MARKS
        .iter()
        .filter_map(|(mark, style)| Some((line.find(mark)?, style)))
        .min_by_key(|mark| mark.0);
    match first {
        Some((place, style)) => {
            let (before, marked) = line.split_at(place);
            format!("{before}{style}{marked}{style:#}")
        }
        None => line.to_owned(),
    }
}

/// A report: its first line says how it went.
pub(crate) fn report(report: &str, kept: bool) -> String {
    let style = if kept { GOOD } else { BAD };
    let (headline, rest) = report.split_once('\n').unwrap_or((report, ""));
    let rest: String = rest.lines().map(|plain| format!("{}\n", line(plain))).collect();
    format!("{style}{headline}{style:#}\n{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_is_coloured_and_the_text_stays() {
        let plain = "+1.0 ms  s1  POST /x  400  ✗ method";
        let coloured = line(plain);
        assert_ne!(coloured, plain);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
        assert_eq!(line("+1.0 ms  s1  connect  200"), "+1.0 ms  s1  connect  200");
        let whole = report("contract kept\n\n  a\n", true);
        assert_eq!(anstream::adapter::strip_str(&whole).to_string(), "contract kept\n\n  a\n");
    }
}

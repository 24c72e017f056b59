//! A report without what differs from run to run: times, ports, and ids that were drawn; and without the line that started
//! the fake, which moves with every line that is written above it.

use std::collections::BTreeMap;

/// The text with `…` in the place of each time, `PORT` of each port of a loopback address, and `<id 1>`, `<id 2>` in the
/// order in which they come, of each id that `is_drawn`.
pub(crate) fn stable(text: &str, is_drawn: impl Fn(&str) -> bool) -> String {
    let mut ids = BTreeMap::new();
    let mut lines = String::new();
    for line in text.lines() {
        let line = line.split(" (fake started at ").next().unwrap_or(line);
        lines += line_of(line, &is_drawn, &mut ids).trim_end();
        lines.push('\n');
    }
    lines
}

fn line_of(
    line: &str,
    is_drawn: &impl Fn(&str) -> bool,
    ids: &mut BTreeMap<String, usize>,
) -> String {
    let mut stable = String::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let length =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        if word.is_empty() {
            stable.push(next);
            rest = &rest[next.len_utf8()..];
        } else if let Some(behind) = time(word, behind) {
            if stable.trim_start() == "+" {
                // How far a moment is set in depends on its digits.
                stable = "  +".to_owned();
            }
            stable += "… ms";
            rest = behind;
        } else if is_port(&stable, word) {
            stable += "PORT";
            rest = behind;
        } else if is_drawn(word) {
            let next = ids.len() + 1;
            let number = ids.entry(word.to_owned()).or_insert(next);
            stable += &format!("<id {number}>");
            rest = behind;
        } else {
            stable += word;
            rest = behind;
        }
    }
    stable
}

/// The text after a time in milliseconds, such as `12.3 ms`.
fn time<'t>(word: &str, behind: &'t str) -> Option<&'t str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (fraction, behind) = behind.strip_prefix('.')?.split_once(" ms")?;
    (digits(word) && digits(fraction)).then_some(behind)
}

fn is_port(before: &str, word: &str) -> bool {
    let hosts = ["127.0.0.1:", "localhost:", "[::1]:"];
    word.bytes().all(|byte| byte.is_ascii_digit())
        && hosts.iter().any(|host| before.ends_with(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_left_out_and_nothing_else() {
        let drawn = |word: &str| word.len() > 20;
        let text = "contract kept: 2 requests (fake started at tests/x.rs:7)\n\n    +12.3 ms  s1  GET /api/v2/me  200\n     +1.3 ms  s1  connect  held 1000.0 ms  200\n  got aaaaaaaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbbbbbbb, want aaaaaaaaaaaaaaaaaaaaaaaaa at http://127.0.0.1:4711/api";
        assert_eq!(
            stable(text, drawn),
            "contract kept: 2 requests\n\n  +… ms  s1  GET /api/v2/me  200\n  +… ms  s1  connect  held … ms  200\n  got <id 1> and <id 2>, want <id 1> at http://127.0.0.1:PORT/api\n"
        );
    }
}

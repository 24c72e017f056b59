//! Texts from clients and files in the form in which people may see them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns a text in which each character that ends a line, moves the cursor, changes colours, turns the direction of writing or
/// has no width is written as JSON escapes it, such as `\u001b`. No such character of a client's can forge a line of a report, or
/// change a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if is_hidden(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Marks of direction, characters without a width, and ends of lines of Unicode.
            '\u{61C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_people_do_not_see_becomes_its_escape() {
        for (text, expected) in [
            ("/api/v2/me", "/api/v2/me"),
            ("ä → 文", "ä → 文"),
            ("a\n::error::b", r"a\n::error::b"),
            ("\u{1b}]0;x\u{7}", r"\u001b]0;x\u0007"),
            ("\u{9b}31m\u{202e}", r"\u009b31m\u202e"),
            ("\u{200b}\u{feff}\t\r", r"\u200b\ufeff\t\r"),
            ("\u{e0041}", r"\udb40\udc41"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn no_text_keeps_a_control_character() {
        let all: String = ('\0'..=char::MAX).collect();
        assert!(!visible(&all).contains(char::is_control));
    }
}

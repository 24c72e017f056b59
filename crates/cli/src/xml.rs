//! Texts as XML can hold them, whatever a client has sent or a test is called.

use std::fmt::Write as _;

/// The text with each character that XML 1.0 does not hold, and each that no reader would see, as JSON escapes it: `\ufffe`.
///
/// Nothing is left out, so that a value that was found wrong for such a character still shows why.
pub(crate) fn xml_text(text: &str) -> String {
    let mut held = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' => held.push(character),
            '\u{FFFE}' | '\u{FFFF}' => escape(character, &mut held),
            // Of these XML holds some, and the writer of JUnit drops them, or what it takes for a colour.
            _ if character.is_control() => escape(character, &mut held),
            _ => held.push(character),
        }
    }
    held
}

/// Every one of them is in the plane whose numbers have four digits.
fn escape(character: char, held: &mut String) {
    let _ = write!(held, "\\u{:04x}", u32::from(character));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The production `Char` of XML 1.0.
    fn is_of_xml(character: char) -> bool {
        matches!(
            character,
            '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..
        )
    }

    #[test]
    fn every_character_becomes_one_that_xml_holds_and_stays_to_be_seen() {
        for character in '\0'..=char::MAX {
            let text = format!("<{character}>");
            let held = xml_text(&text);
            assert!(held.chars().all(is_of_xml), "{character:?}: {held:?}");
            if held != text {
                let escaped = format!("\"{}\"", &held[1..held.len() - 1]);
                assert_eq!(serde_json::from_str::<char>(&escaped).unwrap(), character);
            }
        }
        for (text, expected) in [
            ("a\u{0}\u{1b}[31m\u{b}", "a\\u0000\\u001b[31m\\u000b"),
            ("\u{FFFD}\u{FFFE}\u{FFFF}\u{1FFFE}", "\u{FFFD}\\ufffe\\uffff\u{1FFFE}"),
            ("ä\n\tö\r\u{7f}\u{9b}", "ä\n\tö\\u000d\\u007f\\u009b"),
        ] {
            assert_eq!(xml_text(text), expected);
        }
    }
}

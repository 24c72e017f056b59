//! Spellings that the vendor's pages disagree about.
//!
//! The rule of this file: [`SPELLINGS`] has one row for each. A name that stands on an operation's own page is taken, with
//! a note; a path that is almost certainly misspelt is refused with the right one as the hint, unless
//! `builder().lenient_paths()` has it taken, with a note too.

use serde_json::Value;

use crate::gws::capability::{Lists, SWITCH_BARGE_IN};
use crate::rules::{Rule, Violation, rule};

/// The kind of a name that has several spellings, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An `operationName`.
    Name,
    /// A parameter of the operation of this name.
    Parameter(&'static str),
    /// The words of a path below `/api/v2`; `{}` is one segment.
    Path,
}

use Place::{Name, Parameter, Path};

/// A spelling, and the one that is meant.
struct Spelling {
    place: Place,
    /// The spelling of the operation's own page.
    page: &'static str,
    /// The spelling of other pages.
    meant: &'static str,
    /// Holds the source.
    rule: &'static Rule,
}

const fn spelling(
    place: Place,
    page: &'static str,
    meant: &'static str,
    rule: &'static Rule,
) -> Spelling {
    Spelling { place, page, meant, rule }
}

const SPELLINGS: &[Spelling] = &[
    spelling(
        Name,
        "SendStopTypingToAgentNotification",
        "SendStopTypingToAgentsNotification",
        rule("spelling-stop-typing-to-agent"),
    ),
    spelling(Parameter("Invite"), "userUri", "targetUri", rule("spelling-invite-user-uri")),
    spelling(Path, "me/smsessions/{}", "me/smssessions/{}", rule("spelling-smsessions")),
    spelling(
        Path,
        "me/smsessions/{}/messages",
        "me/smssessions/{}/messages",
        rule("spelling-smsessions"),
    ),
    spelling(Path, "me/smsessions", "me/smssessions", rule("spelling-smsessions")),
    spelling(Path, "me/smsssession/{}", "me/smssessions/{}", rule("spelling-smsssession")),
    spelling(Path, "smssessions/{}", "me/smssessions/{}", rule("spelling-without-me")),
];

/// The name that is meant, and a note when it is another one. Where the lists of the pages are given, the name that they
/// spell differently is right.
pub(crate) fn operation_name(got: &str, lists: Lists) -> (&str, Option<Violation>) {
    if lists == Lists::Documented && got == SWITCH_BARGE_IN.0 {
        return (SWITCH_BARGE_IN.1, None);
    }
    match SPELLINGS.iter().find(|spelling| spelling.place == Name && spelling.page == got) {
        None => (got, None),
        Some(Spelling { meant, rule, .. }) => {
            (meant, Some(note(rule, "/operationName", got, meant)))
        }
    }
}

/// Renames what the operation's own page spells differently; returns the notes.
pub(crate) fn parameters(operation: &str, body: &mut Value) -> Vec<Violation> {
    let Some(fields) = body.as_object_mut() else { return Vec::new() };
    let mut notes = Vec::new();
    for Spelling { place, page, meant, rule } in SPELLINGS {
        let Parameter(of) = place else { continue };
        if *of == operation && !fields.contains_key(*meant) {
            let Some(value) = fields.remove(*page) else { continue };
            fields.insert((*meant).to_owned(), value);
            notes.push(note(rule, &format!("/{page}"), page, meant));
        }
    }
    notes
}

/// The path pattern that is meant by one of a misspelling, with the segments of both and the rule.
pub(crate) fn paths() -> impl Iterator<Item = (&'static str, &'static str, &'static Rule)> {
    let paths = SPELLINGS.iter().filter(|spelling| spelling.place == Path);
    paths.map(|path| (path.page, path.meant, path.rule))
}

/// Says how it is usually spelt.
pub(crate) fn note(broken: &'static Rule, place: &str, got: &str, meant: &str) -> Violation {
    Violation::new(broken, place, got, meant)
        .hint(format!("most pages write {meant}; it is taken as that"))
        .note()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_of_its_own_page_is_taken_with_a_note() {
        let (name, note) = operation_name("SendStopTypingToAgentNotification", Lists::Accepted);
        assert_eq!(name, "SendStopTypingToAgentsNotification");
        assert_eq!(note.unwrap().rule.id, "spelling-stop-typing-to-agent");
        assert_eq!(operation_name("SendMessage", Lists::Accepted), ("SendMessage", None));
    }

    #[test]
    fn a_name_of_the_lists_is_taken_where_they_are_given() {
        let (page, meant) = SWITCH_BARGE_IN;
        assert_eq!(operation_name(page, Lists::Documented), (meant, None));
        assert_eq!(operation_name(page, Lists::Accepted), (page, None));
    }

    #[test]
    fn a_parameter_of_its_own_page_is_taken_with_a_note() {
        let mut body = json!({ "operationName": "Invite", "userUri": "u" });
        assert_eq!(parameters("Invite", &mut body).len(), 1);
        assert_eq!(body, json!({ "operationName": "Invite", "targetUri": "u" }));
        assert_eq!(parameters("Consult", &mut body), []);
    }

    #[test]
    fn a_parameter_that_is_there_under_its_right_name_too_is_left_to_the_schema() {
        let mut body = json!({ "userUri": "u", "targetUri": "v" });
        assert_eq!(parameters("Invite", &mut body), []);
        assert_eq!(body, json!({ "userUri": "u", "targetUri": "v" }));
    }
}

//! What `check` is given.

use gws_sms_fake::contract::{Check, Summary};

/// The text of a file, as recordings of any kind, strict and not, and as lines.
///
/// # Panics
///
/// When a finding is nowhere, or what it marks is not in its line.
pub fn recording(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let check = Check::new();
    look(&check.text("a recording", &text));
    look(&check.clone().strict().text("a recording", &text));
    look(&check.lines("a recording", input));
}

fn look(checked: &Summary) {
    checked.summary();
    checked.to_json();
    let _ = checked.try_conform();
    for finding in checked.diagnostics() {
        assert!(finding.line() > 0 && finding.column() > 0, "{finding:?}");
        assert!(finding.end_column() >= finding.column(), "{finding:?}");
        assert!(finding.excerpt().get(finding.mark()).is_some(), "{finding:?}");
        assert_ne!(finding.place(), "");
        assert_ne!(finding.reason(), "");
        finding.to_json();
    }
}

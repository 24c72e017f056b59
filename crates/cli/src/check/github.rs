//! Workflow commands of GitHub Actions: a line a finding.

use gws_sms_fake::_cli_internals::contract::visible::visible;
use gws_sms_fake::contract::{Diagnostic, Severity};

use crate::check::repository::Repository;

pub(crate) fn diagnostic(repository: &Repository, diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity() {
        Severity::Error => "error",
        _ => "notice",
    };
    let place = diagnostic.place();
    let [place, got, want] = [&*place, diagnostic.got(), diagnostic.want()].map(visible);
    let mut text = format!("{place}: got {got}, want {want}");
    if let Some(hint) = diagnostic.hint() {
        text += &format!("; {}", visible(hint));
    }
    text += &format!("\n{}", diagnostic.reason());
    format!(
        "::{command} file={},line={},col={},endColumn={},title={}::{}\n",
        property(&repository.path(diagnostic.file())),
        diagnostic.line(),
        diagnostic.column(),
        diagnostic.end_column(),
        property(diagnostic.id()),
        data(&text),
    )
}

/// Escapes the characters that end a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the characters that end a property, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50 % a,b: c\r\nd"), "50 %25 a,b: c%0D%0Ad");
        assert_eq!(property("C:\\a,b"), "C%3A\\a%2Cb");
    }
}

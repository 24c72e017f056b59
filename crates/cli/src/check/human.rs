//! For people: each finding with its line, and a summary.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use gws_sms_fake::_cli_internals::contract::visible::visible;
use gws_sms_fake::contract::{Diagnostic, Severity, Summary};

use crate::colour;

/// A finding, with colours.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        _ => Level::NOTE,
    };
    // The line may be cut, so that the columns of the snippet are not those of the file.
    let file = visible(diagnostic.file());
    let line = diagnostic.line();
    let column = diagnostic.column();
    let got = visible(diagnostic.got());
    let want = visible(diagnostic.want());
    let place = diagnostic.place();
    let place = visible(&place);
    let hint = diagnostic.hint().map(visible);
    let title = format!("{file}:{line}:{column}: got {got}, want {want}");
    let mut mark = AnnotationKind::Primary.span(diagnostic.mark());
    if !diagnostic.is_whole() {
        mark = mark.label(&*place);
    }
    let snippet = Snippet::source(diagnostic.excerpt()).line_start(line).annotation(mark);
    let group = level.primary_title(title).id(diagnostic.id()).element(snippet);
    let hint = hint.as_deref().map(|hint| Level::HELP.message(hint));
    let reason = Level::NOTE.message(diagnostic.reason());
    let group = group.elements(hint).element(reason);
    format!("{}\n\n", Renderer::styled().render(&[group]))
}

/// The summary, in the colour of its verdict.
pub(crate) fn summary(checked: &Summary) -> String {
    colour::report(&checked.summary(), checked.errors() == 0 && checked.troubles().is_empty())
}

//! For people: each finding with its line, and a summary.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use gws_sms_fake::contract::{Diagnostic, Severity, Summary};

use crate::colour;

/// A finding, with colours.
pub(crate) fn finding(finding: &Diagnostic) -> String {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        _ => Level::NOTE,
    };
    // The line may be cut, so that the columns of the snippet are not those of the file.
    let (file, line, column) = (finding.file(), finding.line(), finding.column());
    let (got, want) = (finding.got(), finding.want());
    let title = format!("{file}:{line}:{column}: got {got}, want {want}");
    let mut mark = AnnotationKind::Primary.span(finding.mark());
    if !finding.is_whole() {
        mark = mark.label(finding.place());
    }
    let snippet = Snippet::source(finding.excerpt()).line_start(line).annotation(mark);
    let group = level.primary_title(title).id(finding.id()).element(snippet);
    let hint = finding.hint().map(|hint| Level::HELP.message(hint));
    let reason = Level::NOTE.message(finding.reason());
    let group = group.elements(hint).element(reason);
    format!("{}\n\n", Renderer::styled().render(&[group]))
}

/// The summary, in the colour of its verdict.
pub(crate) fn summary(checked: &Summary) -> String {
    colour::report(&checked.summary(), checked.errors() == 0 && checked.troubles().is_empty())
}

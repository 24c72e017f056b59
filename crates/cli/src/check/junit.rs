//! JUnit XML: a case for each error, and one for each schema that all its messages conform to.
//!
//! There is none for each file, so that the report grows with what is found only.

use std::collections::BTreeSet;

use crate::xml::xml_text;
use gws_sms_fake::contract::{Diagnostic, Severity, Summary};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

pub(crate) fn report(checked: &Summary, diagnostics: &[Diagnostic]) -> Result<String, String> {
    let mut suite = TestSuite::new("check");
    let errors =
        || diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    let broken: BTreeSet<&str> = errors().filter_map(Diagnostic::schema).collect();
    for (schema, count) in checked.messages().filter(|(schema, _)| !broken.contains(schema)) {
        let mut case = TestCase::new(format!("{count} conform"), TestCaseStatus::success());
        case.set_classname(xml_text(schema));
        suite.add_test_case(case);
    }
    suite.add_test_cases(errors().map(failure));
    for trouble in checked.troubles() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(xml_text(trouble));
        let mut case = TestCase::new("everything is read", status);
        case.set_classname("check");
        suite.add_test_case(case);
    }
    let notes: String = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() != Severity::Error)
        .map(|note| format!("{note}\n\n"))
        .collect();
    suite.set_system_out(xml_text(&(notes + &checked.summary())));
    let mut report = Report::new("gws-sms-fake");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| error.to_string())
}

fn failure(diagnostic: &Diagnostic) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(xml_text(&format!("got {}, want {}", diagnostic.got(), diagnostic.want())));
    status.set_type(diagnostic.id());
    status.set_description(xml_text(&diagnostic.to_string()));
    let file = diagnostic.file();
    let line = diagnostic.line();
    let column = diagnostic.column();
    let name = format!("{file}:{line}:{column} {}", diagnostic.place());
    let mut case = TestCase::new(xml_text(&name), status);
    case.set_classname(xml_text(diagnostic.schema().unwrap_or("check")));
    case
}

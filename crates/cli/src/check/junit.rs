//! JUnit XML: a case for each error, and one for each schema that all its messages conform to.
//!
//! There is none for each file, so that the report grows with what is found only. A case keeps its name from run to run, since
//! CI servers compare runs by the names: a name has no count in it, and neither a line nor a column.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::repository::Repository;
use crate::xml::xml_text;
use gws_sms_fake::contract::{Diagnostic, Severity, Summary};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

pub(crate) fn report(
    repository: &Repository,
    checked: &Summary,
    diagnostics: &[Diagnostic],
) -> Result<String, String> {
    let mut suite = TestSuite::new("check");
    let errors =
        || diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    let broken: BTreeSet<&str> = errors().filter_map(Diagnostic::schema).collect();
    for (schema, _) in checked.messages().filter(|(schema, _)| !broken.contains(schema)) {
        let mut case = TestCase::new("all conform", TestCaseStatus::success());
        case.set_classname(xml_text(schema));
        suite.add_test_case(case);
    }
    let mut names = BTreeMap::new();
    suite.add_test_cases(errors().map(|error| failure(name(repository, error, &mut names), error)));
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

/// The name of a case: the file, the rule, the place in the message, and a number where another case has the same name.
fn name(
    repository: &Repository,
    diagnostic: &Diagnostic,
    names: &mut BTreeMap<String, usize>,
) -> String {
    let file = repository.path(diagnostic.file());
    let name = format!("{file} {} {}", diagnostic.id(), diagnostic.place());
    let count = names.entry(name.clone()).or_default();
    *count += 1;
    if *count == 1 { name } else { format!("{name} ({count})") }
}

fn failure(name: String, diagnostic: &Diagnostic) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(xml_text(&format!("got {}, want {}", diagnostic.got(), diagnostic.want())));
    status.set_type(diagnostic.id());
    status.set_description(xml_text(&diagnostic.to_string()));
    let mut case = TestCase::new(xml_text(&name), status);
    case.set_classname(xml_text(diagnostic.schema().unwrap_or("check")));
    case
}

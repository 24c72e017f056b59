//! Verdicts as JUnit, which CI systems show: a test case for each fake.

use gws_sms_fake::Verdict;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::xml::xml_text;

/// One fake: what it is called, and its report.
struct Case<'a> {
    name: &'a str,
    report: &'a str,
    /// The first thing that it broke, if any: the id of a rule, or another kind of failure.
    broken: Option<&'a str>,
}

/// Writes verdicts as one test suite, with a test case for each fake.
///
/// # Errors
///
/// When the report cannot be rendered as XML.
pub fn of_verdicts(verdicts: &[Verdict]) -> Result<String, String> {
    let cases = verdicts.iter().map(|verdict| Case {
        name: verdict.name(),
        report: verdict.report(),
        broken: verdict.broken_rule(),
    });
    junit("contract of GWS", &cases.collect::<Vec<_>>())
}

/// One test suite of that name.
fn junit(suite_name: &str, cases: &[Case<'_>]) -> Result<String, String> {
    let mut suite = TestSuite::new(suite_name);
    for case in cases {
        let status = match case.broken {
            None => TestCaseStatus::success(),
            Some(kind) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let report = xml_text(case.report);
                let headline = report.lines().next().unwrap_or_default();
                status.set_message(headline).set_type(kind).set_description(&report);
                status
            }
        };
        let mut rendered = TestCase::new(xml_text(case.name), status);
        rendered.set_classname(suite_name);
        suite.add_test_case(rendered);
    }
    let mut report = Report::new(suite_name);
    report.add_test_suite(suite);
    report.to_string().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fake_is_a_case_and_what_it_broke_its_failure() {
        let cases = [
            Case { name: "gws", report: "contract kept: 1 request\n", broken: None },
            Case {
                name: "of <one> test",
                report: "contract broken\n\n  a & b\n",
                broken: Some("method"),
            },
        ];
        expect_test::expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="contract of GWS" tests="2" failures="1" errors="0">
                <testsuite name="contract of GWS" tests="2" disabled="0" errors="0" failures="1">
                    <testcase name="gws" classname="contract of GWS">
                    </testcase>
                    <testcase name="of &lt;one&gt; test" classname="contract of GWS">
                        <failure message="contract broken" type="method">contract broken

              a &amp; b
            </failure>
                    </testcase>
                </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&junit("contract of GWS", &cases).unwrap());
    }

    #[test]
    fn characters_that_xml_forbids_are_escaped_in_junit_as_in_json() {
        let cases = [Case {
            name: "of \u{1b}[31mred\u{FFFE}",
            report: "broken by \u{FFFF}\n\u{7}\n",
            broken: Some("method"),
        }];
        expect_test::expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="contract of GWS" tests="1" failures="1" errors="0">
                <testsuite name="contract of GWS" tests="1" disabled="0" errors="0" failures="1">
                    <testcase name="of \u001b[31mred\ufffe" classname="contract of GWS">
                        <failure message="broken by \uffff" type="method">broken by \uffff
            \u0007
            </failure>
                    </testcase>
                </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&junit("contract of GWS", &cases).unwrap());
    }
}

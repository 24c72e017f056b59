//! What a fake takes at most, what it says to whoever wants more, and clients that pause, stall or flood.

mod clients;
mod dropped;
#[cfg(unix)]
mod load;
mod push;
mod timeline;

use gws_sms_fake::FakeGws;

/// What the report explains of that rule, the only one that is broken. From then on it is expected.
fn blamed(gws: &FakeGws, rule: &str) -> String {
    let violations = gws.report_json()["violations"].take();
    let [violation] = violations.as_array().unwrap().as_slice() else { panic!("{violations}") };
    assert_eq!(violation["rule"], rule);
    gws.expect_violation(rule);
    gws.verify();
    let text = |field| violation[field].as_str().unwrap();
    format!("got {}, want {}; {}", text("got"), text("want"), text("hint"))
}

/// The lines of the report that have that text, without their times.
fn lines_with(gws: &FakeGws, text: &str) -> Vec<String> {
    let report = gws.report();
    let lines = report.lines().filter(|line| line.contains(text));
    lines.map(|line| line.trim().to_owned()).collect()
}

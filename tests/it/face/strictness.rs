//! Which violations a test lets pass: all of a rule, one, or the one that it expects; and whole sessions.

use gws_sms_fake::fixtures::{AGENT, SUPERVISOR};
use gws_sms_fake::{Builder, Certainty, FakeGws};
use serde_json::json;

use support::panicked;
use support::{Desktop, HttpClient, intrude_path};

/// Breaks the rule `intrude-mode` as often.
async fn breaks_the_mode(gws: &FakeGws, times: usize) {
    let client = HttpClient::of(gws, SUPERVISOR);
    for _ in 0..times {
        let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
        assert_eq!(client.post(&intrude_path(), &body).await.status, 400);
    }
}

/// Breaks the rule `path-unknown` once.
async fn breaks_the_path(gws: &FakeGws) {
    assert_eq!(HttpClient::of(gws, SUPERVISOR).get("/api/v2/Me").await.status, 404);
}

/// What the verification says in its first line, without the line that started the fake; empty when it passes.
fn verdict(gws: &FakeGws) -> String {
    let report = gws.try_verify().err().map(|error| error.to_string()).unwrap_or_default();
    report.split(" (fake started").next().unwrap_or_default().to_owned()
}

/// How each violation is marked in the timeline, in its order.
fn marks(gws: &FakeGws) -> Vec<String> {
    let report = gws.report();
    let marks = report.lines().filter_map(|line| {
        let (_, mark) =
            line.split_once(" 400 statusCode 2  ").or(line.split_once(" 404 statusCode 6  "))?;
        Some(mark.to_owned())
    });
    marks.collect()
}

#[tokio::test]
async fn a_rule_that_is_allowed_may_be_broken_again_and_again_and_no_other() {
    let gws = FakeGws::start();
    gws.allow("intrude-mode");
    breaks_the_mode(&gws, 3).await;
    gws.verify();
    assert_eq!(marks(&gws), ["allowed intrude-mode"; 3]);
    breaks_the_path(&gws).await;
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 4 requests");
    gws.allow("path-unknown");
    gws.verify();
}

#[tokio::test]
async fn allow_once_excuses_the_first_violation_and_not_the_second() {
    let gws = FakeGws::start();
    gws.allow_once("intrude-mode");
    gws.verify();
    breaks_the_mode(&gws, 1).await;
    gws.verify();
    assert_eq!(marks(&gws), ["allowed intrude-mode"]);
    breaks_the_mode(&gws, 1).await;
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 2 requests");
    assert_eq!(marks(&gws), ["allowed intrude-mode", "✗ intrude-mode"]);
    gws.allow_once("intrude-mode");
    gws.verify();
    assert_eq!(marks(&gws), ["allowed intrude-mode"; 2]);
}

#[tokio::test]
async fn called_twice_it_lets_two_pass() {
    let gws = FakeGws::start();
    gws.allow_once("intrude-mode");
    gws.allow_once("intrude-mode");
    breaks_the_mode(&gws, 3).await;
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 3 requests");
    let (passed, held) = ("allowed intrude-mode", "✗ intrude-mode");
    assert_eq!(marks(&gws), [passed, passed, held]);
    gws.allow("intrude-mode");
}

#[tokio::test]
async fn allow_once_excuses_violations_of_its_rule_only() {
    let gws = FakeGws::start();
    gws.allow_once("path-unknown");
    breaks_the_mode(&gws, 1).await;
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 1 request");
    breaks_the_path(&gws).await;
    assert_eq!(marks(&gws), ["✗ intrude-mode", "allowed path-unknown"]);
    gws.allow("intrude-mode");
}

#[tokio::test]
async fn an_expected_violation_may_come_more_than_once() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-mode");
    assert_eq!(verdict(&gws), "expectation not met after 0 requests");
    // Another one is not the one.
    gws.allow("path-unknown");
    breaks_the_path(&gws).await;
    assert_eq!(verdict(&gws), "expectation not met after 1 request");
    breaks_the_mode(&gws, 2).await;
    gws.verify();
    assert_eq!(marks(&gws)[1..], ["allowed intrude-mode"; 2]);
}

/// What is allowed is not what is expected: that it comes is demanded all the same.
#[tokio::test]
async fn a_violation_that_is_expected_and_allowed_must_come() {
    let gws = FakeGws::builder().allow("intrude-mode").start();
    gws.expect_violation("intrude-mode");
    assert_eq!(verdict(&gws), "expectation not met after 0 requests");
    breaks_the_mode(&gws, 1).await;
    gws.verify();
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest_wherever_it_is_named() {
    let gws = FakeGws::start();
    let builder = FakeGws::builder;
    let text =
        "got the rule \"intrude-modes\", want one that exists; did you mean \"intrude-mode\"?";
    let acts: [(&str, &dyn Fn()); 5] = [
        ("allow", &|| gws.allow("intrude-modes")),
        ("allow_once", &|| gws.allow_once("intrude-modes")),
        ("expect_violation", &|| gws.expect_violation("intrude-modes")),
        ("builder().allow", &|| drop(builder().allow("intrude-modes"))),
        ("builder().answer", &|| drop(builder().answer("intrude-modes", 2, 400))),
    ];
    for (name, act) in acts {
        let panic = panicked::by(act);
        assert_eq!((panic.text.as_str(), panic.file.as_str()), (text, file!()), "{name}");
    }
    assert_eq!(builder().try_allow("intrude-modes").unwrap_err().to_string(), text);
    // None of these is an expectation.
    gws.verify();
}

/// Two clients that never disconnect.
async fn two_that_stay(builder: Builder) -> FakeGws {
    let gws = builder.start();
    for user in [AGENT, SUPERVISOR] {
        let desktop = Desktop::sign_in(&gws, user).await;
        gws.user(user.user_name).connect_held().await;
        // It is not signed out, and listens until the fake is gone.
        drop(desktop);
    }
    gws
}

#[tokio::test]
async fn an_incomplete_session_is_a_note_unless_complete_sessions_are_required() {
    let gws = two_that_stay(FakeGws::builder()).await;
    gws.verify();
    let report = gws.report();
    let (_, notes) = report.split_once("\n  notes, which fail no test:\n").unwrap();
    assert_eq!(notes.matches("rule never-disconnected: ").count(), 2, "{notes}");
    let gws = two_that_stay(FakeGws::builder().require_complete_sessions()).await;
    assert_eq!(verdict(&gws), "contract broken: 2 violations in 10 requests");
    assert!(!gws.report().contains("notes, which"), "{}", gws.report());
    gws.allow("never-disconnected");
    gws.verify();
}

#[tokio::test]
async fn a_whole_session_goes_with_what_is_allowed_or_expected() {
    let gws =
        two_that_stay(FakeGws::builder().require_complete_sessions().allow("never-disconnected"))
            .await;
    gws.verify();
    let gws = two_that_stay(FakeGws::builder().require_complete_sessions()).await;
    gws.expect_violation("never-disconnected");
    gws.verify();
    // Without whole sessions a note is what comes, and no violation.
    let gws = two_that_stay(FakeGws::builder()).await;
    gws.expect_violation("never-disconnected");
    assert_eq!(verdict(&gws), "expectation not met after 10 requests");
    std::mem::forget(gws);
}

#[tokio::test]
async fn allow_once_excuses_the_first_incomplete_session_and_not_the_second() {
    let gws = two_that_stay(FakeGws::builder().require_complete_sessions()).await;
    gws.allow_once("never-disconnected");
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 10 requests");
    gws.allow_once("never-disconnected");
    gws.verify();
}

#[tokio::test]
async fn a_violation_of_a_rule_that_is_less_certain_than_asked_for_is_a_note() {
    // `path-unknown` is inferred, and `intrude-mode` is documented.
    let gws = FakeGws::builder().blame_from(Certainty::Analogy).start();
    breaks_the_path(&gws).await;
    gws.verify();
    assert_eq!(marks(&gws), ["note path-unknown"]);
    let report = gws.report();
    let (_, notes) = report.split_once("\n  notes, which fail no test:\n").unwrap();
    assert!(notes.contains("a note, since the rule is less certain than those"), "{report}");
    assert!(!report.contains("gws.allow"), "{report}");
    let json = gws.report_json();
    assert_eq!((&json["violations"], &json["notes"][0]["verdict"]), (&json!([]), &json!("note")));
    assert_eq!(json["timeLine"][0]["findings"][0]["verdict"], "note");
    breaks_the_mode(&gws, 1).await;
    assert_eq!(verdict(&gws), "contract broken: 1 violation in 2 requests");
    assert_eq!(marks(&gws), ["note path-unknown", "✗ intrude-mode"]);
    // What was found before is judged anew.
    gws.blame_from(Certainty::Inferred);
    assert_eq!(verdict(&gws), "contract broken: 2 violations in 2 requests");
    std::mem::forget(gws);
}

#[tokio::test]
async fn a_rule_that_is_expected_or_allowed_is_not_affected_by_its_certainty() {
    let gws = FakeGws::builder().blame_from(Certainty::Documented).start();
    gws.expect_violation("path-unknown");
    assert_eq!(verdict(&gws), "expectation not met after 0 requests");
    breaks_the_path(&gws).await;
    gws.verify();
    assert_eq!(marks(&gws), ["allowed path-unknown"]);
}

/// `invitation-unanswered` is inferred, and `never-disconnected` is documented.
#[tokio::test]
async fn an_incomplete_session_is_a_note_where_its_rule_is_less_certain_than_asked_for() {
    let gws = FakeGws::builder().require_complete_sessions().start();
    let desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    desktop.intrude("Coach").await;
    gws.supervisor().next_notification().await.delivered().await;
    desktop.sign_out().await;
    let broken = verdict(&gws);
    assert!(broken.starts_with("contract broken: 1 violation in "), "{broken}");
    gws.blame_from(Certainty::Documented);
    gws.verify();
    let report = gws.report();
    let (_, notes) = report.split_once("\n  notes, which fail no test:\n").unwrap();
    assert!(notes.contains("rule invitation-unanswered: "), "{report}");
}

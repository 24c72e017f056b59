//! What fails a test, and what it says.

use std::panic::catch_unwind;

use expect_test::expect;
use gws_sms_fake::{FakeGws, Mode, Operation, fixtures};

use support::panicked::panic_text;
use support::report::stable;
use support::{Desktop, HttpClient};

async fn intrude_with_a_mode_in_lower_case(gws: &FakeGws) {
    let desktop = Desktop::sign_in(gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    desktop.intrude("monitor").await;
    desktop.sign_out().await;
}

#[tokio::test]
async fn a_violation_fails_the_test_and_says_why_and_what_to_do() {
    let gws = FakeGws::start();
    intrude_with_a_mode_in_lower_case(&gws).await;
    let report = gws.try_verify().unwrap_err().to_string();
    gws.allow("intrude-mode");
    let (cause, timeline) = report.rsplit_once("\n\n").unwrap();
    expect![[r#"
        contract broken: 1 violation in 7 requests

          POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N
          /supervisorVisibilityMode  got "monitor", want one of "Monitor", "Coach", "BargeIn"; did you mean "Monitor"?
          rule intrude-mode: supervisorVisibilityMode is Monitor, Coach or BargeIn (documented: GWS 8.5.2 SMSIntrude)
          to accept it (the answer does not change): gws.allow("intrude-mode")
    "#]]
    .assert_eq(&stable(cause));
    assert!(timeline.contains("Intrude  400 statusCode 2  ✗ intrude-mode"), "{timeline}");
    assert!(gws.report().contains("allowed intrude-mode"));
}

/// The report in the README is the one that its example really prints.
#[tokio::test]
async fn the_report_in_the_readme_is_the_real_one() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    client.get("/api/v2/me").await;
    let client = client.without_credentials();
    let id = client.handshake().await;
    let messages = [support::subscribe(&id, "/v2/me/*"), support::connect(&id)];
    for message in messages {
        client.bayeux(serde_json::json!([message])).await;
    }
    let body =
        serde_json::json!({ "operationName": "Intrude", "supervisorVisibilityMode": "monitor" });
    client.post(&support::intrude_path(), &body).await;
    client.bayeux(serde_json::json!([support::disconnect(&id)])).await;
    let panic = catch_unwind(|| drop(gws)).unwrap_err();
    let report = stable(&panic_text(&panic));
    let readme = stable(include_str!("../../../README.md"));
    assert!(readme.contains(&report), "README.md does not contain:\n{report}");
}

#[test]
#[should_panic(expected = "contract broken: 2 violations in 1 request")]
fn a_drop_fails_the_test() {
    let gws = FakeGws::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = HttpClient::anonymous(&gws);
    runtime.block_on(client.get("/api/v2/Me"));
}

#[tokio::test]
async fn a_violation_that_was_swallowed_fails_all_the_same() {
    let gws = FakeGws::start();
    let _swallowed = HttpClient::anonymous(&gws).get("/api/v2/me").await;
    let panic = catch_unwind(|| gws.verify()).unwrap_err();
    assert!(panic_text(&panic).contains("rule credentials-missing"));
    gws.allow("credentials-missing");
}

#[tokio::test]
async fn an_expected_violation_that_does_not_come_fails() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-twice");
    let report = gws.try_verify().unwrap_err().to_string();
    expect![[r#"
        expectation not met after 0 requests

          expected a violation of rule intrude-twice, and none came
          the rule: the supervisor is not in the session, nor invited to it, which is answered 400
          send what breaks it, or leave out gws.expect_violation("intrude-twice")

          nothing reached the fake
    "#]]
    .assert_eq(&stable(&report));
    intrude_twice(&gws).await;
}

async fn intrude_twice(gws: &FakeGws) {
    let client = HttpClient::of(gws, fixtures::SUPERVISOR);
    for _ in 0..2 {
        let body = serde_json::json!({ "operationName": "Intrude" });
        client.post(&support::intrude_path(), &body).await;
    }
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest() {
    let gws = FakeGws::start();
    for act in [FakeGws::allow, FakeGws::expect_violation] {
        let panic = catch_unwind(|| act(&gws, "intrude-modes")).unwrap_err();
        let text = panic_text(&panic);
        assert_eq!(
            text,
            "got the rule \"intrude-modes\", want one that exists; did you mean \"intrude-mode\"?"
        );
    }
}

#[test]
fn an_allowed_rule_is_answered_as_ever() {
    let gws = FakeGws::builder().allow("credentials-missing").start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(HttpClient::anonymous(&gws).get("/api/v2/me"));
    assert_eq!(answer.status, 403);
}

#[test]
fn a_test_shows_its_own_error_and_the_report() {
    let panic = catch_unwind(|| {
        FakeGws::test_blocking(|gws| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(HttpClient::anonymous(gws).get("/api/v2/me"));
            "not a number".parse::<u16>().map(|_| ())
        });
    });
    let text = panic_text(&panic.unwrap_err());
    assert!(
        text.starts_with(
            "the test failed: ParseIntError { kind: InvalidDigit }\n\ncontract broken: 1 violation"
        ),
        "{text}"
    );
    assert!(text.contains("rule credentials-missing"), "{text}");
}

#[tokio::test]
async fn a_test_that_returns_an_error_shows_the_timeline() {
    let test = tokio::spawn(FakeGws::test(async |gws: &FakeGws| {
        HttpClient::of(gws, fixtures::AGENT).get("/api/v2/me").await;
        Err("no answer")
    }));
    let panic = test.await.unwrap_err().into_panic();
    let text = panic_text(&panic);
    assert!(
        text.starts_with("the test failed: \"no answer\"\n\ncontract kept: 1 request"),
        "{text}"
    );
}

#[tokio::test]
async fn an_assertion_that_fails_shows_what_came() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Coach").await;
    let notification = gws.supervisor().next_notification().await;
    let panic =
        catch_unwind(std::panic::AssertUnwindSafe(|| notification.clone().state("Chatting")));
    let text = panic_text(&panic.map(|_| ()).unwrap_err());
    assert!(
        text.starts_with("notification: /smssession/state  got \"Invited\", want \"Chatting\"\n"),
        "{text}"
    );
    let panic = catch_unwind(std::panic::AssertUnwindSafe(|| {
        gws.received(Operation::Intrude).once().mode(Mode::Monitor);
    }));
    let text = panic_text(&panic.unwrap_err());
    assert!(text.contains("/supervisorVisibilityMode  got Coach, want Monitor\n"), "{text}");
    desktop.sign_out().await;
}

//! The one report: what stands in it and in which order, as text, as text that is the same in every run, and as JSON.

use std::env;
use std::panic::catch_unwind;
use std::process::Command;
use std::time::Duration;

use expect_test::expect;
use gws_sms_fake::fixtures::{AGENT, INVITED_SESSION, OTHER_SUPERVISOR, SESSION, SUPERVISOR};
use gws_sms_fake::wiremock::{Mock, ResponseTemplate, matchers::path};
use gws_sms_fake::{FakeGws, Operation};
use reqwest::Method;
use serde_json::{Value, json};

use support::panicked::panic_text;
use support::{
    Desktop, HttpClient, PUSH, connect, disconnect, handshake, intrude_path, own_path, subscribe,
};

/// A fake with one of everything that a report has, and the clients that bring it about, one after the other.
async fn one_of_everything() -> FakeGws {
    let gws = FakeGws::start();
    let other = FakeGws::start();
    gws.expect_violation("intrude-twice");
    gws.allow("path-unknown");
    let mock = Mock::given(path("/api/v2/me/calls")).respond_with(ResponseTemplate::new(204));
    gws.mount(mock.expect(1).named("calls"));
    gws.agent().push_faults().lose_next_event();
    gws.rest_faults(Operation::Accept).by("a1").in_session(INVITED_SESSION).hang();
    gws.rest_faults(Operation::Reject).refuse(4, 500);

    let supervisor = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    supervisor.http.get("/api/v2/Me").await;
    supervisor.intrude("monitor").await;
    supervisor.intrude("Coach").await;
    gws.supervisor().next_notification().await.state("Invited").acknowledged().await;
    let body = json!({ "operationName": "Reject" });
    supervisor.http.post(&own_path(SESSION), &body).await;
    supervisor.sign_out().await;
    // A client that shakes hands and does no more, and one of another fake.
    let polite = HttpClient::of(&gws, OTHER_SUPERVISOR);
    polite.handshake().await;
    let stale = HttpClient::of(&other, AGENT).handshake().await;
    polite.bayeux(json!([connect(&stale)])).await;
    gws
}

/// Has the fake fail nothing any more: what it says has been looked at.
fn forgive(gws: FakeGws) {
    std::mem::forget(gws);
}

#[tokio::test]
async fn the_report_is_the_same_in_every_run_and_names_the_cause_first() {
    let first = one_of_everything().await;
    let second = one_of_everything().await;
    let report = first.stable_report();
    assert_eq!(report, second.stable_report());
    assert_ne!(first.report(), second.report());
    expect![[r#"
        contract broken: 1 violation in 13 requests

          POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N
          /supervisorVisibilityMode  got "monitor", want one of "Monitor", "Coach", "BargeIn"; did you mean "Monitor"?
          rule intrude-mode: supervisorVisibilityMode is Monitor, Coach or BargeIn (documented: GWS 8.5.2 SMSIntrude)
          to accept it (the answer does not change): gws.allow("intrude-mode")

          expected a violation of rule intrude-twice, and none came
          the rule: the supervisor is not in the session, nor invited to it, which is answered 400
          send what breaks it, or leave out gws.expect_violation("intrude-twice")

          mounted mocks: Verifications failed:
          - calls.
          	Expected range of matching incoming requests: == 1
          	Number of matched incoming requests: 0
          send what they expect, or mount them with another expectation

          gws.user("a1").push_faults().lose_next_event(..) was injected but never triggered; make a client trigger it, or remove it

          gws.rest_faults(Operation::Accept).by("a1").in_session("0000UaB58WAR003P").hang(..) was injected and never triggered; make a client trigger it, or remove it

          notes, which fail no test:
          on the push side: connect
          /0/clientId  got <id 1>, want the clientId of a living session; a client of an earlier fake is still running: disconnect it
          rule bayeux-client-unknown: a message carries the clientId of a living session (wire: CometD Java server 3.1.12)
          client of s1
          at the end  got the session 0000UaB58WAR003N still Invited, want Accept or Reject; answer the invitation
          rule invitation-unanswered: an invitation that a client was told of is answered (counts when complete sessions are required) (inferred: HTCC 8.5.2 SMSAccept)
          client of s2
          at the end  got a handshake and no connect, want a connect after the handshake; start the loop of connects: without it nothing is delivered
          rule never-connected: a client that has shaken hands connects (counts when complete sessions are required) (documented: Bayeux 1.0)

          +… ms  s1  GET /api/v2/me  200 statusCode 0
          +… ms  s1  handshake  200
          +… ms  s1  subscribe /v2/me/*  200
          +… ms  s1  connect  200
          +… ms  s1  connect  held … ms  200
          +… ms  s1  GET /api/v2/Me  404 statusCode 6  allowed path-unknown
          +… ms  s1  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  400 statusCode 2  ✗ intrude-mode
          +… ms  s1  POST /api/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions/0000UaB58WAR003N Intrude  200 statusCode 0 (state-intrude)
          +… ms  s1  <- /v2/me/smssessions StatusChange Invited Coach (notification-status-change)  delivered after … ms
          +… ms  s1  connect  held … ms  200
          +… ms  s1  POST /api/v2/me/smssessions/0000UaB58WAR003N Reject  500 statusCode 4  refused, as the test injected
          +… ms  s1  disconnect  200
          +… ms  s2  handshake  200
          +… ms  s2  connect  200  note bayeux-client-unknown
    "#]]
    .assert_eq(&report);
    // The verification fails with the same.
    let (of_first, report) = (first.try_verify().unwrap_err().to_string(), first.report());
    assert_eq!(of_first, report);
    forgive(first);
    forgive(second);
}

/// How long a client has waited, a session that the test has made, and the id of a client that is gone.
#[tokio::test]
async fn times_and_ids_of_every_kind_are_left_out_of_the_stable_report() {
    let mut reports = Vec::new();
    for _ in 0..2 {
        let gws = FakeGws::start();
        let customer = gws.agent().is_offered_a_session();
        gws.agent().accepts(customer.session());
        let client = HttpClient::of(&gws, SUPERVISOR);
        let id = client.handshake().await;
        gws.supervisor().push_faults().advise_interval(Duration::from_secs(60));
        let mut at_once = connect(&id);
        at_once["advice"] = json!({ "timeout": 0 });
        for message in [connect(&id), at_once, disconnect(&id)] {
            client.bayeux(json!([message])).await;
        }
        HttpClient::of(&gws, AGENT).bayeux(json!([connect(&id)])).await;
        reports.push(gws.stable_report());
        forgive(gws);
    }
    assert_eq!(reports[0], reports[1]);
    for words in [
        "got a connect after … ms, want a connect after advice.interval, 60000 ms;",
        "got <id 1>, want the clientId of a living session;",
    ] {
        assert!(reports[0].contains(words), "{}", reports[0]);
    }
}

/// One client of `s1` and two of `a1`, of which one has connected: their ids have no order that means anything.
#[tokio::test]
async fn incomplete_sessions_are_reported_in_the_same_order_in_every_run() {
    let mut reports = Vec::new();
    for _ in 0..20 {
        let gws = FakeGws::start();
        HttpClient::of(&gws, SUPERVISOR).handshake().await;
        HttpClient::of(&gws, AGENT).handshake().await;
        let client = HttpClient::of(&gws, AGENT);
        let id = client.handshake().await;
        client.bayeux(json!([connect(&id)])).await;
        reports.push(gws.stable_report());
    }
    assert!(reports.iter().all(|report| *report == reports[0]), "{reports:#?}");
    let (_, notes) = reports[0].split_once("notes, which fail no test:\n").unwrap();
    let users = notes.lines().take(9).step_by(3).map(str::trim);
    assert_eq!(users.collect::<Vec<_>>(), ["client of a1", "client of a1", "client of s1"]);
}

fn longest_line(report: &str) -> usize {
    report.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[tokio::test]
async fn long_values_are_cut_in_the_middle_wherever_they_stand() {
    let long = format!("begin{}end", "x".repeat(5_000));
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, SUPERVISOR);
    client.get(&format!("/api/v2/{long}")).await;
    client.get(&format!("/api/v2/me?{long}={long}")).await;
    let mode = json!({ "operationName": "Intrude", "supervisorVisibilityMode": long });
    client.post(&intrude_path(), &mode).await;
    client.post(&intrude_path(), &json!({ "operationName": long })).await;
    let field = json!({ "operationName": "Intrude", long.as_str(): 1 });
    client.post(&intrude_path(), &field).await;
    let user = format!("/api/v2/users/{long}/smssessions/{long}");
    client.post(&user, &json!({ "operationName": "Intrude" })).await;
    let id = client.handshake().await;
    client.bayeux(json!([subscribe(&id, &format!("/v2/{long}")), connect(&long)])).await;
    client.send(Method::POST, &own_path(SESSION), "text/plain", long.clone()).await;
    let kind = format!("text/{long}");
    client.send(Method::POST, &own_path(SESSION), &kind, "{}".to_owned()).await;
    gws.supervisor().deliver(&format!("/{long}"), &json!({ "notificationType": long }));
    let report = gws.report();
    assert!(report.contains("\"beginxxxx") && report.contains("xxxxend\""), "{report}");
    let cut = report.lines().filter(|line| line.contains("x…x")).count();
    assert!(cut >= 10, "{cut} lines: {report}");
    assert!(longest_line(&report) < 1_000, "{report}");
    forgive(gws);
}

#[tokio::test]
async fn no_report_shows_a_secret() {
    let user = json!({
        "id": "0123456789abcdef0123456789abcdef",
        "userName": "z9",
        "password": "open sesame",
        "firstName": "Zoe",
        "lastName": "Aho",
        "roles": ["ROLE_SUPERVISOR"],
        "features": ["api-multimedia"],
    });
    let gws = FakeGws::builder().user(&user).csrf_protection().start();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut secrets: Vec<String> =
        ["open sesame", "sesame opens", "Bearer", "token4711", "session4711", "header4711"]
            .map(str::to_owned)
            .into();
    let me = format!("{}/api/v2/me", gws.url());
    let signed_in = http.get(&me).basic_auth("z9", Some("open sesame")).send().await.unwrap();
    secrets.push("ejk6b3BlbiBzZXNhbWU".to_owned());
    let token = signed_in.headers()["x-csrf-token"].to_str().unwrap().to_owned();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    let session = cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    secrets.extend([token.clone(), session.clone()]);
    let body = json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
    let sent = |authorization: &str, cookie: &str, token: &str| {
        let url = |path: &str| format!("{}{path}", gws.url());
        [http.post(url(&intrude_path())).json(&body), http.post(url(PUSH)).json(&[handshake()])]
            .map(|request| {
                let fields = [("Authorization", authorization), ("Cookie", cookie)];
                let fields = fields.into_iter().chain([("X-CSRF-TOKEN", token)]);
                fields.filter(|(_, value)| !value.is_empty()).fold(request, |request, field| {
                    let (name, value) = field;
                    request.header(name, value)
                })
            })
    };
    let own = format!("JSESSIONID={session}");
    let unknown = "JSESSIONID=session4711";
    for requests in [
        sent("Basic ejk6c2VzYW1lIG9wZW5z", "", ""),
        sent("Bearer header4711", "", ""),
        sent("", unknown, "token4711"),
        sent("", &own, "token4711"),
        sent("", &own, ""),
        sent("Basic ejk6b3BlbiBzZXNhbWU=", unknown, &token),
        sent("", &own, &token),
    ] {
        for request in requests {
            request.send().await.unwrap();
        }
    }
    let texts = [gws.report(), gws.stable_report(), gws.report_json().to_string()];
    for rule in ["credentials-wrong", "credentials-malformed", "http-session-unknown", "csrf-token"]
    {
        assert!(texts.iter().all(|text| text.contains(rule)), "{rule}");
    }
    for secret in secrets {
        assert!(texts.iter().all(|text| !text.contains(&secret)), "{secret} is shown");
    }
    forgive(gws);
}

#[tokio::test]
async fn the_report_as_json_says_the_same() {
    let gws = one_of_everything().await;
    let (text, json) = (gws.report(), gws.report_json());
    assert_eq!(json["broken"], true);
    let started_at = json["startedAt"].as_str().unwrap();
    let (violations, requests) = (json["violations"].as_array().unwrap(), &json["requests"]);
    assert_eq!(violations.len(), 1);
    let headline = format!(
        "contract broken: 1 violation in {requests} requests (fake started at {started_at})\n"
    );
    assert!(text.starts_with(&headline), "{headline}");
    let of = |part: &str| json[part].as_array().unwrap().clone();
    for found in violations.iter().chain(&of("notes")) {
        let word = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
        let (place, got, want) = (word("place"), word("got"), word("want"));
        assert!(text.contains(&format!("{place}  got {got}, want {want}")), "{found}");
        assert!(text.contains(&format!("rule {}: ", word("rule"))), "{found}");
        assert!(text.contains(&word("hint")) && text.contains(&word("request")), "{found}");
    }
    assert_eq!(json["expectedAndNotSeen"], json!(["intrude-twice"]));
    assert!(json["mountedMocks"].as_str().unwrap().contains("calls"));
    assert_eq!(json["unusedFaults"], json!([{ "user": "a1", "fault": "lose_next_event" }]));
    let words =
        r#"gws.rest_faults(Operation::Accept).by("a1").in_session("0000UaB58WAR003P").hang(..)"#;
    assert_eq!(json["unusedExceptions"], json!([{ "exception": words, "happened": 0 }]));
    assert!(text.contains(words));
    assert_eq!(json["leftUndone"], json!([]));
    let rules = |of: &[Value]| of.iter().map(|value| value["rule"].clone()).collect::<Vec<_>>();
    assert_eq!(rules(violations), ["intrude-mode"]);
    let (_, lines) = text.trim_end().rsplit_once("\n\n").unwrap();
    assert_eq!(of("timeLine").len(), lines.lines().count());
    forgive(gws);
}

#[tokio::test]
async fn the_json_report_has_the_same_incomplete_sessions_as_the_text() {
    let gws = FakeGws::builder().require_complete_sessions().start();
    HttpClient::of(&gws, SUPERVISOR).handshake().await;
    let json = gws.report_json();
    assert_eq!((&json["broken"], &json["violations"]), (&json!(true), &json!([])));
    assert_eq!(json["leftUndone"][0]["rule"], "never-connected");
    assert_eq!(json["leftUndone"][0]["user"], "s1");
    gws.allow("never-connected");
    let json = gws.report_json();
    assert_eq!((&json["broken"], &json["leftUndone"]), (&json!(false), &json!([])));
    assert_eq!(json["mountedMocks"], Value::Null);
}

/// Set where the test of that name is to fail by itself.
const FAILS: &str = "GWS_SMS_FAKE_TEST_FAILS";

#[tokio::test]
async fn a_test_that_fails_by_itself() {
    if env::var_os(FAILS).is_some() {
        let gws = FakeGws::start();
        HttpClient::of(&gws, SUPERVISOR).get("/api/v2/me").await;
        panic!("the test's own failure");
    }
}

#[test]
fn a_test_that_fails_by_itself_prints_the_timeline_of_its_fake() {
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "face::report::a_test_that_fails_by_itself", "--nocapture"]);
    let output = test.env(FAILS, "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    let (_, report) = printed.split_once("contract kept: 1 request (fake started at").unwrap();
    assert!(report.contains(" s1  GET /api/v2/me  200 statusCode 0\n"), "{printed}");
}

#[tokio::test]
async fn a_report_from_a_drop_says_that_it_may_hide_an_error() {
    let gws = FakeGws::start();
    gws.expect_violation("intrude-twice");
    let panic = catch_unwind(|| drop(gws)).unwrap_err();
    let text = panic_text(&panic);
    let last = text.lines().last().unwrap();
    expect!["The fake reports this when it is dropped. To see an error that the test returned, run the test with FakeGws::test."]
        .assert_eq(last);
}

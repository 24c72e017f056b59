//! What a test programs to become of answers: connections that are reset, answers that end too early or are none, and what
//! the request has done by then.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use expect_test::expect;
use gws_sms_fake::fixtures::{SESSION, SUPERVISOR};
use gws_sms_fake::{Builder, FakeGws, FaultHandle, Operation, RestFaults};
use serde_json::{Value, json};

use support::raw::{INTRUDE, RawConnection, WATCHDOG, address, intrude};
use support::{Answer, Desktop, HttpClient, intrude_path};

/// What `s1` reads after an Intrude, and how that ended: `None` is the orderly end of the connection.
fn intrudes(gws: &FakeGws) -> (String, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(address(gws)).unwrap();
    stream.set_read_timeout(Some(WATCHDOG)).unwrap();
    stream.write_all(&intrude(INTRUDE)).unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).err().map(|error| error.kind());
    (String::from_utf8(bytes).unwrap(), end)
}

/// The body that an Intrude is answered with.
const TAKEN: &str = r#"{"statusCode":0}"#;

/// That nothing came of the Intrude: nobody is told, and the next one is taken, which would else be the second.
fn nothing_was_done(gws: &FakeGws) {
    gws.idle().blocking();
    gws.supervisor().notifications().never();
    assert_eq!(RawConnection::open(gws).exchange(intrude(INTRUDE)).status, 200);
}

/// That the Intrude did what it does: who sent it is invited, and told so.
fn it_was_done(gws: &FakeGws) {
    gws.idle().blocking();
    gws.supervisor()
        .notifications()
        .kind("StatusChange")
        .state("Invited")
        .in_session(SESSION)
        .once();
}

/// The line of the Intrude, from its operation on and without times.
fn line(gws: &FakeGws) -> String {
    let report = gws.stable_report();
    let line = report.lines().find_map(|line| line.split_once("003N Intrude  ")).unwrap();
    line.1.to_owned()
}

#[test]
fn a_connection_is_reset_before_the_answer_and_nothing_is_done() {
    let gws = FakeGws::start();
    let programmed = gws.rest_faults(Operation::Intrude).reset_before_answer();
    assert_eq!(intrudes(&gws), (String::new(), Some(ErrorKind::ConnectionReset)));
    expect!["cut at +… ms  reset and not worked through, as the test injected"]
        .assert_eq(&line(&gws));
    nothing_was_done(&gws);
    assert_eq!(programmed.triggered(), 1);
    gws.verify();
}

#[test]
fn a_connection_is_reset_within_the_answer_and_it_is_done() {
    let gws = FakeGws::start();
    let programmed = gws.rest_faults(Operation::Intrude).reset_within_answer();
    let (read, end) = intrudes(&gws);
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert!(read.starts_with("HTTP/1.1 200 OK\r\n"), "{read:?}");
    assert!(!read.ends_with(TAKEN), "{read:?}");
    it_was_done(&gws);
    expect!["200 statusCode 0 (state-intrude)  reset within the answer, as the test injected"]
        .assert_eq(&line(&gws));
    assert_eq!(programmed.triggered(), 1);
    gws.verify();
}

#[test]
fn a_connection_is_reset_after_a_complete_answer() {
    let gws = FakeGws::start();
    let programmed = gws.rest_faults(Operation::Intrude).reset_after_answer();
    let (read, end) = intrudes(&gws);
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, TAKEN);
    it_was_done(&gws);
    expect!["200 statusCode 0 (state-intrude)  reset behind the answer, as the test injected"]
        .assert_eq(&line(&gws));
    assert_eq!(programmed.triggered(), 1);
    gws.verify();
}

#[test]
fn an_answer_ends_in_the_middle_of_its_body_and_it_is_done() {
    let gws = FakeGws::start();
    let programmed = gws.rest_faults(Operation::Intrude).truncate();
    let (read, end) = intrudes(&gws);
    assert_eq!(end, None, "the connection ends in order");
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    let length = format!("content-length: {}", TAKEN.len());
    assert!(head.lines().any(|line| line.eq_ignore_ascii_case(&length)), "{head}");
    assert!(!body.is_empty() && body.len() < TAKEN.len() && TAKEN.starts_with(body), "{body:?}");
    it_was_done(&gws);
    expect!["200 statusCode 0 (state-intrude)  answer truncated, as the test injected"]
        .assert_eq(&line(&gws));
    assert_eq!(programmed.triggered(), 1);
    gws.verify();
}

#[test]
fn an_answer_is_garbage_and_it_is_done() {
    let gws = FakeGws::start();
    let programmed = gws.rest_faults(Operation::Intrude).garbage();
    let mut client = RawConnection::open(&gws);
    let answer = client.exchange(intrude(INTRUDE));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)));
    assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{}", answer.text);
    it_was_done(&gws);
    expect!["200 (state-intrude)  answered with garbage, as the test injected"]
        .assert_eq(&line(&gws));
    assert_eq!(programmed.triggered(), 1);
    assert!(client.answers_again(), "the connection is kept");
    gws.verify();
}

const JSON: &str = "application/json;charset=UTF-8";

/// Garbage hides the answer and not what is wrong with the request.
#[tokio::test]
async fn a_refused_request_is_a_violation_although_its_answer_is_broken() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, SUPERVISOR);
    let body: Value = serde_json::from_str(INTRUDE).unwrap();
    client.post(&intrude_path(), &body).await;
    gws.rest_faults(Operation::Intrude).garbage();
    assert_eq!(client.post(&intrude_path(), &body).await.status, 200);
    gws.idle().await;
    let report = gws.try_verify().unwrap_err().to_string();
    assert!(report.contains("rule intrude-twice"), "{report}");
    gws.expect_violation("intrude-twice");
}

#[tokio::test]
async fn a_library_that_reads_a_reset_or_truncated_answer_returns_an_error() {
    for program in
        [RestFaults::reset_before_answer, RestFaults::reset_within_answer, RestFaults::truncate]
            as [fn(RestFaults) -> _; 3]
    {
        let gws = FakeGws::start();
        let _: FaultHandle = program(gws.rest_faults(Operation::Intrude));
        let request = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = request.post(format!("{}{}", gws.url(), intrude_path()));
        let request = request.basic_auth(SUPERVISOR.user_name, Some(SUPERVISOR.password));
        let request = request.header("Content-Type", "application/json").body(INTRUDE);
        let read = async { request.send().await?.bytes().await };
        assert!(read.await.is_err());
    }
}

/// The other clients, and the next connection of this one, notice nothing.
#[tokio::test]
async fn a_broken_answer_breaks_no_other_connection() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    gws.rest_faults(Operation::Intrude).reset_within_answer();
    assert_eq!(intrudes(&gws).1, Some(ErrorKind::ConnectionReset));
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    let accepted = desktop.operate(SESSION, "Accept").await;
    assert_eq!(accepted, Answer::of(200, json!({ "statusCode": 0 })));
    desktop.sign_out().await;
}

/// An Intrude of a client whose connect is held; `order` has the notifications go first.
async fn told_first(builder: Builder, order: fn(&FakeGws), program: fn(RestFaults) -> FaultHandle) {
    let gws = builder.start();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    order(&gws);
    let programmed = program(gws.rest_faults(Operation::Intrude));
    let (read, _) = intrudes(&gws);
    assert_ne!(read, "", "something of the answer came");
    // By then the held connect had been answered: nobody has waited for anything since.
    gws.supervisor().notifications().state("Invited").delivered().once();
    assert_eq!(programmed.triggered(), 1);
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    desktop.sign_out().await;
}

#[tokio::test]
async fn notifications_go_before_a_broken_answer_where_they_go_first() {
    for program in
        [RestFaults::reset_within_answer, RestFaults::reset_after_answer, RestFaults::truncate]
    {
        told_first(FakeGws::builder().notifications_first(), |_| {}, program).await;
        let order =
            |gws: &FakeGws| drop(gws.supervisor().push_faults().deliver_before_answer().clone());
        told_first(FakeGws::builder(), order, program).await;
    }
}

#[test]
fn a_reset_before_the_answer_notifies_nobody_with_notifications_first() {
    let gws = FakeGws::builder().notifications_first().start();
    gws.rest_faults(Operation::Intrude).reset_before_answer();
    assert_eq!(intrudes(&gws), (String::new(), Some(ErrorKind::ConnectionReset)));
    nothing_was_done(&gws);
}

#[tokio::test]
async fn a_hanging_request_notifies_nobody_before_its_release_with_notifications_first() {
    let gws = FakeGws::builder().notifications_first().start();
    let mut desktop = Desktop::sign_in(&gws, SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    let programmed = gws.rest_faults(Operation::Intrude).hang();
    let http = desktop.http.clone();
    let body: Value = serde_json::from_str(INTRUDE).unwrap();
    let answer = tokio::spawn(async move { http.post(&intrude_path(), &body).await });
    gws.received(Operation::Intrude).next().await;
    gws.supervisor().notifications().never();
    programmed.release();
    assert_eq!(answer.await.unwrap().status, 200);
    gws.supervisor().notifications().state("Invited").delivered().once();
    assert_eq!(desktop.next_event().await["smssession"]["state"], "Invited");
    desktop.sign_out().await;
}

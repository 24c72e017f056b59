//! `gws-sms-fake serve`: flags for what is not known of GWS on the push side, or is configured there.

use gws_sms_fake::fixtures;
use serde_json::{Value, json};
use support::{CometdClient, HttpClient, cometd, connect};

use crate::running::Program;

/// A client of `s1` with a cookie jar, and its session.
type Browser = CometdClient<HttpClient>;

async fn open(program: &Program) -> Browser {
    let http = HttpClient::to(program.url()).with_credentials(fixtures::SUPERVISOR);
    let mut browser = CometdClient::over(http);
    browser.handshake().await;
    browser
}

/// Another session with the same jar.
async fn sister(browser: &Browser) -> Browser {
    let mut sister = CometdClient::over(browser.connection.clone());
    sister.handshake().await;
    sister
}

/// Connects, and asks not to be held.
async fn connect_at_once(browser: &mut Browser) -> Value {
    let message = cometd::connect_at_once(&browser.id);
    browser.ask(message).await
}

/// Calls the control endpoint.
async fn control(browser: &Browser, name: &str, body: Value) -> Value {
    browser.connection.post(&format!("/__fake/{name}"), &body).await.body
}

#[tokio::test]
async fn trust_client_id_accepts_a_client_without_its_cookie() {
    for (arguments, successful, code) in
        [(&["--trust-client-session"][..], true, 0), (&[], false, 2)]
    {
        let program = Program::serve(arguments).await;
        let browser = open(&program).await;
        let mut browser = browser.without_cookies(browser.connection.without_cookies());
        let reply = browser.subscribe("/v2/me/*").await;
        assert_eq!(reply[0]["successful"], successful, "{arguments:?}");
        assert_eq!(program.end("-TERM").await.code, Some(code), "{arguments:?}");
    }
}

/// Returns the advice for a second session of a browser while the connect of the first one is held.
async fn beside_a_held_one(arguments: &[&str]) -> Value {
    let mut program = Program::serve(arguments).await;
    let mut first = open(&program).await;
    first.connect().await;
    let mut second = sister(&first).await;
    let held = tokio::spawn(async move { first.try_ask(connect(&first.id)).await });
    program.line("connect held").await;
    let advice = connect_at_once(&mut second).await[0]["advice"].take();
    program.end("-TERM").await;
    assert_eq!(held.await.unwrap(), None);
    advice
}

#[tokio::test]
async fn max_sessions_per_browser_limits_the_held_connects() {
    let by_default = json!({ "reconnect": "retry", "interval": 0, "timeout": 30_000 });
    let wait = |interval: u64| json!({ "reconnect": "retry", "interval": interval, "timeout": 30_000, "multiple-clients": true });
    assert_eq!(beside_a_held_one(&[]).await, wait(2000));
    assert_eq!(beside_a_held_one(&["--multi-session-interval", "7"]).await, wait(7));
    assert_eq!(beside_a_held_one(&["--max-sessions-per-browser", "-1"]).await, by_default);
    assert_eq!(beside_a_held_one(&["--max-sessions-per-browser", "2"]).await, by_default);
}

#[tokio::test]
async fn meta_connect_deliver_only_sends_events_with_connects_only() {
    for (arguments, messages) in [(&["--meta-connect-deliver-only"][..], 1), (&[], 2)] {
        let program = Program::serve(arguments).await;
        let mut browser = open(&program).await;
        let deliver =
            json!({ "user": "s1", "channel": "/v2/me/calls", "data": 1, "deliver": true });
        assert_eq!(control(&browser, "notifications", deliver).await, json!({ "clients": 1 }));
        let reply = browser.subscribe("/v2/me/*").await;
        assert_eq!(reply.as_array().unwrap().len(), messages, "{arguments:?}: {reply}");
        let received = connect_at_once(&mut browser).await;
        assert_eq!(received.as_array().unwrap().len(), 3 - messages, "{arguments:?}: {received}");
        assert_eq!(program.end("-TERM").await.code, Some(0));
    }
}

/// A client closes its connection while its connect is held, is told something, and connects again: what it is told then, and
/// what the program says at its end.
async fn after_a_hang_up(arguments: &[&str], lost: bool) -> (Value, String) {
    let mut program = Program::serve(arguments).await;
    let mut browser = open(&program).await;
    browser.connect().await;
    let mut held = browser.clone();
    let held = tokio::spawn(async move { held.try_ask(connect(&held.id)).await });
    program.line("connect held").await;
    held.abort();
    held.await.unwrap_err();
    program.line("connect the client hung up").await;
    let deliver = json!({ "user": "s1", "channel": "/v2/me/calls", "data": 1, "deliver": true });
    control(&browser, "notifications", deliver).await;
    if lost {
        program.line("LOST").await;
    }
    let received = connect_at_once(&mut browser).await;
    (received, program.end("-TERM").await.said)
}

#[tokio::test]
async fn keep_on_hangup_keeps_events_for_a_client_that_hung_up() {
    let event = json!({ "channel": "/v2/me/calls", "data": 1 });
    let (received, said) = after_a_hang_up(&["--keep-on-hangup"], false).await;
    assert_eq!(received[0], event);
    assert!(!said.contains("LOST"), "{said}");
    let (received, said) = after_a_hang_up(&[], true).await;
    assert_eq!(received[0]["channel"], "/meta/connect");
    assert!(said.contains("LOST with an answer that its client did not take"), "{said}");
}

#[tokio::test]
async fn require_complete_sessions_makes_incomplete_sessions_a_violation() {
    for (arguments, code, headline) in [
        (&["--require-complete-sessions"][..], 2, "contract broken: 1 violation in 1 request\n"),
        (
            &["--require-complete-sessions", "--allow", "never-connected"],
            0,
            "contract kept: 1 request\n",
        ),
        (&[], 0, "contract kept: 1 request\n"),
    ] {
        let program = Program::serve(arguments).await;
        open(&program).await;
        let ended = program.end("-TERM").await;
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.said.contains(headline), "{arguments:?}: {ended:?}");
    }
}

/// A file of an earlier run is removed when the program starts; `/dev/null` is not such a file.
#[tokio::test]
async fn a_ready_file_that_is_no_file_is_written_to_and_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    let program = Program::serve(&["--ready-file", null.to_str().unwrap()]).await;
    assert!(std::fs::symlink_metadata(&null).unwrap().is_symlink());
    assert_eq!(program.end("-INT").await.code, Some(0));
    assert!(std::fs::symlink_metadata(&null).unwrap().is_symlink());
}

#[tokio::test]
async fn subscription_limit_and_max_queue_limit_a_client() {
    for (flag, rule) in [("--subscription-limit", "subscription-limit"), ("--max-queue", "queue")] {
        let mut program = Program::serve(&[flag, "0"]).await;
        let mut browser = open(&program).await;
        let taken = browser.subscribe("/v2/me/*").await[0]["successful"].take();
        assert_eq!(taken, flag == "--max-queue");
        if taken == true {
            let received = json!({ "user": "s1", "channel": "/v2/me/smssessions", "data": 1 });
            control(&browser, "notifications", received).await;
        }
        program.line(&format!("✗ bayeux-{rule}")).await;
        assert_eq!(program.end("-TERM").await.code, Some(2), "{flag}");
    }
}

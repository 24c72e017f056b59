use std::panic::catch_unwind;
use std::time::Duration;

use gws_sms_fake::{FakeGws, Operation, fixtures};

use support::panicked::panic_text;
use support::raw::{INTRUDE, RawConnection, SUPERVISOR};
use support::{Desktop, HttpClient, intrude_path};

#[tokio::test]
async fn the_next_request_is_waited_for_and_returned_once() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let intruding = tokio::spawn(async move {
        let body =
            serde_json::json!({ "operationName": "Intrude", "supervisorVisibilityMode": "Coach" });
        client.post(&intrude_path(), &body).await
    });
    let request = gws.received(Operation::Intrude).next().await.by("s1");
    assert_eq!(request.body()["supervisorVisibilityMode"], "Coach");
    intruding.await.unwrap();
    let miscounted = gws.received(Operation::Intrude).try_times(2).unwrap_err().to_string();
    assert!(miscounted.starts_with("requests of Intrude: got 1, want 2\n  +"), "{miscounted}");
}

#[tokio::test]
async fn notifications_come_one_by_one() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    desktop.intrude("Coach").await;
    desktop.operate(fixtures::SESSION, "Accept").await;
    let supervisor = gws.supervisor();
    supervisor.next_notification().await.kind("StatusChange").state("Invited");
    supervisor.next_notification().await.kind("StatusChange").state("Chatting");
    supervisor.next_notification().await.kind("ParticipantsUpdated");
    let log = supervisor.next_notification().await.kind("NewMessages");
    assert_eq!(log.channel(), "/v2/me/smssessions");
    desktop.sign_out().await;
}

#[test]
fn a_blocking_one_waits_for_a_client_on_another_thread() {
    let gws = FakeGws::start();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
                desktop.intrude("Coach").await;
                desktop.sign_out().await;
            });
        });
        gws.supervisor().subscribed("/v2/me/smssessions").blocking();
        gws.supervisor().next_notification().blocking().state("Invited");
    });
}

#[tokio::test]
async fn a_blocking_one_inside_a_runtime_names_the_other() {
    let gws = FakeGws::start();
    let panic = catch_unwind(|| gws.supervisor().connect_held().blocking()).unwrap_err();
    let text = panic_text(&panic);
    assert!(text.contains("write `connect_held(..).await`"), "{text}");
}

#[test]
fn a_barrier_that_times_out_says_what_was_awaited_and_where() {
    let gws = FakeGws::builder().wait_timeout(Duration::from_millis(10)).start();
    let panic =
        catch_unwind(|| gws.supervisor().subscribed("/v2/me/chats").blocking()).unwrap_err();
    let text = panic_text(&panic);
    assert!(
        text.starts_with("s1 has not subscribed to /v2/me/chats\ncontract kept: 0 requests"),
        "{text}"
    );
    assert!(text.contains("nothing reached the fake"), "{text}");
    assert!(text.contains("waited for at tests/it/face/barriers.rs:"), "{text}");
}

#[tokio::test]
async fn a_held_connect_is_idle() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    gws.supervisor().connect_held().await;
    gws.idle().await;
    desktop.intrude("Coach").await;
    gws.idle().await;
    // All that follows from a request has been published by then.
    gws.supervisor().next_notification().await.state("Invited");
    desktop.sign_out().await;
}

#[test]
fn a_request_whose_body_has_not_come_is_not_idle() {
    let gws = FakeGws::builder().wait_timeout(Duration::from_millis(10)).start();
    let mut slow = RawConnection::open(&gws);
    let (path, length) = (intrude_path(), INTRUDE.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: gws\r\n{SUPERVISOR}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    assert_eq!(slow.exchange(head).status, 100);
    let panic = catch_unwind(|| gws.idle().blocking()).unwrap_err();
    assert!(panic_text(&panic).starts_with("requests are still in flight\n"));
    assert_eq!(slow.exchange(INTRUDE).status, 200);
    gws.idle().blocking();
}

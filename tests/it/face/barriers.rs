use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::Duration;

use gws_sms_fake::{FakeGws, Mode, Operation, SessionState, fixtures};

use support::panicked;
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

#[tokio::test]
async fn the_next_notification_of_a_filter_is_waited_for_and_returned_once() {
    let gws = FakeGws::start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    let invited = gws.supervisor().notifications().state(SessionState::Invited);
    let (intruded, notification) = tokio::join!(desktop.intrude("Coach"), invited.next());
    assert_eq!(intruded.status, 200);
    notification.kind("StatusChange").mode(Mode::Coach).delivered().await;
    desktop.operate(fixtures::SESSION, "Accept").await;
    // What lies between is passed over, and other filters have a next one of their own.
    let all = gws.supervisor().notifications();
    all.clone().state(SessionState::Chatting).next().await.kind("StatusChange");
    all.next().await.state("Invited");
    desktop.sign_out().await;
}

#[test]
fn the_next_notification_that_does_not_come_is_named_with_its_filter() {
    let gws = FakeGws::builder().wait_timeout(Duration::ZERO).start();
    gws.customer(fixtures::SESSION).writes("Hello?");
    let written = gws.agent().notifications().kind("NewMessages");
    written.next().blocking();
    let panic = panicked::by(|| drop(written.next().blocking()));
    let want = "notifications to a1 with /notificationType \"NewMessages\": no further one was published\n";
    assert!(panic.text.starts_with(want), "{}", panic.text);
    assert_eq!(panic.file, file!());
}

/// The thread has the runtime at hand, and drives no task.
#[tokio::test]
async fn a_blocking_one_inside_spawn_blocking_waits() {
    let gws = Arc::new(FakeGws::start());
    let waits = {
        let gws = Arc::clone(&gws);
        tokio::task::spawn_blocking(move || {
            gws.idle().blocking();
            gws.agent().notifications().kind("NewMessages").next().blocking().data().clone()
        })
    };
    gws.customer(fixtures::SESSION).writes("Hello?");
    assert_eq!(waits.await.unwrap()["messages"][0]["text"], "Hello?");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_one_inside_a_spawned_task_names_the_other() {
    let gws = Arc::new(FakeGws::start());
    let blocks = tokio::spawn(async move { gws.idle().blocking() });
    let panic = blocks.await.unwrap_err().into_panic();
    assert!(panic_text(&panic).contains("write `idle(..).await`"), "{}", panic_text(&panic));
}

#[tokio::test]
async fn a_subscription_that_does_not_come_is_named_with_the_topic_that_was_meant() {
    let gws = FakeGws::builder().wait_timeout(Duration::ZERO).start();
    let desktop = Desktop::sign_in(&gws, fixtures::SUPERVISOR).await;
    for (user, channel, want) in [
        ("s1", "/v2/me/x/y", "s1 has not subscribed to /v2/me/x/y, but to /v2/me/*"),
        (
            "a1",
            "/v2/me/smsessions",
            "a1 has not subscribed to /v2/me/smsessions; did you mean /v2/me/smssessions?",
        ),
        (
            "a1",
            "/v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions",
            "a1 has not subscribed to /v2/users/4ff5b43c856d4cb2a3d6c20a88740257/smssessions; did you mean /v2/me/smssessions?",
        ),
        ("a1", "/v2/me/chats", "a1 has not subscribed to /v2/me/chats"),
    ] {
        let gives_up = gws.user(user).subscribed(channel);
        let waits = tokio::task::spawn_blocking(move || gives_up.blocking());
        let panic = waits.await.unwrap_err().into_panic();
        let text = panic_text(&panic);
        assert!(text.starts_with(want) && text[want.len()..].starts_with(['\n', ';']), "{text}");
    }
    desktop.sign_out().await;
}

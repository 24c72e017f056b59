//! Requests of several clients that are answered at the same moment.

use std::collections::BTreeSet;

use gws_sms_fake::fixtures::{AGENT, OTHER_AGENT, SESSION};
use gws_sms_fake::{Builder, FakeGws, Operation, fixtures};
use serde_json::{Value, json};

use support::raw::RawConnection;
use support::{Desktop, HttpClient, own_path, taken};

const MESSAGES: usize = 50;

async fn send_at_once(clients: &[HttpClient]) {
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..MESSAGES {
        let client = clients[number % clients.len()].clone();
        let body = json!({ "operationName": "SendMessage", "text": format!("message {number}") });
        sending.spawn(async move { client.post(&own_path(SESSION), &body).await });
    }
    for answer in sending.join_all().await {
        assert_eq!(answer, taken());
    }
}

fn of(events: &[Value], field: &str) -> Vec<Value> {
    let messages = events.iter().filter_map(|it| it["messages"].as_array()).flatten();
    messages.map(|message| message[field].clone()).collect()
}

/// In a conference, two clients of one agent and one of the other send at once: each is told of each message once, and in
/// the order of the log.
async fn check(builder: Builder) {
    let gws = builder.start();
    let target = format!("{}/api/v2/users/{}", gws.url(), OTHER_AGENT.id);
    gws.agent().performs(Operation::Invite, SESSION, json!({ "targetUri": target }));
    gws.user("a2").accepts(SESSION);
    let mut desktops = Vec::new();
    for user in [AGENT, AGENT, OTHER_AGENT] {
        desktops.push(Desktop::sign_in(&gws, user).await);
    }
    let clients: Vec<HttpClient> = desktops.iter().map(|desktop| desktop.http.clone()).collect();
    send_at_once(&clients).await;

    let log = clients[0].get(&format!("{}/messages?startIndex=6", own_path(SESSION))).await.body;
    let log = of(&[log], "index");
    assert_eq!(log, (6..6 + MESSAGES).collect::<Vec<_>>());
    for desktop in &mut desktops {
        let mut events = Vec::new();
        while events.len() < MESSAGES {
            events.push(desktop.next_event().await);
        }
        assert_eq!(of(&events, "index"), log);
        let texts: BTreeSet<String> = of(&events, "text").iter().map(Value::to_string).collect();
        assert_eq!(texts.len(), MESSAGES);
    }
    for desktop in desktops {
        desktop.sign_out().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_client_is_notified_of_messages_in_the_order_of_the_log() {
    check(FakeGws::builder()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_client_is_notified_in_the_order_of_the_log_with_notifications_first() {
    check(FakeGws::builder().notifications_first()).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_holds_nobody_up() {
    let gws = FakeGws::start();
    let mut desktop = Desktop::sign_in(&gws, AGENT).await;
    let types = fixtures::request(Operation::SendStartTypingNotification);
    let mut idle = RawConnection::open(&gws);
    let (path, length) = (own_path(SESSION), types.len());
    // Basic credentials of a1, whose password is `password`.
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTE6cGFzc3dvcmQ=\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    idle.send(head + types);
    gws.agent().next_notification().await.kind("NewMessages");
    gws.agent().answers(SESSION, "Are you there?");
    let kinds = [desktop.next_event().await, desktop.next_event().await];
    assert_eq!(of(&kinds, "type"), ["TypingStarted", "Text"]);
    drop(idle);
    desktop.sign_out().await;
}

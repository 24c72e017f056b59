//! A thousand clients at once, a third of which hang up, stall or flood: the others see nothing of it.

use std::sync::Arc;
use std::time::Duration;

use gws_sms_fake::{FakeGws, fixtures};
use serde_json::{Value, json};
use support::raw::{self, AsyncRawConnection, SUPERVISOR, WATCHDOG};
use support::{CometdClient, connect, disconnect, intrude_path, subscribe};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

const CLIENTS: usize = 1000;
/// How long a client may stall, in real time.
const IDLE: Duration = Duration::from_secs(2);

/// A client of `s1` that has subscribed and connected once.
async fn subscribed(gws: &FakeGws) -> CometdClient<AsyncRawConnection> {
    let mut client = CometdClient::over(AsyncRawConnection::new(gws));
    client = client.with_field(SUPERVISOR);
    assert_eq!(client.handshake().await.expect("an answer").status, 200);
    let subscribed = push(&mut client, |id| subscribe(id, "/v2/me/smssessions")).await;
    assert_eq!(subscribed[0]["successful"], true);
    push(&mut client, connect).await;
    client
}

/// Sends a message of that client, and returns those of the answer, which is 200.
async fn push(
    client: &mut CometdClient<AsyncRawConnection>,
    message: impl FnOnce(&str) -> Value,
) -> Value {
    let answer = client.ask(json!([message(&client.id)])).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// Does what a client should do: waits for an event in a held connect, and asks something afterwards.
async fn behaves(gws: Arc<FakeGws>, ready: Arc<Semaphore>) {
    let mut client = subscribed(&gws).await;
    ready.add_permits(1);
    let events = push(&mut client, connect).await;
    assert_eq!(events[0]["data"]["number"], 1, "{events}");
    for _ in 0..3 {
        let cookies = format!("Cookie: {}\r\n", client.cookies.join("; "));
        let me = raw::request("GET", "/api/v2/me", &cookies, "", "");
        assert_eq!(client.connection.exchange(me).await.expect("an answer").status, 200);
    }
    let end = push(&mut client, disconnect).await;
    assert_eq!(end[0]["successful"], true, "{end}");
}

/// Does it wrong in one way or another, until the others have what they wait for.
async fn misbehaves(gws: Arc<FakeGws>, how: usize, mut done: watch::Receiver<bool>) {
    match how % 4 {
        0 => {
            let mut client = subscribed(&gws).await;
            let connect = client.request("", &json!([connect(&client.id)]));
            assert!(client.connection.send(connect).await);
            // It hangs up while its connect is held, or is about to be.
        }
        1 => {
            let mut connection = AsyncRawConnection::new(&gws);
            assert!(connection.send("GET /api/v2/me HTTP/1.1\r\nHost:").await);
            connection.closed().await;
        }
        2 => {
            let mut connection = AsyncRawConnection::new(&gws);
            let length = "Content-Length: 100\r\n";
            assert!(connection.send(raw::post_with(&intrude_path(), length, "{")).await);
            connection.closed().await;
        }
        _ => {
            let mut connection = AsyncRawConnection::new(&gws);
            let requests = raw::me().repeat(20);
            while !*done.borrow() {
                tokio::select! {
                    all = connection.send(&requests) => if !all { break },
                    _ = done.changed() => break,
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_of_which_a_third_misbehave() {
    open_more_files();
    let builder = FakeGws::builder().idle_timeout(IDLE).wait_timeout(WATCHDOG);
    let builder = builder.cometd_timeout(WATCHDOG).cometd_max_interval(WATCHDOG);
    let gws = Arc::new(builder.start());
    for rule in ["http-malformed", "answer-unread"] {
        gws.allow(rule);
    }
    let ready = Arc::new(Semaphore::new(0));
    let (tell, done) = watch::channel(false);
    let (mut good, mut bad) = (JoinSet::new(), JoinSet::new());
    for number in 0..CLIENTS {
        if number % 3 == 0 {
            bad.spawn(misbehaves(Arc::clone(&gws), number / 3, done.clone()));
        } else {
            good.spawn(behaves(Arc::clone(&gws), Arc::clone(&ready)));
        }
    }
    let supervisor = gws.user(fixtures::SUPERVISOR.user_name);
    let all = ready.acquire_many(u32::try_from(good.len()).unwrap());
    drop(timeout(WATCHDOG, all).await.expect("all have subscribed"));
    supervisor.deliver("/v2/me/smssessions", &json!({ "number": 1 }));
    while let Some(behaved) = good.join_next().await {
        behaved.unwrap();
    }
    tell.send(true).unwrap();
    while let Some(misbehaved) = bad.join_next().await {
        misbehaved.unwrap();
    }
    let halves =
        (0..CLIENTS).filter(|client| client % 3 == 0 && [1, 2].contains(&(client / 3 % 4)));
    // The text of the report folds what repeats.
    let report = gws.report_json();
    let entries = report["timeLine"].as_array().unwrap().iter();
    let malformed = entries.filter(|entry| entry["findings"][0]["rule"] == "http-malformed");
    assert_eq!(malformed.count(), halves.count());
    gws.verify();
}

/// Each client is two open files of this process.
fn open_more_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

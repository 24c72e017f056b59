//! Starting and dropping.

use std::collections::VecDeque;
use std::net::TcpStream;

use gws_sms_fake::{FakeGws, fixtures};

use support::ports::ReservedPort;
use support::processes::{alone, starting};
use support::{HttpClient, connect};

fn port(gws: &FakeGws) -> u16 {
    gws.url().rsplit(':').next().unwrap().parse().unwrap()
}

/// Other tests open and close sockets meanwhile, and so this one has a process of its own.
#[test]
fn ten_thousand_start_and_drop_in_one_task_without_an_await() {
    alone("face::lifetime::alone_ten_thousand_start_and_drop");
}

#[tokio::test]
#[ignore = "another test runs it in a process of its own"]
async fn alone_ten_thousand_start_and_drop() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let before = descriptors();
    for _ in 0..10_000 {
        drop(FakeGws::start());
    }
    // The runtime has some of its own.
    assert!(descriptors() < before + 100, "{before} descriptors before, {} after", descriptors());
}

#[test]
fn a_port_does_not_come_again_soon() {
    // Other tests of this process take ports meanwhile, but not ten for each one of these. Without the memory, two in a
    // hundred out of some 28,000 are the same about every sixth time: in 1000 starts it shows.
    let mut last = VecDeque::new();
    for _ in 0..1000 {
        let port = port(&FakeGws::start());
        assert!(!last.contains(&port), "port {port} came again");
        last.push_back(port);
        if last.len() > 100 {
            last.pop_front();
        }
    }
}

#[test]
fn a_port_is_free_when_its_fake_is_dropped() {
    let port = ReservedPort::new();
    let _starting = starting();
    for _ in 0..2 {
        drop(FakeGws::builder().port(port.number).start());
        let refused = TcpStream::connect(port.address()).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
}

#[test]
fn a_fake_listens_on_both_loopback_addresses() {
    let gws = FakeGws::start();
    assert!(gws.url().starts_with("http://127.0.0.1:"));
    assert_eq!(gws.url_with_host("localhost"), format!("http://localhost:{}", port(&gws)));
    let has_ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    assert_eq!(TcpStream::connect(("::1", port(&gws))).is_ok(), has_ipv6);
}

#[tokio::test]
async fn a_drop_cuts_a_held_connect() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let id = client.handshake().await;
    client.bayeux(serde_json::json!([connect(&id)])).await;
    let held = tokio::spawn(async move { client.bayeux(serde_json::json!([connect(&id)])).await });
    gws.supervisor().connect_held().await;
    drop(gws);
    assert!(held.await.is_err(), "the request failed");
}

#[test]
fn a_fake_starts_in_every_kind_of_test() {
    drop(FakeGws::start());
    let current = tokio::runtime::Builder::new_current_thread().build().unwrap();
    current.block_on(async { drop(FakeGws::start()) });
    let multi = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    multi.block_on(async { drop(FakeGws::start()) });
}

#[test]
fn a_fake_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let gws = FakeGws::start();
    shared(&gws);
    std::thread::scope(|scope| {
        let threads = (0..4).map(|_| scope.spawn(|| gws.url().len()));
        threads.for_each(|thread| assert!(thread.join().unwrap() > 0));
    });
}

/// The test's clock is paused and jumps ahead when the test is idle; a barrier must not time out by it.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_of_the_test_does_not_touch_it() {
    let gws = FakeGws::start();
    let client = HttpClient::of(&gws, fixtures::SUPERVISOR);
    let subscribing = tokio::spawn(async move {
        let id = client.handshake().await;
        client.bayeux(serde_json::json!([support::subscribe(&id, "/v2/me/*")])).await;
    });
    gws.supervisor().subscribed("/v2/me/smssessions").await;
    subscribing.await.unwrap();
}

#[test]
fn wrong_settings_are_refused() {
    for (builder, error) in [
        (
            FakeGws::builder().anonymous("bob"),
            "anonymous: got bob, want the userName of a user: a1, a2, n1, s1, s2",
        ),
        (
            FakeGws::builder().cometd_path("notifications"),
            "cometd_path: got \"notifications\", want a path such as /api/v2/notifications",
        ),
        (
            FakeGws::builder().answer("intrude-mode", 21, 400),
            "answer of intrude-mode: got 21 and 400, want a statusCode from 1 to 20 and an HTTP status from 400 to 599",
        ),
        (
            FakeGws::builder().answer("bayeux-cookie", 5, 403),
            "answer of bayeux-cookie: this rule is not answered with GWS's envelope",
        ),
    ] {
        assert_eq!(builder.try_start().unwrap_err().to_string(), error);
    }
}

#[test]
fn a_panic_points_at_the_line_of_the_test() {
    use gws_sms_fake::{Operation, matchers};

    use support::panicked;

    type Act<'a> = Box<dyn FnOnce() + 'a>;

    let gws = FakeGws::start();
    let brief = FakeGws::builder().wait_timeout(std::time::Duration::ZERO).start();
    let acts: [(&str, Act<'_>); 8] = [
        ("allow", Box::new(|| gws.allow("no such rule"))),
        ("expect_violation", Box::new(|| gws.expect_violation("no such rule"))),
        ("user", Box::new(|| drop(gws.user("bob")))),
        ("once", Box::new(|| drop(gws.received(Operation::Intrude).once()))),
        (
            "operation",
            Box::new(|| {
                let _ = matchers::operation("intrude");
            }),
        ),
        ("builder allow", Box::new(|| drop(FakeGws::builder().allow("no such rule")))),
        ("start", Box::new(|| drop(FakeGws::builder().anonymous("bob").start()))),
        ("blocking", Box::new(|| brief.agent().connect_held().blocking())),
    ];
    for (name, act) in acts {
        assert_eq!(panicked::by(act).file, file!(), "{name}");
    }
}

//! A fake that is dropped at any moment, wherever that is: its port is free, its clients learn that it is gone, nothing hangs.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{env, panic, thread};

use gws_sms_fake::{FakeGws, Operation, fixtures};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Builder;

use support::panicked;
use support::ports::ReservedPort;
use support::processes::starting;
use support::raw::{INTRUDE, RawConnection, WATCHDOG, intrude, me, post, post_with};
use support::{RawCometdClient, own_path};

type Act = Box<dyn FnOnce() + Send>;

/// Where a test drops its fake: what it is called, and who does something there.
type Place = (&'static str, fn(Act));

const PLACES: &[Place] = &[
    ("outside any runtime", |act| act()),
    ("#[tokio::test]", |act| {
        Builder::new_current_thread().build().unwrap().block_on(async { act() });
    }),
    ("#[tokio::test(flavor = \"multi_thread\")]", |act| {
        Builder::new_multi_thread().worker_threads(1).build().unwrap().block_on(async { act() });
    }),
    ("#[tokio::test(start_paused = true)]", |act| {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap().block_on(async { act() });
    }),
    ("another thread", |act| resume(thread::spawn(act).join())),
    ("a task", |act| {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        resume(
            runtime.block_on(runtime.spawn(async { act() })).map_err(|error| error.into_panic()),
        );
    }),
    ("spawn_blocking", |act| {
        let runtime = Builder::new_current_thread().build().unwrap();
        resume(runtime.block_on(runtime.spawn_blocking(act)).map_err(|error| error.into_panic()));
    }),
];

/// A panic goes on in the thread of the test.
fn resume(ended: thread::Result<()>) {
    ended.unwrap_or_else(|panic| panic::resume_unwind(panic));
}

/// Does it on a thread of its own, so that one that hangs fails the test.
fn within_a_minute(act: impl FnOnce() + Send + 'static) {
    let (done, ended) = channel();
    let thread = thread::spawn(move || {
        act();
        let _ = done.send(());
    });
    assert_ne!(ended.recv_timeout(WATCHDOG), Err(RecvTimeoutError::Timeout), "it hangs");
    resume(thread.join());
}

/// A fake in the midst of everything.
struct Busy {
    gws: FakeGws,
    /// Its port.
    port: ReservedPort,
    clients: Vec<(&'static str, RawConnection)>,
    recorded: TempDir,
}

impl Busy {
    fn new() -> Self {
        let (port, recorded) = (ReservedPort::new(), tempfile::tempdir().unwrap());
        let gws = FakeGws::builder().port(port.number).start();
        gws.clock().pause();
        gws.record(recorded.path().join("scenario.json"));
        let mut busy = Self { gws, port, clients: Vec::new(), recorded };
        busy.client("one that has sent nothing", b"");
        busy.client("one that has sent half a line", b"GET /api");
        let length = format!("Content-Length: {}\r\n", INTRUDE.len());
        let half = post_with(&own_path(fixtures::SESSION), &length, &INTRUDE[..5]);
        busy.client("one that has sent half a body", &half);
        busy.gws.rest_faults(Operation::Intrude).delay(Duration::from_secs(1));
        busy.client("one whose request is delayed", &intrude(INTRUDE));
        busy.gws.received(Operation::Intrude).next().blocking();
        busy.gws.rest_faults(Operation::Accept).hang();
        let accept = json!({ "operationName": "Accept" }).to_string();
        busy.client("one whose request hangs", &post(&own_path(fixtures::SESSION), accept));
        busy.gws.received(Operation::Accept).next().blocking();
        busy.holds_a_connect();
        busy.client("one that is between two requests", me().as_bytes());
        assert_eq!(busy.clients.last_mut().unwrap().1.answer().unwrap().status, 200);
        busy
    }

    fn client(&mut self, name: &'static str, sends: &[u8]) {
        let mut connection = RawConnection::open(&self.gws);
        connection.send(sends);
        self.clients.push((name, connection));
    }

    fn holds_a_connect(&mut self) {
        let mut client = RawCometdClient::handshake(&self.gws, fixtures::SUPERVISOR);
        client.connect();
        client.hold(&self.gws, fixtures::SUPERVISOR);
        self.clients.push(("one whose connect is held", client.connection));
    }

    /// Has it dropped, and looks at what is left.
    #[track_caller]
    fn check_dropped_by(self, place: &str, drops: impl FnOnce(FakeGws) + Send + 'static) {
        let Self { gws, port, clients, recorded } = self;
        let (address, file) = (port.address(), recorded.path().join("scenario.json"));
        let starting = starting();
        within_a_minute(move || drops(gws));
        let refused = TcpStream::connect(address).expect_err(place);
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{place}: somebody listens");
        drop(TcpListener::bind(address).expect(place));
        drop(starting);
        for (name, mut connection) in clients {
            let answer = connection.answer();
            assert!(answer.is_none(), "{place}: {name} reads {answer:?}");
        }
        let written = std::fs::read_to_string(file).expect(place);
        assert!(written.contains("handshake"), "{place}: {written}");
    }
}

#[test]
fn a_drop_ends_everything_wherever_it_is() {
    for (place, act) in PLACES {
        Busy::new().check_dropped_by(place, |gws| act(Box::new(|| drop(gws))));
    }
}

#[test]
fn a_task_that_is_cancelled_drops_it() {
    Busy::new().check_dropped_by("a cancelled task", |gws| {
        let runtime = Builder::new_current_thread().build().unwrap();
        let task = runtime.spawn(async {
            let _kept = gws;
            std::future::pending::<()>().await;
        });
        runtime.block_on(tokio::task::yield_now());
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn a_runtime_that_ends_drops_it_with_its_tasks() {
    Busy::new().check_dropped_by("the end of a runtime", |gws| {
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        runtime.spawn(async {
            let _kept = gws;
            std::future::pending::<()>().await;
        });
    });
}

/// Were the drop to panic too, the process would abort.
#[test]
fn the_panic_of_the_test_wins_wherever_it_is() {
    for (place, act) in PLACES {
        let output = panicked::by(|| {
            within_a_minute(|| {
                act(Box::new(|| {
                    let broken = [FakeGws::start(), FakeGws::start()];
                    for gws in &broken {
                        RawConnection::open(gws).exchange(intrude("{}"));
                        gws.agent().push_faults().lose_next_event();
                    }
                    panic!("the test's own");
                }));
            });
        });
        assert_eq!(output.text, "the test's own", "{place}");
    }
}

#[test]
fn a_hundred_processes_at_once_have_a_fake_each() {
    let test = "face::lifetime::a_drop_cuts_a_held_connect";
    let start = |_| {
        let mut process = Command::new(env::current_exe().unwrap());
        process.args(["--exact", test, "--test-threads=1"]).stdin(Stdio::null());
        process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let starting = starting();
    let processes: Vec<_> = (0..100).map(start).collect();
    drop(starting);
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{output:?}");
    }
}

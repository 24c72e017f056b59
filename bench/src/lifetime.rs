//! Start and drop.

use std::net::SocketAddr;
use std::time::Instant;

use gws_sms_fake::FakeGws;
use tokio::net::{TcpListener, TcpSocket};

use crate::result::Part;
use crate::statistics::median;
use crate::{Extent, client, machine};

pub fn measure(extent: Extent) -> Part {
    machine::pin(0);
    let mut part = Part::default();
    // Makes the runtime, and reads what is embedded.
    drop(FakeGws::start());
    client::runtime().block_on(start_and_drop(extent, &mut part));
    client::runtime().block_on(many_in_one_poll(extent, &mut part));
    part
}

async fn start_and_drop(extent: Extent, part: &mut Part) {
    let (rounds, times) = (extent.of(9, 3), 500);
    let (mut over, mut binds, mut fakes, mut peers) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        let bind = median((0..times).map(|_| timed(|| drop(bind_both()))).collect());
        let fake = median((0..times).map(|_| timed(|| drop(FakeGws::start()))).collect());
        let mut peer = Vec::new();
        for _ in 0..times / 10 {
            // Its drop waits for what is granted only so often in one poll of a task of tokio.
            tokio::task::yield_now().await;
            let began = Instant::now();
            // One that is not of its pool.
            drop(wiremock::MockServer::builder().start().await);
            peer.push(began.elapsed().as_secs_f64() * 1e6);
        }
        over.push(fake - bind);
        binds.push(bind);
        fakes.push(fake);
        peers.push(median(peer));
    }
    let (over, bind) = (median(over), median(binds));
    let (fake, peer) = (median(fakes), median(peers));
    part.row(
        "start and drop of a fake, without the time to bind its two sockets",
        "≤ 15 µs median",
        format!("{over:.1} µs ({fake:.1} µs in total, {bind:.1} µs of it to bind; wiremock {peer:.1} µs)"),
        over <= 15.0,
    );
}

/// What a fake binds: a free port of 127.0.0.1, and the same one of ::1 where the machine has it.
fn bind_both() -> (TcpListener, Option<TcpListener>) {
    let listen = |socket: TcpSocket, address: SocketAddr| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(4096)
    };
    let four = TcpSocket::new_v4()
        .and_then(|socket| listen(socket, SocketAddr::from(([127, 0, 0, 1], 0))));
    let four = four.expect("a port");
    let port = four.local_addr().expect("an address").port();
    let six = TcpSocket::new_v6();
    let six = six
        .and_then(|socket| listen(socket, SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port))));
    (four, six.ok())
}

fn timed(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1e6
}

async fn many_in_one_poll(extent: Extent, part: &mut Part) {
    let count = extent.of(10_000, 1000);
    let before = machine::descriptors();
    let began = Instant::now();
    for _ in 0..count {
        drop(FakeGws::start());
    }
    let took = began.elapsed().as_secs_f64();
    let left = machine::descriptors() as i64 - before as i64;
    part.row(
        &format!("{count} starts and drops in one poll of a task"),
        "≤ 0.5 s, no file descriptor leaked",
        format!("{took:.2} s, {} file descriptors leaked", left.max(0)),
        took <= 0.5 && left <= 0,
    );
}

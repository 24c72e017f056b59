//! A connection in memory, which brings the bytes of a client without a socket.

use std::cell::OnceCell;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::io::{AsyncWriteExt, duplex};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use crate::server::connection::serve_http;
use crate::server::dispatch::handler;
use crate::server::running_fake::RunningFake;
use crate::server::transport::Peer;

/// The number of bytes that each side may have in the other's buffer.
const BUFFER: usize = 4 << 20;
/// After so many turns without a socket to wait for, whatever can happen has happened.
const TURNS: usize = 64;

/// Serves a connection on which these bytes come, until nothing happens any more.
pub(crate) fn serve(fake: &Arc<RunningFake>, bytes: &[u8]) {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
    }
    let make = || Builder::new_current_thread().enable_time().build();
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| make().unwrap_or_else(|error| panic!("{error}")));
        runtime.block_on(talk(fake, bytes));
    });
}

async fn talk(fake: &Arc<RunningFake>, bytes: &[u8]) {
    let (mut client, server) = duplex(BUFFER);
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let transport = Arc::clone(&fake.transport);
    let handler = handler(fake);
    let serving = serve_http(server, |_| (), Peer::new(address), transport, handler);
    tokio::pin!(serving);
    // More than the buffer takes is cut off there.
    let fits = &bytes[..bytes.len().min(BUFFER)];
    let _ = client.write_all(fits).await;
    if !ends(serving.as_mut()).await {
        let _ = client.shutdown().await;
        ends(serving).await;
    }
}

/// Tells if the connection ends by itself.
async fn ends(serving: impl Future<Output = ()>) -> bool {
    let idle = async {
        for _ in 0..TURNS {
            yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = serving => true,
        () = idle => false,
    }
}

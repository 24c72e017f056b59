//! The network between a client and the fake, which can fail.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use tokio::io::{AsyncWriteExt, copy, copy_bidirectional, sink};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

/// Carries connections to a fake until it is dropped.
pub(crate) struct Wire {
    port: u16,
    whole: Arc<watch::Sender<bool>>,
    /// Has a receiver for each connection that is carried.
    carried: Arc<watch::Sender<()>>,
    thread: Handle,
}

impl Wire {
    pub(crate) fn to(fake: &str) -> Self {
        let fake = fake.trim_start_matches("http://").parse().expect("the fake's address");
        let (listeners, port) = listen().expect("a port for the wire");
        let whole = Arc::new(watch::Sender::new(true));
        let carried = Arc::new(watch::Sender::new(()));
        let carrier = Carrier { fake, whole: whole.subscribe(), carried: Arc::clone(&carried) };
        // What becomes readable first is passed on first: one thread keeps the order of what goes over two connections.
        let runtime = Builder::new_current_thread().enable_io().build();
        let runtime = runtime.expect("a runtime for the wire");
        let handle = runtime.handle().clone();
        thread::spawn(move || runtime.block_on(carrier.carry_all(listeners)));
        Self { port, whole, carried, thread: handle }
    }

    /// Its end at the client, under that name of this host.
    pub(crate) fn url(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }

    /// Closes every connection, which the fake has noticed when this returns. New ones are taken, and carried as soon as it is [`mended`](Self::mend).
    pub(crate) fn cut(&self) {
        let (whole, carried) = (Arc::clone(&self.whole), Arc::clone(&self.carried));
        // All at once: between two of them, a client would send over the second what it could not send over the first.
        let cut = self.thread.spawn(async move {
            whole.send_replace(false);
            carried.closed().await;
        });
        self.thread.block_on(cut).expect("the wire is there until it is dropped");
    }

    pub(crate) fn mend(&self) {
        self.whole.send_replace(true);
    }
}

#[derive(Clone)]
struct Carrier {
    fake: SocketAddr,
    whole: watch::Receiver<bool>,
    carried: Arc<watch::Sender<()>>,
}

impl Carrier {
    async fn carry_all(mut self, listeners: Vec<TcpListener>) {
        for listener in listeners {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime with I/O");
            let this = self.clone();
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(this.clone().carry(client));
                }
            });
        }
        while self.whole.changed().await.is_ok() {}
    }

    /// A mistake of either side is left to the other side: the connection ends.
    async fn carry(mut self, mut client: TcpStream) {
        if self.whole.wait_for(|whole| *whole).await.is_err() {
            return;
        }
        let _carried = self.carried.subscribe();
        let Ok(mut server) = TcpStream::connect(self.fake).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        tokio::select! {
            biased;
            _ = self.whole.wait_for(|whole| !whole) => {}
            _ = copy_bidirectional(&mut client, &mut server) => {}
        }
        drop(client);
        // The fake closes its end when it has noticed: a clock that is set forward next does not come before that.
        let _ = server.shutdown().await;
        let _ = copy(&mut server, &mut sink()).await;
    }
}

/// A free port of 127.0.0.1 and, where there is one, of ::1: `localhost` is either.
fn listen() -> io::Result<(Vec<TcpListener>, u16)> {
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = first.local_addr()?.port();
        let listeners = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
            Ok(second) => vec![first, second],
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => continue,
            Err(_) => vec![first],
        };
        for listener in &listeners {
            listener.set_nonblocking(true)?;
        }
        return Ok((listeners, port));
    }
}

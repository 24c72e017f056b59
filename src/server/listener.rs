//! Ports: binding them, never the same twice in a row, and accepting on them.
//!
//! The rule of this file: the listeners stand behind a std lock, from which a drop takes them, so that the port is free
//! the moment the fake is gone.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use crate::error::Error;
use crate::server::connection::{self, Handler};
use crate::server::runtime::runtime;
use crate::server::transport::{Peer, Transport};

/// The number of ports that are handed out before one may come again.
const REMEMBERED: usize = 1024;
/// std's backlog of 128 makes many simultaneous connects slow.
const BACKLOG: u32 = 4096;

/// The time for which the listener accepts nothing after a failure to accept.
const PAUSE: Duration = Duration::from_millis(10);

type Accepted = io::Result<(TcpStream, SocketAddr)>;

/// The address that a fake is asked to listen on.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    pub host: IpAddr,
    /// 0: a free one.
    pub port: u16,
}

impl Address {
    /// The address that clients on the same machine call it by.
    pub fn reached_at(self) -> IpAddr {
        if self.host.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { self.host }
    }
}

/// The sockets that a fake listens on.
#[derive(Debug)]
pub struct Listeners {
    sockets: Mutex<Vec<TcpListener>>,
    pub port: u16,
}

impl Listeners {
    /// Binds the address; with 127.0.0.1 also ::1, on the same port, where the machine has one.
    pub fn bind(address: Address) -> Result<Self, Error> {
        let _runtime = runtime().enter();
        let sockets = if address.port == 0 { bind_free(address.host) } else { bind_both(address) };
        let (sockets, port) = sockets.map_err(|error| {
            let Address { host, port } = address;
            Error::new(format!("{}: {error}; ask for another port, or for port 0", at(host, port)))
        })?;
        Ok(Self { sockets: Mutex::new(sockets), port })
    }

    /// Frees the port.
    pub(crate) fn close(&self) {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The next connection; `None` once the port is freed. Without descriptors there is none for a while.
    pub async fn accept(&self) -> Option<(TcpStream, SocketAddr)> {
        loop {
            match poll_fn(|context| self.poll_accept(context)).await? {
                Ok(accepted) => return Some(accepted),
                Err(_) => tokio::time::sleep_until(Instant::now() + PAUSE).await,
            }
        }
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<Option<Accepted>> {
        let sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if sockets.is_empty() {
            return Poll::Ready(None);
        }
        for socket in sockets.iter() {
            if let Poll::Ready(accepted) = socket.poll_accept(context) {
                return Poll::Ready(Some(accepted));
            }
        }
        Poll::Pending
    }
}

/// The service of the connections of a fake, in the background.
#[derive(Debug)]
pub(crate) struct Accepting(AbortHandle);

impl Accepting {
    pub(crate) fn start(
        listeners: Arc<Listeners>,
        transport: Arc<Transport>,
        handler: Handler,
    ) -> Self {
        Self(runtime().spawn(serve(listeners, transport, handler)).abort_handle())
    }

    /// Cuts all connections, and accepts no other.
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

/// Serves every connection until the port is freed; then all connections are cut.
async fn serve(listeners: Arc<Listeners>, transport: Arc<Transport>, handler: Handler) {
    // Whoever is being refused takes nobody's place.
    let mut connections = JoinSet::new();
    let mut refused = JoinSet::new();
    while let Some((stream, peer)) = listeners.accept().await {
        while connections.try_join_next().is_some() {}
        while refused.try_join_next().is_some() {}
        let limit = transport.limits.connections;
        let transport = Arc::clone(&transport);
        if connections.len() < limit {
            let peer = Peer::new(peer.ip());
            connections.spawn(connection::serve(stream, peer, transport, Arc::clone(&handler)));
        } else {
            refused.spawn(connection::refuse(stream, transport));
        }
    }
}

type Bound = (Vec<TcpListener>, u16);

/// The ports that were handed out last.
struct HandedOut(VecDeque<u16>);

impl HandedOut {
    fn has(&self, port: u16) -> bool {
        self.0.contains(&port)
    }

    fn remember(&mut self, port: u16) {
        self.0.push_back(port);
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }
}

/// A port that is free and is not among those handed out last.
fn bind_free(host: IpAddr) -> io::Result<Bound> {
    static HANDED_OUT: Mutex<HandedOut> = Mutex::new(HandedOut(VecDeque::new()));
    // Kept until one is found, so that the system does not offer them again.
    let mut refused = Vec::new();
    loop {
        let socket = bind(host, 0)?;
        let port = socket.local_addr()?.port();
        let mut handed_out = HANDED_OUT.lock().unwrap_or_else(PoisonError::into_inner);
        if handed_out.has(port) {
            refused.push(socket);
            continue;
        }
        match bind_sister(host, port) {
            Ok(sister) => {
                handed_out.remember(port);
                return Ok((std::iter::once(socket).chain(sister).collect(), port));
            }
            // Another process has the port on ::1.
            Err(_) => refused.push(socket),
        }
    }
}

fn bind_both(Address { host, port }: Address) -> io::Result<Bound> {
    let socket = bind(host, port)?;
    let sister = bind_sister(host, port)?;
    Ok((std::iter::once(socket).chain(sister).collect(), port))
}

/// ::1 beside 127.0.0.1, where the machine has it.
fn bind_sister(host: IpAddr, port: u16) -> io::Result<Option<TcpListener>> {
    static HAS_IPV6: OnceLock<bool> = OnceLock::new();
    let sister = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let wanted = host == IpAddr::V4(Ipv4Addr::LOCALHOST)
        && *HAS_IPV6.get_or_init(|| bind(sister, 0).is_ok());
    wanted.then(|| bind(sister, port)).transpose()
}

fn bind(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    let socket = if host.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::new(host, port))?;
    socket.listen(BACKLOG)
}

/// An address as it stands in a URL.
pub fn at(host: IpAddr, port: u16) -> String {
    SocketAddr::new(host, port).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_remembered_until_1024_others_were_handed_out() {
        let mut handed_out = HandedOut(VecDeque::new());
        for port in 1..=1024 {
            handed_out.remember(port);
        }
        assert!(handed_out.has(1));
        handed_out.remember(1025);
        assert!(!handed_out.has(1) && handed_out.has(2));
    }
}

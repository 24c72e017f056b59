//! Ports that nobody else takes.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpSocket;

/// A port of both loopback addresses on which nobody listens, and nobody but this test can. The system gives it to no other process,
/// neither to listen on nor to connect from. On Linux a fake may listen on it meanwhile.
#[derive(Debug)]
pub struct ReservedPort {
    /// Bound, and never listening.
    _sockets: Vec<TcpSocket>,
    /// Its number.
    pub number: u16,
}

impl ReservedPort {
    /// Reserves a port.
    pub fn new() -> Self {
        loop {
            let first = bound((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let number = first.local_addr().expect("a bound socket").port();
            match bound((Ipv6Addr::LOCALHOST, number)) {
                // Another process has it on the other address.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                // Where the machine has no IPv6, nobody can listen there.
                second => {
                    let sockets = [first].into_iter().chain(second.ok()).collect();
                    return Self { _sockets: sockets, number };
                }
            }
        }
    }

    /// Returns the address at which a fake with this port is found.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

impl Default for ReservedPort {
    fn default() -> Self {
        Self::new()
    }
}

fn bound(address: impl Into<SocketAddr>) -> io::Result<TcpSocket> {
    let address = address.into();
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A listener of the same port has this option, too.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

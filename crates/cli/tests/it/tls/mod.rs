//! The program as a server of TLS, and as a client.

mod serve;
mod upstream;

//! A fake that speaks TLS.

mod refused;
mod serving;

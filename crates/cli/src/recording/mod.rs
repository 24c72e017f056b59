//! Scenarios made of real traffic: by the proxy of `record`, or of a HAR file.
//!
//! [`proxy`] stands between a client and a real GWS, and `rewrite` changes the addresses in what passes. [`exchange`] holds what
//! one request came to, [`journal`] the file that grows while a recording is made. [`redact`] replaces what is not in
//! `safe_values` by `placeholders`, which `redactions` name. [`har`] reads a HAR file by its entries, each a `har_entry`, once
//! `origin` has found GWS among their addresses. `content_coding` and `charset` make texts of bodies.

mod charset;
mod content_coding;
pub mod exchange;
pub mod har;
mod har_entry;
pub mod journal;
mod journal_file;
mod origin;
mod passed_body;
pub mod placeholders;
pub mod proxy;
pub mod redact;
pub(crate) mod redactions;
mod rewrite;
mod safe_values;
#[cfg(test)]
mod tests;

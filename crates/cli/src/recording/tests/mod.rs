//! Tests that plant texts in every place of every message: a recording has none of them.
//!
//! `planted` makes the messages, and knows what it has planted; `redaction` records them and looks for it.

mod planted;
mod redaction;

//! What is planted in every place of every message, and that a recording has none of it.
//!
//! `planted` makes the messages, and knows what it has planted; `redaction` records them and looks for it.

mod planted;
mod redaction;

//! The bytes that a text in a HAR file stands for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The bytes; otherwise what came in place of them.
pub(super) fn decoded(text: &str, base64: bool) -> Result<Vec<u8>, &'static str> {
    match base64 {
        false => Ok(text.as_bytes().to_vec()),
        true => STANDARD.decode(text.trim()).map_err(|_| "a text that is no base64"),
    }
}

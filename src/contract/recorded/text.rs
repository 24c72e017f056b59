//! The bytes that a text in a HAR file stands for.

/// The bytes; otherwise what came in place of them.
#[cfg(feature = "cli")]
pub(super) fn decoded(text: &str, base64: bool) -> Result<Vec<u8>, &'static str> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    match base64 {
        false => Ok(text.as_bytes().to_vec()),
        true => STANDARD.decode(text.trim()).map_err(|_| "a text that is no base64"),
    }
}

/// The bytes; otherwise what came in place of them.
#[cfg(not(feature = "cli"))]
pub(super) fn decoded(text: &str, base64: bool) -> Result<Vec<u8>, &'static str> {
    match base64 {
        false => Ok(text.as_bytes().to_vec()),
        true => Err("base64, which is read with the feature `cli` only"),
    }
}

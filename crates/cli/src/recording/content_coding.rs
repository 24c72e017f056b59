//! Content codings of HTTP bodies (RFC 9110, section 8.4.1), undone so that a body can be read.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Codings that are named in a message and cannot be undone.
const NOT_DECODED: [&str; 3] = ["br", "compress", "zstd"];

/// Undoes the codings that a `Content-Encoding` lists; why the body cannot be read otherwise. A body never grows beyond the
/// limit.
pub(crate) fn decoded(body: &[u8], codings: &str, limit: usize) -> Result<Vec<u8>, String> {
    let mut decoded = body.to_vec();
    // The last one was applied last.
    for coding in codings.rsplit(',').map(str::trim) {
        decoded = match coding.to_ascii_lowercase().as_str() {
            "" | "identity" => decoded,
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(decoded.as_slice()), "gzip", limit)?,
            // Some servers leave the frame of zlib out.
            "deflate" => read(ZlibDecoder::new(decoded.as_slice()), "deflate", limit)
                .or_else(|_| read(DeflateDecoder::new(decoded.as_slice()), "deflate", limit))?,
            known if NOT_DECODED.contains(&known) => {
                return Err(format!("in the content encoding {known}, which is not decoded here"));
            }
            // What a server calls so is not shown.
            _ => return Err("in a content encoding that is not known".to_owned()),
        };
    }
    Ok(decoded)
}

fn read(decoder: impl Read, coding: &str, limit: usize) -> Result<Vec<u8>, String> {
    let mut decoded = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let read = decoder.take(most.saturating_add(1)).read_to_end(&mut decoded);
    match read {
        Ok(count) if count <= limit => Ok(decoded),
        Ok(_) => Err(format!("more than {limit} bytes, in the content encoding {coding}")),
        Err(error) => Err(format!("in the content encoding {coding}, and broken: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"{\"statusCode\":0}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn codings_are_undone_from_the_last_one_on() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(TEXT).unwrap();
        let raw = raw.finish().unwrap();
        for (body, codings) in [
            (TEXT.to_vec(), ""),
            (TEXT.to_vec(), "identity"),
            (gzip(TEXT), "gzip"),
            (gzip(TEXT), "X-GZip"),
            (zlib.clone(), "deflate"),
            (raw, "deflate"),
            (gzip(&zlib), "deflate, gzip"),
        ] {
            assert_eq!(decoded(&body, codings, 100).as_deref(), Ok(TEXT), "{codings}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_named() {
        let large = gzip(&[b' '; 1000]);
        for (body, codings, expected) in [
            (TEXT, "br", "in the content encoding br, which is not decoded here"),
            (TEXT, "gzip", "in the content encoding gzip, and broken: "),
            (TEXT, "planted", "in a content encoding that is not known"),
            (&large, "gzip", "more than 100 bytes, in the content encoding gzip"),
            (&large[..20], "gzip", "in the content encoding gzip, and broken: "),
        ] {
            let error = decoded(body, codings, 100).unwrap_err();
            assert!(error.starts_with(expected), "{codings}: {error}");
        }
    }
}

//! What a body says once it is out of the encodings that its header names. It does not change what is handed on.

use std::io::Read;

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hyper::header::{CONTENT_ENCODING, HeaderMap};

use crate::transcript::Body;

/// How many encodings are undone, one within the other; nobody who means it uses more than two.
const MOST_LAYERS: usize = 4;
const BROTLI_BUFFER: usize = 4096;

/// Returns a body as it is recorded: what it says, or the bytes as they came and why they say nothing. What would take
/// more than `most` bytes is not unpacked further.
pub(super) fn meant(headers: &HeaderMap, bytes: Bytes, most: usize) -> Body {
    match unpacked(headers, &bytes, most) {
        Ok(Some(said)) => Body::new(said),
        Ok(None) => Body::new(bytes),
        Err(reason) => Body::unreadable(bytes, reason),
    }
}

/// Returns what a body says, and nothing where it is in no encoding.
pub(super) fn unpacked(headers: &HeaderMap, bytes: &Bytes, most: usize) -> Result<Option<Bytes>, &'static str> {
    let encodings = encodings_of(headers);
    // Without a body there is nothing to undo, whatever the header says, as in an answer to HEAD.
    if encodings.is_empty() || bytes.is_empty() {
        return Ok(None);
    }
    if encodings.len() > MOST_LAYERS {
        return Err("it is in more encodings than are undone here");
    }
    let mut said = bytes.clone();
    for encoding in encodings.iter().rev() {
        said = match encoding.as_str() {
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(&said[..]), most, "it is said to be in gzip, and is not")?,
            "br" => read(Decompressor::new(&said[..], BROTLI_BUFFER), most, "it is said to be in br, and is not")?,
            "deflate" => inflated(&said, most)?,
            _ => return Err("it is in an encoding that is not undone here"),
        };
    }
    Ok(Some(said))
}

/// Returns the encodings that the header names, in the order in which they were put on.
fn encodings_of(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(CONTENT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty() && name != "identity").collect()
}

/// Undoes `deflate`, which is zlib by its standard, and by long custom what zlib wraps.
fn inflated(bytes: &Bytes, most: usize) -> Result<Bytes, &'static str> {
    const NO_DEFLATE: &str = "it is said to be in deflate, and is not";
    match read(ZlibDecoder::new(&bytes[..]), most, NO_DEFLATE) {
        Err(NO_DEFLATE) => read(DeflateDecoder::new(&bytes[..]), most, NO_DEFLATE),
        read => read,
    }
}

fn read(decoder: impl Read, most: usize, otherwise: &'static str) -> Result<Bytes, &'static str> {
    let mut said = Vec::new();
    let one_more = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(one_more).read_to_end(&mut said).map_err(|_damaged| otherwise)?;
    if said.len() > most {
        return Err("unpacked, it is larger than anything that is read here");
    }
    Ok(Bytes::from(said))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const SAID: &[u8] = br#"{"valid":true}"#;
    /// The same in br, stored.
    const BROTLI: &[u8] = b"\x8b\x06\x80{\"valid\":true}\x03";

    #[test]
    fn what_is_packed_means_what_it_says() {
        let (gzip, zlib, raw) = (gzip(SAID), zlib(SAID), raw(SAID));
        for (encoding, bytes) in [
            ("gzip", gzip.clone()),
            ("X-GZIP", gzip.clone()),
            ("br", BROTLI.to_vec()),
            ("deflate", zlib.clone()),
            ("deflate", raw),
            ("identity", SAID.to_vec()),
            ("", SAID.to_vec()),
            ("deflate, gzip", self::gzip(&zlib)),
            ("identity,gzip", gzip.clone()),
            ("gzip", [self::gzip(&SAID[..5]), self::gzip(&SAID[5..])].concat()),
        ] {
            let body = meant(&headers(encoding), Bytes::from(bytes), 1000);
            assert_eq!((&body.bytes()[..], body.unread()), (SAID, None), "{encoding}");
            assert!(body.json().is_some());
        }
        assert!(meant(&headers("gzip"), Bytes::new(), 1000).bytes().is_empty());
    }

    #[test]
    fn what_cannot_be_unpacked_is_told_and_never_more_than_allowed() {
        let bomb = gzip(&vec![b' '; 50 << 20]);
        let within = gzip(&bomb);
        let mut cut = gzip(SAID);
        cut.truncate(cut.len() - 9);
        for (encoding, bytes, reason) in [
            ("gzip", SAID.to_vec(), "it is said to be in gzip, and is not"),
            ("gzip", cut, "it is said to be in gzip, and is not"),
            ("br", SAID.to_vec(), "it is said to be in br, and is not"),
            ("deflate", SAID.to_vec(), "it is said to be in deflate, and is not"),
            ("gzip", bomb, "unpacked, it is larger than anything that is read here"),
            ("gzip, gzip", within, "unpacked, it is larger than anything that is read here"),
            ("zstd", SAID.to_vec(), "it is in an encoding that is not undone here"),
            ("gzip,gzip,gzip,gzip,gzip", SAID.to_vec(), "it is in more encodings than are undone here"),
        ] {
            let body = meant(&headers(encoding), Bytes::from(bytes.clone()), 100 << 10);
            assert_eq!((&body.bytes()[..], body.unread()), (&bytes[..], Some(reason)), "{encoding}");
            assert!(body.json().is_none());
        }
    }

    fn headers(encoding: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        headers
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}

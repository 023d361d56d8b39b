//! Answers that a server compressed although nobody asked for it (RFC 9110, 8.4). They are paid for:
//! they are read, within the same bound as any other.

use std::borrow::Cow;
use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The problem of a response beyond its bound.
pub(super) const TOO_LARGE: &str = "the response is larger than any answer of this vendor";

/// The most codings on top of each other.
const CODINGS: usize = 4;

/// Returns the body without its codings, at most `limit` bytes at every stage.
///
/// # Errors
/// A coding that is not known, too many of them, a body that is not coded as the header says, and
/// one that is larger than `limit`.
pub(super) fn decode(
    headers: &HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Bytes, &'static str> {
    let values = headers.get_all(CONTENT_ENCODING);
    let text: Vec<Cow<'_, str>> =
        values.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let codings: Vec<&str> = text
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
        .collect();
    if codings.len() > CODINGS {
        return Err("the response is compressed more than four times over");
    }
    if body.is_empty() {
        return Ok(body);
    }
    // The last one was applied last.
    codings.iter().rev().try_fold(body, |body, coding| Ok(without(coding, &body, limit)?.into()))
}

fn without(coding: &str, body: &[u8], limit: usize) -> Result<Vec<u8>, &'static str> {
    let is = |name: &str| coding.eq_ignore_ascii_case(name);
    let mut plain = Vec::new();
    let read = if is("gzip") || is("x-gzip") {
        bounded(MultiGzDecoder::new(body), &mut plain, limit)
    } else if is("deflate") {
        // With the frame of RFC 1950, or without as some servers send it.
        match body {
            [first, second, ..]
                if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0 =>
            {
                bounded(ZlibDecoder::new(body), &mut plain, limit)
            }
            _ => bounded(DeflateDecoder::new(body), &mut plain, limit),
        }
    } else if is("br") {
        bounded(brotli_decompressor::Decompressor::new(body, 4096), &mut plain, limit)
    } else if is("zstd") {
        ruzstd::decoding::StreamingDecoder::new(body)
            .map_err(io::Error::other)
            .and_then(|decoder| bounded(decoder, &mut plain, limit))
    } else {
        return Err("the response is encoded in a way that is not known, which was not asked for");
    };
    read.map_err(|_| "the response is not compressed as its header says")?;
    if plain.len() > limit {
        return Err(TOO_LARGE);
    }
    Ok(plain)
}

/// Reads one byte more than may be there.
fn bounded(coded: impl Read, plain: &mut Vec<u8>, limit: usize) -> io::Result<()> {
    coded.take(limit as u64 + 1).read_to_end(plain).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const PLAIN: &[u8] = br#"{"code":"1","result":{}}"#;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(plain: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(plain: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(plain, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// `PLAIN` as `brotli` writes it in one uncompressed block.
    fn brotli() -> Vec<u8> {
        let mut coded = vec![0x8b, 0x0b, 0x80];
        coded.extend_from_slice(PLAIN);
        coded.push(0x03);
        coded
    }

    fn read(codings: &[&str], body: Vec<u8>, limit: usize) -> Result<Bytes, &'static str> {
        let headers =
            crate::wire::headers(codings.iter().map(|coding| ("content-encoding", *coding)));
        let mut all = HeaderMap::new();
        for coding in codings {
            all.append(CONTENT_ENCODING, coding.parse().unwrap());
        }
        assert!(codings.len() > 1 || all == headers);
        decode(&all, body.into(), limit)
    }

    #[test]
    fn every_coding_is_read_alone_and_on_top_of_others() {
        for (codings, body) in [
            (&[][..], PLAIN.to_vec()),
            (&["identity"], PLAIN.to_vec()),
            (&[" Identity , "], PLAIN.to_vec()),
            (&["gzip"], gzip(PLAIN)),
            (&["x-gzip"], gzip(PLAIN)),
            (&["GZip"], [gzip(&PLAIN[..5]), gzip(&PLAIN[5..])].concat()),
            (&["deflate"], zlib(PLAIN)),
            (&["deflate"], deflate(PLAIN)),
            (&["zstd"], zstd(PLAIN)),
            (&["br"], brotli()),
            (&["deflate, gzip"], gzip(&zlib(PLAIN))),
            (&["zstd", "identity, gzip"], gzip(&zstd(PLAIN))),
        ] {
            assert_eq!(read(codings, body, 1000).as_deref(), Ok(PLAIN), "{codings:?}");
        }
        assert_eq!(read(&["gzip"], Vec::new(), 1000), Ok(Bytes::new()));
    }

    #[test]
    fn nothing_is_read_beyond_the_bound_and_nothing_that_is_labelled_wrongly() {
        let wrong = Err("the response is not compressed as its header says");
        let cut = |mut body: Vec<u8>| {
            body.truncate(body.len() - 9);
            body
        };
        for (coding, body) in [
            ("gzip", PLAIN.to_vec()),
            ("gzip", zlib(PLAIN)),
            ("gzip, gzip", gzip(PLAIN)),
            ("gzip", cut(gzip(PLAIN))),
            ("deflate", cut(zlib(PLAIN))),
            ("zstd", PLAIN.to_vec()),
            ("br", gzip(PLAIN)),
        ] {
            assert_eq!(read(&[coding], body, 1000), wrong, "{coding}");
        }
        let zeros = vec![0; 1 << 20];
        let large = Err("the response is larger than any answer of this vendor");
        for (coding, body) in [
            ("gzip", gzip(&zeros)),
            ("deflate", deflate(&zeros)),
            ("zstd", zstd(&zeros)),
            ("gzip, gzip", gzip(&gzip(&zeros))),
        ] {
            assert_eq!(read(&[coding], body.clone(), (1 << 20) - 1), large, "{coding}");
            assert_eq!(read(&[coding], body, 1 << 20).unwrap().len(), 1 << 20, "{coding}");
        }
        assert_eq!(read(&["br"], brotli(), PLAIN.len() - 1), large);
        for coding in ["compress", "gzip;q=1", "snappy"] {
            assert!(read(&[coding], PLAIN.to_vec(), 1000).is_err(), "{coding}");
        }
        assert!(read(&["gzip, gzip, gzip, gzip, gzip"], PLAIN.to_vec(), 1000).is_err());
    }
}

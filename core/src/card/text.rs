//! Texts that are given where an image is wanted: a path, or something that only looks like
//! one. Decided here once, for every language.

use std::path::{Path, PathBuf};

use base64_simd::forgiving_decode_to_vec;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use url::Url;

use super::format::PHOTO_LIMIT;
use crate::error::Error;

/// The meaning of a text that was given as a path.
pub(crate) enum Meaning {
    Bytes(Bytes),
    Path(PathBuf),
}

/// Returns the scheme of an address. A single letter is a drive.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut characters = scheme.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let allowed = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.');
    (begins && scheme.len() > 1 && characters.all(allowed)).then_some(scheme)
}

/// Returns whether a text is an address of this scheme, in any case and with white space around it.
fn is_of(text: &str, wanted: &str) -> bool {
    scheme(text.trim_start()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(wanted))
}

/// Returns the bytes of a `data:` address; nothing where the text is none.
pub(crate) fn data_address(text: &str) -> Option<Result<Bytes, Error>> {
    is_of(text, "data").then(|| decoded(text.trim_start()))
}

/// Decodes a `data:` address (RFC 2397). Its media type is not looked at: the bytes tell the format.
fn decoded(address: &str) -> Result<Bytes, Error> {
    let refuse = |expected: &str, found: &str| {
        Error::argument("image", format_args!("a data: address with {expected}"), found)
    };
    let no_comma = || refuse("a comma before its content", "none");
    let (head, content) = address.split_once(',').ok_or_else(no_comma)?;
    if content.len() > PHOTO_LIMIT * 2 {
        return Err(refuse("at most 64 MiB", "more"));
    }
    let content: Vec<u8> = percent_decode_str(content).collect();
    let last = head.rsplit(';').next().unwrap_or_default().trim();
    if !last.eq_ignore_ascii_case("base64") {
        return Ok(content.into());
    }
    // Some encoders use the alphabet for addresses.
    let plain = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let content: Vec<u8> = content.into_iter().map(plain).collect();
    forgiving_decode_to_vec(&content)
        .map(Bytes::from)
        .map_err(|_| refuse("base64 after its comma", "another text"))
}

/// Returns the meaning of a text that was given as a path: a `data:` address is decoded, a `file:`
/// address is the path in it, an http address is refused.
pub(crate) fn meaning(path: PathBuf) -> Result<Meaning, Error> {
    let Some(text) = path.to_str() else { return Ok(Meaning::Path(path)) };
    if let Some(bytes) = data_address(text) {
        return bytes.map(Meaning::Bytes);
    }
    // Where a path was made of the text before, two slashes have become one.
    let is_address = |wanted: &str| {
        is_of(text, wanted) && text.split_once(':').is_some_and(|(_, rest)| rest.starts_with('/'))
    };
    if is_address("http") || is_address("https") {
        let found = "an http address, which is to be given as an address";
        return Err(Error::argument("image", "the path of a file", found));
    }
    if is_address("file") {
        let path = Url::parse(text.trim()).ok().and_then(|url| url.to_file_path().ok());
        return path.map(Meaning::Path).ok_or_else(|| {
            Error::argument("image", "a file: address of this machine", "another one")
        });
    }
    Ok(Meaning::Path(path))
}

/// The beginnings of photos of each format in base64.
const PHOTOS: [&str; 3] = ["/9j/", "iVBORw0KGgo", "Qk"];

/// Text of this length and more that could be base64 is taken for it: no file has a name so long.
const NO_NAME: usize = 256;

/// Returns a name for a text that is no path of a file: for the error about the file.
pub(crate) fn instead_of_a_path(path: &Path) -> Option<&'static str> {
    let text = path.to_str()?.trim();
    let in_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n ".contains(&byte);
    let begins = PHOTOS.iter().any(|start| text.starts_with(start)) && text.len() >= 32;
    if text.bytes().all(in_base64) && (begins || text.len() >= NO_NAME) {
        return Some("base64 text, which is to be decoded, or given as a data: address");
    }
    if text.contains('\n') || text.len() > 4096 {
        return Some("a text of several lines, or longer than any path");
    }
    if scheme(text).is_some() && text.contains("://") {
        return Some("an address, and not of http or https: give the bytes of the photo");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        meaning(PathBuf::from(text))
            .err()
            .map_or_else(String::new, |error| error.message().to_owned())
    }

    fn bytes(text: &str) -> Bytes {
        match meaning(PathBuf::from(text)) {
            Ok(Meaning::Bytes(bytes)) => bytes,
            _ => panic!("{text} is not decoded"),
        }
    }

    #[test]
    fn data_addresses_are_decoded() {
        for text in [
            "data:image/jpeg;base64,/9j/4A==",
            "DATA:image/jpeg;BASE64,/9j/4A",
            " data:;base64,/9j/\r\n4A==",
            "data:image/jpeg;charset=x;base64,%2F9j%2F4A%3D%3D",
            "data:image/png;base64,_9j_4A==",
            "data:,%FF%D8%FF%E0",
        ] {
            assert_eq!(bytes(text), [0xff, 0xd8, 0xff, 0xe0][..], "{text}");
        }
        assert_eq!(
            refused("data:image/jpeg"),
            "image: expected a data: address with a comma before its content, found none"
        );
        assert_eq!(
            refused("data:image/jpeg;base64,/9j/4"),
            "image: expected a data: address with base64 after its comma, found another text"
        );
    }

    #[test]
    fn a_file_address_is_its_path_and_an_http_address_is_none() {
        let path = |text: &str| match meaning(PathBuf::from(text)) {
            Ok(Meaning::Path(path)) => path,
            _ => panic!("{text} is no path"),
        };
        for text in ["file:///tmp/a%20card.jpg", "FILE:///tmp/a card.jpg", "file:/tmp/a card.jpg"] {
            assert_eq!(path(text), PathBuf::from("/tmp/a card.jpg"), "{text}");
        }
        for plain in ["card.jpg", "C:\\card.jpg", "/9j/card.jpg", "a:b.jpg", "http", "https.jpg"] {
            assert_eq!(path(plain), PathBuf::from(plain));
        }
        for text in ["https://x/1.jpg", "HTTPS://x/1.jpg", " http://x/", "http:/x/1.jpg"] {
            assert_eq!(
                refused(text),
                "image: expected the path of a file, found an http address, which is to be given as an address",
                "{text}"
            );
        }
        let elsewhere = "image: expected a file: address of this machine, found another one";
        assert_eq!(refused("file://server/card.jpg"), elsewhere);
    }

    #[test]
    fn what_is_no_path_is_told() {
        let told = |text: &str| instead_of_a_path(Path::new(text)).unwrap_or_default();
        let jpeg = format!("/9j/{}", "4AAQSkZJRgABAQ".repeat(4));
        assert!(told(&jpeg).contains("base64"));
        assert!(told(&format!("{jpeg}\r\n{jpeg}==")).contains("base64"));
        assert!(told(&"aGVsbG8g".repeat(40)).contains("base64"));
        assert!(told("s3://bucket/card.jpg").contains("an address"));
        assert!(told("ftp://host/card.jpg").contains("an address"));
        assert!(told("<svg>\n</svg>").contains("several lines"));
        for path in ["card.jpg", "/9j/card", "photos/a:b", "C:\\photos\\card.jpg", ""] {
            assert_eq!(told(path), "", "{path}");
        }
    }
}

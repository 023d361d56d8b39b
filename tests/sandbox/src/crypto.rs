//! Digests, signatures' building blocks, encodings and calendar arithmetic.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

pub(crate) fn sha1_hex(data: &[u8]) -> String {
    hex(&Sha1::digest(data))
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

pub(crate) fn hmac_sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hmac_sha1(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::default());
    // Reading from memory does not fail.
    let _ = encoder.read_to_end(&mut packed);
    packed
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Standard alphabet, padding required, nothing else in the text.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Returns the same broken into lines.
pub(crate) fn unbase64_lines(text: &str) -> Option<Vec<u8>> {
    unbase64(&text.replace(['\r', '\n'], ""))
}

/// `n` random characters of letters and digits.
pub(crate) fn random_text(n: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    random_bytes(n).iter().map(|b| ALPHABET[usize::from(*b) % 62] as char).collect()
}

pub(crate) fn random_digits(n: usize) -> String {
    random_bytes(n).iter().map(|b| char::from(b'0' + b % 10)).collect()
}

/// A UUID of version 4. A letter ends its second group and stands within its last: by chance the digits
/// around it may be a card's or a phone's number otherwise, which the library does not show.
pub(crate) fn uuid() -> String {
    let h = hex(&random_bytes(16));
    let last = (&h[20..26], &h[27..32]);
    format!("{}-{}d-4{}-a{}-{}c{}", &h[..8], &h[8..11], &h[13..16], &h[17..20], last.0, last.1)
}

fn random_bytes(n: usize) -> Vec<u8> {
    let mut bytes = vec![0; n];
    getrandom::fill(&mut bytes).expect("the system's random source");
    bytes
}

/// Year, month, day, hour, minute, second of a Unix time shifted by whole seconds of zone.
pub(crate) fn civil(unix: i64, zone: i64) -> (i64, i64, i64, i64, i64, i64) {
    let t = unix + zone;
    let (days, secs) = (t.div_euclid(86_400), t.rem_euclid(86_400));
    // Days since 0000-03-01, in 400-year eras (http://howardhinnant.github.io/date_algorithms.html).
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day, secs / 3600, secs / 60 % 60, secs % 60)
}

/// `YYYY-MM-DD` in UTC.
pub(crate) fn utc_date(unix: i64) -> String {
    let (y, m, d, ..) = civil(unix, 0);
    format!("{y:04}-{m:02}-{d:02}")
}

/// `yyyyMMddHHmmss` in China Standard Time.
pub(crate) fn china_stamp(unix: i64) -> String {
    let (y, mo, d, h, mi, s) = civil(unix, 8 * 3600);
    format!("{y:04}{mo:02}{d:02}{h:02}{mi:02}{s:02}")
}

/// Returns the day number in China Standard Time: what daily quotas count by.
pub(crate) fn china_day(unix: i64) -> i64 {
    (unix + 8 * 3600).div_euclid(86_400)
}

/// Returns the Luhn check digit of the digits before it.
#[must_use]
pub(crate) fn luhn_check_digit(payload: &str) -> char {
    let sum: u32 = payload
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            if i % 2 == 0 { if d > 4 { d * 2 - 9 } else { d * 2 } } else { d }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        assert_eq!(sha1_hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex(&sha256(b"")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(base64(&hmac_sha1(b"k", b"d")).len(), 28);
    }

    #[test]
    fn dates() {
        assert_eq!(utc_date(1_539_084_154), "2018-10-09");
        assert_eq!(utc_date(951_782_400), "2000-02-29");
        assert_eq!(china_stamp(1_767_225_600), "20260101080000");
    }

    #[test]
    fn the_default_card_passes_luhn() {
        assert_eq!(luhn_check_digit("622202000000000000"), '0');
    }

    #[test]
    fn base64_is_strict() {
        assert!(unbase64("QQ==").is_some());
        for bad in ["QQ", "QQ=\n=", "Q Q=", "QQ==\r\n", "QR==", "-_=="] {
            assert!(unbase64(bad).is_none(), "{bad:?}");
        }
        assert!(unbase64_lines("QQ=\r\n=\n").is_some());
        assert!(unbase64_lines("Q Q=").is_none());
    }
}

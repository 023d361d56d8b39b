//! Encoders against plain ones.

use cardwire::fuzz_support::{base64, base64_form, hex, multipart, pairs, percent};

const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, 4, a bit at a time.
fn plain_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..4 {
            if index <= group.len() {
                text.push(char::from(SYMBOLS[(bits >> (18 - 6 * index) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// RFC 3986, 2.1 and 2.3.
fn plain_percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let digits = std::str::from_utf8(&rest[..2]).expect("ASCII");
            bytes.push(u8::from_str_radix(digits, 16).expect("hex"));
            rest = &rest[2..];
        } else {
            bytes.push(*byte);
        }
    }
    bytes
}

pub(crate) fn run(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    // Long photos are sent in pieces: repeat a short one.
    let bytes = if *first >= 0xf0 { usize::from(first & 15) * 8192 } else { 0 };
    let times = bytes / data.len().max(1);
    let photo = data.repeat(times.max(1));
    let (head, tail) = data.split_at(data.len().min(usize::from(*first)));

    let text = plain_base64(&photo);
    let (sent, length) = base64(head, &photo, tail);
    assert_eq!(sent, [head, text.as_bytes(), tail].concat());
    assert_eq!(length, sent.len() as u64);

    let escaped = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let (sent, length) = base64_form(head, &photo, tail);
    assert_eq!(sent, [head, escaped.as_bytes(), tail].concat());
    assert_eq!(length, sent.len() as u64);

    let text = String::from_utf8_lossy(data);
    let encoded = percent(&text);
    assert_eq!(encoded, plain_percent(&text));
    assert_eq!(decoded(&encoded), text.as_bytes());
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    let expected = format!("{}={}&b={}", plain_percent(name), plain_percent(value), encoded);
    assert_eq!(pairs(&[(name, value), ("b", &text)]), expected);

    let digits: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex(data), digits);

    let boundary = "0".repeat(32);
    let (content_type, body, length) = multipart(&boundary, "img", "card.jpg", data);
    assert_eq!(content_type, format!("multipart/form-data; boundary={boundary}"));
    assert_eq!(length, body.len() as u64);
    let opening = format!("--{boundary}\r\n");
    let closing = format!("\r\n--{boundary}--\r\n");
    let inner = body.strip_prefix(opening.as_bytes()).expect("the boundary opens");
    let inner = inner.strip_suffix(closing.as_bytes()).expect("the boundary closes");
    let end = inner.windows(4).position(|window| window == b"\r\n\r\n").expect("headers end");
    assert_eq!(&inner[end + 4..], data);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        (0..12).map(|length| vec![0xff - length; length as usize + 1]).collect();
    seeds.push(b"\x05https://img.example.com/a b.jpg?x=1&y=\xe4\xb8\xad".to_vec());
    seeds.push((0..=255).collect());
    seeds.push(std::iter::once(0xf9).chain((0..=255).rev()).collect());
    seeds
}

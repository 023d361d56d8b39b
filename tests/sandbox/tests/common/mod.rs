//! A raw client: what goes on the wire is exactly what a test writes.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cardwire_sandbox::{Options, Sandbox};
use serde_json::Value;

pub const CARD: &str = "6222020000000000000";
pub const ID: &str = "110101190001010014";
pub const NAME: &str = "张三";

pub fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| {
            panic!("not JSON: {} {:?}", self.status, String::from_utf8_lossy(&self.body))
        })
    }
}

pub fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap()
}

pub fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(host(url)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Writes bytes and reads to the end of the connection.
pub fn raw(url: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(url);
    stream.write_all(bytes).unwrap();
    let mut out = Vec::new();
    let _ = stream.read_to_end(&mut out);
    out
}

pub fn parse(bytes: &[u8]) -> Response {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|l| l.split_once(": ").unwrap())
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    Response { status, headers, body: bytes[end + 4..].to_vec() }
}

/// Returns the bytes of a request with a `Content-Length`, on a connection of its own.
pub fn request_bytes(
    method: &str,
    url: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut text =
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", host(url));
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn send(
    method: &str,
    url: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    parse(&raw(url, &request_bytes(method, url, target, headers, body)))
}

pub fn get(url: &str, target: &str) -> Response {
    send("GET", url, target, &[], b"")
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Returns a whole BMP of one colour with a marker behind its pixels.
pub fn bmp(width: u32, height: u32, marker: &str) -> Vec<u8> {
    let row = (width * 3).div_ceil(4) * 4;
    let pixels = row * height;
    let mut b = b"BM".to_vec();
    for n in [54 + pixels, 0, 54, 40, width, height] {
        b.extend_from_slice(&n.to_le_bytes());
    }
    b.extend_from_slice(&[1, 0, 24, 0]);
    for n in [0, pixels, 2835, 2835, 0, 0] {
        b.extend_from_slice(&n.to_le_bytes());
    }
    b.resize((54 + pixels) as usize, 0x80);
    if !marker.is_empty() {
        b.extend_from_slice(b"cardwire-card:");
        b.extend_from_slice(marker.as_bytes());
    }
    b
}

pub fn entry<'a>(config: &'a Value, vendor: &str) -> &'a Value {
    config["vendors"].as_array().unwrap().iter().find(|v| v["vendor"] == vendor).unwrap()
}

pub fn random(n: usize) -> String {
    let mut bytes = vec![0u8; n];
    getrandom::fill(&mut bytes).unwrap();
    hex(&bytes)[..n].to_owned()
}

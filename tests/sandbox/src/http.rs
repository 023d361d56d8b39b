//! HTTP/1.1 as raw as the checks need it: header names and values as they came, the framing that was
//! used, every byte counted; and answers with whatever framing a test wants.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::checks::Refusal;

/// The checks of every listener.
pub(crate) mod checks {
    use crate::checks::{HTTP, Source, source};

    /// How messages are framed.
    static FRAMING: Source = source("RFC 9112, HTTP/1.1", "https://www.rfc-editor.org/rfc/rfc9112");
    static SIZES: Source = source("the vendors' pages: each has a lower limit", "");

    crate::checks::checks! {
        HEAD: "http:400", "what is no HTTP/1 request", FRAMING;
        HOST: "http:400", "an HTTP/1.1 request without Host", FRAMING;
        LENGTH: "http:400", "two lengths, a length with a coding, or one that is no number", FRAMING;
        CHUNK: "http:400", "a broken chunk", FRAMING;
        MISDIRECTED: "http:421", "on the port of all, a Host that is no vendor's", HTTP;
        LONG_HEAD: "http:431", "a head over 64 KiB", HTTP;
        LONG_BODY: "http:413", "a body over 16 MiB", SIZES;
    }
}

/// The longest request head (request line and headers).
pub(crate) const MAX_HEAD: usize = 64 * 1024;
/// The longest request body: above every vendor's own limit.
pub(crate) const MAX_BODY: usize = 16 * 1024 * 1024;

/// How the request body was delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    /// Neither `Content-Length` nor `Transfer-Encoding`.
    Absent,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// A request head, and its body once read.
#[derive(Debug)]
pub(crate) struct Request {
    pub method: String,
    pub path: String,
    /// The text after `?`, as sent; `None` without a `?`.
    pub query: Option<String>,
    /// Names and values exactly as on the wire.
    pub headers: Vec<(String, Vec<u8>)>,
    pub framing: BodyFraming,
    pub body: Vec<u8>,
    pub keep_alive: bool,
    pub expects_continue: bool,
}

impl Request {
    /// Returns the value of a header that came exactly once, if it is UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let first = found.next()?;
        if found.next().is_some() {
            return None;
        }
        std::str::from_utf8(&first.1).ok()
    }

    /// Returns whether a header of this name came at all.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// Returns the media type in lower case, without its parameters.
    pub fn media_type(&self) -> String {
        let text = self.header("content-type").unwrap_or("");
        text.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// Returns whether the body was delimited by `Content-Length`.
    pub const fn has_length(&self) -> bool {
        matches!(self.framing, BodyFraming::Length(_))
    }

    /// Returns the decoded query parameters in order.
    pub fn query_params(&self) -> Vec<(String, String)> {
        decode_form(self.query.as_deref().unwrap_or("").as_bytes())
    }
}

/// Decodes `a=b&c=d` as form data, <https://url.spec.whatwg.org/#urlencoded-parsing>: `+` is a space, and what is
/// no escape stands for itself.
pub(crate) fn decode_form(text: &[u8]) -> Vec<(String, String)> {
    let pairs = text.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| {
        let equals = pair.iter().position(|b| *b == b'=');
        let (key, value) = equals.map_or((pair, &b""[..]), |at| (&pair[..at], &pair[at + 1..]));
        (percent_decode(key), percent_decode(value))
    });
    decoded.collect()
}

fn percent_decode(bytes: &[u8]) -> String {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match (byte, digit(at), digit(at + 1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns the one value of `name`, `None` when absent or repeated.
pub(crate) fn one<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = params.iter().filter(|(k, _)| k == name);
    let first = found.next()?;
    if found.next().is_some() { None } else { Some(&first.1) }
}

/// Why a request could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client closed before the first byte of a request.
    Idle,
    /// The client closed or broke in the middle.
    Cut,
    /// Not HTTP, or a head that contradicts itself.
    Bad(Refusal),
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        Self::Cut
    }
}

/// Reads requests off a stream and counts their bytes.
pub(crate) struct Reader<S> {
    pub stream: S,
    buffer: Vec<u8>,
    /// Bytes of the current request taken so far (head and body, as on the wire).
    pub taken: usize,
    /// The largest read; small while a script wants to leave bytes unread.
    pub chunk: usize,
}

impl<S: AsyncRead + Unpin> Reader<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new(), taken: 0, chunk: 64 * 1024 }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.fill_at_most(self.chunk).await
    }

    async fn fill_at_most(&mut self, most: usize) -> io::Result<usize> {
        let start = self.buffer.len();
        self.buffer.resize(start + most.min(self.chunk), 0);
        let n = self.stream.read(&mut self.buffer[start..]).await;
        self.buffer.truncate(start + *n.as_ref().unwrap_or(&0));
        n
    }

    /// Waits until a byte of the next request is there; false when the client closed instead.
    pub async fn wait(&mut self) -> bool {
        self.taken = 0;
        !self.buffer.is_empty() || matches!(self.fill().await, Ok(n) if n > 0)
    }

    /// Reads the request head.
    pub async fn head(&mut self) -> Result<Request, ReadError> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                if end > MAX_HEAD {
                    return Err(ReadError::Bad(&checks::LONG_HEAD));
                }
                let request = parse_head(&self.buffer[..end + 4])?;
                self.buffer.drain(..end + 4);
                self.taken += end + 4;
                return Ok(request);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadError::Bad(&checks::LONG_HEAD));
            }
            if self.fill().await? == 0 {
                self.taken += self.buffer.len();
                return Err(if self.buffer.is_empty() { ReadError::Idle } else { ReadError::Cut });
            }
        }
    }

    /// Reads the body into the request. With a limit, stops with `Ok(false)` once that many bytes of the
    /// whole request were taken.
    pub async fn body(
        &mut self,
        request: &mut Request,
        limit: Option<usize>,
    ) -> Result<bool, ReadError> {
        match request.framing {
            BodyFraming::Absent => Ok(true),
            BodyFraming::Length(length) => {
                if length > MAX_BODY {
                    return Err(ReadError::Bad(&checks::LONG_BODY));
                }
                self.exact(length, &mut request.body, limit).await
            }
            BodyFraming::Chunked => self.chunked(&mut request.body, limit).await,
        }
    }

    async fn exact(
        &mut self,
        length: usize,
        into: &mut Vec<u8>,
        limit: Option<usize>,
    ) -> Result<bool, ReadError> {
        let mut left = length;
        loop {
            // Bytes that may still be taken before a script's limit.
            let room = limit.map_or(usize::MAX, |l| l.saturating_sub(self.taken));
            let n = left.min(self.buffer.len()).min(room);
            into.extend_from_slice(&self.buffer[..n]);
            self.buffer.drain(..n);
            self.taken += n;
            left -= n;
            if left == 0 {
                return Ok(true);
            }
            if n == room {
                return Ok(false);
            }
            if self.fill_at_most(room - n).await? == 0 {
                return Err(ReadError::Cut);
            }
        }
    }

    async fn line(&mut self) -> Result<Vec<u8>, ReadError> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n") {
                let line = self.buffer[..end].to_vec();
                self.buffer.drain(..end + 2);
                self.taken += end + 2;
                return Ok(line);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadError::Bad(&checks::CHUNK));
            }
            if self.fill().await? == 0 {
                return Err(ReadError::Cut);
            }
        }
    }

    async fn chunked(
        &mut self,
        into: &mut Vec<u8>,
        limit: Option<usize>,
    ) -> Result<bool, ReadError> {
        loop {
            let line = self.line().await?;
            let text = String::from_utf8_lossy(&line);
            let size = text.split(';').next().unwrap_or("").trim();
            let size =
                usize::from_str_radix(size, 16).map_err(|_| ReadError::Bad(&checks::CHUNK))?;
            if size == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(true);
            }
            if into.len().saturating_add(size) > MAX_BODY {
                return Err(ReadError::Bad(&checks::LONG_BODY));
            }
            if !self.exact(size, into, limit).await? {
                return Ok(false);
            }
            if !self.line().await?.is_empty() {
                return Err(ReadError::Bad(&checks::CHUNK));
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Request, ReadError> {
    let mut slots = vec![httparse::EMPTY_HEADER; 256];
    let mut head = httparse::Request::new(&mut slots);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        _ => return Err(ReadError::Bad(&checks::HEAD)),
    }
    let mut target = head.path.unwrap_or("");
    // As a client writes it to a proxy.
    if let Some(rest) = target.strip_prefix("http://") {
        target = rest.find('/').map_or("/", |slash| &rest[slash..]);
    }
    let (path, query) = match target.split_once('?') {
        Some((p, q)) => (p, Some(q.to_owned())),
        None => (target, None),
    };
    let headers: Vec<(String, Vec<u8>)> =
        head.headers.iter().map(|h| (h.name.to_owned(), h.value.to_vec())).collect();
    let mut request = Request {
        method: head.method.unwrap_or("").to_owned(),
        path: path.to_owned(),
        query,
        framing: BodyFraming::Absent,
        body: Vec::new(),
        keep_alive: head.version == Some(1),
        expects_continue: false,
        headers,
    };
    // RFC 9112 section 6.3: a message with both, or with two lengths, is not to be trusted.
    if request.has_header("transfer-encoding") {
        let coding = request.header("transfer-encoding").unwrap_or("");
        if request.has_header("content-length") || !coding.trim().eq_ignore_ascii_case("chunked") {
            return Err(ReadError::Bad(&checks::LENGTH));
        }
        request.framing = BodyFraming::Chunked;
    } else if request.has_header("content-length") {
        let text = request.header("content-length").ok_or(ReadError::Bad(&checks::LENGTH))?;
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReadError::Bad(&checks::LENGTH));
        }
        request.framing =
            BodyFraming::Length(text.parse().map_err(|_| ReadError::Bad(&checks::LONG_BODY))?);
    }
    if head.version == Some(1) && !request.has_header("host") {
        return Err(ReadError::Bad(&checks::HOST));
    }
    if let Some(c) = request.header("connection") {
        let has = |word: &str| c.split(',').any(|w| w.trim().eq_ignore_ascii_case(word));
        request.keep_alive = if request.keep_alive { !has("close") } else { has("keep-alive") };
    }
    request.expects_continue =
        request.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue"));
    Ok(request)
}

/// Returns the first index of `needle` in `hay`.
pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(step) = hay.get(from..)?.iter().position(|&b| b == first) {
        from += step;
        if hay[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// How the answer's body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// `Content-Length`.
    #[default]
    Length,
    /// No length; the end of the connection ends the body.
    Close,
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// No framing header is added, and the connection stays open: the headers given say what they say.
    None,
}

/// An answer, before it is put on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    pub framing: Framing,
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut answer =
            Self { status, headers: Vec::new(), body: body.into(), framing: Framing::Length };
        if !content_type.is_empty() {
            answer.headers.push(("Content-Type".into(), content_type.into()));
        }
        answer
    }

    pub fn json(value: &serde_json::Value) -> Self {
        Self::new(200, "application/json; charset=utf-8", value.to_string())
    }

    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Returns the bytes for the wire. `date` is added unless the answer brings its own.
    pub fn encode(&self, date: Option<&str>, close: bool) -> Vec<u8> {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status)).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        };
        if let Some(date) = date.filter(|_| !self.has("date")) {
            line("Date", date.as_bytes());
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        match self.framing {
            Framing::Length if !self.has("content-length") => {
                line("Content-Length", self.body.len().to_string().as_bytes());
            }
            Framing::Chunked if !self.has("transfer-encoding") => {
                line("Transfer-Encoding", b"chunked")
            }
            _ => {}
        }
        if close && !self.has("connection") {
            line("Connection", b"close");
        }
        out.extend_from_slice(b"\r\n");
        if self.framing == Framing::Chunked {
            for part in self.body.chunks(4096) {
                out.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                out.extend_from_slice(part);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
        } else {
            out.extend_from_slice(&self.body);
        }
        out
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_plus_in_a_form_is_a_space() {
        let params = decode_form("img=a+b%2B%E5%BC%A0&x&rest=100%&half=%2&odd=%zz%41".as_bytes());
        assert_eq!(one(&params, "img"), Some("a b+张"));
        assert_eq!(one(&params, "x"), Some(""));
        assert_eq!(one(&params, "rest"), Some("100%"));
        assert_eq!(one(&params, "half"), Some("%2"));
        assert_eq!(one(&params, "odd"), Some("%zzA"));
    }

    #[test]
    fn contradicting_lengths_are_refused() {
        for head in [
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n",
        ] {
            assert!(
                matches!(parse_head(head.as_bytes()), Err(ReadError::Bad(check)) if check.answer == "http:400"),
                "{head}"
            );
        }
    }
}

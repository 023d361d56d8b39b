//! A Redis server of the run's own, and everything that it is sent.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A server with a listener on its `MONITOR` stream.
pub struct Redis {
    server: Child,
    /// The address for `token_store`.
    pub url: String,
    port: u16,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Redis {
    /// Starts one; `None` where there is no `redis-server`.
    pub fn start() -> Option<Redis> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let url = format!("redis://127.0.0.1:{port}");
        let redis = Redis { server, url, port, seen: Arc::default() };
        let until = Instant::now() + Duration::from_secs(10);
        let mut monitor = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() > until => return None,
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        };
        monitor.write_all(b"MONITOR\r\n").ok()?;
        let mut lines = BufReader::new(monitor);
        let mut greeting = Vec::new();
        lines.read_until(b'\n', &mut greeting).ok()?;
        let seen = Arc::clone(&redis.seen);
        thread::spawn(move || {
            let mut line = Vec::new();
            while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.extend(unescaped(&line));
                line.clear();
            }
        });
        Some(redis)
    }

    /// Returns everything since the last time, once what was sent before this call is in it.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn take(&self) -> Result<Vec<u8>, String> {
        let mark = format!("everything-until-{:?}", Instant::now());
        self.set(&mark, b"")?;
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.windows(mark.len()).any(|window| window == mark.as_bytes()) {
                return Ok(std::mem::take(&mut seen));
            }
            drop(seen);
            if Instant::now() > until {
                return Err("MONITOR does not show what was sent".into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sets a key as any client would.
    ///
    /// # Errors
    /// The server does not take it.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        let head = format!("*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n", key.len(), value.len());
        self.command(&[head.as_bytes(), value, b"\r\n"].concat())
    }

    /// Forgets every key.
    ///
    /// # Errors
    /// The server does not take it.
    pub fn clear(&self) -> Result<(), String> {
        self.command(b"FLUSHALL\r\n")
    }

    fn command(&self, command: &[u8]) -> Result<(), String> {
        let send = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.write_all(command)?;
            let mut answer = String::new();
            BufReader::new(stream).read_line(&mut answer)?;
            Ok(answer)
        };
        match send() {
            Ok(answer) if answer.starts_with("+OK") => Ok(()),
            Ok(answer) => Err(answer),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Returns the bytes of a line of `MONITOR`, which quotes what is not printable.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let Some((kind, after)) = rest.split_first() else { break };
        rest = after;
        match kind {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'a' => bytes.push(7),
            b'b' => bytes.push(8),
            b'x' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                    bytes.push(byte);
                    rest = &rest[2..];
                }
            }
            other => bytes.push(*other),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_monitor_quotes_is_read_back() {
        assert_eq!(super::unescaped(br#""a\x00\xffb\\x41\"\n""#), b"\"a\x00\xffb\\x41\"\n\"");
    }
}

//! A Redis server of one test's own. It is the system's: without `redis-server` on the path, and no
//! permission to install it, there is none.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A running server; dropping it ends it.
pub struct Redis {
    server: Child,
    /// The address on which it listens.
    pub port: u16,
    tls: bool,
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(arguments: &[&str]) -> Option<Child> {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .ok()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0");
    listener.and_then(|listener| listener.local_addr()).map_or(0, |address| address.port())
}

impl Redis {
    /// Returns a server that speaks plainly. Says so where there can be none.
    pub fn start() -> Option<Self> {
        let port = free_port();
        Self::run(port, false, &["--port", &port.to_string()])
    }

    /// Returns a server that speaks TLS, with the certificate and key of these PEM files.
    pub fn start_tls(certificate: &Path, key: &Path) -> Option<Self> {
        let port = free_port();
        let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
        let (plain, tls) = (["--port", "0", "--tls-port"], port.to_string());
        let files = ["--tls-cert-file", &certificate, "--tls-key-file", &key];
        let rest = ["--tls-auth-clients", "no", "--tls-ca-cert-file", &certificate];
        let arguments: Vec<&str> =
            plain.into_iter().chain([tls.as_str()]).chain(files).chain(rest).collect();
        Self::run(port, true, &arguments)
    }

    fn run(port: u16, tls: bool, arguments: &[&str]) -> Option<Self> {
        let server = spawn(arguments).or_else(|| {
            let install = ["install", "-y", "--no-install-recommends", "redis-server"];
            let _ = Command::new("apt-get").args(install).stdout(Stdio::null()).status();
            spawn(arguments)
        });
        let Some(server) = server else {
            println!("SKIPPED: there is no redis-server here and it cannot be installed");
            return None;
        };
        let redis = Redis { server, port, tls };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "redis-server does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(redis)
    }

    /// Returns its address for `token_store`.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Lets it hang: its connections stay, and nothing is answered.
    pub fn freeze(&self) {
        let process = self.server.id().to_string();
        let _ = Command::new("kill").args(["-STOP", &process]).status();
    }

    /// Ends it, as a crash would.
    pub fn stop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

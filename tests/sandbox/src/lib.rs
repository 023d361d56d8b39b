//! The vendors as a loopback server: what a vendor is known to check is checked, what no document forbids is
//! taken, and a ledger keeps what was done and charged.
//!
//! ```
//! use cardwire_sandbox::{Options, Sandbox, Vendor};
//!
//! let sandbox = Sandbox::start(Options::default())?;
//! assert!(sandbox.base_url(Vendor::Wechat).starts_with("http://127.0.0.1:"));
//! let configuration = sandbox.config().to_string();
//! # assert!(configuration.contains("tencent_kyc"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod admin;
mod aliyun_gateway;
mod aliyun_openapi;
mod beside;
pub mod checks;
mod credentials;
mod crypto;
mod exchange;
mod faceid_encryption;
mod hosts;
mod http;
mod images;
mod ledger;
pub mod magic;
mod multipart;
mod pictures;
pub mod program;
mod recorded;
mod script;
mod server;
mod settings;
mod shared;
mod tencent_cloud;
mod tencent_kyc_codes;
mod tls;
mod vendor;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use tokio::runtime::Runtime;

pub use beside::{Beside, Manner};
pub use credentials::Credentials;
pub use http::Framing;
pub use ledger::{Counts, Entry};
pub use recorded::RecordedRequest;
pub use script::{Action, Alter, Fault, FaultKind, RawAnswer, Script};
pub use settings::{GatewayStyle, Settings, WechatShape};
pub use tls::Certificate;
pub use vendor::{Operation, Sample};

vendor::vendors! {
    /// Tencent eKYC bank-card OCR.
    TencentKyc = tencent_kyc;
    /// WeChat `cv/ocr/bankcard`.
    Wechat = wechat;
    /// Aliyun market `cardbank`.
    AliyunBankocr = aliyun_bankocr;
    /// Tencent Cloud faceid bank-card verification.
    TencentFaceid = tencent_faceid;
    /// Aliyun market three-element check `1886`.
    AliyunYhkr = aliyun_yhkr;
    /// Alibaba Cloud OCR, `RecognizeBankCard`.
    AliyunOcr = aliyun_ocr;
    /// Alibaba Cloud information verification, `BankMetaVerify`.
    AliyunBankmeta = aliyun_bankmeta;
    /// Tencent Cloud OCR of bank cards.
    TencentOcr = tencent_ocr;
    /// Baidu AI Cloud OCR of bank cards.
    BaiduOcr = baidu_ocr;
}

/// How a sandbox starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The admin port; 0 takes a free one.
    pub admin_port: u16,
    /// The first of the vendor ports in a row, in the order of [`Vendor::ALL`]; 0 takes free ones.
    pub first_port: u16,
    /// One port for all vendors, told apart by Host; 0 takes a free one. It is a proxy too: it opens a tunnel
    /// to any name, and itself is at the other end.
    pub shared_port: Option<u16>,
    /// Serve the vendors over TLS with this certificate; the shared port takes either.
    pub tls: Option<Certificate>,
    /// The folder in which the authority's PEM file `ca.pem` is written; the configuration names
    /// it. With `tls` only.
    pub ca_dir: Option<PathBuf>,
    /// The settings at the start and after a reset.
    pub settings: Settings,
    /// The credentials that the vendors take.
    pub credentials: Credentials,
}

/// A running sandbox; dropping it stops it.
pub struct Sandbox {
    admin: Arc<admin::Admin>,
    admin_port: u16,
    shared_port: Option<u16>,
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("admin_url", &self.admin_url()).finish_non_exhaustive()
    }
}

/// How many connections may wait to be taken. The standard library's listeners let 128 wait; where
/// more come at once, the kernel answers some of them by a reset.
const WAITING: i32 = 4096;

fn bind(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // As the standard library does: a port can be taken again at once.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    socket.listen(WAITING)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

impl Sandbox {
    /// Starts a sandbox on threads of its own.
    ///
    /// # Errors
    /// A port is taken, or the certificate cannot be made or written.
    pub fn start(options: Options) -> io::Result<Self> {
        let shared = Arc::new(shared::SharedState::new(options.settings, options.credentials));
        let identity = options.tls.map(tls::identity).transpose()?;
        let mut ca_file = None;
        if let (Some(dir), Some(identity)) = (&options.ca_dir, &identity) {
            std::fs::create_dir_all(dir)?;
            let path = std::path::absolute(dir.join("ca.pem"))?;
            std::fs::write(&path, &identity.ca_pem)?;
            ca_file = Some(path.to_string_lossy().into_owned());
        }
        let mut listeners = Vec::new();
        let mut ports = [0; Vendor::COUNT];
        for (i, vendor) in Vendor::ALL.into_iter().enumerate() {
            let port = if options.first_port == 0 {
                0
            } else {
                options.first_port + u16::try_from(i).unwrap_or(0)
            };
            let listener = bind(port)?;
            ports[vendor.index()] = listener.local_addr()?.port();
            listeners.push((Some(vendor), listener));
        }
        let mut shared_port = None;
        if let Some(port) = options.shared_port {
            let listener = bind(port)?;
            shared_port = Some(listener.local_addr()?.port());
            listeners.push((None, listener));
        }
        let admin_listener = bind(options.admin_port)?;
        let admin_port = admin_listener.local_addr()?.port();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cardwire-sandbox")
            .enable_all()
            .build()?;
        let admin = Arc::new(admin::Admin {
            shared: Arc::clone(&shared),
            scheme: if identity.is_some() { "https" } else { "http" },
            ports,
            ca_file,
            ca_pem: identity.as_ref().map(|i| i.ca_pem.clone()),
        });
        let guard = runtime.enter();
        for (vendor, listener) in listeners {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let acceptor = identity.as_ref().map(|i| i.acceptor.clone());
            runtime.spawn(server::serve(Arc::clone(&shared), vendor, listener, acceptor));
        }
        let listener = tokio::net::TcpListener::from_std(admin_listener)?;
        runtime.spawn(admin::serve(Arc::clone(&admin), listener));
        drop(guard);
        Ok(Self { admin, admin_port, shared_port, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:PORT` of a vendor (`https` with TLS).
    #[must_use]
    pub fn base_url(&self, vendor: Vendor) -> String {
        self.admin.base_url(vendor)
    }

    /// `http://127.0.0.1:PORT` of the admin listener.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin_port)
    }

    /// `127.0.0.1:PORT` of the port of all vendors, where one was asked for.
    #[must_use]
    pub fn shared_address(&self) -> Option<String> {
        self.shared_port.map(|port| format!("127.0.0.1:{port}"))
    }

    /// Returns the Cardwire configuration that points a client at this sandbox, every vendor.
    #[must_use]
    pub fn config(&self) -> Value {
        self.admin.config()
    }

    /// Vendor entries with every other form of credentials, by name (see the README).
    #[must_use]
    pub fn credentials(&self) -> Value {
        self.admin.credentials()
    }

    /// Returns the authority to trust, PEM; with TLS only.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.admin.ca_pem.as_deref()
    }

    /// Queues a script.
    pub fn script(&self, script: Script) {
        self.admin.script(script);
    }

    /// Returns every ledger entry since the start or the last reset, oldest first.
    #[must_use]
    pub fn ledger(&self) -> Vec<Entry> {
        self.admin.ledger()
    }

    /// Returns a vendor's totals.
    #[must_use]
    pub fn counts(&self, vendor: Vendor) -> Counts {
        self.admin.counts(vendor)
    }

    /// Connections a vendor accepted.
    #[must_use]
    pub fn connections(&self, vendor: Vendor) -> u64 {
        self.counts(vendor).connections
    }

    /// Forgets everything: ledger, scripts, tokens, nonces, orders, quotas, changed settings. A request of which some
    /// bytes had come is reset and is in no ledger; connections stay.
    pub fn reset(&self) {
        self.admin.shared.reset();
    }

    /// From now on requests on connections made so far are reset, meet no script and are in no ledger:
    /// nothing late of one test reaches the next. Waits for connections that are still to be accepted;
    /// scripts for connections must be used up.
    pub fn disown(&self) {
        // Each listener accepts in order: once it has this one, it has all before.
        // Forgotten first: a port may have been another's before.
        self.admin.shared.lock().ports.clear();
        let probes = self.admin.ports.map(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
        let until = Instant::now() + Duration::from_secs(2);
        for port in probes.iter().flatten().filter_map(|probe| probe.local_addr().ok()) {
            let accepted = || self.admin.shared.lock().ports.contains(&port.port());
            while !accepted() && Instant::now() < until {
                std::thread::sleep(Duration::from_micros(100));
            }
        }
        self.admin.shared.disown();
    }

    /// Returns the number of the last connection, over all vendors.
    #[must_use]
    pub fn last_connection(&self) -> u64 {
        self.admin.shared.last_connection()
    }

    /// Starts a server beside the vendors, which runs as long as the sandbox.
    ///
    /// # Errors
    /// There is no free port, or the sandbox has stopped.
    pub fn beside(&self, manner: Manner) -> io::Result<Beside> {
        let runtime = self.runtime.as_ref().ok_or_else(|| io::Error::other("it has stopped"))?;
        Beside::start(runtime.handle(), manner)
    }

    /// Returns the settings now.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.admin.shared.lock().settings.clone()
    }

    /// Replaces the settings.
    pub fn set(&self, settings: Settings) {
        self.admin.shared.lock().settings = settings;
    }

    /// Keeps every whole request from now on, until the next reset.
    pub fn keep_requests(&self) {
        self.admin.shared.lock().kept = Some(Vec::new());
    }

    /// Hands over the requests kept so far, oldest first.
    #[must_use]
    pub fn take_requests(&self) -> Vec<RecordedRequest> {
        self.admin.shared.lock().kept.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Sets the vendors' clocks ahead of the machine's.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.admin.shared.lock().settings.clock_offset_seconds = seconds;
    }

    /// Kills a vendor's tokens (and tickets): the next use is refused, the next fetch gives a new one.
    pub fn revoke_tokens(&self, vendor: Vendor) {
        self.token_act("revoke_tokens", vendor);
    }

    /// Lets a vendor's tokens (and tickets) run out now.
    pub fn expire_tokens(&self, vendor: Vendor) {
        self.token_act("expire_tokens", vendor);
    }

    /// Refuses `wechat`'s current tokens while `stable_token` still hands out the same one.
    pub fn refuse_tokens(&self, vendor: Vendor) {
        self.token_act("refuse_tokens", vendor);
    }

    fn token_act(&self, key: &str, vendor: Vendor) {
        // The one error is a vendor without tokens, for which there is nothing to do.
        let _ = self.admin.change(&json!({key: [vendor.name()]}));
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

//! Why there was no answer: the step of the network that failed, where, and in whose words.

use std::fmt;

use crate::schema::getters;
use crate::slugs::slugs;

slugs! {
    /// A step of one request on the network, in the order in which they are made.
    Step {
        /// The address of a host is looked up by its name.
        Resolve = "resolve",
        /// A connection is made to an address.
        Connect = "connect",
        /// The proxy is asked for a tunnel.
        Proxy = "proxy",
        /// TLS is set up and the server's certificate is checked.
        Tls = "tls",
        /// The request is sent, up to its last byte.
        Send = "send",
        /// The answer is waited for and read.
        Receive = "receive",
    }
}

impl Step {
    /// Returns what to do where it failed.
    pub const fn advice(self) -> &'static str {
        match self {
            Step::Resolve => {
                "Look for a typing error in `base_url` or `proxy`, and at this machine's DNS: `getent hosts HOST`."
            }
            Step::Connect => {
                "Look whether the port is open from this machine: firewall, route, `proxy`. \"Too many open files\" \
                 is this machine's own limit (`ulimit -n`)."
            }
            Step::Proxy => {
                "407: correct user and password in `proxy`; it is asked once a call, not again. 403: have the host \
                 allowed. 5xx: the proxy does not reach the vendor."
            }
            Step::Tls => {
                "Expired, or for another name: tell who runs the server, or correct `base_url`. Not valid yet: set \
                 this machine's clock. No authority signed it: name your own authority's certificate in `ca_file`, \
                 as behind a proxy that opens TLS."
            }
            Step::Send => "`sent` is `no`; repeat.",
            Step::Receive => {
                "The call may have been executed and billed: look at `sent` and `billed`, ask for the order."
            }
        }
    }
}

/// The step of the network at which a request failed, with host, port and the reason that the
/// operating system, TLS or the proxy gave.
///
/// It holds no secret and no personal datum: of an address only its host and port, never a user, a
/// password, a path or a query. It is the `source` of the [`Error`](crate::Error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    step: Step,
    host: String,
    port: u16,
    reason: String,
    os_error: Option<i32>,
}

/// Returns whether an error of the operating system says that it has too little of something:
/// descriptors, memory, ports or threads.
pub(crate) fn is_shortage(os_error: i32) -> bool {
    #[cfg(unix)]
    {
        use nix::libc::{EADDRNOTAVAIL, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM};
        [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EAGAIN].contains(&os_error)
    }
    #[cfg(not(unix))]
    {
        // Of WinSock: too many sockets, no buffers, no free port.
        [10024, 10055, 10049].contains(&os_error)
    }
}

impl Cause {
    /// Returns the cause that a [`Transport`](crate::transport::Transport) reports. The reason is shown to
    /// users and written to logs: it may hold no secret, no query and no personal datum.
    pub fn new(step: Step, host: &str, port: u16, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Cause { step, host: host.to_owned(), port, reason, os_error: None }
    }

    /// Returns the cause that an error of the operating system is, in its words and with its number.
    pub fn of_system(step: Step, host: &str, port: u16, error: &std::io::Error) -> Self {
        let os_error = error.raw_os_error();
        Cause { os_error, ..Cause::new(step, host, port, error.to_string()) }
    }

    pub(crate) fn with_step(self, step: Step) -> Self {
        Cause { step, ..self }
    }

    pub(crate) fn with_reason(self, reason: String) -> Self {
        Cause { reason, ..self }
    }

    /// Returns whether this machine, or the process, had too little of something. It says nothing of
    /// the vendor.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        self.os_error.is_some_and(is_shortage)
    }
}

getters! {
    /// The step of the network at which a request failed.
    Cause as "cause", |cause|
    /// The step that failed.
    pub step: Step = cause.step;
    /// The host that the step was about, as the configuration names it: the vendor's, or the proxy's.
    pub host: &str = &cause.host;
    /// Its port.
    pub port: u16 = cause.port;
    /// The reason in plain English words: the operating system's, TLS's, or the proxy's status.
    pub reason: &str = &cause.reason;
    /// The operating system's error number (`errno`, on Windows the code of WinSock), where the reason
    /// is the operating system's.
    pub os_error: Option<i32> = cause.os_error;
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cause { step, host, port, reason, .. } = self;
        if host.contains(':') {
            write!(f, "{step} [{host}]:{port}: {reason}")
        } else {
            write!(f, "{step} {host}:{port}: {reason}")
        }
    }
}

impl std::error::Error for Cause {}

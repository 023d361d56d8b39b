//! The surroundings of a run, as a fault needs them.

use cardwire_sandbox::{Action, Beside, Certificate, Fault, FaultKind, Script, Settings};
use serde_json::Value;

use super::case::Case;

/// How much time the calls are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The fault plays at once: enough for an ordinary call on a busy machine.
    Quick,
    /// The fault outlasts any patience: little.
    Slow,
}

/// A change to the vendor's tokens once a first call has fetched them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// The vendor forgot them.
    Revoked,
    /// They ran out.
    Expired,
    /// They are refused and handed out all the same.
    Refused,
}

/// An entry that the journal refuses to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// New orders.
    Intent,
    /// The mark before the last byte.
    Release,
    /// The end of an order.
    Done,
}

/// The surroundings of one run.
#[derive(Debug)]
pub struct Setup {
    /// The scripts for the vendors' next requests.
    pub scripts: Vec<Script>,
    /// The settings of the vendors.
    pub settings: Settings,
    /// Changes to the configuration: JSON pointers, and what comes there.
    pub config: Vec<(String, Value)>,
    /// The vendor shows this certificate.
    pub certificate: Option<Certificate>,
    /// How much time there is.
    pub pace: Pace,
    /// How much time exactly, where the fault is about that.
    pub timeout_ms: Option<u64>,
    /// The ends that the first request may have: `ok` or kinds of error.
    pub first: Vec<&'static str>,
    /// True where an ordinary call afterwards has to succeed.
    pub follow: bool,
    /// The change to the tokens after a first call.
    pub tokens: Option<Tokens>,
    /// The entry that the journal refuses.
    pub unwritable: Option<Unwritable>,
    /// Cancel the calls after so many milliseconds.
    pub cancel_after_ms: Option<u64>,
    /// Close the client after so many milliseconds.
    pub close_after_ms: Option<u64>,
    /// The photo is as large as the vendor takes it.
    pub large: bool,
    /// Servers beside the vendors that must not be spoken to.
    pub traps: Vec<Beside>,
    /// Servers beside the vendors that are part of the way.
    pub helpers: Vec<Beside>,
    /// Texts besides the call's own that no error may show.
    pub secrets: Vec<String>,
    /// No request may reach the vendor.
    pub nothing_arrives: bool,
    /// The vendor answers a success to what it has not read, which its ledger therefore does not have.
    pub unread: bool,
    /// The status says that the work was not done, and the body may say that it was.
    pub may_be_success: bool,
    /// At most so many connections per call.
    pub most_connections: Option<u64>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            scripts: Vec::new(),
            settings: Settings::default(),
            config: Vec::new(),
            certificate: None,
            pace: Pace::Quick,
            timeout_ms: None,
            first: Vec::new(),
            follow: false,
            tokens: None,
            unwritable: None,
            cancel_after_ms: None,
            close_after_ms: None,
            large: false,
            traps: Vec::new(),
            helpers: Vec::new(),
            secrets: Vec::new(),
            nothing_arrives: false,
            unread: false,
            may_be_success: false,
            most_connections: None,
        }
    }
}

impl Setup {
    /// Returns the request at the place of the fault meets this, once.
    #[must_use]
    pub fn meets(case: &Case, action: Action) -> Self {
        let scripts = vec![Script::once(case.vendor, case.operation(), action)];
        Setup { scripts, ..Setup::default() }
    }

    /// Returns the request meets a fault of the connection.
    #[must_use]
    pub fn fault(case: &Case, fault: Fault) -> Self {
        Setup::meets(case, Action { fault: Some(fault), ..Action::default() })
    }

    /// Returns the connection itself meets a fault before any request.
    #[must_use]
    pub fn at_connect(case: &Case, kind: FaultKind, n: u64) -> Self {
        let operation = cardwire_sandbox::Operation::Connect;
        let scripts = vec![Script::once(case.vendor, operation, Action::fault(kind, n))];
        Setup { scripts, ..Setup::default() }
    }

    /// Sets the first request ends with one of these.
    #[must_use]
    pub fn ends(mut self, first: &[&'static str]) -> Self {
        self.first = first.to_vec();
        self
    }

    /// There is little time.
    #[must_use]
    pub fn slowly(mut self) -> Self {
        self.pace = Pace::Slow;
        self
    }

    /// Wants an ordinary call afterwards to succeed.
    #[must_use]
    pub fn then_all_is_well(mut self) -> Self {
        self.follow = true;
        self
    }

    /// Sets whether the fault strikes each time, not once.
    #[must_use]
    pub fn always(mut self, always: bool) -> Self {
        if always {
            self.scripts.iter_mut().for_each(|script| script.times = 0);
        }
        self
    }
}

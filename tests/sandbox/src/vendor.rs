//! The vendors and operations, under the names the Cardwire configuration uses.

use serde::{Deserialize, Serialize};

pub use crate::Vendor;
use crate::checks::Check;
use crate::credentials::Credentials;
use crate::http::Request;
use crate::shared::{Call, Reply, State};

/// The part of a vendor that the sandbox has to know; the rest is in the vendor's own file.
pub(crate) struct Machine {
    /// The vendor's own host names: what the certificate is made out to, and who is meant on the port
    /// of all.
    pub hosts: &'static [&'static str],
    pub operation: fn(&Request) -> Operation,
    pub handle: fn(&Call<'_>, Operation) -> Reply,
    /// The keys of a configuration entry with the credentials that it takes.
    pub entry: fn(&Credentials) -> Vec<(&'static str, String)>,
    /// Requests a second that its pages allow; 0 where they name no rate.
    pub rate: u64,
    /// How its tokens end before their time, where it has some: at a moment, in seconds since 1970.
    pub tokens: Option<fn(&mut State, TokenEnd, i64)>,
    /// Other settings of such an entry.
    pub settings: &'static [(&'static str, i64)],
    pub checks: &'static [(&'static str, &'static Check)],
    /// Documented codes that a photo's marker, an address or a card number brings.
    pub codes: &'static [&'static [CodeRow]],
    pub sample: Sample,
}

/// A documented code of a vendor, with its status and text.
#[derive(Debug)]
pub(crate) struct CodeRow {
    pub code: &'static str,
    pub status: u16,
    pub text: &'static str,
    pub billed: bool,
}

impl CodeRow {
    pub const fn new(code: &'static str, status: u16, text: &'static str) -> Self {
        Self { code, status, text, billed: false }
    }

    pub const fn billed(self) -> Self {
        Self { billed: true, ..self }
    }
}

/// How tokens end before their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenEnd {
    /// They are forgotten: the endpoint makes new ones.
    Revoked,
    /// Their time is over.
    Expired,
    /// They are refused while the endpoint still hands them out.
    Refused,
}

/// How a vendor writes its answers, for suites that make some up.
#[derive(Debug)]
pub struct Sample {
    /// A success; of a recognition with `NUMBER` where the card number stands.
    pub success: &'static str,
    /// The member that marks it as one.
    pub field: &'static str,
    /// A refusal, with `CODE` for the code and `TEXT` for the text in JSON.
    pub refusal: &'static str,
    /// A code for a wrong request.
    pub wrong_request: &'static str,
    /// The code for a signed time that is off, where the vendor has one signed.
    pub expired: Option<&'static str>,
}

macro_rules! vendors {
    ($($(#[$doc:meta])* $variant:ident = $module:ident;)*) => {
        $(mod $module;)*

        /// A vendor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Vendor { $($(#[$doc])* $variant,)* }

        impl Vendor {
            /// Every vendor, in the order of the configuration.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant,)*];

            pub(crate) const COUNT: usize = [$(stringify!($variant),)*].len();

            /// Returns the name in the configuration.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($module),)* }
            }

            pub(crate) const fn machine(self) -> &'static vendor::Machine {
                match self { $(Self::$variant => &$module::MACHINE,)* }
            }
        }
    };
}
pub(crate) use vendors;

impl Vendor {
    /// Returns the vendor of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.name() == name)
    }

    /// Returns how the vendor writes its answers.
    #[must_use]
    pub const fn sample(self) -> &'static Sample {
        &self.machine().sample
    }

    /// Says whether calls need a token that an endpoint of the vendor issues.
    #[must_use]
    pub const fn has_tokens(self) -> bool {
        self.machine().tokens.is_some()
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// An operation that a request asks for; a script picks requests by it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Reading a card photo.
    Recognize,
    /// Checking a cardholder.
    Verify,
    /// An access token.
    Token,
    /// A `tencent_kyc` SIGN ticket.
    Ticket,
    /// The images and result kept under an order number.
    FetchOrder,
    /// The connection itself, before any byte is read (scripts only).
    Connect,
    /// A path or method the vendor does not have.
    Other,
    /// In a script: whatever comes (except `connect`).
    #[default]
    Any,
}

impl Operation {
    /// Returns the name used in scripts and the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recognize => "recognize",
            Self::Verify => "verify",
            Self::Token => "token",
            Self::Ticket => "ticket",
            Self::FetchOrder => "fetch_order",
            Self::Connect => "connect",
            Self::Other => "other",
            Self::Any => "any",
        }
    }
}

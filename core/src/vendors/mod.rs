//! The vendors, each in a folder of its own: what it does and how its requests are made in `mod.rs`,
//! what its answers mean in `answer.rs`, its codes in `codes.rs`. All of it is pure: a request from a
//! call, credentials, the time and randomness; an answer or a refusal from a whole response. What a
//! family of vendors shares has a folder too.

mod adapter;
mod aliyun_gateway;
mod aliyun_openapi;
mod call;
pub(crate) mod codes;
mod digest;
mod fitting;
mod http_status;
mod picture_limits;
mod reply;
mod tencent_cloud;
mod token_answer;
mod vendor;

use crate::config::{Endpoint, Section};
use crate::error::{Error, Kind};

pub(crate) use crate::facts::RequestIds;
#[cfg(feature = "offline")]
pub(crate) use adapter::ReadHere;
pub(crate) use adapter::{Adapter, OrderQuestion, Perform};
pub(crate) use call::{Call, Now, Task};
use codes::CodeList;
pub(crate) use fitting::{FittedPhoto, fit, is_turned};
pub(crate) use http_status::without_vendor_body;
pub(crate) use picture_limits::{PictureLimits, too_many_pixels};
pub(crate) use reply::{Answer, Refusal, Reply, SUCCESS, card_number};
pub use vendor::{Operation, Vendor};

pub(crate) type OpenResult = Result<Box<dyn Adapter>, Error>;

/// Opens an account that is asked over HTTP.
pub(crate) type OpenHttp = fn(&mut Section<'_>, Endpoint) -> OpenResult;

/// How a vendor is asked, and how an account reads its own keys of a configuration entry.
pub(crate) enum Channel {
    /// Over HTTP.
    Http {
        /// The address, unless `base_url` gives another.
        default_url: &'static str,
        open: OpenHttp,
    },
    /// Within this process: nothing is sent, so nothing is billed or written down.
    OnThisMachine { open: fn(&mut Section<'_>) -> OpenResult },
}

/// The facts about a vendor whatever the account.
pub(crate) struct Profile {
    pub(crate) operations: &'static [Operation],
    /// How many requests a second it takes where the configuration does not say otherwise; `None`
    /// where its documents name no rate.
    pub(crate) requests_per_second: Option<f64>,
    /// How many billed calls a day it takes where the configuration does not say otherwise; `None`
    /// where its documents name no quota.
    pub(crate) daily_quota: Option<u32>,
    /// The pictures that it takes; `None` where it reads none.
    pub(crate) pictures: Option<PictureLimits>,
    pub(crate) codes: &'static [CodeList],
    pub(crate) channel: Channel,
}

macro_rules! folders {
    ($($(#[$doc:meta])* $variant:ident = $module:ident;)*) => {
        $(mod $module;)*

        impl Vendor {
            pub(crate) const fn profile(self) -> &'static Profile {
                match self { $(Vendor::$variant => &$module::PROFILE,)* }
            }
        }
    };
}

vendor::vendors!(folders);

pub(crate) use offline::{look, unfinished};

impl Vendor {
    /// Returns what it does.
    pub const fn operations(self) -> &'static [Operation] {
        self.profile().operations
    }

    /// Returns where it is reached unless `base_url` says otherwise; `None` for [`Vendor::Offline`], which
    /// is on this machine.
    pub const fn default_url(self) -> Option<&'static str> {
        match self.profile().channel {
            Channel::Http { default_url, .. } => Some(default_url),
            Channel::OnThisMachine { .. } => None,
        }
    }

    /// Returns whether it is asked within this process.
    pub(crate) const fn is_on_this_machine(self) -> bool {
        matches!(self.profile().channel, Channel::OnThisMachine { .. })
    }

    /// Returns its codes.
    pub(crate) const fn codes(self) -> &'static [CodeList] {
        self.profile().codes
    }
}

/// Returns the error of an application id that `is_app_id` refuses.
pub(crate) fn no_app_id(entry: &Section<'_>) -> Error {
    entry.problem("app_id", "1 to 64 letters and digits", "another text")
}

/// Returns whether a text can be an application id of Tencent: theirs have 8 and 18 characters.
pub(crate) fn is_app_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns the `unsupported` error of a vendor that does not do what is asked.
pub(crate) fn unsupported(vendor: Vendor, what: &str) -> Error {
    Error::new(Kind::Unsupported, format!("{vendor} does not take {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::account;

    #[test]
    fn every_vendor_performs_what_its_profile_says() {
        for vendor in Vendor::ALL {
            let adapter = account(*vendor);
            assert_eq!(adapter.vendor(), *vendor);
            let performs = |operation: &Operation| match operation {
                Operation::Recognize => {
                    adapter.recognize().is_some() || adapter.read_here().is_some()
                }
                Operation::Verify => adapter.verify().is_some(),
                Operation::LookupCard => adapter.lookup_card().is_some(),
                Operation::FetchOrder => adapter.fetch_order().is_some(),
            };
            for operation in Operation::ALL {
                let listed = vendor.operations().contains(operation);
                assert_eq!(performs(operation), listed, "{vendor} {operation}");
            }
            let reads = vendor.operations().contains(&Operation::Recognize);
            assert_eq!(vendor.profile().pictures.is_some(), reads, "{vendor}");
        }
    }
}

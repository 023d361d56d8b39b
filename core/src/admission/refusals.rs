//! The library's own refusals, in words that nobody takes for the vendor's answer: the setting,
//! whose it is, and how to change it.

use std::time::Duration;

use crate::decision::Local;
use crate::error::{Error, Kind};
use crate::vendors::Vendor;

/// A refusal with its reason.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: Local,
    pub(crate) error: Error,
}

fn refuse(reason: Local, kind: Kind, message: impl Into<String>, wait: Duration) -> Refusal {
    Refusal { reason, error: Error::new(kind, message).with_retry_after(Some(wait)) }
}

/// Says where a limit comes from that nobody configured.
fn origin(vendor: Vendor, is_default: bool) -> String {
    if is_default { format!(" (the default for {vendor})") } else { String::new() }
}

/// Refuses a request that `requests_per_second` lets start too late.
pub(super) fn no_rate_permit(vendor: Vendor, rate: f64, wait: Duration) -> Refusal {
    let origin = origin(vendor, vendor.profile().requests_per_second == Some(rate));
    let message = format!(
        "this library's own limit requests_per_second, {rate} for this account{origin}, leaves no \
         turn with time for an answer before the deadline, so the vendor was not asked: raise it in \
         the configuration, or give the call more time"
    );
    refuse(Local::Pace, Kind::RateLimited, message, wait)
}

/// Refuses a request since `daily_quota` is used up.
pub(super) fn quota_used_up(vendor: Vendor, limit: u32, wait: Duration) -> Refusal {
    let origin = origin(vendor, vendor.profile().daily_quota == Some(limit));
    let message = format!(
        "this library's own limit daily_quota, {limit} billed calls a day for this account{origin}, \
         is used up, so the vendor was not asked: raise it in the configuration, or set it to 0 for \
         no limit"
    );
    refuse(Local::Quota, Kind::QuotaExhausted, message, wait)
}

/// Refuses a request since the breaker is open.
pub(super) fn breaker_open(wait: Duration) -> Refusal {
    let message = "this library does not ask the vendor for a while, since at least half of the \
         calls of the last minute got no answer (\"retry\": {\"breaker\": false} in the configuration \
         turns that off)";
    refuse(Local::Breaker, Kind::VendorUnavailable, message, wait)
}

/// Refuses a request since the vendor refused the account a while ago.
pub(super) fn account_blocked(kind: Kind, wait: Duration) -> Refusal {
    let message = format!(
        "this library does not ask the vendor for a while, since it answered {kind} to this account; \
         a new client asks at once"
    );
    refuse(Local::AccountBlocked, kind, message, wait)
}

/// Refuses a request since the vendor refused these very values a while ago.
pub(super) fn values_blocked(wait: Duration) -> Refusal {
    let message = "this library does not ask the vendor about these values for a while, since it \
         answered that they were asked about too often";
    refuse(Local::ParametersBlocked, Kind::RateLimited, message, wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_library_s_says_so_and_how_to_change_it() {
        let wait = Duration::from_secs(7);
        let Refusal { error, .. } = quota_used_up(Vendor::Wechat, 100, wait);
        assert_eq!((error.kind(), error.retry_after()), (Kind::QuotaExhausted, Some(wait)));
        assert_eq!(
            error.message(),
            "this library's own limit daily_quota, 100 billed calls a day for this account (the \
             default for wechat), is used up, so the vendor was not asked: raise it in the \
             configuration, or set it to 0 for no limit"
        );
        let Refusal { error, .. } = quota_used_up(Vendor::Wechat, 7, wait);
        assert!(error.message().contains("daily_quota, 7 billed calls a day for this account, is"));
        let Refusal { error, .. } = no_rate_permit(Vendor::Wechat, 7.3, wait);
        assert!(error.message().contains("requests_per_second, 7.3 for this account, leaves"));
        for Refusal { error, .. } in [
            breaker_open(wait),
            account_blocked(Kind::PermissionDenied, wait),
            values_blocked(wait),
        ] {
            assert!(error.message().starts_with("this library does not ask the vendor"));
            assert_eq!(error.vendor_code(), None);
        }
    }
}

//! The rules on whether an account may be sent a request now: its pace, its quota, what the vendor
//! refused lately, and a breaker for a vendor that does not answer.
//!
//! Each of them is asked with the time as an argument, answers at once, and says how long there is no
//! permission; the driver asks in the order of [`Admission`]'s methods, and waits.

mod blocks;
mod breaker;
mod budget;
mod gate;
mod pace;
mod quota;
mod refusals;

use std::time::Duration;

pub(crate) use blocks::BlockReason;
pub(crate) use breaker::BreakerPermit;
pub use breaker::BreakerState;
pub(crate) use budget::Cost;
pub(crate) use gate::{Admission, AdmissionHealth, Limits};
pub(crate) use pace::{Pace, Rate, RateAnswer, RatePermit};
pub(crate) use quota::{Quota, QuotaUnit};
pub(crate) use refusals::Refusal;

/// The vendors count their days in China's time, which is eight hours ahead all year; that their
/// quotas turn over at midnight is inferred.
const DAY_OFFSET_MS: u64 = 8 * 60 * 60 * 1000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Returns the vendors' day that a moment is in, counted from 1970.
pub(crate) fn vendor_day(unix_ms: u64) -> u64 {
    unix_ms.saturating_add(DAY_OFFSET_MS) / DAY_MS
}

/// Returns the moment at which a vendors' day begins.
pub(crate) fn day_begins_ms(day: u64) -> u64 {
    day.saturating_mul(DAY_MS).saturating_sub(DAY_OFFSET_MS)
}

/// Returns how long until the vendors' next day.
pub(crate) fn until_next_day(unix_ms: u64) -> Duration {
    let begins = day_begins_ms(vendor_day(unix_ms).saturating_add(1));
    Duration::from_millis(begins.saturating_sub(unix_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_turn_over_at_midnight_in_china() {
        // 2026-01-01T00:00:00+08:00
        let midnight = 1_767_196_800_000;
        assert_eq!(vendor_day(midnight), vendor_day(midnight - 1) + 1);
        assert_eq!(day_begins_ms(vendor_day(midnight + 5)), midnight);
        assert_eq!(until_next_day(midnight - 1), Duration::from_millis(1));
        assert_eq!(until_next_day(midnight), Duration::from_secs(24 * 60 * 60));
    }
}

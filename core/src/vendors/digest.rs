//! Hashes and dates as signatures of requests are made of them.

use base16ct::lower as hex;
use hmac::{KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::wire::Body;

pub(super) const SECONDS_PER_DAY: u64 = 86_400;

/// Returns the SHA-256 of a body in lower-case hex: a photo goes through a piece at a time.
pub(super) fn payload_hash(body: &Body) -> String {
    let mut hasher = Sha256::new();
    body.visit(|piece| hasher.update(piece));
    hex::encode_string(&hasher.finalize())
}

/// Returns the SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode_string(&Sha256::digest(bytes))
}

/// Returns the HMAC, which takes keys of every length, so that there is no error to report.
pub(super) fn hmac<M: KeyInit + Mac>(key: &[u8], text: &[u8]) -> Zeroizing<Vec<u8>> {
    let tag = <M as KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec());
    Zeroizing::new(tag.unwrap_or_default())
}

/// Returns the UTC day of a timestamp as `YYYY-MM-DD`. A local day would be refused for eight hours
/// a day in China.
pub(super) fn utc_date(timestamp: u64) -> String {
    // Days are counted from 0000-03-01, so that the leap day ends a year: 400 years are 146097 days.
    let days = timestamp / SECONDS_PER_DAY + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the UTC time of a timestamp as `YYYY-MM-DDThh:mm:ssZ`.
pub(super) fn utc_time(timestamp: u64) -> String {
    let second = timestamp % SECONDS_PER_DAY;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{}T{hour:02}:{minute:02}:{:02}Z", utc_date(timestamp), second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (timestamp, date) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_767_225_599, "2025-12-31"),
            (1_767_225_600, "2026-01-01"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(utc_date(timestamp), date, "{timestamp}");
        }
    }

    #[test]
    fn times_are_those_of_the_clock() {
        assert_eq!(utc_time(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc_time(1_767_225_599), "2025-12-31T23:59:59Z");
        assert_eq!(utc_time(1_698_310_861), "2023-10-26T09:01:01Z");
    }
}

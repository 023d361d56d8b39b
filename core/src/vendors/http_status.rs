//! The meaning of an HTTP status where the body does not give it in the vendor's own terms.

use std::time::Duration;

use crate::call::statuses::of_status;
use crate::error::Kind;
use crate::vendors::Refusal;
use crate::wire::Response;

/// Whoever asks for more than a day is read as asking for a day: a larger number is a mistake, and not
/// every language has times that long.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the refusal that a status stands for. A 200 lands here when its body is not the
/// vendor's, and is a protocol error like everything that no vendor document describes.
pub(crate) fn without_vendor_body(response: &Response) -> Refusal {
    let row = of_status(response.status);
    Refusal {
        billed: row.billed,
        retry_after: retry_after(response, row.kind),
        ..Refusal::new(row.kind, row.meaning)
    }
}

/// Returns the same refusal with the response's `Retry-After`, where it has one.
pub(super) fn with_retry_after(refusal: Refusal, response: &Response) -> Refusal {
    let wait = retry_after(response, refusal.kind);
    Refusal { retry_after: wait.or(refusal.retry_after), ..refusal }
}

/// Returns `Retry-After` in seconds, for a refusal that asks to come back later. The form with a
/// date is left unread: it needs the vendor's clock.
pub(super) fn retry_after(response: &Response, kind: Kind) -> Option<Duration> {
    if !matches!(kind, Kind::RateLimited | Kind::VendorUnavailable) {
        return None;
    }
    let seconds: u64 = response.header("retry-after")?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Billed;

    #[test]
    fn every_class_of_status() {
        let refusal = |status, wait: &str| {
            let headers = crate::wire::headers([("retry-after", wait)]);
            let refusal =
                without_vendor_body(&Response { status, headers, body: bytes::Bytes::new() });
            (refusal.kind, refusal.retry_after.map(|wait| wait.as_secs()), refusal.billed)
        };
        assert_eq!(refusal(401, "5"), (Kind::Unauthenticated, None, Billed::No));
        assert_eq!(refusal(403, "5"), (Kind::PermissionDenied, None, Billed::No));
        assert_eq!(refusal(429, "5"), (Kind::RateLimited, Some(5), Billed::No));
        let day = Some(86_400);
        assert_eq!(refusal(429, &u64::MAX.to_string()), (Kind::RateLimited, day, Billed::No));
        assert_eq!(refusal(429, "-1"), (Kind::RateLimited, None, Billed::No));
        assert_eq!(refusal(408, ""), (Kind::VendorUnavailable, None, Billed::Unknown));
        assert_eq!(refusal(503, "30"), (Kind::VendorUnavailable, Some(30), Billed::Unknown));
        for status in [200, 204, 302, 400, 404, 405, 413, 450] {
            assert_eq!(refusal(status, "5"), (Kind::Protocol, None, Billed::Unknown), "{status}");
        }
    }
}

//! The envelope of an answer: the members of the operation, or a refusal. A refusal comes with a status of its
//! own, or with status 200 and a `Code` that is no success.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Kind;
use crate::scrub::identifier;
use crate::vendors::codes::{self, CodeList, Numbering};
use crate::vendors::{Refusal, RequestIds, SUCCESS, http_status};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

/// The `Code` of a success, where there is one.
const GOOD: &str = "200";

/// The members that every answer may have. The SDK reads them in either case.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Common {
    #[serde(rename = "Code", alias = "code")]
    code: Option<Code>,
    #[serde(rename = "Message", alias = "message")]
    message: Option<Code>,
    #[serde(rename = "RequestId", alias = "requestId")]
    request_id: Option<Code>,
}

/// Reads the request id and the members of an answer.
///
/// # Errors
/// The answer is a refusal, or not the vendor's.
pub(crate) fn envelope<T: DeserializeOwned>(
    lists: &[CodeList],
    numbering: Numbering,
    response: &Response,
) -> (RequestIds, Result<T, Refusal>) {
    let text = json::text(&response.body);
    let common = json::read::<Object<Common>>(&text).ok().map(|Object(common)| common);
    let said = common.as_ref().and_then(|common| common.request_id.as_ref());
    let header = || response.header("x-acs-request-id").and_then(|id| identifier(&id));
    let request_id = said.and_then(|id| identifier(id.as_str())).or_else(header);
    let ids = RequestIds { request_id, ..RequestIds::default() };
    let Some(common) = common.filter(|_| !(300..400).contains(&response.status)) else {
        return (ids, Err(http_status::without_vendor_body(response)));
    };
    let result = match common.code.as_ref().map_or("", Code::as_str) {
        "" | GOOD if response.status == SUCCESS => json::read::<Object<T>>(&text)
            .map(|Object(members)| members)
            .map_err(|_| http_status::without_vendor_body(response)),
        "" | GOOD => Err(http_status::without_vendor_body(response)),
        code => {
            let message = common.message.map(|message| message.0);
            let refusal = codes::refusal(lists, numbering, code, message);
            let wait = retry_after(response, refusal.kind);
            Err(Refusal { retry_after: wait.or(refusal.retry_after), ..refusal })
        }
    };
    (ids, result)
}

/// Returns when to come back: in milliseconds, as the vendor's SDK reads it, or `Retry-After`.
fn retry_after(response: &Response, kind: Kind) -> Option<Duration> {
    let own = response.header("x-acs-retry-after").filter(|_| kind == Kind::RateLimited);
    match own.and_then(|wait| wait.parse().ok()) {
        Some(milliseconds) => {
            Some(Duration::from_millis(milliseconds).min(http_status::LONGEST_WAIT))
        }
        None => http_status::retry_after(response, kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Billed;

    #[test]
    fn the_wait_of_a_throttled_request_is_in_milliseconds() {
        let wait = |kind, name, value| {
            let headers = crate::wire::headers([(name, value)]);
            let response = Response { status: 429, headers, body: bytes::Bytes::new() };
            retry_after(&response, kind).map(|wait| wait.as_millis())
        };
        assert_eq!(wait(Kind::RateLimited, "x-acs-retry-after", "250"), Some(250));
        assert_eq!(wait(Kind::RateLimited, "x-acs-retry-after", "soon"), None);
        assert_eq!(wait(Kind::RateLimited, "retry-after", "2"), Some(2_000));
        assert_eq!(wait(Kind::Unauthenticated, "x-acs-retry-after", "250"), None);
        let day = u64::MAX.to_string();
        assert_eq!(wait(Kind::RateLimited, "x-acs-retry-after", &day), Some(86_400_000));
    }

    #[test]
    fn a_status_of_another_kind_is_no_success_whatever_the_body() {
        for body in ["{}", r#"{"Code":"200"}"#, r#"{"Code":200,"Data":"{}"}"#] {
            let response = Response {
                status: 503,
                headers: crate::wire::headers([("x-acs-request-id", "r-1")]),
                body: body.into(),
            };
            let (ids, result) = envelope::<Common>(&[], Numbering::Recognize, &response);
            let refusal = result.err().unwrap();
            assert_eq!((refusal.kind, refusal.billed), (Kind::VendorUnavailable, Billed::Unknown));
            assert_eq!(ids.request_id.as_deref(), Some("r-1"));
        }
    }
}

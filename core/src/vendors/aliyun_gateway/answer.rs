//! The gateway's own answer, and the product's where the gateway says nothing.

use serde::Deserialize;

use crate::facts::Billed;
use crate::scrub::identifier;
use crate::vendors::codes::{self, Numbering};
use crate::vendors::{Refusal, RequestIds, http_status};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object, said};

use super::{CODES, MESSAGES};

/// Returns the gateway's number for the request, in both places: the product may have one of its
/// own.
pub(crate) fn ids(response: &Response) -> RequestIds {
    let id = response.header("x-ca-request-id").and_then(|id| identifier(&id));
    RequestIds { request_id: id.clone(), gateway_request_id: id, transaction_time: None }
}

/// The first words of the product's own answer.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    code: Option<Code>,
    /// `aliyun_bankocr`
    msg: Option<Code>,
    /// `aliyun_yhkr`
    message: Option<Code>,
    /// `aliyun_yhkr`
    #[serde(rename = "seqNo")]
    sequence: Option<Code>,
}

impl Envelope {
    pub(crate) fn code(&self) -> &str {
        said(&self.code).unwrap_or_default()
    }

    pub(crate) fn message(&self) -> Option<String> {
        self.msg.as_ref().or(self.message.as_ref()).map(|text| text.as_str().to_owned())
    }

    pub(crate) fn sequence(&self) -> Option<String> {
        said(&self.sequence).and_then(identifier)
    }
}

/// Returns the product's answer, where it is the product that answers: neither gateway header is
/// there, and the body is JSON with a code, whatever the status (some products answer with 450).
///
/// # Errors
/// The answer is the gateway's, or nobody's. The gateway's text is never passed on: it may hold the
/// whole string to sign.
pub(crate) fn envelope(response: &Response, text: &str) -> Result<Envelope, Refusal> {
    if let Some(code) = response.header("x-ca-error-code") {
        let refusal = codes::refusal(&[CODES], Numbering::Recognize, &code, None);
        return Err(http_status::with_retry_after(refusal, response));
    }
    if let Some(message) = response.header("x-ca-error-message") {
        // A document spells `Throttled by GROUP` with two T.
        let message =
            message.strip_prefix("TT").map_or(message.to_string(), |rest| format!("T{rest}"));
        return Err(match codes::find(&[MESSAGES], Numbering::Recognize, &message) {
            Some(row) => http_status::with_retry_after(row.refusal(None), response),
            None => {
                Refusal { billed: Billed::Unknown, ..http_status::without_vendor_body(response) }
            }
        });
    }
    // Whatever stands behind a redirect, the vendor did not say it here.
    let is_redirect = (300..400).contains(&response.status);
    match json::read::<Object<Envelope>>(text) {
        Ok(Object(envelope)) if !envelope.code().is_empty() && !is_redirect => Ok(envelope),
        _ => Err(http_status::without_vendor_body(response)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, name: &str, value: &str) -> Refusal {
        let headers = crate::wire::headers([(name, value)]);
        let response = Response { status, headers, body: bytes::Bytes::new() };
        envelope(&response, "").err().unwrap()
    }

    #[test]
    fn no_text_of_the_gateway_is_passed_on() {
        let echo =
            "Server StringToSign:`POST#/communication/personal/1886?acct_no=6222020000000000000`";
        for begin in ["Invalid Signature, ", "invalid signature, ", "Something new, ", ""] {
            let refusal = refused(403, "x-ca-error-message", &format!("{begin}{echo}"));
            let shown = format!("{refusal:?}");
            assert!(!shown.contains("6222") && !shown.contains("1886"), "{shown}");
        }
    }

    #[test]
    fn no_message_hides_another() {
        for row in MESSAGES.rows {
            let longer = format!("{} and more", row.code);
            let found = refused(403, "x-ca-error-message", &longer);
            assert_eq!(found.code.as_deref(), Some(row.code));
        }
    }
}

//! The codes and messages of Aliyun API Gateway as data.
//!
//! Documents (read 2026-11): <https://help.aliyun.com/document_detail/43906.htm> for the codes,
//! <https://www.alibabacloud.com/help/ja/api-gateway/support/error-codes> for the messages of the
//! classic gateway. They name codes and messages; the kinds are inferred from what they say.
//!
//! Billed, inferred too, since no document says it of a gateway refusal: refused credentials,
//! permission, quota and rate come before the product is asked, and so does a gateway that is busy
//! or has its breaker open (`X503BZ`, `D503*`); those are `no`. Of all others nothing is known.

use super::*;
use crate::vendors::http_status;

const fn auth(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::Unauthenticated, Billed::No)
}
const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::PermissionDenied, Billed::No)
}
const fn quota(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::QuotaExhausted, Billed::No)
}
const fn rate(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::RateLimited, Billed::No)
}
const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::InvalidArgument, Billed::Unknown)
}
const fn too_large(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::ImageRejected, Billed::Unknown)
}
const fn config(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::InvalidConfig, Billed::Unknown)
}
const fn down(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::VendorUnavailable, Billed::Unknown)
}
const fn not_executed(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::VendorUnavailable, Billed::No)
}

/// `X-Ca-Error-Code`.
const CODES: &[CodeRow] = &[
    auth("A400AC", "the AppCode is not valid"),
    auth("A401AC", "the AppCode is not valid"),
    auth("A400MA", "the request has no credentials"),
    auth("A400IK", "the AppKey is not valid"),
    auth("A403IS", "the signature is not valid: check app_secret"),
    auth("A403EP", "the authorization of the app has expired"),
    auth("I403AA", "the app is not authorized for this API: it has not been bought"),
    auth("A403PR", "an authorization plugin refuses the app"),
    permission("A403IP", "access control refuses this machine's address"),
    permission("A403VN", "access control refuses this network"),
    permission("A403AC", "access control refuses the app"),
    permission("A403CO", "access control refuses the caller"),
    permission("A403IN", "the API cannot be reached from the internet"),
    permission("A403FC", "access control refuses the caller"),
    quota("B403MQ", "the package is used up"),
    quota("B403ME", "the subscription has expired"),
    auth("B403MI", "the subscription is not valid"),
    down("B403OD", "the provider's account is overdue"),
    down("B403MO", "the provider's account is overdue"),
    down("B451DO", "the domain is closed for legal reasons"),
    down("B451GO", "the API group is closed for legal reasons"),
    rate("T429ID", "too many requests: a limit of the gateway instance"),
    rate("T429IN", "too many requests: a limit of the gateway instance"),
    rate("T429GR", "too many requests: the limit of the API group"),
    rate("T429PA", "too many requests: a limit by parameter"),
    rate("T429PR", "too many requests: a limit by plugin"),
    rate("T429SR", "too many requests"),
    rate("T429MR", "too many requests"),
    request("I400HD", "a header is not valid"),
    request("I400MH", "a header is missing"),
    request("I400BD", "the body is not valid"),
    request("I400PA", "the path is not valid"),
    request("I405UM", "the method is not supported"),
    request("I400RU", "the address is not valid"),
    request("I400CT", "the content type is not valid"),
    request("I400SG", "the stage is not valid"),
    request("I400MP", "a parameter is missing"),
    request("I400IP", "a parameter is not valid"),
    request("I400I5", "Content-MD5 is not valid"),
    request("I400NC", "the nonce is not valid"),
    config(
        "I403PT",
        "base_url: the API does not take this scheme: use the other of https and http",
    ),
    too_large("I413RL", "the request is too large"),
    too_large("I413UL", "the address is too large"),
    config("I404DO", "base_url: the gateway does not know this host"),
    config("I404NF", "base_url: the gateway has no such API"),
    config("I404NR", "base_url: the gateway has no such API"),
    config("I404SR", "base_url: the gateway has no such API"),
    config("I410GG", "base_url: the API group has moved"),
    down("X400PM", "the provider's API is not set up right"),
    down("X500ED", "the provider's API is not set up right"),
    down("X500AM", "the provider's API is not set up right"),
    down("X403DG", "the provider's API group is disabled"),
    down("I400JP", "the provider's API is not set up right"),
    down("X500ER", "the gateway failed"),
    not_executed("X503BZ", "the gateway is busy"),
    not_executed("D503BB", "the product is down: the gateway does not pass requests on"),
    not_executed("D503CB", "the product is down: the gateway does not pass requests on"),
    down("D504RE", "the product closed the connection"),
    down("D504IL", "the product gave no valid answer"),
    // A connection that the product closes half-way has this code too: it may have been executed.
    down("D504CO", "the gateway could not connect to the product"),
    down("D504CS", "the gateway could not connect to the product"),
    down("X504VE", "the gateway could not reach the product's network"),
    down("D504TO", "the product took too long"),
    down("X504TO", "the gateway took too long"),
    down("D502FC", "the gateway could not read the product's answer"),
    down("N502RE", "the gateway lost the connection to the product"),
];

/// `X-Ca-Error-Message`, by how it begins; the first that fits. The rows from `Throttled by` on are
/// the texts of codes above, for a gateway that sends the text without the code.
const MESSAGES: &[CodeRow] = &[
    rate("Throttled by USER Flow Control", "too many requests from this account"),
    rate("Throttled by APP Flow Control", "too many requests from this app"),
    rate("Throttled by API Flow Control", "too many requests to this API"),
    rate("Throttled by DOMAIN Flow Control", "the domain has had its requests of the day"),
    rate("Throttled by GROUP", "too many requests to this API group"),
    quota("Quota Exhausted", "the package is used up"),
    quota("Api Market Subscription quota exhausted", "the package is used up"),
    quota("Quota Expired", "the package has expired"),
    quota("Expiry of Authorization", "the authorization has expired"),
    quota("User Arrears", "the account is in arrears"),
    auth("Unauthorized", "the app is not authorized for this API: it has not been bought"),
    auth("Invalid AppCode", "the AppCode is not valid"),
    auth("Invalid AppKey", "the AppKey is not valid"),
    auth("Invalid AppSecret", "the AppSecret is not valid"),
    auth("Invalid Signature", "the signature is not valid: check app_secret"),
    auth("Empty Signature", "the request has no signature"),
    auth("Timestamp Expired", "the time is off"),
    auth("Invalid Timestamp", "the time is off"),
    auth("Nonce Used", "the nonce was used before"),
    config("Invalid Url", "base_url: the gateway does not know this address"),
    config("API Not Found", "base_url: the gateway has no such API"),
    config("Invalid Domain", "base_url: the gateway does not know this host"),
    config("Invalid HttpMethod", "base_url: the API does not take POST"),
    request("Empty Request Body", "the body is empty"),
    request("Invalid Request Body", "the body is not valid"),
    request("Invalid Param Location", "a parameter is in the wrong place"),
    request("Unsupported Multipart", "multipart is not supported"),
    request("Invalid Content-MD5", "Content-MD5 is not valid"),
    down("Internal Error", "the gateway failed"),
    down("Failed To Invoke Backend Service", "the gateway could not get the product's answer"),
    down("Service Unavailable", "the gateway is busy"),
    down("Async Service", "the product took too long"),
    rate("Throttled by", "too many requests"),
    rate("Too Many Requests", "too many requests"),
    quota("Api Market Subscription expired", "the subscription has expired"),
    auth("Api Market Subscription invalid", "the subscription is not valid"),
    auth("Need authorization", "the request has no credentials"),
    auth("App authorization expired", "the authorization of the app has expired"),
    config(
        "Invalid protocol",
        "base_url: the API does not take this scheme: use the other of https and http",
    ),
    down("Backend service request timeout", "the product took too long"),
];

/// A document spells this message with two T.
const MISSPELT: (&str, &str) = ("TThrottled by GROUP", "Throttled by GROUP");

/// Which header speaks.
pub(super) enum Speaker<'a> {
    Code(&'a str),
    Message(&'a str),
}

/// The refusal that a gateway header stands for. Its text is never passed on: it may hold the
/// whole string to sign.
pub(super) fn refused(response: &Response, speaker: Speaker<'_>) -> (Billed, Refusal) {
    let row = match speaker {
        Speaker::Code(code) => CodeRow::find(CODES, code),
        Speaker::Message(message) => message_row(message),
    };
    let (billed, mut refusal) = match (row, speaker) {
        (Some(row), _) => (row.billed, row.refusal(None)),
        (None, Speaker::Code(code)) => {
            let kind = by_letter(code, response.status);
            (Billed::Unknown, Refusal { kind, ..Refusal::unknown_code(code, None) })
        }
        (None, Speaker::Message(_)) => {
            (Billed::Unknown, http_status::without_vendor_body(response))
        }
    };
    refusal.retry_after = http_status::retry_after(response, refusal.kind);
    (billed, refusal)
}

/// The refusal of a response in which neither the gateway nor the product speaks.
pub(super) fn by_status(response: &Response) -> (Billed, Refusal) {
    let refusal = http_status::without_vendor_body(response);
    (http_status::billed_by_kind(refusal.kind), refusal)
}

fn message_row(message: &str) -> Option<&'static CodeRow> {
    let begins = |prefix: &str| {
        message.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let (misspelt, meant) = MISSPELT;
    if begins(misspelt) {
        return CodeRow::find(MESSAGES, meant);
    }
    MESSAGES.iter().find(|row| begins(row.code))
}

/// The kind of a code that is not in the table: its first letter says who refuses.
fn by_letter(code: &str, status: u16) -> Kind {
    match (code.bytes().next(), status) {
        (Some(b'A'), 400 | 401 | 403) => Kind::Unauthenticated,
        (Some(b'T'), 403 | 429) => Kind::RateLimited,
        (Some(b'B'), 403) => Kind::QuotaExhausted,
        (Some(b'I'), 404 | 410) => Kind::InvalidConfig,
        (Some(b'I'), 400..=499) => Kind::InvalidArgument,
        (Some(b'B' | b'D' | b'N' | b'X'), 451 | 500..=599) => Kind::VendorUnavailable,
        _ => Kind::VendorError,
    }
}

/// Every code and message, for both products.
#[cfg(test)]
pub(super) fn documented() -> Vec<(&'static str, &'static str)> {
    CODES.iter().chain(MESSAGES).map(|row| ("", row.code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, name: &str, value: &str) -> Refusal {
        let headers = crate::wire::headers([(name, value)]);
        let response = Response { status, headers, body: bytes::Bytes::new() };
        aliyun_gateway::envelope(&response, "").err().unwrap().1
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
    fn no_row_hides_another() {
        for row in MESSAGES {
            assert_eq!(message_row(row.code).map(|found| found.code), Some(row.code));
        }
    }
}

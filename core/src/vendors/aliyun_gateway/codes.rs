//! The codes and messages of Aliyun API Gateway as data.
//!
//! Documents (read 2026-11): <https://help.aliyun.com/document_detail/43906.htm> for the codes,
//! <https://www.alibabacloud.com/help/ja/api-gateway/support/error-codes> for the messages of the
//! classic gateway. They name codes and messages; the kinds are inferred from what they say.
//!
//! Billed, inferred too, since no document says it of a gateway refusal: refused credentials,
//! permission, quota and rate come before the product is asked, and so does a gateway that is busy
//! or has its breaker open (`X503BZ`, `D503*`); those are `no`. Of all others nothing is known.

use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_CLOSED, CORRECT_CLOCK, ELSEWHERE, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED,
    NEW_NONCE, RETRY_LATER, SLOW_DOWN,
};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeRow};

const fn auth(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::Unauthenticated, Billed::No, IF_CREDENTIALS)
}
const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::PermissionDenied, Billed::No, IF_CREDENTIALS)
}
const fn quota(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::QuotaExhausted, Billed::No, BLOCK_ACCOUNT)
}
const fn rate(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::RateLimited, Billed::No, SLOW_DOWN)
}
const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::InvalidArgument, Billed::Unknown, FINAL)
}
const fn too_large(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::ImageRejected, Billed::Unknown, FINAL)
}
const fn config(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::InvalidConfig, Billed::Unknown, FINAL)
}
/// Returns the row of a request that the product may have executed; the gateway itself may have
/// asked it twice.
const fn down(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, IF_VENDOR_FAILED)
}
const fn closed(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, BLOCK_CLOSED)
}
const fn not_executed(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::No, RETRY_LATER)
}
const fn clock(code: &'static str) -> CodeRow {
    CodeRow::error(code, "the time is off", Kind::Unauthenticated, Billed::No, CORRECT_CLOCK)
}

/// Unlisted codes: the letter says who refuses, the number is the status. Nothing is known of what was
/// done or billed.
const fn unlisted(code: &'static str, meaning: &'static str, kind: Kind) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::Unknown, FINAL).prefix()
}

/// `X-Ca-Error-Code`. Of the prefixes at the end, the first row that fits counts.
pub(crate) const CODES: CodeList = CodeList {
    numberings: &[],
    rows: &[
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
        closed("B403OD", "the provider's account is overdue"),
        closed("B403MO", "the provider's account is overdue"),
        closed("B451DO", "the domain is closed for legal reasons"),
        closed("B451GO", "the API group is closed for legal reasons"),
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
        unlisted("A4", "the gateway refuses the credentials", Kind::Unauthenticated),
        unlisted("T4", "too many requests: a limit of the gateway", Kind::RateLimited),
        unlisted("B403", "the subscription does not cover the call", Kind::QuotaExhausted),
        unlisted("I404", "base_url: the gateway has no such API", Kind::InvalidConfig),
        unlisted("I410", "base_url: the API has moved", Kind::InvalidConfig),
        unlisted("I4", "the gateway refuses the request", Kind::InvalidArgument),
        unlisted("B451", "the API is closed", Kind::VendorUnavailable),
        unlisted("B5", "the provider's API cannot be used", Kind::VendorUnavailable),
        unlisted("D5", "the product failed", Kind::VendorUnavailable),
        unlisted("N5", "the gateway could not reach the product", Kind::VendorUnavailable),
        unlisted("X5", "the gateway failed", Kind::VendorUnavailable),
    ],
};

/// `X-Ca-Error-Message`, by how it begins; the first row that fits counts. The rows from `Throttled by` on are
/// the texts of codes above, for a gateway that sends the text without the code.
pub(crate) const MESSAGES: CodeList = CodeList {
    numberings: &[],
    rows: &[
        rate("Throttled by USER Flow Control", "too many requests from this account").sentence(),
        rate("Throttled by APP Flow Control", "too many requests from this app").sentence(),
        rate("Throttled by API Flow Control", "too many requests to this API").sentence(),
        CodeRow::error(
            "Throttled by DOMAIN Flow Control",
            "the domain has had its requests of the day",
            Kind::RateLimited,
            Billed::No,
            ELSEWHERE,
        )
        .sentence(),
        rate("Throttled by GROUP", "too many requests to this API group").sentence(),
        quota("Quota Exhausted", "the package is used up").sentence(),
        quota("Api Market Subscription quota exhausted", "the package is used up").sentence(),
        quota("Quota Expired", "the package has expired").sentence(),
        quota("Expiry of Authorization", "the authorization has expired").sentence(),
        quota("User Arrears", "the account is in arrears").sentence(),
        auth("Unauthorized", "the app is not authorized for this API: it has not been bought")
            .sentence(),
        auth("Invalid AppCode", "the AppCode is not valid").sentence(),
        auth("Invalid AppKey", "the AppKey is not valid").sentence(),
        auth("Invalid AppSecret", "the AppSecret is not valid").sentence(),
        auth("Invalid Signature", "the signature is not valid: check app_secret").sentence(),
        auth("Empty Signature", "the request has no signature").sentence(),
        clock("Timestamp Expired").sentence(),
        clock("Invalid Timestamp").sentence(),
        CodeRow::error(
            "Nonce Used",
            "the nonce was used before",
            Kind::Unauthenticated,
            Billed::No,
            NEW_NONCE,
        )
        .sentence(),
        config("Invalid Url", "base_url: the gateway does not know this address").sentence(),
        config("API Not Found", "base_url: the gateway has no such API").sentence(),
        config("Invalid Domain", "base_url: the gateway does not know this host").sentence(),
        config("Invalid HttpMethod", "base_url: the API does not take POST").sentence(),
        request("Empty Request Body", "the body is empty").sentence(),
        request("Invalid Request Body", "the body is not valid").sentence(),
        request("Invalid Param Location", "a parameter is in the wrong place").sentence(),
        request("Unsupported Multipart", "multipart is not supported").sentence(),
        request("Invalid Content-MD5", "Content-MD5 is not valid").sentence(),
        down("Internal Error", "the gateway failed").sentence(),
        down("Failed To Invoke Backend Service", "the gateway could not get the product's answer")
            .sentence(),
        down("Service Unavailable", "the gateway is busy").sentence(),
        down("Async Service", "the product took too long").sentence(),
        rate("Throttled by", "too many requests").sentence(),
        rate("Too Many Requests", "too many requests").sentence(),
        quota("Api Market Subscription expired", "the subscription has expired").sentence(),
        auth("Api Market Subscription invalid", "the subscription is not valid").sentence(),
        auth("Need authorization", "the request has no credentials").sentence(),
        auth("App authorization expired", "the authorization of the app has expired").sentence(),
        config(
            "Invalid protocol",
            "base_url: the API does not take this scheme: use the other of https and http",
        )
        .sentence(),
        down("Backend service request timeout", "the product took too long").sentence(),
    ],
};

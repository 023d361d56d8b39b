//! Error codes of the gateway, common to all products.
//!
//! Documents, read 2026-11: <https://help.aliyun.com/document_detail/48054.html> (product, operation, keys,
//! time, nonce, signature, rate), <https://help.aliyun.com/document_detail/51132.html> (parameters, forbidden,
//! balance), <https://help.aliyun.com/document_detail/30137.htm> (versions, verification of the account,
//! failures), <https://developer.aliyun.com/ask/278265> (disabled keys, methods). They are pages of four
//! products about one gateway, and name codes and statuses; the kinds are inferred from what they say. No page
//! that could be read lists the codes of temporary keys: they are those that users of the vendor's SDKs report.
//!
//! Billed, inferred too: what the gateway refuses reaches no product.

use crate::decision::{
    BLOCK_ACCOUNT, CORRECT_CLOCK, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED, NEW_NONCE, SLOW_DOWN,
};
use crate::error::Kind::{
    InvalidArgument, InvalidConfig, PermissionDenied, QuotaExhausted, RateLimited, Unauthenticated,
    VendorUnavailable,
};
use crate::vendors::codes::{CodeList, CodeRow, free, unpriced};

const fn auth(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Unauthenticated, IF_CREDENTIALS)
}

const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, PermissionDenied, IF_CREDENTIALS)
}

const fn rate(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, RateLimited, SLOW_DOWN)
}

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, InvalidArgument, FINAL)
}

const fn config(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, InvalidConfig, FINAL)
}

const fn failed(code: &'static str, meaning: &'static str) -> CodeRow {
    unpriced(code, meaning, VendorUnavailable, IF_VENDOR_FAILED)
}

pub(crate) const CODES: CodeList = CodeList {
    numberings: &[],
    rows: &[
        auth("InvalidAccessKeyId", "the access key is refused").family(),
        auth("InvalidAccessKeyId.NotFound", "there is no such access key"),
        auth("InvalidAccessKeyId.Inactive", "the access key is disabled"),
        auth("MissingAccessKeyId", "the request has no access key"),
        auth("SignatureDoesNotMatch", "the signature is wrong: check access_key_secret"),
        auth("IncompleteSignature", "the signature is not as the vendor wants it"),
        auth("InvalidSecurityToken", "the token of the temporary key is refused").family(),
        auth("InvalidSecurityToken.Expired", "the token of the temporary key has expired"),
        auth("InvalidSecurityToken.Malformed", "security_token is not written as a token"),
        auth(
            "InvalidSecurityToken.MismatchWithAccessKey",
            "security_token is not the access key's",
        ),
        auth("MissingSecurityToken", "the access key is a temporary one and needs security_token"),
        free(
            "InvalidTimeStamp.Expired",
            "the time is more than 15 minutes off",
            Unauthenticated,
            CORRECT_CLOCK,
        ),
        request("InvalidTimeStamp.Format", "the time is not written as the vendor wants it"),
        request("IllegalTimestamp", "the request has no time"),
        free("SignatureNonceUsed", "the nonce was used before", Unauthenticated, NEW_NONCE),
        rate("Throttling", "too many requests").family(),
        rate("Throttling.User", "too many requests in a second from the account"),
        rate("Throttling.Api", "too many requests in a second to the operation"),
        permission("Forbidden", "the account may not do this").family(),
        permission("Forbidden.RAM", "the RAM user may not call this operation"),
        permission("Forbidden.RiskControl", "the vendor's risk control forbids it"),
        permission("ActionUnauthorized", "the account may not call this operation"),
        permission("NoPermission", "the RAM user may not call this operation").family(),
        free(
            "Forbidden.UserVerification",
            "the account's owner has not proved an identity to the vendor",
            PermissionDenied,
            BLOCK_ACCOUNT,
        ),
        free(
            "InsufficientBalance",
            "the account's balance is used up",
            QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        config("InvalidProduct.NotFound", "base_url: the vendor knows no product at this host"),
        config("InvalidProtocol.NeedSsl", "base_url: the vendor takes https only"),
        request("InvalidApi.NotFound", "the host does not know the operation"),
        request("InvalidAction", "the host does not know the operation").family(),
        request("InvalidVersion", "the host does not know the version"),
        request("NoSuchVersion", "the host does not know the version"),
        request("UnsupportedHTTPMethod", "the method is not supported"),
        request("InvalidSignatureMethod", "the vendor does not know the signature's method"),
        request("UnsupportedOperation", "the operation is not supported"),
        request("UnsupportedParameter", "a parameter is not supported"),
        request("MissingParameter", "a parameter is missing").family(),
        unpriced("InvalidParameter", "a parameter is wrong", InvalidArgument, FINAL).family(),
        failed("InternalError", "the vendor failed").family(),
        failed("ServiceUnavailable", "the service is not available at the moment").family(),
    ],
};

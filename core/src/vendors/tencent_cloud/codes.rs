//! Error codes that are common to all actions of the vendor:
//! <https://www.tencentcloud.com/document/api/1031/32869>, and what its later edition adds,
//! <https://cloud.tencent.com/document/product/1778/111040>, which has a phrase for each code and no
//! word on what is done about it. A request that is held back for its rate reaches no action:
//! <https://cloud.tencent.com/document/product/1278/109059>.

use crate::decision::{
    BLOCK_ACCOUNT, CORRECT_CLOCK, Decision, ELSEWHERE, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED,
    RETRY_LATER, SLOW_DOWN,
};
use crate::error::Kind::{
    self, InvalidArgument, PermissionDenied, QuotaExhausted, RateLimited, Unauthenticated,
    VendorUnavailable,
};
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeRow};

/// Returns the row of a refusal before anything is executed. That it costs nothing is inferred,
/// since no page says so of these actions: they charge for results, and the vendor bills none of
/// these errors of its eKYC, <https://www.tencentcloud.com/document/product/1061/55390>.
pub(crate) const fn before(
    code: &'static str,
    meaning: &'static str,
    kind: Kind,
    decision: Decision,
) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::No, decision)
}

/// Returns the row of a request of which no document says how far it came, or that it costs
/// nothing: that page on eKYC bills no
/// `InvalidParameter` and no `InternalError`, of other actions on another host.
pub(crate) const fn anywhere(
    code: &'static str,
    meaning: &'static str,
    kind: Kind,
    decision: Decision,
) -> CodeRow {
    CodeRow::error(code, meaning, kind, Billed::Unknown, decision)
}

/// A rate limit counts the requests of one second, and its family says which limit it is, so that an
/// unlisted one is no member of it.
pub(crate) const CODES: CodeList = CodeList {
    numberings: &[],
    rows: &[
        before("AuthFailure", "the credentials are refused", Unauthenticated, IF_CREDENTIALS)
            .family(),
        anywhere(
            "FailedOperation",
            "the vendor could not do it",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        anywhere("InternalError", "the vendor failed", VendorUnavailable, IF_VENDOR_FAILED)
            .family(),
        anywhere("InvalidParameter", "a parameter is wrong", InvalidArgument, FINAL).family(),
        anywhere(
            "InvalidParameterValue",
            "the value of a parameter is wrong",
            InvalidArgument,
            FINAL,
        )
        .family(),
        before("LimitExceeded", "a quota of the account is used up", QuotaExhausted, BLOCK_ACCOUNT),
        before("RequestLimitExceeded", "too many requests in a second", RateLimited, SLOW_DOWN)
            .retry_after(1),
        anywhere(
            "ResourceUnavailable",
            "what the action needs is not available",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        before(
            "UnauthorizedOperation",
            "the account may not call this action",
            PermissionDenied,
            IF_CREDENTIALS,
        )
        .family(),
        before(
            "AuthFailure.InvalidAuthorization",
            "the authorization header is not as the vendor wants it",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.InvalidSecretId",
            "the secret id is not one for this API",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.MFAFailure",
            "a second factor is missing or wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.SecretIdNotFound",
            "there is no such secret id",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.SignatureExpire",
            "the signature's time is more than five minutes off",
            Unauthenticated,
            CORRECT_CLOCK,
        ),
        before(
            "AuthFailure.SignatureFailure",
            "the signature is wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.TokenFailure",
            "the temporary key's token is wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        before(
            "AuthFailure.UnauthorizedOperation",
            "the account's access policy does not allow this action",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        before(
            "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
            "too many requests in a second from the account, over all regions",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        before(
            "RequestLimitExceeded.IPLimitExceeded",
            "too many requests in a second from this machine's address",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        before(
            "RequestLimitExceeded.UinLimitExceeded",
            "too many requests in a second from the account",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        anywhere("DryRunOperation", "it was a dry run", InvalidArgument, FINAL),
        before(
            "ActionOffline",
            "the vendor does not offer the action any more",
            VendorUnavailable,
            ELSEWHERE,
        ),
        before("InvalidAction", "the host does not know the action", InvalidArgument, FINAL),
        before(
            "InvalidRequest",
            "the body is not written as its type says",
            InvalidArgument,
            FINAL,
        ),
        before(
            "IpInBlacklist",
            "this machine's address is in the account's blacklist",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        before(
            "IpNotInWhitelist",
            "this machine's address is not in the account's whitelist",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        anywhere("MissingParameter", "a parameter is missing", InvalidArgument, FINAL).family(),
        before("NoSuchProduct", "the host does not know the product", InvalidArgument, FINAL),
        before("NoSuchVersion", "the host does not know the API's version", InvalidArgument, FINAL),
        before(
            "RequestSizeLimitExceeded",
            "the request is larger than the vendor takes",
            InvalidArgument,
            FINAL,
        ),
        anywhere(
            "ResourceInUse",
            "what the action needs is in use",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        anywhere(
            "ResourceInsufficient",
            "the vendor has too few resources",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        anywhere(
            "ResourceNotFound",
            "what the request names does not exist",
            InvalidArgument,
            FINAL,
        )
        .family(),
        anywhere(
            "ResponseSizeLimitExceeded",
            "the answer is larger than the vendor passes on",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        before(
            "ServiceUnavailable",
            "the service is not available at the moment",
            VendorUnavailable,
            RETRY_LATER,
        ),
        anywhere("UnknownParameter", "a parameter is not known", InvalidArgument, FINAL).family(),
        anywhere("UnsupportedOperation", "the action is not supported", InvalidArgument, FINAL)
            .family(),
        before(
            "UnsupportedProtocol",
            "only GET and POST over HTTPS are supported",
            InvalidArgument,
            FINAL,
        ),
        anywhere(
            "UnsupportedRegion",
            "the action is not offered in \"region\"",
            InvalidArgument,
            FINAL,
        )
        .family(),
    ],
};

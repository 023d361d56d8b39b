//! Error codes that are common to all actions of the vendor:
//! <https://www.tencentcloud.com/document/api/1031/32869>, and what its later edition adds,
//! <https://cloud.tencent.com/document/product/1778/111040>, which has a phrase for each code and no
//! word on what is done about it. A request that is held back for its rate reaches no action:
//! <https://cloud.tencent.com/document/product/1278/109059>.
//!
//! Billed, inferred: what is refused before anything is executed is free, since the actions charge for results
//! and the vendor bills none of these errors of its eKYC, <https://www.tencentcloud.com/document/product/1061/55390>.
//! That page bills no `InvalidParameter` and no `InternalError` either, of other actions on another host: here
//! nobody knows.

use crate::decision::{
    BLOCK_ACCOUNT, CORRECT_CLOCK, ELSEWHERE, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED, RETRY_LATER,
    SLOW_DOWN,
};
use crate::error::Kind::{
    InvalidArgument, PermissionDenied, QuotaExhausted, RateLimited, Unauthenticated,
    VendorUnavailable,
};
use crate::vendors::codes::{CodeList, free, unpriced};

/// A rate limit counts the requests of one second, and its family says which limit it is, so that an
/// unlisted one is no member of it.
pub(crate) const CODES: CodeList = CodeList {
    numberings: &[],
    rows: &[
        free("AuthFailure", "the credentials are refused", Unauthenticated, IF_CREDENTIALS)
            .family(),
        unpriced(
            "FailedOperation",
            "the vendor could not do it",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        unpriced("InternalError", "the vendor failed", VendorUnavailable, IF_VENDOR_FAILED)
            .family(),
        unpriced("InvalidParameter", "a parameter is wrong", InvalidArgument, FINAL).family(),
        unpriced(
            "InvalidParameterValue",
            "the value of a parameter is wrong",
            InvalidArgument,
            FINAL,
        )
        .family(),
        free("LimitExceeded", "a quota of the account is used up", QuotaExhausted, BLOCK_ACCOUNT),
        free("RequestLimitExceeded", "too many requests in a second", RateLimited, SLOW_DOWN)
            .retry_after(1),
        unpriced(
            "ResourceUnavailable",
            "what the action needs is not available",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        free(
            "UnauthorizedOperation",
            "the account may not call this action",
            PermissionDenied,
            IF_CREDENTIALS,
        )
        .family(),
        free(
            "AuthFailure.InvalidAuthorization",
            "the authorization header is not as the vendor wants it",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.InvalidSecretId",
            "the secret id is not one for this API",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.MFAFailure",
            "a second factor is missing or wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.SecretIdNotFound",
            "there is no such secret id",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.SignatureExpire",
            "the signature's time is more than five minutes off",
            Unauthenticated,
            CORRECT_CLOCK,
        ),
        free(
            "AuthFailure.SignatureFailure",
            "the signature is wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.TokenFailure",
            "the temporary key's token is wrong",
            Unauthenticated,
            IF_CREDENTIALS,
        ),
        free(
            "AuthFailure.UnauthorizedOperation",
            "the account's access policy does not allow this action",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        free(
            "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
            "too many requests in a second from the account, over all regions",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        free(
            "RequestLimitExceeded.IPLimitExceeded",
            "too many requests in a second from this machine's address",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        free(
            "RequestLimitExceeded.UinLimitExceeded",
            "too many requests in a second from the account",
            RateLimited,
            SLOW_DOWN,
        )
        .retry_after(1),
        unpriced("DryRunOperation", "it was a dry run", InvalidArgument, FINAL),
        free(
            "ActionOffline",
            "the vendor does not offer the action any more",
            VendorUnavailable,
            ELSEWHERE,
        ),
        free("InvalidAction", "the host does not know the action", InvalidArgument, FINAL),
        free("InvalidRequest", "the body is not written as its type says", InvalidArgument, FINAL),
        free(
            "IpInBlacklist",
            "this machine's address is in the account's blacklist",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        free(
            "IpNotInWhitelist",
            "this machine's address is not in the account's whitelist",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        unpriced("MissingParameter", "a parameter is missing", InvalidArgument, FINAL).family(),
        free("NoSuchProduct", "the host does not know the product", InvalidArgument, FINAL),
        free("NoSuchVersion", "the host does not know the API's version", InvalidArgument, FINAL),
        free(
            "RequestSizeLimitExceeded",
            "the request is larger than the vendor takes",
            InvalidArgument,
            FINAL,
        ),
        unpriced(
            "ResourceInUse",
            "what the action needs is in use",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        )
        .family(),
        unpriced(
            "ResourceInsufficient",
            "the vendor has too few resources",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        unpriced(
            "ResourceNotFound",
            "what the request names does not exist",
            InvalidArgument,
            FINAL,
        )
        .family(),
        unpriced(
            "ResponseSizeLimitExceeded",
            "the answer is larger than the vendor passes on",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        free(
            "ServiceUnavailable",
            "the service is not available at the moment",
            VendorUnavailable,
            RETRY_LATER,
        ),
        unpriced("UnknownParameter", "a parameter is not known", InvalidArgument, FINAL).family(),
        unpriced("UnsupportedOperation", "the action is not supported", InvalidArgument, FINAL)
            .family(),
        free(
            "UnsupportedProtocol",
            "only GET and POST over HTTPS are supported",
            InvalidArgument,
            FINAL,
        ),
        unpriced(
            "UnsupportedRegion",
            "the action is not offered in \"region\"",
            InvalidArgument,
            FINAL,
        )
        .family(),
    ],
};

//! The codes of `tencent_faceid` as data: results of each action, and errors.
//!
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1061/78854> (three elements),
//! <https://www.tencentcloud.com/document/api/1061/78856> (two),
//! <https://www.tencentcloud.com/document/api/1061/78855> (four),
//! <https://www.tencentcloud.com/document/api/1061/78863> (card number alone; what it leaves out is
//! from the vendor's Python SDK, tencentcloud-sdk-python-faceid 3.1.179).

use crate::card::{LookupReason, Outcome, Reason};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::{Advice, CodeRow};

/// One meaning, with its code in the answers to two, three and four elements: the same number means
/// something else in each.
pub(super) struct ResultRow {
    codes: [Option<&'static str>; 3],
    pub(super) outcome: Outcome,
    pub(super) reason: Option<Reason>,
    pub(super) billed: Billed,
}

/// What was compared, which picks the column of the result table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elements {
    Two,
    Three,
    Four,
}

impl ResultRow {
    fn code(&self, elements: Elements) -> Option<&'static str> {
        let [two, three, four] = self.codes;
        match elements {
            Elements::Two => two,
            Elements::Three => three,
            Elements::Four => four,
        }
    }

    /// The row of a code.
    pub(super) fn find(elements: Elements, code: &str) -> Option<&'static ResultRow> {
        RESULTS.iter().find(|row| row.code(elements) == Some(code))
    }
}

const fn charged(outcome: Outcome, reason: Option<Reason>, codes: [&'static str; 3]) -> ResultRow {
    let [two, three, four] = codes;
    ResultRow { codes: [Some(two), Some(three), Some(four)], outcome, reason, billed: Billed::Yes }
}

/// Charged, and silent about whose card it is.
const fn unclear(reason: Reason, codes: [&'static str; 3]) -> ResultRow {
    charged(Outcome::Inconclusive, Some(reason), codes)
}

const fn free(reason: Reason, codes: [Option<&'static str>; 3]) -> ResultRow {
    ResultRow { codes, outcome: Outcome::Inconclusive, reason: Some(reason), billed: Billed::No }
}

const RESULTS: &[ResultRow] = &[
    charged(Outcome::Match, None, ["0", "0", "0"]),
    charged(Outcome::Mismatch, Some(Reason::CardholderMismatch), ["-1", "-1", "-1"]),
    // "Cardholder information is incorrect": the name or a number is not the cardholder's.
    charged(Outcome::Mismatch, Some(Reason::CardholderMismatch), ["-4", "-5", "-6"]),
    unclear(Reason::CardlessPaymentDisabled, ["-5", "-6", "-7"]),
    unclear(Reason::CardConfiscated, ["-6", "-7", "-8"]),
    unclear(Reason::CardNumberInvalid, ["-7", "-8", "-9"]),
    unclear(Reason::NoIssuer, ["-8", "-9", "-10"]),
    unclear(Reason::CardInactive, ["-9", "-10", "-11"]),
    unclear(Reason::CardSuspectedFraud, ["-10", "-11", "-12"]),
    unclear(Reason::CardLost, ["-11", "-12", "-13"]),
    unclear(Reason::CardExpired, ["-12", "-13", "-14"]),
    unclear(Reason::CardRestricted, ["-13", "-14", "-15"]),
    unclear(Reason::PinTriesExceeded, ["-14", "-15", "-16"]),
    unclear(Reason::IssuerUnsupported, ["-15", "-16", "-17"]),
    unclear(Reason::CardAbnormal, ["-18", "-20", "-21"]),
    free(Reason::NameInvalid, [Some("-2"), Some("-2"), Some("-2")]),
    free(Reason::IdNumberInvalid, [None, Some("-3"), Some("-3")]),
    free(Reason::CardNumberMalformed, [Some("-3"), Some("-4"), Some("-4")]),
    free(Reason::PhoneInvalid, [None, None, Some("-5")]),
    free(Reason::VendorBusy, [Some("-16"), Some("-17"), Some("-18")]),
    free(Reason::AttemptsExceeded, [Some("-17"), Some("-18"), Some("-19")]),
    free(Reason::IdTypeUnsupported, [None, Some("-19"), Some("-20")]),
];

/// One result of `CheckBankCardInformation`; `reason` is `None` where the card is known.
pub(super) struct LookupRow {
    code: &'static str,
    pub(super) reason: Option<LookupReason>,
    pub(super) billed: Billed,
}

impl LookupRow {
    /// The row of a code.
    pub(super) fn find(code: &str) -> Option<&'static LookupRow> {
        LOOKUP_RESULTS.iter().find(|row| row.code == code)
    }
}

const fn lookup(code: &'static str, reason: Option<LookupReason>, billed: Billed) -> LookupRow {
    LookupRow { code, reason, billed }
}

const LOOKUP_RESULTS: &[LookupRow] = &[
    lookup("0", None, Billed::Yes),
    lookup("-1", Some(LookupReason::NoRecord), Billed::Yes),
    lookup("-2", Some(LookupReason::VendorBusy), Billed::No),
    lookup("-3", Some(LookupReason::NoSuchCard), Billed::No),
    lookup("-4", Some(LookupReason::AttemptsExceeded), Billed::No),
    lookup("-5", Some(LookupReason::CardInvalid), Billed::Yes),
    lookup("-6", Some(LookupReason::CardTypeUnsupported), Billed::No),
];

/// The row of an error code: of the code itself, else of the part before its first dot.
pub(super) fn error_row(code: &str) -> Option<&'static CodeRow> {
    CodeRow::find(ERRORS, code).or_else(|| {
        let (family, _) = code.split_once('.')?;
        CodeRow::find(ERRORS, family)
    })
}

/// Refused before anything is executed (inferred: the vendor charges for results only).
const fn before(code: &'static str, kind: Kind, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, kind, Billed::No)
}

/// No document says how far the request came.
const fn anywhere(code: &'static str, kind: Kind, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, kind, Billed::Unknown)
}

use Kind::{
    InvalidArgument, PermissionDenied, QuotaExhausted, RateLimited, Unauthenticated,
    VendorUnavailable,
};

/// Error codes of the actions (the pages above) and those common to all actions of the vendor:
/// <https://www.tencentcloud.com/document/api/1031/32869>.
const ERRORS: &[CodeRow] = &[
    // Families, for codes that no page lists one by one.
    before("AuthFailure", Unauthenticated, "the credentials are refused"),
    anywhere("FailedOperation", VendorUnavailable, "the vendor could not do it"),
    anywhere("InternalError", VendorUnavailable, "the vendor failed"),
    anywhere("InvalidParameter", InvalidArgument, "a parameter is wrong"),
    anywhere("InvalidParameterValue", InvalidArgument, "the value of a parameter is wrong"),
    before("LimitExceeded", QuotaExhausted, "a quota of the account is used up"),
    before("RequestLimitExceeded", RateLimited, "too many requests in a second"),
    anywhere("ResourceUnavailable", VendorUnavailable, "what the action needs is not available"),
    before("UnauthorizedOperation", PermissionDenied, "the account may not call this action"),
    // The bank-card actions.
    anywhere(
        "FailedOperation.DecryptSystemError",
        InvalidArgument,
        "the vendor could not decrypt the fields: check the key in \"encryption\"",
    ),
    before(
        "FailedOperation.StsUnAuthErrError",
        PermissionDenied,
        "the temporary key is not authorised for this action",
    ),
    anywhere(
        "FailedOperation.UnKnown",
        VendorUnavailable,
        "the vendor failed and does not say how",
    ),
    anywhere(
        "InvalidParameter.UnsupportEncryptField",
        InvalidArgument,
        "a field is encrypted that this action takes in clear only",
    ),
    before("UnauthorizedOperation.Arrears", QuotaExhausted, "the account is in arrears"),
    before(
        "UnauthorizedOperation.ChargeStatusException",
        QuotaExhausted,
        "the account's billing is not in order",
    ),
    before(
        "UnauthorizedOperation.NonAuthorize",
        PermissionDenied,
        "the account's owner has not proved an identity to the vendor",
    ),
    before(
        "UnauthorizedOperation.Nonactivated",
        PermissionDenied,
        "the service is not activated for the account",
    ),
    // Every action.
    before(
        "AuthFailure.InvalidAuthorization",
        Unauthenticated,
        "the authorization header is not as the vendor wants it",
    ),
    before("AuthFailure.InvalidSecretId", Unauthenticated, "the secret id is not one for this API"),
    before("AuthFailure.MFAFailure", Unauthenticated, "a second factor is missing or wrong"),
    before("AuthFailure.SecretIdNotFound", Unauthenticated, "there is no such secret id"),
    before(
        "AuthFailure.SignatureExpire",
        Unauthenticated,
        "the signature's time is more than five minutes off",
    )
    .advise(Advice::CorrectClock),
    before("AuthFailure.SignatureFailure", Unauthenticated, "the signature is wrong"),
    before("AuthFailure.TokenFailure", Unauthenticated, "the temporary key's token is wrong"),
    before(
        "AuthFailure.UnauthorizedOperation",
        PermissionDenied,
        "the account's access policy does not allow this action",
    ),
    before(
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        RateLimited,
        "too many requests in a second from the account, over all regions",
    ),
    before(
        "RequestLimitExceeded.UinLimitExceeded",
        RateLimited,
        "too many requests in a second from the account",
    ),
    anywhere("DryRunOperation", InvalidArgument, "it was a dry run"),
    anywhere("InvalidAction", InvalidArgument, "the host does not know the action"),
    anywhere("MissingParameter", InvalidArgument, "a parameter is missing"),
    anywhere("NoSuchVersion", InvalidArgument, "the host does not know the API's version"),
    anywhere("ResourceInUse", VendorUnavailable, "what the action needs is in use"),
    anywhere("ResourceInsufficient", VendorUnavailable, "the vendor has too few resources"),
    anywhere("ResourceNotFound", InvalidArgument, "what the request names does not exist"),
    anywhere("UnknownParameter", InvalidArgument, "a parameter is not known"),
    anywhere("UnsupportedOperation", InvalidArgument, "the action is not supported"),
    anywhere("UnsupportedProtocol", InvalidArgument, "only GET and POST over HTTPS are supported"),
    anywhere("UnsupportedRegion", InvalidArgument, "the action is not offered in \"region\""),
];

/// Every code above with the answers it may come in.
#[cfg(test)]
pub(super) fn documented_codes() -> Vec<(&'static str, &'static str)> {
    let columns =
        [("verify2", Elements::Two), ("verify3", Elements::Three), ("verify4", Elements::Four)];
    let results = columns.into_iter().flat_map(|(operation, elements)| {
        RESULTS.iter().filter_map(move |row| Some((operation, row.code(elements)?)))
    });
    let lookups = LOOKUP_RESULTS.iter().map(|row| ("lookup_card", row.code));
    let errors = ERRORS.iter().map(|row| ("", row.code));
    results.chain(lookups).chain(errors).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_code_stands_twice() {
        let codes = documented_codes();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        // 19, 21 and 22 results by elements, 7 of a lookup.
        assert_eq!(codes.len(), 19 + 21 + 22 + 7 + ERRORS.len());
    }

    #[test]
    fn only_zero_is_a_match() {
        for row in RESULTS {
            let zero = row.codes == [Some("0"); 3];
            assert_eq!(row.outcome == Outcome::Match, zero);
            assert_eq!(row.reason.is_none(), zero);
        }
    }
}

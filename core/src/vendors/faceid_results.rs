//! The answers of `tencent_faceid`: their shape, and the codes of each action and of errors as data.
//!
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1061/78854> (three elements),
//! <https://www.tencentcloud.com/document/api/1061/78856> (two),
//! <https://www.tencentcloud.com/document/api/1061/78855> (four),
//! <https://www.tencentcloud.com/document/api/1061/78863> (card number alone; what it leaves out is
//! from the vendor's Python SDK, tencentcloud-sdk-python-faceid 3.1.179).

use std::time::Duration;

use serde::Deserialize;

use crate::card::{CardKind, CardLookup, LookupReason, Outcome, Reason, Verification};
use crate::decision;
use crate::error::Kind;
use crate::facts::{Billed, CallFacts};
use crate::scrub::{identifier, shown};
use crate::secret::{Personal, PersonalBytes};
use crate::vendors::{Answer, CodeRow, Refusal, Reply, RequestIds, Vendor, http_status};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

/// When to come back after `RequestLimitExceeded`: the limit counts the requests of one second.
const RATE_WINDOW: Duration = Duration::from_secs(1);

/// One meaning, with its code in the answers to two, three and four elements: the same number means
/// something else in each.
struct ResultRow {
    codes: [Option<&'static str>; 3],
    outcome: Outcome,
    reason: Option<Reason>,
    billed: Billed,
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
struct LookupRow {
    code: &'static str,
    reason: Option<LookupReason>,
    billed: Billed,
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

/// The row of an error code: of the code itself, else of its family.
pub(super) fn error_row(code: &str) -> Option<&'static CodeRow> {
    CodeRow::find(ERRORS, code)
        .or_else(|| CodeRow::find(ERRORS, decision::family(Vendor::TencentFaceid, code)?))
}

/// Refused before anything is executed. That it costs nothing is inferred, since no page says so of
/// these actions: they charge for results, and the vendor bills none of these errors of its eKYC,
/// <https://www.tencentcloud.com/document/product/1061/55390>.
const fn before(code: &'static str, kind: Kind, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, kind, Billed::No)
}

/// No document says how far the request came, or that it costs nothing: that page on eKYC bills no
/// `InvalidParameter` and no `InternalError`, of other actions on another host.
const fn anywhere(code: &'static str, kind: Kind, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, kind, Billed::Unknown)
}

use Kind::{
    InvalidArgument, PermissionDenied, QuotaExhausted, RateLimited, Unauthenticated,
    VendorUnavailable,
};

/// Error codes of the actions (the pages above) and those common to all actions of the vendor:
/// <https://www.tencentcloud.com/document/api/1031/32869>, and what its later edition adds,
/// <https://cloud.tencent.com/document/product/1778/111040>, which has a phrase for each code and no
/// word on what is done about it. A request that is held back for its rate
/// reaches no action: <https://cloud.tencent.com/document/product/1278/109059>.
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
    ),
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
        "RequestLimitExceeded.IPLimitExceeded",
        RateLimited,
        "too many requests in a second from this machine's address",
    ),
    before(
        "RequestLimitExceeded.UinLimitExceeded",
        RateLimited,
        "too many requests in a second from the account",
    ),
    anywhere("DryRunOperation", InvalidArgument, "it was a dry run"),
    before("ActionOffline", VendorUnavailable, "the vendor does not offer the action any more"),
    before("InvalidAction", InvalidArgument, "the host does not know the action"),
    before("InvalidRequest", InvalidArgument, "the body is not written as its type says"),
    before(
        "IpInBlacklist",
        PermissionDenied,
        "this machine's address is in the account's blacklist",
    ),
    before(
        "IpNotInWhitelist",
        PermissionDenied,
        "this machine's address is not in the account's whitelist",
    ),
    anywhere("MissingParameter", InvalidArgument, "a parameter is missing"),
    before("NoSuchProduct", InvalidArgument, "the host does not know the product"),
    before("NoSuchVersion", InvalidArgument, "the host does not know the API's version"),
    before(
        "RequestSizeLimitExceeded",
        InvalidArgument,
        "the request is larger than the vendor takes",
    ),
    anywhere("ResourceInUse", VendorUnavailable, "what the action needs is in use"),
    anywhere("ResourceInsufficient", VendorUnavailable, "the vendor has too few resources"),
    anywhere("ResourceNotFound", InvalidArgument, "what the request names does not exist"),
    anywhere(
        "ResponseSizeLimitExceeded",
        VendorUnavailable,
        "the answer is larger than the vendor passes on",
    ),
    before("ServiceUnavailable", VendorUnavailable, "the service is not available at the moment"),
    anywhere("UnknownParameter", InvalidArgument, "a parameter is not known"),
    anywhere("UnsupportedOperation", InvalidArgument, "the action is not supported"),
    before("UnsupportedProtocol", InvalidArgument, "only GET and POST over HTTPS are supported"),
    anywhere("UnsupportedRegion", InvalidArgument, "the action is not offered in \"region\""),
];

/// What was asked, which says how to read a result.
pub(super) enum Asked {
    /// Whether a card and so many elements belong together.
    Match(Elements),
    /// Who issued the card.
    Issuer,
}

/// Reads a whole response.
pub(super) fn parse(asked: Asked, response: &Response) -> Reply {
    let text = json::text(&response.body);
    let envelope: Envelope = json::read(&text).map(|Object(wire)| wire).unwrap_or_default();
    let answer = envelope.response.map(|Object(wire)| wire).unwrap_or_default();
    let header = || response.header("x-tc-requestid").and_then(|id| identifier(&id));
    let request_id = said(&answer.request_id).and_then(|id| identifier(&id)).or_else(header);
    let error = answer.error.map(|Object(wire)| wire).or_else(|| {
        // The shape of the vendor's older API, which its gateway may still speak.
        let number = envelope.code.filter(|code| code.as_str() != "0")?;
        let code = envelope.code_desc.filter(|name| !name.as_str().is_empty());
        Some(ErrorMember { code: code.or(Some(number)), message: envelope.message })
    });
    let code = said(&answer.result);
    let (billed, result) = match (error, code) {
        (Some(error), _) => {
            let (billed, refusal) = refused(error, response);
            (billed, Err(refusal))
        }
        (None, Some(code)) => {
            let description = said(&answer.description).unwrap_or_default();
            let (billed, answer) = match asked {
                Asked::Match(elements) => verification(elements, &code, description),
                Asked::Issuer => {
                    let issuer = said(&answer.account_bank);
                    let account_type = said(&answer.account_type);
                    card_lookup(&code, issuer, account_type.as_deref(), description)
                }
            };
            (billed, Ok(answer))
        }
        _ => {
            let refusal = http_status::without_vendor_body(response);
            (http_status::billed_by_kind(refusal.kind), Err(refusal))
        }
    };
    Reply { ids: RequestIds { request_id, ..RequestIds::default() }, billed, result }
}

/// What a result of a verification means. One that no row explains is kept and is never a match.
fn verification(elements: Elements, code: &str, description: String) -> (Billed, Answer) {
    let row = RESULTS.iter().find(|row| row.code(elements) == Some(code));
    let (outcome, reason, billed) = match row {
        Some(row) => (row.outcome, row.reason, row.billed),
        None => (Outcome::Inconclusive, Some(Reason::Unknown), Billed::Unknown),
    };
    let verification = Verification {
        outcome,
        reason,
        vendor_code: shown(code),
        description: Personal::new(description),
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
    };
    (billed, Answer::Verification(verification))
}

/// What a result of a lookup means.
fn card_lookup(
    code: &str,
    issuer: Option<String>,
    account_type: Option<&str>,
    description: String,
) -> (Billed, Answer) {
    let (reason, billed) = match LOOKUP_RESULTS.iter().find(|row| row.code == code) {
        Some(row) => (row.reason, row.billed),
        None => (Some(LookupReason::Unknown), Billed::Unknown),
    };
    let card_kind = match account_type {
        Some("1") => CardKind::Debit,
        Some("2") => CardKind::Credit,
        Some("3") => CardKind::Prepaid,
        Some("4") => CardKind::QuasiCredit,
        _ => CardKind::Unknown,
    };
    let lookup = CardLookup {
        found: reason.is_none(),
        reason,
        issuer,
        card_kind,
        vendor_code: shown(code),
        description,
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
    };
    (billed, Answer::Lookup(lookup))
}

fn refused(error: ErrorMember, response: &Response) -> (Billed, Refusal) {
    let message = error.message.map(|message| message.0);
    let Some(code) = said(&error.code) else {
        let refusal = Refusal {
            vendor_message: message,
            ..Refusal::new(Kind::Protocol, "the vendor answered with an error without a code")
        };
        return (Billed::Unknown, refusal);
    };
    let Some(row) = error_row(&code) else {
        return (Billed::Unknown, Refusal::unknown_code(&code, message));
    };
    let wait = http_status::retry_after(response, row.kind)
        .or_else(|| (row.kind == Kind::RateLimited).then_some(RATE_WINDOW));
    // A row may stand for a whole family: the code stays as it came.
    let refusal = Refusal { code: Some(shown(&code)), retry_after: wait, ..row.refusal(message) };
    (row.billed, refusal)
}

/// A member that says something.
fn said(member: &Option<Code>) -> Option<String> {
    member.as_ref().map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty())
}

#[derive(Default, Deserialize)]
struct Envelope {
    #[serde(rename = "Response")]
    response: Option<Object<ResponseMember>>,
    code: Option<Code>,
    #[serde(rename = "codeDesc")]
    code_desc: Option<Code>,
    message: Option<Code>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseMember {
    error: Option<Object<ErrorMember>>,
    request_id: Option<Code>,
    result: Option<Code>,
    description: Option<Code>,
    account_bank: Option<Code>,
    account_type: Option<Code>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorMember {
    code: Option<Code>,
    message: Option<Code>,
}

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

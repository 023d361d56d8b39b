//! The codes of `tencent_faceid`: the results of each action, and the errors of its own. The same number
//! means something else in each action.
//!
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1061/78856> (two elements),
//! <https://www.tencentcloud.com/document/api/1061/78854> (three),
//! <https://www.tencentcloud.com/document/api/1061/78855> (four),
//! <https://www.tencentcloud.com/document/api/1061/78863> (card number alone; what it leaves out is
//! from the vendor's Python SDK, tencentcloud-sdk-python-faceid 3.1.179).

use crate::card::{LookupReason, Outcome, Reason};
use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_VALUES_TODAY, Decision, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED,
    RETRY_ONCE,
};
use crate::error::Kind::{InvalidArgument, PermissionDenied, QuotaExhausted, VendorUnavailable};
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering, free, unpriced};
use crate::vendors::tencent_cloud;

const fn matches(code: &'static str) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Match, None);
    CodeRow::new(code, "card, name and numbers belong together", says, Billed::Yes, FINAL)
}

/// Returns the row of "cardholder information is incorrect", or of a name or number that is not the
/// cardholder's.
const fn mismatch(code: &'static str) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Mismatch, Some(Reason::CardholderMismatch));
    CodeRow::new(code, "they do not belong together", says, Billed::Yes, FINAL)
}

/// Returns the row of a code that is charged and silent about whose card it is.
const fn unclear(code: &'static str, reason: Reason) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Inconclusive, Some(reason));
    CodeRow::new(code, "charged, and silent about whose card it is", says, Billed::Yes, FINAL)
}

const fn unmade(code: &'static str, reason: Reason, decision: Decision) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Inconclusive, Some(reason));
    CodeRow::new(code, "the check was not made", says, Billed::No, decision)
}

const fn bad_value(code: &'static str, reason: Reason) -> CodeRow {
    unmade(code, reason, FINAL)
}

const fn busy(code: &'static str) -> CodeRow {
    unmade(code, Reason::VendorBusy, RETRY_ONCE)
}

const fn too_often(code: &'static str) -> CodeRow {
    unmade(code, Reason::AttemptsExceeded, BLOCK_VALUES_TODAY)
}

const TWO_ELEMENTS: CodeList = CodeList {
    numberings: &[Numbering::Verify2],
    rows: &[
        matches("0"),
        mismatch("-1"),
        bad_value("-2", Reason::NameInvalid),
        bad_value("-3", Reason::CardNumberMalformed),
        mismatch("-4"),
        unclear("-5", Reason::CardlessPaymentDisabled),
        unclear("-6", Reason::CardConfiscated),
        unclear("-7", Reason::CardNumberInvalid),
        unclear("-8", Reason::NoIssuer),
        unclear("-9", Reason::CardInactive),
        unclear("-10", Reason::CardSuspectedFraud),
        unclear("-11", Reason::CardLost),
        unclear("-12", Reason::CardExpired),
        unclear("-13", Reason::CardRestricted),
        unclear("-14", Reason::PinTriesExceeded),
        unclear("-15", Reason::IssuerUnsupported),
        busy("-16"),
        too_often("-17"),
        unclear("-18", Reason::CardAbnormal),
    ],
};

const THREE_ELEMENTS: CodeList = CodeList {
    numberings: &[Numbering::Verify3],
    rows: &[
        matches("0"),
        mismatch("-1"),
        bad_value("-2", Reason::NameInvalid),
        bad_value("-3", Reason::IdNumberInvalid),
        bad_value("-4", Reason::CardNumberMalformed),
        mismatch("-5"),
        unclear("-6", Reason::CardlessPaymentDisabled),
        unclear("-7", Reason::CardConfiscated),
        unclear("-8", Reason::CardNumberInvalid),
        unclear("-9", Reason::NoIssuer),
        unclear("-10", Reason::CardInactive),
        unclear("-11", Reason::CardSuspectedFraud),
        unclear("-12", Reason::CardLost),
        unclear("-13", Reason::CardExpired),
        unclear("-14", Reason::CardRestricted),
        unclear("-15", Reason::PinTriesExceeded),
        unclear("-16", Reason::IssuerUnsupported),
        busy("-17"),
        too_often("-18"),
        bad_value("-19", Reason::IdTypeUnsupported),
        unclear("-20", Reason::CardAbnormal),
    ],
};

const FOUR_ELEMENTS: CodeList = CodeList {
    numberings: &[Numbering::Verify4],
    rows: &[
        matches("0"),
        mismatch("-1"),
        bad_value("-2", Reason::NameInvalid),
        bad_value("-3", Reason::IdNumberInvalid),
        bad_value("-4", Reason::CardNumberMalformed),
        bad_value("-5", Reason::PhoneInvalid),
        mismatch("-6"),
        unclear("-7", Reason::CardlessPaymentDisabled),
        unclear("-8", Reason::CardConfiscated),
        unclear("-9", Reason::CardNumberInvalid),
        unclear("-10", Reason::NoIssuer),
        unclear("-11", Reason::CardInactive),
        unclear("-12", Reason::CardSuspectedFraud),
        unclear("-13", Reason::CardLost),
        unclear("-14", Reason::CardExpired),
        unclear("-15", Reason::CardRestricted),
        unclear("-16", Reason::PinTriesExceeded),
        unclear("-17", Reason::IssuerUnsupported),
        busy("-18"),
        too_often("-19"),
        bad_value("-20", Reason::IdTypeUnsupported),
        unclear("-21", Reason::CardAbnormal),
    ],
};

const fn lookup(
    code: &'static str,
    meaning: &'static str,
    reason: Option<LookupReason>,
    billed: Billed,
    decision: Decision,
) -> CodeRow {
    CodeRow::new(code, meaning, CodeResult::Lookup(reason), billed, decision)
}

const CARD_INFORMATION: CodeList = CodeList {
    numberings: &[Numbering::LookupCard],
    rows: &[
        lookup("0", "the card is known", None, Billed::Yes, FINAL),
        lookup(
            "-1",
            "there is no record of the card",
            Some(LookupReason::NoRecord),
            Billed::Yes,
            FINAL,
        ),
        lookup(
            "-2",
            "the verification centre is busy",
            Some(LookupReason::VendorBusy),
            Billed::No,
            RETRY_ONCE,
        ),
        lookup("-3", "there is no such card", Some(LookupReason::NoSuchCard), Billed::No, FINAL),
        lookup(
            "-4",
            "the card was asked for too often today",
            Some(LookupReason::AttemptsExceeded),
            Billed::No,
            BLOCK_VALUES_TODAY,
        ),
        lookup("-5", "the card is not valid", Some(LookupReason::CardInvalid), Billed::Yes, FINAL),
        lookup(
            "-6",
            "the card is of a type that is not supported",
            Some(LookupReason::CardTypeUnsupported),
            Billed::No,
            FINAL,
        ),
    ],
};

/// Errors of the bank-card actions.
const ERRORS: CodeList = CodeList {
    numberings: &[],
    rows: &[
        unpriced(
            "FailedOperation.DecryptSystemError",
            "the vendor could not decrypt the fields: check the key in \"encryption\"",
            InvalidArgument,
            FINAL,
        ),
        free(
            "FailedOperation.StsUnAuthErrError",
            "the temporary key is not authorised for this action",
            PermissionDenied,
            IF_CREDENTIALS,
        ),
        unpriced(
            "FailedOperation.UnKnown",
            "the vendor failed and does not say how",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        unpriced(
            "InvalidParameter.UnsupportEncryptField",
            "a field is encrypted that this action takes in clear only",
            InvalidArgument,
            FINAL,
        ),
        free(
            "UnauthorizedOperation.Arrears",
            "the account is in arrears",
            QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        free(
            "UnauthorizedOperation.ChargeStatusException",
            "the account's billing is not in order",
            QuotaExhausted,
            BLOCK_ACCOUNT,
        ),
        free(
            "UnauthorizedOperation.NonAuthorize",
            "the account's owner has not proved an identity to the vendor",
            PermissionDenied,
            BLOCK_ACCOUNT,
        ),
        free(
            "UnauthorizedOperation.Nonactivated",
            "the service is not activated for the account",
            PermissionDenied,
            BLOCK_ACCOUNT,
        ),
    ],
};

pub(crate) const CODES: &[CodeList] =
    &[TWO_ELEMENTS, THREE_ELEMENTS, FOUR_ELEMENTS, CARD_INFORMATION, ERRORS, tencent_cloud::CODES];

//! The codes of `aliyun_bankmeta`.
//!
//! Documents, read 2026-11:
//! <https://help.aliyun.com/en/id-verification/information-verification/developer-reference/bank-card-verification>
//! (`Code`), and the vendor's SDK for Python, alibabacloud-cloudauth20190307 3.14.0 (`BizCode` and `SubCode`:
//! the same table as that page's). `BizCode` 1 and 2 are billed and 3 is not; of refusals nothing is said.
//! Those that come before the check are taken not to be billed (inferred).

use crate::card::{Outcome, Reason};
use crate::decision::{BLOCK_ACCOUNT, BLOCK_VALUES, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED};
use crate::error::Kind::{
    InvalidArgument, PermissionDenied, QuotaExhausted, RateLimited, VendorUnavailable,
};
use crate::facts::Billed;
use crate::vendors::aliyun_openapi;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering, free, unpriced};

const EVERY_CHECK: &[Numbering] = &[Numbering::Verify2, Numbering::Verify3, Numbering::Verify4];

/// `Code`, where it is a number.
const PRODUCT: CodeList = CodeList {
    numberings: EVERY_CHECK,
    rows: &[
        free("400", "a parameter is missing", InvalidArgument, FINAL),
        free("401", "a parameter is wrong", InvalidArgument, FINAL),
        unpriced(
            "402",
            "the authority that the vendor asks failed",
            VendorUnavailable,
            IF_VENDOR_FAILED,
        ),
        free("403", "the same was asked for too often", RateLimited, BLOCK_VALUES),
        free(
            "410",
            "the service is not activated for the account",
            PermissionDenied,
            BLOCK_ACCOUNT,
        ),
        free("411", "the RAM user may not call the service", PermissionDenied, IF_CREDENTIALS),
        free("412", "the account is in arrears", QuotaExhausted, BLOCK_ACCOUNT),
        unpriced("500", "the vendor failed", VendorUnavailable, IF_VENDOR_FAILED),
    ],
};

/// Of `BizCode` 2, "inconsistent", with what is wrong with the card: silent about whose it is.
const fn unclear(code: &'static str, meaning: &'static str, reason: Reason) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Inconclusive, Some(reason));
    CodeRow::new(code, meaning, says, Billed::Yes, FINAL)
}

/// Of `BizCode` 3, "no record": the check was not made.
const fn unmade(code: &'static str, meaning: &'static str, reason: Reason) -> CodeRow {
    let says = CodeResult::Verification(Outcome::Inconclusive, Some(reason));
    CodeRow::new(code, meaning, says, Billed::No, FINAL)
}

/// `SubCode`, whose first digit is `BizCode`.
pub(super) const RESULTS: CodeList = CodeList {
    numberings: EVERY_CHECK,
    rows: &[
        CodeRow::new(
            "101",
            "card, name and numbers belong together",
            CodeResult::Verification(Outcome::Match, None),
            Billed::Yes,
            FINAL,
        ),
        CodeRow::new(
            "201",
            "the cardholder information is incorrect",
            CodeResult::Verification(Outcome::Mismatch, Some(Reason::CardholderMismatch)),
            Billed::Yes,
            FINAL,
        ),
        unclear(
            "202",
            "the card is not enabled for authenticated payment",
            Reason::CardlessPaymentDisabled,
        ),
        unclear("203", "the card has expired", Reason::CardExpired),
        unclear("204", "the card is restricted", Reason::CardRestricted),
        unclear("205", "the card has been confiscated", Reason::CardConfiscated),
        unclear("206", "the card is invalid", Reason::CardNumberInvalid),
        unclear("207", "no bank issues the card", Reason::NoIssuer),
        unclear("208", "the card was never activated or is asleep", Reason::CardInactive),
        unclear("209", "the card is a fraudulent or retained one", Reason::CardSuspectedFraud),
        unclear("210", "the card has been reported lost", Reason::CardLost),
        unclear("211", "the PIN was entered wrong too often", Reason::PinTriesExceeded),
        unclear("212", "the issuer does not support the check", Reason::IssuerUnsupported),
        unclear("213", "the card's state is abnormal, or it is invalid", Reason::CardAbnormal),
        unclear("214", "no phone number is registered with the card", Reason::PhoneInvalid),
        unclear("215", "PIN, date or security code are incorrect", Reason::CardAbnormal),
        unclear("216", "something else is wrong with the card", Reason::CardAbnormal),
        unmade("301", "the card does not support the service", Reason::IssuerUnsupported),
        unmade("302", "the check failed, or the bank refused it", Reason::Unknown),
        unmade("303", "the card does not support a phone number", Reason::IssuerUnsupported),
        unmade("304", "the card number is incorrect", Reason::CardNumberInvalid),
        unmade("305", "the check could not be made", Reason::Unknown),
        CodeRow::new(
            "306",
            "the card was checked too often",
            CodeResult::Verification(Outcome::Inconclusive, Some(Reason::AttemptsExceeded)),
            Billed::No,
            BLOCK_VALUES,
        ),
    ],
};

pub(crate) const CODES: &[CodeList] = &[PRODUCT, RESULTS, aliyun_openapi::CODES];

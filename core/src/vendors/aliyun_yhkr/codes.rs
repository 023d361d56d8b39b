//! The codes of `aliyun_yhkr`: <https://market.aliyun.com/products/57000002/cmapi00035241.html>.
//! Refused credentials, permission and balance come before the check (inferred).

use crate::card::{Outcome, Reason};
use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_CLOSED, BLOCK_VALUES, FINAL, IF_CREDENTIALS, IF_VENDOR_FAILED,
};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::aliyun_gateway;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering};

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::InvalidArgument, Billed::Unknown, FINAL)
}

const fn failed(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, IF_VENDOR_FAILED)
}

const fn closed(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, BLOCK_CLOSED)
}

/// The product's own.
pub(super) const PRODUCT: CodeList = CodeList {
    numberings: &[Numbering::Verify3],
    rows: &[
        CodeRow::new("10000", "the check was made", CodeResult::Success, Billed::Yes, FINAL),
        CodeRow::new(
            "10016",
            "there is no record of the cardholder",
            CodeResult::Verification(Outcome::Inconclusive, Some(Reason::NoRecord)),
            Billed::Unknown,
            FINAL,
        ),
        request("10001", "the vendor refuses the parameters"),
        failed("10002", "the vendor's access failed"),
        failed("10003", "the vendor's request took too long"),
        failed("10004", "the vendor's system failed"),
        CodeRow::error(
            "10005",
            "the vendor refuses the user",
            Kind::Unauthenticated,
            Billed::No,
            IF_CREDENTIALS,
        ),
        request("10006", "the vendor refuses the query parameters"),
        failed("10007", "the vendor's call of its source failed"),
        CodeRow::error(
            "10008",
            "the vendor says that topping up failed",
            Kind::QuotaExhausted,
            Billed::No,
            BLOCK_ACCOUNT,
        ),
        request("10009", "the vendor asks to check the parameters"),
        CodeRow::error(
            "10010",
            "the vendor restricts access",
            Kind::PermissionDenied,
            Billed::No,
            BLOCK_ACCOUNT,
        ),
        failed("10011", "the vendor's access to its source failed"),
        failed("10012", "the vendor's request failed"),
        failed("10013", "the vendor's connection took too long"),
        closed("10014", "the vendor has taken the interface out of service"),
        closed("10015", "the vendor says that the interface cannot be called"),
        failed("10017", "the vendor's query failed"),
        request("10018", "the vendor finds a parameter wrong"),
        failed("10019", "the vendor's system failed"),
        CodeRow::error(
            "10020",
            "the same parameters were asked for too often",
            Kind::RateLimited,
            Billed::Unknown,
            BLOCK_VALUES,
        ),
    ],
};

const fn state(
    state: &'static str,
    meaning: &'static str,
    outcome: Outcome,
    reason: Option<Reason>,
    billed: Billed,
) -> CodeRow {
    CodeRow::new(state, meaning, CodeResult::Verification(outcome, reason), billed, FINAL)
}

/// The states of a check that was made, in the document's words. It sells checks by the piece, so that
/// a match and a mismatch are taken for billed (inferred).
pub(super) const STATES: CodeList = CodeList {
    numberings: &[Numbering::Verify3],
    rows: &[
        state("1", "验证一致", Outcome::Match, None, Billed::Yes),
        state("2", "验证不一致", Outcome::Mismatch, Some(Reason::CardholderMismatch), Billed::Yes),
        state("3", "异常情况", Outcome::Inconclusive, Some(Reason::Unknown), Billed::Unknown),
    ],
};

pub(crate) const CODES: &[CodeList] =
    &[PRODUCT, STATES, aliyun_gateway::CODES, aliyun_gateway::MESSAGES];

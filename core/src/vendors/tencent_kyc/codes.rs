//! The codes of `tencent_kyc`: <https://cloud.tencent.com/document/product/1007/47903>; those of the
//! ID-card sibling, `/1007/47902`; and those of the gateway.

use crate::decision::{
    Decision, FINAL, IF_CREDENTIALS, IF_UNRECOGNIZED, IF_VENDOR_FAILED, NEW_TOKEN,
    RECORD_OR_ELSEWHERE, SLOW_DOWN_10_S,
};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering, free};

/// The code of every success.
pub(super) const SUCCESS: &str = "0";

const fn photo(code: &'static str, meaning: &'static str, decision: Decision) -> CodeRow {
    CodeRow::error(code, meaning, Kind::ImageRejected, Billed::Unknown, decision)
}

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::InvalidArgument, Billed::Unknown, FINAL)
}

const fn refused(code: &'static str, meaning: &'static str, decision: Decision) -> CodeRow {
    CodeRow::error(code, meaning, Kind::Unauthenticated, Billed::No, decision)
}

const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::PermissionDenied, Billed::No, IF_CREDENTIALS)
}

const fn rate(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::RateLimited, Billed::No, SLOW_DOWN_10_S)
}

const fn failed(code: &'static str, meaning: &'static str, decision: Decision) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, decision)
}

const RECOGNITION: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[CodeRow::new(SUCCESS, "the card was read", CodeResult::Success, Billed::Yes, FINAL)],
};

/// Codes about the card and its photo. Those up to `-9014` are the whole list of the bank-card page,
/// which says that none is charged; the rest are the sibling's, whose charging is not known.
const CARD: CodeList = CodeList {
    numberings: &[],
    rows: &[
        free("66660000", "a parameter is too long", Kind::InvalidArgument, FINAL),
        free("-1304", "a parameter is too long", Kind::InvalidArgument, FINAL),
        free("-9011", "the card could not be read", Kind::CardNotFound, IF_UNRECOGNIZED),
        free("-9012", "the photo is blurred", Kind::ImageRejected, IF_UNRECOGNIZED),
        free("-9013", "the photo shows no bank card", Kind::CardNotFound, IF_UNRECOGNIZED),
        free("-9014", "what the card shows is not valid", Kind::ImageRejected, IF_UNRECOGNIZED),
        photo("66660015", "the photo is abnormal", IF_UNRECOGNIZED),
        photo("66661001", "the photo is not clear", IF_UNRECOGNIZED),
        photo("66661005", "the photo cannot be decoded", FINAL),
        photo("66661010", "the photo's format is not taken", FINAL),
        photo("66661099", "the photo could not be processed", IF_UNRECOGNIZED),
        photo("-1102", "the photo cannot be decoded", FINAL),
        photo("-1300", "the photo is empty", FINAL),
        request("-1301", "a parameter is empty"),
        request("-9001", "the type is not known"),
        CodeRow::error(
            "-9002",
            "nothing could be read",
            Kind::CardNotFound,
            Billed::Unknown,
            IF_UNRECOGNIZED,
        ),
        photo("-9005", "the photo's type is not taken", FINAL),
        photo("-9006", "the photo could not be prepared", IF_UNRECOGNIZED),
    ],
};

/// Codes of the gateway in front of every endpoint, in its three numberings: those of the OCR SDK's
/// pages, and 15, 11xx, 15xx and 16xx as clients met them. Which of the dead-token codes a dead
/// ticket or a wrong signature brings is not documented. That a refusal by credentials, permission
/// or rate is not billed is inferred: nothing was executed.
/// 66660002, 66660004 and 400604 are left out: their sources disagree, or mean another product.
const GATEWAY: CodeList = CodeList {
    numberings: &[],
    rows: &[
        failed("999999", "internal error", IF_VENDOR_FAILED),
        failed("999998", "internal error", IF_VENDOR_FAILED),
        failed("999997", "the service timed out", RECORD_OR_ELSEWHERE),
        refused("400101", "token, ticket or signature refused", NEW_TOKEN),
        refused("400102", "token no longer valid", NEW_TOKEN),
        refused("400105", "identity not verified", NEW_TOKEN),
        refused("15", "token expired", NEW_TOKEN),
        refused("1104", "signature expired or wrong", NEW_TOKEN),
        refused("400106", "signature not verified", FINAL),
        refused("1101", "credentials refused", IF_CREDENTIALS),
        refused("1102", "credentials refused", IF_CREDENTIALS),
        refused("66660001", "app id unknown or request refused", FINAL),
        permission("400103", "the interface refuses access"),
        permission("400104", "no right to this request"),
        permission("1103", "this machine's address is not listed"),
        permission("1505", "no right to this request"),
        rate("400501", "too many requests"),
        rate("400504", "requests come too often"),
        rate("400506", "requests come too often"),
        // So long, as a public client's notes have it.
        rate("1506", "too many requests").retry_after(10),
        rate("1507", "too many requests").retry_after(10),
        request("400502", "the version is wrong"),
        request("400503", "the file's checksum is wrong"),
        request("400601", "the body is too large"),
        request("300101", "a value cannot be decoded"),
        request("1106", "the request is not valid"),
        request("1107", "a parameter is not valid"),
        request("1502", "the version is wrong"),
        request("1503", "the file's checksum is wrong"),
        request("1601", "the body is too large"),
        request("1602", "a parameter of the body is wrong"),
    ],
};

/// The same before there is a token that could be dead: the app id or its secret is refused.
const TOKEN: CodeList = CodeList {
    numberings: &[Numbering::Token],
    rows: &[
        refused("400101", "credentials refused", IF_CREDENTIALS),
        refused("400102", "credentials no longer valid", IF_CREDENTIALS),
        refused("400105", "identity not verified", IF_CREDENTIALS),
        refused("15", "credentials expired", IF_CREDENTIALS),
        refused("1104", "credentials expired or wrong", IF_CREDENTIALS),
    ],
};

/// Codes about an order that is asked for. 66660020 is the ID-card sibling's; which of them a
/// bank-card order brings is not documented.
const ORDER: CodeList = CodeList {
    numberings: &[Numbering::FetchOrder],
    rows: &[
        // A query is not billed.
        CodeRow::new(SUCCESS, "the order is kept", CodeResult::Success, Billed::No, FINAL),
        request("66660020", "order_id: no such order is kept"),
        request("66660011", "order_id: no such order is kept"),
        request("1607", "order_id: no such order is kept"),
    ],
};

pub(crate) const CODES: &[CodeList] = &[RECOGNITION, ORDER, TOKEN, CARD, GATEWAY];

//! The codes of `wechat`: its recognition page, and
//! <https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html>. Codes that only the
//! vendor's clients know are marked.

use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_ACCOUNT_TODAY, FINAL, IF_CREDENTIALS, IF_UNRECOGNIZED, IF_VENDOR_FAILED,
    NEW_TOKEN, SLOW_DOWN_60_S,
};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{CodeList, CodeResult, CodeRow, Numbering};

const fn dead_token(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::Unauthenticated, Billed::No, NEW_TOKEN)
}

const fn credentials(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::Unauthenticated, Billed::No, IF_CREDENTIALS)
}

const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::PermissionDenied, Billed::No, IF_CREDENTIALS)
}

const fn quota(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::QuotaExhausted, Billed::No, BLOCK_ACCOUNT)
}

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::InvalidArgument, Billed::Unknown, FINAL)
}

const fn image(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::ImageRejected, Billed::Unknown, FINAL)
}

const fn busy(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::error(code, meaning, Kind::VendorUnavailable, Billed::Unknown, IF_VENDOR_FAILED)
}

/// Codes that mean the same from a recognition and from a token endpoint. In this and the other
/// tables, that a refusal by credentials, permission, quota or rate is not billed is inferred:
/// nothing was executed. 43101 is about messages and left out.
const COMMON: CodeList = CodeList {
    numberings: &[],
    rows: &[
        busy("-1", "system error"),
        busy("-1000", "system error"), // clients
        credentials("40013", "the app id is not valid"),
        credentials("42007", "the account must be authorised anew"), // clients
        credentials("40125", "the app secret is not valid"),
        permission("40164", "this machine's address is not in the account's whitelist"),
        permission("45035", "this machine's address is not in the account's whitelist"),
        permission("61004", "this machine's address is not registered"),
        permission("89501", "this machine's address waits for the administrator's consent"),
        permission("89502", "this machine's address waits for the administrator's consent"),
        permission("89503", "this machine's address waits for the administrator's consent"),
        permission("89504", "this machine's address waits for the administrator's consent"),
        permission("89505", "this machine's address waits for the administrator's consent"),
        permission("89506", "the administrator refused this machine's address twice")
            .retry_after(24 * 60 * 60), // clients
        permission("89507", "the administrator refused this machine's address")
            .retry_after(60 * 60), // clients
        permission("48001", "the account may not call this interface"),
        permission("48004", "the interface is closed to the account for irregularities"),
        permission("50001", "the user did not authorise the interface"),
        permission("50002", "the user is limited"),
        permission("50004", "the account may not use access tokens"), // clients
        permission("61003", "the account has not authorised the platform"), // clients
        permission("61007", "the account has not authorised this interface"), // clients
        permission("61024", "the platform's own token is wanted"),    // clients
        CodeRow::error(
            "45009",
            "the daily quota is used up",
            Kind::QuotaExhausted,
            Billed::No,
            BLOCK_ACCOUNT_TODAY,
        ),
        // "Slower, retry next minute".
        CodeRow::error(
            "45011",
            "too many calls this minute",
            Kind::RateLimited,
            Billed::No,
            SLOW_DOWN_60_S,
        )
        .retry_after(60),
        request("40002", "the grant type is not valid"),
        request("41002", "the app id is missing"), // clients
        request("41004", "the app secret is missing"), // clients
        request("43001", "the interface wants GET"),
        request("43002", "the interface wants POST"),
        request("43003", "the interface wants HTTPS"),
        request("44002", "the body is empty"),
        request("47001", "the data cannot be read"),
        CodeRow::error(
            "48017",
            "base_url: it leads to an address that WeChat has retired",
            Kind::InvalidConfig,
            Billed::Unknown,
            FINAL,
        ),
    ],
};

/// Codes of a recognition.
const RECOGNITION: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        CodeRow::new("0", "the card was read", CodeResult::Success, Billed::Yes, FINAL),
        dead_token("40001", "the access token is not valid or not the latest"),
        dead_token("40014", "the access token is not valid"), // clients
        dead_token("42001", "the access token has expired"),
        request("41001", "the access token is missing"),
        quota("101002", "the bought quota is used up"), // clients
        quota("101003", "the bought quota is used up"),
        image("101000", "the image or its address cannot be used"),
        // The page says "certificate not found"; that it means the card is inferred.
        CodeRow::error(
            "101001",
            "no card was found in the photo",
            Kind::CardNotFound,
            Billed::Unknown,
            IF_UNRECOGNIZED,
        ),
        image("40004", "the media type is not valid"), // clients
        image("40005", "the file type is not valid"),  // clients
        image("40006", "the file is too large"),       // clients
        image("40009", "the image is too large"),      // clients
        image("40137", "the image format is not taken"), // clients
        image("45001", "the file is too large"),       // clients
        request("40066", "the address is not valid"),
        request("41005", "the photo is missing or its form cannot be read"),
        request("44001", "the photo is empty"), // clients
    ],
};

/// Codes that mean something else from a token endpoint: there, 40001 is not a dead token.
const TOKEN: CodeList = CodeList {
    numberings: &[Numbering::Token],
    rows: &[credentials("40001", "the app secret is wrong")],
};

pub(crate) const CODES: &[CodeList] = &[RECOGNITION, TOKEN, COMMON];

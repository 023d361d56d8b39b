//! The codes of `baidu_ocr`: <https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr>, which could be read up to 111, and for
//! the rest <https://ai.baidu.com/ai-doc/OCR/dkibizxnx> up to 216201 and editions of the same table in public
//! repositories. What only sibling products list, or only older editions, is marked. Codes of what
//! this interface has no part in are left out: ID cards (216633), tables (282808, 282809) and batches
//! (282005, 282006).
//!
//! A failure is not billed: "only calls that succeed are counted, those that fail are not billed", say the
//! product's pages of prices that could be read, such as <https://ai.baidu.com/ai-doc/OCR/ik3h7xv2x>. That the one
//! of cards says so too is inferred.

use crate::decision::{
    BLOCK_ACCOUNT, BLOCK_ACCOUNT_TODAY, FINAL, IF_CREDENTIALS, IF_UNRECOGNIZED, NEW_TOKEN,
    RETRY_LATER, SLOW_DOWN,
};
use crate::error::Kind;
use crate::vendors::codes::{CodeList, CodeRow, Numbering, free};

const fn failed(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::VendorUnavailable, RETRY_LATER)
}

const fn dead_token(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::Unauthenticated, NEW_TOKEN)
}

const fn credentials(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::Unauthenticated, IF_CREDENTIALS)
}

const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::PermissionDenied, IF_CREDENTIALS)
}

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::InvalidArgument, FINAL)
}

const fn image(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::ImageRejected, FINAL)
}

const fn no_card(code: &'static str, meaning: &'static str) -> CodeRow {
    free(code, meaning, Kind::CardNotFound, IF_UNRECOGNIZED)
}

/// The gateway's, which stands before the token endpoint too.
const GATEWAY: CodeList = CodeList {
    numberings: &[],
    rows: &[
        failed("1", "the vendor failed and does not say how"),
        failed("2", "the service is not available for the moment"),
        free(
            "3",
            "base_url: it leads to an address that the vendor does not have",
            Kind::InvalidConfig,
            FINAL,
        ),
        // "集群超限额": of the vendor's machines, not of the account.
        free("4", "the vendor has too many requests", Kind::RateLimited, SLOW_DOWN),
        permission("5", "this machine's address is not in the account's whitelist"), // clients
        permission("6", "the application may not call this interface"),
        credentials("13", "the vendor got no token for the service"), // siblings
        credentials("14", "the signature of the account's keys is wrong"),
        // "重试调用可解决问题", <https://cloud.baidu.com/doc/WENXINWORKSHOP/s/tlmyncueh>.
        failed("15", "the application does not exist or is not made yet"), // siblings
        free(
            "17",
            "the account's quota of the day is used up",
            Kind::QuotaExhausted,
            BLOCK_ACCOUNT_TODAY,
        ),
        free(
            "18",
            "more requests a second than the account may send",
            Kind::RateLimited,
            SLOW_DOWN,
        ),
        free("19", "the account's whole quota is used up", Kind::QuotaExhausted, BLOCK_ACCOUNT),
    ],
};

const RECOGNITION: CodeList = CodeList {
    numberings: &[Numbering::Recognize],
    rows: &[
        // "无效的access_token参数": it asks for another token.
        dead_token("100", "the access token is missing or no token"),
        dead_token("110", "the access token is not valid, or no longer"),
        dead_token("111", "the access token has expired"),
        failed("216015", "the module is closed"), // older
        request("216100", "a parameter is not valid"),
        request("216101", "a parameter is missing"),
        request("216102", "the service is not supported"),
        request("216103", "a parameter is too long"),
        credentials("216110", "the application does not exist"),
        credentials("216111", "the user id is not valid"), // older
        image("216200", "the photo is empty"),
        image("216201", "the format of the photo is not taken"),
        image("216202", "the photo is too large, or has too many pixels or too few"),
        image("216203", "the base64 of the photo cannot be decoded"),
        failed("216300", "the vendor's database failed"), // older
        failed("216400", "the vendor's back end failed"), // older
        failed("216401", "the vendor failed"),            // older
        failed("216500", "the vendor failed and does not say how"), // older
        failed("216630", "the recognition failed"),
        no_card("216631", "the photo shows no front of a bank card, or not all of it"),
        failed("216632", "the recognition failed and the vendor does not say how"), // older
        failed("216634", "the vendor could not find out what the photo shows"),
        // Of the product's templates.
        no_card("272000", "the photo fits no template"),
        no_card("272001", "the photo fits no class"),
        no_card("272002", "the photo fits no template of its class"),
        no_card("272003", "the photo shows no receipt"),
        request("272004", "the class does not exist"),
        failed("282000", "the vendor failed"),
        failed("282001", "the vendor's back end failed"), // older
        request("282002", "the encoding of a parameter is wrong"), // older
        request("282003", "a parameter is missing"),
        request("282004", "the template does not belong to the application"),
        image("282100", "the photo cannot be decoded"),
        image("282101", "the photo is cut into too many parts"),
        no_card("282102", "the photo shows no card"),
        no_card("282103", "what the photo shows cannot be read"),
        image("282110", "the address of the photo is missing"),
        image("282111", "the address of the photo is not valid"),
        // "您可以重新尝试一下": it may come at the next try.
        free(
            "282112",
            "the vendor could not download the photo in time",
            Kind::ImageRejected,
            RETRY_LATER,
        ),
        image("282113", "the address of the photo answers with something else"),
        image("282114", "the address of the photo is empty or longer than 1024 bytes"),
        no_card("282810", "the photo cannot be read"),
        request("283300", "the form or the base64 of the photo is wrong"),
        failed("336000", "the vendor failed"), // siblings
        request("336001", "the form or the base64 of the photo is wrong"), // siblings
    ],
};

/// The token endpoint's: <https://cloud.baidu.com/doc/NLP/s/Okahxcw9u> for the first, RFC 6749, 5.2, for the
/// others.
const TOKEN: CodeList = CodeList {
    numberings: &[Numbering::Token],
    rows: &[
        credentials("invalid_client", "the API key or the secret key is wrong"),
        request("invalid_request", "the request for a token is wrong"),
        credentials("invalid_grant", "the keys are not valid for a token"),
        permission("unauthorized_client", "the application may not have tokens"),
        request("unsupported_grant_type", "the grant type is not supported"),
        permission("invalid_scope", "the application may not have the scope"),
    ],
};

pub(crate) const CODES: &[CodeList] = &[RECOGNITION, TOKEN, GATEWAY];

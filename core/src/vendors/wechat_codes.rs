//! `wechat`: its codes. The recognition page, and
//! <https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html>; those that only the
//! vendors' clients know are marked.
//!
//! One number can mean two things: 40001 from a recognition is a dead token, from a token endpoint a
//! wrong secret. That a refusal by credentials, permission, quota or rate is not billed is inferred:
//! nothing was executed. 43101 is about messages and left out.

use std::time::Duration;

use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::{Advice, CodeRow};

/// The row of a code in the answer to a recognition.
pub(super) fn recognition(code: i64) -> Option<&'static CodeRow> {
    find(RECOGNITION, code).or_else(|| find(COMMON, code))
}

/// The row of a code in the answer of a token endpoint.
pub(super) fn token(code: i64) -> Option<&'static CodeRow> {
    find(TOKEN, code).or_else(|| find(COMMON, code))
}

/// Whether a recognition that ended with this code is billed.
pub(super) fn billed(code: i64) -> Billed {
    recognition(code).map_or(Billed::Unknown, |row| row.billed)
}

/// How long to wait after a code, where its text says.
pub(super) fn wait(code: i64) -> Option<Duration> {
    let (_, seconds) = WAITS.iter().find(|(waiting, _)| *waiting == code)?;
    Some(Duration::from_secs(*seconds))
}

fn find(table: &'static [CodeRow], code: i64) -> Option<&'static CodeRow> {
    CodeRow::find(table, &code.to_string())
}

/// "Slower, retry next minute"; refused by the administrator twice (24 hours) or once (1 hour).
const WAITS: &[(i64, u64)] = &[(45011, 60), (89506, 24 * 60 * 60), (89507, 60 * 60)];

const fn dead_token(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::Unauthenticated, Billed::No).advise(Advice::NewToken)
}

const fn credentials(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::Unauthenticated, Billed::No)
}

const fn permission(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::PermissionDenied, Billed::No)
}

const fn quota(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::QuotaExhausted, Billed::No)
}

const fn request(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::InvalidArgument, Billed::Unknown)
}

const fn image(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::ImageRejected, Billed::Unknown)
}

const fn busy(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::VendorUnavailable, Billed::Unknown)
}

/// Codes that mean the same from a recognition and from a token endpoint.
const COMMON: &[CodeRow] = &[
    busy("-1", "system error"),
    busy("-1000", "system error"), // clients
    credentials("40013", "the app id is not valid"),
    credentials("40125", "the app secret is not valid"),
    permission("40164", "this machine's address is not in the account's whitelist"),
    permission("45035", "this machine's address is not in the account's whitelist"),
    permission("61004", "this machine's address is not registered"),
    permission("89501", "this machine's address waits for the administrator's consent"),
    permission("89502", "this machine's address waits for the administrator's consent"),
    permission("89503", "this machine's address waits for the administrator's consent"),
    permission("89504", "this machine's address waits for the administrator's consent"),
    permission("89505", "this machine's address waits for the administrator's consent"),
    permission("89506", "the administrator refused this machine's address twice"), // clients
    permission("89507", "the administrator refused this machine's address"),       // clients
    permission("48001", "the account may not call this interface"),
    permission("48004", "the interface is closed to the account for irregularities"),
    permission("50001", "the user did not authorise the interface"),
    permission("50002", "the user is limited"),
    permission("50004", "the account may not use access tokens"), // clients
    permission("61003", "the account has not authorised the platform"), // clients
    permission("61007", "the account has not authorised this interface"), // clients
    permission("61024", "the platform's own token is wanted"),    // clients
    quota("45009", "the daily quota is used up"),
    CodeRow::new("45011", "too many calls this minute", Kind::RateLimited, Billed::No),
    request("40002", "the grant type is not valid"),
    request("41002", "the app id is missing"),  // clients
    request("41004", "the app secret is missing"), // clients
    request("43001", "the interface wants GET"),
    request("43002", "the interface wants POST"),
    request("43003", "the interface wants HTTPS"),
    request("44002", "the body is empty"),
    request("47001", "the data cannot be read"),
    CodeRow::new(
        "48017",
        "base_url: it leads to an address that WeChat has retired",
        Kind::InvalidConfig,
        Billed::Unknown,
    ),
];

/// Codes of a recognition.
const RECOGNITION: &[CodeRow] = &[
    dead_token("40001", "the access token is not valid or not the latest"),
    dead_token("40014", "the access token is not valid"), // clients
    dead_token("42001", "the access token has expired"),
    credentials("42007", "the account must be authorised anew"), // clients
    request("41001", "the access token is missing"),
    quota("101002", "the bought quota is used up"), // clients
    quota("101003", "the bought quota is used up"),
    image("101000", "the image or its address cannot be used"),
    // The page says "certificate not found"; that it means the card is inferred.
    CodeRow::new("101001", "no card was found in the photo", Kind::CardNotFound, Billed::Unknown),
    image("40004", "the media type is not valid"),    // clients
    image("40005", "the file type is not valid"),     // clients
    image("40006", "the file is too large"),          // clients
    image("40009", "the image is too large"),         // clients
    image("40137", "the image format is not taken"),  // clients
    image("45001", "the file is too large"),          // clients
    request("40066", "the address is not valid"),
    request("41005", "the photo is missing or its form cannot be read"),
    request("44001", "the photo is empty"), // clients
];

/// Codes that mean something else from a token endpoint.
const TOKEN: &[CodeRow] = &[credentials("40001", "the app secret is wrong")];

#[cfg(test)]
pub(super) fn documented() -> Vec<(&'static str, &'static str)> {
    let rows = |operation, table: &'static [CodeRow]| {
        table.iter().map(move |row| (operation, row.code))
    };
    rows("recognize", RECOGNITION)
        .chain(rows("recognize", COMMON))
        .chain(rows("token", TOKEN))
        .chain(rows("token", COMMON))
        .collect()
}

//! `wechat`: what its answers mean. The recognition page, and
//! <https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html>; codes that only the
//! vendor's clients know are marked.
//!
//! Quirks: `errcode` comes as a number, a string or not at all; the card number is `number` in the
//! table of the page and `id` in its sample; errors come with HTTP 200 and a request id at the end
//! of their text; the content type says nothing.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::Value;

use crate::card::{CardNumber, Recognition};
use crate::error::Kind;
use crate::facts::Billed;
use crate::scrub::identifier;
use crate::secret::Secret;
use crate::vendors::http_status::{billed_by_kind, without_vendor_body};
use crate::vendors::{Answer, CodeRow, Refusal, Reply, RequestIds, token_answer};
use crate::wire::Response;
use crate::wire::json::{self, Code, NotJson, Object};

/// Reads the answer to a recognition.
pub(super) fn parse(response: &Response) -> Reply {
    let text = json::text(&response.body);
    let wire = json::read::<Object<Wire>>(&text)
        .map_or_else(|NotJson| Wire::default(), |Object(wire)| wire);
    let ids = ids(wire.errmsg.as_ref());
    let (billed, result) = match wire.errcode {
        Some(Errcode(code)) if code != 0 => {
            let row = find(&[RECOGNITION, COMMON], code);
            let billed = row.map_or(Billed::Unknown, |row| row.billed);
            (billed, Err(refusal(row, code, wire.errmsg)))
        }
        None if wire.number.is_none() && wire.id.is_none() => without_body(response),
        _ => match wire.card_number() {
            // Counted against the day's or the bought quota.
            Ok(number) => (Billed::Yes, Ok(Answer::Recognition(Recognition::new(number)))),
            Err(refusal) => (Billed::Unknown, Err(refusal)),
        },
    };
    Reply { ids, billed, result }
}

/// Reads the answer of a token endpoint: what it is called, the access token and how long that lives.
pub(super) fn access_token(
    response: &Response,
) -> (RequestIds, Result<(Secret, Duration), Refusal>) {
    let text = json::text(&response.body);
    match json::read::<Object<TokenWire>>(&text) {
        Ok(Object(wire)) => (ids(wire.errmsg.as_ref()), issued(wire, response)),
        Err(NotJson) => (RequestIds::default(), Err(without_vendor_body(response))),
    }
}

fn issued(wire: TokenWire, response: &Response) -> Result<(Secret, Duration), Refusal> {
    match wire.errcode {
        Some(Errcode(code)) if code != 0 => {
            return Err(refusal(find(&[TOKEN, COMMON], code), code, wire.errmsg));
        }
        _ if response.status != 200 => return Err(without_vendor_body(response)),
        _ => {}
    }
    let value = wire.access_token.as_deref().and_then(token_answer::credential);
    let value = value.ok_or_else(|| {
        Refusal::new(Kind::Protocol, "the answer holds no access token, or not in its form")
    })?;
    let life = token_answer::lifetime(wire.expires_in.as_ref()).ok_or_else(|| {
        Refusal::new(Kind::Protocol, "the lifetime of the access token is not a number")
    })?;
    Ok((value, life))
}

/// The answer to a recognition.
#[derive(Default, Deserialize)]
struct Wire {
    errcode: Option<Errcode>,
    errmsg: Option<Value>,
    number: Option<Code>,
    id: Option<Code>,
}

impl Wire {
    fn card_number(&self) -> Result<CardNumber, Refusal> {
        let has_digits = |code: &&Code| code.as_str().chars().any(|c| c.is_ascii_digit());
        let number = [&self.number, &self.id].into_iter().flatten().find(has_digits);
        let Some(number) = number else {
            return Err(Refusal::new(
                Kind::CardNotFound,
                "the vendor found no card number in the photo",
            ));
        };
        CardNumber::parse(number.as_str())
            .ok_or_else(|| Refusal::new(Kind::Protocol, "the card number is not 12 to 19 digits"))
    }
}

#[derive(Deserialize)]
struct TokenWire {
    errcode: Option<Errcode>,
    errmsg: Option<Value>,
    access_token: Option<String>,
    expires_in: Option<Value>,
}

/// An `errcode`: an integer, a number that is one, or the text of one.
struct Errcode(i64);

impl<'de> Deserialize<'de> for Errcode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ErrcodeVisitor;
        impl Visitor<'_> for ErrcodeVisitor {
            type Value = Errcode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer or the text of one")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Errcode, E> {
                Ok(Errcode(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Errcode, E> {
                i64::try_from(number).map(Errcode).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Errcode, E> {
                // 2^53: above it a float no longer holds every integer.
                if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
                    return Ok(Errcode(number as i64));
                }
                Err(E::custom("not an integer"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Errcode, E> {
                text.trim().parse().map(Errcode).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(ErrcodeVisitor)
    }
}

fn without_body(response: &Response) -> (Billed, Result<Answer, Refusal>) {
    let refusal = without_vendor_body(response);
    (billed_by_kind(refusal.kind), Err(refusal))
}

/// The row of a code in the first of these tables that has it: one number can mean two things.
fn find(tables: &[&'static [CodeRow]], code: i64) -> Option<&'static CodeRow> {
    let code = code.to_string();
    tables.iter().find_map(|table| CodeRow::find(table, &code))
}

fn refusal(row: Option<&'static CodeRow>, code: i64, errmsg: Option<Value>) -> Refusal {
    let errmsg = errmsg.as_ref().and_then(Value::as_str).map(str::to_owned);
    let Some(row) = row else { return Refusal::unknown_code(&code.to_string(), errmsg) };
    let wait = WAITS.iter().find(|(waiting, _)| *waiting == row.code);
    Refusal {
        retry_after: wait.map(|(_, seconds)| Duration::from_secs(*seconds)),
        ..row.refusal(errmsg)
    }
}

fn ids(errmsg: Option<&Value>) -> RequestIds {
    let request_id = errmsg.and_then(Value::as_str).and_then(rid);
    RequestIds { request_id, ..RequestIds::default() }
}

/// The request id at the end of an `errmsg`: `... hint: [...] rid: 60f6692a-02a0c9fa-5e832557`. Older
/// answers have the hint alone.
fn rid(errmsg: &str) -> Option<String> {
    let after = |mark: &str| {
        let (_, rest) = errmsg.rsplit_once(mark)?;
        let rest = rest.trim_start();
        let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '-');
        identifier(rest.get(..end.unwrap_or(rest.len()))?)
    };
    after("rid:").or_else(|| after("hint: ["))
}

/// "Slower, retry next minute"; refused by the administrator twice (24 hours) or once (1 hour).
const WAITS: &[(&str, u64)] = &[("45011", 60), ("89506", 24 * 60 * 60), ("89507", 60 * 60)];

const fn dead_token(code: &'static str, meaning: &'static str) -> CodeRow {
    CodeRow::new(code, meaning, Kind::Unauthenticated, Billed::No)
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

/// Codes that mean the same from a recognition and from a token endpoint. In this and the other
/// tables, that a refusal by credentials, permission, quota or rate is not billed is inferred:
/// nothing was executed. 43101 is about messages and left out.
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
    request("41002", "the app id is missing"), // clients
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
    image("40004", "the media type is not valid"), // clients
    image("40005", "the file type is not valid"),  // clients
    image("40006", "the file is too large"),       // clients
    image("40009", "the image is too large"),      // clients
    image("40137", "the image format is not taken"), // clients
    image("45001", "the file is too large"),       // clients
    request("40066", "the address is not valid"),
    request("41005", "the photo is missing or its form cannot be read"),
    request("44001", "the photo is empty"), // clients
];

/// Codes that mean something else from a token endpoint: there, 40001 is not a dead token.
const TOKEN: &[CodeRow] = &[credentials("40001", "the app secret is wrong")];

#[cfg(test)]
pub(super) fn documented_codes() -> Vec<(&'static str, &'static str)> {
    let rows =
        |operation, table: &'static [CodeRow]| table.iter().map(move |row| (operation, row.code));
    rows("recognize", RECOGNITION)
        .chain(rows("recognize", COMMON))
        .chain(rows("token", TOKEN))
        .chain(rows("token", COMMON))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_found_in_the_text() {
        assert_eq!(
            rid("invalid image url hint: [9bF05142542] rid: 60f6692a-02a0c9fa-5e832557"),
            Some("60f6692a-02a0c9fa-5e832557".to_owned())
        );
        assert_eq!(rid("system error rid:60f6692a"), Some("60f6692a".to_owned()));
        assert_eq!(rid("empty hint: [f804260366]"), Some("f804260366".to_owned()));
        for none in ["ok", "", "rid: ", "rid: [x]"] {
            assert_eq!(rid(none), None, "{none}");
        }
        assert_eq!(rid(&format!("rid: {}", "a".repeat(65))), None);
    }
}

//! `wechat`: what its answers mean.
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
use crate::facts::Billed;
use crate::scrub::identifier;
use crate::secret::Secret;
use crate::vendors::codes::{self, Numbering};
use crate::vendors::http_status::without_vendor_body;
use crate::vendors::{Refusal, Reply, RequestIds, SUCCESS, card_number, token_answer};
use crate::wire::Response;
use crate::wire::json::{self, Code, NotJson, Object};

use super::codes::CODES;

/// Reads the answer to a recognition.
pub(super) fn parse(response: &Response) -> Reply<Recognition> {
    let text = json::text(&response.body);
    let wire = json::read::<Object<Wire>>(&text)
        .map_or_else(|NotJson| Wire::default(), |Object(wire)| wire);
    let ids = ids(wire.errmsg.as_ref());
    let number = match wire.errcode {
        Some(Errcode(code)) if code != 0 => Err(refusal(Numbering::Recognize, code, wire.errmsg)),
        None if wire.number.is_none() && wire.id.is_none() => Err(without_vendor_body(response)),
        _ => wire.card_number(),
    };
    // Counted against the day's or the bought quota.
    Reply::new(ids, number.map(|number| (Billed::Yes, Recognition::new(number))))
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
            return Err(refusal(Numbering::Token, code, wire.errmsg));
        }
        _ if response.status != SUCCESS => return Err(without_vendor_body(response)),
        _ => {}
    }
    token_answer::access_token(
        wire.access_token.as_deref(),
        wire.expires_in.as_ref(),
        token_answer::TWO_HOURS,
    )
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
        card_number(number.map_or("", Code::as_str))
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

fn refusal(numbering: Numbering, code: i64, errmsg: Option<Value>) -> Refusal {
    let errmsg = errmsg.as_ref().and_then(Value::as_str).map(str::to_owned);
    codes::refusal(CODES, numbering, &code.to_string(), errmsg)
}

fn ids(errmsg: Option<&Value>) -> RequestIds {
    let request_id = errmsg.and_then(Value::as_str).and_then(rid);
    RequestIds { request_id, ..RequestIds::default() }
}

/// Returns the request id at the end of an `errmsg`: `... hint: [...] rid:
/// 60f6692a-02a0c9fa-5e832557`. Older answers have the hint alone.
fn rid(errmsg: &str) -> Option<String> {
    let after = |mark: &str| {
        let (_, rest) = errmsg.rsplit_once(mark)?;
        let rest = rest.trim_start();
        let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '-');
        identifier(rest.get(..end.unwrap_or(rest.len()))?)
    };
    after("rid:").or_else(|| after("hint: ["))
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

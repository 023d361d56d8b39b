//! The meaning of `baidu_ocr`'s answers.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::codes::CODES;
use crate::card::{CardKind, Recognition, ValidThru, Warning, WarningKind};
use crate::facts::Billed;
use crate::scrub::identifier;
use crate::secret::Secret;
use crate::vendors::codes::{self, Numbering};
use crate::vendors::{Refusal, Reply, RequestIds, SUCCESS, card_number, http_status, token_answer};
use crate::wire::Response;
use crate::wire::json::{self, Code, NotJson, Object, said, shown};

/// <https://ai.baidu.com/ai-doc/REFERENCE/Lkru0zoz4>: 30 days.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The answer to a recognition.
#[derive(Default, Deserialize)]
struct Wire {
    log_id: Option<Code>,
    error_code: Option<Code>,
    error_msg: Option<Value>,
    result: Option<Object<Members>>,
    card_quality: Option<Object<Quality>>,
}

#[derive(Deserialize)]
struct Members {
    bank_card_number: Option<Code>,
    bank_name: Option<Value>,
    bank_card_type: Option<Value>,
    valid_date: Option<Value>,
    card_quality: Option<Object<Quality>>,
}

/// The answer to `detect_quality`.
#[derive(Deserialize)]
struct Quality {
    #[serde(rename = "IsClear")]
    is_clear: Option<Value>,
    #[serde(rename = "IsClear_probability")]
    probability: Option<Value>,
    #[serde(rename = "IsClear_propobility")]
    misspelt_probability: Option<Value>,
    #[serde(rename = "IsComplete")]
    is_complete: Option<Value>,
}

/// The answer of the token endpoint: RFC 6749, or an error of the gateway before it.
#[derive(Default, Deserialize)]
struct TokenWire {
    access_token: Option<String>,
    expires_in: Option<Value>,
    error: Option<Code>,
    error_description: Option<Value>,
    log_id: Option<Code>,
    error_code: Option<Code>,
    error_msg: Option<Value>,
}

/// Reads the answer to a recognition.
pub(super) fn recognition(response: &Response) -> Reply<Recognition> {
    let text = json::text(&response.body);
    let wire = json::read::<Object<Wire>>(&text)
        .map_or_else(|NotJson| Wire::default(), |Object(wire)| wire);
    let ids = ids(wire.log_id.as_ref());
    let card = match failure(&wire.error_code) {
        Some(code) => Err(refused(Numbering::Recognize, code, wire.error_msg, response)),
        None => read(wire, response),
    };
    Reply::new(ids, card.map(|card| (Billed::Yes, card)))
}

/// Reads the answer of the token endpoint: its number, the token and how long that lives.
pub(super) fn access_token(
    response: &Response,
) -> (RequestIds, Result<(Secret, Duration), Refusal>) {
    let text = json::text(&response.body);
    let Ok(Object(wire)) = json::read::<Object<TokenWire>>(&text) else {
        return (RequestIds::default(), Err(http_status::without_vendor_body(response)));
    };
    (ids(wire.log_id.as_ref()), issued(wire, response))
}

fn issued(wire: TokenWire, response: &Response) -> Result<(Secret, Duration), Refusal> {
    if let Some(code) = said(&wire.error) {
        return Err(refused(Numbering::Token, code, wire.error_description, response));
    }
    if let Some(code) = failure(&wire.error_code) {
        return Err(refused(Numbering::Token, code, wire.error_msg, response));
    }
    if response.status != SUCCESS {
        return Err(http_status::without_vendor_body(response));
    }
    token_answer::access_token(wire.access_token.as_deref(), wire.expires_in.as_ref(), LONGEST_LIFE)
}

fn ids(log_id: Option<&Code>) -> RequestIds {
    let request_id = log_id.and_then(|id| identifier(id.as_str()));
    RequestIds { request_id, ..RequestIds::default() }
}

/// Returns a code that says that something went wrong.
fn failure(code: &Option<Code>) -> Option<&str> {
    said(code).filter(|code| *code != "0")
}

fn refused(
    numbering: Numbering,
    code: &str,
    message: Option<Value>,
    response: &Response,
) -> Refusal {
    let message = message.as_ref().and_then(Value::as_str).map(str::to_owned);
    let refusal = codes::refusal(CODES, numbering, code, message);
    http_status::with_retry_after(refusal, response)
}

fn read(wire: Wire, response: &Response) -> Result<Recognition, Refusal> {
    let members = wire.result.map(|Object(members)| members);
    let number = members.as_ref().and_then(|members| members.bank_card_number.as_ref());
    let (Some(members), Some(number)) = (&members, number) else {
        return Err(http_status::without_vendor_body(response));
    };
    let number = card_number(number.as_str())?;
    let text = |member: &Option<Value>| member.as_ref().and_then(shown);
    let quality = members.card_quality.as_ref().or(wire.card_quality.as_ref());
    let quality = quality.map(|Object(quality)| quality);
    Ok(Recognition {
        issuer: text(&members.bank_name),
        card_kind: card_kind(text(&members.bank_card_type).as_deref()),
        valid_thru: text(&members.valid_date).and_then(|text| ValidThru::parse(&text)),
        clarity: quality.and_then(clarity),
        warnings: quality.map(warnings).unwrap_or_default(),
        ..Recognition::new(number)
    })
}

fn card_kind(number: Option<&str>) -> CardKind {
    match number {
        Some("1") => CardKind::Debit,
        Some("2") => CardKind::Credit,
        Some("3") => CardKind::QuasiCredit,
        Some("4") => CardKind::Prepaid,
        _ => CardKind::Unknown,
    }
}

/// Returns the probability that the photo is clear, in hundredths.
fn clarity(quality: &Quality) -> Option<u8> {
    let stated = quality.probability.as_ref().or(quality.misspelt_probability.as_ref());
    let probability: f64 = stated.and_then(shown)?.parse().ok()?;
    (0.0..=1.0).contains(&probability).then(|| (probability * 100.0).round() as u8)
}

/// Returns the faults that the vendor says there are: what it calls false is `0`.
fn warnings(quality: &Quality) -> Vec<Warning> {
    let members = [
        ("IsClear", &quality.is_clear, WarningKind::Blurred),
        ("IsComplete", &quality.is_complete, WarningKind::BorderIncomplete),
    ];
    let is_false = |member: &Option<Value>| match member {
        Some(Value::Bool(is_so)) => !is_so,
        Some(value) => shown(value).is_some_and(|text| text == "0"),
        None => false,
    };
    let faults = members.into_iter().filter(|(_, member, _)| is_false(member));
    faults.map(|(code, _, kind)| Warning { kind, code: code.to_owned() }).collect()
}

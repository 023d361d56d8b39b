//! What the answers of `aliyun_ocr` mean.

use serde::Deserialize;

use super::codes::CODES;
use crate::card::{CardKind, CardNumber, Recognition, ValidThru};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::aliyun_openapi::envelope;
use crate::vendors::codes::Numbering;
use crate::vendors::{Refusal, Reply};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

/// The members of an answer that is no refusal: `Data` is JSON in a text.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "Data")]
    data: Option<Code>,
}

#[derive(Deserialize)]
struct Data {
    data: Object<Card>,
}

/// What was read, under the names of today or those of the page's first edition.
#[derive(Deserialize)]
struct Card {
    #[serde(rename = "cardNumber", alias = "银行卡号")]
    number: Option<Code>,
    #[serde(rename = "bankName", alias = "银行")]
    bank: Option<Code>,
    #[serde(rename = "cardType", alias = "卡种")]
    kind: Option<Code>,
    #[serde(rename = "validToDate", alias = "有效期至")]
    valid_thru: Option<Code>,
}

/// Reads the answer to a recognition.
pub(super) fn parse(response: &Response) -> Reply<Recognition> {
    let (ids, members) = envelope::<Members>(CODES, Numbering::Recognize, response);
    match members.and_then(|members| recognition(&members)) {
        Ok(recognition) => Reply { ids, billed: Billed::Yes, result: Ok(recognition) },
        Err(refusal) => Reply { ids, billed: refusal.billed, result: Err(refusal) },
    }
}

fn recognition(members: &Members) -> Result<Recognition, Refusal> {
    let text = members.data.as_ref().map_or("", Code::as_str);
    let Ok(Object(Data { data: Object(card) })) = json::read::<Object<Data>>(text) else {
        return Err(incomplete());
    };
    let said = |member: &Option<Code>| {
        let text = member.as_ref().map_or("", Code::as_str);
        (!text.is_empty()).then(|| text.to_owned())
    };
    let Some(number) = said(&card.number) else {
        let message = "the vendor read no card number in the image";
        return Err(Refusal::new(Kind::CardNotFound, message));
    };
    let digits: String = number.chars().filter(|character| !character.is_whitespace()).collect();
    let number = CardNumber::parse(&digits).ok_or_else(incomplete)?;
    Ok(Recognition {
        issuer: said(&card.bank),
        card_kind: card_kind(card.kind.as_ref().map_or("", Code::as_str)),
        valid_thru: said(&card.valid_thru).and_then(|text| ValidThru::parse(&text)),
        ..Recognition::new(number)
    })
}

/// Returns the kind of card. The page's sample has `DC`; the others are what Alipay's table of the
/// same abbreviations says (inferred).
fn card_kind(abbreviation: &str) -> CardKind {
    match abbreviation {
        "DC" => CardKind::Debit,
        "CC" => CardKind::Credit,
        "SCC" => CardKind::QuasiCredit,
        "PC" => CardKind::Prepaid,
        _ => CardKind::Unknown,
    }
}

/// Returns the refusal of an answer that says it is good but does not hold what its document describes.
fn incomplete() -> Refusal {
    let message = "the answer does not hold what the vendor's document describes";
    Refusal::new(Kind::Protocol, message)
}

//! The meaning of `aliyun_ocr`'s answers.

use serde::Deserialize;

use super::codes::CODES;
use crate::card::{CardKind, Recognition, ValidThru};
use crate::facts::Billed;
use crate::vendors::aliyun_openapi::envelope;
use crate::vendors::codes::Numbering;
use crate::vendors::{Refusal, Reply, card_number};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object, said};

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

/// The card that was read, under the names of today or those of the page's first edition.
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
    let card = members.and_then(|members| recognition(&members));
    Reply::new(ids, card.map(|card| (Billed::Yes, card)))
}

fn recognition(members: &Members) -> Result<Recognition, Refusal> {
    let text = said(&members.data).unwrap_or_default();
    let Ok(Object(Data { data: Object(card) })) = json::read::<Object<Data>>(text) else {
        return Err(Refusal::incomplete());
    };
    let number = card_number(said(&card.number).unwrap_or_default())?;
    Ok(Recognition {
        issuer: said(&card.bank).map(str::to_owned),
        card_kind: card_kind(said(&card.kind).unwrap_or_default()),
        valid_thru: said(&card.valid_thru).and_then(ValidThru::parse),
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

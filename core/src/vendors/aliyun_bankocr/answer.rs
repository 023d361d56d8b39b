//! The meaning of `aliyun_bankocr`'s answers.

use serde::Deserialize;

use super::codes::PRODUCT;
use crate::card::{CardKind, Recognition};
use crate::error::Kind;
use crate::facts::Billed;
use crate::secret::Personal;
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply, aliyun_gateway, card_number};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object, said};

/// Reads the answer to a recognition.
pub(super) fn parse(response: &Response) -> Reply<Recognition> {
    let card = read(response).map(|card| (Billed::Yes, card));
    Reply::new(aliyun_gateway::ids(response), card)
}

fn read(response: &Response) -> Result<Recognition, Refusal> {
    let text = json::text(&response.body);
    let envelope = aliyun_gateway::envelope(response, &text)?;
    let code = envelope.code();
    match codes::find(&[PRODUCT], Numbering::Recognize, code) {
        Some(row) if row.result == CodeResult::Success => {}
        Some(row) => return Err(row.refusal(envelope.message())),
        None => return Err(codes::unknown(code, envelope.message())),
    }
    let Ok(Object(CardAnswer { result: Object(card) })) = json::read(&text) else {
        return Err(Refusal::incomplete());
    };
    let number = card_number(card.number.as_str()).map_err(|refusal| match refusal.kind {
        Kind::CardNotFound => Refusal { code: Some(code.to_owned()), ..refusal },
        _ => refusal,
    })?;
    Ok(Recognition {
        card_kind: card.card_kind(),
        issuer: said(&card.bank).map(str::to_owned),
        card_name: said(&card.full_name).map(Personal::new),
        ..Recognition::new(number)
    })
}

#[derive(Deserialize)]
struct CardAnswer {
    result: Object<Card>,
}

#[derive(Deserialize)]
struct Card {
    #[serde(rename = "bank_card_number")]
    number: Code,
    #[serde(rename = "bank_card_type")]
    kind: Option<Code>,
    #[serde(rename = "bank_name")]
    bank: Option<Code>,
    #[serde(rename = "bank_full_name")]
    full_name: Option<Code>,
    #[serde(rename = "card_type")]
    kind_text: Option<Code>,
}

impl Card {
    /// Returns the kind of the card. The number says debit or credit. The text also knows the kinds
    /// that the number has no value for, and stands in where the number says nothing.
    fn card_kind(&self) -> CardKind {
        let text = said(&self.kind_text).unwrap_or_default();
        let number = said(&self.kind).unwrap_or_default();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        match number {
            _ if says(&["准贷记"]) => CardKind::QuasiCredit,
            _ if says(&["预付"]) => CardKind::Prepaid,
            "1" => CardKind::Debit,
            "2" => CardKind::Credit,
            _ if says(&["贷记", "信用"]) => CardKind::Credit,
            _ if says(&["借记"]) => CardKind::Debit,
            _ => CardKind::Unknown,
        }
    }
}

//! The meaning of `aliyun_bankocr`'s answers.

use serde::Deserialize;

use super::codes::PRODUCT;
use crate::card::{CardKind, CardNumber, Recognition};
use crate::error::Kind;
use crate::facts::Billed;
use crate::secret::Personal;
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply, aliyun_gateway};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

/// Reads the answer to a recognition.
pub(super) fn parse(response: &Response) -> Reply<Recognition> {
    let (billed, result) = match read(response) {
        Ok(recognition) => (Billed::Yes, Ok(recognition)),
        Err(refusal) => (refusal.billed, Err(refusal)),
    };
    Reply { ids: aliyun_gateway::ids(response), billed, result }
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
    let result = json::read::<Object<CardAnswer>>(&text)
        .map(|Object(answer)| answer.result.0)
        .map_err(|_| aliyun_gateway::incomplete())?;
    let digits: String =
        result.number.as_str().chars().filter(|character| !character.is_whitespace()).collect();
    if digits.is_empty() {
        let message = "the vendor read no card number in the image";
        return Err(Refusal {
            code: Some(code.to_owned()),
            ..Refusal::new(Kind::CardNotFound, message)
        });
    }
    let number = CardNumber::parse(&digits).ok_or_else(aliyun_gateway::incomplete)?;
    let mut recognition = Recognition::new(number);
    recognition.card_kind = result.card_kind();
    recognition.issuer = filled(result.bank);
    recognition.card_name = filled(result.full_name).map(Personal::new);
    Ok(recognition)
}

fn filled(text: Option<Code>) -> Option<String> {
    text.map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty())
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
        let text = self.kind_text.as_ref().map_or("", Code::as_str);
        let number = self.kind.as_ref().map_or("", Code::as_str);
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

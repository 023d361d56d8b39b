//! The meaning of `example_ocr`'s answers.

use serde::Deserialize;

use super::codes::CODES;
use crate::card::{CardNumber, Recognition};
use crate::error::Kind;
use crate::facts::Billed;
use crate::vendors::codes::{self, CodeResult, Numbering};
use crate::vendors::{Refusal, Reply, RequestIds, http_status};
use crate::wire::Response;
use crate::wire::json::{self, Code, Object};

#[derive(Deserialize)]
struct Wire {
    code: Code,
    message: Option<Code>,
    card: Option<Code>,
}

pub(super) fn parse(response: &Response) -> Reply<Recognition> {
    let (billed, result) = match read(response) {
        Ok(recognition) => (Billed::Yes, Ok(recognition)),
        Err(refusal) => (refusal.billed, Err(refusal)),
    };
    Reply { ids: RequestIds::default(), billed, result }
}

fn read(response: &Response) -> Result<Recognition, Refusal> {
    let Ok(Object(wire)) = json::read::<Object<Wire>>(&json::text(&response.body)) else {
        return Err(http_status::without_vendor_body(response));
    };
    let code = wire.code.as_str();
    let row = codes::find(CODES, Numbering::Recognize, code);
    if !row.is_some_and(|row| row.result == CodeResult::Success) {
        let message = wire.message.map(|text| text.0);
        return Err(codes::refusal(CODES, Numbering::Recognize, code, message));
    }
    wire.card
        .and_then(|card| CardNumber::parse(card.as_str()))
        .map(Recognition::new)
        .ok_or_else(|| Refusal::new(Kind::Protocol, "the answer holds no card number"))
}

//! `tencent_kyc`: what its answers mean. <https://cloud.tencent.com/document/product/1007/35923>,
//! `/1007/35859` (query), `/1007/47903` (codes), `/1007/47902` (codes of the ID-card sibling).
//!
//! Every field is looked for under `result` and at the top: the pages list them flat, the wire
//! nests them. Codes come as strings or integers. Errors come with HTTP 200.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::card::{CardNumber, Order, Recognition, ValidThru, Warning};
use crate::error::Kind;
use crate::facts::{Billed, CallFacts};
use crate::scrub::identifier;
use crate::secret::{Personal, PersonalBytes, Secret};
use crate::vendors::codes::{self, Numbering};
use crate::vendors::http_status::without_vendor_body;
use crate::vendors::tencent_cloud::{card_kind, listed, photo, warnings};
use crate::vendors::{self, Refusal, Reply, RequestIds, card_number, token_answer};
use crate::wire::Response;
use crate::wire::json::{self, Code, NotJson, Object, said, shown};

use super::codes::{CODES, SUCCESS};

/// Reads the answer to a recognition.
pub(super) fn recognition(order_id: &str, response: &Response) -> Reply<Recognition> {
    let (ids, card) = read(Numbering::Recognize, order_id, response, Wire::recognition);
    Reply::new(ids, card.map(|card| (Billed::Yes, card)))
}

/// Reads the answer to the query of an order. The query is not billed; what it finds was, when it was
/// recognised.
pub(super) fn order(order_id: &str, response: &Response) -> Reply<Order> {
    let (ids, result) = read(Numbering::FetchOrder, order_id, response, Wire::order);
    Reply { ids, billed: Billed::No, result }
}

fn read<T>(
    numbering: Numbering,
    order_id: &str,
    response: &Response,
    success: impl FnOnce(&Wire) -> Result<T, Refusal>,
) -> (RequestIds, Result<T, Refusal>) {
    let text = json::text(&response.body);
    let wire = json::read::<Object<Wire>>(&text)
        .map_or_else(|NotJson| Wire::default(), |Object(wire)| wire);
    let result = match wire.code() {
        None => Err(without_vendor_body(response)),
        Some(SUCCESS) if wire.is_of_another_order(order_id) => {
            Err(Refusal::new(Kind::Protocol, "the answer is for another order number"))
        }
        Some(SUCCESS) => success(&wire),
        Some(code) => Err(refusal(numbering, code, wire.msg.as_ref())),
    };
    let ids = ids(
        wire.text(|wire| wire.biz_seq_no.as_ref()),
        wire.text(|wire| wire.transaction_time.as_ref()),
    );
    (ids, result)
}

/// A token or ticket and how long it lives, with what its answer is called.
pub(super) type Grant = (RequestIds, Result<(Secret, Duration), Refusal>);

/// Reads the answer that brings the access token.
pub(super) fn access_token(response: &Response) -> Grant {
    issued_by(Numbering::Token, response, |wire| {
        issued(wire.access_token.as_deref(), wire.expire_in.as_ref())
    })
}

/// Reads the answer that brings the SIGN ticket.
pub(super) fn ticket(response: &Response) -> Grant {
    issued_by(Numbering::Ticket, response, |wire| match wire.tickets.as_deref() {
        Some([Object(ticket)]) => issued(ticket.value.as_deref(), ticket.expire_in.as_ref()),
        _ => Err(Refusal::new(Kind::Protocol, "the answer does not hold exactly one ticket")),
    })
}

fn issued_by(
    numbering: Numbering,
    response: &Response,
    read: impl FnOnce(&TokenWire) -> Result<(Secret, Duration), Refusal>,
) -> Grant {
    let text = json::text(&response.body);
    let Ok(Object(wire)) = json::read::<Object<TokenWire>>(&text) else {
        return (RequestIds::default(), Err(without_vendor_body(response)));
    };
    let result = match wire.code.as_ref().map(Code::as_str) {
        Some(SUCCESS) if response.status == vendors::SUCCESS => read(&wire),
        None | Some(SUCCESS | "") => Err(without_vendor_body(response)),
        Some(code) => Err(refusal(numbering, code, wire.msg.as_ref())),
    };
    let text = |value: &Option<Value>| value.as_ref().and_then(shown);
    (ids(text(&wire.biz_seq_no), text(&wire.transaction_time)), result)
}

/// `bizSeqNo` and `transactionTime`, as far as they look like it.
fn ids(number: Option<String>, time: Option<String>) -> RequestIds {
    RequestIds {
        request_id: number.and_then(|number| identifier(&number)),
        gateway_request_id: None,
        transaction_time: time.filter(|time| is_time(time)),
    }
}

/// Returns whether a text can be a time: the documents show `20151022043831`, some answers have
/// separators.
fn is_time(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = |byte: u8| byte.is_ascii_digit() || b"-/:. TZ+".contains(&byte);
    (8..=17).contains(&digits) && text.len() <= 32 && text.bytes().all(others)
}

fn issued(value: Option<&str>, expire_in: Option<&Value>) -> Result<(Secret, Duration), Refusal> {
    let value = value.and_then(token_answer::credential).ok_or_else(|| {
        Refusal::new(Kind::Protocol, "the answer holds no token or ticket, or not in its form")
    })?;
    let life = token_answer::lifetime(expire_in, token_answer::TWO_HOURS).ok_or_else(|| {
        Refusal::new(Kind::Protocol, "the lifetime of the token or ticket is not a number")
    })?;
    Ok((value, life))
}

/// The answer, or what stands under its `result`. The query's names have a capital C where the
/// recognition's have none; its page spelt the original photo wrong before it was corrected.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    code: Option<Code>,
    msg: Option<Value>,
    biz_seq_no: Option<Value>,
    transaction_time: Option<Value>,
    order_no: Option<Code>,
    bankcard_no: Option<Code>,
    bank_card_no: Option<Code>,
    bankcard_valid_date: Option<Value>,
    bank_card_valid_date: Option<Value>,
    bankcard_info: Option<Value>,
    bankcard_name: Option<Value>,
    bankcard_type: Option<Value>,
    warning_code: Option<Value>,
    warn_code: Option<Value>,
    multi_warning_code: Option<Value>,
    clarity: Option<Value>,
    bankcard_no_photo: Option<Value>,
    bankcard_crop_photo: Option<Value>,
    origin_bankcard_photo: Option<Value>,
    orgin_bankcard_photo: Option<Value>,
    operate_time: Option<Value>,
    result: Option<Box<Object<Wire>>>,
}

#[derive(Deserialize)]
struct TokenWire {
    code: Option<Code>,
    msg: Option<Value>,
    #[serde(rename = "bizSeqNo")]
    biz_seq_no: Option<Value>,
    #[serde(rename = "transactionTime")]
    transaction_time: Option<Value>,
    access_token: Option<String>,
    expire_in: Option<Value>,
    tickets: Option<Vec<Object<TicketWire>>>,
}

#[derive(Deserialize)]
struct TicketWire {
    value: Option<String>,
    expire_in: Option<Value>,
}

impl Wire {
    fn nested(&self) -> Option<&Wire> {
        self.result.as_deref().map(|Object(wire)| wire)
    }

    /// Returns a field from under `result`, else from the top.
    fn pick<'a, T: ?Sized>(&'a self, field: impl Fn(&'a Wire) -> Option<&'a T>) -> Option<&'a T> {
        self.nested().and_then(&field).or_else(|| field(self))
    }

    fn text<'a>(&'a self, field: impl Fn(&'a Wire) -> Option<&'a Value>) -> Option<String> {
        self.pick(field).and_then(shown)
    }

    fn code(&self) -> Option<&str> {
        let nested = || self.nested().and_then(|result| result.code.as_ref());
        self.code.as_ref().or_else(nested).map(Code::as_str).filter(|code| !code.is_empty())
    }

    /// Returns whether an order number is stated and is not this one.
    fn is_of_another_order(&self, order_id: &str) -> bool {
        let stated = |wire: &Wire| {
            wire.order_no
                .as_ref()
                .is_some_and(|order| !order.as_str().is_empty() && order.as_str() != order_id)
        };
        stated(self) || self.nested().is_some_and(stated)
    }

    /// Returns the card number with spaces dropped; `None` where the answer states none.
    fn card_number(&self) -> Result<Option<CardNumber>, Refusal> {
        self.pick(|wire| said(&wire.bankcard_no).or_else(|| said(&wire.bank_card_no)))
            .map(card_number)
            .transpose()
    }

    fn valid_thru(&self) -> Option<ValidThru> {
        self.text(|wire| wire.bankcard_valid_date.as_ref().or(wire.bank_card_valid_date.as_ref()))
            .and_then(|text| ValidThru::parse(&text))
    }

    fn clarity(&self) -> Option<u8> {
        let clarity = self.text(|wire| wire.clarity.as_ref())?.parse().ok()?;
        (0..=100).contains(&clarity).then_some(clarity)
    }

    fn warnings(&self) -> Vec<Warning> {
        let single = self.pick(|wire| wire.warning_code.as_ref().or(wire.warn_code.as_ref()));
        let multiple = self.pick(|wire| wire.multi_warning_code.as_ref());
        warnings(single.into_iter().chain(multiple).flat_map(listed))
    }

    fn photo<'a>(&'a self, field: impl Fn(&'a Wire) -> Option<&'a Value>) -> Option<PersonalBytes> {
        photo(self.pick(field)?.as_str()?)
    }

    fn recognition(&self) -> Result<Recognition, Refusal> {
        let Some(number) = self.card_number()? else {
            return Err(Refusal::new(
                Kind::Protocol,
                "the answer states success and no card number",
            ));
        };
        Ok(Recognition {
            // These three are in the vendor's mobile SDK and not on its server page (inferred).
            issuer: self.text(|wire| wire.bankcard_info.as_ref()),
            card_name: self.text(|wire| wire.bankcard_name.as_ref()).map(Personal::new),
            card_kind: card_kind(self.text(|wire| wire.bankcard_type.as_ref()).as_deref()),
            valid_thru: self.valid_thru(),
            number_photo: self.photo(|wire| wire.bankcard_no_photo.as_ref()),
            clarity: self.clarity(),
            warnings: self.warnings(),
            ..Recognition::new(number)
        })
    }

    fn order(&self) -> Result<Order, Refusal> {
        let order = Order {
            card_number: self.card_number()?,
            valid_thru: self.valid_thru(),
            clarity: self.clarity(),
            warnings: self.warnings(),
            original_photo: self.photo(|wire| {
                wire.origin_bankcard_photo.as_ref().or(wire.orgin_bankcard_photo.as_ref())
            }),
            card_photo: self.photo(|wire| wire.bankcard_crop_photo.as_ref()),
            number_photo: self.photo(|wire| wire.bankcard_no_photo.as_ref()),
            operated_at: self.text(|wire| wire.operate_time.as_ref()),
            raw: PersonalBytes::default(),
            facts: CallFacts::default(),
        };
        let photos = [&order.original_photo, &order.card_photo, &order.number_photo];
        if order.card_number.is_none() && photos.iter().all(|photo| photo.is_none()) {
            return Err(Refusal::new(
                Kind::Protocol,
                "the answer states success and holds neither card number nor photo",
            ));
        }
        Ok(order)
    }
}

fn refusal(numbering: Numbering, code: &str, msg: Option<&Value>) -> Refusal {
    codes::refusal(CODES, numbering, code, msg.and_then(shown))
}

//! `tencent_kyc`: what its answers mean. <https://cloud.tencent.com/document/product/1007/35923>,
//! `/1007/35859` (query), `/1007/47903` (codes), `/1007/47902` (codes of the ID-card sibling).
//!
//! Every field is looked for under `result` and at the top: the pages list them flat, the wire
//! nests them. Codes come as strings or integers. Errors come with HTTP 200.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::card::{CardKind, CardNumber, Order, Recognition, ValidThru, Warning, WarningKind};
use crate::error::Kind;
use crate::facts::{Billed, CallFacts};
use crate::scrub::{self, identifier};
use crate::secret::{PersonalBytes, Secret};
use crate::vendors::http_status::{billed_by_kind, without_vendor_body};
use crate::vendors::{Answer, Call, CodeRow, Refusal, Reply, RequestIds, Task, token_answer};
use crate::wire::Response;
use crate::wire::json::{self, Code, NotJson, Object};

/// More warnings than there are codes for.
const WARNINGS_LIMIT: usize = 32;

/// Reads the answer to a recognition or to the query of an order.
pub(super) fn parse(call: &Call, response: &Response) -> Reply {
    let text = json::text(&response.body);
    let wire = json::read::<Object<Wire>>(&text)
        .map_or_else(|NotJson| Wire::default(), |Object(wire)| wire);
    let result = match wire.code() {
        None => Err(without_vendor_body(response)),
        Some("0") if wire.is_of_another_order(&call.order_id) => {
            Err(Refusal::new(Kind::Protocol, "the answer is for another order number"))
        }
        Some("0") => match call.task {
            Task::FetchOrder => wire.order().map(Answer::Order),
            _ => wire.recognition().map(Answer::Recognition),
        },
        Some(code) => Err(refusal(code, wire.msg.as_ref())),
    };
    let billed = match (&call.task, &result) {
        // The query is not billed; what it finds was, when it was recognised.
        (Task::FetchOrder, _) => Billed::No,
        (_, Ok(_)) => Billed::Yes,
        (_, Err(refusal)) => match refusal.code.as_deref().and_then(row) {
            Some(row) => row.billed,
            None => billed_by_kind(refusal.kind),
        },
    };
    let ids = ids(
        wire.text(|wire| wire.biz_seq_no.as_ref()),
        wire.text(|wire| wire.transaction_time.as_ref()),
    );
    Reply { ids, billed, result }
}

/// A token or ticket and how long it lives, with what its answer is called.
pub(super) type Issued = (RequestIds, Result<(Secret, Duration), Refusal>);

/// Reads the answer that brings the access token.
pub(super) fn access_token(response: &Response) -> Issued {
    issued_by(response, |wire| issued(wire.access_token.as_deref(), wire.expire_in.as_ref()))
}

/// Reads the answer that brings the SIGN ticket.
pub(super) fn ticket(response: &Response) -> Issued {
    issued_by(response, |wire| match wire.tickets.as_deref() {
        Some([Object(ticket)]) => issued(ticket.value.as_deref(), ticket.expire_in.as_ref()),
        _ => Err(Refusal::new(Kind::Protocol, "the answer does not hold exactly one ticket")),
    })
}

fn issued_by(
    response: &Response,
    read: impl FnOnce(&TokenWire) -> Result<(Secret, Duration), Refusal>,
) -> Issued {
    let text = json::text(&response.body);
    let Ok(Object(wire)) = json::read::<Object<TokenWire>>(&text) else {
        return (RequestIds::default(), Err(without_vendor_body(response)));
    };
    let result = match wire.code.as_ref().map(Code::as_str) {
        Some("0") if response.status == 200 => read(&wire),
        None | Some("0" | "") => Err(without_vendor_body(response)),
        Some(code) => Err(refusal(code, wire.msg.as_ref())),
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

/// Whether a text can be a time: the documents show `20151022043831`, some answers have separators.
fn is_time(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = |byte: u8| byte.is_ascii_digit() || b"-/:. TZ+".contains(&byte);
    (8..=17).contains(&digits) && text.len() <= 32 && text.bytes().all(others)
}

fn issued(value: Option<&str>, expire_in: Option<&Value>) -> Result<(Secret, Duration), Refusal> {
    let value = value.and_then(token_answer::credential).ok_or_else(|| {
        Refusal::new(Kind::Protocol, "the answer holds no token or ticket, or not in its form")
    })?;
    let life = token_answer::lifetime(expire_in).ok_or_else(|| {
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

    /// A field from under `result`, else from the top.
    fn pick<'a, T>(&'a self, field: impl Fn(&'a Wire) -> Option<&'a T>) -> Option<&'a T> {
        self.nested().and_then(&field).or_else(|| field(self))
    }

    fn text<'a>(&'a self, field: impl Fn(&'a Wire) -> Option<&'a Value>) -> Option<String> {
        self.pick(field).and_then(shown)
    }

    fn code(&self) -> Option<&str> {
        let nested = || self.nested().and_then(|result| result.code.as_ref());
        self.code.as_ref().or_else(nested).map(Code::as_str).filter(|code| !code.is_empty())
    }

    /// Whether an order number is stated and is not this one.
    fn is_of_another_order(&self, order_id: &str) -> bool {
        let stated = |wire: &Wire| {
            wire.order_no
                .as_ref()
                .is_some_and(|order| !order.as_str().is_empty() && order.as_str() != order_id)
        };
        stated(self) || self.nested().is_some_and(stated)
    }

    /// The card number with spaces dropped; `None` where the answer states none.
    fn card_number(&self) -> Result<Option<CardNumber>, Refusal> {
        let filled = |code: &&Code| !code.as_str().is_empty();
        let Some(number) = self.pick(|wire| {
            let queried = wire.bank_card_no.as_ref().filter(filled);
            wire.bankcard_no.as_ref().filter(filled).or(queried)
        }) else {
            return Ok(None);
        };
        match CardNumber::parse(number.as_str()) {
            Some(number) => Ok(Some(number)),
            None => Err(Refusal::new(Kind::Protocol, "the card number is not 12 to 19 digits")),
        }
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
        let mut warnings: Vec<Warning> = Vec::new();
        let single = self.pick(|wire| wire.warning_code.as_ref().or(wire.warn_code.as_ref()));
        let multiple = self.pick(|wire| wire.multi_warning_code.as_ref());
        for code in single.into_iter().chain(multiple).flat_map(listed) {
            if warnings.len() < WARNINGS_LIMIT
                && code != "0"
                && warnings.iter().all(|warning| warning.code != code)
            {
                let row = WARNINGS.iter().find(|(known, _)| *known == code);
                let kind = row.map_or(WarningKind::Other, |(_, kind)| *kind);
                warnings.push(Warning { kind, code });
            }
        }
        warnings
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
            card_name: self.text(|wire| wire.bankcard_name.as_ref()),
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

/// A text or a number as text, trimmed; `None` where there is nothing to read.
fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The codes of a warning field: `"0"`, `"-9110"`, `"[-9110,-9111]"`, or a list in JSON.
fn listed(value: &Value) -> Vec<String> {
    let codes: Vec<String> = match value {
        Value::Array(values) => values.iter().take(WARNINGS_LIMIT).filter_map(shown).collect(),
        _ => shown(value).into_iter().collect(),
    };
    codes
        .iter()
        .flat_map(|text| text.split(['[', ']', ',', '"', ' ']))
        .filter(|code| !code.is_empty())
        .take(WARNINGS_LIMIT)
        .map(scrub::shown)
        .collect()
}

/// The bytes of a photo: base64 with or without padding, line breaks or a `data:` prefix. A photo
/// that is not base64 is left out, since the rest of a billed answer is worth more.
fn photo(text: &str) -> Option<PersonalBytes> {
    let text = match text.trim_start().strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,")?.1,
        None => text,
    };
    let bytes = base64_simd::forgiving_decode_to_vec(text.as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| PersonalBytes::new(bytes))
}

fn card_kind(text: Option<&str>) -> CardKind {
    match text {
        Some("借记卡") => CardKind::Debit,
        Some("贷记卡" | "信用卡") => CardKind::Credit,
        Some("准贷记卡") => CardKind::QuasiCredit,
        Some("预付卡" | "预付费卡") => CardKind::Prepaid,
        _ => CardKind::Unknown,
    }
}

fn row(code: &str) -> Option<&'static CodeRow> {
    [CARD, GATEWAY, ORDER].into_iter().find_map(|table| CodeRow::find(table, code))
}

fn refusal(code: &str, msg: Option<&Value>) -> Refusal {
    let msg = msg.and_then(shown);
    let Some(row) = row(code) else { return Refusal::unknown_code(code, msg) };
    let wait = WAITS.iter().find(|(waiting, _)| *waiting == code);
    Refusal {
        retry_after: wait.map(|(_, seconds)| Duration::from_secs(*seconds)),
        ..row.refusal(msg)
    }
}

/// Codes about the card and its photo. Those up to `-9014` are the whole list of
/// <https://cloud.tencent.com/document/product/1007/47903>, which says that none is charged; the
/// rest are those of the ID-card sibling, whose charging is not known.
const CARD: &[CodeRow] = &[
    CodeRow::new("66660000", "a parameter is too long", Kind::InvalidArgument, Billed::No),
    CodeRow::new("-1304", "a parameter is too long", Kind::InvalidArgument, Billed::No),
    CodeRow::new("-9011", "the card could not be read", Kind::CardNotFound, Billed::No),
    CodeRow::new("-9012", "the photo is blurred", Kind::ImageRejected, Billed::No),
    CodeRow::new("-9013", "the photo shows no bank card", Kind::CardNotFound, Billed::No),
    CodeRow::new("-9014", "what the card shows is not valid", Kind::ImageRejected, Billed::No),
    CodeRow::new("66660015", "the photo is abnormal", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new("66661001", "the photo is not clear", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new("66661005", "the photo cannot be decoded", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new(
        "66661010",
        "the photo's format is not taken",
        Kind::ImageRejected,
        Billed::Unknown,
    ),
    CodeRow::new(
        "66661099",
        "the photo could not be processed",
        Kind::ImageRejected,
        Billed::Unknown,
    ),
    CodeRow::new("-1102", "the photo cannot be decoded", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new("-1300", "the photo is empty", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new("-1301", "a parameter is empty", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("-9001", "the type is not known", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("-9002", "nothing could be read", Kind::CardNotFound, Billed::Unknown),
    CodeRow::new("-9005", "the photo's type is not taken", Kind::ImageRejected, Billed::Unknown),
    CodeRow::new("-9006", "the photo could not be prepared", Kind::ImageRejected, Billed::Unknown),
];

/// Codes of the gateway in front of every endpoint, in its three numberings: those of the OCR SDK's
/// pages, and 15, 11xx, 15xx and 16xx as clients met them. Which of the dead-token codes a dead
/// ticket or a wrong signature brings is not documented. That a refusal by credentials, permission
/// or rate is not billed is inferred: nothing was executed.
/// 66660002, 66660004 and 400604 are left out: their sources disagree, or mean another product.
const GATEWAY: &[CodeRow] = &[
    CodeRow::new("999999", "internal error", Kind::VendorUnavailable, Billed::Unknown),
    CodeRow::new("999998", "internal error", Kind::VendorUnavailable, Billed::Unknown),
    CodeRow::new("999997", "the service timed out", Kind::VendorUnavailable, Billed::Unknown),
    CodeRow::new("400101", "token, ticket or signature refused", Kind::Unauthenticated, Billed::No),
    CodeRow::new("400102", "token no longer valid", Kind::Unauthenticated, Billed::No),
    CodeRow::new("400105", "identity not verified", Kind::Unauthenticated, Billed::No),
    CodeRow::new("15", "token expired", Kind::Unauthenticated, Billed::No),
    CodeRow::new("1104", "signature expired or wrong", Kind::Unauthenticated, Billed::No),
    CodeRow::new("400106", "signature not verified", Kind::Unauthenticated, Billed::No),
    CodeRow::new("1101", "credentials refused", Kind::Unauthenticated, Billed::No),
    CodeRow::new("1102", "credentials refused", Kind::Unauthenticated, Billed::No),
    CodeRow::new(
        "66660001",
        "app id unknown or request refused",
        Kind::Unauthenticated,
        Billed::No,
    ),
    CodeRow::new("400103", "the interface refuses access", Kind::PermissionDenied, Billed::No),
    CodeRow::new("400104", "no right to this request", Kind::PermissionDenied, Billed::No),
    CodeRow::new(
        "1103",
        "this machine's address is not listed",
        Kind::PermissionDenied,
        Billed::No,
    ),
    CodeRow::new("1505", "no right to this request", Kind::PermissionDenied, Billed::No),
    CodeRow::new("400501", "too many requests", Kind::RateLimited, Billed::No),
    CodeRow::new("400504", "requests come too often", Kind::RateLimited, Billed::No),
    CodeRow::new("400506", "requests come too often", Kind::RateLimited, Billed::No),
    CodeRow::new("1506", "too many requests", Kind::RateLimited, Billed::No),
    CodeRow::new("1507", "too many requests", Kind::RateLimited, Billed::No),
    CodeRow::new("400502", "the version is wrong", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("400503", "the file's checksum is wrong", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("400601", "the body is too large", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("300101", "a value cannot be decoded", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("1106", "the request is not valid", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("1107", "a parameter is not valid", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("1502", "the version is wrong", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("1503", "the file's checksum is wrong", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new("1601", "the body is too large", Kind::InvalidArgument, Billed::Unknown),
    CodeRow::new(
        "1602",
        "a parameter of the body is wrong",
        Kind::InvalidArgument,
        Billed::Unknown,
    ),
];

/// Codes about an order that is asked for. 66660020 is the ID-card sibling's; which of them a
/// bank-card order brings is not documented.
const ORDER: &[CodeRow] = &[
    CodeRow::new(
        "66660020",
        "order_id: no such order is kept",
        Kind::InvalidArgument,
        Billed::Unknown,
    ),
    CodeRow::new(
        "66660011",
        "order_id: no such order is kept",
        Kind::InvalidArgument,
        Billed::Unknown,
    ),
    CodeRow::new("1607", "order_id: no such order is kept", Kind::InvalidArgument, Billed::Unknown),
];

/// How long to wait after these codes, in seconds, as a public client's notes have it.
const WAITS: &[(&str, u64)] = &[("1506", 10), ("1507", 10)];

/// <https://cloud.tencent.com/document/product/1007/47903>
const WARNINGS: &[(&str, WarningKind)] = &[
    ("-9110", WarningKind::DateInvalid),
    ("-9111", WarningKind::BorderIncomplete),
    ("-9112", WarningKind::Glare),
    ("-9113", WarningKind::Photocopy),
    ("-9114", WarningKind::Recaptured),
    ("66661009", WarningKind::Expired),
];

#[cfg(test)]
pub(super) fn documented_codes() -> Vec<(&'static str, &'static str)> {
    let rows =
        |operation, table: &'static [CodeRow]| table.iter().map(move |row| (operation, row.code));
    let warnings = WARNINGS.iter().map(|(code, _)| ("recognize", *code));
    rows("recognize", CARD)
        .chain(rows("recognize", GATEWAY))
        .chain(rows("token", GATEWAY))
        .chain(rows("fetch_order", ORDER))
        .chain(warnings)
        .collect()
}

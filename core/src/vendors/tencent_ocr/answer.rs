//! The meaning of `tencent_ocr`'s answers.

use serde::Deserialize;
use serde_json::Value;

use super::codes::CODES;
use crate::card::{Recognition, ValidThru};
use crate::facts::Billed;
use crate::secret::Personal;
use crate::vendors::codes::Numbering;
use crate::vendors::tencent_cloud::{card_kind, envelope, listed, photo, warnings};
use crate::vendors::{Refusal, Reply, card_number, http_status};
use crate::wire::Response;
use crate::wire::json::{Code, shown};

/// The members of an answer that is no error.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Members {
    card_no: Option<Code>,
    bank_info: Option<Value>,
    valid_date: Option<Value>,
    card_type: Option<Value>,
    card_name: Option<Value>,
    card_no_image: Option<Value>,
    warning_code: Option<Value>,
    quality_value: Option<Value>,
}

/// Reads the answer to a recognition.
pub(super) fn recognition(response: &Response) -> Reply<Recognition> {
    let (ids, members) = envelope::<Members>(CODES, Numbering::Recognize, response);
    let card = members.and_then(|members| read(&members, response));
    Reply::new(ids, card.map(|card| (Billed::Yes, card)))
}

fn read(members: &Members, response: &Response) -> Result<Recognition, Refusal> {
    let Some(number) = &members.card_no else {
        return Err(http_status::without_vendor_body(response));
    };
    let number = card_number(number.as_str())?;
    let text = |member: &Option<Value>| member.as_ref().and_then(shown);
    let clarity = text(&members.quality_value).and_then(|value| value.parse().ok());
    Ok(Recognition {
        issuer: text(&members.bank_info).map(|bank| without_code(&bank).to_owned()),
        card_name: text(&members.card_name).map(Personal::new),
        card_kind: card_kind(text(&members.card_type).as_deref()),
        valid_thru: text(&members.valid_date).and_then(|text| ValidThru::parse(&text)),
        number_photo: members.card_no_image.as_ref().and_then(Value::as_str).and_then(photo),
        clarity: clarity.filter(|clarity| *clarity <= 100),
        warnings: warnings(members.warning_code.iter().flat_map(listed)),
        ..Recognition::new(number)
    })
}

/// Returns a bank's name without its code: `招商银行(03080000)`.
fn without_code(bank: &str) -> &str {
    let Some((name, code)) = bank.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) else {
        return bank;
    };
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    match name.trim_end() {
        name if is_code && !name.is_empty() => name,
        _ => bank,
    }
}

#[cfg(test)]
mod tests {
    use super::without_code;

    #[test]
    fn a_bank_is_named_without_its_code() {
        assert_eq!(without_code("招商银行(03080000)"), "招商银行");
        assert_eq!(without_code("China Merchants Bank (03080000)"), "China Merchants Bank");
        for whole in ["招商银行", "银行(中国)", "(03080000)", "银行()", ""] {
            assert_eq!(without_code(whole), whole);
        }
    }
}

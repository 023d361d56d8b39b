//! Magic inputs: what a photo, an image address or a card number makes a vendor answer.

use serde_json::{Map, Value, json};

use crate::crypto;
use crate::http::find;
use crate::images::CARD_PHOTO;
use crate::vendor::{CodeRow, Vendor};
use crate::{
    aliyun_bankocr, aliyun_gateway, aliyun_yhkr, tencent_faceid, tencent_kyc_codes, wechat,
};

/// The invented card every vendor knows.
pub const DEFAULT_CARD: &str = "6222020000000000000";
/// Its invented holder.
pub const DEFAULT_NAME: &str = "张三";
/// The holder's invented ID number.
pub const DEFAULT_ID: &str = "110101190001010014";
/// The holder's invented phone number.
pub const DEFAULT_PHONE: &str = "13800000000";
/// The issuer of every card the sandbox knows.
pub const DEFAULT_ISSUER: &str = "中国工商银行";

const MARKER: &[u8] = b"cardwire-card:";
const PREFIX: &str = "622202";

/// The print on a card, and the answer that a vendor shall give to its photo.
#[derive(Clone, Debug)]
pub(crate) struct CardFacts {
    pub number: String,
    pub issuer: String,
    pub name: String,
    pub kind: String,
    pub valid: String,
    pub clarity: String,
    pub warnings: Vec<String>,
    answer: Value,
}

impl Default for CardFacts {
    fn default() -> Self {
        Self {
            number: DEFAULT_CARD.into(),
            issuer: DEFAULT_ISSUER.into(),
            name: "银联卡".into(),
            kind: "debit".into(),
            valid: "12/2030".into(),
            clarity: "79".into(),
            warnings: Vec::new(),
            answer: Value::Null,
        }
    }
}

/// Returns a photo of the default card, a JPEG, with a marker of these facts; without any, the plain photo.
///
/// # Errors
/// A fact that no marker has, or more of them than a comment in a JPEG holds.
pub fn card_photo(facts: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let mut read = CardFacts::default();
    if let Some((unknown, _)) = facts.iter().find(|(key, value)| !read.set(key, (*value).clone())) {
        return Err(format!("a marker has no {unknown:?}"));
    }
    if facts.is_empty() {
        return Ok(CARD_PHOTO.to_vec());
    }
    let comment = [MARKER, Value::Object(facts.clone()).to_string().as_bytes()].concat();
    // The length counts its own two bytes.
    let length = u16::try_from(comment.len() + 2).map_err(|_| "the marker is too long")?;
    let (start, rest) = CARD_PHOTO.split_at(2);
    Ok([start, &[0xff, 0xfe], &length.to_be_bytes(), &comment, rest].concat())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl CardFacts {
    /// Returns the facts of the marker in a picture, or the default card.
    pub fn from_image(bytes: &[u8]) -> Self {
        let mut facts = Self::default();
        let Some(at) = find(bytes, MARKER) else { return facts };
        let rest = &bytes[at + MARKER.len()..];
        let mut values =
            serde_json::Deserializer::from_slice(rest).into_iter::<Map<String, Value>>();
        let Some(Ok(map)) = values.next() else { return facts };
        for (key, value) in map {
            facts.set(&key, value);
        }
        facts
    }

    /// Takes over a fact of a marker; false where there is none of that name.
    fn set(&mut self, key: &str, value: Value) -> bool {
        match key {
            "number" => self.number = text(&value).chars().filter(char::is_ascii_digit).collect(),
            "issuer" => self.issuer = text(&value),
            "name" => self.name = text(&value),
            "kind" => self.kind = text(&value),
            "valid" => self.valid = text(&value),
            "clarity" => self.clarity = text(&value),
            "warnings" => {
                self.warnings = value.as_array().into_iter().flatten().map(text).collect()
            }
            "answer" => self.answer = value,
            _ => return false,
        }
        true
    }

    /// Returns the facts an image address stands for: `…/answer/<code>.jpg`, `…/card/<number>.jpg`,
    /// or the default card.
    pub fn from_url(url: &str) -> Self {
        let mut facts = Self::default();
        let path = url.split(['?', '#']).next().unwrap_or("");
        let parts: Vec<&str> = path.split('/').collect();
        for pair in parts.windows(2) {
            let stem = pair[1].rsplit_once('.').map_or(pair[1], |(stem, _)| stem);
            let stem = stem.replace("%20", " ").replace("%3A", ":").replace("%60", "`");
            match pair[0] {
                "answer" => facts.answer = Value::String(stem),
                "card" if stem.bytes().all(|b| b.is_ascii_digit()) => facts.number = stem,
                _ => {}
            }
        }
        facts
    }

    /// Returns the code this vendor shall answer.
    pub fn code(&self, vendor: Vendor) -> Option<String> {
        match &self.answer {
            Value::Object(by_vendor) => by_vendor.get(vendor.name()).map(text),
            Value::Null => None,
            code => Some(text(code)),
        }
    }

    /// Returns the number in groups of four, as `cardbank` prints it.
    pub fn grouped_number(&self) -> String {
        let groups: Vec<&str> =
            self.number.as_bytes().chunks(4).filter_map(|g| std::str::from_utf8(g).ok()).collect();
        groups.join(" ")
    }
}

/// Families of magic card numbers: digits 7 to 9.
mod family {
    pub const RESULT: u32 = 100;
    pub const ERROR: u32 = 200;
    pub const YHKR_CODE: u32 = 300;
    pub const YHKR_STATE: u32 = 310;
    pub const GATEWAY: u32 = 400;
    pub const CLASSIC: u32 = 410;
    pub const LISTED: u32 = 500;
    pub const HTTP: u32 = 900;
}

/// Returns a magic card: 622202, three digits of family, five of code, 0000, and the Luhn digit.
fn card(family: u32, code: usize) -> String {
    let payload = format!("{PREFIX}{family:03}{code:05}0000");
    let check = crypto::luhn_check_digit(&payload);
    format!("{payload}{check}")
}

fn decode(number: &str) -> Option<(u32, usize)> {
    if number.len() != 19 || !number.starts_with(PREFIX) || number.get(14..18)? != "0000" {
        return None;
    }
    let family = number.get(6..9)?.parse().ok()?;
    let code = number.get(9..14)?.parse().ok()?;
    (card(family, code) == number).then_some((family, code))
}

/// Returns the card number that makes a verification vendor answer this code. For `tencent_faceid`
/// a `Result` or an
/// `Error` code; for `aliyun_yhkr` a code, `state:N`, a gateway code or `classic:<message>`; for both
/// `http:NNN`.
#[must_use]
pub fn card_for(vendor: Vendor, code: &str) -> Option<String> {
    if let Some(status) = crate::shared::http_code(code) {
        return Some(card(family::HTTP, status.into()));
    }
    let number = |found: Option<usize>| found.map(|i| i + 1);
    match vendor {
        Vendor::TencentFaceid => {
            if let Some(i) =
                number(tencent_faceid::PRODUCT.every_error().position(|known| known.code == code))
            {
                return Some(card(family::ERROR, i));
            }
            let n: usize = code.strip_prefix('-').unwrap_or(code).parse().ok()?;
            (n < 100_000 && (n == 0) != code.starts_with('-')).then(|| card(family::RESULT, n))
        }
        Vendor::AliyunYhkr => {
            if let Some(state) = code.strip_prefix("state:") {
                return Some(card(
                    family::YHKR_STATE,
                    state.parse().ok().filter(|n| *n < 100_000)?,
                ));
            }
            if let Some(message) = code.strip_prefix("classic:") {
                return number(aliyun_gateway::CLASSIC.iter().position(|(m, _)| *m == message))
                    .map(|i| card(family::CLASSIC, i));
            }
            if let Some(i) = number(aliyun_gateway::CODES.iter().position(|(c, ..)| *c == code)) {
                return Some(card(family::GATEWAY, i));
            }
            Some(card(family::YHKR_CODE, code.parse().ok().filter(|n| *n < 100_000)?))
        }
        vendor => number(listed(vendor).position(|known| known.code == code))
            .map(|index| card(family::LISTED, index)),
    }
}

/// Returns the codes that a vendor's machine lists.
fn listed(vendor: Vendor) -> impl Iterator<Item = &'static CodeRow> {
    vendor.machine().codes.iter().copied().flatten()
}

/// Returns what a magic card makes a vendor answer whose machine lists its codes.
pub(crate) fn listed_code(vendor: Vendor, number: &str) -> Option<String> {
    match decode(number)? {
        (family::LISTED, n) => {
            listed(vendor).nth(n.checked_sub(1)?).map(|known| known.code.to_owned())
        }
        (family::HTTP, n) => Some(format!("http:{n}")),
        _ => None,
    }
}

/// Returns `tencent_faceid`'s answer to a magic card: `Ok` a Result, `Err` an Error code or
/// `http:NNN`.
pub(crate) fn faceid_code(number: &str) -> Option<Result<String, String>> {
    match decode(number)? {
        (family::RESULT, 0) => Some(Ok("0".into())),
        (family::RESULT, n) => Some(Ok(format!("-{n}"))),
        (family::ERROR, n) => {
            let known = tencent_faceid::PRODUCT.every_error().nth(n.checked_sub(1)?)?;
            Some(Err(known.code.to_owned()))
        }
        (family::HTTP, n) => Some(Err(format!("http:{n}"))),
        _ => None,
    }
}

/// Returns the answer of `aliyun_yhkr` or its gateway to a magic card.
pub(crate) fn yhkr_code(number: &str) -> Option<String> {
    match decode(number)? {
        (family::YHKR_CODE, n) => Some(n.to_string()),
        (family::YHKR_STATE, n) => Some(format!("state:{n}")),
        (family::GATEWAY, n) => {
            aliyun_gateway::CODES.get(n.checked_sub(1)?).map(|(c, ..)| (*c).to_owned())
        }
        (family::CLASSIC, n) => {
            aliyun_gateway::CLASSIC.get(n.checked_sub(1)?).map(|(m, _)| format!("classic:{m}"))
        }
        (family::HTTP, n) => Some(format!("http:{n}")),
        _ => None,
    }
}

/// Whose card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Match,
    Mismatch,
    NoIssuer,
}

/// Returns the holder of a card. The default card belongs to the default person, every other 622202
/// card to nobody in particular; other prefixes have no issuer here.
pub(crate) fn holder(number: &str, name: &str, id: Option<&str>, phone: Option<&str>) -> Holder {
    if !number.starts_with(PREFIX) {
        return Holder::NoIssuer;
    }
    let same = number == DEFAULT_CARD
        && name == DEFAULT_NAME
        && id.is_none_or(|i| i == DEFAULT_ID)
        && phone.is_none_or(|p| p == DEFAULT_PHONE);
    if same { Holder::Match } else { Holder::Mismatch }
}

pub(crate) fn is_card_number(text: &str) -> bool {
    (12..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// 15 digits, or 17 and a digit or X. The check digit is not looked at: neither do the vendors' samples.
pub(crate) fn is_id_number(text: &str) -> bool {
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        15 => digits(text),
        18 => text.get(..17).is_some_and(digits) && (digits(text) || text.ends_with(['X', 'x'])),
        _ => false,
    }
}

fn row(
    vendor: Vendor,
    operation: &str,
    code: &str,
    message: &str,
    billed: bool,
    input: Value,
) -> Value {
    json!({
        "vendor": vendor.name(), "operation": operation, "code": code, "message": message, "billed": billed,
        "input": input,
    })
}

fn photo(vendor: Vendor, code: &str, with_url: bool) -> Value {
    let marker = json!({"answer": {vendor.name(): code}});
    if with_url {
        let name = code.replace(' ', "%20").replace('`', "%60");
        json!({"marker": marker, "image_url": format!("https://cards.example/answer/{name}.jpg")})
    } else {
        json!({"marker": marker})
    }
}

/// Returns every documented code with the input that brings it, as `GET /magic` gives it.
#[must_use]
pub fn table() -> Value {
    let mut rows = Vec::new();
    for (code, message) in tencent_kyc_codes::CODES {
        let input = photo(Vendor::TencentKyc, code, false);
        rows.push(row(Vendor::TencentKyc, "recognize", code, message, *code == "0", input));
    }
    for (code, message) in tencent_kyc_codes::WARNINGS {
        let input = json!({"marker": {"warnings": [code]}});
        let mut r = row(Vendor::TencentKyc, "recognize", "0", message, true, input);
        r["warning"] = (*code).into();
        rows.push(r);
    }
    for (code, message) in wechat::CODES {
        let input = photo(Vendor::Wechat, code, true);
        rows.push(row(Vendor::Wechat, "recognize", code, message, *code == "0", input));
        if *code != "0" {
            let input = json!({"app_id": format!("{}{code}", wechat::CODE_APP_ID)});
            rows.push(row(Vendor::Wechat, "token", code, message, false, input));
        }
    }
    for (code, message) in aliyun_bankocr::CODES {
        let input = photo(Vendor::AliyunBankocr, code, true);
        rows.push(row(Vendor::AliyunBankocr, "recognize", code, message, true, input));
    }
    for (code, message) in aliyun_yhkr::CODES {
        let input = json!({"card_number": card_for(Vendor::AliyunYhkr, code)});
        rows.push(row(Vendor::AliyunYhkr, "verify", code, message, *code == "10000", input));
    }
    for (state, message) in aliyun_yhkr::STATES {
        let input = json!({"card_number": card_for(Vendor::AliyunYhkr, &format!("state:{state}"))});
        let mut r = row(Vendor::AliyunYhkr, "verify", "10000", message, true, input);
        r["state"] = (*state).into();
        rows.push(r);
    }
    let classic = aliyun_gateway::CLASSIC.iter().map(|(m, s)| (format!("classic:{m}"), *s, *m));
    let newer = aliyun_gateway::CODES.iter().map(|(c, s, m)| ((*c).to_owned(), *s, *m));
    for (code, status, message) in newer.chain(classic) {
        let card = json!({"card_number": card_for(Vendor::AliyunYhkr, &code)});
        let photo = photo(Vendor::AliyunBankocr, &code, true);
        for (vendor, operation, input) in
            [(Vendor::AliyunBankocr, "recognize", photo), (Vendor::AliyunYhkr, "verify", card)]
        {
            let mut r = row(vendor, operation, &code, message, false, input);
            r["status"] = status.into();
            rows.push(r);
        }
    }
    for action in tencent_faceid::ACTIONS {
        for (code, message, billed) in action.results {
            let input = json!({"card_number": card_for(Vendor::TencentFaceid, code)});
            let mut r = row(Vendor::TencentFaceid, "verify", code, message, *billed, input);
            r["action"] = action.name.into();
            rows.push(r);
        }
    }
    for known in tencent_faceid::PRODUCT.every_error() {
        let input = json!({"card_number": card_for(Vendor::TencentFaceid, known.code)});
        rows.push(row(Vendor::TencentFaceid, "verify", known.code, known.text, false, input));
    }
    for vendor in Vendor::ALL {
        for known in listed(vendor) {
            let reads = vendor.machine().sample.success.contains("NUMBER");
            let (operation, input) = match reads {
                true => ("recognize", photo(vendor, known.code, true)),
                false => ("verify", json!({"card_number": card_for(vendor, known.code)})),
            };
            rows.push(row(vendor, operation, known.code, known.text, known.billed, input));
        }
    }
    Value::Array(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_decodes_to_its_code() {
        for (code, _) in aliyun_yhkr::CODES {
            assert_eq!(
                yhkr_code(&card_for(Vendor::AliyunYhkr, code).unwrap()).as_deref(),
                Some(*code)
            );
        }
        for (code, ..) in aliyun_gateway::CODES {
            assert_eq!(
                yhkr_code(&card_for(Vendor::AliyunYhkr, code).unwrap()).as_deref(),
                Some(*code)
            );
        }
        for known in tencent_faceid::PRODUCT.every_error() {
            assert_eq!(
                faceid_code(&card_for(Vendor::TencentFaceid, known.code).unwrap()),
                Some(Err(known.code.into()))
            );
        }
        for code in ["0", "-1", "-20", "-99"] {
            assert_eq!(
                faceid_code(&card_for(Vendor::TencentFaceid, code).unwrap()),
                Some(Ok(code.into()))
            );
        }
        assert_eq!(card_for(Vendor::AliyunYhkr, "10016").unwrap().len(), 19);
        assert_eq!(card_for(Vendor::Wechat, "0"), None);
    }

    #[test]
    fn the_default_card_is_not_magic() {
        assert_eq!(faceid_code(DEFAULT_CARD), None);
        assert_eq!(yhkr_code(DEFAULT_CARD), None);
        assert_eq!(holder(DEFAULT_CARD, DEFAULT_NAME, Some(DEFAULT_ID), None), Holder::Match);
        assert_eq!(holder(DEFAULT_CARD, "李四", Some(DEFAULT_ID), None), Holder::Mismatch);
    }

    #[test]
    fn markers_and_addresses() {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xfe, 0, 99];
        jpeg.extend_from_slice(
            br#"cardwire-card:{"number":"6217 0000","clarity":50,"answer":{"wechat":"101001"}}"#,
        );
        jpeg.extend_from_slice(&[0xff, 0xd9]);
        let facts = CardFacts::from_image(&jpeg);
        assert_eq!((facts.number.as_str(), facts.clarity.as_str()), ("62170000", "50"));
        assert_eq!(facts.code(Vendor::Wechat).as_deref(), Some("101001"));
        assert_eq!(facts.code(Vendor::TencentKyc), None);
        let code = |u| CardFacts::from_url(u).code(Vendor::Wechat);
        assert_eq!(code("https://cards.example/answer/-9.jpg?x=1").as_deref(), Some("-9"));
        assert_eq!(code("https://cards.example/front.jpg"), None);
    }
}

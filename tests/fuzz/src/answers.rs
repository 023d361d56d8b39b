//! The answers that vendors, and whoever stands between, can give to a call.

use cardwire::fuzz_support::{Account, CallReport, CallResult, VendorAnswer, VendorCall};
use cardwire::{Billed, CardNumber, Cardholder, Error, Image, Outcome, Vendor};
use serde_json::Value;

use crate::vectors;

pub(crate) const CARD: &str = "6222020000000000000";
pub(crate) const NAME: &str = "张三";
pub(crate) const ID: &str = "110101190001010014";
pub(crate) const PHONE: &str = "13800000000";

/// A 1 by 1 PNG.
pub(crate) const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x04\0\0\0\xb5\x1c\x0c\x02\0\0\0\x0bIDATx\xdacd\xf8\x0f\0\x01\x05\x01\x01'\x18\xe3f\0\0\0\0IEND\xaeB`\x82";

/// The operations that may be asked for, by their names in the vectors.
const ASKED: [&str; 6] =
    ["recognize", "fetch_order", "verify2", "verify3", "verify4", "lookup_card"];

/// What reads the answers of a vendor.
pub(crate) struct Reader {
    account: Account,
    /// The calls that may be asked for, with their values, which no error shows.
    asked: Vec<(VendorCall, &'static [&'static str])>,
    hidden: Vec<String>,
    /// Whether a document has the vendor's own word for a match.
    passed: fn(&Value) -> bool,
}

impl Reader {
    pub(crate) fn new(vendor: Vendor) -> Self {
        let config = vectors::account(vendor.name());
        let account = vectors::opened(vendor.name());
        let two = Cardholder::new(CARD, NAME);
        let three = two.clone().id_number(ID);
        let verify = |holder: &Cardholder| VendorCall::verify(holder).expect("a cardholder");
        let asked = vec![
            (VendorCall::recognize(Image::bytes(PHOTO.to_vec())).expect("a photo"), &[][..]),
            (VendorCall::order(), &[]),
            (verify(&two), &[CARD, NAME]),
            (verify(&three), &[CARD, NAME, ID]),
            (verify(&three.clone().phone(PHONE)), &[CARD, NAME, ID, PHONE]),
            (VendorCall::lookup(CardNumber::parse(CARD).expect("a card number")), &[CARD]),
        ];
        let config: Value = serde_json::from_str(&config).expect("JSON");
        let secret = |key: &str| config["vendors"][0][key].as_str().map(str::to_owned);
        let keys = [
            "secret",
            "app_secret",
            "app_code",
            "secret_id",
            "secret_key",
            "access_key_id",
            "access_key_secret",
            "api_key",
        ];
        let hidden = keys.into_iter().filter_map(secret).collect();
        let passed = match vendor {
            Vendor::TencentFaceid => faceid_passed,
            Vendor::AliyunYhkr => yhkr_passed,
            Vendor::AliyunBankmeta => bankmeta_passed,
            _ => |_: &Value| false,
        };
        Reader { account, asked, hidden, passed }
    }
}

/// Splits an input into what was asked and what was answered.
pub(crate) fn parts(data: &[u8]) -> Option<(u8, VendorAnswer)> {
    let (first, rest) = data.split_at(data.iter().position(|byte| *byte == b'\n')?);
    let (asked, status) = first.split_first()?;
    let status = std::str::from_utf8(status).ok().and_then(|text| text.parse().ok());
    let mut rest = rest.get(1..)?;
    let mut headers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..)?;
        if line.is_empty() {
            break;
        }
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let (name, value) = line.split_at(colon);
            let name = String::from_utf8_lossy(name).to_lowercase();
            headers.push((name, value.get(1..)?.trim_ascii().to_vec()));
        }
    }
    let status = status.unwrap_or(200).clamp(100, 599);
    Some((*asked, VendorAnswer { status, headers, body: rest.to_vec() }))
}

/// Returns the longest run of ASCII digits.
pub(crate) fn longest_run(text: &str) -> usize {
    text.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// No error shows what is never shown.
pub(crate) fn hold_error(error: &Error, hidden: &[&str]) {
    let json: Value = serde_json::from_str(&error.to_json()).expect("an error is JSON");
    let mut texts = vec![error.to_string(), format!("{error:?}")];
    fn strings(key: &str, value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) if key != "request_id" && key != "order_id" => {
                texts.push(text.clone());
            }
            Value::Array(values) => values.iter().for_each(|value| strings(key, value, texts)),
            Value::Object(object) => {
                object.iter().for_each(|(key, value)| strings(key, value, texts));
            }
            _ => {}
        }
    }
    strings("", &json, &mut texts);
    assert!(error.retry_after().is_none_or(|wait| wait.as_secs() <= 86_400), "a wait without end");
    for text in &texts {
        for value in hidden {
            assert!(!text.contains(*value), "{text:?} shows what is never shown");
        }
        // The vendor's number for a request is one, and its time is a number of up to seventeen digits.
        let mut text = text.clone();
        if let Some(id) = error.request_id().filter(|id| !id.is_empty()) {
            assert!(id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic()), "{id:?}");
            let escaped = format!("{id:?}");
            text = text.replace(escaped.trim_matches('"'), "").replace(id, "");
            // Where the message was cut, there may be the beginning of it.
            let cut = error.vendor_message().and_then(|message| message.strip_suffix('…'));
            let begins = |length: &usize| cut.is_some_and(|cut| cut.ends_with(&id[..*length]));
            if let Some(length) = (1..id.len()).rev().find(begins) {
                text = text.replace(&[&id[..length], "…"].concat(), "");
            }
        }
        // After the number, which may hold it.
        if let Some(time) = error.transaction_time() {
            assert!(time.len() <= 32 && longest_run(time) <= 17, "{time:?}");
            text = text.replace(time, "");
        }
        let longest = crate::texts::words(&text).map(longest_run).max().unwrap_or(0);
        assert!(longest < 9, "{text:?} shows a long number");
        assert!(!text.chars().any(|character| character.is_control()), "{text:?}");
    }
}

/// Returns the document as anybody would read it: a reference for what the vendors' readers find.
fn document(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let clean = text.replace(|character: char| character < ' ', " ");
    serde_json::from_str(&text).or_else(|_| serde_json::from_str(&clean)).unwrap_or(Value::Null)
}

fn code(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

fn says(value: &Value, expected: &str) -> bool {
    code(value).is_some_and(|code| code == expected)
}

/// Returns whether some member of the document is this card number, white space and dashes aside.
fn states(value: &Value, number: &str) -> bool {
    match value {
        Value::Array(values) => values.iter().any(|value| states(value, number)),
        Value::Object(object) => object.values().any(|value| states(value, number)),
        value => code(value).is_some_and(|text| {
            // `aliyun_ocr` writes a document in a text.
            let within = serde_json::from_str(&text).unwrap_or(Value::Null);
            matches!(within, Value::Object(_)) && states(&within, number)
                || text.replace(|one: char| one.is_whitespace() || one == '-', "") == number
        }),
    }
}

pub(crate) fn hold(reader: &Reader, data: &[u8]) {
    let Some((asked, given)) = parts(data) else { return };
    let (asked, values) = &reader.asked[usize::from(asked) % reader.asked.len()];
    let body = document(&given.body);
    let CallReport { result, decided, billed } = reader.account.answer(asked, given);
    if decided.retries || decided.fails_over {
        assert_eq!(billed, Billed::No, "what may have been billed is not asked again");
    }
    match result {
        Err(error) => {
            let secrets = reader.hidden.iter().map(String::as_str);
            let hidden: Vec<&str> = secrets.chain(values.iter().copied()).collect();
            hold_error(&error, &hidden);
        }
        Ok(CallResult::Verification(answer)) => {
            if answer.outcome == Outcome::Match {
                assert!((reader.passed)(&body), "a match without the vendor's word for it");
            }
            assert!(longest_run(&answer.vendor_code) < 9);
            let shown = format!("{answer:?}");
            assert!(values.iter().all(|value| !shown.contains(value)), "{shown}");
            serde_json::from_str::<Value>(&answer.to_json()).expect("a result is JSON");
        }
        Ok(CallResult::Recognition(answer)) => {
            let number = answer.card_number.reveal();
            assert!(states(&body, number), "a card number that the answer does not state");
            assert!((12..=19).contains(&number.len()) && longest_run(number) == number.len());
            assert!(answer.clarity.is_none_or(|clarity| clarity <= 100));
            serde_json::from_str::<Value>(&answer.to_json()).expect("a result is JSON");
        }
        Ok(CallResult::Lookup(answer)) => {
            assert!(!answer.found || says(&body["Response"]["Result"], "0"));
            assert!(!answer.description.reveal().contains(CARD));
            serde_json::from_str::<Value>(&answer.to_json()).expect("a result is JSON");
        }
        Ok(CallResult::Order(answer)) => {
            if let Some(number) = &answer.card_number {
                assert!(states(&body, number.reveal()));
            }
            serde_json::from_str::<Value>(&answer.to_json()).expect("a result is JSON");
        }
    }
}

fn faceid_passed(body: &Value) -> bool {
    says(&body["Response"]["Result"], "0") && body["Response"]["Error"].is_null()
}

fn bankmeta_passed(body: &Value) -> bool {
    let result = &body["ResultObject"];
    says(&result["BizCode"], "1") && says(&result["SubCode"], "101")
}

fn yhkr_passed(body: &Value) -> bool {
    let data = &body["data"];
    let state = if data["state"].is_null() { &data["result"] } else { &data["state"] };
    says(&body["code"], "10000") && says(state, "1")
}

pub(crate) fn seeds(vendor: &str) -> Vec<Vec<u8>> {
    let cases = vectors::cases(vendor, "answers");
    let seed = |case: &Value| {
        let asked = ASKED.iter().position(|name| case["operation"] == *name)?;
        // The digit whose code is the place in the list, modulo its length.
        let digit = char::from(b'0' + u8::try_from(asked).ok()?);
        Some(vectors::response(digit, case))
    };
    cases.iter().filter_map(seed).collect()
}

//! Aliyun Cloud Market, bank-card recognition `cardbank` (cmapi027616).
//!
//! `POST https://bankocr.market.alicloudapi.com/cardbank`, a form with the one field `img`.
//!
//! Document (read 2026-11): <https://market.aliyun.com/products/57124001/cmapi027616.html>
//!
//! Auth: the gateway's, in `aliyun_gateway`. A package works about 30 seconds after it was bought.
//!
//! Limits: 4 MB, shortest side 15 pixels, longest 4096, JPEG, PNG or BMP. Whether the 4 MB are of
//! the photo or its base64 text is not said; the stricter is held to (inferred).
//!
//! Quirks:
//! - The photo goes as `data:image/<format>;base64,<text>`; without the prefix it is refused (-8).
//! - `+`, `/` and `=` of the base64 text must be percent-encoded, or `+` arrives as a space.
//! - The card number has spaces. Code 1 may come with type 0, without a bank and without a number.
//! - Codes and types come as text and as numbers. A failure has no `result`, or an empty one.

use serde::Deserialize;

use super::aliyun_gateway::{self, Field, Gateway, Refused};
use super::*;
use crate::card::CardKind;
use crate::wire::json::{self, Code, Object};

pub(super) const OPERATIONS: &[Operation] = &[Operation::Recognize];

/// <https://market.aliyun.com/products/57124001/cmapi027616.html>
pub(super) const DEFAULT_URL: &str = "https://bankocr.market.alicloudapi.com";

/// Its documents name no rate.
pub(super) const REQUESTS_PER_SECOND: Option<f64> = None;

/// Its documents name no quota of a day.
pub(super) const DAILY_QUOTA: Option<u32> = None;
const PATH: &str = "/cardbank";

/// <https://market.aliyun.com/products/57124001/cmapi027616.html>
const BASE64_LIMIT: usize = 4 * 1024 * 1024;
const SHORTEST_SIDE: usize = 15;
const LONGEST_SIDE: usize = 4096;

/// An account of the product.
pub(super) struct Account(Gateway);

impl Account {
    pub(super) fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        Gateway::open(entry, endpoint).map(Account)
    }
}

/// Checks a picture against the limits.
pub(super) fn check_picture(picture: &Picture) -> Option<Result<(), Error>> {
    let Picture::Photo(photo) = picture else { return Some(Ok(())) };
    let problem = if photo.base64_len() > BASE64_LIMIT {
        "its base64 text is longer than 4194304 characters"
    } else {
        match photo.size {
            None => "its header states no size, which is to be 15 to 4096 pixels a side",
            Some((width, height)) if width.min(height) < SHORTEST_SIDE => {
                "its shortest side is under 15 pixels"
            }
            Some((width, height)) if width.max(height) > LONGEST_SIDE => {
                "its longest side is over 4096 pixels"
            }
            Some(_) => return Some(Ok(())),
        }
    };
    Some(Err(Error::argument("image", problem)))
}

fn picture_of(call: &Call) -> Result<&Picture, Error> {
    let what = match &call.task {
        Task::Recognize(picture) => return Ok(picture),
        Task::Verify(_) => "cardholders",
        Task::LookupCard(_) => "card numbers",
        Task::FetchOrder => "order numbers",
    };
    Err(unsupported(Vendor::AliyunBankocr, what))
}

impl Adapter for Account {
    fn check(&self, call: &Call) -> Result<(), Error> {
        check_picture(picture_of(call)?).unwrap_or(Ok(()))
    }

    fn build(
        &self,
        call: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let prefix;
        let img = match picture_of(call)? {
            Picture::Photo(photo) => {
                prefix = format!("data:{};base64,", photo.format.media_type());
                Field { name: "img", text: &prefix, photo: Some(&photo.bytes) }
            }
            Picture::Url(url) => Field { name: "img", text: url, photo: None },
        };
        self.0.post(PATH, &[img], now, entropy)
    }

    fn parse(&self, _: &Call, response: &Response) -> Reply {
        let (billed, result) = match read(response) {
            Ok((billed, recognition)) => (billed, Ok(Answer::Recognition(recognition))),
            Err((billed, refusal)) => (billed, Err(refusal)),
        };
        Reply { ids: aliyun_gateway::ids(response), billed, result }
    }

    fn secrets(&self) -> Vec<&str> {
        self.0.secrets()
    }
}

fn read(response: &Response) -> Result<(Billed, Recognition), Refused> {
    let text = json::text(&response.body);
    let envelope = aliyun_gateway::envelope(response, &text)?;
    if envelope.code() != RECOGNIZED {
        return Err(aliyun_gateway::product_refused(CODES, &envelope));
    }
    let result = json::read::<Object<Recognized>>(&text)
        .map(|Object(answer)| answer.result.0)
        .map_err(|_| aliyun_gateway::incomplete())?;
    let digits: String =
        result.number.as_str().chars().filter(|character| !character.is_whitespace()).collect();
    if digits.is_empty() {
        let message = "the vendor read no card number in the image";
        return Err((
            Billed::Unknown,
            Refusal {
                code: Some(RECOGNIZED.to_owned()),
                ..Refusal::new(Kind::CardNotFound, message)
            },
        ));
    }
    let number = CardNumber::parse(&digits).ok_or_else(aliyun_gateway::incomplete)?;
    let mut recognition = Recognition::new(number);
    recognition.card_kind = result.card_kind();
    recognition.issuer = filled(result.bank);
    recognition.card_name = filled(result.full_name);
    Ok((Billed::Yes, recognition))
}

fn filled(text: Option<Code>) -> Option<String> {
    text.map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty())
}

#[derive(Deserialize)]
struct Recognized {
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
    /// The number says debit or credit. The text also knows the kinds that the number has no value
    /// for, and stands in where the number says nothing.
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

const RECOGNIZED: &str = "1";

const fn row(code: &'static str, meaning: &'static str, kind: Kind) -> CodeRow {
    // No document says whether an answer without a card is billed.
    CodeRow::new(code, meaning, kind, Billed::Unknown)
}

/// <https://market.aliyun.com/products/57124001/cmapi027616.html>, error codes.
const CODES: &[CodeRow] = &[
    row("-1", "the vendor says that the image is empty", Kind::InvalidArgument),
    row("-2", "the vendor cannot use this image format", Kind::ImageRejected),
    row("-3", "the vendor cannot load the image", Kind::ImageRejected),
    row("-4", "the vendor could not recognise a card in the image", Kind::CardNotFound),
    row("-8", "the image has no http or data:image prefix", Kind::InvalidArgument),
    row("-9", "the vendor found no information in the image", Kind::CardNotFound),
];

#[cfg(test)]
pub(super) fn documented_codes() -> Vec<(&'static str, &'static str)> {
    let own = CODES.iter().map(|row| ("recognize", row.code));
    own.chain([("recognize", RECOGNIZED)]).chain(aliyun_gateway_codes::documented()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{ImageFormat, Photo};

    #[test]
    fn limits() {
        let problem = |bytes: usize, width, height| {
            let bytes = vec![0; bytes].into();
            let picture = Picture::Photo(Photo {
                bytes,
                format: ImageFormat::Jpeg,
                size: Some((width, height)),
            });
            let error = check_picture(&picture).unwrap().err()?;
            assert_eq!(error.argument_name(), Some("image"));
            Some(error.message().to_owned())
        };
        let largest = BASE64_LIMIT / 4 * 3;
        assert_eq!(problem(largest, 15, 4096), None);
        assert_eq!(
            problem(largest + 1, 15, 4096).as_deref(),
            Some("image: its base64 text is longer than 4194304 characters")
        );
        let short = Some("image: its shortest side is under 15 pixels");
        assert_eq!(problem(9, 14, 100).as_deref(), short);
        assert_eq!(problem(9, 100, 14).as_deref(), short);
        let long = Some("image: its longest side is over 4096 pixels");
        assert_eq!(problem(9, 4097, 100).as_deref(), long);
        assert_eq!(problem(9, 100, 4097).as_deref(), long);
        let url = Picture::Url("https://img.example.com/card.jpg".into());
        assert!(check_picture(&url).unwrap().is_ok());
    }
}

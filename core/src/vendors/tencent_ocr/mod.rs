//! Tencent Cloud OCR: the number, the issuer and the dates of a bank card in a photo.
//!
//! Action: `BankCardOCR`, API version 2018-11-19, `POST /` with a JSON body.
//! Hosts: `ocr.tencentcloudapi.com` in mainland China; `ocr.intl.tencentcloudapi.com` by `base_url`, whose
//! page names the former all the same (the name is inferred from the vendor's other international products).
//! The signed service is `ocr` on both.
//! Documents, read 2026-11: <https://cloud.tencent.com/document/api/866/36216> (mainland),
//! <https://www.tencentcloud.com/document/api/1005/36185> (international),
//! <https://cloud.tencent.com/document/product/866/45470> (which failures are billed), and the models of the
//! vendor's Python SDK, tencentcloud-sdk-python 3.1.162.
//! Auth: TC3-HMAC-SHA256. The vendor's other signatures put the photo into a form of at most 1 MiB or a
//! query of 32 KiB, and are not offered.
//! Limits: 10 requests a second; 10 MiB of base64, 7 MiB outside mainland China, where it takes no address
//! either; a request of 10 MiB as a whole; JPEG, PNG and BMP.
//!
//! Quirks:
//! - Where a photo and an address are sent, the address counts; only one is sent here.
//! - Without a check that is asked for there is no warning, and without `enable_quality_value` no clarity.
//! - `LimitExceeded.TooLargeFileError` is about the file and no quota.
//! - The bank's name has its code behind it, `招商银行(03080000)`, which is left out.
//! - What the card's category says (a card or a screenshot of one), and the card cut out of the photo, stand in
//!   `raw` alone.

use serde_json::Value;

use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits};
use super::tencent_cloud::{Keys, Product};
use crate::card::{Picture, Recognition};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::tokens::Token;
use crate::vendors::{Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor};
use crate::wire::{Body, Request, Response};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    // <https://cloud.tencent.com/document/api/866/36216>
    requests_per_second: Some(10.0),
    daily_quota: None,
    pictures: Some(PICTURES),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://cloud.tencent.com/document/api/866/36216>
        default_url: "https://ocr.tencentcloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

const PRODUCT: Product = Product { service: "ocr", version: "2018-11-19" };
const ACTION: &str = "BankCardOCR";

/// "10M" of base64, <https://cloud.tencent.com/document/api/866/36216>, less a KiB for the rest of the
/// request, which may have 10 MiB as a whole, <https://www.tencentcloud.com/document/api/1213/61331>. That M
/// is MiB is inferred.
const PICTURES: PictureLimits = PictureLimits {
    formats: COMMON_FORMATS,
    length: Some(Length::Base64(10 * 1024 * 1024 - 1024)),
    sides: None,
    pixels: None,
    address: Address::Taken,
};

/// "7 MB" of base64, and no addresses: <https://www.tencentcloud.com/document/api/1005/36185>.
static INTERNATIONAL_PICTURES: PictureLimits = PictureLimits {
    length: Some(Length::Base64(7 * 1024 * 1024)),
    address: Address::Refused(
        "the address of an image outside mainland China, only the image itself",
    ),
    ..PICTURES
};

/// The extras that may be asked for: the keys of the configuration and the members of a request.
/// All are `false` where they are not sent.
const OPTIONS: [(&str, &str); 6] = [
    ("ret_border_cut_image", "RetBorderCutImage"),
    ("ret_card_no_image", "RetCardNoImage"),
    ("enable_copy_check", "EnableCopyCheck"),
    ("enable_reshoot_check", "EnableReshootCheck"),
    ("enable_border_check", "EnableBorderCheck"),
    ("enable_quality_value", "EnableQualityValue"),
];

struct Account {
    keys: Keys,
    is_international: bool,
    /// The members of every request behind its picture, as JSON: `,"RetCardNoImage":true`.
    options: String,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let is_international = endpoint.authority().split('.').any(|label| label == "intl");
        let keys = Keys::open(entry, endpoint, PRODUCT)?;
        let mut options = String::new();
        for (key, member) in OPTIONS {
            if let Some(value) = entry.flag(key)? {
                options.push_str(&format!(",\"{member}\":{value}"));
            }
        }
        Ok(Account { keys, is_international, options })
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::TencentOcr
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn pictures(&self) -> Option<&'static PictureLimits> {
        match self.is_international {
            true => Some(&INTERNATIONAL_PICTURES),
            false => self.vendor().profile().pictures.as_ref(),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        self.keys.secrets()
    }

    /// Returns room for the card cut out of the photo, which may be as large as the photo.
    fn response_limit(&self) -> usize {
        16 * 1024 * 1024
    }
}

impl Perform<Picture> for Account {
    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let body = match picture {
            Picture::Photo(photo) => Body::plain("{\"ImageBase64\":\"")
                .then_base64(photo.bytes.clone())
                .then_plain(format!("\"{}}}", self.options)),
            Picture::Url(url) => {
                let address = Value::from(url.as_str());
                Body::plain(format!("{{\"ImageUrl\":{address}{}}}", self.options))
            }
        };
        Ok(self.keys.post(ACTION, body, now))
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::recognition(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{ImageFormat, Photo};
    use crate::config::Config;
    use crate::error::Kind;
    use crate::vendors::Task;
    use serde_json::json;

    fn open(keys: Value) -> Result<std::sync::Arc<dyn Adapter>, Error> {
        let mut entry = json!({"vendor": "tencent_ocr", "secret_id": "id", "secret_key": "key"});
        entry.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let config = Config::from_json(&json!({"vendors": [entry]}).to_string())?;
        Ok(config.accounts.into_iter().next().unwrap().adapter)
    }

    fn problem(keys: Value, picture: Picture) -> Option<(Kind, String)> {
        let call = Call {
            task: Task::Recognize(picture),
            order_id: "cardwireUnit0001".into(),
            user_id: None,
            reference: None,
        };
        let error = open(keys).unwrap().check(&call).err()?;
        Some((error.kind(), error.message().to_owned()))
    }

    fn photo(bytes: usize) -> Picture {
        let bytes = vec![0; bytes].into();
        Picture::Photo(Photo { bytes, format: ImageFormat::Jpeg, size: None })
    }

    #[test]
    fn limits_are_those_of_the_place() {
        let intl = || json!({"base_url": "https://ocr.intl.tencentcloudapi.com"});
        let too_long = |limit: usize| {
            let expected = format!("image: expected at most {limit} bytes of base64");
            Some((Kind::InvalidArgument, format!("{expected}, found {}", limit + 4)))
        };
        for (keys, limit) in [(json!({}), 10_484_736), (intl(), 7_340_032)] {
            assert_eq!(problem(keys.clone(), photo(limit / 4 * 3)), None);
            assert_eq!(problem(keys, photo(limit / 4 * 3 + 1)), too_long(limit));
        }
        let url = || Picture::Url("https://img.example.com/card.jpg".into());
        assert_eq!(problem(json!({}), url()), None);
        assert_eq!(problem(intl(), url()).map(|(kind, _)| kind), Some(Kind::Unsupported));
    }

    #[test]
    fn no_request_is_larger_than_the_vendor_takes() {
        let every: serde_json::Map<String, Value> =
            OPTIONS.map(|(key, _)| (key.to_owned(), true.into())).into_iter().collect();
        let adapter = open(Value::Object(every)).unwrap();
        let call = Call {
            task: Task::Recognize(photo(10_484_736 / 4 * 3)),
            order_id: "cardwireUnit0001".into(),
            user_id: None,
            reference: None,
        };
        adapter.check(&call).unwrap();
        let now = Now { unix_ms: 1_767_225_600_000 };
        let request = adapter.build(&call, None, now, &mut Entropy::from_seed([1; 32])).unwrap();
        assert!(request.body.len() <= 10 * 1024 * 1024, "{}", request.body.len());
    }

    #[test]
    fn a_signature_that_it_does_not_offer_is_an_unknown_key() {
        let error = open(json!({"signature": "HmacSHA1"})).err().unwrap();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        assert!(error.message().starts_with("vendors[0].signature"), "{}", error.message());
        assert_eq!(
            open(json!({"token": "temporary"})).unwrap().secrets(),
            ["id", "key", "temporary"]
        );
    }
}

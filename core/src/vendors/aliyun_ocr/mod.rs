//! Alibaba Cloud OCR, bank-card recognition.
//!
//! `RecognizeBankCard`, API version 2021-07-07: `POST https://ocr-api.cn-hangzhou.aliyuncs.com/` with the photo
//! as it is in the body, or `?Url=` with an empty one.
//!
//! Documents, read 2026-11:
//! <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard> (limits),
//! <https://help.aliyun.com/en/ocr/developer-reference/api-recognizebankcard> (parameters and answer),
//! <https://help.aliyun.com/en/ocr/product-overview/qps-resource-packages> (rate). Where they are silent the
//! vendor's own SDK for Python decides: alibabacloud-ocr-api20210707 3.1.3.
//!
//! Auth: ACS3-HMAC-SHA256, in `aliyun_openapi`.
//!
//! Limits: 10 MB a photo, sides over 15 and under 8192 pixels, the longer under 50 times the shorter; an
//! address of 2048 bytes; 10 requests a second of an account.
//!
//! Quirks:
//! - `Data` is JSON in a text. `Code` may be absent from a success, and is `200` in the page's sample.
//! - The page's first edition has the members' names in Chinese; both are read.
//! - A refusal of the product has a status of its own, such as 416 for an image with too many pixels.

use std::ops::RangeInclusive;

use super::aliyun_openapi::{Keys, Payload, Product};
use super::picture_limits::{check_address, check_sides};
use crate::card::{Picture, Recognition};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::tokens::Token;
use crate::vendors::{Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor};
use crate::wire::{Request, Response};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    // <https://help.aliyun.com/en/ocr/product-overview/qps-resource-packages>
    requests_per_second: Some(10.0),
    daily_quota: None,
    check_picture: Some(check_picture),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>
        default_url: "https://ocr-api.cn-hangzhou.aliyuncs.com",
        open: |entry, endpoint| Ok(Box::new(Account(Keys::open(entry, endpoint, PRODUCT)?))),
    },
};

const PRODUCT: Product = Product { action: "RecognizeBankCard", version: "2021-07-07" };

/// "10MB", <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>.
const SIZE_LIMIT: usize = 10 * 1024 * 1024;
/// The same page: over 15 and under 8192 pixels, and a ratio under 50.
const SIDES: RangeInclusive<usize> = 16..=8191;
const LARGEST_RATIO: usize = 50;

/// <https://help.aliyun.com/en/ocr/developer-reference/api-recognizebankcard>
const URL_LIMIT: usize = 2048;

/// An account of the product.
struct Account(Keys);

/// Checks a picture against the limits.
fn check_picture(picture: &Picture) -> Result<(), Error> {
    match picture {
        Picture::Url(url) => check_address(url, URL_LIMIT),
        Picture::Photo(photo) if photo.bytes.len() > SIZE_LIMIT => {
            let expected = format!("at most {SIZE_LIMIT} bytes");
            Err(Error::argument("image", expected, photo.bytes.len()))
        }
        Picture::Photo(photo) => check_sides(photo, SIDES, Some(LARGEST_RATIO)),
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::AliyunOcr
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        self.0.secrets()
    }
}

impl Perform<Picture> for Account {
    fn check(&self, picture: &Picture, _: &Call) -> Result<(), Error> {
        check_picture(picture)
    }

    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        _: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        Ok(match picture {
            Picture::Photo(photo) => {
                self.0.request(Payload::File(photo.bytes.clone()), now, entropy)
            }
            Picture::Url(url) => self.0.request(Payload::Query(&[("Url", url)]), now, entropy),
        })
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::parse(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{ImageFormat, Photo};

    #[test]
    fn limits() {
        let problem = |bytes: usize, width, height| {
            let bytes = vec![0; bytes].into();
            let size = Some((width, height));
            let picture = Picture::Photo(Photo { bytes, format: ImageFormat::Jpeg, size });
            check_picture(&picture).err().map(|error| error.message().to_owned())
        };
        assert_eq!(problem(SIZE_LIMIT, 16, 799), None);
        assert_eq!(problem(9, 8191, 8191), None);
        let is = |found: Option<String>, what: &str| {
            assert_eq!(found.as_deref(), Some(format!("image: {what}").as_str()));
        };
        is(problem(SIZE_LIMIT + 1, 16, 799), "expected at most 10485760 bytes, found 10485761");
        for (width, height) in [(15, 100), (8192, 1000), (800, 16)] {
            let sides = "sides of 16 to 8191 pixels, the longer under 50 times the shorter";
            let expected = format!("expected {sides}, found {width} by {height}");
            is(problem(9, width, height), &expected);
        }
        let address =
            |length: usize| Picture::Url(format!("https://a/{}", "x".repeat(length - 10)));
        assert!(check_picture(&address(2048)).is_ok());
        assert!(check_picture(&address(2049)).is_err());
    }
}

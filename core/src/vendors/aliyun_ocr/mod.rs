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
//! Limits: 10 MB a photo, sides over 15 and under 8192 pixels, the longer under 50 times the shorter; JPEG,
//! PNG, BMP and WebP (GIF and TIFF too, which are not offered); an address of 2048 bytes; 10 requests a
//! second of an account.
//!
//! Quirks:
//! - `Data` is JSON in a text. `Code` may be absent from a success, and is `200` in the page's sample.
//! - The page's first edition has the members' names in Chinese; both are read.
//! - A refusal of the product has a status of its own, such as 416 for an image with too many pixels.

use super::aliyun_openapi::{Keys, Payload, Product};
use super::picture_limits::{Address, Length, PictureLimits, Sides};
use crate::card::{ImageFormat, Picture, Recognition};
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
    // <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>: WebP too,
    // "10MB", over 15 and under 8192 pixels, and a ratio under 50.
    pictures: Some(PictureLimits {
        formats: ImageFormat::ALL,
        length: Some(Length::Photo(10 * 1024 * 1024)),
        sides: Some(Sides { shortest: 16, longest: 8191, ratio: Some(50) }),
        pixels: None,
        // <https://help.aliyun.com/en/ocr/developer-reference/api-recognizebankcard>
        address: Address::AtMost(2048),
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://help.aliyun.com/zh/ocr/developer-reference/api-ocr-api-2021-07-07-recognizebankcard>
        default_url: "https://ocr-api.cn-hangzhou.aliyuncs.com",
        open: |entry, endpoint| Ok(Box::new(Account(Keys::open(entry, endpoint, PRODUCT)?))),
    },
};

const PRODUCT: Product = Product { action: "RecognizeBankCard", version: "2021-07-07" };

/// An account of the product.
struct Account(Keys);

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

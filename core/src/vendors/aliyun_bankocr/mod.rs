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

use super::aliyun_gateway::{Field, Gateway};
use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits, Sides};
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
    requests_per_second: None,
    daily_quota: None,
    // <https://market.aliyun.com/products/57124001/cmapi027616.html>
    pictures: Some(PictureLimits {
        formats: COMMON_FORMATS,
        length: Some(Length::Base64(4 * 1024 * 1024)),
        sides: Some(Sides { shortest: 15, longest: 4096, ratio: None }),
        pixels: None,
        address: Address::Taken,
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://market.aliyun.com/products/57124001/cmapi027616.html>
        default_url: "https://bankocr.market.alicloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account(Gateway::open(entry, endpoint)?))),
    },
};

const PATH: &str = "/cardbank";

/// An account of the product.
struct Account(Gateway);

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::AliyunBankocr
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
        let prefix;
        let img = match picture {
            Picture::Photo(photo) => {
                prefix = format!("data:{};base64,", photo.format.media_type());
                Field { name: "img", text: &prefix, photo: Some(&photo.bytes) }
            }
            Picture::Url(url) => Field { name: "img", text: url, photo: None },
        };
        self.0.post(PATH, &[img], now, entropy)
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::parse(response)
    }
}

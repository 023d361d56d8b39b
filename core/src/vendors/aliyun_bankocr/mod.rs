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

use std::ops::RangeInclusive;

use super::aliyun_gateway::{Field, Gateway};
use super::picture_limits::{check_base64, check_sides};
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
    check_picture: Some(check_picture),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://market.aliyun.com/products/57124001/cmapi027616.html>
        default_url: "https://bankocr.market.alicloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account(Gateway::open(entry, endpoint)?))),
    },
};

const PATH: &str = "/cardbank";

/// <https://market.aliyun.com/products/57124001/cmapi027616.html>
const BASE64_LIMIT: usize = 4 * 1024 * 1024;
const SIDES: RangeInclusive<usize> = 15..=4096;

/// An account of the product.
struct Account(Gateway);

/// Checks a picture against the limits.
fn check_picture(picture: &Picture) -> Result<(), Error> {
    let Picture::Photo(photo) = picture else { return Ok(()) };
    check_base64(photo, BASE64_LIMIT)?;
    check_sides(photo, SIDES, None)
}

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
            let error = check_picture(&picture).err()?;
            assert_eq!(error.argument_name(), Some("image"));
            Some(error.message().to_owned())
        };
        let largest = BASE64_LIMIT / 4 * 3;
        assert_eq!(problem(largest, 15, 4096), None);
        assert_eq!(
            problem(largest + 1, 15, 4096).as_deref(),
            Some("image: expected at most 4194304 bytes of base64, found 4194308")
        );
        for (width, height) in [(14, 100), (100, 14), (4097, 100), (100, 4097)] {
            let sides = "image: expected sides of 15 to 4096 pixels";
            let expected = format!("{sides}, found {width} by {height}");
            assert_eq!(problem(9, width, height), Some(expected));
        }
        let url = Picture::Url("https://img.example.com/card.jpg".into());
        assert!(check_picture(&url).is_ok());
    }
}

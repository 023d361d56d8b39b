//! Example OCR, a made-up vendor: bank-card recognition.
//!
//! `POST https://ocr.example.com/v1/bankcard`, JSON with the photo as base64.
//!
//! Auth: a key in `X-Api-Key`.
//!
//! Limits: 1 MiB of base64 text.

use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits};
use crate::card::{Picture, Recognition};
use crate::config::Endpoint;
use crate::entropy::Entropy;
use crate::error::Error;
use crate::secret::Secret;
use crate::tokens::Token;
use crate::vendors::{
    Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor, unsupported,
};
use crate::wire::{Body, Request, Response};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    requests_per_second: Some(10.0),
    daily_quota: None,
    pictures: Some(PictureLimits {
        formats: COMMON_FORMATS,
        length: Some(Length::Base64(1024 * 1024)),
        sides: None,
        pixels: None,
        address: Address::Refused(ADDRESSES),
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        default_url: "https://ocr.example.com",
        open: |entry, endpoint| {
            Ok(Box::new(Account { endpoint, api_key: entry.required_secret("api_key")? }))
        },
    },
};

const ADDRESSES: &str = "the address of an image, only the image itself";

struct Account {
    endpoint: Endpoint,
    api_key: Secret,
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::ExampleOcr
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        vec![self.api_key.reveal()]
    }
}

impl Perform<Picture> for Account {
    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        _: Option<&Token>,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let Picture::Photo(photo) = picture else {
            return Err(unsupported(Vendor::ExampleOcr, ADDRESSES));
        };
        let body = Body::plain("{\"image\":\"").then_base64(photo.bytes.clone()).then_plain("\"}");
        Ok(Request::post(self.endpoint.at("/v1/bankcard"), "application/json", body)
            .header("x-api-key", self.api_key.reveal().to_owned()))
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::parse(response)
    }
}

//! Example OCR, a made-up vendor: bank-card recognition.
//!
//! `POST https://ocr.example.com/v1/bankcard`, JSON with the photo as base64.
//!
//! Auth: a key in `X-Api-Key`.
//!
//! Limits: 1 MiB of base64 text.

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
    check_picture: Some(check_picture),
    codes: codes::CODES,
    channel: Channel::Http {
        default_url: "https://ocr.example.com",
        open: |entry, endpoint| {
            Ok(Box::new(Account { endpoint, api_key: entry.required_secret("api_key")? }))
        },
    },
};

const BASE64_LIMIT: usize = 1024 * 1024;

struct Account {
    endpoint: Endpoint,
    api_key: Secret,
}

fn check_picture(picture: &Picture) -> Result<(), Error> {
    match picture {
        Picture::Url(_) => Err(no_addresses()),
        Picture::Photo(photo) if photo.base64_len() > BASE64_LIMIT => {
            Err(Error::argument("image", "at most 1048576 bytes of base64", photo.base64_len()))
        }
        Picture::Photo(_) => Ok(()),
    }
}

fn no_addresses() -> Error {
    unsupported(Vendor::ExampleOcr, "the address of an image, only the image itself")
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
    fn check(&self, picture: &Picture, _: &Call) -> Result<(), Error> {
        check_picture(picture)
    }

    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        _: Option<&Token>,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let Picture::Photo(photo) = picture else { return Err(no_addresses()) };
        let body = Body::plain("{\"image\":\"").then_base64(photo.bytes.clone()).then_plain("\"}");
        Ok(Request::post(self.endpoint.at("/v1/bankcard"), "application/json", body)
            .header("x-api-key", self.api_key.reveal().to_owned()))
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::parse(response)
    }
}

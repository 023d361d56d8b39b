//! Baidu AI Cloud OCR, bank-card recognition.
//!
//! Endpoints
//! - `POST /rest/2.0/ocr/v1/bankcard?access_token=`: a form with the photo as base64 in `image`, or its address
//!   in `url`
//! - `POST /oauth/2.0/token`: API key and secret key in a form for an access token, of 30 days
//!
//! Documents, read 2026-11: <https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3> (parameters and limits),
//! <https://ai.baidu.com/ai-doc/REFERENCE/Lkru0zoz4> (tokens), <https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr>
//! (codes and rate), <https://ai.baidu.com/ai-doc/OCR/Jk3h7xtsd> (bill). Where they are silent the vendor's own
//! SDKs decide: baidu-aip 4.16.13 for Python, and the models of `Bankcard` in baiducloud-java-sdk.
//!
//! Auth: the token in the query. The page of tokens shows the keys in the query too; the vendor's SDKs for Java
//! and Node put them into a form, which no server writes down, and so does this one. Tokens do not end each
//! other, <https://ai.baidu.com/ai-doc/SPEECH/Pk38y8m7k>. The vendor's other ways, signatures with the keys
//! of an account and API keys that are sent as they are, are not offered.
//!
//! Limits: 8 M of base64 as a form writes it, sides of 15 to 8192 pixels, an address of 1024 bytes; 10 requests
//! a second of an account that pays, 2 of one that does not.
//!
//! Quirks:
//! - Errors come with HTTP 200, those of the token endpoint with 401 and in the words of RFC 6749.
//! - `card_quality` stands at the top in the page's table, and within `result` in answers and in the SDKs'
//!   models. The page writes `IsClear_propobility`, answers `IsClear_probability`.
//! - `detect_direction` stands in the page's older editions, and `direction` in answers all the same.
//! - `log_id` is a number of up to 19 digits. One that passes the check of a card number is left out.
//! - The holder's name, the direction and the place of the number stand in `raw` alone.

use std::time::Duration;

use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits, Sides};
use crate::card::{Picture, Recognition};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenSource, TokenStep};
use crate::vendors::{Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor};
use crate::wire::{Body, Request, Response, percent};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    // Of an account that pays, code 18 of <https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr>.
    requests_per_second: Some(10.0),
    daily_quota: None,
    // <https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3>: "8M" of base64 "after urlencode"; that M is MiB is
    // inferred.
    pictures: Some(PictureLimits {
        formats: COMMON_FORMATS,
        length: Some(Length::Form(8 * 1024 * 1024)),
        sides: Some(Sides { shortest: 15, longest: 8192, ratio: None }),
        pixels: None,
        address: Address::AtMost(1024),
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3>
        default_url: "https://aip.baidubce.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

const FORM: &str = "application/x-www-form-urlencoded";

/// A token is renewed after nine tenths of its life; the older one stays good.
fn usable_for(life: Duration) -> Duration {
    life / 10 * 9
}

/// The extras that may be asked for: the keys of the configuration and the fields of a request.
const OPTIONS: [&str; 3] = ["location", "detect_direction", "detect_quality"];

struct Account {
    endpoint: Endpoint,
    api_key: Secret,
    secret_key: Secret,
    /// The fields of every request behind its picture: `&location=true`.
    options: String,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let api_key = entry.required_secret("api_key")?;
        let secret_key = entry.required_secret("secret_key")?;
        let mut options = String::new();
        for key in OPTIONS {
            if let Some(value) = entry.flag(key)? {
                options.push_str(&format!("&{key}={value}"));
            }
        }
        Ok(Account { endpoint, api_key, secret_key, options })
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::BaiduOcr
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn token_source(&self) -> Option<&dyn TokenSource> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        vec![self.api_key.reveal(), self.secret_key.reveal()]
    }
}

impl Perform<Picture> for Account {
    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        token: Option<&Token>,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let Some(token) = token else {
            return Err(Error::new(Kind::Internal, "baidu_ocr was given no access token"));
        };
        let query = percent::pairs([("access_token", token.value.reveal())]);
        let address = self.endpoint.at(&format!("/rest/2.0/ocr/v1/bankcard?{query}"));
        let body = match picture {
            Picture::Photo(photo) => Body::plain("image=").then_base64_form(photo.bytes.clone()),
            Picture::Url(url) => Body::plain(percent::pairs([("url", url.as_str())])),
        };
        Ok(Request::post(address, FORM, body.then_plain(self.options.clone())))
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::recognition(response)
    }
}

impl TokenSource for Account {
    fn request(
        &self,
        _: Option<&HalfToken>,
        _: bool,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let form = percent::pairs([
            ("grant_type", "client_credentials"),
            ("client_id", self.api_key.reveal()),
            ("client_secret", self.secret_key.reveal()),
        ]);
        Ok(Request::post(self.endpoint.at("/oauth/2.0/token"), FORM, Body::plain(form)))
    }

    fn parse(&self, _: Option<HalfToken>, response: &Response) -> TokenReply {
        let (ids, issued) = answer::access_token(response);
        let result = issued.map(|(value, life)| {
            let token = Token { value, ticket: None };
            TokenStep::Ready { token, usable_for: usable_for(life), lives_for: life }
        });
        TokenReply { ids, result }
    }

    fn keeps_older(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use serde_json::{Value, json};

    #[test]
    fn both_keys_are_needed_and_hidden() {
        let open = |entry: Value| Config::from_json(&json!({"vendors": [entry]}).to_string());
        let message = |entry| open(entry).err().unwrap().message().to_owned();
        let without = |key: &str| {
            let mut entry = json!({"vendor": "baidu_ocr", "api_key": "ak", "secret_key": "sk"});
            entry.as_object_mut().unwrap().remove(key);
            entry
        };
        for key in ["api_key", "secret_key"] {
            let expected = format!("vendors[0].{key}: expected a secret, found none");
            assert_eq!(message(without(key)), expected);
        }
        let config = open(without("location")).unwrap();
        assert_eq!(config.accounts[0].adapter.secrets(), ["ak", "sk"]);
        assert!(config.accounts[0].adapter.token_source().unwrap().keeps_older());
    }
}

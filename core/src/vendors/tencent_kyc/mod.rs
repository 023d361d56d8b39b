//! Tencent Cloud eKYC (the "WBappid" family): bank-card OCR called by a server.
//!
//! Endpoints
//! - `GET  /api/oauth2/access_token`: app id and secret for an access token of up to 7200 s
//! - `GET  /api/oauth2/api_ticket`: the access token for a SIGN ticket of up to 3600 s
//! - `POST /api/paas/bankcardocrapp?orderNo=`: a photo for the card number
//! - `GET  /api/server/getBankCardOcrResult`: an order's result and photos, the only way to them later
//!
//! Documents, read 2026-11: <https://cloud.tencent.com/document/product/1007/35923> (recognition),
//! `/1007/57603` and `/1007/57613` (token, ticket), `/1007/35920` (signature), `/1007/35859` (query),
//! `/1007/47903` (codes). The older pages name the host below and `webankAppId`, the newer ones
//! `kyc1.qcloud.com` and `appId`. The queries' `app_id` is `appId` in the newer editions of those pages;
//! clients of that host send either.
//!
//! Auth: every call signs five values with the ticket (SHA-1 over the values in byte order); the
//! field names, the user id and the photo are not signed. A new token or ticket leaves the one
//! before a minute to live, so the two are fetched together, by one caller at a time.
//!
//! Limits: order number and user id of up to 32 characters; 3 MiB of base64 text. Photo formats are
//! not documented.
//!
//! Quirks: `success` means nothing; results stand under `result` or at the top; the query spells
//! some names otherwise than the recognition does; see `answer`.

use std::time::Duration;

use serde_json::Value;
use sha1::{Digest, Sha1};

use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits};
use crate::card::{Order, Picture, Recognition};
use crate::config::{BASE_FORM, Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenSource, TokenStep};
use crate::vendors::{
    Adapter, Call, Channel, Now, Operation, OrderQuestion, Perform, Profile, Reply, Vendor,
    is_app_id, no_app_id, unsupported,
};
use crate::wire::{Body, Request, Response, percent};

mod answer;
mod codes;

const VENDOR: Vendor = Vendor::TencentKyc;
const ADDRESSES: &str = "the address of an image, only the image itself";

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize, Operation::FetchOrder],
    requests_per_second: None,
    daily_quota: None,
    // The page says 3MB of the base64 parameter; that it means 3145728 bytes is inferred from the ID-card
    // page of the same age. It names no formats; the common ones are (inferred).
    pictures: Some(PictureLimits {
        formats: COMMON_FORMATS,
        length: Some(Length::Base64(3 * 1024 * 1024)),
        sides: None,
        pixels: None,
        address: Address::Refused(ADDRESSES),
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://cloud.tencent.com/document/product/655/32308>
        default_url: "https://miniprogram-kyc.tencentcloudapi.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

/// The host whose pages call the app id `appId` in the body:
/// <https://cloud.tencent.com/document/product/1007/35923>
const CURRENT_HOST: &str = "kyc1.qcloud.com";

/// "接口版本号": <https://cloud.tencent.com/document/product/1007/35923>
const VERSION: &str = "1.0.0";

/// "32位随机串": <https://cloud.tencent.com/document/product/1007/35923>
const NONCE_LEN: usize = 32;

/// How often token and ticket are to be fetched anew:
/// <https://cloud.tencent.com/document/product/1007/57603>
const REFRESH: Duration = Duration::from_secs(20 * 60);

/// An order comes with three photos as base64, one of them the photo that was sent.
const RESPONSE_LIMIT: usize = 8 * 1024 * 1024;

/// One app id and what is needed to sign for it.
struct Account {
    endpoint: Endpoint,
    auth_endpoint: Endpoint,
    app_id: String,
    /// The name of the app id in the body of the recognition.
    app_id_field: &'static str,
    /// Its name in the queries of tokens, tickets and orders.
    app_id_parameter: &'static str,
    secret: Secret,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let app_id = entry.required_text("app_id")?;
        if !is_app_id(&app_id) {
            return Err(no_app_id(entry));
        }
        let secret = entry.required_secret("secret")?;
        let auth_endpoint = match entry.text("auth_base_url")? {
            Some(url) => endpoint
                .beside(&url)
                .map_err(|found| entry.problem("auth_base_url", BASE_FORM, found))?,
            None => endpoint.clone(),
        };
        let fields = [("webankAppId", "webankAppId"), ("appId", "appId")];
        let app_id_field = match entry.choice("app_id_field", &fields)? {
            Some(field) => field,
            None if endpoint.authority() == CURRENT_HOST => "appId",
            None => "webankAppId",
        };
        let parameters = [("app_id", "app_id"), ("appId", "appId")];
        let app_id_parameter = entry.choice("app_id_parameter", &parameters)?.unwrap_or("app_id");
        Ok(Account { endpoint, auth_endpoint, app_id, app_id_field, app_id_parameter, secret })
    }

    /// Signs a call with the ticket.
    fn sign(
        &self,
        call: &Call,
        token: Option<&Token>,
        entropy: &mut Entropy,
    ) -> Result<NonceSignature, Error> {
        let Some(ticket) = token.and_then(|token| token.ticket.as_ref()) else {
            return Err(Error::new(Kind::Internal, "tencent_kyc was given no ticket to sign with"));
        };
        let nonce = entropy.alphanumeric(NONCE_LEN);
        let sign = sign(vec![&self.app_id, &call.order_id, VERSION, &nonce, ticket.reveal()]);
        Ok(NonceSignature { nonce, sign })
    }
}

/// A nonce and the signature over it.
struct NonceSignature {
    nonce: String,
    sign: String,
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        VENDOR
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn fetch_order(&self) -> Option<&dyn Perform<OrderQuestion>> {
        Some(self)
    }

    fn token_source(&self) -> Option<&dyn TokenSource> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        vec![self.secret.reveal()]
    }

    fn response_limit(&self) -> usize {
        RESPONSE_LIMIT
    }
}

impl Perform<Picture> for Account {
    fn build(
        &self,
        picture: &Picture,
        call: &Call,
        token: Option<&Token>,
        _: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let Picture::Photo(photo) = picture else { return Err(unsupported(VENDOR, ADDRESSES)) };
        let signed = self.sign(call, token, entropy)?;
        let mut fields = vec![
            (self.app_id_field, self.app_id.as_str()),
            ("version", VERSION),
            ("nonce", &signed.nonce),
            ("sign", &signed.sign),
            ("orderNo", &call.order_id),
        ];
        if let Some(user_id) = &call.user_id {
            fields.push(("userId", user_id));
        }
        let mut head = String::from("{");
        for (name, value) in fields {
            head.push_str(&format!("\"{name}\":{},", Value::from(value)));
        }
        head.push_str("\"bankcardStr\":\"");
        let body = Body::plain(head).then_base64(photo.bytes.clone()).then_plain("\"}");
        let query = percent::pairs([("orderNo", call.order_id.as_str())]);
        let url = self.endpoint.at(&format!("/api/paas/bankcardocrapp?{query}"));
        Ok(Request::post(url, "application/json", body))
    }

    fn parse(&self, _: &Picture, call: &Call, response: &Response) -> Reply<Recognition> {
        answer::recognition(&call.order_id, response)
    }
}

impl Perform<OrderQuestion> for Account {
    fn build(
        &self,
        _: &OrderQuestion,
        call: &Call,
        token: Option<&Token>,
        _: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let signed = self.sign(call, token, entropy)?;
        let query = percent::pairs([
            (self.app_id_parameter, self.app_id.as_str()),
            ("order_no", &call.order_id),
            ("get_file", "1"),
            ("nonce", &signed.nonce),
            ("version", VERSION),
            ("sign", &signed.sign),
        ]);
        Ok(Request::get(self.endpoint.at(&format!("/api/server/getBankCardOcrResult?{query}"))))
    }

    fn parse(&self, _: &OrderQuestion, call: &Call, response: &Response) -> Reply<Order> {
        answer::order(&call.order_id, response)
    }
}

/// Token first, then the ticket that is made from it: the pair is good for half of the shorter life.
impl TokenSource for Account {
    fn request(
        &self,
        half: Option<&HalfToken>,
        _: bool,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let path = match half {
            None => format!(
                "/api/oauth2/access_token?{}",
                percent::pairs([
                    (self.app_id_parameter, self.app_id.as_str()),
                    ("secret", self.secret.reveal()),
                    ("grant_type", "client_credential"),
                    ("version", VERSION),
                ])
            ),
            Some(token) => format!(
                "/api/oauth2/api_ticket?{}",
                percent::pairs([
                    (self.app_id_parameter, self.app_id.as_str()),
                    ("access_token", token.value.reveal()),
                    ("type", "SIGN"),
                    ("version", VERSION),
                ])
            ),
        };
        Ok(Request::get(self.auth_endpoint.at(&path)))
    }

    fn parse(&self, half: Option<HalfToken>, response: &Response) -> TokenReply {
        let Some(HalfToken { value, life }) = half else {
            let (ids, issued) = answer::access_token(response);
            let half = |(value, life)| TokenStep::Half(HalfToken { value, life });
            return TokenReply { ids, result: issued.map(half) };
        };
        let (ids, issued) = answer::ticket(response);
        let result = issued.map(|(ticket, ticket_life)| TokenStep::Ready {
            token: Token { value, ticket: Some(ticket) },
            usable_for: REFRESH.min(life.min(ticket_life) / 2),
            lives_for: life.min(ticket_life),
        });
        TokenReply { ids, result }
    }
}

/// SHA-1 over the values in byte order, one after the other, in upper-case hex.
/// <https://cloud.tencent.com/document/product/1007/57640>
fn sign(mut values: Vec<&str>) -> String {
    values.sort_unstable();
    let mut hasher = Sha1::new();
    for value in values {
        hasher.update(value);
    }
    base16ct::upper::encode_string(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{CardNumber, Cardholder, Image, Photo};
    use crate::config::Config;
    use crate::vendors::Task;
    use bytes::Bytes;
    use serde_json::json;

    fn open(extra: Value) -> Result<Config, Error> {
        let mut entry = json!({"vendor": "tencent_kyc", "app_id": "IDATEST1", "secret": "s3cret"});
        for (key, value) in extra.as_object().unwrap() {
            entry[key] = value.clone();
        }
        Config::from_json(&json!({"vendors": [entry]}).to_string())
    }

    fn adapter() -> std::sync::Arc<dyn Adapter> {
        open(json!({})).unwrap().accounts.remove(0).adapter
    }

    fn photo(bytes: Bytes) -> Picture {
        Picture::Photo(Photo { bytes, format: crate::ImageFormat::Jpeg, size: None })
    }

    fn refusal(task: Task, order_id: &str, user_id: Option<&str>) -> Option<(Kind, String)> {
        let call = Call {
            task,
            order_id: order_id.to_owned(),
            user_id: user_id.map(str::to_owned),
            reference: None,
        };
        let error = adapter().check(&call).err()?;
        Some((error.kind(), error.argument_name().unwrap_or_default().to_owned()))
    }

    #[test]
    fn signatures_are_those_of_the_vectors() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/tencent_kyc/signatures");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read(entry.unwrap().path()).unwrap();
            for case in serde_json::from_slice::<Vec<Value>>(&text).unwrap() {
                let values: Vec<&str> = case["values"]
                    .as_object()
                    .unwrap()
                    .values()
                    .filter_map(Value::as_str)
                    .collect();
                let mut sorted = values.clone();
                sorted.sort_unstable();
                assert_eq!(sorted.concat(), case["joined"], "{}", case["name"]);
                assert_eq!(sign(values), case["sign"], "{}", case["name"]);
                count += 1;
            }
        }
        assert!(count > 0);
    }

    #[test]
    fn the_limit_counts_base64_text() {
        let small = |len: usize| photo(Bytes::from(vec![0; len]));
        assert_eq!(refusal(Task::Recognize(small(2_359_296)), "a", None), None);
        let image = Some((Kind::InvalidArgument, "image".to_owned()));
        assert_eq!(refusal(Task::Recognize(small(2_359_297)), "a", None), image);
    }

    #[test]
    fn what_it_does_not_take_is_unsupported() {
        let url = Picture::load(Image::url("https://img.example.com/a.jpg")).unwrap();
        let card = CardNumber::parse("6222020000000000000").unwrap();
        let holder = Cardholder::new("6222020000000000000", "张三");
        for task in
            [Task::Recognize(url), Task::Verify(holder.person().unwrap()), Task::LookupCard(card)]
        {
            assert_eq!(refusal(task, "a", None).unwrap().0, Kind::Unsupported);
        }
    }

    #[test]
    fn configuration_is_checked_by_key() {
        for (extra, message) in [
            (
                json!({"app_id": ""}),
                "vendors[0].app_id: expected 1 to 64 letters and digits, found another text",
            ),
            (json!({"secret": null}), "vendors[0].secret: expected a secret, found none"),
            (
                json!({"app_id_field": "app_id"}),
                "vendors[0].app_id_field: expected one of \"webankAppId\", \"appId\", found another string",
            ),
            (
                json!({"auth_base_url": "http://example.com"}),
                "vendors[0].auth_base_url: expected https://HOST, with a port and a path where they \
                 are needed, found plain http to another host, which needs \"allow_insecure_http\": \
                 true",
            ),
        ] {
            assert_eq!(open(extra).err().unwrap().message(), message);
        }
        assert!(
            open(json!({"auth_base_url": "http://example.com", "allow_insecure_http": true}))
                .is_ok()
        );
    }
}

//! WeChat: bank-card OCR of the open platform, for mini programs and official accounts.
//!
//! Endpoints
//! - `POST /cv/ocr/bankcard?access_token=`: a photo as `multipart/form-data`, or `&img_url=` with an
//!   empty body, for the card number
//! - `POST /cgi-bin/stable_token`: app id and secret as JSON for an access token (the default)
//! - `GET  /cgi-bin/token`: the older way, whose every call kills the token before
//!
//! Documents, read 2026-11: the vendor's page "Bank Card Identification" (`cv/ocr/bankcard`),
//! <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html>,
//! <https://developers.weixin.qq.com/doc/oplatform/developers/dev/AccessToken.html>,
//! <https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html>.
//!
//! Auth: the token in the query; in a container of WeChat's cloud hosting as
//! `cloudbase_access_token`,
//! <https://developers.weixin.qq.com/miniprogram/dev/wxcloud/guide/container/cloudcall.html>. A token
//! of `stable_token` stays the same until five minutes before its end, so one that is refused early
//! comes again unless a forced fetch is allowed: 20 a day, 30 seconds apart.
//!
//! Limits: less than 2 MiB of photo; 100 calls a day for free.
//!
//! Quirks: a chunked body gets HTTP 412 without JSON; a part without a file name, with one that is
//! not ASCII, or a quoted boundary gets 41005; see also `answer`.

use std::time::Duration;

use serde_json::Value;

use super::picture_limits::{Address, COMMON_FORMATS, Length, PictureLimits};
use crate::card::{Picture, Recognition};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenSource, TokenStep};
use crate::vendors::{
    Adapter, Call, Channel, Now, Operation, Perform, Profile, Reply, Vendor, is_app_id, no_app_id,
};
use crate::wire::{Body, Method, Request, Response, multipart, percent};

mod answer;
mod codes;

pub(super) const PROFILE: Profile = Profile {
    operations: &[Operation::Recognize],
    requests_per_second: None,
    // The free calls of a day, says its recognition page.
    daily_quota: Some(100),
    // "File size limit: less than 2 M" on the recognition page; that M is MiB is inferred. It names no
    // formats; the common ones are (inferred).
    pictures: Some(PictureLimits {
        formats: COMMON_FORMATS,
        length: Some(Length::Photo(2 * 1024 * 1024 - 1)),
        sides: None,
        pixels: None,
        address: Address::Taken,
    }),
    codes: codes::CODES,
    channel: Channel::Http {
        // <https://developers.weixin.qq.com/doc/service/Basic_Information/Interface_field_description.html>
        // also names `api2` (disaster recovery), `sh.api`, `sz.api` and `hk.api`.
        default_url: "https://api.weixin.qq.com",
        open: |entry, endpoint| Ok(Box::new(Account::open(entry, endpoint)?)),
    },
};

/// `stable_token` renews a token this long before its end, and both are good in that time.
const RENEWAL: Duration = Duration::from_secs(300);

/// A short-lived token is used for half its life, at most this long.
const SHORT_USE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenEndpoint {
    Stable,
    Plain,
}

/// An account, by its app id and secret or by a token that the caller looks after.
struct Account {
    endpoint: Endpoint,
    access: Access,
    /// How a card was pictured, where the vendor is told.
    photo_type: Option<&'static str>,
}

enum Access {
    /// A token and the name of its parameter.
    Given(&'static str, Secret),
    Fetched(App),
}

/// The credentials that tokens are fetched with.
struct App {
    endpoint: Endpoint,
    app_id: String,
    app_secret: Secret,
    token_endpoint: TokenEndpoint,
    force_refresh: bool,
}

impl Account {
    fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let access_token = entry.secret("access_token")?;
        let cloud_token = entry.secret("cloudbase_access_token")?;
        let app_id = entry.text("app_id")?;
        let app_secret = entry.secret("app_secret")?;
        let choices = [("stable_token", TokenEndpoint::Stable), ("token", TokenEndpoint::Plain)];
        let token_endpoint = entry.choice("token_endpoint", &choices)?;
        let force_refresh = entry.flag("force_refresh")?;
        let photo_types = [("photo", "photo"), ("scan", "scan")];
        let photo_type = entry.choice("photo_type", &photo_types)?;
        let given = match (access_token, cloud_token) {
            (Some(_), Some(_)) => {
                let expected = "either it or access_token";
                return Err(entry.problem("cloudbase_access_token", expected, "both"));
            }
            (Some(token), None) => Some(("access_token", token)),
            (None, Some(token)) => Some(("cloudbase_access_token", token)),
            (None, None) => None,
        };
        let access = match (given, app_id, app_secret) {
            (Some((name, token)), None, None) => {
                if token.reveal().contains(' ') {
                    return Err(entry.problem(name, "a token without spaces", "a space"));
                }
                let unused = [
                    ("token_endpoint", token_endpoint.is_some()),
                    ("force_refresh", force_refresh.is_some()),
                ];
                if let Some((key, _)) = unused.iter().find(|(_, given)| *given) {
                    let expected = format!("none beside {name}");
                    return Err(entry.problem(key, expected, "one"));
                }
                Access::Given(name, token)
            }
            (Some((name, _)), _, _) => {
                return Err(entry.problem(name, "either it or app_id and app_secret", "both"));
            }
            (None, None, None) => {
                let expected = "it and app_secret, or access_token, or cloudbase_access_token";
                return Err(entry.missing("app_id", expected));
            }
            (None, None, Some(_)) => return Err(entry.missing("app_id", "it beside app_secret")),
            (None, Some(_), None) => return Err(entry.missing("app_secret", "it beside app_id")),
            (None, Some(app_id), Some(app_secret)) => {
                if !is_app_id(&app_id) {
                    return Err(no_app_id(entry));
                }
                let token_endpoint = token_endpoint.unwrap_or(TokenEndpoint::Stable);
                let force_refresh = force_refresh.unwrap_or(false);
                if force_refresh && token_endpoint == TokenEndpoint::Plain {
                    let expected = "the token_endpoint \"stable_token\" beside it";
                    return Err(entry.problem("force_refresh", expected, "\"token\""));
                }
                let endpoint = endpoint.clone();
                Access::Fetched(App { endpoint, app_id, app_secret, token_endpoint, force_refresh })
            }
        };
        Ok(Account { endpoint, access, photo_type })
    }
}

impl Adapter for Account {
    fn vendor(&self) -> Vendor {
        Vendor::Wechat
    }

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        Some(self)
    }

    fn token_source(&self) -> Option<&dyn TokenSource> {
        match &self.access {
            Access::Given(..) => None,
            Access::Fetched(app) => Some(app),
        }
    }

    fn secrets(&self) -> Vec<&str> {
        match &self.access {
            Access::Given(_, token) => vec![token.reveal()],
            Access::Fetched(app) => vec![app.app_secret.reveal()],
        }
    }
}

impl Perform<Picture> for Account {
    fn build(
        &self,
        picture: &Picture,
        _: &Call,
        token: Option<&Token>,
        _: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let (name, token) = match (&self.access, token) {
            (Access::Given(name, token), _) => (*name, token),
            (Access::Fetched(_), Some(token)) => ("access_token", &token.value),
            (Access::Fetched(_), None) => {
                return Err(Error::new(Kind::Internal, "wechat was given no access token"));
            }
        };
        let photo_type = self.photo_type.map(|value| ("type", value));
        let query = percent::pairs(photo_type.into_iter().chain([(name, token.reveal())]));
        let address = self.endpoint.at(&format!("/cv/ocr/bankcard?{query}"));
        Ok(match picture {
            Picture::Photo(photo) => {
                let boundary = format!("----cardwire{}", entropy.alphanumeric(24));
                let file_name = format!("card.{}", photo.format.extension());
                let media_type = photo.format.media_type();
                let file = photo.bytes.clone();
                let (content_type, body) =
                    multipart::one_file(&boundary, "img", &file_name, media_type, file);
                Request::post(address, content_type, body)
            }
            // Percent-encoded once: twice, and the vendor answers 101000.
            Picture::Url(url) => {
                let mut request = Request { method: Method::Post, ..Request::get(address) };
                request.url.push('&');
                request.url.push_str(&percent::pairs([("img_url", url.as_str())]));
                request
            }
        })
    }

    fn parse(&self, _: &Picture, _: &Call, response: &Response) -> Reply<Recognition> {
        answer::parse(response)
    }
}

impl TokenSource for App {
    fn request(
        &self,
        _: Option<&HalfToken>,
        force: bool,
        _: Now,
        _: &mut Entropy,
    ) -> Result<Request, Error> {
        let secret = self.app_secret.reveal();
        Ok(match self.token_endpoint {
            TokenEndpoint::Stable => {
                let body = format!(
                    "{{\"grant_type\":\"client_credential\",\"appid\":{},\"secret\":{},\"force_refresh\":{}}}",
                    Value::from(self.app_id.as_str()),
                    Value::from(secret),
                    force && self.force_refresh
                );
                let address = self.endpoint.at("/cgi-bin/stable_token");
                Request::post(address, "application/json", Body::plain(body))
            }
            TokenEndpoint::Plain => {
                let query = percent::pairs([
                    ("grant_type", "client_credential"),
                    ("appid", self.app_id.as_str()),
                    ("secret", secret),
                ]);
                Request::get(self.endpoint.at(&format!("/cgi-bin/token?{query}")))
            }
        })
    }

    fn parse(&self, _: Option<HalfToken>, response: &Response) -> TokenReply {
        let (ids, issued) = answer::access_token(response);
        let result = issued.map(|(value, life)| {
            let usable_for = life.saturating_sub(RENEWAL).max(SHORT_USE.min(life / 2));
            let token = Token { value, ticket: None };
            TokenStep::Ready { token, usable_for, lives_for: life }
        });
        TokenReply { ids, result }
    }

    fn keeps_older(&self) -> bool {
        self.token_endpoint == TokenEndpoint::Stable
    }

    fn may_force(&self) -> bool {
        self.force_refresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{CardNumber, Cardholder};
    use crate::config::Config;
    use crate::vendors::Task;
    use serde_json::json;

    fn open(entry: Value) -> Result<Config, Error> {
        Config::from_json(&json!({"vendors": [entry]}).to_string())
    }

    fn adapter(extra: Value) -> std::sync::Arc<dyn Adapter> {
        let mut entry = json!({"vendor": "wechat", "app_id": "wxtest", "app_secret": "s3cret"});
        for (key, value) in extra.as_object().unwrap() {
            entry[key] = value.clone();
        }
        open(entry).unwrap().accounts.remove(0).adapter
    }

    fn check(task: Task) -> Result<(), Error> {
        adapter(json!({})).check(&Call {
            task,
            order_id: "a".into(),
            user_id: None,
            reference: None,
        })
    }

    #[test]
    fn what_it_does_not_take_is_unsupported() {
        let card = CardNumber::parse("6222020000000000000").unwrap();
        let holder = Cardholder::new("6222020000000000000", "张三");
        for task in
            [Task::FetchOrder, Task::Verify(holder.person().unwrap()), Task::LookupCard(card)]
        {
            assert_eq!(check(task).unwrap_err().kind(), Kind::Unsupported);
        }
    }

    #[test]
    fn credentials_come_in_one_of_two_forms() {
        for (entry, message) in [
            (
                json!({}),
                "app_id: expected it and app_secret, or access_token, or cloudbase_access_token, \
                 found none",
            ),
            (json!({"app_secret": "s"}), "app_id: expected it beside app_secret, found none"),
            (json!({"app_id": "wx"}), "app_secret: expected it beside app_id, found none"),
            (
                json!({"access_token": "t", "app_id": "wx"}),
                "access_token: expected either it or app_id and app_secret, found both",
            ),
            (
                json!({"access_token": "t", "cloudbase_access_token": "t"}),
                "cloudbase_access_token: expected either it or access_token, found both",
            ),
            (
                json!({"cloudbase_access_token": "t", "app_secret": "s"}),
                "cloudbase_access_token: expected either it or app_id and app_secret, found both",
            ),
            (
                json!({"access_token": "t", "force_refresh": false}),
                "force_refresh: expected none beside access_token, found one",
            ),
            (
                json!({"app_id": "wx", "app_secret": "s", "token_endpoint": "cgi"}),
                "token_endpoint: expected one of \"stable_token\", \"token\", found another string",
            ),
            (
                json!({"app_id": "wx", "app_secret": "s", "token_endpoint": "token",
                       "force_refresh": true}),
                "force_refresh: expected the token_endpoint \"stable_token\" beside it, found \"token\"",
            ),
            (
                json!({"app_id": "wx&x", "app_secret": "s"}),
                "app_id: expected 1 to 64 letters and digits, found another text",
            ),
        ] {
            let mut entry = entry;
            entry["vendor"] = "wechat".into();
            assert_eq!(open(entry).err().unwrap().message(), format!("vendors[0].{message}"));
        }
    }

    #[test]
    fn tokens_repeat_and_are_forced_as_configured() {
        let source = |extra| {
            let adapter = adapter(extra);
            let source = adapter.token_source().unwrap();
            (source.keeps_older(), source.may_force())
        };
        assert_eq!(source(json!({})), (true, false));
        assert_eq!(source(json!({"force_refresh": true})), (true, true));
        assert_eq!(source(json!({"token_endpoint": "token"})), (false, false));
        let given = open(json!({"vendor": "wechat", "access_token": "t"})).unwrap();
        assert!(given.accounts[0].adapter.token_source().is_none());
    }
}

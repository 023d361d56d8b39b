//! WeChat: `/cgi-bin/stable_token`, `/cgi-bin/token` and `/cv/ocr/bankcard`.
//! <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html>,
//! <https://developers.weixin.qq.com/doc/oplatform/developers/dev/AccessToken.html>.

use serde_json::{Map, Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request, one};
use crate::images;
use crate::magic::CardFacts;
use crate::multipart;
use crate::settings::{Settings, WechatShape};
use crate::shared::{Call, DailyCount, Reply, SlidingCount, http_code};
use crate::vendor::{Machine, Operation, Sample, TokenEnd, Vendor};

pub(crate) mod checks {
    use crate::checks::{HTTP, Source, source};

    static OCR: Source = source("bank-card OCR page, /cv/ocr/bankcard", "");
    static ERRORS: Source = source(
        "general error codes",
        "https://developers.weixin.qq.com/doc/store/API/basics/commErrCode.html",
    );
    static TOKEN: Source = source(
        "access token page",
        "https://developers.weixin.qq.com/doc/oplatform/developers/dev/AccessToken.html",
    );
    static STABLE: Source = source(
        "stable_token page",
        "https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html",
    );
    static CHUNKED: Source = source(
        "seen: clients that sent no length",
        "https://github.com/fastwego/miniprogram/issues/3",
    );
    static NO_NAME: Source =
        source("seen: a part without a file name", "https://github.com/silenceper/wechat/pull/832");
    static OTHER_NAME: Source = source(
        "seen: a file name beyond ASCII",
        "https://github.com/doraemonext/wechat-python-sdk/issues/118",
    );
    static QUOTED: Source =
        source("seen: SKIT.FlurlHttpClient.Wechat takes the quotes off in every upload", "");
    static CLIENT_CODES: Source =
        source("codes that a public client lists", "https://github.com/binarywang/WxJava");

    crate::checks::checks! {
        PATH: "http:404", "a path the vendor does not have", HTTP;
        NO_LENGTH: "http:412", "a POST without Content-Length", CHUNKED;
        GET: "43001", "/cgi-bin/token with another method than GET", ERRORS;
        POST: "43002", "another method than POST, elsewhere", ERRORS;
        EMPTY_POST: "44002", "a stable_token request without a body", ERRORS;
        JSON: "47001", "a stable_token body that is no JSON object", ERRORS;
        GRANT_TYPE: "40002", "a grant_type other than client_credential", STABLE;
        APP_ID_MISSING: "41002", "no appid", CLIENT_CODES;
        SECRET_MISSING: "41004", "no secret", CLIENT_CODES;
        APP_ID: "40013", "an appid that is not known", ERRORS;
        SECRET: "40125", "a wrong secret", CLIENT_CODES;
        TOKEN_QUOTA: "45009", "more calls of /cgi-bin/token a day than wechat_token_daily", ERRORS;
        FORCE_QUOTA: "45009", "more forced refreshes a day than wechat_force_daily", STABLE;
        TOKEN_MISSING: "41001", "a recognition without access_token", ERRORS;
        TOKEN_DEAD: "40001", "an access token that is not the newest", OCR;
        TOKEN_EXPIRED: "42001", "an access token that ran out", TOKEN;
        ADDRESS: "101000", "an img_url that is no http address", OCR;
        MEDIA: "41005", "a body that is no multipart/form-data with a file", OCR;
        BOUNDARY: "41005", "a quoted boundary", QUOTED;
        FILE_NAME: "41005", "no part with a file name", NO_NAME;
        FILE_NAME_ASCII: "41005", "a file name beyond ASCII", OTHER_NAME;
        PHOTO_EMPTY: "44001", "an empty file", CLIENT_CODES;
        PHOTO_LARGE: "45001", "a file of 2 MiB or more", OCR;
        PHOTO_FORMAT: "40137", "a picture that is not JPEG, PNG or BMP", CLIENT_CODES;
        MINUTE: "45011", "more recognitions a minute than wechat_minute_quota", ERRORS;
        DAY: "45009", "more recognitions a day than wechat_daily_quota", OCR;
    }
}

/// The application id of the configuration.
pub(crate) const APP_ID: &str = "wxsandbox0000000001";
/// An application id of this form makes the token endpoints answer the code behind it.
pub(crate) const CODE_APP_ID: &str = "wxcode";
/// "less than 2 M".
const MAX_IMAGE: usize = 2 * 1024 * 1024;
/// Both tokens live together this long after a renewal.
const OVERLAP: i64 = 300;

/// Documented codes and their usual text.
pub(crate) const CODES: &[(&str, &str)] = &[
    ("0", "ok"),
    ("-1", "system error"),
    ("-1000", "system error"),
    ("40001", "invalid credential, access_token is invalid or not latest"),
    ("40002", "invalid grant_type"),
    ("40004", "invalid media type"),
    ("40005", "invalid file type"),
    ("40006", "invalid file size"),
    ("40009", "invalid image size"),
    ("40013", "invalid appid"),
    ("40014", "invalid access_token"),
    ("40066", "invalid url"),
    ("40125", "invalid appsecret"),
    ("40137", "invalid image format"),
    ("40164", "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist"),
    ("41001", "access_token missing"),
    ("41002", "appid missing"),
    ("41004", "appsecret missing"),
    ("41005", "media data missing"),
    ("42001", "access_token expired"),
    ("42007", "access_token and refresh_token exception"),
    ("43001", "require GET method"),
    ("43002", "require POST method"),
    ("43003", "require https"),
    ("43101", "user refuse to accept the msg"),
    ("44001", "empty media data"),
    ("44002", "empty post data"),
    ("45001", "media size out of limit"),
    ("45009", "reach max api daily quota limit"),
    ("45011", "api minute-quota reach limit must slower retry next minute"),
    ("45035", "access clientip is not registered, not in ip-white-list"),
    ("47001", "data format error"),
    ("48001", "api unauthorized"),
    ("48004", "api forbidden for irregularities"),
    ("48017", "server ip retired"),
    ("50001", "user unauthorized"),
    ("50002", "user limited"),
    ("50004", "not allowed to use access_token"),
    ("61003", "component is not authorized by this account"),
    ("61004", "access clientip is not registered"),
    ("61007", "api is unauthorized to component"),
    ("61024", "component must use component token"),
    ("89501", "this ip needs the administrator's confirmation"),
    ("89502", "this ip needs the administrator's confirmation"),
    ("89503", "this ip needs the administrator's confirmation"),
    ("89504", "this ip needs the administrator's confirmation"),
    ("89505", "this ip needs the administrator's confirmation"),
    ("89506", "this ip was refused twice by the administrator, wait 24 hours"),
    ("89507", "this ip was refused by the administrator, wait 1 hour"),
    ("101000", "invalid image url"),
    ("101001", "certificate not found"),
    ("101002", "not enough market quota"),
    ("101003", "not enough market quota"),
];

struct Token {
    value: String,
    expires: i64,
    refused: bool,
}

/// One family of tokens: those of `/token` and those of `/stable_token` do not influence each other.
#[derive(Default)]
struct Family {
    tokens: Vec<Token>,
}

impl Family {
    fn issue(&mut self, call: &Call<'_>, settings: &Settings, overlap: i64) -> (String, i64) {
        let now = call.now();
        for older in &mut self.tokens {
            older.expires = older.expires.min(now + overlap);
        }
        self.tokens.retain(|t| t.expires > now - 86_400);
        let fill = settings.wechat_token_length.saturating_sub(4);
        let value = format!("9_{}_-", call.shared.credentials.token_text(fill));
        let life = settings.wechat_token_seconds;
        self.tokens.push(Token { value: value.clone(), expires: now + life, refused: false });
        (value, life)
    }
}

/// Tokens and quotas.
#[derive(Default)]
struct Store {
    plain: Family,
    stable: Family,
    caller_refused: bool,
    last_forced: Option<i64>,
    forced: DailyCount,
    plain_calls: DailyCount,
    daily: DailyCount,
    minute: SlidingCount,
    answers: usize,
}

impl Store {
    /// Forgets every token: the old ones are answered 40001, the endpoints make new ones.
    fn revoke(&mut self) {
        self.plain.tokens.clear();
        self.stable.tokens.clear();
        self.caller_refused = true;
    }

    /// Lets every token run out: 42001.
    fn expire(&mut self, now: i64) {
        for token in self.plain.tokens.iter_mut().chain(&mut self.stable.tokens) {
            token.expires = token.expires.min(now);
        }
    }

    /// Refuses the current tokens with 40001 while `stable_token` still hands them out.
    fn refuse(&mut self) {
        for token in self.plain.tokens.iter_mut().chain(&mut self.stable.tokens) {
            token.refused = true;
        }
        self.caller_refused = true;
    }
}

pub(crate) static MACHINE: Machine = Machine {
    hosts: &[
        "api.weixin.qq.com",
        "api2.weixin.qq.com",
        "sh.api.weixin.qq.com",
        "sz.api.weixin.qq.com",
        "hk.api.weixin.qq.com",
    ],
    operation,
    handle,
    entry: |given| {
        vec![("app_id", APP_ID.to_owned()), ("app_secret", given.wechat_app_secret.clone())]
    },
    rate: 0,
    tokens: Some(|state, end, now| {
        let (store, _) = state.of::<Store>(Vendor::Wechat);
        match end {
            TokenEnd::Revoked => store.revoke(),
            TokenEnd::Expired => store.expire(now),
            TokenEnd::Refused => store.refuse(),
        }
    }),
    // As many calls a day as the settings allow, not the 100 that the vendor documents.
    settings: &[("daily_quota", 0)],
    checks: checks::ALL,
    codes: &[],
    sample: Sample {
        success: r#"{"errcode":0,"errmsg":"ok","number":"NUMBER"}"#,
        field: r#""errcode":0"#,
        refusal: r#"{"errcode":"CODE","errmsg":TEXT}"#,
        wrong_request: "47001",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    match request.path.as_str() {
        "/cgi-bin/token" | "/cgi-bin/stable_token" => Operation::Token,
        "/cv/ocr/bankcard" => Operation::Recognize,
        _ => Operation::Other,
    }
}

fn handle(call: &Call<'_>, operation: Operation) -> Reply {
    let result = match (operation, call.request.path.as_str()) {
        // The front answers this itself, without JSON.
        _ if call.request.method == "POST" && !call.request.has_length() => Err(&checks::NO_LENGTH),
        (Operation::Token, "/cgi-bin/token") => plain_token(call),
        (Operation::Token, _) => stable_token(call),
        (Operation::Recognize, _) => recognize(call),
        _ => Err(&checks::PATH),
    };
    result.unwrap_or_else(|check| error(check.answer))
}

fn error(code: &str) -> Reply {
    if let Some(status) = http_code(code) {
        return Reply::http(status);
    }
    let number: i64 = code.parse().unwrap_or(-1);
    let text = CODES.iter().find(|(c, _)| *c == code).map_or("unknown error", |(_, m)| m);
    let hex = crypto::hex(crypto::random_text(10).as_bytes());
    let rid = format!("{}-{}-{}", &hex[..8], &hex[8..16], crypto::random_digits(8));
    let body = json!({
        "errcode": number,
        "errmsg": format!("{text} hint: [{}] rid: {rid}", &hex[..11]),
    });
    Reply::refused(Answer::new(200, "application/json; encoding=utf-8", body.to_string()), code)
        .id(&rid)
}

/// Checks the credentials of a token endpoint; gives the code that a magic application id or a script wants.
fn credentials<'a>(
    call: &Call<'a>,
    app_id: Option<&'a str>,
    secret: Option<&str>,
) -> Result<Option<&'a str>, Refusal> {
    let app_id = app_id.filter(|a| !a.is_empty()).ok_or(&checks::APP_ID_MISSING)?;
    let secret = secret.filter(|s| !s.is_empty()).ok_or(&checks::SECRET_MISSING)?;
    if let Some(code) = app_id.strip_prefix(CODE_APP_ID) {
        return Ok(Some(code));
    }
    if app_id != APP_ID {
        return Err(&checks::APP_ID);
    }
    if secret != call.shared.credentials.wechat_app_secret {
        return Err(&checks::SECRET);
    }
    Ok(call.forced.filter(|c| *c != "0"))
}

fn issued(value: &str, seconds: i64) -> Reply {
    let body = json!({"access_token": value, "expires_in": seconds});
    Reply::refused(Answer::json(&body), "0").done(true, false)
}

fn plain_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.request.method != "GET" {
        return Err(&checks::GET);
    }
    let params = call.request.query_params();
    if one(&params, "grant_type") != Some("client_credential") {
        return Err(&checks::GRANT_TYPE);
    }
    if let Some(code) = credentials(call, one(&params, "appid"), one(&params, "secret"))? {
        return Ok(error(code));
    }
    let now = call.now();
    let mut state = call.shared.lock();
    let settings = state.settings.clone();
    let (store, _) = state.of::<Store>(call.vendor);
    if !store.plain_calls.admit(now, settings.wechat_token_daily) {
        return Err(&checks::TOKEN_QUOTA);
    }
    let (value, life) = store.plain.issue(call, &settings, OVERLAP);
    Ok(issued(&value, life))
}

fn stable_token(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.request.method != "POST" {
        return Err(&checks::POST);
    }
    if call.request.body.is_empty() {
        return Err(&checks::EMPTY_POST);
    }
    let fields: Map<String, Value> =
        serde_json::from_slice(&call.request.body).map_err(|_| &checks::JSON)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if text("grant_type") != Some("client_credential") {
        return Err(&checks::GRANT_TYPE);
    }
    let force = fields.get("force_refresh") == Some(&Value::Bool(true));
    if let Some(code) = credentials(call, text("appid"), text("secret"))? {
        return Ok(error(code));
    }
    let now = call.now();
    let mut state = call.shared.lock();
    let settings = state.settings.clone();
    let (store, _) = state.of::<Store>(call.vendor);
    let current = store
        .stable
        .tokens
        .last()
        .filter(|t| t.expires > now)
        .map(|t| (t.value.clone(), t.expires - now));
    if force {
        let rested =
            store.last_forced.is_none_or(|at| now - at >= settings.wechat_force_gap_seconds);
        if rested {
            if !store.forced.admit(now, settings.wechat_force_daily) {
                return Err(&checks::FORCE_QUOTA);
            }
            store.last_forced = Some(now);
            let (value, life) = store.stable.issue(call, &settings, 0);
            return Ok(issued(&value, life));
        }
    }
    match current {
        // A normal call hands out the same token until it has less than five minutes left.
        Some((value, left)) if left >= OVERLAP || settings.wechat_token_seconds < OVERLAP => {
            Ok(issued(&value, left))
        }
        _ => {
            let (value, life) = store.stable.issue(call, &settings, OVERLAP);
            Ok(issued(&value, life))
        }
    }
}

fn check_token(call: &Call<'_>, token: &str) -> Result<(), Refusal> {
    let mut state = call.shared.lock();
    let (store, _) = state.of::<Store>(call.vendor);
    if token == call.shared.credentials.wechat_access_token {
        return if store.caller_refused { Err(&checks::TOKEN_DEAD) } else { Ok(()) };
    }
    match store.plain.tokens.iter().chain(&store.stable.tokens).find(|t| t.value == token) {
        None => Err(&checks::TOKEN_DEAD),
        Some(t) if t.refused => Err(&checks::TOKEN_DEAD),
        Some(t) if t.expires <= call.now() => Err(&checks::TOKEN_EXPIRED),
        Some(_) => Ok(()),
    }
}

/// Returns the card in the picture that was sent or named.
fn picture(call: &Call<'_>, params: &[(String, String)]) -> Result<CardFacts, Refusal> {
    if let Some(url) = one(params, "img_url") {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        return match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
                Ok(CardFacts::from_url(url))
            }
            _ => Err(&checks::ADDRESS),
        };
    }
    let file = multipart::file(call.request)?;
    call.note_picture(file);
    if file.is_empty() {
        return Err(&checks::PHOTO_EMPTY);
    }
    if file.len() >= MAX_IMAGE {
        return Err(&checks::PHOTO_LARGE);
    }
    images::format(file).ok_or(&checks::PHOTO_FORMAT)?;
    Ok(CardFacts::from_image(file))
}

fn recognize(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.request.method != "POST" {
        return Err(&checks::POST);
    }
    let params = call.request.query_params();
    // Within WeChat's cloud the parameter has another name:
    // <https://developers.weixin.qq.com/miniprogram/dev/wxcloud/guide/container/cloudcall.html>.
    let token = one(&params, "access_token").or_else(|| one(&params, "cloudbase_access_token"));
    let token = token.filter(|t| !t.is_empty());
    check_token(call, token.ok_or(&checks::TOKEN_MISSING)?)?;
    let facts = picture(call, &params)?;
    let mut state = call.shared.lock();
    let (store, settings) = state.of::<Store>(call.vendor);
    let (daily, minute) = (settings.wechat_daily_quota, settings.wechat_minute_quota);
    if !store.minute.admit(call.now_ms, 60_000, minute) {
        return Err(&checks::MINUTE);
    }
    if !store.daily.admit(call.now(), daily) {
        return Err(&checks::DAY);
    }
    let code = call.forced.map(str::to_owned).or_else(|| facts.code(Vendor::Wechat));
    if let Some(code) = code.filter(|c| c != "0") {
        let executed = ["101000", "101001"].contains(&code.as_str());
        return Ok(error(&code).done(executed, false));
    }
    store.answers += 1;
    let shape = match settings.wechat_shape {
        WechatShape::Cycle => [
            WechatShape::NumberCode,
            WechatShape::StringCodeId,
            WechatShape::StringCode,
            WechatShape::NoCode,
        ][(store.answers - 1) % 4],
        shape => shape,
    };
    let body = match shape {
        WechatShape::StringCodeId => json!({"errcode": "0", "errmsg": "ok", "id": facts.number}),
        WechatShape::StringCode => json!({"errcode": "0", "errmsg": "ok", "number": facts.number}),
        WechatShape::NoCode => json!({"number": facts.number}),
        WechatShape::NumberCode | WechatShape::Cycle => {
            json!({"errcode": 0, "errmsg": "ok", "number": facts.number})
        }
    };
    let answer = Answer::new(200, "application/json; encoding=utf-8", body.to_string());
    Ok(Reply::refused(answer, "0").done(true, true))
}

//! Tencent eKYC: access token, SIGN ticket, bank-card OCR and the fetch of an order.
//! <https://cloud.tencent.com/document/product/1007/35923>, `/57603`, `/57613`, `/35920`, `/35859`, `/47903`.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request, one};
use crate::images::{self, Format};
use crate::magic::CardFacts;
use crate::shared::{Call, Reply, http_code};
use crate::tencent_kyc_codes::CODES;
use crate::vendor::{Machine, Operation, Sample, TokenEnd, Vendor};

mod checks {
    use crate::checks::{HTTP, Source, source};

    static OCR: Source =
        source("bank-card OCR page", "https://cloud.tencent.com/document/product/1007/35923");
    static OCR_CODES: Source =
        source("bank-card OCR codes", "https://cloud.tencent.com/document/product/1007/47903");
    static ID_CODES: Source = source(
        "codes of the ID-card sibling",
        "https://cloud.tencent.com/document/product/1007/47902",
    );
    static TOKEN: Source =
        source("access token page", "https://cloud.tencent.com/document/product/1007/57603");
    static TICKET: Source =
        source("SIGN ticket page", "https://cloud.tencent.com/document/product/1007/57613");
    static SIGNATURE: Source =
        source("signature page", "https://cloud.tencent.com/document/product/1007/35920");
    static GATEWAY_CODES: Source = source(
        "codes of the back end, OCR SDK pages",
        "https://github.com/tencentyun/qcloud-documents",
    );
    static PROBE: Source = source(
        "seen: the health probe of a public client expects it",
        "https://github.com/trongdat1998/broker-server",
    );
    static RENEWAL: Source = source(
        "seen: a public client renews its token on it",
        "https://github.com/auroraride/aurservd",
    );
    static CLIENT_CODES: Source =
        source("codes that a public client lists", "https://github.com/wefi-ai/eKYC-Suite");

    crate::checks::checks! {
        PATH: "http:404", "a path the vendor does not have", HTTP;
        METHOD: "http:405", "another method than the document's", PROBE;
        PARAMETER: "400101", "a required parameter that is missing or empty", PROBE;
        APP_ID: "400101", "an application id that is missing or another's", TOKEN;
        VERSION: "400502", "a version other than 1.0.0", GATEWAY_CODES;
        GRANT_TYPE: "400101", "a grant_type other than client_credential", TOKEN;
        SECRET: "400105", "a wrong secret", GATEWAY_CODES;
        TICKET_TYPE: "400101", "a ticket type other than SIGN", TICKET;
        TOKEN_DEAD: "400101", "an access token that is not known", RENEWAL;
        TOKEN_EXPIRED: "15", "an access token that ran out", RENEWAL;
        CONTENT_TYPE: "http:415", "a recognition that is not application/json", OCR;
        BODY: "400101", "a body that is no JSON object", OCR;
        ORDER_LONG: "66660000", "an order number longer than 32", OCR_CODES;
        ORDER_FORM: "400101", "an order number with other than letters and digits", OCR;
        ORDER_USED: "66660001", "an order number for the second time", OCR;
        ORDER_UNKNOWN: "66660020", "the fetch of an order that is not known", ID_CODES;
        USER_LONG: "66660000", "a userId longer than 32", OCR_CODES;
        USER_FORM: "400101", "a userId with special characters", OCR;
        NONCE: "400101", "a nonce other than 32 letters and digits", OCR;
        SIGN: "400101", "a wrong signature, or one with a dead ticket", SIGNATURE;
        PHOTO_MISSING: "-1301", "a recognition without bankcardStr", CLIENT_CODES;
        PHOTO_EMPTY: "-1300", "an empty bankcardStr", CLIENT_CODES;
        PHOTO_LARGE: "400601", "more than 3 MiB of base64 text", OCR;
        PHOTO_BASE64: "-1102", "a bankcardStr that is not base64", OCR;
        PHOTO_FORMAT: "-9005", "a picture that is not JPEG, PNG or BMP", CLIENT_CODES;
        RATE: "400501", "more recognitions a second than its rate", GATEWAY_CODES;
    }
}

/// The application id of the configuration.
pub(crate) const APP_ID: &str = "IDASANDB";
const VERSION: &str = "1.0.0";
/// Longest base64 text, <https://cloud.tencent.com/document/product/1007/35923> ("3MB" of the Base64 parameter).
const MAX_BASE64: usize = 3 * 1024 * 1024;
/// Orders whose original photo is kept.
const KEPT_PHOTOS: usize = 32;
const KEPT_ORDERS: usize = 100_000;

struct Token {
    value: String,
    expires: i64,
}

struct Ticket {
    value: String,
    token: String,
    expires: i64,
}

struct Order {
    code: String,
    facts: CardFacts,
    photo: Option<Vec<u8>>,
    time: i64,
}

/// Tokens, tickets, nonces and orders.
#[derive(Default)]
struct Store {
    tokens: Vec<Token>,
    tickets: Vec<Ticket>,
    orders: HashMap<String, Order>,
    order_age: VecDeque<String>,
}

impl Store {
    /// Kills every token, and with them every ticket.
    fn revoke(&mut self) {
        self.tokens.clear();
        self.tickets.clear();
    }

    /// Lets every token and ticket run out now.
    fn expire(&mut self, now: i64) {
        self.tokens.iter_mut().for_each(|t| t.expires = t.expires.min(now));
        self.tickets.iter_mut().for_each(|t| t.expires = t.expires.min(now));
    }

    fn live_tickets(&self, now: i64) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().filter(move |ticket| {
            ticket.expires > now
                && self.tokens.iter().any(|t| t.value == ticket.token && t.expires > now)
        })
    }

    fn keep(&mut self, order_no: &str, order: Order) {
        self.orders.insert(order_no.to_owned(), order);
        self.order_age.push_back(order_no.to_owned());
        if let Some(old) = self.order_age.len().checked_sub(KEPT_PHOTOS + 1)
            && let Some(order) = self.order_age.get(old).and_then(|n| self.orders.get_mut(n))
        {
            order.photo = None;
        }
        if self.order_age.len() > KEPT_ORDERS
            && let Some(gone) = self.order_age.pop_front()
        {
            self.orders.remove(&gone);
        }
    }
}

/// Returns the signature over the values in byte order, then the ticket's text among them.
pub(crate) fn sign(values: &[&str]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    crypto::sha1_hex(sorted.concat().as_bytes()).to_uppercase()
}

pub(crate) static MACHINE: Machine = Machine {
    hosts: &[
        "kyc1.qcloud.com",
        "kyc.qcloud.com",
        "miniprogram-kyc.tencentcloudapi.com",
        "idasc.webank.com",
        "ida.webank.com",
    ],
    operation,
    handle,
    entry: |given| vec![("app_id", APP_ID.to_owned()), ("secret", given.kyc_secret.clone())],
    rate: 0,
    tokens: Some(|state, end, now| {
        let (store, _) = state.of::<Store>(Vendor::TencentKyc);
        match end {
            TokenEnd::Expired => store.expire(now),
            TokenEnd::Revoked | TokenEnd::Refused => store.revoke(),
        }
    }),
    settings: &[],
    checks: checks::ALL,
    codes: &[],
    sample: Sample {
        success: r#"{"code":"0","msg":"ok","result":{"bankcardNo":"NUMBER","orderNo":""}}"#,
        field: r#""code":"0""#,
        refusal: r#"{"code":"CODE","msg":TEXT}"#,
        wrong_request: "66660000",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    match request.path.as_str() {
        "/api/oauth2/access_token" => Operation::Token,
        "/api/oauth2/api_ticket" => Operation::Ticket,
        "/api/paas/bankcardocrapp" => Operation::Recognize,
        "/api/server/getBankCardOcrResult" => Operation::FetchOrder,
        _ => Operation::Other,
    }
}

fn handle(call: &Call<'_>, operation: Operation) -> Reply {
    let wanted = if operation == Operation::Recognize { "POST" } else { "GET" };
    let reply = match operation {
        Operation::Token | Operation::Ticket | Operation::Recognize | Operation::FetchOrder
            if call.request.method != wanted =>
        {
            Err(&checks::METHOD)
        }
        Operation::Token => token(call),
        Operation::Ticket => ticket(call),
        Operation::Recognize => recognize(call),
        Operation::FetchOrder => fetch_order(call),
        _ => Err(&checks::PATH),
    };
    reply.unwrap_or_else(|check| refused(call, check))
}

fn refused(call: &Call<'_>, check: Refusal) -> Reply {
    failure(call, check.answer, check.refuses)
}

fn message(code: &str) -> &'static str {
    CODES.iter().find(|(c, _)| *c == code).map_or("未知错误", |(_, m)| m)
}

fn failure(call: &Call<'_>, code: &str, detail: &str) -> Reply {
    if let Some(status) = http_code(code) {
        return Reply::http(status);
    }
    let text = if detail.is_empty() {
        message(code).to_owned()
    } else {
        format!("{}:{detail}", message(code))
    };
    let body = json!({
        "code": code, "msg": text, "transactionTime": crypto::china_stamp(call.now()), "success": false,
    });
    Reply::refused(Answer::json(&body), code)
}

fn biz_seq_no(call: &Call<'_>) -> String {
    let (y, m, d, ..) = crypto::civil(call.now(), 8 * 3600);
    format!("{:02}{m:02}{d:02}{}", y % 100, crypto::random_digits(26))
}

/// Returns the values of these parameters of the query, which names the application in either
/// spelling.
fn query<'a>(params: &'a [(String, String)], names: &[&str]) -> Result<Vec<&'a str>, Refusal> {
    let app = one(params, "app_id").or_else(|| one(params, "appId"));
    let values: Option<Vec<&str>> =
        names.iter().map(|name| one(params, name).filter(|v| !v.is_empty())).collect();
    let values = values.ok_or(&checks::PARAMETER)?;
    if app == Some(APP_ID) { Ok(values) } else { Err(&checks::APP_ID) }
}

fn check_version(version: &str) -> Result<(), Refusal> {
    if version == VERSION { Ok(()) } else { Err(&checks::VERSION) }
}

fn token(call: &Call<'_>) -> Result<Reply, Refusal> {
    let params = call.request.query_params();
    let values = query(&params, &["secret", "grant_type", "version"])?;
    check_version(values[2])?;
    if values[1] != "client_credential" {
        return Err(&checks::GRANT_TYPE);
    }
    if values[0] != call.shared.credentials.kyc_secret {
        return Err(&checks::SECRET);
    }
    if let Some(code) = call.forced.filter(|c| *c != "0") {
        return Ok(failure(call, code, ""));
    }
    let now = call.now();
    let mut state = call.shared.lock();
    let (store, settings) = state.of::<Store>(call.vendor);
    let (life, overlap) = (settings.kyc_token_seconds, settings.kyc_overlap_seconds);
    let value = format!("WAA0f-{}", call.shared.credentials.token_text(58));
    for older in &mut store.tokens {
        older.expires = older.expires.min(now + overlap);
    }
    store.tokens.push(Token { value: value.clone(), expires: now + life });
    trim(store, now);
    let id = biz_seq_no(call);
    let body = json!({
        "code": "0", "msg": message("0"), "bizSeqNo": id, "transactionTime": crypto::china_stamp(now),
        "success": true, "access_token": value, "expire_in": life, "expire_time": crypto::china_stamp(now + life),
    });
    Ok(Reply::refused(Answer::json(&body), "0").done(true, false).id(&id))
}

/// Drops what ran out an hour ago, so that a long run does not grow.
fn trim(store: &mut Store, now: i64) {
    store.tokens.retain(|t| t.expires > now - 3600);
    store.tickets.retain(|t| t.expires > now - 3600);
}

fn ticket(call: &Call<'_>) -> Result<Reply, Refusal> {
    let params = call.request.query_params();
    let values = query(&params, &["access_token", "type", "version"])?;
    check_version(values[2])?;
    if values[1] != "SIGN" {
        return Err(&checks::TICKET_TYPE);
    }
    let now = call.now();
    let mut state = call.shared.lock();
    let (store, settings) = state.of::<Store>(call.vendor);
    let token = store.tokens.iter().find(|t| t.value == values[0]).ok_or(&checks::TOKEN_DEAD)?;
    if token.expires <= now {
        return Err(&checks::TOKEN_EXPIRED);
    }
    if let Some(code) = call.forced.filter(|c| *c != "0") {
        return Ok(failure(call, code, ""));
    }
    let (life, overlap) = (settings.kyc_ticket_seconds, settings.kyc_overlap_seconds);
    let value = call.shared.credentials.token_text(64);
    for older in &mut store.tickets {
        older.expires = older.expires.min(now + overlap);
    }
    store.tickets.push(Ticket {
        value: value.clone(),
        token: values[0].to_owned(),
        expires: now + life,
    });
    let id = biz_seq_no(call);
    let body = json!({
        "code": "0", "msg": message("0"), "bizSeqNo": id, "transactionTime": crypto::china_stamp(now),
        "success": true,
        "tickets": [{"value": value, "expire_in": life, "expire_time": crypto::china_stamp(now + life)}],
    });
    Ok(Reply::refused(Answer::json(&body), "0").done(true, false).id(&id))
}

fn alphanumeric(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Checks nonce and signature.
fn check_signature(
    call: &Call<'_>,
    order_no: &str,
    nonce: &str,
    given: &str,
) -> Result<(), Refusal> {
    if nonce.len() != 32 || !alphanumeric(nonce, 32) {
        return Err(&checks::NONCE);
    }
    let mut state = call.shared.lock();
    let right =
        state.of::<Store>(call.vendor).0.live_tickets(call.now()).any(|t| {
            sign(&[APP_ID, order_no, VERSION, nonce, &t.value]).eq_ignore_ascii_case(given)
        });
    if right { Ok(()) } else { Err(&checks::SIGN) }
}

struct Body {
    order_no: String,
    image: Vec<u8>,
}

fn read_body(call: &Call<'_>, fields: &Map<String, Value>) -> Result<Body, Refusal> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if text("webankAppId").or_else(|| text("appId")) != Some(APP_ID) {
        return Err(&checks::APP_ID);
    }
    check_version(text("version").ok_or(&checks::PARAMETER)?)?;
    let order_no = text("orderNo").ok_or(&checks::PARAMETER)?;
    if order_no.len() > 32 {
        return Err(&checks::ORDER_LONG);
    }
    if !alphanumeric(order_no, 32) {
        return Err(&checks::ORDER_FORM);
    }
    if let Some(user) = text("userId") {
        if user.len() > 32 {
            return Err(&checks::USER_LONG);
        }
        if !user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(&checks::USER_FORM);
        }
    }
    check_signature(
        call,
        order_no,
        text("nonce").ok_or(&checks::PARAMETER)?,
        text("sign").ok_or(&checks::PARAMETER)?,
    )?;
    let photo = text("bankcardStr").ok_or(&checks::PHOTO_MISSING)?;
    if photo.is_empty() {
        return Err(&checks::PHOTO_EMPTY);
    }
    if photo.len() > MAX_BASE64 {
        return Err(&checks::PHOTO_LARGE);
    }
    // A public client sends lines, as Java's old encoder writes them.
    let image = crypto::unbase64_lines(photo).ok_or(&checks::PHOTO_BASE64)?;
    call.note_picture(&image);
    if !matches!(images::format(&image), Some(Format::Jpeg | Format::Png | Format::Bmp)) {
        return Err(&checks::PHOTO_FORMAT);
    }
    Ok(Body { order_no: order_no.to_owned(), image })
}

fn recognize(call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.request.media_type() != "application/json" {
        return Err(&checks::CONTENT_TYPE);
    }
    let fields: Map<String, Value> =
        serde_json::from_slice(&call.request.body).map_err(|_| &checks::BODY)?;
    let claimed = fields
        .get("orderNo")
        .and_then(Value::as_str)
        .filter(|o| alphanumeric(o, 32))
        .map(str::to_owned);
    let with_order = |mut reply: Reply| {
        reply.order_no.clone_from(&claimed);
        reply
    };
    let body = match read_body(call, &fields) {
        Ok(body) => body,
        Err(check) => return Ok(with_order(refused(call, check))),
    };
    let now = call.now();
    let mut state = call.shared.lock();
    if !state.admit(call, "recognize") {
        return Ok(with_order(refused(call, &checks::RATE)));
    }
    let (store, _) = state.of::<Store>(call.vendor);
    if store.orders.contains_key(&body.order_no) {
        return Ok(with_order(refused(call, &checks::ORDER_USED)));
    }
    let facts = CardFacts::from_image(&body.image);
    let code = call
        .forced
        .map(str::to_owned)
        .or_else(|| facts.code(Vendor::TencentKyc))
        .unwrap_or_else(|| "0".into());
    // Answers of the gateway in front of the service: the order never came to be.
    if http_code(&code).is_some()
        || !(code == "0" || code.starts_with("-9") || code.starts_with("6666"))
    {
        return Ok(with_order(failure(call, &code, "")));
    }
    let id = biz_seq_no(call);
    let result = if code == "0" {
        result_fields(&facts, &id, &body.order_no, now)
    } else {
        json!({"bizSeqNo": id, "transactionTime": crypto::china_stamp(now), "orderNo": body.order_no, "success": false})
    };
    let answer = json!({
        "code": code, "msg": message(&code), "bizSeqNo": id, "result": result,
        "transactionTime": crypto::china_stamp(now),
    });
    let order = Order { code: code.clone(), facts, photo: Some(body.image), time: now };
    store.keep(&body.order_no, order);
    let billed = code == "0";
    Ok(Reply::refused(Answer::json(&answer), code).done(true, billed).order(&body.order_no).id(&id))
}

fn warnings(facts: &CardFacts) -> (String, String) {
    let first = facts.warnings.first().cloned().unwrap_or_else(|| "0".into());
    let all = if facts.warnings.len() > 1 {
        format!("[{}]", facts.warnings.join(","))
    } else {
        first.clone()
    };
    (first, all)
}

fn result_fields(facts: &CardFacts, id: &str, order_no: &str, now: i64) -> Value {
    let (first, all) = warnings(facts);
    json!({
        "bizSeqNo": id, "transactionTime": crypto::china_stamp(now), "orderNo": order_no,
        "bankcardNo": facts.number, "bankcardValidDate": facts.valid, "warningCode": first,
        "bankcardNoPhoto": crypto::base64(images::NUMBER_PHOTO), "multiWarningCode": all,
        "clarity": facts.clarity, "success": false,
    })
}

fn fetch_order(call: &Call<'_>) -> Result<Reply, Refusal> {
    let params = call.request.query_params();
    let values = query(&params, &["order_no", "nonce", "version", "sign"])?;
    check_version(values[2])?;
    let order_no = values[0];
    if !alphanumeric(order_no, 32) {
        return Err(&checks::ORDER_FORM);
    }
    check_signature(call, order_no, values[1], values[3])?;
    if let Some(code) = call.forced.filter(|c| *c != "0") {
        return Ok(failure(call, code, "").order(order_no));
    }
    let mut state = call.shared.lock();
    let (store, _) = state.of::<Store>(call.vendor);
    let Some(order) = store.orders.get(order_no) else {
        return Ok(refused(call, &checks::ORDER_UNKNOWN).order(order_no));
    };
    let id = biz_seq_no(call);
    let mut result =
        json!({"orderNo": order_no, "operateTime": operate_time(order.time), "bizSeqNo": id});
    let fields = result.as_object_mut().expect("an object literal");
    let mut put = |name: &str, value: String| fields.insert(name.into(), Value::String(value));
    if order.code == "0" {
        let (first, all) = warnings(&order.facts);
        put("bankCardNo", order.facts.number.clone());
        put("bankCardValidDate", order.facts.valid.clone());
        put("warnCode", first);
        put("multiWarningCode", all);
        put("clarity", order.facts.clarity.clone());
    }
    if one(&params, "get_file") == Some("1") {
        put(
            "originBankcardPhoto",
            crypto::base64(order.photo.as_deref().unwrap_or(images::CARD_PHOTO)),
        );
        if order.code == "0" {
            put("bankcardCropPhoto", crypto::base64(images::CARD_PHOTO));
            put("bankcardNoPhoto", crypto::base64(images::NUMBER_PHOTO));
        }
    }
    let body = json!({
        "code": order.code, "msg": message(&order.code), "bizSeqNo": id, "result": result,
        "transactionTime": crypto::china_stamp(call.now()),
    });
    Ok(Reply::refused(Answer::json(&body), order.code.clone())
        .done(true, false)
        .order(order_no)
        .id(&id))
}

fn operate_time(unix: i64) -> String {
    let (y, mo, d, h, mi, s) = crypto::civil(unix, 8 * 3600);
    format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published on <https://cloud.tencent.com/document/product/1007/35920> and `/73391`, and one computed
    /// value that a fixed or case-blind order would miss.
    #[test]
    fn signatures() {
        let nonce = "kHoSxvLZGxSoFsjxlbzEoUzh5PAnTU7T";
        let ticket = "XO99Qfxlti9iTVgHAjwvJdAZKN3nMuUhrsPdPlPVKlcyS50N6tlLnfuFBPIucaMS";
        for (app, order, ticket, expected) in [
            (
                "appId001",
                "aabc1457895464",
                "FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S",
                "993D057C652D97FD90D5D298F2E5DC4B8D893CBC",
            ),
            ("IDAXXXXX", "orderNo596551", ticket, "6CD5F0DBCFA1155E2A66754B33C2E67DD358393B"),
            (
                "IDAXXXXX",
                "bankcardPic5923ab9a3bc34488b51",
                ticket,
                "0EDF23095F3227FD380AEC07AEC14436B4CCC6FB",
            ),
        ] {
            assert_eq!(sign(&[app, order, "1.0.0", nonce, ticket]), expected);
        }
    }

    #[test]
    fn the_configured_credentials_have_the_documented_lengths() {
        assert_eq!(APP_ID.len(), 8);
        assert_eq!(crate::Credentials::default().kyc_secret.len(), 64);
    }
}

//! Baidu AI Cloud OCR: `/oauth/2.0/token` and `/rest/2.0/ocr/v1/bankcard`.
//! <https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3>, <https://ai.baidu.com/ai-doc/REFERENCE/Lkru0zoz4>.

use serde_json::{Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request, decode_form, one};
use crate::images;
use crate::magic::CardFacts;
use crate::settings::Settings;
use crate::shared::{Call, Reply, http_code};
use crate::vendor::{CodeRow, Machine, Operation, Sample, TokenEnd, Vendor};

const TOKEN: &str = "/oauth/2.0/token";
const BANK_CARD: &str = "/rest/2.0/ocr/v1/bankcard";
/// "8M" of base64 as the form writes it.
const MAX_FORM: usize = 8 * 1024 * 1024;
const MIN_EDGE: u32 = 15;
const MAX_EDGE: u32 = 8192;
const MAX_URL: usize = 1024;
/// Fields of a request; another one is passed over, as the SDK's own are.
const FLAGS: [&str; 3] = ["location", "detect_direction", "detect_quality"];

mod checks {
    use crate::checks::{Source, source};

    static PAGE: Source = source("bank-card page", "https://cloud.baidu.com/doc/OCR/s/ak3h7xxg3");
    static TOKENS: Source =
        source("page of tokens", "https://ai.baidu.com/ai-doc/REFERENCE/Lkru0zoz4");
    static OAUTH: Source = source("RFC 6749, 5.2", "https://www.rfc-editor.org/rfc/rfc6749");
    static KEYS: Source =
        source("codes of the page of tokens", "https://cloud.baidu.com/doc/NLP/s/Okahxcw9u");
    static CODES: Source = source("OCR codes", "https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr");
    static OLDER_CODES: Source =
        source("OCR codes of the SDKs", "https://ai.baidu.com/ai-doc/OCR/dkibizxnx");
    static SIGNATURE_SEEN: Source = source(
        "seen: the vendor's SDK signs with keys that bring no token",
        "https://blog.csdn.net/qq_41033385/article/details/98881146",
    );
    static COPIED_CODES: Source = source(
        "OCR codes, an edition in public repositories",
        "https://ai.baidu.com/ai-doc/OCR/dk3h7y5vr",
    );

    crate::checks::checks! {
        PATH: "3", "a path the vendor does not have", CODES;
        GRANT_MISSING: "invalid_request", "a request for a token without grant_type, client_id or client_secret", OAUTH;
        GRANT_TYPE: "unsupported_grant_type", "a grant_type other than client_credentials", OAUTH;
        API_KEY: "invalid_client", "an API key that is not known", KEYS;
        SECRET_KEY: "invalid_client", "a wrong secret key", KEYS;
        SIGNED: "14", "a recognition without access_token that is signed with the keys of an account, of which there are none", SIGNATURE_SEEN;
        TOKEN_MISSING: "100", "a recognition without access_token", CODES;
        TOKEN_DEAD: "110", "an access token that is not known", CODES;
        TOKEN_EXPIRED: "111", "an access token that ran out, after 30 days", TOKENS;
        METHOD: "216100", "a recognition that is no POST, or no form", PAGE;
        FLAG: "216100", "a location, detect_direction or detect_quality other than true and false", PAGE;
        RATE: "18", "more recognitions a second than its rate", CODES;
        NO_PICTURE: "216101", "neither image nor url", OLDER_CODES;
        EMPTY: "216200", "an empty image", OLDER_CODES;
        LARGE: "216202", "more than 8 MiB of base64 as the form writes it", PAGE;
        BASE64: "216203", "an image that is not base64, or has a data: before it", COPIED_CODES;
        FORMAT: "216201", "a picture that is not JPEG, PNG or BMP", OLDER_CODES;
        PIXELS: "216202", "a picture with a side under 15 or over 8192 pixels", PAGE;
        ADDRESS: "282111", "a url that is no http address", COPIED_CODES;
        LONG_ADDRESS: "282114", "a url that is empty or longer than 1024 bytes", COPIED_CODES;
    }
}

/// Codes of a recognition and their texts.
const CODES: &[CodeRow] = &[
    CodeRow::new("1", 200, "Unknown error"),
    CodeRow::new("2", 200, "Service temporarily unavailable"),
    CodeRow::new("3", 200, "Unsupported openapi method"),
    CodeRow::new("4", 200, "Open api request limit reached"),
    CodeRow::new("5", 200, "Unauthorized client IP address"),
    CodeRow::new("6", 200, "No permission to access data"),
    CodeRow::new("13", 200, "Get service token failed"),
    CodeRow::new("14", 200, "IAM Certification failed"),
    CodeRow::new("15", 200, "app not exsits or create failed"),
    CodeRow::new("17", 200, "Open api daily request limit reached"),
    CodeRow::new("18", 200, "Open api qps request limit reached"),
    CodeRow::new("19", 200, "Open api total request limit reached"),
    CodeRow::new("100", 200, "Invalid parameter"),
    CodeRow::new("110", 200, "Access token invalid or no longer valid"),
    CodeRow::new("111", 200, "Access token expired"),
    CodeRow::new("216015", 200, "module closed"),
    CodeRow::new("216100", 200, "invalid param"),
    CodeRow::new("216101", 200, "not enough param"),
    CodeRow::new("216102", 200, "service not support"),
    CodeRow::new("216103", 200, "param too long"),
    CodeRow::new("216110", 200, "appid not exist"),
    CodeRow::new("216111", 200, "invalid userid"),
    CodeRow::new("216200", 200, "empty image"),
    CodeRow::new("216201", 200, "image format error"),
    CodeRow::new("216202", 200, "image size error"),
    CodeRow::new("216203", 200, "image size error"),
    CodeRow::new("216300", 200, "db error"),
    CodeRow::new("216400", 200, "backend error"),
    CodeRow::new("216401", 200, "internal error"),
    CodeRow::new("216500", 200, "unknown error"),
    CodeRow::new("216630", 200, "recognize error"),
    CodeRow::new("216631", 200, "recognize bank card error"),
    CodeRow::new("216632", 200, "unknown error"),
    CodeRow::new("216634", 200, "detect error"),
    CodeRow::new("272000", 200, "structure failed"),
    CodeRow::new("272001", 200, "classify failed"),
    CodeRow::new("272002", 200, "structure failed"),
    CodeRow::new("272003", 200, "unsuccessfully detected receipt"),
    CodeRow::new("272004", 200, "classifier does not exist"),
    CodeRow::new("282000", 200, "internal error"),
    CodeRow::new("282001", 200, "logic backend error"),
    CodeRow::new("282002", 200, "input encoding error"),
    CodeRow::new("282003", 200, "missing parameters: image"),
    CodeRow::new(
        "282004",
        200,
        "invalid parameter, appId doesn't own this template nor not launch",
    ),
    CodeRow::new("282100", 200, "image transcode error"),
    CodeRow::new("282101", 200, "image split limit reached"),
    CodeRow::new("282102", 200, "target detect error"),
    CodeRow::new("282103", 200, "target recognize error"),
    CodeRow::new("282110", 200, "urls not exit"),
    CodeRow::new("282111", 200, "url format illegal"),
    CodeRow::new("282112", 200, "url download timeout"),
    CodeRow::new("282113", 200, "url response invalid"),
    CodeRow::new("282114", 200, "url size error"),
    CodeRow::new("282810", 200, "image recognize error"),
    CodeRow::new("283300", 200, "Invalid argument"),
    CodeRow::new("336000", 200, "Internal error"),
    CodeRow::new("336001", 200, "Invalid Argument"),
];

/// Codes of the token endpoint.
const TOKEN_CODES: &[CodeRow] = &[
    CodeRow::new("invalid_client", 401, "Client authentication failed"),
    CodeRow::new("invalid_request", 400, "invalid request"),
    CodeRow::new("invalid_grant", 400, "invalid grant"),
    CodeRow::new("unauthorized_client", 400, "unauthorized client"),
    CodeRow::new("unsupported_grant_type", 400, "unsupported grant type"),
    CodeRow::new("invalid_scope", 400, "invalid scope"),
];

struct Token {
    value: String,
    expires: i64,
    refused: bool,
}

/// The tokens that were made: none ends another, <https://ai.baidu.com/ai-doc/SPEECH/Pk38y8m7k>.
#[derive(Default)]
struct Store {
    tokens: Vec<Token>,
}

pub(crate) static MACHINE: Machine = Machine {
    hosts: &["aip.baidubce.com"],
    operation,
    handle,
    entry: |given| {
        vec![("api_key", given.secret_id.clone()), ("secret_key", given.secret_key.clone())]
    },
    rate: 10,
    tokens: Some(|state, end, now| {
        let (store, _) = state.of::<Store>(Vendor::BaiduOcr);
        match end {
            TokenEnd::Revoked => store.tokens.clear(),
            TokenEnd::Expired => store.tokens.iter_mut().for_each(|token| token.expires = now),
            TokenEnd::Refused => store.tokens.iter_mut().for_each(|token| token.refused = true),
        }
    }),
    settings: &[],
    checks: checks::ALL,
    codes: &[CODES],
    sample: Sample {
        success: r#"{"log_id":1803053124329552748,"direction":0,"result":{"bank_card_number":"NUMBER","valid_date":"12/30","bank_card_type":1,"bank_name":"中国工商银行"}}"#,
        field: r#""bank_card_number":"NUMBER""#,
        refusal: r#"{"log_id":1803053124329552748,"error_code":"CODE","error_msg":TEXT}"#,
        wrong_request: "216100",
        expired: None,
    },
};

fn operation(request: &Request) -> Operation {
    match request.path.as_str() {
        TOKEN => Operation::Token,
        BANK_CARD => Operation::Recognize,
        _ => Operation::Other,
    }
}

fn handle(call: &Call<'_>, operation: Operation) -> Reply {
    let result = match operation {
        Operation::Token => issue(call),
        Operation::Recognize => recognize(call),
        _ => Err(&checks::PATH),
    };
    result.unwrap_or_else(|check| match check {
        // One code for two, told apart by the text.
        check if std::ptr::eq(check, &raw const checks::API_KEY) => {
            refused_client(&TOKEN_CODES[0], "unknown client id")
        }
        check => error(check.answer),
    })
}

/// A number that the vendor gives a request: of the length of a card number, and begins as none does.
fn log_id() -> u64 {
    format!("1{}", crypto::random_digits(18)).parse().unwrap_or(1)
}

fn error(code: &str) -> Reply {
    if let Some(status) = http_code(code) {
        return Reply::http(status);
    }
    if let Some(known) = TOKEN_CODES.iter().find(|known| known.code == code) {
        return refused_client(known, known.text);
    }
    let id = log_id();
    let text = CODES.iter().find(|known| known.code == code).map_or("unknown error", |k| k.text);
    let number = code.parse::<i64>().map_or_else(|_| Value::from(code), Value::from);
    let body = json!({"log_id": id, "error_code": number, "error_msg": text});
    Reply::refused(Answer::json(&body), code).id(&id.to_string())
}

/// Returns an error of the token endpoint. It has no number.
fn refused_client(known: &CodeRow, text: &str) -> Reply {
    let body = json!({"error": known.code, "error_description": text}).to_string();
    Reply::refused(Answer::new(known.status, "application/json", body), known.code)
}

/// Makes a token. The page has the values in the query, the vendor's SDKs for Java and Node in a form, and its
/// SDK for Python asks by GET.
fn issue(call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut values = call.request.query_params();
    values.extend(decode_form(&call.request.body));
    let value = |name: &str| one(&values, name).filter(|value| !value.is_empty());
    let grant_type = value("grant_type").ok_or(&checks::GRANT_MISSING)?;
    let api_key = value("client_id").ok_or(&checks::GRANT_MISSING)?;
    let secret_key = value("client_secret").ok_or(&checks::GRANT_MISSING)?;
    if grant_type != "client_credentials" {
        return Err(&checks::GRANT_TYPE);
    }
    let known = &call.shared.credentials;
    if api_key != known.secret_id {
        return Err(&checks::API_KEY);
    }
    if secret_key != known.secret_key {
        return Err(&checks::SECRET_KEY);
    }
    if let Some(code) = call.forced.filter(|code| *code != "0") {
        return Ok(error(code));
    }
    let now = call.now();
    let mut state = call.shared.lock();
    let (store, settings) = state.of::<Store>(call.vendor);
    let life = settings.baidu_token_seconds;
    store.tokens.retain(|token| token.expires > now - 86_400);
    let mark = known.token_text(32);
    let value = format!("24.{mark}.{life}.{}.282335-1234567", now + life);
    store.tokens.push(Token { value: value.clone(), expires: now + life, refused: false });
    let body = json!({
        "refresh_token": format!("25.{}.315360000.{}.282335-1234567", known.token_text(32), now + 315_360_000),
        "expires_in": life,
        "session_key": known.token_text(88),
        "access_token": value,
        // The SDKs sign with the keys of an account where the second is missing.
        "scope": "public brain_all_scope brain_ocr_bankcard",
        "session_secret": known.token_text(32),
    });
    Ok(Reply::refused(Answer::json(&body), "0").done(true, false))
}

fn check_token(call: &Call<'_>) -> Result<(), Refusal> {
    let params = call.request.query_params();
    let Some(given) = one(&params, "access_token").filter(|token| !token.is_empty()) else {
        let signature = call.request.header("authorization").unwrap_or_default();
        let is_signed = signature.starts_with("bce-auth-v");
        return Err(if is_signed { &checks::SIGNED } else { &checks::TOKEN_MISSING });
    };
    // The vendor's SDK for Node writes `?aipSdk=node` once more behind the token.
    let given = given.split('?').next().unwrap_or_default();
    let mut state = call.shared.lock();
    let (store, _): (&mut Store, &Settings) = state.of(call.vendor);
    match store.tokens.iter().find(|token| token.value == given) {
        None => Err(&checks::TOKEN_DEAD),
        Some(token) if token.refused => Err(&checks::TOKEN_DEAD),
        Some(token) if token.expires <= call.now() => Err(&checks::TOKEN_EXPIRED),
        Some(_) => Ok(()),
    }
}

fn recognize(call: &Call<'_>) -> Result<Reply, Refusal> {
    check_token(call)?;
    let request = call.request;
    if request.method != "POST" || request.media_type() != "application/x-www-form-urlencoded" {
        return Err(&checks::METHOD);
    }
    if !call.shared.lock().admit(call, "bankcard") {
        return Err(&checks::RATE);
    }
    let form = decode_form(&request.body);
    let flag = |name: &str| match one(&form, name) {
        None | Some("false" | "False") => Ok(false),
        // Python writes its own names of them.
        Some("true" | "True") => Ok(true),
        Some(_) => Err(&checks::FLAG),
    };
    let [location, direction, quality] = FLAGS.map(flag);
    let (location, _, quality) = (location?, direction?, quality?);
    let facts = picture(call, &form)?;
    let code = call.forced.map(str::to_owned).or_else(|| facts.code(Vendor::BaiduOcr));
    Ok(match code.as_deref() {
        Some(code) if code != "0" => error(code),
        _ => answer(&facts, location, quality),
    })
}

/// Returns the card in the picture. Of two pictures the image counts.
fn picture(call: &Call<'_>, form: &[(String, String)]) -> Result<CardFacts, Refusal> {
    let Some(text) = one(form, "image") else {
        let url = one(form, "url").ok_or(&checks::NO_PICTURE)?;
        if url.is_empty() || url.len() > MAX_URL {
            return Err(&checks::LONG_ADDRESS);
        }
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        return match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
                Ok(CardFacts::from_url(url))
            }
            _ => Err(&checks::ADDRESS),
        };
    };
    if text.is_empty() {
        return Err(&checks::EMPTY);
    }
    let pairs = call.request.body.split(|byte| *byte == b'&');
    let written = pairs.filter_map(|pair| pair.strip_prefix(b"image="));
    if written.map(<[u8]>::len).max().unwrap_or(0) > MAX_FORM {
        return Err(&checks::LARGE);
    }
    let bytes = crypto::unbase64(text).ok_or(&checks::BASE64)?;
    call.note_picture(&bytes);
    images::format(&bytes).ok_or(&checks::FORMAT)?;
    let (short, long) = images::edges(&bytes).ok_or(&checks::FORMAT)?;
    if short < MIN_EDGE || long > MAX_EDGE {
        return Err(&checks::PIXELS);
    }
    Ok(CardFacts::from_image(&bytes))
}

fn answer(facts: &CardFacts, location: bool, quality: bool) -> Reply {
    let kind = match facts.kind.as_str() {
        "debit" => 1,
        "credit" => 2,
        "quasi_credit" => 3,
        "prepaid" => 4,
        _ => 0,
    };
    // Two figures of the year, as on the card.
    let valid = match facts.valid.split_once("/20") {
        Some((month, year)) => format!("{month}/{year}"),
        None => facts.valid.clone(),
    };
    let mut result = json!({
        "bank_card_number": facts.grouped_number(),
        "valid_date": valid,
        "bank_card_type": kind,
        "bank_name": facts.issuer,
        "holder_name": "",
    });
    if location {
        result["bank_card_number_location"] =
            json!({"left": 80, "top": 280, "width": 700, "height": 50});
    }
    if quality {
        let holds = |fault: &str| u8::from(!facts.warnings.iter().any(|warning| warning == fault));
        let clear: f64 = facts.clarity.parse().unwrap_or(92.0);
        result["card_quality"] = json!({
            "IsClear": holds("IsClear"),
            "IsClear_probability": clear / 100.0,
            "IsComplete": holds("IsComplete"),
            "IsComplete_probability": 0.996_158_778_7,
        });
    }
    let id = log_id();
    let body = json!({"log_id": id, "direction": 0, "result": result});
    Reply::refused(Answer::json(&body), "0").done(true, true).id(&id.to_string())
}

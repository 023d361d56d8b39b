//! The API gateway in front of both Aliyun market products: AppCode, `x-ca-*` signature, its own errors in
//! headers over an empty body.
//! <https://help.aliyun.com/document_detail/29475.html>, <https://help.aliyun.com/document_detail/43906.htm>.

use crate::checks::Check;
use crate::crypto;
use crate::http::{Answer, Request, decode_form};
use crate::settings::GatewayStyle;
use crate::shared::{Call, OneTimeTexts, Reply, http_code};

pub(crate) mod checks {
    use crate::checks::{Source, source};

    static CODES: Source =
        source("gateway error codes", "https://help.aliyun.com/document_detail/43906.htm");
    static CLASSIC_CODES: Source = source(
        "classic gateway error codes",
        "https://www.alibabacloud.com/help/ja/api-gateway/support/error-codes",
    );
    static APP_CODE: Source =
        source("AppCode calls", "https://help.aliyun.com/document_detail/115437.html");
    static SIGNATURE: Source =
        source("signature page", "https://help.aliyun.com/document_detail/29475.html");
    static MARKET: Source =
        source("market page", "https://market.aliyun.com/products/57124001/cmapi027616.html");

    crate::checks::checks! {
        PATH: "I404NF", "a path the product does not have", CODES;
        METHOD: "I405UM", "another method than POST", MARKET;
        CONTENT_TYPE: "I400CT", "a media type other than application/x-www-form-urlencoded", MARKET;
        NO_CREDENTIALS: "A400MA", "neither an AppCode nor an AppKey", APP_CODE;
        APP_CODE_WRONG: "A400AC", "an AppCode that is not known", CODES;
        APP_KEY: "A400IK", "an AppKey that is not known", CODES;
        NO_SIGNATURE: "classic:Empty Signature", "an AppKey without a signature", CLASSIC_CODES;
        TIMESTAMP: "classic:Invalid Timestamp", "a timestamp that is no number", CLASSIC_CODES;
        EXPIRED: "classic:Timestamp Expired", "a timestamp more than 15 minutes off", SIGNATURE;
        METHOD_OF_SIGNATURE: "I400HD", "a signature method other than HmacSHA256 and HmacSHA1", SIGNATURE;
        SIGNED: "A403IS", "a signature over anything but what was sent", SIGNATURE;
        NONCE: "classic:Nonce Used", "a nonce that came within 15 minutes", SIGNATURE;
        RATE: "T429ID", "more calls a second than its rate", CODES;
        PACKAGE: "B403MQ", "more calls than aliyun_package", CODES;
    }
}

/// The AppKey of the alternative credentials.
pub(crate) const APP_KEY: &str = "200000001";
const FORM: &str = "application/x-www-form-urlencoded";
const FIFTEEN_MINUTES: i64 = 15 * 60 * 1000;
/// The echo of a string to sign is cut here, so that a photo does not overrun a client's header limit.
const MAX_ECHO: usize = 16 * 1024;

/// Codes of the newer gateway: code, status, message.
pub(crate) const CODES: &[(&str, u16, &str)] = &[
    ("A400AC", 400, "Invalid AppCode `not exists`"),
    ("A401AC", 401, "Invalid AppCode `not exists`"),
    ("A400MA", 400, "Need authorization, X-Ca-Key or Authorization APPCODE is required"),
    ("A400IK", 400, "Invalid AppKey"),
    ("A403IS", 403, "Invalid Signature, Server StringToSign:``"),
    ("A403EP", 403, "App authorization expired"),
    ("I403AA", 403, "Unauthorized"),
    ("A403PR", 403, "Plugin authorization needed"),
    ("A403IP", 403, "Access denied by IP access control"),
    ("A403VN", 403, "Access denied by VPC access control"),
    ("A403AC", 403, "Access denied by access control"),
    ("A403CO", 403, "Access denied by cross origin control"),
    ("A403IN", 403, "Access from the internet is disabled"),
    ("A403FC", 403, "Access denied by flow control"),
    ("B403MQ", 403, "Api Market Subscription quota exhausted"),
    ("B403ME", 403, "Api Market Subscription expired"),
    ("B403MI", 403, "Api Market Subscription invalid"),
    ("B403OD", 403, "Provider Account Overdue"),
    ("B403MO", 403, "Provider Account Overdue"),
    ("B451DO", 451, "Unavailable Domain for Legal Reasons"),
    ("B451GO", 451, "Unavailable Group for Legal Reasons"),
    ("T429ID", 429, "Throttled by INNER DOMAIN Flow Control"),
    ("T429IN", 429, "Throttled by INSTANCE Flow Control"),
    ("T429GR", 429, "Throttled by GROUP Flow Control"),
    ("T429PA", 429, "Throttled by API Flow Control"),
    ("T429PR", 429, "Throttled by PLUGIN Flow Control"),
    ("T429SR", 429, "Throttled by SERVER Flow Control"),
    ("T429MR", 429, "Too Many Requests, throttle by MARKET"),
    ("I400HD", 400, "Invalid Header `content-length` not found"),
    ("I400MH", 400, "Header `x-ca-timestamp` is Required"),
    ("I400BD", 400, "Invalid Body"),
    ("I400PA", 400, "Invalid Request Path"),
    ("I400RU", 400, "Invalid Request Url"),
    ("I400CT", 400, "Invalid Content-Type"),
    ("I400SG", 400, "Invalid Stage"),
    ("I400MP", 400, "Parameter is required"),
    ("I400IP", 400, "Parameter is invalid"),
    ("I400I5", 400, "Invalid Content-MD5"),
    ("I400NC", 400, "X-Ca-Nonce is required"),
    ("I405UM", 405, "Unsupported HTTP method"),
    ("I403PT", 403, "Invalid protocol http unsupported"),
    ("I413RL", 413, "Request body too Large"),
    ("I413UL", 413, "Request URL too Large"),
    ("I404DO", 404, "Invalid Domain"),
    ("I404NF", 404, "API not found"),
    ("I404NR", 404, "API not found"),
    ("I404SR", 404, "API not found in this stage"),
    ("I410GG", 410, "Group has been moved"),
    ("X400PM", 400, "Invalid parameter mapping"),
    ("X500ED", 500, "Expired Date"),
    ("X500AM", 500, "Invalid API metadata"),
    ("X403DG", 403, "Bad Domain or Group"),
    ("I400JP", 400, "JSON path error"),
    ("X500ER", 500, "Service Internal Error"),
    ("X503BZ", 503, "Service is Busy"),
    ("D503BB", 503, "Backend circuit breaker busy"),
    ("D503CB", 503, "Backend circuit breaker open"),
    ("D504RE", 504, "Backend service connect failed `Connection refused`"),
    ("D504IL", 504, "Backend service connect failed `Illegal address`"),
    ("D504CO", 504, "Backend service connect failed `Connect timeout`"),
    ("D504CS", 504, "Backend service connect failed `Server closed`"),
    ("X504VE", 504, "Backend service connect failed `VPC`"),
    ("D504TO", 504, "Backend service request timeout"),
    ("X504TO", 504, "Backend service request timeout"),
    ("D502FC", 502, "Backend function compute failed"),
    ("N502RE", 502, "Backend answer transport error"),
];

/// Errors of the classic gateway: message and status.
pub(crate) const CLASSIC: &[(&str, u16)] = &[
    ("Throttled by USER Flow Control", 403),
    ("Throttled by APP Flow Control", 403),
    ("Throttled by API Flow Control", 403),
    ("Throttled by DOMAIN Flow Control", 403),
    ("Throttled by GROUP Flow Control", 403),
    ("Quota Exhausted", 403),
    ("Api Market Subscription quota exhausted", 403),
    ("Quota Expired", 403),
    ("Expiry of Authorization", 403),
    ("User Arrears", 403),
    ("Unauthorized", 403),
    ("Invalid AppCode `not exists`", 400),
    ("Invalid AppKey", 400),
    ("Invalid AppSecret", 400),
    ("Invalid Signature, Server StringToSign:``", 400),
    ("Empty Signature", 401),
    ("Timestamp Expired", 400),
    ("Invalid Timestamp", 400),
    ("Nonce Used", 400),
    ("Invalid Url", 400),
    ("API Not Found", 400),
    ("Invalid Domain", 400),
    ("Invalid HttpMethod", 400),
    ("Empty Request Body", 400),
    ("Invalid Request Body", 400),
    ("Invalid Param Location", 400),
    ("Unsupported Multipart", 400),
    ("Invalid Content-MD5", 400),
    ("Internal Error", 500),
    ("Failed To Invoke Backend Service", 500),
    ("Service Unavailable", 503),
    ("Async Service", 504),
];

/// Nonces and counters of one product.
#[derive(Default)]
struct Store {
    nonces: OneTimeTexts,
    used: u64,
}

/// Returns the gateway's answer for one of its own codes (`X…`), a classic message (`classic:…`) or
/// a bare status (`http:NNN`); `None` for a code that is the backend's to answer.
pub(crate) fn own(call: &Call<'_>, code: &str) -> Option<Reply> {
    if let Some(status) = http_code(code) {
        let id = crypto::uuid();
        let mut reply = Reply::http(status).id(&id);
        reply.answer = reply.answer.with("X-Ca-Request-Id", id);
        return Some(reply);
    }
    if let Some(text) = code.strip_prefix("classic:") {
        let (message, status) = CLASSIC.iter().find(|(m, _)| *m == text)?;
        return Some(refuse(None, *status, message, code));
    }
    let (code, status, message) = CODES.iter().find(|(c, ..)| *c == code)?;
    Some(error(call, code, *status, message))
}

fn error(call: &Call<'_>, code: &str, status: u16, message: &str) -> Reply {
    match call.shared.lock().settings.gateway_style {
        GatewayStyle::Vpc => refuse(Some(code), status, message, code),
        GatewayStyle::Classic => {
            let status = CLASSIC.iter().find(|(m, _)| *m == message).map_or(status, |(_, s)| *s);
            refuse(None, status, message, code)
        }
    }
}

fn refuse(code: Option<&str>, status: u16, message: &str, outcome: &str) -> Reply {
    let id = crypto::uuid();
    let mut answer =
        Answer::new(status, "application/octet-stream", "").with("Server", "Kaede/3.5.3.858");
    if let Some(code) = code {
        answer = answer.with("X-Ca-Error-Code", code);
    }
    // A header line cannot carry control characters; the gateway itself writes newlines as #.
    let text: String = message.chars().map(|c| if c.is_control() { '#' } else { c }).collect();
    answer = answer.with("X-Ca-Error-Message", text).with("X-Ca-Request-Id", id.as_str());
    Reply::refused(answer, outcome).id(&id)
}

/// Returns a backend answer: JSON, with the gateway's request id beside it.
pub(crate) fn backend(body: &serde_json::Value, outcome: &str) -> Reply {
    let id = crypto::uuid();
    let answer = Answer::json(body).with("X-Ca-Request-Id", id.as_str());
    Reply::refused(answer, outcome).id(&id)
}

fn refused(call: &Call<'_>, check: &Check) -> Box<Reply> {
    Box::new(own(call, check.answer).unwrap_or_else(|| Reply::http(500)))
}

/// Lets a request through to the backend with its form, or answers for the gateway.
pub(crate) fn admit(call: &Call<'_>, path: &str) -> Result<Vec<(String, String)>, Box<Reply>> {
    let request = call.request;
    let refuse = |check| refused(call, check);
    if request.path != path {
        return Err(refuse(&checks::PATH));
    }
    if request.method != "POST" {
        return Err(refuse(&checks::METHOD));
    }
    if request.media_type() != FORM {
        return Err(refuse(&checks::CONTENT_TYPE));
    }
    let form = decode_form(&request.body);
    let query = request.query_params();
    match request.header("authorization").and_then(|a| a.strip_prefix("APPCODE ")) {
        Some(code) if code == call.shared.credentials.app_code => {}
        Some(_) => return Err(refuse(&checks::APP_CODE_WRONG)),
        None if request.has_header("x-ca-key") => signed(call, path, &query, &form)?,
        None => return Err(refuse(&checks::NO_CREDENTIALS)),
    }
    let mut state = call.shared.lock();
    let throttled = !state.admit(call, "product");
    let (store, settings) = state.of::<Store>(call.vendor);
    let package = settings.aliyun_package;
    let exhausted = !throttled && package != 0 && store.used >= package;
    store.used += u64::from(!throttled && !exhausted);
    drop(state);
    if throttled {
        return Err(refuse(&checks::RATE));
    }
    if exhausted {
        return Err(refuse(&checks::PACKAGE));
    }
    Ok(form)
}

fn signed(
    call: &Call<'_>,
    path: &str,
    query: &[(String, String)],
    form: &[(String, String)],
) -> Result<(), Box<Reply>> {
    let request = call.request;
    let refuse = |check| refused(call, check);
    if request.header("x-ca-key") != Some(APP_KEY) {
        return Err(refuse(&checks::APP_KEY));
    }
    let signature = request
        .header("x-ca-signature")
        .filter(|s| !s.is_empty())
        .ok_or_else(|| refuse(&checks::NO_SIGNATURE))?;
    if let Some(timestamp) = request.header("x-ca-timestamp") {
        let timestamp: i64 = timestamp.parse().map_err(|_| refuse(&checks::TIMESTAMP))?;
        if (call.now_ms - timestamp).abs() > FIFTEEN_MINUTES {
            return Err(refuse(&checks::EXPIRED));
        }
    }
    let text = string_to_sign(request, path, query, form);
    let secret = call.shared.credentials.app_secret.as_bytes();
    let right = match request.header("x-ca-signature-method") {
        None | Some("HmacSHA256") => crypto::hmac_sha256(secret, text.as_bytes()),
        Some("HmacSHA1") => crypto::hmac_sha1(secret, text.as_bytes()),
        Some(_) => return Err(refuse(&checks::METHOD_OF_SIGNATURE)),
    };
    if crypto::base64(&right) != signature {
        let mut echo = text;
        if echo.len() > MAX_ECHO {
            let cut = (0..=MAX_ECHO).rev().find(|i| echo.is_char_boundary(*i)).unwrap_or(0);
            echo.truncate(cut);
        }
        let message =
            format!("Invalid Signature, Server StringToSign:`{}`", echo.replace('\n', "#"));
        return Err(Box::new(error(call, checks::SIGNED.answer, 403, &message)));
    }
    let Some(nonce) = request.header("x-ca-nonce") else { return Ok(()) };
    let mut state = call.shared.lock();
    let (store, _) = state.of::<Store>(call.vendor);
    let fresh = store.nonces.first(nonce, call.now_ms, FIFTEEN_MINUTES);
    if fresh { Ok(()) } else { Err(refuse(&checks::NONCE)) }
}

fn string_to_sign(
    request: &Request,
    path: &str,
    query: &[(String, String)],
    form: &[(String, String)],
) -> String {
    let value = |name: &str| request.header(name).unwrap_or("");
    let mut text = String::new();
    for line in ["", "accept", "content-md5", "content-type", "date"] {
        text.push_str(if line.is_empty() { &request.method } else { value(line) });
        text.push('\n');
    }
    // Written as they are listed.
    let mut names: Vec<&str> = value("x-ca-signature-headers").split(',').map(str::trim).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    for name in names {
        text.push_str(name);
        text.push(':');
        text.push_str(value(name));
        text.push('\n');
    }
    text.push_str(path);
    let mut params: Vec<&(String, String)> = query.iter().chain(form).collect();
    // Stable: of a repeated key the first value counts.
    params.sort_by(|a, b| a.0.cmp(&b.0));
    params.dedup_by(|b, a| a.0 == b.0);
    for (i, (key, value)) in params.into_iter().enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        text.push_str(key);
        if !value.is_empty() {
            text.push('=');
            text.push_str(value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BodyFraming;

    /// Computed with the vendor's Node and Python clients over the same input (secret `appSecret`).
    #[test]
    fn string_to_sign_and_signature() {
        let common = [
            ("Accept", "application/json"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
            ("x-ca-key", "203753385"),
            ("x-ca-nonce", "c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44"),
            ("x-ca-signature-method", "HmacSHA256"),
            ("x-ca-stage", "RELEASE"),
            ("x-ca-timestamp", "1525872629832"),
            ("x-ca-signature", "-"),
            (
                "x-ca-signature-headers",
                "x-ca-timestamp,x-ca-key,x-ca-stage,x-ca-signature-method,x-ca-nonce",
            ),
        ];
        for (path, body, last, signature) in [
            (
                "/cardbank",
                "img=data%3Aimage%2Fjpeg%3Bbase64%2C%2F9j%2F%2B%2B%2B%2BPw%3D%3D",
                "/cardbank?img=data:image/jpeg;base64,/9j/++++Pw==",
                "u/iSePic3psGfXF+Ee94SJNMFthFMt0zmPyGk6AVkig=",
            ),
            (
                "/communication/personal/1886",
                "acct_no=6222020000000000000&idcard=110101190001010014&name=%E5%BC%A0%E4%B8%89",
                "/communication/personal/1886?acct_no=6222020000000000000&idcard=110101190001010014&name=张三",
                "N33XFTDrkZmUwaW6KiBbwZ1M78vyqRHh98DkMrxXmGo=",
            ),
        ] {
            let request = Request {
                method: "POST".into(),
                path: path.into(),
                query: None,
                headers: common.iter().map(|(k, v)| ((*k).into(), v.as_bytes().to_vec())).collect(),
                framing: BodyFraming::Length(body.len()),
                body: body.into(),
                keep_alive: true,
                expects_continue: false,
            };
            let text = string_to_sign(&request, path, &[], &decode_form(body.as_bytes()));
            assert_eq!(text.lines().last(), Some(last));
            assert_eq!(
                crypto::base64(&crypto::hmac_sha256(b"appSecret", text.as_bytes())),
                signature
            );
        }
    }

    #[test]
    fn the_status_is_in_the_code() {
        for (code, status, _) in CODES {
            assert_eq!(&code[1..4], status.to_string(), "{code}");
        }
    }
}

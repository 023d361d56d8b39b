//! Alibaba Cloud's gateway in the RPC style: keys and signature (version 3), times, nonces and rates.
//! <https://help.aliyun.com/document_detail/2593177.html>

use serde_json::{Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request};
use crate::shared::{Call, OneTimeTexts, Reply, http_code};
use crate::vendor::CodeRow;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const FIFTEEN_MINUTES: i64 = 15 * 60 * 1000;

pub(crate) mod checks {
    use crate::checks::{Source, source};

    static HTTP: Source =
        source("RFC 9110, HTTP semantics", "https://www.rfc-editor.org/rfc/rfc9110");
    static SIGNATURE: Source = source(
        "request and signature page",
        "https://help.aliyun.com/document_detail/2593177.html",
    );
    static CODES: Source =
        source("gateway codes", "https://help.aliyun.com/document_detail/48054.html");
    static METHODS: Source =
        source("codes of keys and methods", "https://developer.aliyun.com/ask/278265");
    static PARAMETERS: Source =
        source("codes of parameters", "https://help.aliyun.com/document_detail/51132.html");
    static VERSIONS: Source =
        source("codes of versions", "https://help.aliyun.com/document_detail/30137.htm");
    static TOKENS: Source =
        source("seen: what users of the vendor's SDKs report of temporary keys", "");

    crate::checks::checks! {
        PATH: "http:404", "a path other than /", HTTP;
        METHOD: "UnsupportedHTTPMethod", "a method other than GET and POST", METHODS;
        NO_KEY: "MissingAccessKeyId", "no Authorization", METHODS;
        AUTHORIZATION: "IncompleteSignature", "an Authorization that is not ACS3-HMAC-SHA256 with its three parts", PARAMETERS;
        NO_DATE: "IllegalTimestamp", "no x-acs-date", PARAMETERS;
        DATE: "InvalidTimeStamp.Format", "an x-acs-date that is not YYYY-MM-DDThh:mm:ssZ", CODES;
        EXPIRED: "InvalidTimeStamp.Expired", "an x-acs-date more than 15 minutes off", CODES;
        NO_NONCE: "MissingParameter", "no x-acs-signature-nonce", SIGNATURE;
        KEY: "InvalidAccessKeyId.NotFound", "an access key that is not known", CODES;
        TOKEN: "InvalidSecurityToken.MismatchWithAccessKey", "a token that is not the key's", TOKENS;
        NO_TOKEN: "MissingSecurityToken", "a temporary key without its token", TOKENS;
        SIGNED_HEADERS: "IncompleteSignature", "signed headers unsorted, or without host, content-type and x-acs-*", SIGNATURE;
        HASH: "SignatureDoesNotMatch", "an x-acs-content-sha256 that is not the body's", SIGNATURE;
        SIGNATURE_WRONG: "SignatureDoesNotMatch", "a wrong signature", CODES;
        NONCE: "SignatureNonceUsed", "a nonce that came within 15 minutes", CODES;
        ACTION: "InvalidApi.NotFound", "an operation that the host does not have", CODES;
        VERSION: "NoSuchVersion", "a version that the operation does not have", VERSIONS;
        RATE: "Throttling.User", "more calls a second and product than the vendor's rate", CODES;
    }
}

/// Codes of the gateway.
pub(crate) const CODES: &[CodeRow] = &[
    CodeRow::new("InvalidAccessKeyId", 400, "Specified access key is not found or invalid."),
    CodeRow::new("InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."),
    CodeRow::new("InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."),
    CodeRow::new("MissingAccessKeyId", 400, "AccessKeyId is mandatory for this action."),
    CodeRow::new(
        "SignatureDoesNotMatch",
        400,
        "Specified signature does not match our calculation.",
    ),
    CodeRow::new(
        "IncompleteSignature",
        400,
        "The request signature does not conform to Aliyun standards.",
    ),
    CodeRow::new("InvalidSecurityToken", 403, "Specified SecurityToken is invalid."),
    CodeRow::new("InvalidSecurityToken.Expired", 403, "Specified SecurityToken is expired."),
    CodeRow::new("InvalidSecurityToken.Malformed", 403, "Specified SecurityToken is malformed."),
    CodeRow::new(
        "InvalidSecurityToken.MismatchWithAccessKey",
        403,
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    CodeRow::new("MissingSecurityToken", 400, "SecurityToken is mandatory for this action."),
    CodeRow::new("InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."),
    CodeRow::new(
        "InvalidTimeStamp.Format",
        400,
        "Specified time stamp or date value is not well formatted.",
    ),
    CodeRow::new(
        "IllegalTimestamp",
        400,
        "The input parameter \"Timestamp\" that is mandatory for processing this request is not supplied.",
    ),
    CodeRow::new("SignatureNonceUsed", 400, "Specified signature nonce was used already."),
    CodeRow::new("Throttling", 400, "Request was denied due to request throttling."),
    CodeRow::new("Throttling.User", 429, "Request was denied due to user flow control."),
    CodeRow::new("Throttling.Api", 400, "Request was denied due to api flow control."),
    CodeRow::new("Forbidden", 403, "User not authorized to operate on the specified resource."),
    CodeRow::new(
        "Forbidden.RAM",
        403,
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
    CodeRow::new(
        "Forbidden.RiskControl",
        403,
        "This operation is forbidden by Aliyun Risk Control system.",
    ),
    CodeRow::new("ActionUnauthorized", 403, "The specified action is not available for you."),
    CodeRow::new("NoPermission", 403, "You are not authorized to do this action."),
    CodeRow::new("Forbidden.UserVerification", 403, "Your user account is not verified by Aliyun."),
    CodeRow::new("InsufficientBalance", 400, "Your account does not have enough balance."),
    CodeRow::new(
        "InvalidProduct.NotFound",
        404,
        "Cannot find product according to your specified domain.",
    ),
    CodeRow::new("InvalidProtocol.NeedSsl", 404, "Your request is denied as lack of ssl protect."),
    CodeRow::new(
        "InvalidApi.NotFound",
        404,
        "Specified api is not found, please check your url and method.",
    ),
    CodeRow::new("InvalidAction", 403, "The specified action is not valid."),
    CodeRow::new("InvalidVersion", 400, "Specified parameter Version is not valid."),
    CodeRow::new("NoSuchVersion", 400, "The specified version does not exist."),
    CodeRow::new("UnsupportedHTTPMethod", 403, "This http method is not supported."),
    CodeRow::new("InvalidSignatureMethod", 400, "Specified signature method is not valid."),
    CodeRow::new("UnsupportedOperation", 400, "The specified action is not supported."),
    CodeRow::new("UnsupportedParameter", 400, "The parameter is not supported."),
    CodeRow::new(
        "MissingParameter",
        400,
        "A parameter that is mandatory for processing this request is not supplied.",
    ),
    CodeRow::new("InvalidParameter", 400, "The specified value of a parameter is not valid."),
    CodeRow::new(
        "InternalError",
        500,
        "The request processing has failed due to some unknown error.",
    ),
    CodeRow::new(
        "ServiceUnavailable",
        503,
        "The request has failed due to a temporary failure of the server.",
    ),
];

/// Lets a request through to the product, or answers for the gateway.
pub(crate) fn admit(
    call: &Call<'_>,
    action: &str,
    version: &str,
    own: &[CodeRow],
) -> Result<(), Box<Reply>> {
    let refuse = |check: Refusal| Box::new(refused(call, own, check.answer));
    let request = call.request;
    if request.path != "/" {
        return Err(refuse(&checks::PATH));
    }
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(refuse(&checks::METHOD));
    }
    authenticate(call).map_err(refuse)?;
    if request.header("x-acs-action") != Some(action) {
        return Err(refuse(&checks::ACTION));
    }
    if request.header("x-acs-version") != Some(version) {
        return Err(refuse(&checks::VERSION));
    }
    let admitted = call.shared.lock().admit(call, "product");
    if admitted { Ok(()) } else { Err(refuse(&checks::RATE)) }
}

fn authenticate(call: &Call<'_>) -> Result<(), Refusal> {
    let request = call.request;
    let given = request.header("authorization").ok_or(&checks::NO_KEY)?;
    let parts: Vec<&str> =
        given.strip_prefix(ALGORITHM).ok_or(&checks::AUTHORIZATION)?.split(',').collect();
    let part = |name: &str| parts.iter().find_map(|part| part.trim().strip_prefix(name));
    let (Some(id), Some(names), Some(signature)) =
        (part("Credential="), part("SignedHeaders="), part("Signature="))
    else {
        return Err(&checks::AUTHORIZATION);
    };
    let date = request.header("x-acs-date").ok_or(&checks::NO_DATE)?;
    let time = unix(date).ok_or(&checks::DATE)?;
    if (call.now_ms - time * 1000).abs() > FIFTEEN_MINUTES {
        return Err(&checks::EXPIRED);
    }
    let nonce = request.header("x-acs-signature-nonce").filter(|nonce| !nonce.is_empty());
    let nonce = nonce.ok_or(&checks::NO_NONCE)?;
    let key = key_of(call, id)?;
    let canonical = canonical_request(request, names).ok_or(&checks::SIGNED_HEADERS)?;
    let hash = crypto::hex(&crypto::sha256(&request.body));
    if request.header("x-acs-content-sha256") != Some(hash.as_str()) {
        return Err(&checks::HASH);
    }
    if self::signature(key, &canonical) != signature {
        return Err(&checks::SIGNATURE_WRONG);
    }
    let mut state = call.shared.lock();
    let (nonces, _) = state.of::<OneTimeTexts>(call.vendor);
    let fresh = nonces.first(nonce, call.now_ms, FIFTEEN_MINUTES);
    if fresh { Ok(()) } else { Err(&checks::NONCE) }
}

/// Returns the secret of a key, if the token belongs to it.
fn key_of<'a>(call: &Call<'a>, id: &str) -> Result<&'a str, Refusal> {
    let shared = call.shared;
    let known = &shared.credentials;
    match call.request.header("x-acs-security-token") {
        None if id == known.secret_id => Ok(&known.secret_key),
        None if id == known.temporary_id => Err(&checks::NO_TOKEN),
        Some(token) if id == known.temporary_id && token == known.temporary_token => {
            Ok(&known.temporary_key)
        }
        Some(_) if id == known.secret_id || id == known.temporary_id => Err(&checks::TOKEN),
        _ => Err(&checks::KEY),
    }
}

/// Returns what is signed; `None` if the list is not sorted lower case, or a header that has to be signed is not in it.
fn canonical_request(request: &Request, signed_headers: &str) -> Option<String> {
    let names: Vec<&str> = signed_headers.split(';').collect();
    let sent = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let has_to_be = |name: &String| {
        matches!(name.as_str(), "host" | "content-type") || name.starts_with("x-acs-")
    };
    let lacks = |name: &String| has_to_be(name) && !names.contains(&name.as_str());
    if !names.is_sorted() || !names.contains(&"host") || sent.into_iter().any(|name| lacks(&name)) {
        return None;
    }
    let mut headers = String::new();
    for name in &names {
        if **name != name.to_ascii_lowercase() {
            return None;
        }
        headers.push_str(&format!("{name}:{}\n", request.header(name)?.trim()));
    }
    let mut query = request.query_params();
    query.sort();
    let query: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let hash = request.header("x-acs-content-sha256")?;
    Some(format!("{}\n/\n{}\n{headers}\n{signed_headers}\n{hash}", request.method, query.join("&")))
}

/// Encodes as RFC 3986 has it.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn signature(secret: &str, canonical: &str) -> String {
    let text = string_to_sign(canonical);
    crypto::hex(&crypto::hmac_sha256(secret.as_bytes(), text.as_bytes()))
}

fn string_to_sign(canonical: &str) -> String {
    format!("{ALGORITHM}\n{}", crypto::hex(&crypto::sha256(canonical.as_bytes())))
}

/// Returns the Unix time of `YYYY-MM-DDThh:mm:ssZ`.
fn unix(date: &str) -> Option<i64> {
    let digits: Vec<i64> = date
        .split(|one: char| !one.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect();
    let [year, month, day, hour, minute, second] = digits[..] else { return None };
    let days = (year - 1970) * 365 + (month - 1) * 31 + day;
    // From there on to the day itself: the months before have at most 31 days.
    let about = days * 86_400 + hour * 3600 + minute * 60 + second;
    let near = (about - 12 * 86_400)..(about + 40 * 86_400);
    let mut time = near.start - near.start.rem_euclid(86_400) + hour * 3600 + minute * 60 + second;
    while time < near.end {
        let (y, mo, d, h, mi, s) = crypto::civil(time, 0);
        if format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z") == date {
            return Some(time);
        }
        time += 86_400;
    }
    None
}

/// Returns the answer to a code of the gateway or of the product, as the gateway writes refusals.
pub(crate) fn refused(call: &Call<'_>, own: &[CodeRow], code: &str) -> Reply {
    if let Some(status) = http_code(code) {
        return Reply::http(status);
    }
    let id = crypto::uuid().to_uppercase();
    let listed = own.iter().chain(CODES).find(|listed| listed.code == code);
    let (status, text) = listed.map_or((400, "Unknown error."), |known| (known.status, known.text));
    let host = call.vendor.machine().hosts.first().copied().unwrap_or_default();
    let body = json!({
        "RequestId": id, "HostId": host, "Code": code, "Message": text,
        "Recommend": format!("https://api.aliyun.com/troubleshoot?q={code}&requestId={id}"),
    });
    Reply::refused(written(status, &body, &id), code).id(&id)
}

/// Returns an answer of the product.
pub(crate) fn done(body: Value, outcome: &str) -> Reply {
    let id = crypto::uuid().to_uppercase();
    let mut body = body;
    body["RequestId"] = id.as_str().into();
    Reply::refused(written(200, &body, &id), outcome).id(&id)
}

fn written(status: u16, body: &Value, id: &str) -> Answer {
    Answer::new(status, "application/json;charset=utf-8", body.to_string())
        .with("x-acs-request-id", id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BodyFraming;

    /// The page prints the signature of its sample.
    #[test]
    fn as_published() {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let headers = [
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "RunInstances"),
            ("x-acs-content-sha256", hash),
            ("x-acs-date", "2023-10-26T10:22:32Z"),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
            ("x-acs-version", "2014-05-26"),
        ];
        let query =
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            query: Some(query.into()),
            headers: headers.iter().map(|(k, v)| ((*k).into(), v.as_bytes().to_vec())).collect(),
            framing: BodyFraming::Length(0),
            body: Vec::new(),
            keep_alive: true,
            expects_continue: false,
        };
        let names = headers.map(|(name, _)| name).join(";");
        let canonical = canonical_request(&request, &names).unwrap();
        assert_eq!(
            signature("YourAccessKeySecret", &canonical),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
        assert!(canonical_request(&request, "host;x-acs-action").is_none());
    }

    #[test]
    fn times() {
        for (date, time) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2023-10-26T09:01:01Z", 1_698_310_861),
            ("2025-12-31T23:59:59Z", 1_767_225_599),
            ("2096-02-29T00:00:00Z", 3_981_312_000),
        ] {
            assert_eq!(unix(date), Some(time), "{date}");
        }
        for wrong in ["2025-12-31 23:59:59", "2025-13-01T00:00:00Z", "yesterday", ""] {
            assert_eq!(unix(wrong), None, "{wrong}");
        }
    }
}

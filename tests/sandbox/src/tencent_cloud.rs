//! Tencent Cloud API 3.0: the authentication of a request, by TC3-HMAC-SHA256 or by signature v1 in a query
//! or a form, and how an error is written. <https://www.tencentcloud.com/document/api/1213/61331>

use serde_json::{Map, Value, json};

use crate::checks::Refusal;
use crate::crypto;
use crate::http::{Answer, Request, decode_form, one};
use crate::shared::{Call, OneTimeTexts, Reply, http_code};
use crate::vendor::CodeRow;

pub(crate) mod checks {
    use crate::checks::{Source, source};

    static COMMON_PARAMS: Source =
        source("Common Params", "https://www.tencentcloud.com/document/api/1213/61331");
    static COMMON_ERRORS: Source = source(
        "Responses, and its Common Error Codes",
        "https://www.tencentcloud.com/document/api/1031/32869",
    );
    static CALLS: Source = source("Signature v3 and Signature, beside Common Params", "");

    crate::checks::checks! {
        PATH: "http:404", "a path other than /", CALLS;
        METHOD: "UnsupportedProtocol", "a method other than GET and POST", COMMON_ERRORS;
        CONTENT_TYPE: "UnsupportedProtocol", "a POST that is neither application/json nor a form", CALLS;
        JSON: "InvalidParameter", "a body that is no JSON object", CALLS;
        LARGE: "RequestSizeLimitExceeded", "a GET over 32 KiB, a form over 1 MiB, JSON over 10 MiB", CALLS;
        AUTHORIZATION: "AuthFailure.InvalidAuthorization", "JSON without a v3 Authorization header", COMMON_ERRORS;
        COMMON_MISSING: "MissingParameter", "a required common parameter that is missing", COMMON_PARAMS;
        TIMESTAMP: "InvalidParameter", "a timestamp that is no integer", COMMON_PARAMS;
        EXPIRED: "AuthFailure.SignatureExpire", "a timestamp more than 5 minutes off", COMMON_PARAMS;
        NONCE: "InvalidParameter", "a nonce that is no positive integer", COMMON_PARAMS;
        REPLAY: "AuthFailure.SignatureFailure", "a pair of nonce and timestamp for the second time", COMMON_PARAMS;
        SECRET_ID: "AuthFailure.SecretIdNotFound", "a SecretId that is not known", COMMON_ERRORS;
        TOKEN: "AuthFailure.TokenFailure", "a token that is not the key's, or none where it needs one", COMMON_ERRORS;
        SCOPE: "AuthFailure.SignatureFailure", "a credential scope of another day or service", CALLS;
        SIGNED_HEADERS: "AuthFailure.SignatureFailure", "signed headers unsorted, or without content-type and host", CALLS;
        SIGNATURE: "AuthFailure.SignatureFailure", "a wrong signature", CALLS;
        ESCAPES: "AuthFailure.SignatureFailure", "signature v1 with lower-case escapes", CALLS;
        ACTION: "InvalidAction", "an action the service does not have", COMMON_ERRORS;
        VERSION: "NoSuchVersion", "another version than the product's", COMMON_ERRORS;
        UNKNOWN: "UnknownParameter", "a parameter the action does not have", COMMON_ERRORS;
        MISSING: "MissingParameter", "a required parameter that is missing", COMMON_ERRORS;
        TYPE: "InvalidParameter", "a parameter of another type", COMMON_ERRORS;
        EMPTY: "InvalidParameterValue", "a required parameter that is empty", COMMON_ERRORS;
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const TOLERANCE: i64 = 300;
const MAX_GET: usize = 32 * 1024;
const MAX_FORM: usize = 1024 * 1024;
const MAX_JSON: usize = 10 * 1024 * 1024;

/// Nonces of signature v1 with their timestamp.
#[derive(Default)]
struct Store {
    nonces: OneTimeTexts,
}

/// One product of the vendor.
pub(crate) struct Product {
    /// What is signed for.
    pub service: &'static str,
    pub version: &'static str,
    /// Its own error codes.
    pub errors: &'static [CodeRow],
}

/// Error codes of every API.
pub(crate) const ERRORS: &[CodeRow] = &[
    CodeRow::new("InvalidParameter", 200, "Invalid parameter."),
    CodeRow::new("InvalidParameterValue", 200, "Incorrect parameter value."),
    CodeRow::new("AuthFailure.InvalidAuthorization", 200, "The Authorization header is invalid."),
    CodeRow::new("InternalError", 200, "Internal error."),
    CodeRow::new("RequestLimitExceeded", 200, "Your current request frequency exceeds the limit."),
    CodeRow::new(
        "RequestLimitExceeded.UinLimitExceeded",
        200,
        "The account's requests exceed the limit.",
    ),
    CodeRow::new(
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        200,
        "The account's requests exceed the limit.",
    ),
    CodeRow::new("AuthFailure.SignatureExpire", 200, "The signature has expired."),
    CodeRow::new("ResourceUnavailable", 200, "The resource is unavailable."),
    CodeRow::new(
        "AuthFailure.SignatureFailure",
        200,
        "The provided credentials could not be validated.",
    ),
    CodeRow::new("AuthFailure.SecretIdNotFound", 200, "The SecretId is not found."),
    CodeRow::new("AuthFailure.InvalidSecretId", 200, "The SecretId is not a TencentCloud API key."),
    CodeRow::new("AuthFailure.TokenFailure", 200, "Token verification failed."),
    CodeRow::new("AuthFailure.MFAFailure", 200, "MFA failed."),
    CodeRow::new("AuthFailure.UnauthorizedOperation", 200, "The request is not authorized."),
    CodeRow::new("UnauthorizedOperation", 200, "The operation is not authorized."),
    CodeRow::new("MissingParameter", 200, "A required parameter is missing."),
    CodeRow::new("UnknownParameter", 200, "The parameter is unknown."),
    CodeRow::new("InvalidAction", 200, "The action does not exist."),
    CodeRow::new("NoSuchVersion", 200, "The version does not exist."),
    CodeRow::new("UnsupportedProtocol", 200, "The HTTP method or content type is not supported."),
    CodeRow::new("UnsupportedRegion", 200, "The region is not supported."),
    CodeRow::new("UnsupportedOperation", 200, "The operation is not supported."),
    CodeRow::new("DryRunOperation", 200, "The request would have succeeded."),
    CodeRow::new("LimitExceeded", 200, "The quota is exceeded."),
    CodeRow::new("ResourceInsufficient", 200, "Resources are insufficient."),
    CodeRow::new("ResourceInUse", 200, "The resource is in use."),
    CodeRow::new("ResourceNotFound", 200, "The resource does not exist."),
    CodeRow::new("FailedOperation", 200, "The operation failed."),
    CodeRow::new("ActionOffline", 200, "The action is offline."),
    CodeRow::new("InvalidRequest", 200, "The multipart body is malformed."),
    CodeRow::new("IpInBlacklist", 200, "The IP address is in the blacklist."),
    CodeRow::new("IpNotInWhitelist", 200, "The IP address is not in the whitelist."),
    CodeRow::new("NoSuchProduct", 200, "The product does not exist."),
    CodeRow::new(
        "RequestLimitExceeded.IPLimitExceeded",
        200,
        "The IP address's requests exceed the limit.",
    ),
    CodeRow::new("RequestSizeLimitExceeded", 200, "The request exceeds the size limit."),
    CodeRow::new("ResponseSizeLimitExceeded", 200, "The response exceeds the size limit."),
    CodeRow::new("ServiceUnavailable", 200, "The service is temporarily unavailable."),
];

impl Product {
    /// Returns every documented error code: first its own.
    pub fn every_error(&self) -> impl Iterator<Item = &'static CodeRow> {
        self.errors.iter().chain(ERRORS)
    }

    /// Returns the answer for an error code, or for `http:NNN`.
    pub fn error(&self, code: &str) -> Reply {
        if let Some(status) = http_code(code) {
            return Reply::http(status);
        }
        let id = crypto::uuid();
        let known = self.every_error().find(|known| known.code == code);
        let text = known.map_or("Unknown error.", |known| known.text);
        let body = json!({"Response": {"Error": {"Code": code, "Message": text}, "RequestId": id}});
        let billed = known.is_some_and(|known| known.billed);
        let status = known.map_or(200, |known| known.status);
        let answer = Answer::new(status, "application/json", body.to_string());
        Reply::refused(answer, code).done(billed, billed).id(&id)
    }
}

/// An authenticated request.
pub(crate) struct AuthenticatedRequest {
    pub action: String,
    pub version: String,
    pub members: Members,
}

/// The action's own parameters, as they came.
pub(crate) enum Members {
    Json(Map<String, Value>),
    /// Of a query or a form: dots between names, list indexes from 0.
    Flat(Vec<(String, String)>),
}

pub(crate) fn authenticate(
    call: &Call<'_>,
    product: &Product,
) -> Result<AuthenticatedRequest, Refusal> {
    let request = call.request;
    if request.path != "/" {
        return Err(&checks::PATH);
    }
    match (request.method.as_str(), request.media_type().as_str()) {
        ("POST", FORM) => signature_v1(call, &request.body, MAX_FORM),
        ("POST", "application/json") => tc3(call, product),
        ("POST", _) => Err(&checks::CONTENT_TYPE),
        ("GET", _) if request.has_header("authorization") => tc3(call, product),
        ("GET", _) => {
            signature_v1(call, request.query.as_deref().unwrap_or("").as_bytes(), MAX_GET)
        }
        _ => Err(&checks::METHOD),
    }
}

/// Returns the secret key of a pair, if the token belongs to it.
fn key_of<'a>(call: &Call<'a>, id: &str, token: Option<&str>) -> Result<&'a str, Refusal> {
    let shared = call.shared;
    let known = &shared.credentials;
    match token {
        None if id == known.secret_id => Ok(&known.secret_key),
        Some(token) if id == known.temporary_id && token == known.temporary_token => {
            Ok(&known.temporary_key)
        }
        _ if id == known.secret_id || id == known.temporary_id => Err(&checks::TOKEN),
        _ => Err(&checks::SECRET_ID),
    }
}

fn check_time(call: &Call<'_>, timestamp: Option<&str>) -> Result<i64, Refusal> {
    let text = timestamp.ok_or(&checks::COMMON_MISSING)?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(&checks::TIMESTAMP);
    }
    let time: i64 = text.parse().map_err(|_| &checks::TIMESTAMP)?;
    if (call.now() - time).abs() > TOLERANCE { Err(&checks::EXPIRED) } else { Ok(time) }
}

struct Authorization<'a> {
    id: &'a str,
    scope: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

fn parse_authorization(text: &str) -> Option<Authorization<'_>> {
    let parts: Vec<&str> =
        text.strip_prefix("TC3-HMAC-SHA256 ")?.split(',').map(str::trim).collect();
    let part = |name: &str| parts.iter().find_map(|part| part.strip_prefix(name));
    let (id, scope) = part("Credential=")?.split_once('/')?;
    let (signed_headers, signature) = (part("SignedHeaders=")?, part("Signature=")?);
    Some(Authorization { id, scope, signed_headers, signature })
}

/// Returns the canonical request; `None` if a signed header is missing or the list is not sorted
/// lower case.
pub(crate) fn canonical_request(request: &Request, signed_headers: &str) -> Option<String> {
    let names: Vec<&str> = signed_headers.split(';').collect();
    if !names.is_sorted() || !names.contains(&"content-type") || !names.contains(&"host") {
        return None;
    }
    let mut headers = String::new();
    for name in &names {
        if **name != name.to_ascii_lowercase() {
            return None;
        }
        let value = request.header(name)?.trim().to_lowercase();
        headers.push_str(&format!("{name}:{value}\n"));
    }
    let payload = match request.header("x-tc-content-sha256") {
        Some("UNSIGNED-PAYLOAD") => crypto::sha256(b"UNSIGNED-PAYLOAD"),
        _ => crypto::sha256(&request.body),
    };
    let query = if request.method == "GET" { request.query.as_deref().unwrap_or("") } else { "" };
    Some(format!(
        "{}\n/\n{query}\n{headers}\n{signed_headers}\n{}",
        request.method,
        crypto::hex(&payload)
    ))
}

/// Returns the TC3 signature of a canonical request.
pub(crate) fn tc3_signature(key: &str, service: &str, timestamp: i64, canonical: &str) -> String {
    let date = crypto::utc_date(timestamp);
    let text = format!(
        "TC3-HMAC-SHA256\n{timestamp}\n{date}/{service}/tc3_request\n{}",
        crypto::hex(&crypto::sha256(canonical.as_bytes()))
    );
    let k_date = crypto::hmac_sha256(format!("TC3{key}").as_bytes(), date.as_bytes());
    let k_service = crypto::hmac_sha256(&k_date, service.as_bytes());
    let k_signing = crypto::hmac_sha256(&k_service, b"tc3_request");
    crypto::hex(&crypto::hmac_sha256(&k_signing, text.as_bytes()))
}

fn tc3(call: &Call<'_>, product: &Product) -> Result<AuthenticatedRequest, Refusal> {
    let (request, service) = (call.request, product.service);
    let given = request
        .header("authorization")
        .and_then(parse_authorization)
        .ok_or(&checks::AUTHORIZATION)?;
    let common = |name: &str| request.header(name).filter(|v| !v.is_empty());
    let action = common("x-tc-action").ok_or(&checks::COMMON_MISSING)?;
    let version = common("x-tc-version").ok_or(&checks::COMMON_MISSING)?;
    let timestamp = check_time(call, request.header("x-tc-timestamp"))?;
    let key = key_of(call, given.id, common("x-tc-token"))?;
    if given.scope != format!("{}/{service}/tc3_request", crypto::utc_date(timestamp)) {
        return Err(&checks::SCOPE);
    }
    let canonical =
        canonical_request(request, given.signed_headers).ok_or(&checks::SIGNED_HEADERS)?;
    if tc3_signature(key, service, timestamp, &canonical) != given.signature {
        return Err(&checks::SIGNATURE);
    }
    if request.body.len() > MAX_JSON || request.query.as_ref().is_some_and(|q| q.len() > MAX_GET) {
        return Err(&checks::LARGE);
    }
    let members = if request.method == "POST" {
        Members::Json(serde_json::from_slice(&request.body).map_err(|_| &checks::JSON)?)
    } else {
        Members::Flat(request.query_params())
    };
    Ok(AuthenticatedRequest { action: action.to_owned(), version: version.to_owned(), members })
}

const COMMON: [&str; 11] = [
    "Action",
    "Version",
    "Timestamp",
    "Nonce",
    "SecretId",
    "Signature",
    "SignatureMethod",
    "Token",
    "Region",
    "Language",
    "RequestClient",
];

/// Returns the string that signature v1 signs: raw values, keys in byte order.
pub(crate) fn v1_string(method: &str, host: &str, params: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> =
        params.iter().filter(|(k, _)| k != "Signature").collect();
    sorted.sort();
    let joined: Vec<String> = sorted.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{method}{host}/?{}", joined.join("&"))
}

fn lower_case_escape(raw: &[u8]) -> bool {
    raw.split(|b| *b == b'%').skip(1).any(|rest| rest.iter().take(2).any(u8::is_ascii_lowercase))
}

fn signature_v1(
    call: &Call<'_>,
    raw: &[u8],
    limit: usize,
) -> Result<AuthenticatedRequest, Refusal> {
    let request = call.request;
    if raw.len() > limit {
        return Err(&checks::LARGE);
    }
    let params = decode_form(raw);
    let get = |name: &str| one(&params, name).filter(|v| !v.is_empty());
    let common = |name: &str| get(name).ok_or(&checks::COMMON_MISSING);
    let action = common("Action")?;
    let version = common("Version")?;
    let nonce = common("Nonce")?;
    if !nonce.bytes().all(|b| b.is_ascii_digit()) || !nonce.parse::<u64>().is_ok_and(|n| n > 0) {
        return Err(&checks::NONCE);
    }
    let given = common("Signature")?;
    let timestamp = check_time(call, get("Timestamp"))?;
    let key = key_of(call, common("SecretId")?, get("Token"))?;
    let text = v1_string(&request.method, request.header("host").unwrap_or(""), &params);
    let right = match get("SignatureMethod") {
        Some("HmacSHA256") => crypto::hmac_sha256(key.as_bytes(), text.as_bytes()),
        _ => crypto::hmac_sha1(key.as_bytes(), text.as_bytes()),
    };
    if lower_case_escape(raw) {
        return Err(&checks::ESCAPES);
    }
    if crypto::base64(&right) != given {
        return Err(&checks::SIGNATURE);
    }
    // Within the time a timestamp is good for, on both sides of now.
    let span = 2 * TOLERANCE * 1000;
    let used = format!("{timestamp} {nonce}");
    if !call.shared.lock().of::<Store>(call.vendor).0.nonces.first(&used, call.now_ms, span) {
        return Err(&checks::REPLAY);
    }
    let (action, version) = (action.to_owned(), version.to_owned());
    let own = params.into_iter().filter(|(k, _)| !COMMON.contains(&k.as_str())).collect();
    Ok(AuthenticatedRequest { action, version, members: Members::Flat(own) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BodyFraming;

    /// The sample key that the vendor's signature pages print.
    const SAMPLE_KEY: &str = concat!("Gu5t9xGARNpq86cd98joQYCN3", "EXAMPLE");

    fn request(method: &str, query: &str, content_type: &str, body: &str) -> Request {
        Request {
            method: method.into(),
            path: "/".into(),
            query: Some(query.into()),
            headers: vec![
                ("Content-Type".into(), content_type.into()),
                ("Host".into(), "cvm.tencentcloudapi.com".into()),
            ],
            framing: BodyFraming::Absent,
            body: body.into(),
            keep_alive: true,
            expects_continue: false,
        }
    }

    /// Both signatures are printed on the vendor's pages.
    #[test]
    fn tc3_as_published() {
        let get = request("GET", "Limit=10&Offset=0", FORM, "");
        let canonical = canonical_request(&get, "content-type;host").unwrap();
        assert_eq!(
            tc3_signature(SAMPLE_KEY, "cvm", 1_539_084_154, &canonical),
            "5da7a33f6993f0614b047e5df4582db9e9bf4672ba50567dba16c6ccf174c474"
        );
        let body = "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
        let post = request("POST", "", "application/json; charset=utf-8", body);
        let canonical = canonical_request(&post, "content-type;host").unwrap();
        assert_eq!(
            tc3_signature(SAMPLE_KEY, "cvm", 1_551_113_065, &canonical),
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
        assert!(canonical_request(&post, "host").is_none());
        assert!(canonical_request(&post, "host;content-type").is_none());
    }

    /// Published: HmacSHA1 over a GET.
    #[test]
    fn v1_as_published() {
        let id = concat!("AKIDz8krbsJ5yKBZQpn74WFkmLPx3", "EXAMPLE");
        let params: Vec<(String, String)> = [
            ("Timestamp", "1465185768"),
            ("Action", "DescribeInstances"),
            ("InstanceIds.0", "ins-09dx96dg"),
            ("Limit", "20"),
            ("Nonce", "11886"),
            ("Offset", "0"),
            ("Region", "ap-guangzhou"),
            ("SecretId", id),
            ("Version", "2017-03-12"),
            ("Signature", "left out"),
        ]
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
        let text = v1_string("GET", "cvm.tencentcloudapi.com", &params);
        let signature = crypto::base64(&crypto::hmac_sha1(SAMPLE_KEY.as_bytes(), text.as_bytes()));
        assert_eq!(signature, "EliP9YW3pW28FpsEdkXt/+WcGeI=");
    }

    #[test]
    fn an_authorization_with_any_space_between_its_parts() {
        for text in [
            "TC3-HMAC-SHA256 Credential=i/d/s/t, SignedHeaders=a;b, Signature=0f",
            "TC3-HMAC-SHA256 Credential=i/d/s/t,SignedHeaders=a;b,Signature=0f",
            "TC3-HMAC-SHA256   SignedHeaders=a;b ,  Credential=i/d/s/t,Signature=0f",
        ] {
            let parsed = parse_authorization(text).unwrap();
            let parts = [parsed.id, parsed.scope, parsed.signed_headers, parsed.signature];
            assert_eq!(parts, ["i", "d/s/t", "a;b", "0f"], "{text}");
        }
        for text in
            ["TC3-HMAC-SHA256", "TC3-HMAC-SHA256 Credential=i, SignedHeaders=a, Signature=0"]
        {
            assert!(parse_authorization(text).is_none(), "{text}");
        }
    }

    #[test]
    fn lower_case_escapes_are_seen() {
        assert!(lower_case_escape(b"a=%e5"));
        assert!(!lower_case_escape(b"a=%E5b&c=%2F"));
    }
}

//! The refusals that are known of each vendor, and from where they are known. A request is refused
//! by the vendors' modules through one of these alone, so a refusal without a source cannot be
//! written; the table of the README is made from them.

use serde_json::{Value, json};

use crate::Vendor;

/// A document, or something seen, that says what a vendor does.
#[derive(Debug)]
pub(crate) struct Source {
    pub name: &'static str,
    /// Its address; empty where it has none.
    pub at: &'static str,
}

/// A refusal that a vendor is known to make.
#[derive(Debug)]
pub(crate) struct Check {
    /// The vendor's code, or `http:NNN`.
    pub answer: &'static str,
    /// The refusal.
    pub refuses: &'static str,
    pub source: &'static Source,
}

/// The failure of a check.
pub(crate) type Refusal = &'static Check;

pub(crate) const fn source(name: &'static str, at: &'static str) -> Source {
    Source { name, at }
}

macro_rules! checks {
    ($($name:ident: $answer:literal, $refuses:literal, $source:ident;)*) => {
        $(pub(crate) static $name: $crate::checks::Check = $crate::checks::Check {
            answer: $answer,
            refuses: $refuses,
            source: &$source,
        };)*
        pub(crate) static ALL: &[(&str, &$crate::checks::Check)] =
            &[$((stringify!($name), &$name)),*];
    };
}
#[allow(unused_imports, reason = "a new vendor has its checks in its own file")]
pub(crate) use checks;

/// HTTP itself, which every vendor speaks.
static HTTP: Source = source("RFC 9110, HTTP semantics", "https://www.rfc-editor.org/rfc/rfc9110");
/// How messages are framed.
static FRAMING: Source = source("RFC 9112, HTTP/1.1", "https://www.rfc-editor.org/rfc/rfc9112");

/// The checks of every listener.
pub(crate) mod http {
    use super::{FRAMING, HTTP, Source, source};

    static SIZES: Source = source("the vendors' pages: each has a lower limit", "");

    checks! {
        HEAD: "http:400", "what is no HTTP/1 request", FRAMING;
        HOST: "http:400", "an HTTP/1.1 request without Host", FRAMING;
        LENGTH: "http:400", "two lengths, a length with a coding, or one that is no number", FRAMING;
        CHUNK: "http:400", "a broken chunk", FRAMING;
        MISDIRECTED: "http:421", "on the port of all, a Host that is no vendor's", HTTP;
        LONG_HEAD: "http:431", "a head over 64 KiB", HTTP;
        LONG_BODY: "http:413", "a body over 16 MiB", SIZES;
    }
}

pub(crate) mod tencent_kyc {
    use super::{HTTP, Source, source};

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

    checks! {
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

pub(crate) mod wechat {
    use super::{HTTP, Source, source};

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

    checks! {
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

pub(crate) mod aliyun_gateway {
    use super::{Source, source};

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

    checks! {
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

pub(crate) mod aliyun_bankocr {
    use super::{Source, source};

    static MARKET: Source =
        source("market page", "https://market.aliyun.com/products/57124001/cmapi027616.html");

    checks! {
        MISSING: "-1", "a form without img, or an empty one", MARKET;
        PREFIX: "-8", "an img that is neither an address nor a data: address", MARKET;
        ADDRESS: "-3", "an address without a host", MARKET;
        LARGE: "-2", "more than 4 MiB of base64 text", MARKET;
        BASE64: "-2", "a data: address that is not base64", MARKET;
        FORMAT: "-2", "a picture that is not JPEG, PNG or BMP", MARKET;
        DAMAGED: "-3", "a picture whose size cannot be read", MARKET;
        PIXELS: "-2", "a picture under 15 or over 4096 pixels", MARKET;
    }
}

pub(crate) mod aliyun_yhkr {
    use super::{Source, source};

    static MARKET: Source =
        source("market page", "https://market.aliyun.com/products/57000002/cmapi00035241.html");

    checks! {
        MISSING: "10001", "acct_no, idcard or name missing or empty", MARKET;
        CARD: "10001", "a card number that is not 12 to 19 digits", MARKET;
        ID: "10001", "an ID number that is not 15 or 18 long", MARKET;
        SAME: "10020", "the same person more often a day than yhkr_same_limit", MARKET;
    }
}

pub(crate) mod tencent_cloud {
    use super::{Source, source};

    static COMMON_PARAMS: Source =
        source("Common Params", "https://www.tencentcloud.com/document/api/1213/61331");
    static COMMON_ERRORS: Source = source(
        "Responses, and its Common Error Codes",
        "https://www.tencentcloud.com/document/api/1031/32869",
    );
    static CALLS: Source = source("Signature v3 and Signature, beside Common Params", "");

    checks! {
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

pub(crate) mod tencent_faceid {
    use super::{Source, source};

    static ACTION_PAGE: Source =
        source("action page", "https://www.tencentcloud.com/document/api/1061/78854");
    static ENCRYPTION: Source =
        source("encryption page", "https://cloud.tencent.com/document/product/1007/47180");
    static LIMITS: Source =
        source("limits page", "https://cloud.tencent.com/document/product/1007/108625");

    checks! {
        RATE: "RequestLimitExceeded", "more requests a second and action than its rate", ACTION_PAGE;
        CERT_TYPE: "InvalidParameterValue", "a CertType other than 0", ACTION_PAGE;
        ALGORITHM: "InvalidParameterValue", "another algorithm, or tags that do not fit it", ENCRYPTION;
        NO_LIST: "InvalidParameter", "an empty EncryptList", ENCRYPTION;
        FIELD: "InvalidParameter.UnsupportEncryptField", "an EncryptList with a field that is not sent", ACTION_PAGE;
        DECRYPTION: "FailedOperation.DecryptSystemError", "what cannot be decrypted", ACTION_PAGE;
        NAME: "-2", "a name with digits or control characters", ACTION_PAGE;
        ID: "-3", "an ID number that is not 15 or 18 long", ACTION_PAGE;
        ID_TYPE: "-19 (-20 of the four-element check)", "an ID number of 15 digits", ACTION_PAGE;
        PHONE: "-5", "a phone number that is not 11 digits from 1", ACTION_PAGE;
        CARD: "-4 (-3, -5 by action)", "a card number that is not 12 to 19 digits", ACTION_PAGE;
        SAME: "-18 (-17, -19, -4 by action)", "one card more often a day than faceid_same_limit", LIMITS;
    }
}

/// Returns every check: who refuses what, with which answer, and from where that is known.
#[must_use]
pub fn table() -> Value {
    let families = [
        ("every listener", http::ALL),
        ("aliyun_gateway", aliyun_gateway::ALL),
        ("aliyun_openapi", crate::aliyun_openapi::checks::ALL),
        ("tencent_cloud", tencent_cloud::ALL),
    ];
    let vendors = Vendor::ALL.into_iter().map(|vendor| (vendor.name(), vendor.machine().checks));
    let lists: Vec<_> = families.into_iter().chain(vendors).collect();
    let rows = lists.iter().flat_map(|(by, list)| {
        list.iter().map(move |(name, check)| {
            json!({
                "by": by, "name": name, "refuses": check.refuses, "answer": check.answer,
                "source": check.source.name, "at": check.source.at,
            })
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check that no code makes would be a claim without effect.
    #[test]
    fn every_check_is_made_and_has_a_source() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = std::fs::read_dir(folder).unwrap();
        let files: Vec<(String, String)> = files
            .map(|file| {
                let path = file.unwrap().path();
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        let table = table();
        for row in table.as_array().unwrap() {
            let text = |key: &str| row[key].as_str().unwrap();
            // The files that make the checks of a vendor, or of whoever it is.
            let by = match text("by") {
                "every listener" => "http",
                by => by,
            };
            let takes = |(name, text): &&(String, String)| {
                name == by
                    || text.contains(&format!("{by} as checks"))
                    || text.contains(&format!("{by}::checks::"))
            };
            let code: String = files.iter().filter(takes).map(|(_, text)| text.as_str()).collect();
            let used =
                code.match_indices(&format!("checks::{}", text("name"))).any(|(at, found)| {
                    !code[at + found.len()..]
                        .starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                });
            assert!(used, "{}: {} is not used", text("by"), text("name"));
            assert!(!text("source").is_empty() && !text("answer").is_empty(), "{row}");
        }
    }
}

//! The family of products behind Aliyun API Gateway: credentials and request signature here, its
//! envelope in `answer`, its codes in `codes`.
//!
//! Documents (read 2026-11):
//! - AppCode: <https://help.aliyun.com/document_detail/115437.html>
//! - signature: <https://help.aliyun.com/document_detail/29475.html>
//! - error codes: <https://help.aliyun.com/document_detail/43906.htm>
//!
//! Auth: `Authorization: APPCODE <code>`, or an AppKey with an HMAC-SHA256 signature over method,
//! headers, path and the unescaped form. One of the two, never both.
//!
//! Quirks:
//! - A refusal of the gateway is in the headers; its body is empty. `X-Ca-Error-Code` comes from the
//!   newer gateway only, `X-Ca-Error-Message` from both. Where neither is there, the product speaks.
//! - `Invalid Signature` echoes the whole string to sign, so with the card number or the photo: no
//!   message is passed on beyond the words that it is known by.
//! - The classic gateway throttles with 403.
//! - A signature covers form values as they are before percent-encoding, and the path without
//!   whatever a `base_url` puts before it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::vendors::Now;
use crate::wire::{Body, Method, Request, percent};

mod answer;
mod codes;

pub(crate) use answer::{Envelope, envelope, ids};
pub(crate) use codes::{CODES, MESSAGES};

/// The signature covers both to the byte: <https://help.aliyun.com/document_detail/29475.html>.
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const ACCEPT: &str = "application/json";

/// Environments that an API is published to: <https://help.aliyun.com/document_detail/29475.html>.
const STAGES: &[(&str, &str)] = &[("RELEASE", "RELEASE"), ("PRE", "PRE"), ("TEST", "TEST")];

/// The gateway as one account meets it.
pub(crate) struct Gateway {
    endpoint: Endpoint,
    credentials: Credentials,
    stage: Option<&'static str>,
}

enum Credentials {
    AppCode(Secret),
    KeyPair { app_key: Secret, app_secret: Secret },
}

/// One form field: text, and after it the base64 of a photo where there is one.
pub(crate) struct Field<'a> {
    pub(crate) name: &'static str,
    pub(crate) text: &'a str,
    pub(crate) photo: Option<&'a Bytes>,
}

impl Gateway {
    /// Reads `app_code`, or `app_key` and `app_secret`; and `stage`.
    pub(crate) fn open(entry: &mut Section<'_>, endpoint: Endpoint) -> Result<Self, Error> {
        let (app_code, app_key, app_secret) =
            (entry.secret("app_code")?, entry.secret("app_key")?, entry.secret("app_secret")?);
        let stage = entry.choice("stage", STAGES)?;
        let credentials = match (app_code, app_key, app_secret) {
            (Some(app_code), None, None) => Credentials::AppCode(app_code),
            (None, Some(app_key), Some(app_secret)) => Credentials::KeyPair { app_key, app_secret },
            (None, None, None) => {
                return Err(entry.missing("app_code", "it, or app_key and app_secret"));
            }
            (None, Some(_), None) => {
                return Err(entry.missing("app_secret", "it beside app_key"));
            }
            (None, None, Some(_)) => {
                return Err(entry.missing("app_key", "it beside app_secret"));
            }
            (Some(_), _, _) => {
                let expected = "either it or app_key and app_secret";
                return Err(entry.problem("app_code", expected, "both"));
            }
        };
        Ok(Gateway { endpoint, credentials, stage })
    }

    /// Returns a form to `path`. The fields are sorted by name, as the signature wants them, and
    /// not empty.
    pub(crate) fn post(
        &self,
        path: &str,
        fields: &[Field<'_>],
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        let mut request = Request::post(self.endpoint.at(path), CONTENT_TYPE, form(fields))
            .header("accept", ACCEPT);
        match &self.credentials {
            Credentials::AppCode(app_code) => {
                if let Some(stage) = self.stage {
                    request = request.header("x-ca-stage", stage);
                }
                Ok(request.header("authorization", ["APPCODE ", app_code.reveal()].concat()))
            }
            Credentials::KeyPair { app_key, app_secret } => {
                let (nonce, timestamp) = (entropy.uuid(), now.unix_ms.to_string());
                let signed = [
                    ("x-ca-key", app_key.reveal()),
                    ("x-ca-nonce", nonce.as_str()),
                    ("x-ca-signature-method", "HmacSHA256"),
                    ("x-ca-stage", self.stage.unwrap_or("RELEASE")),
                    ("x-ca-timestamp", timestamp.as_str()),
                ];
                let signature = StringToSign {
                    method: Method::Post,
                    accept: ACCEPT,
                    content_type: CONTENT_TYPE,
                    headers: &signed,
                    path,
                    fields,
                }
                .sign(app_secret)?;
                for (name, value) in signed {
                    request = request.header(name, value.to_owned());
                }
                let names = signed.map(|(name, _)| name).join(",");
                Ok(request
                    .header("x-ca-signature-headers", names)
                    .header("x-ca-signature", signature))
            }
        }
    }

    /// Returns the secrets that vendor text may echo.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        match &self.credentials {
            Credentials::AppCode(app_code) => vec![app_code.reveal()],
            Credentials::KeyPair { app_key, app_secret } => {
                vec![app_key.reveal(), app_secret.reveal()]
            }
        }
    }
}

/// Returns the form as it is sent.
fn form(fields: &[Field<'_>]) -> Body {
    let (mut body, mut text) = (Body::default(), String::with_capacity(128));
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            text.push('&');
        }
        text.push_str(field.name);
        text.push('=');
        percent::push(&mut text, field.text);
        if let Some(photo) = field.photo {
            body = body.then_plain(std::mem::take(&mut text)).then_base64_form(photo.clone());
        }
    }
    if text.is_empty() { body } else { body.then_plain(text) }
}

/// The text that is signed, kept in its parts: a photo goes through as base64 a piece at a time.
/// `Content-MD5` is for bodies that are no forms, and `Date` is not sent: both lines are empty.
struct StringToSign<'a> {
    method: Method,
    accept: &'a str,
    content_type: &'a str,
    /// Sorted by name, in lower case.
    headers: &'a [(&'a str, &'a str)],
    path: &'a str,
    /// Sorted by name.
    fields: &'a [Field<'a>],
}

impl StringToSign<'_> {
    fn visit(&self, mut piece: impl FnMut(&[u8])) {
        for line in [self.method.name(), self.accept, "", self.content_type, ""] {
            piece(line.as_bytes());
            piece(b"\n");
        }
        for (name, value) in self.headers {
            for part in [name, ":", value, "\n"] {
                piece(part.as_bytes());
            }
        }
        piece(self.path.as_bytes());
        for (position, field) in self.fields.iter().enumerate() {
            let separator = if position == 0 { "?" } else { "&" };
            for part in [separator, field.name, "=", field.text] {
                piece(part.as_bytes());
            }
            if let Some(photo) = field.photo {
                Body::default().then_base64(photo.clone()).visit(&mut piece);
            }
        }
    }

    fn sign(&self, app_secret: &Secret) -> Result<String, Error> {
        let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.reveal().as_bytes())
            .map_err(|_| Error::new(Kind::Internal, "HMAC does not take the key"))?;
        self.visit(|piece| mac.update(piece));
        Ok(STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Config;
    use crate::vendors::Vendor;

    fn joined(string: &StringToSign<'_>) -> String {
        let mut bytes = Vec::new();
        string.visit(|piece| bytes.extend_from_slice(piece));
        String::from_utf8(bytes).unwrap()
    }

    fn sent(body: &Body) -> String {
        let mut bytes = Vec::new();
        body.visit(|piece| bytes.extend_from_slice(piece));
        assert_eq!(bytes.len() as u64, body.len());
        String::from_utf8(bytes).unwrap()
    }

    fn signature_vectors(vendor: Vendor) -> Vec<Value> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/vectors")
            .join(vendor.name())
            .join("signatures");
        let files = std::fs::read_dir(folder).unwrap();
        files
            .flat_map(|file| {
                let text = std::fs::read(file.unwrap().path()).unwrap();
                serde_json::from_slice::<Vec<Value>>(&text).unwrap()
            })
            .collect()
    }

    #[test]
    fn signatures_are_what_the_vectors_say() {
        for vendor in [Vendor::AliyunBankocr, Vendor::AliyunYhkr] {
            let cases = signature_vectors(vendor);
            assert!(!cases.is_empty());
            for case in cases {
                let text = |key: &str| case[key].as_str().unwrap();
                let list = |key: &str| case[key].as_array().unwrap();
                let name = text("name");
                assert!(case["origin"].is_string(), "{name}");
                let headers: Vec<(&str, &str)> = list("headers")
                    .iter()
                    .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
                    .collect();
                let photos: Vec<Option<Bytes>> = list("fields")
                    .iter()
                    .map(|field| field["photo_base64"].as_str())
                    .map(|text| text.map(|text| STANDARD.decode(text).unwrap().into()))
                    .collect();
                let fields: Vec<Field<'_>> = list("fields")
                    .iter()
                    .zip(&photos)
                    .map(|(field, photo)| Field {
                        name: match field["name"].as_str().unwrap() {
                            "img" => "img",
                            "acct_no" => "acct_no",
                            "idcard" => "idcard",
                            "name" => "name",
                            other => panic!("{other}"),
                        },
                        text: field["text"].as_str().unwrap(),
                        photo: photo.as_ref(),
                    })
                    .collect();
                let string = StringToSign {
                    method: if text("method") == "GET" { Method::Get } else { Method::Post },
                    accept: text("accept"),
                    content_type: text("content_type"),
                    headers: &headers,
                    path: text("path"),
                    fields: &fields,
                };
                assert_eq!(joined(&string), text("string_to_sign"), "{name}");
                let signature = string.sign(&Secret::new(text("app_secret"))).unwrap();
                assert_eq!(signature, text("signature"), "{name}");
                assert_eq!(sent(&form(&fields)), text("body"), "{name}");
            }
        }
    }

    #[test]
    fn a_photo_of_many_pieces_is_signed_as_one_text() {
        let photo: Bytes = (0..200_001u32).map(|index| (index * 31 % 253) as u8).collect();
        let fields = [Field { name: "img", text: "data:image/png;base64,", photo: Some(&photo) }];
        let string = StringToSign {
            method: Method::Post,
            accept: ACCEPT,
            content_type: CONTENT_TYPE,
            headers: &[("x-ca-key", "k")],
            path: "/cardbank",
            fields: &fields,
        };
        let text = STANDARD.encode(&photo);
        let whole = format!(
            "POST\napplication/json\n\n{CONTENT_TYPE}\n\nx-ca-key:k\n\
             /cardbank?img=data:image/png;base64,{text}"
        );
        assert!(joined(&string) == whole);
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(whole.as_bytes());
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(string.sign(&Secret::new("secret")).unwrap(), expected);
        let mut largest = 0;
        string.visit(|piece| largest = largest.max(piece.len()));
        assert!(largest <= 64 * 1024, "{largest}");
    }

    #[test]
    fn exactly_one_form_of_credentials() {
        let refused = |keys: Value| {
            let mut entry = json!({"vendor": "aliyun_bankocr"});
            for (key, value) in keys.as_object().unwrap() {
                entry[key] = value.clone();
            }
            let config = json!({"vendors": [entry]}).to_string();
            Config::from_json(&config).err().map(|error| error.message().to_owned())
        };
        let one_form =
            "vendors[0].app_code: expected either it or app_key and app_secret, found both";
        for (keys, problem) in [
            (json!({"app_code": "c"}), None),
            (json!({"app_code": "c", "stage": "PRE"}), None),
            (json!({"app_key": "k", "app_secret": "s", "stage": "TEST"}), None),
            (
                json!({}),
                Some("vendors[0].app_code: expected it, or app_key and app_secret, found none"),
            ),
            (
                json!({"app_key": "k"}),
                Some("vendors[0].app_secret: expected it beside app_key, found none"),
            ),
            (
                json!({"app_secret": "s"}),
                Some("vendors[0].app_key: expected it beside app_secret, found none"),
            ),
            (json!({"app_code": "c", "app_key": "k"}), Some(one_form)),
            (json!({"app_code": "c", "app_key": "k", "app_secret": "s"}), Some(one_form)),
            (
                json!({"app_code": "c", "stage": "release"}),
                Some(
                    "vendors[0].stage: expected one of \"RELEASE\", \"PRE\", \"TEST\", found another string",
                ),
            ),
        ] {
            assert_eq!(refused(keys.clone()).as_deref(), problem, "{keys}");
        }
    }
}

//! Signatures of Tencent Cloud API 3.0: TC3-HMAC-SHA256 (version 3) and HmacSHA1 or HmacSHA256
//! (version 1).
//!
//! Documents, read 2026-11: <https://www.tencentcloud.com/document/api/1213/61331> (parameters of both
//! versions) and <https://www.tencentcloud.com/document/product/1061/36933> (hosts).
//!
//! The vendor hashes the bytes that it receives, so whatever is signed here must be sent unchanged:
//! body, query, content type and host with its port.

use std::sync::{Mutex, PoisonError};

use base16ct::lower as hex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::vendors::digest::{SECONDS_PER_DAY, hmac, sha256_hex, utc_date};
use crate::wire::Method;

/// The name that a TC3 signature begins with.
pub(crate) const TC3: &str = "TC3-HMAC-SHA256";

/// The last member of the credential scope and of the chain of keys.
const TC3_REQUEST: &str = "tc3_request";

/// Everything that a TC3 signature covers.
#[derive(Clone, Copy)]
pub(crate) struct Tc3<'a> {
    pub(crate) service: &'a str,
    pub(crate) host: &'a str,
    pub(crate) method: Method,
    /// The query exactly as it stands in the address.
    pub(crate) query: &'a str,
    pub(crate) content_type: &'a str,
    /// The action, where `x-tc-action` is signed too: the vendor takes both forms.
    pub(crate) signed_action: Option<&'a str>,
    /// `payload_hash` of the body.
    pub(crate) payload_hash: &'a str,
    /// UNIX seconds.
    pub(crate) timestamp: u64,
}

impl Tc3<'_> {
    /// Returns the value of the `authorization` header.
    pub(crate) fn authorization(&self, secret_id: &str, signing_key: &[u8]) -> String {
        let scope = self.scope();
        let text = self.string_to_sign(&scope);
        let signature = hex::encode_string(&hmac::<Hmac<Sha256>>(signing_key, text.as_bytes()));
        let headers = self.signed_headers();
        [
            TC3,
            " Credential=",
            secret_id,
            "/",
            &scope,
            ", SignedHeaders=",
            headers,
            ", Signature=",
            &signature,
        ]
        .concat()
    }

    fn signed_headers(&self) -> &'static str {
        match self.signed_action {
            Some(_) => "content-type;host;x-tc-action",
            None => "content-type;host",
        }
    }

    fn canonical_request(&self) -> String {
        let content_type = self.content_type.trim().to_lowercase();
        let host = self.host.trim().to_lowercase();
        let action = self.signed_action.map(|action| action.trim().to_lowercase());
        let action = action.map(|action| format!("x-tc-action:{action}\n")).unwrap_or_default();
        [
            self.method.name(),
            "\n/\n",
            self.query,
            "\ncontent-type:",
            &content_type,
            "\nhost:",
            &host,
            "\n",
            &action,
            "\n",
            self.signed_headers(),
            "\n",
            self.payload_hash,
        ]
        .concat()
    }

    fn string_to_sign(&self, scope: &str) -> String {
        let hash = sha256_hex(self.canonical_request().as_bytes());
        [TC3, "\n", &self.timestamp.to_string(), "\n", scope, "\n", &hash].concat()
    }

    fn scope(&self) -> String {
        [&utc_date(self.timestamp), "/", self.service, "/", TC3_REQUEST].concat()
    }

    fn date_key(&self, secret_key: &str) -> Zeroizing<Vec<u8>> {
        let start = Zeroizing::new(format!("TC3{secret_key}"));
        hmac::<Hmac<Sha256>>(start.as_bytes(), utc_date(self.timestamp).as_bytes())
    }

    fn service_key(&self, secret_key: &str) -> Zeroizing<Vec<u8>> {
        hmac::<Hmac<Sha256>>(&self.date_key(secret_key), self.service.as_bytes())
    }

    fn signing_key(&self, secret_key: &str) -> Zeroizing<Vec<u8>> {
        hmac::<Hmac<Sha256>>(&self.service_key(secret_key), TC3_REQUEST.as_bytes())
    }
}

/// The key that an account signs a UTC day's requests to one service with. It is kept: three of the
/// four HMACs of a signature are spent on it.
#[derive(Default)]
pub(crate) struct DayKey(Mutex<Option<(u64, Zeroizing<Vec<u8>>)>>);

impl DayKey {
    /// Returns the signing key of the request's day.
    pub(crate) fn of(&self, tc3: &Tc3<'_>, secret_key: &str) -> Zeroizing<Vec<u8>> {
        let today = tc3.timestamp / SECONDS_PER_DAY;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((day, key)) if *day == today => key.clone(),
            _ => {
                let key = tc3.signing_key(secret_key);
                *kept = Some((today, key.clone()));
                key
            }
        }
    }
}

/// The hash of a version 1 signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum V1 {
    HmacSha1,
    HmacSha256,
}

impl V1 {
    /// Returns the value of `SignatureMethod`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            V1::HmacSha1 => "HmacSHA1",
            V1::HmacSha256 => "HmacSHA256",
        }
    }

    /// Returns the value of `Signature` over parameters in the order of `sort`.
    pub(crate) fn signature<N: AsRef<str>>(
        self,
        method: Method,
        host: &str,
        sorted: &[(N, &str)],
        secret_key: &str,
    ) -> String {
        let text = Zeroizing::new(v1_string_to_sign(method, host, sorted));
        let key = secret_key.as_bytes();
        STANDARD.encode(match self {
            V1::HmacSha1 => hmac::<Hmac<Sha1>>(key, text.as_bytes()),
            V1::HmacSha256 => hmac::<Hmac<Sha256>>(key, text.as_bytes()),
        })
    }
}

/// Puts parameters in the order that version 1 signs: by the bytes of their names, so that `a.12`
/// comes before `a.2`.
pub(crate) fn sort<N: AsRef<str>>(parameters: &mut [(N, &str)]) {
    parameters
        .sort_by(|(one, _), (other, _)| one.as_ref().as_bytes().cmp(other.as_ref().as_bytes()));
}

/// Values stand in it as they are: percent-encoding comes after signing.
fn v1_string_to_sign<N: AsRef<str>>(method: Method, host: &str, sorted: &[(N, &str)]) -> String {
    let mut text = format!("{}{host}/?", method.name());
    for (position, (name, value)) in sorted.iter().enumerate() {
        if position > 0 {
            text.push('&');
        }
        text.push_str(name.as_ref());
        text.push('=');
        text.push_str(value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::digest::payload_hash;
    use crate::wire::{Body, percent};
    use serde_json::Value;

    fn cases(vendor: &str, file: &str) -> Vec<Value> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/vectors")
            .join(vendor)
            .join("signatures")
            .join(file);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn method(input: &Value) -> Method {
        match input["method"].as_str().unwrap() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn tc3_vectors_agree_in_every_step() {
        let cases =
            [cases("tencent_faceid", "tc3.json"), cases("tencent_ocr", "tc3.json")].concat();
        assert_eq!(cases.len(), 19 + 4);
        for case in cases {
            let (name, input, steps) = (&case["name"], &case["input"], &case["steps"]);
            let text = |key: &str| input[key].as_str().unwrap();
            let body = STANDARD.decode(text("body_base64")).unwrap();
            assert_eq!(String::from_utf8_lossy(&body), text("body"), "{name}");
            let payload_hash = match input["unsigned_payload"].as_bool() {
                Some(true) => sha256_hex(b"UNSIGNED-PAYLOAD"),
                _ => payload_hash(&Body::plain(body)),
            };
            assert_eq!(payload_hash, steps["payload_hash"], "{name}");
            let tc3 = Tc3 {
                service: text("service"),
                host: text("host"),
                method: method(input),
                query: text("query"),
                content_type: text("content_type"),
                signed_action: input["sign_action"]
                    .as_bool()
                    .unwrap_or(false)
                    .then(|| text("action")),
                payload_hash: &payload_hash,
                timestamp: input["timestamp"].as_u64().unwrap(),
            };
            let canonical = tc3.canonical_request();
            assert_eq!(canonical, steps["canonical_request"], "{name}");
            let hash = sha256_hex(canonical.as_bytes());
            assert_eq!(hash, steps["canonical_request_hash"], "{name}");
            assert_eq!(tc3.string_to_sign(&tc3.scope()), steps["string_to_sign"], "{name}");
            let key = text("secret_key");
            assert_eq!(hex::encode_string(&tc3.date_key(key)), steps["date_key"], "{name}");
            assert_eq!(hex::encode_string(&tc3.service_key(key)), steps["service_key"], "{name}");
            assert_eq!(hex::encode_string(&tc3.signing_key(key)), steps["signing_key"], "{name}");
            let kept = DayKey::default();
            let authorization = tc3.authorization(text("secret_id"), &kept.of(&tc3, key));
            // The key is kept for the day, and for no other.
            assert_eq!(*kept.of(&tc3, "another"), *tc3.signing_key(key), "{name}");
            let tomorrow = Tc3 { timestamp: tc3.timestamp + SECONDS_PER_DAY, ..tc3 };
            assert_eq!(*kept.of(&tomorrow, key), *tomorrow.signing_key(key), "{name}");
            assert_ne!(*kept.of(&tomorrow, key), *tc3.signing_key(key), "{name}");
            assert_eq!(authorization, steps["authorization"], "{name}");
            assert!(authorization.ends_with(steps["signature"].as_str().unwrap()), "{name}");
        }
    }

    #[test]
    fn v1_vectors_agree_in_every_step() {
        let cases = cases("tencent_faceid", "v1.json");
        assert_eq!(cases.len(), 5);
        for case in cases {
            let (name, input, steps) = (&case["name"], &case["input"], &case["steps"]);
            let text = |key: &str| input[key].as_str().unwrap();
            let sent: Vec<(&str, &str)> = input["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
                .collect();
            let mut sorted = sent.clone();
            sort(&mut sorted);
            let (method, host) = (method(input), text("host"));
            let string_to_sign = v1_string_to_sign(method, host, &sorted);
            assert_eq!(string_to_sign, steps["string_to_sign"], "{name}");
            let v1 = [V1::HmacSha1, V1::HmacSha256]
                .into_iter()
                .find(|v1| v1.name() == text("hash"))
                .unwrap();
            let signature = v1.signature(method, host, &sorted, text("secret_key"));
            assert_eq!(signature, steps["signature"], "{name}");
            // The vendor's Python program writes a space as `+`; both read the same.
            let theirs = steps["encoded"].as_str().unwrap().replace('+', "%20");
            let ours = percent::pairs(sent.into_iter().chain([("Signature", signature.as_str())]));
            assert_eq!(ours, theirs, "{name}");
        }
    }

    #[test]
    fn version_1_sorts_by_bytes() {
        let mut parameters = [("a.2", ""), ("a.12", ""), ("b", ""), ("B", "")];
        sort(&mut parameters);
        assert_eq!(parameters.map(|(name, _)| name), ["B", "a.12", "a.2", "b"]);
    }
}

//! Signatures of version 3, ACS3-HMAC-SHA256: <https://help.aliyun.com/document_detail/2593177.html>.
//!
//! The vendor hashes the bytes that it receives, so whatever is signed here must be sent unchanged: body,
//! query, and every header that is named.

use base16ct::lower as hex;
use hmac::Hmac;
use sha2::Sha256;

use crate::vendors::digest::{hmac, sha256_hex};
use crate::wire::Method;

/// The name that a signature begins with.
const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Everything that a signature covers. The path is `/` for every operation in the RPC style.
pub(super) struct Acs3<'a> {
    pub(super) method: Method,
    /// The query exactly as it stands in the address, its names sorted.
    pub(super) query: &'a str,
    /// Names in lower case, sorted, with their values as they are sent.
    pub(super) headers: &'a [(&'static str, &'a str)],
    /// The value of `x-acs-content-sha256`.
    pub(super) payload_hash: &'a str,
}

impl Acs3<'_> {
    /// Returns the value of the `authorization` header.
    pub(super) fn authorization(&self, access_key_id: &str, access_key_secret: &str) -> String {
        let text = self.string_to_sign();
        let signature = hmac::<Hmac<Sha256>>(access_key_secret.as_bytes(), text.as_bytes());
        [
            ALGORITHM,
            " Credential=",
            access_key_id,
            ",SignedHeaders=",
            &self.signed_headers(),
            ",Signature=",
            &hex::encode_string(&signature),
        ]
        .concat()
    }

    fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        names.join(";")
    }

    fn canonical_request(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .flat_map(|(name, value)| [*name, ":", value.trim(), "\n"])
            .collect();
        [
            self.method.name(),
            "\n/\n",
            self.query,
            "\n",
            &headers,
            "\n",
            &self.signed_headers(),
            "\n",
            self.payload_hash,
        ]
        .concat()
    }

    fn string_to_sign(&self) -> String {
        [ALGORITHM, "\n", &sha256_hex(self.canonical_request().as_bytes())].concat()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;

    use super::*;
    use crate::vendors::digest::payload_hash;
    use crate::wire::Body;

    /// What the vendor's SDK signed, step by step, and what its page prints.
    #[test]
    fn vectors_agree_in_every_step() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/vectors/aliyun_ocr/signatures/acs3.json");
        let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(cases.len(), 8);
        for case in cases {
            let (name, input, steps) = (&case["name"], &case["input"], &case["steps"]);
            let text = |value: &'_ Value| value.as_str().unwrap().to_owned();
            let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
            let hash = payload_hash(&Body::plain(body));
            assert_eq!(hash, steps["payload_hash"], "{name}");
            let headers: Vec<(&'static str, String)> = input["headers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (&*text(&pair[0]).leak(), text(&pair[1])))
                .collect();
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let acs3 = Acs3 {
                method: Method::Post,
                query: input["query"].as_str().unwrap(),
                headers: &headers,
                payload_hash: &hash,
            };
            assert_eq!(acs3.canonical_request(), steps["canonical_request"], "{name}");
            assert_eq!(acs3.string_to_sign(), steps["string_to_sign"], "{name}");
            let key = |key: &str| text(&input[key]);
            let authorization =
                acs3.authorization(&key("access_key_id"), &key("access_key_secret"));
            assert_eq!(authorization, steps["authorization"], "{name}");
        }
    }
}

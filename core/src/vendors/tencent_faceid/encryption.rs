//! Encryption of the personal fields of a `tencent_faceid` request.
//!
//! Documents, read 2026-11: <https://cloud.tencent.com/document/product/1007/47180> (the `Encryption`
//! member), <https://cloud.tencent.com/document/product/1007/95088> (the older scheme). Where they
//! are silent the vendor's own programs decide: <https://github.com/TencentCloud/faceid-api-crypto-java>,
//! and its siblings for Go and Node.js.
//!
//! Every request has its own symmetric key and vector, so that equal values never look equal. Under
//! SM4-GCM the vendor wants one vector for all fields of a request, which shows where two of them
//! agree: AES-256-CBC is the default.

use std::convert::Infallible;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Encrypt, PublicKey as RsaPublicKey};
use serde::Serialize;
use sm2::pke::{EncryptingKey, Mode};
use zeroize::Zeroizing;

use crate::config::Section;
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;

/// The vendor's RSA key (PKCS#1), the same for every account:
/// <https://github.com/TencentCloud/faceid-api-crypto-java>. The console may issue another.
const RSA_KEY: &str = "MIGJAoGBAMRJoaUkZN1d5Mp8F5V6itXmSLNM5Z771afayoI49SndkFtsspHS402ZEUUPQfqbuZk/\
                       VuSh59LtA/fBKzb4BP5bV8aqogVhG4e/q+NDkwlaq0i31HwLyBlaEojE/EEHpXBsuEkVTbKEy5el\
                       Rq9toL7IZ80i+H2mtfU5CPsar+R3AgMBAAE=";

/// The vendor's SM2 key (SubjectPublicKeyInfo), from the same place.
const SM2_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEy2QjbKC4L6LJpw51mjX90X41NYGaMp+OGX7eJBfs\
                       8K98MOtKN8wPjj1iqHUlW6qyPGggNPI5RGEoAXaojOVycg==";

/// The bytes before the point in the SubjectPublicKeyInfo of an SM2 key: the identifiers of
/// elliptic curve keys and of the curve sm2p256v1 (GM/T 0006-2012), and the head of the bit string.
const SM2_KEY_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
];

const AES_KEY_LEN: usize = 32;
const AES_IV_LEN: usize = 16;
const SM4_KEY_LEN: usize = 16;
const SM4_IV_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// The smallest RSA key that is taken, in bytes: that of the vendor's own.
const RSA_LEN: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Aes,
    Sm4,
}

const ALGORITHMS: &[(&str, Algorithm)] =
    &[("AES-256-CBC", Algorithm::Aes), ("SM4-GCM", Algorithm::Sm4)];

/// The encryption of an account's personal fields.
pub(super) enum FieldEncryption {
    /// AES-256-CBC under a key of the request, which RSA wraps.
    Rsa(Box<RsaPublicKey>),
    /// SM4-GCM under a key of the request, which SM2 wraps.
    Sm2(Box<EncryptingKey>),
    /// AES-256-CBC under a data key from the vendor's key management, for accounts from before
    /// 2023-03-17.
    DataKey {
        key: Zeroizing<Vec<u8>>,
        /// The key as configured, for masking vendor text.
        text: Secret,
        ciphertext_blob: String,
        iv: Option<String>,
    },
}

/// The `Encryption` member of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Encryption {
    pub(super) encrypt_list: Vec<&'static str>,
    pub(super) ciphertext_blob: String,
    pub(super) iv: String,
    pub(super) algorithm: &'static str,
    /// The tags of SM4-GCM in the order of `encrypt_list`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tag_list: Vec<String>,
}

impl FieldEncryption {
    /// Reads the `encryption` object of a configuration entry.
    pub(super) fn open(mut section: Section<'_>) -> Result<Self, Error> {
        let algorithm = section.choice("algorithm", ALGORITHMS)?;
        let public_key = section.text("public_key")?;
        let key = section.secret("key")?;
        let ciphertext_blob = section.text("ciphertext_blob")?;
        let iv = section.text("iv")?;
        section.finish()?;
        if let Some(key) = key {
            if algorithm == Some(Algorithm::Sm4) {
                return Err(section.problem(
                    "algorithm",
                    "\"AES-256-CBC\" beside \"key\"",
                    "\"SM4-GCM\"",
                ));
            }
            if public_key.is_some() {
                return Err(section.problem("public_key", "none beside \"key\"", "one"));
            }
            return FieldEncryption::data_key(&section, key, ciphertext_blob, iv);
        }
        for (name, value) in [("ciphertext_blob", &ciphertext_blob), ("iv", &iv)] {
            if value.is_some() {
                return Err(section.problem(name, "none without \"key\"", "one"));
            }
        }
        match algorithm.unwrap_or(Algorithm::Aes) {
            Algorithm::Aes => rsa_key(public_key.as_deref().unwrap_or(RSA_KEY))
                .map(|key| FieldEncryption::Rsa(Box::new(key)))
                .ok_or("an RSA public key of 1024 to 4096 bits in base64 DER or PEM"),
            Algorithm::Sm4 => sm2_key(public_key.as_deref().unwrap_or(SM2_KEY))
                .map(|key| FieldEncryption::Sm2(Box::new(key)))
                .ok_or("an SM2 public key in base64 DER or PEM"),
        }
        .map_err(|expected| section.problem("public_key", expected, "another text"))
    }

    fn data_key(
        section: &Section<'_>,
        text: Secret,
        ciphertext_blob: Option<String>,
        iv: Option<String>,
    ) -> Result<Self, Error> {
        let key = STANDARD.decode(text.reveal()).map(Zeroizing::new).unwrap_or_default();
        if key.len() != AES_KEY_LEN {
            return Err(section.problem("key", "the base64 of 32 bytes", "another text"));
        }
        let Some(ciphertext_blob) = ciphertext_blob.filter(|blob| !blob.is_empty()) else {
            return Err(section.missing("ciphertext_blob", "it beside \"key\""));
        };
        let printable = |iv: &String| iv.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if iv.as_ref().is_some_and(|iv| iv.len() != AES_IV_LEN || !printable(iv)) {
            return Err(section.problem("iv", "16 printable ASCII characters", "another text"));
        }
        Ok(FieldEncryption::DataKey { key, text, ciphertext_blob, iv })
    }

    /// Returns the secret that vendor text may echo.
    pub(super) fn secret(&self) -> Option<&str> {
        match self {
            FieldEncryption::DataKey { text, .. } => Some(text.reveal()),
            _ => None,
        }
    }

    /// Encrypts fields where they stand, and gives the `Encryption` member for them.
    pub(super) fn seal(
        &self,
        fields: &mut [(&'static str, &mut String)],
        entropy: &mut Entropy,
    ) -> Result<Encryption, Error> {
        let encrypt_list = fields.iter().map(|(name, _)| *name).collect();
        let mut tag_list = Vec::new();
        let (algorithm, ciphertext_blob, iv) = match self {
            FieldEncryption::Rsa(public_key) => {
                let key = Zeroizing::new(entropy.alphanumeric(AES_KEY_LEN));
                let mut iv = [0; AES_IV_LEN];
                entropy.fill(&mut iv);
                for (_, field) in fields {
                    **field = aes_256_cbc(key.as_bytes(), &iv, field).ok_or_else(failed)?;
                }
                let blob = rsa_wrap(public_key, key.as_bytes(), entropy).ok_or_else(failed)?;
                ("AES-256-CBC", STANDARD.encode(blob), STANDARD.encode(iv))
            }
            FieldEncryption::Sm2(public_key) => {
                let key = Zeroizing::new(entropy.alphanumeric(SM4_KEY_LEN));
                let mut iv = [0; SM4_IV_LEN];
                entropy.fill(&mut iv);
                for (_, field) in fields {
                    let (sealed, tag) = sm4_gcm(key.as_bytes(), &iv, field).ok_or_else(failed)?;
                    **field = sealed;
                    tag_list.push(tag);
                }
                let blob = sm2_wrap(public_key, key.as_bytes(), entropy).ok_or_else(failed)?;
                ("SM4-GCM", STANDARD.encode(blob), STANDARD.encode(iv))
            }
            FieldEncryption::DataKey { key, ciphertext_blob, iv, .. } => {
                // Here `Iv` is the text itself, not its base64.
                let iv = iv.clone().unwrap_or_else(|| entropy.alphanumeric(AES_IV_LEN));
                for (_, field) in fields {
                    **field = aes_256_cbc(key, iv.as_bytes(), field).ok_or_else(failed)?;
                }
                ("AES-256-CBC", ciphertext_blob.clone(), iv)
            }
        };
        Ok(Encryption { encrypt_list, ciphertext_blob, iv, algorithm, tag_list })
    }
}

fn failed() -> Error {
    Error::new(Kind::Internal, "a field could not be encrypted")
}

/// Returns the base64 of the ciphertext, padded as PKCS#7.
fn aes_256_cbc(key: &[u8], iv: &[u8], text: &str) -> Option<String> {
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(key, iv).ok()?;
    Some(STANDARD.encode(cipher.encrypt_padded_vec::<Pkcs7>(text.as_bytes())))
}

/// Returns the base64 of the ciphertext, and of its tag.
fn sm4_gcm(key: &[u8], iv: &[u8; SM4_IV_LEN], text: &str) -> Option<(String, String)> {
    let cipher = AesGcm::<sm4::Sm4, U12>::new_from_slice(key).ok()?;
    let mut sealed = cipher.encrypt(&(*iv).into(), text.as_bytes()).ok()?;
    let tag = sealed.split_off(sealed.len().checked_sub(TAG_LEN)?);
    Some((STANDARD.encode(sealed), STANDARD.encode(tag)))
}

fn rsa_wrap(public_key: &RsaPublicKey, key: &[u8], entropy: &mut Entropy) -> Option<Vec<u8>> {
    public_key.encrypt(&mut Randomness(entropy), Pkcs1v15Encrypt, key).ok()
}

/// `04`, x, y (C1), the SM3 hash (C3) and the ciphertext (C2), one after another.
fn sm2_wrap(public_key: &EncryptingKey, key: &[u8], entropy: &mut Entropy) -> Option<Vec<u8>> {
    public_key.encrypt(&mut Randomness(entropy), key).ok()
}

/// PKCS#1, as the vendor publishes its key, or SubjectPublicKeyInfo.
fn rsa_key(text: &str) -> Option<RsaPublicKey> {
    let der = key_bytes(text)?;
    RsaPublicKey::from_pkcs1_der(&der)
        .ok()
        .or_else(|| RsaPublicKey::from_public_key_der(&der).ok())
        .filter(|key| key.size() >= RSA_LEN)
}

/// SubjectPublicKeyInfo, or the point alone.
fn sm2_key(text: &str) -> Option<EncryptingKey> {
    let der = key_bytes(text)?;
    let point = der.strip_prefix(&SM2_KEY_HEAD).unwrap_or(&der);
    let key = sm2::PublicKey::from_sec1_bytes(point).ok()?;
    Some(EncryptingKey::new_with_mode(key, Mode::C1C3C2))
}

/// Returns the bytes of a key that is base64, PEM, or the base64 of a PEM.
fn key_bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = base64_lines(text)?;
    match std::str::from_utf8(&bytes) {
        Ok(pem) if pem.trim_start().starts_with("-----") => base64_lines(pem),
        _ => Some(bytes),
    }
}

fn base64_lines(text: &str) -> Option<Vec<u8>> {
    let body: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"))
        .flat_map(str::split_whitespace)
        .collect();
    STANDARD.decode(body).ok()
}

/// Randomness in the form that the public-key crates ask for.
struct Randomness<'a>(&'a mut Entropy);

impl Randomness<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl rand_core::TryRng for Randomness<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(buffer);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Randomness<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use rsa::PrivateKey as RsaPrivateKey;
    use rsa::pkcs1::DecodeRsaPrivateKey;
    use serde_json::{Value, json};
    use sm2::pke::DecryptingKey;

    fn case(name: &str) -> Value {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/vectors/tencent_faceid/signatures/encryption.json");
        let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(cases.len(), 4);
        cases.into_iter().find(|case| case["name"] == name).unwrap()
    }

    fn decoded(value: &Value) -> Vec<u8> {
        STANDARD.decode(value.as_str().unwrap()).unwrap()
    }

    fn entropy() -> Entropy {
        Entropy::from_seed([1; 32])
    }

    #[test]
    fn aes_256_cbc_vector() {
        let case = case("aes_256_cbc_fixed_key");
        let (key, iv) = (decoded(&case["key_base64"]), decoded(&case["iv_base64"]));
        let fields = case["fields"].as_array().unwrap();
        assert_eq!(fields.len(), 4);
        for field in fields {
            let text = field["plaintext"].as_str().unwrap();
            let sealed = aes_256_cbc(&key, &iv, text).unwrap();
            assert_eq!(sealed, field["ciphertext"], "{}", field["name"]);
        }
    }

    #[test]
    fn sm4_gcm_vector() {
        let case = case("sm4_gcm_vendor_sample");
        let key = decoded(&case["key_base64"]);
        let iv = decoded(&case["iv_base64"]).try_into().unwrap();
        let fields = case["fields"].as_array().unwrap();
        assert_eq!(fields.len(), 2);
        for field in fields {
            let (sealed, tag) = sm4_gcm(&key, &iv, field["plaintext"].as_str().unwrap()).unwrap();
            assert_eq!(sealed, field["ciphertext"], "{}", field["name"]);
            assert_eq!(tag, field["tag"], "{}", field["name"]);
        }
        // The vendor's blob has the layout that `sm2_wrap` makes, and its first part is a point.
        let blob = decoded(&case["ciphertext_blob"]);
        assert_eq!((blob.len(), blob[0]), (65 + 32 + SM4_KEY_LEN, 4));
        assert!(sm2::PublicKey::from_sec1_bytes(&blob[..65]).is_ok());
    }

    #[test]
    fn rsa_wrap_vector() {
        let case = case("rsa_pkcs1v15_wrap");
        let private =
            RsaPrivateKey::from_pkcs1_der(&decoded(&case["throwaway_private_key_base64"])).unwrap();
        let key = decoded(&case["key_base64"]);
        let public = rsa_key(case["public_key_base64"].as_str().unwrap()).unwrap();
        let ours = rsa_wrap(&public, &key, &mut entropy()).unwrap();
        for blob in [decoded(&case["ciphertext_blob"]), ours] {
            assert_eq!(blob.len() as u64, case["ciphertext_blob_bytes"]);
            assert_eq!(private.decrypt(Pkcs1v15Encrypt, &blob).unwrap(), key);
        }
    }

    #[test]
    fn sm2_wrap_vector() {
        let case = case("sm2_c1c3c2_wrap");
        let scalar = decoded(&case["throwaway_private_key_base64"]);
        let private = DecryptingKey::from_slice(&scalar).unwrap();
        let key = decoded(&case["key_base64"]);
        let public = sm2_key(case["public_key_base64"].as_str().unwrap()).unwrap();
        let ours = sm2_wrap(&public, &key, &mut entropy()).unwrap();
        for blob in [decoded(&case["ciphertext_blob"]), ours] {
            assert_eq!(blob.len() as u64, case["ciphertext_blob_bytes"]);
            assert_eq!(blob[0], 4);
            assert_eq!(private.decrypt(&blob).unwrap(), key);
        }
    }

    fn open(value: &Value) -> Result<FieldEncryption, Error> {
        FieldEncryption::open(Section::new("encryption".into(), value).unwrap())
    }

    #[test]
    fn every_request_has_its_own_key_and_vector() {
        for algorithm in ["AES-256-CBC", "SM4-GCM"] {
            let encryption = open(&json!({"algorithm": algorithm})).unwrap();
            let mut entropy = entropy();
            let mut seal = || {
                let (mut name, mut card) = ("张三".to_owned(), "6222020000000000000".to_owned());
                let mut fields = [("Name", &mut name), ("BankCard", &mut card)];
                let member = encryption.seal(&mut fields, &mut entropy).unwrap();
                (name, card, member)
            };
            let (first, second) = (seal(), seal());
            assert_eq!(first.2.algorithm, algorithm);
            assert_eq!(first.2.encrypt_list, ["Name", "BankCard"]);
            assert_ne!(first.2.iv, second.2.iv);
            assert_ne!(first.2.ciphertext_blob, second.2.ciphertext_blob);
            assert_ne!(first.0, second.0);
            assert_ne!(first.1, second.1);
        }
    }

    #[test]
    fn public_keys_come_in_every_usual_form() {
        let lines = |text: &str| {
            let lines: Vec<&str> =
                text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN KEY-----\r\n{}\r\n-----END KEY-----\r\n", lines.join("\r\n"))
        };
        let expected = rsa_key(RSA_KEY).unwrap();
        assert_eq!(expected.size(), 128);
        for text in [lines(RSA_KEY), STANDARD.encode(lines(RSA_KEY))] {
            assert_eq!(rsa_key(&text).unwrap(), expected);
        }
        let expected = sm2_key(SM2_KEY).unwrap().to_sec1_bytes();
        let point = STANDARD.encode(&expected);
        for text in [lines(SM2_KEY), STANDARD.encode(lines(SM2_KEY)), point] {
            assert_eq!(sm2_key(&text).unwrap().to_sec1_bytes(), expected);
        }
        for refused in ["", "key", "AAAA", SM2_KEY] {
            assert!(rsa_key(refused).is_none(), "{refused}");
        }
        for refused in ["", "key", "AAAA", RSA_KEY] {
            assert!(sm2_key(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn configurations_that_do_not_fit_are_refused_by_key() {
        let key = STANDARD.encode([7; 32]);
        for (value, message) in [
            (
                json!({"algorithm": "AES"}),
                "encryption.algorithm: expected one of \"AES-256-CBC\", \"SM4-GCM\", found another string",
            ),
            (
                json!({"public_key": "AAAA"}),
                "encryption.public_key: expected an RSA public key of 1024 to 4096 bits in base64 \
                 DER or PEM, found another text",
            ),
            (
                json!({"algorithm": "SM4-GCM", "public_key": RSA_KEY}),
                "encryption.public_key: expected an SM2 public key in base64 DER or PEM, found another \
                 text",
            ),
            (
                json!({"iv": "0123456789abcdef"}),
                "encryption.iv: expected none without \"key\", found one",
            ),
            (
                json!({"key": "AAAA"}),
                "encryption.key: expected the base64 of 32 bytes, found another text",
            ),
            (
                json!({"key": key}),
                "encryption.ciphertext_blob: expected it beside \"key\", found none",
            ),
            (
                json!({"key": key, "ciphertext_blob": "b", "iv": "short"}),
                "encryption.iv: expected 16 printable ASCII characters, found another text",
            ),
            (
                json!({"key": key, "ciphertext_blob": "b", "algorithm": "SM4-GCM"}),
                "encryption.algorithm: expected \"AES-256-CBC\" beside \"key\", found \"SM4-GCM\"",
            ),
            (
                json!({"algoritm": "SM4-GCM"}),
                "encryption.algoritm: expected \"algorithm\", found an unknown key",
            ),
        ] {
            let error = open(&value).err().unwrap();
            assert_eq!((error.kind(), error.message()), (Kind::InvalidConfig, message));
        }
    }
}

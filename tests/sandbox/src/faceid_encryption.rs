//! The `Encryption` member: AES-256-CBC with an RSA-wrapped key, SM4-GCM with an SM2-wrapped key. The private
//! keys are throwaways of the sandbox; it publishes the public ones.
//! <https://cloud.tencent.com/document/product/1007/47180>

use std::collections::HashMap;

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use aes_gcm::aead::array::Array;
use aes_gcm::aead::consts::U12;
use aes_gcm::{AesGcm, aead::Aead};
use hmac::KeyInit;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::{Pkcs1v15Encrypt, PrivateKey as RsaPrivateKey};
use serde_json::Value;
use sm2::elliptic_curve::sec1::ToSec1Point;
use sm2::pke::DecryptingKey;

use crate::checks::Refusal;
use crate::crypto;
use crate::tencent_cloud;
use crate::tencent_faceid::checks;

/// A throwaway: whoever reads it can read only what was meant for a sandbox.
const RSA_KEY: &[u8] = include_bytes!("../assets/throwaway_rsa_1024.der");
/// The head of a SubjectPublicKeyInfo for sm2p256v1, up to the uncompressed point.
const SM2_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
];

const FAILED: Refusal = &checks::DECRYPTION;

fn rsa_key() -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs1_der(RSA_KEY).expect("the committed key")
}

fn sm2_key() -> DecryptingKey {
    DecryptingKey::from_slice(&crypto::sha256(b"cardwire sandbox throwaway sm2 key"))
        .expect("a scalar below the order")
}

/// Returns the RSA public key, PKCS#1 DER in base64.
pub(crate) fn rsa_public_key() -> String {
    let der = rsa_key().to_public_key().to_pkcs1_der().expect("a public key encodes");
    crypto::base64(der.as_bytes())
}

/// Returns the SM2 public key, SubjectPublicKeyInfo DER in base64.
pub(crate) fn sm2_public_key() -> String {
    let point = sm2_key().encrypting_key().as_affine().to_sec1_point(false);
    crypto::base64(&[&SM2_SPKI[..], point.as_bytes()].concat())
}

fn strings(value: Option<&Value>) -> Option<Vec<&str>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(Value::as_str).collect(),
        Some(_) => None,
    }
}

/// Replaces each listed member by the clear text.
pub(crate) fn decrypt(
    encryption: &Value,
    fields: &mut HashMap<&'static str, String>,
) -> Result<(), Refusal> {
    const KNOWN: [&str; 5] = ["EncryptList", "CiphertextBlob", "Iv", "Algorithm", "TagList"];
    let map = encryption.as_object().ok_or(&tencent_cloud::checks::TYPE)?;
    if map.keys().any(|k| !KNOWN.contains(&k.as_str())) {
        return Err(&tencent_cloud::checks::UNKNOWN);
    }
    let list = strings(map.get("EncryptList")).ok_or(&tencent_cloud::checks::TYPE)?;
    let tags = strings(map.get("TagList")).ok_or(&tencent_cloud::checks::TYPE)?;
    let decoded = |name: &str| map.get(name).and_then(Value::as_str).and_then(crypto::unbase64);
    let blob = decoded("CiphertextBlob").ok_or(FAILED)?;
    let iv = decoded("Iv").ok_or(FAILED)?;
    let algorithm = match map.get("Algorithm") {
        None => "AES-256-CBC",
        Some(Value::String(name)) => name.as_str(),
        Some(_) => return Err(&tencent_cloud::checks::TYPE),
    };
    if list.is_empty() {
        return Err(&checks::NO_LIST);
    }
    let key = match algorithm {
        "AES-256-CBC" if tags.is_empty() => {
            rsa_key().decrypt(Pkcs1v15Encrypt, &blob).map_err(|_| FAILED)?
        }
        "SM4-GCM" if tags.len() == list.len() => sm2_key().decrypt(&blob).map_err(|_| FAILED)?,
        _ => return Err(&checks::ALGORITHM),
    };
    let mut done: Vec<&str> = Vec::new();
    for (i, name) in list.iter().enumerate() {
        let slot = fields.get_mut(*name).filter(|_| !done.contains(name)).ok_or(&checks::FIELD)?;
        let cipher = crypto::unbase64(slot).ok_or(FAILED)?;
        let clear = if algorithm == "SM4-GCM" {
            let tag = crypto::unbase64(tags[i]).filter(|t| t.len() == 16).ok_or(FAILED)?;
            sm4_gcm(&key, &iv, &[cipher, tag].concat())
        } else {
            aes_cbc(&key, &iv, &cipher)
        };
        *slot = clear.and_then(|c| String::from_utf8(c).ok()).ok_or(FAILED)?;
        done.push(name);
    }
    Ok(())
}

fn aes_cbc(key: &[u8], iv: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = cipher.to_vec();
    let clear = cbc::Decryptor::<Aes256>::new_from_slices(key, iv)
        .ok()?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .ok()?;
    Some(clear.to_vec())
}

fn sm4_gcm(key: &[u8], iv: &[u8], cipher_and_tag: &[u8]) -> Option<Vec<u8>> {
    let nonce: &Array<u8, U12> = iv.try_into().ok()?;
    AesGcm::<sm4::Sm4, U12>::new_from_slice(key).ok()?.decrypt(nonce, cipher_and_tag).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with another implementation (throwaway private key): unwrapping gives the known key.
    #[test]
    fn sm2_blob_of_another_implementation() {
        let scalar: Vec<u8> = (0..32)
            .map(|i| {
                let hex = "df69459556bfebeaaf4e890c2b165be399e5177b4f15880d3efdf28b6333c8f0";
                u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).unwrap()
            })
            .collect();
        let blob = "BBDbxBu92oYGzHzv5CHlV9EfyQ/BJ3is0hvyx5liOYTbKrm0k/+6AGFMouuc52s3h4JLpDcHEHPu3s3pXLwqtTOYM3em3Z\
                    UUpPYKn/gM2REAZmRv+XaXfpWwX5qJcTOWjM9Wp2epE/sAM8t82ogn/BM=";
        let key = DecryptingKey::from_slice(&scalar)
            .unwrap()
            .decrypt(&crypto::unbase64(blob).unwrap())
            .unwrap();
        assert_eq!(key, b"ABCDEFGHIJKLMNOP");
    }

    /// Sample of the vendor's own encryption tool: a made-up name and number.
    #[test]
    fn sm4_gcm_sample() {
        let key = crypto::unbase64("t/dlVGSD3hMbSG21ocAylQ==").unwrap();
        let iv = crypto::unbase64("cHNm8k09p2d80owr").unwrap();
        let both = [
            crypto::unbase64("cvtbksVKVIn0pNWUw9815RI2").unwrap(),
            crypto::unbase64("Anrq6V9s4jwBg+/mxW9Zeg==").unwrap(),
        ];
        assert_eq!(sm4_gcm(&key, &iv, &both.concat()).unwrap(), "爱新觉罗永琪".as_bytes());
        assert!(sm4_gcm(&key[1..], &iv, &both.concat()).is_none());
    }

    #[test]
    fn aes_cbc_known_answer() {
        let clear = aes_cbc(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
            b"0123456789ABCDEF",
            &crypto::unbase64("e/Slj/Lcy058De9h7igmWA==").unwrap(),
        );
        assert_eq!(clear.unwrap(), b"13800000000");
    }

    #[test]
    fn public_keys_have_their_shapes() {
        assert_eq!(crypto::unbase64(&rsa_public_key()).unwrap().len(), 140);
        assert_eq!(crypto::unbase64(&sm2_public_key()).unwrap().len(), 91);
    }
}

//! `tencent_faceid`: both signatures, the four actions, encryption, rates.

mod common;

use cardwire_sandbox::{Sandbox, Settings, Vendor, magic};
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use common::*;
use hmac::{Hmac, KeyInit, Mac};
use rsa::pkcs1::DecodeRsaPublicKey;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

fn sha256_mac(key: &[u8], data: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64
}

fn utc_date(time: i64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(time as u64);
    let text = httpdate::fmt_http_date(at);
    let p: Vec<&str> = text.split(' ').collect();
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|m| *m == p[2]).unwrap() + 1;
    format!("{}-{month:02}-{}", p[3], p[1])
}

struct Client {
    sandbox: Sandbox,
    url: String,
    id: String,
    key: String,
}

fn client() -> Client {
    let sandbox = sandbox();
    let config = sandbox.config();
    let entry = entry(&config, "tencent_faceid");
    let text = |k: &str| entry[k].as_str().unwrap().to_owned();
    Client { url: text("base_url"), id: text("secret_id"), key: text("secret_key"), sandbox }
}

struct Tc3<'a> {
    action: &'a str,
    version: &'a str,
    time: i64,
    service: &'a str,
    extra: Vec<(&'a str, &'a str)>,
}

fn tc3(action: &str) -> Tc3<'_> {
    Tc3 { action, version: "2018-03-01", time: now(), service: "faceid", extra: Vec::new() }
}

impl Client {
    fn call(&self, with: &Tc3<'_>, body: &str) -> Response {
        self.call_as(&self.id, &self.key, with, body)
    }

    fn call_as(&self, id: &str, key: &str, with: &Tc3<'_>, body: &str) -> Response {
        let kind = "application/json";
        let payload = hex(&Sha256::digest(body.as_bytes()));
        let canonical = format!(
            "POST\n/\n\ncontent-type:{kind}\nhost:{}\n\ncontent-type;host\n{payload}",
            host(&self.url)
        );
        let date = utc_date(with.time);
        let scope = format!("{date}/{}/tc3_request", with.service);
        let text = format!(
            "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
            with.time,
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        let k = sha256_mac(format!("TC3{key}").as_bytes(), &date);
        let k = sha256_mac(&sha256_mac(&k, with.service), "tc3_request");
        let signature = hex(&sha256_mac(&k, &text));
        let auth = format!(
            "TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders=content-type;host, Signature={signature}"
        );
        let time = with.time.to_string();
        let mut headers = vec![
            ("Content-Type", kind),
            ("X-TC-Action", with.action),
            ("X-TC-Version", with.version),
            ("X-TC-Timestamp", time.as_str()),
            ("Authorization", auth.as_str()),
        ];
        headers.extend(&with.extra);
        send("POST", &self.url, "/", &headers, body.as_bytes())
    }

    fn verify(&self, card: &str, name: &str) -> Value {
        let body = json!({"IdCard": ID, "Name": name, "BankCard": card}).to_string();
        self.call(&tc3("BankCardVerification"), &body).json()["Response"].clone()
    }

    fn v1(&self, method: &str, algorithm: &str, extra: &[(&str, &str)], lower: bool) -> Value {
        let (time, nonce) =
            (now().to_string(), format!("{}", u32::from_str_radix(&random(7), 16).unwrap() + 1));
        let mut params: Vec<(&str, &str)> = vec![
            ("Action", "BankCardVerification"),
            ("Version", "2018-03-01"),
            ("Timestamp", &time),
            ("Nonce", &nonce),
            ("SecretId", &self.id),
            ("IdCard", ID),
            ("Name", NAME),
            ("BankCard", CARD),
        ];
        if !algorithm.is_empty() {
            params.push(("SignatureMethod", algorithm));
        }
        params.extend(extra);
        params.sort_unstable();
        let joined: Vec<String> = params.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let text = format!("{method}{}/?{}", host(&self.url), joined.join("&"));
        let signature = if algorithm == "HmacSHA256" {
            base64(&sha256_mac(self.key.as_bytes(), &text))
        } else {
            let mut mac = Hmac::<Sha1>::new_from_slice(self.key.as_bytes()).unwrap();
            mac.update(text.as_bytes());
            base64(&mac.finalize().into_bytes())
        };
        let mut wire: Vec<String> =
            params.iter().map(|(k, v)| format!("{k}={}", percent(v))).collect();
        wire.push(format!("Signature={}", percent(&signature)));
        let mut wire = wire.join("&");
        if lower {
            wire = wire.replace("%E5", "%e5");
        }
        // The vendor's Python and Node SDKs send the trace header with either signature.
        let kind = [
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("X-TC-TraceId", "00000000-0000-4000-8000-000000000000"),
        ];
        let response = if method == "GET" {
            send("GET", &self.url, &format!("/?{wire}"), &[], b"")
        } else {
            send("POST", &self.url, "/", &kind, wire.as_bytes())
        };
        assert_eq!(response.status, 200);
        response.json()["Response"].clone()
    }
}

fn code(response: &Response) -> String {
    assert_eq!(response.status, 200);
    response.json()["Response"]["Error"]["Code"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn match_mismatch_and_the_form_checks() {
    let c = client();
    let result = |card: &str, name: &str| c.verify(card, name)["Result"].clone();
    assert_eq!(result(CARD, NAME), "0");
    assert_eq!(result(CARD, "李四"), "-1");
    assert_eq!(result("4000000000000002", NAME), "-9");
    assert_eq!(result("62220", NAME), "-4");
    assert_eq!(result(CARD, "张3"), "-2");
    let counts = c.sandbox.counts(Vendor::TencentFaceid);
    assert_eq!((counts.executed, counts.billed), (5, 3));
    assert_eq!(c.sandbox.ledger()[0].action.as_deref(), Some("BankCardVerification"));
}

#[test]
fn every_documented_result_and_error_has_a_card() {
    let c = client();
    c.sandbox.set(Settings::without_rates());
    let (mut results, mut errors) = (0, 0);
    for row in magic::table().as_array().unwrap().iter().filter(|r| r["vendor"] == "tencent_faceid")
    {
        let card = row["input"]["card_number"].as_str().unwrap();
        let action = row["action"].as_str().unwrap_or("BankCardVerification");
        let mut body = json!({"BankCard": card});
        if action != "CheckBankCardInformation" {
            body["Name"] = NAME.into();
        }
        if ["BankCardVerification", "BankCard4EVerification"].contains(&action) {
            body["IdCard"] = ID.into();
        }
        if action == "BankCard4EVerification" {
            body["Phone"] = "13800000000".into();
        }
        let before = c.sandbox.counts(Vendor::TencentFaceid).billed;
        let answer = c.call(&tc3(action), &body.to_string()).json()["Response"].clone();
        if row.get("action").is_some() {
            assert_eq!(answer["Result"], row["code"]);
            assert_eq!(answer["Description"], row["message"]);
            results += 1;
        } else {
            assert_eq!(answer["Error"]["Code"], row["code"]);
            errors += 1;
        }
        let billed = c.sandbox.counts(Vendor::TencentFaceid).billed > before;
        assert_eq!(billed, row["billed"] == true, "{row}");
    }
    assert_eq!((results, errors), (21 + 19 + 22 + 7, 46));
}

#[test]
fn tc3_is_checked_to_the_byte() {
    let c = client();
    let body = json!({"IdCard": ID, "Name": NAME, "BankCard": CARD}).to_string();
    let action = "BankCardVerification";
    assert_eq!(
        code(&c.call_as("stranger", &c.key, &tc3(action), &body)),
        "AuthFailure.SecretIdNotFound"
    );
    assert_eq!(
        code(&c.call_as(&c.id, "wrong", &tc3(action), &body)),
        "AuthFailure.SignatureFailure"
    );
    let other = Tc3 { service: "127", ..tc3(action) };
    assert_eq!(code(&c.call(&other, &body)), "AuthFailure.SignatureFailure");
    for (offset, expected) in [
        (-310, "AuthFailure.SignatureExpire"),
        (310, "AuthFailure.SignatureExpire"),
        (-290, "none"),
    ] {
        let late = Tc3 { time: now() + offset, ..tc3(action) };
        assert_eq!(code(&c.call(&late, &body)), expected, "{offset}");
    }
    let old = Tc3 { version: "2017-03-12", ..tc3(action) };
    assert_eq!(code(&c.call(&old, &body)), "NoSuchVersion");
    assert_eq!(code(&c.call(&tc3("BankCardOCR"), &body)), "InvalidAction");
    for ignored in [
        ("X-TC-Region", "null"),
        ("X-TC-Region", ""),
        ("X-TC-Language", "fr-FR"),
        ("X-TC-RequestClient", "a b"),
        ("X-TC-TraceId", "1"),
        ("X-TC-Token", ""),
    ] {
        let with = Tc3 { extra: vec![ignored], ..tc3(action) };
        assert_eq!(code(&c.call(&with, &body)), "none", "{ignored:?}");
    }
    let token = Tc3 { extra: vec![("X-TC-Token", "t")], ..tc3(action) };
    assert_eq!(code(&c.call(&token, &body)), "AuthFailure.TokenFailure");
    assert_eq!(
        code(&send("POST", &c.url, "/", &[("Content-Type", "application/json")], b"{}")),
        "AuthFailure.InvalidAuthorization"
    );
}

#[test]
fn members_are_checked() {
    let c = client();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({"IdCard": ID, "Name": NAME, "BankCard": CARD});
        change(&mut body);
        code(&c.call(&tc3("BankCardVerification"), &body.to_string()))
    };
    assert_eq!(with(&|_| ()), "none");
    assert_eq!(with(&|b| b["CertType"] = 0.into()), "none");
    assert_eq!(with(&|b| b["CertType"] = 1.into()), "InvalidParameterValue");
    assert_eq!(with(&|b| b["CertType"] = Value::Null), "InvalidParameter");
    assert_eq!(with(&|b| b["Phone"] = "1".into()), "UnknownParameter");
    assert_eq!(with(&|b| b["Name"] = 1.into()), "InvalidParameter");
    assert_eq!(with(&|b| b["Name"] = "".into()), "InvalidParameterValue");
    assert_eq!(with(&|b| drop(b.as_object_mut().unwrap().remove("Name"))), "MissingParameter");
}

#[test]
fn a_wrong_clock_is_told_by_the_date_header() {
    let c = client();
    c.sandbox.set_clock_offset(3600);
    let body = json!({"IdCard": ID, "Name": NAME, "BankCard": CARD}).to_string();
    let response = c.call(&tc3("BankCardVerification"), &body);
    assert_eq!(code(&response), "AuthFailure.SignatureExpire");
    let date = httpdate::parse_http_date(response.header("date").unwrap()).unwrap();
    let date = date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    assert!((date - now() - 3600).abs() <= 2);
    let right = Tc3 { time: date, ..tc3("BankCardVerification") };
    assert_eq!(code(&c.call(&right, &body)), "none");
}

#[test]
fn temporary_keys_need_their_token() {
    let c = client();
    let entry = c.sandbox.credentials()["tencent_faceid_temporary"].clone();
    let text = |k: &str| entry[k].as_str().unwrap();
    let body = json!({"BankCard": CARD}).to_string();
    let with =
        Tc3 { extra: vec![("X-TC-Token", text("token"))], ..tc3("CheckBankCardInformation") };
    let answer = c.call_as(text("secret_id"), text("secret_key"), &with, &body).json();
    assert_eq!(answer["Response"]["Result"], "0");
    assert_eq!(answer["Response"]["AccountType"], 1);
    let without =
        c.call_as(text("secret_id"), text("secret_key"), &tc3("CheckBankCardInformation"), &body);
    assert_eq!(code(&without), "AuthFailure.TokenFailure");
}

#[test]
fn signature_v1_in_query_and_form() {
    let c = client();
    for method in ["GET", "POST"] {
        for algorithm in ["", "HmacSHA1", "HmacSHA256"] {
            assert_eq!(c.v1(method, algorithm, &[], false)["Result"], "0", "{method} {algorithm}");
        }
    }
    assert_eq!(c.v1("POST", "", &[("CertType", "0")], false)["Result"], "0");
    assert_eq!(c.v1("POST", "", &[], true)["Error"]["Code"], "AuthFailure.SignatureFailure");
    for ignored in [("Region", ""), ("Region", "null"), ("Language", "fr-FR")] {
        assert_eq!(c.v1("POST", "", &[ignored], false)["Result"], "0", "{ignored:?}");
    }
}

#[test]
fn the_twenty_first_request_of_a_second() {
    let c = client();
    let body = json!({"IdCard": ID, "Name": NAME, "BankCard": CARD}).to_string();
    c.sandbox.set(Settings { rates: [(Vendor::TencentFaceid, 3)].into(), ..Settings::default() });
    let codes: Vec<String> =
        (0..4).map(|_| code(&c.call(&tc3("BankCardVerification"), &body))).collect();
    assert_eq!(codes, ["none", "none", "none", "RequestLimitExceeded"]);
    c.sandbox.set(Settings { faceid_same_limit: 1, ..Settings::without_rates() });
    let results: Vec<Value> = (0..2).map(|_| c.verify(CARD, NAME)["Result"].clone()).collect();
    assert_eq!(results, ["0", "-18"]);
}

#[test]
fn encrypted_with_aes_and_rsa() {
    let c = client();
    let published = &c.sandbox.credentials()["tencent_faceid_aes"]["encryption"];
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD
        .decode(published["public_key"].as_str().unwrap())
        .unwrap();
    let public = rsa::PublicKey::from_pkcs1_der(&der).unwrap();
    let (key, iv) = ([7u8; 32], [9u8; 16]);
    let encrypt = |text: &str| {
        base64(
            &cbc::Encryptor::<aes::Aes256>::new(&key.into(), &iv.into())
                .encrypt_padded_vec::<Pkcs7>(text.as_bytes()),
        )
    };
    let blob = public.encrypt(&mut getrandom::SysRng, rsa::Pkcs1v15Encrypt, &key).unwrap();
    let body = |list: Value, iv: &[u8]| {
        json!({
            "IdCard": encrypt(ID), "Name": encrypt(NAME), "BankCard": encrypt(CARD),
            "Encryption": {"EncryptList": list, "CiphertextBlob": base64(&blob), "Iv": base64(iv), "Algorithm": "AES-256-CBC"},
        })
        .to_string()
    };
    let call = |body: String| c.call(&tc3("BankCardVerification"), &body);
    let all = json!(["Name", "IdCard", "BankCard"]);
    assert_eq!(call(body(all.clone(), &iv)).json()["Response"]["Result"], "0");
    assert_eq!(
        code(&call(body(json!(["Name", "IdCard", "BankCard", "Phone"]), &iv))),
        "InvalidParameter.UnsupportEncryptField"
    );
    assert_eq!(code(&call(body(all, &iv[1..]))), "FailedOperation.DecryptSystemError");
}

#[test]
fn encrypted_with_sm4_and_sm2() {
    use aes_gcm::aead::{Aead, consts::U12};
    use base64::Engine;
    let c = client();
    let published = &c.sandbox.credentials()["tencent_faceid_sm4"]["encryption"];
    let der = base64::engine::general_purpose::STANDARD
        .decode(published["public_key"].as_str().unwrap())
        .unwrap();
    let public = sm2::pke::EncryptingKey::from_sec1_bytes(&der[26..]).unwrap();
    let (key, iv) = ([7u8; 16], [9u8; 12]);
    let cipher = aes_gcm::AesGcm::<sm4::Sm4, U12>::new_from_slice(&key).unwrap();
    let encrypt = |text: &str| {
        let both = cipher.encrypt(&iv.into(), text.as_bytes()).unwrap();
        let (cipher, tag) = both.split_at(both.len() - 16);
        (base64(cipher), base64(tag))
    };
    let blob = public.encrypt(&mut getrandom::SysRng, &key).unwrap();
    assert_eq!(blob.len(), 113);
    let (name, name_tag) = encrypt(NAME);
    let (card, card_tag) = encrypt(CARD);
    let mut body = json!({
        "IdCard": ID, "Name": name, "BankCard": card,
        "Encryption": {
            "EncryptList": ["Name", "BankCard"], "CiphertextBlob": base64(&blob), "Iv": base64(&iv),
            "Algorithm": "SM4-GCM", "TagList": [name_tag, card_tag],
        },
    });
    let call = |body: &Value| c.call(&tc3("BankCardVerification"), &body.to_string());
    assert_eq!(call(&body).json()["Response"]["Result"], "0");
    body["Encryption"]["TagList"] = json!([card_tag, name_tag]);
    assert_eq!(code(&call(&body)), "FailedOperation.DecryptSystemError");
}

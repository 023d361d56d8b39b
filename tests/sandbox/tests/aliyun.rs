//! Both Aliyun market products: the gateway's credentials and errors, then each backend.

mod common;

use cardwire_sandbox::{Action, GatewayStyle, Operation, Sandbox, Script, Settings, Vendor, magic};
use common::*;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const BANKOCR: &str = "/cardbank";
const YHKR: &str = "/communication/personal/1886";

struct Client {
    sandbox: Sandbox,
    ocr: String,
    yhkr: String,
    app_code: String,
}

fn client() -> Client {
    let sandbox = sandbox();
    let config = sandbox.config();
    let text = |v: &str, k: &str| entry(&config, v)[k].as_str().unwrap().to_owned();
    Client {
        ocr: text("aliyun_bankocr", "base_url"),
        yhkr: text("aliyun_yhkr", "base_url"),
        app_code: text("aliyun_yhkr", "app_code"),
        sandbox,
    }
}

fn person(card: &str, id: &str, name: &str) -> String {
    format!("acct_no={card}&idcard={id}&name={}", percent(name))
}

impl Client {
    fn post(&self, url: &str, path: &str, body: &str) -> Response {
        let auth = format!("APPCODE {}", self.app_code);
        send(
            "POST",
            url,
            path,
            &[("Content-Type", FORM), ("Authorization", &auth)],
            body.as_bytes(),
        )
    }

    fn verify(&self, body: &str) -> Response {
        self.post(&self.yhkr, YHKR, body)
    }

    fn image(&self, value: &str) -> Value {
        self.post(&self.ocr, BANKOCR, &format!("img={}", percent(value))).json()
    }

    fn signed(&self, secret: &str, nonce: &str, timestamp: i64) -> Response {
        let timestamp = timestamp.to_string();
        let list = [
            ("x-ca-key", "200000001"),
            ("x-ca-nonce", nonce),
            ("x-ca-stage", "RELEASE"),
            ("x-ca-timestamp", timestamp.as_str()),
        ];
        self.signed_with(secret, &list, "application/json", FORM)
    }

    /// These headers signed as they are written, in their order.
    fn signed_with(
        &self,
        secret: &str,
        list: &[(&str, &str)],
        accept: &str,
        form: &str,
    ) -> Response {
        let mut text = format!("POST\n{accept}\n\n{form}\n\n");
        for (n, v) in list {
            text.push_str(&format!("{n}:{v}\n"));
        }
        text.push_str(&format!("{YHKR}?acct_no={CARD}&idcard={ID}&name={NAME}"));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = base64(&mac.finalize().into_bytes());
        let names: Vec<&str> = list.iter().map(|(n, _)| *n).collect();
        let names = names.join(",");
        let mut headers = vec![
            ("Content-Type", form),
            ("x-ca-signature", signature.as_str()),
            ("x-ca-signature-headers", names.as_str()),
        ];
        headers.extend(list);
        if !accept.is_empty() {
            headers.push(("Accept", accept));
        }
        send("POST", &self.yhkr, YHKR, &headers, person(CARD, ID, NAME).as_bytes())
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

fn gateway(response: &Response) -> (u16, String) {
    assert!(response.body.is_empty());
    assert!(response.header("x-ca-request-id").is_some());
    (response.status, response.header("x-ca-error-code").unwrap_or("").to_owned())
}

#[test]
fn a_cardholder_matches_or_not() {
    let c = client();
    let state = |body: String| c.verify(&body).json()["data"]["state"].clone();
    let answer = c.verify(&person(CARD, ID, NAME)).json();
    assert_eq!((&answer["code"], &answer["data"]["state"]), (&"10000".into(), &"1".into()));
    assert_eq!(answer["seqNo"].as_str().unwrap().len(), 18);
    assert_eq!(state(person(CARD, ID, "李四")), "2");
    let uncertain = magic::card_for(Vendor::AliyunYhkr, "state:3").unwrap();
    assert_eq!(state(person(&uncertain, ID, NAME)), "3");
    assert_eq!(c.verify(&person("4000000000000002", ID, NAME)).json()["code"], "10016");
    let counts = c.sandbox.counts(Vendor::AliyunYhkr);
    assert_eq!((counts.executed, counts.billed), (4, 3));
}

#[test]
fn every_documented_code_has_a_card() {
    let c = client();
    let mut seen = 0;
    for row in magic::table().as_array().unwrap().iter().filter(|r| r["vendor"] == "aliyun_yhkr") {
        let card = row["input"]["card_number"].as_str().unwrap();
        let response = c.verify(&person(card, ID, NAME));
        let code = row["code"].as_str().unwrap();
        match row.get("status") {
            None => {
                assert_eq!(response.status, 200);
                assert_eq!(response.json()["code"], code);
            }
            Some(status) => {
                assert_eq!(response.status, status.as_u64().unwrap() as u16, "{code}");
                let said = response.header("x-ca-error-message").unwrap();
                assert_eq!(said, row["message"].as_str().unwrap());
                let expected = if code.starts_with("classic:") { "" } else { code };
                assert_eq!(gateway(&response).1, expected);
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 21 + 3 + 66 + 32);
}

#[test]
fn every_documented_code_has_a_photo_and_an_address() {
    let c = client();
    let mut seen = 0;
    for row in magic::table().as_array().unwrap().iter().filter(|r| r["vendor"] == "aliyun_bankocr")
    {
        let image = bmp(20, 20, &row["input"]["marker"].to_string());
        let data = format!("data:image/bmp;base64,{}", base64(&image));
        for value in [data.as_str(), row["input"]["image_url"].as_str().unwrap()] {
            let response = c.post(&c.ocr, BANKOCR, &format!("img={}", percent(value)));
            match row.get("status") {
                None => assert_eq!(response.json()["code"], row["code"]),
                Some(status) => {
                    assert_eq!(response.status, status.as_u64().unwrap() as u16);
                    assert_eq!(response.header("x-ca-error-message"), row["message"].as_str());
                }
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 2 * (7 + 66 + 32));
    let counts = c.sandbox.counts(Vendor::AliyunBankocr);
    assert_eq!((counts.executed, counts.billed), (14, 14));
}

#[test]
fn app_code_form() {
    let c = client();
    let body = person(CARD, ID, NAME);
    let with = |auth: &str| {
        gateway(&send(
            "POST",
            &c.yhkr,
            YHKR,
            &[("Content-Type", FORM), ("Authorization", auth)],
            body.as_bytes(),
        ))
    };
    assert_eq!(with("APPCODE wrong"), (400, "A400AC".into()));
    assert_eq!(with(&format!("APPCODE  {}", c.app_code)), (400, "A400AC".into()));
    assert_eq!(with(&format!("appcode {}", c.app_code)), (400, "A400MA".into()));
    let auth = format!("APPCODE {}", c.app_code);
    let kind = |k: &str| {
        gateway(&send(
            "POST",
            &c.yhkr,
            YHKR,
            &[("Content-Type", k), ("Authorization", &auth)],
            body.as_bytes(),
        ))
    };
    assert_eq!(kind("application/json"), (400, "I400CT".into()));
    let plain = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", &*auth)];
    let more = format!("{body}&key=x");
    for body in [&body, &more] {
        assert_eq!(send("POST", &c.yhkr, YHKR, &plain, body.as_bytes()).json()["code"], "10000");
    }
    assert_eq!(gateway(&send("POST", &c.yhkr, YHKR, &plain[..1], b"")), (400, "A400MA".into()));
    assert_eq!(gateway(&get(&c.yhkr, YHKR)), (405, "I405UM".into()));
    assert_eq!(gateway(&get(&c.yhkr, "/")), (404, "I404NF".into()));
    assert!(c.sandbox.ledger().iter().all(|e| e.executed == (e.outcome == "10000/1")));
}

#[test]
fn signed_requests() {
    let c = client();
    let secret =
        c.sandbox.credentials()["aliyun_yhkr_key"]["app_secret"].as_str().unwrap().to_owned();
    assert_eq!(c.signed(&secret, "n1", now_ms()).json()["data"]["state"], "1");
    let again = c.signed(&secret, "n1", now_ms());
    assert_eq!((again.status, again.header("x-ca-error-message")), (400, Some("Nonce Used")));
    let old = c.signed(&secret, "n2", now_ms() - 16 * 60_000);
    assert_eq!(old.header("x-ca-error-message"), Some("Timestamp Expired"));
    let wrong = c.signed("wrong", "n4", now_ms());
    assert_eq!(gateway(&wrong), (403, "A403IS".into()));
    let echo = wrong.header("x-ca-error-message").unwrap();
    assert!(
        echo.starts_with("Invalid Signature, Server StringToSign:`POST#application/json##"),
        "{echo}"
    );
    assert!(echo.ends_with(&format!("#{YHKR}?acct_no={CARD}&idcard={ID}&name={NAME}`")), "{echo}");
}

/// The headers that were sent are signed: names as they are listed, and optional ones may be left
/// out.
#[test]
fn signed_as_clients_sign() {
    let c = client();
    let secret =
        c.sandbox.credentials()["aliyun_yhkr_key"]["app_secret"].as_str().unwrap().to_owned();
    let now = now_ms().to_string();
    let (key, time) = (("x-ca-key", "200000001"), ("x-ca-timestamp", now.as_str()));
    let title = [("X-Ca-Key", "200000001"), ("X-Ca-Nonce", "t"), ("X-Ca-Timestamp", now.as_str())];
    let json = "application/json";
    for (list, accept, form) in [
        (&title[..], json, FORM),
        (&[key, ("x-ca-nonce", "n"), time], json, FORM),
        (&[key, time], json, FORM),
        (&[key], json, FORM),
        (&[key], "*/*", FORM),
        (&[key], "", FORM),
        (&[key], json, "application/x-www-form-urlencoded"),
        (&[key], json, "application/x-www-form-urlencoded;charset=utf-8"),
        (&[key], json, "Application/X-WWW-Form-Urlencoded ; Charset=GBK"),
    ] {
        let answer = c.signed_with(&secret, list, accept, form);
        assert_eq!(answer.status, 200, "{list:?} {accept} {form}: {:?}", answer.headers);
        assert_eq!(answer.json()["data"]["state"], "1");
    }
}

#[test]
fn the_classic_gateway_has_no_codes() {
    let c = client();
    c.sandbox.set(Settings {
        gateway_style: GatewayStyle::Classic,
        aliyun_package: 1,
        ..Settings::default()
    });
    assert_eq!(c.verify(&person(CARD, ID, NAME)).status, 200);
    let response = c.verify(&person(CARD, ID, NAME));
    assert_eq!(gateway(&response), (403, String::new()));
    assert_eq!(
        response.header("x-ca-error-message"),
        Some("Api Market Subscription quota exhausted")
    );
}

#[test]
fn the_same_parameters_too_often() {
    let c = client();
    c.sandbox.set(Settings { yhkr_same_limit: 2, ..Settings::default() });
    let code = |name: &str| c.verify(&person(CARD, ID, name)).json()["code"].clone();
    assert_eq!([code(NAME), code(NAME), code(NAME)], ["10000", "10000", "10020"]);
    assert_eq!(code("李四"), "10000");
    for body in
        ["acct_no=6222020000000000000&name=a", "acct_no=622202&idcard=110101190001010014&name=a"]
    {
        assert_eq!(c.verify(body).json()["code"], "10001", "{body}");
    }
}

#[test]
fn card_photos() {
    let c = client();
    let data = |bytes: &[u8]| format!("data:image/bmp;base64,{}", base64(bytes));
    let answer = c.image(&data(&bmp(
        20,
        20,
        r#"{"number":"6228480000000000009","kind":"credit","issuer":"中国农业银行"}"#,
    )));
    assert_eq!(answer["result"]["bank_card_number"], "6228 4800 0000 0000 009");
    assert_eq!(answer["result"]["bank_card_type"], 2);
    assert_eq!(answer["result"]["bank_name"], "中国农业银行");
    assert_eq!(c.image("https://cards.example/a.jpg")["result"]["card_type"], "借记卡");
    let code = |value: &str| c.image(value)["code"].clone();
    assert_eq!(code(""), "-1");
    assert_eq!(code(&base64(&bmp(20, 20, ""))), "-8");
    assert_eq!(code(&data(b"GIF89a")), "-2");
    assert_eq!(code(&format!("data:image/jpeg;base64,{}", base64(&bmp(20, 20, "")))), "1");
    assert_eq!([code(&data(&bmp(15, 20, ""))), code(&data(&bmp(14, 20, "")))], ["1", "-2"]);
    assert_eq!([code(&data(&bmp(4096, 15, ""))), code(&data(&bmp(4097, 15, "")))], ["1", "-2"]);
    assert_eq!(code(&data(&bmp(20, 20, r#"{"answer":"-4"}"#))), "-4");
    assert_eq!(code("https://cards.example/answer/-9.jpg"), "-9");
    // A raw plus sign arrives as a space.
    let raw_plus =
        format!("img=data:image/bmp;base64,{}", base64(&bmp(20, 20, "")).replacen('A', "+", 1));
    assert_eq!(c.post(&c.ocr, BANKOCR, &raw_plus).json()["code"], "-2");
    let quota = c.post(&c.ocr, BANKOCR, "img=https%3A%2F%2Fa.example%2Fanswer%2FB403MQ.jpg");
    assert_eq!(gateway(&quota), (403, "B403MQ".into()));
}

#[test]
fn base64_may_be_four_mebibytes_and_no_more() {
    let c = client();
    let mut image = bmp(20, 20, "");
    image.resize(4 * 1024 * 1024 / 4 * 3, 0);
    let code = |b: &[u8]| c.image(&format!("data:image/bmp;base64,{}", base64(b)))["code"].clone();
    assert_eq!(code(&image), "1");
    image.push(0);
    assert_eq!(code(&image), "-2");
}

#[test]
fn scripted_codes_of_backend_and_gateway() {
    let c = client();
    for code in ["10019", "D504TO", "http:502"] {
        c.sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, Action::code(code)));
    }
    assert_eq!(c.verify(&person(CARD, ID, NAME)).json()["code"], "10019");
    assert_eq!(gateway(&c.verify(&person(CARD, ID, NAME))), (504, "D504TO".into()));
    let bare = c.verify(&person(CARD, ID, NAME));
    assert_eq!((bare.status, bare.header("x-ca-error-code")), (502, None));
    let executed: Vec<bool> = c.sandbox.ledger().iter().map(|e| e.executed).collect();
    assert_eq!(executed, [true, false, false]);
}

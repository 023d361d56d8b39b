//! `baidu_ocr`: tokens, forms, limits, options and the codes that a photo brings.

mod common;

use cardwire_sandbox::{Sandbox, Settings, Vendor, magic};
use common::*;
use serde_json::Value;

const FORM: [(&str, &str); 1] =
    [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];

struct Client {
    sandbox: Sandbox,
    url: String,
    api_key: String,
    secret_key: String,
}

fn client() -> Client {
    let sandbox = sandbox();
    sandbox.set(Settings::without_rates());
    let config = sandbox.config();
    let entry = entry(&config, "baidu_ocr");
    let text = |key: &str| entry[key].as_str().unwrap().to_owned();
    let (url, api_key, secret_key) = (text("base_url"), text("api_key"), text("secret_key"));
    Client { sandbox, url, api_key, secret_key }
}

fn code(answer: &Value) -> String {
    answer["error_code"].to_string()
}

impl Client {
    fn keys(&self, api_key: &str, secret_key: &str) -> String {
        format!("grant_type=client_credentials&client_id={api_key}&client_secret={secret_key}")
    }

    fn ask(&self, form: &str) -> Response {
        send("POST", &self.url, "/oauth/2.0/token", &FORM, form.as_bytes())
    }

    fn token(&self) -> String {
        let answer = self.ask(&self.keys(&self.api_key, &self.secret_key)).json();
        assert_eq!(answer["expires_in"], 2_592_000);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn read(&self, token: &str, form: &str) -> Value {
        let target = format!("/rest/2.0/ocr/v1/bankcard?access_token={}", percent(token));
        send("POST", &self.url, &target, &FORM, form.as_bytes()).json()
    }
}

fn image(bytes: &[u8]) -> String {
    format!("image={}", percent(&base64(bytes)))
}

#[test]
fn keys_bring_tokens_in_a_form_and_in_a_query() {
    let c = client();
    let first = c.token();
    let target = format!("/oauth/2.0/token?{}", c.keys(&c.api_key, &c.secret_key));
    for method in ["GET", "POST"] {
        let answer = send(method, &c.url, &target, &[], b"").json();
        assert!(answer["scope"].as_str().unwrap().contains("brain_all_scope"));
        // The tokens of before stay good.
        assert_ne!(answer["access_token"], first.as_str());
        assert!(c.read(&first, &image(&bmp(20, 20, "")))["result"].is_object());
    }
    for (form, status, error, text) in [
        (c.keys("stranger", &c.secret_key), 401, "invalid_client", "unknown client id"),
        (c.keys(&c.api_key, "wrong"), 401, "invalid_client", "Client authentication failed"),
        ("grant_type=client_credentials".to_owned(), 400, "invalid_request", "invalid request"),
        (
            c.keys(&c.api_key, &c.secret_key).replace("client_credentials", "password"),
            400,
            "unsupported_grant_type",
            "unsupported grant type",
        ),
    ] {
        let answer = c.ask(&form);
        assert_eq!(answer.status, status, "{form}");
        let json = answer.json();
        assert_eq!((&json["error"], &json["error_description"]), (&error.into(), &text.into()));
    }
}

#[test]
fn tokens_die_in_three_ways() {
    let c = client();
    let photo = image(&bmp(20, 20, ""));
    let target = "/rest/2.0/ocr/v1/bankcard";
    assert_eq!(code(&send("POST", &c.url, target, &FORM, photo.as_bytes()).json()), "100");
    let signed =
        [FORM[0], ("Authorization", "bce-auth-v1/stranger/2026-01-01T00:00:00Z/1800/host/0")];
    assert_eq!(code(&send("POST", &c.url, target, &signed, photo.as_bytes()).json()), "14");
    assert_eq!(code(&c.read("24.unknown", &photo)), "110");
    type End = fn(&Sandbox, Vendor);
    let ends: [(End, &str); 3] = [
        (Sandbox::revoke_tokens, "110"),
        (Sandbox::refuse_tokens, "110"),
        (Sandbox::expire_tokens, "111"),
    ];
    for (end, expected) in ends {
        let token = c.token();
        assert!(c.read(&token, &photo)["result"].is_object());
        end(&c.sandbox, Vendor::BaiduOcr);
        assert_eq!(code(&c.read(&token, &photo)), expected);
    }
    let token = c.token();
    c.sandbox.set_clock_offset(2_592_000);
    assert_eq!(code(&c.read(&token, &photo)), "111");
}

#[test]
fn a_card_and_what_is_asked_beside_it() {
    let c = client();
    let token = c.token();
    let marker = r#"{"kind":"credit","valid":"07/2031","clarity":31,"warnings":["IsClear"]}"#;
    let photo = image(&bmp(20, 20, marker));
    let plain = c.read(&token, &photo);
    let result = &plain["result"];
    assert_eq!(result["bank_card_number"], "6222 0200 0000 0000 000");
    assert_eq!((&result["bank_card_type"], &result["valid_date"]), (&2.into(), &"07/31".into()));
    assert!(result["card_quality"].is_null() && result["bank_card_number_location"].is_null());
    let asked = c.read(&token, &format!("{photo}&location=true&detect_quality=true"));
    let quality = &asked["result"]["card_quality"];
    assert_eq!((&quality["IsClear"], &quality["IsComplete"]), (&0.into(), &1.into()));
    assert_eq!(quality["IsClear_probability"], 0.31);
    assert_eq!(asked["result"]["bank_card_number_location"]["left"], 80);
    // Of two pictures the image counts.
    let both = format!("{photo}&url={}", percent("https://cards.example/answer/17.jpg"));
    assert!(c.read(&token, &both)["result"].is_object());
    assert_eq!(c.sandbox.counts(Vendor::BaiduOcr).billed, 3);
}

#[test]
fn what_is_refused() {
    let c = client();
    let token = c.token();
    let photo = image(&bmp(20, 20, ""));
    let url = |url: &str| format!("url={}", percent(url));
    let long = "A".repeat(8 * 1024 * 1024 + 1);
    for (form, expected) in [
        (String::new(), "216101"),
        ("image=".to_owned(), "216200"),
        ("image=%2B%2B%2B".to_owned(), "216203"),
        (format!("image=data%3Aimage%2Fbmp%3Bbase64%2C{}", &photo[6..]), "216203"),
        (image(b"GIF89a"), "216201"),
        (image(&bmp(14, 100, "")), "216202"),
        (image(&bmp(15, 8193, "")), "216202"),
        (format!("image={long}"), "216202"),
        (format!("{photo}&detect_quality=yes"), "216100"),
        (url(""), "282114"),
        (url(&format!("https://a/{}", "x".repeat(1015))), "282114"),
        (url("ftp://cards.example/a.jpg"), "282111"),
    ] {
        assert_eq!(code(&c.read(&token, &form)), expected, "{:.60}", form);
    }
    let target = format!("/rest/2.0/ocr/v1/bankcard?access_token={token}");
    let json = [("Content-Type", "application/json")];
    assert_eq!(code(&send("POST", &c.url, &target, &json, b"{}").json()), "216100");
    assert_eq!(code(&get(&c.url, "/rest/2.0/ocr/v1/idcard").json()), "3");
    let widest = image(&bmp(15, 8192, ""));
    assert!(c.read(&token, &widest)["result"].is_object());
    c.sandbox.set(Settings { rates: [(Vendor::BaiduOcr, 1)].into(), ..Settings::default() });
    let codes = [0; 2].map(|_| code(&c.read(&token, &photo)));
    assert_eq!(codes, ["null", "18"]);
}

#[test]
fn every_documented_code_has_a_photo_and_an_address() {
    let c = client();
    let token = c.token();
    let table = magic::table();
    let rows = table.as_array().unwrap().iter().filter(|row| row["vendor"] == "baidu_ocr");
    let mut count = 0;
    for row in rows {
        let expected = row["code"].as_str().unwrap();
        let photo = image(&bmp(20, 20, &row["input"]["marker"].to_string()));
        assert_eq!(code(&c.read(&token, &photo)), expected);
        let address = format!("url={}", percent(row["input"]["image_url"].as_str().unwrap()));
        assert_eq!(code(&c.read(&token, &address)), expected);
        count += 1;
    }
    assert_eq!(count, 57);
    assert_eq!(c.sandbox.counts(Vendor::BaiduOcr).billed, 0);
}

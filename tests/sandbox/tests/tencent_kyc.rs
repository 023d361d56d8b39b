//! `tencent_kyc`: tokens, tickets, the checks of the recognition and the fetch of an order.

mod common;

use cardwire_sandbox::{Action, Operation, Sandbox, Script, Vendor};
use common::*;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

struct Client {
    sandbox: Sandbox,
    url: String,
    app: String,
    secret: String,
}

fn client() -> Client {
    let sandbox = sandbox();
    let config = sandbox.config();
    let entry = entry(&config, "tencent_kyc");
    let text = |k: &str| entry[k].as_str().unwrap().to_owned();
    Client { url: text("base_url"), app: text("app_id"), secret: text("secret"), sandbox }
}

impl Client {
    fn token(&self) -> String {
        let target = format!(
            "/api/oauth2/access_token?app_id={}&secret={}&grant_type=client_credential&version=1.0.0",
            self.app, self.secret
        );
        let json = get(&self.url, &target).json();
        assert_eq!(
            (&json["code"], &json["expire_in"], &json["success"]),
            (&json!("0"), &json!(7200), &json!(true))
        );
        json["access_token"].as_str().unwrap().to_owned()
    }

    fn ticket_answer(&self, token: &str) -> Value {
        let target = format!(
            "/api/oauth2/api_ticket?app_id={}&access_token={token}&type=SIGN&version=1.0.0",
            self.app
        );
        get(&self.url, &target).json()
    }

    fn ticket(&self, token: &str) -> String {
        let json = self.ticket_answer(token);
        assert_eq!(json["tickets"].as_array().unwrap().len(), 1);
        assert_eq!(json["tickets"][0]["expire_in"], 3600);
        json["tickets"][0]["value"].as_str().unwrap().to_owned()
    }

    fn sign(&self, order: &str, nonce: &str, ticket: &str) -> String {
        let mut values = [self.app.as_str(), order, "1.0.0", nonce, ticket];
        values.sort_unstable();
        hex(&Sha1::digest(values.concat().as_bytes()))
    }

    fn body(&self, order: &str, ticket: &str, image: &[u8]) -> Value {
        let nonce = random(32);
        json!({
            "webankAppId": self.app, "version": "1.0.0", "nonce": nonce, "sign": self.sign(order, &nonce, ticket),
            "orderNo": order, "userId": "user_1", "bankcardStr": base64(image),
        })
    }

    fn post(&self, order: &str, body: &Value) -> Value {
        let target = format!("/api/paas/bankcardocrapp?orderNo={order}");
        let kind = [("Content-Type", "application/json")];
        send("POST", &self.url, &target, &kind, body.to_string().as_bytes()).json()
    }

    fn fetch(&self, order: &str, ticket: &str, files: &str) -> Value {
        let nonce = random(32);
        let sign = self.sign(order, &nonce, ticket).to_uppercase();
        let target = format!(
            "/api/server/getBankCardOcrResult?app_id={}&order_no={order}&get_file={files}&nonce={nonce}&version=1.0.0&sign={sign}",
            self.app
        );
        get(&self.url, &target).json()
    }
}

#[test]
fn recognise_and_fetch() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let image = bmp(
        20,
        20,
        r#"{"number":"6228480000000000009","valid":"01/2031","warnings":["-9110","-9112"]}"#,
    );
    let answer = c.post("order1", &c.body("order1", &ticket, &image));
    assert_eq!(answer["code"], "0");
    assert_eq!(answer["bizSeqNo"].as_str().unwrap().len(), 32);
    let result = &answer["result"];
    assert_eq!(result["bankcardNo"], "6228480000000000009");
    assert_eq!(result["bankcardValidDate"], "01/2031");
    assert_eq!(result["multiWarningCode"], "[-9110,-9112]");
    assert_eq!(result["success"], false);
    assert!(result["bankcardNoPhoto"].as_str().unwrap().starts_with("/9j/"));

    let fetched = c.fetch("order1", &ticket, "1");
    assert_eq!(fetched["result"]["bankCardNo"], "6228480000000000009");
    assert_eq!(fetched["result"]["originBankcardPhoto"], base64(&image));
    assert!(fetched["result"]["bankcardCropPhoto"].is_string());
    assert!(c.fetch("order1", &ticket, "0")["result"]["originBankcardPhoto"].is_null());
    assert_eq!(c.fetch("neverseen", &ticket, "1")["code"], "66660020");

    let ledger = c.sandbox.ledger();
    let entry = ledger.iter().find(|e| e.operation == Operation::Recognize).unwrap();
    assert!(entry.executed && entry.billed && entry.complete && entry.answered);
    assert_eq!(entry.order_no.as_deref(), Some("order1"));
    assert!(!serde_json::to_string(&ledger).unwrap().contains("622848"));
}

#[test]
fn every_wrong_field_is_refused() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let image = bmp(20, 20, "");
    let changed = |key: &str, value: Value| {
        let mut body = c.body("order2", &ticket, &image);
        body[key] = value;
        c.post("order2", &body)["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(changed("webankAppId", "IDAOTHER".into()), "400101");
    assert_eq!(changed("version", "2.0.0".into()), "400502");
    assert_eq!(changed("sign", "0".repeat(40).into()), "400101");
    assert_eq!(changed("nonce", "short".into()), "400101");
    assert_eq!(changed("orderNo", "o".repeat(33).into()), "66660000");
    assert_eq!(changed("orderNo", "other".into()), "400101");
    assert_eq!(changed("orderNo", "a-b".into()), "400101");
    assert_eq!(changed("userId", "a b".into()), "400101");
    assert_eq!(changed("userId", "u".repeat(33).into()), "66660000");
    assert_eq!(changed("bankcardStr", "".into()), "-1300");
    assert_eq!(changed("bankcardStr", "QU JD".into()), "-1102");
    assert_eq!(changed("bankcardStr", base64(b"GIF89a").into()), "-9005");
    assert_eq!(changed("bankcardStr", 1.into()), "-1301");
    assert!(c.sandbox.ledger().iter().all(|e| e.operation != Operation::Recognize || !e.executed));
}

#[test]
fn what_no_page_forbids_is_taken() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let image = bmp(20, 20, "");
    let mut body = c.body("order4", &ticket, &image);
    body["extra"] = "x".into();
    body["userId"] = Value::Null;
    let text = base64(&image);
    let lines: Vec<&str> =
        text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    body["bankcardStr"] = lines.join("\r\n").into();
    // No order number in the query, and a media type in another case with a parameter.
    let kind = [("Content-Type", "Application/JSON;charset=UTF-8")];
    let sent = body.to_string();
    let path = "/api/paas/bankcardocrapp";
    assert_eq!(send("POST", &c.url, path, &kind, sent.as_bytes()).json()["code"], "0");
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{sent}\r\n0\r\n\r\n",
        host(&c.url),
        sent.len()
    );
    assert_eq!(parse(&raw(&c.url, chunked.as_bytes())).json()["code"], "66660001");
    let target = format!(
        "/api/oauth2/access_token?appId={}&secret={}&grant_type=client_credential&version=1.0.0&more=1",
        c.app, c.secret
    );
    assert_eq!(get(&c.url, &target).json()["code"], "0");
}

#[test]
fn base64_may_be_three_mebibytes_and_no_more() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let mut image = bmp(20, 20, "");
    image.resize(3_145_728 / 4 * 3, 0);
    assert_eq!(c.post("a", &c.body("a", &ticket, &image))["code"], "0");
    image.push(0);
    assert_eq!(c.post("b", &c.body("b", &ticket, &image))["code"], "400601");
}

#[test]
fn an_order_number_counts_once() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let image = bmp(20, 20, "");
    let body = c.body("order3", &ticket, &image);
    assert_eq!(c.post("order3", &body)["code"], "0");
    let again = c.post("order3", &body);
    assert_eq!((&again["code"], &again["success"]), (&json!("66660001"), &json!(false)));
    assert!(again.get("result").is_none());
    assert_eq!(c.sandbox.counts(Vendor::TencentKyc).billed, 1);
}

#[test]
fn a_new_token_or_ticket_leaves_the_old_one_a_minute() {
    let c = client();
    let first = c.token();
    let old = c.ticket(&first);
    let image = bmp(20, 20, "");
    let code =
        |order: &str, ticket: &str| c.post(order, &c.body(order, ticket, &image))["code"].clone();
    let new = c.ticket(&first);
    c.sandbox.set_clock_offset(59);
    assert_eq!(code("t1", &old), "0");
    c.sandbox.set_clock_offset(61);
    assert_eq!(code("t2", &old), "400101");
    assert_eq!(code("t3", &new), "0");
    // The ticket dies with its token.
    c.token();
    c.sandbox.set_clock_offset(61 + 61);
    assert_eq!(code("t4", &new), "400101");
    assert_eq!(c.ticket_answer(&first)["code"], "15");
    assert_eq!(c.ticket_answer("never")["code"], "400101");
}

#[test]
fn magic_codes_and_scripts() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let image = bmp(20, 20, r#"{"answer":{"tencent_kyc":"-9013","wechat":"101001"}}"#);
    let answer = c.post("m1", &c.body("m1", &ticket, &image));
    assert_eq!((&answer["code"], &answer["msg"]), (&json!("-9013"), &json!("不是银行卡")));
    assert_eq!(c.fetch("m1", &ticket, "1")["code"], "-9013");
    c.sandbox.script(Script::once(
        Vendor::TencentKyc,
        Operation::Recognize,
        Action::code("400504"),
    ));
    assert_eq!(c.post("m2", &c.body("m2", &ticket, &bmp(9, 9, "")))["code"], "400504");
    assert_eq!(c.post("m2", &c.body("m2", &ticket, &bmp(9, 9, "")))["code"], "0");
    c.sandbox.script(Script::once(Vendor::TencentKyc, Operation::Ticket, Action::code("400101")));
    assert_eq!(c.ticket_answer(&c.token())["code"], "400101");
}

#[test]
fn every_documented_code_has_a_photo() {
    let c = client();
    let ticket = c.ticket(&c.token());
    let table = cardwire_sandbox::magic::table();
    let rows = table.as_array().unwrap().iter().filter(|r| r["vendor"] == "tencent_kyc");
    let mut seen = 0;
    for (i, row) in rows.enumerate() {
        let before = c.sandbox.counts(Vendor::TencentKyc).billed;
        let order = format!("code{i}");
        let image = bmp(20, 20, &row["input"]["marker"].to_string());
        let answer = c.post(&order, &c.body(&order, &ticket, &image));
        assert_eq!(answer["code"], row["code"]);
        if let Some(warning) = row.get("warning") {
            assert_eq!(&answer["result"]["warningCode"], warning);
        } else {
            assert_eq!(answer["msg"], row["message"]);
        }
        let billed = c.sandbox.counts(Vendor::TencentKyc).billed > before;
        assert_eq!(billed, row["billed"] == true, "{row}");
        seen += 1;
    }
    assert_eq!(seen, 56 + 6);
}

#[test]
fn transport_rules() {
    let c = client();
    assert_eq!(get(&c.url, "/api/paas/bankcardocrapp").status, 405);
    assert_eq!(get(&c.url, "/elsewhere").status, 404);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(
        send("POST", &c.url, "/api/paas/bankcardocrapp?orderNo=a", &form, b"a=b").status,
        415
    );
    let wrong = format!(
        "/api/oauth2/access_token?app_id={}&secret=x&grant_type=client_credential&version=1.0.0",
        c.app
    );
    assert_eq!(get(&c.url, &wrong).json()["code"], "400105");
    assert_eq!(get(&c.url, "/api/oauth2/access_token").json()["code"], "400101");
}

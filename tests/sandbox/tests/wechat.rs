//! `wechat`: both token endpoints, multipart framing, image addresses, quotas, answer shapes.

mod common;

use cardwire_sandbox::{
    Action, Operation, RawAnswer, Sandbox, Script, Settings, Vendor, WechatShape,
};
use common::*;
use serde_json::{Value, json};

struct Client {
    sandbox: Sandbox,
    url: String,
    app: String,
    secret: String,
}

fn client() -> Client {
    let sandbox = sandbox();
    let config = sandbox.config();
    let entry = entry(&config, "wechat");
    let text = |k: &str| entry[k].as_str().unwrap().to_owned();
    Client { url: text("base_url"), app: text("app_id"), secret: text("app_secret"), sandbox }
}

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

impl Client {
    fn stable(&self, force: bool) -> Value {
        let body = json!({
            "grant_type": "client_credential", "appid": self.app, "secret": self.secret, "force_refresh": force,
        });
        send("POST", &self.url, "/cgi-bin/stable_token", &JSON, body.to_string().as_bytes()).json()
    }

    fn token(&self) -> String {
        self.stable(false)["access_token"].as_str().unwrap().to_owned()
    }

    fn plain(&self) -> String {
        let target = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
            self.app, self.secret
        );
        let json = get(&self.url, &target).json();
        assert_eq!(json["expires_in"], 7200);
        json["access_token"].as_str().unwrap().to_owned()
    }

    fn upload(&self, token: &str, image: &[u8]) -> Response {
        let (kind, body) = multipart("img", image);
        let target = format!("/cv/ocr/bankcard?access_token={}", percent(token));
        send("POST", &self.url, &target, &[("Content-Type", &kind)], &body)
    }

    fn by_url(&self, token: &str, encoded: &str) -> Value {
        let target = format!("/cv/ocr/bankcard?access_token={token}&img_url={encoded}");
        send("POST", &self.url, &target, &[], b"").json()
    }
}

fn multipart(name: &str, image: &[u8]) -> (String, Vec<u8>) {
    let b = "----test0123456789";
    let mut body = format!(
        "--{b}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"card.bmp\"\r\nContent-Type: image/bmp\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(image);
    body.extend_from_slice(format!("\r\n--{b}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={b}"), body)
}

#[test]
fn the_documented_shape_or_four_in_turn() {
    let c = client();
    let token = c.token();
    let image = bmp(20, 20, "");
    let documented = json!({"errcode": 0, "errmsg": "ok", "number": CARD});
    assert!((0..4).all(|_| c.upload(&token, &image).json() == documented));
    c.sandbox.set(Settings { wechat_shape: WechatShape::Cycle, ..Settings::default() });
    let shapes: Vec<Value> = (0..5).map(|_| c.upload(&token, &image).json()).collect();
    assert_eq!(shapes[0], json!({"errcode": 0, "errmsg": "ok", "number": CARD}));
    assert_eq!(shapes[1], json!({"errcode": "0", "errmsg": "ok", "id": CARD}));
    assert_eq!(shapes[2], json!({"errcode": "0", "errmsg": "ok", "number": CARD}));
    assert_eq!(shapes[3], json!({"number": CARD}));
    assert_eq!(shapes[4], shapes[0]);
    assert_eq!(c.sandbox.counts(Vendor::Wechat).billed, 9);
}

#[test]
fn chunked_or_without_a_length_is_412_without_json() {
    let c = client();
    for (path, framing) in [
        ("/cv/ocr/bankcard?access_token=x", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("/cgi-bin/stable_token", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        ("/cv/ocr/bankcard?access_token=x", "\r\n"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{framing}",
            host(&c.url)
        );
        let response = parse(&raw(&c.url, head.as_bytes()));
        assert_eq!(response.status, 412);
        assert!(serde_json::from_slice::<Value>(&response.body).is_err());
    }
}

#[test]
fn tokens_of_the_stable_endpoint() {
    let c = client();
    let first = c.stable(false);
    assert_eq!(c.stable(false)["access_token"], first["access_token"]);
    c.sandbox.set_clock_offset(7200 - 299);
    let second = c.stable(false);
    assert_ne!(second["access_token"], first["access_token"]);
    // Old and new are valid together until the old one runs out.
    let image = bmp(20, 20, "");
    assert!(
        c.upload(first["access_token"].as_str().unwrap(), &image).json().get("number").is_some()
    );
    c.sandbox.set_clock_offset(7201);
    let expired = c.upload(first["access_token"].as_str().unwrap(), &image).json();
    assert_eq!(expired["errcode"], 42001);
    assert!(expired["errmsg"].as_str().unwrap().contains(" rid: "));
    // A forced one kills the one before at once, and only every 30 seconds.
    let forced = c.stable(true);
    assert_ne!(forced["access_token"], second["access_token"]);
    assert_eq!(c.stable(true)["access_token"], forced["access_token"]);
    assert_eq!(c.upload(second["access_token"].as_str().unwrap(), &image).json()["errcode"], 42001);
}

#[test]
fn tokens_of_the_plain_endpoint() {
    let c = client();
    let (first, stable) = (c.plain(), c.token());
    let second = c.plain();
    assert_ne!(first, second);
    c.sandbox.set_clock_offset(301);
    let image = bmp(20, 20, "");
    assert_eq!(c.upload(&first, &image).json()["errcode"], 42001);
    for token in [&second, &stable] {
        assert!(c.upload(token, &image).json().get("errmsg").is_none_or(|m| m == "ok"));
    }
}

#[test]
fn a_refused_token_is_handed_out_again() {
    let c = client();
    let token = c.token();
    c.sandbox.refuse_tokens(Vendor::Wechat);
    assert_eq!(c.upload(&token, &bmp(9, 9, "")).json()["errcode"], 40001);
    assert_eq!(c.token(), token);
    c.sandbox.revoke_tokens(Vendor::Wechat);
    assert_ne!(c.token(), token);
}

#[test]
fn bad_credentials() {
    let c = client();
    let ask = |body: Value| {
        send("POST", &c.url, "/cgi-bin/stable_token", &JSON, body.to_string().as_bytes()).json()["errcode"].clone()
    };
    let full = json!({"grant_type": "client_credential", "appid": c.app, "secret": c.secret});
    let with = |key: &str, value: Value| {
        let mut body = full.clone();
        body[key] = value;
        ask(body)
    };
    assert_eq!(with("appid", "wxother".into()), 40013);
    assert_eq!(with("secret", "wrong".into()), 40125);
    assert_eq!(with("secret", "".into()), 41004);
    assert_eq!(with("appid", Value::Null), 41002);
    assert_eq!(with("grant_type", "x".into()), 40002);
    assert_eq!(with("appid", "wxcode40164".into()), 40164);
    assert_eq!(
        send("POST", &c.url, "/cgi-bin/stable_token", &JSON, b"grant_type=x").json()["errcode"],
        47001
    );
    let target = "/cgi-bin/stable_token";
    assert_eq!(send("POST", &c.url, target, &JSON, b"").json()["errcode"], 44002);
    let mut more = full.clone();
    more["note"] = "x".into();
    assert!(ask(more).is_null());
    assert_eq!(get(&c.url, "/cgi-bin/stable_token").json()["errcode"], 43002);
}

#[test]
fn pictures_and_addresses() {
    let c = client();
    let token = c.token();
    let code = |image: &[u8]| c.upload(&token, image).json()["errcode"].clone();
    let mut image = bmp(20, 20, "");
    image.resize(2 * 1024 * 1024, 0);
    assert_eq!(code(&image), 45001);
    image.pop();
    assert!(c.upload(&token, &image).json().get("number").is_some());
    assert_eq!(code(b""), 44001);
    assert_eq!(code(b"GIF89a"), 40137);
    assert_eq!(code(&bmp(9, 9, r#"{"answer":"101001"}"#)), 101_001);

    let encoded = percent("https://cards.example/a b.jpg?x=1&y=中");
    assert_eq!(c.by_url(&token, &encoded)["errmsg"], "ok");
    assert_eq!(c.by_url(&token, &percent(&encoded))["errcode"], 101_000);
    assert_eq!(c.by_url(&token, &percent(" https://cards.example/a.jpg"))["errcode"], 101_000);
    assert_eq!(c.by_url(&token, &percent("https://cards.example/answer/-1.jpg"))["errcode"], -1);

    let in_body = format!("img_url={encoded}");
    let target = format!("/cv/ocr/bankcard?access_token={token}");
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(send("POST", &c.url, &target, &kind, in_body.as_bytes()).json()["errcode"], 41005);
    let (quoted, body) = multipart("img", &bmp(9, 9, ""));
    let quoted = quoted.replace("boundary=", "boundary=\"") + "\"";
    assert_eq!(
        send("POST", &c.url, &target, &[("Content-Type", &quoted)], &body).json()["errcode"],
        41005
    );
    assert_eq!(send("POST", &c.url, "/cv/ocr/bankcard", &kind, b"").json()["errcode"], 41001);
    // What the document does not name is not looked at.
    let (kind, body) = multipart("file", &bmp(9, 9, ""));
    let target = format!("{target}&type=photo&from=elsewhere");
    let answer = send("POST", &c.url, &target, &[("Content-Type", &kind)], &body).json();
    assert_eq!(answer["errmsg"], "ok");
    let target = format!("{target}&img_url={encoded}");
    assert_eq!(send("POST", &c.url, &target, &[], b"anything").json()["errmsg"], "ok");
    assert_eq!(c.by_url("stranger", &encoded)["errcode"], 40001);
}

#[test]
fn the_hundred_and_first_of_a_day() {
    let c = client();
    c.sandbox.set(Settings { wechat_daily_quota: 3, ..Settings::default() });
    let token = c.token();
    let codes: Vec<Value> =
        (0..4).map(|_| c.by_url(&token, "https%3A%2F%2Fa.example%2F")["errcode"].clone()).collect();
    assert_eq!(codes[3], 45009);
    assert_ne!(codes[2], 45009);
    c.sandbox.set_clock_offset(86_400);
    let token = c.token();
    assert_ne!(c.by_url(&token, "https%3A%2F%2Fa.example%2F")["errcode"], 45009);
}

#[test]
fn every_documented_code_has_a_photo_an_address_and_an_app_id() {
    let c = client();
    let token = c.token();
    let table = cardwire_sandbox::magic::table();
    let mut seen = 0;
    for row in table.as_array().unwrap().iter().filter(|r| r["vendor"] == "wechat") {
        let input = &row["input"];
        let mut answers = Vec::new();
        if row["operation"] == "recognize" {
            let image = bmp(20, 20, &input["marker"].to_string());
            answers.push(c.upload(&token, &image).json());
            answers.push(c.by_url(&token, &percent(input["image_url"].as_str().unwrap())));
        } else {
            let app = input["app_id"].as_str().unwrap();
            let query = format!("grant_type=client_credential&appid={app}&secret=x");
            answers.push(get(&c.url, &format!("/cgi-bin/token?{query}")).json());
        }
        for answer in answers {
            let code = answer.get("errcode").map_or("0".into(), |c| c.to_string().replace('"', ""));
            assert_eq!(row["code"], code);
            assert!(
                code == "0"
                    || answer["errmsg"]
                        .as_str()
                        .unwrap()
                        .starts_with(row["message"].as_str().unwrap())
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 3 * 53 - 1);
    assert_eq!(c.sandbox.counts(Vendor::Wechat).billed, 2);
}

#[test]
fn a_caller_may_bring_a_token() {
    let c = client();
    let credentials = c.sandbox.credentials();
    let token = credentials["wechat_access_token"]["access_token"].as_str().unwrap();
    assert_eq!(c.upload(token, &bmp(9, 9, "")).json()["number"], CARD);
}

#[test]
fn raw_answers_word_for_word() {
    let c = client();
    let raw_answer = RawAnswer {
        status: 450,
        headers: vec![("X-Note".into(), "中".into())],
        body: Some("{\"errcode\":\"-1\"".into()),
        ..RawAnswer::default()
    };
    let action = Action { answer: Some(raw_answer), ..Action::default() };
    c.sandbox.script(Script::once(Vendor::Wechat, Operation::Any, action));
    let response = get(&c.url, "/whatever");
    assert_eq!((response.status, response.header("x-note")), (450, Some("中")));
    assert_eq!(response.body, b"{\"errcode\":\"-1\"");
    assert!(!c.sandbox.ledger()[0].executed);
}

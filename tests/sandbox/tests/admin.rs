//! The admin listener, the program, and TLS.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;

use cardwire_sandbox::{Certificate, Options, Sandbox, Vendor};
use common::*;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::{Value, json};

fn post(url: &str, path: &str, body: &Value) -> Response {
    send("POST", url, path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
}

#[test]
fn what_rust_does_json_does() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    assert_eq!(get(&admin, "/health").json()["status"], "ok");
    assert_eq!(get(&admin, "/config").json(), sandbox.config());
    assert_eq!(get(&admin, "/credentials").json(), sandbox.credentials());
    assert_eq!(get(&admin, "/magic").json(), cardwire_sandbox::magic::table());

    let script =
        json!({"vendor": "wechat", "operation": "token", "times": 2, "do": {"code": "-1"}});
    assert_eq!(post(&admin, "/script", &script).json()["queued"], 1);
    let wechat = sandbox.base_url(Vendor::Wechat);
    let entry = entry(&sandbox.config(), "wechat").clone();
    let target = format!(
        "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
        entry["app_id"].as_str().unwrap(),
        entry["app_secret"].as_str().unwrap()
    );
    assert_eq!(get(&wechat, &target).json()["errcode"], -1);
    assert_eq!(get(&admin, "/counts").json()["wechat"]["by_outcome"]["-1"], 1);
    let ledger = get(&admin, "/ledger?vendor=wechat&since=0").json();
    assert_eq!((ledger.as_array().unwrap().len(), &ledger[0]["operation"]), (1, &json!("token")));
    assert_eq!(get(&admin, "/ledger?since=1").json(), json!([]));

    let settings = json!({"clock_offset_seconds": 5, "revoke_tokens": ["wechat"]});
    assert_eq!(post(&admin, "/settings", &settings).json()["clock_offset_seconds"], 5);
    for (path, body) in [
        ("/settings", json!({"clock": 5})),
        ("/settings", json!({"revoke_tokens": ["aliyun_yhkr"]})),
        ("/script", json!({"vendor": "wechat", "do": {"cod": "1"}})),
        ("/script", json!([1])),
    ] {
        let response = post(&admin, path, &body);
        assert_eq!(response.status, 400);
        assert!(response.json()["error"].is_string());
    }
    assert_eq!(post(&admin, "/reset", &json!({})).status, 200);
    assert_eq!(sandbox.settings().clock_offset_seconds, 0);
    assert!(sandbox.ledger().is_empty());
    assert!(get(&wechat, &target).json()["access_token"].is_string());
    assert_eq!(get(&admin, "/nothing").status, 404);
}

#[test]
fn the_program_prints_its_configuration_and_leaves_with_its_parent() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cardwire-sandbox"))
        .args(["--exit-with-stdin", "--settings", r#"{"wechat_daily_quota":100}"#])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let config: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(config["vendors"].as_array().unwrap().len(), Vendor::ALL.len());
    let keys: Vec<&String> = config.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["timeout_ms", "vendors"]);
    let admin = lines.next().unwrap().unwrap();
    let admin = admin.strip_prefix("admin ").unwrap();
    assert_eq!(get(admin, "/settings").json()["wechat_daily_quota"], 100);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

/// Reads a card photo with the vendor that takes it with no more than a key.
fn recognize(sandbox: &Sandbox, photo: &[u8]) -> Response {
    let config = sandbox.config();
    let app_code = entry(&config, "aliyun_bankocr")["app_code"].as_str().unwrap().to_owned();
    let form = format!("img={}", percent(&format!("data:image/bmp;base64,{}", base64(photo))));
    let headers = [
        ("Authorization", &*format!("APPCODE {app_code}")),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let url = sandbox.base_url(Vendor::AliyunBankocr);
    send("POST", &url, "/cardbank", &headers, form.as_bytes())
}

#[test]
fn the_page_is_one_file_that_asks_nobody_else() {
    let sandbox = sandbox();
    let page = get(&sandbox.admin_url(), "/");
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("Content-Security-Policy").unwrap().starts_with("default-src 'none'; "));
    let text = String::from_utf8(page.body).unwrap();
    assert!(!text.contains("://"), "the page names another host");
    assert!(!text.contains("innerHTML"), "the page reads text as HTML");
}

#[test]
fn each_fault_that_the_page_offers_can_be_queued() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    let page = String::from_utf8(get(&admin, "/").body).unwrap();
    let offered =
        page.split("<option value=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let faults: Vec<&str> = offered.filter(|name| *name != "code").collect();
    assert!(faults.len() > 3);
    for kind in faults {
        let script = json!({"vendor": "wechat", "do": {"fault": {"kind": kind, "n": 1}}});
        assert_eq!(post(&admin, "/script", &script).status, 200, "{kind}");
    }
}

#[test]
fn the_page_is_told_of_each_request_and_its_picture() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    let photo = bmp(20, 20, "");
    assert_eq!(recognize(&sandbox, &photo).json()["code"], "1");
    assert_eq!(recognize(&sandbox, b"no picture").json()["code"], "-2");
    let live = get(&admin, "/live").json();
    assert_eq!((&live["cleared"], &live["pictures"]), (&json!(0), &json!([1])));
    let seen: Vec<&Value> = live["entries"].as_array().unwrap().iter().map(|e| &e["seq"]).collect();
    assert_eq!(seen, [1, 2]);
    let totals = live["totals"].as_array().unwrap();
    let total = totals.iter().find(|of| of["vendor"] == "aliyun_bankocr").unwrap();
    assert_eq!((&total["requests"], &total["executed"]), (&json!(2), &json!(2)));
    let since = format!("/live?since={}", live["changes"]);
    recognize(&sandbox, b"no picture");
    let later = get(&admin, &since).json()["entries"].clone();
    assert_eq!(later.as_array().unwrap().last().unwrap()["seq"], 3);

    let picture = get(&admin, "/picture?seq=1");
    assert_eq!((picture.status, picture.header("Content-Type")), (200, Some("image/bmp")));
    assert_eq!(picture.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(picture.body, photo);
    for (target, status) in [
        ("/picture?seq=2", 404),
        ("/picture?seq=x", 400),
        ("/picture", 400),
        ("/live?since=x", 400),
    ] {
        assert_eq!(get(&admin, target).status, status, "{target}");
    }

    // Numbers begin again: what a page knows from before is no reason to leave out anything.
    assert_eq!(post(&admin, "/reset", &json!({})).status, 200);
    assert_eq!(get(&admin, "/picture?seq=1").status, 404);
    recognize(&sandbox, &photo);
    let live = get(&admin, "/live?since=1&cleared=0").json();
    assert_eq!((&live["cleared"], &live["entries"][0]["seq"]), (&json!(1), &json!(1)));
    assert_eq!(post(&admin, "/clear_ledger", &json!({})).status, 200);
    let live = get(&admin, "/live").json();
    assert_eq!((&live["entries"], &live["pictures"]), (&json!([]), &json!([])));
}

#[test]
fn the_page_is_told_again_of_a_request_when_its_answer_ends() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    let never = json!({"vendor": "aliyun_bankocr", "do": {"fault": {"kind": "never_answer"}}});
    assert_eq!(post(&admin, "/script", &never).status, 200);
    let url = sandbox.base_url(Vendor::AliyunBankocr);
    let mut late = connect(&url);
    late.write_all(&request_bytes("POST", &url, "/cardbank", &[], b"img=x")).unwrap();
    while sandbox.ledger().is_empty() {
        std::thread::yield_now();
    }
    for _ in 0..150 {
        get(&sandbox.base_url(Vendor::Wechat), "/");
    }
    let live = |since: &Value| get(&admin, &format!("/live?since={since}")).json();
    let mut numbers = Vec::new();
    let before = live(&json!(0));
    assert_eq!(before["entries"].as_array().unwrap().len(), 151);
    late.shutdown(Shutdown::Write).unwrap();
    assert_eq!(late.read(&mut [0; 1]).unwrap(), 0);
    let after = live(&before["changes"]);
    for entry in after["entries"].as_array().unwrap() {
        numbers.push(entry["seq"].as_u64().unwrap());
    }
    assert_eq!(numbers.first(), Some(&1), "{numbers:?}");
    assert_eq!(live(&after["changes"])["entries"], json!([]));
    // Of older ones than are shown nothing is told.
    for _ in 0..100 {
        get(&sandbox.base_url(Vendor::Wechat), "/");
    }
    let shown = live(&json!(0))["entries"].clone();
    assert_eq!((shown.as_array().unwrap().len(), &shown[0]["seq"]), (200, &json!(52)));
}

#[test]
fn a_photo_is_made_with_what_the_vendors_shall_read_in_it() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    let plain = post(&admin, "/photo", &json!({}));
    assert_eq!((plain.status, plain.header("Content-Type")), (200, Some("image/jpeg")));
    let result = recognize(&sandbox, &plain.body).json()["result"].clone();
    assert_eq!(result["bank_card_number"].as_str().unwrap().replace(' ', ""), CARD);
    let other = json!({"number": "6222020000000000018", "kind": "credit"});
    let result = recognize(&sandbox, &post(&admin, "/photo", &other).body).json()["result"].clone();
    assert_eq!(result["bank_card_number"].as_str().unwrap().replace(' ', ""), other["number"]);
    assert_eq!(result["bank_card_type"], 2);
    let refused = json!({"answer": {"aliyun_bankocr": "-3"}});
    let answer = recognize(&sandbox, &post(&admin, "/photo", &refused).body).json();
    assert_eq!(answer["code"], "-3");
    for wrong in [json!({"nunber": "1"}), json!([]), json!({"name": "x".repeat(70_000)})] {
        assert_eq!(post(&admin, "/photo", &wrong).status, 400);
    }
}

#[test]
fn pages_of_other_sites_are_refused() {
    let sandbox = sandbox();
    let admin = sandbox.admin_url();
    let port = admin.rsplit(':').next().unwrap();
    let ask = |host: &str, origin: &str| {
        let mut request = format!("POST /reset HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if !origin.is_empty() {
            request.push_str(&format!("Origin: {origin}\r\n"));
        }
        request.push_str("Content-Length: 2\r\n\r\n{}");
        parse(&raw(&admin, request.as_bytes())).status
    };
    let own = format!("127.0.0.1:{port}");
    assert_eq!(ask(&own, ""), 200);
    assert_eq!(ask(&own, &format!("http://{own}")), 200);
    assert_eq!(ask(&format!("localhost:{port}"), ""), 200);
    assert_eq!(ask(&format!("[::1]:{port}"), ""), 200);
    assert_eq!(ask(&own, "https://site.example"), 403);
    assert_eq!(ask(&own, "null"), 403);
    // A name that its owner lets point at this machine.
    assert_eq!(ask(&format!("site.example:{port}"), ""), 403);
}

fn over_tls(sandbox: &Sandbox) -> Result<Vec<u8>, String> {
    let url = sandbox.base_url(Vendor::Wechat);
    let request = request_bytes("GET", &url, "/cgi-bin/token", &[], b"");
    secured(sandbox, connect(&url), "127.0.0.1", &request)
}

/// Returns the answer over TLS of a server that shows a certificate for this name.
fn secured(
    sandbox: &Sandbox,
    stream: TcpStream,
    name: &str,
    request: &[u8],
) -> Result<Vec<u8>, String> {
    let mut roots = rustls::RootCertStore::empty();
    let pem = sandbox.ca_pem().unwrap();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    let name = name.to_owned().try_into().unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, stream);
    stream.write_all(request).map_err(|e| e.to_string())?;
    let mut out = Vec::new();
    stream.read_to_end(&mut out).map_err(|e| e.to_string())?;
    Ok(out)
}

#[test]
fn tls_with_right_and_wrong_certificates() {
    let dir = std::env::temp_dir().join(format!("cardwire-sandbox-{}", random(12)));
    for certificate in [
        Certificate::Good,
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongHost,
        Certificate::NoAddress,
        Certificate::SelfSigned,
        Certificate::UnknownAuthority,
    ] {
        let options =
            Options { tls: Some(certificate), ca_dir: Some(dir.clone()), ..Options::default() };
        let sandbox = Sandbox::start(options).unwrap();
        let config = sandbox.config();
        let ca_file = config["ca_file"].as_str().unwrap();
        assert_eq!(std::fs::read_to_string(ca_file).unwrap(), sandbox.ca_pem().unwrap());
        assert!(sandbox.base_url(Vendor::Wechat).starts_with("https://127.0.0.1:"));
        match over_tls(&sandbox) {
            Ok(bytes) => {
                assert_eq!(certificate, Certificate::Good);
                assert_eq!(parse(&bytes).json()["errcode"], 40002);
            }
            Err(text) => {
                assert!(text.contains("invalid peer certificate"), "{certificate:?}: {text}")
            }
        }
        assert_eq!(
            sandbox.ledger().len(),
            usize::from(certificate == Certificate::Good),
            "{certificate:?}"
        );
    }
    std::fs::remove_dir_all(dir).unwrap();
}

/// Every vendor by its own name on one port: in the open, over TLS, through a tunnel, and as to a proxy.
#[test]
fn one_port_for_all_by_the_name_in_host() {
    let options =
        Options { tls: Some(Certificate::Good), shared_port: Some(0), ..Options::default() };
    let sandbox = Sandbox::start(options).unwrap();
    let address = sandbox.shared_address().unwrap();
    let at = |name: &str| format!("http://{name}");
    let connect = || TcpStream::connect(&address).unwrap();
    for (name, vendor, target, status) in [
        ("kyc1.qcloud.com", Vendor::TencentKyc, "/api/oauth2/access_token", 200),
        ("idasc.webank.com", Vendor::TencentKyc, "/api/oauth2/access_token", 200),
        ("API.weixin.qq.com:443", Vendor::Wechat, "/cgi-bin/token", 200),
        ("bankocr.market.alicloudapi.com", Vendor::AliyunBankocr, "/cardbank", 405),
        ("faceid.tencentcloudapi.com", Vendor::TencentFaceid, "/", 200),
        ("faceid.intl.tencentcloudapi.com", Vendor::TencentFaceid, "/", 200),
        ("yhkr.market.alicloudapi.com", Vendor::AliyunYhkr, "/", 404),
    ] {
        let plain = request_bytes("GET", &at(name), target, &[], b"");
        let proxied = request_bytes("GET", &at(name), &format!("http://{name}{target}"), &[], b"");
        let host = name.split(':').next().unwrap();
        let mut tunnel = connect();
        // Python's library says no more than this.
        write!(tunnel, "CONNECT {host}:443 HTTP/1.0\r\n\r\n").unwrap();
        let mut opened = [0; 39];
        tunnel.read_exact(&mut opened).unwrap();
        assert_eq!(&opened, b"HTTP/1.1 200 Connection established\r\n\r\n");
        let before = sandbox.counts(vendor);
        for bytes in [
            raw(&format!("http://{address}"), &plain),
            raw(&format!("http://{address}"), &proxied),
            secured(&sandbox, connect(), host, &plain).unwrap(),
            secured(&sandbox, tunnel, host, &plain).unwrap(),
        ] {
            assert_eq!(parse(&bytes).status, status, "{name}");
        }
        let after = sandbox.counts(vendor);
        assert_eq!(after.requests - before.requests, 4, "{name}");
        assert_eq!(after.connections - before.connections, 4, "{name}");
    }
    let elsewhere = request_bytes("GET", "http://vendor.example", "/", &[], b"");
    assert_eq!(parse(&raw(&format!("http://{address}"), &elsewhere)).status, 421);
    assert!(secured(&sandbox, connect(), "vendor.example", &elsewhere).is_err());
}

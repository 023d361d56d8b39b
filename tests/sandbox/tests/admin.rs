//! The admin listener, the program, and TLS.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
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

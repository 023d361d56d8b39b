//! Servers between the library and a vendor: relays, proxies, and servers that answer too early.

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cardwire::{
    CallOptions, Cardholder, Cause, Error, Image, Kind, OrderFilter, OrderStatus, Outcome, Sent,
    Step,
};
use cardwire_conformance::transport;
use cardwire_sandbox::{
    Action, Certificate, Fault, FaultKind, Operation, Options, RawAnswer, Sandbox, Script, Vendor,
};
use serde_json::{Value, json};

fn zhang() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

/// Returns the configuration of one vendor alone.
fn only(sandbox: &Sandbox, vendor: &str) -> Value {
    let mut config = sandbox.config();
    config["vendors"].as_array_mut().unwrap().retain(|entry| entry["vendor"] == vendor);
    config["retry"] = json!({"base_ms": 1, "throttle_base_ms": 1});
    config
}

fn verify(config: &Value) -> Result<Outcome, Error> {
    let client = transport::client(&config.to_string()).unwrap();
    client.verify(zhang(), &CallOptions::new()).map(|answer| answer.outcome)
}

/// Verifies a cardholder, or reads a photo where the vendor does that.
fn ask(vendor: Vendor, config: &Value) -> Result<(), Error> {
    let client = transport::client(&config.to_string()).unwrap();
    let known = cardwire::Vendor::from_name(vendor.name()).unwrap();
    if known.operations().contains(&cardwire::Operation::Verify) {
        return client.verify(zhang(), &CallOptions::new()).map(drop);
    }
    let photo = Image::bytes(cardwire_test_images::load("icbc-debit.jpg"));
    client.recognize(photo, &CallOptions::new()).map(drop)
}

fn cause(error: &Error) -> &Cause {
    let cause = error.cause().unwrap_or_else(|| panic!("no cause: {error}"));
    assert_eq!(error.source().unwrap().to_string(), cause.to_string());
    assert!(error.message().ends_with(&cause.to_string()), "{error}");
    let json: Value = serde_json::from_str(&error.to_json()).unwrap();
    assert_eq!(json["cause"]["step"], cause.step().slug());
    assert_eq!(json["cause"]["host"], cause.host());
    assert_eq!(json["cause"]["port"], cause.port());
    assert_eq!(json["cause"]["reason"], cause.reason());
    cause
}

/// Reads the head of a request.
fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Returns a relay to a vendor that puts a name of its own into `Host`, as nginx's `proxy_pass`
/// does.
fn relay(to: String, host: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut client, to) = (stream.unwrap(), to.clone());
            thread::spawn(move || {
                let mut server = TcpStream::connect(to).unwrap();
                let head: String = head(&mut client)
                    .split_inclusive("\r\n")
                    .map(|line| match line.to_ascii_lowercase().starts_with("host:") {
                        true => format!("Host: {host}\r\n"),
                        false => line.to_owned(),
                    })
                    .collect();
                server.write_all(head.as_bytes()).unwrap();
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                let _ = std::io::copy(&mut server, &mut client);
            });
        }
    });
    address
}

#[test]
fn a_relay_that_names_the_vendor_itself_works_where_the_account_says_the_name() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let faceid = |signature: &str| (Vendor::TencentFaceid, json!({"signature": signature}));
    // Every vendor that signs the host.
    let accounts = [
        faceid("TC3-HMAC-SHA256"),
        faceid("HmacSHA256"),
        faceid("HmacSHA1"),
        (Vendor::TencentOcr, json!({})),
        (Vendor::AliyunOcr, json!({})),
        (Vendor::AliyunBankmeta, json!({})),
    ];
    for (vendor, entry) in accounts {
        let name = match vendor {
            Vendor::TencentFaceid => "faceid.tencentcloudapi.com",
            Vendor::TencentOcr => "ocr.tencentcloudapi.com",
            Vendor::AliyunOcr => "ocr-api.cn-hangzhou.aliyuncs.com",
            _ => "cloudauth.aliyuncs.com",
        };
        let mut config = only(&sandbox, vendor.name());
        let account = &mut config["vendors"][0];
        for (key, value) in entry.as_object().unwrap() {
            account[key] = value.clone();
        }
        let to = account["base_url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        account["base_url"] = format!("http://{}", relay(to, name)).into();
        let error = ask(vendor, &config).unwrap_err();
        assert_eq!(error.kind(), Kind::Unauthenticated, "{}: {error}", vendor.name());
        config["vendors"][0]["host"] = name.into();
        ask(vendor, &config).unwrap();
    }
}

#[test]
fn the_host_that_is_asked_for_is_sent_to_every_vendor() {
    for vendor in Vendor::ALL {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let mut config = only(&sandbox, vendor.name());
        config["vendors"][0]["base_url"] = format!("http://{address}").into();
        config["vendors"][0]["host"] = "vendor.example:8443".into();
        config["retry"]["attempts"] = 1.into();
        config["timeout_ms"] = 5000.into();
        let server = thread::spawn(move || head(&mut listener.accept().unwrap().0));
        let _ = ask(vendor, &config);
        let head = server.join().unwrap().to_ascii_lowercase();
        assert!(head.contains("\r\nhost: vendor.example:8443\r\n"), "{}", vendor.name());
        assert_eq!(head.matches("\r\nhost:").count(), 1, "{}", vendor.name());
    }
}

/// Returns a proxy that answers every request with the same words and counts them. One that speaks another
/// protocol keeps its connections.
fn proxy(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            assert!(head(&mut stream).starts_with("CONNECT "));
            counter.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(answer.as_bytes());
            if !answer.starts_with("HTTP/") {
                kept.push(stream);
            }
        }
    });
    (address, asked)
}

#[test]
fn a_proxy_that_refuses_is_named_with_its_status_and_not_asked_again() {
    for (answer, times, reason) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            1,
            "status 407: the user and password in \"proxy\" are refused",
        ),
        ("HTTP/1.0 403 Forbidden\r\n\r\n", 1, "status 403: the proxy refuses vendor.example:443"),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            3,
            "status 502: the proxy does not reach vendor.example:443",
        ),
        ("SSH-2.0-OpenSSH_9.6\r\n", 3, "the answer is not that of a proxy"),
        ("HTTP/1.1 200\r\n", 3, "the proxy closed the connection"),
    ] {
        let (address, asked) = proxy(answer);
        // reqwest tells no status but 407, and so a proxy's answer is never asked for again.
        let (times, reason) = match reason.strip_prefix("status 407: ") {
            _ if !transport::is_reqwest() => (times, reason),
            Some(_) => (1, "status 407: the user and password are refused"),
            None => (1, "the proxy made no tunnel"),
        };
        let config = json!({
            "vendors": [{
                "vendor": "aliyun_yhkr", "app_code": "code", "base_url": "https://vendor.example",
            }],
            "proxy": format!("http://someone:not-a-secret-word@{address}"),
            "retry": {"base_ms": 1},
        });
        let error = verify(&config).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Network, Sent::No), "{answer}");
        let cause = cause(&error);
        assert_eq!((cause.step(), cause.reason()), (Step::Proxy, reason));
        assert_eq!(format!("{}:{}", cause.host(), cause.port()), address);
        assert_eq!(asked.load(Ordering::Relaxed), times, "{answer}");
        let shown = format!("{error:?} {error} {}", error.to_json());
        assert!(!shown.contains("someone") && !shown.contains("not-a-secret-word"), "{shown}");
    }
}

#[test]
fn plain_http_to_this_machine_goes_past_the_proxy() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let (address, asked) = proxy("HTTP/1.1 407 No\r\n\r\n");
    let mut config = only(&sandbox, "aliyun_yhkr");
    config["proxy"] = format!("http://{address}").into();
    assert!(verify(&config).unwrap() == Outcome::Match);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn each_step_of_a_connection_is_told_from_the_others() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let with = |url: &str, connect_timeout_ms: u64| {
        let mut config = only(&sandbox, "aliyun_yhkr");
        config["vendors"][0]["base_url"] = url.into();
        config["vendors"][0]["allow_insecure_http"] = true.into();
        config["connect_timeout_ms"] = connect_timeout_ms.into();
        config["retry"]["attempts"] = 1.into();
        verify(&config).unwrap_err()
    };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = with(&format!("http://{closed}"), 3000);
    let found = cause(&error);
    assert_eq!((found.step(), found.host()), (Step::Connect, "127.0.0.1"));
    assert_eq!(found.port(), closed.port());
    assert!(found.reason().contains("refused") && found.os_error().is_some(), "{found}");

    // The address of everybody in a network, to which no system makes a connection.
    let error = with("http://255.255.255.255:9", 3000);
    let found = cause(&error);
    assert_eq!((found.step(), found.host(), found.port()), (Step::Connect, "255.255.255.255", 9));
    let unreachable = std::io::Error::from_raw_os_error(found.os_error().unwrap());
    assert_eq!(unreachable.kind(), std::io::ErrorKind::NetworkUnreachable);
    assert_eq!(found.reason(), unreachable.to_string());

    let error = with(&format!("http://localhost:{}", closed.port()), 3000);
    let found = cause(&error);
    assert_eq!((found.step(), found.host()), (Step::Connect, "localhost"));
    // The address behind the name.
    let shows_address = found.reason().contains(&format!(":{}: ", closed.port()));
    assert!(shows_address || transport::is_reqwest(), "{found}");

    // Longer than a part of a name may be, so that no server is asked.
    let name = format!("{}.invalid", "x".repeat(64));
    let error = with(&format!("http://{name}"), 3000);
    let found = cause(&error);
    assert_eq!((found.step(), found.host(), found.port()), (Step::Resolve, name.as_str(), 80));
    assert!(!found.reason().is_empty());

    let deaf = sandbox.beside(cardwire_sandbox::Manner::Deaf).unwrap();
    let error = with(&format!("http://{}", deaf.address()), 50);
    let found = cause(&error);
    assert_eq!(found.step(), Step::Connect);
    let reason = "no answer within connect_timeout_ms, 50 ms";
    let of_address = format!("{reason}, from {}", deaf.address());
    let expected = if transport::is_reqwest() { reason } else { &of_address };
    assert_eq!(found.reason(), expected);

    // A deadline that passes first says what was waited for.
    let mut config = only(&sandbox, "aliyun_yhkr");
    config["vendors"][0]["base_url"] = format!("http://{}", deaf.address()).into();
    config["timeout_ms"] = 50.into();
    let error = verify(&config).unwrap_err();
    // reqwest was given the whole request before it connects.
    let step = if transport::is_reqwest() { Step::Receive } else { Step::Connect };
    assert_eq!((error.kind(), cause(&error).step()), (Kind::Timeout, step));
    let mut config = only(&sandbox, "aliyun_yhkr");
    config["timeout_ms"] = 400.into();
    let silent = Action::fault(FaultKind::NeverAnswer, 0);
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, silent));
    let error = verify(&config).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::Unknown));
    assert_eq!(cause(&error).step(), Step::Receive);

    let stalls = sandbox.beside(cardwire_sandbox::Manner::Stalls).unwrap();
    let error = with(&format!("https://{}", stalls.address()), 50);
    // reqwest does not say which step took so long.
    let step = if transport::is_reqwest() { Step::Connect } else { Step::Tls };
    assert_eq!(cause(&error).step(), step);

    let says = cardwire_sandbox::Manner::Says(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec());
    let says = sandbox.beside(says).unwrap();
    let error = with(&format!("https://{}", says.address()), 3000);
    let found = cause(&error);
    assert_eq!((found.step(), found.reason()), (Step::Tls, "the server does not speak TLS"));

    for (kind, step) in
        [(FaultKind::ResetAfterHeaders, None), (FaultKind::ResetAfterRead, Some(Step::Receive))]
    {
        let reset = Action::fault(kind, 0);
        sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, reset));
        let mut config = only(&sandbox, "aliyun_yhkr");
        config["retry"]["attempts"] = 1.into();
        let error = verify(&config).unwrap_err();
        let found = cause(&error);
        let expected = match error.sent() {
            Sent::No => Step::Send,
            _ => Step::Receive,
        };
        assert_eq!(found.step(), step.unwrap_or(expected), "{kind:?}");
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_said() {
    for certificate in Certificate::ALL {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{certificate:?}"));
        let tls = Some(certificate);
        let options = Options { tls, ca_dir: Some(folder), ..Options::default() };
        let sandbox = Sandbox::start(options).unwrap();
        let mut config = only(&sandbox, "aliyun_yhkr");
        config["retry"]["attempts"] = 1.into();
        let reason = match certificate {
            Certificate::Good => {
                assert!(verify(&config).unwrap() == Outcome::Match);
                // Without the file the authority is a stranger, and the file is named.
                config["ca_file"] = Value::Null;
                "the certificate is refused: no authority that this machine trusts signed it; \
                 name your own in ca_file"
            }
            Certificate::Expired => "the certificate is refused: it has expired",
            Certificate::NotYetValid => {
                "the certificate is refused: it is not valid yet; look at this machine's clock"
            }
            Certificate::WrongHost | Certificate::NoAddress => {
                "the certificate is refused: it is for another name"
            }
            Certificate::OtherNames => {
                "the certificate is refused: its authority may not sign for this name"
            }
            Certificate::ClientOnly => "the certificate is refused: it is not one for servers",
            Certificate::SelfSigned | Certificate::UnknownAuthority => {
                "the certificate is refused: no authority in ca_file signed it"
            }
        };
        let error = verify(&config).unwrap_err();
        let found = cause(&error);
        assert_eq!((found.step(), found.reason()), (Step::Tls, reason), "{certificate:?}");
    }
}

/// Returns a JPEG with so many comments of the greatest length.
fn with_comments(jpeg: &[u8], count: usize) -> Vec<u8> {
    let (start, rest) = jpeg.split_at(2);
    let comment = [&[0xff, 0xfe, 0xff, 0xff], [b' '; 0xffff - 2].as_slice()].concat();
    [start, &comment.repeat(count), rest].concat()
}

#[test]
fn a_success_before_the_request_was_whole_is_no_result() {
    // A photo that the network takes at once is whole before anybody answers: then the answer counts. That of
    // the last is larger than what Linux keeps for a connection.
    let photo = cardwire_test_images::load("ccb-debit-large.jpg");
    let vendors = [Vendor::TencentKyc, Vendor::Wechat, Vendor::AliyunBankocr, Vendor::TencentOcr];
    for vendor in vendors {
        let is_large = vendor == Vendor::TencentOcr;
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let body = match vendor {
            Vendor::Wechat => r#"{"errcode":0,"errmsg":"ok","number":"6222020000000000000"}"#,
            Vendor::TencentKyc => r#"{"code":"0","result":{"bankcardNo":"6222020000000000000"}}"#,
            Vendor::TencentOcr => r#"{"Response":{"CardNo":"6222020000000000000"}}"#,
            _ => r#"{"code":"1","result":{"bank_card_number":"6222020000000000000"}}"#,
        };
        // Until it closes, the vendor reads nothing more.
        let n = if is_large { 2_000 } else { 0 };
        let fault = Some(Fault { kind: FaultKind::EarlyAnswer, n, ..Fault::default() });
        let answer = Some(RawAnswer { body: Some(body.to_owned()), ..RawAnswer::default() });
        let action = Action { fault, answer, ..Action::default() };
        let script = Script::once(vendor, Operation::Recognize, action);
        sandbox.script(Script { times: 0, ..script });
        let mut config = only(&sandbox, vendor.name());
        let name = format!("early-{}-{}.db", vendor.name(), transport::is_reqwest());
        let journal = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_file(&journal);
        config["journal"] = journal.to_str().unwrap().into();
        let client = transport::client(&config.to_string()).unwrap();
        let photo = if is_large { with_comments(&photo, 80) } else { photo.clone() };
        let called = client.recognize(Image::bytes(photo), &CallOptions::new());
        let [order] = client.orders(&OrderFilter::new()).unwrap().try_into().unwrap();
        match called {
            Ok(card) => {
                // reqwest::blocking looks for an answer when it has handed on the whole body.
                assert!(!is_large || transport::is_reqwest());
                assert_eq!((card.facts().sent, order.status), (Sent::Yes, OrderStatus::Answered));
            }
            Err(error) => {
                assert_eq!((error.kind(), error.sent()), (Kind::Protocol, Sent::No), "{error}");
                assert_eq!((error.facts().attempts.len(), error.retryable()), (1, false));
                assert!(!error.to_json().contains("6222020000000000000"));
                assert_eq!(order.status, OrderStatus::NotSent, "{order:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_seen_stands_in_no_text_of_a_result() {
    let unseen =
        |text: &str| text.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}', '\u{7f}']);
    let answers = [
        (
            Vendor::TencentOcr,
            Operation::Recognize,
            r#"{"Response":{"CardNo":"6222020000000000000","BankInfo":"工\u2028商\u202e银行(01020000)",
            "ValidDate":"07/\u20282031","CardType":"借\u200b记卡","CardName":"牡\u202e丹卡","RequestId":"a-\u202e1"}}"#,
        ),
        (
            Vendor::TencentFaceid,
            Operation::Verify,
            r#"{"Response":{"Result":"0","Description":"认\u2028证\u202e通过","RequestId":"a-\u20281"}}"#,
        ),
        (
            Vendor::TencentFaceid,
            Operation::Verify,
            r#"{"Response":{"Error":{"Code":"Failed\u202eOperation","Message":"no\u2028"},"RequestId":"a-\u20281"}}"#,
        ),
    ];
    for (vendor, operation, body) in answers {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let answer = Some(RawAnswer { body: Some(body.to_owned()), ..RawAnswer::default() });
        let script = Script::once(vendor, operation, Action { answer, ..Action::default() });
        sandbox.script(Script { times: 0, ..script });
        let config = only(&sandbox, vendor.name());
        let client = transport::client(&config.to_string()).unwrap();
        let options = CallOptions::new();
        let told = match operation {
            Operation::Recognize => {
                let photo = Image::bytes(cardwire_test_images::load("icbc-debit.jpg"));
                client.recognize(photo, &options).map(|card| card.to_json())
            }
            _ => client.verify(zhang(), &options).map(|answer| answer.to_json()),
        };
        let mut told: Value =
            serde_json::from_str(&told.unwrap_or_else(|error| error.to_json())).unwrap();
        // The vendor's answer stays as it came.
        told.as_object_mut().unwrap().remove("raw");
        assert!(!unseen(&told.to_string()), "{told}");
    }
}

//! Faults at the socket, and what the ledger says about them.

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use cardwire_sandbox::{
    Action, Alter, Entry, Fault, FaultKind, Framing, Manner, Operation, RawAnswer, Sandbox, Script,
    Settings, Vendor,
};
use common::*;

fn url(sandbox: &Sandbox) -> String {
    sandbox.base_url(Vendor::AliyunYhkr)
}

fn script(sandbox: &Sandbox, action: Action) {
    sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Verify, action));
}

fn verify(sandbox: &Sandbox) -> Vec<u8> {
    let config = sandbox.config();
    let auth = format!("APPCODE {}", entry(&config, "aliyun_yhkr")["app_code"].as_str().unwrap());
    let body = format!("acct_no={CARD}&idcard={ID}&name={}", percent(NAME));
    let kind = "application/x-www-form-urlencoded; charset=UTF-8";
    let headers = [("Content-Type", kind), ("Authorization", auth.as_str())];
    let bytes = request_bytes(
        "POST",
        &url(sandbox),
        "/communication/personal/1886",
        &headers,
        body.as_bytes(),
    );
    String::from_utf8(bytes).unwrap().replace("Connection: close\r\n", "").into_bytes()
}

/// Sends the verification and gives what came back and how the stream ended.
fn exchange(sandbox: &Sandbox) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = connect(&url(sandbox));
    stream.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    let _ = stream.write_all(&verify(sandbox));
    let mut out = Vec::new();
    let end = stream.read_to_end(&mut out).err().map(|e| e.kind());
    (out, end)
}

/// The entry of the first request on the last connection.
fn last(sandbox: &Sandbox) -> Entry {
    nth(sandbox, 1)
}

/// The entry of a request on the last connection, once there is one.
fn nth(sandbox: &Sandbox, request: u64) -> Entry {
    let since = Instant::now();
    loop {
        let connection = sandbox.last_connection();
        let is_it =
            |one: &Entry| (one.connection, one.request_on_connection) == (connection, request);
        if let Some(found) = sandbox.ledger().into_iter().find(is_it) {
            return found;
        }
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "request {request} is not in the ledger"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_connection_is_kept_and_counted() {
    let sandbox = sandbox();
    let mut stream = connect(&url(&sandbox));
    for n in 1..=3 {
        stream.write_all(&verify(&sandbox)).unwrap();
        let mut buffer = [0; 4096];
        let got = stream.read(&mut buffer).unwrap();
        assert_eq!(parse(&buffer[..got]).json()["data"]["state"], "1");
        assert_eq!(nth(&sandbox, n).connection, 1);
    }
    assert_eq!(sandbox.connections(Vendor::AliyunYhkr), 1);
}

#[test]
fn ends_without_an_answer() {
    let sandbox = sandbox();
    for (kind, end) in [
        (FaultKind::CloseAfterRead, None),
        (FaultKind::ResetAfterRead, Some(ErrorKind::ConnectionReset)),
    ] {
        for execute in [true, false] {
            script(&sandbox, Action::fault(kind, 0).executes(execute));
            assert_eq!(exchange(&sandbox), (Vec::new(), end), "{kind:?}");
            let entry = last(&sandbox);
            assert!(entry.complete && !entry.answered && entry.scripted);
            assert_eq!((entry.executed, entry.billed, entry.status), (execute, execute, 0));
        }
    }
}

#[test]
fn resets_before_the_last_byte_execute_nothing() {
    let sandbox = sandbox();
    let size = verify(&sandbox).len() as u64;
    for (kind, n) in [
        (FaultKind::ResetAfterReadBytes, 1),
        (FaultKind::ResetAfterReadBytes, size - 1),
        (FaultKind::ResetAfterHeaders, 0),
        (FaultKind::CloseAfterReadBytes, size - 1),
    ] {
        script(&sandbox, Action::fault(kind, n));
        let (bytes, _) = exchange(&sandbox);
        assert!(bytes.is_empty(), "{kind:?}");
        let entry = last(&sandbox);
        assert!(!entry.complete && !entry.executed && !entry.billed, "{kind:?}");
    }
    // The last one: read to the end, and yet not executed.
    script(&sandbox, Action::fault(FaultKind::ResetAfterReadBytes, size));
    assert!(exchange(&sandbox).0.is_empty());
    let entry = last(&sandbox);
    assert_eq!((entry.complete, entry.executed, entry.request_bytes as u64), (true, false, size));
    assert_eq!(sandbox.counts(Vendor::AliyunYhkr).executed, 0);
}

#[test]
fn a_large_body_is_reset_at_the_byte_asked_for() {
    let sandbox = sandbox();
    for n in [100_000, 2_999_999] {
        script(&sandbox, Action::fault(FaultKind::ResetAfterReadBytes, n));
        let mut bytes = b"POST /communication/personal/1886 HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n".to_vec();
        bytes.resize(bytes.len() + 3_000_000, b'a');
        let mut stream = connect(&url(&sandbox));
        let _ = stream.write_all(&bytes);
        let mut out = Vec::new();
        let end = stream.read_to_end(&mut out).err().map(|e| e.kind());
        assert!(out.is_empty() && matches!(end, Some(ErrorKind::ConnectionReset) | None));
        let entry = last(&sandbox);
        assert!(!entry.complete);
        assert!(entry.request_bytes as u64 == n, "{n} {}", entry.request_bytes);
    }
}

#[test]
fn a_request_cut_by_the_client_is_in_the_ledger() {
    let sandbox = sandbox();
    let bytes = verify(&sandbox);
    let mut stream = connect(&url(&sandbox));
    stream.write_all(&bytes[..bytes.len() - 1]).unwrap();
    drop(stream);
    let entry = last(&sandbox);
    assert_eq!(entry.outcome, "request_cut");
    assert!(!entry.complete && !entry.executed);
    assert_eq!(entry.request_bytes, bytes.len() - 1);
}

#[test]
fn never_answering_and_not_reading() {
    let sandbox = sandbox();
    script(&sandbox, Action::fault(FaultKind::NeverAnswer, 0));
    let (bytes, end) = exchange(&sandbox);
    assert!(bytes.is_empty() && matches!(end, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)));
    let entry = sandbox.ledger().pop().unwrap();
    assert!(entry.executed && entry.billed && !entry.answered);

    let fault = Fault { kind: FaultKind::StopReading, n: 100, ..Fault::default() };
    script(&sandbox, Action { fault: Some(fault), ..Action::default() });
    let mut stream = connect(&url(&sandbox));
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let head = verify(&sandbox);
    let end = head.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let text =
        String::from_utf8_lossy(&head[..end]).replace("Content-Length: ", "Content-Length: 9999");
    stream.write_all(text.as_bytes()).unwrap();
    stream.write_all(b"\r\n\r\n").unwrap();
    // The kernel takes what its buffers hold; after that the window stays shut.
    let blob = vec![b'a'; 1 << 20];
    let mut sent = 0;
    while sent < 64 << 20 {
        match stream.write(&blob) {
            Ok(n) => sent += n,
            Err(_) => break,
        }
    }
    assert!(sent < 64 << 20);
    assert!(!last(&sandbox).complete);
}

#[test]
fn cut_dribbled_delayed() {
    let sandbox = sandbox();
    let whole = {
        let mut stream = connect(&url(&sandbox));
        stream.write_all(&verify(&sandbox)).unwrap();
        let mut buffer = [0; 4096];
        stream.read(&mut buffer).unwrap()
    };
    for n in [0, 1, 40, whole as u64 - 1] {
        script(&sandbox, Action::fault(FaultKind::CutAnswerAfter, n));
        let (bytes, end) = exchange(&sandbox);
        assert_eq!((bytes.len() as u64, end), (n, None));
        let entry = last(&sandbox);
        assert!(entry.executed && !entry.answered);
    }
    let fault = Fault { kind: FaultKind::CutAnswerAfter, n: 40, reset: true, ..Fault::default() };
    script(&sandbox, Action { fault: Some(fault), ..Action::default() });
    let (bytes, end) = exchange(&sandbox);
    assert_eq!((bytes.len(), end), (40, Some(ErrorKind::ConnectionReset)));

    let started = Instant::now();
    let fault = Fault { kind: FaultKind::Dribble, n: 10, every: 50, ..Fault::default() };
    script(&sandbox, Action { fault: Some(fault), ..Action::default() });
    assert_eq!(parse(&exchange(&sandbox).0).json()["code"], "10000");
    script(&sandbox, Action::fault(FaultKind::DelayMs, 150));
    assert_eq!(parse(&exchange(&sandbox).0).json()["code"], "10000");
    assert!(started.elapsed() > Duration::from_millis(200));
    assert!(last(&sandbox).ms >= 150);
}

#[test]
fn answers_that_break_the_rules() {
    let sandbox = sandbox();
    let with = |kind, n, body: &str| Action {
        fault: Some(Fault { kind, n, body: Some(body.into()), ..Fault::default() }),
        ..Action::default()
    };
    script(
        &sandbox,
        with(FaultKind::Raw, 0, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n{}"),
    );
    assert!(exchange(&sandbox).0.ends_with(b"08\r\n\r\n{}"));
    script(&sandbox, with(FaultKind::ExtraBytes, 0, "HTTP/1.1 200 OK\r\n\r\nstale"));
    assert!(exchange(&sandbox).0.ends_with(b"stale"));
    script(&sandbox, with(FaultKind::Interim, 3, ""));
    assert!(exchange(&sandbox).0.starts_with(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(3)));
    for kind in [FaultKind::EndlessBody, FaultKind::EndlessChunks] {
        script(&sandbox, with(kind, 2, ""));
        let (bytes, end) = exchange(&sandbox);
        assert!(bytes.len() > 2 << 20 && end.is_none());
    }
    script(&sandbox, with(FaultKind::CloseAfterAnswer, 0, ""));
    let (bytes, end) = exchange(&sandbox);
    assert!(end.is_none() && parse(&bytes).header("connection").is_none());
    script(&sandbox, with(FaultKind::IdleCloseMs, 100, ""));
    assert_eq!(exchange(&sandbox).1, None);

    let answer = RawAnswer { status: 413, ..RawAnswer::default() };
    let fault = Fault { kind: FaultKind::EarlyAnswer, ..Fault::default() };
    script(&sandbox, Action { answer: Some(answer), fault: Some(fault), ..Action::default() });
    assert_eq!(parse(&exchange(&sandbox).0).status, 413);
    assert!(!last(&sandbox).complete);
}

#[test]
fn faults_of_the_connection_itself() {
    let sandbox = sandbox();
    for (kind, end) in [
        (FaultKind::CloseOnAccept, None),
        (FaultKind::ResetOnAccept, Some(ErrorKind::ConnectionReset)),
    ] {
        sandbox.script(Script::once(
            Vendor::AliyunYhkr,
            Operation::Connect,
            Action::fault(kind, 0),
        ));
        let mut stream = connect(&url(&sandbox));
        let mut out = Vec::new();
        assert_eq!(stream.read_to_end(&mut out).err().map(|e| e.kind()), end, "{kind:?}");
    }
    assert!(sandbox.ledger().is_empty());
    assert_eq!(sandbox.connections(Vendor::AliyunYhkr), 2);
}

#[test]
fn resets_by_the_share_of_the_body() {
    let sandbox = sandbox();
    let size = verify(&sandbox).len();
    for (kind, n) in [
        (FaultKind::ResetAtPercent, 50),
        (FaultKind::ResetBeforeEnd, 1),
        (FaultKind::ResetBeforeEnd, 20),
    ] {
        script(&sandbox, Action::fault(kind, n));
        assert!(exchange(&sandbox).0.is_empty(), "{kind:?}");
        let entry = last(&sandbox);
        assert!(!entry.complete && !entry.executed, "{kind:?}");
        let left = size - entry.request_bytes;
        let share = u64::try_from(entry.body_bytes * 100 / (entry.body_bytes + left)).unwrap();
        match kind {
            FaultKind::ResetBeforeEnd => assert_eq!(left as u64, n),
            _ => assert!((40..=50).contains(&share), "{share}"),
        }
    }
    for kind in [FaultKind::CloseAfterHandshake, FaultKind::ResetAfterFirstByte] {
        let action = Action::fault(kind, 0);
        sandbox.script(Script::once(Vendor::AliyunYhkr, Operation::Connect, action));
        let before = sandbox.ledger().len();
        assert!(exchange(&sandbox).0.is_empty(), "{kind:?}");
        assert_eq!(sandbox.ledger().len(), before);
    }
}

#[test]
fn the_vendor_s_own_answer_altered() {
    let sandbox = sandbox();
    let alter = Alter {
        status: Some(450),
        headers: vec![
            ("Set-Cookie".into(), "a=b".into()),
            ("Content-Type".into(), "text/plain".into()),
        ],
        replace: vec![("10000".into(), "10016".into())],
        before_base64: base64(b"\xef\xbb\xbf"),
        after_base64: base64(b" "),
        gzip: false,
        framing: Some(Framing::Close),
    };
    script(&sandbox, Action::alter(alter));
    let answer = parse(&exchange(&sandbox).0);
    assert_eq!((answer.status, answer.header("set-cookie")), (450, Some("a=b")));
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    assert_eq!(answer.header("content-length"), None);
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("\u{feff}{") && text.ends_with("} "), "{text}");
    assert!(text.contains("\"10016\""), "{text}");
    let entry = last(&sandbox);
    assert!(entry.executed && entry.billed && entry.unwanted.is_empty());
}

#[test]
fn nothing_late_of_before_is_in_the_ledger_or_meets_a_script() {
    let sandbox = sandbox();
    let mut early = connect(&url(&sandbox));
    early.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    // Accepted before it is disowned.
    while sandbox.last_connection() == 0 {
        std::thread::yield_now();
    }
    sandbox.disown();
    script(&sandbox, Action::code("state:2"));
    early.write_all(&verify(&sandbox)).unwrap();
    assert!(!matches!(early.read(&mut [0; 100]), Ok(n) if n > 0));
    assert!(sandbox.ledger().is_empty());
    assert_eq!(parse(&exchange(&sandbox).0).json()["data"]["state"], "2");
}

/// Sends the head of a check that waits for `100 Continue`, and gives the connection and the body.
fn begun(sandbox: &Sandbox) -> (TcpStream, Vec<u8>) {
    let mut request = verify(sandbox);
    let head = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let body = request.split_off(head + 4);
    request.splice(head..head, *b"\r\nExpect: 100-continue");
    let mut stream = connect(&url(sandbox));
    stream.write_all(&request).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    (stream, body)
}

#[test]
fn a_request_that_began_before_a_reset_is_reset_and_in_no_ledger() {
    let sandbox = sandbox();
    type Reset = fn(&Sandbox);
    let by_rust: Reset = Sandbox::reset;
    let by_json: Reset = |sandbox| {
        let forgotten = send("POST", &sandbox.admin_url(), "/reset", &[], b"{}");
        assert_eq!(forgotten.status, 200);
    };
    for reset in [by_rust, by_json] {
        // Its end, a body that is none, and a client that goes away.
        for part in ["whole", "cut"] {
            let (mut stream, body) = begun(&sandbox);
            reset(&sandbox);
            script(&sandbox, Action::code("state:2"));
            if part == "whole" {
                stream.write_all(&body).unwrap();
                let answer = stream.read(&mut [0; 100]);
                assert!(!matches!(answer, Ok(n) if n > 0), "{answer:?}");
            } else {
                stream.write_all(&body[..1]).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                let _ = stream.read(&mut [0; 100]);
            }
            assert!(sandbox.ledger().is_empty(), "{part}: {:?}", sandbox.ledger());
            assert_eq!(sandbox.counts(Vendor::AliyunYhkr).requests, 0, "{part}");
            assert_eq!(parse(&exchange(&sandbox).0).json()["data"]["state"], "2", "{part}");
        }
    }
}

#[test]
fn an_answer_that_ends_after_the_ledger_was_cleared_changes_none_of_its_entries() {
    for path in ["/reset", "/clear_ledger"] {
        let sandbox = sandbox();
        script(&sandbox, Action::fault(FaultKind::NeverAnswer, 0));
        let mut late = connect(&url(&sandbox));
        late.write_all(&verify(&sandbox)).unwrap();
        while sandbox.ledger().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(send("POST", &sandbox.admin_url(), path, &[], b"{}").status, 200);
        exchange(&sandbox);
        let before = sandbox.ledger();
        assert!(before[0].answered);
        // It waits for an answer no longer: that is how this one ends.
        late.shutdown(Shutdown::Write).unwrap();
        assert_eq!(late.read(&mut [0; 100]).unwrap(), 0);
        assert_eq!(format!("{:?}", sandbox.ledger()), format!("{before:?}"), "{path}");
    }
}

#[test]
fn a_connection_of_before_a_reset_serves_the_requests_after_it() {
    let sandbox = sandbox();
    let mut stream = connect(&url(&sandbox));
    for _ in 0..2 {
        stream.write_all(&verify(&sandbox)).unwrap();
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        assert_eq!(sandbox.counts(Vendor::AliyunYhkr).executed, 1);
        sandbox.reset();
    }
}

#[test]
fn headers_that_no_vendor_is_sent_are_in_the_ledger() {
    let sandbox = sandbox();
    let request = String::from_utf8(verify(&sandbox)).unwrap();
    let request = request.replacen("\r\n", "\r\nCookie: a=b\r\nReferer: x\r\n", 1);
    let mut stream = connect(&url(&sandbox));
    stream.write_all(request.as_bytes()).unwrap();
    assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
    assert_eq!(last(&sandbox).unwanted, ["cookie", "referer"]);
}

#[test]
fn servers_beside_the_vendors() {
    let sandbox = sandbox();
    let says = sandbox.beside(Manner::Says(b"hello".to_vec())).unwrap();
    let mut stream = TcpStream::connect(says.address()).unwrap();
    stream.write_all(b"x").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), says.connections()), ("hello", 1));

    let proxy = sandbox.beside(Manner::Tunnels).unwrap();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    let target = url(&sandbox).replace("http://", "");
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    let mut buffer = [0; 4096];
    let got = stream.read(&mut buffer).unwrap();
    assert!(buffer[..got].starts_with(b"HTTP/1.1 200 "));
    stream.write_all(&verify(&sandbox)).unwrap();
    let got = stream.read(&mut buffer).unwrap();
    assert_eq!(parse(&buffer[..got]).json()["code"], "10000");

    let deaf = sandbox.beside(Manner::Deaf).unwrap();
    let address = deaf.address().parse().unwrap();
    let made = TcpStream::connect_timeout(&address, Duration::from_millis(200));
    assert_eq!(made.err().map(|error| error.kind()), Some(ErrorKind::TimedOut));
    // Nobody listens any more where one was dropped.
    let address = says.address();
    drop(says);
    let until = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&address).is_ok() && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn an_idle_connection_is_closed() {
    let sandbox = sandbox();
    sandbox.set(Settings { idle_timeout_ms: 100, ..Settings::default() });
    let mut stream = connect(&url(&sandbox));
    let started = Instant::now();
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    assert!(started.elapsed() >= Duration::from_millis(90));
}

#[test]
fn heads_and_bodies_are_bounded() {
    let sandbox = sandbox();
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(70_000));
    assert_eq!(parse(&raw(&url(&sandbox), long.as_bytes())).status, 431);
    let huge = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n";
    assert_eq!(parse(&raw(&url(&sandbox), huge.as_bytes())).status, 413);
    assert_eq!(parse(&raw(&url(&sandbox), b"nonsense\r\n\r\n")).status, 400);
}

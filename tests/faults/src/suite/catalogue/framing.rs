//! Faults of HTTP: what frames an answer, and what its head says.

use std::io::Write;

use cardwire_sandbox::{Action, Alter, Fault, FaultKind, Framing, Manner, RawAnswer, Sandbox};
use fastrand::Rng;

use super::super::case::{At, Case};
use super::super::setup::Setup;
use super::bodies::{anything, base64, good_body};

const NO_ANSWER: &[&str] = &["network", "protocol"];

pub fn cut(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let most = if rng.bool() { 300 } else { 3000 };
    let fault = Fault {
        kind: FaultKind::CutAnswerAfter,
        n: rng.u64(..most),
        reset: rng.bool(),
        ..Fault::default()
    };
    // Past its end nothing is cut.
    Setup::fault(case, fault).ends(&["network", "protocol", "ok"])
}

pub fn closed_after_answer(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    // The request for a ticket follows that for its token at once, on a connection just closed.
    let expected: &[&str] = if case.at == At::Token { &["ok", "network"] } else { &["ok"] };
    Setup::meets(case, Action::fault(FaultKind::CloseAfterAnswer, 0))
        .ends(expected)
        .then_all_is_well()
}

pub fn idle_close(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup::meets(case, Action::fault(FaultKind::IdleCloseMs, rng.u64(..10)))
        .ends(&["ok", "network"])
}

/// Returns a whole answer that another was meant to get.
fn anothers(case: &Case) -> Vec<u8> {
    let body = good_body(case, super::DECOY);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.into_bytes()].concat()
}

pub fn second_answer(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let bytes = match rng.u8(..3) {
        0 => anothers(case),
        1 => b"\r\n\r\n\0".to_vec(),
        _ => (0..rng.usize(1..500)).map(|_| rng.u8(..)).collect(),
    };
    let body_base64 = Some(base64(&bytes));
    let fault = Fault { kind: FaultKind::ExtraBytes, body_base64, ..Fault::default() };
    Setup::fault(case, fault).ends(&["ok"]).then_all_is_well()
}

pub fn interim(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let few = rng.bool();
    let n = if few { rng.u64(1..4) } else { rng.u64(500..3000) };
    let every = *rng.choice(&[100, 102, 103, 199]).unwrap_or(&100);
    let fault = Fault { kind: FaultKind::Interim, n, every, ..Fault::default() };
    Setup::fault(case, fault).ends(if few { &["ok"] } else { &["ok", "network", "protocol"] })
}

/// Returns an answer word for word after which the connection ends, by a vendor that may have done
/// its work.
fn raw(rng: &mut Rng, case: &Case, bytes: &[u8]) -> Setup {
    let body_base64 = Some(base64(bytes));
    let fault = Fault { kind: FaultKind::Raw, body_base64, reset: rng.bool(), ..Fault::default() };
    let mut action = Action { fault: Some(fault), ..Action::default() };
    if case.is_billed() {
        action = action.executes(rng.bool());
    }
    Setup::meets(case, action)
}

pub fn lengths(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let body = good_body(case, "6222020000000000000");
    let long = body.len() + rng.usize(1..1000);
    let short = rng.usize(..body.len());
    let head = match rng.u8(..9) {
        0 => "Content-Length: 10000000000".to_owned(),
        1 => "Content-Length: 9223372036854775808".to_owned(),
        2 => "Content-Length: 18446744073709551615".to_owned(),
        3 => "Content-Length: -1".to_owned(),
        4 => format!("Content-Length: {}\r\nContent-Length: {long}", body.len()),
        5 => format!("Content-Length: {}\r\nTransfer-Encoding: chunked", body.len()),
        6 => format!("Content-Length: {long}"),
        7 => format!("Content-Length: {short}"),
        _ => "Content-Length: 0x10".to_owned(),
    };
    let text = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
    raw(rng, case, text.as_bytes()).ends(NO_ANSWER)
}

pub fn chunks(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let body = good_body(case, "6222020000000000000");
    let size = body.len();
    let chunks = match rng.u8(..8) {
        0 => format!("FFFFFFFFFFFFFFFF\r\n{body}\r\n0\r\n\r\n"),
        1 => format!("1FFFFFFFFFFFFFFFFF\r\n{body}\r\n0\r\n\r\n"),
        2 => format!("zz\r\n{body}\r\n0\r\n\r\n"),
        3 => format!("{size:x};{}\r\n{body}\r\n0\r\n\r\n", "e=f;".repeat(60_000)),
        4 => format!("{size:x}\r\n{body}\r\n"),
        5 => format!("{size:x}\r\n{body}0\r\n\r\n"),
        6 => format!("-{size:x}\r\n{body}\r\n0\r\n\r\n"),
        _ => format!("{:x}\r\n{body}\r\n0\r\n\r\n", size + 1),
    };
    let text = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    raw(rng, case, text.as_bytes()).ends(NO_ANSWER)
}

pub fn endless(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let kind = if rng.bool() { FaultKind::EndlessBody } else { FaultKind::EndlessChunks };
    Setup::meets(case, Action::fault(kind, 0)).ends(NO_ANSWER)
}

/// So many zeros in a thousandth of the bytes.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..mebibytes {
        if encoder.write_all(&zeros).is_err() {
            return Vec::new();
        }
    }
    encoder.finish().unwrap_or_default()
}

pub fn compressed(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let labels = ["gzip", "br", "zstd", "deflate", "gzip, gzip", "x-gzip", "compress", "GZIP", ""];
    let label = *rng.choice(labels.as_slice()).unwrap_or(&"gzip");
    let body =
        if rng.bool() { bomb(rng.usize(1..8)) } else { good_body(case, super::DECOY).into() };
    // What is labelled wrongly is refused as well: nobody asked for it.
    let mut answer = RawAnswer { body_base64: Some(base64(&body)), ..RawAnswer::default() };
    if label.is_empty() {
        answer.body_base64 = Some(base64(&bomb(1)));
    } else {
        answer.headers.push(("Content-Encoding".to_owned(), label.to_owned()));
    }
    anything(rng, case, answer).ends(NO_ANSWER)
}

pub fn headers(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| headers.push((name.to_owned(), value));
    match rng.u8(..8) {
        0 => put("X-Long", "a".repeat(1 << 20)),
        1 => (0..10_000).for_each(|index| put(&format!("X-{index}"), "b".to_owned())),
        2 => put("X-Folded", "a\r\n b".to_owned()),
        3 => put("X-Nul", "a\0b".to_owned()),
        4 => put("X-Bare", "a\nX-Other: b".to_owned()),
        5 => put("X-Note", "余额不足".to_owned()),
        6 => (0..101).for_each(|index| put(&format!("X-{index}"), "b".to_owned())),
        _ => put("X Space", "b".to_owned()),
    }
    Setup::meets(case, Action::alter(Alter { headers, ..Alter::default() }))
        .ends(&["ok", "network", "protocol"])
}

pub fn instructions(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let trap = sandbox.beside(Manner::Closes);
    let host = trap.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    let all = [
        ("Set-Cookie", "session=1; Path=/".to_owned()),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains".to_owned()),
        ("Alt-Svc", format!("h2=\"{host}\", h3=\"{host}\"")),
        ("Refresh", format!("0; url=http://{host}/")),
        ("Link", format!("<http://{host}/>; rel=preload")),
        ("Location", format!("http://{host}/")),
        ("Content-Location", format!("http://{host}/")),
        ("Upgrade", "h2c".to_owned()),
    ];
    let chosen = all.into_iter().filter(|_| rng.bool());
    let headers = chosen.map(|(name, value)| (name.to_owned(), value)).collect();
    let mut setup = Setup::meets(case, Action::alter(Alter { headers, ..Alter::default() }));
    setup.traps.extend(trap);
    setup.ends(&["ok"]).then_all_is_well()
}

pub fn redirect(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let trap = sandbox.beside(Manner::Closes);
    let host = trap.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    let locations = [
        format!("http://{host}/"),
        format!("https://{host}/cv/ocr/bankcard"),
        format!("//{host}/"),
        format!("http://user:pass@{host}/"),
        "/".to_owned(),
        "../..".to_owned(),
        "file:///etc/hostname".to_owned(),
        String::new(),
        "http://".to_owned(),
    ];
    let status = *rng.choice([300, 301, 302, 303, 304, 305, 307, 308].as_slice()).unwrap_or(&302);
    let location = rng.choice(locations).unwrap_or_default();
    let answer = RawAnswer {
        status,
        headers: vec![("Location".to_owned(), location)],
        body: Some(if rng.bool() { good_body(case, super::DECOY) } else { String::new() }),
        framing: if status == 304 { Framing::Close } else { Framing::Length },
        ..RawAnswer::default()
    };
    let mut setup = anything(rng, case, answer);
    setup.traps.extend(trap);
    setup.ends(&["protocol"])
}

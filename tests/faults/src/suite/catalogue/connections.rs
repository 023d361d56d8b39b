//! Faults of connections, up to the answer's first byte.

use cardwire_sandbox::{Action, Certificate, Fault, FaultKind, RawAnswer, Sandbox, magic};
use fastrand::Rng;

use super::super::case::Case;
use super::super::setup::Setup;

/// A connection that broke.
const BROKEN: &[&str] = &["network"];

/// How long the sandbox holds a connection that it says nothing on: longer than any slow call.
const HOLD_MS: u64 = 1500;

/// Returns the pointer to a vendor's address in the configuration.
pub fn address(case: &Case) -> String {
    format!("/vendors/{}/base_url", case.vendor as usize)
}

pub fn refused(_: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    // Nobody listens at the port of a server that has stopped.
    let port = sandbox.beside(cardwire_sandbox::Manner::Closes).map(|gone| gone.address());
    let scheme = if case.tls { "https" } else { "http" };
    let url = format!("{scheme}://{}", port.unwrap_or_default());
    Setup { config: vec![(address(case), url.into())], ..Setup::default() }.ends(BROKEN)
}

pub fn black_hole(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let hole = sandbox.beside(cardwire_sandbox::Manner::Deaf);
    let host = hole.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    let scheme = if case.tls { "https" } else { "http" };
    let mut config = vec![(address(case), format!("{scheme}://{host}").into())];
    if rng.bool() {
        config.push(("/connect_timeout_ms".to_owned(), rng.u64(20..150).into()));
    }
    let setup = Setup { config, helpers: hole.into_iter().collect(), ..Setup::default() };
    setup.slowly().ends(&["network", "timeout"])
}

pub fn no_such_host(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    // A label of 64 characters is no name: the resolver says so without asking anybody.
    let url = format!("https://{}.invalid", "x".repeat(64));
    let config = vec![(address(case), url.into())];
    Setup { config, nothing_arrives: true, ..Setup::default() }.ends(BROKEN)
}

pub fn closed_on_accept(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup::at_connect(case, FaultKind::CloseOnAccept, 0).ends(BROKEN)
}

pub fn reset_on_accept(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup::at_connect(case, FaultKind::ResetOnAccept, 0).ends(BROKEN)
}

pub fn stalled_on_accept(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::at_connect(case, FaultKind::StallOnAccept, HOLD_MS).slowly();
    if rng.bool() {
        setup.config.push(("/connect_timeout_ms".to_owned(), rng.u64(20..150).into()));
    }
    setup.ends(&["network", "timeout"])
}

fn at_accept(case: &Case, bytes: &[u8]) -> Setup {
    let mut setup = Setup::at_connect(case, FaultKind::GarbageOnAccept, 0);
    if let Some(fault) = setup.scripts.first_mut().and_then(|one| one.action.fault.as_mut()) {
        fault.body_base64 = Some(super::bodies::base64(bytes));
    }
    setup
}

pub fn garbage_on_accept(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let random: Vec<u8> = (0..rng.usize(1..2000)).map(|_| rng.u8(..)).collect();
    let garbage: [&[u8]; 4] =
        [&random, b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", &[0; 64]];
    at_accept(case, rng.choice(garbage).unwrap_or_default()).ends(&["network", "protocol"])
}

/// Returns the answer of a server that knows no TLS above `version`.
fn old_hello(version: u8) -> Vec<u8> {
    let mut hello = vec![2, 0, 0, 38, 3, version];
    hello.extend([0x5a; 32]);
    // No session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0, 0x2f, 0]);
    let mut record = vec![22, 3, version, 0, 42];
    record.extend(hello);
    record
}

pub fn old_tls(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let answer = match rng.u8(..5) {
        0 => old_hello(0),
        1 => old_hello(1),
        2 => old_hello(2),
        // Alerts: protocol version, handshake failure.
        3 => vec![21, 3, 1, 0, 2, 2, 70],
        _ => vec![21, 3, 3, 0, 2, 2, 40],
    };
    Setup { nothing_arrives: true, ..at_accept(case, &answer) }.always(true).ends(BROKEN)
}

pub fn certificate(rng: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    let wrong = &Certificate::ALL[1..];
    let certificate = rng.choice(wrong).copied();
    Setup { certificate, nothing_arrives: true, ..Setup::default() }.ends(BROKEN)
}

pub fn closed_after_handshake(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup::at_connect(case, FaultKind::CloseAfterHandshake, 0).ends(BROKEN)
}

pub fn reset_after_first_byte(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup::at_connect(case, FaultKind::ResetAfterFirstByte, 0).ends(BROKEN)
}

fn broken(case: &Case, kind: FaultKind, n: u64) -> Setup {
    Setup::meets(case, Action::fault(kind, n)).ends(BROKEN)
}

pub fn reset_after_head(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup { large: rng.u8(..8) == 0, ..broken(case, FaultKind::ResetAfterHeaders, 0) }
}

pub fn reset_within_body(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let setup = broken(case, FaultKind::ResetAtPercent, rng.u64(1..100));
    Setup { large: rng.u8(..8) == 0, ..setup }
}

pub fn reset_at_last_byte(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    broken(case, FaultKind::ResetBeforeEnd, rng.u64(1..3))
}

pub fn closed_within_request(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    // A small request ends before.
    broken(case, FaultKind::CloseAfterReadBytes, rng.u64(1..3000)).ends(&["network", "ok"])
}

pub fn stop_reading(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let fault = Fault {
        kind: FaultKind::StopReading,
        n: rng.u64(1..65536),
        every: HOLD_MS,
        ..Fault::default()
    };
    Setup { large: true, ..Setup::fault(case, fault) }.slowly().ends(&["timeout", "network", "ok"])
}

fn early(rng: &mut Rng, case: &Case, answer: RawAnswer) -> Setup {
    let fault = Some(Fault { kind: FaultKind::EarlyAnswer, ..Fault::default() });
    let action = Action { fault, answer: Some(answer), ..Action::default() };
    Setup { large: rng.u8(..4) == 0, ..Setup::meets(case, action) }
}

pub fn early_answer(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let status = *rng.choice(&[413, 400, 431, 500, 302]).unwrap_or(&413);
    early(rng, case, RawAnswer { status, ..RawAnswer::default() }).ends(&[
        "protocol",
        "network",
        "vendor_unavailable",
    ])
}

/// Returns a success of a server that read the head alone. Where the network took the last byte
/// before the answer came, nobody can tell it from a true one.
pub fn early_success(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let body = Some(super::bodies::good_body(case, magic::DEFAULT_CARD));
    Setup { unread: true, ..early(rng, case, RawAnswer { body, ..RawAnswer::default() }) }
        .ends(&["protocol", "network", "ok"])
}

fn lost(rng: &mut Rng, case: &Case, kind: FaultKind) -> Setup {
    let mut action = Action::fault(kind, 0);
    if case.is_billed() {
        action = action.executes(rng.bool());
    }
    Setup::meets(case, action).ends(BROKEN)
}

pub fn reset_after_read(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    lost(rng, case, FaultKind::ResetAfterRead)
}

pub fn close_after_read(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    lost(rng, case, FaultKind::CloseAfterRead)
}

pub fn never_answers(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let fault = Fault {
        kind: FaultKind::NeverAnswer,
        every: HOLD_MS,
        reset: rng.bool(),
        ..Fault::default()
    };
    let mut action = Action { fault: Some(fault), ..Action::default() };
    if case.is_billed() {
        action = action.executes(rng.bool());
    }
    Setup::meets(case, action).slowly().ends(&["timeout"])
}

pub fn late_answer(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let action = Action::fault(FaultKind::DelayMs, rng.u64(600..1200));
    Setup::meets(case, action).slowly().ends(&["timeout"])
}

pub fn latency(rng: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::default();
    setup.settings.latency_ms = rng.u64(..250);
    setup.ends(&["ok"])
}

fn drip(case: &Case, n: u64, every: u64) -> Setup {
    Setup::fault(case, Fault { kind: FaultKind::Dribble, n, every, ..Fault::default() })
}

pub fn dripped(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    drip(case, rng.u64(1..4), rng.u64(40..400)).ends(&["ok"])
}

pub fn dripped_for_ever(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    drip(case, 100, 1).slowly().ends(&["timeout"])
}

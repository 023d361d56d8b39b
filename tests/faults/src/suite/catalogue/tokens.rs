//! Tokens, tickets, and the store that clients share them in.

use cardwire_sandbox::{Action, FaultKind, Manner, Operation, RawAnswer, Sandbox, Script, Vendor};
use fastrand::Rng;

use super::super::case::{Ask, At, Case};
use super::super::setup::{Setup, Tokens};
use super::super::table;

/// Returns a call of a vendor that wants a token.
pub fn has_tokens(case: &Case) -> bool {
    case.at == At::Call && case.ask == Ask::Recognize && case.vendor.has_tokens()
}

/// Returns the fetch of a ticket.
pub fn wants_ticket(case: &Case) -> bool {
    case.at == At::Ticket
}

fn answer(case: &Case, body: String) -> Setup {
    let answer = RawAnswer { body: Some(body), ..RawAnswer::default() };
    Setup::meets(case, Action { answer: Some(answer), ..Action::default() })
}

pub fn odd_values(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let tail: String = (0..24).map(|_| rng.alphanumeric()).collect();
    let good = format!("decoy{tail}");
    let (json, secret) = match rng.u8(..9) {
        0 => (format!("\"{good}\\r\\nX-Injected: 1\""), good),
        1 => (format!("\"{}\"", good.repeat(20)), good.repeat(20)),
        2 => (format!("\"{}\"", good.repeat(400)), good),
        3 => ("\"\"".to_owned(), good),
        4 => ("12345678901234567890".to_owned(), good),
        5 => (format!("\"{good} {good}\""), good),
        6 => (format!("\"{good}+/=%&#?\""), good),
        7 => ("null".to_owned(), good),
        _ => (format!("\"{good}\""), good),
    };
    let lives = ["7200", "\"7200\"", "0", "-1", "1e12", "null", "\"x\"", "[]", "1.5", "true"];
    let life = *rng.choice(lives.as_slice()).unwrap_or(&"7200");
    let body = match (case.at, case.vendor) {
        (At::Ticket, _) => {
            format!(r#"{{"code":"0","tickets":[{{"value":{json},"expire_in":{life}}}]}}"#)
        }
        (_, Vendor::TencentKyc) => {
            format!(r#"{{"code":"0","access_token":{json},"expire_in":{life}}}"#)
        }
        _ => format!(r#"{{"access_token":{json},"expires_in":{life}}}"#),
    };
    Setup { secrets: vec![secret], ..answer(case, body) }
}

pub fn tickets(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let one = r#"{"value":"decoyticket0000000","expire_in":3600}"#;
    let lists = ["[]".to_owned(), format!("[{one},{one}]"), "{}".to_owned(), one.to_owned()];
    let list = rng.choice(lists).unwrap_or_default();
    answer(case, format!(r#"{{"code":"0","tickets":{list}}}"#)).ends(&["protocol"])
}

pub fn dead(rng: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    let tokens = *rng
        .choice(&[Tokens::Revoked, Tokens::Expired, Tokens::Refused])
        .unwrap_or(&Tokens::Revoked);
    let setup = Setup { tokens: Some(tokens), ..Setup::default() };
    setup.ends(&["ok", "unauthenticated"])
}

/// Returns the code for a dead token.
fn refusal(rng: &mut Rng, case: &Case) -> Action {
    let codes = table::dead_token_codes(case.vendor.name());
    Action::code(rng.choice(codes.iter()).map_or("", String::as_str))
}

pub fn always_refused(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let action = refusal(rng, case);
    Setup::meets(case, action).always(rng.bool()).ends(&["unauthenticated"])
}

fn broken_store(rng: &mut Rng, sandbox: &Sandbox) -> Setup {
    let manner = match rng.u8(..6) {
        0 => Manner::Closes,
        1 => Manner::Stalls,
        2 => Manner::Says(b"-ERR out of order\r\n".to_vec()),
        3 => Manner::Says(b"$-1\r\n$-1\r\n$-1\r\n".to_vec()),
        4 => Manner::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        _ => Manner::Says(vec![0xff; 100_000]),
    };
    let slow = matches!(manner, Manner::Stalls);
    let mut setup = Setup::default();
    let store = sandbox.beside(manner);
    let host = store.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    setup.config.push(("/token_store".to_owned(), format!("redis://{host}").into()));
    if rng.u8(..4) > 0 {
        setup.helpers.extend(store);
    }
    if slow { setup.slowly() } else { setup }
}

pub fn store(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let mut setup = broken_store(rng, sandbox);
    if case.vendor == Vendor::Wechat && rng.bool() {
        setup.config.push(("/vendors/1/token_endpoint".to_owned(), "token".into()));
    }
    setup.ends(&["ok", "storage", "timeout"])
}

pub fn dead_and_store(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let mut setup = broken_store(rng, sandbox);
    let action = refusal(rng, case);
    setup.scripts.push(Script::once(case.vendor, Operation::Recognize, action));
    setup
}

pub fn dead_and_lost(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::meets(case, refusal(rng, case));
    let kind = if rng.bool() { FaultKind::CloseAfterRead } else { FaultKind::ResetAfterRead };
    setup.scripts.push(Script::once(case.vendor, Operation::Recognize, Action::fault(kind, 0)));
    setup.ends(&["unauthenticated"])
}

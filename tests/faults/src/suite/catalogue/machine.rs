//! Faults of the way to the vendors, of this machine and of the caller, and several at once.

use cardwire_sandbox::{Action, Fault, FaultKind, Manner, Operation, Sandbox, Script};
use fastrand::Rng;

use super::super::case::{Ask, Case};
use super::super::setup::{Setup, Unwritable};
use super::connections;

fn through(sandbox: &Sandbox, manner: Manner) -> Setup {
    let proxy = sandbox.beside(manner);
    let host = proxy.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    let mut setup = Setup::default();
    let url = format!("http://proxyuser:not-a-secret-proxy@{host}");
    setup.config.push(("/proxy".to_owned(), url.into()));
    setup.secrets.push("not-a-secret-proxy".to_owned());
    setup.helpers.extend(proxy);
    setup
}

pub fn proxy(rng: &mut Rng, _: &Case, sandbox: &Sandbox) -> Setup {
    let says = |text: &str| Manner::Says(text.as_bytes().to_vec());
    let manner = match rng.u8(..9) {
        0 => {
            says("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
        }
        1 => says("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        2 => says("HTTP/1.1 200 OK\r\n\r\nnot TLS at all, but a page of the proxy"),
        3 => says("SSH-2.0-OpenSSH_9.6\r\n"),
        4 => says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"),
        5 => Manner::Closes,
        6 => Manner::Stalls,
        7 => Manner::Breaks(rng.u64(1..600)),
        _ => Manner::Breaks(rng.u64(600..6000)),
    };
    let cuts = matches!(manner, Manner::Breaks(_));
    let slow = matches!(manner, Manner::Stalls);
    let setup = Setup { nothing_arrives: !cuts, ..through(sandbox, manner) };
    let setup = if slow { setup.slowly() } else { setup };
    // A tunnel may break after all was said.
    if cuts { setup } else { setup.ends(&["network", "timeout"]) }
}

pub fn no_proxy(_: &mut Rng, _: &Case, sandbox: &Sandbox) -> Setup {
    let mut setup = through(sandbox, Manner::Closes);
    setup.helpers.clear();
    Setup { nothing_arrives: true, ..setup }.ends(&["network"])
}

pub fn good_proxy(_: &mut Rng, _: &Case, sandbox: &Sandbox) -> Setup {
    through(sandbox, Manner::Tunnels).ends(&["ok"])
}

fn unwritable(rng: &mut Rng) -> Option<Unwritable> {
    rng.choice([Unwritable::Intent, Unwritable::Release, Unwritable::Done])
}

pub fn journal(rng: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    let unwritable = unwritable(rng);
    let told: &[&str] = match unwritable {
        Some(Unwritable::Done) => &["ok"],
        _ => &["storage"],
    };
    Setup { unwritable, ..Setup::default() }.ends(told)
}

pub fn lost_reply_and_journal(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let setup = connections::close_after_read(rng, case, sandbox);
    Setup { unwritable: unwritable(rng), ..setup }.ends(&["network", "storage"])
}

fn held(case: &Case) -> Setup {
    let fault = Fault { kind: FaultKind::NeverAnswer, every: 1500, ..Fault::default() };
    Setup::fault(case, fault)
}

pub fn cancelled(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let setup = if rng.bool() { held(case) } else { Setup::default() };
    Setup { cancel_after_ms: Some(rng.u64(..120)), large: rng.u8(..8) == 0, ..setup }
        .ends(&["cancelled", "ok"])
}

pub fn little_time(rng: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup { timeout_ms: Some(rng.u64(..60)), ..Setup::default() };
    setup.settings.latency_ms = rng.u64(..40);
    setup.config.push(("/retry/least_time_ms".to_owned(), rng.u64(..60).into()));
    setup.ends(&["timeout", "ok"])
}

pub fn closed(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::default();
    setup.settings.latency_ms = rng.u64(..100);
    // The order to fetch is made before.
    let after = if case.ask == Ask::FetchOrder { 30 } else { 0 };
    Setup { close_after_ms: Some(after + rng.u64(..60)), ..setup }.ends(&[
        "cancelled",
        "closed",
        "ok",
    ])
}

pub fn no_answer_and_close(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    Setup { close_after_ms: Some(rng.u64(20..120)), ..held(case) }.ends(&["cancelled", "closed"])
}

pub fn reset_then_closed(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let mut setup = connections::reset_within_body(rng, case, sandbox);
    let action = Action::fault(FaultKind::CloseAfterRead, 0);
    setup.scripts.push(Script::once(case.vendor, case.operation(), action));
    setup
}

pub fn idle_close_and_token(rng: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let mut setup = Setup::meets(case, Action::fault(FaultKind::IdleCloseMs, rng.u64(..10)));
    let slow = Action::fault(FaultKind::DelayMs, rng.u64(50..300));
    setup.scripts.push(Script::once(case.vendor, Operation::Token, slow));
    setup.ends(&["ok", "network"])
}

pub fn mix(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Setup {
    let mut all = Setup::default();
    for _ in 0..rng.usize(2..5) {
        let other = rng.choice(super::FAULTS).filter(|other| (other.fits)(case));
        let Some(other) = other.filter(|other| other.name != "mix") else { continue };
        let setup = (other.make_setup)(rng, case, sandbox);
        if setup.certificate.is_some() || setup.unwritable.is_some() || !setup.config.is_empty() {
            continue;
        }
        if setup.pace == super::super::setup::Pace::Slow {
            all = all.slowly();
        }
        all.scripts.extend(setup.scripts);
        all.secrets.extend(setup.secrets);
        all.traps.extend(setup.traps);
        all.unread |= setup.unread;
        all.may_be_success |= setup.may_be_success;
        all.tokens = all.tokens.or(setup.tokens);
        all.settings.latency_ms = all.settings.latency_ms.max(setup.settings.latency_ms);
    }
    all
}

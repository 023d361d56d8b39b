//! Faults of the way to the vendors, of this machine and of the caller, and several at once.

use cardwire_sandbox::{Action, Fault, FaultKind, Manner, Operation, Sandbox, Script};
use fastrand::Rng;

use super::super::case::{Ask, Case};
use super::super::scene::{Scene, Unwritable};
use super::connections;

fn through(sandbox: &Sandbox, manner: Manner) -> Scene {
    let proxy = sandbox.beside(manner);
    let host = proxy.as_ref().map(cardwire_sandbox::Beside::address).unwrap_or_default();
    let mut scene = Scene::default();
    let url = format!("http://proxyuser:not-a-secret-proxy@{host}");
    scene.config.push(("/proxy".to_owned(), url.into()));
    scene.secrets.push("not-a-secret-proxy".to_owned());
    scene.helpers.extend(proxy);
    scene
}

pub fn proxy(rng: &mut Rng, _: &Case, sandbox: &Sandbox) -> Scene {
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
    let scene = Scene { nothing_arrives: !cuts, ..through(sandbox, manner) };
    let scene = if slow { scene.slowly() } else { scene };
    // A tunnel may break after all was said.
    if cuts { scene } else { scene.ends(&["network", "timeout"]) }
}

pub fn no_proxy(_: &mut Rng, _: &Case, sandbox: &Sandbox) -> Scene {
    let mut scene = through(sandbox, Manner::Closes);
    scene.helpers.clear();
    Scene { nothing_arrives: true, ..scene }.ends(&["network"])
}

pub fn good_proxy(_: &mut Rng, _: &Case, sandbox: &Sandbox) -> Scene {
    through(sandbox, Manner::Tunnels).ends(&["ok"])
}

fn unwritable(rng: &mut Rng) -> Option<Unwritable> {
    rng.choice([Unwritable::Intent, Unwritable::Release, Unwritable::Done])
}

pub fn journal(rng: &mut Rng, _: &Case, _: &Sandbox) -> Scene {
    let unwritable = unwritable(rng);
    let told: &[&str] = match unwritable {
        Some(Unwritable::Done) => &["ok"],
        _ => &["storage"],
    };
    Scene { unwritable, ..Scene::default() }.ends(told)
}

pub fn lost_reply_and_journal(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Scene {
    let scene = connections::close_after_read(rng, case, sandbox);
    Scene { unwritable: unwritable(rng), ..scene }.ends(&["network", "storage"])
}

fn held(case: &Case) -> Scene {
    let fault = Fault { kind: FaultKind::NeverAnswer, every: 1500, ..Fault::default() };
    Scene::fault(case, fault)
}

pub fn cancelled(rng: &mut Rng, case: &Case, _: &Sandbox) -> Scene {
    let scene = if rng.bool() { held(case) } else { Scene::default() };
    Scene { cancel_after_ms: Some(rng.u64(..120)), large: rng.u8(..8) == 0, ..scene }
        .ends(&["cancelled", "ok"])
}

pub fn little_time(rng: &mut Rng, _: &Case, _: &Sandbox) -> Scene {
    let mut scene = Scene { timeout_ms: Some(rng.u64(..60)), ..Scene::default() };
    scene.settings.latency_ms = rng.u64(..40);
    scene.config.push(("/retry/least_time_ms".to_owned(), rng.u64(..60).into()));
    scene.ends(&["timeout", "ok"])
}

pub fn closed(rng: &mut Rng, case: &Case, _: &Sandbox) -> Scene {
    let mut scene = Scene::default();
    scene.settings.latency_ms = rng.u64(..100);
    // The order to fetch is made before.
    let after = if case.ask == Ask::FetchOrder { 30 } else { 0 };
    Scene { close_after_ms: Some(after + rng.u64(..60)), ..scene }.ends(&[
        "cancelled",
        "closed",
        "ok",
    ])
}

pub fn no_answer_and_close(rng: &mut Rng, case: &Case, _: &Sandbox) -> Scene {
    Scene { close_after_ms: Some(rng.u64(20..120)), ..held(case) }.ends(&["cancelled", "closed"])
}

pub fn reset_then_closed(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Scene {
    let mut scene = connections::reset_within_body(rng, case, sandbox);
    let action = Action::fault(FaultKind::CloseAfterRead, 0);
    scene.scripts.push(Script::once(case.vendor, case.operation(), action));
    scene
}

pub fn idle_close_and_token(rng: &mut Rng, case: &Case, _: &Sandbox) -> Scene {
    let mut scene = Scene::meets(case, Action::fault(FaultKind::IdleCloseMs, rng.u64(..10)));
    let slow = Action::fault(FaultKind::DelayMs, rng.u64(50..300));
    scene.scripts.push(Script::once(case.vendor, Operation::Token, slow));
    scene.ends(&["ok", "network"])
}

pub fn mix(rng: &mut Rng, case: &Case, sandbox: &Sandbox) -> Scene {
    let mut all = Scene::default();
    for _ in 0..rng.usize(2..5) {
        let other = rng.choice(super::FAULTS).filter(|other| (other.fits)(case));
        let Some(other) = other.filter(|other| other.name != "mix") else { continue };
        let scene = (other.strike)(rng, case, sandbox);
        if scene.certificate.is_some() || scene.unwritable.is_some() || !scene.config.is_empty() {
            continue;
        }
        if scene.pace == super::super::scene::Pace::Slow {
            all = all.slowly();
        }
        all.scripts.extend(scene.scripts);
        all.secrets.extend(scene.secrets);
        all.traps.extend(scene.traps);
        all.unread |= scene.unread;
        all.may_be_success |= scene.may_be_success;
        all.tokens = all.tokens.or(scene.tokens);
        all.settings.latency_ms = all.settings.latency_ms.max(scene.settings.latency_ms);
    }
    all
}

//! Oracles that never speak prove nothing: here the testbed itself breaks each rule, and they must.

use cardwire_sandbox::{Action, FaultKind, Manner, Sandbox, Script};
use fastrand::Rng;

use super::case::Case;
use super::catalogue::MakeSetup;
use super::setup::Setup;
use super::{CommonServers, Plan, Testbed, run};

fn script(case: &Case, action: Action) -> Setup {
    let script = Script::once(case.vendor, case.operation(), action);
    Setup { scripts: vec![script], ..Setup::default() }
}

/// Bills what the vendor's document says is free.
fn bills_what_is_free(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    script(case, Action { billed: Some(true), ..Action::code("T429ID") })
}

/// Bills nothing of what was read and documented as billed.
fn bills_nothing(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    script(case, Action { billed: Some(false), ..Action::default() })
}

fn shows_a_secret(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    let setup = script(case, Action::fault(FaultKind::ResetAfterRead, 0));
    Setup { secrets: vec!["connection broke".to_owned()], ..setup }
}

fn ends_otherwise(_: &mut Rng, case: &Case, _: &Sandbox) -> Setup {
    script(case, Action::fault(FaultKind::ResetAfterRead, 0)).ends(&["ok"])
}

fn speaks_to_a_stranger(_: &mut Rng, _: &Case, sandbox: &Sandbox) -> Setup {
    let trap = sandbox.beside(Manner::Closes).unwrap();
    std::net::TcpStream::connect(trap.address()).unwrap();
    while trap.connections() == 0 {
        std::thread::yield_now();
    }
    Setup { traps: vec![trap], ..Setup::default() }
}

fn arrives(_: &mut Rng, _: &Case, _: &Sandbox) -> Setup {
    Setup { nothing_arrives: true, ..Setup::default() }
}

#[test]
fn every_oracle_speaks_when_its_rule_is_broken() {
    let folder = std::env::temp_dir().join(format!("cardwire-control-{}", std::process::id()));
    let common = CommonServers::new(&folder).unwrap();
    let testbed = Testbed::new(&common, "0").unwrap();
    let controls: [(MakeSetup, &str); 6] = [
        (bills_what_is_free, "billed, and said to be or perhaps to be"),
        (bills_nothing, "said to be billed, and billed"),
        (shows_a_secret, "it shows connection broke"),
        (ends_otherwise, "it met the fault with network"),
        (speaks_to_a_stranger, "1 connections to a host that an answer named"),
        (arrives, "a request arrived where none may"),
    ];
    let plain = |seed: &u64| {
        let plan = Plan::new(*seed);
        plan.case.vendor.name() == "aliyun_bankocr" && !plan.journal
    };
    let seed = Plan::every(1).into_iter().find(plain).unwrap();
    for (make_setup, said) in controls {
        let single = Plan { make_setup, calls: 1, attempts: 1, always: false, ..Plan::new(seed) };
        let report = run(&testbed, single);
        let heard = report.violations.iter().any(|violation| violation.contains(said));
        assert!(heard, "{said}: {:?}", report.violations);
    }
    let fine: MakeSetup = |_, _, _| Setup::default().ends(&["ok"]);
    let report = run(&testbed, Plan { make_setup: fine, ..Plan::new(seed) });
    assert_eq!(report.violations, Vec::<String>::new());
    drop((testbed, common));
    let _ = std::fs::remove_dir_all(&folder);
}

//! The plan of a run, which a seed stands for.

use cardwire_sandbox::Vendor;
use std::time::Duration;

use fastrand::Rng;

use super::case::Case;
use super::catalogue::{FAULTS, MakeSetup};

/// One run, wholly given by its seed.
#[derive(Debug)]
pub struct Plan {
    /// The seed from which it is made.
    pub seed: u64,
    /// The fault's name.
    pub fault: &'static str,
    pub(crate) make_setup: MakeSetup,
    /// The target of the fault.
    pub case: Case,
    /// For what the fault itself leaves open.
    pub(crate) rng: Rng,
    /// `retry.attempts`.
    pub attempts: u32,
    /// The failover list is configured.
    pub failover: bool,
    /// Failover after an outcome that may have been billed is configured as well.
    pub also: bool,
    /// There is a journal.
    pub journal: bool,
    /// The time of a quick call.
    pub timeout: Duration,
    /// The time of a slow one.
    pub short_timeout: Duration,
    /// Calls at once.
    pub calls: usize,
    /// True where the fault strikes each time.
    pub always: bool,
}

fn cases(fault: usize) -> Vec<Case> {
    let fits = FAULTS.get(fault).map(|fault| fault.fits);
    Case::all().filter(|case| fits.is_some_and(|fits| fits(case))).collect()
}

impl Plan {
    /// Returns the run of a seed: the fault and the case are its lowest digits.
    #[must_use]
    pub fn new(seed: u64) -> Plan {
        let faults = FAULTS.len() as u64;
        let number = usize::try_from(seed % faults).unwrap_or(0);
        let fault = &FAULTS[number];
        let cases = cases(number);
        let index = seed / faults % cases.len() as u64;
        let mut case = cases[usize::try_from(index).unwrap_or(0)];
        let mut rng = Rng::with_seed(seed);
        if matches!(case.vendor, Vendor::TencentFaceid | Vendor::AliyunBankmeta)
            && let super::case::Ask::Verify(elements) = &mut case.ask
        {
            *elements = rng.u8(2..=4);
        }
        Plan {
            seed,
            fault: fault.name,
            make_setup: fault.make_setup,
            case,
            attempts: rng.u32(1..=4),
            failover: rng.u8(..4) == 0,
            also: rng.u8(..4) == 0,
            journal: rng.u8(..3) == 0,
            timeout: Duration::from_millis(match rng.u8(..24) {
                0 => 6500,
                1..=6 => 1200,
                _ => 2900,
            }),
            short_timeout: Duration::from_millis(rng.u64(200..500)),
            calls: if rng.u8(..4) == 0 { rng.usize(2..=4) } else { 1 },
            always: rng.u8(..4) == 0,
            rng,
        }
    }

    /// Seeds that together have every fault in every case; `salt` varies the rest.
    #[must_use]
    pub fn every(salt: u64) -> Vec<u64> {
        let faults = FAULTS.len() as u64;
        let of = |fault: usize| {
            let cases = cases(fault).len() as u64;
            (0..cases).map(move |case| fault as u64 + faults * (case + cases * salt))
        };
        (0..FAULTS.len()).flat_map(of).collect()
    }
}

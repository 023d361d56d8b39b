use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::slugs::slugs;

/// Calls older than this say nothing about the vendor any more.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Fewer calls than this say too little.
const ENOUGH: usize = 20;

/// The time for which a vendor is left alone before a few calls try it again.
const REST: Duration = Duration::from_secs(30);

/// The most calls that try it at once.
const PROBES: u32 = 3;

/// The most calls that are remembered: what is older than these hardly counts.
const REMEMBERED: usize = 4096;

slugs! {
    /// The state of an account's circuit breaker.
    BreakerState {
        /// Requests go through.
        Closed = "closed",
        /// None does, since too many got no answer.
        Open = "open",
        /// A few do, to try the vendor again.
        HalfOpen = "half_open",
    }
}

/// A circuit breaker of one account: it opens when at least half of [`ENOUGH`] calls or more within
/// [`REMEMBERED_FOR`] broke, lets [`PROBES`] calls through after [`REST`], and closes with the first of
/// them that is answered. An answer is an answer, whatever it says.
#[derive(Clone, Default)]
pub(crate) struct Breaker(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: VecDeque<(Instant, bool)>,
    broken: usize,
    opened: Option<Instant>,
    probes: u32,
    /// The state that was told last.
    told: Option<BreakerState>,
}

/// The permission for one call. One that is dropped without a word says nothing about the vendor.
pub(crate) struct BreakerPermit {
    breaker: Breaker,
    probe: bool,
}

impl Breaker {
    /// Gives the permission for a call, or says how long there is none.
    pub(crate) fn ask(&self, now: Instant) -> Result<BreakerPermit, Duration> {
        let mut state = self.lock();
        let Some(opened) = state.opened else {
            return Ok(BreakerPermit { breaker: self.clone(), probe: false });
        };
        let rested = opened + REST;
        if now < rested {
            return Err(rested - now);
        }
        if state.probes >= PROBES {
            return Err(Duration::from_secs(1));
        }
        state.probes += 1;
        Ok(BreakerPermit { breaker: self.clone(), probe: true })
    }

    /// Returns the state, and how long it stays open where it is.
    pub(crate) fn state(&self, now: Instant) -> (BreakerState, Option<Duration>) {
        self.lock().at(now)
    }

    /// Returns the state before and now, once for each change.
    pub(crate) fn change(&self, now: Instant) -> Option<(BreakerState, BreakerState)> {
        let mut state = self.lock();
        let (is, _) = state.at(now);
        let was = state.told.replace(is).unwrap_or(BreakerState::Closed);
        (was != is).then_some((was, is))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BreakerPermit {
    /// Notes that the vendor answered.
    pub(crate) fn answered(self, now: Instant) {
        let mut state = self.breaker.lock();
        if self.probe {
            *state = State { told: state.told, ..State::default() };
        } else {
            state.count(now, false);
        }
    }

    /// Notes that it did not.
    pub(crate) fn broke(self, now: Instant) {
        let mut state = self.breaker.lock();
        if self.probe {
            *state = State { opened: Some(now), told: state.told, ..State::default() };
        } else {
            state.count(now, true);
        }
    }
}

impl Drop for BreakerPermit {
    fn drop(&mut self) {
        if self.probe {
            let mut state = self.breaker.lock();
            state.probes = state.probes.saturating_sub(1);
        }
    }
}

impl State {
    fn at(&self, now: Instant) -> (BreakerState, Option<Duration>) {
        match self.opened.map(|opened| (opened + REST).saturating_duration_since(now)) {
            None => (BreakerState::Closed, None),
            Some(Duration::ZERO) => (BreakerState::HalfOpen, None),
            Some(left) => (BreakerState::Open, Some(left)),
        }
    }

    fn count(&mut self, now: Instant, broke: bool) {
        if self.opened.is_some() {
            // It began before the breaker opened.
            return;
        }
        self.calls.push_back((now, broke));
        self.broken += usize::from(broke);
        while let Some((at, was_broken)) = self.calls.front().copied() {
            if now.saturating_duration_since(at) <= REMEMBERED_FOR && self.calls.len() <= REMEMBERED
            {
                break;
            }
            self.calls.pop_front();
            self.broken -= usize::from(was_broken);
        }
        if self.calls.len() >= ENOUGH && self.broken * 2 >= self.calls.len() {
            *self = State { opened: Some(now), told: self.told, ..State::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn it_opens_at_half_of_twenty_and_is_closed_by_an_answered_probe() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for index in 0..19 {
            let permit = breaker.ask(start).unwrap();
            if index % 2 == 0 { permit.broke(start) } else { permit.answered(start) }
        }
        breaker.ask(start).unwrap().answered(start);
        assert_eq!(breaker.ask(start + seconds(29)).err(), Some(seconds(1)));
        let probes: Vec<_> = (0..3).map(|_| breaker.ask(start + seconds(30)).unwrap()).collect();
        assert!(breaker.ask(start + seconds(30)).is_err());
        drop(probes);
        breaker.ask(start + seconds(31)).unwrap().broke(start + seconds(31));
        assert!(breaker.ask(start + seconds(60)).is_err());
        breaker.ask(start + seconds(61)).unwrap().answered(start + seconds(61));
        assert!(!breaker.ask(start + seconds(61)).unwrap().probe);
    }

    #[test]
    fn each_change_is_told_once() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        assert_eq!(breaker.change(start), None);
        for _ in 0..20 {
            breaker.ask(start).unwrap().broke(start);
        }
        assert_eq!(breaker.change(start), Some((BreakerState::Closed, BreakerState::Open)));
        assert_eq!(breaker.change(start), None);
        assert_eq!(breaker.state(start), (BreakerState::Open, Some(REST)));
        let rested = start + REST;
        let probe = breaker.ask(rested).unwrap();
        assert_eq!(breaker.change(rested), Some((BreakerState::Open, BreakerState::HalfOpen)));
        probe.broke(rested);
        assert_eq!(breaker.change(rested), Some((BreakerState::HalfOpen, BreakerState::Open)));
        let again = rested + REST;
        breaker.ask(again).unwrap().answered(again);
        // Nobody looked while a probe ran.
        assert_eq!(breaker.change(again), Some((BreakerState::Open, BreakerState::Closed)));
        assert_eq!(breaker.state(again), (BreakerState::Closed, None));
    }

    #[test]
    fn old_calls_and_few_calls_say_nothing() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 0..19 {
            breaker.ask(start).unwrap().broke(start);
        }
        let later = start + seconds(61);
        breaker.ask(later).unwrap().broke(later);
        assert!(breaker.ask(later).is_ok());
        for _ in 0..40 {
            breaker.ask(later).unwrap().answered(later);
        }
        for _ in 0..38 {
            breaker.ask(later).unwrap().broke(later);
        }
        assert!(breaker.ask(later).is_ok());
        breaker.ask(later).unwrap().broke(later);
        assert!(breaker.ask(later).is_err());
    }

    /// The rules once more, written the slow way, over many random histories.
    #[test]
    fn it_does_what_a_plain_model_does() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..300 {
            let breaker = Breaker::default();
            let mut now = Instant::now();
            let mut history: Vec<(Instant, bool)> = Vec::new();
            let mut opened: Option<Instant> = None;
            for _ in 0..300 {
                now += Duration::from_millis(random(3_000));
                let expected = opened.is_none_or(|at| now >= at + REST);
                let permit = breaker.ask(now);
                assert_eq!(permit.is_ok(), expected);
                let Ok(permit) = permit else { continue };
                let broke = random(2) == 0;
                if broke {
                    permit.broke(now)
                } else {
                    permit.answered(now)
                }
                if opened.is_some() {
                    opened = broke.then_some(now);
                    history.clear();
                    continue;
                }
                history.push((now, broke));
                history.retain(|(at, _)| now - *at <= REMEMBERED_FOR);
                let broken = history.iter().filter(|(_, broke)| *broke).count();
                if history.len() >= ENOUGH && broken * 2 >= history.len() {
                    opened = Some(now);
                    history.clear();
                }
            }
        }
    }
}

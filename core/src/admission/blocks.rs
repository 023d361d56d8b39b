use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::Kind;

/// The most cards that are remembered; the one that is free soonest makes room.
const CARDS_LIMIT: usize = 100_000;

/// A stand-in for the values of a call: an HMAC under a key that lives as long as the client, so
/// that the values themselves are not kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn new<'a>(key: &[u8; 32], values: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        for value in values {
            mac.update(&(value.len() as u64).to_be_bytes());
            mac.update(value.as_bytes());
        }
        Some(Fingerprint(mac.finalize().into_bytes().into()))
    }
}

/// The things that an account is not asked for a while, because the vendor refused them. Time is an
/// argument.
#[derive(Default)]
pub(crate) struct Blocks(Mutex<State>);

#[derive(Default)]
struct State {
    account: Option<(Instant, Kind)>,
    cards: HashMap<Fingerprint, Instant>,
}

impl Blocks {
    /// Returns how long the account is not asked anything, and the kind of the refusal.
    pub(crate) fn account(&self, now: Instant) -> Option<(Duration, Kind)> {
        let (until, kind) = self.lock().account?;
        (now < until).then(|| (until - now, kind))
    }

    /// Returns how long it is not asked about this. The fingerprint is made only where there is any to
    /// compare it with.
    pub(crate) fn parameters(
        &self,
        fingerprint: impl FnOnce() -> Option<Fingerprint>,
        now: Instant,
    ) -> Option<Duration> {
        if self.lock().cards.is_empty() {
            return None;
        }
        let fingerprint = fingerprint()?;
        let until = *self.lock().cards.get(&fingerprint)?;
        (now < until).then(|| until - now)
    }

    pub(crate) fn block_account(&self, now: Instant, duration: Duration, kind: Kind) {
        self.lock().account = Some((now + duration, kind));
    }

    pub(crate) fn block_parameters(
        &self,
        fingerprint: Fingerprint,
        now: Instant,
        duration: Duration,
    ) {
        let mut state = self.lock();
        if state.cards.len() >= CARDS_LIMIT {
            state.cards.retain(|_, until| *until > now);
        }
        if state.cards.len() >= CARDS_LIMIT {
            let soonest = state.cards.iter().min_by_key(|(_, until)| **until).map(|(key, _)| *key);
            if let Some(soonest) = soonest {
                state.cards.remove(&soonest);
            }
        }
        state.cards.insert(fingerprint, now + duration);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_when_they_said() {
        let (blocks, now) = (Blocks::default(), Instant::now());
        let card = |text: &str| Fingerprint::new(&[1; 32], [text].into_iter()).unwrap();
        assert_eq!(blocks.account(now), None);
        blocks.block_account(now, Duration::from_secs(60), Kind::QuotaExhausted);
        blocks.block_parameters(card("a"), now, Duration::from_secs(5));
        let later = now + Duration::from_secs(4);
        assert_eq!(blocks.account(later), Some((Duration::from_secs(56), Kind::QuotaExhausted)));
        assert_eq!(blocks.parameters(|| Some(card("a")), later), Some(Duration::from_secs(1)));
        assert_eq!(blocks.parameters(|| Some(card("b")), later), None);
        assert_eq!(blocks.parameters(|| Some(card("a")), now + Duration::from_secs(5)), None);
        assert_eq!(blocks.account(now + Duration::from_secs(60)), None);
    }

    #[test]
    fn a_fingerprint_depends_on_the_key_and_on_where_values_end() {
        let of = |key: u8, values: &[&str]| {
            Fingerprint::new(&[key; 32], values.iter().copied()).unwrap()
        };
        assert!(of(1, &["ab", "c"]) == of(1, &["ab", "c"]));
        assert!(of(1, &["ab", "c"]) != of(1, &["a", "bc"]));
        assert!(of(1, &["ab", "c"]) != of(2, &["ab", "c"]));
    }
}

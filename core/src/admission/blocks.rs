use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::decision::BlockScope;
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
    account: Option<(Instant, BlockReason)>,
    cards: HashMap<Fingerprint, (Instant, BlockReason)>,
}

/// The refusal of a vendor that led to a block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockReason {
    pub(crate) kind: Kind,
    pub(crate) code: Option<Arc<str>>,
}

/// The blocks of one extent and reason that have not ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BlockSummary {
    pub(super) scope: BlockScope,
    pub(super) reason: BlockReason,
    pub(super) count: u32,
    /// How long the last of them lasts.
    pub(super) left: Duration,
}

impl Blocks {
    /// Returns how long the account is not asked anything, and the kind of the refusal.
    pub(crate) fn account(&self, now: Instant) -> Option<(Duration, Kind)> {
        let state = self.lock();
        let (until, reason) = state.account.as_ref()?;
        (now < *until).then(|| (*until - now, reason.kind))
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
        let until = self.lock().cards.get(&fingerprint)?.0;
        (now < until).then(|| until - now)
    }

    pub(crate) fn block_account(&self, now: Instant, duration: Duration, reason: BlockReason) {
        self.lock().account = Some((now + duration, reason));
    }

    pub(crate) fn block_parameters(
        &self,
        fingerprint: Fingerprint,
        now: Instant,
        duration: Duration,
        reason: BlockReason,
    ) {
        let mut state = self.lock();
        if state.cards.len() >= CARDS_LIMIT {
            state.cards.retain(|_, (until, _)| *until > now);
        }
        if state.cards.len() >= CARDS_LIMIT {
            let soonest =
                state.cards.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| *key);
            if let Some(soonest) = soonest {
                state.cards.remove(&soonest);
            }
        }
        state.cards.insert(fingerprint, (now + duration, reason));
    }

    /// Returns the blocks that have not ended, those of values together by their reasons.
    pub(super) fn summary(&self, now: Instant) -> Vec<BlockSummary> {
        let state = self.lock();
        let left =
            |until: Instant| until.checked_duration_since(now).filter(|left| !left.is_zero());
        let account = state.account.iter().filter_map(|(until, reason)| {
            let (scope, reason) = (BlockScope::Account, reason.clone());
            Some(BlockSummary { scope, reason, count: 1, left: left(*until)? })
        });
        let mut values: BTreeMap<(u32, Option<Arc<str>>), BlockSummary> = BTreeMap::new();
        for (until, reason) in state.cards.values() {
            let Some(left) = left(*until) else { continue };
            let new = || BlockSummary {
                scope: BlockScope::Parameters,
                reason: reason.clone(),
                count: 0,
                left,
            };
            let key = (reason.kind.number(), reason.code.clone());
            let one = values.entry(key).or_insert_with(new);
            one.count = one.count.saturating_add(1);
            one.left = one.left.max(left);
        }
        account.chain(values.into_values()).collect()
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
        let reason = |kind, code: &str| BlockReason { kind, code: Some(code.into()) };
        let exhausted = reason(Kind::QuotaExhausted, "10007");
        blocks.block_account(now, Duration::from_secs(60), exhausted.clone());
        let often = reason(Kind::RateLimited, "10020");
        blocks.block_parameters(card("a"), now, Duration::from_secs(5), often.clone());
        blocks.block_parameters(card("c"), now, Duration::from_secs(3), often.clone());
        let one = |scope, reason: &BlockReason, count, left| {
            let (reason, left) = (reason.clone(), Duration::from_secs(left));
            BlockSummary { scope, reason, count, left }
        };
        let account = |left| one(BlockScope::Account, &exhausted, 1, left);
        let values = |count, left| one(BlockScope::Parameters, &often, count, left);
        assert_eq!(blocks.summary(now), [account(60), values(2, 5)]);
        assert_eq!(blocks.summary(now + Duration::from_secs(4)), [account(56), values(1, 1)]);
        assert_eq!(blocks.summary(now + Duration::from_secs(60)), []);
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

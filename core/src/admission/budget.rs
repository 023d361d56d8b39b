use std::sync::atomic::{AtomicU32, Ordering};

/// The retries that an account may spend before the calls that need none have earned it again, as
/// the AWS SDKs count it: when much fails at once, repeating would only add to the load.
const FULL: u32 = 500;

/// The cost of a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// The connection or the vendor failed.
    Transient = 14,
    /// The vendor asked for fewer requests.
    Throttled = 5,
}

/// The budget of one account.
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Budget(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Pays for a retry; false where there is not enough.
    pub(crate) fn pay(&self, cost: Cost) -> bool {
        let taken = |left: u32| left.checked_sub(cost as u32);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).is_ok()
    }

    /// Takes note of a call that succeeded: the cost of its last retry comes back, or one unit
    /// where it needed none.
    pub(crate) fn earn(&self, cost: Option<Cost>) {
        let earned = cost.map_or(1, |cost| cost as u32);
        let given = |left: u32| Some(left.saturating_add(earned).min(FULL));
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, given);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_stop_when_it_is_spent_and_successes_earn_it_again() {
        let budget = Budget::default();
        assert_eq!((0..100).filter(|_| budget.pay(Cost::Transient)).count(), 35);
        assert!(budget.pay(Cost::Throttled));
        assert!(budget.pay(Cost::Throttled));
        assert!(!budget.pay(Cost::Throttled));
        for _ in 0..5 {
            budget.earn(None);
        }
        assert!(budget.pay(Cost::Throttled));
        budget.earn(Some(Cost::Transient));
        assert!(budget.pay(Cost::Transient));
        for _ in 0..1000 {
            budget.earn(None);
        }
        assert_eq!(budget.0.load(Ordering::Relaxed), FULL);
    }
}

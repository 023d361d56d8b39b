use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{until_next_day, vendor_day};

/// The requests that an account may send in one of the vendors' days.
pub(crate) struct Quota {
    limit: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    day: u64,
    used: u32,
    /// True once the units that were used before this process began are counted in.
    has_earlier: bool,
}

/// One request of the day; given back where it is dropped unspent.
pub(crate) struct QuotaUnit {
    state: Arc<Mutex<State>>,
    day: u64,
    spent: bool,
}

impl Quota {
    pub(crate) fn new(limit: u32) -> Self {
        Quota { limit, state: Arc::default() }
    }

    /// Returns the requests of a day.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// Returns whether what was used before this process began is to be counted in.
    pub(crate) fn wants_earlier(&self) -> bool {
        !self.lock().has_earlier
    }

    /// Counts in that so many requests were sent on this day before this process began.
    pub(crate) fn count_earlier(&self, day: u64, used: u32) {
        let mut state = self.lock();
        if !state.has_earlier {
            state.has_earlier = true;
            state.turn_to(day);
            if state.day == day {
                state.used = state.used.saturating_add(used);
            }
        }
    }

    /// Takes one request, or says how long there is none.
    pub(crate) fn take(&self, unix_ms: u64) -> Result<QuotaUnit, Duration> {
        let mut state = self.lock();
        state.turn_to(vendor_day(unix_ms));
        if state.used >= self.limit {
            return Err(until_next_day(unix_ms));
        }
        state.used += 1;
        Ok(QuotaUnit { state: Arc::clone(&self.state), day: state.day, spent: false })
    }

    /// Returns how many requests of the day are left.
    pub(crate) fn left(&self, unix_ms: u64) -> u32 {
        let mut state = self.lock();
        state.turn_to(vendor_day(unix_ms));
        self.limit.saturating_sub(state.used)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Turns to a later day. A clock that is set back does not give a day's requests twice.
    fn turn_to(&mut self, day: u64) {
        if day > self.day {
            self.day = day;
            self.used = 0;
        }
    }
}

impl QuotaUnit {
    /// Notes that the request may have reached the vendor.
    pub(crate) fn spend(&mut self) {
        self.spent = true;
    }
}

impl Drop for QuotaUnit {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.spent && state.day == self.day {
            state.used = state.used.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1000;

    #[test]
    fn a_day_has_its_requests_and_no_more() {
        let quota = Quota::new(3);
        let now = 40 * DAY;
        for _ in 0..3 {
            quota.take(now).ok().unwrap().spend();
        }
        assert_eq!(quota.take(now).err().unwrap(), until_next_day(now));
        assert_eq!((quota.left(now), quota.left(now + DAY)), (0, 3));
        quota.take(now + DAY).ok().unwrap().spend();
        // Back to the day before: still the newer day's count.
        quota.take(now).ok().unwrap().spend();
        quota.take(now).ok().unwrap().spend();
        assert!(quota.take(now).is_err());
    }

    #[test]
    fn unspent_requests_come_back_and_earlier_ones_count() {
        let quota = Quota::new(2);
        let now = 40 * DAY;
        drop(quota.take(now).ok().unwrap());
        quota.count_earlier(vendor_day(now), 1);
        quota.count_earlier(vendor_day(now), 1);
        assert!(!quota.wants_earlier());
        quota.take(now).ok().unwrap().spend();
        assert!(quota.take(now).is_err());
    }
}

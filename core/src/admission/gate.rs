use std::time::{Duration, Instant};

use super::blocks::{Blocks, Fingerprint};
use super::breaker::{Breaker, BreakerPermit};
use super::budget::Budget;
use super::pace::{Pace, Paces};
use super::quota::{Quota, QuotaUnit};
use super::refusals::{self, Refusal};
use super::until_next_day;
use crate::decision::{Block, BlockScope};
use crate::error::Kind;
use crate::vendors::{Task, Vendor};

/// The rules on what an account is sent, and when. The methods stand in the order in which they are
/// asked.
pub(crate) struct Admission {
    vendor: Vendor,
    paces: Option<Paces>,
    quota: Option<Quota>,
    breaker: Option<Breaker>,
    pub(crate) budget: Budget,
    blocks: Blocks,
    /// Under which the values of calls are remembered.
    key: [u8; 32],
}

/// The limits that an account has by its configuration.
pub(crate) struct Limits {
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) daily_quota: Option<u32>,
    pub(crate) breaker: bool,
}

impl Admission {
    /// Makes the admission of an account. `rate_groups` are the calls that the vendor counts by
    /// themselves.
    pub(crate) fn new(
        vendor: Vendor,
        rate_groups: &[&'static str],
        limits: &Limits,
        key: [u8; 32],
    ) -> Self {
        Admission {
            vendor,
            paces: limits.requests_per_second.map(|rate| Paces::new(rate, rate_groups)),
            quota: limits.daily_quota.map(Quota::new),
            breaker: limits.breaker.then(Breaker::default),
            budget: Budget::default(),
            blocks: Blocks::default(),
            key,
        }
    }

    /// Refuses a billed call where the vendor refused the account, or these very values, a while ago.
    pub(crate) fn check_blocks(&self, task: &Task, now: Instant) -> Result<(), Refusal> {
        if !task.operation().is_billed() {
            return Ok(());
        }
        if let Some((wait, kind)) = self.blocks.account(now) {
            return Err(refusals::account_blocked(kind, wait));
        }
        match self.blocks.parameters(|| self.fingerprint(task), now) {
            None => Ok(()),
            Some(wait) => Err(refusals::values_blocked(wait)),
        }
    }

    /// Returns the pace of a group of calls; `None` where nothing holds them back.
    pub(crate) fn pace(&self, rate_group: &str) -> Option<&Pace> {
        self.paces.as_ref()?.of(rate_group)
    }

    /// Returns the refusal of a call that the pace lets start too late.
    pub(crate) fn no_rate_permit(&self, wait: Duration) -> Refusal {
        let rate = self.paces.as_ref().map_or(0.0, Paces::per_second);
        refusals::no_rate_permit(self.vendor, rate, wait)
    }

    /// Asks the breaker, where there is one.
    pub(crate) fn ask_breaker(&self, now: Instant) -> Result<Option<BreakerPermit>, Refusal> {
        let permit = self.breaker.as_ref().map(|breaker| breaker.ask(now)).transpose();
        permit.map_err(refusals::breaker_open)
    }

    /// Returns the quota that a call counts against.
    pub(crate) fn quota(&self, task: &Task) -> Option<&Quota> {
        self.quota.as_ref().filter(|_| task.operation().is_billed())
    }

    /// Takes one request of the account's day.
    pub(crate) fn take_quota(&self, quota: &Quota, unix_ms: u64) -> Result<QuotaUnit, Refusal> {
        quota.take(unix_ms).map_err(|wait| self.quota_used_up(quota, wait))
    }

    /// Returns the refusal of a call for which the day has no request left.
    pub(crate) fn quota_used_up(&self, quota: &Quota, wait: Duration) -> Refusal {
        refusals::quota_used_up(self.vendor, quota.limit(), wait)
    }

    /// Remembers what the vendor does not want to be asked for a while.
    pub(crate) fn block(&self, task: &Task, block: Block, kind: Kind, now: Instant, unix_ms: u64) {
        let duration = block.duration.unwrap_or_else(|| until_next_day(unix_ms));
        match block.scope {
            BlockScope::Account => self.blocks.block_account(now, duration, kind),
            BlockScope::Parameters => {
                if let Some(fingerprint) = self.fingerprint(task) {
                    self.blocks.block_parameters(fingerprint, now, duration);
                }
            }
        }
    }

    fn fingerprint(&self, task: &Task) -> Option<Fingerprint> {
        let operation = task.numbering().slug();
        match task {
            Task::Verify(person) => {
                let values = person.values();
                Fingerprint::new(&self.key, [operation].into_iter().chain(values))
            }
            Task::LookupCard(number) => {
                Fingerprint::new(&self.key, [operation, number.reveal()].into_iter())
            }
            Task::Recognize(_) | Task::FetchOrder => None,
        }
    }
}

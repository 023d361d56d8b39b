use std::time::{Duration, Instant};

use super::blocks::{BlockReason, BlockSummary, Blocks, Fingerprint};
use super::breaker::{Breaker, BreakerPermit, BreakerState};
use super::budget::Budget;
use super::pace::{Pace, Paces};
use super::quota::{Quota, QuotaUnit};
use super::refusals::{self, Refusal};
use super::until_next_day;
use crate::decision::{Block, BlockScope};
use crate::health::AccountBlock;
use crate::schema::milliseconds;
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

/// The part of an account's health that admission knows.
pub(crate) struct AdmissionHealth {
    pub(crate) breaker: BreakerState,
    pub(crate) breaker_until_ms: Option<u64>,
    pub(crate) blocks: Vec<AccountBlock>,
    pub(crate) quota_left: Option<u32>,
    pub(crate) quota_limit: Option<u32>,
    pub(crate) requests_per_second: Option<f64>,
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

    /// Returns the breaker's state before and now, once for each change.
    pub(crate) fn breaker_change(&self, now: Instant) -> Option<(BreakerState, BreakerState)> {
        self.breaker.as_ref()?.change(now)
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
    pub(crate) fn block(
        &self,
        task: &Task,
        block: Block,
        reason: BlockReason,
        now: Instant,
        unix_ms: u64,
    ) {
        let duration = block.duration.unwrap_or_else(|| until_next_day(unix_ms));
        match block.scope {
            BlockScope::Account => self.blocks.block_account(now, duration, reason),
            BlockScope::Parameters => {
                if let Some(fingerprint) = self.fingerprint(task) {
                    self.blocks.block_parameters(fingerprint, now, duration, reason);
                }
            }
        }
    }

    /// Returns what the rules say now.
    pub(crate) fn health(&self, now: Instant, unix_ms: u64) -> AdmissionHealth {
        let breaker = self.breaker.as_ref().map(|breaker| breaker.state(now));
        let (breaker, left) = breaker.unwrap_or((BreakerState::Closed, None));
        let at = |left: Duration| unix_ms.saturating_add(milliseconds(left));
        let block = |BlockSummary { scope, reason, count, left }| AccountBlock {
            scope,
            failure: reason.kind,
            vendor_code: reason.code.as_deref().map(str::to_owned),
            size: count,
            until_ms: at(left),
        };
        AdmissionHealth {
            breaker,
            breaker_until_ms: left.map(at),
            blocks: self.blocks.summary(now).into_iter().map(block).collect(),
            quota_left: self.quota.as_ref().map(|quota| quota.left(unix_ms)),
            quota_limit: self.quota.as_ref().map(Quota::limit),
            requests_per_second: self.paces.as_ref().map(Paces::per_second),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{RateAnswer, RatePermit};
    use super::*;
    use crate::card::{CardNumber, Cardholder};
    use crate::config::Config;
    use crate::vendors::Call;

    #[test]
    fn each_action_of_each_faceid_account_has_twenty_requests_a_second() {
        let entry = |name| json!({"vendor": "tencent_faceid", "name": name, "secret_id": "a", "secret_key": "b"});
        let config = json!({"vendors": [entry("one"), entry("two")]}).to_string();
        let accounts = Config::from_json(&config).unwrap().accounts.into_iter().map(|account| {
            let limits = Limits {
                requests_per_second: account.requests_per_second,
                daily_quota: None,
                breaker: false,
            };
            let groups = account.adapter.rate_groups();
            (Admission::new(account.vendor, groups, &limits, [0; 32]), account.adapter)
        });
        let two = Cardholder::new("6222020000000000000", "张三");
        let three = two.clone().id_number("110101190001010014");
        let four = three.clone().phone("13800000000");
        let mut tasks = [two, three, four].map(|one| Task::Verify(one.person().unwrap())).to_vec();
        tasks.push(Task::LookupCard(CardNumber::parse("6222020000000000000").unwrap()));

        let now = Instant::now();
        let accounts: Vec<_> = accounts.collect();
        let mut paces = Vec::new();
        for (admission, adapter) in &accounts {
            for task in tasks.clone() {
                let order_id = "cardwireUnit0001".to_owned();
                let call = Call { task, order_id, user_id: None, reference: None };
                paces.push(admission.pace(adapter.rate_group(&call)).unwrap());
            }
        }
        let permit = |pace: &Pace| match pace.ask() {
            RateAnswer::Permit(permit) => permit,
            RateAnswer::Queue(_) => panic!("all permits are in use"),
        };
        // All at once: what one action or account sends takes nothing from another.
        let running: Vec<Vec<RatePermit>> =
            paces.iter().map(|pace| (0..20).map(|_| permit(pace)).collect()).collect();
        assert_eq!(running.len(), 8);
        for (pace, running) in paces.into_iter().zip(running) {
            assert!(running.iter().all(|permit| permit.wait(now).is_zero()));
            assert!(matches!(pace.ask(), RateAnswer::Queue(_)));
            running.into_iter().for_each(|permit| permit.end(now));
            let next: Vec<RatePermit> = (0..20).map(|_| permit(pace)).collect();
            assert!(next.iter().all(|permit| permit.wait(now) == Duration::from_secs(1)));
        }
    }
}

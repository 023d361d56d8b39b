//! Whether an account may be sent a request now, in the order in which that is asked: what the vendor
//! refused a while ago, the rate, the breaker, the day's quota.

use std::sync::Arc;
use std::time::Instant;

use super::blocks::{Blocks, Fingerprint};
use super::breaker::Breaker;
use super::budget::Budget;
use super::pace::{Pace, Paces};
use super::permit::Permit;
use super::quota::{Quota, Slot};
use super::refusals::{self, Refused};
use super::shared;
use super::{day_begins_ms, until_next_day, vendor_day};
use crate::clock;
use crate::decision::{self, Block, Blocked, Local};
use crate::error::Kind;
use crate::journal::LazyJournal;
use crate::shared::{SharedStore, name_under};
use crate::vendors::{Adapter, Call, Task, Vendor};

/// What an account is sent, and when.
pub(crate) struct Admission {
    vendor: Vendor,
    /// The account's name, and whether its credentials may change.
    name: String,
    renews_credentials: bool,
    adapter: Arc<dyn Adapter>,
    paces: Option<Paces>,
    quota: Option<Quota>,
    breaker: Option<Breaker>,
    pub(crate) budget: Budget,
    blocks: Blocks,
    /// Under which the values of calls are remembered.
    key: [u8; 32],
}

/// What an account allows by its configuration.
pub(crate) struct Limits {
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) daily_quota: Option<u32>,
    pub(crate) breaker: bool,
}

/// What is asked besides the account itself, and until when.
pub(crate) struct Beside<'a> {
    pub(crate) store: Option<&'a Arc<SharedStore>>,
    pub(crate) journal: Option<&'a LazyJournal>,
    pub(crate) deadline: Instant,
}

impl Admission {
    pub(crate) fn new(
        vendor: Vendor,
        name: &str,
        renews_credentials: bool,
        adapter: &Arc<dyn Adapter>,
        limits: &Limits,
        key: [u8; 32],
    ) -> Self {
        Admission {
            vendor,
            name: name.to_owned(),
            renews_credentials,
            paces: limits.requests_per_second.map(|rate| Paces::new(rate, adapter.rate_groups())),
            adapter: Arc::clone(adapter),
            quota: limits.daily_quota.map(Quota::new),
            breaker: limits.breaker.then(Breaker::default),
            budget: Budget::default(),
            blocks: Blocks::default(),
            key,
        }
    }

    /// Waits for leave to send a request.
    pub(crate) async fn admit(&self, call: &Call, beside: &Beside<'_>) -> Result<Permit, Refused> {
        self.blocked(call)?;
        let pace = self.pace(call);
        let turn = match pace {
            None => None,
            Some(pace) => {
                let turn = pace.turn(beside.deadline).await;
                Some(turn.map_err(|wait| self.no_turn(wait))?)
            }
        };
        let place = match (beside.store, pace) {
            // In a place of its own: few calls have this along, and it is large.
            (Some(store), Some(pace)) => {
                let name = self.shared_name();
                let group = self.adapter.rate_group(call);
                let place = shared::place(store, name, group, pace.rate(), beside.deadline);
                Box::pin(place).await.map_err(|wait| self.no_turn(wait))?
            }
            _ => None,
        };
        if pace.is_some() {
            // Much may have been learnt while waiting for the turn.
            self.blocked(call)?;
        }
        let pass = match &self.breaker {
            None => None,
            Some(breaker) => {
                let pass = breaker.admit(Instant::now());
                Some(pass.map_err(refusals::breaker_open)?)
            }
        };
        let (mut slot, mut shared_slot) = (None, None);
        if let Some(quota) = self.quota.as_ref().filter(|_| call.task.operation().is_billed()) {
            self.seed(quota, beside.journal).await?;
            slot = Some(self.slot(quota)?);
            if let (Some(store), Some(name)) = (beside.store, self.shared_name()) {
                let taken = shared::slot(store, name, quota.limit()).await;
                let taken = taken.map_err(|error| (Local::Store, error))?;
                let used_up = || self.used_up(quota.limit(), until_next_day(clock::unix_ms()));
                shared_slot = Some(taken.ok_or_else(used_up)?);
            }
        }
        Ok(Permit { place, pass, slot, shared_slot, release: None, _turn: turn })
    }

    /// What holds a call back.
    fn pace(&self, call: &Call) -> Option<&Pace> {
        self.paces.as_ref()?.of(self.adapter.rate_group(call))
    }

    /// Whether the vendor refused the account, or these very values, a while ago.
    fn blocked(&self, call: &Call) -> Result<(), Refused> {
        if !call.task.operation().is_billed() {
            return Ok(());
        }
        let now = Instant::now();
        if let Some((wait, kind)) = self.blocks.account(now) {
            return Err(refusals::account_blocked(kind, wait));
        }
        match self.blocks.parameters(|| self.fingerprint(&call.task), now) {
            None => Ok(()),
            Some(wait) => Err(refusals::values_blocked(wait)),
        }
    }

    /// Counts in what the account sent today before this process began.
    async fn seed(&self, quota: &Quota, journal: Option<&LazyJournal>) -> Result<(), Refused> {
        let Some(journal) = journal.filter(|_| quota.wants_seed()) else { return Ok(()) };
        let day = vendor_day(clock::unix_ms());
        let writer = journal.writer().await.map_err(|error| (Local::Journal, error))?;
        if let Some(used) = writer.sent_since(&self.name, day_begins_ms(day)).await {
            quota.seed(day, used);
        }
        Ok(())
    }

    /// One request of the account's day.
    fn slot(&self, quota: &Quota) -> Result<Slot, Refused> {
        quota.take(clock::unix_ms()).map_err(|wait| self.used_up(quota.limit(), wait))
    }

    fn no_turn(&self, wait: std::time::Duration) -> Refused {
        let rate = self.paces.as_ref().map_or(0.0, Paces::per_second);
        refusals::no_turn(self.vendor, rate, wait)
    }

    fn used_up(&self, limit: u32, wait: std::time::Duration) -> Refused {
        refusals::quota_used_up(self.vendor, limit, wait)
    }

    /// Remembers what the vendor does not want to be asked for a while.
    pub(crate) fn block(&self, task: &Task, block: Block, kind: Kind) {
        let now = Instant::now();
        let duration = block.duration.unwrap_or_else(|| until_next_day(clock::unix_ms()));
        match block.what {
            Blocked::Account => self.blocks.block_account(now, duration, kind),
            Blocked::Parameters => {
                if let Some(fingerprint) = self.fingerprint(task) {
                    self.blocks.block_parameters(fingerprint, now, duration);
                }
            }
        }
    }

    fn fingerprint(&self, task: &Task) -> Option<Fingerprint> {
        let operation = decision::operation(task);
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

    /// What stands for the account in the store, the same wherever its credentials are: a fingerprint
    /// under them. Those that change have no part in it, but the account's name has.
    fn shared_name(&self) -> Option<String> {
        let secrets = crate::secret::Secret::new(self.adapter.secrets().concat());
        let fingerprint = name_under(&secrets, |mac| {
            hmac::Mac::update(mac, b"cardwire: limits in a shared store, 1");
            if self.renews_credentials {
                hmac::Mac::update(mac, self.name.as_bytes());
            }
        });
        fingerprint.map(|name| format!("{}:{name}", self.vendor))
    }
}

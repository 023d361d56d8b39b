//! The permission to send one request, and how it is waited for.

use std::time::{Duration, Instant};

use super::account::{Account, InFlightRequest};
use super::limits_share::{self, SharedQuotaUnit, SharedRatePermit};
use super::services::Services;
use super::teller::Teller;
use crate::admission::{
    BreakerPermit, Pace, Quota, QuotaUnit, RateAnswer, RatePermit, Refusal, day_begins_ms,
    until_next_day, vendor_day,
};
use crate::clock;
use crate::decision::Local;
use crate::events::Event;
use crate::facts::Sent;
use crate::transport::Release;
use crate::vendors::Call;

/// The time that taking a rate permit takes without a wait, at the most.
const NO_WAIT: Duration = Duration::from_millis(1);

/// The permission to send one request. Dropped, it gives back what was not used: a last byte that may
/// have left counts against the day.
#[derive(Default)]
pub(super) struct Permit {
    shared_rate: Option<SharedRatePermit>,
    breaker: Option<BreakerPermit>,
    quota: Option<QuotaUnit>,
    shared_quota: Option<SharedQuotaUnit>,
    rate: Option<RatePermit>,
    /// The gate before the last byte of the request that it was used for.
    release: Option<Release>,
    in_flight: Option<InFlightRequest>,
}

impl Permit {
    /// Binds it to the request that it is for.
    pub(super) fn is_for(&mut self, account: &Account, release: &Release) {
        self.release = Some(release.clone());
        self.in_flight = Some(account.request_begins());
    }

    /// Tells the breaker whether the vendor answered.
    pub(super) fn note_health(&mut self, answered: bool) {
        match self.breaker.take() {
            Some(permit) if answered => permit.answered(Instant::now()),
            Some(permit) => permit.broke(Instant::now()),
            None => {}
        }
    }

    /// Gives the store's permit back before the call goes on.
    pub(super) async fn give_back_shared(&mut self, deadline: Instant) {
        if let Some(permit) = self.shared_rate.take() {
            Box::pin(permit.give_back(deadline)).await;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(release) = &self.release else { return };
        if release.shut() != Sent::No {
            if let Some(unit) = &mut self.quota {
                unit.spend();
            }
            if let Some(unit) = &mut self.shared_quota {
                unit.spend();
            }
        }
        // All else is counted before the next request may have the permit.
        drop((self.shared_rate.take(), self.breaker.take()));
        drop((self.quota.take(), self.shared_quota.take()));
        if let Some(permit) = self.rate.take() {
            permit.end(Instant::now());
        }
    }
}

/// The call as the permission sees it, while it waits.
pub(super) struct Asker<'a> {
    pub(super) services: &'a Services,
    pub(super) account: &'a Account,
    pub(super) teller: &'a Teller,
    pub(super) call: &'a Call,
    /// The last moment at which the request may start.
    pub(super) until: Instant,
}

impl Asker<'_> {
    /// Waits for the permission to send the request: asks what the vendor refused a while ago, the
    /// rate, the breaker, and the day's quota.
    pub(super) async fn wait(&self) -> Result<Permit, Refusal> {
        let account = self.account;
        let Account { admission, adapter, .. } = account;
        let (task, store) = (&self.call.task, self.services.store.as_ref());
        let mut permit = Permit::default();
        admission.check_blocks(task, Instant::now())?;
        let group = adapter.rate_group(self.call);
        if let Some(pace) = admission.pace(group) {
            let asked = Instant::now();
            permit.rate = Some(self.wait_for_rate(pace).await?);
            if let Some(store) = store {
                let (name, rate) = (account.shared_name(), pace.rate());
                let shared = limits_share::rate(store, name, group, rate, self.until);
                // Boxed: few calls have this along, and it is large.
                let shared = Box::pin(shared).await;
                permit.shared_rate = shared.map_err(|wait| admission.no_rate_permit(wait))?;
            }
            self.tell_wait(asked.elapsed());
            // Much may have been learnt meanwhile.
            admission.check_blocks(task, Instant::now())?;
        }
        permit.breaker = admission.ask_breaker(Instant::now())?;
        self.account.tell_breaker(self.teller);
        if let Some(quota) = admission.quota(task) {
            self.count_earlier(quota).await?;
            permit.quota = Some(admission.take_quota(quota, clock::unix_ms())?);
            self.teller.tell(|call| Event::QuotaUnitTaken {
                call,
                vendor: account.vendor,
                account: account.name.clone(),
                operation: task.operation(),
                order_id: self.call.order_id.clone(),
                quota_left: quota.left(clock::unix_ms()),
                quota_limit: quota.limit(),
            });
            if let (Some(store), Some(name)) = (store, account.shared_name()) {
                let taken = limits_share::quota(store, name, quota.limit()).await;
                let taken = taken.map_err(|error| Refusal { reason: Local::Store, error })?;
                let wait = until_next_day(clock::unix_ms());
                let used_up = || admission.quota_used_up(quota, wait);
                permit.shared_quota = Some(taken.ok_or_else(used_up)?);
            }
        }
        Ok(permit)
    }

    /// Tells how long the rate permit was waited for; less than a millisecond is no wait.
    fn tell_wait(&self, waited: Duration) {
        if waited < NO_WAIT {
            return;
        }
        self.teller.tell(|call| Event::RatePermitWaited {
            call,
            vendor: self.account.vendor,
            account: self.account.name.clone(),
            operation: self.call.task.operation(),
            order_id: self.call.order_id.clone(),
            duration: waited,
        });
    }

    /// Waits for a permit of the account's rate, and until it may be used.
    async fn wait_for_rate(&self, pace: &Pace) -> Result<RatePermit, Refusal> {
        let admission = &self.account.admission;
        let permit = match pace.ask() {
            RateAnswer::Permit(permit) => permit,
            RateAnswer::Queue(queue) => {
                match tokio::time::timeout_at(self.until.into(), queue).await {
                    Ok(Ok(permit)) => permit,
                    Ok(Err(_)) | Err(_) => return Err(admission.no_rate_permit(pace.rate().window)),
                }
            }
        };
        let now = Instant::now();
        let wait = permit.wait(now);
        if wait.is_zero() {
            return Ok(permit);
        }
        if now + wait > self.until {
            return Err(admission.no_rate_permit(wait));
        }
        tokio::time::sleep_until((now + wait).into()).await;
        // A busy machine wakes late.
        if Instant::now() > self.until {
            return Err(admission.no_rate_permit(pace.rate().window));
        }
        Ok(permit)
    }

    /// Counts in what the account sent today before this process began.
    async fn count_earlier(&self, quota: &Quota) -> Result<(), Refusal> {
        let journal = self.services.journal.as_ref().filter(|_| quota.wants_earlier());
        let Some(journal) = journal else { return Ok(()) };
        let day = vendor_day(clock::unix_ms());
        let writer = journal.writer().await;
        let writer = writer.map_err(|error| Refusal { reason: Local::Journal, error })?;
        if let Some(used) = writer.sent_since(&self.account.name, day_begins_ms(day)).await {
            quota.count_earlier(day, used);
        }
        Ok(())
    }
}

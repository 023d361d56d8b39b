//! An account's rate and quota where several processes keep to them together.
//!
//! A process keeps to them by itself as well: its own permits come first, in the order of its callers,
//! so that it asks the store only for requests that it could send. While the store does not answer,
//! the rate is what each process keeps to by itself, since a vendor that is asked too fast refuses and
//! bills nothing; but an account with a quota is not asked, since what is over the quota may be billed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::admission::Rate;
use crate::entropy::Entropy;
use crate::error::Error;
use crate::shared::{RateReply, SharedStore, blocking};

/// How often the store is asked again while requests run that may end at any moment, and up to as
/// much again.
const LOOK: Duration = Duration::from_millis(20);

/// How long it is waited for that a permit is given back.
const GIVING_BACK: Duration = Duration::from_millis(50);

/// A permit of the account's rate over all processes, given back when it is dropped at the latest.
pub(super) struct SharedRatePermit {
    given_back: bool,
    store: Arc<SharedStore>,
    account: String,
    holder: String,
    window: Duration,
}

/// One request of the account's day over all processes; given back where it is dropped unspent.
pub(super) struct SharedQuotaUnit {
    store: Arc<SharedStore>,
    account: String,
    day: u64,
    spent: bool,
}

impl SharedRatePermit {
    /// Gives it back before the call goes on: a process that ends after its call would leave it to
    /// end by itself. A store that is slow keeps no answer from its caller.
    pub(super) async fn give_back(mut self, deadline: Instant) {
        self.given_back = true;
        let (account, holder) = (self.account.clone(), self.holder.clone());
        let window = self.window;
        let given = blocking(&self.store, move |store| {
            store.give_rate(&account, &holder, window);
            Ok(())
        });
        let most = GIVING_BACK.min(deadline.saturating_duration_since(Instant::now()) / 2);
        let _ = tokio::time::timeout(most, given).await;
    }
}

impl SharedQuotaUnit {
    /// Notes that the request may have reached the vendor.
    pub(super) fn spend(&mut self) {
        self.spent = true;
    }
}

/// Tells the store something, which nobody waits for.
fn in_background(store: &Arc<SharedStore>, work: impl FnOnce(&SharedStore) + Send + 'static) {
    let told = Arc::clone(store);
    store.workers().start(move || work(&told));
}

impl Drop for SharedRatePermit {
    fn drop(&mut self) {
        let SharedRatePermit { store, account, holder, window, given_back } = self;
        if *given_back {
            return;
        }
        let (account, holder, window) = (account.clone(), holder.clone(), *window);
        in_background(store, move |store| store.give_rate(&account, &holder, window));
    }
}

impl Drop for SharedQuotaUnit {
    fn drop(&mut self) {
        if !self.spent {
            let (account, day) = (self.account.clone(), self.day);
            in_background(&self.store, move |store| store.give_quota(&account, day));
        }
    }
}

/// Takes one request of the account's day over all processes; `None` where there is none left.
pub(super) async fn quota(
    store: &Arc<SharedStore>,
    account: String,
    limit: u32,
) -> Result<Option<SharedQuotaUnit>, Error> {
    let asked = account.clone();
    let day = blocking(store, move |store| store.take_quota(&asked, limit)).await?;
    let store = Arc::clone(store);
    Ok(day.map(|day| SharedQuotaUnit { store, account, day, spent: false }))
}

/// Waits for a permit of the account's rate in the store; `None` where the store does not answer.
///
/// # Errors
/// How long it would be waited for where that is past the deadline.
pub(super) async fn rate(
    store: &Arc<SharedStore>,
    account: Option<String>,
    group: &str,
    rate: Rate,
    deadline: Instant,
) -> Result<Option<SharedRatePermit>, Duration> {
    let (Some(mut name), Some(mut entropy)) = (account, Entropy::from_system()) else {
        return Ok(None);
    };
    if !group.is_empty() {
        name = [&name, ":", group].concat();
    }
    // Given back however this ends, once it may have been had.
    let permit = SharedRatePermit {
        given_back: false,
        store: Arc::clone(store),
        account: name,
        holder: entropy.uuid(),
        window: rate.window,
    };
    loop {
        let longest = deadline.saturating_duration_since(Instant::now());
        let (name, holder) = (permit.account.clone(), permit.holder.clone());
        let take = move |store: &SharedStore| store.take_rate(&name, &holder, rate, longest);
        let (wait, some_run) = match blocking(store, take).await {
            Ok(RateReply::Permitted) => return Ok(Some(permit)),
            Ok(RateReply::Wait { at_most, some_run }) => (at_most, some_run),
            Err(_) => return Ok(None),
        };
        let wait_here = if some_run { wait.min(LOOK) } else { wait };
        if Instant::now() + wait_here > deadline {
            return Err(wait);
        }
        tokio::time::sleep(wait_here + LOOK.mul_f64(entropy.share())).await;
    }
}

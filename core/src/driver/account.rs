//! An account as calls use it.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hmac::Mac;

use super::teller::Teller;
use crate::admission::{Admission, AdmissionHealth, Limits};
use crate::call::Route;
use crate::clock;
use crate::config::{AccountConfig, Endpoint};
use crate::credentials::LiveAdapter;
use crate::error::Error;
use crate::events::Event;
use crate::health::AccountHealth;
use crate::schema::milliseconds;
use crate::secret::Secret;
use crate::shared::name_under;
use crate::tokens::TokenCache;
use crate::vendors::{Adapter, Now, Operation, Vendor};

/// The largest difference between two clocks that is put right, in milliseconds: a day.
const CLOCK_LIMIT_MS: i64 = 24 * 60 * 60 * 1000;

/// Vendors want forced fetches of a token at least this far apart.
/// <https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html>
const FORCE_INTERVAL: Duration = Duration::from_secs(30);

pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) vendor: Vendor,
    pub(super) timeout: Option<Duration>,
    /// Its address; none on this machine.
    pub(super) endpoint: Option<Endpoint>,
    /// The account with its secrets; where those change, what it is whatever they are.
    pub(super) adapter: Arc<dyn Adapter>,
    /// The account with its secrets as they are, where those change.
    pub(super) live: Option<Arc<LiveAdapter>>,
    pub(super) admission: Admission,
    pub(super) tokens: Arc<TokenCache>,
    /// When a token was last fetched by force.
    forced_at: Mutex<Option<Instant>>,
    /// How far the vendor's clock is ahead of ours, in milliseconds.
    clock_ahead_ms: AtomicI64,
    in_flight: Arc<AtomicU32>,
}

/// A request of an account that is being sent or answered.
pub(super) struct InFlightRequest(Arc<AtomicU32>);

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Account {
    /// Makes an account. `key` is the key under which the values of calls are remembered.
    pub(crate) fn new(config: AccountConfig, breaker: bool, key: [u8; 32]) -> Self {
        let limits = Limits {
            requests_per_second: config.requests_per_second,
            daily_quota: config.daily_quota,
            breaker,
        };
        let (vendor, name) = (config.vendor, config.name);
        let (live, adapter) = match config.live {
            None => (None, config.adapter),
            Some((entry, shape)) => {
                (Some(LiveAdapter::new(&name, vendor, entry, config.adapter)), shape)
            }
        };
        Account {
            admission: Admission::new(vendor, adapter.rate_groups(), &limits, key),
            name,
            vendor,
            timeout: config.timeout,
            endpoint: config.endpoint,
            adapter,
            live: live.map(Arc::new),
            tokens: Arc::default(),
            forced_at: Mutex::default(),
            clock_ahead_ms: AtomicI64::new(0),
            in_flight: Arc::default(),
        }
    }

    /// Counts a request in, until what is returned is dropped.
    pub(super) fn request_begins(&self) -> InFlightRequest {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlightRequest(Arc::clone(&self.in_flight))
    }

    /// Tells of a change of the breaker.
    pub(super) fn tell_breaker(&self, teller: &Teller) {
        // The change is told once: only to whoever is told.
        if teller.call().is_none() {
            return;
        }
        if let Some((before, after)) = self.admission.breaker_change(Instant::now()) {
            teller.tell(|call| Event::BreakerChanged {
                call,
                vendor: self.vendor,
                account: self.name.clone(),
                breaker_before: before,
                breaker_after: after,
            });
        }
    }

    /// Returns its state in this process.
    pub(super) fn health(&self) -> AccountHealth {
        let (now, unix_ms) = (Instant::now(), clock::unix_ms());
        let AdmissionHealth {
            breaker,
            breaker_until_ms,
            blocks,
            quota_left,
            quota_limit,
            requests_per_second,
        } = self.admission.health(now, unix_ms);
        let token = self.tokens.age(now);
        AccountHealth {
            account: self.name.clone(),
            vendor: self.vendor,
            breaker,
            breaker_until_ms,
            blocks,
            quota_left,
            quota_limit,
            requests_per_second,
            in_flight: self.in_flight.load(Ordering::Relaxed),
            token_since_ms: token.map(|(age, _)| unix_ms.saturating_sub(milliseconds(age))),
            token_until_ms: token.map(|(_, left)| unix_ms.saturating_add(milliseconds(left))),
        }
    }

    /// Returns the facts of it that a call has to know; `fits_photo` says that the call's photo is made to
    /// fit for it.
    pub(super) fn route(&self, fits_photo: bool) -> Route {
        Route {
            vendor: self.vendor,
            account: self.name.clone(),
            server: self.endpoint.as_ref().map(Endpoint::server),
            takes_token: self.adapter.token_source().is_some(),
            renews_credentials: self.live.is_some(),
            keeps_orders: self.vendor.operations().contains(&Operation::FetchOrder),
            is_on_this_machine: self.vendor.is_on_this_machine(),
            fits_photo,
        }
    }

    /// Returns the account with the credentials as they are now: others than the refused ones, if
    /// there are any.
    pub(super) async fn credentials(
        &self,
        refused: Option<&Arc<dyn Adapter>>,
    ) -> Result<Arc<dyn Adapter>, Error> {
        match &self.live {
            None => Ok(Arc::clone(&self.adapter)),
            Some(live) => live.get(refused, Instant::now()).await,
        }
    }

    /// Returns the account with other credentials than the refused ones; `None` where there are
    /// none.
    pub(super) async fn other_credentials(
        &self,
        refused: &Arc<dyn Adapter>,
    ) -> Result<Option<Arc<dyn Adapter>>, Error> {
        let adapter = self.credentials(Some(refused)).await?;
        Ok((!Arc::ptr_eq(&adapter, refused)).then_some(adapter))
    }

    /// Returns what stands for the account in the store, the same wherever its credentials are: a
    /// fingerprint under them. Those that change have no part in it, but the account's name has.
    pub(super) fn shared_name(&self) -> Option<String> {
        let secrets = Secret::new(self.adapter.secrets().concat());
        let fingerprint = name_under(&secrets, |mac| {
            mac.update(b"cardwire: limits in a shared store, 1");
            if self.live.is_some() {
                mac.update(self.name.as_bytes());
            }
        });
        fingerprint.map(|name| format!("{}:{name}", self.vendor))
    }

    /// Returns the time as the vendor sees it.
    pub(super) fn now(&self) -> Now {
        let ahead = self.clock_ahead_ms.load(Ordering::Relaxed);
        Now { unix_ms: clock::unix_ms().saturating_add_signed(ahead) }
    }

    /// Corrects the clock to the time that the vendor's shows.
    pub(super) fn correct_clock(&self, server_unix_ms: u64) {
        let server = i64::try_from(server_unix_ms).unwrap_or(i64::MAX);
        let local = i64::try_from(clock::unix_ms()).unwrap_or(i64::MAX);
        let ahead = server.saturating_sub(local).clamp(-CLOCK_LIMIT_MS, CLOCK_LIMIT_MS);
        self.clock_ahead_ms.store(ahead, Ordering::Relaxed);
    }

    /// Returns whether another fetch of a token leaves the one before good.
    pub(super) fn keeps_older(&self) -> bool {
        self.adapter.token_source().is_some_and(|source| source.keeps_older())
    }

    /// Returns whether a forced fetch is allowed and due; counts as done when it is.
    pub(super) fn may_force(&self) -> bool {
        if !self.adapter.token_source().is_some_and(|source| source.may_force()) {
            return false;
        }
        let mut forced_at = self.forced_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due =
            self.keeps_older() && forced_at.is_none_or(|at| at.elapsed() >= FORCE_INTERVAL);
        if is_due {
            *forced_at = Some(Instant::now());
        }
        is_due
    }
}

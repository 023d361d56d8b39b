//! Fetching a token that other processes and machines use as well.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::Mac;

use super::account::Account;
use super::services::{Services, entropy};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::shared::{Seal, SharedStore, blocking, name_under};
use crate::tokens::{FetchedToken, Token};
use crate::vendors::{Adapter, Now, Vendor};

/// How long another's fetch is waited for: longer than its lock lasts.
const WAIT: Duration = Duration::from_secs(17);

/// How often it is looked for, and up to as much again.
const LOOK: Duration = Duration::from_millis(100);

/// How long a token whose time has come is used while another process fetches.
const MEANWHILE: Duration = Duration::from_secs(1);

impl Services {
    /// Returns a token from the store or the vendor.
    pub(super) async fn fetch_or_share(
        self: &Arc<Self>,
        account: &Arc<Account>,
        refused: Option<Token>,
        force: bool,
    ) -> Result<FetchedToken, Error> {
        let Some(store) = &self.store else { return self.fetch(account, force).await };
        match self.share(account, store, refused.as_ref(), force).await {
            // A token of this vendor stays good when another is fetched: better one's own than none.
            Err(error) if error.kind() == Kind::Storage && account.keeps_older() => {
                self.fetch(account, force).await
            }
            outcome => outcome,
        }
    }

    async fn share(
        self: &Arc<Self>,
        account: &Arc<Account>,
        store: &Arc<SharedStore>,
        refused: Option<&Token>,
        force: bool,
    ) -> Result<FetchedToken, Error> {
        let mut entropy = entropy()?;
        let owner = entropy.uuid();
        let shared = shared(account.vendor, &*account.credentials(None).await?)
            .ok_or_else(|| Error::new(Kind::Internal, "the account has no name in the store"))?;
        let until = Instant::now() + WAIT;
        loop {
            let found = shared.ask(store, SharedStore::read).await?.and_then(|found| found.fetched);
            let other = found.as_ref().filter(|found| refused != Some(&found.token));
            if let Some(found) = other.filter(|found| !found.usable_for.is_zero()) {
                return Ok(found.clone());
            }
            let name = owner.clone();
            if shared.ask(store, move |store, key, _| store.lock(key, &name)).await? {
                let outcome = self.fetch_locked(account, store, &shared, refused, force).await;
                let name = owner.clone();
                let unlocked = shared.ask(store, move |store, key, _| {
                    store.unlock(key, &name);
                    Ok(())
                });
                let _ = unlocked.await;
                return outcome;
            }
            if let Some(found) = other {
                // It lives, and somebody is fetching the next.
                return Ok(FetchedToken { usable_for: MEANWHILE, ..found.clone() });
            }
            if Instant::now() > until {
                let message =
                    "another process began to fetch the token and did not store it in time";
                return Err(Error::new(Kind::Storage, message));
            }
            tokio::time::sleep(LOOK + LOOK.mul_f64(entropy.share())).await;
        }
    }

    /// Fetches with the lock in hand, after a second look.
    async fn fetch_locked(
        self: &Arc<Self>,
        account: &Arc<Account>,
        store: &Arc<SharedStore>,
        shared: &SharedToken,
        refused: Option<&Token>,
        force: bool,
    ) -> Result<FetchedToken, Error> {
        let found = shared.ask(store, SharedStore::read).await?;
        if let Some(found) = found.as_ref().and_then(|found| found.fetched.as_ref())
            && refused != Some(&found.token)
            && !found.usable_for.is_zero()
        {
            return Ok(found.clone());
        }
        let fetched = self.fetch(account, force).await?;
        let written = fetched.clone();
        let newest = shared
            .ask(store, move |store, key, seal| store.write(key, seal, found.as_ref(), &written))
            .await?;
        if newest {
            return Ok(fetched);
        }
        // The lock was lost while fetching, and somebody else's token is newer.
        let found = shared.ask(store, SharedStore::read).await?;
        Ok(found.and_then(|found| found.fetched).unwrap_or(fetched))
    }
}

/// An account's token in the store: its key, and the seal that opens it.
struct SharedToken {
    key: String,
    seal: Seal,
}

impl SharedToken {
    async fn ask<T: Send + 'static>(
        &self,
        store: &Arc<SharedStore>,
        question: impl FnOnce(&SharedStore, &str, &Seal) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (key, seal) = (self.key.clone(), self.seal.clone());
        blocking(store, move |store| question(store, &key, &seal)).await
    }
}

/// Names a token in the store by a fingerprint of the request that fetches it, under the account's
/// secret.
fn shared(vendor: Vendor, adapter: &dyn Adapter) -> Option<SharedToken> {
    let source = adapter.token_source()?;
    let mut entropy = Entropy::from_seed([0; 32]);
    let request = source.request(None, false, Now { unix_ms: 0 }, &mut entropy).ok()?;
    let secret = Secret::new(adapter.secrets().concat());
    let name = name_under(&secret, |mac| {
        mac.update(request.url.as_bytes());
        request.body.visit(|piece| mac.update(piece));
    })?;
    let key = format!("cardwire:token:{vendor}:{name}");
    Some(SharedToken { key, seal: Seal::new(secret.reveal())? })
}

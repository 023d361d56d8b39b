//! The services that all calls of a client share.

use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;

use super::account::Account;
use super::teller::Teller;
use crate::cancellation::Cancellation;
use crate::card::IssuerTable;
use crate::client::options::CallOptions;
use crate::config::{Config, FailoverConfig, RetryConfig};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events::{CallContext, ContextObserver, Event};
use crate::fork::ForkGuard;
use crate::health::AccountHealth;
use crate::journal::LazyJournal;
use crate::runtime::{hold_up, runs_here};
use crate::shared::SharedStore;
use crate::transport::{
    ConnectionSettings, ForeignTransport, HttpTransport, MakeTransport, Transport,
};
use crate::vendors::Operation;
use crate::workers::Workers;

/// The most photos that a client reads from files at once.
const FILES: usize = 4;

/// Returns a generator from the system's randomness.
///
/// # Errors
/// `internal` where the system gives none.
pub(super) fn entropy() -> Result<Entropy, Error> {
    Entropy::from_system()
        .ok_or_else(|| Error::new(Kind::Internal, "the system gives no randomness"))
}

pub(crate) struct Services {
    pub(crate) accounts: Vec<Arc<Account>>,
    pub(super) timeout: Duration,
    connections: ConnectionSettings,
    make_transport: Option<MakeTransport>,
    pub(crate) journal: Option<LazyJournal>,
    /// Threads that read photos.
    pub(super) files: Workers,
    /// Threads that read cards and make photos fit, as many as can compute at once.
    pub(super) readers: Workers,
    pub(crate) issuers: IssuerTable,
    pub(super) store: Option<Arc<SharedStore>>,
    pub(super) retry: RetryConfig,
    pub(super) failover: FailoverConfig,
    /// Photos are made to fit what a vendor takes.
    pub(super) fit_images: bool,
    transport: OnceCell<Arc<dyn Transport>>,
    observer: Option<Arc<ContextObserver>>,
    /// Ends every call.
    pub(crate) closed: Cancellation,
    in_flight: Mutex<usize>,
    idle: Condvar,
}

impl Services {
    pub(crate) fn new(config: Config, observer: Option<ContextObserver>) -> Self {
        let mut key = [0; 32];
        if let Some(mut entropy) = Entropy::from_system() {
            entropy.fill(&mut key);
        }
        let breaker = config.retry.breaker;
        let account = |account| Arc::new(Account::new(account, breaker, key));
        let ca_file = &config.connections.ca_file;
        let store = config.token_store.map(|url| SharedStore::new(url, ca_file.clone()));
        Services {
            accounts: config.accounts.into_iter().map(account).collect(),
            timeout: config.timeout,
            store: store.map(Arc::new),
            connections: config.connections,
            make_transport: config.make_transport,
            journal: config.journal.map(LazyJournal::new),
            files: Workers::new("cardwire-files", FILES),
            readers: Workers::new(
                "cardwire-readers",
                std::thread::available_parallelism().map_or(1, NonZero::get),
            ),
            issuers: config.issuers,
            retry: config.retry,
            failover: config.failover,
            fit_images: config.fit_images,
            transport: OnceCell::new(),
            observer: observer.map(Arc::new),
            closed: Cancellation::new(),
            in_flight: Mutex::new(0),
            idle: Condvar::new(),
        }
    }

    /// Returns what tells the observer of a new call.
    pub(super) fn teller(&self, options: &CallOptions) -> Teller {
        Teller::new(self.observer.as_ref(), options.context.as_ref())
    }

    /// Returns the context of a call that this thread makes, where the observer takes it.
    pub(crate) fn context(&self) -> Option<CallContext> {
        self.observer.as_ref()?.context()
    }

    /// Tells of a call that ends before it begins, and returns its error.
    pub(crate) fn refused(
        &self,
        operation: Operation,
        options: &CallOptions,
        error: Error,
    ) -> Error {
        let (teller, started) = (self.teller(options), Instant::now());
        teller.tell(|call| Event::CallStarted { call, operation });
        teller.argument_refused(operation, &error);
        teller.call_ended(operation, started, Err(&error));
        error
    }

    /// Returns the health of each account, in the order of the configuration.
    pub(crate) fn health(&self) -> Vec<AccountHealth> {
        self.accounts.iter().map(|account| account.health()).collect()
    }

    pub(super) fn transport(&self) -> Result<&Arc<dyn Transport>, Error> {
        let Some(make) = &self.make_transport else {
            let make = || Ok(Arc::new(HttpTransport::new(&self.connections)?) as Arc<_>);
            return self.transport.get_or_try_init(make);
        };
        if let Some(transport) = self.transport.get() {
            return Ok(transport);
        }
        // A stranger's code, which may wait, and all other calls with it.
        let make = || Ok(Arc::new(ForeignTransport(make(&self.connections)?)) as Arc<_>);
        hold_up(|| self.transport.get_or_try_init(make))
    }

    /// Returns whether a call that this thread waits for runs on it. A program's own transport may keep
    /// connections that live on one runtime, so its calls all run on the shared one.
    pub(crate) fn runs_here(&self) -> bool {
        self.make_transport.is_none() && runs_here()
    }

    /// Returns whether an account reads photos on this machine.
    pub(crate) fn reads_here(&self) -> bool {
        self.accounts.iter().any(|account| account.vendor.is_on_this_machine())
    }

    fn count(&self) -> MutexGuard<'_, usize> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no call is in flight.
    pub(crate) fn wait_until_idle(&self) {
        let mut count = self.count();
        while *count > 0 {
            count = self.idle.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A call that `close` waits for.
pub(crate) struct InFlight(ForkGuard<Services>);

impl InFlight {
    /// Counts a call in.
    ///
    /// # Errors
    /// `closed` where the client was closed, or another process made it.
    pub(crate) fn begin(services: &ForkGuard<Services>) -> Result<Self, Error> {
        services.made_here()?;
        let mut count = services.count();
        if services.closed.is_cancelled() {
            return Err(closed());
        }
        *count += 1;
        Ok(InFlight(services.clone()))
    }
}

impl ForkGuard<Services> {
    /// Refuses a client that this process inherited.
    ///
    /// # Errors
    /// `closed`.
    pub(crate) fn made_here(&self) -> Result<(), Error> {
        if self.is_ours() {
            return Ok(());
        }
        let message = "the client was made before this process was forked; make a new one";
        Err(Error::new(Kind::Closed, message))
    }
}

/// The error of a call with a client that was closed.
pub(crate) fn closed() -> Error {
    Error::new(Kind::Closed, "the client was closed")
}

impl std::ops::Deref for InFlight {
    type Target = Arc<Services>;

    fn deref(&self) -> &Arc<Services> {
        self.0.shared()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut count = self.0.count();
        *count = count.saturating_sub(1);
        // Nobody waits before the client is closed, and waking nobody is a system call too.
        if *count == 0 && self.0.closed.is_cancelled() {
            self.0.idle.notify_all();
        }
    }
}

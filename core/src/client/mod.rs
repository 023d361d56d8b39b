//! The client: the one place with policy.

mod attempt;
mod batch;
pub(crate) mod drive;
mod journaled;
mod options;
mod orders;
mod own_limits;
mod progress;
mod run;
mod shared_limits;
mod shared_token;
mod token;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use once_cell::sync::OnceCell;

use crate::card::{CardLookup, Cardholder, Image, Order, Recognition, Verification};
use crate::config::{AccountConfig, Config, FailoverConfig, RetryConfig};
use crate::credentials::LiveAdapter;
use crate::decision::{Decision, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::events::{Event, Observer};
use crate::facts::Billed;
use crate::fork::ForkGuard;
use crate::limits::{Blocks, Breaker, Budget, Pace, Paces, Quota};
use crate::secret::Secret;
use crate::shared::SharedStore;
use crate::tokens::Keeper;
use crate::transport::{
    HttpTransport, Transport, hold_up, on_library_thread, runs_here, runtime, wait_for,
};
use crate::values;
use crate::vendors::{Adapter, Answer, Call, Now, Reply, Vendor};
use crate::workers::Workers;

pub use batch::{BatchInput, BatchItem, BatchOptions, Results};
pub use options::{CallOptions, Cancellation};
use orders::Book;
use run::Work;

/// The largest difference between two clocks that is put right, in milliseconds: a day.
const CLOCK_LIMIT_MS: i64 = 24 * 60 * 60 * 1000;

/// The most photos that a client reads from files at once.
const FILES: usize = 4;

/// Recognises card photos and verifies cardholders over the configured vendors.
///
/// A client is cheap to clone and every clone is the same client. All of it may be used from many
/// threads at once. Calls block the calling thread; the `*_then` forms return at once and hand the
/// result to a callback. A client does not survive a fork: in the child every call gives `closed`,
/// and a new client works.
///
/// ```no_run
/// use cardwire::{CallOptions, Cardholder, Client, Image, Outcome};
///
/// # fn main() -> Result<(), cardwire::Error> {
/// let client = Client::from_json(r#"{"vendors": [
///     {"vendor": "tencent_kyc", "app_id": "IDAXXXXX", "secret": {"env": "KYC_SECRET"}},
///     {"vendor": "aliyun_yhkr", "app_code": {"env": "APP_CODE"}}
/// ]}"#)?;
/// let card = client.recognize(Image::path("card.jpg"), &CallOptions::default())?;
/// let holder = Cardholder::new(card.card_number.reveal(), "张三").id_number("110101190001010014");
/// let verified = client.verify(holder, &CallOptions::default())?;
/// assert!(verified.outcome == Outcome::Match);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: ForkGuard<Inner>,
}

struct Inner {
    accounts: Vec<Arc<Account>>,
    timeout: Duration,
    connect_timeout: Duration,
    proxy: Option<Secret>,
    ca_file: Option<PathBuf>,
    reuse_connections: bool,
    book: Option<Book>,
    /// Threads that read photos.
    files: Workers,
    store: Option<Arc<SharedStore>>,
    retry: RetryConfig,
    failover: FailoverConfig,
    /// Under which values of calls are remembered.
    key: [u8; 32],
    transport: OnceCell<Arc<dyn Transport>>,
    observer: Option<Arc<Observer>>,
    /// Ends every call.
    closed: Cancellation,
    in_flight: Mutex<usize>,
    idle: Condvar,
}

struct Account {
    name: String,
    vendor: Vendor,
    timeout: Option<Duration>,
    /// The account with its secrets; where those change, what it is whatever they are.
    adapter: Arc<dyn Adapter>,
    /// The account with its secrets as they are, where those change.
    live: Option<Arc<LiveAdapter>>,
    paces: Option<Paces>,
    quota: Option<Quota>,
    breaker: Option<Breaker>,
    budget: Budget,
    blocks: Blocks,
    tokens: Arc<Keeper>,
    /// When a token was last fetched by force.
    forced_at: Mutex<Option<Instant>>,
    /// How far the vendor's clock is ahead of ours, in milliseconds.
    clock_ahead_ms: AtomicI64,
}

impl Account {
    fn new(config: AccountConfig, retry: &RetryConfig) -> Self {
        let (live, shape) = config.live.unzip();
        let adapter = shape.unwrap_or(config.adapter);
        Account {
            name: config.name,
            vendor: config.vendor,
            timeout: config.timeout,
            paces: config.requests_per_second.map(|rate| Paces::new(rate, adapter.rate_groups())),
            adapter,
            live: live.map(Arc::new),
            quota: config.daily_quota.map(Quota::new),
            breaker: retry.breaker.then(Breaker::default),
            budget: Budget::default(),
            blocks: Blocks::default(),
            tokens: Arc::default(),
            forced_at: Mutex::default(),
            clock_ahead_ms: AtomicI64::new(0),
        }
    }

    /// What holds a call back, where something does.
    fn pace(&self, call: &Call) -> Option<&Pace> {
        self.paces.as_ref()?.of(self.adapter.rate_group(call))
    }

    /// The account with the credentials as they are now: others than the refused ones, if there are
    /// any.
    async fn credentials(
        &self,
        refused: Option<&Arc<dyn Adapter>>,
    ) -> Result<Arc<dyn Adapter>, Error> {
        match &self.live {
            None => Ok(Arc::clone(&self.adapter)),
            Some(live) => live.get(refused, Instant::now()).await,
        }
    }

    /// The account with other credentials than the refused ones; `None` where there are none.
    async fn other_credentials(
        &self,
        refused: &Arc<dyn Adapter>,
    ) -> Result<Option<Arc<dyn Adapter>>, Error> {
        let adapter = self.credentials(Some(refused)).await?;
        Ok((!Arc::ptr_eq(&adapter, refused)).then_some(adapter))
    }

    /// Whether an answer, which was not billed, refuses credentials that may have changed.
    fn may_renew(&self, reply: &Reply, decision: &Decision) -> bool {
        let dead = match &reply.result {
            Ok(_) => false,
            Err(refusal) => decision.retry == Retry::Token || refusal.kind == Kind::Unauthenticated,
        };
        let is_free = reply.billed == Billed::No && decision.billed == Billed::No;
        self.live.is_some() && dead && is_free
    }

    /// The time as the vendor sees it.
    fn now(&self) -> Now {
        let ahead = self.clock_ahead_ms.load(Ordering::Relaxed);
        Now { unix_ms: system_time_ms().saturating_add_signed(ahead) }
    }

    /// The vendor's clock shows this time.
    fn correct_clock(&self, server_unix_ms: u64) {
        let server = i64::try_from(server_unix_ms).unwrap_or(i64::MAX);
        let local = i64::try_from(system_time_ms()).unwrap_or(i64::MAX);
        let ahead = server.saturating_sub(local).clamp(-CLOCK_LIMIT_MS, CLOCK_LIMIT_MS);
        self.clock_ahead_ms.store(ahead, Ordering::Relaxed);
    }
}

fn system_time_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Client {
    /// A client from a configuration document.
    ///
    /// # Errors
    /// `invalid_config`, naming the key.
    pub fn from_json(config: &str) -> Result<Self, Error> {
        Config::from_json(config).map(Client::from_config)
    }

    /// A client from a checked configuration.
    pub fn from_config(config: Config) -> Self {
        Client::build(config, None)
    }

    /// A client that tells `observer` what it does. The observer may call the client.
    pub fn with_observer(config: Config, observer: Arc<Observer>) -> Self {
        Client::build(config, Some(observer))
    }

    fn build(config: Config, observer: Option<Arc<Observer>>) -> Self {
        let mut key = [0; 32];
        if let Some(mut entropy) = Entropy::from_system() {
            entropy.fill(&mut key);
        }
        Client {
            inner: ForkGuard::new(Inner {
                accounts: config
                    .accounts
                    .into_iter()
                    .map(|account| Arc::new(Account::new(account, &config.retry)))
                    .collect(),
                timeout: config.timeout,
                connect_timeout: config.connect_timeout,
                proxy: config.proxy,
                store: config
                    .token_store
                    .map(|url| Arc::new(SharedStore::new(url, config.ca_file.clone()))),
                ca_file: config.ca_file,
                reuse_connections: config.reuse_connections,
                book: config.journal.map(Book::new),
                files: Workers::new("cardwire-files", FILES),
                retry: config.retry,
                failover: config.failover,
                key,
                transport: OnceCell::new(),
                observer,
                closed: Cancellation::new(),
                in_flight: Mutex::new(0),
                idle: Condvar::new(),
            }),
        }
    }

    /// Reads the card in a photo, with the first vendor that takes it: of those that the options
    /// name, or of those configured.
    ///
    /// # Errors
    /// See [`Kind`]; `error.facts()` says what was sent and billed.
    pub fn recognize(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
    ) -> Result<Recognition, Error> {
        self.blocking(Work::Recognize(image.into()), options).and_then(recognition)
    }

    /// Asks whether a card, a name and an ID number belong together.
    ///
    /// # Errors
    /// See [`Kind`]. A mismatch is a result, not an error.
    pub fn verify(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
    ) -> Result<Verification, Error> {
        self.blocking(Work::Verify(cardholder), options).and_then(verification)
    }

    /// Asks a vendor who issued a card number. This is a call that vendors bill.
    ///
    /// # Errors
    /// See [`Kind`]. A number that the vendor does not know is a result, not an error.
    pub fn lookup_card(
        &self,
        card_number: &str,
        options: &CallOptions,
    ) -> Result<CardLookup, Error> {
        self.blocking(lookup_work(card_number)?, options).and_then(lookup)
    }

    /// Fetches the images and the result that a vendor keeps under an order number.
    ///
    /// # Errors
    /// See [`Kind`].
    pub fn fetch_order(&self, order_id: &str, options: &CallOptions) -> Result<Order, Error> {
        self.blocking(Work::FetchOrder(order_id.to_owned()), options).and_then(order)
    }

    /// Like [`Client::recognize`], but returns at once; `then` runs on one of the library's threads
    /// when the call ended and may call the client. Cancel with [`CallOptions::cancellation`].
    pub fn recognize_then(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
        then: impl FnOnce(Result<Recognition, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::Recognize(image.into())), options, recognition, then);
    }

    /// Like [`Client::verify`], but returns at once; see [`Client::recognize_then`].
    pub fn verify_then(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
        then: impl FnOnce(Result<Verification, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::Verify(cardholder)), options, verification, then);
    }

    /// Like [`Client::lookup_card`], but returns at once; see [`Client::recognize_then`].
    pub fn lookup_card_then(
        &self,
        card_number: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<CardLookup, Error>) + Send + 'static,
    ) {
        self.spawn(lookup_work(card_number), options, lookup, then);
    }

    /// Like [`Client::fetch_order`], but returns at once; see [`Client::recognize_then`].
    pub fn fetch_order_then(
        &self,
        order_id: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<Order, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::FetchOrder(order_id.to_owned())), options, order, then);
    }

    /// Ends the calls in flight with `cancelled` and refuses new ones with `closed`. Returns when
    /// every callback has returned, unless it is called from a callback.
    pub fn close(&self) {
        // A child has none of its calls, and refuses all: there is nothing to end.
        if !self.inner.is_ours() {
            return;
        }
        self.inner.closed.cancel();
        if on_library_thread() {
            return;
        }
        let mut count = self.inner.count();
        while *count > 0 {
            count = self.inner.idle.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Like [`Client::recognize`], with a photo whose memory its owner takes back when this returns.
    /// For languages that cannot share it; `is_back` says whether nothing holds it any more.
    ///
    /// Only where `lends` said so: then nothing does.
    ///
    /// # Errors
    /// See [`Kind`].
    #[doc(hidden)]
    pub fn recognize_lent(
        &self,
        photo: bytes::Bytes,
        options: &CallOptions,
        is_back: impl FnOnce() -> bool,
    ) -> Result<Recognition, Error> {
        let work = Work::Recognize(Image::bytes(photo));
        self.waiting(work, options, is_back).and_then(recognition)
    }

    /// Whether a call that is waited for here ends with everything that it started. A request that
    /// was written down is read to its end by itself.
    #[doc(hidden)]
    pub fn lends(&self) -> bool {
        self.inner.book.is_none() && self.runs_here()
    }

    /// Whether a call that is waited for here runs on this very thread.
    #[doc(hidden)]
    pub fn runs_here(&self) -> bool {
        runs_here()
    }

    /// Whether this process made the client; a forked child inherits it.
    #[doc(hidden)]
    pub fn is_ours(&self) -> bool {
        self.inner.is_ours()
    }

    fn blocking(&self, work: Work, options: &CallOptions) -> Result<Answer, Error> {
        self.waiting(work, options, || true)
    }

    fn waiting(
        &self,
        work: Work,
        options: &CallOptions,
        is_over: impl FnOnce() -> bool,
    ) -> Result<Answer, Error> {
        let inner = self.begin()?;
        let (process, options) = (self.inner.process(), options.clone());
        wait_for(process, move || async move { inner.run(work, options).await }, is_over)?
    }

    fn spawn<T: 'static>(
        &self,
        work: Result<Work, Error>,
        options: &CallOptions,
        convert: fn(Answer) -> Result<T, Error>,
        then: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) {
        let ready = work.and_then(|work| Ok((work, self.begin()?, runtime()?)));
        let (work, inner, runtime) = match ready {
            Ok(ready) => ready,
            Err(error) => return then(Err(error)),
        };
        let options = options.clone();
        // In its place before it is spawned: it is large, and spawning moves it.
        runtime.spawn(Box::pin(async move {
            let result = inner.run(work, options).await.and_then(convert);
            then(result);
            drop(inner);
        }));
    }

    /// Gives `closed` where this process inherited the client.
    ///
    /// # Errors
    /// That one.
    #[doc(hidden)]
    pub fn made_here(&self) -> Result<(), Error> {
        if self.is_ours() {
            return Ok(());
        }
        let message = "the client was made before this process was forked; make a new one";
        Err(Error::new(Kind::Closed, message))
    }

    /// Counts a call in, or says why there can be none.
    fn begin(&self) -> Result<InFlight, Error> {
        self.made_here()?;
        let mut count = self.inner.count();
        if self.inner.closed.is_cancelled() {
            return Err(Error::new(Kind::Closed, "the client was closed"));
        }
        *count += 1;
        Ok(InFlight(self.inner.clone()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            self.inner.accounts.iter().map(|account| account.name.as_str()).collect();
        f.debug_struct("Client").field("vendors", &names).finish()
    }
}

impl Inner {
    fn count(&self) -> std::sync::MutexGuard<'_, usize> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            let event = event();
            // A stranger's code: it may wait, or call this very client. No lock is held.
            hold_up(|| observer(&event));
        }
    }

    fn transport(&self) -> Result<&Arc<dyn Transport>, Error> {
        self.transport.get_or_try_init(|| {
            let transport = HttpTransport::new(
                self.connect_timeout,
                self.proxy.as_ref(),
                self.ca_file.as_deref(),
                self.reuse_connections,
            )?;
            Ok(Arc::new(transport) as Arc<dyn Transport>)
        })
    }
}

/// A call that `close` waits for.
struct InFlight(ForkGuard<Inner>);

impl std::ops::Deref for InFlight {
    type Target = Arc<Inner>;

    fn deref(&self) -> &Arc<Inner> {
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

fn lookup_work(card_number: &str) -> Result<Work, Error> {
    values::card_number(card_number).map(Work::LookupCard)
}

fn wrong_answer() -> Error {
    Error::new(Kind::Internal, "the vendor's answer is of another operation")
}

fn recognition(answer: Answer) -> Result<Recognition, Error> {
    if let Answer::Recognition(answer) = answer { Ok(answer) } else { Err(wrong_answer()) }
}

fn verification(answer: Answer) -> Result<Verification, Error> {
    if let Answer::Verification(answer) = answer { Ok(answer) } else { Err(wrong_answer()) }
}

fn lookup(answer: Answer) -> Result<CardLookup, Error> {
    if let Answer::Lookup(answer) = answer { Ok(answer) } else { Err(wrong_answer()) }
}

fn order(answer: Answer) -> Result<Order, Error> {
    if let Answer::Order(answer) = answer { Ok(answer) } else { Err(wrong_answer()) }
}

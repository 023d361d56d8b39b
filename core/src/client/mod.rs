//! The public face: a client, the options of its calls, batches, and what the journal says.

mod async_client;
mod batch;
pub(crate) mod batch_input;
mod batch_stream;
pub(crate) mod options;
mod orders;
#[cfg(all(test, feature = "offline"))]
mod reading_tests;

use std::fmt;
use std::sync::Arc;

use crate::card::{CardLookup, Cardholder, Image, Issuer, Order, Recognition, Verification};
use crate::config::Config;
use crate::driver::{Finding, InFlight, Services, Start, Work, closed};
use crate::error::Error;
use crate::events::{ContextObserver, Observer};
use crate::fork::ForkGuard;
use crate::health::AccountHealth;
use crate::runtime::{on_library_thread, wait_for};
use crate::values;
use crate::vendors::{Answer, Operation};

pub use async_client::AsyncClient;
pub use batch::Results;
pub use batch_input::{BatchInput, BatchItem, BatchOptions, DEFAULT_CONCURRENCY};
pub use batch_stream::ResultStream;
pub use options::CallOptions;

/// A client of the configured vendors, which recognises card photos and verifies cardholders.
///
/// A client is cheap to clone and every clone is the same client. All of it may be used from many
/// threads at once. Calls block the calling thread; [`AsyncClient`] has them as futures. A client does
/// not survive a fork: in the child every call gives `closed`, and a new client works.
///
/// ```
/// use cardwire::{
///     BatchInput, BatchItem, BatchOptions, CallOptions, Cardholder, Client, Config, Image, OrderFilter,
///     Outcome, Recognition, Results,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let folder = std::env::temp_dir().join(format!("cardwire-client-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let mut config = sandbox.config();
/// # config["journal"] = folder.join("orders.db").to_string_lossy().into();
/// # let config = &config.to_string();
/// # let photo = folder.join("card.jpg");
/// # std::fs::write(&photo, cardwire_test_images::load("icbc-debit.jpg"))?;
/// let client = Client::from_config(Config::from_json(config)?);
///
/// // One call after the other.
/// let options = CallOptions::new().vendor("tencent_kyc").order_id("order0001");
/// let card = client.recognize(Image::path(&photo), &options)?;
/// let holder = Cardholder::new(card.card_number.reveal(), "张三").id_number("110101190001010014");
/// assert!(client.verify(holder.clone(), &CallOptions::new())?.outcome == Outcome::Match);
/// assert!(client.lookup_card(card.card_number.reveal(), &CallOptions::new())?.found);
/// assert!(client.fetch_order("order0001", &CallOptions::new())?.card_number.is_some());
///
/// // Many at once.
/// let every = BatchOptions::new().concurrency(8).call(CallOptions::new().vendor("wechat"));
/// let inputs = ["order0002", "order0003"].map(|order_id| {
///     BatchInput::<Image>::new(Image::path(&photo)).order_id(order_id).reference("card.jpg")
/// });
/// let results: Results<_, Recognition> = client.recognize_many(inputs, &every);
/// for item in results {
///     let BatchItem { index, result, .. } = item;
///     println!("{index}: {}", result?.card_number.masked());
/// }
/// assert_eq!(client.verify_many([holder], &BatchOptions::new()).count(), 1);
///
/// // What the journal says of the orders.
/// assert!(client.find_order("order0002")?.is_some() && client.unknown_orders()?.is_empty());
/// client.reconcile_order("order0002", "it is on the bill")?;
/// let all = OrderFilter::new();
/// let count = client.orders(&all)?.len() as u64;
/// assert_eq!(client.export_orders(&all, folder.join("orders.jsonl"))?, count);
/// assert_eq!(client.prune_orders(0)?, 0);
/// client.close();
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) services: ForkGuard<Services>,
}

impl Client {
    /// Returns a client from a configuration document.
    ///
    /// # Errors
    /// `invalid_config`, naming the key.
    ///
    /// ```
    /// use cardwire::Client;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let refused = Client::from_json(r#"{"vendors": [{"vendor": "nobody"}]}"#).unwrap_err();
    /// assert!(refused.message().starts_with("vendors[0].vendor: "));
    /// assert!(refused.to_json().contains("invalid_config"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_json(config: &str) -> Result<Self, Error> {
        Config::from_json(config).map(Client::from_config)
    }

    /// Returns a client from a checked configuration.
    pub fn from_config(config: Config) -> Self {
        Client::build(config, None)
    }

    /// Returns a client that tells `observer` what it does. The observer may call the client.
    pub fn with_observer(config: Config, observer: Arc<Observer>) -> Self {
        Client::build(config, Some(observer.into()))
    }

    /// Returns a client that tells what it does as spans and events of the crate `tracing`, with the target
    /// `cardwire`.
    ///
    /// Each call is a span, `cardwire.recognize` and so on, whose parent is the span that is current where the
    /// call is made, or where its future is first polled. Each request to a vendor is a span
    /// `cardwire.attempt` in it, and each [`Event`](crate::Event) an event of its level within them.
    /// Attributes have the names of OpenTelemetry.
    ///
    /// ```
    /// use cardwire::{CallOptions, Client, Config};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::with_tracing(Config::from_json(config)?);
    /// let request = tracing::info_span!("request").entered();
    /// client.lookup_card("6222020000000000000", &CallOptions::new())?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tracing")]
    pub fn with_tracing(config: Config) -> Self {
        Client::build(config, Some(crate::events::spans()))
    }

    pub(crate) fn build(config: Config, observer: Option<ContextObserver>) -> Self {
        Client { services: ForkGuard::new(Services::new(config, observer)) }
    }

    /// Reads the card in a photo, with the first vendor that takes it: of those that the options
    /// name, or of those configured.
    ///
    /// # Errors
    /// See [`Kind`](crate::Kind); `error.facts()` says what was sent and billed.
    pub fn recognize(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
    ) -> Result<Recognition, Error> {
        self.blocking(Work::Recognize(image.into()), options)
    }

    /// Asks whether a card, a name and an ID number belong together.
    ///
    /// # Errors
    /// See [`Kind`](crate::Kind). A mismatch is a result, not an error.
    pub fn verify(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
    ) -> Result<Verification, Error> {
        self.blocking(Work::Verify(cardholder), options)
    }

    /// Asks a vendor who issued a card number. This is a call that vendors bill.
    ///
    /// # Errors
    /// See [`Kind`](crate::Kind). A number that the vendor does not know is a result, not an error.
    pub fn lookup_card(
        &self,
        card_number: &str,
        options: &CallOptions,
    ) -> Result<CardLookup, Error> {
        self.blocking(self.lookup(card_number, options)?, options)
    }

    /// Returns the issuer of a card by the first digits of its number, from the table of prefixes that is
    /// built in or configured as `issuers`; `None` for a prefix that is not known. Nothing is sent.
    ///
    /// # Errors
    /// `invalid_argument` for what is no card number.
    ///
    /// ```
    /// use cardwire::Client;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::from_json(r#"{"vendors": [{"vendor": "offline"}]}"#)?;
    /// let issuer = client.lookup_issuer("6222 0200 0000 0000 000")?;
    /// assert_eq!(issuer.and_then(|issuer| issuer.code).as_deref(), Some("ICBC"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn lookup_issuer(&self, card_number: &str) -> Result<Option<Issuer>, Error> {
        let number = values::card_number(card_number)?;
        Ok(self.services.issuers.issuers().lookup(number.reveal()).map(Issuer::from))
    }

    /// Fetches the images and the result that a vendor keeps under an order number.
    ///
    /// # Errors
    /// See [`Kind`](crate::Kind).
    pub fn fetch_order(&self, order_id: &str, options: &CallOptions) -> Result<Order, Error> {
        self.blocking(Work::FetchOrder(order_id.to_owned()), options)
    }

    /// Looks for what would make calls fail: names, proxy, certificates, clock, credentials, token store
    /// and journal. Of vendors only their addresses and their tokens are asked for, so nothing is billed.
    ///
    /// # Errors
    /// `closed` after [`Client::close`]. What is wrong is a finding.
    ///
    /// ```
    /// use cardwire::{Client, Finding, Topic, Verdict};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// for finding in Client::from_json(config)?.diagnose()? {
    ///     assert!(finding.verdict != Verdict::Wrong, "{}", finding.found);
    ///     assert!(finding.topic != Topic::TokenStore && finding.to_json().contains("found"));
    /// }
    /// let refused = Client::from_json("{}").unwrap_err();
    /// assert!(Finding::of_configuration(&refused).advice.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn diagnose(&self) -> Result<Vec<Finding>, Error> {
        let call = InFlight::begin(&self.services)?;
        let (process, here) = (self.services.process(), self.services.runs_here());
        wait_for(process, here, move || async move { call.diagnose().await }, || true)
    }

    /// Returns the health of each account, in the order of the configuration: its breaker, what it is not
    /// asked for a while, what is left of its quota, and the age of its token. Nothing is sent.
    ///
    /// # Errors
    /// `closed`: the client was closed, or was made before this process was forked.
    pub fn health(&self) -> Result<Vec<AccountHealth>, Error> {
        self.services.made_here()?;
        if self.services.closed.is_cancelled() {
            return Err(closed());
        }
        Ok(self.services.health())
    }

    /// Ends the calls in flight with `cancelled` and refuses new ones with `closed`. Returns when
    /// every callback has returned, unless it is called from a callback.
    pub fn close(&self) {
        if self.end_calls() && !on_library_thread() {
            self.services.wait_until_idle();
        }
    }

    /// Ends the calls in flight and refuses new ones; returns whether there may be any. A child has none
    /// of its parent's, and refuses all.
    fn end_calls(&self) -> bool {
        let is_ours = self.services.is_ours();
        if is_ours {
            self.services.closed.cancel();
        }
        is_ours
    }

    fn blocking<T>(&self, work: Work, options: &CallOptions) -> Result<T, Error>
    where
        T: TryFrom<Answer, Error = Error>,
    {
        self.waiting(work, options, || true)
    }

    /// Waits for a call on this thread; see [`wait_for`] for `is_over`.
    pub(crate) fn waiting<T>(
        &self,
        work: Work,
        options: &CallOptions,
        is_over: impl FnOnce() -> bool,
    ) -> Result<T, Error>
    where
        T: TryFrom<Answer, Error = Error>,
    {
        let call = InFlight::begin(&self.services)?;
        let (process, options) = (self.services.process(), self.with_context(options));
        wait_for(
            process,
            self.services.runs_here(),
            move || async move { call.run(work, options).await },
            is_over,
        )?
        .and_then(T::try_from)
    }

    /// Starts a call on the library's threads, where `then` is given its result. A call that cannot
    /// start ends in `then` at once.
    pub(crate) fn spawn<T>(
        &self,
        work: Result<Work, Error>,
        options: &CallOptions,
        then: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) where
        T: TryFrom<Answer, Error = Error> + 'static,
    {
        match work.and_then(|work| Ok((work, Start::new(&self.services)?))) {
            Ok((work, start)) => start.run(work, self.with_context(options), then),
            Err(error) => then(Err(error)),
        }
    }
}

impl Client {
    /// Returns the options with the context of this thread, where the observer takes it.
    fn with_context(&self, options: &CallOptions) -> CallOptions {
        let mut options = options.clone();
        if options.context.is_none() {
            options.context = self.services.context();
        }
        options
    }

    /// Returns the work of a look-up. A number that is none is told as a call of its own.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub(crate) fn lookup(&self, card_number: &str, options: &CallOptions) -> Result<Work, Error> {
        let work = lookup_work(card_number);
        work.map_err(|error| match InFlight::begin(&self.services) {
            Ok(call) => call.refused(Operation::LookupCard, &self.with_context(options), error),
            // A client that takes no calls tells of none.
            Err(_) => error,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            self.services.accounts.iter().map(|account| account.name.as_str()).collect();
        f.debug_struct("Client").field("vendors", &names).finish()
    }
}

fn lookup_work(card_number: &str) -> Result<Work, Error> {
    values::card_number(card_number).map(Work::LookupCard)
}

//! The client for async programs: the calls of [`Client`] as futures.

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::oneshot;

use super::{CallOptions, Client};
use crate::cancellation::CancelOnDrop;
use crate::card::{CardLookup, Cardholder, Image, Order, Recognition, Verification};
use crate::config::Config;
use crate::driver::{Work, panicked, without_end};
use crate::error::Error;
use crate::future::BoxFuture;
use crate::health::AccountHealth;
use crate::journal::{OrderFilter, OrderRecord};
use crate::runtime;
use crate::vendors::Answer;

/// A [`Client`] whose calls are futures.
///
/// The futures are `Send` and borrow nothing. Calls run on the library's own threads, so that any
/// executor may wait for them: tokio in each of its flavours and with or without its timers, others,
/// and `block_on` without any runtime. A call begins when its future is first polled.
///
/// Dropping a future cancels its call, as [`Cancellation::cancel`](crate::Cancellation::cancel) does: no
/// request begins, one whose last byte was held back is never whole, and the journal ends what it began. A
/// request that the vendor may have is there still: [`AsyncClient::unknown_orders`] lists its order. A
/// question to the journal alone is done to its end.
///
/// ```
/// use std::time::Duration;
///
/// use cardwire::{
///     AsyncClient, BatchOptions, CallOptions, Cardholder, OrderFilter, Outcome, Recognition,
///     ResultStream,
/// };
/// use futures_util::{StreamExt, stream};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
/// # let config = &sandbox.config().to_string();
/// # let folder = std::env::temp_dir().join(format!("cardwire-async-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let mut config = sandbox.config();
/// # config["journal"] = folder.join("orders.db").to_string_lossy().into();
/// # let config = &config.to_string();
/// # let photo = cardwire_test_images::load("icbc-debit.jpg");
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async move {
/// let client = AsyncClient::from_json(config)?;
/// let options = CallOptions::new().vendor("tencent_kyc").order_id("order0001");
/// let card = client.recognize(photo.clone(), &options).await?;
/// let holder = Cardholder::new(card.card_number.reveal(), "张三").id_number("110101190001010014");
/// let limit = Duration::from_secs(5);
/// let answer = tokio::time::timeout(limit, client.verify(holder, &CallOptions::new())).await??;
/// assert!(answer.outcome == Outcome::Match);
///
/// let issuer = client.lookup_card("6222020000000000000", &CallOptions::new());
/// let order = client.fetch_order("order0001", &CallOptions::new());
/// let (issuer, order) = tokio::join!(issuer, order);
/// assert!(issuer?.found && order?.card_number.is_some());
///
/// // Many at once, from any stream of inputs.
/// let photos = stream::iter([photo.clone(), photo]);
/// let options = BatchOptions::new().concurrency(8);
/// let mut results: ResultStream<_, Recognition> = client.recognize_many(photos, &options);
/// while let Some(item) = results.next().await {
///     println!("{}: {}", item.index, item.result?.card_number.masked());
/// }
///
/// // And what the journal says of the orders.
/// assert_eq!(client.find_order("order0001").await?.map(|order| order.order_id), Some("order0001".into()));
/// assert!(client.unknown_orders().await?.is_empty());
/// client.reconcile_order("order0001", "it is on the bill").await?;
/// let all = OrderFilter::new();
/// let count = client.orders(&all).await?.len();
/// let lines = folder.join("orders.jsonl");
/// assert_eq!(client.export_orders(&all, &lines).await?, count as u64);
/// assert_eq!(client.prune_orders(0).await?, 0);
///
/// // The same client for code that waits.
/// assert_eq!(client.blocking().orders(&all)?.len(), count);
/// client.close().await;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AsyncClient {
    client: Client,
}

impl From<Client> for AsyncClient {
    /// Makes the same client: what one knows of tokens, paces and orders the other knows.
    fn from(client: Client) -> Self {
        AsyncClient { client }
    }
}

impl AsyncClient {
    /// Makes a client of a configuration document.
    ///
    /// # Errors
    /// `invalid_config`, naming the key.
    pub fn from_json(config: &str) -> Result<Self, Error> {
        Client::from_json(config).map(AsyncClient::from)
    }

    /// Makes a client of a checked configuration.
    pub fn from_config(config: Config) -> Self {
        Client::from_config(config).into()
    }

    /// Returns the same client with calls that block.
    pub fn blocking(&self) -> &Client {
        &self.client
    }

    /// Reads a card photo; see [`Client::recognize`].
    ///
    /// # Errors
    /// As there.
    pub fn recognize(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
    ) -> BoxFuture<'static, Result<Recognition, Error>> {
        self.call(Ok(Work::Recognize(image.into())), options)
    }

    /// Verifies a cardholder; see [`Client::verify`].
    ///
    /// # Errors
    /// As there.
    pub fn verify(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
    ) -> BoxFuture<'static, Result<Verification, Error>> {
        self.call(Ok(Work::Verify(cardholder)), options)
    }

    /// Asks who issued a card; see [`Client::lookup_card`].
    ///
    /// # Errors
    /// As there.
    pub fn lookup_card(
        &self,
        card_number: &str,
        options: &CallOptions,
    ) -> BoxFuture<'static, Result<CardLookup, Error>> {
        self.call(self.client.lookup(card_number, options), options)
    }

    /// Asks for an order; see [`Client::fetch_order`].
    ///
    /// # Errors
    /// As there.
    pub fn fetch_order(
        &self,
        order_id: &str,
        options: &CallOptions,
    ) -> BoxFuture<'static, Result<Order, Error>> {
        self.call(Ok(Work::FetchOrder(order_id.to_owned())), options)
    }

    /// Lists orders of the journal; see [`Client::orders`].
    ///
    /// # Errors
    /// As there.
    pub fn orders(
        &self,
        filter: &OrderFilter,
    ) -> BoxFuture<'static, Result<Vec<OrderRecord>, Error>> {
        let filter = filter.clone();
        self.beside(move |client| client.orders(&filter))
    }

    /// Lists orders whose outcome is unknown; see [`Client::unknown_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn unknown_orders(&self) -> BoxFuture<'static, Result<Vec<OrderRecord>, Error>> {
        self.beside(Client::unknown_orders)
    }

    /// Finds an order of the journal; see [`Client::find_order`].
    ///
    /// # Errors
    /// As there.
    pub fn find_order(
        &self,
        order_id: &str,
    ) -> BoxFuture<'static, Result<Option<OrderRecord>, Error>> {
        let order_id = order_id.to_owned();
        self.beside(move |client| client.find_order(&order_id))
    }

    /// Notes the outcome of an order; see [`Client::reconcile_order`].
    ///
    /// # Errors
    /// As there.
    pub fn reconcile_order(
        &self,
        order_id: &str,
        note: &str,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let (order_id, note) = (order_id.to_owned(), note.to_owned());
        self.beside(move |client| client.reconcile_order(&order_id, &note))
    }

    /// Writes orders to a file; see [`Client::export_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn export_orders(
        &self,
        filter: &OrderFilter,
        path: impl AsRef<Path>,
    ) -> BoxFuture<'static, Result<u64, Error>> {
        let (filter, path) = (filter.clone(), path.as_ref().to_owned());
        self.beside(move |client| client.export_orders(&filter, path))
    }

    /// Deletes old orders; see [`Client::prune_orders`].
    ///
    /// # Errors
    /// As there.
    pub fn prune_orders(&self, before_ms: u64) -> BoxFuture<'static, Result<u64, Error>> {
        self.beside(move |client| client.prune_orders(before_ms))
    }

    /// Returns the health of each account; see [`Client::health`]. It waits for nothing.
    ///
    /// # Errors
    /// As there.
    pub fn health(&self) -> Result<Vec<AccountHealth>, Error> {
        self.client.health()
    }

    /// Ends the calls in flight with `cancelled` and refuses new ones with `closed`. The future is
    /// ready when no call is in flight.
    pub fn close(&self) -> BoxFuture<'static, ()> {
        let closed = self.beside(|client| {
            if client.end_calls() {
                client.services.wait_until_idle();
            }
            Ok(())
        });
        // It can only fail where the library has no threads, and then no call either.
        Box::pin(async move { closed.await.unwrap_or_default() })
    }

    /// Makes the future of a call.
    fn call<T>(
        &self,
        work: Result<Work, Error>,
        options: &CallOptions,
    ) -> BoxFuture<'static, Result<T, Error>>
    where
        T: TryFrom<Answer, Error = Error> + Send + 'static,
    {
        let (client, mut options) = (self.client.clone(), options.clone());
        self.here(async move {
            let caller = CancelOnDrop::default();
            options.caller = Some(caller.0.clone());
            let (sender, receiver) = oneshot::channel();
            client.spawn(work, &options, move |result| {
                // A future that was dropped takes no result.
                let _ = sender.send(result);
            });
            receiver.await.unwrap_or_else(|_| Err(without_end(None)))
        })
    }

    /// Makes a future of what blocks and is no call.
    fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Client) -> Result<T, Error> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Error>> {
        let client = self.client.clone();
        self.here(async move {
            let work = move || work(&client);
            runtime::handle()?.spawn_blocking(work).await.unwrap_or_else(|_| Err(panicked()))
        })
    }

    /// Ends a future with `closed` in a forked child: the threads that would end it are its parent's.
    fn here<T: 'static>(
        &self,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Error>> {
        let client = self.client.clone();
        Box::pin(async move {
            let mut future = pin!(future);
            poll_fn(|context| match client.services.made_here() {
                Ok(()) => future.as_mut().poll(context),
                Err(error) => Poll::Ready(Err(error)),
            })
            .await
        })
    }
}

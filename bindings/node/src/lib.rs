//! The native half of the node package: calls go out through core's callback forms, and everything
//! comes back as messages; one thread-safe function per environment tells the JavaScript half that there
//! are some. That half checks arguments and makes results; nothing here is public.

mod batch;
mod messages;
mod orders;
mod providers;
mod queue;

use std::alloc::System;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cardwire::bindings::{
    AnyBatch, AnyCall, CallContext, event_document, observed, panicked, with_context,
};
use cardwire::schema::Describe as _;
use cardwire::{AccountHealth, CallOptions, Cardholder, Client, Config, Image, ImageCheck};
use napi::bindgen_prelude::{AsyncTask, Buffer, BufferSlice, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, JsString, Result, Task};
use napi_derive::napi;
use zeroizing_alloc::ZeroAlloc;

use batch::Batch;
use messages::{Message, Report};
use orders::Orders;
use providers::Asks;
use queue::Queue;

/// The allocator that wipes what the native half frees, in the buffers of its HTTP and TLS crates
/// too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// How many bytes of vendors' answers share one piece of memory.
const SLAB: usize = 16 * 1024;

/// The clients of an environment, closed when it ends.
type Clients = Arc<Mutex<HashMap<u32, Client>>>;

fn locked(clients: &Clients) -> std::sync::MutexGuard<'_, HashMap<u32, Client>> {
    clients.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a synchronous function of core and returns `{"ok": JSON}` or `{"error": JSON}`; a panic becomes an
/// `internal` error.
fn guarded(run: impl FnOnce() -> std::result::Result<String, cardwire::Error>) -> String {
    match catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(panicked())) {
        Ok(json) => format!(r#"{{"ok":{json}}}"#),
        Err(error) => format!(r#"{{"error":{}}}"#, error.document().json),
    }
}

/// Runs the command `cardwire` with these arguments, of which the first is its name, and returns its exit
/// code.
#[napi]
pub fn run_command(arguments: Vec<String>) -> u32 {
    cardwire_cli::run(arguments).into()
}

/// The library of one environment: the main thread's, or a worker's.
#[napi]
pub struct Library {
    queue: Arc<Queue>,
    clients: Clients,
    asks: Arc<Asks>,
}

#[napi]
impl Library {
    /// Makes the library of an environment. `wake` is called when there are messages to take; it
    /// must not throw.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<'_, (), ()>) -> Result<Self> {
        // What runs on the library's threads here only hands over: it waits for nothing.
        cardwire::bindings::run_on_one_thread();
        // Weak: only calls in flight keep the process alive, and the JavaScript half sees to that.
        let function =
            wake.build_threadsafe_function::<()>().weak::<true>().build_callback(|_| Ok(()))?;
        let queue = Arc::new(Queue::new(move || {
            // The only failure is that the environment ends: nobody is left to be told.
            let _ = function.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }));
        let clients = Clients::default();
        // Node runs hooks in reverse order: this one, which ends the calls, before the one that
        // closes the function they report to.
        env.add_env_cleanup_hook(Arc::clone(&clients), |clients| {
            let clients = std::mem::take(&mut *locked(&clients));
            clients.values().for_each(Client::close);
        })?;
        Ok(Library { queue, clients, asks: Arc::default() })
    }

    /// Returns memory for short answers of vendors, wiped when nothing refers to it any more.
    #[napi]
    pub fn slab(&self) -> Buffer {
        vec![0; SLAB].into()
    }

    /// Returns the messages that came, see `Queue::take`.
    #[napi]
    pub fn take<'env>(
        &self,
        env: &'env Env,
        mut slab: BufferSlice<'env>,
        used: u32,
    ) -> Result<JsString<'env>> {
        env.create_string_latin1(self.queue.take(&mut slab, used as usize))
    }

    /// Returns a photo or a long answer of the messages taken last, once.
    #[napi]
    pub fn piece(&self, number: u32) -> Buffer {
        Vec::from(self.queue.piece(number as usize)).into()
    }

    /// Opens a client from a configuration document; the answer is `{"ok": null}` or an error.
    #[napi]
    pub fn open(
        &self,
        id: u32,
        config: String,
        is_observed: bool,
        providers: Vec<String>,
    ) -> String {
        guarded(|| {
            let providers = providers::providers(id, providers, &self.asks, &self.queue);
            let config = Config::from_json_with(&config, &providers)?;
            let client = if is_observed {
                let queue = Arc::clone(&self.queue);
                observed(config, move |event, context| {
                    let context = context.and_then(CallContext::get).copied();
                    queue.put(Message::event(id, event_document(event), context));
                })
            } else {
                Client::from_config(config)
            };
            locked(&self.clients).insert(id, client);
            Ok("null".to_owned())
        })
    }

    /// Answers a question to a provider: secrets and their values, and milliseconds until they end.
    #[napi]
    pub fn give(&self, ask: u32, secrets: Vec<String>, values: Vec<String>, ends: Option<f64>) {
        self.asks.give(ask, secrets.into_iter().zip(values).collect(), ends);
    }

    /// Answers a question with the number of what the provider threw.
    #[napi]
    pub fn fail(&self, ask: u32, thrown: u32) {
        self.asks.fail(ask, thrown, &self.queue);
    }

    /// Returns the orders of a client's journal.
    #[napi]
    pub fn orders(&self, client: u32) -> Orders {
        Orders::new(locked(&self.clients).get(&client).cloned(), &self.queue)
    }

    /// Returns the orders of a journal file that is yet to be opened.
    #[napi]
    pub fn journal(&self) -> Orders {
        Orders::new(None, &self.queue)
    }

    /// Ends the calls in flight and refuses new ones.
    #[napi]
    pub fn close(&self, id: u32) {
        let client = locked(&self.clients).get(&id).cloned();
        if let Some(client) = client {
            client.close();
        }
    }

    /// Forgets a client that nothing refers to any more.
    #[napi]
    pub fn forget(&self, id: u32) {
        let client = locked(&self.clients).remove(&id);
        drop(client);
    }

    #[napi]
    pub fn recognize_bytes(&self, client: u32, call: u32, options: MaybeOptions<'_>, bytes: &[u8]) {
        // Copied now: the caller may change its buffer as soon as this returns.
        let image = Image::bytes(Bytes::copy_from_slice(bytes));
        self.recognize(client, call, options, image);
    }

    #[napi]
    pub fn recognize_path(&self, client: u32, call: u32, options: MaybeOptions<'_>, path: String) {
        self.recognize(client, call, options, Image::path(PathBuf::from(path)));
    }

    #[napi]
    pub fn recognize_url(&self, client: u32, call: u32, options: MaybeOptions<'_>, url: String) {
        self.recognize(client, call, options, Image::url(url));
    }

    #[allow(clippy::too_many_arguments, reason = "an object for each call would cost more")]
    #[napi]
    pub fn verify(
        &self,
        client: u32,
        call: u32,
        options: MaybeOptions<'_>,
        card_number: String,
        name: String,
        id_number: Option<String>,
        phone: Option<String>,
    ) {
        let cardholder = cardholder(&card_number, &name, id_number, phone);
        self.start(client, call, options, AnyCall::Verify(cardholder));
    }

    #[napi]
    pub fn lookup_card(
        &self,
        client: u32,
        call: u32,
        options: MaybeOptions<'_>,
        card_number: String,
    ) {
        self.start(client, call, options, AnyCall::LookupCard(card_number));
    }

    /// Looks up the issuer of a card; see `guarded`. The answer is `null` for a prefix that is not known.
    #[napi]
    pub fn lookup_issuer(&self, client: u32, card_number: String) -> String {
        let client = locked(&self.clients).get(&client).cloned();
        guarded(|| {
            let issuer = client.ok_or_else(panicked)?.lookup_issuer(&card_number)?;
            Ok(issuer.map_or_else(|| "null".to_owned(), |issuer| issuer.to_json()))
        })
    }

    /// Returns the health of a client's accounts; see `guarded`.
    #[napi]
    pub fn health(&self, client: u32) -> String {
        let client = locked(&self.clients).get(&client).cloned();
        guarded(|| Ok(AccountHealth::list_to_json(&client.ok_or_else(panicked)?.health()?)))
    }

    #[napi]
    pub fn fetch_order(&self, client: u32, call: u32, options: MaybeOptions<'_>, order_id: String) {
        self.start(client, call, options, AnyCall::FetchOrder(order_id));
    }

    /// Begins a batch of photos, whose calls' ends are told with its number.
    #[napi]
    pub fn recognize_many(
        &self,
        client: u32,
        batch: u32,
        options: MaybeOptions<'_>,
        concurrency: f64,
    ) -> Option<Batch> {
        let options = batch::options(options.map(|options| &options.0), concurrency);
        let client = locked(&self.clients).get(&client).cloned()?;
        let calls = AnyBatch::of_photos(&client, &options, batch::told(&self.queue, batch));
        Some(Batch::new(calls, &self.queue))
    }

    /// Begins a batch of cardholders, as `recognize_many` one of photos.
    #[napi]
    pub fn verify_many(
        &self,
        client: u32,
        batch: u32,
        options: MaybeOptions<'_>,
        concurrency: f64,
    ) -> Option<Batch> {
        let options = batch::options(options.map(|options| &options.0), concurrency);
        let client = locked(&self.clients).get(&client).cloned()?;
        let calls = AnyBatch::of_cardholders(&client, &options, batch::told(&self.queue, batch));
        Some(Batch::new(calls, &self.queue))
    }

    fn recognize(&self, client: u32, call: u32, options: MaybeOptions<'_>, image: Image) {
        self.start(client, call, options, AnyCall::Recognize(image));
    }

    fn start(&self, client: u32, number: u32, options: MaybeOptions<'_>, call: AnyCall) {
        let report = Report::new(&self.queue, number);
        let client = locked(&self.clients).get(&client).cloned();
        // Without a client, or after a panic, the report is dropped untold, which tells `internal`.
        if let Some(client) = client {
            let none = CallOptions::new();
            let options = options.map_or(&none, |options| &options.0);
            let start = || call.start(&client, options, move |result| report.tell(result));
            let _ = catch_unwind(AssertUnwindSafe(start));
        }
    }
}

/// Returns a cardholder with these values.
fn cardholder(
    card_number: &str,
    name: &str,
    id_number: Option<String>,
    phone: Option<String>,
) -> Cardholder {
    let mut cardholder = Cardholder::new(card_number, name);
    if let Some(id_number) = id_number {
        cardholder = cardholder.id_number(&id_number);
    }
    if let Some(phone) = phone {
        cardholder = cardholder.phone(&phone);
    }
    cardholder
}

/// The options of a call, where it has any of its own.
type MaybeOptions<'a> = Option<&'a Options>;

/// The options of calls.
#[napi]
pub struct Options(CallOptions);

#[napi]
impl Options {
    #[allow(clippy::too_many_arguments, reason = "an object for each call would cost more")]
    #[napi(constructor)]
    pub fn new(
        vendors: Option<Vec<String>>,
        order_id: Option<String>,
        reference: Option<String>,
        user_id: Option<String>,
        skip_answered: Option<bool>,
        timeout_ms: Option<f64>,
        cancellation: Option<&Cancellation>,
        context: Option<u32>,
    ) -> Self {
        let mut options = CallOptions::new();
        if let Some(vendors) = vendors {
            options = options.vendors(vendors);
        }
        if let Some(order_id) = order_id {
            options = options.order_id(order_id);
        }
        if let Some(reference) = reference {
            options = options.reference(reference);
        }
        if let Some(skip) = skip_answered {
            options = options.skip_answered(skip);
        }
        if let Some(user_id) = user_id {
            options = options.user_id(user_id);
        }
        let timeout = timeout_ms.map(|milliseconds| milliseconds / 1000.0);
        if let Some(Ok(timeout)) = timeout.map(Duration::try_from_secs_f64) {
            options = options.timeout(timeout);
        }
        if let Some(cancellation) = cancellation {
            options = options.cancellation(&cancellation.0);
        }
        if let Some(context) = context {
            options = with_context(options, CallContext::new(context));
        }
        Options(options)
    }
}

/// A handle that ends calls; one may be given to many.
#[napi]
#[derive(Default)]
pub struct Cancellation(cardwire::Cancellation);

#[napi]
impl Cancellation {
    #[napi(constructor)]
    pub fn new() -> Self {
        Cancellation::default()
    }

    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// See `guarded`.
#[napi]
pub fn check_card_number(text: String) -> String {
    guarded(|| Ok(cardwire::check_card_number(&text).json()))
}

/// See `guarded`.
#[napi]
pub fn check_id_number(text: String) -> String {
    guarded(|| Ok(cardwire::check_id_number(&text).json()))
}

/// Checks an image; see `guarded`. The answer is `[check, [refusal]]`: an error or `null` for each
/// vendor of the check.
#[napi]
pub fn check_image(bytes: &[u8]) -> String {
    guarded(|| cardwire::check_image(Bytes::copy_from_slice(bytes)).map(|check| checked(&check)))
}

/// Checks an image and looks at it on a thread of Node's pool; the answer is that of `check_image`.
#[napi]
pub fn look_at_image(bytes: &[u8]) -> AsyncTask<Look> {
    AsyncTask::new(Look(Bytes::copy_from_slice(bytes)))
}

/// A look at an image.
pub struct Look(Bytes);

impl Task for Look {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        let image = std::mem::take(&mut self.0);
        Ok(guarded(|| cardwire::look_at_image(image).map(|check| checked(&check))))
    }

    fn resolve(&mut self, _: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}

fn checked(check: &ImageCheck) -> String {
    let refusals = check.vendors.iter().map(|(_, refusal)| match refusal {
        Some(error) => error.document().json,
        None => "null".to_owned(),
    });
    let refusals: Vec<String> = refusals.collect();
    format!("[{},[{}]]", check.to_json(), refusals.join(","))
}

/// Returns the package's version.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Returns a card number as it may be shown; nothing where the text is no card number.
#[napi]
pub fn mask_card_number(text: String) -> Option<String> {
    cardwire::bindings::mask_card_number(&text)
}

/// Returns the path of a key as a message may show it: short, and without numbers.
#[napi]
pub fn shown_key(path: String, key: String) -> String {
    cardwire::bindings::shown_key(&path, &key)
}

/// Returns the lists that are the same in every language, as JSON.
#[napi]
pub fn contract() -> String {
    cardwire::bindings::contract()
}

//! The native half of the node package: calls go out through core's callback forms, and everything
//! comes back as messages on one thread-safe function per environment. The JavaScript half checks
//! arguments and makes results; nothing here is public.

mod contract;
mod messages;
mod orders;

use std::alloc::System;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cardwire::{CallOptions, Cardholder, Client, Config, Image};
use napi::bindgen_prelude::{Buffer, FnArgs, Function, JsObjectValue as _, Object};
use napi::threadsafe_function::{ThreadsafeCallContext, ThreadsafeFunctionCallMode};
use napi::{Env, Result};
use napi_derive::napi;
use zeroizing_alloc::ZeroAlloc;

use messages::{Message, Report, Sink, Topic};
use orders::Orders;

/// What the native half frees is wiped first, in the buffers of its HTTP and TLS crates too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// What JavaScript is called with: topic, number, document, bytes.
type Arguments = FnArgs<(u32, u32, String, Object<'static>)>;

/// The clients of an environment, closed when it ends.
type Clients = Arc<Mutex<HashMap<u32, Client>>>;

fn locked(clients: &Clients) -> std::sync::MutexGuard<'_, HashMap<u32, Client>> {
    clients.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A document that says what a synchronous function gave: `ok` or `error`.
fn settled(result: std::result::Result<serde_json::Value, cardwire::Error>) -> String {
    match result {
        Ok(value) => format!(r#"{{"ok":{value}}}"#),
        Err(error) => failed(&error.to_json()),
    }
}

fn failed(error: &str) -> String {
    format!(r#"{{"error":{error}}}"#)
}

/// Runs a synchronous function of core; a panic becomes an `internal` error.
fn guarded(
    run: impl FnOnce() -> std::result::Result<serde_json::Value, cardwire::Error>,
) -> String {
    catch_unwind(AssertUnwindSafe(|| settled(run())))
        .unwrap_or_else(|_| failed(&messages::internal()))
}

/// One for each environment: the main thread's, and each worker's.
#[napi]
pub struct Library {
    sink: Sink,
    clients: Clients,
}

#[napi]
impl Library {
    /// `dispatch` receives every message. It must not throw.
    #[napi(constructor)]
    pub fn new(env: Env, dispatch: Function<'_, Arguments, ()>) -> Result<Self> {
        // Weak: only calls in flight keep the process alive, and the JavaScript half sees to that.
        let function = dispatch
            .build_threadsafe_function::<Message>()
            .weak::<true>()
            .build_callback(arguments)?;
        let sink: Sink = Arc::new(move |message| {
            // The only failure is that the environment ends: nobody is left to be told.
            let _ = function.call(message, ThreadsafeFunctionCallMode::NonBlocking);
        });
        let clients = Clients::default();
        // Node runs hooks in reverse order: this one, which ends the calls, before the one that
        // closes the function they report to.
        env.add_env_cleanup_hook(Arc::clone(&clients), |clients| {
            let clients = std::mem::take(&mut *locked(&clients));
            clients.values().for_each(Client::close);
        })?;
        Ok(Library { sink, clients })
    }

    /// Opens a client from a configuration document; the answer is `{"ok": null}` or an error.
    #[napi]
    pub fn open(&self, id: u32, config: String, observed: bool) -> String {
        guarded(|| {
            let config = Config::from_json(&config)?;
            let client = if observed {
                let sink = Arc::clone(&self.sink);
                let observer = move |event: &cardwire::Event| {
                    let json = event.to_json();
                    sink(Message { topic: Topic::Event, id, json, bytes: Vec::new() });
                };
                Client::with_observer(config, Arc::new(observer))
            } else {
                Client::from_config(config)
            };
            locked(&self.clients).insert(id, client);
            Ok(serde_json::Value::Null)
        })
    }

    /// The orders of a client's journal.
    #[napi]
    pub fn orders(&self, client: u32) -> Orders {
        Orders::new(locked(&self.clients).get(&client).cloned(), &self.sink)
    }

    /// The orders of a journal file that is yet to be opened.
    #[napi]
    pub fn journal(&self) -> Orders {
        Orders::new(None, &self.sink)
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
    pub fn recognize_bytes(&self, call: &Call, bytes: &[u8]) {
        // Copied now: the caller may change its buffer as soon as this returns.
        let image = Image::bytes(Bytes::copy_from_slice(bytes));
        self.start(call, |client, options, report| {
            client.recognize_then(image, options, move |result| report.tell(result));
        });
    }

    #[napi]
    pub fn recognize_path(&self, call: &Call, path: String) {
        self.start(call, |client, options, report| {
            client.recognize_then(Image::path(PathBuf::from(path)), options, move |result| {
                report.tell(result);
            });
        });
    }

    #[napi]
    pub fn recognize_url(&self, call: &Call, url: String) {
        self.start(call, |client, options, report| {
            client.recognize_then(Image::url(url), options, move |result| report.tell(result));
        });
    }

    #[napi]
    pub fn verify(
        &self,
        call: &Call,
        card_number: String,
        name: String,
        id_number: Option<String>,
        phone: Option<String>,
    ) {
        let mut cardholder = Cardholder::new(&card_number, &name);
        if let Some(id_number) = id_number {
            cardholder = cardholder.id_number(&id_number);
        }
        if let Some(phone) = phone {
            cardholder = cardholder.phone(&phone);
        }
        self.start(call, |client, options, report| {
            client.verify_then(cardholder, options, move |result| report.tell(result));
        });
    }

    #[napi]
    pub fn lookup_card(&self, call: &Call, card_number: String) {
        self.start(call, |client, options, report| {
            client.lookup_card_then(&card_number, options, move |result| report.tell(result));
        });
    }

    #[napi]
    pub fn fetch_order(&self, call: &Call, order_id: String) {
        self.start(call, |client, options, report| {
            client.fetch_order_then(&order_id, options, move |result| report.tell(result));
        });
    }

    fn start(&self, call: &Call, start: impl FnOnce(&Client, &CallOptions, Report)) {
        let report = Report::new(&self.sink, call.id);
        let client = locked(&self.clients).get(&call.client).cloned();
        // Without a client, or after a panic, the report is dropped untold, which tells `internal`.
        if let Some(client) = client {
            let _ = catch_unwind(AssertUnwindSafe(|| start(&client, &call.options, report)));
        }
    }
}

fn arguments(context: ThreadsafeCallContext<Message>) -> Result<Arguments> {
    let ThreadsafeCallContext { env, value: message } = context;
    let mut bytes = Object::new(&env)?;
    for (field, data) in message.bytes {
        bytes.set_named_property(field, Buffer::from(Vec::from(data)))?;
    }
    Ok((message.topic as u32, message.id, message.json, bytes).into())
}

/// What one call wants, apart from its input.
#[napi]
pub struct Call {
    client: u32,
    id: u32,
    options: CallOptions,
}

#[napi]
impl Call {
    #[napi(constructor)]
    pub fn new(
        client: u32,
        id: u32,
        vendors: Option<Vec<String>>,
        order_id: Option<String>,
        user_id: Option<String>,
        timeout_ms: Option<f64>,
        cancellation: Option<&Cancellation>,
    ) -> Self {
        let mut options = CallOptions::new();
        if let Some(vendors) = vendors {
            options = options.vendors(vendors);
        }
        if let Some(order_id) = order_id {
            options = options.order_id(order_id);
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
        Call { client, id, options }
    }
}

/// Ends calls; one may be given to many.
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

/// `{"ok": {...}}`.
#[napi]
pub fn check_card_number(text: String) -> String {
    guarded(|| {
        let check = cardwire::check_card_number(&text);
        Ok(serde_json::json!({"well_formed": check.well_formed, "luhn": check.luhn}))
    })
}

/// `{"ok": {...}}`.
#[napi]
pub fn check_id_number(text: String) -> String {
    guarded(|| {
        let check = cardwire::check_id_number(&text);
        Ok(serde_json::json!({
            "well_formed": check.well_formed,
            "checksum": check.checksum,
            "birth_date": check.birth_date,
        }))
    })
}

/// `{"ok": {...}}` or an error; each vendor's refusal is an error document.
#[napi]
pub fn check_image(bytes: &[u8]) -> String {
    guarded(|| {
        let check = cardwire::check_image(Bytes::copy_from_slice(bytes))?;
        let vendors: Vec<serde_json::Value> = check
            .vendors
            .iter()
            .map(|(vendor, refusal)| {
                let refusal: serde_json::Value = refusal
                    .as_ref()
                    .and_then(|error| serde_json::from_str(&error.to_json()).ok())
                    .unwrap_or_default();
                serde_json::json!({"vendor": vendor.name(), "error": refusal})
            })
            .collect();
        Ok(serde_json::json!({
            "format": check.format.slug(),
            "width": check.width,
            "height": check.height,
            "bytes": check.bytes,
            "vendors": vendors,
        }))
    })
}

/// Core's lists, as a JSON document.
#[napi]
pub fn contract() -> String {
    contract::contract().to_string()
}

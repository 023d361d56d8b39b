//! The parts that the packages of other languages need beyond the public face. Nothing of it is stable,
//! and no other program needs it.

mod batch;
mod call;
mod journal;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

pub use self::batch::{AnyBatch, batch_input, batch_input_with};
pub use self::call::{AnyCall, AnyResult};
pub use self::journal::AnyJournal;
pub use crate::batch::Action as BatchAction;
pub use crate::client::DEFAULT_CONCURRENCY;
use crate::config::AccountConfig;
pub use crate::config::{config_keys, shown_key};
pub use crate::driver::BatchDriver;
pub use crate::events::CallContext;
pub use crate::fork::{ForkGuard, PerProcess};
pub use crate::nearest::{is_alike, nearest};
pub use crate::runtime::run_on_one_thread;
pub use crate::threads::start_thread;
pub use crate::workers::Workers;

use crate::driver::{Work, check_reference, without_end};
use crate::events::{ContextObserver, telemetry};
use crate::schema::{RECORDS, Record, Shape, milliseconds};
use crate::scrub;
use crate::{
    AskReason, Billed, BlockScope, BreakerState, CallFacts, CallOptions, Cancellation, CardKind,
    CardLookup, CardNumber, Cardholder, Client, Config, CredentialAsk, Error, Event, Image,
    ImageFormat, IssuerSource, Kind, Level, LookupReason, Operation, Order, OrderStatus, Outcome,
    PhotoLook, Reason, Recognition, Sent, Vendor, Verification, WarningKind,
};

/// Returns the options with what the events of their calls are told with.
pub fn with_context(options: CallOptions, context: CallContext) -> CallOptions {
    CallOptions { context: Some(context), ..options }
}

/// Returns an event as a JSON object with its line, `text`, in it.
pub fn event_document(event: &Event) -> String {
    event.document()
}

/// Returns a client whose observer is told the context of each call with its events.
pub fn observed(
    config: Config,
    observer: impl Fn(&Event, Option<&CallContext>) + Send + Sync + 'static,
) -> Client {
    Client::build(config, Some(ContextObserver::new(observer, None)))
}

/// Returns a cancellation that asks besides, every so often and on the thread that runs the call,
/// whether the call ends. For languages whose signals are seen by looking for them.
pub fn asking(every: Duration, ends: impl Fn() -> bool + Send + Sync + 'static) -> Cancellation {
    Cancellation::asking(every, ends)
}

/// Returns the error of a call that a package refuses by itself.
pub fn refusal(kind: Kind, message: impl Into<String>) -> Error {
    Error::new(kind, message)
}

/// Returns the error of an argument that a package refuses by itself.
pub fn argument(name: impl Into<Cow<'static, str>>, expected: &str, found: &str) -> Error {
    Error::argument(name, expected, found)
}

/// Returns a card number as it may be shown; `None` where the text is none.
pub fn mask_card_number(text: &str) -> Option<String> {
    CardNumber::parse(text.trim()).map(|number| number.masked())
}

/// Returns whether a text may be a reference of a call about a photo.
pub fn is_reference(text: &str) -> bool {
    check_reference(text).is_ok()
}

/// Refuses names of accounts of which none is configured or does an operation, before any call.
///
/// # Errors
/// `invalid_argument` or `unsupported`, as the calls would give.
pub fn check_accounts(
    client: &Client,
    names: Option<&[String]>,
    operation: Operation,
) -> Result<(), Error> {
    client.services.made_here()?;
    client.services.check_accounts(names, operation)
}

/// Returns whether a failure of this kind ends all calls: every other with the same accounts fails so too,
/// until somebody mends something.
pub fn ends_all(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::InvalidConfig
            | Kind::Unauthenticated
            | Kind::PermissionDenied
            | Kind::QuotaExhausted
            | Kind::CredentialsUnavailable
            | Kind::Storage
    )
}

/// Returns how many accounts one call may be billed by at the most: the one that is asked first and those
/// that failover may lead to.
pub fn most_billing_accounts(config: &Config, operation: Operation) -> usize {
    let list = config.failover.accounts(operation);
    let bills = |account: &&AccountConfig| {
        account.vendor.operations().contains(&operation) && !account.vendor.is_on_this_machine()
    };
    let is_listed = |account: &&AccountConfig| {
        list.iter().any(|name| *name == account.name || name == account.vendor.name())
    };
    let billing = config.accounts.iter().filter(bills);
    let listed = billing.clone().filter(is_listed).count();
    billing.count().min(1 + listed)
}

/// Returns a path as it may be shown: long numbers and what is not ASCII are masked.
pub fn shown_path(path: &Path) -> String {
    scrub::shown_path(path)
}

/// Returns the error of a call whose end a package cannot tell, with what is known about the call.
pub fn internal(message: &'static str, facts: CallFacts) -> Error {
    Error::new(Kind::Internal, message).with_facts(facts)
}

/// Returns the error of a call that ended in a panic.
pub fn panicked() -> Error {
    without_end(None)
}

/// Returns the lists that are the same in every language, as a JSON object: kinds, vendors, named values,
/// records with their fields, keys of the configuration, limits, and the document of an error that says
/// nothing.
pub fn contract() -> String {
    macro_rules! slugs {
        ($type:ident) => {
            $type::ALL.iter().map(|value| value.slug()).collect::<Vec<_>>()
        };
    }
    let kind = |kind: &Kind| json!({"kind": kind.slug(), "number": kind.number(), "advice": kind.advice()});
    let vendor = |vendor: &Vendor| {
        let operations: Vec<&str> = vendor.operations().iter().map(|one| one.slug()).collect();
        json!({"vendor": vendor.name(), "operations": operations})
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "kinds": Kind::ALL.iter().map(kind).collect::<Vec<_>>(),
        "vendors": Vendor::ALL.iter().map(vendor).collect::<Vec<_>>(),
        "operations": slugs!(Operation),
        "order_statuses": slugs!(OrderStatus),
        "outcomes": slugs!(Outcome),
        "reasons": slugs!(Reason),
        "lookup_reasons": slugs!(LookupReason),
        "card_kinds": slugs!(CardKind),
        "issuer_sources": slugs!(IssuerSource),
        "warning_kinds": slugs!(WarningKind),
        "image_formats": slugs!(ImageFormat),
        "photo_looks": slugs!(PhotoLook),
        "ask_reasons": slugs!(AskReason),
        "levels": slugs!(Level),
        "breaker_states": slugs!(BreakerState),
        "block_scopes": slugs!(BlockScope),
        "telemetry": telemetry(),
        "sent": slugs!(Sent),
        "billed": slugs!(Billed),
        "config_keys": config_keys(),
        "records": RECORDS.iter().map(|record| (record.name.to_owned(), fields(record))).collect::<Value>(),
        "limits": {
            "concurrency": DEFAULT_CONCURRENCY,
            "image_bytes": Image::LIMIT,
            "timeout_ms": milliseconds(CallOptions::LONGEST_TIMEOUT),
            "ask_ms": milliseconds(CredentialAsk::LIMIT),
        },
        "error": serde_json::from_str::<Value>(&refusal(Kind::Internal, "").to_json()).ok(),
    })
    .to_string()
}

/// Returns the fields of a record as they stand in JSON, each with the shape of its value and of what it
/// is: the names that it may be, or a record.
fn fields(record: &Record) -> Value {
    let field = |field: &crate::schema::Field| {
        let (shape, of) = match field.shape {
            Shape::Text => ("text", json!(null)),
            Shape::Number => ("number", json!(null)),
            Shape::Fraction => ("fraction", json!(null)),
            Shape::Flag => ("flag", json!(null)),
            Shape::Name(names) => ("name", json!(names())),
            Shape::Photo => ("photo", json!(null)),
            Shape::Answer => ("answer", json!(null)),
            Shape::Object(of) => ("object", json!(of.name)),
            Shape::List(of) => ("list", json!(of.name)),
            Shape::Inline(of) => ("inlined", json!(of.name)),
        };
        let (optional, personal) = (field.optional, field.personal);
        json!({"name": field.name, "shape": shape, "of": of, "optional": optional, "personal": personal})
    };
    record.flat_fields().map(field).collect()
}

/// The client as a package of another language uses it. The `*_then` calls return at once; `then` runs
/// on one of the library's threads when the call ended, and may call the client.
pub trait ClientExt {
    /// Starts [`Client::recognize`].
    fn recognize_then(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
        then: impl FnOnce(Result<Recognition, Error>) + Send + 'static,
    );

    /// Starts [`Client::verify`].
    fn verify_then(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
        then: impl FnOnce(Result<Verification, Error>) + Send + 'static,
    );

    /// Starts [`Client::lookup_card`].
    fn lookup_card_then(
        &self,
        card_number: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<CardLookup, Error>) + Send + 'static,
    );

    /// Starts [`Client::fetch_order`].
    fn fetch_order_then(
        &self,
        order_id: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<Order, Error>) + Send + 'static,
    );

    /// Recognises a photo whose memory its owner takes back when this returns, for languages that
    /// cannot share it. `is_back` says whether nothing holds the photo any more.
    ///
    /// Only where [`ClientExt::lends`] said so: then nothing does.
    ///
    /// # Errors
    /// See [`Client::recognize`].
    fn recognize_lent(
        &self,
        photo: Bytes,
        options: &CallOptions,
        is_back: impl FnOnce() -> bool,
    ) -> Result<Recognition, Error>;

    /// Returns whether a call that is waited for here ends with everything that it started. A
    /// request that was written down is read to its end by itself, and a photo that this machine
    /// reads is decoded a while longer than its call may last.
    fn lends(&self) -> bool;

    /// Returns whether a call that is waited for here runs on this very thread.
    fn runs_here(&self) -> bool;

    /// Returns whether this process made the client; a forked child inherits it.
    fn is_ours(&self) -> bool;

    /// Refuses a client that this process inherited.
    ///
    /// # Errors
    /// `closed`.
    fn made_here(&self) -> Result<(), Error>;
}

impl ClientExt for Client {
    fn recognize_then(
        &self,
        image: impl Into<Image>,
        options: &CallOptions,
        then: impl FnOnce(Result<Recognition, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::Recognize(image.into())), options, then);
    }

    fn verify_then(
        &self,
        cardholder: Cardholder,
        options: &CallOptions,
        then: impl FnOnce(Result<Verification, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::Verify(cardholder)), options, then);
    }

    fn lookup_card_then(
        &self,
        card_number: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<CardLookup, Error>) + Send + 'static,
    ) {
        self.spawn(self.lookup(card_number, options), options, then);
    }

    fn fetch_order_then(
        &self,
        order_id: &str,
        options: &CallOptions,
        then: impl FnOnce(Result<Order, Error>) + Send + 'static,
    ) {
        self.spawn(Ok(Work::FetchOrder(order_id.to_owned())), options, then);
    }

    fn recognize_lent(
        &self,
        photo: Bytes,
        options: &CallOptions,
        is_back: impl FnOnce() -> bool,
    ) -> Result<Recognition, Error> {
        self.waiting(Work::Recognize(Image::bytes(photo)), options, is_back)
    }

    fn lends(&self) -> bool {
        let services = &self.services;
        services.journal.is_none() && services.runs_here() && !services.reads_here()
    }

    fn runs_here(&self) -> bool {
        self.services.runs_here()
    }

    fn is_ours(&self) -> bool {
        self.services.is_ours()
    }

    fn made_here(&self) -> Result<(), Error> {
        self.services.made_here()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::decision::{Decision, Failover};
    use crate::vendors::codes::CodeResult;
    use crate::{CallOptions, Cardholder, Client, Kind};

    #[test]
    fn what_a_vendor_refuses_an_account_ends_all_and_what_it_refuses_a_value_does_not() {
        let rows = Vendor::ALL.iter().flat_map(|vendor| vendor.codes()).flat_map(|list| list.rows);
        let (mut of_account, mut of_value) = (0, 0);
        for row in rows {
            let CodeResult::Error(kind) = row.result else { continue };
            let Decision { failover, block, .. } = row.decision;
            let scope = block.map(|block| block.scope);
            // A product that is closed may be open again in a minute.
            let is_refused = failover == Failover::Credentials
                || (scope == Some(BlockScope::Account) && failover == Failover::Yes);
            let is_of_value =
                failover == Failover::Unrecognized || scope == Some(BlockScope::Parameters);
            assert!(!is_refused || ends_all(kind), "{} is {kind}", row.code);
            assert!(!is_of_value || !ends_all(kind), "{} is {kind}", row.code);
            of_account += usize::from(is_refused);
            of_value += usize::from(is_of_value);
        }
        assert!(of_account > 50 && of_value > 10, "{of_account} and {of_value}");
    }

    #[test]
    fn a_call_ends_when_the_one_who_is_asked_says_so_and_on_its_own_thread() {
        // Takes the connection and answers nothing.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = Client::from_json(&format!(
            r#"{{"vendors":[{{"vendor":"aliyun_yhkr","app_code":"c","base_url":"http://{address}"}}]}}"#
        ))
        .unwrap();
        let here = std::thread::current().id();
        let times = Arc::new(AtomicUsize::new(0));
        let asked = Arc::clone(&times);
        let cancellation = asking(Duration::from_millis(5), move || {
            assert_eq!(std::thread::current().id(), here);
            asked.fetch_add(1, Ordering::SeqCst) == 2
        });
        let options = CallOptions::new().cancellation(&cancellation);
        let cardholder =
            Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
        let error = client.verify(cardholder, &options).unwrap_err();
        assert_eq!((error.kind(), times.load(Ordering::SeqCst)), (Kind::Cancelled, 3));
        // Told from elsewhere, nobody is asked.
        cancellation.cancel();
        let cardholder =
            Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
        let error = client.verify(cardholder, &options).unwrap_err();
        assert_eq!((error.kind(), times.load(Ordering::SeqCst)), (Kind::Cancelled, 3));
    }
}

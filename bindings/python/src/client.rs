//! The client: arguments in, calls out.

use std::path::PathBuf;
use std::time::Duration;

use cardwire::bindings::{AnyBatch, AnyCall, ClientExt as _, observed, with_context};
use cardwire::schema::Describe as _;
use cardwire::{AccountHealth, BatchOptions, CallOptions, Cardholder, Config, Image, Issuer};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::batch::{Batch, notifier};
use crate::call::Call;
use crate::callbacks::{CallbackThread, in_interpreter};
use crate::orders::Orders;
use crate::text::{optional, taken};
use crate::{documents, outcome, shared};

/// The card photo, or where it is.
#[derive(FromPyObject)]
pub enum Photo {
    #[pyo3(transparent)]
    Bytes(PyBackedBytes),
    #[pyo3(transparent)]
    Path(PathBuf),
}

impl From<Photo> for Image {
    fn from(photo: Photo) -> Self {
        match photo {
            Photo::Bytes(bytes) => Image::bytes(shared(bytes)),
            Photo::Path(path) => Image::path(path),
        }
    }
}

/// The options of one call: vendors, order number, user, seconds, reference, whether what was
/// answered is skipped.
#[derive(FromPyObject)]
pub struct Options(
    Option<Vec<String>>,
    Option<String>,
    Option<String>,
    Option<f64>,
    Option<String>,
    bool,
);

/// Takes over the values of a cardholder.
pub fn cardholder(
    card_number: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    id_number: Option<&Bound<'_, PyAny>>,
    phone: Option<&Bound<'_, PyAny>>,
) -> PyResult<Cardholder> {
    let (card_number, name) = (taken("card_number", card_number)?, taken("name", name)?);
    let mut cardholder = Cardholder::new(&card_number, &name);
    if let Some(id_number) = optional("id_number", id_number)? {
        cardholder = cardholder.id_number(&id_number);
    }
    if let Some(phone) = optional("phone", phone)? {
        cardholder = cardholder.phone(&phone);
    }
    Ok(cardholder)
}

pub fn call_options(given: Option<Options>) -> CallOptions {
    let mut options = CallOptions::new();
    let Some(Options(vendors, order_id, user_id, timeout, reference, skip_answered)) = given else {
        return options;
    };
    if let Some(vendors) = vendors {
        options = options.vendors(vendors);
    }
    options = options.skip_answered(skip_answered);
    if let Some(order_id) = order_id {
        options = options.order_id(order_id);
    }
    if let Some(user_id) = user_id {
        options = options.user_id(user_id);
    }
    if let Some(reference) = reference {
        options = options.reference(reference);
    }
    if let Some(Ok(timeout)) = timeout.map(Duration::try_from_secs_f64) {
        options = options.timeout(timeout);
    }
    options
}

/// A client of the library.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Client {
    pub client: cardwire::Client,
    pub callbacks: CallbackThread,
    is_observed: bool,
}

#[pymethods]
impl Client {
    /// Returns a client from a configuration document. `observer` is called with the JSON of each
    /// event, each of `providers` for credentials, see `providers::Function`.
    #[staticmethod]
    #[pyo3(signature = (config, observer=None, providers=Vec::new()))]
    fn open(
        py: Python<'_>,
        config: &str,
        observer: Option<Py<PyAny>>,
        providers: Vec<(String, Py<PyAny>)>,
    ) -> PyResult<Client> {
        let is_observed = observer.is_some();
        outcome(py, || {
            let config = Config::from_json_with(config, &crate::providers::providers(providers))?;
            let client = match observer {
                None => cardwire::Client::from_config(config),
                Some(observer) => observed(config, move |event, context| {
                    in_interpreter(|py| documents::tell(py, &observer, event, context));
                }),
            };
            Ok(Client { client, callbacks: CallbackThread::default(), is_observed })
        })
    }

    /// Reads the card in a photo: bytes, or the path of a file.
    #[pyo3(signature = (photo, options=None))]
    fn recognize(slf: &Bound<'_, Self>, photo: Photo, options: Option<Options>) -> PyResult<Call> {
        Call::new(slf, AnyCall::Recognize(photo.into()), call_options(options))
    }

    /// Reads the card in a photo at an address.
    #[pyo3(signature = (url, options=None))]
    fn recognize_url(
        slf: &Bound<'_, Self>,
        url: &Bound<'_, PyAny>,
        options: Option<Options>,
    ) -> PyResult<Call> {
        let call = AnyCall::Recognize(Image::url(taken("image", url)?));
        Call::new(slf, call, call_options(options))
    }

    /// Asks whether card, name, ID number and phone number belong together.
    #[pyo3(signature = (card_number, name, id_number=None, phone=None, options=None))]
    fn verify(
        slf: &Bound<'_, Self>,
        card_number: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        id_number: Option<&Bound<'_, PyAny>>,
        phone: Option<&Bound<'_, PyAny>>,
        options: Option<Options>,
    ) -> PyResult<Call> {
        let cardholder = cardholder(card_number, name, id_number, phone)?;
        Call::new(slf, AnyCall::Verify(cardholder), call_options(options))
    }

    /// Asks who issued a card number.
    #[pyo3(signature = (card_number, options=None))]
    fn lookup_card(
        slf: &Bound<'_, Self>,
        card_number: &Bound<'_, PyAny>,
        options: Option<Options>,
    ) -> PyResult<Call> {
        let call = AnyCall::LookupCard(taken("card_number", card_number)?);
        Call::new(slf, call, call_options(options))
    }

    /// Returns the issuer of a card by the first digits of its number, or nothing.
    fn lookup_issuer<'py>(
        &self,
        card_number: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, number) = (card_number.py(), taken("card_number", card_number)?);
        let found = outcome(py, || self.client.lookup_issuer(&number))?;
        let read = |issuer: Issuer| documents::result(py, Issuer::RECORD.name, &issuer.document());
        found.map(read).transpose()
    }

    /// Fetches what a vendor keeps under an order number.
    #[pyo3(signature = (order_id, options=None))]
    fn fetch_order(
        slf: &Bound<'_, Self>,
        order_id: &Bound<'_, PyAny>,
        options: Option<Options>,
    ) -> PyResult<Call> {
        let call = AnyCall::FetchOrder(taken("order_id", order_id)?);
        Call::new(slf, call, call_options(options))
    }

    /// Begins a batch of photos; `notify` is called from another thread as each call ends.
    #[pyo3(signature = (options, concurrency, notify=None))]
    fn recognize_many(
        &self,
        py: Python<'_>,
        options: Option<Options>,
        concurrency: usize,
        notify: Option<Py<PyAny>>,
    ) -> PyResult<Batch> {
        let options = self.batch_options(py, options, concurrency)?;
        Ok(Batch::new(AnyBatch::of_photos(&self.client, &options, notifier(self, notify))))
    }

    /// Begins a batch of cardholders, as `recognize_many` one of photos.
    #[pyo3(signature = (options, concurrency, notify=None))]
    fn verify_many(
        &self,
        py: Python<'_>,
        options: Option<Options>,
        concurrency: usize,
        notify: Option<Py<PyAny>>,
    ) -> PyResult<Batch> {
        let options = self.batch_options(py, options, concurrency)?;
        Ok(Batch::new(AnyBatch::of_cardholders(&self.client, &options, notifier(self, notify))))
    }

    /// Returns the health of each account as a JSON list.
    fn health(&self, py: Python<'_>) -> PyResult<String> {
        outcome(py, || Ok(AccountHealth::list_to_json(&self.client.health()?)))
    }

    /// Returns the orders of its journal.
    fn orders(&self) -> Orders {
        Orders::of(&self.client)
    }

    /// Ends the calls under way with `cancelled` and refuses new ones with `closed`; returns when the
    /// last callback did.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.client.close());
    }
}

impl Client {
    /// Returns the options with the caller's context, where an observer is told of its calls.
    pub fn in_context(&self, py: Python<'_>, options: CallOptions) -> PyResult<CallOptions> {
        match self.is_observed {
            true => Ok(with_context(options, documents::context(py)?)),
            false => Ok(options),
        }
    }

    /// Returns how a batch is worked through whose calls have these options.
    fn batch_options(
        &self,
        py: Python<'_>,
        given: Option<Options>,
        concurrency: usize,
    ) -> PyResult<BatchOptions> {
        let call = self.in_context(py, call_options(given))?;
        Ok(BatchOptions::new().call(call).concurrency(concurrency))
    }

    /// Returns whether a call that is waited for runs on this thread. It does not with an observer:
    /// what a signal's handler raised while the observer runs on the main thread would be lost in
    /// it.
    pub fn runs_here(&self) -> bool {
        !self.is_observed && self.client.runs_here()
    }
}

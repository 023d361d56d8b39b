//! The client: arguments in, calls out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cardwire::{CallOptions, Cardholder, Config, Image};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::announcer::{Announcer, Notice, in_interpreter};
use crate::call::Call;
use crate::orders::Orders;
use crate::{Outcome, fields, outcome, shared};

/// Where the card photo is.
#[derive(FromPyObject)]
enum Photo {
    #[pyo3(transparent)]
    Bytes(PyBackedBytes),
    #[pyo3(transparent)]
    Path(PathBuf),
}

/// What one call wants otherwise than the configuration says.
#[derive(FromPyObject)]
struct Options(Vec<String>, Option<String>, Option<String>, Option<f64>);

impl Options {
    fn into_call_options(self) -> CallOptions {
        let Options(vendors, order_id, user_id, timeout) = self;
        let mut options = CallOptions::new().vendors(vendors);
        if let Some(order_id) = order_id {
            options = options.order_id(order_id);
        }
        if let Some(user_id) = user_id {
            options = options.user_id(user_id);
        }
        if let Some(Ok(timeout)) = timeout.map(Duration::try_from_secs_f64) {
            options = options.timeout(timeout);
        }
        options
    }
}

/// A client of the library.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Client {
    client: cardwire::Client,
    announcer: Announcer,
}

#[pymethods]
impl Client {
    /// A client from a configuration document. `observer` is called with the fields of each event.
    #[staticmethod]
    #[pyo3(signature = (config, observer=None))]
    fn open<'py>(
        py: Python<'py>,
        config: &str,
        observer: Option<Py<PyAny>>,
    ) -> PyResult<Outcome<'py, Client>> {
        outcome(py, || {
            let config = Config::from_json(config)?;
            let client = match observer {
                None => cardwire::Client::from_config(config),
                Some(observer) => cardwire::Client::with_observer(
                    config,
                    Arc::new(move |event| {
                        in_interpreter(|py| {
                            let told = fields::event(py, event)
                                .and_then(|fields| observer.call1(py, (fields,)));
                            if let Err(error) = told {
                                error.write_unraisable(py, Some(observer.bind(py)));
                            }
                        });
                    }),
                ),
            };
            Ok(Client { client, announcer: Announcer::default() })
        })
    }

    /// Starts to read the card in a photo: bytes, or the path of a file.
    #[pyo3(signature = (photo, options, notify=None))]
    fn recognize(&self, photo: Photo, options: Options, notify: Option<Py<PyAny>>) -> Call {
        let image = match photo {
            Photo::Bytes(bytes) => Image::bytes(shared(bytes)),
            Photo::Path(path) => Image::path(path),
        };
        self.start_recognition(image, options, notify)
    }

    /// Starts to read the card in a photo at an address.
    #[pyo3(signature = (url, options, notify=None))]
    fn recognize_url(&self, url: String, options: Options, notify: Option<Py<PyAny>>) -> Call {
        self.start_recognition(Image::url(url), options, notify)
    }

    /// Starts to ask whether card, name, ID number and phone number belong together.
    #[pyo3(signature = (card_number, name, id_number, phone, options, notify=None))]
    fn verify(
        &self,
        card_number: &str,
        name: &str,
        id_number: Option<&str>,
        phone: Option<&str>,
        options: Options,
        notify: Option<Py<PyAny>>,
    ) -> Call {
        let mut cardholder = Cardholder::new(card_number, name);
        if let Some(id_number) = id_number {
            cardholder = cardholder.id_number(id_number);
        }
        if let Some(phone) = phone {
            cardholder = cardholder.phone(phone);
        }
        let (call, completer, cancellation) = Call::new(self.notice(notify));
        let options = options.into_call_options().cancellation(&cancellation);
        self.client.verify_then(cardholder, &options, |result| completer.end(result));
        call
    }

    /// Starts to ask who issued a card number.
    #[pyo3(signature = (card_number, options, notify=None))]
    fn lookup_card(&self, card_number: &str, options: Options, notify: Option<Py<PyAny>>) -> Call {
        let (call, completer, cancellation) = Call::new(self.notice(notify));
        let options = options.into_call_options().cancellation(&cancellation);
        self.client.lookup_card_then(card_number, &options, |result| completer.end(result));
        call
    }

    /// Starts to fetch what a vendor keeps under an order number.
    #[pyo3(signature = (order_id, options, notify=None))]
    fn fetch_order(&self, order_id: &str, options: Options, notify: Option<Py<PyAny>>) -> Call {
        let (call, completer, cancellation) = Call::new(self.notice(notify));
        let options = options.into_call_options().cancellation(&cancellation);
        self.client.fetch_order_then(order_id, &options, |result| completer.end(result));
        call
    }

    /// The orders of its journal.
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
    fn notice(&self, notify: Option<Py<PyAny>>) -> Option<Notice> {
        notify.map(|notify| self.announcer.notice(notify))
    }

    fn start_recognition(&self, image: Image, options: Options, notify: Option<Py<PyAny>>) -> Call {
        let (call, completer, cancellation) = Call::new(self.notice(notify));
        let options = options.into_call_options().cancellation(&cancellation);
        self.client.recognize_then(image, &options, |result| completer.end(result));
        call
    }
}

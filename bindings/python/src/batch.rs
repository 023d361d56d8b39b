//! A batch: the package's iterators hand it inputs as it asks for them, and take its results.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cardwire::bindings::{BatchAction, BatchDriver};
use cardwire::{BatchInput, BatchOptions, Cardholder, Error, Image, Recognition, Verification};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::call::{Answer, Outcome, told};
use crate::client::{Client, Options, Photo, cardholder};
use crate::signals::SIGNAL_INTERVAL;
use crate::text::taken;

/// The calls of a batch.
enum Calls {
    Recognize(BatchDriver<Recognition>),
    Verify(BatchDriver<Verification>),
}

/// Does the same with the calls of either kind.
macro_rules! either {
    ($calls:expr, $batch:ident => $body:expr) => {
        match $calls {
            Calls::Recognize($batch) => $body,
            Calls::Verify($batch) => $body,
        }
    };
}

/// A batch of one client. Closing it, or dropping it, cancels what is in flight.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Batch(Mutex<Option<Calls>>);

/// Returns what has `callback` called when a call has ended; where there is none, nobody is told.
fn notifier(client: &Client, callback: Option<Py<PyAny>>) -> Box<dyn Fn() + Send + Sync> {
    let Some(callback) = callback.map(Arc::new) else { return Box::new(|| {}) };
    let sender = client.callbacks.sender();
    Box::new(move || sender.send(Arc::clone(&callback)))
}

impl Batch {
    pub fn recognize(client: &Client, options: &BatchOptions, notify: Option<Py<PyAny>>) -> Batch {
        let calls = BatchDriver::new(&client.client, options, notifier(client, notify));
        Batch(Mutex::new(Some(Calls::Recognize(calls))))
    }

    pub fn verify(client: &Client, options: &BatchOptions, notify: Option<Py<PyAny>>) -> Batch {
        let calls = BatchDriver::new(&client.client, options, notifier(client, notify));
        Batch(Mutex::new(Some(Calls::Verify(calls))))
    }

    fn calls(&self) -> MutexGuard<'_, Option<Calls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, image: Image, options: Option<Options>) -> PyResult<()> {
        match &mut *self.calls() {
            Some(Calls::Recognize(batch)) => {
                if let Some(index) = batch.accept() {
                    batch.recognize(index, named(BatchInput::new(image), options));
                }
                Ok(())
            }
            _ => Err(PyRuntimeError::new_err("the batch takes no photos")),
        }
    }
}

/// An input with the order number and the reference of the options.
fn named<T>(mut input: BatchInput<T>, options: Option<Options>) -> BatchInput<T> {
    let (order_id, reference) = options.map(Options::names).unwrap_or_default();
    if let Some(order_id) = order_id {
        input = input.order_id(order_id);
    }
    if let Some(reference) = reference {
        input = input.reference(reference);
    }
    input
}

#[pymethods]
impl Batch {
    /// What comes next: "ask" for an input, "give" a result, or "done". It is waited for without the
    /// interpreter lock, or is "wait" where `waits` is false.
    fn step(&self, py: Python<'_>, waits: bool) -> PyResult<&'static str> {
        loop {
            let action = match &mut *self.calls() {
                Some(calls) => either!(calls, batch => batch.poll()),
                None => BatchAction::Done,
            };
            match action {
                BatchAction::Ask(_) => return Ok("ask"),
                BatchAction::Give(_) => return Ok("give"),
                BatchAction::Done => return Ok("done"),
                BatchAction::Wait if !waits => return Ok("wait"),
                BatchAction::Wait => {
                    py.detach(|| {
                        if let Some(calls) = &*self.calls() {
                            either!(calls, batch => batch.wait(Some(SIGNAL_INTERVAL)));
                        }
                    });
                    py.check_signals()?;
                }
            }
        }
    }

    /// Puts in the photo that was asked for: bytes, or the path of a file. Of the options the order
    /// number and the reference are this call's, here and below.
    #[pyo3(signature = (photo, options=None), name = "recognize")]
    fn put_photo(&self, photo: Photo, options: Option<Options>) -> PyResult<()> {
        self.put(photo.into(), options)
    }

    /// Puts in the photo that was asked for, at an address.
    #[pyo3(signature = (url, options=None), name = "recognize_url")]
    fn put_url(&self, url: &Bound<'_, PyAny>, options: Option<Options>) -> PyResult<()> {
        self.put(Image::url(taken("image", url)?), options)
    }

    /// Puts in the cardholder that was asked for.
    #[pyo3(
        signature = (card_number, name, id_number=None, phone=None, options=None), name = "verify"
    )]
    fn put_cardholder(
        &self,
        card_number: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        id_number: Option<&Bound<'_, PyAny>>,
        phone: Option<&Bound<'_, PyAny>>,
        options: Option<Options>,
    ) -> PyResult<()> {
        let input: BatchInput<Cardholder> =
            BatchInput::new(cardholder(card_number, name, id_number, phone)?);
        match &mut *self.calls() {
            Some(Calls::Verify(batch)) => {
                if let Some(index) = batch.accept() {
                    batch.verify(index, named(input, options));
                }
                Ok(())
            }
            _ => Err(PyRuntimeError::new_err("the batch takes no cardholders")),
        }
    }

    /// Leaves the input that was asked for without a call, and gives its number.
    fn refuse(&self) -> Option<usize> {
        either!(self.calls().as_mut()?, batch => {
            let index = batch.accept()?;
            batch.refuse(index);
            Some(index)
        })
    }

    /// Says that there are no more inputs.
    fn end_inputs(&self) {
        if let Some(calls) = &mut *self.calls() {
            either!(calls, batch => batch.end_inputs());
        }
    }

    /// The number of the input whose result comes next, with the result and no error or the error and no
    /// result.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(usize, Outcome<'py>)> {
        let item = match &mut *self.calls() {
            None => None,
            Some(Calls::Recognize(batch)) => {
                batch.take().map(|item| (item.index, item.result.map(Answer::from)))
            }
            Some(Calls::Verify(batch)) => {
                batch.take().map(|item| (item.index, item.result.map(Answer::from)))
            }
        };
        let item: Option<(usize, Result<Answer, Error>)> = item;
        let (index, result) =
            item.ok_or_else(|| PyRuntimeError::new_err("no result is to be taken"))?;
        Ok((index, told(py, &result)?))
    }

    /// Cancels what is in flight.
    fn close(&self) {
        let calls = self.calls().take();
        drop(calls);
    }
}

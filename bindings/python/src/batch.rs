//! A batch: the package's iterators hand it inputs as it asks for them, and take its results.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cardwire::bindings::{AnyBatch, BatchAction, batch_input_with};
use cardwire::{BatchInput, Error, Image};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::call::{Answer, Outcome, told};
use crate::client::{Client, Options, Photo, call_options, cardholder};
use crate::signals::SIGNAL_INTERVAL;
use crate::text::taken;

/// A batch of one client. Closing it, or dropping it, cancels what is in flight.
#[pyclass(frozen, module = "cardwire._native")]
pub struct Batch {
    calls: Mutex<Option<AnyBatch>>,
    /// A result of which Python was interrupted while it read it: it is given again.
    kept: Mutex<Option<(usize, Result<Answer, Error>)>>,
}

/// Returns what has `callback` called when a call has ended; where there is none, nobody is told.
pub fn notifier(client: &Client, callback: Option<Py<PyAny>>) -> Box<dyn Fn() + Send + Sync> {
    let Some(callback) = callback.map(Arc::new) else { return Box::new(|| {}) };
    let sender = client.callbacks.sender();
    Box::new(move || sender.send(Arc::clone(&callback)))
}

impl Batch {
    pub fn new(calls: AnyBatch) -> Batch {
        Batch { calls: Mutex::new(Some(calls)), kept: Mutex::default() }
    }

    fn calls(&self) -> MutexGuard<'_, Option<AnyBatch>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Option<(usize, Result<Answer, Error>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, image: Image, options: Option<Options>) -> PyResult<()> {
        match &mut *self.calls() {
            Some(AnyBatch::Recognize(batch)) => {
                if let Some(index) = batch.accept() {
                    batch.recognize(index, named(image, options));
                }
                Ok(())
            }
            _ => Err(PyRuntimeError::new_err("the batch takes no photos")),
        }
    }
}

/// Returns an input with the order number and the reference of the options.
fn named<T>(input: T, options: Option<Options>) -> BatchInput<T> {
    batch_input_with(input, call_options(options))
}

#[pymethods]
impl Batch {
    /// Returns what comes next: "ask" for an input, "give" a result, or "done". It is waited for
    /// without the interpreter lock, or is "wait" where `waits` is false.
    fn step(&self, py: Python<'_>, waits: bool) -> PyResult<&'static str> {
        if self.kept().is_some() {
            return Ok("give");
        }
        loop {
            let action = match &mut *self.calls() {
                Some(batch) => batch.poll(),
                None => BatchAction::Done,
            };
            match action {
                BatchAction::Ask(_) => return Ok("ask"),
                BatchAction::Give(_) => return Ok("give"),
                BatchAction::Done => return Ok("done"),
                BatchAction::Wait | BatchAction::AwaitInput if !waits => return Ok("wait"),
                BatchAction::Wait | BatchAction::AwaitInput => {
                    // Others may use the batch, and close it, meanwhile.
                    let waiter = self.calls().as_ref().map(AnyBatch::waiter);
                    if let Some(wait) = waiter {
                        py.detach(|| wait(Some(SIGNAL_INTERVAL)));
                    }
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
        let cardholder = cardholder(card_number, name, id_number, phone)?;
        match &mut *self.calls() {
            Some(AnyBatch::Verify(batch)) => {
                if let Some(index) = batch.accept() {
                    batch.verify(index, named(cardholder, options));
                }
                Ok(())
            }
            _ => Err(PyRuntimeError::new_err("the batch takes no cardholders")),
        }
    }

    /// Leaves the input that was asked for without a call, and gives its number.
    fn refuse(&self) -> Option<usize> {
        let mut calls = self.calls();
        let batch = calls.as_mut()?;
        let index = batch.accept()?;
        batch.refuse(index);
        Some(index)
    }

    /// Says that there are no more inputs.
    fn end_inputs(&self) {
        if let Some(batch) = &mut *self.calls() {
            batch.end_inputs();
        }
    }

    /// Returns the number of the input whose result comes next, with the result and no error or the
    /// error and no result.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(usize, Outcome<'py>)> {
        let kept = self.kept().take();
        let item = kept.or_else(|| self.calls().as_mut().and_then(AnyBatch::take::<Answer>));
        let (index, result) =
            item.ok_or_else(|| PyRuntimeError::new_err("no result is to be taken"))?;
        match told(py, &result) {
            Ok(outcome) => Ok((index, outcome)),
            Err(interruption) => {
                *self.kept() = Some((index, result));
                Err(interruption)
            }
        }
    }

    /// Cancels what is in flight.
    fn close(&self) {
        let calls = self.calls().take();
        drop((calls, self.kept().take()));
    }
}

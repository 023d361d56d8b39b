//! Many calls: a stream of inputs, a bounded number in flight, results as they finish.

use super::batch_driver::BatchDriver;
use super::{CallOptions, Client};
use crate::batch::Action;
use crate::card::{Cardholder, Image, Recognition, Verification};
use crate::error::Error;

/// The most calls that a batch has in flight where nobody says.
pub const DEFAULT_CONCURRENCY: usize = 16;

/// How a batch is worked through.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    pub(super) call: CallOptions,
    pub(super) concurrency: usize,
}

impl BatchOptions {
    /// 16 calls in flight, each with the configuration's own ways.
    pub fn new() -> Self {
        BatchOptions { call: CallOptions::default(), concurrency: DEFAULT_CONCURRENCY }
    }

    /// The most calls in flight at once, at least 1.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// What every call of the batch wants. An order number or a reference in it is left out: each
    /// call has its own, which a [`BatchInput`] can give.
    pub fn call(mut self, mut options: CallOptions) -> Self {
        options.order_id = None;
        options.reference = None;
        self.call = options;
        self
    }
}

impl Default for BatchOptions {
    fn default() -> Self {
        BatchOptions::new()
    }
}

/// One input of a batch with its own order number or reference.
///
/// ```
/// # use cardwire::{BatchInput, Image};
/// let photo = Image::path("photos/0001.jpg");
/// let input = BatchInput::<Image>::new(photo).reference("photos/0001.jpg");
/// ```
#[derive(Clone, Debug)]
pub struct BatchInput<T> {
    pub(super) input: T,
    pub(super) order_id: Option<String>,
    pub(super) reference: Option<String>,
}

impl<T> BatchInput<T> {
    /// An input whose order number the library makes.
    pub fn new(input: impl Into<T>) -> Self {
        BatchInput { input: input.into(), order_id: None, reference: None }
    }

    /// The order number of its call; see [`CallOptions::order_id`].
    pub fn order_id(mut self, order_id: impl Into<String>) -> Self {
        self.order_id = Some(order_id.into());
        self
    }

    /// The reference of its call; see [`CallOptions::reference`].
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }
}

impl<T: Into<Image>> From<T> for BatchInput<Image> {
    fn from(image: T) -> Self {
        BatchInput::new(image)
    }
}

impl From<Cardholder> for BatchInput<Cardholder> {
    fn from(cardholder: Cardholder) -> Self {
        BatchInput::new(cardholder)
    }
}

/// One result of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchItem<T> {
    /// Which input it belongs to, from 0.
    pub index: usize,
    /// What came of it.
    pub result: Result<T, Error>,
}

/// The results of a batch, in the order in which they finish. Inputs are taken from the iterator
/// only as calls end, so any number of them needs no more memory than those in flight. Dropping it
/// cancels what is in flight. In a forked child every input that is left ends with `closed`.
pub struct Results<I: Iterator, T> {
    /// `None` once they ended, or panicked.
    inputs: Option<I>,
    batch: BatchDriver<T>,
    begin: fn(&mut BatchDriver<T>, usize, I::Item),
}

impl Client {
    /// Recognises every photo of an iterator, each of them alone or as a [`BatchInput`] with its order
    /// number or reference. The iterator runs on the thread that takes results.
    ///
    /// With [`CallOptions::skip_answered`] a batch that was cut off goes on: what the journal knows as
    /// answered ends with `already_answered` and its order, and is not sent again.
    pub fn recognize_many<I>(
        &self,
        images: I,
        options: &BatchOptions,
    ) -> Results<I::IntoIter, Recognition>
    where
        I: IntoIterator,
        I::Item: Into<BatchInput<Image>>,
    {
        Results::new(self, images.into_iter(), options, |batch, index, image| {
            batch.recognize(index, image.into());
        })
    }

    /// Verifies every cardholder of an iterator, as [`Client::recognize_many`] recognises photos.
    pub fn verify_many<I>(
        &self,
        cardholders: I,
        options: &BatchOptions,
    ) -> Results<I::IntoIter, Verification>
    where
        I: IntoIterator,
        I::Item: Into<BatchInput<Cardholder>>,
    {
        Results::new(self, cardholders.into_iter(), options, |batch, index, cardholder| {
            batch.verify(index, cardholder.into());
        })
    }
}

impl<I: Iterator, T: Send + 'static> Results<I, T> {
    fn new(
        client: &Client,
        inputs: I,
        options: &BatchOptions,
        begin: fn(&mut BatchDriver<T>, usize, I::Item),
    ) -> Self {
        Results { inputs: Some(inputs), batch: BatchDriver::new(client, options, || {}), begin }
    }
}

impl<I: Iterator, T: Send + 'static> Iterator for Results<I, T> {
    type Item = BatchItem<T>;

    fn next(&mut self) -> Option<BatchItem<T>> {
        loop {
            if self.inputs.is_none() {
                self.batch.end_inputs();
            }
            match self.batch.poll() {
                Action::Ask(_) => {
                    // Out of its place while it runs: after a panic in it no more is asked for.
                    if let Some(mut inputs) = self.inputs.take()
                        && let Some(input) = inputs.next()
                        && let Some(index) = self.batch.accept()
                    {
                        (self.begin)(&mut self.batch, index, input);
                        self.inputs = Some(inputs);
                    }
                }
                Action::Give(_) => return self.batch.take(),
                Action::Wait => self.batch.wait(None),
                Action::Done => return None,
            }
        }
    }
}

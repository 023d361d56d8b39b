//! The inputs, options and items of a batch.

use super::CallOptions;
use crate::card::{Cardholder, Image};
use crate::error::Error;

/// The most calls that a batch has in flight where nobody says.
pub const DEFAULT_CONCURRENCY: usize = 16;

/// The options of a batch.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    pub(crate) call: CallOptions,
    pub(crate) concurrency: usize,
}

impl BatchOptions {
    /// Returns the defaults: 16 calls in flight, each as the configuration has it.
    pub fn new() -> Self {
        BatchOptions { call: CallOptions::default(), concurrency: DEFAULT_CONCURRENCY }
    }

    /// Sets the most calls in flight at once, at least 1.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Sets the options of every call of the batch. An order number or a reference in it is left
    /// out: each call has its own, which a [`BatchInput`] can give.
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
    pub(crate) input: T,
    pub(crate) order_id: Option<String>,
    pub(crate) reference: Option<String>,
}

impl<T> BatchInput<T> {
    /// Returns an input whose order number the library makes.
    pub fn new(input: impl Into<T>) -> Self {
        BatchInput { input: input.into(), order_id: None, reference: None }
    }

    /// Sets the order number of its call; see [`CallOptions::order_id`].
    pub fn order_id(mut self, order_id: impl Into<String>) -> Self {
        self.order_id = Some(order_id.into());
        self
    }

    /// Sets the reference of its call; see [`CallOptions::reference`].
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
    /// The number of its input, from 0.
    pub index: usize,
    /// Its result, or the error.
    pub result: Result<T, Error>,
}

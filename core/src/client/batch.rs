//! Many calls: a stream of inputs, a bounded number in flight, results as they finish.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::{CallOptions, Client, recognition, verification};
use crate::cancellation::Cancellation;
use crate::card::{Buffers, Cardholder, Image, Recognition, Verification};
use crate::driver::Work;
use crate::error::Error;
use crate::transport::hold_up;

/// How many calls a batch keeps in flight where nobody says.
const DEFAULT_CONCURRENCY: usize = 16;

/// How a batch is worked through.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    call: CallOptions,
    concurrency: usize,
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
    input: T,
    order_id: Option<String>,
    reference: Option<String>,
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
    client: Client,
    inputs: I,
    start: fn(&Client, I::Item, &CallOptions, Report<T>),
    options: BatchOptions,
    dropped: Cancellation,
    next: usize,
    in_flight: BTreeSet<usize>,
    sender: Sender<BatchItem<T>>,
    receiver: Receiver<BatchItem<T>>,
}

/// Hands the result of one call to the batch.
pub(super) struct Report<T> {
    index: usize,
    sender: Sender<BatchItem<T>>,
}

impl<T> Report<T> {
    fn send(self, result: Result<T, Error>) {
        // A batch that was dropped takes no results.
        let _ = self.sender.send(BatchItem { index: self.index, result });
    }
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
        Results::new(self, images.into_iter(), options, |client, image, call, report| {
            let (image, call) = with_options(image, call);
            let work = Ok(Work::Recognize(image));
            client.spawn(work, &call, recognition, move |result| report.send(result));
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
        Results::new(self, cardholders.into_iter(), options, |client, cardholder, call, report| {
            let (cardholder, call) = with_options(cardholder, call);
            let work = Ok(Work::Verify(cardholder));
            client.spawn(work, &call, verification, move |result| report.send(result));
        })
    }
}

/// What one input asks for, and the options of its call.
fn with_options<T>(input: impl Into<BatchInput<T>>, call: &CallOptions) -> (T, CallOptions) {
    let BatchInput { input, order_id, reference } = input.into();
    (input, CallOptions { order_id, reference, ..call.clone() })
}

impl<I: Iterator, T> Results<I, T> {
    fn new(
        client: &Client,
        inputs: I,
        options: &BatchOptions,
        start: fn(&Client, I::Item, &CallOptions, Report<T>),
    ) -> Self {
        let (sender, receiver) = channel();
        let mut options = options.clone();
        let dropped = Cancellation::new();
        options.call.caller = Some(dropped.clone());
        options.call.buffers = Some(Buffers::default());
        Results {
            client: client.clone(),
            inputs,
            start,
            options,
            dropped,
            next: 0,
            in_flight: BTreeSet::new(),
            sender,
            receiver,
        }
    }

    fn fill(&mut self) {
        let cancellation = self.options.call.cancellation.as_ref();
        let cancelled = cancellation.is_some_and(Cancellation::is_cancelled);
        while self.in_flight.len() < self.options.concurrency && !cancelled {
            let Some(input) = self.inputs.next() else { break };
            let report = Report { index: self.next, sender: self.sender.clone() };
            self.in_flight.insert(self.next);
            self.next += 1;
            (self.start)(&self.client, input, &self.options.call, report);
        }
    }
}

impl<I: Iterator, T> Iterator for Results<I, T> {
    type Item = BatchItem<T>;

    fn next(&mut self) -> Option<BatchItem<T>> {
        self.fill();
        if self.in_flight.is_empty() {
            return None;
        }
        if let Err(error) = self.client.made_here() {
            // Nobody in this process ends what its parent began.
            let index = self.in_flight.pop_first()?;
            return Some(BatchItem { index, result: Err(error) });
        }
        let item = hold_up(|| self.receiver.recv()).ok()?;
        self.in_flight.remove(&item.index);
        Some(item)
    }
}

impl<I: Iterator, T> Drop for Results<I, T> {
    fn drop(&mut self) {
        if !self.in_flight.is_empty() {
            self.dropped.cancel();
        }
    }
}

//! The driver of a batch: it begins the calls that the batch wants and keeps results until they are
//! given.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{
    BatchInput, BatchItem, BatchOptions, CallOptions, Client, recognition, verification,
    without_end,
};
use crate::batch::{Action, Batch, Event};
use crate::cancellation::Cancellation;
use crate::card::{Buffers, Cardholder, Image, Recognition, Verification};
use crate::driver::Work;
use crate::error::Error;
use crate::transport::hold_up;
use crate::vendors::Answer;

/// The calls of a batch, for whoever has inputs and takes results: [`BatchDriver::poll`] says what to do
/// next. Dropping it cancels what is in flight. In a forked child every input that is left ends with
/// `closed`.
pub struct BatchDriver<T> {
    client: Client,
    call: CallOptions,
    dropped: Cancellation,
    batch: Batch,
    results: HashMap<usize, Result<T, Error>>,
    ends: Arc<Ends<T>>,
}

/// The ends of calls on their way to the batch.
struct Ends<T> {
    noted: Mutex<EndQueue<T>>,
    added: Condvar,
    told: Box<dyn Fn() + Send + Sync>,
}

/// The ends that the batch does not know of yet.
struct EndQueue<T> {
    items: Vec<BatchItem<T>>,
    /// Waking nobody is a system call too.
    is_awaited: bool,
}

impl<T> Ends<T> {
    fn noted(&self) -> MutexGuard<'_, EndQueue<T>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, item: BatchItem<T>) {
        let mut noted = self.noted();
        noted.items.push(item);
        if noted.is_awaited {
            self.added.notify_one();
        }
        drop(noted);
        (self.told)();
    }
}

/// Notes the end of one call, even of one that is dropped without a result.
struct Report<T> {
    index: usize,
    ends: Option<Arc<Ends<T>>>,
}

impl<T> Report<T> {
    fn send(&mut self, result: Result<T, Error>) {
        if let Some(ends) = self.ends.take() {
            ends.add(BatchItem { index: self.index, result });
        }
    }
}

impl<T> Drop for Report<T> {
    fn drop(&mut self) {
        self.send(Err(without_end()));
    }
}

impl<T: Send + 'static> BatchDriver<T> {
    /// Makes a batch that has begun nothing yet. `told` is called each time that a call has ended, on
    /// the thread that ended it: [`BatchDriver::poll`] may then say something else than to wait.
    pub fn new(
        client: &Client,
        options: &BatchOptions,
        told: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let dropped = Cancellation::new();
        let mut call = options.call.clone();
        call.caller = Some(dropped.clone());
        call.buffers = Some(Buffers::default());
        let noted = Mutex::new(EndQueue { items: Vec::new(), is_awaited: false });
        BatchDriver {
            client: client.clone(),
            call,
            dropped,
            batch: Batch::new(options.concurrency),
            results: HashMap::new(),
            ends: Arc::new(Ends { noted, added: Condvar::new(), told: Box::new(told) }),
        }
    }

    /// Says what to do next: hand in the input that is asked for or say that there is none, take a
    /// result, wait, or nothing any more.
    #[must_use]
    pub fn poll(&mut self) -> Action {
        self.note_ends();
        if self.call.cancellation.as_ref().is_some_and(Cancellation::is_cancelled) {
            self.end_inputs();
        }
        self.batch.poll()
    }

    fn note_ends(&mut self) {
        if !self.client.is_ours() {
            // The lock may be held by a thread that this process does not have.
            self.batch.handle(Event::Forked);
            return;
        }
        for BatchItem { index, result } in std::mem::take(&mut self.ends.noted().items) {
            self.results.insert(index, result);
            self.batch.handle(Event::Ended(index));
        }
    }

    /// Takes the input that was asked for into the batch and returns its number: it is to be begun or
    /// refused. `None` where none is wanted any more.
    pub fn accept(&mut self) -> Option<usize> {
        let index = self.batch.asked()?;
        self.batch.handle(Event::Input);
        Some(index)
    }

    /// Leaves an input without a call: whoever gave it answers it. Of one that was asked for and not
    /// taken in, too.
    pub fn refuse(&mut self, index: usize) {
        self.batch.handle(Event::Refused(index));
    }

    /// Asks for no further input. What is in flight is still given.
    pub fn end_inputs(&mut self) {
        self.batch.handle(Event::NoInput);
    }

    /// Waits until a call ends that [`BatchDriver::poll`] does not know of, at the most for so long.
    pub fn wait(&self, limit: Option<Duration>) {
        if !self.client.is_ours() {
            return;
        }
        let waits = || {
            let mut noted = self.ends.noted();
            noted.is_awaited = true;
            let no_end = |noted: &mut EndQueue<T>| noted.items.is_empty();
            let added = &self.ends.added;
            let mut noted = match limit {
                None => added.wait_while(noted, no_end).unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    let waited = added.wait_timeout_while(noted, limit, no_end);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            noted.is_awaited = false;
        };
        hold_up(waits);
    }

    /// Takes the result that is to be given next; `None` where there is none.
    pub fn take(&mut self) -> Option<BatchItem<T>> {
        let index = self.batch.first()?;
        self.batch.handle(Event::Given);
        let ended = self.results.remove(&index).unwrap_or_else(|| Err(without_end()));
        // What was noted before a fork is the parent's to give.
        let result = self.client.made_here().and(ended);
        Some(BatchItem { index, result })
    }

    /// Returns whether calls are in flight.
    pub fn is_busy(&mut self) -> bool {
        self.note_ends();
        self.batch.is_busy()
    }

    fn begin<I>(
        &mut self,
        index: usize,
        input: BatchInput<I>,
        work: fn(I) -> Work,
        convert: fn(Answer) -> Result<T, Error>,
    ) {
        if !self.client.is_ours() {
            // It ends as those do that the parent began.
            return;
        }
        let BatchInput { input, order_id, reference } = input;
        let call = CallOptions { order_id, reference, ..self.call.clone() };
        let mut report = Report { index, ends: Some(Arc::clone(&self.ends)) };
        self.client.spawn(Ok(work(input)), &call, convert, move |result| report.send(result));
    }
}

impl BatchDriver<Recognition> {
    /// Begins the call of an input that was taken in.
    pub fn recognize(&mut self, index: usize, image: BatchInput<Image>) {
        self.begin(index, image, Work::Recognize, recognition);
    }
}

impl BatchDriver<Verification> {
    /// Begins the call of an input that was taken in.
    pub fn verify(&mut self, index: usize, cardholder: BatchInput<Cardholder>) {
        self.begin(index, cardholder, Work::Verify, verification);
    }
}

impl<T> Drop for BatchDriver<T> {
    fn drop(&mut self) {
        if self.batch.is_busy() {
            self.dropped.cancel();
        }
    }
}

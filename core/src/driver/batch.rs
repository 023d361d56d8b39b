//! The driver of a batch: it begins the calls that the batch wants and keeps results until they are
//! given.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::prepare::Work;
use super::run::without_end;
use super::services::Services;
use super::start::Start;
use crate::batch::{Action, Batch, Event};
use crate::cancellation::Cancellation;
use crate::card::{Buffers, Cardholder, Image, Recognition, Verification};
use crate::client::batch_input::{BatchInput, BatchItem, BatchOptions};
use crate::client::options::CallOptions;
use crate::error::Error;
use crate::fork::ForkGuard;
use crate::runtime::hold_up;
use crate::vendors::Answer;

/// The calls of a batch, for whoever has inputs and takes results: [`BatchDriver::poll`] says what to do
/// next. Dropping it cancels what is in flight. In a forked child every input that is left ends with
/// `closed`.
pub struct BatchDriver<T> {
    services: ForkGuard<Services>,
    call: CallOptions,
    dropped: Cancellation,
    batch: Batch,
    results: HashMap<usize, Result<T, Error>>,
    ends: Arc<EndedCalls<T>>,
    /// How many ends the batch knows of.
    seen: u64,
}

/// The ends of calls on their way to the batch.
struct EndedCalls<T> {
    noted: Mutex<EndQueue<T>>,
    added: Condvar,
    told: Box<dyn Fn() + Send + Sync>,
}

/// The ends that the batch does not know of yet.
struct EndQueue<T> {
    items: Vec<BatchItem<T>>,
    /// How many there were so far.
    count: u64,
    /// How many threads wait: waking nobody is a system call too.
    waiting: usize,
}

impl<T> EndedCalls<T> {
    fn noted(&self) -> MutexGuard<'_, EndQueue<T>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, item: BatchItem<T>) {
        let mut noted = self.noted();
        noted.items.push(item);
        noted.count += 1;
        if noted.waiting > 0 {
            self.added.notify_all();
        }
        drop(noted);
        (self.told)();
    }

    /// Waits until there were more than so many, at the most for so long.
    fn wait(&self, seen: u64, limit: Option<Duration>) {
        let mut noted = self.noted();
        noted.waiting += 1;
        let no_more = |noted: &mut EndQueue<T>| noted.count == seen;
        let mut noted = match limit {
            None => self.added.wait_while(noted, no_more).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => {
                let waited = self.added.wait_timeout_while(noted, limit, no_more);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        noted.waiting -= 1;
    }
}

/// The sender of a call's end, even of a call that is dropped without a result.
struct Report<T> {
    index: usize,
    ends: Option<Arc<EndedCalls<T>>>,
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
        self.send(Err(without_end(None)));
    }
}

impl<T: Send + 'static> BatchDriver<T> {
    /// Makes a batch that has begun nothing yet. `told` is called each time that a call has ended, on
    /// the thread that ended it: [`BatchDriver::poll`] may then say something else than to wait. It is
    /// not called for a call that cannot begin.
    pub(crate) fn new(
        services: &ForkGuard<Services>,
        options: &BatchOptions,
        told: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let dropped = Cancellation::new();
        let mut call = options.call.clone();
        call.caller = Some(dropped.clone());
        call.buffers = Some(Buffers::default());
        if call.context.is_none() {
            call.context = services.context();
        }
        let noted = Mutex::new(EndQueue { items: Vec::new(), count: 0, waiting: 0 });
        BatchDriver {
            services: services.clone(),
            call,
            dropped,
            batch: Batch::new(options.concurrency),
            results: HashMap::new(),
            ends: Arc::new(EndedCalls { noted, added: Condvar::new(), told: Box::new(told) }),
            seen: 0,
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
        if !self.services.is_ours() {
            // The lock may be held by a thread that this process does not have.
            self.batch.handle(Event::Forked);
            return;
        }
        let ends = Arc::clone(&self.ends);
        let mut noted = ends.noted();
        self.seen = noted.count;
        for item in noted.items.drain(..) {
            self.end(item);
        }
    }

    fn end(&mut self, BatchItem { index, result }: BatchItem<T>) {
        self.results.insert(index, result);
        self.batch.handle(Event::Ended(index));
    }

    /// Returns whether an input was asked for and is still to come.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.batch.asked().is_some()
    }

    /// Takes the input that was asked for into the batch and returns its number: it is to be begun or
    /// refused. `None` where none is wanted any more.
    pub fn accept(&mut self) -> Option<usize> {
        let index = self.batch.asked()?;
        self.batch.handle(Event::Input);
        Some(index)
    }

    /// Leaves an input without a call, whether or not it was taken in: whoever gave it answers it.
    pub fn refuse(&mut self, index: usize) {
        self.batch.handle(Event::Refused(index));
    }

    /// Asks for no further input. What is in flight is still given.
    pub fn end_inputs(&mut self) {
        self.batch.handle(Event::NoInput);
    }

    /// Returns a function that waits until a call ends that the last [`BatchDriver::poll`] did not know
    /// of, at most as long as its limit. The batch may be used and dropped meanwhile.
    pub fn waiter(&self) -> impl FnOnce(Option<Duration>) + Send + use<T> {
        let (services, ends, seen) = (self.services.clone(), Arc::clone(&self.ends), self.seen);
        move |limit| {
            if services.is_ours() {
                hold_up(|| ends.wait(seen, limit));
            }
        }
    }

    /// Takes the result that is to be given next; `None` where there is none.
    pub fn take(&mut self) -> Option<BatchItem<T>> {
        let index = self.batch.first()?;
        self.batch.handle(Event::Given);
        let ended = self.results.remove(&index).unwrap_or_else(|| Err(without_end(None)));
        // What was noted before a fork is the parent's to give.
        let result = self.services.made_here().and(ended);
        Some(BatchItem { index, result })
    }

    /// Returns whether calls are in flight.
    pub fn is_busy(&mut self) -> bool {
        self.note_ends();
        self.batch.is_busy()
    }

    fn begin<I>(&mut self, index: usize, input: BatchInput<I>, work: fn(I) -> Work)
    where
        T: TryFrom<Answer, Error = Error>,
    {
        if !self.services.is_ours() {
            // It ends as those do that the parent began.
            return;
        }
        let BatchInput { input, order_id, reference } = input;
        let call = CallOptions { order_id, reference, ..self.call.clone() };
        match Start::new(&self.services) {
            Ok(start) => {
                let mut report = Report { index, ends: Some(Arc::clone(&self.ends)) };
                start.run(work(input), call, move |result| report.send(result));
            }
            Err(error) => self.end(BatchItem { index, result: Err(error) }),
        }
    }
}

impl BatchDriver<Recognition> {
    /// Begins the call of an input that was taken in.
    pub fn recognize(&mut self, index: usize, image: BatchInput<Image>) {
        self.begin(index, image, Work::Recognize);
    }
}

impl BatchDriver<Verification> {
    /// Begins the call of an input that was taken in.
    pub fn verify(&mut self, index: usize, cardholder: BatchInput<Cardholder>) {
        self.begin(index, cardholder, Work::Verify);
    }
}

impl<T> Drop for BatchDriver<T> {
    fn drop(&mut self) {
        if self.batch.is_busy() {
            self.dropped.cancel();
        }
    }
}

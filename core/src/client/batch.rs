//! Many calls: a stream of inputs, a bounded number in flight, results as they finish.

use super::Client;
use super::batch_input::{BatchInput, BatchItem, BatchOptions};
use crate::batch::Action;
use crate::card::{Cardholder, Image, Recognition, Verification};
use crate::driver::BatchDriver;

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
    /// With [`skip_answered`](crate::CallOptions::skip_answered) a batch that was cut off goes on: what
    /// the journal knows as answered ends with `already_answered` and its order, and is not sent again; what
    /// another call asks at this moment ends with `already_running`.
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
        let batch = BatchDriver::new(&client.services, options, || {});
        Results { inputs: Some(inputs), batch, begin }
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
                    // Taken out while it runs: after a panic in it no more is asked for.
                    if let Some(mut inputs) = self.inputs.take()
                        && let Some(input) = inputs.next()
                        && let Some(index) = self.batch.accept()
                    {
                        (self.begin)(&mut self.batch, index, input);
                        self.inputs = Some(inputs);
                    }
                }
                Action::Give(_) => return self.batch.take(),
                Action::Wait => self.batch.waiter()(None),
                // Only a panic in `begin` leaves an input unanswered; then no more are asked for.
                Action::AwaitInput => self.batch.end_inputs(),
                Action::Done => return None,
            }
        }
    }
}

//! The results of a batch as a stream.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::AsyncClient;
use super::batch_input::{BatchInput, BatchItem, BatchOptions};
use crate::batch::Action;
use crate::card::{Cardholder, Image, Recognition, Verification};
use crate::driver::BatchDriver;
use crate::fork::ForkGuard;

/// The results of a batch of an [`AsyncClient`], in the order in which they finish. Inputs are taken
/// from their stream only as calls end, so any number of them needs no more memory than those in flight;
/// while the next one is awaited, results come. Dropping it cancels what is in flight. In a forked child
/// every input that is left ends with `closed`.
pub struct ResultStream<S: Stream, T> {
    /// `None` once they ended, or panicked.
    inputs: Option<Pin<Box<S>>>,
    batch: BatchDriver<T>,
    begin: fn(&mut BatchDriver<T>, usize, S::Item),
    /// Whom an end of a call wakes. A child must not drop its parent's.
    waker: ForkGuard<Mutex<Option<Waker>>>,
}

impl AsyncClient {
    /// Recognises every photo of a stream, as [`Client::recognize_many`](crate::Client::recognize_many)
    /// those of an iterator. Without a stream of the program's own, `futures_util::stream::iter` makes one
    /// of an iterator.
    pub fn recognize_many<S>(
        &self,
        images: S,
        options: &BatchOptions,
    ) -> ResultStream<S, Recognition>
    where
        S: Stream,
        S::Item: Into<BatchInput<Image>>,
    {
        ResultStream::new(self, images, options, |batch, index, image| {
            batch.recognize(index, image.into());
        })
    }

    /// Verifies every cardholder of a stream, as [`AsyncClient::recognize_many`] recognises photos.
    pub fn verify_many<S>(
        &self,
        cardholders: S,
        options: &BatchOptions,
    ) -> ResultStream<S, Verification>
    where
        S: Stream,
        S::Item: Into<BatchInput<Cardholder>>,
    {
        ResultStream::new(self, cardholders, options, |batch, index, cardholder| {
            batch.verify(index, cardholder.into());
        })
    }
}

impl<S: Stream, T: Send + 'static> ResultStream<S, T> {
    fn new(
        client: &AsyncClient,
        inputs: S,
        options: &BatchOptions,
        begin: fn(&mut BatchDriver<T>, usize, S::Item),
    ) -> Self {
        let waker = ForkGuard::new(Mutex::new(None::<Waker>));
        let woken = Arc::clone(waker.shared());
        let wake = move || {
            let waker = woken.lock().unwrap_or_else(PoisonError::into_inner).take();
            waker.into_iter().for_each(Waker::wake);
        };
        let batch = BatchDriver::new(&client.blocking().services, options, wake);
        ResultStream { inputs: Some(Box::pin(inputs)), batch, begin, waker }
    }

    /// Takes the input that was asked for, or notes that there is none.
    fn poll_input(&mut self, context: &mut Context<'_>) -> Poll<()> {
        // Taken out while it runs: after a panic in it no more is asked for.
        let mut inputs = self.inputs.take();
        match inputs.as_mut().map(|inputs| inputs.as_mut().poll_next(context)) {
            Some(Poll::Pending) => {
                self.inputs = inputs;
                return Poll::Pending;
            }
            Some(Poll::Ready(Some(input))) => {
                if let Some(index) = self.batch.accept() {
                    (self.begin)(&mut self.batch, index, input);
                }
                self.inputs = inputs;
            }
            Some(Poll::Ready(None)) | None => self.batch.end_inputs(),
        }
        Poll::Ready(())
    }
}

impl<S: Stream, T: Send + Unpin + 'static> Stream for ResultStream<S, T> {
    type Item = BatchItem<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<BatchItem<T>>> {
        let this = self.get_mut();
        if this.waker.is_ours() {
            // Before it looks: a call that ends from now on wakes.
            let waker = context.waker().clone();
            *this.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
        }
        let mut has_input = true;
        loop {
            let action = this.batch.poll();
            if has_input && this.batch.asks() {
                has_input = this.poll_input(context).is_ready();
                continue;
            }
            return match action {
                Action::Give(_) => Poll::Ready(this.batch.take()),
                Action::Done => Poll::Ready(None),
                Action::Ask(_) | Action::Wait | Action::AwaitInput => Poll::Pending,
            };
        }
    }
}

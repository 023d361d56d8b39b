//! Batches for packages of other languages.

use std::time::Duration;

use super::AnyResult;
use crate::batch::Action;
use crate::driver::BatchDriver;
use crate::{BatchInput, BatchOptions, CallOptions, Client, Error, Recognition, Verification};

/// Returns an input of a batch with its order number and its reference, where it has them.
pub fn batch_input<T>(
    input: T,
    order_id: Option<String>,
    reference: Option<String>,
) -> BatchInput<T> {
    BatchInput { input, order_id, reference }
}

/// Returns an input of a batch with the order number and the reference of the options.
pub fn batch_input_with<T>(input: T, options: CallOptions) -> BatchInput<T> {
    batch_input(input, options.order_id, options.reference)
}

/// A batch of photos or of cardholders, for languages that have one class for both.
pub enum AnyBatch {
    /// A batch of photos.
    Recognize(BatchDriver<Recognition>),
    /// A batch of cardholders.
    Verify(BatchDriver<Verification>),
}

/// Does the same with a batch of either kind.
macro_rules! either {
    ($any:expr, $batch:ident => $body:expr) => {
        match $any {
            AnyBatch::Recognize($batch) => $body,
            AnyBatch::Verify($batch) => $body,
        }
    };
}

impl AnyBatch {
    /// Makes a batch of photos that has begun nothing yet. `told` is called each time that a call has
    /// ended, on the thread that ended it. It is not called for a call that cannot begin.
    pub fn of_photos(
        client: &Client,
        options: &BatchOptions,
        told: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        AnyBatch::Recognize(BatchDriver::new(&client.services, options, told))
    }

    /// Makes a batch of cardholders, as [`AnyBatch::of_photos`] makes one of photos.
    pub fn of_cardholders(
        client: &Client,
        options: &BatchOptions,
        told: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        AnyBatch::Verify(BatchDriver::new(&client.services, options, told))
    }

    /// Does [`BatchDriver::poll`].
    #[must_use]
    pub fn poll(&mut self) -> Action {
        either!(self, batch => batch.poll())
    }

    /// Does [`BatchDriver::accept`].
    pub fn accept(&mut self) -> Option<usize> {
        either!(self, batch => batch.accept())
    }

    /// Does [`BatchDriver::refuse`].
    pub fn refuse(&mut self, index: usize) {
        either!(self, batch => batch.refuse(index));
    }

    /// Does [`BatchDriver::take`]; returns the number of the input and its result.
    pub fn take<T: AnyResult>(&mut self) -> Option<(usize, Result<T, Error>)> {
        either!(self, batch => batch.take().map(|item| (item.index, item.result.map(T::from))))
    }

    /// Does [`BatchDriver::end_inputs`].
    pub fn end_inputs(&mut self) {
        either!(self, batch => batch.end_inputs());
    }

    /// Does [`BatchDriver::waiter`].
    pub fn waiter(&self) -> Box<dyn FnOnce(Option<Duration>) + Send> {
        either!(self, batch => Box::new(batch.waiter()))
    }

    /// Does [`BatchDriver::is_busy`].
    pub fn is_busy(&mut self) -> bool {
        either!(self, batch => batch.is_busy())
    }
}

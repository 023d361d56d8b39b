//! A batch: the JavaScript half hands it inputs as it asks for them, and takes its results.

use std::sync::Arc;

use bytes::Bytes;
use cardwire::bindings::{AnyBatch, BatchAction, batch_input};
use cardwire::{BatchInput, BatchOptions, CallOptions, Image};
use napi::bindgen_prelude::BufferSlice;
use napi::{Env, JsString, Result};
use napi_derive::napi;

use crate::messages::Message;
use crate::queue::Queue;

/// A batch of one client. Closing it cancels what is in flight.
#[napi]
pub struct Batch {
    queue: Arc<Queue>,
    calls: Option<AnyBatch>,
}

impl Batch {
    pub fn new(calls: AnyBatch, queue: &Arc<Queue>) -> Self {
        Batch { queue: Arc::clone(queue), calls: Some(calls) }
    }

    fn put(&mut self, index: u32, image: BatchInput<Image>) {
        if let Some(AnyBatch::Recognize(batch)) = &mut self.calls {
            batch.recognize(index as usize, image);
        }
    }
}

/// Has the JavaScript half told the number each time that a call has ended.
pub fn told(queue: &Arc<Queue>, id: u32) -> impl Fn() + Send + Sync + 'static {
    let queue = Arc::clone(queue);
    move || queue.put_soon(Message::ended(id))
}

/// Returns how a batch is worked through.
pub fn options(call: Option<&CallOptions>, concurrency: f64) -> BatchOptions {
    // Larger numbers than there are become the largest.
    let options = BatchOptions::new().concurrency(concurrency as usize);
    match call {
        Some(call) => options.call(call.clone()),
        None => options,
    }
}

#[napi]
impl Batch {
    /// Returns what comes next: to "ask" for an input, to "give" a result, to "wait", or "done".
    #[napi]
    pub fn step(&mut self) -> &'static str {
        let action = match &mut self.calls {
            Some(batch) => batch.poll(),
            None => BatchAction::Done,
        };
        match action {
            BatchAction::Ask(_) => "ask",
            BatchAction::Give(_) => "give",
            BatchAction::Wait | BatchAction::AwaitInput => "wait",
            BatchAction::Done => "done",
        }
    }

    /// Takes in the input that was asked for, and gives its number: it is to be put or refused. Nothing
    /// where none is wanted any more.
    #[napi]
    pub fn accept(&mut self) -> Option<u32> {
        let index = self.calls.as_mut()?.accept()?;
        u32::try_from(index).ok()
    }

    /// Leaves an input without a call.
    #[napi]
    pub fn refuse(&mut self, index: u32) {
        if let Some(batch) = &mut self.calls {
            batch.refuse(index as usize);
        }
    }

    /// Says that there are no more inputs.
    #[napi]
    pub fn end_inputs(&mut self) {
        if let Some(batch) = &mut self.calls {
            batch.end_inputs();
        }
    }

    /// Returns the result that comes next as a message whose number is that of its input; see
    /// `Queue::take`.
    #[napi]
    pub fn take<'env>(
        &mut self,
        env: &'env Env,
        mut slab: BufferSlice<'env>,
        used: u32,
    ) -> Result<JsString<'env>> {
        let message = match &mut self.calls {
            Some(AnyBatch::Recognize(batch)) => batch.take().map(Message::of_item),
            Some(AnyBatch::Verify(batch)) => batch.take().map(Message::of_item),
            None => None,
        };
        let messages = message.into_iter().collect();
        env.create_string_latin1(self.queue.written(messages, &mut slab, used as usize))
    }

    /// Returns whether calls are in flight.
    #[napi]
    pub fn is_busy(&mut self) -> bool {
        self.calls.as_mut().is_some_and(AnyBatch::is_busy)
    }

    /// Cancels what is in flight.
    #[napi]
    pub fn close(&mut self) {
        self.calls = None;
    }

    #[napi]
    pub fn recognize_bytes(
        &mut self,
        index: u32,
        order_id: Option<String>,
        reference: Option<String>,
        bytes: &[u8],
    ) {
        // Copied now: the caller may change its buffer as soon as this returns.
        let image = Image::bytes(Bytes::copy_from_slice(bytes));
        self.put(index, batch_input(image, order_id, reference));
    }

    #[napi]
    pub fn recognize_path(
        &mut self,
        index: u32,
        order_id: Option<String>,
        reference: Option<String>,
        path: String,
    ) {
        self.put(index, batch_input(Image::path(path), order_id, reference));
    }

    #[napi]
    pub fn recognize_url(
        &mut self,
        index: u32,
        order_id: Option<String>,
        reference: Option<String>,
        url: String,
    ) {
        self.put(index, batch_input(Image::url(url), order_id, reference));
    }

    #[allow(clippy::too_many_arguments, reason = "an object for each call would cost more")]
    #[napi(js_name = "verify")]
    pub fn put_cardholder(
        &mut self,
        index: u32,
        order_id: Option<String>,
        reference: Option<String>,
        card_number: String,
        name: String,
        id_number: Option<String>,
        phone: Option<String>,
    ) {
        let cardholder = crate::cardholder(&card_number, &name, id_number, phone);
        if let Some(AnyBatch::Verify(batch)) = &mut self.calls {
            batch.verify(index as usize, batch_input(cardholder, order_id, reference));
        }
    }
}

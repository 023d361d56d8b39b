//! What the library's threads tell the JavaScript thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use cardwire::{BatchItem, Error};

use crate::document;
use crate::providers::Thrown;
use crate::queue::Queue;

/// A message for the JavaScript thread.
#[derive(Debug)]
pub struct Message {
    /// What it is about.
    pub topic: Topic,
    /// The number of the call, or of the client for an event.
    pub id: u32,
    /// The document as JavaScript has it, without photos and without the vendor's answer.
    pub json: String,
    /// The photos by field, and the vendor's answer of a result.
    pub bytes: AnswerBytes,
}

/// What of a result travels as it is, not as base64 in a document.
#[derive(Debug, Default)]
pub struct AnswerBytes {
    /// The photos, by their names in JavaScript.
    pub photos: Vec<(&'static str, Bytes)>,
    /// The vendor's answer.
    pub raw: Bytes,
}

impl Message {
    /// What a client does.
    pub fn event(id: u32, json: &str) -> Self {
        let json = document::in_javascript(json);
        Message { topic: Topic::Event, id, json, bytes: AnswerBytes::default() }
    }
}

impl Message {
    /// A question to a provider.
    pub fn ask(id: u32, json: &str) -> Self {
        let json = document::in_javascript(json);
        Message { topic: Topic::Ask, id, json, bytes: AnswerBytes::default() }
    }

    /// A call of a batch has ended.
    pub fn ended(id: u32) -> Self {
        let json = "{}".to_owned();
        Message { topic: Topic::Ended, id, json, bytes: AnswerBytes::default() }
    }

    /// The end of a call of a batch, with the number of its input.
    pub fn of_item<T: Answer>(item: BatchItem<T>) -> Self {
        let id = u32::try_from(item.index).unwrap_or(u32::MAX);
        Message::of(id, item.result).unwrap_or_else(|| failure(id, &internal()))
    }

    /// The end of a call; nothing where making the message panics.
    fn of<T: Answer>(id: u32, result: Result<T, Error>) -> Option<Self> {
        let message = catch_unwind(AssertUnwindSafe(|| match result {
            Ok(mut answer) => {
                let bytes = answer.take_bytes();
                Message { topic: Topic::Result, id, json: answer.document(), bytes }
            }
            Err(error) => match Thrown::of(&error) {
                None => failure(id, &error.to_json()),
                Some(thrown) => {
                    let json = error.to_json();
                    let fields = json.strip_suffix('}').unwrap_or(&json);
                    failure(id, &format!(r#"{fields},"thrown":{thrown}}}"#))
                }
            },
        }));
        message.ok()
    }

    /// What a provider threw is not referred to any more.
    pub fn forget(id: u32) -> Self {
        let json = "{}".to_owned();
        Message { topic: Topic::Forget, id, json, bytes: AnswerBytes::default() }
    }
}

/// The topics, as the JavaScript layer numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A call ended with a result.
    Result = 0,
    /// A call ended with an error.
    Failure = 1,
    /// A client tells what it does.
    Event = 2,
    /// A provider is asked.
    Ask = 3,
    /// What a provider threw may be forgotten.
    Forget = 4,
    /// A call of a batch ended.
    Ended = 5,
}

/// What a call gave, taken apart.
pub trait Answer: Sized {
    /// Takes photos and the vendor's answer out.
    fn take_bytes(&mut self) -> AnswerBytes;

    /// The rest, as JavaScript has it.
    fn document(&self) -> String;
}

/// What has no bytes and is a document of core already.
impl Answer for String {
    fn take_bytes(&mut self) -> AnswerBytes {
        AnswerBytes::default()
    }

    fn document(&self) -> String {
        document::in_javascript(self)
    }
}

/// The end of one call, told exactly once: a call that panicked drops it untold, and then its promise
/// still settles, with `internal`.
pub struct Report {
    queue: Arc<Queue>,
    id: u32,
    told: bool,
}

impl Report {
    pub fn new(queue: &Arc<Queue>, id: u32) -> Self {
        queue.begin();
        Report { queue: Arc::clone(queue), id, told: false }
    }

    pub fn tell<T: Answer>(mut self, result: Result<T, Error>) {
        let id = self.id;
        // What a provider threw is forgotten after the message that refers to it.
        let _kept = result.as_ref().err().cloned();
        if let Some(message) = Message::of(id, result) {
            self.told = true;
            self.queue.end(message);
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.told {
            self.queue.end(failure(self.id, &internal()));
        }
    }
}

fn failure(id: u32, json: &str) -> Message {
    let json = document::in_javascript(json);
    Message { topic: Topic::Failure, id, json, bytes: AnswerBytes::default() }
}

/// The document of an `internal` error about which nothing else is known.
pub fn internal() -> String {
    let kind = cardwire::Kind::Internal;
    serde_json::json!({
        "kind": kind.slug(), "number": kind.number(),
        "message": "a bug in the library ended the call; report it with the version",
        "argument": null, "path": null, "os_error": null, "vendor": null, "account": null,
        "vendor_code": null, "vendor_message": null, "http_status": null,
        "order_id": null, "request_id": null, "gateway_request_id": null, "transaction_time": null,
        "sent": cardwire::Sent::Unknown.slug(), "billed": cardwire::Billed::Unknown.slug(),
        "attempts": [], "retry_after_ms": null, "retryable": false, "cause": null,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was told, by topic, number and document.
    fn told(queue: &Queue) -> Vec<(u32, u32, serde_json::Value)> {
        let messages: Vec<(u32, u32, serde_json::Value, serde_json::Value)> =
            serde_json::from_str(&queue.take(&mut [], 0)).unwrap();
        messages.into_iter().map(|(topic, id, document, _)| (topic, id, document)).collect()
    }

    #[test]
    fn a_call_that_panics_is_told_as_internal_once() {
        let queue = Arc::new(Queue::new(|| ()));
        let report = Report::new(&queue, 7);
        let ended = catch_unwind(AssertUnwindSafe(move || {
            let _report = report;
            std::panic::resume_unwind(Box::new("bug"));
        }));
        assert!(ended.is_err());
        let [(topic, id, document)] = told(&queue).try_into().unwrap();
        assert_eq!((topic, id), (Topic::Failure as u32, 7));
        assert_eq!((&document["kind"], &document["number"]), (&"internal".into(), &99.into()));
        assert_eq!(
            (&document["sent"], &document["billed"]),
            (&"unknown".into(), &"unknown".into())
        );
    }

    #[test]
    fn a_result_that_panics_on_its_way_is_told_as_internal() {
        struct Broken;
        impl Answer for Broken {
            fn take_bytes(&mut self) -> AnswerBytes {
                std::panic::resume_unwind(Box::new("bug"))
            }

            fn document(&self) -> String {
                String::new()
            }
        }
        let queue = Arc::new(Queue::new(|| ()));
        Report::new(&queue, 1).tell(Ok(Broken));
        let [(topic, id, _)] = told(&queue).try_into().unwrap();
        assert_eq!((topic, id), (Topic::Failure as u32, 1));
    }
}

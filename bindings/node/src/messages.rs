//! What the library's threads tell the JavaScript thread, and how it travels.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use cardwire::{CardLookup, Error, Order, PersonalBytes, Recognition, Verification};

/// Hands a message to the JavaScript thread; does nothing once its environment is gone.
pub type Sink = Arc<dyn Fn(Message) + Send + Sync>;

/// A message for the JavaScript thread.
#[derive(Debug)]
pub struct Message {
    /// What it is about.
    pub topic: Topic,
    /// The number of the call, or of the client for an event.
    pub id: u32,
    /// The JSON document, without photos and without the vendor's answer.
    pub json: String,
    /// The photos by field, and the vendor's answer under `raw`.
    pub bytes: Vec<(&'static str, Bytes)>,
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
}

/// A result of core, taken apart: bytes travel as they are, not as base64 in a document.
pub trait Answer: Sized {
    /// Takes photos and the vendor's answer out.
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)>;

    /// The rest as a JSON object.
    fn document(&self) -> String;
}

fn photo(field: &'static str, photo: &mut Option<PersonalBytes>) -> Option<(&'static str, Bytes)> {
    photo.take().map(|bytes| (field, bytes.reveal().clone()))
}

fn raw(raw: &mut PersonalBytes) -> (&'static str, Bytes) {
    ("raw", std::mem::take(raw).reveal().clone())
}

/// What has no bytes and is a document already.
impl Answer for String {
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
        Vec::new()
    }

    fn document(&self) -> String {
        self.clone()
    }
}

impl Answer for Recognition {
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
        let photo = photo("number_photo", &mut self.number_photo);
        photo.into_iter().chain([raw(&mut self.raw)]).collect()
    }

    fn document(&self) -> String {
        self.to_json()
    }
}

impl Answer for Order {
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
        let photos = [
            photo("original_photo", &mut self.original_photo),
            photo("card_photo", &mut self.card_photo),
            photo("number_photo", &mut self.number_photo),
        ];
        photos.into_iter().flatten().chain([raw(&mut self.raw)]).collect()
    }

    fn document(&self) -> String {
        self.to_json()
    }
}

impl Answer for Verification {
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
        vec![raw(&mut self.raw)]
    }

    fn document(&self) -> String {
        self.to_json()
    }
}

impl Answer for CardLookup {
    fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
        vec![raw(&mut self.raw)]
    }

    fn document(&self) -> String {
        self.to_json()
    }
}

/// The end of one call, told exactly once: a call that panicked drops it untold, and then its promise
/// still settles, with `internal`.
pub struct Report {
    sink: Sink,
    id: u32,
    told: bool,
}

impl Report {
    pub fn new(sink: &Sink, id: u32) -> Self {
        Report { sink: Arc::clone(sink), id, told: false }
    }

    pub fn tell<T: Answer>(mut self, result: Result<T, Error>) {
        let id = self.id;
        let message = catch_unwind(AssertUnwindSafe(|| match result {
            Ok(mut answer) => {
                let bytes = answer.take_bytes();
                Message { topic: Topic::Result, id, json: answer.document(), bytes }
            }
            Err(error) => failure(id, error.to_json()),
        }));
        if let Ok(message) = message {
            self.told = true;
            (self.sink)(message);
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.told {
            (self.sink)(failure(self.id, internal()));
        }
    }
}

fn failure(id: u32, json: String) -> Message {
    Message { topic: Topic::Failure, id, json, bytes: Vec::new() }
}

/// The document of an `internal` error about which nothing else is known.
pub fn internal() -> String {
    let kind = cardwire::Kind::Internal;
    serde_json::json!({
        "kind": kind.slug(), "number": kind.number(),
        "message": "a bug in the library ended the call; report it with the version",
        "argument": null, "vendor": null, "account": null, "vendor_code": null,
        "vendor_message": null, "http_status": null, "order_id": null, "request_id": null,
        "sent": cardwire::Sent::Unknown.slug(), "billed": cardwire::Billed::Unknown.slug(),
        "attempts": [], "retry_after_ms": null, "retryable": false,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn collected() -> (Sink, Arc<Mutex<Vec<Message>>>) {
        let messages: Arc<Mutex<Vec<Message>>> = Arc::default();
        let kept = Arc::clone(&messages);
        (Arc::new(move |message| kept.lock().unwrap().push(message)), messages)
    }

    #[test]
    fn a_call_that_panics_is_told_as_internal_once() {
        let (sink, messages) = collected();
        let report = Report::new(&sink, 7);
        let ended = catch_unwind(AssertUnwindSafe(move || {
            let _report = report;
            std::panic::resume_unwind(Box::new("bug"));
        }));
        assert!(ended.is_err());
        let messages = messages.lock().unwrap();
        let [message] = messages.as_slice() else { panic!("{messages:?}") };
        let document: serde_json::Value = serde_json::from_str(&message.json).unwrap();
        assert_eq!((message.topic, message.id), (Topic::Failure, 7));
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
            fn take_bytes(&mut self) -> Vec<(&'static str, Bytes)> {
                std::panic::resume_unwind(Box::new("bug"))
            }

            fn document(&self) -> String {
                String::new()
            }
        }
        let (sink, messages) = collected();
        Report::new(&sink, 1).tell(Ok(Broken));
        let messages = messages.lock().unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].topic, Topic::Failure);
    }
}

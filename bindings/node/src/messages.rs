//! The messages of the library's threads to the JavaScript thread.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use cardwire::bindings::panicked;
use cardwire::schema::{Describe, Document};
use cardwire::{BatchItem, Error, PersonalBytes};

use crate::providers::ThrownValue;
use crate::queue::Queue;

/// A message for the JavaScript thread.
#[derive(Debug)]
pub struct Message {
    /// The topic.
    pub topic: Topic,
    /// The number of the call, or of the client for an event.
    pub id: u32,
    /// The document of core, in ASCII, without photos and without the vendor's answer.
    pub json: String,
    /// The photos by field, and the vendor's answer of a result.
    pub bytes: AnswerBytes,
}

/// The bytes of a result that travel as they are, not as base64 in a document.
#[derive(Debug, Default)]
pub struct AnswerBytes {
    /// The photos, by their names.
    pub photos: Vec<(&'static str, Bytes)>,
    /// The vendor's answer.
    pub raw: Bytes,
}

impl Message {
    fn new(topic: Topic, id: u32, json: String) -> Self {
        Message { topic, id, json: in_ascii(json), bytes: AnswerBytes::default() }
    }

    /// Returns an event of a client, with the number of what it happened to.
    pub fn event(id: u32, mut json: String, context: Option<u32>) -> Self {
        if let Some(context) = context {
            json.truncate(json.len() - 1);
            let _ = write!(json, r#","context":{context}}}"#);
        }
        Message::new(Topic::Event, id, json)
    }

    /// Returns a question to a provider.
    pub fn ask(id: u32, json: String) -> Self {
        Message::new(Topic::Ask, id, json)
    }

    /// Returns the message that a call of a batch has ended.
    pub fn ended(id: u32) -> Self {
        Message::new(Topic::Ended, id, "{}".to_owned())
    }

    /// Returns the end of a call of a batch, with the number of its input.
    pub fn of_item<T: Describe>(item: BatchItem<T>) -> Self {
        let id = u32::try_from(item.index).unwrap_or(u32::MAX);
        let made = catch_unwind(AssertUnwindSafe(|| {
            Message::of(id, item.result.map(|answer| answer.document()))
        }));
        made.unwrap_or_else(|_| Message::failure(id, &panicked()))
    }

    /// Returns the end of a call.
    fn of(id: u32, result: Result<Document, Error>) -> Self {
        match result {
            Ok(document) => Message::result(id, document),
            Err(error) => Message::failure(id, &error),
        }
    }

    /// Returns an exception of a provider to which no error refers any more.
    pub fn forget(id: u32) -> Self {
        Message::new(Topic::Forget, id, "{}".to_owned())
    }

    fn result(id: u32, document: Document) -> Self {
        let (raw, photos): (Vec<_>, Vec<_>) =
            document.bytes.into_iter().partition(|(name, _)| *name == "raw");
        let shared = |bytes: PersonalBytes| bytes.reveal().clone();
        let raw = raw.into_iter().next().map(|(_, raw)| shared(raw)).unwrap_or_default();
        let photos = photos.into_iter().map(|(name, photo)| (name, shared(photo))).collect();
        Message {
            bytes: AnswerBytes { photos, raw },
            ..Message::new(Topic::Result, id, document.json)
        }
    }

    fn failure(id: u32, error: &Error) -> Self {
        let mut json = error.document().json;
        if let Some(thrown) = ThrownValue::of(error) {
            json.truncate(json.len() - 1);
            json.push_str(&format!(r#","thrown":{thrown}}}"#));
        }
        Message::new(Topic::Failure, id, json)
    }
}

/// Returns JSON in ASCII, which JavaScript holds and reads fastest.
fn in_ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut text = String::with_capacity(json.len() + json.len() / 4);
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
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
    /// An exception of a provider may be forgotten.
    Forget = 4,
    /// A call of a batch ended.
    Ended = 5,
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

    pub fn tell(mut self, result: Result<Document, Error>) {
        // What a provider threw is forgotten after the message that refers to it.
        let kept = result.as_ref().err().cloned();
        self.told = true;
        self.queue.end(Message::of(self.id, result));
        drop(kept);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if !self.told {
            self.queue.end(Message::failure(self.id, &panicked()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the message by topic, number and document.
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
    fn a_result_is_told_with_its_bytes_beside_it_and_in_ascii() {
        let queue = Arc::new(Queue::new(|| ()));
        let bytes = |text: &'static str| PersonalBytes::new(text.as_bytes());
        let document = Document {
            json: r#"{"name":"张三😀"}"#.to_owned(),
            bytes: vec![("number_photo", bytes("photo")), ("raw", bytes("answer"))],
        };
        Report::new(&queue, 1).tell(Ok(document));
        let told = queue.take(&mut [0; 6], 0);
        assert_eq!(told, r#"[[0,1,{"name":"\u5f20\u4e09\ud83d\ude00"},[0,6],{"number_photo":0}]]"#);
        assert_eq!(queue.piece(0), "photo");
    }
}

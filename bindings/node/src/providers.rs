//! Providers: JavaScript functions that give credentials. A question travels as a message; its answer
//! comes back by its number.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardwire::{CredentialAsk, CredentialProvider, Credentials, Providers};
use serde_json::json;

use crate::messages::Message;
use crate::queue::Queue;

/// The questions of an environment that are not answered.
#[derive(Default)]
pub struct Asks {
    open: Mutex<HashMap<u32, CredentialAsk>>,
    last: AtomicU32,
}

impl Asks {
    fn open(&self) -> MutexGuard<'_, HashMap<u32, CredentialAsk>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a question until it is answered. Those that the library gave up, whose promises may never
    /// settle, go.
    fn put(&self, number: u32, ask: CredentialAsk) {
        let mut open = self.open();
        open.retain(|_, ask| !ask.is_given_up());
        open.insert(number, ask);
    }

    fn take(&self, number: u32) -> Option<CredentialAsk> {
        self.open().remove(&number)
    }

    /// Answers a question with values by secret and milliseconds until they end.
    pub fn give(&self, number: u32, values: Vec<(String, String)>, expires_in_ms: Option<f64>) {
        let Some(ask) = self.take(number) else { return };
        let with = |given: Credentials, (secret, value)| given.with(secret, value);
        let mut given = values.into_iter().fold(Credentials::default(), with);
        let end = expires_in_ms.map(|milliseconds| milliseconds / 1000.0);
        if let Some(Ok(end)) = end.map(Duration::try_from_secs_f64) {
            given = given.expires_in(end);
        }
        ask.answer(Ok(given));
    }

    /// Answers a question with the number under which JavaScript keeps what was thrown.
    pub fn fail(&self, number: u32, thrown: u32, queue: &Arc<Queue>) {
        let thrown = ThrownValue { number: thrown, queue: Arc::clone(queue) };
        if let Some(ask) = self.take(number) {
            ask.answer(Err(Box::new(thrown)));
        }
    }
}

/// A value that a provider threw. JavaScript keeps it until no error refers to it any more.
pub struct ThrownValue {
    number: u32,
    queue: Arc<Queue>,
}

impl ThrownValue {
    /// Returns the number under which it is kept.
    pub fn of(error: &cardwire::Error) -> Option<u32> {
        let source = std::error::Error::source(error)?;
        source.downcast_ref::<ThrownValue>().map(|thrown| thrown.number)
    }
}

impl Drop for ThrownValue {
    fn drop(&mut self) {
        self.queue.put(Message::forget(self.number));
    }
}

impl fmt::Debug for ThrownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThrownValue")
    }
}

impl fmt::Display for ThrownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider threw")
    }
}

impl std::error::Error for ThrownValue {}

struct Provider {
    client: u32,
    name: String,
    asks: Arc<Asks>,
    queue: Arc<Queue>,
}

impl CredentialProvider for Provider {
    fn ask(&self, ask: CredentialAsk) {
        let number = self.asks.last.fetch_add(1, Ordering::Relaxed);
        let question = json!({
            "ask": number,
            "provider": self.name,
            "vendor": ask.vendor().name(),
            "account": ask.account(),
            "secrets": ask.secrets(),
            "reason": ask.reason().slug(),
        });
        self.asks.put(number, ask);
        self.queue.put(Message::ask(self.client, question.to_string()));
    }
}

/// Returns the providers of a client, by their names.
pub fn providers(
    client: u32,
    names: Vec<String>,
    asks: &Arc<Asks>,
    queue: &Arc<Queue>,
) -> Providers {
    let named = |all: Providers, name: String| {
        let (asks, queue) = (Arc::clone(asks), Arc::clone(queue));
        all.with(name.clone(), Provider { client, name, asks, queue })
    };
    names.into_iter().fold(Providers::new(), named)
}

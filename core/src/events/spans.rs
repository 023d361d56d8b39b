//! Events as spans and events of the crate `tracing`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::Empty;
use tracing::{Span, event, span};

use super::names::attribute;
use super::{CallContext, ContextObserver, Event, Level};
use crate::error::Kind;
use crate::vendors::Operation;

/// The target of all spans and events.
const TARGET: &str = "cardwire";

/// The spans of a call, or of the calls of a batch, that have not ended.
struct Spans {
    /// The span in which the caller made the call.
    caller: Span,
    running: Mutex<HashMap<u64, CallSpans>>,
}

struct CallSpans {
    call: Span,
    attempt: Option<Span>,
}

/// Returns what makes spans of the calls of a client.
pub(crate) fn observer() -> ContextObserver {
    let context =
        || CallContext::new(Spans { caller: Span::current(), running: Mutex::new(HashMap::new()) });
    let tell = |event: &Event, context: Option<&CallContext>| {
        if let Some(spans) = context.and_then(CallContext::get::<Spans>) {
            spans.take(event);
        }
    };
    ContextObserver::new(tell, Some(context))
}

/// Makes a span with the attributes of all events, to be filled.
macro_rules! cardwire_span {
    ($parent:expr, $level:ident, $name:literal) => {
        span!(
            target: TARGET,
            parent: $parent,
            tracing::Level::$level,
            $name,
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "otel.status_description" = Empty,
            "cardwire.call" = Empty,
            "cardwire.operation" = Empty,
            "cardwire.vendor" = Empty,
            "cardwire.account" = Empty,
            "cardwire.order_id" = Empty,
            "cardwire.attempt" = Empty,
            "cardwire.attempts" = Empty,
            "cardwire.vendor_code" = Empty,
            "cardwire.request_id" = Empty,
            "cardwire.gateway_request_id" = Empty,
            "cardwire.sent" = Empty,
            "cardwire.billed" = Empty,
            "error.type" = Empty,
            "http.response.status_code" = Empty,
            "server.address" = Empty,
            "server.port" = Empty,
        )
    };
}

impl Spans {
    fn running(&self) -> MutexGuard<'_, HashMap<u64, CallSpans>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event. No lock is held while a subscriber works.
    fn take(&self, event: &Event) {
        let (number, mut ended) = (event.call(), None);
        let within = match event {
            Event::CallStarted { operation, .. } => {
                let call = self.call_span(*operation);
                let spans = CallSpans { call: call.clone(), attempt: None };
                self.running().insert(number, spans);
                Some(call)
            }
            Event::AttemptStarted { .. } => self.call(number).map(|call| {
                let attempt = cardwire_span!(&call, DEBUG, "cardwire.attempt");
                if let Some(spans) = self.running().get_mut(&number) {
                    spans.attempt = Some(attempt.clone());
                }
                attempt
            }),
            Event::AttemptEnded { failure, .. } => {
                ended = Some(*failure);
                let mut running = self.running();
                running.get_mut(&number).and_then(|spans| spans.attempt.take())
            }
            Event::CallEnded { failure, .. } => {
                ended = Some(*failure);
                self.running().remove(&number).map(|spans| spans.call)
            }
            _ => self.call(number),
        };
        // A token that was fetched for others too may come after its call has ended.
        let Some(within) = within else { return };
        let is_of_span = matches!(event, Event::CallStarted { .. } | Event::AttemptStarted { .. });
        if is_of_span || ended.is_some() {
            fill(&within, event, ended.flatten());
        }
        tell(&within, event);
    }

    fn call(&self, number: u64) -> Option<Span> {
        self.running().get(&number).map(|spans| spans.call.clone())
    }

    fn call_span(&self, operation: Operation) -> Span {
        let caller = &self.caller;
        match operation {
            Operation::Recognize => cardwire_span!(caller, INFO, "cardwire.recognize"),
            Operation::Verify => cardwire_span!(caller, INFO, "cardwire.verify"),
            Operation::LookupCard => cardwire_span!(caller, INFO, "cardwire.lookup_card"),
            Operation::FetchOrder => cardwire_span!(caller, INFO, "cardwire.fetch_order"),
        }
    }
}

/// The fields that a span has from its beginning: a layer that prints them would print them twice.
fn known(event: &Event) -> &'static [&'static str] {
    match event {
        Event::CallEnded { .. } => &["call", "operation"],
        Event::AttemptEnded { .. } => {
            &["call", "vendor", "account", "operation", "order_id", "attempt"]
        }
        _ => &[],
    }
}

/// Gives a span the attributes of an event.
fn fill(span: &Span, event: &Event, failure: Option<Kind>) {
    let known = known(event);
    for (field, json) in event.fields().into_iter().filter(|(field, _)| !known.contains(field)) {
        let Some(name) = attribute(field) else { continue };
        match serde_json::from_str(&json) {
            Ok(serde_json::Value::String(text)) if field != "outcome" => {
                span.record(name.as_str(), text.as_str());
            }
            Ok(serde_json::Value::Number(number)) => {
                span.record(name.as_str(), number.as_u64());
            }
            _ => {}
        }
    }
    if let Some(kind) = failure {
        span.record("error.type", kind.slug());
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", kind.slug());
    }
}

/// Writes an event into a span.
fn tell(span: &Span, event: &Event) {
    macro_rules! write {
        ($level:ident) => {
            event!(target: TARGET, parent: span, tracing::Level::$level, "{}", event.text())
        };
    }
    match event.level() {
        Level::Debug => write!(DEBUG),
        Level::Info => write!(INFO),
        Level::Warn => write!(WARN),
        Level::Error => write!(ERROR),
    }
}

//! Events as spans and events of the crate `tracing`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use once_cell::unsync::Lazy;
use serde_json::Value;
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

impl Event {
    /// Returns whether a span begins or ends with it, which has its fields.
    const fn is_of_span(&self) -> bool {
        matches!(
            self,
            Event::CallStarted { .. }
                | Event::CallEnded { .. }
                | Event::AttemptStarted { .. }
                | Event::AttemptEnded { .. }
        )
    }
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
        if event.is_of_span() {
            fill(&within, event, ended.flatten());
        }
        write(&within, event);
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

/// The attributes of an event.
struct Attributes(Vec<(String, Value)>);

impl Attributes {
    /// Reads those of the fields that are wanted; an outcome is one where it is a failure.
    fn of(event: &Event, is_wanted: impl Fn(&str) -> bool) -> Self {
        let fields = event.fields().into_iter().filter(|(field, _)| is_wanted(field));
        let attributes = fields.filter_map(|(field, json)| {
            let value: Value = serde_json::from_str(&json).ok()?;
            let is_success = field == "outcome" && value == "ok";
            Some((attribute(field).filter(|_| !is_success)?, value))
        });
        Attributes(attributes.collect())
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.as_u64()
    }
}

/// Gives a span the attributes of an event.
fn fill(span: &Span, event: &Event, failure: Option<Kind>) {
    if span.is_disabled() {
        return;
    }
    let known = known(event);
    for (name, value) in &Attributes::of(event, |field| !known.contains(&field)).0 {
        match value {
            Value::String(text) => span.record(name.as_str(), text.as_str()),
            value => span.record(name.as_str(), value.as_u64()),
        };
    }
    if let Some(kind) = failure {
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", kind.slug());
    }
}

/// Writes an event into a span: its name, and the attributes that the span does not have.
fn write(span: &Span, event: &Event) {
    let is_of_span = event.is_of_span();
    let wanted = |field: &str| match field {
        "milliseconds" => true,
        "call" | "operation" => false,
        _ => !is_of_span,
    };
    // Not read where nobody listens.
    let attributes = Lazy::new(|| Attributes::of(event, wanted));
    macro_rules! write {
        ($level:ident) => {
            event!(
                target: TARGET,
                parent: span,
                tracing::Level::$level,
                "cardwire.vendor" = attributes.text("cardwire.vendor"),
                "cardwire.account" = attributes.text("cardwire.account"),
                "cardwire.order_id" = attributes.text("cardwire.order_id"),
                "cardwire.reason" = attributes.text("cardwire.reason"),
                "cardwire.state" = attributes.text("cardwire.state"),
                "cardwire.breaker_before" = attributes.text("cardwire.breaker_before"),
                "cardwire.breaker_after" = attributes.text("cardwire.breaker_after"),
                "cardwire.quota_left" = attributes.number("cardwire.quota_left"),
                "cardwire.quota_limit" = attributes.number("cardwire.quota_limit"),
                "cardwire.milliseconds" = attributes.number("cardwire.milliseconds"),
                "error.type" = attributes.text("error.type"),
                "{}",
                event.name(),
            )
        };
    }
    match event.level() {
        Level::Debug => write!(DEBUG),
        Level::Info => write!(INFO),
        Level::Warn => write!(WARN),
        Level::Error => write!(ERROR),
    }
}

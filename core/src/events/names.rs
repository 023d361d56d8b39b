//! The names that events have as telemetry: OpenTelemetry's own where it has one, `cardwire.` before the
//! rest. <https://opentelemetry.io/docs/specs/semconv/>

use serde_json::{Map, Value, json};

use super::RECORDS;
use crate::vendors::Operation;

/// The fields with a name of OpenTelemetry's own. An outcome is one only where it is a failure.
const CONVENTIONAL: &[(&str, &str)] = &[
    ("http_status", "http.response.status_code"),
    ("outcome", "error.type"),
    ("server_address", "server.address"),
    ("server_port", "server.port"),
];

/// The fields that are no attribute: what names or writes the event.
const WITHOUT_ATTRIBUTE: &[&str] = &["event", "level", "text"];

/// Returns the attribute of a field; `None` where it is none.
pub(crate) fn attribute(field: &str) -> Option<String> {
    if WITHOUT_ATTRIBUTE.contains(&field) {
        return None;
    }
    let conventional = CONVENTIONAL.iter().find(|(name, _)| *name == field);
    Some(conventional.map_or_else(|| format!("cardwire.{field}"), |(_, name)| (*name).to_owned()))
}

/// The name of the instrumentation scope; its version is the library's.
const SCOPE: &str = "cardwire";

/// The bounds in seconds between the buckets of a call's duration: those that the conventions advise for
/// `http.client.request.duration`. Without them an SDK would put nearly every call into one bucket.
const DURATION_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Returns the name of an event that is told within a span.
fn span_event(event: &str) -> String {
    format!("cardwire.{event}")
}

/// Returns the names of spans, their events, attributes and metrics.
pub(crate) fn telemetry() -> Value {
    let fields = RECORDS.iter().flat_map(|record| record.fields).map(|field| field.name);
    let attributes: Map<String, Value> =
        fields.filter_map(|field| Some((field.to_owned(), attribute(field)?.into()))).collect();
    let spans: Map<String, Value> = Operation::ALL
        .iter()
        .map(|operation| (operation.slug().to_owned(), format!("cardwire.{operation}").into()))
        .collect();
    let events: Map<String, Value> = RECORDS
        .iter()
        .map(|record| (record.name.to_owned(), span_event(record.name).into()))
        .collect();
    json!({
        "scope": SCOPE,
        "attributes": attributes,
        "events": events,
        "spans": spans,
        "attempt_span": "cardwire.attempt",
        "metrics": {
            "call": {
                "name": "cardwire.call.duration",
                "unit": "s",
                "description": "The duration of calls.",
                "bounds": DURATION_BOUNDS,
                "fields": ["operation", "vendor", "account", "outcome"],
            },
            "billed": {
                "name": "cardwire.attempts.billed",
                "unit": "{attempt}",
                "description": "The attempts that are billed, or may be.",
                "fields": ["operation", "vendor", "account", "billed"],
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_attribute() {
        let names = telemetry();
        assert_eq!(names["attributes"]["http_status"], "http.response.status_code");
        assert_eq!(names["attributes"]["order_id"], "cardwire.order_id");
        assert_eq!(names["attributes"].get("text"), None);
        assert_eq!(names["spans"]["lookup_card"], "cardwire.lookup_card");
        assert_eq!(names["events"]["request_refused"], "cardwire.request_refused");
        let attributes = names["attributes"].as_object().unwrap();
        for field in RECORDS.iter().flat_map(|record| record.fields) {
            assert_ne!(
                attributes.contains_key(field.name),
                WITHOUT_ATTRIBUTE.contains(&field.name)
            );
        }
        for (field, _) in CONVENTIONAL {
            assert!(attributes.contains_key(*field), "{field}");
        }
    }
}

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

/// The fields that are no attribute: what names, times or writes the event.
const WITHOUT_ATTRIBUTE: &[&str] = &["event", "level", "text", "milliseconds"];

/// Returns the attribute of a field; `None` where it is none.
pub(crate) fn attribute(field: &str) -> Option<String> {
    if WITHOUT_ATTRIBUTE.contains(&field) {
        return None;
    }
    let conventional = CONVENTIONAL.iter().find(|(name, _)| *name == field);
    Some(conventional.map_or_else(|| format!("cardwire.{field}"), |(_, name)| (*name).to_owned()))
}

/// Returns the names of spans, attributes and metrics.
pub(crate) fn telemetry() -> Value {
    let fields = RECORDS.iter().flat_map(|record| record.fields).map(|field| field.name);
    let attributes: Map<String, Value> =
        fields.filter_map(|field| Some((field.to_owned(), attribute(field)?.into()))).collect();
    let spans: Map<String, Value> = Operation::ALL
        .iter()
        .map(|operation| (operation.slug().to_owned(), format!("cardwire.{operation}").into()))
        .collect();
    json!({
        "attributes": attributes,
        "spans": spans,
        "attempt_span": "cardwire.attempt",
        "metrics": {
            "call": {
                "name": "cardwire.call.duration",
                "unit": "s",
                "description": "The duration of calls.",
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

//! Core's own lists, for the test that holds the JavaScript layer and its types against them.

use cardwire::{
    Billed, CardKind, ImageFormat, Kind, LookupReason, Operation, OrderStatus, Outcome, Reason,
    Sent, Vendor, WarningKind,
};
use serde_json::{Value, json};

macro_rules! slugs {
    ($name:ident) => {
        $name::ALL.iter().map(|value| value.slug()).collect::<Vec<_>>()
    };
}

/// The number of each kind of error.
pub fn kinds() -> Value {
    Kind::ALL.iter().map(|kind| (kind.slug().to_owned(), Value::from(kind.number()))).collect()
}

/// Every list of named values.
pub fn contract() -> Value {
    let kinds: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| json!({"kind": kind.slug(), "number": kind.number(), "advice": kind.advice()}))
        .collect();
    let vendors: Vec<Value> = Vendor::ALL
        .iter()
        .map(|vendor| {
            let operations: Vec<&str> =
                vendor.operations().iter().map(|operation| operation.slug()).collect();
            json!({"vendor": vendor.name(), "operations": operations})
        })
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "kinds": kinds,
        "vendors": vendors,
        "operations": slugs!(Operation),
        "order_statuses": slugs!(OrderStatus),
        "outcomes": slugs!(Outcome),
        "reasons": slugs!(Reason),
        "lookup_reasons": slugs!(LookupReason),
        "card_kinds": slugs!(CardKind),
        "warning_kinds": slugs!(WarningKind),
        "image_formats": slugs!(ImageFormat),
        "sent": slugs!(Sent),
        "billed": slugs!(Billed),
        "config_keys": cardwire::bindings::config_keys(),
    })
}

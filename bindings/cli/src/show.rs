//! Results as they are printed: card numbers masked, and nothing personal, unless that is asked for.

use cardwire::bindings::mask_card_number;
use cardwire::schema::{Describe, Record, Shape};
use cardwire::{CardNumber, Recognition, ValidThru, Verification};
use serde_json::{Map, Value};

/// Returns a result as JSON: its card numbers masked and its other personal values left out, or all
/// of it.
pub(crate) fn document<T: Describe>(result: &T, reveal: bool) -> Value {
    let mut value: Value = serde_json::from_str(&result.json()).unwrap_or(Value::Null);
    if !reveal {
        conceal(&mut value, &T::RECORD);
    }
    value
}

fn conceal(value: &mut Value, record: &Record) {
    let Some(object) = value.as_object_mut() else { return };
    for field in record.flat_fields() {
        if field.personal {
            conceal_field(object, field.name);
            continue;
        }
        let nested = object.get_mut(field.name);
        match (field.shape, nested) {
            (Shape::Object(of), Some(nested)) => conceal(nested, of),
            (Shape::List(of), Some(Value::Array(items))) => {
                items.iter_mut().for_each(|item| conceal(item, of));
            }
            _ => {}
        }
    }
}

/// A card number is shown as people recognise it; anything else is not shown.
fn conceal_field(object: &mut Map<String, Value>, name: &str) {
    let masked = object.get(name).and_then(Value::as_str).and_then(mask_card_number);
    match masked {
        Some(masked) => object.insert(name.to_owned(), masked.into()),
        None => object.remove(name),
    };
}

/// Returns a card number as it is printed.
pub(crate) fn number(number: &CardNumber, reveal: bool) -> String {
    if reveal { number.reveal().to_owned() } else { number.masked() }
}

/// Returns a path as it is printed, without the numbers and names of people.
pub(crate) fn path(path: &std::path::Path) -> String {
    cardwire::bindings::shown_path(path)
}

/// Returns the names of warnings.
pub(crate) fn warnings(warnings: &[cardwire::Warning], between: &str) -> String {
    let names: Vec<&str> = warnings.iter().map(|warning| warning.kind.slug()).collect();
    names.join(between)
}

/// Returns month and year, or what is printed on the card.
pub(crate) fn date(valid: &ValidThru) -> String {
    match (valid.month, valid.year) {
        (Some(month), Some(year)) => format!("{month:02}/{year}"),
        _ => valid.printed.clone(),
    }
}

/// Returns what was read of a card, by name.
pub(crate) fn recognition(card: &Recognition, reveal: bool) -> Vec<(&'static str, String)> {
    let issuer = card.issuer.as_deref().unwrap_or("unknown");
    let mut pairs = vec![
        ("number", number(&card.card_number, reveal)),
        ("issuer", format!("{issuer} ({})", card.card_kind)),
        ("valid thru", card.valid_thru.as_ref().map(date).unwrap_or_default()),
        ("confidence", card.confidence.map(|sure| format!("{sure:.3}")).unwrap_or_default()),
        ("warnings", warnings(&card.warnings, ", ")),
    ];
    pairs.extend(facts(card.facts()));
    pairs
}

/// Returns what a vendor said of a cardholder, by name.
pub(crate) fn verification(answer: &Verification) -> Vec<(&'static str, String)> {
    let reason = answer.reason.map(|reason| reason.slug().to_owned());
    let mut pairs = vec![("reason", reason.unwrap_or_default())];
    pairs.extend(facts(answer.facts()));
    pairs
}

/// Returns who answered, under which number, and whether it was billed.
pub(crate) fn facts(facts: &cardwire::CallFacts) -> Vec<(&'static str, String)> {
    let account = facts.account.clone().unwrap_or_default();
    let milliseconds: u128 = facts.attempts.iter().map(|one| one.duration.as_millis()).sum();
    vec![
        ("from", format!("{account}, in {milliseconds} ms")),
        ("order", facts.order_id.clone().unwrap_or_default()),
        ("billed", facts.billed.to_string()),
    ]
}

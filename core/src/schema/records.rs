//! Every type that is described.

use super::{Describe, Record};
use crate::card::{
    CardLookup, CardNumberCheck, IdNumberCheck, ImageCheck, Issuer, NumberCandidate, Order, Point,
    Recognition, ValidThru, VendorCheck, Verification, Warning,
};
use crate::cause::Cause;
use crate::error::Error;
use crate::events;
use crate::facts::{Attempt, CallFacts, ImageFitted};
use crate::health::{AccountBlock, AccountHealth};
use crate::journal::OrderRecord;

/// Every type that a caller receives.
pub static RECORDS: &[&Record] = &[
    &Recognition::RECORD,
    &Verification::RECORD,
    &CardLookup::RECORD,
    &Order::RECORD,
    &CallFacts::RECORD,
    &Attempt::RECORD,
    &ImageFitted::RECORD,
    &Error::RECORD,
    &Cause::RECORD,
    &ValidThru::RECORD,
    &Warning::RECORD,
    &Point::RECORD,
    &NumberCandidate::RECORD,
    &Issuer::RECORD,
    &OrderRecord::RECORD,
    &ImageCheck::RECORD,
    &VendorCheck::RECORD,
    &CardNumberCheck::RECORD,
    &IdNumberCheck::RECORD,
    &AccountHealth::RECORD,
    &AccountBlock::RECORD,
    &events::CALL_STARTED,
    &events::CALL_ENDED,
    &events::ATTEMPT_STARTED,
    &events::ATTEMPT_ENDED,
    &events::REQUEST_REFUSED,
    &events::RATE_PERMIT_WAITED,
    &events::QUOTA_UNIT_TAKEN,
    &events::BREAKER_CHANGED,
    &events::ORDER_WRITTEN,
    &events::TOKEN_REFRESHED,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::card::CardNumber;
    use crate::schema::Shape;
    use crate::secret::PersonalBytes;

    #[test]
    fn every_field_has_a_name_of_its_own_and_a_sentence() {
        let mut records = BTreeSet::new();
        for record in RECORDS {
            assert!(records.insert(record.name), "{} twice", record.name);
            // An example may stand behind it.
            let sentence = record.doc.split("\n\n").next().unwrap_or_default().trim();
            assert!(sentence.ends_with('.'), "{}: {sentence:?}", record.name);
            let mut names = BTreeSet::new();
            for field in record.flat_fields() {
                assert!(names.insert(field.name), "{}.{} twice", record.name, field.name);
                let doc = field.doc.trim();
                assert!(!doc.is_empty(), "{}.{}: {doc:?}", record.name, field.name);
            }
        }
    }

    #[test]
    fn records_within_records_are_listed() {
        for record in RECORDS {
            for field in record.fields {
                if let Shape::Object(within) | Shape::List(within) | Shape::Inline(within) =
                    field.shape
                {
                    assert!(
                        RECORDS.iter().any(|known| known.name == within.name),
                        "{}",
                        within.name
                    );
                }
            }
        }
    }

    #[test]
    fn bytes_stand_beside_the_document_and_within_the_json() {
        let mut card = Recognition::new(CardNumber::parse("6222020000000000000").unwrap());
        card.number_photo = Some(PersonalBytes::new(vec![0xff, 0xd8]));
        card.raw = PersonalBytes::new(&b"{\"a\": 1}"[..]);
        let whole: serde_json::Value = serde_json::from_str(&card.json()).unwrap();
        assert_eq!(whole["number_photo"], "/9g=");
        assert_eq!(whole["raw"], serde_json::json!({"a": 1}));
        let names: Vec<&str> = Recognition::RECORD.flat_fields().map(|field| field.name).collect();
        for name in &names {
            assert!(whole.get(name).is_some(), "{name}");
        }
        let document = card.document();
        let without: serde_json::Value = serde_json::from_str(&document.json).unwrap();
        assert_eq!(without.get("raw"), None);
        assert_eq!(without.get("number_photo"), None);
        assert_eq!(without["card_number"], "6222020000000000000");
        assert_eq!(without.as_object().unwrap().len() + 2, names.len());
        let beside: Vec<&str> = document.bytes.iter().map(|(name, _)| *name).collect();
        assert_eq!(beside, ["number_photo", "raw"]);
    }
}

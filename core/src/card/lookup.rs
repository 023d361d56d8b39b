use serde_json::Value;

use crate::card::{CardKind, slugs};
use crate::facts::{CallFacts, fact_getters};
use crate::secret::PersonalBytes;

slugs! {
    /// Why a vendor knows nothing about a card number.
    LookupReason {
        /// No record of it.
        NoRecord = "no_record",
        /// The verification centre is busy.
        VendorBusy = "vendor_busy",
        /// There is no such card.
        NoSuchCard = "no_such_card",
        /// Asked too often today.
        AttemptsExceeded = "attempts_exceeded",
        /// The card is not valid.
        CardInvalid = "card_invalid",
        /// Cards of this type are not supported.
        CardTypeUnsupported = "card_type_unsupported",
        /// A code that no document explains.
        Unknown = "unknown",
    }
}

/// What a vendor knows about a card number: who issued it, and of what kind the card is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CardLookup {
    /// Whether the vendor knows the card.
    pub found: bool,
    /// Why it does not; `None` when it does.
    pub reason: Option<LookupReason>,
    /// The issuing bank, as the vendor names it.
    pub issuer: Option<String>,
    /// Debit, credit, ...
    pub card_kind: CardKind,
    /// The vendor's code, as it came.
    pub vendor_code: String,
    /// The vendor's text, in its language; for people, not for programs.
    pub description: String,
    /// The vendor's whole answer, byte for byte.
    pub raw: PersonalBytes,
    /// Vendor, order number, request id, `sent`, `billed` and the attempts.
    pub facts: CallFacts,
}

impl CardLookup {
    /// Vendor, order number, request id, `sent`, `billed` and the attempts.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Everything as a JSON object.
    pub fn to_json(&self) -> String {
        let mut object = self.facts.to_json();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("found", self.found.into());
        put("reason", self.reason.map(LookupReason::slug).into());
        put("issuer", self.issuer.clone().into());
        put("card_kind", self.card_kind.slug().into());
        put("vendor_code", self.vendor_code.as_str().into());
        put("description", self.description.as_str().into());
        put("raw", super::raw_json(&self.raw));
        Value::Object(object).to_string()
    }
}

fact_getters!(CardLookup);

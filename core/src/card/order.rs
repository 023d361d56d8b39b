use serde_json::Value;

use crate::card::{CardNumber, ValidThru, Warning, photo_json};
use crate::facts::{CallFacts, fact_getters};
use crate::secret::PersonalBytes;

/// What a vendor keeps under an order number.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Order {
    /// The card number.
    pub card_number: Option<CardNumber>,
    /// The month the card is valid through.
    pub valid_thru: Option<ValidThru>,
    /// How sharp the photo is, 0 to 100.
    pub clarity: Option<u8>,
    /// What was wrong with the photo.
    pub warnings: Vec<Warning>,
    /// The photo as it was sent.
    pub original_photo: Option<PersonalBytes>,
    /// The card cut out of the photo.
    pub card_photo: Option<PersonalBytes>,
    /// The number cut out of the photo.
    pub number_photo: Option<PersonalBytes>,
    /// When the vendor worked on it, in the vendor's words (China Standard Time).
    pub operated_at: Option<String>,
    /// The vendor's whole answer, byte for byte. It holds the card number.
    pub raw: PersonalBytes,
    /// Vendor, order number, request id, `sent`, `billed` and the attempts of the query itself.
    pub facts: CallFacts,
}

impl Order {
    /// Vendor, order number, request id, `sent`, `billed` and the attempts of the query itself.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Everything as a JSON object, card number and photos (as base64) included: personal data.
    pub fn to_json(&self) -> String {
        let mut object = self.facts.to_json();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("card_number", self.card_number.as_ref().map(CardNumber::reveal).into());
        put("valid_thru", self.valid_thru.as_ref().map_or(Value::Null, ValidThru::to_value));
        put("clarity", self.clarity.into());
        let warnings: Vec<Value> = self.warnings.iter().map(Warning::to_value).collect();
        put("warnings", warnings.into());
        put("original_photo", photo_json(self.original_photo.as_ref()));
        put("card_photo", photo_json(self.card_photo.as_ref()));
        put("number_photo", photo_json(self.number_photo.as_ref()));
        put("operated_at", self.operated_at.clone().into());
        put("raw", super::raw_json(&self.raw));
        Value::Object(object).to_string()
    }
}

fact_getters!(Order);

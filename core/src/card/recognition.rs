use serde_json::{Value, json};

use crate::card::{CardNumber, slugs};
use crate::facts::{CallFacts, fact_getters};
use crate::secret::PersonalBytes;

slugs! {
    /// What a card is good for.
    CardKind {
        /// Pays from the holder's own balance.
        Debit = "debit",
        /// Pays on credit.
        Credit = "credit",
        /// A deposit account with a small overdraft (准贷记卡).
        QuasiCredit = "quasi_credit",
        /// Pays from what was loaded onto it.
        Prepaid = "prepaid",
        /// The vendor does not say.
        Unknown = "unknown",
    }
}

slugs! {
    /// What a vendor found wrong with a photo that it could read all the same.
    WarningKind {
        /// The card has expired.
        Expired = "expired",
        /// The date is not a date.
        DateInvalid = "date_invalid",
        /// The card's edge is not whole in the photo.
        BorderIncomplete = "border_incomplete",
        /// Light reflects on the card.
        Glare = "glare",
        /// A photo of a photocopy.
        Photocopy = "photocopy",
        /// A photo of a screen or print.
        Recaptured = "recaptured",
        /// Not sharp.
        Blurred = "blurred",
        /// A code that no document explains.
        Other = "other",
    }
}

/// A warning with the vendor's code for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// What it says.
    pub kind: WarningKind,
    /// The vendor's code, as it came.
    pub code: String,
}

impl Warning {
    pub(crate) fn to_value(&self) -> Value {
        json!({"kind": self.kind.slug(), "code": self.code})
    }
}

/// The month a card is valid through.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidThru {
    /// The year, with four digits, where the text could be read as a date.
    pub year: Option<u16>,
    /// The month, 1 to 12, where the text could be read as a date.
    pub month: Option<u8>,
    /// The vendor's text.
    pub printed: String,
}

impl ValidThru {
    pub(crate) fn to_value(&self) -> Value {
        json!({"year": self.year, "month": self.month, "printed": self.printed})
    }

    /// Reads `MM/YYYY`, `MM/YY`, `YYYY/MM`, with `/`, `-` or `.` between; other text is kept unread.
    pub fn parse(printed: &str) -> Option<Self> {
        let printed = printed.trim();
        if printed.is_empty() {
            return None;
        }
        let read = || {
            let (first, second) = printed.split_once(['/', '-', '.'])?;
            let (first, second) = (first.trim(), second.trim());
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(first) || !digits(second) {
                return None;
            }
            let (month, year) = match (first.len(), second.len()) {
                (1 | 2, 4) => (first.parse().ok()?, second.parse().ok()?),
                (1 | 2, 2) => (first.parse().ok()?, 2000 + second.parse::<u16>().ok()?),
                (4, 1 | 2) => (second.parse().ok()?, first.parse().ok()?),
                _ => return None,
            };
            (1..=12).contains(&month).then_some((month, year))
        };
        let date: Option<(u8, u16)> = read();
        Some(ValidThru {
            year: date.map(|(_, year)| year),
            month: date.map(|(month, _)| month),
            printed: printed.to_owned(),
        })
    }
}

/// What a vendor read on a card.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recognition {
    /// The card number.
    pub card_number: CardNumber,
    /// The issuing bank, as the vendor names it.
    pub issuer: Option<String>,
    /// The card's full name, as the vendor states it.
    pub card_name: Option<String>,
    /// Debit, credit, ...
    pub card_kind: CardKind,
    /// The month the card is valid through, where the vendor read one.
    pub valid_thru: Option<ValidThru>,
    /// A JPEG of the number as it stands on the card.
    pub number_photo: Option<PersonalBytes>,
    /// How sharp the photo is, 0 to 100.
    pub clarity: Option<u8>,
    /// What was wrong with the photo.
    pub warnings: Vec<Warning>,
    /// The vendor's whole answer, byte for byte. It holds the card number.
    pub raw: PersonalBytes,
    /// Vendor, order number, request id, `sent`, `billed` and the attempts.
    pub facts: CallFacts,
}

impl Recognition {
    pub(crate) fn new(card_number: CardNumber) -> Self {
        Recognition {
            card_number,
            issuer: None,
            card_name: None,
            card_kind: CardKind::Unknown,
            valid_thru: None,
            number_photo: None,
            clarity: None,
            warnings: Vec::new(),
            raw: PersonalBytes::default(),
            facts: CallFacts::default(),
        }
    }

    /// Vendor, order number, request id, `sent`, `billed` and the attempts.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Everything as a JSON object, card number and photos (as base64) included: personal data.
    pub fn to_json(&self) -> String {
        let mut object = self.facts.to_json();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("card_number", self.card_number.reveal().into());
        put("issuer", self.issuer.clone().into());
        put("card_name", self.card_name.clone().into());
        put("card_kind", self.card_kind.slug().into());
        put("valid_thru", self.valid_thru.as_ref().map_or(Value::Null, ValidThru::to_value));
        put("number_photo", super::photo_json(self.number_photo.as_ref()));
        put("clarity", self.clarity.into());
        let warnings: Vec<Value> = self.warnings.iter().map(Warning::to_value).collect();
        put("warnings", warnings.into());
        put("raw", super::raw_json(&self.raw));
        Value::Object(object).to_string()
    }
}

fact_getters!(Recognition);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_thru_reads_the_forms_seen() {
        let read = |text| ValidThru::parse(text).map(|valid| (valid.year, valid.month));
        assert_eq!(read("12/2024"), Some((Some(2024), Some(12))));
        assert_eq!(read("07/23"), Some((Some(2023), Some(7))));
        assert_eq!(read("2030-01"), Some((Some(2030), Some(1))));
        assert_eq!(read("13/2024"), Some((None, None)));
        assert_eq!(read("长期"), Some((None, None)));
        assert_eq!(read(" "), None);
    }
}

use crate::card::CardNumber;
use crate::facts::{CallFacts, fact_getters};
use crate::schema::{Describe, record};
use crate::secret::{Personal, PersonalBytes};
use crate::slugs::slugs;

slugs! {
    /// The kind of a card.
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
    /// A fault of a photo that the vendor could read all the same.
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

record! {
    /// A warning with the vendor's code for it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Warning as "warning" {
        /// Its meaning.
        pub kind: WarningKind,
        /// The vendor's code, as it came.
        pub code: String,
    }
}

record! {
    /// The month a card is valid through.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ValidThru as "valid_thru" {
        /// The year, with four digits, where the text could be read as a date.
        pub year: Option<u16>,
        /// The month, 1 to 12, where the text could be read as a date.
        pub month: Option<u8>,
        /// The vendor's text.
        pub printed: String,
    }
}

impl ValidThru {
    /// Reads `MM/YYYY`, `MM/YY`, `YYYY/MM`, with `/`, `-` or `.` between; other text is kept unread.
    ///
    /// ```
    /// use cardwire::ValidThru;
    ///
    /// let valid = ValidThru::parse("07/2030").expect("a month");
    /// assert_eq!((valid.month, valid.year), (Some(7), Some(2030)));
    /// ```
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

record! {
    /// A card as a vendor read it.
    ///
    /// ```
    /// use cardwire::{CallOptions, CardKind, Client, Recognition, WarningKind};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let photo = cardwire_test_images::load("icbc-debit.jpg");
    /// let card: Recognition = client.recognize(photo, &CallOptions::new())?;
    /// assert_eq!(card.card_number.reveal(), "6222020000000000000");
    /// assert!([CardKind::Debit, CardKind::Unknown].contains(&card.card_kind));
    /// let is_blurred = |warning: &cardwire::Warning| warning.kind == WarningKind::Blurred;
    /// assert!(!card.warnings.iter().any(is_blurred));
    /// // With the card number, so it belongs in no log.
    /// assert!(card.to_json().contains("6222020000000000000"));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug)]
    pub struct Recognition as "recognition" {
        /// The card number.
        pub card_number: CardNumber,
        /// The issuing bank, as the vendor names it.
        pub issuer: Option<String>,
        /// The card's full name, as the vendor states it.
        pub card_name: Option<Personal>,
        /// Debit, credit, ...
        pub card_kind: CardKind,
        /// The month the card is valid through, where the vendor read one.
        pub valid_thru: Option<ValidThru>,
        /// A JPEG of the number as it stands on the card.
        pub number_photo: Option<PersonalBytes> as Photo,
        /// How sharp the photo is, 0 to 100.
        pub clarity: Option<u8>,
        /// The faults that the vendor found in the photo.
        pub warnings: Vec<Warning>,
        /// The vendor's whole answer, byte for byte. It holds the card number.
        pub raw: PersonalBytes as Answer,
        /// Vendor, order number, request id, `sent`, `billed` and the attempts.
        pub facts: CallFacts as Inline,
    }
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

    /// Returns vendor, order number, request id, `sent`, `billed` and the attempts.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Returns everything as a JSON object, card number and photos (as base64) included: personal
    /// data.
    pub fn to_json(&self) -> String {
        self.json()
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

use cardwire_issuers::Issuers;

use crate::card::{CardKind, CardNumber, Issuer};
use crate::facts::{CallFacts, fact_getters};
use crate::schema::{Describe, record};
use crate::secret::{Personal, PersonalBytes};
use crate::slugs::slugs;

slugs! {
    /// A fault of a photo that could be read all the same, or of what was read.
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
        /// The card number may be misread. Code `check_digit`: its check digit does not fit; few cards
        /// have none. Code `other_reading`: the vendor `offline`, asked before, read another number.
        NumberDoubtful = "number_doubtful",
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
        /// The vendor's code, as it came; `check_digit` or `other_reading` where the warning is the
        /// library's own.
        pub code: String,
    }
}

slugs! {
    /// The source of a recognised card's issuer.
    IssuerSource {
        /// The vendor named it.
        Vendor = "vendor",
        /// The number's first digits, by the table of prefixes.
        Table = "table",
    }
}

record! {
    /// A point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its
    /// EXIF orientation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Point as "point" {
        /// To the right.
        pub x: i32,
        /// Downwards.
        pub y: i32,
    }
}

impl Point {
    /// Returns the pixel nearest to a point.
    #[cfg(feature = "offline")]
    pub(crate) fn nearest([x, y]: [f32; 2]) -> Self {
        Point { x: x.round() as i32, y: y.round() as i32 }
    }
}

record! {
    /// A number that may stand on a card, as it was read.
    ///
    /// ```
    /// use cardwire::{CallOptions, Client, IssuerSource, NumberCandidate, Point};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::from_json(r#"{"vendors": [{"vendor": "offline"}]}"#)?;
    /// # let photo = cardwire_test_images::load("icbc-debit.jpg");
    /// match client.recognize(photo, &CallOptions::new()) {
    ///     Ok(card) => {
    ///         assert!(card.confidence >= Some(0.9));
    ///         assert_eq!(card.issuer_source, Some(IssuerSource::Table));
    ///         let Point { x, y, .. } = card.corners[0];
    ///         println!("the card's upper left corner is at {x}, {y}");
    ///     }
    ///     // Nothing was sent and nothing is billed: a person may choose.
    ///     Err(error) => {
    ///         for NumberCandidate { card_number, confidence, .. } in error.candidates() {
    ///             println!("{} {confidence:.2}", card_number.masked());
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct NumberCandidate as "number_candidate" {
        /// The number.
        pub card_number: CardNumber,
        /// From 0 to 1: the share of such readings that are right.
        pub confidence: f64,
    }
}

impl NumberCandidate {
    /// The least confidence of a reading that raises a doubt about another one.
    const LEAST_SURE: f64 = 0.8;

    /// Returns whether the number, though it was not accepted, was read confidently enough to raise a doubt
    /// about another one. A misread number seldom has a check digit that fits.
    pub(crate) fn raises_doubt(&self) -> bool {
        self.confidence >= NumberCandidate::LEAST_SURE && self.card_number.passes_luhn()
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
        /// From 0 to 1, the share of such readings that are right, where whoever read it says so: the
        /// vendor `offline` does.
        pub confidence: Option<f64>,
        /// The issuing bank: as the vendor names it, or else as the table of prefixes does.
        pub issuer: Option<String>,
        /// The source of the issuer.
        pub issuer_source: Option<IssuerSource>,
        /// The issuer's code as Alipay writes it, such as `ICBC`, where the table of prefixes has one.
        pub issuer_code: Option<String>,
        /// The card's full name, as the vendor states it.
        pub card_name: Option<Personal>,
        /// Debit, credit, ...
        pub card_kind: CardKind,
        /// The month the card is valid through, where the vendor read one.
        pub valid_thru: Option<ValidThru>,
        /// A JPEG of the number as it stands on the card.
        pub number_photo: Option<PersonalBytes> as Photo,
        /// The sharpness of the photo, 0 to 100.
        pub clarity: Option<u8>,
        /// The corners of the card in the photo, clockwise from the upper left one of the card, where
        /// whoever read it says so: the vendor `offline` does.
        pub corners: Vec<Point>,
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
            confidence: None,
            issuer: None,
            issuer_source: None,
            issuer_code: None,
            card_name: None,
            card_kind: CardKind::Unknown,
            valid_thru: None,
            number_photo: None,
            clarity: None,
            corners: Vec::new(),
            warnings: Vec::new(),
            raw: PersonalBytes::default(),
            facts: CallFacts::default(),
        }
    }

    /// Adds what the number itself tells: the issuer by its first digits, where the vendor named none,
    /// and a doubt where its check digit does not fit.
    pub(crate) fn look_up(&mut self, issuers: &Issuers) {
        let found = issuers.lookup(self.card_number.reveal()).map(Issuer::from);
        self.issuer_source = match (&self.issuer, &found) {
            (Some(_), _) => Some(IssuerSource::Vendor),
            (None, Some(_)) => Some(IssuerSource::Table),
            (None, None) => None,
        };
        if let Some(Issuer { name, code, card_kind }) = found {
            let issuer = self.issuer.get_or_insert_with(|| name.clone());
            // The code of another bank than the vendor names would contradict it.
            if issuer.contains(&name) || name.contains(issuer.as_str()) {
                self.issuer_code = code;
            }
            if self.card_kind == CardKind::Unknown {
                self.card_kind = card_kind;
            }
        }
        if !self.card_number.passes_luhn() {
            let code = "check_digit".to_owned();
            self.warnings.push(Warning { kind: WarningKind::NumberDoubtful, code });
        }
    }

    /// Adds a doubt where another number was read before the vendor was asked.
    pub(crate) fn compare(&mut self, reading: &CardNumber) {
        if self.card_number != *reading {
            let code = "other_reading".to_owned();
            self.warnings.push(Warning { kind: WarningKind::NumberDoubtful, code });
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

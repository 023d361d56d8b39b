use crate::card::CardKind;
use crate::facts::{CallFacts, fact_getters};
use crate::schema::{Describe, record};
use crate::secret::{Personal, PersonalBytes};
use crate::slugs::slugs;

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

record! {
    /// A vendor's knowledge about a card number: its issuer, and the kind of the card.
    ///
    /// ```
    /// use cardwire::{CallOptions, CardLookup, Client, LookupReason, Sent};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let card: CardLookup = client.lookup_card("6222020000000000000", &CallOptions::new())?;
    /// match card.reason {
    ///     None => println!("{} of {:?}", card.card_kind, card.issuer),
    ///     Some(LookupReason::NoRecord) => println!("nobody knows this card"),
    ///     Some(reason) => println!("{reason}"),
    /// }
    /// assert_eq!((card.sent(), card.facts().sent), (Sent::Yes, Sent::Yes));
    /// assert!(card.to_json().starts_with('{'));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug)]
    pub struct CardLookup as "card_lookup" {
        /// True where the vendor knows the card.
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
        pub description: Personal,
        /// The vendor's whole answer, byte for byte.
        pub raw: PersonalBytes as Answer,
        /// Vendor, order number, request id, `sent`, `billed` and the attempts.
        pub facts: CallFacts as Inline,
    }
}

impl CardLookup {
    /// Returns vendor, order number, request id, `sent`, `billed` and the attempts.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Returns everything as a JSON object.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

fact_getters!(CardLookup);

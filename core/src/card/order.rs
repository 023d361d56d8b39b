use crate::card::{CardNumber, ValidThru, Warning};
use crate::facts::{CallFacts, fact_getters};
use crate::schema::{Describe, record};
use crate::secret::PersonalBytes;

record! {
    /// An order as a vendor keeps it under its number.
    ///
    /// ```
    /// use cardwire::{CallOptions, Client, Order};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let photo = cardwire_test_images::load("icbc-debit.jpg");
    /// let options = CallOptions::new().vendor("tencent_kyc").order_id("order0001");
    /// client.recognize(photo, &options)?;
    /// let order: Order = client.fetch_order("order0001", &CallOptions::new())?;
    /// assert!(order.card_number.is_some());
    /// assert_eq!(order.facts().order_id.as_deref(), order.order_id());
    /// assert!(order.to_json().starts_with('{'));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug)]
    pub struct Order as "order" {
        /// The card number.
        pub card_number: Option<CardNumber>,
        /// The month the card is valid through.
        pub valid_thru: Option<ValidThru>,
        /// The sharpness of the photo, 0 to 100.
        pub clarity: Option<u8>,
        /// The faults that the vendor found in the photo.
        pub warnings: Vec<Warning>,
        /// The photo as it was sent.
        pub original_photo: Option<PersonalBytes> as Photo,
        /// The card cut out of the photo.
        pub card_photo: Option<PersonalBytes> as Photo,
        /// The number cut out of the photo.
        pub number_photo: Option<PersonalBytes> as Photo,
        /// When the vendor worked on it, in the vendor's words (China Standard Time).
        pub operated_at: Option<String>,
        /// The vendor's whole answer, byte for byte. It holds the card number.
        pub raw: PersonalBytes as Answer,
        /// Vendor, order number, request id, `sent`, `billed` and the attempts of the query itself.
        pub facts: CallFacts as Inline,
    }
}

impl Order {
    /// Returns vendor, order number, request id, `sent`, `billed` and the attempts of the query
    /// itself.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Returns everything as a JSON object, card number and photos (as base64) included: personal
    /// data.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

fact_getters!(Order);

//! Results and errors that tests make, with the cargo feature `testing`.
//!
//! A field of which nothing is said is `None`, `Unknown`, `No` or empty; every field can be set afterwards.
//!
//! ```
//! use cardwire::{Billed, CallFacts, CardNumber, Kind, Outcome, Reason, Sent, Vendor, answers};
//!
//! let number = CardNumber::parse("6222020000000000000").expect("12 to 19 digits");
//! let mut card = answers::recognition(number);
//! card.issuer = Some("中国工商银行".to_owned());
//! card.facts.billed = Billed::Yes;
//! assert_eq!((card.vendor(), card.billed()), (None, Billed::Yes));
//!
//! let mut answer = answers::verification(Outcome::Mismatch);
//! answer.reason = Some(Reason::CardholderMismatch);
//!
//! let mut facts = CallFacts::default();
//! (facts.vendor, facts.sent, facts.billed) = (Some(Vendor::Wechat), Sent::Unknown, Billed::Unknown);
//! let error = answers::error(Kind::Timeout, "the deadline passed", None, facts);
//! assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::Unknown));
//! ```

use crate::card::{CardKind, CardLookup, CardNumber, Order, Outcome, Recognition, Verification};
use crate::error::{Error, Kind};
use crate::facts::CallFacts;
use crate::secret::{Personal, PersonalBytes};

/// Returns a result of [`Client::recognize`](crate::Client::recognize) with this number.
pub fn recognition(card_number: CardNumber) -> Recognition {
    Recognition::new(card_number)
}

/// Returns a result of [`Client::verify`](crate::Client::verify) with this outcome.
pub fn verification(outcome: Outcome) -> Verification {
    Verification::new(outcome, None, "", "")
}

/// Returns a result of [`Client::lookup_card`](crate::Client::lookup_card) that found the card or not.
pub fn card_lookup(found: bool) -> CardLookup {
    CardLookup {
        found,
        reason: None,
        issuer: None,
        card_kind: CardKind::Unknown,
        vendor_code: String::new(),
        description: Personal::new(""),
        raw: PersonalBytes::default(),
        facts: CallFacts::default(),
    }
}

/// Returns a result of [`Client::fetch_order`](crate::Client::fetch_order) under this order number.
pub fn order(order_id: impl Into<String>) -> Order {
    Order {
        card_number: None,
        valid_thru: None,
        clarity: None,
        warnings: Vec::new(),
        original_photo: None,
        card_photo: None,
        number_photo: None,
        operated_at: None,
        raw: PersonalBytes::default(),
        facts: CallFacts { order_id: Some(order_id.into()), ..CallFacts::default() },
    }
}

/// Returns an error with a message that names no personal datum, the vendor's code where it gave one, and the
/// facts of the call.
pub fn error(
    kind: Kind,
    message: impl Into<String>,
    vendor_code: Option<&str>,
    facts: CallFacts,
) -> Error {
    Error::new(kind, message)
        .with_vendor_code(vendor_code.map(str::to_owned), None)
        .with_facts(facts)
}

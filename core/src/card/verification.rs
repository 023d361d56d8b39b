use crate::facts::{CallFacts, fact_getters};
use crate::schema::{Describe, record};
use crate::scrub::shown;
use crate::secret::{Personal, PersonalBytes};
use crate::slugs::slugs;

slugs! {
    /// The outcome of a verification: whether card, name and ID number belong together.
    Outcome {
        /// The vendor says they do.
        Match = "match",
        /// The vendor says they do not.
        Mismatch = "mismatch",
        /// The vendor cannot tell: the reason says why. It says nothing about whose card it is.
        Inconclusive = "inconclusive",
    }
}

slugs! {
    /// Why a verification did not end in a match.
    Reason {
        /// Name, ID number or phone number is not the cardholder's.
        CardholderMismatch = "cardholder_mismatch",
        /// The name is not written as a name.
        NameInvalid = "name_invalid",
        /// The ID number is wrong.
        IdNumberInvalid = "id_number_invalid",
        /// The phone number is wrong.
        PhoneInvalid = "phone_invalid",
        /// There is no such card.
        CardNumberInvalid = "card_number_invalid",
        /// The card number is not written as one.
        CardNumberMalformed = "card_number_malformed",
        /// No bank issues cards with this number.
        NoIssuer = "no_issuer",
        /// Never activated, or asleep.
        CardInactive = "card_inactive",
        /// Reported lost.
        CardLost = "card_lost",
        /// Expired.
        CardExpired = "card_expired",
        /// Restricted by the issuer.
        CardRestricted = "card_restricted",
        /// To be confiscated.
        CardConfiscated = "card_confiscated",
        /// Suspected of fraud, to be retained.
        CardSuspectedFraud = "card_suspected_fraud",
        /// The card's state is abnormal, or its number is wrong.
        CardAbnormal = "card_abnormal",
        /// The PIN was entered wrong too often.
        PinTriesExceeded = "pin_tries_exceeded",
        /// Payment without the card present is not enabled.
        CardlessPaymentDisabled = "cardless_payment_disabled",
        /// The issuer does not support this check.
        IssuerUnsupported = "issuer_unsupported",
        /// Checked too often today.
        AttemptsExceeded = "attempts_exceeded",
        /// Only resident identity cards of the second generation are supported.
        IdTypeUnsupported = "id_type_unsupported",
        /// The verification centre is busy.
        VendorBusy = "vendor_busy",
        /// No record to compare with.
        NoRecord = "no_record",
        /// The vendor does not say, or says it with a code that no document explains.
        Unknown = "unknown",
    }
}

record! {
    /// A vendor's answer about a cardholder. It has no truth value: look at `outcome`.
    ///
    /// ```
    /// use cardwire::{CallOptions, Cardholder, Client, Outcome, Reason, Verification};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = cardwire_sandbox::Sandbox::start(cardwire_sandbox::Options::default())?;
    /// # let config = &sandbox.config().to_string();
    /// let client = Client::from_json(config)?;
    /// let holder = Cardholder::new("6222020000000000000", "张三")
    ///     .id_number("110101190001010014")
    ///     .phone("13800000000");
    /// let answer: Verification = client.verify(holder, &CallOptions::new())?;
    /// match answer.outcome {
    ///     Outcome::Match => assert!(answer.to_json().contains("match")),
    ///     Outcome::Mismatch => println!("{}", answer.reason.map_or("", Reason::slug)),
    ///     _ => println!("the vendor cannot tell: {}", answer.vendor_code),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Debug)]
    pub struct Verification as "verification" {
        /// Match, mismatch, or the vendor cannot tell.
        pub outcome: Outcome,
        /// Why it is not a match; `None` for a match.
        pub reason: Option<Reason>,
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

impl Verification {
    pub(crate) fn new(
        outcome: Outcome,
        reason: Option<Reason>,
        vendor_code: &str,
        description: impl Into<String>,
    ) -> Self {
        Verification {
            outcome,
            reason,
            vendor_code: shown(vendor_code),
            description: Personal::new(description),
            raw: PersonalBytes::default(),
            facts: CallFacts::default(),
        }
    }

    /// Returns vendor, order number, request id, `sent`, `billed` and the attempts.
    pub fn facts(&self) -> &CallFacts {
        &self.facts
    }

    /// Returns everything as a JSON object.
    pub fn to_json(&self) -> String {
        self.json()
    }
}

fact_getters!(Verification);

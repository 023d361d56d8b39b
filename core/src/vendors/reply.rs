//! The meaning of a response.

use std::time::Duration;

use cardwire_issuers::Issuers;

use crate::card::{CardLookup, CardNumber, NumberCandidate, Order, Recognition, Verification};
use crate::error::{Error, Kind};
use crate::facts::{Billed, CallFacts, RequestIds};
use crate::scrub::{HiddenValues, make_visible, scrub};
use crate::secret::{Personal, PersonalBytes};

/// The meaning of a vendor's response.
#[derive(Debug)]
pub(crate) struct Reply<A = Answer> {
    pub(crate) ids: RequestIds,
    pub(crate) billed: Billed,
    pub(crate) result: Result<A, Refusal>,
}

impl<A> Reply<A> {
    /// Returns the reply with a result and its bill, or with a refusal.
    pub(crate) fn new(ids: RequestIds, result: Result<(Billed, A), Refusal>) -> Self {
        match result {
            Ok((billed, answer)) => Reply { ids, billed, result: Ok(answer) },
            Err(refusal) => Reply { ids, billed: refusal.billed, result: Err(refusal) },
        }
    }
}

impl RequestIds {
    /// Removes what holds a value that is never shown.
    pub(super) fn conceal(&mut self, hidden: &HiddenValues) {
        for id in [&mut self.request_id, &mut self.gateway_request_id, &mut self.transaction_time] {
            if id.as_deref().is_some_and(|id| hidden.is_in(id)) {
                *id = None;
            }
        }
    }
}

#[derive(Debug)]
pub(crate) enum Answer {
    Recognition(Recognition),
    Verification(Verification),
    Lookup(CardLookup),
    Order(Order),
}

macro_rules! answers {
    ($($variant:ident: $result:ty,)*) => {
        $(impl From<$result> for Answer {
            fn from(answer: $result) -> Self {
                Answer::$variant(answer)
            }
        }

        impl TryFrom<Answer> for $result {
            type Error = Error;

            fn try_from(answer: Answer) -> Result<Self, Error> {
                if let Answer::$variant(answer) = answer { Ok(answer) } else { Err(of_another()) }
            }
        })*
    };
}

answers! {
    Recognition: Recognition,
    Verification: Verification,
    Lookup: CardLookup,
    Order: Order,
}

fn of_another() -> Error {
    Error::new(Kind::Internal, "the vendor's answer is of another operation")
}

impl Answer {
    /// Drops characters that cannot be seen from the vendor's texts. `raw` stays as it came.
    pub(super) fn make_visible(&mut self) {
        self.texts_mut().into_iter().for_each(make_visible);
        let valid_thru = match self {
            Answer::Recognition(answer) => answer.valid_thru.as_mut(),
            Answer::Order(answer) => answer.valid_thru.as_mut(),
            Answer::Verification(_) | Answer::Lookup(_) => None,
        };
        if let Some(valid_thru) = valid_thru {
            make_visible(&mut valid_thru.printed);
        }
        if let Answer::Verification(answer) = self {
            make_visible(answer.description.reveal_mut());
        }
    }

    /// Adds what the number that was read tells by itself.
    pub(crate) fn look_up(&mut self, issuers: &Issuers) {
        if let Answer::Recognition(answer) = self {
            answer.look_up(issuers);
        }
    }

    /// Returns the vendor's bytes, to be filled in.
    pub(crate) fn raw_mut(&mut self) -> &mut PersonalBytes {
        match self {
            Answer::Recognition(answer) => &mut answer.raw,
            Answer::Verification(answer) => &mut answer.raw,
            Answer::Lookup(answer) => &mut answer.raw,
            Answer::Order(answer) => &mut answer.raw,
        }
    }

    /// Returns the code that the vendor gave with it.
    pub(super) fn code_mut(&mut self) -> Option<&mut String> {
        match self {
            Answer::Verification(answer) => Some(&mut answer.vendor_code),
            Answer::Lookup(answer) => Some(&mut answer.vendor_code),
            Answer::Recognition(_) | Answer::Order(_) => None,
        }
    }

    /// Returns the vendor's texts that are shown as they are.
    pub(super) fn texts_mut(&mut self) -> Vec<&mut String> {
        let (texts, warnings) = match self {
            Answer::Recognition(answer) => {
                let card_name = answer.card_name.as_mut().map(Personal::reveal_mut);
                (vec![answer.issuer.as_mut(), card_name], Some(&mut answer.warnings))
            }
            Answer::Order(answer) => {
                (vec![answer.operated_at.as_mut()], Some(&mut answer.warnings))
            }
            Answer::Lookup(answer) => {
                (vec![answer.issuer.as_mut(), Some(answer.description.reveal_mut())], None)
            }
            Answer::Verification(_) => (Vec::new(), None),
        };
        let codes = warnings.into_iter().flatten().map(|warning| &mut warning.code);
        texts.into_iter().flatten().chain(codes).collect()
    }

    /// Returns the card number that the vendor read.
    pub(super) fn card_number(&self) -> Option<&CardNumber> {
        match self {
            Answer::Recognition(answer) => Some(&answer.card_number),
            Answer::Order(answer) => answer.card_number.as_ref(),
            Answer::Verification(_) | Answer::Lookup(_) => None,
        }
    }

    /// Returns the facts of the call.
    pub(crate) fn facts(&self) -> &CallFacts {
        match self {
            Answer::Recognition(answer) => &answer.facts,
            Answer::Verification(answer) => &answer.facts,
            Answer::Lookup(answer) => &answer.facts,
            Answer::Order(answer) => &answer.facts,
        }
    }

    /// Returns the facts of the call, to be filled in.
    pub(crate) fn facts_mut(&mut self) -> &mut CallFacts {
        match self {
            Answer::Recognition(answer) => &mut answer.facts,
            Answer::Verification(answer) => &mut answer.facts,
            Answer::Lookup(answer) => &mut answer.facts,
            Answer::Order(answer) => &mut answer.facts,
        }
    }
}

/// The only HTTP status of a success, in the documents of every vendor.
pub(crate) const SUCCESS: u16 = 200;

/// A response that is no answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    /// The library's own words; never vendor text.
    pub(crate) message: String,
    /// The vendor's code, as it came.
    pub(crate) code: Option<String>,
    /// The vendor's text, as it came: `Adapter::answer` scrubs it before anyone sees it.
    pub(crate) vendor_message: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The bill of a request that is refused so.
    pub(crate) billed: Billed,
    /// The numbers that may stand on the card, none of them with confidence.
    pub(crate) candidates: Vec<NumberCandidate>,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Refusal {
            kind,
            message: message.into(),
            code: None,
            vendor_message: None,
            retry_after: None,
            billed: Billed::Unknown,
            candidates: Vec::new(),
        }
    }

    /// Returns the refusal of an answer that says it is good but does not hold what its document
    /// describes.
    pub(crate) fn incomplete() -> Self {
        let message = "the answer does not hold what the vendor's document describes";
        Refusal::new(Kind::Protocol, message)
    }

    /// Removes the values that are never shown.
    pub(super) fn conceal(&mut self, ids: &RequestIds, hidden: &HiddenValues) {
        if let Some(code) = self.code.as_mut().filter(|code| hidden.is_in(code)) {
            *code = CONCEALED.to_owned();
        }
        if let Some(text) = &self.vendor_message {
            self.vendor_message = Some(scrub(text, hidden, ids.request_id.as_deref()));
        }
    }
}

/// Returns the card number that a vendor read.
///
/// # Errors
/// `card_not_found`: the text is empty. `protocol`: it is no card number.
pub(crate) fn card_number(text: &str) -> Result<CardNumber, Refusal> {
    if text.is_empty() {
        let message = "the vendor read no card number in the photo";
        return Err(Refusal::new(Kind::CardNotFound, message));
    }
    CardNumber::parse(text)
        .ok_or_else(|| Refusal::new(Kind::Protocol, "the card number is not 12 to 19 digits"))
}

/// The text that stands for a code that echoes what is never shown.
pub(super) const CONCEALED: &str = "***";

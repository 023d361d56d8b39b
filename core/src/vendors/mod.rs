//! The vendors, each in a folder of its own: what it does and how its requests are made in `mod.rs`,
//! what its answers mean in `answer.rs`, its codes in `codes.rs`. All of it is pure: a request from a
//! call, credentials, the time and randomness; an answer or a refusal from a whole response. What a
//! family of vendors shares has a folder too.

mod aliyun_gateway;
pub(crate) mod codes;
mod http_status;
mod tencent_cloud;
mod token_answer;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::card::{CardLookup, CardNumber, Order, Picture, Recognition, Verification};
use crate::config::{Endpoint, Section};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::{Billed, CallFacts};
use crate::scrub::{is_echo, make_visible, scrub, without_echoes};
use crate::secret::{PersonalBytes, Secret};
use crate::slugs::slugs;
use crate::tokens::{HalfToken, Token, TokenReply, TokenSource};
use crate::values::Person;
use crate::wire::{Request, Response};

use codes::{CodeList, Numbering};
pub(crate) use http_status::without_vendor_body;

/// What is true of a vendor whatever the account.
pub(crate) struct Profile {
    pub(crate) operations: &'static [Operation],
    /// Where it is reached unless `base_url` says otherwise.
    pub(crate) default_url: &'static str,
    /// How many requests a second it takes where the configuration does not say otherwise; `None`
    /// where its documents name no rate.
    pub(crate) requests_per_second: Option<f64>,
    /// How many billed calls a day it takes where the configuration does not say otherwise; `None`
    /// where its documents name no quota.
    pub(crate) daily_quota: Option<u32>,
    /// Checks a picture against its limits; `None` where it reads no pictures.
    pub(crate) check_picture: Option<fn(&Picture) -> Result<(), Error>>,
    pub(crate) codes: &'static [CodeList],
    /// Reads its own keys of a configuration entry.
    pub(crate) open: fn(&mut Section<'_>, Endpoint) -> Result<Box<dyn Adapter>, Error>,
}

macro_rules! vendors {
    ($($(#[$doc:meta])* $variant:ident = $module:ident;)*) => {
        $(mod $module;)*

        /// A vendor, named as in the configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Vendor { $($(#[$doc])* $variant,)* }

        impl Vendor {
            /// Every vendor.
            pub const ALL: &'static [Vendor] = &[$(Vendor::$variant,)*];

            /// Returns the name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Vendor::$variant => stringify!($module),)* }
            }

            pub(crate) const fn profile(self) -> &'static Profile {
                match self { $(Vendor::$variant => &$module::PROFILE,)* }
            }
        }
    };
}

vendors! {
    /// Tencent Cloud eKYC, bank-card OCR.
    TencentKyc = tencent_kyc;
    /// WeChat, bank-card OCR.
    Wechat = wechat;
    /// Aliyun Cloud Market, bank-card OCR (`cardbank`).
    AliyunBankocr = aliyun_bankocr;
    /// Tencent Cloud FaceID, bank-card verification.
    TencentFaceid = tencent_faceid;
    /// Aliyun Cloud Market, three-element bank-card verification (`1886`).
    AliyunYhkr = aliyun_yhkr;
}

impl Vendor {
    /// Returns what it does.
    pub const fn operations(self) -> &'static [Operation] {
        self.profile().operations
    }

    /// Returns where it is reached unless `base_url` says otherwise.
    pub const fn default_url(self) -> &'static str {
        self.profile().default_url
    }

    /// Returns its codes.
    pub(crate) const fn codes(self) -> &'static [CodeList] {
        self.profile().codes
    }

    /// The vendor of that name.
    pub fn from_name(name: &str) -> Option<Vendor> {
        Vendor::ALL.iter().copied().find(|vendor| vendor.name() == name)
    }
}

crate::schema::named!(Vendor, name);

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

slugs! {
    /// What a vendor can be asked to do.
    Operation {
        /// Read a card photo.
        Recognize = "recognize",
        /// Check whether card, name and ID number belong together.
        Verify = "verify",
        /// Ask who issued a card number.
        LookupCard = "lookup_card",
        /// Fetch what the vendor keeps under an order number.
        FetchOrder = "fetch_order",
    }
}

impl Operation {
    /// Whether vendors bill it. Asking for an order is free.
    pub(crate) fn is_billed(self) -> bool {
        self != Operation::FetchOrder
    }
}

/// The time, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) unix_ms: u64,
}

impl Now {
    pub(crate) fn unix_seconds(self) -> u64 {
        self.unix_ms / 1000
    }
}

/// One call, with everything of it that a vendor may need.
pub(crate) struct Call {
    pub(crate) task: Task,
    /// For `FetchOrder` the order to fetch, else the number of this call.
    pub(crate) order_id: String,
    /// The caller's own name for its user, for vendors that keep one.
    pub(crate) user_id: Option<String>,
    /// The caller's own name for what is asked, which only the journal keeps.
    pub(crate) reference: Option<String>,
}

impl Call {
    /// What a vendor may echo of it and nobody is to see.
    fn values(&self) -> Vec<&str> {
        let mut values: Vec<&str> = match &self.task {
            Task::Verify(cardholder) => cardholder.values().collect(),
            Task::LookupCard(number) => vec![number.reveal()],
            // Whoever signs an address puts the signature into its query.
            Task::Recognize(Picture::Url(url)) => {
                url.split_once('?').map(|(_, query)| query).into_iter().collect()
            }
            Task::Recognize(Picture::Photo(_)) | Task::FetchOrder => Vec::new(),
        };
        values.extend(self.user_id.as_deref());
        values
    }
}

#[derive(Clone)]
pub(crate) enum Task {
    Recognize(Picture),
    Verify(Person),
    LookupCard(CardNumber),
    FetchOrder,
}

impl Task {
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Task::Recognize(_) => Operation::Recognize,
            Task::Verify(_) => Operation::Verify,
            Task::LookupCard(_) => Operation::LookupCard,
            Task::FetchOrder => Operation::FetchOrder,
        }
    }

    /// Returns the numbering of the codes that answer it.
    pub(crate) fn numbering(&self) -> Numbering {
        match self {
            Task::Recognize(_) => Numbering::Recognize,
            Task::LookupCard(_) => Numbering::LookupCard,
            Task::FetchOrder => Numbering::FetchOrder,
            Task::Verify(person) if person.phone.is_some() => Numbering::Verify4,
            Task::Verify(person) if person.id_number.is_some() => Numbering::Verify3,
            Task::Verify(_) => Numbering::Verify2,
        }
    }
}

/// What is asked, with what answers it.
pub(crate) trait Input {
    type Answer: Into<Answer>;
}

impl Input for Picture {
    type Answer = Recognition;
}

impl Input for Person {
    type Answer = Verification;
}

impl Input for CardNumber {
    type Answer = CardLookup;
}

/// The question about an order, whose number is the call's.
pub(crate) struct OrderQuestion;

impl Input for OrderQuestion {
    type Answer = Order;
}

/// An operation of an account: a request out of an input, an answer out of a response.
pub(crate) trait Perform<I: Input> {
    /// Checks an input against the vendor's documented limits, before anything is connected.
    ///
    /// # Errors
    /// `unsupported` where this vendor does not take such an input at all; `invalid_argument` where
    /// it does but not this one.
    fn check(&self, input: &I, call: &Call) -> Result<(), Error>;

    /// Returns the request of an input that passed `check`. `token` is there where the account's
    /// `token_source` is.
    fn build(
        &self,
        input: &I,
        call: &Call,
        token: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error>;

    /// Reads the whole response. `raw` of the answer is filled in by the caller.
    fn parse(&self, input: &I, call: &Call, response: &Response) -> Reply<I::Answer>;
}

/// An operation with its input, whatever they are.
pub(crate) trait Performance {
    fn check(&self, call: &Call) -> Result<(), Error>;

    fn build(
        &self,
        call: &Call,
        token: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error>;

    fn parse(&self, call: &Call, response: &Response) -> Reply;
}

impl<I: Input> Performance for (&dyn Perform<I>, &I) {
    fn check(&self, call: &Call) -> Result<(), Error> {
        self.0.check(self.1, call)
    }

    fn build(
        &self,
        call: &Call,
        token: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        self.0.build(self.1, call, token, now, entropy)
    }

    fn parse(&self, call: &Call, response: &Response) -> Reply {
        let Reply { ids, billed, result } = self.0.parse(self.1, call, response);
        Reply { ids, billed, result: result.map(Into::into) }
    }
}

/// What a vendor's response means.
#[derive(Debug)]
pub(crate) struct Reply<A = Answer> {
    pub(crate) ids: RequestIds,
    pub(crate) billed: Billed,
    pub(crate) result: Result<A, Refusal>,
}

/// What the vendor, and the gateway before it, call a request, and when they say that it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestIds {
    pub(crate) request_id: Option<String>,
    pub(crate) gateway_request_id: Option<String>,
    pub(crate) transaction_time: Option<String>,
}

impl RequestIds {
    /// The same without what holds a value that is never shown.
    fn conceal(&mut self, hidden: &[&str]) {
        for id in [&mut self.request_id, &mut self.gateway_request_id, &mut self.transaction_time] {
            if id.as_deref().is_some_and(|id| is_echo(id, hidden)) {
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

impl From<Recognition> for Answer {
    fn from(answer: Recognition) -> Self {
        Answer::Recognition(answer)
    }
}

impl From<Verification> for Answer {
    fn from(answer: Verification) -> Self {
        Answer::Verification(answer)
    }
}

impl From<CardLookup> for Answer {
    fn from(answer: CardLookup) -> Self {
        Answer::Lookup(answer)
    }
}

impl From<Order> for Answer {
    fn from(answer: Order) -> Self {
        Answer::Order(answer)
    }
}

impl Answer {
    /// Drops characters that cannot be seen from the vendor's texts. `raw` stays as it came.
    fn make_visible(&mut self) {
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

    /// Where the vendor's bytes are kept.
    pub(crate) fn raw_mut(&mut self) -> &mut PersonalBytes {
        match self {
            Answer::Recognition(answer) => &mut answer.raw,
            Answer::Verification(answer) => &mut answer.raw,
            Answer::Lookup(answer) => &mut answer.raw,
            Answer::Order(answer) => &mut answer.raw,
        }
    }

    /// The code that the vendor gave with it.
    fn code_mut(&mut self) -> Option<&mut String> {
        match self {
            Answer::Verification(answer) => Some(&mut answer.vendor_code),
            Answer::Lookup(answer) => Some(&mut answer.vendor_code),
            Answer::Recognition(_) | Answer::Order(_) => None,
        }
    }

    /// The vendor's texts that are shown as they are.
    fn texts_mut(&mut self) -> Vec<&mut String> {
        let (texts, warnings) = match self {
            Answer::Recognition(answer) => {
                (vec![&mut answer.issuer, &mut answer.card_name], Some(&mut answer.warnings))
            }
            Answer::Order(answer) => (vec![&mut answer.operated_at], Some(&mut answer.warnings)),
            Answer::Lookup(answer) => {
                return answer.issuer.iter_mut().chain([&mut answer.description]).collect();
            }
            Answer::Verification(_) => (Vec::new(), None),
        };
        let codes = warnings.into_iter().flatten().map(|warning| &mut warning.code);
        texts.into_iter().flatten().chain(codes).collect()
    }

    /// The card number that the vendor read.
    fn card_number(&self) -> Option<&CardNumber> {
        match self {
            Answer::Recognition(answer) => Some(&answer.card_number),
            Answer::Order(answer) => answer.card_number.as_ref(),
            Answer::Verification(_) | Answer::Lookup(_) => None,
        }
    }

    /// Where the facts of the call are kept.
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
    /// Whether a request that is refused so was billed.
    pub(crate) billed: Billed,
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
        }
    }

    /// The same without the values that are never shown.
    fn conceal(&mut self, ids: &RequestIds, hidden: &[&str]) {
        if let Some(code) = self.code.as_mut().filter(|code| is_echo(code, hidden)) {
            *code = CONCEALED.to_owned();
        }
        if let Some(text) = &self.vendor_message {
            let id = ids.request_id.as_deref();
            self.vendor_message = Some(scrub(text, hidden.iter().copied(), id));
        }
    }
}

/// What stands in the place of a code that echoes what is never shown.
const CONCEALED: &str = "***";

/// An account of one vendor. It says which operations it performs; the rest is the same for all.
pub(crate) trait Adapter: Send + Sync {
    fn vendor(&self) -> Vendor;

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        None
    }

    fn verify(&self) -> Option<&dyn Perform<Person>> {
        None
    }

    fn lookup_card(&self) -> Option<&dyn Perform<CardNumber>> {
        None
    }

    fn fetch_order(&self) -> Option<&dyn Perform<OrderQuestion>> {
        None
    }

    /// What the vendor counts requests for in one second: groups of calls, each with a rate of its own.
    fn rate_groups(&self) -> &'static [&'static str] {
        &[""]
    }

    /// The one of them that a call belongs to.
    fn rate_group(&self, _: &Call) -> &'static str {
        ""
    }

    /// How tokens are fetched, where calls need one.
    fn token_source(&self) -> Option<&dyn TokenSource> {
        None
    }

    /// Returns the operation that a call asks for, with its input.
    ///
    /// # Errors
    /// `unsupported` where the vendor does not perform it.
    fn performance<'a>(&'a self, call: &'a Call) -> Result<Box<dyn Performance + 'a>, Error> {
        fn of<'a, I: Input>(
            operation: Option<&'a dyn Perform<I>>,
            input: &'a I,
        ) -> Option<Box<dyn Performance + 'a>> {
            Some(Box::new((operation?, input)))
        }
        let (performance, what) = match &call.task {
            Task::Recognize(picture) => (of(self.recognize(), picture), "card photos"),
            Task::Verify(person) => (of(self.verify(), person), "cardholders to verify"),
            Task::LookupCard(number) => (of(self.lookup_card(), number), "card numbers to look up"),
            Task::FetchOrder => (of(self.fetch_order(), &OrderQuestion), "order numbers to fetch"),
        };
        performance.ok_or_else(|| unsupported(self.vendor(), what))
    }

    /// Checks a call as its operation does.
    fn check(&self, call: &Call) -> Result<(), Error> {
        self.performance(call)?.check(call)
    }

    /// Returns the request of a call that passed `check`.
    fn build(
        &self,
        call: &Call,
        token: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        self.performance(call)?.build(call, token, now, entropy)
    }

    /// Reads the whole response to a call.
    fn parse(&self, call: &Call, response: &Response) -> Reply {
        match self.performance(call) {
            Ok(performance) => performance.parse(call, response),
            Err(error) => Reply {
                ids: RequestIds::default(),
                billed: Billed::No,
                result: Err(Refusal::new(error.kind(), error.message())),
            },
        }
    }

    /// `parse`, with the vendor's numbers, codes and texts made fit to show: without the account's
    /// secrets, the call's own values and the card number that the answer itself holds.
    fn answer(&self, call: &Call, response: &Response) -> Reply {
        let mut reply = self.parse(call, response);
        if response.status != SUCCESS && reply.result.is_ok() {
            // Of a part, or of something that was made elsewhere: no vendor documents such a success.
            // What the status refuses may have been done all the same.
            reply.result = Err(without_vendor_body(response));
            if !matches!(call.task, Task::FetchOrder) {
                reply.billed = Billed::Unknown;
            }
        }
        if let Ok(answer) = &mut reply.result {
            answer.make_visible();
        }
        let Reply { ids, result, .. } = &mut reply;
        let mut hidden = self.secrets();
        hidden.extend(call.values());
        let read = result.as_ref().ok().and_then(Answer::card_number).cloned();
        hidden.extend(read.as_ref().map(CardNumber::reveal));
        ids.conceal(&hidden);
        match result {
            Err(refusal) => refusal.conceal(ids, &hidden),
            Ok(answer) => {
                if let Some(code) = answer.code_mut().filter(|code| is_echo(code, &hidden)) {
                    *code = CONCEALED.to_owned();
                }
                for text in answer.texts_mut() {
                    if let Cow::Owned(shown) = without_echoes(text, &hidden) {
                        *text = shown;
                    }
                }
            }
        }
        reply
    }

    /// Reads the answer of the endpoint that `token_source` asks, made fit to show like `answer`.
    fn token_answer(&self, half: Option<HalfToken>, response: &Response) -> TokenReply {
        let Some(source) = self.token_source() else {
            let refusal = Refusal::new(Kind::Internal, "the vendor needs no token");
            return TokenReply { ids: RequestIds::default(), result: Err(refusal) };
        };
        let first = half.as_ref().map(|half| half.value.clone());
        let mut reply = source.parse(half, response);
        let mut hidden = self.secrets();
        hidden.extend(first.as_ref().map(Secret::reveal));
        reply.ids.conceal(&hidden);
        if let Err(refusal) = &mut reply.result {
            refusal.conceal(&reply.ids, &hidden);
        }
        reply
    }

    /// Secrets that vendor text may echo.
    fn secrets(&self) -> Vec<&str>;

    /// The largest response body that is read, in bytes.
    fn response_limit(&self) -> usize {
        256 * 1024
    }
}

/// What is wrong with an application id that `is_app_id` refuses.
pub(crate) const NO_APP_ID: &str = "it is not 1 to 64 letters and digits";

/// Whether a text can be an application id of Tencent: theirs have 8 and 18 characters.
pub(crate) fn is_app_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The `unsupported` error of a vendor that does not do what is asked.
pub(crate) fn unsupported(vendor: Vendor, what: &str) -> Error {
    Error::new(Kind::Unsupported, format!("{vendor} does not take {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::account;

    #[test]
    fn every_vendor_performs_what_its_profile_says() {
        for vendor in Vendor::ALL {
            let adapter = account(*vendor);
            assert_eq!(adapter.vendor(), *vendor);
            let performs = |operation: &Operation| match operation {
                Operation::Recognize => adapter.recognize().is_some(),
                Operation::Verify => adapter.verify().is_some(),
                Operation::LookupCard => adapter.lookup_card().is_some(),
                Operation::FetchOrder => adapter.fetch_order().is_some(),
            };
            for operation in Operation::ALL {
                let listed = vendor.operations().contains(operation);
                assert_eq!(performs(operation), listed, "{vendor} {operation}");
            }
            let reads = vendor.operations().contains(&Operation::Recognize);
            assert_eq!(vendor.profile().check_picture.is_some(), reads, "{vendor}");
        }
    }
}

//! An account of a vendor, and the operations that it performs.

use std::borrow::Cow;

use super::call::{Call, Now, Task};
use super::reply::{Answer, CONCEALED, Refusal, Reply, SUCCESS};
use super::{PictureLimits, Vendor, unsupported, without_vendor_body};
use crate::card::{CardLookup, CardNumber, Order, Photo, Picture, Recognition, Verification};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::{Billed, RequestIds};
use crate::scrub::HiddenValues;
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenSource};
use crate::values::Person;
use crate::wire::{Request, Response};

/// An input of an operation, with the type of its answer.
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
    /// Checks an input against the vendor's documented limits, before anything is connected; of a
    /// picture what [`PictureLimits`] do not say.
    ///
    /// # Errors
    /// `unsupported` where this vendor does not take such an input at all; `invalid_argument` where
    /// it does but not this one.
    fn check(&self, _input: &I, _call: &Call) -> Result<(), Error> {
        Ok(())
    }

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

/// A photo read on this machine.
pub(crate) trait ReadHere {
    /// Reads a photo that the limits allow: computes until it is done, or until `stop` says so.
    fn read(&self, photo: &Photo, stop: &dyn Fn() -> bool) -> Reply<Recognition>;
}

/// An operation of any kind with its input.
pub(crate) trait AnyOperation {
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

impl<I: Input> AnyOperation for (&dyn Perform<I>, &I) {
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

/// An account of one vendor. It says which operations it performs; the rest is the same for all.
pub(crate) trait Adapter: Send + Sync {
    fn vendor(&self) -> Vendor;

    fn recognize(&self) -> Option<&dyn Perform<Picture>> {
        None
    }

    /// Returns how photos are read without asking anybody.
    fn read_here(&self) -> Option<&dyn ReadHere> {
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

    /// Returns the groups of calls whose requests of one second the vendor counts apart, each with a
    /// rate of its own.
    fn rate_groups(&self) -> &'static [&'static str] {
        &[""]
    }

    /// Returns the one of them that a call belongs to.
    fn rate_group(&self, _: &Call) -> &'static str {
        ""
    }

    /// Returns how tokens are fetched, where calls need one.
    fn token_source(&self) -> Option<&dyn TokenSource> {
        None
    }

    /// Returns the operation that a call asks for, with its input.
    ///
    /// # Errors
    /// `unsupported` where the vendor does not perform it.
    fn operation<'a>(&'a self, call: &'a Call) -> Result<Box<dyn AnyOperation + 'a>, Error> {
        fn of<'a, I: Input>(
            operation: Option<&'a dyn Perform<I>>,
            input: &'a I,
        ) -> Option<Box<dyn AnyOperation + 'a>> {
            Some(Box::new((operation?, input)))
        }
        let (operation, what) = match &call.task {
            Task::Recognize(picture) => (of(self.recognize(), picture), "card photos"),
            Task::Verify(person) => (of(self.verify(), person), "cardholders to verify"),
            Task::LookupCard(number) => (of(self.lookup_card(), number), "card numbers to look up"),
            Task::FetchOrder => (of(self.fetch_order(), &OrderQuestion), "order numbers to fetch"),
        };
        operation.ok_or_else(|| unsupported(self.vendor(), what))
    }

    /// Returns the pictures that it takes.
    fn pictures(&self) -> Option<&'static PictureLimits> {
        self.vendor().profile().pictures.as_ref()
    }

    /// Checks a call against the limits for pictures, and as its operation does.
    fn check(&self, call: &Call) -> Result<(), Error> {
        if let (Task::Recognize(picture), Some(limits)) = (&call.task, self.pictures()) {
            limits.check(self.vendor(), picture)?;
            if self.read_here().is_some() {
                return Ok(());
            }
        }
        self.operation(call)?.check(call)
    }

    /// Returns the request of a call that passed `check`.
    fn build(
        &self,
        call: &Call,
        token: Option<&Token>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error> {
        self.operation(call)?.build(call, token, now, entropy)
    }

    /// Reads the whole response to a call.
    fn parse(&self, call: &Call, response: &Response) -> Reply {
        match self.operation(call) {
            Ok(operation) => operation.parse(call, response),
            Err(error) => Reply {
                ids: RequestIds::default(),
                billed: Billed::No,
                result: Err(Refusal::new(error.kind(), error.message())),
            },
        }
    }

    /// Does a `parse`, with the vendor's numbers, codes and texts made fit to show: without the
    /// account's secrets, the call's own values and the card number that the answer itself holds.
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
        let hidden = HiddenValues::new(hidden);
        ids.conceal(&hidden);
        match result {
            Err(refusal) => refusal.conceal(ids, &hidden),
            Ok(answer) => {
                if let Some(code) = answer.code_mut().filter(|code| hidden.is_in(code)) {
                    *code = CONCEALED.to_owned();
                }
                for text in answer.texts_mut() {
                    if let Cow::Owned(shown) = hidden.masked_in(text) {
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
        let hidden = HiddenValues::new(hidden);
        reply.ids.conceal(&hidden);
        if let Err(refusal) = &mut reply.result {
            refusal.conceal(&reply.ids, &hidden);
        }
        reply
    }

    /// Secrets that vendor text may echo.
    fn secrets(&self) -> Vec<&str>;

    /// Returns the largest response body that is read, in bytes.
    fn response_limit(&self) -> usize {
        256 * 1024
    }
}

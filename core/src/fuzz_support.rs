//! The pure parts that read or write what strangers see, for the fuzz targets. No part of the
//! interface.

use bytes::Bytes;
use std::path::Path;
use std::time::Duration;

use crate::call::{on_reply, refused};
use crate::card::{CardLookup, CardNumber, Cardholder, Image, Order, Picture};
use crate::config::Config;
use crate::decision::{Decision, Failover, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::{Attempt, Billed, CallFacts, Sent};
use crate::journal::{Done, Intent, Journal, Writer};
use crate::secret::Secret;
use crate::tokens::{HalfToken, Token, TokenReply, TokenStep};
use crate::vendors::{Adapter, Answer, Call, Now, Operation, Task, Vendor};
use crate::wire::{Body, Response, multipart, percent};
use crate::{Recognition, Verification};

/// One account of a configuration.
pub struct Account {
    vendor: Vendor,
    adapter: std::sync::Arc<dyn Adapter>,
}

/// A call to one vendor.
pub struct VendorCall(Call);

/// A whole answer of a stranger.
pub struct VendorAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// The result that a caller gets of an answer, and what follows.
pub struct CallReport {
    pub result: Result<CallResult, Error>,
    pub decided: FollowUp,
    pub billed: Billed,
}

pub enum CallResult {
    Recognition(Recognition),
    Verification(Verification),
    Lookup(CardLookup),
    Order(Order),
}

/// The consequences of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// The same account may be asked again.
    pub retries: bool,
    /// Another account may be asked, whatever the configuration lists.
    pub fails_over: bool,
}

/// A token answer as it is understood.
pub enum Step {
    Half(Secret),
    Ready { value: Secret, ticket: Option<Secret>, usable_for: Duration, lives_for: Duration },
}

/// A request as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub struct WrittenRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub stated_length: u64,
}

impl VendorCall {
    pub fn recognize(image: Image) -> Result<Self, Error> {
        Ok(VendorCall::with(Task::Recognize(Picture::load(image)?)))
    }

    pub fn verify(cardholder: &Cardholder) -> Result<Self, Error> {
        Ok(VendorCall::with(Task::Verify(cardholder.person()?)))
    }

    pub fn lookup(number: CardNumber) -> Self {
        VendorCall::with(Task::LookupCard(number))
    }

    pub fn order() -> Self {
        VendorCall::with(Task::FetchOrder)
    }

    fn with(task: Task) -> Self {
        VendorCall(Call {
            task,
            order_id: "cardwireVector0001".to_owned(),
            user_id: None,
            reference: None,
        })
    }

    pub fn named(mut self, order_id: String, user_id: Option<String>) -> Self {
        self.0.order_id = order_id;
        self.0.user_id = user_id;
        self
    }
}

impl VendorAnswer {
    fn response(self) -> Response {
        // What is no header cannot come out of HTTP either.
        let header = |(name, value): (String, Vec<u8>)| {
            let name = http::HeaderName::try_from(name).ok()?;
            Some((name, http::HeaderValue::try_from(value).ok()?))
        };
        let headers = self.headers.into_iter().filter_map(header).collect();
        Response { status: self.status, headers, body: self.body.into() }
    }
}

impl FollowUp {
    fn of(decision: Decision) -> Self {
        FollowUp {
            retries: decision.retry != Retry::None,
            fails_over: decision.failover == Failover::Yes,
        }
    }
}

impl Account {
    /// Returns every account of a configuration.
    pub fn open(config: &str) -> Result<Vec<Self>, Error> {
        let accounts = Config::from_json(config)?.accounts.into_iter();
        Ok(accounts
            .map(|account| Account { vendor: account.vendor, adapter: account.adapter })
            .collect())
    }

    /// Reads an answer as a call does.
    pub fn answer(&self, asked: &VendorCall, given: VendorAnswer) -> CallReport {
        let (call, response) = (&asked.0, given.response());
        let mut reply = self.adapter.answer(call, &response);
        let numbering = call.task.numbering();
        let decided = FollowUp::of(on_reply(self.vendor, numbering, &reply, response.status));
        let refusal = reply.result.as_ref().err();
        let attempt = Attempt {
            vendor: self.vendor,
            account: self.vendor.name().to_owned(),
            failure: refusal.map(|refusal| refusal.kind),
            order_id: call.order_id.clone(),
            vendor_code: refusal.and_then(|refusal| refusal.code.clone()),
            sent: Sent::Yes,
            billed: reply.billed,
            duration: Duration::ZERO,
        };
        let mut facts = CallFacts {
            vendor: Some(self.vendor),
            account: Some(self.vendor.name().to_owned()),
            order_id: Some(call.order_id.clone()),
            sent: Sent::Yes,
            billed: reply.billed,
            attempts: vec![attempt],
            ..CallFacts::default()
        };
        facts.set_ids(std::mem::take(&mut reply.ids));
        let result = match reply.result {
            Ok(mut answer) => {
                *answer.facts_mut() = facts;
                Ok(match answer {
                    Answer::Recognition(answer) => CallResult::Recognition(answer),
                    Answer::Verification(answer) => CallResult::Verification(answer),
                    Answer::Lookup(answer) => CallResult::Lookup(answer),
                    Answer::Order(answer) => CallResult::Order(answer),
                })
            }
            Err(refusal) => {
                let status = Some(response.status);
                Err(refused(refusal, status).with_facts(facts))
            }
        };
        CallReport { result, decided, billed: reply.billed }
    }

    /// Reads the answer of a token endpoint; `None` where the account needs no token.
    pub fn token(&self, half: Option<&str>, given: VendorAnswer) -> Option<Result<Step, Error>> {
        self.adapter.token_source()?;
        let half = half
            .map(|value| HalfToken { value: Secret::new(value), life: Duration::from_secs(7200) });
        let response = given.response();
        let TokenReply { ids, result } = self.adapter.token_answer(half, &response);
        Some(match result {
            Ok(TokenStep::Half(half)) => Ok(Step::Half(half.value)),
            Ok(TokenStep::Ready { token, usable_for, lives_for }) => {
                Ok(Step::Ready { value: token.value, ticket: token.ticket, usable_for, lives_for })
            }
            Err(refusal) => {
                let mut facts = CallFacts::default();
                facts.set_ids(ids);
                Err(refused(refusal, Some(response.status)).with_facts(facts))
            }
        })
    }

    /// Checks, signs and writes the request of a call.
    pub fn write(
        &self,
        asked: &VendorCall,
        token: &str,
        unix_ms: u64,
        seed: u8,
    ) -> Result<WrittenRequest, Error> {
        self.adapter.check(&asked.0)?;
        let token = Token { value: Secret::new(token), ticket: Some(Secret::new(token)) };
        let mut entropy = Entropy::from_seed([seed; 32]);
        let request = self.adapter.build(&asked.0, Some(&token), Now { unix_ms }, &mut entropy)?;
        Ok(WrittenRequest {
            method: request.method.name(),
            url: request.url,
            headers: request
                .headers
                .into_iter()
                .map(|(name, value)| (name, value.into_owned()))
                .collect(),
            stated_length: request.body.len(),
            body: whole(&request.body),
        })
    }
}

fn whole(body: &Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    body.visit(|piece| bytes.extend_from_slice(piece));
    bytes
}

/// Returns base64 text between two plain parts, and the length that was stated for it.
pub fn base64(before: &[u8], photo: &[u8], after: &[u8]) -> (Vec<u8>, u64) {
    let copy = Bytes::copy_from_slice;
    let body = Body::plain(copy(before)).then_base64(copy(photo)).then_plain(copy(after));
    (whole(&body), body.len())
}

/// Returns the same as a form value.
pub fn base64_form(before: &[u8], photo: &[u8], after: &[u8]) -> (Vec<u8>, u64) {
    let copy = Bytes::copy_from_slice;
    let body = Body::plain(copy(before)).then_base64_form(copy(photo)).then_plain(copy(after));
    (whole(&body), body.len())
}

pub fn percent(text: &str) -> String {
    let mut encoded = String::new();
    percent::push(&mut encoded, text);
    encoded
}

pub fn pairs(pairs: &[(&str, &str)]) -> String {
    percent::pairs(pairs.iter().copied())
}

pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Returns a form with one file: the content type, the body, and the length that was stated.
pub fn multipart(
    boundary: &str,
    name: &str,
    file_name: &str,
    file: &[u8],
) -> (String, Vec<u8>, u64) {
    let file = Bytes::copy_from_slice(file);
    let (content_type, body) = multipart::one_file(boundary, name, file_name, "image/jpeg", file);
    (content_type, whole(&body), body.len())
}

/// Returns vendor text as it is shown.
pub fn scrub(text: &str, hidden: &[&str]) -> String {
    crate::scrub::scrub(text, &crate::scrub::HiddenValues::new(hidden.iter().copied()), None)
}

/// Writes orders to a journal as a client does: one that is only meant, one released, one done.
pub fn write_orders(path: &Path, numbers: [&str; 3]) -> Result<(), Error> {
    let writer = Writer::open(path)?;
    let internal = |_| Error::new(Kind::Internal, "no runtime");
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(internal)?;
    runtime.block_on(async {
        for (step, order_id) in numbers.into_iter().enumerate() {
            let intent = Intent {
                order_id: order_id.to_owned(),
                own_number: Some(order_id.to_owned()),
                reference: None,
                skip_answered: false,
                earlier: Vec::new(),
                vendor: Vendor::Wechat,
                account: "wechat".to_owned(),
                operation: Operation::Recognize,
            };
            let claim = writer.claim();
            writer.intent(intent, claim).await.map_err(|reason| writer.not_begun(reason))?;
            if step > 0 {
                writer.released(order_id, claim).await.map_err(|error| writer.unwritten(error))?;
            }
            if step > 1 {
                let done = Done {
                    sent: Sent::Yes,
                    billed: Billed::Yes,
                    failure: None,
                    vendor_code: Some("0".to_owned()),
                    request_id: Some("id".to_owned()),
                    http_status: Some(200),
                    late: false,
                };
                writer.done(order_id, claim, done).await;
            }
        }
        Ok(())
    })?;
    Journal::open(path)?.orders(&crate::OrderFilter::new()).map(|_| ())
}

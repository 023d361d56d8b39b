//! One call to one account as a state machine without input or output: it says what to do next and
//! is told how it went. Written once; every language and every transport drives the same.

use std::sync::Arc;

use crate::decision::Retry;
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::tokens::Token;
use crate::vendors::{Adapter, Call, Now, Reply};
use crate::wire::{Request, Response};

/// What to do next.
pub(crate) enum Step {
    /// Get a token, another one than `refused`; then call `token` or `no_other`.
    NeedToken { refused: Option<Token> },
    /// Get other credentials than those of `adapter`; then call `credentials` or `no_other`.
    NeedCredentials,
    /// Send it; then call `next` with what the response means.
    Send(Request),
    /// The server's clock shows this time; correct ours, then call `clock_corrected`.
    CorrectClock { server_unix_ms: u64 },
    /// The call is over.
    Done(Box<Reply>),
}

/// A call in progress. Each remedy (another token, other credentials, a corrected clock, another nonce) is tried once.
pub(crate) struct Flow<'a> {
    adapter: Arc<dyn Adapter>,
    call: &'a Call,
    token: Option<Token>,
    tried: Vec<Retry>,
    renewed: bool,
    pending: Option<Box<Reply>>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(adapter: Arc<dyn Adapter>, call: &'a Call) -> Self {
        Flow { adapter, call, token: None, tried: Vec::new(), renewed: false, pending: None }
    }

    /// What requests are built with now.
    pub(crate) fn adapter(&self) -> &Arc<dyn Adapter> {
        &self.adapter
    }

    pub(crate) fn start(&mut self, now: Now, entropy: &mut Entropy) -> Result<Step, Error> {
        match self.adapter.token_source() {
            Some(_) => Ok(Step::NeedToken { refused: None }),
            None => self.send(now, entropy),
        }
    }

    /// There is a token: sign with it and send.
    pub(crate) fn token(
        &mut self,
        token: Token,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        self.token = Some(token);
        self.send(now, entropy)
    }

    /// There are other credentials: sign with them and send.
    pub(crate) fn credentials(
        &mut self,
        adapter: Arc<dyn Adapter>,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        self.adapter = adapter;
        self.send(now, entropy)
    }

    /// There is nothing else than what was refused: the refusal stands.
    pub(crate) fn no_other(&mut self) -> Result<Step, Error> {
        self.pending
            .take()
            .map(Step::Done)
            .ok_or_else(|| Error::new(Kind::Internal, "there is no refusal"))
    }

    /// The clock was corrected: sign with the new time and send.
    pub(crate) fn clock_corrected(
        &mut self,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        self.send(now, entropy)
    }

    /// What to do after a response that meant `reply`, for which the table wants `retry`. A retry
    /// that needs no remedy is the driver's: it waits and calls `start`. `renewable` says that the
    /// credentials were refused and that there may be others.
    pub(crate) fn next(
        &mut self,
        reply: Box<Reply>,
        retry: Retry,
        renewable: bool,
        response: &Response,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        if renewable && self.adapter.token_source().is_none() && !self.renewed {
            self.renewed = true;
            self.pending = Some(reply);
            return Ok(Step::NeedCredentials);
        }
        if self.tried.contains(&retry) {
            return Ok(Step::Done(reply));
        }
        match retry {
            Retry::Token if self.token.is_some() => {
                self.tried.push(retry);
                self.pending = Some(reply);
                Ok(Step::NeedToken { refused: self.token.take() })
            }
            Retry::Nonce => {
                self.tried.push(retry);
                self.send(now, entropy)
            }
            Retry::Clock => match server_time(response) {
                Some(server_unix_ms) => {
                    self.tried.push(retry);
                    Ok(Step::CorrectClock { server_unix_ms })
                }
                None => Ok(Step::Done(reply)),
            },
            Retry::Token | Retry::None | Retry::Backoff | Retry::Throttle | Retry::Once => {
                Ok(Step::Done(reply))
            }
        }
    }

    fn send(&mut self, now: Now, entropy: &mut Entropy) -> Result<Step, Error> {
        self.pending = None;
        self.adapter.build(self.call, self.token.as_ref(), now, entropy).map(Step::Send)
    }
}

/// The time in the response's `Date` header.
fn server_time(response: &Response) -> Option<u64> {
    let date = httpdate::parse_http_date(&response.header("date")?).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

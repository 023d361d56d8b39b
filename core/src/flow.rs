//! One call to one account as a state machine without input or output: it says what to do next and
//! is told how it went. Written once; every language and every transport drives the same.

use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::tokens::Token;
use crate::vendors::{Adapter, Advice, Call, Now, Refusal, Reply};
use crate::wire::{Request, Response};

/// What to do next.
pub(crate) enum Step {
    /// Get a token, another one than `refused`; then call `token` or `no_other_token`.
    NeedToken { refused: Option<Token> },
    /// Send it; then call `read` and `next`.
    Send(Request),
    /// The server's clock shows this time; correct ours, then call `clock_corrected`.
    CorrectClock { server_unix_ms: u64 },
    /// The call is over.
    Done(Box<Reply>),
}

/// A call in progress. Each remedy (another token, a corrected clock, another nonce) is tried once.
pub(crate) struct Flow<'a> {
    adapter: &'a dyn Adapter,
    call: &'a Call,
    token: Option<Token>,
    tried: Vec<Advice>,
    pending: Option<Reply>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(adapter: &'a dyn Adapter, call: &'a Call) -> Self {
        Flow { adapter, call, token: None, tried: Vec::new(), pending: None }
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

    /// There is no other token than the refused one: the refusal stands.
    pub(crate) fn no_other_token(&mut self) -> Result<Step, Error> {
        self.pending.take().map(done).ok_or_else(|| Error::new(Kind::Internal, "there is no token"))
    }

    /// The clock was corrected: sign with the new time and send.
    pub(crate) fn clock_corrected(
        &mut self,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        self.send(now, entropy)
    }

    /// What a whole response means.
    pub(crate) fn read(&self, response: &Response) -> Reply {
        self.adapter.parse(self.call, response)
    }

    /// What to do after a response that meant `reply`.
    pub(crate) fn next(
        &mut self,
        reply: Reply,
        response: &Response,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Step, Error> {
        let advice = match &reply.result {
            Ok(_) => Advice::Final,
            Err(Refusal { advice, .. }) => *advice,
        };
        if self.tried.contains(&advice) {
            return Ok(done(reply));
        }
        self.tried.push(advice);
        match advice {
            Advice::NewToken if self.token.is_some() => {
                self.pending = Some(reply);
                Ok(Step::NeedToken { refused: self.token.take() })
            }
            Advice::SignAgain => self.send(now, entropy),
            Advice::CorrectClock => match server_time(response) {
                Some(server_unix_ms) => Ok(Step::CorrectClock { server_unix_ms }),
                None => Ok(done(reply)),
            },
            Advice::NewToken | Advice::Final => Ok(done(reply)),
        }
    }

    fn send(&mut self, now: Now, entropy: &mut Entropy) -> Result<Step, Error> {
        self.pending = None;
        self.adapter.build(self.call, self.token.as_ref(), now, entropy).map(Step::Send)
    }
}

fn done(reply: Reply) -> Step {
    Step::Done(Box::new(reply))
}

/// The time in the response's `Date` header.
fn server_time(response: &Response) -> Option<u64> {
    let date = httpdate::parse_http_date(&response.header("date")?).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

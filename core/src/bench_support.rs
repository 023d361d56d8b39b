//! The pure parts of a call, one at a time, for the benches. No part of the interface.

use crate::card::{Cardholder, Image, Picture};
use crate::config::Config;
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::tokens::Token;
use crate::vendors::{Adapter, Call, Now, Task};
use crate::wire::{Request, Response};

/// A call to one account, ready to be built any number of times.
pub struct PreparedCall {
    adapter: std::sync::Arc<dyn Adapter>,
    call: Call,
    token: Token,
}

/// A signed request, its photo not yet encoded.
pub struct BuiltRequest(Request);

/// A whole answer.
pub struct VendorAnswer(Response);

impl PreparedCall {
    /// Returns a recognition where there is a photo, else a verification, with the first account.
    ///
    /// # Errors
    /// The configuration or the photo is wrong.
    pub fn new(config: &str, photo: Option<Vec<u8>>) -> Result<Self, Error> {
        let account = Config::from_json(config)?.accounts.into_iter().next();
        let adapter = account.ok_or_else(|| Error::new(Kind::Internal, "no account"))?.adapter;
        let task = match photo {
            Some(photo) => Task::Recognize(Picture::load(Image::bytes(photo))?),
            None => {
                let holder = Cardholder::new("6222020000000000000", "张三");
                Task::Verify(holder.id_number("110101190001010014").person()?)
            }
        };
        let call = Call { task, order_id: "0".repeat(32), user_id: None, reference: None };
        let secret = || Secret::new("ticketticketticketticketticket");
        let token = Token { value: secret(), ticket: Some(secret()) };
        Ok(PreparedCall { adapter, call, token })
    }

    /// Signs and builds.
    ///
    /// # Errors
    /// See `Kind`.
    pub fn build(&self) -> Result<BuiltRequest, Error> {
        let mut entropy = Entropy::from_seed([7; 32]);
        let now = Now { unix_ms: 1_795_300_000_000 };
        self.adapter.build(&self.call, Some(&self.token), now, &mut entropy).map(BuiltRequest)
    }

    /// Reads an answer; whether it is a good one.
    pub fn parse(&self, answer: &VendorAnswer) -> bool {
        self.adapter.parse(&self.call, &answer.0).result.is_ok()
    }
}

impl BuiltRequest {
    /// Encodes the body as it is sent; says how many bytes it has.
    pub fn encode(&self) -> usize {
        let mut total = 0;
        self.0.body.visit(|piece| total += std::hint::black_box(piece).len());
        total
    }
}

impl VendorAnswer {
    /// Returns an answer with status 200.
    pub fn new(body: &str) -> Self {
        VendorAnswer(Response {
            status: 200,
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
        })
    }
}

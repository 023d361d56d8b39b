//! Access tokens: what a vendor must say about fetching one, and the cache that keeps it.

mod cache;

use std::time::Duration;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::secret::Secret;
use crate::vendors::{Now, Refusal, RequestIds};
use crate::wire::{Request, Response};

pub(crate) use cache::{FetchedToken, TokenCache};

/// A token and, for `tencent_kyc`, the ticket that was made from it. The two change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) value: Secret,
    pub(crate) ticket: Option<Secret>,
}

/// The first half of a token that is fetched in two requests.
#[derive(Clone, Debug)]
pub(crate) struct HalfToken {
    pub(crate) value: Secret,
    /// Its lifetime.
    pub(crate) life: Duration,
}

/// The consequence of a token answer.
#[derive(Debug)]
pub(crate) enum TokenStep {
    /// Ask once more with the half there is.
    Half(HalfToken),
    /// Another is to be fetched after `usable_for`; where that fails, it is good for `lives_for`.
    Ready { token: Token, usable_for: Duration, lives_for: Duration },
}

/// The meaning of a token endpoint's response.
#[derive(Debug)]
pub(crate) struct TokenReply {
    pub(crate) ids: RequestIds,
    pub(crate) result: Result<TokenStep, Refusal>,
}

/// A vendor's way to fetch a token, in one or more requests. Pure, like the rest of a vendor.
pub(crate) trait TokenSource: Send + Sync {
    /// Returns the next request. `half` is what the request before gave; `force` asks for another
    /// token than the one that was refused, where the vendor would hand out the same again.
    fn request(
        &self,
        half: Option<&HalfToken>,
        force: bool,
        now: Now,
        entropy: &mut Entropy,
    ) -> Result<Request, Error>;

    /// Reads the answer to that request.
    fn parse(&self, half: Option<HalfToken>, response: &Response) -> TokenReply;

    /// Returns whether the tokens of before stay good when another is fetched.
    fn keeps_older(&self) -> bool {
        false
    }

    /// Returns whether the configuration allows forced fetches.
    fn may_force(&self) -> bool {
        false
    }
}

//! The policy of asking the same account again: in which case, and when.

use std::time::Duration;

use crate::admission::Cost;
use crate::config::RetryConfig;
use crate::decision::{Decision, Local, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::facts::Billed;
use crate::transport::Phase;
use crate::vendors::codes::Numbering;
use crate::vendors::{Operation, Reply, Vendor};

use super::failover::Route;
use super::rules;
use super::statuses::of_status;

/// The most by which a vendor's `Retry-After` may put a retry later than the backoff.
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(5);

/// A remedy for a refused request, so that it is sent again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    Credentials,
    Token,
    Nonce,
    Clock { server_unix_ms: u64 },
}

/// The attempts on one account.
#[derive(Debug, Default)]
pub(super) struct Retries {
    /// The number of waits before requests to the account.
    waits: u32,
    /// True once the one time of `Retry::Once` was used.
    once: bool,
    /// The cost of the last wait.
    cost: Option<Cost>,
    /// Each remedy is tried once.
    credentials: bool,
    token: bool,
    nonce: bool,
    clock: bool,
}

impl Retries {
    /// Returns the remedy of a refusal, where there is one that was not tried.
    pub(super) fn remedy(
        &mut self,
        route: &Route,
        reply: &Reply,
        decision: &Decision,
        server_unix_ms: Option<u64>,
    ) -> Option<Remedy> {
        let refusal = reply.result.as_ref().err()?;
        let is_dead = decision.retry == Retry::Token || refusal.kind == Kind::Unauthenticated;
        let is_free = reply.billed == Billed::No;
        if route.renews_credentials && !route.takes_token && is_dead && is_free {
            // Only once, and before any other remedy.
            if !std::mem::replace(&mut self.credentials, true) {
                return Some(Remedy::Credentials);
            }
        }
        let (tried, remedy) = match decision.retry {
            Retry::Token if route.takes_token => (&mut self.token, Remedy::Token),
            Retry::Nonce => (&mut self.nonce, Remedy::Nonce),
            Retry::Clock => (&mut self.clock, Remedy::Clock { server_unix_ms: server_unix_ms? }),
            _ => return None,
        };
        (!std::mem::replace(tried, true)).then_some(remedy)
    }

    /// Returns how long to wait before another request, and what it costs; `None` where the decision
    /// is against one.
    pub(super) fn wait(
        &self,
        config: &RetryConfig,
        decision: &Decision,
        retry_after: Option<Duration>,
        entropy: &mut Entropy,
    ) -> Option<(Duration, Cost)> {
        let doubled = |base: Duration| base.saturating_mul(1 << self.waits.min(16));
        let (wait, cost) = match decision.retry {
            Retry::Backoff => {
                (fraction(doubled(config.base).min(config.longest), entropy), Cost::Transient)
            }
            Retry::Throttle => {
                let ceiling = doubled(config.throttle_base).min(config.longest);
                (fraction(ceiling, entropy), Cost::Throttled)
            }
            Retry::Once if !self.once => {
                (decision.after + fraction(decision.after, entropy), Cost::Transient)
            }
            Retry::Once | Retry::None | Retry::Token | Retry::Nonce | Retry::Clock => return None,
        };
        let wait = match retry_after {
            // A wait that the vendor documents is kept in full.
            _ if !decision.after.is_zero() => wait.max(decision.after),
            Some(asked) => asked.clamp(wait, wait + RETRY_AFTER_LIMIT),
            None => wait,
        };
        Some((wait, cost))
    }

    /// Notes a wait that was paid for.
    pub(super) fn waits(&mut self, decision: &Decision, cost: Cost) {
        self.waits += 1;
        self.once |= decision.retry == Retry::Once;
        self.cost = Some(cost);
    }

    /// Returns what a success gives back to the budget.
    pub(super) fn cost(&self) -> Option<Cost> {
        self.cost
    }
}

/// Returns a random part of a wait, from none to all of it, so that callers that failed together do not
/// come back together.
fn fraction(whole: Duration, entropy: &mut Entropy) -> Duration {
    whole.mul_f64(entropy.share())
}

/// Returns the decision on a token that could not be fetched. No billed request was sent, whatever
/// became of the one for the token.
pub(super) fn on_token_error(vendor: Vendor, error: &Error) -> Decision {
    if error.kind() == Kind::CredentialsUnavailable {
        return rules::on_local(Local::Credentials);
    }
    match (error.vendor_code(), error.http_status()) {
        (Some(code), _) => rules::on_code(vendor, Numbering::Token, code),
        (None, Some(status)) => of_status(status).decision,
        (None, None) => {
            let phase = match error.phase() {
                None | Some(Phase::Local) => Phase::Local,
                Some(phase @ (Phase::Certificate | Phase::ProxyRefused | Phase::AnsweredEarly)) => {
                    phase
                }
                Some(_) => Phase::NotConnected,
            };
            rules::on_failure(phase, Operation::FetchOrder)
        }
    }
}

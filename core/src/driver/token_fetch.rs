//! Fetching an account's token when a call needs one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::account::Account;
use super::services::{Services, entropy};
use super::teller::Teller;
use crate::call::{answered_early, on_code, refused};
use crate::decision::Retry;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::{CallFacts, RequestIds, Sent};
use crate::runtime;
use crate::tokens::{FetchedToken, HalfToken, Token, TokenReply, TokenStep};
use crate::transport::{Exchange, Failure, Release};
use crate::vendors::codes::Numbering;
use crate::vendors::{Adapter, Refusal, SUCCESS, without_vendor_body};

/// How long fetching a token may take: a caller's own deadline may be shorter, but others wait for
/// the same token.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// The largest response of a token endpoint that is read, in bytes: it has one or two short strings.
const RESPONSE_LIMIT: usize = 64 * 1024;

/// The most requests that one fetch takes: two halves, and the two once more.
const STEPS: usize = 4;

impl Services {
    /// Returns a token of the account; `None` where there is no other than the refused one.
    pub(super) async fn token(
        self: &Arc<Self>,
        account: &Arc<Account>,
        refused: Option<&Token>,
        teller: &Teller,
    ) -> Result<Option<Token>, Error> {
        let token = self.fetched_token(account, refused, false, teller).await?;
        let Some(refused) = refused.filter(|refused| **refused == token) else {
            return Ok(Some(token));
        };
        if !account.may_force() {
            return Ok(None);
        }
        let forced = self.fetched_token(account, Some(refused), true, teller).await?;
        Ok((forced != *refused).then_some(forced))
    }

    async fn fetched_token(
        self: &Arc<Self>,
        account: &Arc<Account>,
        refused: Option<&Token>,
        force: bool,
        teller: &Teller,
    ) -> Result<Token, Error> {
        let runtime = runtime::handle()?;
        let fetch = || {
            let (services, account) = (Arc::clone(self), Arc::clone(account));
            let (refused, teller) = (refused.cloned(), teller.clone());
            async move {
                let started = Instant::now();
                let outcome = services.fetch_or_share(&account, refused, force).await;
                let failure = outcome.as_ref().err().map(Error::kind);
                let duration = started.elapsed();
                let tell = move || {
                    teller.tell(|call| Event::TokenRefreshed {
                        call,
                        vendor: account.vendor,
                        account: account.name.clone(),
                        failure,
                        duration,
                    });
                };
                (outcome, tell)
            }
        };
        account.tokens.get(refused, Instant::now(), &runtime, fetch).await
    }

    pub(super) async fn fetch(
        &self,
        account: &Account,
        force: bool,
    ) -> Result<FetchedToken, Error> {
        let adapter = account.credentials(None).await?;
        let error = match self.fetch_with(account, &adapter, force).await {
            Err(error) if error.kind() == Kind::Unauthenticated && account.live.is_some() => error,
            outcome => return outcome,
        };
        match account.other_credentials(&adapter).await? {
            Some(adapter) => self.fetch_with(account, &adapter, force).await,
            None => Err(error),
        }
    }

    async fn fetch_with(
        &self,
        account: &Account,
        adapter: &Arc<dyn Adapter>,
        force: bool,
    ) -> Result<FetchedToken, Error> {
        let source = adapter
            .token_source()
            .ok_or_else(|| Error::new(Kind::Internal, "the vendor needs no token"))?;
        let transport = self.transport()?;
        let mut entropy = entropy()?;
        let deadline = Instant::now() + FETCH_LIMIT;
        let mut half: Option<HalfToken> = None;
        let mut restarted = false;
        for _ in 0..STEPS {
            let request = source.request(half.as_ref(), force, account.now(), &mut entropy)?;
            let second = half.is_some();
            let release = Release::default();
            let exchange = Exchange::new(request, deadline, RESPONSE_LIMIT, release.clone());
            let exchange = exchange.map_err(failed)?;
            let response = transport.send(exchange).await.map_err(failed)?.into();
            let TokenReply { ids, result } = adapter.token_answer(half.take(), &response);
            let result = match result {
                Ok(_) if release.answered() == Sent::No => {
                    return Err(with_ids(failed(answered_early()), ids));
                }
                Ok(_) if response.status != SUCCESS => Err(without_vendor_body(&response)),
                result => result,
            };
            match result {
                Ok(TokenStep::Half(token)) => half = Some(token),
                Ok(TokenStep::Ready { token, usable_for, lives_for }) => {
                    return Ok(FetchedToken { token, usable_for, lives_for });
                }
                // Somebody else's fetch may have killed the first half at once: begin anew, once.
                Err(refusal) if second && !restarted && is_dead(account, &refusal) => {
                    restarted = true;
                }
                Err(mut refusal) => {
                    refusal.message = format!("fetching the token: {}", refusal.message);
                    return Err(with_ids(refused(refusal, Some(response.status)), ids));
                }
            }
        }
        Err(Error::new(
            Kind::Protocol,
            format!("fetching the token: expected an end within {STEPS} requests, found none"),
        ))
    }
}

fn with_ids(error: Error, ids: RequestIds) -> Error {
    let mut facts = CallFacts::default();
    facts.set_ids(ids);
    error.with_facts(facts)
}

fn failed(failure: Failure) -> Error {
    let phase = failure.phase;
    Error::of_failure("fetching the token: ", failure).with_phase(phase)
}

/// Returns whether the first half of a token is dead.
fn is_dead(account: &Account, refusal: &Refusal) -> bool {
    let code = refusal.code.as_deref();
    let decision = code.map(|code| on_code(account.vendor, Numbering::Ticket, code));
    decision.is_some_and(|decision| decision.retry == Retry::Token)
}

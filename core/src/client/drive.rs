//! One call to one account: drives a flow with the transport, as the decision table wants it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempt::{Answered, Attempt, Stopped};
use super::progress::Progress;
use super::run::Window;
use super::{Account, Inner};
use crate::decision::{self, Decision, Failover, Local, Retry};
use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::flow::{Flow, Step};
use crate::limits::Cost;
use crate::secret::PersonalBytes;
use crate::transport::Phase;
use crate::vendors::{Answer, Call, Operation, Refusal, Task};

/// How much later than the backoff a vendor's `Retry-After` may put a retry.
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(5);

/// How a call to one account ended.
pub(super) struct Ended {
    pub(super) result: Result<Answer, Error>,
    /// What the table says about asking another account.
    pub(super) failover: Failover,
}

/// The retries of a call to one account.
#[derive(Default)]
struct Retries {
    /// How often it waited.
    waits: u32,
    /// Whether the one time of `Retry::Once` was used.
    once: bool,
    /// What the last one cost.
    cost: Option<Cost>,
    /// Whether there is another account to go on to, for which the last request is kept.
    elsewhere: bool,
}

impl Inner {
    pub(super) async fn drive(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Arc<Call>,
        elsewhere: bool,
        window: Window,
        progress: &Progress,
        entropy: &mut Entropy,
    ) -> Ended {
        let retries = Retries { elsewhere, ..Retries::default() };
        match self.try_drive(account, call, retries, window, progress, entropy).await {
            Ok(ended) => ended,
            Err(error) => {
                let result = Err(error.with_facts(progress.facts()));
                Ended { result, failover: Failover::Never }
            }
        }
    }

    async fn try_drive(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Arc<Call>,
        mut retries: Retries,
        window: Window,
        progress: &Progress,
        entropy: &mut Entropy,
    ) -> Result<Ended, Error> {
        let adapter = match account.credentials(None).await {
            Ok(adapter) => adapter,
            Err(error) => return Ok(no_credentials(error, progress)),
        };
        let mut flow = Flow::new(adapter, call);
        let mut decision = decision::on_status(0);
        let mut status = None;
        let mut step = flow.start(account.now(), entropy)?;
        loop {
            step = match step {
                Step::NeedToken { refused } => match self.token(account, refused.as_ref()).await {
                    Ok(Some(token)) => flow.token(token, account.now(), entropy)?,
                    Ok(None) => flow.no_other()?,
                    Err(error) => {
                        progress.try_failed(error.facts());
                        let decision = on_token_error(account, &error);
                        let again = self.again(account, &decision, error.retry_after());
                        let again = again.with(&mut retries, progress, window, entropy);
                        if !again.await {
                            let result = Err(error.with_facts(progress.facts()));
                            return Ok(Ended { result, failover: decision.failover });
                        }
                        flow.start(account.now(), entropy)?
                    }
                },
                Step::NeedCredentials => match account.other_credentials(flow.adapter()).await {
                    Ok(Some(adapter)) => flow.credentials(adapter, account.now(), entropy)?,
                    Ok(None) => flow.no_other()?,
                    Err(error) => return Ok(no_credentials(error, progress)),
                },
                Step::CorrectClock { server_unix_ms } => {
                    account.correct_clock(server_unix_ms);
                    flow.clock_corrected(account.now(), entropy)?
                }
                Step::Send(request) => {
                    let adapter = flow.adapter();
                    let attempt = Attempt { account, adapter, call, progress, window };
                    match self.attempt(&attempt, request).await {
                        Ok(Answered { mut response, mut reply, decision: made }) => {
                            decision = made;
                            status = Some(response.status);
                            if let Ok(answer) = &mut reply.result {
                                *answer.raw_mut() =
                                    PersonalBytes::new(std::mem::take(&mut response.body));
                            }
                            let (retry, renewable) = match progress.tries() < self.retry.attempts {
                                true => (decision.retry, account.may_renew(&reply, &decision)),
                                false => (Retry::None, false),
                            };
                            flow.next(reply, retry, renewable, &response, account.now(), entropy)?
                        }
                        Err(Stopped { error, decision }) => {
                            let again = self.again(account, &decision, error.retry_after());
                            let again = again.with(&mut retries, progress, window, entropy);
                            if again.await {
                                flow.start(account.now(), entropy)?
                            } else {
                                let kept = self
                                    .answer_kept(
                                        account, call, &decision, window, progress, entropy,
                                    )
                                    .await;
                                return Ok(match kept {
                                    Some(answer) => {
                                        Ended { result: Ok(answer), failover: Failover::Never }
                                    }
                                    None => {
                                        Ended { result: Err(error), failover: decision.failover }
                                    }
                                });
                            }
                        }
                    }
                }
                Step::Done(reply) => {
                    let retry_after =
                        reply.result.as_ref().err().and_then(|refusal| refusal.retry_after);
                    let again = self.again(account, &decision, retry_after);
                    if again.with(&mut retries, progress, window, entropy).await {
                        step = flow.start(account.now(), entropy)?;
                        continue;
                    }
                    let failover = decision.failover;
                    let result = match reply.result {
                        Ok(mut answer) => {
                            account.budget.earn(retries.cost);
                            *answer.facts_mut() = progress.take_facts();
                            Ok(answer)
                        }
                        Err(refusal) => {
                            let kept = self
                                .answer_kept(account, call, &decision, window, progress, entropy)
                                .await;
                            match kept {
                                Some(answer) => Ok(answer),
                                None => Err(refused(refusal, status).with_facts(progress.facts())),
                            }
                        }
                    };
                    return Ok(Ended { result, failover });
                }
            };
        }
    }

    fn again<'a>(
        &'a self,
        account: &'a Account,
        decision: &'a Decision,
        retry_after: Option<Duration>,
    ) -> Again<'a> {
        Again { inner: self, account, decision, retry_after }
    }

    /// The recognition that the vendor keeps under the order number of a request whose answer did
    /// not come. An order that is not there proves nothing.
    async fn answer_kept(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Call,
        decision: &Decision,
        window: Window,
        progress: &Progress,
        entropy: &mut Entropy,
    ) -> Option<Answer> {
        let keeps_orders = account.vendor.operations().contains(&Operation::FetchOrder);
        if !decision.query_order || !keeps_orders || !matches!(call.task, Task::Recognize(_)) {
            return None;
        }
        // In a place of its own: few calls have this along, and it is large.
        Box::pin(self.wait_for_order(account, call, window, progress, entropy)).await
    }

    /// Asks for the order until the vendor has it, a few times.
    async fn wait_for_order(
        self: &Arc<Self>,
        account: &Arc<Account>,
        call: &Call,
        window: Window,
        progress: &Progress,
        entropy: &mut Entropy,
    ) -> Option<Answer> {
        let since = Instant::now();
        for after in QUERIES {
            let at = since + after;
            if at + QUERY_TIME > window.deadline {
                return None;
            }
            tokio::time::sleep_until(at.into()).await;
            let queried = self.query_order(account, call, window.deadline, entropy).await;
            if let Some((reply, response)) = queried
                && reply.result.is_ok()
            {
                self.write_resolved(call, &reply, response.status).await;
                progress.resolved(reply.billed, reply.ids);
                let mut answer = reply.result.ok()?;
                *answer.raw_mut() = PersonalBytes::new(response.body);
                *answer.facts_mut() = progress.facts();
                return Some(answer);
            }
        }
        None
    }
}

/// When an order is asked for after its answer did not come.
const QUERIES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];

/// What is left of the deadline at least when it is asked for.
const QUERY_TIME: Duration = Duration::from_secs(2);

/// Whether the same account is asked once more.
struct Again<'a> {
    inner: &'a Inner,
    account: &'a Account,
    decision: &'a Decision,
    retry_after: Option<Duration>,
}

impl Again<'_> {
    /// Waits as long as it takes; false where there is no other try.
    async fn with(
        self,
        retries: &mut Retries,
        progress: &Progress,
        window: Window,
        entropy: &mut Entropy,
    ) -> bool {
        let Again { inner, account, decision, retry_after } = self;
        let config = &inner.retry;
        let kept = u32::from(retries.elsewhere && inner.failover.allows(decision.failover));
        if progress.tries() + kept >= config.attempts {
            return false;
        }
        let doubled = |base: Duration| base.saturating_mul(1 << retries.waits.min(16));
        let (wait, cost) = match decision.retry {
            Retry::Backoff => {
                (fraction(doubled(config.base).min(config.longest), entropy), Cost::Transient)
            }
            Retry::Throttle => {
                let ceiling = doubled(config.throttle_base).min(config.longest);
                (fraction(ceiling, entropy), Cost::Throttled)
            }
            Retry::Once if !retries.once => {
                (decision.after + fraction(decision.after, entropy), Cost::Transient)
            }
            Retry::Once | Retry::None | Retry::Token | Retry::Nonce | Retry::Clock => return false,
        };
        let wait = match retry_after {
            // A wait that the vendor documents is kept in full.
            _ if !decision.after.is_zero() => wait.max(decision.after),
            Some(asked) => asked.clamp(wait, wait + RETRY_AFTER_LIMIT),
            None => wait,
        };
        if !window.allows(wait) || !account.budget.pay(cost) {
            return false;
        }
        retries.waits += 1;
        retries.once |= decision.retry == Retry::Once;
        retries.cost = Some(cost);
        tokio::time::sleep(wait).await;
        true
    }
}

/// Somewhere from nothing to all of it, each as likely: callers that failed together do not come
/// back together.
fn fraction(whole: Duration, entropy: &mut Entropy) -> Duration {
    whole.mul_f64(entropy.share())
}

/// The end of a call whose account's provider failed.
fn no_credentials(error: Error, progress: &Progress) -> Ended {
    progress.try_failed(error.facts());
    let failover = decision::on_local(Local::Credentials).failover;
    Ended { result: Err(error.with_facts(progress.facts())), failover }
}

/// The decision on a token that could not be fetched: no billed request was sent.
fn on_token_error(account: &Account, error: &Error) -> Decision {
    if error.kind() == Kind::CredentialsUnavailable {
        return decision::on_local(Local::Credentials);
    }
    match (error.vendor_code(), error.http_status()) {
        (Some(code), _) => decision::on_code(account.vendor, "token", code),
        (None, Some(status)) => {
            Decision { billed: crate::facts::Billed::No, ..decision::on_status(status) }
        }
        (None, None) => {
            let phase = match error.phase() {
                None | Some(Phase::Local) => Phase::Local,
                Some(phase @ (Phase::Certificate | Phase::ProxyRefused | Phase::AnsweredEarly)) => {
                    phase
                }
                // Whatever became of it, it was not the call: nothing of that was sent.
                Some(_) => Phase::NotConnected,
            };
            decision::on_failure(phase, &Task::FetchOrder)
        }
    }
}

/// The error that a refusal becomes.
pub(crate) fn refused(refusal: Refusal, status: Option<u16>) -> Error {
    let Refusal { kind, message, code, vendor_message, retry_after, .. } = refusal;
    Error::new(kind, message)
        .with_vendor_code(code, vendor_message)
        .with_http_status(status)
        .with_retry_after(retry_after)
}

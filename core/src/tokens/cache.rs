//! The token of an account in this process: one fetch at a time, for everybody who waits.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::entropy::Entropy;
use crate::error::{Error, Kind};
use crate::tokens::Token;

/// A token is fetched anew up to this much before it has to be, so that many processes do not do it
/// at once; of a short-lived one, a tenth of its use.
const JITTER: Duration = Duration::from_secs(60);

/// The wait after a failure to fetch another token in time: doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// After so many refused tokens in a minute no refusal brings another fetch: what is refused again
/// and again is not the token.
const REFUSALS: usize = 2;
const REFUSAL_WINDOW: Duration = Duration::from_secs(60);

/// The time for which a vendor's refusal to give a token is passed on without asking again.
const REFUSED_FETCH: Duration = Duration::from_secs(1);

/// A fetched token.
#[derive(Clone)]
pub(crate) struct FetchedToken {
    pub(crate) token: Token,
    pub(crate) usable_for: Duration,
    pub(crate) lives_for: Duration,
}

type Outcome = Result<FetchedToken, Error>;

/// The token of one account. A fetch that began is finished and shared even if the caller that
/// began it gives up. A token whose time comes is fetched anew while callers still use it.
#[derive(Default)]
pub(crate) struct TokenCache {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<HeldToken>,
    fetching: Option<watch::Receiver<Option<Outcome>>>,
    /// When tokens were refused, of the last minute.
    refusals: Vec<Instant>,
    failed: Option<(Instant, Error)>,
}

struct HeldToken {
    token: Token,
    /// When another is to be fetched; later after each failure.
    renew_at: Instant,
    pause: Duration,
    since: Instant,
    dies_at: Instant,
}

impl TokenCache {
    /// Returns the token that is held at `now`, unless it is `refused` or its life is over; else
    /// the one that a fetch under way brings; else starts `fetch`, which also gives what tells of its
    /// outcome. May give the refused one where too many were refused.
    pub(crate) async fn get<F, T>(
        self: &Arc<Self>,
        refused: Option<&Token>,
        now: Instant,
        runtime: &tokio::runtime::Handle,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error>
    where
        F: Future<Output = (Outcome, T)> + Send + 'static,
        T: FnOnce() + Send,
    {
        let mut receiver = {
            let mut state = self.lock();
            // Compare first: somebody may have replaced the refused token already.
            if state.held.as_ref().is_some_and(|held| refused == Some(&held.token))
                && state.counts_refusal(now)
            {
                state.held = None;
            }
            if let Some(held) = state.held.as_ref().filter(|held| now < held.dies_at) {
                let token = held.token.clone();
                if now >= held.renew_at && state.fetching.is_none() {
                    self.start(&mut state, now, runtime, fetch());
                }
                return Ok(token);
            }
            state.held = None;
            if let Some((at, error)) = &state.failed
                && now < *at + REFUSED_FETCH
            {
                return Err(error.clone());
            }
            match &state.fetching {
                Some(receiver) => receiver.clone(),
                None => self.start(&mut state, now, runtime, fetch()),
            }
        };
        let outcome = match receiver.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            Err(_) => {
                self.lock().fetching = None;
                None
            }
        };
        match outcome {
            Some(outcome) => outcome.map(|fetched| fetched.token),
            None => Err(Error::new(Kind::Internal, "fetching the token ended early")),
        }
    }

    /// Returns since when a token is held and how long it lives yet; `None` where none is.
    pub(crate) fn age(&self, now: Instant) -> Option<(Duration, Duration)> {
        let state = self.lock();
        let held = state.held.as_ref().filter(|held| now < held.dies_at)?;
        let age = now.saturating_duration_since(held.since);
        Some((age, held.dies_at.saturating_duration_since(now)))
    }

    fn start<F, T>(
        self: &Arc<Self>,
        state: &mut State,
        now: Instant,
        runtime: &tokio::runtime::Handle,
        fetching: F,
    ) -> watch::Receiver<Option<Outcome>>
    where
        F: Future<Output = (Outcome, T)> + Send + 'static,
        T: FnOnce() + Send,
    {
        let (sender, receiver) = watch::channel(None);
        state.fetching = Some(receiver.clone());
        let cache = Arc::clone(self);
        runtime.spawn(async move {
            let began = Instant::now();
            let (outcome, tell) = fetching.await;
            cache.finish(&outcome, now + began.elapsed());
            // The listener may make a call, which has to find the token; callers get it after the event.
            tell();
            let _ = sender.send(Some(outcome));
        });
        receiver
    }

    fn finish(&self, outcome: &Outcome, now: Instant) {
        let mut state = self.lock();
        state.fetching = None;
        match outcome {
            Ok(fetched) => {
                let FetchedToken { token, usable_for, lives_for } = fetched.clone();
                let early = JITTER.min(usable_for / 10).mul_f64(fraction());
                let renew_at = now + usable_for.saturating_sub(early);
                let dies_at = now + lives_for.max(usable_for);
                state.held =
                    Some(HeldToken { token, renew_at, pause: FIRST_PAUSE, since: now, dies_at });
                state.failed = None;
            }
            Err(error) => {
                if let Some(held) = &mut state.held {
                    held.renew_at = now + held.pause.mul_f64(0.5 + fraction() / 2.0);
                    held.pause = (held.pause * 2).min(LONGEST_PAUSE);
                }
                let refused = matches!(
                    error.kind(),
                    Kind::Unauthenticated
                        | Kind::PermissionDenied
                        | Kind::QuotaExhausted
                        | Kind::RateLimited
                );
                state.failed = refused.then(|| (now, error.clone()));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether the refusal of the held token is a reason to fetch another.
    fn counts_refusal(&mut self, now: Instant) -> bool {
        self.refusals.retain(|at| now.saturating_duration_since(*at) < REFUSAL_WINDOW);
        if self.refusals.len() >= REFUSALS {
            return false;
        }
        self.refusals.push(now);
        true
    }
}

/// Returns a number from 0 to 1, each as likely.
fn fraction() -> f64 {
    Entropy::from_system().map_or(0.5, |mut entropy| entropy.share())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn token(number: u32) -> Token {
        Token { value: Secret::new(format!("token{number}")), ticket: None }
    }

    /// A vendor that gives `token1`, `token2` and so on, or fails. Its clock is the test's.
    struct Vendor {
        cache: Arc<TokenCache>,
        fetches: Arc<AtomicU32>,
        usable_for: Duration,
        lives_for: Duration,
        start: Instant,
    }

    impl Vendor {
        fn new(usable_s: u64, lives_s: u64) -> Self {
            Vendor {
                cache: Arc::default(),
                fetches: Arc::default(),
                usable_for: Duration::from_secs(usable_s),
                lives_for: Duration::from_secs(lives_s),
                start: Instant::now(),
            }
        }

        /// Asks at a second of the test.
        async fn ask(
            &self,
            second: u64,
            refused: Option<u32>,
            fails: Option<Kind>,
        ) -> Result<u32, Kind> {
            let refused = refused.map(token);
            let fetches = Arc::clone(&self.fetches);
            let (usable_for, lives_for) = (self.usable_for, self.lives_for);
            let cache = Arc::clone(&self.cache);
            let fetch = || async move {
                let number = fetches.fetch_add(1, Ordering::SeqCst) + 1;
                let outcome = match fails {
                    Some(kind) => Err(Error::new(kind, "no token")),
                    None => Ok(FetchedToken { token: token(number), usable_for, lives_for }),
                };
                let tell = move || {
                    let state = cache.lock();
                    assert!(
                        state.fetching.is_none(),
                        "a call of the listener would wait for itself"
                    );
                    assert!(fails.is_some() || state.held.is_some());
                };
                (outcome, tell)
            };
            let now = self.start + Duration::from_secs(second);
            let runtime = tokio::runtime::Handle::current();
            let given = self.cache.get(refused.as_ref(), now, &runtime, fetch).await;
            let number = |token: Token| token.value.reveal().trim_start_matches("token").parse();
            given.map(|token| number(token).unwrap()).map_err(|error| error.kind())
        }

        /// Lets a fetch that runs beside its callers end.
        async fn fetched(&self) -> u32 {
            while self.cache.lock().fetching.is_some() {
                tokio::task::yield_now().await;
            }
            self.fetches.load(Ordering::SeqCst)
        }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn a_token_is_renewed_while_callers_use_the_old_one() {
        block_on(async {
            let vendor = Vendor::new(7_200, 10_000);
            assert_eq!(vendor.cache.age(vendor.start), None);
            assert_eq!(vendor.ask(0, None, None).await, Ok(1));
            let (age, left) = vendor.cache.age(vendor.start + Duration::from_secs(9)).unwrap();
            assert!(age <= Duration::from_secs(9) && age + left == Duration::from_secs(10_000));
            assert_eq!(vendor.cache.age(vendor.start + Duration::from_secs(10_001)), None);
            // At most a minute early.
            assert_eq!(vendor.ask(7_130, None, None).await, Ok(1));
            assert_eq!(vendor.fetched().await, 1);
            assert_eq!(vendor.ask(7_200, None, None).await, Ok(1));
            assert_eq!(vendor.ask(7_200, None, None).await, Ok(1));
            assert_eq!(vendor.fetched().await, 2);
            assert_eq!(vendor.ask(7_201, None, None).await, Ok(2));
        });
    }

    #[test]
    fn the_old_token_serves_as_long_as_it_lives_when_there_is_no_new_one() {
        block_on(async {
            let vendor = Vendor::new(7_200, 10_000);
            assert_eq!(vendor.ask(0, None, None).await, Ok(1));
            for _ in 0..10 {
                assert_eq!(vendor.ask(7_200, None, Some(Kind::Network)).await, Ok(1));
                // The next try waits half a second at least.
                assert_eq!(vendor.fetched().await, 2);
            }
            // The wait doubles up to a minute.
            for second in 7_201..9_900 {
                assert_eq!(vendor.ask(second, None, Some(Kind::Network)).await, Ok(1));
                vendor.fetched().await;
            }
            let tries = vendor.fetched().await;
            assert!((45..=95).contains(&tries), "{tries}");
            let late = vendor.ask(10_001, None, Some(Kind::Network)).await;
            assert_eq!(late, Err(Kind::Network));
            assert_eq!(vendor.ask(10_001, None, None).await, Ok(tries + 2));
        });
    }

    #[test]
    fn only_the_refused_token_is_dropped_and_not_for_ever() {
        block_on(async {
            let vendor = Vendor::new(10_000, 20_000);
            assert_eq!(vendor.ask(0, None, None).await, Ok(1));
            assert_eq!(vendor.ask(1, Some(1), None).await, Ok(2));
            // Late news of the first: the second stays.
            assert_eq!(vendor.ask(2, Some(1), None).await, Ok(2));
            assert_eq!(vendor.ask(3, Some(2), None).await, Ok(3));
            for second in 3..8 {
                assert_eq!(vendor.ask(second, Some(3), None).await, Ok(3));
            }
            assert_eq!(vendor.fetched().await, 3);
            // A minute after the first of the two refusals there may be another.
            assert_eq!(vendor.ask(60, Some(3), None).await, Ok(3));
            assert_eq!(vendor.ask(61, Some(3), None).await, Ok(4));
        });
    }

    #[test]
    fn a_vendor_that_refuses_to_give_a_token_is_not_asked_at_once_again() {
        block_on(async {
            let vendor = Vendor::new(10_000, 20_000);
            for _ in 0..5 {
                let answer = vendor.ask(0, None, Some(Kind::PermissionDenied)).await;
                assert_eq!(answer, Err(Kind::PermissionDenied));
            }
            assert_eq!(vendor.fetched().await, 1);
            assert_eq!(vendor.ask(2, None, None).await, Ok(2));
        });
    }
}

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::shared::Rate;

/// Lets at most a given number of requests reach the vendor in any sliding window, first come,
/// first served.
///
/// A request reaches the vendor at some moment between its start and its end, so a place is free
/// again one window after the request that held it *ended*: then no two requests that the vendor
/// saw within a window can have come from the same place. The price is that an account's rate falls
/// below the configured one by as much as the vendor's answers take.
pub(crate) struct Pace {
    rate: Rate,
    free: Arc<Semaphore>,
    /// When each free place may be taken, oldest first.
    free_at: Arc<Mutex<VecDeque<Instant>>>,
}

/// The paces of an account: one for each group of calls that the vendor counts by itself.
pub(crate) struct Paces {
    /// As it was configured.
    per_second: f64,
    groups: Vec<(&'static str, Pace)>,
}

impl Paces {
    /// `rate` requests a second for each of the groups.
    pub(crate) fn new(rate: f64, groups: &[&'static str]) -> Self {
        let groups = groups.iter().map(|group| (*group, Pace::new(rate))).collect();
        Paces { per_second: rate, groups }
    }

    /// The requests a second, as they were configured.
    pub(crate) fn per_second(&self) -> f64 {
        self.per_second
    }

    /// The pace of a group.
    pub(crate) fn of(&self, group: &str) -> Option<&Pace> {
        self.groups.iter().find(|(name, _)| *name == group).map(|(_, pace)| pace)
    }
}

/// A place that is held while a request runs.
pub(crate) struct Turn {
    window: Duration,
    free_at: Arc<Mutex<VecDeque<Instant>>>,
    /// When the place was free, until it is used.
    unused: Option<Instant>,
    // Dropped after the moment was written down: fields go after the body of `drop`.
    _permit: OwnedSemaphorePermit,
}

/// The most places that are kept: a rate above it is not held back.
const PLACES_LIMIT: f64 = 100_000.0;

impl Pace {
    /// `rate` requests a second. A rate below 1 lets one request start every `1 / rate` seconds; the
    /// fraction of a larger one is made up by a longer window.
    pub(crate) fn new(rate: f64) -> Self {
        let places = rate.floor().clamp(1.0, PLACES_LIMIT);
        let count = places as usize;
        Pace {
            rate: Rate { places: count, window: Duration::from_secs_f64(places / rate) },
            free: Arc::new(Semaphore::new(count)),
            free_at: Arc::new(Mutex::new(std::iter::repeat_n(Instant::now(), count).collect())),
        }
    }

    pub(crate) fn rate(&self) -> Rate {
        self.rate
    }

    /// Waits for a turn. Gives a time to wait where there is none before the deadline.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<Turn, Duration> {
        let waiting =
            tokio::time::timeout_at(deadline.into(), Arc::clone(&self.free).acquire_owned());
        let Ok(Ok(permit)) = waiting.await else { return Err(self.rate.window) };
        let free_at = self.places().pop_front().unwrap_or_else(Instant::now);
        if free_at > deadline {
            self.places().push_front(free_at);
            return Err(free_at.saturating_duration_since(Instant::now()));
        }
        // Made before the wait: a caller that gives up while waiting gives its place back.
        let mut turn = Turn {
            window: self.rate.window,
            free_at: Arc::clone(&self.free_at),
            unused: Some(free_at),
            _permit: permit,
        };
        tokio::time::sleep_until(free_at.into()).await;
        turn.unused = None;
        Ok(turn)
    }

    fn places(&self) -> std::sync::MutexGuard<'_, VecDeque<Instant>> {
        places(&self.free_at)
    }
}

fn places(free_at: &Mutex<VecDeque<Instant>>) -> std::sync::MutexGuard<'_, VecDeque<Instant>> {
    free_at.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Turn {
    fn drop(&mut self) {
        match self.unused {
            Some(free_at) => places(&self.free_at).push_front(free_at),
            None => places(&self.free_at).push_back(Instant::now() + self.window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(future)
    }

    #[test]
    fn no_window_holds_more_than_allowed_whenever_a_request_arrives() {
        block_on(async {
            let pace = Pace::new(50.0);
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut arrivals = Vec::new();
            for index in 0..150 {
                let turn = pace.turn(deadline).await.unwrap();
                // Some requests arrive at once, some late.
                if index % 7 == 0 {
                    tokio::time::sleep(Duration::from_millis(9)).await;
                }
                arrivals.push(Instant::now());
                drop(turn);
            }
            for pair in arrivals.windows(51) {
                assert!(pair[50] - pair[0] >= Duration::from_secs(1));
            }
        });
    }

    #[test]
    fn each_group_has_a_pace_of_its_own() {
        block_on(async {
            let paces = Paces::new(0.5, &["BankCard2EVerification", "BankCardVerification"]);
            let now = Instant::now();
            for group in ["BankCard2EVerification", "BankCardVerification"] {
                drop(paces.of(group).unwrap().turn(now).await.unwrap());
            }
            for group in ["BankCard2EVerification", "BankCardVerification"] {
                let wait = paces.of(group).unwrap().turn(now).await.err().unwrap();
                assert!(wait > Duration::from_secs(1) && wait <= Duration::from_secs(2));
            }
            assert!(paces.of("").is_none());
        });
    }

    #[test]
    fn a_turn_after_the_deadline_is_refused_at_once() {
        block_on(async {
            let pace = Pace::new(0.1);
            let deadline = Instant::now() + Duration::from_millis(50);
            drop(pace.turn(deadline).await.unwrap());
            let wait = pace.turn(deadline).await.err().unwrap();
            assert!(wait > Duration::from_secs(9) && wait <= Duration::from_secs(10));
            let later = pace.turn(Instant::now() + Duration::from_secs(60));
            assert!(tokio::time::timeout(Duration::from_millis(20), later).await.is_err());
        });
    }
}

//! The pace of an account.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// Lets at most a given number of requests start in any sliding window, first come, first served.
pub(crate) struct Pace {
    most: usize,
    window: Duration,
    started: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// `rate` requests a second. A rate below 1 lets one request start every `1 / rate` seconds; the
    /// fraction of a larger one is made up by a longer window.
    pub(crate) fn new(rate: f64) -> Self {
        let most = rate.floor().max(1.0);
        let most_requests = most as usize;
        Pace {
            most: most_requests,
            window: Duration::from_secs_f64(most / rate),
            started: Mutex::new(VecDeque::with_capacity(most_requests.min(1024))),
        }
    }

    /// Waits for a turn. Gives the time still to wait where the turn would come after the deadline.
    pub(crate) async fn turn(&self, deadline: Instant) -> Result<(), Duration> {
        let mut started = self.started.lock().await;
        let now = Instant::now();
        if started.len() >= self.most
            && let Some(oldest) = started.front()
        {
            let free = *oldest + self.window;
            if free > deadline {
                return Err(free - now);
            }
            tokio::time::sleep_until(free.into()).await;
            started.pop_front();
        }
        started.push_back(Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_allowed() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(50.0);
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut starts = Vec::new();
            for _ in 0..120 {
                pace.turn(deadline).await.unwrap();
                starts.push(Instant::now());
            }
            for pair in starts.windows(51) {
                assert!(pair[50] - pair[0] >= Duration::from_millis(999));
            }
        });
    }

    #[test]
    fn a_turn_after_the_deadline_is_refused_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(0.1);
            let deadline = Instant::now() + Duration::from_millis(50);
            assert_eq!(pace.turn(deadline).await, Ok(()));
            let wait = pace.turn(deadline).await.unwrap_err();
            assert!(wait > Duration::from_secs(9) && wait <= Duration::from_secs(10));
        });
    }
}

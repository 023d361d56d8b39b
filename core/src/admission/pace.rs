use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// The most permits that are counted: a rate above it is not held back.
const PERMITS_LIMIT: f64 = 100_000.0;

/// A rate: so many requests in each window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) permits: usize,
    pub(crate) window: Duration,
}

/// A rate limit: at most a given number of requests reach the vendor in any sliding window, first come,
/// first served.
///
/// A request reaches the vendor at some moment between its start and its end, so a permit can be used
/// again one window after the request that had it *ended*: then no two requests that the vendor saw
/// within a window can have had the same permit. The price is that an account's rate falls below the
/// configured one by as much as the vendor's answers take.
#[derive(Clone)]
pub(crate) struct Pace {
    rate: Rate,
    state: Arc<Mutex<State>>,
}

struct State {
    /// The number of permits that were never used.
    fresh: usize,
    /// When each other permit that nobody has can be used, oldest first.
    usable_at: VecDeque<Instant>,
    /// The callers that wait for a permit; while anybody does, all permits are given.
    queue: VecDeque<oneshot::Sender<RatePermit>>,
}

/// The answer to a caller that asks for a permit.
pub(crate) enum RateAnswer {
    Permit(RatePermit),
    /// Running requests have all of them: the next that ends gives its own.
    Queue(oneshot::Receiver<RatePermit>),
}

/// The permission to send one request from a moment on. Dropped without an end, nothing was sent.
pub(crate) struct RatePermit {
    pace: Pace,
    usable_at: Option<Instant>,
}

impl Pace {
    /// Returns a pace of `rate` requests a second. A rate below 1 lets one request start every
    /// `1 / rate` seconds; the fraction of a larger one is made up by a longer window.
    pub(crate) fn new(rate: f64) -> Self {
        let permits = rate.floor().clamp(1.0, PERMITS_LIMIT);
        let window = Duration::from_secs_f64(permits / rate);
        let permits = permits as usize;
        let (usable_at, queue) = (VecDeque::new(), VecDeque::new());
        Pace {
            rate: Rate { permits, window },
            state: Arc::new(Mutex::new(State { fresh: permits, usable_at, queue })),
        }
    }

    pub(crate) fn rate(&self) -> Rate {
        self.rate
    }

    /// Gives the permit that can be used soonest, or a turn in the queue.
    pub(crate) fn ask(&self) -> RateAnswer {
        let mut state = self.lock();
        let usable_at = if state.fresh > 0 {
            state.fresh -= 1;
            None
        } else if let Some(usable_at) = state.usable_at.pop_front() {
            Some(usable_at)
        } else {
            let (sender, receiver) = oneshot::channel();
            state.queue.push_back(sender);
            return RateAnswer::Queue(receiver);
        };
        RateAnswer::Permit(RatePermit { pace: self.clone(), usable_at })
    }

    /// Takes a permit back that can be used from then on.
    fn give_back(&self, usable_at: Option<Instant>) {
        let mut state = self.lock();
        while let Some(waiting) = state.queue.pop_front() {
            if !waiting.is_closed() {
                drop(state);
                // Where whoever waited has gone meanwhile, it comes back here.
                drop(waiting.send(RatePermit { pace: self.clone(), usable_at }));
                return;
            }
        }
        match usable_at {
            None => state.fresh += 1,
            Some(usable_at) => {
                let after = state.usable_at.partition_point(|other| *other <= usable_at);
                state.usable_at.insert(after, usable_at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RatePermit {
    /// Returns how long to wait before the request may be sent.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        self.usable_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    /// Notes that the request ended.
    pub(crate) fn end(mut self, now: Instant) {
        self.usable_at = Some(now + self.pace.rate.window);
    }
}

impl Drop for RatePermit {
    fn drop(&mut self) {
        self.pace.give_back(self.usable_at);
    }
}

/// The paces of an account: one for each group of calls that the vendor counts by itself.
pub(crate) struct Paces {
    /// As it was configured.
    per_second: f64,
    groups: Vec<(&'static str, Pace)>,
}

impl Paces {
    /// Returns paces of `rate` requests a second for each of the groups.
    pub(crate) fn new(rate: f64, groups: &[&'static str]) -> Self {
        let groups = groups.iter().map(|group| (*group, Pace::new(rate))).collect();
        Paces { per_second: rate, groups }
    }

    /// Returns the requests a second, as they were configured.
    pub(crate) fn per_second(&self) -> f64 {
        self.per_second
    }

    /// Returns the pace of a group.
    pub(crate) fn of(&self, group: &str) -> Option<&Pace> {
        self.groups.iter().find(|(name, _)| *name == group).map(|(_, pace)| pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(pace: &Pace) -> RatePermit {
        match pace.ask() {
            RateAnswer::Permit(permit) => permit,
            RateAnswer::Queue(_) => panic!("all permits are in use"),
        }
    }

    fn queued(pace: &Pace) -> oneshot::Receiver<RatePermit> {
        match pace.ask() {
            RateAnswer::Permit(_) => panic!("a permit is free"),
            RateAnswer::Queue(queue) => queue,
        }
    }

    /// Requests of up to two seconds, ten at a time, each of which reaches the vendor at some moment.
    #[test]
    fn no_window_holds_more_than_allowed_whenever_a_request_arrives() {
        let mut random = fastrand::Rng::with_seed(7);
        for rate in [0.4, 1.0, 3.7, 50.0] {
            let pace = Pace::new(rate);
            let mut now = Instant::now();
            let (mut running, mut arrivals) = (Vec::<(Instant, RatePermit)>::new(), Vec::new());
            for _ in 0..2_000 {
                if running.len() == 10 || running.len() == pace.rate().permits {
                    running.sort_by_key(|(end, _)| *end);
                    let (end, permit) = running.remove(0);
                    now = now.max(end);
                    permit.end(now);
                }
                let permit = permit(&pace);
                now += permit.wait(now);
                assert_eq!(permit.wait(now), Duration::ZERO);
                let end = now + Duration::from_micros(random.u64(0..2_000_000));
                arrivals.push(now + (end - now).mul_f64(random.f64()));
                running.push((end, permit));
            }
            arrivals.sort();
            let Rate { permits, window } = pace.rate();
            for apart in arrivals.windows(permits + 1) {
                assert!(apart[permits] - apart[0] >= window, "{rate}");
            }
        }
    }

    #[test]
    fn each_group_has_a_pace_of_its_own() {
        let groups = ["BankCard2EVerification", "BankCardVerification"];
        let (paces, now) = (Paces::new(0.5, &groups), Instant::now());
        for group in groups {
            let pace = paces.of(group).unwrap();
            assert_eq!(permit(pace).wait(now), Duration::ZERO);
            permit(pace).end(now);
            let next = permit(pace);
            assert_eq!(next.wait(now), Duration::from_secs(2));
            assert_eq!(next.wait(now + Duration::from_secs(3)), Duration::ZERO);
        }
        assert!(paces.of("").is_none());
    }

    #[test]
    fn an_unused_permit_comes_back_as_it_was() {
        let (pace, now) = (Pace::new(2.0), Instant::now());
        permit(&pace).end(now);
        permit(&pace).end(now + Duration::from_millis(400));
        let (first, second) = (permit(&pace), permit(&pace));
        drop(second);
        drop(first);
        assert_eq!(permit(&pace).wait(now), Duration::from_secs(1));
    }

    #[test]
    fn who_waits_is_served_in_turn_and_who_went_is_passed_over() {
        let (pace, now) = (Pace::new(1.0), Instant::now());
        let running = permit(&pace);
        let (first, mut second, third) = (queued(&pace), queued(&pace), queued(&pace));
        drop(first);
        assert!(second.try_recv().is_err());
        running.end(now);
        let given = second.try_recv().unwrap();
        assert_eq!(given.wait(now), Duration::from_secs(1));
        given.end(now + Duration::from_secs(2));
        // Given, and gone before it was taken.
        drop(third);
        assert_eq!(permit(&pace).wait(now), Duration::from_secs(3));
    }
}

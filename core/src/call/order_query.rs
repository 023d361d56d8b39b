//! When a vendor is asked for its own record of a request whose answer did not come.

use std::time::{Duration, Instant};

/// The times after the missing answer at which the order is asked for.
const QUERIES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];

/// The least time that is left of the deadline when the order is asked for.
const LEAST_TIME: Duration = Duration::from_secs(2);

/// The queries for one order. An order that is not there proves nothing: it is asked for again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderQuery {
    since: Instant,
    asked: usize,
}

impl OrderQuery {
    pub(super) fn new(since: Instant) -> Self {
        OrderQuery { since, asked: 0 }
    }

    /// Returns when the order is asked for next; `None` where it was asked for often enough, or too
    /// little time would be left for the answer.
    pub(super) fn next(&mut self, now: Instant, deadline: Instant) -> Option<Instant> {
        let at = now.max(self.since + *QUERIES.get(self.asked)?);
        self.asked += 1;
        (at + LEAST_TIME <= deadline).then_some(at)
    }
}

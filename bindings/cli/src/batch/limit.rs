//! The most calls that a batch may be billed.

use std::cell::Cell;
use std::collections::HashSet;

use cardwire::{Billed, Client, OrderFilter, OrderStatus};

use crate::failure::Failure;

/// The orders of one page of the journal.
const PAGE: usize = 10_000;

/// A count of calls that were billed, or may have been, and of those in flight, which may come to be.
#[derive(Debug)]
pub(crate) struct Limit {
    most: u64,
    billed: Cell<u64>,
    in_flight: Cell<u64>,
}

impl Limit {
    pub(crate) fn none() -> Self {
        Limit::new(u64::MAX, 0)
    }

    pub(crate) fn new(most: u64, billed: u64) -> Self {
        Limit { most, billed: Cell::new(billed), in_flight: Cell::new(0) }
    }

    pub(crate) fn billed(&self) -> u64 {
        self.billed.get()
    }

    /// Returns whether another call may be billed once those in flight have ended.
    pub(crate) fn has_room(&self) -> bool {
        self.billed.get() < self.most
    }

    /// Takes a call into flight, unless with those that are it could pass the limit.
    pub(crate) fn take(&self) -> bool {
        let in_flight = self.in_flight.get();
        let fits = self.billed.get().saturating_add(in_flight) < self.most;
        if fits {
            self.in_flight.set(in_flight + 1);
        }
        fits
    }

    /// Counts what became of a call.
    pub(crate) fn give(&self, billed_attempts: u64) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        self.billed.set(self.billed.get().saturating_add(billed_attempts));
    }
}

/// Counts the orders of these references that were billed, or may have been, in earlier runs.
pub(crate) fn billed_before<'a>(
    client: &Client,
    references: impl Iterator<Item = &'a str>,
) -> Result<u64, Failure> {
    let wanted: HashSet<&str> = references.collect();
    let mut billed = 0;
    let mut filter = OrderFilter::new().limit(PAGE);
    loop {
        let orders = client.orders(&filter)?;
        let of_batch = orders.iter().filter(|order| {
            let may_be_billed = order.billed != Billed::No || order.status == OrderStatus::Unknown;
            may_be_billed && order.reference.as_deref().is_some_and(|one| wanted.contains(one))
        });
        billed += u64::try_from(of_batch.count()).unwrap_or(u64::MAX);
        match orders.last() {
            Some(last) if orders.len() == PAGE => filter = filter.before(&last.order_id),
            _ => return Ok(billed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_flight_count_until_they_turn_out_free() {
        let limit = Limit::new(3, 1);
        assert_eq!([limit.take(), limit.take(), limit.take()], [true, true, false]);
        limit.give(0);
        assert_eq!([limit.take(), limit.take()], [true, false]);
        limit.give(1);
        limit.give(1);
        assert_eq!((limit.billed(), limit.has_room(), limit.take()), (3, false, false));
        assert!(!Limit::new(0, 0).has_room() && Limit::none().take());
    }
}

//! The bill of a batch over all its runs, and the most calls that it may hold.

use std::cell::Cell;

use cardwire::{Billed, OrderRecord};

/// The note in the journal of an order that ended as unknown, and of which the vendor's record told that
/// it was executed.
pub(crate) const SETTLED: &str = "the vendor's record has the result, which a batch fetched";

/// The calls that were billed, and those of which nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) billed: u64,
    pub(crate) unknown: u64,
}

impl Bill {
    pub(crate) fn add(&mut self, billed: Billed) {
        match billed {
            Billed::Yes => self.billed += 1,
            Billed::Unknown => self.unknown += 1,
            Billed::No => {}
        }
    }

    /// Adds what the journal says of an order. One that runs may come to be billed.
    pub(crate) fn add_order(&mut self, order: &OrderRecord) {
        let is_settled = order.note.as_deref() == Some(SETTLED);
        self.add(if is_settled { Billed::Yes } else { order.billed });
    }

    pub(crate) fn most(self) -> u64 {
        self.billed.saturating_add(self.unknown)
    }
}

/// The bill so far, and room for the calls in flight, each of which may be billed by several accounts.
#[derive(Debug)]
pub(crate) struct Limit {
    most: u64,
    /// How many accounts one call may be billed by.
    of_call: u64,
    bill: Cell<Bill>,
    in_flight: Cell<u64>,
}

impl Limit {
    /// Returns a limit of so many calls in all runs, none where it is `None`.
    pub(crate) fn new(most: Option<u64>, of_call: usize, bill: Bill) -> Self {
        Limit {
            most: most.unwrap_or(u64::MAX),
            of_call: u64::try_from(of_call).unwrap_or(u64::MAX),
            bill: Cell::new(bill),
            in_flight: Cell::new(0),
        }
    }

    pub(crate) fn bill(&self) -> Bill {
        self.bill.get()
    }

    /// Returns whether another call may be billed once those in flight have ended.
    pub(crate) fn has_room(&self) -> bool {
        self.most > 0 && self.bill.get().most().saturating_add(self.of_call) <= self.most
    }

    /// Takes a call into flight, unless with those that are it could pass the limit.
    pub(crate) fn take(&self) -> bool {
        let calls = self.in_flight.get() + 1;
        let reserved = calls.saturating_mul(self.of_call);
        let fits = self.has_room() && self.bill.get().most().saturating_add(reserved) <= self.most;
        if fits {
            self.in_flight.set(calls);
        }
        fits
    }

    /// Counts what became of a call: the bill of each of its requests.
    pub(crate) fn end(&self, attempts: impl Iterator<Item = Billed>) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
        let mut bill = self.bill.get();
        attempts.for_each(|billed| bill.add(billed));
        self.bill.set(bill);
    }

    /// Counts an order of which the vendor's record told that it was billed.
    pub(crate) fn settle(&self) {
        let Bill { billed, unknown } = self.bill.get();
        self.bill.set(Bill { billed: billed + 1, unknown: unknown.saturating_sub(1) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_in_flight_count_until_they_turn_out_free() {
        let limit = Limit::new(Some(3), 1, Bill { billed: 0, unknown: 1 });
        assert_eq!([limit.take(), limit.take(), limit.take()], [true, true, false]);
        limit.end([Billed::No].into_iter());
        assert_eq!([limit.take(), limit.take()], [true, false]);
        limit.end([Billed::Yes].into_iter());
        limit.end([Billed::Unknown].into_iter());
        assert_eq!(limit.bill(), Bill { billed: 1, unknown: 2 });
        assert_eq!((limit.has_room(), limit.take()), (false, false));
        limit.settle();
        assert_eq!(limit.bill(), Bill { billed: 2, unknown: 1 });
        assert!(!Limit::new(Some(0), 1, Bill::default()).has_room());
        assert!(Limit::new(None, 1, Bill::default()).take());
    }

    #[test]
    fn a_call_has_room_for_every_account_that_may_bill_it() {
        let limit = Limit::new(Some(5), 2, Bill::default());
        assert_eq!([limit.take(), limit.take(), limit.take()], [true, true, false]);
        limit.end([Billed::Unknown, Billed::Yes].into_iter());
        limit.end([Billed::Yes].into_iter());
        assert_eq!((limit.bill().most(), limit.has_room(), limit.take()), (3, true, true));
        limit.end([Billed::Yes].into_iter());
        assert!(!limit.has_room());
        // What is read on this machine is free.
        let free = Limit::new(Some(1), 0, Bill::default());
        assert!((0..9).all(|_| free.take()));
    }
}

//! The record of the vendors' work: the truth with which a client's own account is compared. It
//! holds no card number, name, ID, phone, image or secret.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::vendor::{Operation, Vendor};

/// One request, or one piece of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// Milliseconds since 1970, by the sandbox's clock.
    pub at_ms: i64,
    /// The vendor.
    pub vendor: Vendor,
    /// The operation that was asked for.
    pub operation: Operation,
    /// The vendor's own name of the call where it has several, such as `BankCardVerification`.
    pub action: Option<String>,
    /// The number of the connection, from 1, over all vendors.
    pub connection: u64,
    /// The number of the request on that connection, from 1.
    pub request_on_connection: u64,
    /// True where the last byte of the request was read.
    pub complete: bool,
    /// Bytes of the request that were read.
    pub request_bytes: usize,
    /// Bytes of its decoded body.
    pub body_bytes: usize,
    /// The vendor's code, `http:NNN`, or the fault played.
    pub outcome: String,
    /// The status of the answer, 0 without one.
    pub status: u16,
    /// True where the vendor did the work asked for.
    pub executed: bool,
    /// True where the vendor charges for it.
    pub billed: bool,
    /// The order number of the request.
    pub order_no: Option<String>,
    /// The request id of the answer.
    pub request_id: Option<String>,
    /// True where a script took part.
    pub scripted: bool,
    /// Headers that came and that no vendor is to be sent, such as `cookie`.
    pub unwanted: Vec<&'static str>,
    /// True where the whole answer was written to the socket.
    pub answered: bool,
    /// Milliseconds from the head to the end of the answer.
    pub ms: u64,
}

/// Totals of one vendor.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Requests begun.
    pub requests: u64,
    /// Requests read to the last byte.
    pub complete: u64,
    /// Requests whose work was done.
    pub executed: u64,
    /// Requests charged.
    pub billed: u64,
    /// Requests by operation.
    pub by_operation: BTreeMap<&'static str, u64>,
    /// Requests by outcome.
    pub by_outcome: BTreeMap<String, u64>,
}

/// Entries kept; older ones fall out, the totals stay.
const KEPT: usize = 200_000;

/// An entry, and the number of the change that made it what it is.
#[derive(Debug)]
struct Row {
    entry: Entry,
    change: u64,
}

/// The place of an entry: numbers begin at 1 again after each clearing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub seq: u64,
    cleared: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    rows: std::collections::VecDeque<Row>,
    counts: [Counts; Vendor::COUNT],
    next: u64,
    /// How often an entry was added or changed.
    changes: u64,
    /// How often the ledger was cleared.
    cleared: u64,
}

impl Ledger {
    /// Adds an entry and returns its place.
    pub fn add(&mut self, mut entry: Entry) -> Place {
        self.next += 1;
        entry.seq = self.next;
        let counts = &mut self.counts[entry.vendor.index()];
        counts.requests += 1;
        counts.complete += u64::from(entry.complete);
        counts.executed += u64::from(entry.executed);
        counts.billed += u64::from(entry.billed);
        *counts.by_operation.entry(entry.operation.name()).or_default() += 1;
        // A client's bytes can be part of an outcome only as a code of the tables: bounded all the same.
        if counts.by_outcome.len() < 1000 || counts.by_outcome.contains_key(&entry.outcome) {
            *counts.by_outcome.entry(entry.outcome.clone()).or_default() += 1;
        }
        if self.rows.len() == KEPT {
            self.rows.pop_front();
        }
        self.changes += 1;
        self.rows.push_back(Row { entry, change: self.changes });
        Place { seq: self.next, cleared: self.cleared }
    }

    /// Notes how the answer ended, unless the ledger was cleared since the entry was added.
    pub fn finish(&mut self, place: Place, answered: bool, ms: u64) {
        if place.cleared != self.cleared {
            return;
        }
        let Some(first) = self.rows.front().map(|row| row.entry.seq) else { return };
        let at = usize::try_from(place.seq.wrapping_sub(first)).unwrap_or(usize::MAX);
        if let Some(row) = self.rows.get_mut(at) {
            self.changes += 1;
            row.change = self.changes;
            row.entry.answered = answered;
            row.entry.ms = ms;
        }
    }

    pub fn connected(&mut self, vendor: Vendor) {
        self.counts[vendor.index()].connections += 1;
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.rows.iter().map(|row| row.entry.clone()).collect()
    }

    pub fn counts(&self, vendor: Vendor) -> Counts {
        self.counts[vendor.index()].clone()
    }

    /// Returns which of the newest `most` entries were added or changed after a change, oldest first.
    pub fn changed(&self, since: u64, most: usize) -> Vec<Entry> {
        let newest = self.rows.iter().skip(self.rows.len().saturating_sub(most));
        newest.filter(|row| row.change > since).map(|row| row.entry.clone()).collect()
    }

    /// Returns how often an entry was added or changed since the last clearing.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// Returns how often it was cleared.
    pub const fn cleared(&self) -> u64 {
        self.cleared
    }

    pub fn clear(&mut self) {
        *self = Self { cleared: self.cleared + 1, ..Self::default() };
    }
}

//! What the journal knows of items from earlier runs, and of other runs: no item is billed a second time
//! because nobody looked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use cardwire::bindings::ends_all;
use cardwire::{
    Billed, CallOptions, Client, Error, Kind, Operation, Order, OrderFilter, OrderRecord,
    OrderStatus,
};

use super::inputs::Item;
use super::is_left;
use super::limit::Bill;
use super::output::Row;
use crate::interrupt;

/// What the orders of an item say of it.
#[derive(Clone, Debug)]
pub(crate) enum OrderState {
    /// Nothing: it was never sent, or refused for free.
    Nothing,
    /// A process asks about it now.
    Runs,
    /// The vendor gave a result.
    Answered(OrderRecord),
    /// It failed and was billed, or nobody knows whether it was executed or billed.
    Failed(OrderRecord),
}

/// The orders of an item.
#[derive(Clone, Debug)]
pub(crate) struct Orders(Vec<OrderRecord>);

impl Orders {
    pub(crate) fn of<T>(client: &Client, item: &Item<T>) -> Result<Self, Error> {
        client.orders(&OrderFilter::new().reference(&item.reference)).map(Orders)
    }

    /// Returns how many were not free, or run.
    pub(crate) fn standing(&self) -> usize {
        self.0.iter().filter(|order| stands(order)).count()
    }

    /// Returns whether one has that number.
    pub(crate) fn has(&self, order_id: &str) -> bool {
        self.0.iter().any(|order| order.order_id == order_id && stands(order))
    }

    pub(crate) fn add_to(&self, bill: &mut Bill) {
        self.0.iter().for_each(|order| bill.add_order(order));
    }

    pub(crate) fn state(&self) -> OrderState {
        if self.0.iter().any(|order| order.status == OrderStatus::InFlight) {
            return OrderState::Runs;
        }
        // The newest stands first.
        if let Some(order) = self.0.iter().find(|order| succeeded(order)) {
            return OrderState::Answered(order.clone());
        }
        let with = |billed| self.0.iter().find(|order| order.billed == billed);
        match with(Billed::Yes).or_else(|| with(Billed::Unknown)) {
            Some(order) => OrderState::Failed(order.clone()),
            None => OrderState::Nothing,
        }
    }
}

/// Returns whether an order was not free, or runs, or has a result.
fn stands(order: &OrderRecord) -> bool {
    order.billed != Billed::No || succeeded(order)
}

fn succeeded(order: &OrderRecord) -> bool {
    order.status == OrderStatus::Answered && order.outcome.as_deref() == Some("ok")
}

/// Returns whether the vendor of an order keeps its result, and may tell it for free.
pub(crate) fn is_kept(order: &OrderRecord) -> bool {
    order.operation == Some(Operation::Recognize)
        && order.vendor.is_some_and(|vendor| vendor.operations().contains(&Operation::FetchOrder))
        && (succeeded(order) || order.status == OrderStatus::Unknown)
}

/// What a vendor's record says of an order.
#[derive(Debug)]
pub(crate) enum VendorRecord {
    /// The result.
    Result(Box<Order>),
    /// The vendor cannot be asked now.
    Later(Error),
    /// There is no result in it, or no record any more.
    Nothing,
}

fn fetch(client: &Client, order: &OrderRecord, options: &CallOptions) -> VendorRecord {
    // An account may have another name by now: then it is not found.
    let options = options.clone().vendor(order.account.as_str());
    match client.fetch_order(&order.order_id, &options) {
        Ok(kept) if kept.card_number.is_some() => VendorRecord::Result(Box::new(kept)),
        Ok(_) => VendorRecord::Nothing,
        Err(error) if is_left(&error) || error.kind() == Kind::Closed => VendorRecord::Later(error),
        Err(_) => VendorRecord::Nothing,
    }
}

/// Asks vendors for their records of orders, which is free, so many at once, and calls `then` with the index
/// of each. It ends early where the process was asked to end, or where no other could be fetched.
pub(crate) fn fetch_all(
    client: &Client,
    orders: &[OrderRecord],
    (options, concurrency): (&CallOptions, usize),
    mut then: impl FnMut(usize, VendorRecord),
) {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..concurrency.min(orders.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !interrupt::was_asked() {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(order) = orders.get(index) else { return };
                    let kept = fetch(client, order, options);
                    if matches!(&kept, VendorRecord::Later(error) if ends_all(error.kind())) {
                        next.store(orders.len(), Ordering::SeqCst);
                    }
                    if sender.send((index, kept)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, kept) in receiver {
            then(index, kept);
        }
    });
}

/// Returns the row of an item whose result is nowhere.
pub(crate) fn row_without_result<T>(item: &Item<T>, order: &OrderRecord) -> Row {
    match succeeded(order) {
        true => Row::answered_before(item, order),
        false => Row::failed_before(item, order),
    }
}

//! The row of an item: what is said of its result, its failure, or an order of an earlier run.

use std::collections::HashMap;

use cardwire::{
    Billed, CallFacts, Error, Order, OrderRecord, OrderStatus, Recognition, ValidThru, Verification,
};
use serde_json::Value;

use super::cell;
use crate::batch::TableResult;
use crate::batch::inputs::Item;
use crate::console;
use crate::show;

/// The columns of every row, before those of its kind and after them.
pub(super) const BEFORE: [&str; 3] = ["item", "reference", "status"];
pub(super) const AFTER: [&str; 8] =
    ["vendor", "account", "order_id", "request_id", "sent", "billed", "error", "message"];

/// The columns of what was read of a card.
pub(crate) const RECOGNITION: &[&str] =
    &["card_number", "issuer", "card_kind", "valid_thru", "confidence", "warnings"];

/// The columns of what a vendor said of a cardholder.
pub(crate) const VERIFICATION: &[&str] = &["outcome", "reason"];

/// What an item's row says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowStatus {
    /// It has a result.
    Result,
    /// Its call failed, or may have been executed without an answer.
    Failed,
    /// A vendor answered it, and the run ended before its result was written.
    AnsweredBefore,
}

impl RowStatus {
    const ALL: [(RowStatus, &'static str); 3] = [
        (RowStatus::Result, "result"),
        (RowStatus::Failed, "failed"),
        (RowStatus::AnsweredBefore, "answered_before"),
    ];

    fn name(self) -> &'static str {
        RowStatus::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, name)| name)
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        RowStatus::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }
}

/// The part of a row that is there which decides whether its item is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowSummary {
    pub(super) status: RowStatus,
    pub(super) billed: Billed,
}

/// The row of an item.
#[derive(Debug)]
pub(crate) struct Row {
    pub(super) reference: String,
    pub(crate) status: RowStatus,
    pub(crate) billed: Billed,
    pub(crate) order_id: Option<String>,
    columns: HashMap<&'static str, String>,
    /// What it says in full, by its name.
    pub(super) document: (&'static str, Value),
}

impl Row {
    /// Returns what stands in a column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.columns.get(column).map_or("", String::as_str)
    }

    pub(super) fn summary(&self) -> RowSummary {
        RowSummary { status: self.status, billed: self.billed }
    }

    fn new<T>(item: &Item<T>, status: RowStatus, document: (&'static str, Value)) -> Self {
        let mut row = Row {
            reference: item.reference.clone(),
            status,
            billed: Billed::No,
            order_id: None,
            columns: HashMap::new(),
            document,
        };
        row.set("item", item.name.as_str());
        row.set("reference", item.reference.as_str());
        row.set("status", status.name());
        row
    }

    fn set(&mut self, column: &'static str, value: impl Into<String>) {
        self.columns.insert(column, value.into());
    }

    fn set_billed(&mut self, billed: Billed) {
        self.billed = billed;
        self.set("billed", billed.slug());
    }

    fn set_facts(&mut self, facts: &CallFacts) {
        self.set("vendor", facts.vendor.map(|vendor| vendor.name()).unwrap_or(""));
        self.set("account", facts.account.as_deref().unwrap_or(""));
        self.set("order_id", facts.order_id.as_deref().unwrap_or(""));
        self.set("request_id", facts.request_id.as_deref().unwrap_or(""));
        self.set("sent", facts.sent.slug());
        self.set_billed(facts.billed);
        self.order_id.clone_from(&facts.order_id);
    }

    pub(crate) fn of_result<T, R: TableResult>(item: &Item<T>, result: &R, reveal: bool) -> Self {
        let document = ("result", show::document(result, reveal));
        let mut row = Row::new(item, RowStatus::Result, document);
        row.columns.extend(result.columns(reveal));
        row.set_facts(result.call_facts());
        row
    }

    /// Returns the row of a result that the vendor has kept of an order. The question for it was free:
    /// the bill is the order's.
    pub(crate) fn of_kept<T>(
        item: &Item<T>,
        kept: &Order,
        order: &OrderRecord,
        reveal: bool,
    ) -> Self {
        let mut row = Row::of_result(item, kept, reveal);
        row.set("order_id", order.order_id.as_str());
        row.order_id = Some(order.order_id.clone());
        row.set_billed(order.billed);
        if let Some(document) = row.document.1.as_object_mut() {
            document.insert("order_id".to_owned(), order.order_id.as_str().into());
            document.insert("billed".to_owned(), order.billed.slug().into());
        }
        row
    }

    pub(crate) fn of_error<T>(item: &Item<T>, error: &Error) -> Self {
        let document = ("error", console::document(error));
        let mut row = Row::new(item, RowStatus::Failed, document);
        row.set_facts(error.facts());
        row.set("error", error.kind().slug());
        row.set("message", cell::of_text(error.message()));
        row
    }

    /// Returns the row of an item that was answered, and whose result is lost here.
    pub(crate) fn answered_before<T>(item: &Item<T>, order: &OrderRecord) -> Self {
        Row::of_order(item, RowStatus::AnsweredBefore, order)
    }

    /// Returns the row of an item whose order failed, or may have been executed, in another run.
    pub(crate) fn failed_before<T>(item: &Item<T>, order: &OrderRecord) -> Self {
        let mut row = Row::of_order(item, RowStatus::Failed, order);
        row.set("error", order.outcome.as_deref().unwrap_or(order.status.slug()));
        let message = match order.status {
            OrderStatus::Answered => "the vendor refused this order of an earlier run",
            _ => "an earlier run sent this order, and its answer did not come",
        };
        row.set("message", message);
        row
    }

    fn of_order<T>(item: &Item<T>, status: RowStatus, order: &OrderRecord) -> Self {
        let document = ("order", show::document(order, true));
        let mut row = Row::new(item, status, document);
        row.set("vendor", order.vendor.map(|vendor| vendor.name()).unwrap_or(""));
        row.set("account", order.account.as_str());
        row.set("order_id", order.order_id.as_str());
        row.set("request_id", order.request_id.as_deref().unwrap_or(""));
        row.set("sent", order.sent.slug());
        row.set_billed(order.billed);
        row.order_id = Some(order.order_id.clone());
        row
    }
}

fn valid_thru(date: Option<&ValidThru>) -> String {
    cell::of_text(&date.map(show::date).unwrap_or_default())
}

impl TableResult for Recognition {
    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)> {
        vec![
            ("card_number", show::number(&self.card_number, reveal)),
            ("issuer", cell::of_text(self.issuer.as_deref().unwrap_or(""))),
            ("card_kind", self.card_kind.to_string()),
            ("valid_thru", valid_thru(self.valid_thru.as_ref())),
            ("confidence", self.confidence.map(|sure| sure.to_string()).unwrap_or_default()),
            ("warnings", show::warnings(&self.warnings, " ")),
        ]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

/// What a vendor has kept of a recognition.
impl TableResult for Order {
    fn columns(&self, reveal: bool) -> Vec<(&'static str, String)> {
        let number = self.card_number.as_ref().map(|number| show::number(number, reveal));
        vec![
            ("card_number", number.unwrap_or_default()),
            ("valid_thru", valid_thru(self.valid_thru.as_ref())),
            ("warnings", show::warnings(&self.warnings, " ")),
        ]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

impl TableResult for Verification {
    fn columns(&self, _: bool) -> Vec<(&'static str, String)> {
        let reason = self.reason.map(|reason| reason.slug().to_owned());
        vec![("outcome", self.outcome.to_string()), ("reason", reason.unwrap_or_default())]
    }

    fn call_facts(&self) -> &CallFacts {
        self.facts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_no_formula() {
        assert_eq!(valid_thru(ValidThru::parse("=1+1").as_ref()), "'=1+1");
    }
}

//! The journal's record of orders. Files are read on threads of their own, and what they say comes back
//! as the message that ends a call.

use std::sync::{Arc, Mutex, PoisonError};

use cardwire::bindings::{AnyJournal, Workers};
use cardwire::schema::Document;
use cardwire::{Client, Error, OrderFilter, OrderRecord};
use napi_derive::napi;

use crate::messages::Report;
use crate::queue::Queue;

fn null() -> String {
    "null".to_owned()
}

/// The journal, once it is open.
type Slot = Arc<Mutex<Option<Arc<AnyJournal>>>>;

fn locked(slot: &Slot) -> std::sync::MutexGuard<'_, Option<Arc<AnyJournal>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The journal of a client, or one without a client.
#[napi]
pub struct Orders {
    journal: Slot,
    queue: Arc<Queue>,
    workers: Workers,
}

/// The most questions to one journal that are answered at once; more of them wait for one to end.
const AT_ONCE: usize = 4;

impl Orders {
    pub fn new(client: Option<Client>, queue: &Arc<Queue>) -> Self {
        let journal = client.map(|client| Arc::new(AnyJournal::Client(client)));
        Orders {
            journal: Arc::new(Mutex::new(journal)),
            queue: Arc::clone(queue),
            workers: Workers::new("cardwire-orders", AT_ONCE),
        }
    }

    fn aside(&self, call: u32, work: impl FnOnce() -> Result<String, Error> + Send + 'static) {
        let report = Report::new(&self.queue, call);
        // Without a thread, or after a panic, the report is dropped untold, which tells `internal`.
        self.workers.start(move || {
            report.tell(work().map(|json| Document { json, bytes: Vec::new() }));
        });
    }

    /// Answers questions that were asked before the file was closed.
    fn ask(
        &self,
        call: u32,
        question: impl FnOnce(&AnyJournal) -> Result<String, Error> + Send + 'static,
    ) {
        let journal = locked(&self.journal).clone();
        if let Some(journal) = journal {
            self.aside(call, move || question(&journal));
        } else {
            // The JavaScript half asks nothing of a file that is not open.
            drop(Report::new(&self.queue, call));
        }
    }
}

#[napi]
impl Orders {
    #[napi]
    pub fn open(&self, call: u32, path: String) {
        let journal = Arc::clone(&self.journal);
        self.aside(call, move || {
            let open = AnyJournal::open(path)?;
            *locked(&journal) = Some(Arc::new(open));
            Ok(null())
        });
    }

    /// Lists the orders that a filter wants, or the unknown ones without a filter.
    #[napi]
    pub fn list(&self, call: u32, wanted: Option<String>) {
        self.ask(call, move |journal| {
            let records = match wanted {
                None => journal.unknown_orders(),
                Some(wanted) => journal.orders(&OrderFilter::from_json(&wanted)?),
            };
            Ok(OrderRecord::list_to_json(&records?))
        });
    }

    #[napi]
    pub fn find(&self, call: u32, order_id: String) {
        self.ask(call, move |journal| {
            Ok(journal.find_order(&order_id)?.map_or_else(null, |record| record.to_json()))
        });
    }

    #[napi]
    pub fn export(&self, call: u32, wanted: String, path: String) {
        self.ask(call, move |journal| {
            let filter = OrderFilter::from_json(&wanted)?;
            Ok(journal.export_orders(&filter, path)?.to_string())
        });
    }

    /// Prunes orders. The JavaScript half gives whole numbers from 0 on.
    #[napi]
    pub fn prune(&self, call: u32, before_ms: f64) {
        self.ask(call, move |journal| Ok(journal.prune_orders(before_ms as u64)?.to_string()));
    }

    #[napi]
    pub fn reconcile(&self, call: u32, order_id: String, note: String) {
        self.ask(call, move |journal| journal.reconcile_order(&order_id, &note).map(|()| null()));
    }

    /// Closes the file once nothing reads it any more.
    #[napi]
    pub fn close(&self) {
        locked(&self.journal).take();
    }
}

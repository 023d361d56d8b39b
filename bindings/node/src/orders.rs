//! The journal's record of orders. Files are read on a thread of their own, and what they say
//! comes back as the message that ends a call.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cardwire::schema::Document;
use cardwire::{Client, Error, Journal, OrderFilter, OrderRecord};
use napi_derive::napi;

use crate::messages::Report;
use crate::queue::Queue;

enum Source {
    Client(Client),
    File(Arc<Journal>),
}

impl Source {
    fn with<T>(
        &self,
        of_client: impl FnOnce(&Client) -> Result<T, Error>,
        of_file: impl FnOnce(&Journal) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self {
            Source::Client(client) => of_client(client),
            Source::File(journal) => of_file(journal),
        }
    }

    fn list(&self, wanted: Option<&str>) -> Result<String, Error> {
        let records = match wanted {
            None => self.with(Client::unknown_orders, Journal::unknown_orders),
            Some(wanted) => {
                let filter = OrderFilter::from_json(wanted)?;
                self.with(|client| client.orders(&filter), |journal| journal.orders(&filter))
            }
        }?;
        Ok(OrderRecord::list_to_json(&records))
    }

    fn find(&self, order_id: &str) -> Result<String, Error> {
        let found = self
            .with(|client| client.find_order(order_id), |journal| journal.find_order(order_id))?;
        Ok(found.map_or_else(null, |record| record.to_json()))
    }

    fn export(&self, wanted: &str, path: &str) -> Result<String, Error> {
        let filter = OrderFilter::from_json(wanted)?;
        let written = self.with(
            |client| client.export_orders(&filter, path),
            |journal| journal.export_to(&filter, path),
        )?;
        Ok(written.to_string())
    }

    fn prune(&self, before_ms: u64) -> Result<String, Error> {
        let removed =
            self.with(|client| client.prune_orders(before_ms), |journal| journal.prune(before_ms))?;
        Ok(removed.to_string())
    }

    fn reconcile(&self, order_id: &str, note: &str) -> Result<String, Error> {
        self.with(
            |client| client.reconcile_order(order_id, note),
            |journal| journal.reconcile_order(order_id, note),
        )?;
        Ok(null())
    }
}

fn null() -> String {
    "null".to_owned()
}

/// The open file of a journal without a client.
type File = Arc<Mutex<Option<Arc<Journal>>>>;

fn locked(file: &File) -> std::sync::MutexGuard<'_, Option<Arc<Journal>>> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The journal of a client, or one without a client.
#[napi]
pub struct Orders {
    client: Option<Client>,
    file: File,
    queue: Arc<Queue>,
}

impl Orders {
    pub fn new(client: Option<Client>, queue: &Arc<Queue>) -> Self {
        Orders { client, file: File::default(), queue: Arc::clone(queue) }
    }

    fn aside(&self, call: u32, work: impl FnOnce() -> Result<String, Error> + Send + 'static) {
        let report = Report::new(&self.queue, call);
        // Without a thread, or after a panic, the report is dropped untold, which tells `internal`.
        let _ = cardwire::bindings::start_thread("cardwire-orders", move || {
            report.tell(work().map(|json| Document { json, bytes: Vec::new() }));
        });
    }

    /// Answers questions that were asked before the file was closed.
    fn ask(
        &self,
        call: u32,
        question: impl FnOnce(&Source) -> Result<String, Error> + Send + 'static,
    ) {
        let source = match &self.client {
            Some(client) => Some(Source::Client(client.clone())),
            None => locked(&self.file).clone().map(Source::File),
        };
        if let Some(source) = source {
            self.aside(call, move || question(&source));
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
        let file = Arc::clone(&self.file);
        self.aside(call, move || {
            let journal = Journal::open(PathBuf::from(path))?;
            *locked(&file) = Some(Arc::new(journal));
            Ok(null())
        });
    }

    /// Lists the orders that a filter wants, or the unknown ones without a filter.
    #[napi]
    pub fn list(&self, call: u32, wanted: Option<String>) {
        self.ask(call, move |source| source.list(wanted.as_deref()));
    }

    #[napi]
    pub fn find(&self, call: u32, order_id: String) {
        self.ask(call, move |source| source.find(&order_id));
    }

    #[napi]
    pub fn export(&self, call: u32, wanted: String, path: String) {
        self.ask(call, move |source| source.export(&wanted, &path));
    }

    /// Prunes orders. The JavaScript half gives whole numbers from 0 on.
    #[napi]
    pub fn prune(&self, call: u32, before_ms: f64) {
        self.ask(call, move |source| source.prune(before_ms as u64));
    }

    #[napi]
    pub fn reconcile(&self, call: u32, order_id: String, note: String) {
        self.ask(call, move |source| source.reconcile(&order_id, &note));
    }

    /// Closes the file once nothing reads it any more.
    #[napi]
    pub fn close(&self) {
        locked(&self.file).take();
    }
}

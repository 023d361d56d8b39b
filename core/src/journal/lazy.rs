//! The journal of a client, opened when it is first needed.

use std::path::PathBuf;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::problem::unusable;
use super::record::OrderRecord;
use super::writer::Writer;
use super::{Journal, OrderFilter, check};
use crate::error::{Error, Kind};
use crate::runtime::hold_up;
use crate::vendors::Operation;
use crate::workers::Workers;

/// The journal of a client, opened when it is first needed.
pub(crate) struct LazyJournal {
    file: Arc<File>,
    /// One thread, that opens it and looks orders up.
    opening: Workers,
}

struct File {
    path: PathBuf,
    writer: OnceCell<Arc<Writer>>,
}

impl File {
    fn open(&self) -> Result<&Arc<Writer>, Error> {
        self.writer.get_or_try_init(|| Writer::open(&self.path).map(Arc::new))
    }
}

impl LazyJournal {
    pub(crate) fn new(path: PathBuf) -> Self {
        let file = Arc::new(File { path, writer: OnceCell::new() });
        LazyJournal { file, opening: Workers::new("cardwire-journal", 1) }
    }

    /// Opens it where that is yet to be done. Another process may hold the file: a call that waits for
    /// that still ends by its deadline, and holds nobody up.
    pub(crate) async fn writer(&self) -> Result<&Arc<Writer>, Error> {
        if let Some(writer) = self.file.writer.get() {
            return Ok(writer);
        }
        let file = Arc::clone(&self.file);
        let opened = self.opening.run(move || file.open().map(|_| ())).await;
        opened
            .ok_or_else(|| Error::new(Kind::Internal, "the journal has no thread to open it"))??;
        self.file.open()
    }

    /// Returns the same for who may wait.
    pub(crate) fn writer_here(&self) -> Result<&Arc<Writer>, Error> {
        match self.file.writer.get() {
            Some(writer) => Ok(writer),
            None => hold_up(|| self.file.open()),
        }
    }

    /// Returns how many orders are unknown and not settled, without becoming a writer; `None` where there is no
    /// file yet and one can be made.
    pub(crate) fn unknown_orders(&self) -> Result<Option<usize>, Error> {
        let unknown = OrderFilter::unknown();
        if let Some(writer) = self.file.writer.get() {
            return writer.orders(&unknown).map(|orders| Some(orders.len()));
        }
        let path = &self.file.path;
        check(path).map_err(|problem| unusable(path, &problem).at(path))?;
        match path.try_exists() {
            Ok(false) => Ok(None),
            _ => Journal::open(path)?.orders(&unknown).map(|orders| Some(orders.len())),
        }
    }

    /// Returns the order under which the vendor answered what this order number or this reference
    /// stands for.
    pub(crate) async fn answered(
        &self,
        operation: Operation,
        order_id: Option<String>,
        reference: Option<String>,
    ) -> Result<Option<OrderRecord>, Error> {
        let file = Arc::clone(&self.file);
        let find =
            move || file.open()?.answered(operation, order_id.as_deref(), reference.as_deref());
        let found = self.opening.run(find).await;
        found.ok_or_else(|| Error::new(Kind::Internal, "the journal has no thread to read it"))?
    }
}

//! The journal entries of a billed request, from before its first byte to its end.

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::account::Account;
use super::services::Services;
use super::teller::Teller;
use crate::call::unanswered;
use crate::card::Order;
use crate::error::{Error, Kind};
use crate::events::Event;
use crate::facts::{Billed, Sent};
use crate::journal::{Claim, Done, Intent, WriteError, Writer};
use crate::runtime;
use crate::transport::Release;
use crate::vendors::{Call, Operation};

/// What a call asks of the journal with each of its orders.
#[derive(Default)]
pub(super) struct CallTerms {
    /// The order number that the caller chose.
    pub(super) own_number: Option<String>,
    /// True where nothing is sent if another call asks the same, or was answered.
    pub(super) skip_answered: bool,
    /// The orders of the call that were begun before.
    pub(super) earlier: Vec<String>,
}

/// The journal's entry for one request, from before its intent is queued. Dropped without an end, it
/// writes one: that nothing was sent, or that nobody knows where the last byte may have left.
pub(super) struct Entry {
    teller: Teller,
    writer: Arc<Writer>,
    account: Arc<Account>,
    order_id: String,
    claim: Claim,
    operation: Operation,
    release: Release,
    /// The reason why the mark of release could not be written.
    refused: Arc<OnceCell<WriteError>>,
    is_over: bool,
}

fn tell(teller: &Teller, account: &Account, order_id: &str, state: &'static str) {
    teller.tell(|call| Event::OrderWritten {
        call,
        vendor: account.vendor,
        account: account.name.clone(),
        order_id: order_id.to_owned(),
        state,
    });
}

impl Entry {
    /// Returns an entry of which nothing is written yet.
    pub(super) async fn new(
        services: &Services,
        teller: &Teller,
        account: &Arc<Account>,
        call: &Call,
    ) -> Result<Entry, Error> {
        let journal = services.journal.as_ref();
        let journal = journal.ok_or_else(|| Error::new(Kind::Internal, "there is no journal"))?;
        let writer = Arc::clone(journal.writer().await?);
        let claim = writer.claim();
        let refused = Arc::<OnceCell<WriteError>>::default();
        let release = {
            let (teller, account) = (teller.clone(), Arc::clone(account));
            let (writer, refused) = (Arc::clone(&writer), Arc::clone(&refused));
            let order_id = call.order_id.clone();
            Release::after(Box::pin(async move {
                match writer.released(&order_id, claim).await {
                    Ok(()) => tell(&teller, &account, &order_id, "released"),
                    Err(reason) => _ = refused.set(reason),
                }
                refused.get().is_none()
            }))
        };
        Ok(Entry {
            teller: teller.clone(),
            writer,
            account: Arc::clone(account),
            order_id: call.order_id.clone(),
            claim,
            operation: call.task.operation(),
            release,
            refused,
            is_over: false,
        })
    }

    /// Writes the intent. Where that is refused there is nothing to end.
    pub(super) async fn begin(
        &mut self,
        reference: Option<String>,
        terms: &CallTerms,
    ) -> Result<(), Error> {
        let intent = Intent {
            order_id: self.order_id.clone(),
            own_number: terms.own_number.clone(),
            reference,
            skip_answered: terms.skip_answered,
            earlier: terms.earlier.clone(),
            vendor: self.account.vendor,
            account: self.account.name.clone(),
            operation: self.operation,
        };
        if let Err(reason) = self.writer.intent(intent, self.claim).await {
            self.is_over = true;
            return Err(self.writer.not_begun(reason));
        }
        tell(&self.teller, &self.account, &self.order_id, "intent");
        Ok(())
    }

    /// Returns the gate before the last byte, which opens once the journal has been told.
    pub(super) fn release(&self) -> Release {
        self.release.clone()
    }

    /// Returns the failure to tell the journal that the last byte was about to leave.
    pub(super) fn failure(&self) -> Option<Error> {
        self.refused.get().map(|refused| self.writer.unwritten(*refused))
    }

    /// Writes what came of the request.
    pub(super) async fn end(mut self, done: Done) {
        self.is_over = true;
        if self.writer.done(&self.order_id, self.claim, done).await {
            tell(&self.teller, &self.account, &self.order_id, "done");
        }
    }

    /// Does the same for a caller that does not wait.
    pub(super) fn end_soon(mut self, done: Done) {
        self.is_over = true;
        self.hand_over(done);
    }

    /// Hands what came of the request to the journal, and tells of it when it is written.
    fn hand_over(&self, done: Done) {
        let written = self.writer.done(&self.order_id, self.claim, done);
        if self.teller.call().is_none() {
            return;
        }
        let Ok(runtime) = runtime::handle() else { return };
        let (teller, account) = (self.teller.clone(), Arc::clone(&self.account));
        let order_id = self.order_id.clone();
        runtime.spawn(async move {
            if written.await {
                tell(&teller, &account, &order_id, "done");
            }
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.is_over {
            let sent = self.release.shut();
            let done = Done {
                sent,
                billed: unanswered(sent, self.operation),
                failure: Some(Kind::Cancelled),
                vendor_code: None,
                request_id: None,
                http_status: None,
                late: false,
            };
            self.hand_over(done);
        }
    }
}

impl Services {
    /// Writes that a vendor keeps a card under an order number, where the journal did not know: a process
    /// before this one may have left it so.
    pub(super) async fn write_found(&self, order_id: &str, order: &Order) {
        if order.card_number.is_none() {
            return;
        }
        let done = Done {
            sent: Sent::Yes,
            billed: Billed::Yes,
            failure: None,
            vendor_code: None,
            request_id: None,
            http_status: None,
            late: false,
        };
        self.write_resolved(order_id, done).await;
    }

    /// Writes what the vendor's record of an order shows.
    pub(super) async fn write_resolved(&self, order_id: &str, done: Done) {
        if let Some(journal) = &self.journal
            && let Ok(writer) = journal.writer().await
        {
            writer.resolve(order_id, done).await;
        }
    }
}

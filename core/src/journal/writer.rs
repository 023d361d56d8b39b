//! The one thread that writes: it gathers what waits into one transaction, so that one sync serves
//! many calls.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::filter::OrderFilter;
use super::problem::{NotBegun, WriteError, storage};
use super::query::Reader;
use super::record::OrderRecord;
use super::store::{Done, Intent, Store};
use crate::error::Error;
use crate::runtime::hold_up;
use crate::threads::start_thread;
use crate::vendors::Operation;

/// The most that one transaction takes up.
const GATHERED: usize = 1024;

/// How long an end that could not be written waits before it is tried again by itself.
const AGAIN: Duration = Duration::from_secs(1);

enum Command {
    Intent(Intent, Claim, oneshot::Sender<Result<(), NotBegun>>),
    Released(String, Claim, oneshot::Sender<Result<(), WriteError>>),
    Done(String, Claim, Done, Option<oneshot::Sender<()>>),
    Resolve(String, Done, Option<oneshot::Sender<()>>),
    SentSince(String, u64, oneshot::Sender<u32>),
    Reconcile(String, String, std::sync::mpsc::SyncSender<Result<bool, WriteError>>),
}

/// A number that tells apart the calls of this writer that use one order number after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim(u64);

/// An order that a call of this writer began.
struct Flight {
    claim: Claim,
    /// True once its call is over, though its end may not be written yet.
    over: bool,
}

/// The orders that this writer began and whose ends it did not write yet.
#[derive(Clone, Default)]
struct InFlight(Arc<Mutex<HashMap<String, Flight>>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a call with this order number runs.
    fn contains(&self, order_id: &str) -> bool {
        self.lock().get(order_id).is_some_and(|flight| !flight.over)
    }

    /// Begins one; returns what the order number stood for before.
    fn begin(&self, order_id: &str, claim: Claim) -> Option<Flight> {
        self.lock().insert(order_id.to_owned(), Flight { claim, over: false })
    }

    /// Takes `begin` back.
    fn restore(&self, order_id: &str, before: Option<Flight>) {
        let mut flights = self.lock();
        match before {
            Some(flight) => flights.insert(order_id.to_owned(), flight),
            None => flights.remove(order_id),
        };
    }

    fn is_of(&self, order_id: &str, claim: Claim) -> bool {
        self.lock().get(order_id).is_some_and(|flight| flight.claim == claim)
    }

    /// Notes that a call is over: the number is free as far as the file says so.
    fn set_over(&self, order_id: &str, claim: Claim) {
        if let Some(flight) = self.lock().get_mut(order_id)
            && flight.claim == claim
        {
            flight.over = true;
        }
    }

    fn end(&self, order_id: &str, claim: Claim) {
        let mut flights = self.lock();
        if flights.get(order_id).is_some_and(|flight| flight.claim == claim) {
            flights.remove(order_id);
        }
    }
}

/// A journal that is written to. Dropping it ends the thread after everything is written.
pub(crate) struct Writer {
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    process: u32,
    path: PathBuf,
    in_flight: InFlight,
    claims: AtomicU64,
    /// For reading, beside the thread.
    reader: Reader,
}

impl Writer {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let store = Store::open_to_write(path)?;
        let reader = Reader::new(store.another()?);
        let (commands, receiver) = channel();
        let in_flight = InFlight::default();
        let shared = in_flight.clone();
        let thread = start_thread("cardwire-journal", move || write(store, &receiver, &shared))
            .map_err(|_| storage("cannot be used: its thread cannot be started"))?;
        Ok(Writer {
            commands: Some(commands),
            thread: Some(thread),
            process: std::process::id(),
            path: path.to_owned(),
            in_flight,
            claims: AtomicU64::new(0),
            reader,
        })
    }

    /// Returns the error that a caller sees of what was not written.
    pub(crate) fn unwritten(&self, error: WriteError) -> Error {
        error.error(&self.path)
    }

    /// Returns the error that a caller sees of an order that was not begun.
    pub(crate) fn not_begun(&self, reason: NotBegun) -> Error {
        reason.error(&self.path)
    }

    /// Returns a claim for one call. Whoever has it says how the call ended, even of an intent that
    /// was never waited for to the end.
    pub(crate) fn claim(&self) -> Claim {
        Claim(self.claims.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes an order down; it is on the disk when this returns. What is written to the end of the
    /// claim while this waits comes after it.
    pub(crate) async fn intent(&self, intent: Intent, claim: Claim) -> Result<(), NotBegun> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Intent(intent, claim, sender));
        receiver.await.unwrap_or(Err(WriteError::Broken.into()))
    }

    /// Writes that the last byte may leave from now on: a dead process cannot take that back, a
    /// dead machine can.
    pub(crate) async fn released(&self, order_id: &str, claim: Claim) -> Result<(), WriteError> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Released(order_id.to_owned(), claim, sender));
        receiver.await.unwrap_or(Err(WriteError::Broken))
    }

    /// Has the thread write what came of it, whether or not anybody awaits what this returns: true
    /// once it is written, false where it could not be and is tried again.
    pub(crate) fn done(
        &self,
        order_id: &str,
        claim: Claim,
        done: Done,
    ) -> impl Future<Output = bool> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Done(order_id.to_owned(), claim, done, Some(sender)));
        async { receiver.await.is_ok() }
    }

    /// Writes what the vendor's own record says of an order that is unknown.
    pub(crate) async fn resolve(&self, order_id: &str, done: Done) {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Resolve(order_id.to_owned(), done, Some(sender)));
        let _ = receiver.await;
    }

    /// Returns how many requests of an account may have reached the vendor since a moment.
    pub(crate) async fn sent_since(&self, account: &str, unix_ms: u64) -> Option<u32> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::SentSince(account.to_owned(), unix_ms, sender));
        receiver.await.ok()
    }

    /// Notes that somebody settled an order; false where there is no such order.
    pub(crate) fn reconcile(&self, order_id: &str, note: &str) -> Result<bool, Error> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.send(Command::Reconcile(order_id.to_owned(), note.to_owned(), sender));
        receiver.recv().unwrap_or(Err(WriteError::Broken)).map_err(|error| self.unwritten(error))
    }

    pub(crate) fn find(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        self.reader.find(order_id, &|order_id| self.in_flight.contains(order_id))
    }

    /// Returns the order under which the vendor answered what this order number or this reference
    /// stands for in that operation: the newest result, or where there is none the newest refusal that was not free.
    pub(crate) fn answered(
        &self,
        operation: Operation,
        order_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Option<OrderRecord>, Error> {
        self.reader.answered(operation, order_id, reference)
    }

    pub(crate) fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.reader.orders(filter, &|order_id| self.in_flight.contains(order_id))
    }

    pub(crate) fn export(&self, filter: &OrderFilter, to: &mut dyn Write) -> Result<u64, Error> {
        self.reader.export(filter, &|order_id| self.in_flight.contains(order_id), to)
    }

    pub(crate) fn prune(&self, before_ms: u64) -> Result<u64, Error> {
        // A connection of its own: neither those who read nor those who write wait for it.
        let mut store = self.reader.store().another()?;
        store.prune(before_ms)
    }

    fn send(&self, command: Command) {
        // Without the thread the command's own sender is dropped, which its receiver sees.
        if let Some(commands) = &self.commands {
            let _ = commands.send(command);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands = None;
        let Some(thread) = self.thread.take() else { return };
        // A fork copies no thread, and a thread cannot wait for itself.
        if self.process == std::process::id() && thread.thread().id() != std::thread::current().id()
        {
            // Another process may hold the file, and the thread waits for it.
            let _ = hold_up(|| thread.join());
        }
    }
}

fn write(mut store: Store, receiver: &Receiver<Command>, in_flight: &InFlight) {
    let mut refusal = None;
    let mut opened = Instant::now();
    // Ends that could not be written: what the journal says is late, not wrong for good.
    let mut backlog: Vec<Command> = Vec::new();
    loop {
        let mut gathered = std::mem::take(&mut backlog);
        let next = match gathered.is_empty() {
            true => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => receiver.recv_timeout(AGAIN),
        };
        let gone = matches!(next, Err(RecvTimeoutError::Disconnected));
        gathered.extend(next);
        while gathered.len() < GATHERED
            && let Ok(next) = receiver.try_recv()
        {
            gathered.push(next);
        }
        if refusal.is_some_and(WriteError::needs_opening) && opened.elapsed() >= AGAIN {
            opened = Instant::now();
            if let Ok(fresh) = store.another() {
                (store, refusal) = (fresh, None);
            }
        }
        if let Some(unwritten) = refusal {
            let again = |command| refuse(command, unwritten, in_flight);
            backlog.extend(gathered.into_iter().filter_map(again));
        } else if !gathered.is_empty() {
            match write_all(&mut store, &gathered, in_flight) {
                Ok(outcomes) => {
                    for (command, outcome) in gathered.into_iter().zip(outcomes) {
                        report(command, outcome, in_flight);
                    }
                }
                Err(unwritten) => {
                    let ends = unwritten.needs_opening() || unwritten == WriteError::Broken;
                    (refusal, opened) = (ends.then_some(unwritten), Instant::now());
                    let again = |command| refuse(command, unwritten, in_flight);
                    backlog.extend(gathered.into_iter().filter_map(again));
                }
            }
        }
        if gone {
            return;
        }
    }
}

/// Writes what was gathered in one transaction.
fn write_all(
    store: &mut Store,
    gathered: &[Command],
    in_flight: &InFlight,
) -> Result<Vec<Outcome>, WriteError> {
    let durable =
        |command: &Command| matches!(command, Command::Intent(..) | Command::Reconcile(..));
    let mut begun = Vec::new();
    let written = store.transaction(gathered.iter().any(durable), |store| {
        gathered.iter().map(|command| one(store, command, in_flight, &mut begun)).collect()
    });
    if written.is_err() {
        for (order_id, before) in begun.into_iter().rev() {
            in_flight.restore(order_id, before);
        }
    }
    written
}

/// The result of one command, short of a failure of the file.
enum Outcome {
    Written,
    NotBegun(NotBegun),
    Refused(WriteError),
    Count(u32),
    Found(bool),
}

fn one<'a>(
    store: &Store,
    command: &'a Command,
    in_flight: &InFlight,
    begun: &mut Vec<(&'a str, Option<Flight>)>,
) -> Result<Outcome, WriteError> {
    Ok(match command {
        Command::Intent(intent, claim, _) => {
            match store.intent(intent, &|order_id| in_flight.contains(order_id)) {
                Ok(()) => {
                    let before = in_flight.begin(&intent.order_id, *claim);
                    begun.push((&intent.order_id, before));
                    Outcome::Written
                }
                Err(NotBegun::Unwritten(unwritten)) => return Err(unwritten),
                Err(reason) => Outcome::NotBegun(reason),
            }
        }
        Command::Released(order_id, claim, _) => {
            if in_flight.is_of(order_id, *claim) && store.released(order_id)? {
                Outcome::Written
            } else {
                Outcome::Refused(WriteError::Failed)
            }
        }
        Command::Done(order_id, claim, done, _) => {
            // Without the claim there was no intent, or the number belongs to a later call.
            if in_flight.is_of(order_id, *claim) {
                store.done(order_id, done)?;
                in_flight.set_over(order_id, *claim);
            }
            Outcome::Written
        }
        Command::Resolve(order_id, done, _) => {
            store.resolve(order_id, done, &|order_id| in_flight.contains(order_id))?;
            Outcome::Written
        }
        Command::SentSince(account, since, _) => Outcome::Count(store.sent_since(account, *since)?),
        Command::Reconcile(order_id, note, _) => Outcome::Found(store.reconcile(order_id, note)?),
    })
}

fn report(command: Command, outcome: Outcome, in_flight: &InFlight) {
    match (command, outcome) {
        (Command::Intent(_, _, sender), outcome) => {
            let begun = match outcome {
                Outcome::NotBegun(reason) => Err(reason),
                _ => Ok(()),
            };
            let _ = sender.send(begun);
        }
        (Command::Released(_, _, sender), outcome) => {
            let released = match outcome {
                Outcome::Refused(unwritten) => Err(unwritten),
                _ => Ok(()),
            };
            let _ = sender.send(released);
        }
        (Command::Done(order_id, claim, _, sender), _) => {
            in_flight.end(&order_id, claim);
            if let Some(sender) = sender {
                let _ = sender.send(());
            }
        }
        (Command::Resolve(_, _, sender), _) => {
            if let Some(sender) = sender {
                let _ = sender.send(());
            }
        }
        (Command::SentSince(_, _, sender), Outcome::Count(count)) => {
            let _ = sender.send(count);
        }
        (Command::Reconcile(_, _, sender), Outcome::Found(found)) => {
            let _ = sender.send(Ok(found));
        }
        (Command::SentSince(..) | Command::Reconcile(..), _) => {}
    }
}

/// Tells that a command was not written; returns an end, which is tried again.
fn refuse(command: Command, unwritten: WriteError, in_flight: &InFlight) -> Option<Command> {
    match command {
        Command::Intent(_, _, sender) => {
            let _ = sender.send(Err(unwritten.into()));
        }
        Command::Released(_, _, sender) => {
            let _ = sender.send(Err(unwritten));
        }
        Command::Reconcile(_, _, sender) => {
            let _ = sender.send(Err(unwritten));
        }
        Command::Done(order_id, claim, done, sender) => {
            // Until then it reads as what was written last: unknown once it was released.
            in_flight.set_over(&order_id, claim);
            drop(sender);
            return Some(Command::Done(order_id, claim, done, None));
        }
        Command::Resolve(order_id, done, sender) => {
            drop(sender);
            return Some(Command::Resolve(order_id, done, None));
        }
        Command::SentSince(..) => {}
    }
    None
}

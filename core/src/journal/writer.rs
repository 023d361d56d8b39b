//! The one thread that writes: it gathers what waits into one transaction, so that one sync serves
//! many calls.

use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::record::{OrderFilter, OrderRecord};
use super::store::{Done, Intent, Store, Unwritten, storage};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::threads::without_signals;

/// The most that one transaction takes up.
const GATHERED: usize = 1024;

enum Command {
    Intent(Intent, oneshot::Sender<Result<(), Unwritten>>),
    Released(String, oneshot::Sender<Result<(), Unwritten>>),
    Done(String, Done, Option<oneshot::Sender<()>>),
    SentSince(String, u64, oneshot::Sender<u32>),
    Reconcile(String, String, std::sync::mpsc::SyncSender<Result<bool, Unwritten>>),
}

/// The orders whose calls run in this process.
#[derive(Clone, Default)]
struct InFlight(Arc<Mutex<HashSet<String>>>);

impl InFlight {
    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contains(&self, order_id: &str) -> bool {
        self.lock().contains(order_id)
    }
}

/// A journal that is written to. Dropping it ends the thread after everything is written.
pub(crate) struct Writer {
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    process: u32,
    in_flight: InFlight,
    /// For reading, beside the thread.
    reader: Mutex<Store>,
}

impl Writer {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let mut entropy =
            Entropy::from_system().ok_or_else(|| storage("cannot be used without randomness"))?;
        let instance = entropy.alphanumeric(16);
        let store = Store::open(path, instance.clone())?;
        let reader = Store::open(path, instance)?;
        let (commands, receiver) = channel();
        let in_flight = InFlight::default();
        let shared = in_flight.clone();
        let thread = std::thread::Builder::new().name("cardwire-journal".to_owned());
        let thread = without_signals(|| thread.spawn(move || write(store, &receiver, &shared)))
            .map_err(|_| storage("cannot be used: its thread cannot be started"))?;
        Ok(Writer {
            commands: Some(commands),
            thread: Some(thread),
            process: std::process::id(),
            in_flight,
            reader: Mutex::new(reader),
        })
    }

    /// Writes an order down; it is on the disk when this returns.
    pub(crate) async fn intent(&self, intent: Intent) -> Result<(), Unwritten> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Intent(intent, sender));
        receiver.await.unwrap_or(Err(Unwritten::Broken))
    }

    /// Writes that the last byte may leave from now on: a dead process cannot take that back, a
    /// dead machine can.
    pub(crate) async fn released(&self, order_id: &str) -> Result<(), Unwritten> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Released(order_id.to_owned(), sender));
        receiver.await.unwrap_or(Err(Unwritten::Broken))
    }

    /// Writes what came of it.
    pub(crate) async fn done(&self, order_id: &str, done: Done) {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::Done(order_id.to_owned(), done, Some(sender)));
        let _ = receiver.await;
    }

    /// The same, without waiting.
    pub(crate) fn done_soon(&self, order_id: &str, done: Done) {
        self.send(Command::Done(order_id.to_owned(), done, None));
    }

    /// How many requests of an account may have reached the vendor since a moment.
    pub(crate) async fn sent_since(&self, account: &str, unix_ms: u64) -> Option<u32> {
        let (sender, receiver) = oneshot::channel();
        self.send(Command::SentSince(account.to_owned(), unix_ms, sender));
        receiver.await.ok()
    }

    /// Notes that somebody settled an order; false where there is no such order.
    pub(crate) fn reconcile(&self, order_id: &str, note: &str) -> Result<bool, Error> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        self.send(Command::Reconcile(order_id.to_owned(), note.to_owned(), sender));
        receiver.recv().unwrap_or(Err(Unwritten::Broken)).map_err(unwritten)
    }

    pub(crate) fn find(&self, order_id: &str) -> Result<Option<OrderRecord>, Error> {
        self.read().find(order_id, &|order_id| self.in_flight.contains(order_id))
    }

    pub(crate) fn orders(&self, filter: &OrderFilter) -> Result<Vec<OrderRecord>, Error> {
        self.read().orders(filter, &|order_id| self.in_flight.contains(order_id))
    }

    fn read(&self) -> MutexGuard<'_, Store> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
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
            let _ = thread.join();
        }
    }
}

/// The error that a caller sees.
pub(crate) fn unwritten(unwritten: Unwritten) -> Error {
    match unwritten {
        Unwritten::Used => Error::argument(
            "order_id",
            "the journal has a call with it that runs, was billed or may have been",
        ),
        Unwritten::Failed => storage("cannot be written: no billed call is sent without it"),
        Unwritten::Broken => {
            storage("failed for good: make a new client when the disk is repaired")
        }
    }
}

fn write(mut store: Store, receiver: &Receiver<Command>, in_flight: &InFlight) {
    let mut broken = false;
    while let Ok(first) = receiver.recv() {
        let mut gathered = vec![first];
        while gathered.len() < GATHERED
            && let Ok(next) = receiver.try_recv()
        {
            gathered.push(next);
        }
        if broken {
            gathered.into_iter().for_each(|command| refuse(command, Unwritten::Broken, in_flight));
            continue;
        }
        let sync = gathered
            .iter()
            .any(|command| matches!(command, Command::Intent(..) | Command::Reconcile(..)));
        let mut begun = Vec::new();
        let written = store.transaction(sync, |store| {
            let mut outcomes = Vec::with_capacity(gathered.len());
            for command in &gathered {
                outcomes.push(one(store, command, in_flight, &mut begun)?);
            }
            Ok(outcomes)
        });
        match written {
            Ok(outcomes) => {
                for (command, outcome) in gathered.into_iter().zip(outcomes) {
                    report(command, outcome, in_flight);
                }
            }
            Err(unwritten) => {
                broken = unwritten == Unwritten::Broken;
                for order_id in begun {
                    in_flight.lock().remove(&order_id);
                }
                gathered.into_iter().for_each(|command| refuse(command, unwritten, in_flight));
            }
        }
    }
}

/// What one command came to, short of a failure of the file.
enum Outcome {
    Written,
    Refused(Unwritten),
    Count(u32),
    Found(bool),
}

fn one(
    store: &Store,
    command: &Command,
    in_flight: &InFlight,
    begun: &mut Vec<String>,
) -> Result<Outcome, Unwritten> {
    Ok(match command {
        Command::Intent(intent, _) => {
            match store.intent(intent, &|order_id| in_flight.contains(order_id)) {
                Ok(()) => {
                    in_flight.lock().insert(intent.order_id.clone());
                    begun.push(intent.order_id.clone());
                    Outcome::Written
                }
                Err(Unwritten::Used) => Outcome::Refused(Unwritten::Used),
                Err(unwritten) => return Err(unwritten),
            }
        }
        Command::Released(order_id, _) => store.released(order_id).map(|()| Outcome::Written)?,
        Command::Done(order_id, done, _) => {
            store.done(order_id, done).map(|()| Outcome::Written)?
        }
        Command::SentSince(account, since, _) => Outcome::Count(store.sent_since(account, *since)?),
        Command::Reconcile(order_id, note, _) => Outcome::Found(store.reconcile(order_id, note)?),
    })
}

fn report(command: Command, outcome: Outcome, in_flight: &InFlight) {
    match (command, outcome) {
        (Command::Intent(_, sender), Outcome::Refused(unwritten)) => {
            let _ = sender.send(Err(unwritten));
        }
        (Command::Intent(intent, sender), _) => {
            if sender.send(Ok(())).is_err() {
                // Its caller gave up: nobody will send it.
                in_flight.lock().remove(&intent.order_id);
            }
        }
        (Command::Released(_, sender), _) => {
            let _ = sender.send(Ok(()));
        }
        (Command::Done(order_id, _, sender), _) => {
            in_flight.lock().remove(&order_id);
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

fn refuse(command: Command, unwritten: Unwritten, in_flight: &InFlight) {
    match command {
        Command::Intent(_, sender) | Command::Released(_, sender) => {
            let _ = sender.send(Err(unwritten));
        }
        Command::Reconcile(_, _, sender) => {
            let _ = sender.send(Err(unwritten));
        }
        Command::Done(order_id, _, _) => {
            // Released and never done: unknown, which is safe to say.
            in_flight.lock().remove(&order_id);
        }
        Command::SentSince(..) => {}
    }
}

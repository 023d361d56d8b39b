//! Photos that are read on this machine, by a reader that the test stands in for.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::{AsyncClient, BatchInput, BatchOptions, CallOptions, Client};
use crate::Cancellation;
use crate::card::{Image, Photo, Recognition};
use crate::config::Config;
use crate::error::{Error, Kind};
use crate::facts::{Billed, RequestIds, Sent};
use crate::vendors::{Adapter, ReadHere, Refusal, Reply, Vendor};

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Does the work in place of a reading, which finds no card.
struct Reader<W>(W);

impl<W: Fn(&dyn Fn() -> bool) + Send + Sync> Adapter for Reader<W> {
    fn vendor(&self) -> Vendor {
        Vendor::Offline
    }

    fn read_here(&self) -> Option<&dyn ReadHere> {
        Some(self)
    }

    fn secrets(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl<W: Fn(&dyn Fn() -> bool) + Send + Sync> ReadHere for Reader<W> {
    fn read(&self, _: &Photo, stop: &dyn Fn() -> bool) -> Reply<Recognition> {
        (self.0)(stop);
        let result = Err(Refusal::new(Kind::CardNotFound, "no card"));
        Reply { ids: RequestIds::default(), billed: Billed::No, result }
    }
}

fn config(work: impl Fn(&dyn Fn() -> bool) + Send + Sync + 'static) -> Config {
    let mut config = Config::from_json(r#"{"vendors":[{"vendor":"offline"}]}"#).unwrap();
    config.timeout = PATIENCE;
    config.accounts[0].adapter = Arc::new(Reader(work));
    config
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::solid(cardwire_test_images::Format::Png, 20, 20))
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Returns a configuration whose reader goes on until it is told to stop, and what tells when it has
/// begun and when it has stopped.
fn endless() -> (Config, Receiver<()>, Receiver<()>) {
    let ((begin, begun), (end, ended)) = (channel(), channel());
    let config = config(move |stop| {
        begin.send(()).unwrap();
        while !stop() {
            thread::yield_now();
        }
        end.send(()).unwrap();
    });
    (config, begun, ended)
}

/// Ends a call while its photo is read, and returns its error.
fn ended(options: &CallOptions, end: impl FnOnce(&Client) + Send) -> Error {
    let (config, begun, ended) = endless();
    let client = Client::from_config(config);
    let error = thread::scope(|scope| {
        let call = scope.spawn(|| client.recognize(photo(), options).unwrap_err());
        begun.recv_timeout(PATIENCE).unwrap();
        end(&client);
        call.join().unwrap()
    });
    ended.recv_timeout(PATIENCE).unwrap();
    let facts = error.facts();
    assert_eq!((facts.sent, facts.billed, facts.attempts.len()), (Sent::No, Billed::No, 1));
    assert_eq!(facts.attempts[0].failure, Some(error.kind()));
    error
}

#[test]
fn a_call_that_ends_stops_its_reading() {
    let cancellation = Cancellation::new();
    let options = CallOptions::new().cancellation(&cancellation);
    assert_eq!(ended(&options, |_| cancellation.cancel()).kind(), Kind::Cancelled);
    assert_eq!(ended(&CallOptions::new(), Client::close).kind(), Kind::Cancelled);
    let options = CallOptions::new().timeout(Duration::from_secs(2));
    assert_eq!(ended(&options, |_| {}).kind(), Kind::Timeout);
}

#[test]
fn a_future_that_is_dropped_stops_its_reading() {
    let (config, begun, ended) = endless();
    let client = AsyncClient::from_config(config);
    let mut call = client.recognize(photo(), &CallOptions::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        while begun.try_recv().is_err() {
            tokio::select! {
                biased;
                _ = &mut call => panic!("nothing ends it"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
    });
    drop(call);
    ended.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn as_many_photos_are_read_at_once_as_there_are_processors() {
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    // So many wait for each other, so so many are read at once.
    let all = Barrier::new(processors());
    let seen = Arc::clone(&most);
    let client = Client::from_config(config(move |_| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        all.wait();
        now.fetch_sub(1, Ordering::SeqCst);
    }));
    let photos = 3 * processors();
    let options = BatchOptions::new().concurrency(photos);
    let inputs = (0..photos).map(|_| BatchInput::new(photo()));
    let items = client.recognize_many(inputs, &options);
    assert_eq!(items.filter(|item| item.result.is_err()).count(), photos);
    assert_eq!(most.load(Ordering::SeqCst), processors());
}

#[test]
fn no_thread_is_started_for_each_photo() {
    let threads = Arc::new(Mutex::new(HashSet::<ThreadId>::new()));
    let seen = Arc::clone(&threads);
    let client = Client::from_config(config(move |_| {
        seen.lock().unwrap().insert(thread::current().id());
    }));
    let begun = Instant::now();
    for _ in 0..500 {
        client.recognize(photo(), &CallOptions::new()).unwrap_err();
    }
    // A thread that was idle for a second is gone, and another may take its place.
    let most = processors() * (2 + begun.elapsed().as_secs() as usize);
    let threads = threads.lock().unwrap().len();
    assert!(threads <= most, "{threads} threads");
}

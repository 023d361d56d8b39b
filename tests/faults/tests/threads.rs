//! How many threads the library takes, whatever waits: two for calls, and a few for each thing that
//! waits by itself.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cardwire::bindings::ClientExt as _;
use cardwire::{CallOptions, Cardholder, Client, Config, Error, Event, Image, Kind, Sent};
use cardwire_sandbox::{Options, Sandbox, Settings};
use serde_json::{Value, json};

const CALLS: usize = 500;

/// The threads that calls run on, that look names up, and that ask a store.
const CALLING: usize = 2;
const NAMES: usize = 8;
const STORE: usize = 8;
/// The callbacks that wait with a thread in their place.
const CALLBACKS: usize = 8;

/// The tests count the threads of one process: one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    let name = format!("threads-{}-{name}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn sandbox() -> Sandbox {
    let settings = Settings::without_rates();
    Sandbox::start(Options { settings, ..Options::default() }).unwrap()
}

fn holder() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

/// Vendors under a name that has to be looked up, which may be asked as often as one likes.
fn by_name(config: &Value) -> Value {
    let text = config.to_string().replace("http://127.0.0.1:", "http://localhost:");
    let mut config: Value = serde_json::from_str(&text).unwrap();
    for vendor in config["vendors"].as_array_mut().unwrap() {
        vendor["requests_per_second"] = 1000.into();
    }
    config
}

/// Returns how many threads of each name the library has; a number stands for any. A thread that
/// only just started still has the name of the one that started it.
fn threads() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let Ok(name) = std::fs::read_to_string(task.path().join("comm")) else { continue };
        let name = name.trim_end().trim_end_matches(|one: char| one.is_ascii_digit());
        if name.starts_with("cardwire-") && name != "cardwire-sandbo" {
            *found.entry(name.to_owned()).or_default() += 1;
        }
    }
    found
}

/// Returns the most threads of the library at once while `run` does.
fn most_threads(run: impl FnOnce()) -> usize {
    let before = Instant::now();
    // Those of the test before are done, apart from the shared ones, which stay.
    while threads().iter().any(|(name, count)| name != "cardwire-" || *count > CALLING) {
        assert!(before.elapsed() < Duration::from_secs(60), "{:?}", threads());
        thread::sleep(Duration::from_millis(20));
    }
    let ended = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ended);
    let counting = thread::spawn(move || {
        let mut most = 0;
        while !seen.load(Ordering::Acquire) {
            most = most.max(threads().values().sum());
            thread::sleep(Duration::from_millis(1));
        }
        most
    });
    run();
    ended.store(true, Ordering::Release);
    let most = counting.join().unwrap();
    println!("at most {most} threads, at the end {:?}", threads());
    most
}

/// Starts so many calls at once and waits for all of them.
fn verify_at_once(client: &Client) -> Vec<Result<(), Error>> {
    let (told, ended) = channel();
    let begun = Instant::now();
    let options = CallOptions::new().timeout(Duration::from_secs(120));
    for _ in 0..CALLS {
        let told = told.clone();
        client.verify_then(holder(), &options, move |result| {
            told.send(result.map(|_| ())).unwrap();
        });
    }
    let answers = (0..CALLS).map(|_| ended.recv().unwrap()).collect();
    println!("{CALLS} calls in {:?}", begun.elapsed());
    answers
}

#[test]
fn many_calls_with_a_journal_take_two_threads() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let folder = folder("journal");
    let mut config = by_name(&sandbox.config());
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    let client = Client::from_json(&config.to_string()).unwrap();
    let most = most_threads(|| {
        let failed: Vec<Error> =
            verify_at_once(&client).into_iter().filter_map(Result::err).collect();
        assert!(failed.is_empty(), "{} of {CALLS}: {:?}", failed.len(), failed.first());
    });
    // The journal has one that writes, and one that opened it.
    assert!(most <= CALLING + 2 + NAMES, "{most}");
    drop(client);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn listeners_that_wait_for_one_lock_take_few_threads() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let config = Config::from_json(&by_name(&sandbox.config()).to_string()).unwrap();
    // As an interpreter's lock is held.
    let lock = Mutex::new(0);
    let events = Arc::new(move |_: &Event| {
        let mut told = lock.lock().unwrap();
        thread::sleep(Duration::from_millis(1));
        *told += 1;
    });
    let client = Client::with_observer(config, events);
    let most = most_threads(|| {
        let failed = verify_at_once(&client).into_iter().filter_map(Result::err).count();
        assert_eq!(failed, 0);
    });
    assert!(most <= CALLING + CALLBACKS + NAMES, "{most}");
}

/// Returns a store that takes connections, and gives a byte now and then or none.
fn store(drips: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut asked = [0; 1024];
                while stream.read(&mut asked).is_ok_and(|count| count > 0) {
                    // For longer than any of its answers is waited for.
                    for _ in 0..if drips { 30 } else { 0 } {
                        thread::sleep(Duration::from_millis(300));
                        if stream.write_all(b"$").is_err() {
                            break;
                        }
                    }
                }
            });
        }
    });
    format!("redis://{address}")
}

fn a_store_that_does_not_answer_holds_up_nothing_else(drips: bool) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let other = Client::from_json(&by_name(&sandbox.config()).to_string()).unwrap();
    let mut config = by_name(&sandbox.config());
    config["token_store"] = store(drips).into();
    let client = Client::from_json(&config.to_string()).unwrap();
    let most = most_threads(|| {
        thread::scope(|scope| {
            let calls = scope.spawn(|| verify_at_once(&client));
            thread::sleep(Duration::from_millis(300));
            let begun = Instant::now();
            assert!(other.verify(holder(), &CallOptions::new()).is_ok());
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            let answers = calls.join().unwrap();
            // Without the store each process keeps to the rate by itself.
            assert!(
                answers.iter().all(Result::is_ok),
                "{:?}",
                answers.iter().find(|one| one.is_err())
            );
        });
    });
    assert!(most <= CALLING + STORE + NAMES, "{most}");
}

#[test]
fn a_silent_store_has_its_own_threads() {
    a_store_that_does_not_answer_holds_up_nothing_else(false);
}

#[test]
fn a_dripping_store_has_its_own_threads() {
    a_store_that_does_not_answer_holds_up_nothing_else(true);
}

/// Returns a name for which nothing is ever read.
fn pipe(folder: &std::path::Path) -> PathBuf {
    let path = folder.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    path
}

#[test]
fn what_is_no_plain_file_is_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let folder = folder("pipe");
    let pipe = pipe(&folder);
    let client = Client::from_json(&sandbox.config().to_string()).unwrap();
    for path in [pipe.clone(), PathBuf::from("/dev/zero"), folder.clone()] {
        let error = client.recognize(Image::path(&path), &CallOptions::new()).unwrap_err();
        assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("image")));
        assert!(error.to_string().contains("expected a photo in the file"), "{error}");
    }
    for path in [pipe, PathBuf::from("/dev/zero"), folder.clone(), folder.join("none")] {
        let mut config = sandbox.config();
        config["ca_file"] = path.to_string_lossy().into();
        let error = Config::from_json(&config.to_string()).err().unwrap();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        let named = error.to_string().contains(&*path.to_string_lossy());
        assert!(named && error.to_string().contains("ca_file"), "{error}");
    }
    let _ = std::fs::remove_dir_all(folder);
}

/// Holds a file so that whoever opens it waits, as on a network's disk that does not answer; `None`
/// where the file system has no leases.
#[allow(unsafe_code, reason = "a lease is taken by fcntl alone")]
fn held(path: &Path) -> Option<File> {
    let file = File::options().read(true).write(true).open(path).unwrap();
    // SAFETY: the descriptor is open, and both take numbers alone. The signal says that somebody
    // waits, and would end the process.
    let taken = unsafe {
        libc::signal(libc::SIGIO, libc::SIG_IGN);
        libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK)
    };
    (taken == 0).then_some(file)
}

#[test]
fn a_photo_or_a_secret_on_a_slow_disk_holds_up_no_call_beyond_its_deadline() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let folder = folder("slow");
    let (photo, secret) = (folder.join("card.jpg"), folder.join("secret"));
    std::fs::write(&photo, cardwire_test_images::load("icbc-debit.jpg")).unwrap();
    let mut config = sandbox.config();
    for entry in config["vendors"].as_array_mut().unwrap() {
        if let Some(code) = entry["app_code"].as_str() {
            std::fs::write(&secret, code).unwrap();
            entry["app_code"] = json!({"file": secret});
        }
    }
    let client = Client::from_json(&config.to_string()).unwrap();
    let vendor = |name| CallOptions::new().vendor(name).timeout(Duration::from_millis(700));
    client.verify(holder(), &vendor("aliyun_yhkr")).unwrap();
    // It changed, so the next call reads it.
    let code = std::fs::read(&secret).unwrap();
    std::fs::write(&secret, [&code[..], b"\n"].concat()).unwrap();
    let (Some(slow_photo), Some(slow_secret)) = (held(&photo), held(&secret)) else {
        println!("skipped: the file system has no leases");
        return;
    };
    let ends_in_time = |call: &dyn Fn()| {
        let begun = Instant::now();
        call();
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    };
    ends_in_time(&|| {
        let error = client.recognize(Image::path(&photo), &vendor("wechat")).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::No));
    });
    // Who has a secret goes on with it, or ends by the deadline.
    ends_in_time(&|| {
        if let Err(error) = client.verify(holder(), &vendor("aliyun_yhkr")) {
            assert_eq!((error.kind(), error.sent()), (Kind::Timeout, Sent::No));
        }
    });
    // Neither file is needed here.
    ends_in_time(&|| client.verify(holder(), &vendor("tencent_faceid")).map(|_| ()).unwrap());
    drop((slow_photo, slow_secret));
    client.recognize(Image::path(&photo), &CallOptions::new().vendor("wechat")).unwrap();
    client.verify(holder(), &CallOptions::new().vendor("aliyun_yhkr")).unwrap();
    let _ = std::fs::remove_dir_all(folder);
}

/// Another process holds the journal when it is first needed: a call ends by its deadline, and those of
/// other clients go on.
#[test]
fn a_journal_that_is_held_keeps_no_call_beyond_its_deadline() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = sandbox();
    let folder = folder("held");
    let path = folder.join("orders.db");
    let mut config = sandbox.config();
    config["journal"] = path.to_string_lossy().into();
    let make = || Client::from_json(&config.to_string()).unwrap();
    assert!(make().verify(holder(), &CallOptions::new()).is_ok());
    let held = rusqlite::Connection::open(&path).unwrap();
    held.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let other = Client::from_json(&sandbox.config().to_string()).unwrap();
    for waits in [true, false] {
        let client = make();
        let options = CallOptions::new().timeout(Duration::from_millis(700));
        let begun = Instant::now();
        let error = if waits {
            client.verify(holder(), &options).unwrap_err()
        } else {
            let (told, ended) = channel();
            client.verify_then(holder(), &options, move |result| told.send(result).unwrap());
            for _ in 0..20 {
                assert!(other.verify(holder(), &CallOptions::new()).is_ok());
            }
            ended.recv().unwrap().unwrap_err()
        };
        assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
        assert_eq!((error.kind(), error.facts().sent), (Kind::Timeout, Sent::No));
        assert_eq!(error.message(), "the deadline passed before the order was in the journal");
        assert!(error.facts().order_id.is_some());
    }
    drop(held);
    assert!(make().verify(holder(), &CallOptions::new()).is_ok());
    let _ = std::fs::remove_dir_all(folder);
}

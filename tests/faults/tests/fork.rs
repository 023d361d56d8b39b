//! A forked child does nothing with what it inherited. It closes every descriptor, as a daemon
//! does, and opens files of its own under the same numbers; then it drops what its parent made, or ends.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "there is no safe fork")]

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;

use cardwire::bindings::ClientExt as _;
use cardwire::{
    AsyncClient, BatchOptions, CallOptions, Cancellation, Cardholder, Client, Config,
    CredentialAsk, CredentialProvider, Credentials, Image, Journal, Kind, OrderFilter, Providers,
};
use cardwire_faults::Redis;
use cardwire_sandbox::{Action, FaultKind, Operation, Options, Sandbox, Script, Vendor};
use futures_executor::{block_on, block_on_stream};
use serde_json::{Value, json};

/// How often each kind of owner is inherited: half of the children let go of it first, half just end.
const CHILDREN: usize = 200;

/// More than the parent holds.
const FILES: usize = 48;

const CONTENT: [u8; 64] = [b'.'; 64];

fn folder(name: &str) -> PathBuf {
    let name = format!("fork-{name}-{}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn holder() -> Cardholder {
    Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014")
}

fn photo() -> Image {
    Image::bytes(cardwire_test_images::load("icbc-debit.jpg"))
}

/// Opens the child's own files under the numbers that its parent's descriptors had.
fn become_a_daemon(folder: &Path) -> Vec<File> {
    for descriptor in 3..1024 {
        // SAFETY: nothing in this process uses the descriptors that it inherited: that is what the
        // test is about.
        unsafe { libc::close(descriptor) };
    }
    let mut files = Vec::with_capacity(FILES);
    for number in 0..FILES {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).open(folder.join(number.to_string()));
        files.push(file.unwrap());
    }
    files
}

/// Returns whether somebody used or closed one of the files.
fn is_touched(files: &[File]) -> bool {
    files.iter().any(|file| {
        let mut content = Vec::new();
        // From where it stands: a read by anybody else moved that.
        (&*file).read_to_end(&mut content).is_err() || content != CONTENT
    })
}

/// Makes children that inherit what `make` gives. Each closes its descriptors and opens files; every
/// second one lets go of what it inherited.
fn inherit<T: 'static>(what: &str, folder: &Path, owner: T, let_go: impl Fn(&T)) -> T {
    for number in 0..FILES {
        std::fs::write(folder.join(number.to_string()), CONTENT).unwrap();
    }
    for round in 0..CHILDREN {
        // SAFETY: the child does what any program does that forks without another one taking over.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // A child that hangs is a failure too.
            // SAFETY: it takes a number.
            unsafe { libc::alarm(20) };
            let files = become_a_daemon(folder);
            if round % 2 == 0 {
                let_go(&owner);
                drop(owner);
            }
            let touched = is_touched(&files);
            if round % 4 < 2 {
                // SAFETY: it takes a number, and runs what is to be run at the end of a process.
                unsafe { libc::exit(i32::from(touched)) };
            }
            // SAFETY: it takes a number.
            unsafe { libc::_exit(i32::from(touched)) };
        }
        let mut status = -1;
        // SAFETY: `status` can be written to.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "{what}, child {round}: status {status:#x}");
        for number in 0..FILES {
            let content = std::fs::read(folder.join(number.to_string())).unwrap();
            assert!(content == CONTENT, "{what}, child {round}: file {number} was written to");
        }
    }
    owner
}

/// In flight as long as the children take.
fn patient() -> CallOptions {
    CallOptions::new().timeout(Duration::from_secs(600))
}

/// So many verifications are never answered, 0 for all, after some that are.
fn never_answered(sandbox: &Sandbox, skip: u64, times: u64) {
    let action = Action::fault(FaultKind::NeverAnswer, 0);
    let script = Script::once(Vendor::TencentFaceid, Operation::Verify, action);
    sandbox.script(Script { skip, times, ..script });
}

fn client(config: &Value) -> Client {
    Client::from_json(&config.to_string()).unwrap()
}

/// Every kind of owner, made and used before the fork.
#[test]
fn a_child_touches_nothing_that_it_inherited() {
    let folder = folder("used");
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = sandbox.config();
    let verified = |client: &Client| {
        assert!(client.verify(holder(), &CallOptions::new()).is_ok());
        let (told, ended) = std::sync::mpsc::channel();
        client.verify_then(holder(), &CallOptions::new(), move |result| {
            told.send(result.is_ok()).unwrap();
        });
        assert!(ended.recv().unwrap());
    };
    let close = |client: &Client| {
        let error = client.verify(holder(), &CallOptions::new()).unwrap_err();
        assert_eq!(error.kind(), Kind::Closed);
        client.close();
    };

    let plain = client(&config);
    verified(&plain);
    verified(&inherit("a client", &folder, plain, close));

    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    let journaled = client(&config);
    verified(&journaled);
    let journaled = inherit("a client with a journal", &folder, journaled, |client| {
        assert_eq!(client.unknown_orders().unwrap_err().kind(), Kind::Closed);
        close(client);
    });
    verified(&journaled);
    drop(journaled);
    let journal = Journal::open(folder.join("orders.db")).unwrap();
    assert_eq!(journal.orders(&OrderFilter::new()).unwrap().len(), 4);
    let journal = inherit("a journal", &folder, journal, |journal| {
        assert_eq!(journal.unknown_orders().unwrap_err().kind(), Kind::Closed);
    });
    assert_eq!(journal.orders(&OrderFilter::new()).unwrap().len(), 4);
    drop(journal);

    if let Some(redis) = Redis::start() {
        config["token_store"] = redis.url().into();
        let stored = client(&config);
        stored.recognize(photo(), &CallOptions::new().vendor("wechat")).unwrap();
        verified(&stored);
        let stored = inherit("a client with a token store", &folder, stored, close);
        stored.recognize(photo(), &CallOptions::new().vendor("wechat")).unwrap();
    }

    let observed = Config::from_json(&config.to_string()).unwrap();
    let observed = Client::with_observer(observed, Arc::new(|_| {}));
    verified(&observed);
    verified(&inherit("a client with an observer", &folder, observed, close));
    let _ = std::fs::remove_dir_all(&folder);
}

/// The objects that wait or end a wait: calls in flight, their cancellation, a batch.
#[test]
fn a_child_wakes_nobody_of_its_parent() {
    let folder = folder("waiting");
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let client = client(&sandbox.config());
    assert!(client.verify(holder(), &CallOptions::new()).is_ok());
    never_answered(&sandbox, 0, 5);

    let cancellation = Cancellation::new();
    let options = patient().cancellation(&cancellation);
    let (told, ended) = std::sync::mpsc::channel();
    for _ in 0..4 {
        let told = told.clone();
        client.verify_then(holder(), &options, move |result| {
            let _ = told.send(result.map(|_| ()));
        });
    }
    let caller = {
        let (client, options) = (client.clone(), options.clone());
        std::thread::spawn(move || client.verify(holder(), &options).map(|_| ()))
    };
    let owners = (client.clone(), cancellation.clone());
    while sandbox.ledger().len() < 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
    inherit("calls in flight", &folder, owners, |(client, cancellation)| {
        cancellation.cancel();
        assert!(cancellation.is_cancelled());
        client.close();
    });
    assert!(!cancellation.is_cancelled() && ended.try_recv().is_err());
    cancellation.cancel();
    for _ in 0..4 {
        assert_eq!(ended.recv().unwrap().unwrap_err().kind(), Kind::Cancelled);
    }
    assert_eq!(caller.join().unwrap().unwrap_err().kind(), Kind::Cancelled);

    never_answered(&sandbox, 1, 0);
    let mut batch = client.verify_many(vec![holder(); 8], &BatchOptions::new().concurrency(8));
    assert!(batch.next().is_some_and(|item| item.result.is_ok()));
    inherit("a batch", &folder, std::cell::RefCell::new(batch), |batch| {
        let rest: Vec<_> = batch.borrow_mut().by_ref().collect();
        assert_eq!(rest.len(), 7);
        for item in rest {
            assert_eq!(item.result.unwrap_err().kind(), Kind::Closed);
        }
    });
    let _ = std::fs::remove_dir_all(&folder);
}

/// The client whose calls are futures: one under way, a stream under way, and new ones, which end in a child.
#[test]
fn a_child_waits_for_nobody_of_its_parent() {
    let folder = folder("futures");
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = sandbox.config();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    let client = AsyncClient::from_json(&config.to_string()).unwrap();
    assert!(block_on(client.verify(holder(), &CallOptions::new())).is_ok());
    never_answered(&sandbox, 1, 0);

    let cancellation = Cancellation::new();
    let options = patient().cancellation(&cancellation);
    let mut call = client.verify(holder(), &options);
    let options = BatchOptions::new().concurrency(4).call(options);
    let holders = futures_util::stream::iter(vec![holder(); 4]);
    let mut stream = block_on_stream(client.verify_many(holders, &options));
    assert!(stream.next().is_some_and(|item| item.result.is_ok()));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    while sandbox.ledger().len() < 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let owners = (client.clone(), Mutex::new(call), Mutex::new(stream));
    let owners = inherit("an async client", &folder, owners, |(client, call, stream)| {
        assert_eq!(block_on(&mut *call.lock().unwrap()).unwrap_err().kind(), Kind::Closed);
        for item in &mut *stream.lock().unwrap() {
            assert_eq!(item.result.unwrap_err().kind(), Kind::Closed);
        }
        let error = block_on(client.verify(holder(), &CallOptions::new())).unwrap_err();
        assert_eq!(error.kind(), Kind::Closed);
        assert_eq!(block_on(client.unknown_orders()).unwrap_err().kind(), Kind::Closed);
        block_on(client.close());
    });
    cancellation.cancel();
    let (_, call, stream) = owners;
    assert_eq!(block_on(call.into_inner().unwrap()).unwrap_err().kind(), Kind::Cancelled);
    let rest: Vec<_> = stream.into_inner().unwrap().collect();
    assert_eq!(rest.len(), 3);
    for item in rest {
        assert_eq!(item.result.unwrap_err().kind(), Kind::Cancelled);
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// A provider that hands its questions over.
struct HandsOver(mpsc::Sender<CredentialAsk>);

impl CredentialProvider for HandsOver {
    fn ask(&self, ask: CredentialAsk) {
        let _ = self.0.send(ask);
    }
}

/// Clients whose credentials come from the program: they were asked for, or the question is open.
#[test]
fn a_child_answers_nothing_that_its_parent_was_asked() {
    let folder = folder("asked");
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut entry = sandbox.config()["vendors"][4].clone();
    assert_eq!(entry["vendor"], "aliyun_yhkr");
    let code = entry["app_code"].as_str().unwrap().to_owned();
    entry["app_code"] = json!({"provider": "codes"});
    let (hand_over, asked) = mpsc::channel();
    let providers = Providers::new().with("codes", HandsOver(hand_over));
    let config = json!({"vendors": [entry]}).to_string();
    let config = || Config::from_json_with(&config, &providers).unwrap();
    let answers = |ask: CredentialAsk| ask.answer(Ok(Credentials::new(code.as_str())));

    let answered = Client::from_config(config());
    let (told, ended) = mpsc::channel();
    answered.verify_then(holder(), &patient(), move |result| told.send(result.is_ok()).unwrap());
    answers(asked.recv().unwrap());
    assert!(ended.recv().unwrap());
    let answered = inherit("a client that was given credentials", &folder, answered, |client| {
        let error = client.verify(holder(), &CallOptions::new()).unwrap_err();
        assert_eq!(error.kind(), Kind::Closed);
        client.close();
    });
    assert!(answered.verify(holder(), &CallOptions::new()).is_ok());

    for child_answers in [false, true] {
        let waiting = Client::from_config(config());
        let (told, ended) = mpsc::channel();
        waiting.verify_then(holder(), &patient(), move |result| {
            told.send(result.map(|_| ())).unwrap();
        });
        let question = Mutex::new(Some(asked.recv().unwrap()));
        let owners = (waiting, question);
        let owners = inherit("an open question", &folder, owners, |(_, question)| {
            let question = question.lock().unwrap().take().unwrap();
            assert!(question.is_given_up());
            if child_answers {
                answers(question);
            }
        });
        assert!(ended.try_recv().is_err());
        let question = owners.1.lock().unwrap().take().unwrap();
        assert!(!question.is_given_up());
        answers(question);
        assert!(ended.recv().unwrap().is_ok());
    }
    let _ = std::fs::remove_dir_all(&folder);
}

/// A cancellation from before the fork ends calls of a client that the child made.
#[test]
fn an_inherited_cancellation_works_in_the_child() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let cancellation = Cancellation::new();
    let options = CallOptions::new().cancellation(&cancellation);
    assert!(client(&sandbox.config()).verify(holder(), &options).is_ok());
    never_answered(&sandbox, 0, 0);
    // SAFETY: as above.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it takes a number.
        unsafe { libc::alarm(20) };
        let fresh = client(&sandbox.config());
        let canceller = cancellation.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let error = fresh.verify(holder(), &options).unwrap_err();
        // SAFETY: it takes a number.
        unsafe { libc::_exit(i32::from(error.kind() != Kind::Cancelled)) };
    }
    let mut status = -1;
    // SAFETY: `status` can be written to.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(!cancellation.is_cancelled());
}

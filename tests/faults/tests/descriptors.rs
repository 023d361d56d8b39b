//! A process that has no descriptor left: its calls say so, and the vendor is not blamed.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "a limit of the process is set")]

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use cardwire::bindings::ClientExt as _;
use cardwire::{CallOptions, Cardholder, Client, Journal, Kind, Sent};
use cardwire_sandbox::{Options, Sandbox};

/// The limit is the process's.
static ALONE: Mutex<()> = Mutex::new(());

fn limit(descriptors: u64) -> u64 {
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limits` can be written to, and read.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limits), 0);
        let before = limits.rlim_cur;
        limits.rlim_cur = descriptors;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limits), 0);
        before
    }
}

#[test]
fn a_journal_that_gets_no_descriptor_says_so() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = std::env::temp_dir().join(format!("descriptors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("orders.db");
    drop(Journal::open(&path).unwrap());
    let highest = File::open("/dev/null").unwrap();
    let before = limit(256);
    let mut taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let mut refused = 0;
    // One more each time, until it opens.
    while let Err(error) = Journal::open(&path) {
        let of_file = (error.kind(), error.path(), error.os_error());
        assert_eq!(of_file, (Kind::Storage, path.to_str(), Some(libc::EMFILE)), "{error}");
        assert!(error.message().contains("Too many open files"), "{error}");
        refused += 1;
        taken.pop();
    }
    drop((taken, highest));
    limit(before);
    assert!(refused > 2, "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_shortage_of_descriptors_opens_no_breaker() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let mut config = sandbox.config();
    config["retry"]["attempts"] = 1.into();
    let holder = || Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
    for host in ["127.0.0.1", "localhost"] {
        let config = config.to_string().replace("127.0.0.1", host);
        let client = Client::from_json(&config).unwrap();
        assert!(client.verify(holder(), &CallOptions::new()).is_ok());
        // Its connection is too old to be used again, and is closed, by then.
        std::thread::sleep(std::time::Duration::from_millis(2500));
        let highest = File::open("/dev/null").unwrap();
        let before = limit(256);
        let taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        let (told, ended) = std::sync::mpsc::channel();
        for _ in 0..40 {
            let told = told.clone();
            client.verify_then(holder(), &CallOptions::new(), move |result| {
                told.send(result.unwrap_err()).unwrap();
            });
        }
        for _ in 0..40 {
            let error = ended.recv().unwrap();
            let facts = error.facts();
            assert_eq!((error.kind(), facts.sent), (Kind::Network, Sent::No), "{error}");
            let cause = error.cause().unwrap();
            assert_eq!(cause.os_error(), Some(libc::EMFILE), "{error}");
        }
        drop((taken, highest));
        limit(before);
        let answer = client.verify(holder(), &CallOptions::new());
        assert!(answer.is_ok(), "{host}: {answer:?}");
    }
}

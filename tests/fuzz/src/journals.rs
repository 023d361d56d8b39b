//! Journal files that a crash, a disk or a stranger left.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use cardwire::fuzz_support::write_orders;
use cardwire::{Billed, Journal, Kind, OrderFilter, OrderStatus, Sent};

use crate::scratch;

const PAGE: usize = 4096;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| scratch::folder("journals"));

/// A journal with orders in the file, and one with as many more in its write-ahead log.
static MADE: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let path = FOLDER.join("made.db");
    let log = FOLDER.join("made.db-wal");
    write_orders(&path, ["order1", "order2", "order3"]).expect("a journal");
    let file = fs::read(&path).expect("a journal");
    // The log is there as long as somebody has the file open.
    let reader = Journal::open(&path).expect("a journal");
    write_orders(&path, ["order4", "order5", "order6"]).expect("a journal");
    let written = fs::read(&log).expect("a log");
    drop(reader);
    for path in [path, log] {
        let _ = fs::remove_file(path);
    }
    [file, written]
});

/// Changes a file as the bytes say: what, where, and with what.
fn change(file: &mut Vec<u8>, kind: u8, at: u32, value: u8) {
    let length = file.len().max(1);
    let at = at as usize % length;
    let page = at / PAGE * PAGE;
    let end = (page + PAGE).min(file.len());
    match kind % 8 {
        0 => file.truncate(at),
        1 => {
            if let Some(byte) = file.get_mut(at) {
                *byte = value;
            }
        }
        2 => {
            if let Some(byte) = file.get_mut(at) {
                *byte ^= 1 << (value % 8);
            }
        }
        3 => file.get_mut(page..end).into_iter().flatten().for_each(|byte| *byte = value),
        4 => {
            if let Some(page) = file.get(page..end).map(<[u8]>::to_vec) {
                let to = usize::from(value) * PAGE % length;
                let to = to / PAGE * PAGE;
                if let Some(place) = file.get_mut(to..to + page.len()) {
                    place.copy_from_slice(&page);
                }
            }
        }
        5 => file.extend(std::iter::repeat_n(value, at % 512)),
        // What is near the beginning says how to read the rest.
        6 => {
            if let Some(byte) = file.get_mut(at % 128) {
                *byte = value;
            }
        }
        _ => file
            .get_mut(at..(at + 8).min(length))
            .into_iter()
            .flatten()
            .for_each(|byte| *byte = value),
    }
}

pub(crate) fn run(data: &[u8]) {
    let Some((mode, data)) = data.split_first() else { return };
    let (mut file, mut log) = (MADE[0].clone(), MADE[1].clone());
    match mode % 4 {
        // A stranger's file, and one behind the true beginning of a journal.
        0 => (file, log) = (data.to_vec(), Vec::new()),
        1 => {
            file.truncate(100);
            file.extend_from_slice(data);
            log.clear();
        }
        kept => {
            for step in data.chunks_exact(6).take(64) {
                let [kind, a, b, c, d, value] = step else { continue };
                let at = u32::from_be_bytes([*a, *b, *c, *d]);
                change(if kind & 0x80 == 0 { &mut file } else { &mut log }, *kind, at, *value);
            }
            if kept == 2 {
                log.clear();
            }
        }
    }
    let path = FOLDER.join("journal.db");
    let beside = ["journal.db-wal", "journal.db-shm"].map(|name| FOLDER.join(name));
    fs::write(&path, &file).expect("the file is written");
    for path in &beside {
        let _ = fs::remove_file(path);
    }
    if !log.is_empty() {
        fs::write(&beside[0], &log).expect("the log is written");
    }
    read(&path);
    // And once more: what was left behind by the first time is read too.
    read(&path);
}

fn read(path: &std::path::Path) {
    let storage = |error: cardwire::Error| {
        assert_eq!(error.kind(), Kind::Storage);
        assert!(error.message().len() < 256 && !error.message().contains("SELECT"));
    };
    let journal = match Journal::open(path) {
        Ok(journal) => journal,
        Err(error) => return storage(error),
    };
    match journal.orders(&OrderFilter::new()) {
        Err(error) => storage(error),
        Ok(orders) => {
            for order in &orders {
                match order.status {
                    OrderStatus::NotSent => assert_eq!(order.sent, Sent::No),
                    OrderStatus::Answered => assert_eq!(order.sent, Sent::Yes),
                    OrderStatus::InFlight | OrderStatus::Unknown => {
                        assert_eq!((order.sent, order.billed), (Sent::Unknown, Billed::Unknown));
                    }
                }
                serde_json::from_str::<serde_json::Value>(&order.to_json()).expect("JSON");
            }
        }
    }
    journal.unknown_orders().map_or_else(storage, |orders| {
        assert!(orders.iter().all(|order| order.status == OrderStatus::Unknown));
    });
    journal.find_order("order2").map_or_else(storage, drop);
    if let Err(error) = journal.reconcile_order("order2", "settled")
        && error.kind() != Kind::InvalidArgument
    {
        storage(error);
    }
    drop(journal);
    // A client writes to it or says that it cannot.
    if let Err(error) = write_orders(path, ["order1", "order7", "order8"])
        && error.kind() != Kind::InvalidArgument
    {
        storage(error);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        vec![0],
        b"\0SQLite format 3\0".to_vec(),
        b"\0not a journal".to_vec(),
        vec![1],
        vec![2],
        vec![3],
        [&[0][..], &MADE[0][..100]].concat(),
    ];
    for kind in 0..8_u8 {
        for (flag, at) in [(0, 60_u32), (0, 5000), (0, 9000), (0x80, 40), (0x80, 5000)] {
            let mut seed = vec![3, kind | flag];
            seed.extend_from_slice(&at.to_be_bytes());
            seed.push(1);
            seeds.push(seed);
        }
    }
    seeds
}

//! A program that calls until it is killed: `cardwire-fault-caller CONFIG THREADS [EVENT COUNT]`.
//! It ends itself, without any clean-up, at the COUNT-th EVENT: an event's name, or the state of an
//! `order_written`. Every result is a line on standard output, as `caller::call` returns it. With
//! `CARDWIRE_OPENERS` set, a thread opens the journal's files meanwhile, as strangers in the process
//! do; with `CARDWIRE_PHOTOS` set, photos are read from files in that folder.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardwire_faults::caller::{call, mortal, report};

/// The stack of a thread that calls, in bytes.
const STACK: usize = 2 * 1024 * 1024;

fn main() {
    if let Err(problem) = run() {
        eprintln!("{problem}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, threads, point @ ..] = arguments.as_slice() else {
        return Err("usage: cardwire-fault-caller CONFIG THREADS [EVENT COUNT]".to_owned());
    };
    let config = std::fs::read_to_string(config).map_err(|error| error.to_string())?;
    if std::env::var_os("CARDWIRE_OPENERS").is_some() {
        let document: serde_json::Value =
            serde_json::from_str(&config).map_err(|error| error.to_string())?;
        let journal = document["journal"].as_str().ok_or("no journal to open")?.to_owned();
        std::thread::spawn(move || open_and_close(&journal));
    }
    let threads: usize = threads.parse().map_err(|_| "THREADS is a number")?;
    let client = mortal(&config, point)?;
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            // Without a size of its own its stack would be what the environment says.
            let caller = std::thread::Builder::new().name("caller".to_owned()).stack_size(STACK);
            caller
                .spawn_scoped(scope, || {
                    loop {
                        if let Some(line) = call(&client, next.fetch_add(1, Ordering::Relaxed)) {
                            report(&line.join(" "));
                        }
                    }
                })
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}

/// Reads a few bytes of each file and closes it, which drops the locks of a process, and now and then
/// makes a second connection that checkpoints and goes.
fn open_and_close(journal: &str) {
    for round in 0_u64.. {
        for end in ["", "-wal", "-shm"] {
            if let Ok(mut file) = std::fs::File::open(format!("{journal}{end}")) {
                let _ = file.read(&mut [0; 16]);
            }
        }
        if round.is_multiple_of(8)
            && let Ok(connection) = rusqlite::Connection::open(journal)
        {
            let count = "SELECT count(*) FROM orders";
            let _ = connection.query_row(count, [], |row| row.get::<_, i64>(0));
            let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
}

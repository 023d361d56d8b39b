//! Disks that are full, read-only or taken away: without its journal nothing billed is sent, and
//! what is not billed goes on.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use cardwire::{
    Billed, CallOptions, Cardholder, Client, Error, Image, Journal, Kind, OrderFilter, Sent,
};
use cardwire_faults::caller;
use cardwire_sandbox::{Entry, Operation, Options, Sandbox, Settings, Vendor};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("disk-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sandbox() -> Sandbox {
    let settings = Settings::without_rates();
    Sandbox::start(Options { settings, ..Options::default() }).unwrap()
}

fn config(sandbox: &Sandbox, journal: &Path) -> String {
    let mut config = sandbox.config();
    config["vendors"][3]["requests_per_second"] = 1_000_000.into();
    config["journal"] = journal.to_string_lossy().into();
    config.to_string()
}

fn billed(sandbox: &Sandbox) -> Vec<Entry> {
    let billed =
        |entry: &Entry| matches!(entry.operation, Operation::Recognize | Operation::Verify);
    sandbox.ledger().into_iter().filter(billed).collect()
}

/// Runs the calling program in a shell that first prepares its disk, until so many calls ended with
/// `storage`. What each call came to, or `None` where the shell may not do that here.
fn run(
    sandbox: &Sandbox,
    config: &str,
    shell: &[&str],
    failures: usize,
) -> Option<Vec<[String; 4]>> {
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .env("CALLER", env!("CARGO_BIN_EXE_cardwire-fault-caller"))
        .env("CONFIG", config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut told = Vec::new();
    let mut failed = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let Ok(words) = <[String; 4]>::try_from(words) else { continue };
        failed += usize::from(words[1] == "storage");
        told.push(words);
        if failed >= failures {
            break;
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    let mut last = usize::MAX;
    while last != sandbox.ledger().len() {
        last = sandbox.ledger().len();
        thread::sleep(Duration::from_millis(50));
    }
    (!told.is_empty()).then_some(told)
}

/// No call that ended with `storage` was executed, and every call that was executed was told of or
/// was running at the end.
fn hold_against(sandbox: &Sandbox, told: &[[String; 4]], threads: usize) {
    let fresh = self::sandbox();
    let folder = Folder::new();
    let client = Client::from_json(&config(&fresh, &folder.path("orders.db"))).unwrap();
    for index in 0..Vendor::ALL.len() {
        caller::call(&client, index).unwrap();
    }
    let first = |vendor| {
        billed(&fresh).iter().find(|one| one.vendor == vendor).map(caller::length).unwrap()
    };
    let executed: HashSet<usize> = billed(sandbox)
        .into_iter()
        .filter(|entry| entry.executed)
        .map(|entry| {
            let first = first(entry.vendor);
            caller::index_by_length(entry.vendor, caller::length(&entry), first).unwrap()
        })
        .collect();
    let mut done = 0;
    for [order, kind, billed, _] in told {
        let index = caller::index_of(order).unwrap();
        if kind == "storage" {
            assert_eq!(billed, "no", "{order}");
            assert!(!executed.contains(&index), "{order} was executed");
        } else {
            done += usize::from(executed.contains(&index));
        }
    }
    assert!(executed.len() - done <= threads, "{} executed, {done} told of", executed.len());
}

#[test]
fn a_disk_that_fills_up_stops_billed_calls() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let disk = folder.path("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let file = folder.path("config.json");
    std::fs::write(&file, config(&sandbox, &disk.join("orders.db"))).unwrap();
    let disk = disk.to_string_lossy();
    // A disk of its own that only this program sees; and a limit on the length of its files.
    let small =
        format!("mount -t tmpfs -o size=192k tmpfs '{disk}' && exec \"$CALLER\" \"$CONFIG\" 3");
    let limited = "trap '' XFSZ; ulimit -f 200; exec \"$CALLER\" \"$CONFIG\" 3";
    const ENOSPC: &str = "28";
    const EFBIG: &str = "27";
    for (shell, reason) in
        [(&["unshare", "-Urm", "sh", "-c", &small][..], ENOSPC), (&["sh", "-c", limited], EFBIG)]
    {
        sandbox.reset();
        let Some(told) = run(&sandbox, &file.to_string_lossy(), shell, 60) else {
            println!("SKIPPED: no disk can be made here with {}", shell[0]);
            continue;
        };
        assert!(told.iter().any(|[_, kind, ..]| kind == "ok"), "{told:?}");
        println!("{}: {} calls, {} executed", shell[0], told.len(), billed(&sandbox).len());
        hold_against(&sandbox, &told, 3);
        // It stays so.
        let mut by_number = told.clone();
        by_number.sort_by_key(|[order, ..]| caller::index_of(order));
        let last = &by_number[by_number.len() - 40..];
        let is_of_disk =
            |[_, kind, _, os_error]: &[String; 4]| kind == "storage" && os_error == reason;
        assert!(last.iter().all(is_of_disk), "{last:?}");
    }
}

#[test]
fn an_export_that_cannot_be_written_leaves_no_file() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let path = folder.path("orders.db");
    let client = Client::from_json(&config(&sandbox, &path)).unwrap();
    recognize(&client).unwrap();
    let shell =
        "trap '' XFSZ; ulimit -f 0; exec \"$EXPORTER\" --exact an_export_is_limited --ignored";
    let export = folder.path("export.jsonl");
    let ended = Command::new("sh")
        .args(["-c", shell])
        .env("EXPORTER", std::env::current_exe().unwrap())
        .env("JOURNAL", &path)
        .env("EXPORT", &export)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    assert!(!export.exists());
    assert_eq!(client.export_orders(&OrderFilter::new(), &export).unwrap(), 1);
}

#[test]
#[ignore = "run by the test above, in a process whose files have no length"]
fn an_export_is_limited() {
    let var = |name| PathBuf::from(std::env::var_os(name).unwrap());
    let journal = Journal::open(var("JOURNAL")).unwrap();
    let error = journal.export_to(&OrderFilter::new(), var("EXPORT")).unwrap_err();
    let of_file = (error.kind(), error.path(), error.os_error());
    assert_eq!(of_file, (Kind::Storage, var("EXPORT").to_str(), Some(27)), "{error}");
}

#[test]
fn where_nothing_can_be_written_nothing_billed_is_sent() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let disk = folder.path("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let file = folder.path("config.json");
    std::fs::write(&file, config(&sandbox, &disk.join("orders.db"))).unwrap();
    let disk = disk.to_string_lossy();
    let shell = format!(
        "mount -t tmpfs tmpfs '{disk}' && mount -o remount,ro '{disk}' && \
         exec \"$CALLER\" \"$CONFIG\" 2"
    );
    // The client itself is refused, with the path.
    let ended = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &shell])
        .env("CALLER", env!("CARGO_BIN_EXE_cardwire-fault-caller"))
        .env("CONFIG", &file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    if said.contains("unshare") || said.contains("mount") {
        println!("SKIPPED: no disk can be made here with unshare");
    } else {
        let expected = "expected permission to write to the folder of the file ";
        assert!(said.contains(expected) && said.contains("orders.db, found none"), "{said}");
    }
    let text = folder.path("text").display().to_string();
    std::fs::write(&text, "no journal").unwrap();
    for path in ["/dev/full", "/dev/zero", "/dev/null", &text] {
        let error = Client::from_json(&config(&sandbox, Path::new(path))).unwrap_err();
        assert_eq!((error.kind(), error.path()), (Kind::InvalidConfig, Some(path)));
        assert!(error.message().contains(&format!(" the file {path}, found ")), "{error}");
    }
    let other = folder.path("other.db");
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    // What only opening it can tell is told by the first call.
    let client = Client::from_json(&config(&sandbox, &other)).unwrap();
    let error = recognize(&client).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No));
    assert_eq!(error.path(), Some(&*other.to_string_lossy()));
    let message = "the journal cannot be used: it is another program's SQLite file: the file ";
    assert!(error.message().starts_with(message), "{error}");
    // Once it is in the file itself, the client is refused.
    drop(connection);
    let error = Client::from_json(&config(&sandbox, &other)).unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (Kind::InvalidConfig, Some(&*other.to_string_lossy()))
    );
    assert!(error.message().ends_with(", found another program's database"), "{error}");
    assert!(billed(&sandbox).is_empty());
    // Tokens are fetched all the same.
    assert!(sandbox.ledger().iter().any(|entry| entry.operation == Operation::Token));
}

fn recognize(client: &Client) -> Result<String, Error> {
    let photo = Image::bytes(cardwire_test_images::load("icbc-debit.jpg"));
    let options = CallOptions::new().vendor("tencent_kyc");
    client.recognize(photo, &options).map(|card| card.order_id().unwrap().to_owned())
}

#[test]
fn a_journal_that_is_taken_away_stops_billed_calls() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 5] = [
        ("removed", |path| std::fs::remove_file(path).unwrap()),
        ("moved", |path| std::fs::rename(path, path.with_extension("old")).unwrap()),
        ("cut", |path| {
            std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
        }),
        ("replaced", |path| {
            let other = path.with_extension("other");
            std::fs::write(&other, vec![7; 20_000]).unwrap();
            std::fs::rename(&other, path).unwrap();
        }),
        ("without its log", |path| {
            std::fs::remove_file(path.with_extension("db-wal")).unwrap();
        }),
    ];
    for (name, harm) in harms {
        let (sandbox, folder) = (sandbox(), Folder::new());
        let path = folder.path("orders.db");
        let client = Client::from_json(&config(&sandbox, &path)).unwrap();
        let order = recognize(&client).unwrap();
        let holder = Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
        client.verify(holder, &CallOptions::new().vendor("aliyun_yhkr")).unwrap();
        harm(&path);
        for _ in 0..3 {
            let error = recognize(&client).unwrap_err();
            assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No), "{name}");
            assert_eq!((error.billed(), error.attempts().len()), (Billed::No, 0), "{name}");
        }
        assert_eq!(billed(&sandbox).len(), 2, "{name}");
        let kept = client.fetch_order(&order, &CallOptions::new()).unwrap();
        assert!(kept.card_number.is_some(), "{name}");
    }
}

#[test]
fn what_is_no_journal_any_more_is_not_used() {
    let (sandbox, folder) = (sandbox(), Folder::new());
    let path = folder.path("orders.db");
    let config = config(&sandbox, &path);
    recognize(&Client::from_json(&config).unwrap()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let cut = &whole[..whole.len() / 2];
    let mut wrong = whole.clone();
    wrong[100..].fill(0xA5);
    let garbage = vec![0xA5; whole.len()];
    std::fs::write(&path, &garbage).unwrap();
    let error = Client::from_json(&config).unwrap_err();
    assert_eq!((error.kind(), error.path()), (Kind::InvalidConfig, Some(&*path.to_string_lossy())));
    for (name, bytes) in [("cut", cut), ("wrong", &wrong)] {
        std::fs::write(&path, bytes).unwrap();
        let before = billed(&sandbox).len();
        let client = Client::from_json(&config).unwrap();
        let error = recognize(&client).unwrap_err();
        assert_eq!((error.kind(), error.sent()), (Kind::Storage, Sent::No), "{name}");
        assert_eq!(client.orders(&OrderFilter::new()).unwrap_err().kind(), Kind::Storage, "{name}");
        assert_eq!(billed(&sandbox).len(), before, "{name}");
    }
}

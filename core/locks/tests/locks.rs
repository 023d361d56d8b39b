//! The locks against others in the same process, other processes, forks and kills. A test that needs
//! another process runs this program once more with a word in `CARDWIRE_LOCKS_ROLE`.
#![cfg(any(target_os = "linux", target_os = "android"))]

use std::ffi::CString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cardwire_locks::{Presence, covers, install};
use rusqlite::Connection;

/// The offset that SQLite calls SHARED_FIRST, the bytes of the shared memory that writers lock, the
/// one that readers share first, and the one that says that the memory is in use.
const SHARED: i64 = 0x4000_0002;
const WRITERS: [i64; 3] = [120, 121, 122];
const READERS: i64 = 123;
const IN_USE: i64 = 128;

/// Forks, descriptors and a process's own locks: one test at a time.
static ONE: Mutex<()> = Mutex::new(());

struct Folder(PathBuf, #[allow(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("locks-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        Folder(folder, ONE.lock().unwrap_or_else(PoisonError::into_inner))
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

fn open(path: &Path) -> Connection {
    install(path).unwrap();
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(2)).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (x)")
        .unwrap();
    connection
}

fn count(connection: &Connection) -> i64 {
    connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
}

/// Returns whether a POSIX lock of this process, which is somebody else's to the library, meets
/// another.
fn meets_a_lock(path: &Path, at: i64) -> bool {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut record: libc::flock = unsafe { std::mem::zeroed() };
    record.l_type = libc::F_WRLCK as libc::c_short;
    (record.l_start, record.l_len) = (at, 1);
    assert_eq!(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut record) }, 0);
    record.l_type != libc::F_UNLCK as libc::c_short
}

fn role(role: &str, path: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process", "--nocapture"])
        .env("CARDWIRE_LOCKS_ROLE", role)
        .env("CARDWIRE_LOCKS_PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("ready") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "{role} ended early");
    }
    (child, output)
}

/// Not a test by itself: what the tests run beside them.
#[test]
fn another_process() {
    let Ok(role) = std::env::var("CARDWIRE_LOCKS_ROLE") else { return };
    let path = PathBuf::from(std::env::var("CARDWIRE_LOCKS_PATH").unwrap());
    if role == "early" {
        let early = Connection::open(&path).unwrap();
        count(&early);
        let late = open(&path);
        count(&late);
        println!("{}", if covers(&path) { "covered" } else { "ready" });
        drop((early, late));
        let fresh = open(&path);
        count(&fresh);
        println!("{}", if covers(&path) { "covered" } else { "open" });
        return;
    }
    let connection = open(&path);
    match role.as_str() {
        "reader" => {
            count(&connection);
            println!("ready");
        }
        // In the middle of a commit, with a child that lives on.
        "forks" => {
            let presence = Presence::open(&path).unwrap();
            assert!(presence.hold(7).unwrap());
            connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
            let child = unsafe { libc::fork() };
            if child == 0 {
                std::thread::sleep(Duration::from_secs(600));
                unsafe { libc::_exit(0) };
            }
            println!("ready {child}");
            println!("{child}");
            // With all of it in hand.
            let _ = std::io::stdin().read(&mut [0]);
        }
        other => panic!("{other}"),
    }
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn what_is_opened_and_closed_beside_them_takes_no_locks_away() {
    let folder = Folder::new("beside");
    let path = folder.path("a.db");
    let connection = open(&path);
    count(&connection);
    let index = folder.path("a.db-shm");
    for _ in 0..3 {
        for file in [&path, &index, &folder.path("a.db-wal")] {
            let mut bytes = [0; 16];
            File::open(file).unwrap().read_exact(&mut bytes).unwrap();
        }
        assert!(meets_a_lock(&path, SHARED) && meets_a_lock(&index, IN_USE));
    }
    // Nor do other connections of the same copy, however they come and go.
    let second = open(&path);
    let third = open(&path);
    drop(connection);
    assert!(meets_a_lock(&path, SHARED) && meets_a_lock(&index, IN_USE));
    third.execute_batch("INSERT INTO t VALUES (1); PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(second);
    assert!(meets_a_lock(&path, SHARED) && meets_a_lock(&index, IN_USE));
    assert_eq!(count(&third), 1);
    drop(third);
    // The last one takes its log along, as ever.
    assert!(!index.exists() && !meets_a_lock(&path, SHARED));
}

#[test]
fn another_sqlite_cannot_write_where_this_one_has_the_database_open() {
    let folder = Folder::new("writers");
    let path = folder.path("a.db");
    let index = folder.path("a.db-shm");
    let connection = open(&path);
    let second = open(&path);
    assert!(WRITERS.iter().all(|byte| meets_a_lock(&index, *byte)));
    // Writers of this one wait for each other, and its readers for nobody.
    connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
    second.busy_timeout(Duration::ZERO).unwrap();
    assert!(second.execute_batch("BEGIN IMMEDIATE").is_err());
    assert_eq!(count(&second), 0);
    connection.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&second), 1);
    assert!(!meets_a_lock(&index, READERS));
    drop((connection, second));

    // Of a database that is nobody's, only the locks are those of the open file.
    let path = folder.path("b.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    let index = folder.path("b.db-shm");
    assert!(meets_a_lock(&index, IN_USE) && !meets_a_lock(&index, WRITERS[0]));
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(meets_a_lock(&index, WRITERS[0]));
}

#[test]
fn connections_share_their_locks_whichever_took_them() {
    let folder = Folder::new("share");
    let path = folder.path("a.db");
    install(&path).unwrap();
    // Without a log the file's own locks go up and down with every transaction.
    let connections: Vec<Connection> = (0..3).map(|_| Connection::open(&path).unwrap()).collect();
    connections[0].execute_batch("PRAGMA journal_mode = DELETE; CREATE TABLE t (x)").unwrap();
    for connection in &connections {
        connection.busy_timeout(Duration::ZERO).unwrap();
    }
    for round in 0..60 {
        let first = &connections[round % 3];
        let (second, third) = (&connections[(round + 1) % 3], &connections[(round + 2) % 3]);
        // Held by one, then by the other, then alone.
        first.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        second.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        assert!(third.execute_batch("INSERT INTO t VALUES (1)").is_err());
        first.execute_batch("COMMIT").unwrap();
        second.execute_batch("INSERT INTO t VALUES (1); COMMIT").unwrap();
        assert!(!meets_a_lock(&path, SHARED));
    }
    assert_eq!(count(&connections[0]), 60);
}

#[test]
fn the_locks_of_others_in_the_process_are_left_alone_and_nothing_piles_up() {
    let folder = Folder::new("others");
    let path = folder.path("a.db");
    drop(open(&path));
    let (mut child, _output) = role("reader", &path);
    let locked = |path: &Path| {
        // Another process sees whether this one's POSIX lock is there.
        let text = std::fs::read_to_string("/proc/locks").unwrap();
        let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
        let pid = std::process::id().to_string();
        text.lines().any(|line| {
            line.contains("POSIX") && line.contains(&format!(":{inode} ")) && line.contains(&pid)
        })
    };
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let mine = File::options().read(true).write(true).open(&path).unwrap();
    let mut record: libc::flock = unsafe { std::mem::zeroed() };
    record.l_type = libc::F_RDLCK as libc::c_short;
    (record.l_start, record.l_len) = (SHARED + 5, 1);
    assert_eq!(unsafe { libc::fcntl(mine.as_raw_fd(), libc::F_SETLK, &raw mut record) }, 0);
    let mut most = 0;
    for round in 0..50 {
        let connection = open(&path);
        let presence = Presence::open(&path).unwrap();
        assert!(presence.hold(round).unwrap());
        drop((connection, presence));
        // The list is not read at once, and may lack one while others come and go.
        assert!((0..20).any(|_| locked(&path)), "{round}");
        if round == 4 {
            most = descriptors();
        }
    }
    assert!(descriptors() <= most + 2, "{} descriptors, {most} before", descriptors());
    drop(mine);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(open(&path));
    assert!(descriptors() < most, "nobody else is there, and what was kept is closed");
}

/// A process that nobody else ends.
struct Orphan(libc::pid_t);

impl Drop for Orphan {
    fn drop(&mut self) {
        unsafe { libc::kill(self.0, libc::SIGKILL) };
    }
}

#[test]
fn a_child_that_lives_on_holds_no_lock_of_its_dead_parent() {
    let folder = Folder::new("forks");
    let path = folder.path("a.db");
    let connection = open(&path);
    let presence = Presence::open(&path).unwrap();
    let (mut parent, mut output) = role("forks", &path);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let child = Orphan(line.trim().parse().unwrap());
    assert_eq!(presence.is_held(7), Some(true));
    connection.busy_timeout(Duration::from_millis(50)).unwrap();
    assert!(connection.execute_batch("BEGIN IMMEDIATE").is_err());
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert_eq!(unsafe { libc::kill(child.0, 0) }, 0, "the child lives");
    let since = Instant::now();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (2); COMMIT").unwrap();
    assert!(since.elapsed() < Duration::from_secs(1));
    assert_eq!(presence.is_held(7), Some(false));
    assert_eq!(count(&connection), 1);
}

#[test]
fn a_child_has_locks_of_its_own_and_touches_no_descriptor_of_its_parent() {
    let folder = Folder::new("child");
    let path = folder.path("a.db");
    let connection = open(&path);
    let presence = Presence::open(&path).unwrap();
    assert!(presence.hold(1).unwrap());
    count(&connection);
    let mut pipe = [0; 2];
    assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0);
    let child = unsafe { libc::fork() };
    if child == 0 {
        let works = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let own = open(&path);
            own.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
            assert_eq!(Presence::open(&path).unwrap().is_held(1), Some(true));
            // The parent cannot write now; it says so by a byte.
            unsafe { libc::write(pipe[1], b"x".as_ptr().cast(), 1) };
            std::thread::sleep(Duration::from_millis(300));
            own.execute_batch("COMMIT").unwrap();
            // Files of its own take the numbers of what it inherited.
            for number in 3..64 {
                unsafe { libc::close(number) };
            }
            let name = CString::new(folder.path("own").to_str().unwrap()).unwrap();
            let flags = libc::O_RDWR | libc::O_CREAT | libc::O_APPEND;
            while unsafe { libc::open(name.as_ptr(), flags, 0o600) } < 60 {}
            // The parent's, as the child has them; the parent keeps its own.
            drop(unsafe { (std::ptr::read(&connection), std::ptr::read(&presence)) });
            assert_eq!(std::fs::metadata(folder.path("own")).unwrap().len(), 0);
            for number in 3..60 {
                assert!(unsafe { libc::fcntl(number, libc::F_GETFD) } >= 0, "{number} was closed");
            }
        }));
        unsafe { libc::_exit(i32::from(works.is_err())) };
    }
    assert_eq!(unsafe { libc::read(pipe[0], [0_u8].as_mut_ptr().cast(), 1) }, 1);
    connection.busy_timeout(Duration::from_millis(20)).unwrap();
    assert!(connection.execute_batch("BEGIN IMMEDIATE").is_err());
    let mut status = 0;
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0);
    assert_eq!(count(&connection), 1);
    let other = Presence::open(&path).unwrap();
    assert_eq!(other.is_held(1), Some(true), "the child took nothing of its parent's");
}

#[test]
fn a_child_finds_no_mutex_that_another_thread_of_its_parent_had() {
    let folder = Folder::new("mutexes");
    let path = folder.path("a.db");
    drop(open(&path));
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    count(&open(&path));
                }
            });
        }
        let mut stuck = 0;
        for _ in 0..150 {
            let child = unsafe { libc::fork() };
            if child == 0 {
                unsafe { libc::alarm(5) };
                let works = std::panic::catch_unwind(|| count(&open(&folder.path("own.db"))));
                unsafe { libc::_exit(i32::from(works.is_err())) };
            }
            let mut status = 0;
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            stuck += usize::from(status != 0);
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(stuck, 0, "children that did not end by themselves");
    });
}

#[test]
fn a_connection_of_before_is_told_from_one_of_after() {
    let folder = Folder::new("early");
    let path = folder.path("a.db");
    drop(open(&path));
    let (mut child, mut output) = role("early", &path);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "covered\n");
    child.wait().unwrap();
}

#[test]
fn a_place_has_one_holder_until_it_goes() {
    let folder = Folder::new("byte");
    let path = folder.path("file");
    File::create(&path).unwrap().write_all(b"x").unwrap();
    let (first, second) = (Presence::open(&path).unwrap(), Presence::open(&path).unwrap());
    assert!(first.hold(5).unwrap());
    assert_eq!((second.is_held(5), second.is_held(6)), (Some(true), Some(false)));
    assert!(!second.hold(5).unwrap());
    assert_eq!(first.file_id(), second.file_id());
    drop(File::open(&path).unwrap());
    assert_eq!(second.is_held(5), Some(true));
    drop(first);
    assert_eq!(second.is_held(5), Some(false));
    std::os::unix::fs::symlink(&path, folder.path("link")).unwrap();
    assert!(Presence::open(&folder.path("link")).is_err());
}

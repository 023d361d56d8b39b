//! The library within its process: its threads, its descriptors, and the
//! environment, which it does not read.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cardwire_faults::Redis;
use cardwire_sandbox::{Certificate, Options, Sandbox};
use serde_json::{Value, json};

/// Those that a thread brings upon itself: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS.
const FAULTS: [u32; 7] = [4, 5, 6, 7, 8, 11, 31];
/// SIGKILL and SIGSTOP, which nothing blocks.
const NEVER: [u32; 2] = [9, 19];

const CALLERS: usize = 3;

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("process-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn caller(config: &Value, folder: &Path) -> Command {
    let path = folder.join("config.json");
    std::fs::write(&path, config.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardwire-fault-caller"));
    command.arg(&path).arg(CALLERS.to_string()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Builds a library that stands before the system's in the programs that preload it.
fn built(folder: &Path, source: &str) -> PathBuf {
    let (file, library) = (folder.join("preloaded.c"), folder.join("preloaded.so"));
    std::fs::write(&file, source).unwrap();
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&file).status();
    assert!(built.unwrap().success());
    library
}

/// Returns the outcomes of its first calls.
fn outcomes(child: &mut Child, count: usize) -> Vec<String> {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let outcome = |line: String| line.split(' ').nth(1).unwrap_or_default().to_owned();
    lines.map_while(Result::ok).take(count).map(outcome).collect()
}

fn end(mut child: Child) -> String {
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

#[test]
fn its_threads_bear_its_name_and_are_sent_no_signals_and_its_files_are_its_own() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let folder = folder("threads");
    let redis = Redis::start();
    let mut config = sandbox.config();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    if let Some(redis) = &redis {
        config["token_store"] = redis.url().into();
        config["vendors"][4]["requests_per_second"] = 1000.into();
    }
    // Looking a name up takes threads of its own.
    let text = config.to_string().replace("http://127.0.0.1:", "http://localhost:");
    let config: Value = serde_json::from_str(&text).unwrap();
    let mut child = caller(&config, &folder).spawn().unwrap();
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let seen = outcomes(&mut child, 40);
    assert!(seen.iter().all(|outcome| outcome == "ok"), "{seen:?}");
    let mut expected = u64::MAX;
    for signal in FAULTS.into_iter().chain(NEVER).chain([32, 33]) {
        // The C library keeps 32 and 33 for itself.
        expected &= !(1 << (signal - 1));
    }
    let (mut callers, mut ours) = (0, Vec::new());
    for task in std::fs::read_dir(process.join("task")).unwrap() {
        let task = task.unwrap().path();
        // One that just ended has no files any more.
        let Ok(status) = std::fs::read_to_string(task.join("status")) else { continue };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let (name, blocked) = (field("Name:"), field("SigBlk:"));
        if name == "caller" {
            callers += 1;
            assert_eq!(blocked, "0000000000000000", "the host's own threads are left as they are");
        } else if task.file_name().unwrap().to_string_lossy() != child.id().to_string() {
            assert!(name.starts_with("cardwire-") && name != "cardwire-fault-", "{name}");
            let blocked = u64::from_str_radix(&blocked, 16).unwrap();
            assert_eq!(blocked & expected, expected, "{name}");
            for fault in FAULTS {
                assert_eq!(blocked >> (fault - 1) & 1, 0, "{name} {fault}");
            }
            ours.push(name);
        }
    }
    println!("{ours:?}");
    assert_eq!(callers, CALLERS);
    assert!(ours.iter().any(|name| name == "cardwire-journa"), "{ours:?}");
    assert!(ours.len() > 3, "{ours:?}");
    let mut files = 0;
    for descriptor in std::fs::read_dir(process.join("fdinfo")).unwrap() {
        let descriptor = descriptor.unwrap();
        let number: u32 = descriptor.file_name().to_string_lossy().parse().unwrap();
        let Ok(text) = std::fs::read_to_string(descriptor.path()) else { continue };
        let flags = text.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or_default();
        let flags = u32::from_str_radix(flags.trim(), 8).unwrap();
        let name = std::fs::read_link(process.join(format!("fd/{number}")));
        let inherited = std::fs::read_link(format!("/proc/self/fd/{number}"));
        if number > 2 && !(inherited.is_ok() && inherited.ok() == name.as_ref().ok().cloned()) {
            files += 1;
            assert_ne!(flags & 0o2_000_000, 0, "{name:?} stays open in another program");
        }
    }
    assert!(files > 5, "{files}");
    end(child);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn the_environment_changes_nothing() {
    let folder = folder("environment");
    let tls = Some(Certificate::default());
    let ca_dir = Some(folder.clone());
    let sandbox = Sandbox::start(Options { tls, ca_dir, ..Options::default() }).unwrap();
    // A proxy that nobody is to ask.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let key_log = folder.join("keys.log");
    let garbage = folder.join("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    let surround = |command: &mut Command, authorities: &Path| {
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(name, &address).env(name.to_lowercase(), &address);
        }
        command
            .env("NO_PROXY", "")
            .env("no_proxy", "")
            .env("SSLKEYLOGFILE", &key_log)
            .env("SSL_CERT_FILE", authorities)
            .env("SSL_CERT_DIR", folder.join("none"))
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "1");
    };
    let mut config = sandbox.config();
    let sandbox_ca = PathBuf::from(config["ca_file"].as_str().unwrap());

    // A Redis that shows a certificate of its own.
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("redis.pem"), folder.join("redis.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let redis = Redis::start_tls(&certificate, &key);
    if let Some(redis) = &redis {
        let both = folder.join("both.pem");
        let pem = std::fs::read_to_string(&sandbox_ca).unwrap() + &made.cert.pem();
        std::fs::write(&both, pem).unwrap();
        config["ca_file"] = both.to_string_lossy().into();
        config["token_store"] = redis.url().into();
    }
    let mut command = caller(&config, &folder);
    surround(&mut command, &garbage);
    let mut child = command.spawn().unwrap();
    let seen = outcomes(&mut child, 20);
    assert_eq!(end(child), "", "nothing is written to a stream of the host's");
    assert!(seen.len() == 20 && seen.iter().all(|outcome| outcome == "ok"), "{seen:?}");

    // Nor does it make anybody trusted.
    let entries = config.as_object_mut().unwrap();
    entries.remove("ca_file");
    entries.remove("token_store");
    // What the first program had under way arrives.
    let mut before = usize::MAX;
    while before != sandbox.ledger().len() {
        before = sandbox.ledger().len();
        thread::sleep(Duration::from_millis(200));
    }
    let mut command = caller(&config, &folder);
    surround(&mut command, &sandbox_ca);
    let mut child = command.spawn().unwrap();
    let seen = outcomes(&mut child, 5);
    end(child);
    assert!(seen.iter().all(|outcome| outcome == "network"), "{seen:?}");
    assert_eq!(sandbox.ledger().len(), before);

    let until = Instant::now() + Duration::from_millis(300);
    while Instant::now() < until {
        assert!(proxy.accept().is_err(), "the proxy of the environment was asked");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!key_log.exists(), "the keys of connections were written down");
    let _ = std::fs::remove_dir_all(&folder);
}

/// Hides the folders in which systems keep their certificate authorities.
const HIDER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict found) {
    if (path && (!strncmp(path, "/etc/ssl/", 9) || !strncmp(path, "/etc/pki/", 9))) {
        errno = ENOENT;
        return -1;
    }
    int (*next)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
    return next(folder, path, flags, mask, found);
}
"#;

#[test]
fn what_needs_no_tls_works_on_a_machine_without_certificate_authorities() {
    let folder = folder("authorities");
    let library = built(&folder, HIDER);
    let tls = Some(Certificate::default());
    let ca_dir = Some(folder.clone());
    let secure = Sandbox::start(Options { tls, ca_dir, ..Options::default() }).unwrap();
    let plain = Sandbox::start(Options::default()).unwrap();
    let mut over_tls = secure.config();
    over_tls.as_object_mut().unwrap().remove("ca_file");
    // What needs TLS says so in its first call, and is not sent.
    for (config, ends) in [(plain.config(), "ok"), (over_tls, "invalid_config")] {
        let mut command = caller(&config, &folder);
        command.env("LD_PRELOAD", &library);
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        let mut child = command.spawn().unwrap();
        let seen = outcomes(&mut child, 20);
        let said = end(child);
        assert!(seen.len() == 20 && seen.iter().all(|outcome| outcome == ends), "{seen:?} {said}");
    }
    assert!(secure.ledger().is_empty());
    let _ = std::fs::remove_dir_all(&folder);
}

/// Notes every name that the program asks the environment for.
const RECORDER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
extern char **environ;
static char *find(const char *name) {
    size_t length = strlen(name);
    for (char **one = environ; one && *one; one++)
        if (!strncmp(*one, name, length) && (*one)[length] == '=') return *one + length + 1;
    return 0;
}
static void note(const char *name) {
    const char *path = find("RECORDED");
    int file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0) return;
    // In one piece: two threads may ask at the same time.
    struct iovec line[] = {{(char *)name, strlen(name)}, {"\n", 1}};
    if (writev(file, line, 2) < 0) _exit(9);
    close(file);
}
char *getenv(const char *name) { note(name); return find(name); }
char *secure_getenv(const char *name) { note(name); return find(name); }
"#;

#[test]
fn no_name_is_looked_for_in_the_environment() {
    let folder = folder("recorded");
    let library = built(&folder, RECORDER);
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let redis = Redis::start();
    let mut config = sandbox.config();
    config["journal"] = folder.join("orders.db").to_string_lossy().into();
    if let Some(redis) = &redis {
        config["token_store"] = redis.url().into();
    }
    // Whatever runs on a thread of its own: names, the store, the journal, files, a program's provider.
    let secret = folder.join("secret");
    let entries = config["vendors"].as_array_mut().unwrap().iter_mut();
    let codes: Vec<&mut Value> = entries.filter_map(|entry| entry.get_mut("app_code")).collect();
    assert!(codes.len() > 1);
    for (index, code) in codes.into_iter().enumerate() {
        std::fs::write(&secret, code.as_str().unwrap()).unwrap();
        *code = if index == 0 { json!({"provider": "program"}) } else { json!({"file": secret}) };
    }
    let text = config.to_string().replace("http://127.0.0.1:", "http://localhost:");
    let config: Value = serde_json::from_str(&text).unwrap();
    let recorded = folder.join("recorded");
    let mut command = caller(&config, &folder);
    command
        .env("LD_PRELOAD", &library)
        .env("RECORDED", &recorded)
        .env("CARDWIRE_PHOTOS", &folder)
        // Too small for any thread, and no folder that there is.
        .env("RUST_MIN_STACK", "1")
        .env("TOKIO_WORKER_THREADS", "0")
        .env("TMPDIR", "/nowhere")
        .env("SQLITE_TMPDIR", "/nowhere");
    let mut child = command.spawn().unwrap();
    let seen = outcomes(&mut child, 20);
    let said = end(child);
    assert!(seen.len() == 20 && seen.iter().all(|outcome| outcome == "ok"), "{seen:?} {said}");
    let recorded = std::fs::read_to_string(recorded).unwrap_or_default();
    let mut names: Vec<&str> = recorded.lines().collect();
    names.sort_unstable();
    names.dedup();
    // SQLite asks for these two once, and tokio for the third: none of them is used. There are no
    // temporary files, and nothing runs where the third would show.
    let asked = ["SQLITE_TMPDIR", "TMPDIR", "TOKIO_UNSTABLE_SHARDED_BLOCKING_QUEUE"];
    // `tests/faults/src/main.rs` asks for these itself.
    let of_the_program = ["CARDWIRE_CALLER", "CARDWIRE_OPENERS", "CARDWIRE_PHOTOS"];
    names.retain(|name| !asked.contains(name) && !of_the_program.contains(name));
    assert!(names.is_empty(), "{names:?}");
    let _ = std::fs::remove_dir_all(&folder);
}

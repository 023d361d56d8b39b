//! The threads of calls. Calls that are not waited for, and all background work, run on the threads
//! of a runtime that all clients of a process share: made at the first call, replaced after a fork.
//! A call that a thread waits for runs on that very thread, in a local runtime: waking another
//! thread and being woken by it would cost more processor time than the rest of a small call.

use std::cell::RefCell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Kind};
use crate::fork::PerProcess;
use crate::threads::{STACK, block_signals, without_signals};

/// The number of threads of the shared runtime. Input and output of any number of calls fit on one; a
/// caller's callback may hold another.
static THREADS: AtomicUsize = AtomicUsize::new(2);

/// The most local runtimes that wait for the next call. More calls at once make runtimes of their own.
const LOCAL_RUNTIMES: usize = 64;

/// A local runtime that was not used for this long is given up: its connections are too old to be used.
const LOCAL_IDLE: Duration = Duration::from_secs(1);

/// The stack that a call in a local runtime may take.
const ROOM: usize = 256 * 1024;

/// The callbacks that may wait at once and hold up no other call: each has a thread in its place. Without a
/// limit, callbacks that wait for one lock, as Python's do, would have a thread for each call in flight.
const CALLBACKS: usize = 8;

/// A thread that came in the place of one that waited ends after so long without work.
const SPARE_IDLE: Duration = Duration::from_secs(1);

/// The time between two looks for idle local runtimes while there are any.
const SWEEP: Duration = Duration::from_millis(500);

struct Engine {
    runtime: SharedRuntime,
    local_runtimes: Mutex<Vec<LocalRuntime>>,
    sweeping: AtomicBool,
    /// The callbacks that run on threads of the runtime.
    callbacks: AtomicUsize,
}

/// The shared runtime. Where two threads make one at once, the other is given up on whatever thread
/// that is, so nothing may wait for it.
struct SharedRuntime(Option<Runtime>, Handle);

impl Drop for SharedRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A runtime that only the thread that waits on it drives, with connections of its own.
struct LocalRuntime {
    runtime: Runtime,
    id: LocalRuntimeId,
    used: Instant,
}

/// Names a local runtime; what belongs to it may be dropped when nobody else holds the same.
pub(crate) type LocalRuntimeId = Arc<()>;

static ENGINE: PerProcess<Engine> = PerProcess::new();

/// The role of the current thread for the library.
#[derive(Clone)]
enum Role {
    /// A thread of somebody else's.
    Foreign,
    /// One of the shared runtime's threads.
    Worker,
    /// A caller's thread within a call.
    Caller(LocalRuntimeId),
    /// A thread at its end, as in a handler of the process's end: it can note nothing any more.
    Ending,
}

thread_local! {
    static ROLE: RefCell<Role> = const { RefCell::new(Role::Foreign) };
}

fn role() -> Role {
    ROLE.try_with(|role| role.borrow().clone()).unwrap_or(Role::Ending)
}

/// Returns the engine of this process, whose number the caller has: asking for it is a system call.
fn engine(process: u32) -> Result<&'static Engine, Error> {
    ENGINE.of(process, Engine::new)
}

/// Returns a handle to the shared runtime of this process.
pub(crate) fn handle() -> Result<Handle, Error> {
    engine(std::process::id()).map(|engine| engine.runtime.1.clone())
}

fn not_started(error: std::io::Error) -> Error {
    Error::new(Kind::Internal, format!("the threads cannot be started: {error}"))
}

/// Runs the library on one thread instead of two, for a host whose callbacks never wait: of two,
/// each call wakes both. To be said before the first call.
pub fn run_on_one_thread() {
    THREADS.store(1, Ordering::Relaxed);
}

fn build() -> Result<Runtime, Error> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(THREADS.load(Ordering::Relaxed)).thread_keep_alive(SPARE_IDLE);
    start(&mut builder, || ROLE.set(Role::Worker))
}

/// Starts a runtime. Its threads bear the library's name and are sent no signals, those too that it
/// starts later.
fn start(builder: &mut Builder, on_thread: fn()) -> Result<Runtime, Error> {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    builder
        .thread_name_fn(|| format!("cardwire-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
        .on_thread_start(move || {
            block_signals();
            on_thread();
        })
        .thread_stack_size(STACK)
        .enable_io()
        .enable_time();
    without_signals(|| builder.build()).map_err(not_started)
}

impl Engine {
    fn new() -> Result<Self, Error> {
        let runtime = build()?;
        let handle = runtime.handle().clone();
        Ok(Engine {
            runtime: SharedRuntime(Some(runtime), handle),
            local_runtimes: Mutex::default(),
            sweeping: AtomicBool::new(false),
            callbacks: AtomicUsize::new(0),
        })
    }

    fn local_runtimes(&self) -> MutexGuard<'_, Vec<LocalRuntime>> {
        self.local_runtimes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the local runtime that was used last, so that its connection is fresh; else a new
    /// one.
    fn take_local_runtime(&self) -> Result<LocalRuntime, Error> {
        if let Some(local) = self.local_runtimes().pop() {
            return Ok(local);
        }
        let runtime = start(&mut Builder::new_current_thread(), || ())?;
        Ok(LocalRuntime { runtime, id: LocalRuntimeId::default(), used: Instant::now() })
    }

    fn give_back(&'static self, mut local: LocalRuntime) {
        local.used = Instant::now();
        {
            let mut runtimes = self.local_runtimes();
            if runtimes.len() >= LOCAL_RUNTIMES {
                return;
            }
            runtimes.push(local);
        }
        if !self.sweeping.swap(true, Ordering::AcqRel) {
            self.runtime.1.spawn(self.sweep());
        }
    }

    /// Gives up idle local runtimes until there are none.
    async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            let mut idle = Vec::new();
            {
                let mut runtimes = self.local_runtimes();
                // Used last means last in the list.
                let kept = runtimes.partition_point(|local| local.used.elapsed() > LOCAL_IDLE);
                idle.extend(runtimes.drain(..kept));
                if runtimes.is_empty() {
                    self.sweeping.store(false, Ordering::Release);
                }
            }
            for local in idle {
                local.runtime.shutdown_background();
            }
            if !self.sweeping.load(Ordering::Acquire) {
                return;
            }
        }
    }
}

/// Returns whether the library is at work on this thread, as it is in a callback.
pub(crate) fn on_library_thread() -> bool {
    matches!(role(), Role::Worker | Role::Caller(_))
}

/// Returns the local runtime in which this thread runs a call.
pub(crate) fn local_runtime() -> Option<LocalRuntimeId> {
    match role() {
        Role::Caller(id) => Some(id),
        Role::Foreign | Role::Worker | Role::Ending => None,
    }
}

/// Runs what may wait, such as a stranger's code, so that no other call waits with it.
pub(crate) fn hold_up<T>(waits: impl FnOnce() -> T) -> T {
    if matches!(role(), Role::Worker) { tokio::task::block_in_place(waits) } else { waits() }
}

/// Runs a callback of the program, which may wait or call the library.
pub(crate) fn call_back<T>(callback: impl FnOnce() -> T) -> T {
    struct Running(&'static AtomicUsize);
    impl Drop for Running {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    if !matches!(role(), Role::Worker) {
        return callback();
    }
    let Ok(engine) = engine(std::process::id()) else { return callback() };
    let before = engine.callbacks.fetch_add(1, Ordering::Relaxed);
    let _running = Running(&engine.callbacks);
    if before < CALLBACKS { hold_up(callback) } else { callback() }
}

/// Returns whether a call can run on what is left of this thread's stack: with TLS and in a build
/// without optimisation it takes more than the least that a thread may have.
fn has_room() -> bool {
    stacker::remaining_stack().is_none_or(|left| left >= ROOM)
}

/// Returns whether a call that this thread waits for runs on it. It does not in a callback, within
/// a runtime of the caller's own, and on a small stack.
pub(crate) fn runs_here() -> bool {
    matches!(role(), Role::Foreign) && has_room() && Handle::try_current().is_err()
}

/// Runs a future and waits for it on this thread, in the process of that number. Works everywhere.
///
/// It runs on this thread where `here` says so, which comes from [`runs_here`]. Then everything that
/// `is_over` asks about is over when this returns: what was left behind is dropped with its
/// connections.
pub(crate) fn wait_for<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    process: u32,
    here: bool,
    future: impl FnOnce() -> F,
    is_over: impl FnOnce() -> bool,
) -> Result<T, Error> {
    let engine = engine(process)?;
    if here {
        let local = engine.take_local_runtime()?;
        let result = {
            // In one place to its end: it is large, and each move is a copy.
            let future = std::pin::pin!(future());
            run_in(&local, future)
        };
        if is_over() {
            engine.give_back(local);
        }
        return Ok(result);
    }
    // Once: the stack may be small, and a future that is handed on is copied there each time.
    let future = Box::pin(future());
    let (sender, receiver) = mpsc::sync_channel(1);
    engine.runtime.1.spawn(async move {
        let _ = sender.send(future.await);
    });
    hold_up(|| receiver.recv())
        .map_err(|_| Error::new(Kind::Internal, "the call ended without an answer"))
}

fn run_in<T>(local: &LocalRuntime, future: impl Future<Output = T>) -> T {
    struct RoleGuard;
    impl Drop for RoleGuard {
        fn drop(&mut self) {
            ROLE.set(Role::Foreign);
        }
    }
    ROLE.set(Role::Caller(Arc::clone(&local.id)));
    let _guard = RoleGuard;
    local.runtime.block_on(async {
        // Nobody watched these connections since the last call: hear first of those that the
        // servers closed meanwhile, so that no request is written to one.
        tokio::task::yield_now().await;
        future.await
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_os = "linux")]
    use std::io::{Read, Write};
    #[cfg(target_os = "linux")]
    use std::net::{SocketAddr, TcpListener};

    #[cfg(target_os = "linux")]
    use crate::{CallOptions, Cardholder, Client, Outcome};

    #[test]
    fn waits_on_the_calling_thread_unless_that_is_a_runtime() {
        let here = std::thread::current().id();
        let ran_on = || async { std::thread::current().id() };
        let process = std::process::id();
        assert_eq!(wait_for(process, runs_here(), ran_on, || true).unwrap(), here);
        // A call within a call, as from an observer, and a call within a runtime of the caller's own.
        let inner = async move { wait_for(process, runs_here(), ran_on, || true).unwrap() };
        let nested = wait_for(process, runs_here(), || inner, || true).unwrap();
        assert_ne!(nested, here);
        let foreign = Builder::new_current_thread().build().unwrap();
        let inner = async { wait_for(process, runs_here(), ran_on, || true).unwrap() };
        assert_ne!(foreign.block_on(inner), here);
        assert!(!on_library_thread());
    }

    #[test]
    fn idle_local_runtimes_are_given_up() {
        // Of its own: no other test uses the one that this waits for.
        let engine: &'static Engine = Box::leak(Box::new(Engine::new().unwrap()));
        let local = engine.take_local_runtime().unwrap();
        let (alive, given_up) = mpsc::channel::<()>();
        local.runtime.spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        engine.give_back(local);
        let end = given_up.recv_timeout(Duration::from_secs(60));
        assert_eq!(end, Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(engine.local_runtimes().is_empty());
    }

    /// Waits until this end of a connection knows that the other end closed it.
    #[cfg(target_os = "linux")]
    fn wait_for_close_by_peer(here: SocketAddr, peer: SocketAddr) {
        const ESTABLISHED: &str = "01";
        let ports = [here, peer].map(|end| format!(":{:04X}", end.port()));
        let is_established = |line: &str| {
            let mut columns = line.split_whitespace().skip(1);
            let mut is_end = |port: &String| columns.next().is_some_and(|end| end.ends_with(port));
            ports.iter().all(&mut is_end) && columns.next() == Some(ESTABLISHED)
        };
        let begun = Instant::now();
        let connections = || std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        while connections().lines().any(is_established) {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_that_the_server_closed_between_two_calls_is_not_used() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = 20;
        let (answered, answers) = mpsc::channel();
        let server = std::thread::spawn(move || {
            for _ in 0..calls {
                let (mut stream, _) = listener.accept().unwrap();
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                while !request.ends_with(b"%E4%B8%89") {
                    let len = stream.read(&mut piece).unwrap();
                    assert!(len > 0, "a connection without a whole request");
                    request.extend_from_slice(&piece[..len]);
                }
                let body = r#"{"code":"10000","data":{"state":"1"}}"#;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
                answered.send(stream).unwrap();
            }
        });
        let config = format!(
            r#"{{"vendors":[{{"vendor":"aliyun_yhkr","app_code":"c","base_url":"http://{address}"}}]}}"#
        );
        let client = Client::from_json(&config).unwrap();
        for _ in 0..calls {
            let holder =
                Cardholder::new("6222020000000000000", "张三").id_number("110101190001010014");
            let answer = client.verify(holder, &CallOptions::new()).unwrap();
            assert!(answer.outcome == Outcome::Match);
            assert_eq!(answer.facts.attempts.len(), 1);
            // The connection is idle, and nobody watches it, when it is closed.
            let stream = answers.recv().unwrap();
            let here = stream.peer_addr().unwrap();
            drop(stream);
            wait_for_close_by_peer(here, address);
        }
        server.join().unwrap();
    }
}

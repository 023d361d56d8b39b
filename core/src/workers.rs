//! Threads for what waits by itself: files, the system's name look-up, a store's answer. Each group
//! has its own, and never more than it was made for, so that what is slow holds up nothing else.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::threads::start_thread;

/// The time for which a thread without work stays.
const IDLE: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce() + Send>;

/// A group of threads, started as there is work for them.
pub struct Workers {
    name: &'static str,
    most: usize,
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    added: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next job; `None` where a thread is not needed any more, which then counts as
    /// gone.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            let waited = self.added.wait_timeout(state, IDLE);
            let (again, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.idle -= 1;
            if waited.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl Workers {
    /// Returns a group of at most so many threads, none of which runs yet.
    pub fn new(name: &'static str, most: usize) -> Self {
        Workers { name, most, queue: Arc::default() }
    }

    /// Runs work that nobody waits for. Without a thread from the system it is not run.
    pub fn start(&self, work: impl FnOnce() + Send + 'static) {
        let mut state = self.queue.state();
        state.waiting.push_back(Box::new(work));
        if state.idle >= state.waiting.len() {
            self.queue.added.notify_one();
            return;
        }
        if state.threads >= self.most {
            return;
        }
        let queue = Arc::clone(&self.queue);
        let started = start_thread(self.name, move || {
            while let Some(job) = queue.next() {
                // A panic is that job's alone: who waits for it is told by the end of its channel.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        });
        match started {
            Ok(_) => state.threads += 1,
            Err(_) if state.threads == 0 => state.waiting.clear(),
            Err(_) => {}
        }
    }

    /// Runs `work` and waits for it; `None` where it could not be run. Work that nobody waits for any
    /// more when its turn comes is left out.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        self.start(move || {
            if !sender.is_closed() {
                let _ = sender.send(work());
            }
        });
        receiver.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn any_amount_of_work_takes_no_more_threads_than_there_may_be() {
        let workers = Workers::new("cardwire-test", 3);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Three wait for each other, so three run at once.
        let three = Arc::new(Barrier::new(3));
        let (done, ended) = channel();
        for _ in 0..51 {
            let (now, most, done) = (Arc::clone(&now), Arc::clone(&most), done.clone());
            let three = Arc::clone(&three);
            workers.start(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                three.wait();
                now.fetch_sub(1, Ordering::SeqCst);
                done.send(()).unwrap();
            });
        }
        (0..51).for_each(|_| ended.recv().unwrap());
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn work_that_panics_is_lost_alone() {
        let workers = Workers::new("cardwire-test", 1);
        assert_eq!(block_on(workers.run(|| -> u32 { panic!("on purpose") })), None);
        assert_eq!(block_on(workers.run(|| 7)), Some(7));
    }

    #[test]
    fn work_that_nobody_waits_for_any_more_is_left_out() {
        let workers = Workers::new("cardwire-test", 1);
        let (go, wait) = channel::<()>();
        workers.start(move || wait.recv().unwrap());
        let ran = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ran);
        let mut given_up = Box::pin(workers.run(move || counted.fetch_add(1, Ordering::SeqCst)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(given_up.as_mut().poll(&mut context).is_pending());
        drop(given_up);
        go.send(()).unwrap();
        assert_eq!(block_on(workers.run(|| 1)), Some(1));
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }
}

//! The state behind all listeners, and what a vendor is given and gives back.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::credentials::Credentials;
use crate::http::{Answer, Request};
use crate::ledger::Ledger;
use crate::pictures::Pictures;
use crate::recorded::RecordedRequest;
use crate::script::Queue;
use crate::settings::Settings;
use crate::vendor::Vendor;

/// Everything that changes.
#[derive(Default)]
pub(crate) struct State {
    pub settings: Settings,
    pub ledger: Ledger,
    pub pictures: Pictures,
    pub queues: [Queue; Vendor::COUNT],
    /// The addresses from which the last connections came, newest first.
    pub ports: std::collections::VecDeque<u16>,
    /// The number of the last connection that meets no vendor any more.
    pub disowned: u64,
    /// How often everything was forgotten.
    pub resets: u64,
    /// Whole requests as they came, where a test asked for them.
    pub kept: Option<Vec<RecordedRequest>>,
    /// What each vendor keeps between requests, by the type that its own file gives it.
    stores: HashMap<(Vendor, TypeId), Box<dyn Any + Send>>,
}

impl State {
    /// Returns what a vendor keeps under a type, and the settings.
    pub fn of<T: Any + Send + Default>(&mut self, vendor: Vendor) -> (&mut T, &Settings) {
        let store = self
            .stores
            .entry((vendor, TypeId::of::<T>()))
            .or_insert_with(|| Box::new(T::default()))
            .downcast_mut()
            .expect("a store is kept under its own type");
        (store, &self.settings)
    }

    /// Counts a request under a name of the vendor's own, such as that of an action, and says whether the
    /// vendor takes it now.
    pub fn admit(&mut self, call: &Call<'_>, counted: &'static str) -> bool {
        let (rates, settings) = self.of::<HashMap<&'static str, SlidingCount>>(call.vendor);
        let limit = settings.rate(call.vendor);
        rates.entry(counted).or_default().admit(call.now_ms, 1000, limit)
    }
}

/// How many of the last connections are known by their ports.
const PORTS: usize = 1024;

/// The state, its starting settings and the connection counter.
pub(crate) struct SharedState {
    state: Mutex<State>,
    /// Held for reading from a vendor's work to its ledger entry, so that no reset comes between.
    work: RwLock<()>,
    initial: Settings,
    pub credentials: Credentials,
    connections: AtomicU64,
}

impl SharedState {
    pub fn new(initial: Settings, credentials: Credentials) -> Self {
        let state = State { settings: initial.clone(), ..State::default() };
        Self {
            state: Mutex::new(state),
            work: RwLock::new(()),
            initial,
            credentials,
            connections: AtomicU64::new(0),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a vendor's work: until the guard is dropped, a reset waits.
    pub fn work(&self) -> RwLockReadGuard<'_, ()> {
        self.work.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything: ledger, scripts, tokens, nonces, orders, quotas, changed settings. Requests that have
    /// begun to come are reset, meet no vendor and are in no ledger.
    pub fn reset(&self) {
        let _no_work = self.work.write().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        let (disowned, ports) = (state.disowned, std::mem::take(&mut state.ports));
        let resets = state.resets + 1;
        let mut ledger = std::mem::take(&mut state.ledger);
        ledger.clear();
        let settings = self.initial.clone();
        *state = State { settings, ledger, disowned, resets, ports, ..State::default() };
    }

    /// Counts a connection from that port and gives its number. On the port of all the first request tells
    /// whose it is.
    pub fn connected(&self, vendor: Option<Vendor>, port: u16) -> u64 {
        let mut state = self.lock();
        if let Some(vendor) = vendor {
            state.ledger.connected(vendor);
        }
        state.ports.truncate(PORTS - 1);
        state.ports.push_front(port);
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Requests that still come on a connection of before are reset, meet no script and are in no ledger.
    pub fn disown(&self) {
        let mut state = self.lock();
        state.disowned = self.connections.load(Ordering::Relaxed);
    }

    pub fn last_connection(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Milliseconds since 1970 by the vendors' clock.
    pub fn now_ms(&self) -> i64 {
        let offset = self.lock().settings.clock_offset_seconds;
        machine_ms() + offset.saturating_mul(1000)
    }

    /// Returns the `Date` header.
    pub fn date(&self) -> String {
        let (clock, date) = {
            let state = self.lock();
            (state.settings.clock_offset_seconds, state.settings.date_offset_seconds)
        };
        let seconds = (machine_ms() / 1000).saturating_add(clock).saturating_add(date);
        let seconds = u64::try_from(seconds).unwrap_or(0).min(253_402_300_799);
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }
}

fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A whole request in front of a vendor.
pub(crate) struct Call<'a> {
    pub shared: &'a SharedState,
    pub vendor: Vendor,
    pub request: &'a Request,
    /// The code a script wants, once the request passed every check.
    pub forced: Option<&'a str>,
    /// The vendors' clock, milliseconds since 1970.
    pub now_ms: i64,
    /// The picture that the vendor was given to read, once it is decoded.
    pub picture: Cell<Option<Vec<u8>>>,
}

impl Call<'_> {
    /// Notes the picture that the vendor was given to read, for the page.
    pub fn note_picture(&self, bytes: &[u8]) {
        self.picture.set(Some(bytes.to_vec()));
    }

    pub const fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

/// A vendor's answer and what the ledger keeps of it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub answer: Answer,
    pub outcome: String,
    pub executed: bool,
    pub billed: bool,
    pub order_no: Option<String>,
    pub request_id: Option<String>,
    pub action: Option<String>,
    /// The picture that the vendor was given to read.
    pub picture: Option<Vec<u8>>,
}

impl Reply {
    /// Returns a refusal before any work was done.
    pub fn refused(answer: Answer, outcome: impl Into<String>) -> Self {
        Self {
            answer,
            outcome: outcome.into(),
            executed: false,
            billed: false,
            order_no: None,
            request_id: None,
            action: None,
            picture: None,
        }
    }

    /// Returns a bare HTTP status with a page no vendor document describes.
    pub fn http(status: u16) -> Self {
        let page = format!(
            "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        );
        Self::refused(Answer::new(status, "text/html", page), format!("http:{status}"))
    }

    pub fn done(mut self, executed: bool, billed: bool) -> Self {
        self.executed = executed;
        self.billed = billed;
        self
    }

    pub fn order(mut self, order_no: &str) -> Self {
        self.order_no = Some(order_no.to_owned());
        self
    }

    pub fn id(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }
}

/// Returns the status of a code written `http:NNN`.
pub(crate) fn http_code(code: &str) -> Option<u16> {
    code.strip_prefix("http:")?.parse().ok().filter(|s| (100..600).contains(s))
}

/// Counts events in a sliding window.
#[derive(Debug, Default)]
pub(crate) struct SlidingCount {
    times: std::collections::VecDeque<i64>,
}

impl SlidingCount {
    /// Counts one at `now_ms` unless `limit` (0: none) were counted in the `span_ms` before.
    pub fn admit(&mut self, now_ms: i64, span_ms: i64, limit: u64) -> bool {
        if limit == 0 {
            self.times.clear();
            return true;
        }
        while self.times.front().is_some_and(|t| now_ms - t >= span_ms) {
            self.times.pop_front();
        }
        if self.times.len() as u64 >= limit {
            return false;
        }
        self.times.push_back(now_ms);
        true
    }
}

/// Counts events of a day in China Standard Time.
#[derive(Debug, Default)]
pub(crate) struct DailyCount {
    day: i64,
    used: u64,
}

impl DailyCount {
    /// Counts one unless `limit` (0: none) is reached today.
    pub fn admit(&mut self, now: i64, limit: u64) -> bool {
        let today = crate::crypto::china_day(now);
        if self.day != today {
            *self = Self { day: today, used: 0 };
        }
        if limit != 0 && self.used >= limit {
            return false;
        }
        self.used += 1;
        true
    }
}

/// Texts that may be used once within a span of time.
#[derive(Debug, Default)]
pub(crate) struct OneTimeTexts {
    used: std::collections::HashMap<String, i64>,
    swept: i64,
}

impl OneTimeTexts {
    /// Uses the text up; false when it was used less than `span_ms` ago.
    pub fn first(&mut self, text: &str, now_ms: i64, span_ms: i64) -> bool {
        // Not at each call: a sweep costs as much as there are entries.
        if (now_ms - self.swept).abs() > 10_000 {
            self.used.retain(|_, at| now_ms - *at < span_ms);
            self.swept = now_ms;
        }
        let before = self.used.insert(text.to_owned(), now_ms);
        before.is_none_or(|at| now_ms - at >= span_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_first_in_a_second_is_refused() {
        let mut w = SlidingCount::default();
        assert!((0..20).all(|i| w.admit(i * 10, 1000, 20)));
        assert!(!w.admit(999, 1000, 20));
        assert!(w.admit(1000, 1000, 20));
        assert!(!w.admit(1001, 1000, 20));
    }

    #[test]
    fn once_within_the_span() {
        let mut once = OneTimeTexts::default();
        assert!(once.first("a", 0, 1000));
        assert!(!once.first("a", 999, 1000));
        assert!(once.first("a", 1999, 1000));
        assert!(once.first("b", 1999, 1000));
    }

    #[test]
    fn a_day_ends_at_midnight_in_china() {
        let mut d = DailyCount::default();
        let before = 1_767_196_799; // 2025-12-31T23:59:59+08:00
        assert!(d.admit(before, 1));
        assert!(!d.admit(before, 1));
        assert!(d.admit(before + 1, 1));
    }
}

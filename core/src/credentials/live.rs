//! An account whose secrets change: which adapter a call uses, and when another is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::{AskReason, CredentialAsk, CredentialProvider, Credentials, SecretFile};
use crate::config::{Entry, Origin, Values};
use crate::error::{Error, Kind};
use crate::fork::ForkGuard;
use crate::runtime;
use crate::threads::start_thread;
use crate::vendors::{Adapter, Vendor};
use crate::workers::Workers;

/// How often it is looked whether a file changed.
const LOOK: Duration = Duration::from_secs(1);

/// How long a look may take before a call goes on with what there is: a share may be slow.
const LOOK_PATIENCE: Duration = Duration::from_millis(200);

/// The most questions of an account that were given up and whose provider has not returned: such a
/// one is not asked again, since each holds a thread.
const LOST_ASKS: usize = 4;

type Outcome = Result<HeldAccount, Error>;

/// An account's adapter, made anew when its secrets change. One renewal at a time, for everybody who
/// waits; one that began is finished even if the call that began it gives up.
pub(crate) struct LiveAdapter {
    account: String,
    vendor: Vendor,
    entry: Entry,
    state: Mutex<State>,
    /// Held by each question whose provider has not returned.
    asks: Arc<()>,
    /// One thread, that reads its files.
    reading: Workers,
}

#[derive(Default)]
struct State {
    held: Option<HeldAccount>,
    renewal: Option<(Cause, watch::Receiver<Option<Outcome>>)>,
    /// The values of providers for a renewal that failed since another gave nothing.
    answers: BTreeMap<String, Answer>,
}

/// The answer of a provider.
struct Answer {
    values: Values,
    end: Option<Instant>,
}

/// The account that calls use now.
#[derive(Clone)]
struct HeldAccount {
    adapter: Arc<dyn Adapter>,
    values: Arc<Values>,
    files: BTreeMap<String, SecretFile>,
    /// When the files are looked at next.
    look_at: Option<Instant>,
    /// When the providers that gave an end are asked again.
    ends: BTreeMap<String, Instant>,
}

/// Why there is a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// It is time to look at the files. What is held is good meanwhile.
    Look,
    Ask(AskReason),
}

impl LiveAdapter {
    /// Returns the account of an entry, with what its files hold and nothing of its providers.
    /// `adapter` is the account as it was opened when the entry was read.
    pub(crate) fn new(
        account: &str,
        vendor: Vendor,
        entry: Entry,
        adapter: Arc<dyn Adapter>,
    ) -> Self {
        let held = entry.providers.is_empty().then(|| HeldAccount {
            adapter,
            values: Arc::new(entry.values.clone()),
            files: files_of(&entry),
            look_at: None,
            ends: BTreeMap::new(),
        });
        LiveAdapter {
            account: account.to_owned(),
            vendor,
            entry,
            state: Mutex::new(State { held, ..State::default() }),
            asks: Arc::default(),
            reading: Workers::new("cardwire-files", 1),
        }
    }

    /// Returns the adapter to use at `now`: not `refused`, unless there is no other.
    ///
    /// # Errors
    /// `credentials_unavailable` where a provider fails.
    pub(crate) async fn get(
        self: &Arc<Self>,
        refused: Option<&Arc<dyn Adapter>>,
        now: Instant,
    ) -> Result<Arc<dyn Adapter>, Error> {
        loop {
            let (cause, own, mut receiver) = {
                let mut state = self.lock();
                let Some(cause) = state.wants(refused, now) else {
                    drop(state);
                    return self.held();
                };
                match &state.renewal {
                    Some((cause, receiver)) => (*cause, false, receiver.clone()),
                    None => match self.start(&mut state, cause, now) {
                        Ok(receiver) => (cause, true, receiver),
                        Err(error) => {
                            drop(state);
                            return self.after(cause, error);
                        }
                    },
                }
            };
            let outcome = {
                let ended = receiver.wait_for(Option::is_some);
                match cause {
                    Cause::Ask(_) => ended.await.map(|outcome| outcome.clone()),
                    Cause::Look => match tokio::time::timeout(LOOK_PATIENCE, ended).await {
                        Ok(ended) => ended.map(|outcome| outcome.clone()),
                        Err(_) if refused.is_some() => continue,
                        Err(_) => return self.held(),
                    },
                }
            };
            let outcome = match outcome {
                Ok(Some(outcome)) => outcome,
                Ok(None) | Err(_) => {
                    self.lock().renewal = None;
                    Err(Error::new(Kind::Internal, "renewing the credentials ended early"))
                }
            };
            // Somebody else's may have had less to do than this one wants, such as a look at files.
            if own || cause != Cause::Look {
                return match outcome {
                    Ok(held) => Ok(held.adapter),
                    Err(error) => self.after(cause, error),
                };
            }
        }
    }

    /// Returns the answer to a call after a renewal that failed: where nothing but a look at the
    /// files did, what is held is still good.
    fn after(&self, cause: Cause, error: Error) -> Result<Arc<dyn Adapter>, Error> {
        if cause == Cause::Look { self.held() } else { Err(error) }
    }

    /// Returns the adapter that calls used last.
    fn held(&self) -> Result<Arc<dyn Adapter>, Error> {
        let state = self.lock();
        let held = state.held.as_ref().map(|held| Arc::clone(&held.adapter));
        held.ok_or_else(|| Error::new(Kind::Internal, "the account has no credentials"))
    }

    fn start(
        self: &Arc<Self>,
        state: &mut State,
        cause: Cause,
        now: Instant,
    ) -> Result<watch::Receiver<Option<Outcome>>, Error> {
        let runtime = runtime::handle()?;
        let (sender, receiver) = watch::channel(None);
        state.renewal = Some((cause, receiver.clone()));
        let (live, held) = (Arc::clone(self), state.held.clone());
        let mut answers = std::mem::take(&mut state.answers);
        runtime.spawn(async move {
            let outcome = live.renew(held, &mut answers, cause, now).await;
            {
                let mut state = live.lock();
                state.renewal = None;
                state.answers = answers;
                if let Ok(held) = &outcome {
                    state.held = Some(held.clone());
                }
            }
            let _ = sender.send(Some(outcome));
        });
        Ok(receiver)
    }

    /// Makes what calls use from now on. What a provider gave is among `answers` until it is used.
    async fn renew(
        &self,
        held: Option<HeldAccount>,
        answers: &mut BTreeMap<String, Answer>,
        cause: Cause,
        now: Instant,
    ) -> Outcome {
        let held_files = held.as_ref().map(|held| held.files.clone());
        let mut files = held_files.unwrap_or_else(|| files_of(&self.entry));
        let before = held.as_ref().map_or(&self.entry.values, |held| &*held.values);
        let mut values = before.clone();
        let mut adapter = held.as_ref().map(|held| Arc::clone(&held.adapter));

        let anyway = cause == Cause::Ask(AskReason::Refused);
        let look = files.clone();
        let found = match look.is_empty() {
            true => Vec::new(),
            false => {
                let read = self.reading.run(move || {
                    let again =
                        |(name, file): (String, SecretFile)| Some((name, file.read_again(anyway)?));
                    look.into_iter().filter_map(again).collect::<Vec<_>>()
                });
                // Where the system has no thread for it, they count as unchanged.
                read.await.unwrap_or_default()
            }
        };
        for (name, (file, secret)) in found {
            let mut changed = values.clone();
            changed.insert(name.clone(), Some(secret));
            // What cannot be used, such as a file that is just being written, leaves all as it is, and
            // is read again next time.
            if self.is_usable(&changed) {
                values = changed;
                files.insert(name, file);
            }
        }

        let mut ends = held.as_ref().map(|held| held.ends.clone()).unwrap_or_default();
        if let Cause::Ask(reason) = cause {
            let is_over = |end: &Instant| *end <= now;
            answers.retain(|_, answer| !answer.end.as_ref().is_some_and(is_over));
            for (name, provider) in &self.entry.providers {
                if answers.contains_key(name)
                    || (reason == AskReason::Expired && !ends.get(name).is_some_and(is_over))
                {
                    continue;
                }
                let given = self.ask(name, provider, reason).await?;
                let end = given.expires_in.and_then(|duration| now.checked_add(duration));
                let values = self.values_of(name, given)?;
                answers.insert(name.clone(), Answer { values, end });
            }
            for (name, answer) in std::mem::take(answers) {
                values.extend(answer.values);
                match answer.end {
                    Some(end) => ends.insert(name, end),
                    None => ends.remove(&name),
                };
            }
        }

        if adapter.is_none() || values != *before {
            let opened = self.entry.open(&values).map_err(|error| {
                let message = format!("the credentials given for it: {}", error.message());
                Error::new(Kind::CredentialsUnavailable, message)
            })?;
            adapter = Some(opened);
        }
        let adapter =
            adapter.ok_or_else(|| Error::new(Kind::Internal, "the account was not opened"))?;
        let look_at = (!files.is_empty()).then(|| now + LOOK);
        Ok(HeldAccount { adapter, values: Arc::new(values), files, look_at, ends })
    }

    /// Returns whether the account can be opened with these secrets and whatever its providers
    /// give.
    fn is_usable(&self, values: &Values) -> bool {
        let mut values = values.clone();
        self.entry.fill_unknown(&mut values);
        self.entry.open(&values).is_ok()
    }

    /// Returns the secrets that a provider is to give.
    fn secrets_of(&self, provider: &str) -> Vec<String> {
        let origins = self.entry.origins.iter();
        origins
            .filter(|(_, origin)| matches!(origin, Origin::Provider(name) if name == provider))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Returns a provider's values, by the names that it was asked for.
    fn values_of(&self, provider: &str, given: Credentials) -> Result<Values, Error> {
        let secrets = self.secrets_of(provider);
        let Credentials { alone, mut named, .. } = given;
        if let Some(alone) = alone {
            let [only] = secrets.as_slice() else {
                let expected = format!("{} by name", secrets.join(", "));
                return Err(self.unexpected(provider, &expected, "one value"));
            };
            named.insert(only.clone(), alone);
        }
        if named.is_empty() {
            return Err(self.unexpected(provider, &secrets.join(", "), "none"));
        }
        let wanted: BTreeSet<&String> = secrets.iter().collect();
        if named.keys().any(|name| !wanted.contains(name)) {
            let expected = secrets.join(", ");
            return Err(self.unexpected(provider, &expected, "another name among them"));
        }
        Ok(secrets.into_iter().map(|name| (name.clone(), named.remove(&name))).collect())
    }

    async fn ask(
        &self,
        name: &str,
        provider: &Arc<dyn CredentialProvider>,
        reason: AskReason,
    ) -> Result<Credentials, Error> {
        if Arc::strong_count(&self.asks) > LOST_ASKS {
            return Err(self.failed(name, "it does not return from the questions before"));
        }
        let (reply, answered) = oneshot::channel();
        let ask = CredentialAsk {
            vendor: self.vendor,
            account: self.account.clone(),
            secrets: self.secrets_of(name),
            reason,
            reply: ForkGuard::new(Mutex::new(Some(reply))),
        };
        let (provider, running) = (Arc::clone(provider), Arc::clone(&self.asks));
        // A thread of its own: what a stranger's code waits for holds up nothing else.
        let thread = start_thread("cardwire-ask", move || {
            provider.ask(ask);
            drop(running);
        });
        thread.map_err(|error| {
            let message = format!("no thread can be started to ask a provider: {error}");
            Error::new(Kind::Internal, message)
        })?;
        match tokio::time::timeout(CredentialAsk::LIMIT, answered).await {
            Ok(Ok(Ok(credentials))) => Ok(credentials),
            Ok(Ok(Err(failure))) => {
                Err(self.failed(name, "it failed").with_source(Arc::from(failure)))
            }
            Ok(Err(_)) => Err(self.failed(name, "it ended without an answer")),
            Err(_) => {
                let seconds = CredentialAsk::LIMIT.as_secs();
                Err(self.failed(name, &format!("it did not answer within {seconds} seconds")))
            }
        }
    }

    fn unexpected(&self, provider: &str, expected: &str, found: &str) -> Error {
        self.failed(provider, &format!("expected {expected}, found {found}"))
    }

    fn failed(&self, provider: &str, problem: &str) -> Error {
        let message = format!("the provider {provider:?} gave no credentials: {problem}");
        Error::new(Kind::CredentialsUnavailable, message)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the secrets of an entry that come from files.
fn files_of(entry: &Entry) -> BTreeMap<String, SecretFile> {
    let file = |(name, origin): (&String, &Origin)| match origin {
        Origin::File(file) => Some((name.clone(), file.clone())),
        Origin::Fixed | Origin::Provider(_) => None,
    };
    entry.origins.iter().filter_map(file).collect()
}

impl State {
    /// Returns the cause for which a call waits for a renewal, where there is one.
    fn wants(&self, refused: Option<&Arc<dyn Adapter>>, now: Instant) -> Option<Cause> {
        let Some(held) = &self.held else { return Some(Cause::Ask(AskReason::First)) };
        // Compare first: somebody may have replaced the refused one already.
        if refused.is_some_and(|refused| Arc::ptr_eq(refused, &held.adapter)) {
            return Some(Cause::Ask(AskReason::Refused));
        }
        if held.ends.values().any(|end| *end <= now) {
            return Some(Cause::Ask(AskReason::Expired));
        }
        let has_files = !held.files.is_empty();
        (has_files && held.look_at.is_none_or(|at| at <= now)).then_some(Cause::Look)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn adapter() -> Arc<dyn Adapter> {
        let config = r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": "x"}]}"#;
        Config::from_json(config).unwrap().accounts.remove(0).adapter
    }

    fn live(config: Config) -> Arc<LiveAdapter> {
        let account = config.accounts.into_iter().next().unwrap();
        let (entry, _) = account.live.unwrap();
        Arc::new(LiveAdapter::new(&account.name, account.vendor, entry, account.adapter))
    }

    fn file() -> SecretFile {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        SecretFile::read(std::path::Path::new(path)).unwrap().0
    }

    /// An account whose token is in a file, and the test's clock.
    struct FromFile {
        folder: PathBuf,
        live: Arc<LiveAdapter>,
        start: Instant,
    }

    impl FromFile {
        fn new(secret: &str) -> Self {
            static NUMBER: AtomicUsize = AtomicUsize::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = format!("cardwire-live-{}-{number}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join("token");
            std::fs::write(&file, secret).unwrap();
            let entry = json!({"vendor": "wechat", "access_token": {"file": file}});
            let config = Config::from_json(&json!({"vendors": [entry]}).to_string()).unwrap();
            FromFile { folder, live: live(config), start: Instant::now() }
        }

        /// Replaces the file as a side-car does: written beside it, then renamed to it.
        fn put(&self, secret: &str) {
            std::fs::write(self.folder.join("next"), secret).unwrap();
            std::fs::rename(self.folder.join("next"), self.folder.join("token")).unwrap();
        }

        /// Returns the secret that a call at this time uses, and its adapter.
        fn used(&self, refused: Option<&Arc<dyn Adapter>>, ms: u64) -> (String, Arc<dyn Adapter>) {
            let now = self.start + Duration::from_millis(ms);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            runtime.unwrap().block_on(async {
                let mut adapter = self.live.get(refused, now).await.unwrap();
                // A look that takes long on a busy machine keeps no call waiting.
                while self.live.lock().renewal.is_some() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    adapter = self.live.held().unwrap();
                }
                let state = self.live.lock();
                let values = &state.held.as_ref().unwrap().values;
                (values["access_token"].as_ref().unwrap().reveal().to_owned(), adapter)
            })
        }
    }

    impl Drop for FromFile {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn a_file_is_looked_at_once_a_second_and_after_a_refusal() {
        let account = FromFile::new("first");
        let (secret, first) = account.used(None, 0);
        assert_eq!(secret, "first");
        account.put("second\n");
        assert_eq!(account.used(None, 999).0, "first");
        let (secret, second) = account.used(None, 1_000);
        assert!(secret == "second" && !Arc::ptr_eq(&first, &second));
        // What cannot be used, or is gone, leaves what there was, and is looked at again.
        for (second_of, broken) in [(2, ""), (3, "two words"), (4, "line\nline")] {
            account.put(broken);
            let (secret, adapter) = account.used(None, second_of * 1_000);
            assert!(secret == "second" && Arc::ptr_eq(&adapter, &second), "{broken:?}");
        }
        std::fs::remove_file(account.folder.join("token")).unwrap();
        assert_eq!(account.used(None, 5_000).0, "second");
        account.put("third");
        assert_eq!(account.used(None, 5_999).0, "second");
        let (secret, third) = account.used(None, 6_000);
        assert_eq!(secret, "third");
        account.put("fourth");
        assert_eq!(account.used(Some(&second), 6_001).0, "third");
        assert_eq!(account.used(Some(&third), 6_001).0, "fourth");
    }

    /// Returns how many pages the process takes once the runtime's threads have what they take.
    #[cfg(target_os = "linux")]
    fn steady_pages() -> u64 {
        let (mut pages, mut seen) = (0, 0);
        while seen < 20 {
            std::thread::sleep(std::time::Duration::from_millis(10));
            let now = std::fs::read_to_string("/proc/self/statm").unwrap();
            let now = now.split(' ').next().unwrap().parse().unwrap();
            seen = if now == pages { seen + 1 } else { 0 };
            pages = now;
        }
        pages
    }

    /// In a process of its own, which is left without room for another thread.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_no_thread_can_look_at_leaves_the_secret_good() {
        const ALONE: &str = "CARDWIRE_TEST_WITHOUT_THREADS";
        let test =
            "credentials::live::tests::a_file_that_no_thread_can_look_at_leaves_the_secret_good";
        if std::env::var_os(ALONE).is_none() {
            let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
            let ended = alone.args(["--exact", test]).env(ALONE, "1").output().unwrap();
            assert!(ended.status.success(), "{ended:?}");
            return;
        }
        let account = FromFile::new("first");
        runtime::handle().unwrap();
        account.put("second");
        let pages = steady_pages();
        let limit = format!("--as={}:", pages * 4096 + 1536 * 1024);
        let mut prlimit = std::process::Command::new("prlimit");
        let process = std::process::id().to_string();
        assert!(prlimit.args(["--pid", &process, &limit]).status().unwrap().success());
        assert!(crate::threads::start_thread("one-more", || ()).is_err());
        let (secret, adapter) = account.used(None, 0);
        assert_eq!(secret, "first");
        // The vendor refused it, and there is no other.
        let (_, same) = account.used(Some(&adapter), 1);
        assert!(Arc::ptr_eq(&adapter, &same));
    }

    #[test]
    fn what_a_provider_gave_is_kept_where_another_gives_nothing() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let fails = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let provider = |name: &'static str, may_fail: bool| {
            let (asked, fails) = (Arc::clone(&asked), Arc::clone(&fails));
            let number = AtomicUsize::new(0);
            move |ask: &CredentialAsk| {
                asked.lock().unwrap().push((name, ask.reason()));
                if may_fail && fails.load(Ordering::SeqCst) {
                    return Err("it is closed".into());
                }
                let value = format!("{name}-{}", number.fetch_add(1, Ordering::SeqCst));
                Ok(Credentials::new(value).expires_in(Duration::from_secs(60)))
            }
        };
        let providers = crate::credentials::Providers::new()
            .with("first", provider("first", false))
            .with("second", provider("second", true));
        let entry = json!({
            "vendor": "tencent_faceid",
            "secret_id": {"provider": "first"},
            "secret_key": {"provider": "second"},
        });
        let config = json!({"vendors": [entry]}).to_string();
        let config = Config::from_json_with(&config, &providers).unwrap();
        let live = live(config);
        let start = Instant::now();
        let get = |refused: Option<&Arc<dyn Adapter>>, second| {
            let now = start + Duration::from_secs(second);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let got = runtime.unwrap().block_on(live.get(refused, now));
            let asked = std::mem::take(&mut *asked.lock().unwrap());
            (got.map_err(|error| error.kind()), asked)
        };
        let (none, first) = get(None, 0);
        assert_eq!(none.err(), Some(Kind::CredentialsUnavailable));
        assert_eq!(first, [("first", AskReason::First), ("second", AskReason::First)]);
        assert_eq!(get(None, 1).1, [("second", AskReason::First)]);
        fails.store(false, Ordering::SeqCst);
        assert_eq!(get(None, 2).1, [("second", AskReason::First)]);
        // Each ends by its own time.
        let (used, expired) = get(None, 61);
        let used = used.unwrap();
        assert_eq!(expired, [("first", AskReason::Expired)]);
        fails.store(true, Ordering::SeqCst);
        let (none, refused) = get(Some(&used), 61);
        assert_eq!(none.err(), Some(Kind::CredentialsUnavailable));
        assert_eq!(refused, [("first", AskReason::Refused), ("second", AskReason::Refused)]);
        // What was given for the failed renewal does not outlast its end.
        let (_, late) = get(Some(&used), 122);
        assert_eq!(late, [("first", AskReason::Refused), ("second", AskReason::Refused)]);
        fails.store(false, Ordering::SeqCst);
        let (other, last) = get(Some(&used), 123);
        assert!(!Arc::ptr_eq(&other.unwrap(), &used));
        assert_eq!(last, [("second", AskReason::Refused)]);
    }

    #[test]
    fn what_a_call_wants_follows_from_the_time_and_the_refusal() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut state = State::default();
        assert_eq!(state.wants(None, start), Some(Cause::Ask(AskReason::First)));
        let (used, other) = (adapter(), adapter());
        state.held = Some(HeldAccount {
            adapter: Arc::clone(&used),
            values: Arc::default(),
            files: BTreeMap::new(),
            look_at: None,
            ends: BTreeMap::from([("tokens".to_owned(), at(10))]),
        });
        assert_eq!(state.wants(None, at(9)), None);
        assert_eq!(state.wants(None, at(10)), Some(Cause::Ask(AskReason::Expired)));
        // What was refused was replaced already.
        assert_eq!(state.wants(Some(&other), at(9)), None);
        assert_eq!(state.wants(Some(&used), at(9)), Some(Cause::Ask(AskReason::Refused)));
        if let Some(held) = &mut state.held {
            held.ends.clear();
            held.files.insert("app_code".to_owned(), file());
        }
        assert_eq!(state.wants(None, at(20)), Some(Cause::Look));
        if let Some(held) = &mut state.held {
            held.look_at = Some(at(21));
        }
        assert_eq!(state.wants(None, at(20)), None);
        assert_eq!(state.wants(None, at(21)), Some(Cause::Look));
        assert_eq!(state.wants(Some(&used), at(20)), Some(Cause::Ask(AskReason::Refused)));
    }
}

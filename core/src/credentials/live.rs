//! An account whose secrets change: which adapter a call uses, and when another is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::{AskReason, CredentialAsk, CredentialProvider, Credentials, Providers, SecretFile};
use crate::config::{Entry, Origin, Values};
use crate::error::{Error, Kind};
use crate::threads::{block_signals, without_signals};
use crate::transport::runtime;
use crate::vendors::{Adapter, Vendor};
use crate::workers::Workers;

/// How often it is looked whether a file changed.
const LOOK: Duration = Duration::from_secs(1);

/// How long a look may take before a call goes on with what there is: a share may be slow.
const LOOK_PATIENCE: Duration = Duration::from_millis(200);

/// How long a provider's answer is waited for, for all calls together. Each call has its own
/// deadline, which is often shorter.
const ASK_LIMIT: Duration = Duration::from_secs(30);

/// The most questions of an account that were given up and whose provider has not returned: such a
/// one is not asked again, since each holds a thread.
const LOST_ASKS: usize = 4;

/// The stack of a thread that runs a provider.
const STACK: usize = 1024 * 1024;

type Outcome = Result<Held, Error>;

/// An account's adapter, made anew when its secrets change. One renewal at a time, for everybody who
/// waits; one that began is finished even if the call that began it gives up.
pub(crate) struct LiveAdapter {
    account: String,
    vendor: Vendor,
    entry: Entry,
    providers: BTreeMap<String, Arc<dyn CredentialProvider>>,
    state: Mutex<State>,
    /// Held by each question whose provider has not returned.
    asks: Arc<()>,
    /// One thread, that reads its files.
    reading: Workers,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    renewal: Option<(Cause, watch::Receiver<Option<Outcome>>)>,
}

/// What calls use now.
#[derive(Clone)]
struct Held {
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
    /// The account of an entry, with what its files hold and nothing of its providers.
    pub(crate) fn new(
        account: &str,
        vendor: Vendor,
        entry: Entry,
        providers: &Providers,
    ) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        let mut asked = BTreeMap::new();
        for (name, origin) in &entry.origins {
            match origin {
                Origin::Fixed => {}
                Origin::File(file) => {
                    files.insert(name.clone(), file.clone());
                }
                Origin::Provider(provider) => {
                    asked.extend(providers.get(provider).map(|it| (provider.clone(), it.clone())));
                }
            }
        }
        let held = if asked.is_empty() {
            let adapter = entry.open(&entry.values)?;
            let values = Arc::new(entry.values.clone());
            Some(Held { adapter, values, files, look_at: None, ends: BTreeMap::new() })
        } else {
            None
        };
        Ok(LiveAdapter {
            account: account.to_owned(),
            vendor,
            entry,
            providers: asked,
            state: Mutex::new(State { held, renewal: None }),
            asks: Arc::default(),
            reading: Workers::new("cardwire-files", 1),
        })
    }

    /// The adapter to use at `now`: not `refused`, unless there is no other.
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
                    None => (cause, true, self.start(&mut state, cause, now)?),
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
                return outcome.map(|held| held.adapter);
            }
        }
    }

    /// The adapter that calls used last.
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
        let runtime = runtime()?;
        let (sender, receiver) = watch::channel(None);
        state.renewal = Some((cause, receiver.clone()));
        let (live, held) = (Arc::clone(self), state.held.clone());
        runtime.spawn(async move {
            let outcome = live.renew(held, cause, now).await;
            {
                let mut state = live.lock();
                state.renewal = None;
                if let Ok(held) = &outcome {
                    state.held = Some(held.clone());
                }
            }
            let _ = sender.send(Some(outcome));
        });
        Ok(receiver)
    }

    async fn renew(&self, held: Option<Held>, cause: Cause, now: Instant) -> Outcome {
        let origins = self.entry.origins.iter();
        let mut files: BTreeMap<String, SecretFile> = match &held {
            Some(held) => held.files.clone(),
            None => origins
                .filter_map(|(name, origin)| match origin {
                    Origin::File(file) => Some((name.clone(), file.clone())),
                    Origin::Fixed | Origin::Provider(_) => None,
                })
                .collect(),
        };
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
                read.await.ok_or_else(|| {
                    Error::new(Kind::Internal, "the system gives no thread to read its files on")
                })?
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
            for (name, provider) in &self.providers {
                let is_over = ends.get(name).is_some_and(|end| *end <= now);
                if reason == AskReason::Expired && !is_over {
                    continue;
                }
                let given = self.ask(name, provider, reason).await?;
                match given.expires_in.and_then(|duration| now.checked_add(duration)) {
                    Some(end) => ends.insert(name.clone(), end),
                    None => ends.remove(name),
                };
                values.extend(self.values_of(name, given)?);
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
        Ok(Held { adapter, values: Arc::new(values), files, look_at, ends })
    }

    /// Whether the account can be opened with these secrets and whatever its providers give.
    fn is_usable(&self, values: &Values) -> bool {
        let mut values = values.clone();
        self.entry.fill_unknown(&mut values);
        self.entry.open(&values).is_ok()
    }

    /// The secrets that a provider is to give.
    fn secrets_of(&self, provider: &str) -> Vec<String> {
        let origins = self.entry.origins.iter();
        origins
            .filter(|(_, origin)| matches!(origin, Origin::Provider(name) if name == provider))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// What a provider gave, by the names that it was asked for.
    fn values_of(&self, provider: &str, given: Credentials) -> Result<Values, Error> {
        let secrets = self.secrets_of(provider);
        let Credentials { alone, mut named, .. } = given;
        if let Some(alone) = alone {
            let [only] = secrets.as_slice() else {
                let problem = format!("it gave one value for {}", secrets.join(", "));
                return Err(self.failed(provider, &problem));
            };
            named.insert(only.clone(), alone);
        }
        if named.is_empty() {
            let problem = format!("it gave no {}", secrets.join(", no "));
            return Err(self.failed(provider, &problem));
        }
        let wanted: BTreeSet<&String> = secrets.iter().collect();
        if named.keys().any(|name| !wanted.contains(name)) {
            let problem = format!("it gave something else than {}", secrets.join(", "));
            return Err(self.failed(provider, &problem));
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
            reply: Some(reply),
        };
        let (provider, running) = (Arc::clone(provider), Arc::clone(&self.asks));
        // A thread of its own: what a stranger's code waits for holds up nothing else.
        let thread = thread::Builder::new().name("cardwire-ask".to_owned()).stack_size(STACK);
        without_signals(|| {
            thread.spawn(move || {
                block_signals();
                provider.ask(ask);
                drop(running);
            })
        })
        .map_err(|error| {
            let message = format!("no thread can be started to ask a provider: {}", error.kind());
            Error::new(Kind::Internal, message)
        })?;
        match tokio::time::timeout(ASK_LIMIT, answered).await {
            Ok(Ok(Ok(credentials))) => Ok(credentials),
            Ok(Ok(Err(failure))) => {
                Err(self.failed(name, "it failed").with_source(Arc::from(failure)))
            }
            Ok(Err(_)) => Err(self.failed(name, "it ended without an answer")),
            Err(_) => Err(self.failed(name, "it did not answer within 30 seconds")),
        }
    }

    fn failed(&self, provider: &str, problem: &str) -> Error {
        let message = format!("the provider {provider:?} gave no credentials: {problem}");
        Error::new(Kind::CredentialsUnavailable, message)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What has to be renewed before a call can go on.
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

    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn adapter() -> Arc<dyn Adapter> {
        let config = r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": "x"}]}"#;
        Config::from_json(config).unwrap().accounts.remove(0).adapter
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
            let folder = format!("cardwire-live-{}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join("token");
            std::fs::write(&file, secret).unwrap();
            let entry = json!({"vendor": "wechat", "access_token": {"file": file}});
            let config = Config::from_json(&json!({"vendors": [entry]}).to_string()).unwrap();
            let (live, _) = config.accounts.into_iter().next().unwrap().live.unwrap();
            FromFile { folder, live: Arc::new(live), start: Instant::now() }
        }

        /// As a side-car does it: written beside it, then put in its place.
        fn put(&self, secret: &str) {
            std::fs::write(self.folder.join("next"), secret).unwrap();
            std::fs::rename(self.folder.join("next"), self.folder.join("token")).unwrap();
        }

        /// The secret that a call at this time uses, and its adapter.
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

    #[test]
    fn what_a_call_wants_follows_from_the_time_and_the_refusal() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut state = State::default();
        assert_eq!(state.wants(None, start), Some(Cause::Ask(AskReason::First)));
        let (used, other) = (adapter(), adapter());
        state.held = Some(Held {
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

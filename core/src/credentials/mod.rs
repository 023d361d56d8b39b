//! Credentials that change while a client lives: files that are read again, and providers of the host
//! program that are asked.

mod file;
mod live;

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::fork::ForkGuard;
use crate::secret::Secret;
use crate::slugs::slugs;
use crate::vendors::Vendor;

pub(crate) use file::{SecretFile, without_line_end};
pub(crate) use live::LiveAdapter;

slugs! {
    /// Why a provider is asked for credentials.
    AskReason {
        /// The account has none yet.
        First = "first",
        /// Those it gave last have reached the end that it gave with them.
        Expired = "expired",
        /// The vendor refused those it gave last.
        Refused = "refused",
    }
}

/// A provider's failure in the host program's own words. It is chained to the call's error
/// as its source, and nothing of it is shown in a message.
pub type ProviderFailure = Box<dyn StdError + Send + Sync>;

/// The values that a provider gives for the secrets it was asked for. `Debug` shows none of them.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Without a name where there is but one.
    alone: Option<Secret>,
    named: BTreeMap<String, Secret>,
    expires_in: Option<Duration>,
}

impl Credentials {
    /// Returns the value of the one secret that was asked for.
    pub fn new(secret: impl Into<String>) -> Self {
        Credentials { alone: Some(Secret::new(secret)), ..Credentials::default() }
    }

    /// Adds the value of a secret, named as in the configuration: where several were asked for, each
    /// is given so. One that the vendor can do without, such as `token`, may be left out.
    #[must_use]
    pub fn with(mut self, secret: impl Into<String>, value: impl Into<String>) -> Self {
        self.named.insert(secret.into(), Secret::new(value));
        self
    }

    /// Sets how long they can be used. After that the provider is asked again; without an end it is
    /// asked again only when the vendor refuses them.
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }
}

/// A question to a provider: which secrets of which account, and why. Answered once; one that is
/// dropped unanswered counts as a failure. A forked child's answer to one of its parent's reaches nobody.
pub struct CredentialAsk {
    vendor: Vendor,
    account: String,
    secrets: Vec<String>,
    reason: AskReason,
    /// The one who waits. A child must not wake its parent's, nor by dropping this.
    reply: ForkGuard<Mutex<Option<Reply>>>,
}

type Reply = oneshot::Sender<Result<Credentials, ProviderFailure>>;

impl CredentialAsk {
    /// The longest time that an answer is waited for, for all calls together. Each call has its own deadline, which
    /// is often shorter.
    pub const LIMIT: Duration = Duration::from_secs(30);

    /// Returns the vendor of the account.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// Returns the account: the `name` of its entry in the configuration, or the vendor's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the keys of the entry that name this provider, such as `access_token`, or `secret_id`,
    /// `secret_key` and `token`, sorted. All of them are given at once, so that they belong together.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Returns why it is asked.
    pub fn reason(&self) -> AskReason {
        self.reason
    }

    /// Returns whether nobody waits for the answer any more: [`CredentialAsk::LIMIT`] is over, or this
    /// is a forked child of the process that was asked.
    pub fn is_given_up(&self) -> bool {
        let is_closed = || self.lock().as_ref().is_none_or(Reply::is_closed);
        !self.reply.is_ours() || is_closed()
    }

    /// Answers it. An answer that comes after [`CredentialAsk::LIMIT`] is dropped.
    pub fn answer(self, answer: Result<Credentials, ProviderFailure>) {
        if self.reply.is_ours()
            && let Some(reply) = self.lock().take()
        {
            let _ = reply.send(answer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Reply>> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CredentialAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialAsk")
            .field("account", &self.account)
            .field("secrets", &self.secrets)
            .field("reason", &self.reason)
            .finish()
    }
}

/// Code of the host program that gives an account's credentials: a company's token service, temporary
/// keys, the `authorizer_access_token` of a third-party platform.
///
/// It is asked for the first call, after the end that it gave, and after the vendor refused what it
/// gave (the call is then repeated once, with the new value, if that refusal was not billed). Of many
/// calls that wait, one asks. Each waits no longer than its own deadline allows.
///
/// A closure from a question to an answer is a provider. It runs on a thread that nothing else waits
/// for, so it may block; it may also use the client, but not with the account that waits for it.
///
/// ```
/// use std::time::Duration;
///
/// use cardwire::{
///     AskReason, Config, CredentialAsk, CredentialProvider, Credentials, ProviderFailure, Providers,
///     Vendor,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token_service = |ask: &CredentialAsk| -> Result<Credentials, ProviderFailure> {
///     if ask.is_given_up() {
///         return Err("nobody waits for it any more".into());
///     }
///     assert_eq!((ask.vendor(), ask.account()), (Vendor::AliyunYhkr, "aliyun_yhkr"));
///     assert_eq!((ask.secrets(), ask.reason()), (&["app_code".to_owned()][..], AskReason::First));
///     let code = Credentials::new("not-a-real-code").expires_in(Duration::from_secs(3600));
///     // Where an entry names one provider for several secrets, each has its name.
///     let _keys = Credentials::default().with("secret_id", "id").with("secret_key", "key");
///     Ok(code)
/// };
/// /// One that answers later, from a thread of its own.
/// struct Later;
/// impl CredentialProvider for Later {
///     fn ask(&self, ask: CredentialAsk) {
///         std::thread::spawn(move || ask.answer(Ok(Credentials::new("not-a-real-code"))));
///     }
/// }
/// let providers = Providers::new().with("codes", token_service).with("later", Later);
/// let config = Config::from_json_with(
///     r#"{"vendors": [{"vendor": "aliyun_yhkr", "app_code": {"provider": "codes"}}]}"#,
///     &providers,
/// )?;
/// # Ok(())
/// # }
/// ```
pub trait CredentialProvider: Send + Sync {
    /// Answers `ask`, before this returns or later, from any thread.
    fn ask(&self, ask: CredentialAsk);
}

impl<F> CredentialProvider for F
where
    F: Fn(&CredentialAsk) -> Result<Credentials, ProviderFailure> + Send + Sync,
{
    fn ask(&self, ask: CredentialAsk) {
        let answer = self(&ask);
        ask.answer(answer);
    }
}

/// The providers of a client, by the names that its configuration uses: `{"provider": NAME}`.
#[derive(Clone, Default)]
pub struct Providers(BTreeMap<String, Arc<dyn CredentialProvider>>);

impl Providers {
    /// Returns a set without providers.
    pub fn new() -> Self {
        Providers::default()
    }

    /// Adds a provider, or replaces another of that name.
    #[must_use]
    pub fn with(
        mut self,
        name: impl Into<String>,
        provider: impl CredentialProvider + 'static,
    ) -> Self {
        self.0.insert(name.into(), Arc::new(provider));
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<dyn CredentialProvider>> {
        self.0.get(name)
    }

    /// Returns their names, for a message.
    pub(crate) fn names(&self) -> String {
        let names: Vec<String> = self.0.keys().map(|name| format!("{name:?}")).collect();
        names.join(", ")
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

//! The configuration: one JSON document, the same in every language.

mod document;
mod endpoint;
mod entry;
mod files;
mod keys;
mod policy;
mod secrets;
mod section;
mod show;
mod unknown;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use cardwire_issuers::Issuers;
use serde_json::Value;

use crate::card::IssuerTable;
use crate::credentials::Providers;
use crate::error::Error;
use crate::secret::Secret;
use crate::shared::SharedStore;
use crate::transport::{ConnectionSettings, MakeTransport, Transport};
use crate::vendors::{Adapter, Channel, Vendor};
use endpoint::HOST_FORM;
use secrets::EntrySecrets;
use show::quoted;

pub(crate) use endpoint::{AddressParts, BASE_FORM, Endpoint, PlainHttp};
pub(crate) use entry::Entry;
pub(crate) use policy::{FailoverConfig, RetryConfig};
pub(crate) use secrets::{Origin, Values};
pub(crate) use section::Section;
pub use show::shown_key;

/// The longest time that a call may take where neither the configuration nor the call says.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time that connecting may take where the configuration does not say.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest timeout that is taken: a day.
const TIMEOUT_LIMIT_MS: u64 = 24 * 60 * 60 * 1000;

/// A checked configuration. `Debug` shows no secret.
pub struct Config {
    pub(crate) accounts: Vec<AccountConfig>,
    pub(crate) timeout: Duration,
    pub(crate) connections: ConnectionSettings,
    /// Makes the program's own transport.
    pub(crate) make_transport: Option<MakeTransport>,
    pub(crate) journal: Option<PathBuf>,
    /// The address of a Redis.
    pub(crate) token_store: Option<Secret>,
    pub(crate) retry: RetryConfig,
    pub(crate) failover: FailoverConfig,
    /// Photos are made to fit what a vendor takes.
    pub(crate) fit_images: bool,
    /// The table of card number prefixes.
    pub(crate) issuers: IssuerTable,
}

/// One entry of `vendors`.
pub(crate) struct AccountConfig {
    pub(crate) name: String,
    pub(crate) vendor: Vendor,
    pub(crate) timeout: Option<Duration>,
    pub(crate) requests_per_second: Option<f64>,
    /// The requests of one of the vendor's days.
    pub(crate) daily_quota: Option<u32>,
    pub(crate) adapter: Arc<dyn Adapter>,
    /// The address that is asked; none on this machine.
    pub(crate) endpoint: Option<Endpoint>,
    /// Of an account whose secrets change: the sources it is opened again from, and its facts
    /// whatever they are.
    pub(crate) live: Option<(Entry, Arc<dyn Adapter>)>,
}

impl Config {
    /// Reads and checks a configuration document.
    ///
    /// # Errors
    /// `invalid_config`, with a message that begins with the path of the key, for example
    /// `vendors[0].app_id`. A key that stands twice is named, and one that is not known is named with
    /// the nearest one that is, before anything else that is wrong.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        Config::from_json_with(json, &Providers::new())
    }

    /// Reads a configuration like [`Config::from_json`], from a document in which secrets are
    /// `{"provider": NAME}`.
    ///
    /// # Errors
    /// `invalid_config`, also for a provider that is not among `providers`.
    pub fn from_json_with(json: &str, providers: &Providers) -> Result<Self, Error> {
        // Editors and PowerShell put a mark before the text.
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        if json.trim().is_empty() {
            return Err(Error::config("configuration", "a JSON document", "an empty text"));
        }
        let document = document::read(json)?;
        let told = |error| match keys::is_learning() {
            true => error,
            false => unknown::first(&document, &config_keys()).unwrap_or(error),
        };
        Config::from_document(&document, providers).map_err(told)
    }

    /// Returns the same configuration with a transport of the program's own instead of the library's.
    ///
    /// `make` is asked at the first call, with what the configuration says of connections, and again
    /// after it gave an error, which is that call's.
    pub fn with_transport<T: Transport + 'static>(
        mut self,
        make: impl Fn(&ConnectionSettings) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Self {
        self.make_transport = Some(Box::new(move |settings| Ok(Arc::new(make(settings)?))));
        self
    }

    /// Returns the path of the journal, where one is configured.
    ///
    /// ```
    /// use cardwire::Config;
    ///
    /// # fn main() -> Result<(), cardwire::Error> {
    /// let config = Config::from_json(r#"{"vendors": [{"vendor": "offline"}]}"#)?;
    /// assert_eq!(config.journal(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn journal(&self) -> Option<&Path> {
        self.journal.as_deref()
    }

    fn from_document(document: &Value, providers: &Providers) -> Result<Self, Error> {
        let mut top = Section::new(String::new(), document)?;
        let timeout = timeout_of(&mut top, "timeout_ms")?.unwrap_or(DEFAULT_TIMEOUT);
        let connect_timeout =
            timeout_of(&mut top, "connect_timeout_ms")?.unwrap_or(DEFAULT_CONNECT_TIMEOUT);
        let proxy = top.secret("proxy")?;
        if let Some(proxy) = &proxy {
            endpoint::check_proxy(proxy.reveal())
                .map_err(|found| Error::config("proxy", endpoint::PROXY_FORM, found))?;
        }
        let ca_file = top.text("ca_file")?;
        let ca_file = ca_file.map(|path| files::read_ca_file(Path::new(&path))).transpose()?;
        let reuse_connections = top.flag("reuse_connections")?.unwrap_or(true);
        let token_store = top.secret("token_store")?.filter(|store| store.reveal() != "memory");
        if let Some(store) = &token_store {
            endpoint::check_token_store(store.reveal())
                .and_then(|()| match SharedStore::is_address(store) {
                    true => Ok(()),
                    false => Err("no address of a Redis"),
                })
                .map_err(|found| Error::config("token_store", endpoint::STORE_FORM, found))?;
        }
        let journal = top.text("journal")?;
        let journal = journal.map(|path| files::check_journal(Path::new(&path))).transpose()?;
        let retry = policy::retry(&mut top)?;
        let mut names = HashSet::new();
        let mut accounts = Vec::new();
        for entry in top.sections("vendors")? {
            let given = Values::new();
            let secrets = EntrySecrets::new(entry.whole().0, providers, &given);
            let mut entry = entry.with_secrets(Rc::clone(&secrets));
            let account = account(&mut entry, &secrets, proxy.is_some())?;
            entry.finish()?;
            if !names.insert(account.name.clone()) {
                let key = entry.path_of("name");
                return Err(Error::config(
                    key,
                    "a name that no other entry has",
                    "that of an entry before",
                ));
            }
            accounts.push(account);
        }
        let failover = policy::failover(&mut top, &accounts)?;
        let fit_images = match top.flag("fit_images")? {
            Some(true) if !cfg!(feature = "offline") => {
                let expected = "a build of the library with the feature offline, or false";
                return Err(Error::config("fit_images", expected, "one without it"));
            }
            wanted => wanted.unwrap_or(cfg!(feature = "offline")),
        };
        let issuers = issuers(&mut top)?;
        top.finish()?;
        if accounts.is_empty() {
            return Err(Error::config("vendors", "at least one account", "none"));
        }
        Ok(Config {
            accounts,
            timeout,
            connections: ConnectionSettings { connect_timeout, proxy, ca_file, reuse_connections },
            make_transport: None,
            journal,
            token_store,
            retry,
            failover,
            fit_images,
            issuers,
        })
    }
}

/// Returns every key that the configuration takes, for the tests that hold the types of the
/// languages and the documents to it.
pub fn config_keys() -> keys::KeysBySection {
    let mut all = keys::KeysBySection::new();
    let mut read = |document: &serde_json::Value, entry: &str| {
        let asked = keys::learn(|| {
            // The document is refused, after everything was asked for.
            let _ = Config::from_json(&document.to_string());
        });
        for (path, asked) in asked {
            all.entry(path.replace("vendors[0]", entry)).or_default().extend(asked);
        }
    };
    read(&serde_json::json!({"retry": {}, "failover": {}, "issuers": {}, "vendors": []}), "");
    for vendor in Vendor::ALL {
        // A vendor refuses the keys of the others once it has asked for its own.
        let entry = serde_json::json!({
            "vendor": vendor.name(),
            "app_id": "a1",
            "encryption": {},
        });
        read(&serde_json::json!({"vendors": [entry]}), &format!("vendors.{vendor}"));
    }
    all
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.accounts.iter().map(|account| account.name.as_str()).collect();
        f.debug_struct("Config").field("vendors", &names).field("timeout", &self.timeout).finish()
    }
}

/// Returns the built-in table of issuers, with the rows of `issuers.file` before its own or, where
/// `issuers.built_in` is false, in their place.
fn issuers(top: &mut Section<'_>) -> Result<IssuerTable, Error> {
    let Some(mut section) = top.section("issuers")? else { return Ok(IssuerTable::default()) };
    let file = section.required_text("file")?;
    let is_extended = section.flag("built_in")?.unwrap_or(true);
    section.finish()?;
    let rows = files::read_issuers(&section.path_of("file"), Path::new(&file))?;
    let read =
        if is_extended { Issuers::built_in().extended(&rows) } else { Issuers::from_csv(&rows) };
    read.map(IssuerTable::own).map_err(|error| {
        section.problem("file", error.expected, format_args!("another text in line {}", error.line))
    })
}

fn timeout_of(section: &mut Section<'_>, key: &'static str) -> Result<Option<Duration>, Error> {
    match section.integer(key)? {
        None => Ok(None),
        Some(milliseconds @ 1..=TIMEOUT_LIMIT_MS) => Ok(Some(Duration::from_millis(milliseconds))),
        Some(found) => {
            let expected = format!("1 to {TIMEOUT_LIMIT_MS} milliseconds");
            Err(section.unexpected(key, expected, &found.into()))
        }
    }
}

fn account(
    entry: &mut Section<'_>,
    secrets: &EntrySecrets<'_>,
    has_proxy: bool,
) -> Result<AccountConfig, Error> {
    let vendor_name = entry.required_text("vendor")?;
    let vendor = Vendor::from_name(&vendor_name).ok_or_else(|| {
        let names = quoted(Vendor::ALL.iter().map(|vendor| vendor.name()));
        entry.problem("vendor", format_args!("one of {names}"), "another string")
    })?;
    let name = entry.text("name")?.unwrap_or_else(|| vendor.name().to_owned());
    // A list of names is a text with commas in some languages.
    let is_odd = |one: char| one.is_control() || one == ',';
    if name.is_empty() || name.len() > 64 || name.chars().any(is_odd) || name.trim() != name {
        let found = match name.len() {
            1..=64 if name.contains(',') => "a comma".to_owned(),
            1..=64 if name.trim() != name => "a blank around it".to_owned(),
            1..=64 => "a control character".to_owned(),
            bytes => format!("{bytes} bytes"),
        };
        let expected = "1 to 64 bytes without commas, control characters and blanks around it";
        return Err(entry.problem("name", expected, found));
    }
    if Vendor::from_name(&name).is_some_and(|named| named != vendor) {
        return Err(entry.problem("name", "no name of another vendor", "one"));
    }
    let timeout = timeout_of(entry, "timeout_ms")?;
    let requests_per_second =
        entry.number("requests_per_second")?.or(vendor.profile().requests_per_second);
    if let Some(rate) = requests_per_second.filter(|rate| !(*rate > 0.0 && *rate <= 1_000_000.0)) {
        let expected = "a number above 0 and up to 1000000";
        return Err(entry.unexpected("requests_per_second", expected, &rate.into()));
    }
    // 0 says that there is none, where the vendor's free quota would count otherwise.
    let daily_quota = match entry.integer("daily_quota")? {
        None => vendor.profile().daily_quota,
        Some(0) => None,
        Some(quota) => Some(u32::try_from(quota).unwrap_or(u32::MAX)),
    };
    let (adapter, endpoint, live) = match vendor.profile().channel {
        Channel::OnThisMachine { open } => (open(entry)?, None, None),
        Channel::Http { default_url, open } => {
            let endpoint = endpoint(entry, default_url, has_proxy)?;
            let adapter = open(entry, endpoint.clone())?;
            let (path, object) = entry.whole();
            let live = match Entry::new(path, object, open, endpoint.clone(), secrets) {
                Some(entry) => {
                    let shape = entry.shape()?;
                    Some((entry, shape))
                }
                None => None,
            };
            (adapter, Some(endpoint), live)
        }
    };
    let adapter = Arc::from(adapter);
    Ok(AccountConfig {
        name,
        vendor,
        timeout,
        requests_per_second,
        daily_quota,
        adapter,
        endpoint,
        live,
    })
}

/// Returns where an account is asked over HTTP.
fn endpoint(
    entry: &mut Section<'_>,
    default_url: &str,
    has_proxy: bool,
) -> Result<Endpoint, Error> {
    let allow_insecure = entry.flag("allow_insecure_http")?.unwrap_or(false);
    let plain = PlainHttp::new(allow_insecure, has_proxy);
    let url = entry.text("base_url")?;
    let endpoint = Endpoint::parse(url.as_deref().unwrap_or(default_url), plain)
        .map_err(|found| entry.problem("base_url", BASE_FORM, found))?;
    match entry.text("host")? {
        None => Ok(endpoint),
        Some(host) => {
            endpoint.asked_as(&host).map_err(|found| entry.problem("host", HOST_FORM, found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn refused(json: &str) -> String {
        let error = Config::from_json(json).err().unwrap();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        error.message().to_owned()
    }

    fn with_entry(entry: &str) -> String {
        refused(&format!(r#"{{"vendors":[{{{entry}}}]}}"#))
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_known_one() {
        assert_eq!(
            with_entry(r#""vendor":"aliyun_yhkr","app_cod":"x","app_code":"y""#),
            "vendors[0].app_cod: expected \"app_code\", found an unknown key"
        );
        assert_eq!(
            refused(r#"{"vendors":[],"timeout":1}"#),
            "timeout: expected \"timeout_ms\", found an unknown key"
        );
        // None is near.
        assert_eq!(
            refused(r#"{"vendors":[],"retry":{"jitter":true}}"#),
            "retry.jitter: expected one of attempts, base_ms, breaker, least_time_ms, \
             longest_ms, throttle_base_ms, found an unknown key"
        );
    }

    #[test]
    fn an_unknown_key_is_told_before_what_is_missing_for_it() {
        for (entry, message) in [
            (
                r#""vendor":"tencent_kyc","appId":"a1","secret":"s""#,
                "vendors[0].appId: expected \"app_id\", found an unknown key",
            ),
            (
                r#""vendor":"wechat","appid":"a1","appsecret":"s""#,
                "vendors[0].appid: expected \"app_id\", found an unknown key",
            ),
            (
                r#""vendor":"tencent_faceid","secretId":"a","secretKey":"b""#,
                "vendors[0].secretId: expected \"secret_id\", found an unknown key",
            ),
            (
                r#""vendor":"aliyun_yhkr","APPCODE":"x","base_url":"no address""#,
                "vendors[0].APPCODE: expected \"app_code\", found an unknown key",
            ),
            (
                r#""vendor":"tencent_faceid","secret_id":"a","encryption":{"publicKey":"x"}"#,
                "vendors[0].encryption.publicKey: expected \"public_key\", found an unknown key",
            ),
            (
                r#""Vendor":"wechat""#,
                "vendors[0].Vendor: expected \"vendor\", found an unknown key",
            ),
            (r#""app_id":"a1""#, "vendors[0].vendor: expected a string, found none"),
            (
                r#""vendor":"wechat","app_id":"a1""#,
                "vendors[0].app_secret: expected it beside app_id, found none",
            ),
            // Of another vendor, and the top's own come first.
            (
                r#""vendor":"tencent_kyc","app_code":"x""#,
                "vendors[0].app_code: expected \"app_id\", found an unknown key",
            ),
            (r#""vendor":"nobody","app_code":"x""#, "vendors[0].vendor: expected one of "),
        ] {
            let found = with_entry(entry);
            assert!(found.starts_with(message), "{found}");
        }
        assert_eq!(
            refused(r#"{"vendors":[{"vendor":"wechat"}],"connectTimeoutMs":1}"#),
            "connectTimeoutMs: expected \"connect_timeout_ms\", found an unknown key"
        );
        assert_eq!(
            refused(r#"{"vendors":[{"vendor":"wechat"}],"retry":{"maxAttempts":1}}"#),
            "retry.maxAttempts: expected \"attempts\", found an unknown key"
        );
    }

    #[test]
    fn a_mark_before_the_document_is_none_of_it() {
        let json = r#"{"vendors":[{"vendor":"aliyun_yhkr","app_code":"x"}]}"#;
        assert!(Config::from_json(&format!("\u{feff}{json}")).is_ok());
        assert!(Config::from_json(&format!("\u{feff}\u{feff}{json}")).is_err());
    }

    #[test]
    fn values_are_checked_by_key() {
        assert_eq!(refused(" \n"), "configuration: expected a JSON document, found an empty text");
        assert_eq!(
            refused("{"),
            "configuration: expected a JSON document, found a mistake at line 1 column 1: \
             EOF while parsing an object"
        );
        assert_eq!(refused("[]"), "configuration: expected an object, found a list");
        assert_eq!(
            refused(r#"{"vendors":[]}"#),
            "vendors: expected at least one account, found none"
        );
        assert_eq!(
            refused(r#"{"vendors":[{}]}"#),
            "vendors[0].vendor: expected a string, found none"
        );
        assert_eq!(
            refused(r#"{"vendors":[],"timeout_ms":0}"#),
            "timeout_ms: expected 1 to 86400000 milliseconds, found 0"
        );
        assert_eq!(
            with_entry(r#""vendor":"aliyun_yhkr","app_code":"x","base_url":"http://example.com""#),
            "vendors[0].base_url: expected https://HOST, with a port and a path where they are needed, \
             found plain http to another host, which needs \"allow_insecure_http\": true"
        );
        assert_eq!(
            with_entry(r#""vendor":"aliyun_yhkr","app_code":{"env":"CARDWIRE_TEST_NOT_SET"}"#),
            "vendors[0].app_code: expected a value of the environment variable \
             CARDWIRE_TEST_NOT_SET, found none"
        );
        assert_eq!(
            with_entry(r#""vendor":"aliyun_yhkr","app_code":"a\nb""#),
            "vendors[0].app_code: expected 1 to 65536 printable ASCII characters without spaces \
             around them, found control characters, or others than ASCII"
        );
    }

    #[test]
    fn plain_http_to_another_host_and_a_proxy_are_refused_together() {
        let read = |keys: &str, url: &str| {
            let entry = format!(
                r#"{{"vendor":"aliyun_yhkr","app_code":"x","allow_insecure_http":true,"base_url":"{url}"}}"#
            );
            Config::from_json(&format!(r#"{{"vendors":[{entry}]{keys}}}"#))
        };
        let proxy = r#","proxy":"http://proxy.example:3128""#;
        assert!(read("", "http://relay.example").is_ok());
        assert_eq!(
            read(proxy, "http://relay.example").err().unwrap().message(),
            "vendors[0].base_url: expected https://HOST, with a port and a path where they are \
             needed, found plain http beside a \"proxy\", which would read what is sent"
        );
        for past in ["http://127.0.0.1:1", "http://127.8.9.1", "http://[::1]", "http://localhost:1"]
        {
            assert!(read(proxy, past).is_ok(), "{past}");
        }
    }

    #[test]
    fn two_accounts_of_one_vendor_need_names() {
        let entry = r#"{"vendor":"aliyun_yhkr","app_code":"x"}"#;
        assert_eq!(
            refused(&format!(r#"{{"vendors":[{entry},{entry}]}}"#)),
            "vendors[1].name: expected a name that no other entry has, found that of an entry before"
        );
        for (name, found) in [
            ("a,b", "a comma"),
            (" a", "a blank around it"),
            ("\\u3000a", "a blank around it"),
            ("a\\u0000", "a control character"),
        ] {
            let entry = format!(r#"{{"vendor":"aliyun_yhkr","name":"{name}","app_code":"x"}}"#);
            let message = refused(&format!(r#"{{"vendors":[{entry}]}}"#));
            let expected = "1 to 64 bytes without commas, control characters and blanks around it";
            assert_eq!(message, format!("vendors[0].name: expected {expected}, found {found}"));
        }
        let entry = r#"{"vendor":"aliyun_yhkr","name":"wechat","app_code":"x"}"#;
        assert_eq!(
            refused(&format!(r#"{{"vendors":[{entry}]}}"#)),
            "vendors[0].name: expected no name of another vendor, found one"
        );
    }

    #[test]
    fn a_secret_without_its_quotes_is_not_shown() {
        for number in ["12345678", "7", "-1.5"] {
            let entry = |value: &str| {
                refused(&format!(
                    r#"{{"vendors":[{{"vendor":"aliyun_yhkr","app_code":{value}}}]}}"#
                ))
            };
            assert!(entry(number).ends_with(", found a number"));
            let source = entry(&format!(r#"{{"env":{number}}}"#));
            assert_eq!(source, "vendors[0].app_code.env: expected a string, found a number");
        }
    }

    #[test]
    fn every_section_is_seen() {
        let keys = config_keys();
        let has =
            |section: &str, key: &str| keys.get(section).is_some_and(|keys| keys.contains(key));
        assert!(has("", "journal") && has("", "token_store") && has("", "failover"));
        assert!(has("retry", "breaker") && has("failover", "also"));
        for vendor in Vendor::ALL {
            let section = format!("vendors.{vendor}");
            assert!(has(&section, "vendor") && has(&section, "daily_quota"), "{section}");
        }
        assert!(has("vendors.tencent_kyc", "app_id_field"));
        assert!(has("vendors.wechat", "force_refresh"));
        assert!(has("vendors.aliyun_yhkr", "stage") && has("vendors.aliyun_bankocr", "app_key"));
        assert!(has("vendors.aliyun_ocr", "security_token"));
        assert!(has("vendors.aliyun_bankmeta", "identity_type"));
        assert!(has("vendors.tencent_kyc", "secret") && has("vendors.tencent_faceid", "signature"));
        assert!(has("vendors.tencent_faceid.encryption", "public_key"));
    }

    #[test]
    fn every_key_is_documented() {
        let english = include_str!("../../../docs/configuration.md");
        let chinese = include_str!("../../../docs/zh/configuration.md");
        for (section, keys) in config_keys() {
            for key in keys {
                let named = [format!("`{key}`"), format!("\"{key}\"")];
                for page in [english, chinese] {
                    assert!(named.iter().any(|named| page.contains(named)), "{section}: {key}");
                }
            }
        }
    }
}

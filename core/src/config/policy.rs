//! `retry` and `failover`.

use std::time::Duration;

use super::AccountConfig;
use super::section::Section;
use super::show::quoted;
use crate::decision::Failover;
use crate::error::Error;
use crate::scrub::shown;
use crate::vendors::Operation;

/// The most requests of one call that can be configured.
const ATTEMPTS_LIMIT: u64 = 10;

/// The longest wait that can be configured: an hour.
const WAIT_LIMIT_MS: u64 = 60 * 60 * 1000;

/// When a call is sent again. The defaults are those of the AWS SDKs since 2026.
#[derive(Clone, Debug)]
pub(crate) struct RetryConfig {
    /// The most requests of one call, over all vendors.
    pub(crate) attempts: u32,
    /// The span from which the first wait is drawn; it doubles each time.
    pub(crate) base: Duration,
    /// The same where the vendor wants fewer requests.
    pub(crate) throttle_base: Duration,
    pub(crate) longest: Duration,
    /// With less than this left of the deadline no billed request starts.
    pub(crate) least_time: Duration,
    pub(crate) breaker: bool,
}

impl Default for RetryConfig {
    fn default() -> Self {
        RetryConfig {
            attempts: 3,
            base: Duration::from_millis(50),
            throttle_base: Duration::from_secs(1),
            longest: Duration::from_secs(20),
            least_time: Duration::from_secs(3),
            breaker: true,
        }
    }
}

/// The accounts that a call may go on to; none where nothing is configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct FailoverConfig {
    recognize: Vec<String>,
    verify: Vec<String>,
    lookup_card: Vec<String>,
    also: Vec<Failover>,
}

impl FailoverConfig {
    /// Returns one that lists these; its accounts are chosen elsewhere.
    #[cfg(test)]
    pub(crate) fn listing(also: Vec<Failover>) -> Self {
        FailoverConfig { also, ..FailoverConfig::default() }
    }

    /// Returns the accounts for an operation, in order. An order is kept by one vendor only.
    pub(crate) fn accounts(&self, operation: Operation) -> &[String] {
        match operation {
            Operation::Recognize => &self.recognize,
            Operation::Verify => &self.verify,
            Operation::LookupCard => &self.lookup_card,
            Operation::FetchOrder => &[],
        }
    }

    /// Returns whether the configuration allows such a failover.
    pub(crate) fn allows(&self, failover: Failover) -> bool {
        match failover {
            Failover::Never => false,
            Failover::Yes => true,
            Failover::Unrecognized | Failover::Credentials | Failover::VendorFailed => {
                self.also.contains(&failover)
            }
        }
    }
}

pub(super) fn retry(top: &mut Section<'_>) -> Result<RetryConfig, Error> {
    let mut config = RetryConfig::default();
    let Some(mut section) = top.section("retry")? else { return Ok(config) };
    if let Some(attempts) = section.integer("attempts")? {
        if !(1..=ATTEMPTS_LIMIT).contains(&attempts) {
            let expected = format!("1 to {ATTEMPTS_LIMIT}");
            return Err(section.unexpected("attempts", expected, &attempts.into()));
        }
        config.attempts = u32::try_from(attempts).unwrap_or(1);
    }
    for (key, value) in [
        ("base_ms", &mut config.base),
        ("throttle_base_ms", &mut config.throttle_base),
        ("longest_ms", &mut config.longest),
        ("least_time_ms", &mut config.least_time),
    ] {
        match section.integer(key)? {
            None => {}
            Some(milliseconds @ 0..=WAIT_LIMIT_MS) => *value = Duration::from_millis(milliseconds),
            Some(found) => {
                let expected = format!("0 to {WAIT_LIMIT_MS} milliseconds");
                return Err(section.unexpected(key, expected, &found.into()));
            }
        }
    }
    config.breaker = section.flag("breaker")?.unwrap_or(config.breaker);
    section.finish()?;
    Ok(config)
}

pub(super) fn failover(
    top: &mut Section<'_>,
    accounts: &[AccountConfig],
) -> Result<FailoverConfig, Error> {
    let mut config = FailoverConfig::default();
    let Some(mut section) = top.section("failover")? else { return Ok(config) };
    for (key, operation, list) in [
        ("recognize", Operation::Recognize, &mut config.recognize),
        ("verify", Operation::Verify, &mut config.verify),
        ("lookup_card", Operation::LookupCard, &mut config.lookup_card),
    ] {
        *list = section.texts(key)?;
        for (at, name) in list.iter().enumerate() {
            if list.iter().take(at).any(|before| before == name) {
                let found = format!("\"{}\" twice", shown(name));
                return Err(section.problem(key, "each name once", found));
            }
            let named =
                |account: &&AccountConfig| account.name == *name || account.vendor.name() == name;
            let able = |account: &AccountConfig| account.vendor.operations().contains(&operation);
            match accounts.iter().find(named) {
                None => {
                    let found = format!("\"{}\"", shown(name));
                    return Err(section.problem(key, "names of \"vendors\"", found));
                }
                Some(account) if !able(account) => {
                    let expected = format!("accounts that {operation}");
                    let found = format!("{name:?}, which does not");
                    return Err(section.problem(key, expected, found));
                }
                Some(_) => {}
            }
        }
    }
    let reasons = [Failover::Unrecognized, Failover::Credentials, Failover::VendorFailed];
    for word in section.texts("also")? {
        let Some(reason) = reasons.iter().find(|reason| reason.slug() == word) else {
            let expected = format!("some of {}", quoted(reasons.map(Failover::slug)));
            return Err(section.problem("also", expected, "another string"));
        };
        config.also.push(*reason);
    }
    section.finish()?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use serde_json::{Value, json};

    fn read(extra: Value) -> Result<Config, String> {
        let mut document = json!({"vendors": [
            {"vendor": "aliyun_bankocr", "app_code": "x"},
            {"vendor": "aliyun_yhkr", "name": "second", "app_code": "y"},
        ]});
        for (key, value) in extra.as_object().unwrap() {
            document[key] = value.clone();
        }
        Config::from_json(&document.to_string()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn nothing_is_repeated_where_the_configuration_says_so() {
        assert_eq!(read(json!({})).unwrap().retry.attempts, 3);
        let retry = read(json!({"retry": {"attempts": 1, "least_time_ms": 0}})).unwrap().retry;
        assert_eq!((retry.attempts, retry.least_time), (1, Duration::ZERO));
        for (extra, message) in [
            (json!({"retry": {"attempts": 0}}), "retry.attempts: expected 1 to 10, found 0"),
            (
                json!({"retry": {"attempt": 1}}),
                "retry.attempt: expected \"attempts\", found an unknown key",
            ),
            (
                json!({"retry": {"base_ms": 3_600_001}}),
                "retry.base_ms: expected 0 to 3600000 milliseconds, found 3600001",
            ),
            (json!({"retry": 3}), "retry: expected an object, found 3"),
            (json!({"retry": 123_456_789}), "retry: expected an object, found a longer number"),
        ] {
            assert_eq!(read(extra).err().unwrap(), message);
        }
    }

    #[test]
    fn failover_names_accounts_that_do_the_operation() {
        let none = read(json!({})).unwrap().failover;
        assert!(none.accounts(Operation::Verify).is_empty());
        assert!(none.allows(Failover::Yes) && !none.allows(Failover::Unrecognized));
        let config = json!({"failover": {"verify": ["second"], "also": ["unrecognized"]}});
        let config = read(config).unwrap().failover;
        assert_eq!(config.accounts(Operation::Verify), ["second"]);
        assert!(config.allows(Failover::Unrecognized) && !config.allows(Failover::VendorFailed));
        assert!(!config.allows(Failover::Never));
        for (extra, message) in [
            (
                json!({"failover": {"verify": ["wechat"]}}),
                "failover.verify: expected names of \"vendors\", found \"wechat\"",
            ),
            (
                json!({"failover": {"recognize": ["second"]}}),
                "failover.recognize: expected accounts that recognize, found \"second\", which does not",
            ),
            (
                json!({"failover": {"also": ["unknown"]}}),
                "failover.also: expected some of \"unrecognized\", \"credentials\", \"vendor_failed\", found another string",
            ),
            (
                json!({"failover": {"verify": ["second", "second"]}}),
                "failover.verify: expected each name once, found \"second\" twice",
            ),
            (
                json!({"failover": {"verify": "second"}}),
                "failover.verify: expected a list, found a string",
            ),
        ] {
            assert_eq!(read(extra).err().unwrap(), message);
        }
    }
}

//! The keys that a configuration takes, as reading one asks for them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Config;
use crate::vendors::Vendor;

/// Keys by the section that they stand in: `""` is the top, `vendors.wechat` an entry of that vendor.
pub type KeysBySection = BTreeMap<String, BTreeSet<&'static str>>;

thread_local! {
    static ASKED: RefCell<Option<KeysBySection>> = const { RefCell::new(None) };
}

/// Notes that a key of the section at `path` was asked for, where somebody wants to know.
pub(super) fn note(path: &str, key: &'static str) {
    ASKED.with_borrow_mut(|asked| {
        if let Some(asked) = asked {
            asked.entry(path.to_owned()).or_default().insert(key);
        }
    });
}

/// Whether this thread reads a configuration to learn its keys.
pub(super) fn is_learning() -> bool {
    ASKED.with_borrow(Option::is_some)
}

/// Every key that the configuration takes, for the tests that hold the types of the languages and the
/// documents to it.
pub fn config_keys() -> KeysBySection {
    let mut keys = KeysBySection::new();
    let mut read = |document: &serde_json::Value, entry: &str| {
        ASKED.set(Some(KeysBySection::new()));
        // The document is refused, after everything was asked for.
        let _ = Config::from_json(&document.to_string());
        for (path, asked) in ASKED.take().unwrap_or_default() {
            keys.entry(path.replace("vendors[0]", entry)).or_default().extend(asked);
        }
    };
    read(&json!({"retry": {}, "failover": {}, "vendors": []}), "");
    for vendor in Vendor::ALL {
        // A vendor refuses the keys of the others once it has asked for its own.
        let entry = json!({
            "vendor": vendor.name(),
            "app_id": "a1",
            "secret": "a",
            "secret_id": "a",
            "secret_key": "a",
            "encryption": {},
        });
        read(&json!({"vendors": [entry]}), &format!("vendors.{vendor}"));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(has("vendors.tencent_faceid", "signature"));
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

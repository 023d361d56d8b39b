//! The keys that a configuration takes, as reading one asks for them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

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

/// Returns whether this thread reads a configuration to learn its keys.
pub(super) fn is_learning() -> bool {
    ASKED.with_borrow(Option::is_some)
}

/// Returns the keys that `read` asks for.
pub(super) fn learn(read: impl FnOnce()) -> KeysBySection {
    ASKED.set(Some(KeysBySection::new()));
    read();
    ASKED.take().unwrap_or_default()
}

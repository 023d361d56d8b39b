//! The secrets of one entry while it is read: what is given for them, and where they come from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::credentials::{Providers, SecretFile};
use crate::secret::Secret;

/// Secrets by their path in the entry, such as `app_secret` or `encryption.key`. One without a value
/// is not there.
pub(crate) type Values = BTreeMap<String, Option<Secret>>;

/// The source of a secret's value.
#[derive(Clone)]
pub(crate) enum Origin {
    /// The configuration or the environment: it stays as it is.
    Fixed,
    /// A file, which may change.
    File(SecretFile),
    /// A provider of the host program, by its name.
    Provider(String),
}

/// Stands for a value that is not known yet.
const UNKNOWN: &str = "unknown";

/// The secrets that the sections of one entry share while it is read.
pub(super) struct EntrySecrets<'a> {
    /// The entry's own path, and a dot.
    root: String,
    pub(super) providers: &'a Providers,
    given: &'a Values,
    pub(super) seen: RefCell<BTreeMap<String, (Origin, Secret)>>,
}

impl<'a> EntrySecrets<'a> {
    pub(super) fn new(path: &str, providers: &'a Providers, given: &'a Values) -> Rc<Self> {
        Rc::new(EntrySecrets {
            root: format!("{path}."),
            providers,
            given,
            seen: RefCell::default(),
        })
    }

    fn name<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// Returns the value that was given for a key, where one was.
    pub(super) fn given(&self, path: &str) -> Option<&'a Option<Secret>> {
        self.given.get(self.name(path))
    }

    pub(super) fn see(&self, path: &str, origin: Origin, secret: &Secret) {
        self.seen.borrow_mut().insert(self.name(path).to_owned(), (origin, secret.clone()));
    }

    /// Returns the value of a provider's secret until the provider is asked.
    pub(super) fn unknown() -> Secret {
        Secret::new(UNKNOWN)
    }
}

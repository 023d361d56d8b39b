//! An account's entry, and the secrets in it that may change: with new values the account is opened
//! again from the same entry.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::{Endpoint, Section};
use crate::credentials::{Providers, SecretFile};
use crate::error::Error;
use crate::secret::Secret;
use crate::vendors::{Adapter, Vendor};

/// Secrets by their path in the entry, such as `app_secret` or `encryption.key`. One without a value
/// is not there.
pub(crate) type Values = BTreeMap<String, Option<Secret>>;

/// Where the value of a secret comes from.
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

/// What the sections of one entry share while it is read.
pub(super) struct Vault<'a> {
    /// The entry's own path, and a dot.
    root: String,
    pub(super) providers: &'a Providers,
    given: &'a Values,
    seen: RefCell<BTreeMap<String, (Origin, Secret)>>,
}

impl<'a> Vault<'a> {
    pub(super) fn new(path: &str, providers: &'a Providers, given: &'a Values) -> Rc<Self> {
        Rc::new(Vault { root: format!("{path}."), providers, given, seen: RefCell::default() })
    }

    fn name<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// The value that was given for a key, where one was.
    pub(super) fn given(&self, path: &str) -> Option<&'a Option<Secret>> {
        self.given.get(self.name(path))
    }

    pub(super) fn see(&self, path: &str, origin: Origin, secret: &Secret) {
        self.seen.borrow_mut().insert(self.name(path).to_owned(), (origin, secret.clone()));
    }

    /// What a provider's secret is until it is asked.
    pub(super) fn unknown() -> Secret {
        Secret::new(UNKNOWN)
    }
}

/// An entry whose account can be opened again with other secrets.
pub(crate) struct Entry {
    vendor: Vendor,
    path: String,
    /// Without any secret.
    object: Value,
    endpoint: Endpoint,
    /// The secrets that change, and where they come from.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// The secrets as they were read; none of a provider's.
    pub(crate) values: Values,
}

impl Entry {
    /// What to open an account again with; nothing where none of its secrets changes.
    pub(super) fn new(
        vendor: Vendor,
        path: &str,
        object: &Map<String, Value>,
        endpoint: Endpoint,
        vault: &Vault<'_>,
    ) -> Option<Self> {
        let seen = vault.seen.borrow();
        let fixed = |origin: &Origin| matches!(origin, Origin::Fixed);
        if seen.values().all(|(origin, _)| fixed(origin)) {
            return None;
        }
        let mut object = Value::Object(object.clone());
        let mut entry = Entry {
            vendor,
            path: path.to_owned(),
            object: Value::Null,
            endpoint,
            origins: BTreeMap::new(),
            values: Values::new(),
        };
        for (name, (origin, secret)) in seen.iter() {
            let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
            let section =
                if section.is_empty() { Some(&mut object) } else { object.get_mut(section) };
            if let Some(section) = section.and_then(Value::as_object_mut) {
                section.remove(key);
            }
            if !matches!(origin, Origin::Provider(_)) {
                entry.values.insert(name.clone(), Some(secret.clone()));
            }
            if !fixed(origin) {
                entry.origins.insert(name.clone(), origin.clone());
            }
        }
        entry.object = object;
        Some(entry)
    }

    /// The account with these secrets.
    pub(crate) fn open(&self, values: &Values) -> Result<Arc<dyn Adapter>, Error> {
        let providers = Providers::new();
        let vault = Vault::new(&self.path, &providers, values);
        let mut section = Section::new(self.path.clone(), &self.object)?.with_vault(vault);
        self.vendor.open(&mut section, self.endpoint.clone()).map(Arc::from)
    }

    /// The account as it is at any time: what changes is not known.
    pub(super) fn shape(&self) -> Result<Arc<dyn Adapter>, Error> {
        let mut values = self.values.clone();
        values.extend(self.origins.keys().map(|name| (name.clone(), Some(Vault::unknown()))));
        self.open(&values)
    }

    /// Fills in what providers did not give yet.
    pub(crate) fn fill_unknown(&self, values: &mut Values) {
        for name in self.origins.keys() {
            values.entry(name.clone()).or_insert_with(|| Some(Vault::unknown()));
        }
    }
}

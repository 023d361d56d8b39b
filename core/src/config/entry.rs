//! An account's entry, and the secrets in it that may change: with new values the account is opened
//! again from the same entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::secrets::{EntrySecrets, Origin, Values};
use super::section::Section;
use crate::credentials::{CredentialProvider, Providers};
use crate::error::Error;
use crate::vendors::{Adapter, OpenHttp};

/// An entry whose account can be opened again with other secrets.
pub(crate) struct Entry {
    path: String,
    /// Without any secret.
    object: Value,
    open: OpenHttp,
    endpoint: Endpoint,
    /// The secrets that change, and where they come from.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// The providers among them, by name.
    pub(crate) providers: BTreeMap<String, Arc<dyn CredentialProvider>>,
    /// The secrets as they were read; none of a provider's.
    pub(crate) values: Values,
}

impl Entry {
    /// Returns the sources from which the account is opened again; nothing where none of its
    /// secrets changes.
    pub(super) fn new(
        path: &str,
        object: &Map<String, Value>,
        open: OpenHttp,
        endpoint: Endpoint,
        secrets: &EntrySecrets<'_>,
    ) -> Option<Self> {
        let seen = secrets.seen.borrow();
        let fixed = |origin: &Origin| matches!(origin, Origin::Fixed);
        if seen.values().all(|(origin, _)| fixed(origin)) {
            return None;
        }
        let mut object = Value::Object(object.clone());
        let mut entry = Entry {
            path: path.to_owned(),
            object: Value::Null,
            open,
            endpoint,
            origins: BTreeMap::new(),
            providers: BTreeMap::new(),
            values: Values::new(),
        };
        for (name, (origin, secret)) in seen.iter() {
            let (section, key) = name.rsplit_once('.').unwrap_or(("", name));
            let section =
                if section.is_empty() { Some(&mut object) } else { object.get_mut(section) };
            if let Some(section) = section.and_then(Value::as_object_mut) {
                section.remove(key);
            }
            if let Origin::Provider(provider) = origin {
                let found = secrets.providers.get(provider);
                entry.providers.extend(found.map(|it| (provider.clone(), Arc::clone(it))));
            } else {
                entry.values.insert(name.clone(), Some(secret.clone()));
            }
            if !fixed(origin) {
                entry.origins.insert(name.clone(), origin.clone());
            }
        }
        entry.object = object;
        Some(entry)
    }

    /// Returns the account with these secrets.
    pub(crate) fn open(&self, values: &Values) -> Result<Arc<dyn Adapter>, Error> {
        let providers = Providers::new();
        let secrets = EntrySecrets::new(&self.path, &providers, values);
        let mut section = Section::new(self.path.clone(), &self.object)?.with_secrets(secrets);
        (self.open)(&mut section, self.endpoint.clone()).map(Arc::from)
    }

    /// Returns the account as it is at any time: what changes is not known.
    pub(super) fn shape(&self) -> Result<Arc<dyn Adapter>, Error> {
        let mut values = self.values.clone();
        values
            .extend(self.origins.keys().map(|name| (name.clone(), Some(EntrySecrets::unknown()))));
        self.open(&values)
    }

    /// Fills in what providers did not give yet.
    pub(crate) fn fill_unknown(&self, values: &mut Values) {
        for name in self.origins.keys() {
            values.entry(name.clone()).or_insert_with(|| Some(EntrySecrets::unknown()));
        }
    }
}

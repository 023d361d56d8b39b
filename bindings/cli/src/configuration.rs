//! The configuration file.

use std::path::{Path, PathBuf};

use cardwire::{Client, Config};

use crate::console::Console;
use crate::failure::Failure;
use crate::show;
use crate::text::utf8;

/// The file that is read where none is named.
pub(crate) const DEFAULT: &str = "cardwire.json";

/// What photos are read with, and issuers named, where there is no configuration.
const OFFLINE: &str = r#"{"vendors": [{"vendor": "offline"}]}"#;

/// Where the configuration is.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    is_named: bool,
}

impl Source {
    pub(crate) fn new(named: Option<&Path>) -> Self {
        let path = named.unwrap_or(Path::new(DEFAULT)).to_owned();
        Source { path, is_named: named.is_some() }
    }

    /// Returns the text of the configuration.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let bytes = std::fs::read(&self.path).map_err(|error| {
            let what = "no configuration can be read; name one by --config or CARDWIRE_CONFIG";
            Failure::file(&self.path, what, &error)
        })?;
        utf8(&show::path(&self.path), bytes)
    }

    /// Returns the text of the configuration or, where none is named and the default one is not there, of one
    /// that asks this machine alone.
    pub(crate) fn text_or_offline(&self) -> Result<String, Failure> {
        if self.is_offline() { Ok(OFFLINE.to_owned()) } else { self.text() }
    }

    fn is_offline(&self) -> bool {
        !self.is_named && !self.path.exists()
    }

    /// Says that no vendor is asked, where there is no configuration.
    pub(crate) fn tell_if_offline(&self, console: &mut Console) {
        if self.is_offline() {
            console.say(&format!("there is no {DEFAULT}: photos are read on this machine alone"));
        }
    }

    /// Returns the configuration.
    pub(crate) fn read(&self) -> Result<Config, Failure> {
        Ok(Config::from_json(&self.text()?)?)
    }

    /// Returns a client of the configuration.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.read().map(Client::from_config)
    }

    /// Returns a client of the configuration, or of this machine alone.
    pub(crate) fn client_or_offline(&self) -> Result<Client, Failure> {
        Ok(Client::from_json(&self.text_or_offline()?)?)
    }
}

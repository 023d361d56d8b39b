//! The configuration file.

use std::path::Path;

use cardwire::{Client, Config};

use crate::failure::Failure;

/// Returns the text of the configuration file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = "no configuration can be read; name one by --config or CARDWIRE_CONFIG";
        Failure::file(path, what, &error)
    })
}

/// Returns the configuration.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    Ok(Config::from_json(&text(path)?)?)
}

/// Returns a client of the configuration.
pub(crate) fn client(path: &Path) -> Result<Client, Failure> {
    read(path).map(Client::from_config)
}

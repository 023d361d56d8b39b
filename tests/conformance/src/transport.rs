//! The transport that a suite runs over: the library's own, or the one that `CARDWIRE_TRANSPORT` names.

use cardwire::transport::ReqwestTransport;
use cardwire::{Client, Config, Error};

/// Returns whether the suite runs over [`ReqwestTransport`].
pub fn is_reqwest() -> bool {
    match std::env::var("CARDWIRE_TRANSPORT").as_deref() {
        Err(_) | Ok("") => false,
        Ok("reqwest_blocking") => true,
        Ok(other) => panic!("CARDWIRE_TRANSPORT is reqwest_blocking or nothing, not {other}"),
    }
}

/// Returns the configuration with that transport.
pub fn chosen(config: Config) -> Config {
    if is_reqwest() { config.with_transport(ReqwestTransport::new) } else { config }
}

/// Returns a client over that transport.
///
/// # Errors
/// What is wrong with the configuration.
pub fn client(config: &str) -> Result<Client, Error> {
    Config::from_json(config).map(chosen).map(Client::from_config)
}
